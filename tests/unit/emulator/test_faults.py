# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Simulated faults: each kind, when it applies, and what was applied."""

from __future__ import annotations

import http.client
import time
from typing import Any

import pytest

from emulator.client import ControlError, Emulator
from unit.emulator.http_helpers import BODY, PHONE, ApiClient, open_request, read_all
from unit.harness import NUMBER_ID, NUMBERS, TRUNK


def statuses(api: ApiClient, count: int) -> list[int]:
    return [api.get().status for _turn in range(count)]


# The kinds


@pytest.mark.parametrize(("done", "left"), [(False, []), (True, [PHONE])])
def test_status(emulator: Emulator, api: ApiClient, done: bool, left: list[str]) -> None:
    emulator.fault({"fault": {"status": 503, "headers": {"Retry-After": 7}, "body": {"title": "Busy"}, "done": done}})
    response = api.post(BODY)
    assert (response.status, response.headers["retry-after"], response.body) == (503, "7", {"title": "Busy"})
    assert response.headers["content-type"] == "application/problem+json"
    assert api.phones() == left


@pytest.mark.parametrize(
    ("fault", "kind", "body"),
    [
        ({"status": 500}, None, None),
        ({"status": 200, "body": "<html>"}, "text/plain", "<html>"),
        ({"status": 200, "body": []}, "application/json", []),
        ({"status": 502, "body": "<html>", "content_type": "text/html"}, "text/html", "<html>"),
        ({"status": 204, "body": {}}, "application/json", None),
    ],
)
def test_status_fault_sends_given_body(
    emulator: Emulator, api: ApiClient, fault: dict[str, Any], kind: str | None, body: Any
) -> None:
    emulator.fault({"fault": fault})
    response = api.get()
    assert (response.status, response.body) == (fault["status"], body)
    assert response.headers.get("content-type", kind) == kind
    assert api.get().status == 200


@pytest.mark.parametrize(("fault", "status"), [({}, 307), ({"status": 301}, 301)])
def test_redirect(emulator: Emulator, api: ApiClient, fault: dict[str, Any], status: int) -> None:
    emulator.fault({"fault": {"redirect": "https://example.com/", **fault}})
    response = api.post(BODY)
    assert (response.status, response.headers["location"], response.body) == (status, "https://example.com/", None)
    assert api.phones() == []
    assert (emulator.requests()[0]["fault"], emulator.requests()[0]["status"]) == ("redirect", status)


@pytest.mark.parametrize(("when", "left"), [("before", []), ("after", [PHONE])])
def test_drop(emulator: Emulator, api: ApiClient, when: str, left: list[str]) -> None:
    emulator.fault({"fault": {"drop": when}})
    with pytest.raises(ConnectionError):
        api.post(BODY)
    assert api.phones() == left
    assert emulator.requests()[0]["status"] is None


@pytest.mark.parametrize(("done", "left"), [(False, []), (True, [PHONE])])
def test_hang(emulator: Emulator, api: ApiClient, done: bool, left: list[str]) -> None:
    emulator.fault({"fault": {"hang": 0.1, "done": done}})
    start = time.monotonic()
    with pytest.raises(ConnectionError):
        api.post(BODY)
    assert time.monotonic() - start >= 0.1
    assert api.phones() == left


@pytest.mark.parametrize("fault", [{"hang": 60}, {"delay": 60}, {"drip": 30}, {"drip": 30, "headers": True}], ids=str)
def test_disconnected_client_is_not_in_flight(emulator: Emulator, api: ApiClient, fault: dict[str, Any]) -> None:
    emulator.fault({"fault": fault})
    with open_request(emulator):
        while emulator.stats()["requests"] == 0:
            pass
    end = time.monotonic() + 30
    while api.get().status == 200 and emulator.requests()[-1]["in_flight"] > 1:
        assert time.monotonic() < end


def test_truncate(emulator: Emulator, api: ApiClient) -> None:
    emulator.fault({"fault": {"truncate": True}})
    with pytest.raises(http.client.IncompleteRead):
        api.post(BODY)
    assert api.phones() == [PHONE]


def test_truncate_of_a_response_without_body(emulator: Emulator, api: ApiClient) -> None:
    emulator.seed({"phone_numbers": [{**BODY, "id": NUMBER_ID}]})
    emulator.fault({"fault": {"truncate": True}})
    emulator.fault({"fault": {"truncate": True}})
    with open_request(emulator, f"{NUMBERS}/{NUMBER_ID}") as sock:
        head, _blank, body = read_all(sock).partition(b"\r\n\r\n")
        assert (b"Content-Length" in head, body != b"") == (True, True)
    with pytest.raises((http.client.HTTPException, ConnectionError)):
        api.delete(f"{NUMBERS}/{NUMBER_ID}")
    assert api.phones() == []


def test_garbage(emulator: Emulator, api: ApiClient) -> None:
    emulator.fault({"fault": {"garbage": "<html>"}})
    response = api.post(BODY)
    assert (response.status, response.body, response.headers["content-type"]) == (201, "<html>", "text/html")
    assert api.phones() == [PHONE]


@pytest.mark.parametrize("fault", [{"drip": 0.0005}, {"drip": 0.0005, "headers": True}], ids=str)
def test_drip(emulator: Emulator, api: ApiClient, fault: dict[str, Any]) -> None:
    emulator.fault({"fault": fault})
    start = time.monotonic()
    response = api.get()
    assert (response.status, response.body["totalCount"]) == (200, 0)
    assert time.monotonic() - start >= 0.02
    # The response announces the end of the connection, so the client opens another.
    assert api.get().status == 200


def test_drip_of_headers(emulator: Emulator) -> None:
    emulator.fault({"fault": {"drip": 0.005, "headers": True}})
    with open_request(emulator) as sock:
        assert sock.recv(4) == b"H"


def test_delay(emulator: Emulator, api: ApiClient) -> None:
    emulator.fault({"fault": {"delay": 0.1}})
    start = time.monotonic()
    assert api.post(BODY).status == 201
    assert time.monotonic() - start >= 0.1


EARLY = {"status": 103, "headers": {"Link": "</a.css>; rel=preload"}}


def test_informational_responses_precede_the_final_one(emulator: Emulator) -> None:
    emulator.fault({"fault": {"informational": [{"status": 102}, EARLY]}})
    with open_request(emulator) as sock:
        request = (
            f"GET {NUMBERS} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {emulator.key}\r\n\r\n"
        )
        sock.sendall(request.encode())
        first, second, *rest = read_all(sock).split(b"\r\n\r\n")
    assert (first, second.splitlines()[0]) == (b"HTTP/1.1 102 Informational", b"HTTP/1.1 103 Informational")
    assert second.splitlines()[1] == b"Link: </a.css>; rel=preload"
    assert [part.splitlines()[0][-15:] for part in rest[:1]] == [b"HTTP/1.1 200 OK"]
    assert b'"totalCount":0' in rest[1]


def test_informational_leaves_the_connection_open(emulator: Emulator, api: ApiClient) -> None:
    # The one status that http.client reads past.
    emulator.fault({"fault": {"informational": [{"status": 100}, {"status": 100}]}, "times": 3})
    assert [api.post(BODY).status, *statuses(api, 3)] == [201, 200, 200, 200]
    assert emulator.stats()["connections"] == 1


def test_informational_may_come_long_before_the_final_response(emulator: Emulator) -> None:
    emulator.fault({"fault": {"informational": [EARLY], "delay": 60}})
    with open_request(emulator) as sock:
        assert sock.recv(65536).startswith(b"HTTP/1.1 103")


@pytest.mark.parametrize(
    ("fault", "changes"),
    [
        ({"patch": {"phoneNumber": None, "id": 5}}, {"phoneNumber": None, "id": 5}),
        ({"patch": {}, "remove": ["orgId", "nowhere"]}, {"orgId": "missing"}),
        ({"patch": {"new": [1]}, "remove": ["id"]}, {"new": [1], "id": "missing"}),
    ],
    ids=str,
)
def test_patch_changes_the_response_alone(
    emulator: Emulator, api: ApiClient, fault: dict[str, Any], changes: dict[str, Any]
) -> None:
    emulator.fault({"fault": fault})
    response = api.post(BODY)
    stored = api.get().body["items"][0]
    assert response.status == 201
    assert {name: response.body.get(name, "missing") for name in {*response.body, *stored}} == {**stored, **changes}
    assert emulator.violations() == []


@pytest.mark.parametrize(("row", "seen"), [(0, [None, "+2"]), (1, ["+1", None]), (-1, ["+1", None])])
def test_patch_of_a_row(emulator: Emulator, api: ApiClient, row: int, seen: list[str | None]) -> None:
    emulator.seed({"phone_numbers": [{**BODY, "phoneNumber": phone} for phone in ("+1", "+2")]})
    emulator.fault({"fault": {"patch": {"phoneNumber": None}, "row": row}})
    assert api.phones() == seen
    assert api.phones() == ["+1", "+2"]


@pytest.mark.parametrize("fault", [{"patch": {}, "row": 5}, {"patch": {}, "row": -5}])
def test_patch_without_its_row_is_a_violation(emulator: Emulator, api: ApiClient, fault: dict[str, Any]) -> None:
    emulator.fault({"fault": fault})
    assert api.get().body["totalCount"] == 0
    assert [(each["what"], str(fault["row"]) in each["errors"]) for each in emulator.violations()] == [("patch", True)]


def test_patch_of_a_response_without_body_is_a_violation(emulator: Emulator, api: ApiClient) -> None:
    emulator.seed({"phone_numbers": [{**BODY, "id": NUMBER_ID}]})
    emulator.fault({"fault": {"patch": {}}}, {"fault": {"patch": {}, "row": 0}})
    assert [api.delete(f"{NUMBERS}/{NUMBER_ID}").status, api.get(f"{NUMBERS}/{NUMBER_ID}").status] == [204, 404]
    assert [each["what"] for each in emulator.violations()] == ["patch", "patch"]


@pytest.mark.parametrize(
    ("fault", "sent"),
    [
        ({"raw": "HTTP/1.1 200 OK\r\n\r\n\xff\0"}, b"HTTP/1.1 200 OK\r\n\r\n\xff\0"),
        ({"raw": "AP8NCg==", "encoding": "base64"}, b"\0\xff\r\n"),
        ({"raw": ""}, b""),
    ],
    ids=str,
)
def test_raw_bytes_are_sent_as_they_are(emulator: Emulator, fault: dict[str, Any], sent: bytes) -> None:
    emulator.fault({"fault": fault})
    with open_request(emulator) as sock:
        assert read_all(sock) == sent


@pytest.mark.parametrize(("done", "left"), [(False, []), (True, [PHONE])])
def test_raw_is_applied_only_if_done(emulator: Emulator, api: ApiClient, done: bool, left: list[str]) -> None:
    emulator.fault({"fault": {"raw": "HTTP/1.1 204 x\r\nConnection: close\r\n\r\n", "done": done}})
    assert api.post(BODY).status == 204
    assert api.phones() == left
    assert emulator.requests()[0]["status"] is None


# When they apply


def test_rule_applies_once_by_default(emulator: Emulator, api: ApiClient) -> None:
    emulator.fault({"fault": {"status": 500}})
    assert statuses(api, 3) == [500, 200, 200]


@pytest.mark.parametrize(
    ("when", "seen"),
    [
        ({"times": 2}, [500, 500, 200, 200, 200, 200]),
        ({"times": None}, [500] * 6),
        ({"times": 0}, [200] * 6),
        ({"skip": 2, "times": 2}, [200, 200, 500, 500, 200, 200]),
        ({"every": 2, "times": None}, [200, 500, 200, 500, 200, 500]),
        ({"skip": 1, "every": 3, "times": 1}, [200, 200, 200, 500, 200, 200]),
        ({"probability": 0, "times": None}, [200] * 6),
        ({"probability": 1, "times": None}, [500] * 6),
    ],
    ids=str,
)
def test_rule_applies_to_selected_requests(
    emulator: Emulator, api: ApiClient, when: dict[str, Any], seen: list[int]
) -> None:
    emulator.fault({"fault": {"status": 500}, **when})
    assert statuses(api, 6) == seen


def test_probability_is_reproducible_after_each_reset(emulator: Emulator, api: ApiClient) -> None:
    rule = {"fault": {"status": 500}, "probability": 0.5, "times": None}
    runs = []
    for _turn in range(2):
        emulator.reset(faults=[rule])
        runs.append(statuses(api, 20))
    assert runs[0] == runs[1]
    assert {200, 500} == set(runs[0])


@pytest.mark.parametrize(
    ("match", "hit"),
    [
        ({}, True),
        ({"method": "GET"}, True),
        ({"method": "GET|PUT"}, True),
        ({"method": "GE"}, False),
        ({"path": "/sip-phone-numbers$"}, True),
        ({"path": "sip-credentials"}, False),
        ({"query": {"skip": 10}}, True),
        ({"query": {"skip": "10", "unlinkedOnly": True}}, True),
        ({"query": {"skip": "1"}}, False),
        ({"query": {"providerId": ""}}, False),
    ],
    ids=str,
)
def test_match(emulator: Emulator, api: ApiClient, match: dict[str, Any], hit: bool) -> None:
    emulator.fault({"match": match, "fault": {"status": 500}})
    assert (api.get(skip=10, unlinkedOnly="true").status == 500) is hit


def test_first_matching_rule_wins(emulator: Emulator, api: ApiClient) -> None:
    emulator.fault({"fault": {"status": 500}})
    emulator.fault({"fault": {"status": 502}})
    assert statuses(api, 3) == [500, 502, 200]


def test_several_rules_at_once(emulator: Emulator, api: ApiClient) -> None:
    emulator.fault({"fault": {"status": 500}}, {"fault": {"status": 502}})
    assert statuses(api, 3) == [500, 502, 200]
    with pytest.raises(ControlError):
        emulator.fault({"fault": {"status": 500}}, {"fault": {"status": 1}})
    assert statuses(api, 1) == [200]


def test_clear(emulator: Emulator, api: ApiClient) -> None:
    emulator.fault({"fault": {"status": 500}})
    emulator.clear_faults()
    assert statuses(api, 1) == [200]


def test_fault_is_logged(emulator: Emulator, api: ApiClient) -> None:
    emulator.fault({"fault": {"status": 500}})
    statuses(api, 2)
    assert [(entry["fault"], entry["status"]) for entry in emulator.requests()] == [("status", 500), (None, 200)]


# Invalid rules


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ({}, "needs fault or mutate"),
        (5, "object"),
        ({"fault": {}}, "drop"),
        ({"fault": {"explode": True}}, "drop"),
        ({"fault": {"status": "500"}}, "fault.status"),
        ({"fault": {"status": 99}}, "fault.status"),
        ({"fault": {"informational": []}}, "fault.informational"),
        ({"fault": {"informational": [{"status": 101}]}}, "fault.informational"),
        ({"fault": {"informational": [{"status": 200}]}}, "fault.informational"),
        ({"fault": {"informational": [{"status": 103, "headers": {"a b": "x"}}]}}, "headers"),
        ({"fault": {"patch": []}}, "fault.patch"),
        ({"fault": {"patch": {}, "row": "0"}}, "fault.row"),
        ({"fault": {"raw": "\u0100"}}, "fault.raw.*latin-1"),
        ({"fault": {"raw": "?", "encoding": "base64"}}, "fault.raw.*base64"),
        ({"fault": {"status": 500, "drop": "after"}}, "drop"),
        ({"fault": {"status": 500, "headers": {"A": "b\r\nC: d"}}}, "fault.headers.A"),
        ({"fault": {"status": 500, "headers": {"content-length": "1"}}}, "fault.headers"),
        ({"fault": {"redirect": "a\r\nb"}}, "fault.redirect"),
        ({"fault": {"redirect": "/x", "status": 200}}, "fault.status"),
        ({"fault": {"drop": "now"}}, "fault.drop"),
        ({"fault": {"hang": -1}}, "fault.hang"),
        ({"fault": {"status": 500}, "match": {"path": "("}}, "match.path"),
        ({"fault": {"status": 500}, "match": {"method": 5}}, "match.method"),
        ({"fault": {"status": 500}, "match": {"host": "x"}}, "method"),
        ({"fault": {"status": 500}, "every": 0}, "every"),
        ({"fault": {"status": 500}, "probability": 2}, "probability"),
        ({"mutate": {"create": [{"phoneNumber": "1", "credentialsId": NUMBER_ID}]}}, "no such credential"),
        ({"mutate": {"create": [{"phoneNumber": "1"}]}}, "credentialsId"),
        ({"mutate": {"create": [{**BODY, "displayName": 5}]}}, "displayName"),
        ({"mutate": {"create": 5}}, "mutate.create"),
        ({"mutate": {"delete": [5]}}, "delete"),
    ],
    ids=str,
)
def test_invalid_rule_is_refused(emulator: Emulator, api: ApiClient, rule: Any, words: str) -> None:
    with pytest.raises(ControlError, match=words):
        emulator.fault(rule)
    assert api.post(BODY).status == 201
    assert emulator.violations() == []


def test_invalid_rule_in_reset_changes_nothing(emulator: Emulator, api: ApiClient) -> None:
    before = emulator.state()
    with pytest.raises(ControlError):
        emulator.reset(seed={"keys": ["x"]}, faults=[{"fault": {"status": 500}}, {"fault": {"status": 1}}])
    assert statuses(api, 1) == [200]
    assert emulator.state() == before


def test_rule_may_use_a_trunk_of_the_same_reset(emulator: Emulator, api: ApiClient) -> None:
    seed = {"credentials": [{"id": TRUNK, "server": "x"}]}
    emulator.reset(seed=seed, faults=[{"mutate": {"create": [BODY]}}])
    assert api.phones() == [PHONE]
