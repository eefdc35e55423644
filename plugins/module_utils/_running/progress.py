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
    """Counts of the current phase, when a line about them is due, and the line at the end.

    Args:
        clock: in seconds.

    Attributes:
        rate_limit_wait: returns the seconds until the API's rate limit allows the next request.
        count_requests: returns how many requests were sent, and how many of them were retries.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._started = self._phase_started = clock()
        self._next_line = self._started + FIRST_LINE
        self._showed_line = False
        self._describe: Callable[[], str] = lambda: "connecting"
        # What a phase before the current one led to.
        self._written = ""
        self._verb = ""
        self._succeeded = self._failed = self._total = 0
        self._deadline = 0.0
        # Set by who has a client.
        self.rate_limit_wait: Callable[[], float] = lambda: 0.0
        self.count_requests: Callable[[], tuple[int, int]] = lambda: (0, 0)

    def on_page(self, rows: int, total: int) -> None:
        """Note that rows of the listing were read."""
        self._succeeded, self._total, self._verb = rows, total, "listed"
        self._describe = self._counts

    def begin_writing(self, total: int, verb: str = "written") -> None:
        """Note that so many objects are going to be written, or checked."""
        self._succeeded = self._failed = 0
        self._total, self._verb = total, verb
        self._phase_started = self._clock()
        self._describe = self._writing

    def on_result(self, failed: bool) -> None:
        """Note that one object is done."""
        # Not locked: a count that is lost among workers would only be missing from a line of progress.
        self._succeeded += not failed
        self._failed += failed

    def on_poll(self, registered: int, failed: int, total: int, seconds_left: float) -> None:
        """Note how far the wait for registrations is."""
        if self._describe == self._writing:
            self._written = f"{self._counts()}, "
        self._succeeded, self._failed, self._total, self._verb = registered, failed, total, "registered"
        self._deadline = self._clock() + seconds_left
        self._describe = self._registrations

    def due_line(self) -> str | None:
        """Return a line about the current state if it is time for one."""
        now = self._clock()
        if now < self._next_line:
            return None
        self._next_line = now + (INTERVAL if now - self._started < LONG_RUN else LONG_INTERVAL)
        self._showed_line = True
        wait = self.rate_limit_wait()
        limited = f", waiting {_seconds(wait)} for the rate limit of the API" if wait >= 1 else ""
        return self._describe() + limited

    def closing_line(self) -> str | None:
        """Return a line about the whole run if there was one before."""
        if not self._showed_line:
            return None
        counts = self._counts() if self._verb else self._describe()
        requests, retries = self.count_requests()
        traffic = f"{_counted(requests, 'request', 'requests')}, {_counted(retries, 'retry', 'retries')}"
        return f"{self._written}{counts}, in {self._clock() - self._started:,.0f} s: {traffic}"

    def _counts(self) -> str:
        if not self._total:
            return f"nothing {self._verb}"
        failed = f", {self._failed:,} failed" if self._failed else ""
        return f"{self._succeeded:,} of {self._total:,} {self._verb}{failed}"

    def _writing(self) -> str:
        done = self._succeeded + self._failed
        rate = done / max(self._clock() - self._phase_started, 0.001)
        left = f", {_rate(rate)}/s, about {_seconds((self._total - done) / rate)} left" if rate else ""
        return self._counts() + left

    def _registrations(self) -> str:
        return f"{self._counts()}, {_seconds(max(0.0, self._deadline - self._clock()))} left"


def _counted(number: int, one: str, several: str) -> str:
    return f"{number:,} {one if number == 1 else several}"


def _rate(rate: float) -> str:
    return f"{rate:,.0f}" if rate >= WHOLE_RATE else f"{rate:.1f}"


def _seconds(seconds: float) -> str:
    if seconds < SHOWN_AS_SECONDS:
        return f"{seconds:.0f} s"
    if seconds < SHOWN_AS_MINUTES:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"
