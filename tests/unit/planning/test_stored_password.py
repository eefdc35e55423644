# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An update never destroys a stored password, whatever the server shows of it."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.dasha.blackbox.plugins.module_utils._common.errors import InvalidOptionsError
from ansible_collections.dasha.blackbox.plugins.module_utils._planning.plan import (
    CHANGED,
    Create,
    Noop,
    Update,
    make_plan,
)
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.desired import Desired
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.sip_credential import CREDENTIAL
from unit.harness import TRUNK

PASSWORD = "hunter2"
MASKS = [
    "********",
    "***",
    "•••••",
    "●●●",
    "xxxxxxxx",
    "XXXX",
    "####",
    "....",
    "····",
    "ab***yz",
    "<hidden>",
    "<redacted>",
]
MASKS += ["[REDACTED]", "redacted", "Hidden", "masked", "-----", "ab####yz"]
OMITTED = "omitted"


def trunk(password: Any, user: str | None, **fields: Any) -> dict[str, Any]:
    found = {"id": TRUNK, "server": "sip.example.net", "authUser": user, "authPassword": password, **fields}
    return {name: value for name, value in found.items() if value != OMITTED}


def plan(current: dict[str, Any], *, task_password: str | None = None, **values: Any) -> Any:
    """Return a plan; `task_password` is one that only a creation sets."""
    on_create = {} if task_password is None else {"auth_password": task_password}
    return make_plan(Desired(CREDENTIAL, TRUNK, {**values, **on_create}, on_create=tuple(on_create)), current)


@pytest.mark.parametrize("user", [None, "", "alice"])
@pytest.mark.parametrize("task_password", [None, "other"])
def test_password_in_clear_text_is_carried_over(task_password: str | None, user: str | None) -> None:
    planned = plan(trunk(PASSWORD, user), task_password=task_password, description="New")
    assert planned.body["authPassword"] == PASSWORD
    assert "auth_password" not in planned.after


@pytest.mark.parametrize("user", [None, "", "alice"])
@pytest.mark.parametrize("shown", MASKS)
def test_masked_password_is_asked_for(shown: str, user: str | None) -> None:
    with pytest.raises(InvalidOptionsError, match="Set auth_password"):
        plan(trunk(shown, user), description="New")


@pytest.mark.parametrize("shown", [None, "", OMITTED])
def test_password_that_is_not_returned_is_asked_for_if_the_trunk_has_a_user(shown: Any) -> None:
    with pytest.raises(InvalidOptionsError, match="Set auth_password"):
        plan(trunk(shown, "alice"), description="New")


@pytest.mark.parametrize("user", [None, "", "alice"])
@pytest.mark.parametrize("shown", [*MASKS, None, "", OMITTED])
def test_password_of_the_task_is_sent_if_the_stored_one_is_not_known(shown: Any, user: str | None) -> None:
    """Also for a trunk without a user that shows none: the password may be there all the same."""
    planned = plan(trunk(shown, user), task_password=PASSWORD, description="New")
    assert planned.body["authPassword"] == PASSWORD
    assert planned.after == {"description": "New", "auth_password": CHANGED}
    assert "auth_password" not in planned.before
    assert "auth_password" not in planned.predicted


@pytest.mark.parametrize("user", [None, "", OMITTED])
@pytest.mark.parametrize("shown", [None, "", OMITTED])
def test_trunk_without_user_and_password_is_updated_without_one(shown: Any, user: Any) -> None:
    planned = plan(trunk(shown, user), description="New")
    assert planned.body["authPassword"] is None
    assert "auth_password" not in planned.after


@pytest.mark.parametrize("user", [None, "alice"])
@pytest.mark.parametrize("shown", [*MASKS, None, PASSWORD])
def test_unchanged_trunk_needs_no_password(shown: Any, user: str | None) -> None:
    assert isinstance(plan(trunk(shown, user, description="Old"), description="Old"), Noop)


@pytest.mark.parametrize("user", [None, "alice"])
@pytest.mark.parametrize("shown", [*MASKS, None, "", PASSWORD, "another"])
def test_password_for_a_creation_changes_no_existing_trunk(shown: Any, user: str | None) -> None:
    assert isinstance(plan(trunk(shown, user), task_password=PASSWORD), Noop)


def test_password_for_a_creation_is_set_by_the_creation() -> None:
    values = {"server": "sip.example.net", "auth_password": PASSWORD}
    planned = make_plan(Desired(CREDENTIAL, None, values, on_create=("auth_password",)), None)
    assert isinstance(planned, Create)
    assert planned.body["authPassword"] == PASSWORD
    assert PASSWORD not in str((planned.before, planned.after, planned.predicted))


@pytest.mark.parametrize("shown", [*MASKS, None, OMITTED])
def test_password_that_cannot_be_compared_is_sent(shown: Any) -> None:
    planned = plan(trunk(shown, "alice"), auth_password=PASSWORD)
    assert isinstance(planned, Update)
    assert planned.body is not None
    assert (planned.body["authPassword"], planned.after["auth_password"]) == (PASSWORD, CHANGED)


@pytest.mark.parametrize("password", ["sip", "2026", "xx", "a.b", "x", "hid", "p<w>d", "12.34", "mask", "**"])
def test_password_in_clear_text_that_resembles_a_mask_a_little_is_compared(password: str) -> None:
    assert isinstance(plan(trunk(password, "alice"), auth_password=password), (Noop, Update))
    planned = plan(trunk(password, "alice"), task_password=password, description="New")
    assert planned.body["authPassword"] == password


@pytest.mark.parametrize("source", ["provider"])
@pytest.mark.parametrize("shown", ["********", None])
def test_trunk_of_a_provider_is_not_asked_for_a_password(shown: Any, source: str) -> None:
    assert isinstance(plan(trunk(shown, "alice", source=source), description="New"), Update)
