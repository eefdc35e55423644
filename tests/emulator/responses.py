# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The input and the output of an operation."""

from __future__ import annotations

from typing import Any, NamedTuple

from .problems import Errors
from .store import Organization


class Call(NamedTuple):
    """One request, checked against the contract.

    Attributes:
        values: path and query parameters, in their types.
        body: the JSON body.
    """

    organization: Organization
    values: dict[str, Any]
    body: Any


class Response(NamedTuple):
    """The response of an operation: a status, and a JSON value or its text."""

    status: int
    body: Any = None
    text: bytes | None = None


class ContractViolation(Exception):
    """A response of the emulator that the contract does not allow."""

    def __init__(self, schema: str, errors: Errors) -> None:
        super().__init__(f"a response is not a valid {schema}: {errors}")
