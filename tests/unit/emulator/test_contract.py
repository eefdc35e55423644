# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Requests and responses against the contract, and the violations that are listed."""

from __future__ import annotations

import gzip

import pytest

from emulator.client import Emulator
from emulator.contract import Contract
from unit.emulator.http_helpers import BODY, CREDENTIALS, ApiClient
from unit.harness import NUMBER_ID, NUMBERS, TRUNK


def violation_kinds(emulator: Emulator) -> list[str]:
    return [violation["what"] for violation in emulator.violations()]


def test_problem_details(api: ApiClient) -> None:
    response = api.post({**BODY, "phoneNumber": ""})
    assert response.headers["content-type"].startswith("application/problem+json")
    assert (response.body["status"], response.body["title"], response.body["instance"]) == (400, "Bad Request", NUMBERS)
    assert all(isinstance(message, str) for message in response.body["errors"]["phoneNumber"])


@pytest.mark.parametrize("status", [400, 401, 404, 405, 409, 413, 415])
def test_every_refusal_returns_problem_details(api: ApiClient, status: int) -> None:
    api.post(BODY)
    responses = {
        400: lambda: api.post({}),
        401: lambda: api.raw("GET", NUMBERS, Authorization=None),
        404: lambda: api.get("/nowhere"),
        405: lambda: api.call("PATCH", NUMBERS),
        409: lambda: api.post(BODY),
        413: lambda: api.post({**BODY, "description": "x" * 1_000_000}),
        415: lambda: api.raw("POST", NUMBERS, b"a=1", Content_Type="application/x-www-form-urlencoded"),
    }
    response = responses[status]()
    assert (response.status, response.body["status"]) == (status, status)
    assert Contract().errors("ProblemDetails", response.body) == {}


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", NUMBERS, "GET, POST"),
        ("POST", f"{NUMBERS}/{NUMBER_ID}", "GET, PUT, DELETE"),
        ("GET", f"{NUMBERS}/{NUMBER_ID}/agent-link", "PUT, DELETE"),
        ("OPTIONS", CREDENTIALS, "GET, POST"),
    ],
)
def test_unsupported_method_is_refused(api: ApiClient, method: str, path: str, allowed: str) -> None:
    response = api.call(method, path)
    assert (response.status, response.headers["allow"]) == (405, allowed)


@pytest.mark.parametrize(
    "path", ["/", "//", "/api/v1/sip-phone-numbers/", "/api/v2/sip-phone-numbers", "/%zz", "/api/v1/../x"]
)
def test_unknown_path_is_a_violation(emulator: Emulator, api: ApiClient, path: str) -> None:
    assert api.get(path).status == 404
    assert violation_kinds(emulator) == ["request"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"5",
        b"null",
        b"\xff",
        b'{"phoneNumber": NaN}',
        b"[" * 100_000,
        b'{"server": %s, "phoneNumber": 5}' % (b"[" * 500 + b"]" * 500),
    ],
    ids=range(9),
)
@pytest.mark.parametrize("path", [NUMBERS, CREDENTIALS])
def test_unreadable_body_is_refused(api: ApiClient, path: str, body: bytes) -> None:
    assert api.raw("POST", path, body, Content_Type="application/json").status == 400


def test_lone_surrogate_is_accepted(emulator: Emulator, api: ApiClient) -> None:
    odd = "\ud800"
    assert api.post({**BODY, "displayName": odd}).body["displayName"] == odd
    assert api.post({**BODY, "credentialsId": odd}).status == 400
    assert api.get(linkedAgentId="\x00").body["items"] == []
    assert [entry["body"] for entry in emulator.requests()][1] == {**BODY, "credentialsId": odd}


@pytest.mark.parametrize("kind", [None, "text/json", "application/x-www-form-urlencoded"])
def test_other_content_type_is_refused(emulator: Emulator, api: ApiClient, kind: str | None) -> None:
    assert api.raw("POST", NUMBERS, b"{}", Content_Type=kind).status == 415
    assert violation_kinds(emulator) == ["request"]


def test_content_type_may_have_parameters(api: ApiClient) -> None:
    body = f'{{"phoneNumber": "1", "credentialsId": "{TRUNK}"}}'.encode()
    assert api.raw("POST", NUMBERS, body, Content_Type="Application/JSON; charset=utf-8").status == 201


@pytest.mark.parametrize("method", ["POST", "PUT"])
@pytest.mark.parametrize("path", [NUMBERS, CREDENTIALS])
def test_operations_with_a_body_document_413_and_415(method: str, path: str) -> None:
    operation, _values, _methods = Contract().find(method, path if method == "POST" else f"{path}/{NUMBER_ID}")
    assert operation is not None
    assert {413, 415} <= set(operation.responses)


@pytest.mark.parametrize("size", [100, 101])
@pytest.mark.parametrize("chunked", [True, False])
def test_body_over_the_limit_is_refused(emulator: Emulator, api: ApiClient, size: int, chunked: bool) -> None:
    emulator.set(max_body=100)
    body = b'{"server": "x"}'.ljust(size)
    headers = {"Content_Type": "application/json"}
    response = api.raw("POST", CREDENTIALS, iter([body]) if chunked else body, **headers)  # type: ignore[arg-type]
    assert response.status == (201 if size == 100 else 413)
    assert violation_kinds(emulator) == ([] if size == 100 else ["request"])
    assert "100 bytes" in response.body["detail"] if size > 100 else True
    assert emulator.requests()[0]["size"] == size


def test_body_that_grows_over_the_limit_is_refused(emulator: Emulator, api: ApiClient) -> None:
    body = gzip.compress(b" " * 5_000_000)
    response = api.raw("POST", NUMBERS, body, Content_Type="application/json", Content_Encoding="gzip")
    assert (response.status, emulator.requests()[0]["body"]) == (413, None)
    assert api.get().status == 200


def test_request_that_violates_the_contract_is_listed(emulator: Emulator, api: ApiClient) -> None:
    api.post({**BODY, "displayName": 5})
    api.get(take=5000)
    api.call("PATCH", NUMBERS)
    first, *others = emulator.violations()
    assert (first["n"], first["method"], first["path"], list(first["errors"])) == (1, "POST", NUMBERS, ["displayName"])
    assert [violation["n"] for violation in others] == [2, 3]


def test_refusal_within_the_contract_is_not_a_violation(emulator: Emulator, api: ApiClient) -> None:
    api.post(BODY)
    statuses = [api.post(BODY).status, api.get(f"{NUMBERS}/{NUMBER_ID}").status, ApiClient(emulator, "x").get().status]
    assert statuses == [409, 404, 401]
    assert emulator.violations() == []


@pytest.mark.parametrize("path", [NUMBERS, CREDENTIALS])
def test_response_that_violates_the_contract_becomes_a_500(emulator: Emulator, api: ApiClient, path: str) -> None:
    api.post(BODY)
    emulator.set(extra_fields={"orgId": 5})
    response = api.get(path)
    assert response.status == 500
    assert "orgId" in response.body["detail"]
    assert violation_kinds(emulator) == ["response"]
    emulator.set(extra_fields={})
    assert api.get(path).status == 200


def test_validation_of_responses_can_be_disabled(emulator: Emulator, api: ApiClient) -> None:
    api.post(BODY)
    emulator.set(extra_fields={"orgId": 5}, check_responses=False)
    assert api.get().body["items"][0]["orgId"] == 5
    assert emulator.violations() == []
