# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The control paths: who may use them, and invalid requests."""

from __future__ import annotations

from typing import Any

import pytest

from emulator.client import ControlError, Emulator
from unit.emulator.http_helpers import BODY, ApiClient, control


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.0.0.1:80", "localhost:80", "LOCALHOST", "[::1]", "[::1]:80", "127.9.9.9"]
)
def test_control_request_with_loopback_host_is_accepted(emulator: Emulator, host: str) -> None:
    assert control(emulator, "GET", "stats", host=host).status == 200


@pytest.mark.parametrize(
    "host", ["", "evil.example", "evil.example:80", "localhost.evil.example", "10.0.0.1", "[", "[::2]"]
)
def test_control_request_with_foreign_host_is_refused(emulator: Emulator, host: str) -> None:
    response = control(emulator, "POST", "reset", b"{}", host=host)
    assert (response.status, "loopback" in response.body) == (403, True)


@pytest.mark.parametrize(
    "origin",
    ["http://evil.example", "null", "http://localhost:3000", "https://127.0.0.1", "http://localhost.evil.example", ""],
)
@pytest.mark.parametrize(("method", "name"), [("POST", "reset"), ("GET", "state"), ("OPTIONS", "reset")])
def test_control_request_with_foreign_origin_is_refused(
    emulator: Emulator, api: ApiClient, origin: str, method: str, name: str
) -> None:
    api.post(BODY)
    response = api.raw(method, f"/_emulator/{name}", b"{}" if method == "POST" else None, Origin=origin)
    assert (response.status, "web pages" in response.body) == (403, True)
    assert not [header for header in response.headers if header.startswith("access-control")]
    assert api.phones() == [BODY["phoneNumber"]]


def test_control_request_with_own_origin_is_accepted(emulator: Emulator, api: ApiClient) -> None:
    assert api.raw("GET", "/_emulator/stats", Origin=emulator.url).status == 200


@pytest.mark.parametrize(
    ("site", "status"), [("cross-site", 403), ("same-site", 403), ("same-origin", 200), ("none", 200)]
)
def test_control_request_from_another_site_is_refused(api: ApiClient, site: str, status: int) -> None:
    assert api.raw("GET", "/_emulator/stats", Sec_Fetch_Site=site).status == status


@pytest.mark.parametrize(("method", "name"), [("GET", ""), ("GET", "reset"), ("POST", "stats"), ("PUT", "settings")])
def test_unknown_control_path_is_refused(emulator: Emulator, method: str, name: str) -> None:
    response = control(emulator, method, name)
    assert (response.status, "POST seed" in response.body) == (404, True)


@pytest.mark.parametrize("name", ["seed", "reset", "faults", "clock"])
@pytest.mark.parametrize("body", [b"{", b"5", b"[[", b'"x"', b"\xff", b"[" * 100_000, b'{"x": 1}'], ids=range(7))
def test_invalid_control_body_is_refused(emulator: Emulator, api: ApiClient, name: str, body: bytes) -> None:
    before = emulator.state()
    response = control(emulator, "POST", name, body)
    assert response.status == 400
    assert response.headers["content-type"].startswith("text/plain")
    assert emulator.state() == before
    assert api.post(BODY).status == 201


@pytest.mark.parametrize("body", [b"5", b"[]", b'{"x": 1}', b'{"extra_fields": "\\ud800"}'])
def test_invalid_settings_are_refused(emulator: Emulator, body: bytes) -> None:
    assert control(emulator, "PATCH", "settings", body).status == 400


@pytest.mark.parametrize(
    "change",
    [
        {"set": "soon"},
        {"set": 5},
        {"advance": "1"},
        {"advance": 1e300},
        {"advance": -1e11},
        {"freeze": 1},
        {"stop": True},
    ],
    ids=str,
)
def test_invalid_time_is_refused(emulator: Emulator, api: ApiClient, change: dict[str, Any]) -> None:
    with pytest.raises(ControlError):
        emulator.clock(**change)
    assert api.post(BODY).status == 201


def test_refused_clock_change_changes_nothing(emulator: Emulator, api: ApiClient) -> None:
    with pytest.raises(ControlError):
        emulator.clock(freeze=True, set="soon")
    first, second = (api.post({**BODY, "phoneNumber": phone}).body["createdTime"] for phone in "12")
    assert first < second


def test_control_needs_no_key(emulator: Emulator) -> None:
    assert ApiClient(emulator).raw("GET", "/_emulator/stats", Authorization=None).status == 200


def test_long_seed_is_accepted(emulator: Emulator, api: ApiClient) -> None:
    text = "x" * 255
    numbers = [{**BODY, "phoneNumber": str(index), "description": text, "displayName": text} for index in range(3000)]
    emulator.seed({"phone_numbers": numbers})
    assert api.get().body["totalCount"] == 3000
