# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A few numbers of a large organization are looked up; their plan is the one that the whole listing leads to."""

from __future__ import annotations

import functools
import uuid
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.dasha.blackbox.plugins.module_utils._operations import sip_phone_numbers
from ansible_collections.dasha.blackbox.plugins.module_utils._reading.lookups import MAX_PART
from ansible_collections.dasha.blackbox.plugins.module_utils._running.operation import Invocation
from ansible_collections.dasha.blackbox.plugins.module_utils._running.progress import Progress
from unit.fake_api import FakeApi, Reply
from unit.harness import OTHER_TRUNK, TRUNK

ROWS = 24_000
PAGES = 25
LISTING = "/api/v1/sip-phone-numbers"
PHONES = ["+1777", "1777", "001777", "+17771", "+1888"]
TRUNKS = [TRUNK, OTHER_TRUNK]

Filter = Callable[[str, str], bool]
# What the API may do with a filter; its documentation does not say.
FILTERS: dict[str, Filter] = {
    "exact": lambda found, wanted: found == wanted,
    "prefix": lambda found, wanted: found.startswith(wanted),
    "substring": lambda found, wanted: wanted in found,
    "without plus": lambda found, wanted: found.lstrip("+") == wanted.lstrip("+"),
    "ignored": lambda found, wanted: True,
    "without match": lambda found, wanted: False,
}


def number(phone: str, trunk: str, name: str) -> dict[str, Any]:
    number_id = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{phone}@{trunk}"))
    return {"id": number_id, "phoneNumber": phone, "credentialsId": trunk, "displayName": name}


@functools.cache
def filler() -> list[dict[str, Any]]:
    return [number(f"+1222{index:07}", OTHER_TRUNK, "x") for index in range(ROWS)]


class Organization(FakeApi):
    """An organization whose other numbers are listed before those of the test."""

    def __init__(self, numbers: list[dict[str, Any]], others: list[dict[str, Any]], matches: Filter) -> None:
        super().__init__(self._answer)
        self._numbers = others + numbers
        self._matches = matches
        self._skipped: list[dict[str, Any]] = []
        self.filter_status = 200
        self.filtered = 0

    def skip(self, row: dict[str, Any]) -> None:
        """Let the filter miss a number."""
        self._skipped.append(row)

    def _answer(self, method: str, path: str, query: dict[str, str], _body: Any) -> Reply:
        assert method == "GET"
        if path.endswith("/affected-agents"):
            return 200, {"id": path.split("/")[-2], "phoneNumber": "+1", "affectedAgents": []}
        if path == "/api/v1/sip-credentials":
            trunks = [{"id": trunk, "server": f"{trunk[0]}.example.com"} for trunk in TRUNKS]
            return 200, {"items": trunks, "totalCount": len(trunks)}
        assert path == LISTING
        wanted = query.get("phoneNumber")
        self.filtered += wanted is not None
        if wanted is not None and self.filter_status != HTTPStatus.OK:
            return self.filter_status, None
        rows = self._numbers
        if wanted is not None:
            rows = [row for row in rows if self._matches(row["phoneNumber"], wanted) and row not in self._skipped]
        skip, take = int(query["skip"]), int(query["take"])
        return 200, {"items": rows[skip : skip + take], "totalCount": len(rows)}

    @property
    def listed(self) -> int:
        """How many pages of the whole listing were read."""
        return [path for _method, path in self.requests].count(LISTING) - self.filtered


def preview(api: FakeApi, entries: list[dict[str, Any]], **options: Any) -> Any:
    spec = sip_phone_numbers.SPEC.options
    defaults = {name: details.get("default") for name, details in spec.items()}
    connection = {"api_url": "http://localhost", "api_key": "key"}
    asked = {**defaults, **connection, "phone_numbers": entries, **options}
    return sip_phone_numbers.manage_numbers(Invocation(asked, True, api.client(), Progress(api.clock)))


pairs = st.tuples(st.sampled_from(PHONES), st.sampled_from(TRUNKS))
names = st.sampled_from(["x", "y"])
numbers = st.dictionaries(pairs, names).map(
    lambda found: [number(phone, trunk, name) for (phone, trunk), name in found.items()]
)
entries = st.dictionaries(
    pairs, st.tuples(names, st.sampled_from(["present", "present", "absent"])), min_size=1, max_size=3
).map(
    lambda listed: [
        {"phone_number": phone, "credentials_id": trunk, "display_name": name, "state": state}
        for (phone, trunk), (name, state) in listed.items()
    ]
)


@pytest.mark.slow
@settings(max_examples=40)
@given(numbers, entries, st.sampled_from(sorted(FILTERS)), st.sampled_from([(), (TRUNK,)]), st.booleans())
def test_plan_is_that_of_the_listing(
    existing: list[dict[str, Any]],
    listed: list[dict[str, Any]],
    compared: str,
    move_from: tuple[str, ...],
    waits: bool,
) -> None:
    options = {"move_from": list(move_from), "wait_for_registration": waits}
    small, large = Organization(existing, [], FILTERS["exact"]), Organization(existing, filler(), FILTERS[compared])
    expected, found = preview(small, listed, **options), preview(large, listed, **options)
    assert small.filtered == 0
    assert large.filtered > 0
    assert found == expected


def test_number_that_the_filter_finds_twice_is_one() -> None:
    rows = [number(phone, TRUNK, "x") for phone in ("+1777", "+17771")]
    changed = [{"phone_number": row["phoneNumber"], "credentials_id": TRUNK, "display_name": "y"} for row in rows]
    small, large = Organization(rows, [], FILTERS["exact"]), Organization(rows, filler(), FILTERS["prefix"])
    assert preview(large, changed) == preview(small, changed)
    assert (large.listed, large.filtered) == (1, 2)


@pytest.mark.not_quick
def test_number_on_another_trunk_does_not_stand_for_one_that_is_missing() -> None:
    rows = [number("+1777", OTHER_TRUNK, "x"), number("1777", OTHER_TRUNK, "x"), number("001777", TRUNK, "x")]
    listed = [
        {"phone_number": "+1777", "credentials_id": TRUNK},
        {"phone_number": "1777", "credentials_id": OTHER_TRUNK},
    ]
    small, large = Organization(rows, [], FILTERS["exact"]), Organization(rows, filler(), FILTERS["exact"])
    expected = preview(small, listed)
    assert "'001777'" in str(expected.warnings)
    assert preview(large, listed) == expected


@pytest.mark.not_quick
@pytest.mark.parametrize("state", ["present", "absent"])
def test_number_that_may_move_does_not_stand_for_one_that_the_filter_skips(state: str) -> None:
    rows = [number("+1777", OTHER_TRUNK, "x"), number("+1777", TRUNK, "x")]
    listed = [{"phone_number": "+1777", "credentials_id": TRUNK, "state": state}]
    small, large = Organization(rows, [], FILTERS["exact"]), Organization(rows, filler(), FILTERS["exact"])
    large.skip(rows[1])
    assert preview(large, listed, move_from=[OTHER_TRUNK]) == preview(small, listed, move_from=[OTHER_TRUNK])


@pytest.mark.not_quick
@pytest.mark.parametrize("status", [400, 403, 404, 429, 500, 503])
def test_lookup_that_fails_leads_to_the_listing(status: int) -> None:
    rows = [number("+1777", TRUNK, "x")]
    api = Organization(rows, filler(), FILTERS["exact"])
    api.filter_status = status
    assert preview(api, ONE).values["summary"]["unchanged"] == 1
    assert api.listed == PAGES


def test_numbers_that_exist_take_no_more_pages() -> None:
    existing = [number(phone, TRUNK, "x") for phone in PHONES]
    api = Organization(existing, filler(), FILTERS["exact"])
    listed = [{"phone_number": phone, "credentials_id": TRUNK, "display_name": "y"} for phone in PHONES]
    assert len(preview(api, listed).values["changes"]) == len(PHONES)
    assert (api.listed, api.filtered) == (1, len(PHONES))


ONE = [{"phone_number": "+1777", "credentials_id": TRUNK}]
TOO_MANY = [{"phone_number": f"+1{index}", "credentials_id": TRUNK} for index in range(PAGES // MAX_PART + 1)]


@pytest.mark.not_quick
@pytest.mark.parametrize(
    ("listed", "options"),
    [
        (ONE, {"purge": True, "purge_on_trunks": [TRUNK]}),
        ([{"id": number("+12220000000", OTHER_TRUNK, "x")["id"], "display_name": "y"}], {}),
        (TOO_MANY, {}),
    ],
    ids=["purge", "id", "too many"],
)
def test_listing_is_read_at_once_if_it_is_needed(listed: list[dict[str, Any]], options: dict[str, Any]) -> None:
    api = Organization([], filler(), FILTERS["exact"])
    preview(api, listed, **options)
    assert (api.listed, api.filtered) == (PAGES, 0)


@pytest.mark.not_quick
@pytest.mark.parametrize(("concurrency", "lookups"), [(1, 2), (2, 2), (32, 5)])
def test_number_that_is_missing_ends_the_lookups(concurrency: int, lookups: int) -> None:
    listed = [{"phone_number": phone, "credentials_id": TRUNK} for phone in PHONES]
    api = Organization([number(PHONES[0], TRUNK, "x")], filler(), FILTERS["exact"])
    preview(api, listed, concurrency=concurrency)
    assert (api.listed, api.filtered) == (PAGES, lookups)


@pytest.mark.not_quick
def test_filter_that_the_api_ignores_costs_one_page() -> None:
    api = Organization([number("+1777", TRUNK, "x")], filler(), FILTERS["ignored"])
    preview(api, ONE, concurrency=1)
    assert (api.listed, api.filtered) == (PAGES, 1)
