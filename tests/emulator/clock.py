# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The emulator's clock, which tests can set, advance and stop."""

from __future__ import annotations

import time
from datetime import datetime, timezone

from .validators import InvalidInputError

LATEST = datetime(9000, 1, 1, tzinfo=timezone.utc).timestamp()


class Clock:
    """Real time plus an offset, or a frozen time. Times are seconds since the epoch."""

    def __init__(self) -> None:
        self._offset = 0.0
        self._frozen: float | None = None

    def now(self) -> float:
        """Return the current time."""
        return time.time() + self._offset if self._frozen is None else self._frozen

    def advance(self, seconds: float) -> None:
        """Advance the time.

        Raises:
            InvalidInputError: it would leave the years 1970 to 8999.
        """
        if not 0 <= self.now() + seconds < LATEST:
            raise InvalidInputError("the clock is limited to the years 1970 to 8999")
        if self._frozen is None:
            self._offset += seconds
        else:
            self._frozen += seconds

    def set(self, text: str) -> None:
        """Set the time, in ISO 8601; without an offset it is UTC.

        Raises:
            InvalidInputError: the text is not a time.
        """
        try:
            moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
        except ValueError:
            raise InvalidInputError(f"set: {text!r} is not a time such as 2030-01-31T12:00:00Z") from None
        moment = moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)
        self.advance(moment.timestamp() - self.now())

    def freeze(self, frozen: bool) -> None:
        """Freeze the time, or let it continue from the frozen time."""
        now = self.now()
        self._frozen = now if frozen else None
        self._offset = now - time.time()


def iso(moment: float) -> str:
    """Return a time in the format of the API: UTC, with a Z."""
    return datetime.fromtimestamp(moment, timezone.utc).isoformat(timespec="microseconds").replace("+00:00", "Z")
