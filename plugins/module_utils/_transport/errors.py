# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can go wrong, as typed exceptions. Nothing here knows Ansible."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any


class BlackboxError(Exception):
    """Base of every error that ends a task.

    Attributes:
        partial_result: the API object as the writes before the failure left it, or None where nothing was written.
    """

    partial_result: dict[str, Any] | None = None


class InvalidOptionsError(BlackboxError):
    """The task asks for something that cannot be meant; nothing was sent because of it."""


class ApiError(BlackboxError):
    """A request that failed for good.

    Attributes:
        method, path: the request, the path without its query.
        status: HTTP status, None where no readable answer came.
        title, detail, errors: the problem details (RFC 9457) of the answer; `errors` maps API field names to messages.
        attempts: how often the request was tried.
        outcome: `rejected`, `not_sent` or, for a write, `unknown`.
        transient: the same request may succeed later.
        unreachable: the last attempt found no connection to the API.
        retry_after: seconds the server asked to wait, or None.
        retry_limit: the longest wait allowed, in seconds, where `retry_after` exceeds it, else None.
        in_use_by: what stands in the way of a deletion, in words.
        force_hint: what `force` would do about it.
        last_seen: the object as last read, where that explains the failure.
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
        retry_after: float | None = None,
    ) -> None:
        super().__init__(detail or title or f"{method} {path} failed")
        self.method = method
        self.path = path
        self.status = status
        self.title = title
        self.detail = detail
        self.errors = errors or {}
        self.attempts = 1
        self.outcome = outcome
        self.transient = transient
        self.unreachable = unreachable
        self.retry_after = retry_after
        self.retry_limit: float | None = None
        self.in_use_by: list[str] = []
        self.force_hint = ""
        self.last_seen: dict[str, Any] | None = None

    @property
    def maybe_applied(self) -> bool:
        """Whether the request may have been carried out although it failed."""
        return self.outcome == "unknown"

    @property
    def aborts_run(self) -> bool:
        """Whether every other request would fail in the same way."""
        return self.unreachable or self.status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)

    def as_result(self) -> dict[str, Any]:
        """Return the `error` value of a failed task's result."""
        return {
            "status": self.status,
            "title": self.title,
            "detail": self.detail,
            "errors": self.errors,
            "method": self.method,
            "path": self.path,
            "attempts": self.attempts,
            "outcome": self.outcome,
        }
