# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Many plans at once: one failure stops nothing, a fault of the API stops what would fail as well."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.dasha.blackbox.plugins.module_utils._applying import fleet as fleet_module
from ansible_collections.dasha.blackbox.plugins.module_utils._applying.circuit_breaker import MAX_CONSECUTIVE_FAILURES
from ansible_collections.dasha.blackbox.plugins.module_utils._applying.fleet import PlanResult, WorkerPool
from ansible_collections.dasha.blackbox.plugins.module_utils._applying.freshness import Basis
from ansible_collections.dasha.blackbox.plugins.module_utils._common.errors import Interrupted
from ansible_collections.dasha.blackbox.plugins.module_utils._planning.plan import make_plan
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.desired import Desired
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.sip_phone_number import PHONE_NUMBER
from unit.fake_api import LOST, REFUSED, TLS_BROKEN, FakeApi, Reply
from unit.harness import TRUNK

COUNT = 40
PLANS = [
    make_plan(Desired(PHONE_NUMBER, None, {"phone_number": f"+{index}", "credentials_id": TRUNK}), None)
    for index in range(COUNT)
]


def created(body: dict[str, Any]) -> Reply:
    return 201, {"id": str(uuid.uuid4()), **body}


def api_that(reply: Callable[[int], Reply | None]) -> FakeApi:
    """An API that replies to POST number n (from 0) with `reply(n)`, or creates the number; nothing is listed."""
    posts = iter(range(10_000))

    def respond(method: str, _path: str, _query: Any, body: Any) -> Reply:
        if method == "GET":
            return 200, {"items": [], "totalCount": 0}
        return reply(next(posts)) or created(body)

    return FakeApi(respond)


def run(
    api: FakeApi, *, size: int = 1, check: bool = False, retries: int = 0, max_delay: float = 60
) -> list[PlanResult]:
    client = api.client(retries=retries, max_delay=max_delay)
    pool = WorkerPool(client, size, lambda _result: None)
    return pool.preview(PLANS) if check else pool.apply(PLANS, Basis(client.now()))


def failed(results: list[PlanResult]) -> int:
    return sum(result.failure is not None for result in results)


def not_attempted(results: list[PlanResult]) -> int:
    return sum(not result.attempted for result in results)


OF_THE_API: dict[str, Any] = {
    "lost": LOST,
    "unavailable": (503, None),
    "bad gateway": (502, None),
    "timeout of a gateway": (504, None),
    "redirected": (302, None),
    "another web server": (404, None),
    "forbidden": (403, {"title": "Forbidden"}),
    "rate limit": (429, None),
    "invalid response": (201, None),
}


@pytest.mark.parametrize("size", [1, 4])
@pytest.mark.parametrize("reply", OF_THE_API.values(), ids=OF_THE_API)
def test_fault_of_the_api_stops_the_fleet_after_a_few_numbers(reply: Reply, size: int) -> None:
    api = api_that(lambda post: reply if post >= 5 else None)
    results = run(api, size=size)
    assert MAX_CONSECUTIVE_FAILURES <= failed(results) < MAX_CONSECUTIVE_FAILURES + size
    assert not_attempted(results) == COUNT - 5 - failed(results)


@pytest.mark.parametrize("reply", [REFUSED, TLS_BROKEN, (401, {})], ids=["refused", "tls", "401"])
def test_fault_that_every_request_meets_stops_the_fleet_at_once(reply: Reply) -> None:
    results = run(api_that(lambda post: reply if post >= 5 else None), retries=1)
    assert (failed(results), not_attempted(results)) == (1, COUNT - 6)


def test_wait_longer_than_allowed_stops_the_fleet_after_a_few_numbers() -> None:
    api = api_that(lambda _post: (429, {"title": "Too many"}))
    api.headers = {"Retry-After": "3600"}
    results = run(api, retries=4, max_delay=5)
    assert (failed(results), api.count("POST")) == (MAX_CONSECUTIVE_FAILURES, MAX_CONSECUTIVE_FAILURES)
    assert api.clock() == 1000


def test_api_that_never_responds_stops_the_fleet_after_a_few_numbers() -> None:
    api = api_that(lambda _post: None)
    api.hang = True
    results = run(api)
    assert failed(results) == MAX_CONSECUTIVE_FAILURES
    assert len(api.requests) <= 2 * MAX_CONSECUTIVE_FAILURES


OF_THE_NUMBER = [(400, {"title": "No"}), (409, {"title": "Conflict"}), (404, {"title": "No"}), (422, {}), (500, {})]


@pytest.mark.parametrize("size", [1, 4])
@pytest.mark.parametrize("reply", OF_THE_NUMBER, ids=lambda reply: str(reply[0]))
def test_failures_that_concern_single_numbers_stop_nothing(reply: Reply, size: int) -> None:
    results = run(api_that(lambda post: reply if post % 10 else None), size=size)
    assert not_attempted(results) == 0
    assert failed(results) == COUNT - COUNT // 10


@pytest.mark.parametrize("between", [None, (400, {"title": "No"})], ids=["success", "refusal of a number"])
@pytest.mark.parametrize("fault", [(503, None), (403, {"title": "Forbidden"})], ids=["unavailable", "forbidden"])
def test_faults_with_something_else_in_between_stop_nothing(fault: Reply, between: Reply | None) -> None:
    results = run(api_that(lambda post: between if post % MAX_CONSECUTIVE_FAILURES == 2 else fault))
    assert not_attempted(results) == 0


def test_faults_of_different_kinds_in_turn_stop_nothing() -> None:
    results = run(api_that(lambda post: [(503, None), (502, None)][post % 2]))
    assert (failed(results), not_attempted(results)) == (COUNT, 0)


@pytest.mark.parametrize("size", [1, 4])
@pytest.mark.parametrize("check", [False, True], ids=["real", "check"])
def test_unexpected_exception_in_one_number_leaves_the_report_of_the_others(
    monkeypatch: pytest.MonkeyPatch, size: int, check: bool
) -> None:
    name = "preview" if check else "apply"
    whole = getattr(fleet_module, name)

    def surprising(client: Any, plan: Any, *rest: Any) -> Any:
        if plan is PLANS[3]:
            raise KeyError("surprise")
        return whole(client, plan, *rest)

    monkeypatch.setattr(fleet_module, name, surprising)
    results = run(api_that(lambda _post: None), size=size, check=check)
    assert [index for index, result in enumerate(results) if result.failure] == [3]
    assert not_attempted(results) == 0
    failure = results[3].failure
    assert failure is not None
    assert "KeyError" in str(failure)
    assert (failure.cause.method, failure.plan) == ("POST", PLANS[3])
    assert failure.cause.outcome == ("not_sent" if check else "unknown")


def test_interrupt_ends_the_fleet(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_arguments: Any) -> Any:
        raise Interrupted

    monkeypatch.setattr(fleet_module, "apply", interrupted)
    with pytest.raises(Interrupted):
        run(api_that(lambda _post: None), size=4)


def test_each_number_is_posted_once_however_the_responses_are_lost() -> None:
    posted: list[str] = []

    def respond(method: str, _path: str, query: dict[str, str], body: Any) -> Reply:
        if method == "GET":
            name = query["phoneNumber"]
            found = [{"id": str(uuid.uuid4()), "phoneNumber": name, "credentialsId": TRUNK}] if name in posted else []
            return 200, {"items": found, "totalCount": len(found)}
        posted.append(body["phoneNumber"])
        return LOST

    results = run(FakeApi(respond), size=4, retries=4)
    assert failed(results) == 0
    assert len(posted) == len(set(posted)) == COUNT
