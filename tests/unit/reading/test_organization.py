# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The organization of a key: refused before the first write, and truthfully if it shows only later."""

from __future__ import annotations

import re
from typing import Any

import pytest

from ansible_collections.dasha.blackbox.plugins.module_utils._reading.organization import OrganizationGuard
from ansible_collections.dasha.blackbox.plugins.module_utils._transport.errors import InvalidOptionsError
from unit.fake_api import FakeApi

PATH = "/api/v1/sip-phone-numbers"
OURS, THEIRS = {"orgId": "org-1"}, {"orgId": "org-2"}


def guarded(items: Any, also: Any = None) -> tuple[FakeApi, Any, OrganizationGuard]:
    """Return an API whose listings have some items, its client, and the guard of the client."""
    api = FakeApi(lambda _method, path, *_rest: (200, {"items": items if path == PATH else also}))
    client = api.client()
    return api, client, OrganizationGuard(client, "org-1")


@pytest.mark.parametrize(
    ("items", "also", "requests"), [([OURS], [THEIRS], ["GET", "POST"]), ([], [OURS], ["GET", "GET", "POST"])]
)
def test_objects_are_read_before_the_first_write_until_one_names_the_organization(
    items: Any, also: Any, requests: list[str]
) -> None:
    api, client, guard = guarded(items, also)
    client.request("POST", PATH, body={})
    client.request("POST", PATH, body={})
    assert ([method for method, _path in api.requests], guard.warnings) == ([*requests, "POST"], [])


def test_object_that_was_read_earlier_is_enough() -> None:
    api, client, _guard = guarded([THEIRS])
    client.observe(OURS)
    client.request("POST", PATH, body={})
    assert api.requests == [("POST", PATH)]


@pytest.mark.parametrize("items", [None, "x", [], [7, "x", None, []], [{}], [{"orgId": None}, {"orgId": 7}]], ids=str)
def test_objects_that_do_not_name_the_organization_lead_to_a_warning(items: Any) -> None:
    _api, client, guard = guarded(items, items)
    client.request("POST", PATH, body={})
    (warning,) = guard.warnings
    assert "'org-1' could not be checked" in warning


def test_other_organization_is_refused_before_the_first_write() -> None:
    api, client, _guard = guarded([{}, THEIRS])
    with pytest.raises(InvalidOptionsError, match="belongs to the organization 'org-2'.*Nothing was written"):
        client.request("POST", PATH, body={})
    assert api.count("POST") == 0


@pytest.mark.parametrize(
    ("write", "consequence"), [(True, " This showed only after the first write."), (False, "")], ids=["real", "check"]
)
def test_other_organization_that_shows_late_stops_the_task_without_a_false_promise(
    write: bool, consequence: str
) -> None:
    _api, client, _guard = guarded([], [])
    if write:
        client.request("POST", PATH, body={})
    else:
        client.check_before_write()
    with pytest.raises(InvalidOptionsError, match=re.escape(f"expected_org_id is 'org-1'.{consequence} Check api_key")):
        client.observe(THEIRS)
