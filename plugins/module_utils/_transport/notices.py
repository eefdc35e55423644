# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a client does besides sending each request once, for whoever shows or counts it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from .errors import ApiError

# What each line begins with that a module writes to its standard error.
MARK = "dasha.blackbox: "


class Notice(NamedTuple):
    """A request that did not simply succeed or fail. It contains no secret.

    Attributes:
        kind: `retry`; `rate_limit`, after which all requests of the client wait; or `recovered`, if the object of a
            creation that failed was found.
        method, path: the request, the path without its query.
        reason: why, in a few words: the status, or what happened to the connection.
        delay: seconds until the request, or the next one, may be sent.
        attempts: how often the request was sent before.
    """

    kind: str
    method: str
    path: str
    reason: str
    delay: float
    attempts: int

    def __str__(self) -> str:
        request = f"{self.method} {self.path} failed ({self.reason})"
        if self.kind == "recovered":
            return f"{request}, and the object was found"
        if self.kind == "rate_limit":
            return f"{request}: all requests wait {self.delay:.1f} s for the rate limit"
        return f"{request}: retry {self.attempts} in {self.delay:.1f} s"


def notice_about(error: ApiError, kind: str, delay: float = 0.0) -> Notice:
    """Return the notice about an attempt that failed."""
    reason = f"{error.status} {error.title}" if error.status else error.detail or error.title or "no response"
    return Notice(kind, error.method, error.path, reason, delay, error.attempts)
