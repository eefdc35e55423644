# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Makes an `ApiError` of an answer that refuses, of one that cannot be read, and of none."""

from __future__ import annotations

import re
import time
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

from .client import parse_json_object
from .errors import ApiError
from .http import HttpResponse, TransportError
from .redaction import Redactor

TRANSIENT = frozenset((429, 502, 503, 504))
MAX_DETAIL_CHARS = 200
FAULT_TITLES = {"connection": "No connection", "timeout": "Time-out", "configuration": "No connection"}


def error_from_transport(method: str, path: str, fault: TransportError) -> ApiError:
    """Return the error for an attempt to which no whole answer came."""
    return ApiError(
        method,
        path,
        title=FAULT_TITLES[fault.kind],
        detail=fault.reason,
        outcome="unknown" if fault.sent and method != "GET" else "not_sent",
        transient=fault.kind != "configuration",
        unreachable=not fault.sent,
    )


def error_from_invalid_body(method: str, path: str, reply: HttpResponse) -> ApiError:
    """Return the error for an answer that says success but is not what the API documents.

    A PUT may be repeated until its answer can be read; a POST may not.
    """
    return ApiError(
        method,
        path,
        status=reply.status,
        title="Unreadable answer",
        detail="the answer is not the JSON object that the API documents; is api_url the address of the API?",
        outcome="rejected" if method == "GET" else "unknown",
        transient=method == "PUT",
    )


def error_from_response(method: str, path: str, reply: HttpResponse, secrets: Redactor) -> ApiError:
    """Return the error for an answer outside of 2xx, with its problem details (RFC 9457) free of secrets."""
    problem: dict[str, Any] = secrets.redact(parse_json_object(reply) or {})
    return ApiError(
        method,
        path,
        status=reply.status,
        title=str(problem.get("title") or _phrase(reply.status)),
        detail=_detail(problem, reply, secrets),
        errors=_messages_by_field(problem.get("errors")),
        outcome="unknown" if reply.status >= HTTPStatus.INTERNAL_SERVER_ERROR and method != "GET" else "rejected",
        transient=reply.status in TRANSIENT,
        retry_after=retry_after_seconds(reply.headers.get("Retry-After"), time.time()),
    )


def retry_after_seconds(value: str | None, now: float) -> float | None:
    """Return what a Retry-After header asks for, in seconds, or None where it is absent or unreadable.

    Args:
        value: the header: seconds, or an HTTP date (RFC 9110, 10.2.3).
        now: seconds since the epoch.
    """
    if not value:
        return None
    if re.fullmatch(r"[0-9]{1,15}(\.[0-9]+)?", value.strip()):
        return float(value)
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - now)
    except (TypeError, ValueError, OverflowError):
        return None


def _detail(problem: dict[str, Any], reply: HttpResponse, secrets: Redactor) -> str | None:
    if HTTPStatus.MULTIPLE_CHOICES <= reply.status < HTTPStatus.BAD_REQUEST:
        location = secrets.redact(reply.headers.get("Location"))
        place = f"to {location!r}" if location else "without saying where"
        return f"the API redirects {place}, which is not followed; is api_url right?"
    if problem.get("detail"):
        return str(problem["detail"])
    if reply.headers.get("Content-Type", "").startswith("text/plain"):
        # Cleaned before it is cut: half a secret would not be recognized.
        return str(secrets.redact(reply.content.decode("utf-8", "replace").strip()))[:MAX_DETAIL_CHARS] or None
    return None


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return f"HTTP status {status}"


def _messages_by_field(errors: Any) -> dict[str, list[str]]:
    if not isinstance(errors, dict):
        return {}
    return {
        str(name): [str(message) for message in (messages if isinstance(messages, list) else [messages])]
        for name, messages in errors.items()
    }
