# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Trunks by their names: one listing, and no guess."""

from __future__ import annotations

import time
import uuid
from typing import Any
from unittest import mock

import pytest

from ansible_collections.dasha.blackbox.plugins.module_utils._common.errors import InvalidOptionsError
from ansible_collections.dasha.blackbox.plugins.module_utils._reading import trunks as trunks_module
from ansible_collections.dasha.blackbox.plugins.module_utils._reading.trunks import TrunkNames
from unit.fake_api import FakeApi
from unit.harness import NOBODY_ID, OTHER_TRUNK, TRUNK


def named(*trunks: dict[str, Any]) -> tuple[FakeApi, TrunkNames]:
    ids = [TRUNK.upper(), OTHER_TRUNK, NOBODY_ID]
    rows = [{"id": trunk_id, **trunk} for trunk_id, trunk in zip(ids, trunks, strict=False)]
    api = FakeApi(lambda *_request: (200, {"items": rows, "totalCount": len(rows)}))
    return api, TrunkNames(api.client())


ALICE = {"server": "sip.example.com", "authUser": "alice"}
NOBODY = {"server": "sip.example.com", "authUser": None}


def test_trunk_is_found_by_user_and_server_or_by_its_server_alone() -> None:
    api, trunks = named(ALICE, NOBODY)
    assert trunks.resolve("alice@sip.example.com", "here") == TRUNK
    assert trunks.resolve("sip.example.com", "here") == OTHER_TRUNK
    assert len(api.requests) == 1
    assert trunks.by_id == {TRUNK: "alice@sip.example.com", OTHER_TRUNK: "sip.example.com"}


def test_user_may_have_an_at_sign_in_it() -> None:
    _api, trunks = named({"server": "sip.example.com", "authUser": "alice@example.org"})
    assert trunks.resolve("alice@example.org@sip.example.com", "here") == TRUNK


@pytest.mark.parametrize("trunk_id", [TRUNK, TRUNK.upper(), NOBODY_ID])
def test_id_in_place_of_a_name_is_not_looked_up(trunk_id: str) -> None:
    api, trunks = named(ALICE)
    assert trunks.resolve(trunk_id, "here") == trunk_id
    assert (api.requests, trunks.by_id) == ([], {})


@pytest.mark.parametrize(
    ("name", "listed"),
    [
        ("bob@sip.example.com", "sip.example.com, alice@sip.example.com."),
        ("Alice@sip.example.com", "alice@sip.example.com, sip.example.com. User names are compared exactly."),
        ("sip.example.org", "sip.example.com, alice@sip.example.com."),
        ("alice", "alice@sip.example.com, sip.example.com."),
    ],
)
def test_name_that_no_trunk_has_is_refused_with_those_that_exist(name: str, listed: str) -> None:
    """The nearest ones come first."""
    _api, trunks = named(NOBODY, ALICE)
    with pytest.raises(InvalidOptionsError) as caught:
        trunks.resolve(name, "list[0].trunk")
    assert str(caught.value) == f"list[0].trunk: no trunk is named {name!r}. The trunks are: {listed}"


def test_name_in_an_organization_without_trunks_is_refused() -> None:
    with pytest.raises(InvalidOptionsError, match="There are no trunks yet"):
        named()[1].resolve("sip.example.com", "here")


def test_name_that_several_trunks_have_is_refused_with_their_ids() -> None:
    _api, trunks = named(ALICE, NOBODY, ALICE)
    with pytest.raises(
        InvalidOptionsError, match=rf"here: 2 trunks are named .*: \S+ \({TRUNK}\), \S+ \({NOBODY_ID}\)"
    ):
        trunks.resolve("alice@sip.example.com", "here")


def test_forgotten_trunks_are_listed_again() -> None:
    api, trunks = named(ALICE)
    assert len(trunks.read()) == len(trunks.read()) == 1
    assert len(api.requests) == 1
    trunks.forget()
    assert len(trunks.read()) == 1
    assert len(api.requests) == 2


# Thousands of names

COUNT = 8000
LISTED = [{"id": str(uuid.UUID(int=number)), "server": f"sip{number}.example.com"} for number in range(COUNT)]


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> TrunkNames:
    monkeypatch.setattr(trunks_module, "find_all", lambda *_client, **_how: LISTED)
    client: Any = mock.Mock()
    return TrunkNames(client)


@pytest.mark.not_quick
def test_thousands_of_names_are_resolved_without_comparing_each_with_each(names: TrunkNames) -> None:
    begin = time.process_time()
    found = [names.resolve(trunk["server"].upper(), "trunk") for trunk in LISTED]
    seconds = time.process_time() - begin
    assert found == [trunk["id"] for trunk in LISTED]
    # Comparing each with each took seconds.
    assert seconds < 1


@pytest.mark.not_quick
def test_unknown_name_among_thousands_is_told_apart_in_time(names: TrunkNames) -> None:
    begin = time.process_time()
    with pytest.raises(InvalidOptionsError, match=r"The trunks are: sip4711\.example\.com, "):
        names.resolve("sip4711.example.co", "trunk")
    assert time.process_time() - begin < 2
