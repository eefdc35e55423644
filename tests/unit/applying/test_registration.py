# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Waiting for registrations, by a clock of the test: which reports count, and when the wait ends in any case."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.dasha.blackbox.plugins.module_utils._applying.registration import (
    POLL_GRACE,
    Awaited,
    is_registered,
    wait_for_registrations,
)
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.sip_phone_number import PHONE_NUMBER
from unit.fake_api import FakeApi, Reply
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


def wait(api: FakeApi, *numbers: Awaited, timeout: float = 60, **arguments: Any) -> dict[str, Awaited]:
    awaited = {each.obj["id"]: each for each in numbers}
    return wait_for_registrations(api.client(), PHONE_NUMBER, awaited, timeout, **arguments)


def page(*numbers: Any) -> Reply:
    return 200, {"items": list(numbers), "totalCount": len(numbers), "skip": 0, "take": 1000}


# Which reports count


@pytest.mark.parametrize("reported", LATER)
@pytest.mark.parametrize("state", ["Registered", "registered"])
def test_registered_reported_since_the_change_of_an_updated_number_counts(state: str, reported: str) -> None:
    assert is_registered(Awaited(number(state, reported), updated=True))


@pytest.mark.parametrize("reported", [*EARLIER, *UNKNOWN])
def test_registered_reported_before_the_change_of_an_updated_number_does_not_count(reported: Any) -> None:
    assert not is_registered(Awaited(number("Registered", reported), updated=True))


@pytest.mark.parametrize("reported", [*EARLIER, *LATER, *UNKNOWN])
def test_registered_counts_whenever_it_was_reported_if_the_number_was_not_updated(reported: Any) -> None:
    assert is_registered(Awaited(number("Registered", reported), updated=False))


@pytest.mark.parametrize("changed", UNKNOWN)
def test_registered_counts_if_the_time_of_the_change_is_unknown(changed: Any) -> None:
    assert is_registered(Awaited(number("Registered", LATER[0], changed), updated=True))


@pytest.mark.parametrize(
    ("fraction", "counts"), [("123455", False), ("123456", True), ("12345", False), ("12346", True)]
)
def test_times_are_compared_to_the_microsecond(fraction: str, counts: bool) -> None:
    times = (f"2026-03-01T10:00:00.{fraction}Z", "2026-03-01T10:00:00.123456Z")
    assert is_registered(Awaited(number("Registered", *times), updated=True)) is counts


@pytest.mark.parametrize("state", ["Registering", "Failed", None, 7, ["Registered"], {"state": "Registered"}])
def test_another_state_is_not_registered(state: Any) -> None:
    assert not is_registered(Awaited(number(state, LATER[0]), updated=False))


@pytest.mark.parametrize("registration", [False, None])
def test_number_without_registration_needs_no_wait(registration: Any) -> None:
    api = FakeApi(lambda *_request: (500, None))
    done = wait(api, Awaited(number("Failed", LATER[0], registration=registration), True))
    assert done[NUMBER_ID].error is None
    assert api.requests == []


@pytest.mark.parametrize("updated", [True, False])
@pytest.mark.parametrize("reported", LATER)
def test_failed_reported_since_the_change_ends_the_wait(reported: str, updated: bool) -> None:
    api = FakeApi(lambda *_request: (500, None))
    done = wait(api, Awaited(number("Failed", reported), updated))
    assert "The registration failed" in str(done[NUMBER_ID].error)
    assert api.requests == []


@pytest.mark.parametrize("updated", [True, False])
@pytest.mark.parametrize("reported", EARLIER)
def test_failed_reported_before_the_change_is_waited_out(reported: str, updated: bool) -> None:
    replies = iter([number("Failed", reported), number("Registering", LATER[0]), number("Registered", LATER[0])])
    api = FakeApi(lambda *_request: (200, next(replies)))
    assert wait(api, Awaited(number("Failed", reported), updated))[NUMBER_ID].error is None
    assert len(api.requests) == 3


def test_number_moved_to_a_trunk_with_a_wrong_password_is_not_registered() -> None:
    """Its old registration is still reported, until the new trunk refuses it."""
    replies = iter([number("Registered", EARLIER[0]), number("Registering", LATER[0]), number("Failed", LATER[1])])
    api = FakeApi(lambda *_request: (200, next(replies)))
    done = wait(api, Awaited(number("Registered", EARLIER[0]), updated=True))
    assert "The registration failed" in str(done[NUMBER_ID].error)


@pytest.mark.parametrize("state", ["Registered", "Failed"])
def test_timeout_with_an_outdated_state_says_that_it_is_outdated(state: str) -> None:
    api = FakeApi(lambda *_request: (200, number(state, EARLIER[0])))
    done = wait(api, Awaited(number(state, EARLIER[0]), updated=True), timeout=5)
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
    numbers = [Awaited(number("Registering", None), True)]
    if many:
        numbers.append(Awaited(number("Registering", None, id=OTHER_ID), True))
    start = api.clock()
    done = wait(api, *numbers, timeout=timeout, parallelism=8)
    assert api.clock() - start <= timeout + POLL_GRACE
    assert all(each.error for each in done.values())
    assert len(api.requests) < 200


@pytest.mark.parametrize("many", [False, True], ids=["one", "many"])
def test_api_that_recovers_within_the_time_is_asked_again(many: bool) -> None:
    api = FakeApi(lambda *_request: (503, None))
    numbers = [number("Registered", LATER[0]), number("Registered", LATER[0], id=OTHER_ID)][: 2 if many else 1]

    def respond(_method: str, path: str, _query: Any, _body: Any) -> Reply:
        if api.clock() < 1030:
            return 503, None
        return page(*numbers) if many else (200, numbers[0])

    api._respond = respond
    waiting = [Awaited({**each, "registrationStatus": {"state": "Registering"}}, True) for each in numbers]
    assert [each.error for each in wait(api, *waiting).values()] == [None] * len(numbers)


@pytest.mark.parametrize("status", [400, 401, 404, 500])
def test_refused_poll_ends_the_wait_at_once(status: int) -> None:
    api = FakeApi(lambda *_request: (status, {"title": "No"}))
    done = wait(api, Awaited(number("Registering", None), False))
    assert done[NUMBER_ID].error is not None
    assert done[NUMBER_ID].error.status == status
    assert len(api.requests) == 1


def test_number_missing_in_the_listing_was_deleted() -> None:
    other = number("Registered", LATER[0], id=OTHER_ID)
    waiting = [Awaited(number("Registering", None), False), Awaited({**other, "registrationStatus": None}, False)]
    done = wait(FakeApi(lambda *_request: page(other)), *waiting)
    assert "deleted in the meantime" in str(done[NUMBER_ID].error)
    assert done[OTHER_ID].error is None


@pytest.mark.parametrize("many", [False, True], ids=["one", "many"])
def test_id_in_another_case_is_the_same_number(many: bool) -> None:
    numbers = [number("Registered", LATER[0]), number("Registered", LATER[0], id=OTHER_ID)][: 2 if many else 1]
    api = FakeApi(lambda *_request: page(*numbers) if many else (200, numbers[0]))
    waiting = [Awaited({**each, "id": each["id"].upper(), "registrationStatus": None}, True) for each in numbers]
    assert [each.error for each in wait(api, *waiting).values()] == [None] * len(numbers)


@pytest.mark.parametrize("status", [None, 7, "Registered", [], ["Registered"], {}, {"state": None}])
def test_malformed_status_is_not_registered(status: Any) -> None:
    malformed = {**number("x", None), "registrationStatus": status}
    done = wait(FakeApi(lambda *_request: (200, malformed)), Awaited(malformed, False), timeout=3)
    assert "Not registered within 3 s" in str(done[NUMBER_ID].error)


def test_unexpected_exception_while_polling_is_reported_for_each_number() -> None:
    def respond(*_request: Any) -> Reply:
        raise KeyError("surprise")

    waiting = [Awaited(number("Registering", None), False), Awaited(number("Registering", None, id=OTHER_ID), False)]
    done = wait(FakeApi(respond), *waiting)
    assert ["surprise" in str(each.error) for each in done.values()] == [True, True]
    assert {each.error.outcome for each in done.values() if each.error} == {"no_response"}


def test_progress_is_reported_before_each_poll() -> None:
    polls: list[tuple[int, int, float]] = []
    failed, registered = number("Failed", LATER[0]), number("Registered", LATER[0], id=OTHER_ID)
    waiting = [Awaited(failed, True), Awaited({**registered, "registrationStatus": None}, True)]
    wait(FakeApi(lambda *_request: (200, registered)), *waiting, on_poll=lambda *counts: polls.append(counts))
    assert polls == [(0, 1, 60.0)]
