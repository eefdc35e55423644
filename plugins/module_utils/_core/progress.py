# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How far a long task is. Workers write it, whoever shows it reads it; it prints nothing itself."""

from __future__ import annotations

import time
from collections.abc import Callable

FIRST_LINE = 5.0
INTERVAL = 10.0
LONG_RUN = 300.0
LONG_INTERVAL = 30.0

WHOLE_RATE = 10
SHOWN_AS_SECONDS = 100
SHOWN_AS_MINUTES = 90 * 60


class Progress:
    """Counts of the current phase, and when a line about them is due.

    Args:
        clock: in seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._started = self._phase_started = clock()
        self._next_line = self._started + FIRST_LINE
        self._describe: Callable[[], str] = lambda: "connecting"
        self._done = self._failed = self._total = 0
        self._deadline = 0.0
        # Set by who has a client: seconds until the API's rate limit allows the next request.
        self.rate_limit_wait: Callable[[], float] = lambda: 0.0

    def on_page(self, rows: int, total: int) -> None:
        """Note that rows of the listing were read."""
        self._done, self._total, self._describe = rows, total, self._listing

    def begin_writing(self, total: int, verb: str = "written") -> None:
        """Note that so many objects are going to be written, or checked."""
        self._done = self._failed = 0
        self._total, self._verb = total, verb
        self._phase_started = self._clock()
        self._describe = self._writing

    def on_result(self, failed: bool) -> None:
        """Note that one object is done."""
        # Not locked: a count that is lost among workers would only be missing from a line of progress.
        self._done += 1
        self._failed += failed

    def on_poll(self, registered: int, failed: int, total: int, seconds_left: float) -> None:
        """Note how far the wait for registrations is."""
        self._done, self._failed, self._total = registered, failed, total
        self._deadline = self._clock() + seconds_left
        self._describe = self._registrations

    def due_line(self) -> str | None:
        """Return a line about the current state if it is time for one."""
        now = self._clock()
        if now < self._next_line:
            return None
        self._next_line = now + (INTERVAL if now - self._started < LONG_RUN else LONG_INTERVAL)
        wait = self.rate_limit_wait()
        limited = f", waiting {_seconds(wait)} for the rate limit of the API" if wait >= 1 else ""
        return self._describe() + limited

    def _listing(self) -> str:
        return f"{self._done:,} of {self._total:,} listed"

    def _writing(self) -> str:
        failed = f", {self._failed:,} failed" if self._failed else ""
        rate = self._done / max(self._clock() - self._phase_started, 0.001)
        left = f", {_rate(rate)}/s, about {_seconds((self._total - self._done) / rate)} left" if rate else ""
        return f"{self._done - self._failed:,} of {self._total:,} {self._verb}{failed}{left}"

    def _registrations(self) -> str:
        failed = f", {self._failed:,} failed" if self._failed else ""
        left = _seconds(max(0.0, self._deadline - self._clock()))
        return f"{self._done:,} of {self._total:,} registered{failed}, {left} left"


def _rate(rate: float) -> str:
    return f"{rate:,.0f}" if rate >= WHOLE_RATE else f"{rate:.1f}"


def _seconds(seconds: float) -> str:
    if seconds < SHOWN_AS_SECONDS:
        return f"{seconds:.0f} s"
    if seconds < SHOWN_AS_MINUTES:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"
