# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Keeps the threads of one client together below a rate limit."""

from __future__ import annotations

import contextlib
import threading
from collections import deque
from collections.abc import Callable, Iterator


class Throttle:
    """Lets requests go: as many as come at first, and after a 429 no more than the server takes.

    After a 429 all threads wait as long as the server asks. Then the request that was refused first goes alone, and
    each that the server takes lets one more be in flight. All at once, they would be refused all at once again, until
    some of them are out of attempts.

    Args:
        sleep, clock: of the client, in seconds.
    """

    def __init__(self, sleep: Callable[[float], None], clock: Callable[[], float]) -> None:
        self._sleep = sleep
        self._clock = clock
        self._moved = threading.Condition()
        self._in_flight = 0
        self._limit = 0
        self._limited = False
        self._resume_at = 0.0
        self._refused: deque[object] = deque()

    def on_rate_limited(self, seconds: float) -> object:
        """Note that the server refused a request that will be sent again after so many seconds.

        Returns:
            What `slot` needs to know it by.
        """
        waiter = object()
        with self._moved:
            self._resume_at = max(self._resume_at, self._clock() + seconds)
            self._limited = True
            self._limit = 1
            self._refused.append(waiter)
        return waiter

    @contextlib.contextmanager
    def slot(self, waiter: object | None = None) -> Iterator[None]:
        """Wait until a request may go; it is in flight while the context lasts.

        Args:
            waiter: of a request that was refused; it goes before those that were not.
        """
        if not self._limited:
            # What is in flight at the first refusal is not counted; it is gone before the wait is over.
            yield
            return
        while not self._begin(waiter):
            self._sleep(max(0.0, self._resume_at - self._clock()))
        try:
            yield
        finally:
            with self._moved:
                self._in_flight -= 1
                self._moved.notify_all()

    def on_success(self) -> None:
        """Note that the server took a request."""
        if self._limited:
            with self._moved:
                self._limit += 1
                self._moved.notify_all()

    def _begin(self, waiter: object | None) -> bool:
        """Begin a request as soon as that is possible, or return False where all have to wait for some time first."""
        with self._moved:
            while True:
                if self._clock() < self._resume_at:
                    return False
                if self._in_flight < self._limit and (not self._refused or self._refused[0] is waiter):
                    break
                self._moved.wait()
            if waiter is not None:
                self._refused.popleft()
                self._moved.notify_all()
            self._in_flight += 1
            return True
