# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Makes an `ApiError` of a response that refuses, and of one that is invalid."""

from __future__ import annotations

import re
import time
from datetime import timezone
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from .._common.redaction import Redactor
from .._common.text import shorten, visible_text
from .errors import INVALID_RESPONSE, TRANSIENT, ApiError
from .response import HttpResponse, parse_json_object

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_TITLE_CHARS = 200
MAX_PLAIN_TEXT_CHARS = 200
MAX_DETAIL_CHARS = 2000
MAX_MESSAGES = 100
# Where the API and gateways put the reason of an error, in the order in which it is looked for.
REASONS = ("detail", "message", "Message", "error_description", "error")
REASONS_OF_PARTS = ("detail", "message", "msg", "title")


def make_error(method: str, path: str, response: HttpResponse, secrets: Redactor, problem: str = "") -> ApiError:
    """Return the error for an attempt that failed although there was a response.

    Args:
        problem: what is wrong with the object in a response of success.
    """
    if not HTTPStatus.OK <= response.status < HTTPStatus.MULTIPLE_CHOICES:
        return error_from_response(method, path, response, secrets)
    return error_from_invalid_body(method, path, response, visible_text(secrets.redact(problem)))


def error_from_invalid_body(method: str, path: str, response: HttpResponse, problem: str = "") -> ApiError:
    """Return the error for a response of success that is not what the API documents.

    A PUT may be retried until its response is valid; a POST may not.

    Args:
        problem: what is wrong with it as a clause, empty if it is no JSON object at all.
    """
    detail = f"the response is not what was requested: {problem}"
    if not problem:
        detail = "the response is not the JSON object that the API documents; is api_url the address of the API?"
    return ApiError(
        method,
        path,
        status=response.status,
        title="Invalid response",
        detail=detail,
        outcome="rejected" if method == "GET" else "unknown",
        transient=method == "PUT",
        fault=INVALID_RESPONSE,
    )


def error_from_response(method: str, path: str, response: HttpResponse, secrets: Redactor) -> ApiError:
    """Return the error for a response outside of 2xx, with its problem details (RFC 9457) free of secrets."""
    parsed = parse_json_object(response)
    problem: dict[str, Any] = parsed or {}
    unknown = response.status >= HTTPStatus.INTERNAL_SERVER_ERROR and method != "GET"
    title = _safe(problem.get("title"), secrets, MAX_TITLE_CHARS) or _phrase(response.status)
    detail = _detail(problem, response, secrets, parsed is not None)
    return ApiError(
        method,
        path,
        status=response.status,
        title=title,
        detail=None if detail == title else detail,
        errors=_messages_by_field(problem.get("errors"), secrets),
        outcome="unknown" if unknown else "rejected",
        transient=response.status in TRANSIENT,
        from_api=parsed is not None,
        is_page=parsed is None and bool(response.content),
        retry_after=retry_after_seconds(response.headers),
    )


def retry_after_seconds(headers: Mapping[str, str]) -> float | None:
    """Return what a Retry-After header asks for, in seconds, or None if it is missing or invalid.

    It holds seconds, or an HTTP date (RFC 9110, 10.2.3), which is compared with the clock of the server if known.
    """
    value = headers.get("Retry-After", "").strip()
    if re.fullmatch(r"[0-9]{1,15}(\.[0-9]+)?", value):
        return float(value)
    moment = _http_date(value)
    if moment is None:
        return None
    sent = _http_date(headers.get("Date", ""))
    return max(0.0, moment - (time.time() if sent is None else sent))


def _http_date(text: str) -> float | None:
    """Return an HTTP date, in any of its three forms, as seconds since the epoch."""
    try:
        moment = parsedate_to_datetime(text)
        # The form of asctime does not say that it is in GMT.
        return (moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)).timestamp()
    except (TypeError, ValueError, OverflowError):
        return None


def _safe(value: Any, secrets: Redactor, limit: int) -> str:
    """Return a value of the server as text that can be shown."""
    if not value:
        return ""
    # Redacted before it is cut to its limit: a part of a secret might not be recognized.
    return shorten(visible_text(secrets.redact(str(value)[: 20 * limit])).strip(), limit)


def _detail(problem: dict[str, Any], response: HttpResponse, secrets: Redactor, from_api: bool) -> str | None:
    if HTTPStatus.MULTIPLE_CHOICES <= response.status < HTTPStatus.BAD_REQUEST:
        location = _safe(response.headers.get("Location"), secrets, MAX_DETAIL_CHARS)
        target = f"to '{location}'" if location else "without a Location"
        return f"the API redirects {target}, and redirects are not followed; is api_url right?"
    if response.status == HTTPStatus.NOT_FOUND and not from_api:
        return "this 404 does not come from the API, but from some other web server; is api_url right?"
    reason = _safe(_reason(problem), secrets, MAX_DETAIL_CHARS)
    if reason:
        return reason
    if response.headers.get("Content-Type", "").startswith("text/plain"):
        return _safe(response.content.decode("utf-8", "replace"), secrets, MAX_PLAIN_TEXT_CHARS) or None
    return None


def _reason(problem: dict[str, Any]) -> str:
    """Return what a problem says besides its title and its messages by field."""
    reasons = (_text(problem.get(name)) for name in REASONS)
    listed = problem.get("errors")
    parts = next(filter(None, reasons), ""), _text(listed) if isinstance(listed, list) else ""
    return "; ".join(filter(None, parts))


def _text(value: Any) -> str:
    """Return a reason as text: a gateway may report several, or an object about each."""
    if isinstance(value, list):
        return "; ".join(filter(None, map(_text, value[:MAX_MESSAGES])))
    if isinstance(value, dict):
        known = next(filter(None, (_text(value.get(name)) for name in REASONS_OF_PARTS)), "")
        return known or (str(value) if value else "")
    return "" if value is None or isinstance(value, bool) else str(value)


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return f"HTTP status {status}"


def _messages_by_field(errors: Any, secrets: Redactor) -> dict[str, list[str]]:
    if not isinstance(errors, dict):
        return {}
    return {
        _safe(name, secrets, MAX_TITLE_CHARS): [
            _safe(message, secrets, MAX_DETAIL_CHARS)
            for message in (messages if isinstance(messages, list) else [messages])[:MAX_MESSAGES]
        ]
        for name, messages in list(errors.items())[:MAX_MESSAGES]
    }
