# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Refusals, as the API words them (RFC 9457)."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any


class Refusal(Exception):
    """A request that the API refuses, with the status and the problem details of its answer."""

    def __init__(self, status: int, detail: str, errors: dict[str, list[str]] | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.errors = errors

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


def invalid(errors: dict[str, list[str]]) -> Refusal:
    """Return the refusal for input that breaks the contract."""
    return Refusal(400, "One or more validation errors occurred.", errors)
