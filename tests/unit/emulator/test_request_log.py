# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The request log and the quota."""

from __future__ import annotations

import threading
import time

import pytest

from emulator.client import Emulator
from unit.emulator.http_helpers import BODY, ApiClient
from unit.harness import NUMBERS


def test_entry_holds_the_whole_request(emulator: Emulator, api: ApiClient) -> None:
    api.call("POST", NUMBERS, {**BODY, "displayName": 5}, force="a b", empty="")
    (entry,) = emulator.requests()
    assert (entry["n"], entry["method"], entry["path"], entry["status"]) == (1, "POST", NUMBERS, 400)
    assert entry["raw_path"] == f"{NUMBERS}?force=a+b&empty="
    assert entry["query"] == [["force", "a b"], ["empty", ""]]
    assert entry["body"] == {**BODY, "displayName": 5}
    assert ["Authorization", f"Bearer {emulator.key}"] in entry["headers"]
    assert (entry["in_flight"], entry["fault"], entry["organization"]) == (1, None, "org-1")
    assert abs(entry["time"] - time.time()) < 60


def test_request_with_invalid_key_has_no_organization(emulator: Emulator) -> None:
    ApiClient(emulator, "wrong").get()
    assert emulator.requests()[0]["organization"] is None


def test_applied_writes_are_marked(emulator: Emulator, api: ApiClient) -> None:
    emulator.fault(
        {"match": {"method": "DELETE"}, "fault": {"status": 503}},
        {"match": {"method": "DELETE"}, "fault": {"status": 503, "done": True}},
    )
    path = f"{NUMBERS}/{api.post(BODY).id}"
    api.post(BODY)
    api.get()
    api.delete(path)
    api.delete(path)
    assert [entry["changes"] for entry in emulator.requests()] == [True, False, False, False, True]


def test_body_that_is_not_json_is_logged_as_text(emulator: Emulator, api: ApiClient) -> None:
    api.raw("POST", NUMBERS, b"a=\xff")
    assert emulator.requests()[0]["body"] == "a=\ufffd"


def test_control_requests_are_not_logged(emulator: Emulator) -> None:
    emulator.stats()
    assert emulator.requests() == []


def test_clear(emulator: Emulator, api: ApiClient) -> None:
    api.get(take=0)
    emulator.clear_requests()
    assert (emulator.requests(), emulator.violations()) == ([], [])


def test_stats(emulator: Emulator, api: ApiClient) -> None:
    api.post(BODY)
    api.post(BODY)
    ApiClient(emulator).get()
    assert emulator.stats() == {
        "requests": 3,
        "connections": 2,
        "max_in_flight": 1,
        "by_method": {"POST": 2, "GET": 1},
        "by_status": {"201": 1, "409": 1, "200": 1},
    }


def test_parallel_requests_are_counted(emulator: Emulator) -> None:
    emulator.set(latency=0.1)
    threads = [threading.Thread(target=ApiClient(emulator).get) for _turn in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert emulator.stats()["max_in_flight"] == 4


def test_request_from_before_a_reset_is_not_counted(emulator: Emulator, api: ApiClient) -> None:
    emulator.set(latency=0.1)
    thread = threading.Thread(target=ApiClient(emulator).get)
    thread.start()
    while emulator.stats()["requests"] == 0:
        pass
    emulator.reset()
    thread.join()
    api.get()
    assert emulator.stats()["max_in_flight"] == 1


# Quota


def test_quota(emulator: Emulator, api: ApiClient, other: ApiClient) -> None:
    emulator.set(quota={"requests": 2, "per_seconds": 30})
    assert [api.get().status for _turn in range(2)] == [200, 200]
    refused = api.get()
    assert (refused.status, refused.headers["retry-after"]) == (429, "30")
    assert refused.headers["content-type"].startswith("application/problem+json")
    assert other.get().status == 200
    assert emulator.violations() == []


def test_quota_recovers(emulator: Emulator, api: ApiClient) -> None:
    emulator.set(quota={"requests": 1, "per_seconds": 0.1})
    assert [api.get().status for _turn in range(2)] == [200, 429]
    time.sleep(0.1)
    assert api.get().status == 200


@pytest.mark.parametrize("seconds", [0, 120])
def test_retry_after_of_quota_can_be_set(emulator: Emulator, api: ApiClient, seconds: int) -> None:
    emulator.set(quota={"requests": 1, "retry_after": seconds})
    api.get()
    assert api.get().headers["retry-after"] == str(seconds)


def test_reset_restores_the_quota(emulator: Emulator, api: ApiClient) -> None:
    for _turn in range(2):
        emulator.reset(settings={"quota": {"requests": 1, "per_seconds": 60}})
        assert api.get().status == 200
