# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Waiting for registrations, by a clock of the test: which reports count, and when the wait ends in any case."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from ansible_collections.dasha.blackbox.plugins.module_utils._applying.registration import (
    POLL_GRACE,
    Awaited,
    is_registered,
    wait_for_registrations,
)
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.sip_phone_number import PHONE_NUMBER
from unit.fake_api import LOST, FakeApi, Reply
from unit.harness import NUMBER_ID, OTHER_ID, TRUNK

CHANGED = "2026-03-01T10:00:00.5Z"
EARLIER = [
    "2026-03-01T10:00:00.4999999Z",
    "2026-03-01T11:00:00.4+01:00",
    "2026-03-01T04:30:00.49-05:30",
    "2020-01-01T00:00:00Z",
]
LATER = [
    "2026-03-01T10:00:00.5Z",
    "2026-03-01T10:00:00.500000001Z",
    "2026-03-01T11:00:00.5+01:00",
    "2026-03-01t10:00:01z",
    "2026-03-01 10:00:01",
    "2099-01-01T00:00:00-12:00",
]
UNKNOWN = [None, "", "yesterday", "2026-13-01T00:00:00Z", "0001-01-01T00:00:00+14:00", 7, [], "2026-03-01"]


def number(state: Any, reported: Any, changed: Any = CHANGED, **fields: Any) -> dict[str, Any]:
    status = {"state": state, "lastUpdated": reported}
    return {
        "id": NUMBER_ID,
        "phoneNumber": "+1",
        "credentialsId": TRUNK,
        "registration": True,
        "registrationStatus": status,
        "lastUpdateTime": changed,
        **fields,
    }


def updated(obj: dict[str, Any]) -> Awaited:
    """A number whose trunk this run changed at its last update."""
    return Awaited(obj, changed=obj["lastUpdateTime"])


def wait(api: FakeApi, *numbers: Awaited, timeout: float = 60, **arguments: Any) -> dict[str, Awaited]:
    awaited = {each.obj["id"]: each for each in numbers}
    return wait_for_registrations(api.client(), PHONE_NUMBER, awaited, timeout, **arguments)


def page(*numbers: Any) -> Reply:
    return 200, {"items": list(numbers), "totalCount": len(numbers), "skip": 0, "take": 1000}


# Which reports count


@pytest.mark.parametrize("reported", LATER)
@pytest.mark.parametrize("state", ["Registered", "registered"])
def test_registered_reported_since_the_change_of_an_updated_number_counts(state: str, reported: str) -> None:
    assert is_registered(updated(number(state, reported)))


@pytest.mark.parametrize("reported", EARLIER)
def test_registered_reported_before_the_change_of_an_updated_number_does_not_count(reported: Any) -> None:
    assert not is_registered(updated(number("Registered", reported)))


@pytest.mark.parametrize("reported", [*EARLIER, *LATER, *UNKNOWN])
def test_registered_counts_whenever_it_was_reported_if_the_number_was_not_updated(reported: Any) -> None:
    assert is_registered(Awaited(number("Registered", reported)))


@pytest.mark.parametrize("reported", UNKNOWN)
def test_registered_reported_at_an_unknown_time_counts(reported: Any) -> None:
    assert is_registered(updated(number("Registered", reported)))


@pytest.mark.parametrize("changed", UNKNOWN)
def test_registered_counts_if_the_time_of_the_change_is_unknown(changed: Any) -> None:
    assert is_registered(updated(number("Registered", LATER[0], changed)))


@pytest.mark.parametrize(
    ("fraction", "counts"), [("123455", False), ("123456", True), ("12345", False), ("12346", True)]
)
def test_times_are_compared_to_the_microsecond(fraction: str, counts: bool) -> None:
    times = (f"2026-03-01T10:00:00.{fraction}Z", "2026-03-01T10:00:00.123456Z")
    assert is_registered(updated(number("Registered", *times))) is counts


@pytest.mark.parametrize("state", ["Registering", "Failed", None, 7, ["Registered"], {"state": "Registered"}])
def test_another_state_is_not_registered(state: Any) -> None:
    assert not is_registered(Awaited(number(state, LATER[0])))


@pytest.mark.parametrize("registration", [False, None])
def test_number_without_registration_needs_no_wait(registration: Any) -> None:
    api = FakeApi(lambda *_request: (500, None))
    done = wait(api, updated(number("Failed", LATER[0], registration=registration)))
    assert done[NUMBER_ID].error is None
    assert api.requests == []


@pytest.mark.parametrize("reported", [*LATER, *UNKNOWN])
def test_failed_reported_since_the_change_or_at_an_unknown_time_ends_the_wait(reported: Any) -> None:
    api = FakeApi(lambda *_request: (500, None))
    done = wait(api, updated(number("Failed", reported)))
    assert "The registration failed" in str(done[NUMBER_ID].error)
    assert api.requests == []


@pytest.mark.parametrize("reported", [*EARLIER, *LATER, *UNKNOWN])
def test_failed_ends_the_wait_for_a_number_that_was_not_updated(reported: Any) -> None:
    api = FakeApi(lambda *_request: (500, None))
    assert "The registration failed" in str(wait(api, Awaited(number("Failed", reported)))[NUMBER_ID].error)
    assert api.requests == []


@pytest.mark.parametrize("reported", EARLIER)
def test_failed_reported_before_the_change_is_waited_out(reported: str) -> None:
    replies = iter([number("Failed", reported), number("Registering", LATER[0]), number("Registered", LATER[0])])
    api = FakeApi(lambda *_request: (200, next(replies)))
    assert wait(api, updated(number("Failed", reported)))[NUMBER_ID].error is None
    assert len(api.requests) == 3


def test_change_of_somebody_else_after_the_registration_does_not_outdate_it() -> None:
    renamed = number("Registered", LATER[0], "2026-03-01T10:05:00Z")
    api = FakeApi(lambda *_request: (200, renamed))
    assert wait(api, updated(number("Registering", LATER[0])))[NUMBER_ID].error is None
    assert len(api.requests) == 1


def test_number_moved_to_a_trunk_with_a_wrong_password_is_not_registered() -> None:
    """Its old registration is still reported, until the new trunk refuses it."""
    replies = iter([number("Registered", EARLIER[0]), number("Registering", LATER[0]), number("Failed", LATER[1])])
    api = FakeApi(lambda *_request: (200, next(replies)))
    done = wait(api, updated(number("Registered", EARLIER[0])))
    assert "The registration failed" in str(done[NUMBER_ID].error)


@pytest.mark.parametrize("state", ["Registered", "Failed"])
def test_timeout_with_an_outdated_state_says_that_it_is_outdated(state: str) -> None:
    api = FakeApi(lambda *_request: (200, number(state, EARLIER[0])))
    done = wait(api, updated(number(state, EARLIER[0])), timeout=5)
    assert str(done[NUMBER_ID].error) == (
        f"Not registered within 5 s; the last state is {state!r}, reported before the last change of the number"
    )


# How long


def hanging(api: FakeApi) -> None:
    api.hang = True


def rate_limited(api: FakeApi) -> None:
    api._respond = lambda *_request: (429, {"title": "Too many"})
    api.headers = {"Retry-After": "7"}


def rate_limited_for_long(api: FakeApi) -> None:
    api._respond = lambda *_request: (429, {"title": "Too many"})
    api.headers = {"Retry-After": "3600"}


def unavailable(api: FakeApi) -> None:
    api._respond = lambda *_request: (503, None)


def shrinking(api: FakeApi) -> None:
    """Every listing announces more rows than it has."""
    api._respond = lambda *_request: (200, {"items": [number("Registering", None)], "totalCount": 5})


TROUBLES = [hanging, rate_limited, rate_limited_for_long, unavailable, shrinking]


@pytest.mark.parametrize("timeout", [0, 0.3, 20, 60])
@pytest.mark.parametrize("many", [False, True], ids=["one", "many"])
@pytest.mark.parametrize("trouble", TROUBLES, ids=lambda trouble: trouble.__name__)
def test_wait_is_bounded_whatever_the_api_does(trouble: Any, many: bool, timeout: float) -> None:
    api = FakeApi(lambda *_request: (200, None))
    trouble(api)
    numbers = [updated(number("Registering", None))]
    if many:
        numbers.append(updated(number("Registering", None, id=OTHER_ID)))
    start = api.clock()
    done = wait(api, *numbers, timeout=timeout, parallelism=8)
    assert api.clock() - start <= timeout + POLL_GRACE
    assert all(each.error for each in done.values())
    assert len(api.requests) < 200


@pytest.mark.parametrize("many", [False, True], ids=["one", "many"])
def test_api_that_recovers_within_the_time_is_asked_again(many: bool) -> None:
    api = FakeApi(lambda *_request: (503, None))
    numbers = [number("Registered", LATER[0]), number("Registered", LATER[0], id=OTHER_ID)][: 2 if many else 1]

    def respond(*_request: Any) -> Reply:
        if api.clock() < 1030:
            return 503, None
        return page(*numbers) if many else (200, numbers[0])

    api._respond = respond
    waiting = [Awaited({**each, "registrationStatus": {"state": "Registering"}}) for each in numbers]
    assert [each.error for each in wait(api, *waiting).values()] == [None] * len(numbers)


# Polls that fail

MANY = pytest.mark.parametrize("many", [False, True], ids=["one", "many"])
HTML = "<html>"


def awaiting(many: bool) -> list[Awaited]:
    """One number, or as many as are read by the listing."""
    return [Awaited(number("Registering", None, id=each)) for each in ((NUMBER_ID, OTHER_ID) if many else (NUMBER_ID,))]


def registered(path: str, query: dict[str, str]) -> Reply:
    """Whatever is read is registered."""
    if "take" not in query:
        return 200, number("Registered", LATER[0], id=path.rpartition("/")[2])
    numbers = [number("Registered", LATER[0], id=each) for each in (NUMBER_ID, OTHER_ID)]
    return 200, {"items": numbers[: int(query["take"])], "totalCount": 2}


def failing(*replies: Any) -> FakeApi:
    """An API that returns these first, each to a whole poll; then every number is registered."""
    waiting = list(replies)

    def respond(_method: str, path: str, query: dict[str, str], _body: Any) -> Reply:
        if not waiting or query.get("take") == "1":
            return registered(path, query)
        return waiting.pop(0)  # type: ignore[no-any-return]

    return FakeApi(respond)


@MANY
@pytest.mark.parametrize(
    "reply",
    [
        (500, {"title": "Internal Server Error"}),
        (400, {"title": "Bad Request"}),
        (500, HTML),
        (401, HTML),
        (403, HTML),
        (404, HTML),
        (200, HTML),
        (200, {"items": [], "totalCount": 5}),
        LOST,
    ],
    ids=str,
)
def test_poll_that_fails_does_not_end_the_wait(reply: Reply, many: bool) -> None:
    done = wait(failing(reply, reply), *awaiting(many))
    assert [each.error for each in done.values()] == [None] * len(done)


@MANY
@pytest.mark.parametrize("body", [{"title": "No"}, None], ids=["problem", "empty"])
@pytest.mark.parametrize("status", [401, 403])
def test_rejected_key_ends_the_wait(status: int, body: Any, many: bool) -> None:
    api = failing((status, body))
    done = wait(api, *awaiting(many))
    assert [each.error and each.error.status for each in done.values()] == [status] * len(done)
    assert len(api.requests) == (2 if many else 1)


@MANY
def test_timeout_says_why_the_last_poll_failed(many: bool) -> None:
    api = FakeApi(lambda *_request: (500, {"title": "Internal Server Error"}))
    for each in wait(api, *awaiting(many), timeout=5).values():
        assert each.error is not None
        assert "Not registered within 5 s; the last state is 'Registering'" in str(each.error)
        assert each.error.hint == "The last poll failed with status 500: Internal Server Error"
        assert each.error.status is None


def test_number_that_cannot_be_read_by_its_id_does_not_hold_up_the_others() -> None:
    def respond(_method: str, path: str, query: dict[str, str], _body: Any) -> Reply:
        if "take" in query:
            return 200, {"items": [], "totalCount": 20_000}
        return (500, {"title": "No"}) if path.endswith(OTHER_ID) else registered(path, query)

    done = wait(FakeApi(respond), *awaiting(True), timeout=5)
    assert done[NUMBER_ID].error is None
    assert "Not registered" in str(done[OTHER_ID].error)


@MANY
def test_number_that_two_polls_in_a_row_do_not_find_was_deleted(many: bool) -> None:
    missing: Reply = page(number("Registering", None, id=OTHER_ID)) if many else (404, {"title": "Not Found"})
    api = failing(missing, (500, None), missing)
    done = wait(api, *awaiting(many))
    assert "deleted in the meantime" in str(done[NUMBER_ID].error)
    assert done[NUMBER_ID].error.status == 404  # type: ignore[union-attr]
    assert all(each.error is None for number_id, each in done.items() if number_id != NUMBER_ID)


@MANY
def test_number_that_one_poll_does_not_find_was_not_deleted(many: bool) -> None:
    """A listing, or another replica, may lag behind a creation."""
    missing: Reply = page(number("Registering", None, id=OTHER_ID)) if many else (404, {"title": "Not Found"})
    there: Reply = page(*(each.obj for each in awaiting(True))) if many else (200, awaiting(False)[0].obj)
    done = wait(failing(missing, there, missing, there, missing), *awaiting(many))
    assert [each.error for each in done.values()] == [None] * len(done)


def test_timeout_says_that_the_last_poll_did_not_find_the_number() -> None:
    done = wait(FakeApi(lambda *_request: (404, {"title": "Not Found"})), *awaiting(False), timeout=0.5)
    assert done[NUMBER_ID].error is not None
    assert done[NUMBER_ID].error.hint == "The last poll did not find the number"


# By ids or by the listing


@pytest.mark.not_quick
@pytest.mark.parametrize(
    ("waiting", "total", "listed"),
    [(1, 1, False), (2, 2, True), (2, 1000, True), (2, 1001, False), (2, 20_000, False), (21, 20_000, False)]
    + [(22, 20_000, True), (30, 20_000, True)],
)
def test_numbers_are_read_in_the_way_that_takes_fewer_requests(waiting: int, total: int, listed: bool) -> None:
    ids = [str(uuid.UUID(int=each)) for each in range(total)]
    replies = {number_id: number("Registered", LATER[0], id=number_id) for number_id in ids}

    def respond(_method: str, path: str, query: dict[str, str], _body: Any) -> Reply:
        if "take" not in query:
            return 200, replies[path.rpartition("/")[2]]
        skip = int(query["skip"])
        items = [replies[number_id] for number_id in ids[skip : skip + int(query["take"])]]
        return 200, {"items": items, "totalCount": total}

    api = FakeApi(respond)
    done = wait(api, *(Awaited(number("Registering", None, id=number_id)) for number_id in ids[-waiting:]))
    assert [each.error for each in done.values()] == [None] * waiting
    assert any(path.endswith(ids[-1]) for _method, path in api.requests) is not listed
    pages = 1 + -(-max(0, total - 1000) // 999)
    # One more, the first time, to learn how long the listing is.
    assert len(api.requests) == (waiting > 1) + min(waiting, pages)


@pytest.mark.parametrize("many", [False, True], ids=["one", "many"])
def test_id_in_another_case_is_the_same_number(many: bool) -> None:
    numbers = [number("Registered", LATER[0]), number("Registered", LATER[0], id=OTHER_ID)][: 2 if many else 1]
    api = FakeApi(lambda *_request: page(*numbers) if many else (200, numbers[0]))
    waiting = [Awaited({**each, "id": each["id"].upper(), "registrationStatus": None}) for each in numbers]
    assert [each.error for each in wait(api, *waiting).values()] == [None] * len(numbers)


@pytest.mark.parametrize("status", [None, 7, "Registered", [], ["Registered"], {}, {"state": None}])
def test_malformed_status_is_not_registered(status: Any) -> None:
    malformed = {**number("x", None), "registrationStatus": status}
    done = wait(FakeApi(lambda *_request: (200, malformed)), Awaited(malformed), timeout=3)
    assert "Not registered within 3 s" in str(done[NUMBER_ID].error)


def test_unexpected_exception_while_polling_is_reported_for_each_number() -> None:
    def respond(*_request: Any) -> Reply:
        raise KeyError("surprise")

    done = wait(FakeApi(respond), *awaiting(True))
    assert ["surprise" in each.error.hint for each in done.values() if each.error] == [True, True]


def test_progress_is_reported_before_each_poll() -> None:
    polls: list[tuple[int, int, float]] = []
    failed, good = number("Failed", LATER[0]), number("Registered", LATER[0], id=OTHER_ID)
    waiting = [Awaited(failed), Awaited({**good, "registrationStatus": None})]
    wait(FakeApi(lambda *_request: (200, good)), *waiting, on_poll=lambda *counts: polls.append(counts))
    assert polls == [(0, 1, 60.0)]
