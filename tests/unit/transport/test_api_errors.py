# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is read from a response that refuses: the wait that it asks for, and the reason, whoever wrote it."""

from __future__ import annotations

import json
import os
import time
from typing import Any

import pytest

from ansible_collections.dasha.blackbox.plugins.module_utils._common.redaction import Redactor
from ansible_collections.dasha.blackbox.plugins.module_utils._transport import api_errors
from ansible_collections.dasha.blackbox.plugins.module_utils._transport.api_errors import (
    make_error,
    retry_after_seconds,
)
from ansible_collections.dasha.blackbox.plugins.module_utils._transport.errors import ApiError
from ansible_collections.dasha.blackbox.plugins.module_utils._transport.response import HttpResponse

NOW = 1_800_000_000.0  # Fri, 15 Jan 2027 08:00:00 GMT
KEY = "sk-live-0123456789abcdef"


@pytest.fixture(autouse=True)
def now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api_errors.time, "time", lambda: NOW)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("0", 0),
        ("7", 7),
        (" 120 ", 120),
        ("1.5", 1.5),
        ("Fri, 15 Jan 2027 08:00:30 GMT", 30),
        ("Fri, 15 Jan 2027 07:00:00 GMT", 0),
        ("Fri, 15 Jan 2027 10:00:30 +0200", 30),
        ("Friday, 15-Jan-27 08:00:30 GMT", 30),
        ("Fri Jan 15 08:00:30 2027", 30),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("nan", None),
        ("inf", None),
        ("²", None),
        ("9" * 400, None),
        ("Fri, 99 Foo 2027 08:00:30 GMT", None),
    ],
)
@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Asia/Tokyo"])
def test_retry_after(monkeypatch: pytest.MonkeyPatch, zone: str, header: str, seconds: float | None) -> None:
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        assert retry_after_seconds({"Retry-After": header}) == seconds
    finally:
        del os.environ["TZ"]
        time.tzset()


def test_missing_retry_after_asks_for_nothing() -> None:
    assert retry_after_seconds({"Date": "Fri, 15 Jan 2027 08:00:00 GMT"}) is None


@pytest.mark.parametrize(
    ("date", "seconds"),
    [
        ("Fri, 15 Jan 2027 07:30:00 GMT", 1830),
        ("Fri Jan 15 07:30:00 2027", 1830),
        ("Fri, 15 Jan 2027 09:00:00 GMT", 0),
        ("Thu, 01 Jan 1970 00:00:00 GMT", NOW + 30),
        ("yesterday", 30),
        ("", 30),
    ],
)
def test_retry_after_is_compared_with_the_clock_of_the_server(date: str, seconds: float) -> None:
    assert retry_after_seconds({"Retry-After": "Fri, 15 Jan 2027 08:00:30 GMT", "Date": date}) == seconds


def error_with(body: Any, status: int = 403) -> ApiError:
    return make_error("GET", "/x", HttpResponse(status, {}, json.dumps(body).encode(), None), Redactor([KEY]))


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ({"message": "No route"}, "No route"),
        ({"Message": "No route"}, "No route"),
        ({"message": "Forbidden"}, None),
        ({"error": "No route"}, "No route"),
        ({"error": "Forbidden", "message": "No route"}, "No route"),
        ({"error": {"code": 403, "message": "No route", "status": "DENIED"}}, "No route"),
        ({"error": "invalid_token", "error_description": "No route"}, "No route"),
        ({"error": True, "message": "No route"}, "No route"),
        ({"errors": ["No route", "no host"]}, "No route; no host"),
        ({"errors": [{"code": 1000, "message": "No route"}]}, "No route"),
        (
            {"errors": [{"status": "403", "title": "No", "detail": "No route"}, {"title": "No host"}]},
            "No route; No host",
        ),
        (
            {"detail": "Invalid.", "errors": [{"detail": "must be positive", "pointer": "#/age"}]},
            "Invalid.; must be positive",
        ),
        ({"detail": [{"loc": ["body", "x"], "msg": "field required", "type": "missing"}]}, "field required"),
        ({"detail": {"code": 7}}, "{'code': 7}"),
        ({"detail": 7}, "7"),
        ({"detail": "", "message": "No route"}, "No route"),
        ({"detail": None, "message": None, "error": None, "errors": None}, None),
        ({"errors": [None, True, {}, []]}, None),
        ({"message": f"key {KEY} is blocked"}, "key ******** is blocked"),
        ({"errors": [f"key {KEY} is blocked"]}, "key ******** is blocked"),
        ({"message": "a\x1b[31mb"}, r"a\x1b[31mb"),
    ],
    ids=str,
)
def test_reason_of_a_gateway_is_kept(body: Any, detail: str | None) -> None:
    error = error_with(body)
    assert (error.title, error.detail, error.errors) == ("Forbidden", detail, {})


def test_messages_by_field_stay_apart_from_the_reason() -> None:
    error = error_with({"message": "Invalid", "errors": {"server": ["too long"]}}, 400)
    assert (error.title, error.detail, error.errors) == ("Bad Request", "Invalid", {"server": ["too long"]})


def test_reason_is_cut() -> None:
    assert len(error_with({"errors": ["x" * 900] * 1000}).detail or "") == api_errors.MAX_DETAIL_CHARS
