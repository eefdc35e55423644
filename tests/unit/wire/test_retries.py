# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is retried, what is never sent twice, and what is said about a write that may have been applied."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.dasha.blackbox.plugins.module_utils._common.redaction import Redactor
from ansible_collections.dasha.blackbox.plugins.module_utils._operations.sip_credential import SPEC as TRUNK_SPEC
from ansible_collections.dasha.blackbox.plugins.module_utils._running.connection import connect, connection_spec
from ansible_collections.dasha.blackbox.plugins.module_utils._running.operation import execute
from ansible_collections.dasha.blackbox.plugins.module_utils._transport.client import Client
from ansible_collections.dasha.blackbox.plugins.module_utils._transport.errors import ApiError
from emulator.client import Emulator
from unit import twilio
from unit.harness import NUMBER_ID, NUMBERS, TRUNK, limit_threads, run_module
from unit.wire.gateway import gateway

Run = Callable[..., dict[str, Any]]
PAIR = {"phone_number": "+1", "credentials_id": TRUNK}
NUMBER: dict[str, Any] = {"id": NUMBER_ID, "phoneNumber": "+1", "credentialsId": TRUNK, "displayName": "Line"}
EMPTY_PAGE = {"items": [], "totalCount": 0, "skip": 0, "take": 1000}
SECOND_KEY = "second-key-of-the-organization"


@pytest.fixture
def run(emulator: Emulator) -> Run:
    """Run a module against the emulator, with short waits between attempts."""

    def run(module: str, /, **options: Any) -> dict[str, Any]:
        connection = {"api_key": emulator.key, "api_url": emulator.url, "api_retry_max_delay": 0.02}
        return run_module(module, {**connection, **options})

    return run


def one(run: Run, **options: Any) -> dict[str, Any]:
    """Return the result for one number, its error as `error`."""
    return run("sip_phone_number", **PAIR, **options)


def many(run: Run, **options: Any) -> dict[str, Any]:
    """Return the result for a fleet of one number."""
    state = options.pop("state", "present")
    return run("sip_phone_numbers", phone_numbers=[{**PAIR, **options}], state=state)


both = pytest.mark.parametrize("task", [one, many], ids=["one", "many"])


def sent(emulator: Emulator) -> list[str]:
    return [entry["method"] for entry in emulator.requests()]


def stored(emulator: Emulator) -> list[dict[str, Any]]:
    numbers: list[dict[str, Any]] = emulator.state()["organizations"]["org-1"]["phone_numbers"]
    return numbers


def fault(method: str, *faults: dict[str, Any], **rule: Any) -> list[dict[str, Any]]:
    """Return rules for the next requests of a method, one for each fault."""
    return [{"match": {"method": method}, "times": 1, **rule, "fault": each} for each in faults]


# What is retried

NOT_APPLIED = [{"drop": "before"}, {"hang": 5}, *({"status": status} for status in (429, 502, 503, 504))]
APPLIED = [{"drop": "after"}, {"truncate": True}, {"garbage": "<html>"}, {"status": 503, "done": True}]
LASTING = (400, 401, 403, 405, 408, 410, 412, 422, 423, 500, 501)


@pytest.mark.parametrize("trouble", NOT_APPLIED, ids=str)
@pytest.mark.parametrize(
    ("method", "options"), [("GET", {}), ("PUT", {"display_name": "New"}), ("DELETE", {"state": "absent"})]
)
def test_safe_request_is_retried(
    emulator: Emulator, run: Run, method: str, options: dict[str, Any], trouble: dict[str, Any]
) -> None:
    emulator.seed({"phone_numbers": [NUMBER]})
    emulator.fault(*fault(method, trouble, trouble))
    result = one(run, **options, api_timeout=0.4)
    assert (result["failed"], result["changed"]) == (False, method != "GET")
    assert sent(emulator).count(method) == 3


@pytest.mark.parametrize("status", LASTING)
@pytest.mark.parametrize(
    ("method", "options"), [("PUT", {"display_name": "New"}), ("DELETE", {"state": "absent"}), ("POST", {})]
)
def test_lasting_failure_is_not_retried(
    emulator: Emulator, run: Run, method: str, options: dict[str, Any], status: int
) -> None:
    if method != "POST":
        emulator.seed({"phone_numbers": [NUMBER]})
    emulator.fault(*fault(method, {"status": status, "body": {"title": "No"}}))
    error = one(run, **options)["error"]
    assert (error["status"], error["attempts"], sent(emulator).count(method)) == (status, 1, 1)


@pytest.mark.parametrize("trouble", [{"status": 429}, {"status": 429, "headers": {"Retry-After": "0"}}], ids=str)
def test_creation_that_was_not_applied_is_retried_without_a_look_up(
    emulator: Emulator, run: Run, trouble: dict[str, Any]
) -> None:
    emulator.fault(*fault("POST", trouble, trouble))
    assert one(run)["changed"] is True
    assert sent(emulator) == ["GET", "POST", "POST", "POST"]


@pytest.mark.parametrize("trouble", [each for each in NOT_APPLIED if each != {"status": 429}], ids=str)
def test_doubtful_creation_that_the_look_up_does_not_find_is_retried(
    emulator: Emulator, run: Run, trouble: dict[str, Any]
) -> None:
    emulator.fault(*fault("POST", trouble))
    assert one(run, api_timeout=0.4)["changed"] is True
    assert sent(emulator) == ["GET", "POST", "GET", "POST"]
    assert len(stored(emulator)) == 1


@pytest.mark.parametrize("trouble", [*APPLIED, {"status": 500, "done": True}], ids=str)
def test_doubtful_creation_that_the_look_up_finds_is_adopted(
    emulator: Emulator, run: Run, trouble: dict[str, Any]
) -> None:
    emulator.fault(*fault("POST", trouble))
    assert one(run)["changed"] is True
    assert sent(emulator) == ["GET", "POST", "GET"]
    assert len(stored(emulator)) == 1


def test_doubtful_creation_of_a_trunk_is_not_retried(emulator: Emulator, run: Run) -> None:
    emulator.fault(*fault("POST", {"status": 503}))
    result = run("sip_credential", server="sip.example.net")
    assert (result["changed"], result["error"]["outcome"], result["error"]["attempts"]) == (False, "unknown", 1)
    assert sent(emulator).count("POST") == 1


# A write that may have been applied, and what later attempts say about it

REFUSALS = (401, 403, 404, 408, 409, 423)


@both
@pytest.mark.parametrize("status", REFUSALS)
@pytest.mark.parametrize("first", [{"status": 503, "done": True}, {"drop": "after"}, {"drop": "before"}], ids=str)
def test_update_that_is_refused_after_a_lost_response_is_unknown(
    emulator: Emulator, run: Run, task: Any, first: dict[str, Any], status: int
) -> None:
    emulator.seed({"phone_numbers": [NUMBER]})
    emulator.fault(*fault("PUT", first, {"status": status, "body": {"title": "No"}}))
    result = task(run, display_name="New")
    assert result["failed"] is True
    assert (result["error"]["status"], result["error"]["outcome"]) == (status, "unknown")
    assert "The request may have been applied." in result["msg"]
    assert stored(emulator)[0]["displayName"] == ("Line" if first == {"drop": "before"} else "New")


@both
@pytest.mark.parametrize("status", [status for status in REFUSALS if status != 404])
def test_deletion_that_is_refused_after_a_lost_response_is_unknown(
    emulator: Emulator, run: Run, task: Any, status: int
) -> None:
    emulator.seed({"phone_numbers": [NUMBER]})
    emulator.fault(*fault("DELETE", {"drop": "after"}, {"status": status, "body": {"title": "No"}}))
    error = task(run, state="absent")["error"]
    assert (error["status"], error["outcome"], stored(emulator)) == (status, "unknown", [])


@both
@pytest.mark.parametrize("status", [status for status in REFUSALS if status != 409])
def test_creation_that_is_refused_after_a_lost_response_is_unknown(
    emulator: Emulator, run: Run, task: Any, status: int
) -> None:
    emulator.fault(
        *fault("POST", {"status": 503, "done": True}, {"status": status, "body": {"title": "No"}}),
        *fault("GET", {"status": 200, "body": EMPTY_PAGE}, skip=1),
    )
    error = task(run)["error"]
    assert (error["method"], error["status"], error["outcome"]) == ("POST", status, "unknown")
    assert len(stored(emulator)) == 1


@both
@pytest.mark.parametrize("status", [400, 422])
def test_write_whose_content_is_refused_after_a_lost_response_is_rejected(
    emulator: Emulator, run: Run, task: Any, status: int
) -> None:
    emulator.seed({"phone_numbers": [NUMBER]})
    problem = {"title": "Invalid", "errors": {"displayName": ["no"]}}
    emulator.fault(*fault("PUT", {"drop": "before"}, {"status": status, "body": problem}))
    error = task(run, display_name="New")["error"]
    assert (error["status"], error["outcome"], stored(emulator)[0]["displayName"]) == (status, "rejected", "Line")


@both
@pytest.mark.parametrize("lag", [1, 3])
def test_creation_that_is_listed_late_is_found_after_conflicts(
    emulator: Emulator, run: Run, task: Any, lag: int
) -> None:
    empty = {"status": 200, "body": EMPTY_PAGE}
    emulator.fault(*fault("POST", {"drop": "after"}), *fault("GET", empty, skip=1, times=lag))
    result = task(run)
    assert (result["failed"], result["changed"]) == (False, True)
    assert sent(emulator) == ["GET", *["POST", "GET"] * (lag + 1)]
    assert len(stored(emulator)) == 1


@pytest.mark.not_quick
@both
def test_creation_that_is_never_listed_is_unknown(emulator: Emulator, run: Run, task: Any) -> None:
    empty = {"status": 200, "body": EMPTY_PAGE}
    emulator.fault(*fault("POST", {"drop": "after"}), *fault("GET", empty, skip=1, times=None))
    error = task(run)["error"]
    assert (error["method"], error["status"], error["outcome"], error["attempts"]) == ("POST", 409, "unknown", 5)
    assert len(stored(emulator)) == 1


# A deletion that finds nothing


@pytest.fixture
def client(emulator: Emulator) -> Client:
    options = {name: details.get("default") for name, details in connection_spec().items()}
    given = {"api_key": emulator.key, "api_url": emulator.url, "api_retry_max_delay": 0.02}
    return connect({**options, **given}, Redactor([emulator.key]))


@pytest.mark.parametrize("earlier", [[], [{"status": 429}]], ids=["first response", "after a 429"])
def test_caller_of_a_deletion_that_finds_nothing_knows_whether_that_was_the_first_response(
    emulator: Emulator, client: Client, earlier: list[dict[str, Any]]
) -> None:
    """A gateway may have sent the request twice; or somebody else was faster while the rate limit was waited for."""
    emulator.seed({"phone_numbers": [NUMBER]})
    emulator.fault(
        *fault("DELETE", *earlier), {"match": {"method": "DELETE"}, "times": 1, "mutate": {"delete": ["+1"]}}
    )
    with pytest.raises(ApiError) as caught:
        client.request("DELETE", f"{NUMBERS}/{NUMBER_ID}")
    assert (caught.value.means_not_found, caught.value.outcome) == (True, "rejected")
    assert caught.value.first_response is (earlier == [])


@pytest.mark.parametrize("earlier", APPLIED, ids=str)
def test_deletion_that_may_have_been_applied_and_then_finds_nothing_succeeds(
    emulator: Emulator, client: Client, earlier: dict[str, Any]
) -> None:
    emulator.seed({"phone_numbers": [NUMBER]})
    emulator.set(delete_status=200)
    emulator.fault(*fault("DELETE", earlier))
    client.request("DELETE", f"{NUMBERS}/{NUMBER_ID}")
    assert stored(emulator) == []


# Behind gateways


@pytest.mark.not_quick
def test_objects_that_must_not_be_created_twice_are_created_where_each_connection_serves_one_request(
    emulator: Emulator, run: Run
) -> None:
    emulator.reset(seed=twilio.SEED)
    with gateway(emulator.url, keeps=False) as url:
        for number in range(3):
            result = run("sip_credential", server=f"sip{number}.example.net", api_url=url)
            assert (result["failed"], result["changed"]) == (False, True)
        result = run("twilio_provider", account_sid=twilio.ACCOUNT, auth_token=twilio.TOKEN, api_url=url)
        assert (result["failed"], result["changed"]) == (False, True)
    creations = [entry for entry in emulator.requests() if entry["method"] == "POST" and "verify" not in entry["path"]]
    assert len(creations) == 4


@pytest.mark.not_quick
def test_numbers_are_created_where_each_connection_serves_one_request(emulator: Emulator, run: Run) -> None:
    with gateway(emulator.url, keeps=False) as url:
        result = run(
            "sip_phone_numbers", phone_numbers=[{**PAIR, "phone_number": f"+{n}"} for n in range(20)], api_url=url
        )
    assert (result["failed"], result["summary"]["created"], len(stored(emulator))) == (False, 20, 20)


@pytest.mark.not_quick
def test_numbers_are_created_over_kept_connections(emulator: Emulator, run: Run) -> None:
    numbers = [{**PAIR, "phone_number": f"+{n}"} for n in range(50)]
    assert run("sip_phone_numbers", phone_numbers=numbers, concurrency=4)["summary"]["created"] == 50
    assert emulator.stats()["connections"] <= 4


class LimitReq:
    """The `limit_req` of nginx: requests over the rate and the burst get a 503, an HTML page and no `Retry-After`."""

    def __init__(self, rate: float, burst: int) -> None:
        self._rate = rate
        self._burst = burst
        self._excess, self._last = 0.0, 0.0
        self._lock = threading.Lock()
        self.refused = 0

    def __call__(self, method: str) -> int | None:
        with self._lock:
            now = time.monotonic()
            excess = max(0.0, self._excess - (now - self._last) * self._rate + 1)
            if excess > self._burst:
                self.refused += 1
                return 503
            self._excess, self._last = excess, now
            return None


@pytest.mark.thorough
@pytest.mark.slow
@pytest.mark.parametrize("concurrency", [8, 32])
def test_rate_limit_of_nginx_fails_no_number(emulator: Emulator, run: Run, concurrency: int) -> None:
    limit = LimitReq(rate=10, burst=4)
    numbers = [{**PAIR, "phone_number": f"+{n}"} for n in range(30)]
    with gateway(emulator.url, refuse=limit) as url:
        result = run(
            "sip_phone_numbers", phone_numbers=numbers, concurrency=concurrency, api_url=url, api_retry_max_delay=60
        )
    assert (result["summary"]["created"], result["summary"]["failed"]) == (30, 0)
    assert limit.refused > 0


# On one machine


@pytest.mark.not_quick
@pytest.mark.parametrize("spelling", ["{url}", "{url}/", "HTTP://{host}"])
def test_trunk_is_created_once_by_tasks_with_several_keys_and_spellings_of_the_address(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Any, spelling: str
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    emulator.reset(seed={"keys": [SECOND_KEY]}, settings={"latency": 0.1})
    options = {name: details.get("default") for name, details in TRUNK_SPEC.options.items()}
    second_url = spelling.format(url=emulator.url, host=emulator.url.partition("://")[2])
    accounts = [(emulator.key, emulator.url), (SECOND_KEY, second_url)]
    results = []

    def create(key: str, url: str) -> None:
        given = {"server": "sip.example.net", "api_key": key, "api_url": url}
        results.append(execute(TRUNK_SPEC, {**options, **given}, check_mode=False))

    threads = [threading.Thread(target=create, args=account) for account in accounts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(result["changed"] for result in results) == [False, True]
    assert len(emulator.state()["organizations"]["org-1"]["credentials"]) == 1


@pytest.mark.parametrize("allowed", [0, 2])
def test_numbers_are_created_by_the_threads_that_can_be_started(
    emulator: Emulator, run: Run, monkeypatch: pytest.MonkeyPatch, allowed: int
) -> None:
    limit_threads(monkeypatch, allowed)
    numbers = [{**PAIR, "phone_number": f"+{n}"} for n in range(20)]
    result = run("sip_phone_numbers", phone_numbers=numbers)
    assert (result["failed"], result["summary"]["created"]) == (False, 20)
