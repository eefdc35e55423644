# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can go wrong, as typed exceptions. Nothing here knows Ansible."""

from __future__ import annotations

import os.path
import traceback
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from .._common.errors import BlackboxError
from .._common.text import visible_text

if TYPE_CHECKING:
    from .response import TransportError

REFUSED_KEY = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
UNAVAILABLE = (HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT)
TRANSIENT = (HTTPStatus.TOO_MANY_REQUESTS, *UNAVAILABLE)
REJECTED_CONTENT = (HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY)
RATE_LIMIT = "rate_limit"
INVALID_RESPONSE = "response"
FAULT_TITLES = {
    "connection": "Connection error",
    "timeout": "Timeout",
    RATE_LIMIT: "Rate limit",
    INVALID_RESPONSE: "Invalid response",
    "size": "Response too large",
    "configuration": "Connection error",
}


class ApiError(BlackboxError):
    """A request that failed for good.

    Attributes:
        method, path: the request, the path without its query.
        status: HTTP status, None without a response.
        title, detail, errors: the problem details (RFC 9457) of the response; `errors` maps API field names to
            messages. Control characters are visible.
        attempts: how often the request was tried.
        first_response: no earlier attempt of the request had a response.
        outcome: `rejected`, `not_sent`, for a read `no_response`, and for a write that may have been applied `unknown`.
        transient: a retry may succeed.
        unreachable: the last attempt could not connect to the API.
        fault: for a failure without a response of the API, its kind; see `TransportError`.
        from_api: the response has problem details or other JSON, so that it comes from the API and not from some other
            web server.
        is_page: the response has a body that is no JSON, so that it comes from some other web server.
        retry_after: seconds the server asked to wait, or None.
        retry_limit: the maximum wait, in seconds, if `retry_after` exceeds it, else None.
        hint: what to do about it, as a sentence.
        created: the object that a creation has led to although it counts as failed.
    """

    def __init__(
        self,
        method: str,
        path: str,
        *,
        status: int | None = None,
        title: str | None = None,
        detail: str | None = None,
        errors: dict[str, list[str]] | None = None,
        outcome: str = "rejected",
        transient: bool = False,
        unreachable: bool = False,
        fault: str = "",
        from_api: bool = True,
        is_page: bool = False,
        retry_after: float | None = None,
        attempts: int = 1,
        hint: str = "",
    ) -> None:
        super().__init__(detail or title or f"{method} {path} failed")
        self.method = method
        self.path = path
        # Not an HTTPStatus, which is no plain number to Ansible.
        self.status = None if status is None else int(status)
        self.title = title
        self.detail = detail
        self.errors = errors or {}
        self.attempts = attempts
        self.first_response = True
        self.outcome = outcome
        self.transient = transient
        self.unreachable = unreachable
        self.fault = fault
        self.from_api = from_api
        self.is_page = is_page
        self.retry_after = retry_after
        self.retry_limit: float | None = None
        self.hint = hint
        self.created: dict[str, Any] | None = None

    @property
    def maybe_applied(self) -> bool:
        """Whether the request may have been applied although it failed."""
        return self.outcome == "unknown"

    @property
    def means_not_found(self) -> bool:
        """Whether the API said that the object does not exist. A 404 page of some other web server says nothing."""
        return self.status == HTTPStatus.NOT_FOUND and self.from_api

    @property
    def rejects_content(self) -> bool:
        """Whether the API refused what was sent, so that it has not applied it before either."""
        return self.from_api and self.status in REJECTED_CONTENT and self.method != "DELETE"

    @property
    def fault_key(self) -> str:
        """What kind of fault of the API or the network it was; empty if it concerns only the object."""
        if self.fault or self.status is None:
            return self.fault
        if self.status == HTTPStatus.TOO_MANY_REQUESTS or self.retry_limit is not None:
            return RATE_LIMIT
        redirected = HTTPStatus.MULTIPLE_CHOICES <= self.status < HTTPStatus.BAD_REQUEST
        concerns_api = redirected or not self.from_api or self.status in (*REFUSED_KEY, *UNAVAILABLE)
        return f"status {self.status}" if concerns_api else ""

    @property
    def concerns_api(self) -> bool:
        """Whether other requests are likely to fail in the same way."""
        return bool(self.fault_key)

    @property
    def refuses_key(self) -> bool:
        """Whether the API refuses the API key."""
        return self.status in REFUSED_KEY

    @property
    def rejects_key(self) -> bool:
        """Whether the API itself refuses the API key, and not a page of a proxy or a firewall."""
        return self.refuses_key and not self.is_page

    @property
    def aborts_run(self) -> bool:
        """Whether every other request would fail in the same way. A 403 may be about a single object."""
        return self.unreachable or self.status == HTTPStatus.UNAUTHORIZED


def not_sent(method: str, path: str, title: str, detail: str | None = None, hint: str = "") -> ApiError:
    """Return the error for a request that is not sent, because it is known what would come of it."""
    return ApiError(method, path, title=title, detail=detail, outcome="not_sent", attempts=0, hint=hint)


def error_from_transport(method: str, path: str, fault: TransportError) -> ApiError:
    """Return the error for an attempt without a complete response."""
    without_response = "no_response" if method == "GET" else "unknown"
    return ApiError(
        method,
        path,
        title=FAULT_TITLES[fault.kind],
        detail=fault.reason,
        outcome=without_response if fault.sent else "not_sent",
        transient=fault.transient,
        unreachable=not fault.sent and fault.kind != RATE_LIMIT,
        fault=fault.kind,
    )


class UnexpectedError(ApiError):
    """An exception that nobody thought of, while one object of many was worked on."""

    def __init__(self, exc: Exception, method: str, path: str, outcome: str = "unknown", attempts: int = 1) -> None:
        detail = describe_unexpected(exc)
        super().__init__(method, path, title="Unexpected error", detail=detail, outcome=outcome, attempts=attempts)


def describe_unexpected(exc: Exception) -> str:
    """Return a message for an exception that nobody thought of, with its place in the code."""
    frames = traceback.extract_tb(exc.__traceback__)
    location = f" at {os.path.basename(frames[-1].filename)}:{frames[-1].lineno}" if frames else ""
    return (
        f"unexpected {type(exc).__name__}{location}: {visible_text(str(exc))}. This is a bug in dasha.blackbox; please"
        " report it with this message"
    )
