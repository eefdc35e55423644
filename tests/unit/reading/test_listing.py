# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Listings: whole or an error, after a bounded number of requests whatever the server announces."""

from __future__ import annotations

import tracemalloc
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.dasha.blackbox.plugins.module_utils._reading.find import find_all
from ansible_collections.dasha.blackbox.plugins.module_utils._reading.listing import (
    MAX_PARALLEL_PAGES,
    MAX_RETRIES,
    count_pages,
    count_rows,
    read_all,
)
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.sip_phone_number import PHONE_NUMBER
from ansible_collections.dasha.blackbox.plugins.module_utils._transport.errors import ApiError
from unit.fake_api import FakeApi, Reply
from unit.harness import NUMBERS, TRUNK

HUGE = 2**31 - 1
PARALLEL = pytest.mark.parametrize("parallelism", [1, 8, 32])


def row(index: int) -> dict[str, Any]:
    return {"id": str(uuid.UUID(int=index)), "phoneNumber": f"+{index}", "credentialsId": TRUNK}


ROWS = [row(index) for index in range(2500)]


def listing(rows: list[Any], total: Any = None, at_most: int = 1000) -> FakeApi:
    """An API that returns pages of rows, in at most so many rows each."""

    def respond(_method: str, _path: str, query: dict[str, str], _body: Any) -> Reply:
        skip, take = int(query["skip"]), min(int(query["take"]), at_most)
        return 200, {"items": rows[skip : skip + take], "totalCount": len(rows) if total is None else total}

    return FakeApi(respond)


def read(api: FakeApi, parallelism: int = 1, **arguments: Any) -> list[dict[str, Any]]:
    return read_all(api.client(), PHONE_NUMBER, [], parallelism=parallelism, **arguments)


@PARALLEL
@pytest.mark.parametrize("at_most", [1000, 999, 100])
@pytest.mark.parametrize("count", [0, 1, 999, 1000, 1001, 2500])
def test_all_rows_are_read_in_the_order_of_the_server(count: int, at_most: int, parallelism: int) -> None:
    api = listing(ROWS[:count], at_most=at_most)
    assert read(api, parallelism) == ROWS[:count]
    # Each page after the first begins with a row that was read before.
    further = max(0, count - at_most)
    assert len(api.requests) == 1 + -(-further // (at_most - 1))
    if at_most == 1000:
        assert len(api.requests) == count_pages(count)


@PARALLEL
def test_server_that_returns_single_rows_is_read_row_by_row(parallelism: int) -> None:
    api = listing(ROWS[:5], at_most=1)
    assert read(api, parallelism) == ROWS[:5]
    assert len(api.requests) == 5


def test_rows_are_counted_by_a_single_one() -> None:
    api = listing(ROWS)
    whole = api._respond
    api._respond = lambda *request: whole(*request) if request[2]["take"] == "1" else (400, None)
    assert count_rows(api.client(), PHONE_NUMBER) == 2500


@PARALLEL
@pytest.mark.parametrize("total", [5, HUGE])
def test_empty_pages_end_the_listing_after_a_few_requests(total: int, parallelism: int) -> None:
    api = listing([], total)
    started = api.clock.time
    with pytest.raises(ApiError, match=f"announced {total} rows and returned 0"):
        read(api, parallelism)
    assert len(api.requests) == 1 + MAX_RETRIES
    assert api.clock.time - started == pytest.approx(0.5 + 1 + 2)


@PARALLEL
@pytest.mark.parametrize("total", [5000, HUGE])
@pytest.mark.parametrize("shown", [1, 1000])
def test_pages_that_ignore_skip_end_the_listing_after_a_few_requests(shown: int, total: int, parallelism: int) -> None:
    api = FakeApi(lambda *_request: (200, {"items": ROWS[:shown], "totalCount": total}))
    with pytest.raises(ApiError, match="Incomplete listing|announced"):
        read(api, parallelism)
    assert len(api.requests) == 2 * (1 + MAX_RETRIES)


@PARALLEL
def test_rows_that_end_early_end_the_listing_after_a_few_requests(parallelism: int) -> None:
    api = listing(ROWS, HUGE)
    with pytest.raises(ApiError, match=f"announced {HUGE} rows and returned 2500"):
        read(api, parallelism)
    assert len(api.requests) <= (1 + MAX_RETRIES) * (3 + MAX_PARALLEL_PAGES)


def test_huge_total_takes_no_memory() -> None:
    tracemalloc.start()
    try:
        with pytest.raises(ApiError):
            read(listing(ROWS[:1], HUGE), 32)
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 5_000_000


@PARALLEL
@pytest.mark.parametrize("total", [None, True, False, 1.0, "1", -1, 2**31, 10**30, [], {}], ids=repr)
def test_malformed_total_is_an_error_after_one_request(total: Any, parallelism: int) -> None:
    api = FakeApi(lambda *_request: (200, {"items": ROWS[:1], "totalCount": total}))
    with pytest.raises(ApiError, match="totalCount is") as caught:
        read(api, parallelism)
    assert len(api.requests) == 1
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize("body", [{}, {"items": None}, {"items": {}}, {"items": "x"}, {"items": 7}], ids=repr)
def test_page_without_a_list_of_items_is_an_error(body: Any) -> None:
    with pytest.raises(ApiError, match="not a page with items"):
        read(FakeApi(lambda *_request: (200, {"totalCount": 1, **body})))


@pytest.mark.parametrize("bad", [None, True, 7, "x", [], [[]]], ids=repr)
def test_row_that_is_not_an_object_is_an_error_that_names_its_position(bad: Any) -> None:
    with pytest.raises(ApiError, match="row 2: it is not an object"):
        read(listing([*ROWS[:2], bad]))


@pytest.mark.parametrize(
    "field", ["id", "phoneNumber", "credentialsId", "orgId", "registration", "incomingCallsAgentId"]
)
@pytest.mark.parametrize("value", [7, 1.5, [], {}, ["x"], {"id": "x"}], ids=repr)
def test_row_with_a_field_of_another_type_is_an_error_that_names_it(field: str, value: Any) -> None:
    with pytest.raises(ApiError, match=f"row 1: {field} is"):
        read(listing([ROWS[0], {**ROWS[1], field: value}]))


@pytest.mark.parametrize("field", ["id", "phoneNumber", "credentialsId"])
def test_row_without_its_key_is_an_error(field: str) -> None:
    for malformed in ({**ROWS[1], field: None}, {name: value for name, value in ROWS[1].items() if name != field}):
        with pytest.raises(ApiError, match=f"row 0: {field} is None"):
            read(listing([malformed]))


@pytest.mark.parametrize("object_id", ["", "x", "../agents", f"{ROWS[0]['id']}/x", ROWS[0]["id"].replace("-", "")])
def test_row_whose_id_is_no_uuid_is_an_error(object_id: str) -> None:
    with pytest.raises(ApiError, match="not a UUID"):
        read(listing([{**ROWS[0], "id": object_id}]))


# Others write while the pages are read


def changing(rows: list[Any], change: Callable[[int], None]) -> FakeApi:
    """An API whose rows are changed after each response, given the number of requests so far."""

    def respond(_method: str, _path: str, query: dict[str, str], _body: Any) -> Reply:
        skip = int(query["skip"])
        reply = {"items": rows[skip : skip + 1000], "totalCount": len(rows)}
        change(len(api.requests))
        return 200, reply

    api = FakeApi(respond)
    return api


@PARALLEL
def test_rows_that_are_added_at_the_end_are_read_on_to(parallelism: int) -> None:
    rows = list(ROWS)
    api = changing(rows, lambda count: rows.append(row(10_000 + count)))
    found = read(api, parallelism)
    assert found[:2500] == ROWS
    assert len(found) >= 2500 + (2 if parallelism == 1 else 1)
    if parallelism == 1:
        assert len(api.requests) == 3


@PARALLEL
@pytest.mark.parametrize("position", [0, 500, 2400])
def test_rows_that_are_added_without_end_do_not_fail_a_listing(parallelism: int, position: int) -> None:
    rows = list(ROWS)
    api = changing(rows, lambda count: rows.insert(position, row(10_000 + count)))
    found = read(api, parallelism)
    assert {each["id"] for each in found} >= {each["id"] for each in ROWS}
    assert len(api.requests) < 20


@pytest.mark.parametrize(("position", "again"), [(0, ["2997"]), (2000, ["2997"]), (3500, [])])
def test_page_that_was_read_before_the_one_before_it_is_read_again(position: int, again: list[str]) -> None:
    """Of two pages that are requested together, the second is read first; then somebody adds a row."""
    old = [*ROWS, *map(row, range(3000, 4000))]
    new = [*old[:position], row(9999), *old[position:]]
    first = {"2997"}

    def respond(_method: str, _path: str, query: dict[str, str], _body: Any) -> Reply:
        skips.append(query["skip"])
        rows = old if query["skip"] in ("0", "999", *first) else new
        first.discard(query["skip"])
        skip = int(query["skip"])
        return 200, {"items": rows[skip : skip + 1000], "totalCount": len(rows)}

    skips: list[str] = []
    found = read(FakeApi(respond), 2)
    assert {each["id"] for each in found} >= {each["id"] for each in old}
    assert [*sorted(skips[:4]), *skips[4:5]] == ["0", "1998", "2997", "999", *again]


def test_total_that_shrinks_ends_the_attempt_at_once() -> None:
    rows = list(ROWS)

    def remove(count: int) -> None:
        if count == 1:
            rows.pop()

    api = changing(rows, remove)
    assert read(api) == rows
    assert len(api.requests) == 2 + 3


def test_total_that_shrinks_after_it_has_grown_is_noticed() -> None:
    rows = list(ROWS)

    def add_and_remove(count: int) -> None:
        if count == 1:
            rows.append(row(9999))
        if count == 2:
            rows.pop()

    api = changing(rows, add_and_remove)
    assert read(api) == rows
    assert len(api.requests) == 3 + 3


@PARALLEL
@pytest.mark.parametrize("change", ["add", "remove"])
def test_listing_that_changes_between_pages_is_read_again(change: str, parallelism: int) -> None:
    rows = list(ROWS)

    def apply(count: int) -> None:
        if count == 1:
            rows.insert(0, row(9999)) if change == "add" else rows.pop(0)

    assert read(changing(rows, apply), parallelism) == rows


@PARALLEL
def test_row_that_moves_to_a_page_already_read_is_found_by_reading_again(parallelism: int) -> None:
    rows = list(ROWS)

    def move(count: int) -> None:
        if count == 1:
            rows.insert(0, rows.pop(1500))

    assert read(changing(rows, move), parallelism) == rows


@PARALLEL
@pytest.mark.parametrize("removed", [0, 998, 999])
def test_row_that_is_removed_while_another_is_added_hides_no_row(removed: int, parallelism: int) -> None:
    """The total stays the same, and the rows after the removed one move to a page that was read already."""
    rows = list(ROWS)

    def replace(count: int) -> None:
        if count == 1:
            rows.pop(removed)
            rows.append(row(9999))

    assert read(changing(rows, replace), parallelism) == rows


@pytest.mark.not_quick
@given(
    st.lists(st.one_of(st.none(), st.tuples(st.booleans(), st.floats(0, 1))), max_size=12),
    st.integers(1, 30),
    st.integers(2, 7),
    st.sampled_from([1, 4]),
)
def test_row_that_exists_all_the_time_is_never_missing(
    changes: list[tuple[bool, float] | None], count: int, at_most: int, parallelism: int
) -> None:
    """After each response, somebody adds or removes a row anywhere, as long as there are changes."""
    rows = ROWS[:count]
    pending = list(changes)

    def respond(_method: str, _path: str, query: dict[str, str], _body: Any) -> Reply:
        skip = int(query["skip"])
        reply = {"items": rows[skip : skip + at_most], "totalCount": len(rows)}
        change = pending.pop(0) if pending else None
        if change and change[0]:
            rows.insert(int(change[1] * len(rows)), row(10_000 + len(pending)))
        elif change and rows:
            rows.pop(int(change[1] * (len(rows) - 1)))
        return 200, reply

    try:
        found = {each["id"] for each in read(FakeApi(respond), parallelism)}
    except ApiError:
        return
    assert found >= {each["id"] for each in ROWS[:count] if each in rows}


@pytest.mark.not_quick
def test_total_that_grows_without_end_is_an_error() -> None:
    def respond(_method: str, _path: str, query: dict[str, str], _body: Any) -> Reply:
        skip = int(query["skip"])
        return 200, {"items": [row(index) for index in range(skip, skip + 1000)], "totalCount": 2 * skip + 2000}

    api = FakeApi(respond)
    with pytest.raises(ApiError, match="the number of rows grew from 2000 to"):
        read(api)
    assert len(api.requests) < 30


def test_listing_is_not_read_again_beyond_its_deadline() -> None:
    api = listing([], 5)
    start = api.clock()
    with pytest.raises(ApiError, match="announced 5 rows and returned 0, in each of 2 attempts"):
        read(api, deadline=start + 1.2)
    assert api.clock() - start == 0.5


@PARALLEL
def test_ids_that_differ_in_case_are_one_row(parallelism: int) -> None:
    rows = [{**each, "id": each["id"].upper()} if index % 2 else each for index, each in enumerate(ROWS)]
    rows[999] = {**rows[999], "id": rows[999]["id"].upper()}
    api = listing(rows, at_most=1000)
    whole = api._respond

    def respond(*request: Any) -> Reply:
        status, page = whole(*request)
        if request[2]["skip"] == "999":
            page = {**page, "items": [{**page["items"][0], "id": rows[999]["id"].lower()}, *page["items"][1:]]}
        return status, page

    api._respond = respond
    assert len(read(api, parallelism)) == 2500


@PARALLEL
def test_listing_that_never_holds_still_is_an_error(parallelism: int) -> None:
    totals = iter(range(2000, 9000))
    api = FakeApi(lambda *_request: (200, {"items": ROWS[:1000], "totalCount": next(totals)}))
    start = api.clock()
    with pytest.raises(ApiError, match="in each of 4 attempts"):
        read(api, parallelism)
    assert len(api.requests) <= 2 * (1 + MAX_RETRIES)
    assert api.clock() - start == pytest.approx(0.5 + 1 + 2)


@given(
    st.lists(st.lists(st.integers(0, 6), max_size=5), min_size=1, max_size=6),
    st.integers(0, 8),
    st.sampled_from([1, 4]),
)
def test_whatever_the_pages_are_the_result_is_complete_or_an_error(
    pages: list[list[int]], total: int, parallelism: int
) -> None:
    """The server returns any rows for any skip; what is returned are as many different rows as it announced."""

    def respond(_method: str, _path: str, query: dict[str, str], _body: Any) -> Reply:
        page = pages[int(query["skip"]) % len(pages)]
        return 200, {"items": [ROWS[index] for index in page], "totalCount": total}

    api = FakeApi(respond)
    try:
        found = read(api, parallelism)
    except ApiError:
        found = ROWS[:total]
    assert len({each["id"] for each in found}) == len(found) == total
    # A page that does not continue the one before is read once more.
    assert len(api.requests) <= (1 + MAX_RETRIES) * (2 + total)


@PARALLEL
def test_page_that_fails_fails_the_listing(parallelism: int) -> None:
    api = listing(ROWS)
    whole = api._respond
    api._respond = lambda *request: (400, {"title": "No"}) if request[2]["skip"] == "1998" else whole(*request)
    with pytest.raises(ApiError) as caught:
        read(api, parallelism)
    assert caught.value.status == 400


def test_deadline_bounds_the_whole_listing() -> None:
    api = listing(ROWS, at_most=1)
    api.hang = True
    start = api.clock()
    with pytest.raises(ApiError):
        read(api, deadline=start + 5)
    assert api.clock() - start <= 5.01


def test_rows_so_far_are_reported_after_each_page() -> None:
    pages: list[tuple[int, int]] = []
    read(listing(ROWS), on_page=lambda rows, total: pages.append((rows, total)))
    assert pages == [(1000, 2500), (1999, 2500), (2500, 2500)]


# What is kept


@PARALLEL
def test_only_rows_that_the_caller_needs_are_returned(parallelism: int) -> None:
    pages: list[tuple[int, int]] = []
    wanted = {ROWS[index]["id"] for index in (0, 999, 1000, 2499)}
    found = read(
        listing(ROWS), parallelism, keep=lambda each: each["id"] in wanted, on_page=lambda *page: pages.append(page)
    )
    assert found == [each for each in ROWS if each["id"] in wanted]
    assert pages[-1] == (2500, 2500)


@pytest.mark.not_quick
def test_rows_that_nobody_needs_count_for_completeness() -> None:
    with pytest.raises(ApiError, match="announced 2501 rows and returned 2500"):
        read(listing(ROWS, 2501), keep=lambda _row: False)


def test_rows_are_chosen_again_if_the_listing_is_read_again() -> None:
    rows = list(ROWS)

    def rename(count: int) -> None:
        if count == 1:
            rows[0] = {**rows[0], "phoneNumber": "+0"}
            rows.pop(1)

    assert read(changing(rows, rename), keep=lambda each: each["phoneNumber"] == "+0") == rows[:1]


@pytest.mark.not_quick
def test_rows_that_nobody_needs_take_hardly_any_memory() -> None:
    def respond(_method: str, _path: str, query: dict[str, str], _body: Any) -> Reply:
        skip = int(query["skip"])
        return 200, {"items": [numbered(index) for index in range(skip, min(skip + 1000, count))], "totalCount": count}

    def numbered(index: int) -> dict[str, Any]:
        return {**row(index), "displayName": f"Desk {index}", "createdTime": "2026-03-01T10:00:00Z"}

    def peak(**arguments: Any) -> int:
        tracemalloc.start()
        try:
            read(FakeApi(respond), **arguments)
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    count = 10_000
    assert peak(keep=lambda each: each["phoneNumber"] in ("+5", "+9000")) < 0.4 * peak()


def test_filter_that_the_api_applies_loosely_is_applied_exactly() -> None:
    rows = [row(1), row(11), {**row(12), "phoneNumber": "+1"}, {**row(13), "credentialsId": str(uuid.UUID(int=1))}]
    api = listing(rows)
    found = find_all(api.client(), PHONE_NUMBER, {"phone_number": "+1", "credentials_id": TRUNK.upper()})
    assert [each["id"] for each in found] == [rows[0]["id"], rows[2]["id"]]
    assert api.requests == [("GET", NUMBERS)]


def test_filter_and_choice_of_the_caller_both_have_to_hold() -> None:
    rows = [row(1), {**row(2), "phoneNumber": "+1"}, row(3)]
    chosen = find_all(
        listing(rows).client(), PHONE_NUMBER, {"phone_number": "+1"}, keep=lambda each: each["id"] != rows[0]["id"]
    )
    assert chosen == [rows[1]]
