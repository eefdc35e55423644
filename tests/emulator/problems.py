# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Refusals, as the API words them (RFC 9457)."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

Errors = dict[str, list[str]]


class Refusal(Exception):
    """A request that the API refuses, with the status and the problem details of its answer.

    Attributes:
        errors: by field, for the answer.
        breach: what of the contract the request breaks, None where it keeps to it.
        headers: of the answer.
        applied: whether part of the request was applied.
    """

    applied = False

    def __init__(
        self,
        status: int,
        detail: str,
        errors: Errors | None = None,
        breach: Errors | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.errors = errors
        self.breach = breach or errors
        self.headers = headers or {}

    def problem(self, path: str) -> dict[str, Any]:
        """Return the body of the answer."""
        body: dict[str, Any] = {
            "type": "about:blank",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
            "instance": path,
        }
        return {**body, "errors": self.errors} if self.errors else body


def not_found(what: str) -> Refusal:
    """Return the refusal for something that does not exist in the organization."""
    return Refusal(404, f"There is no such {what}.")


def conflict(detail: str) -> Refusal:
    """Return the refusal for something that cannot be as things are."""
    return Refusal(409, detail)


def half_done(status: int, step: str) -> Refusal:
    """Return the refusal for a request that failed after one of its steps; what was done stays."""
    refusal = Refusal(status, f"The request failed after the step: {step}.")
    refusal.applied = True
    return refusal


def invalid(errors: Errors) -> Refusal:
    """Return the refusal for input that breaks the contract."""
    return Refusal(400, "One or more validation errors occurred.", errors)


def unauthorized() -> Refusal:
    """Return the refusal for a key that is missing or not known."""
    return Refusal(401, "The API key is missing or not known.", headers={"WWW-Authenticate": "Bearer"})


def no_such_path(methods: list[str]) -> Refusal:
    """Return the refusal for a path, or for a method that a path does not take; it takes these."""
    if not methods:
        return Refusal(404, "There is no such path.", breach={"path": ["It is not in the contract."]})
    allowed = ", ".join(methods)
    breach = {"method": [f"The path takes {allowed}."]}
    return Refusal(405, f"This path takes {allowed}.", breach=breach, headers={"Allow": allowed})


def not_json(content_type: str) -> Refusal:
    """Return the refusal for a body of another type."""
    errors = {"$": [f"Content-Type is {content_type!r}."]}
    return Refusal(415, "The body must be application/json.", errors)


def too_large(limit: int) -> Refusal:
    """Return the refusal for a body that is longer than the limit in bytes."""
    errors = {"$": [f"The body is longer than {limit} bytes."]}
    return Refusal(413, f"The request body must not be longer than {limit} bytes.", errors)


def over_quota(seconds: int) -> Refusal:
    """Return the refusal for one request too many; the next may come after that many seconds."""
    return Refusal(429, "The quota of this key is used up.", headers={"Retry-After": str(seconds)})
