# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Keeps the threads of one client together below a rate limit."""

from __future__ import annotations

import contextlib
import heapq
import itertools
import threading
from typing import TYPE_CHECKING

from .._common.errors import Interrupted
from .errors import RATE_LIMIT
from .response import TransportError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Ticket = tuple[int, int, bool]

# How long a thread takes at most to notice that it was told to stop, in seconds.
POLL_INTERVAL = 0.1
# Two responses with the status 503 within so many seconds come from a rate limit, as nginx reports it, or an outage.
BURST = 1.0


class RequestQueue:
    """Decides which request may start. Pure: it never waits, and the time is passed in.

    Before the first 429, every request starts at once. After one, all wait as long as the server asks. Then the
    request that has used up the most attempts starts alone, and each request that is accepted lets one more be in
    flight. If requests started in the order of their arrival, some would be refused until they are out of attempts.

    Reads (False) and writes (True) are counted apart, for an API that accepts no write may still accept reads.

    Attributes:
        accepted: how many requests were accepted.
        probes: how many requests in a row started alone since one was accepted.
    """

    def __init__(self) -> None:
        self.limited = False
        self.resume_at = 0.0
        self.accepted = {False: 0, True: 0}
        self.probes = {False: 0, True: 0}
        self._unavailable_at = float("-inf")
        self._limit = 0
        self._in_flight = 0
        self._waiting: list[Ticket] = []
        self._arrivals = itertools.count()

    def enter(self, attempts: int, writes: bool = False) -> Ticket:
        """Put a request into the queue that was tried so often before, and return its ticket."""
        ticket = (-attempts, next(self._arrivals), writes)
        heapq.heappush(self._waiting, ticket)
        return ticket

    def leave(self, ticket: Ticket) -> None:
        """Take a request out of the queue that is not to start any more."""
        self._waiting.remove(ticket)
        heapq.heapify(self._waiting)

    def start(self, ticket: Ticket, now: float) -> bool:
        """Take the request out of the queue if it may start now, and return whether it may."""
        if now < self.resume_at or self._in_flight >= self._limit or self._waiting[0] != ticket:
            return False
        heapq.heappop(self._waiting)
        self._in_flight += 1
        if self._limit == 1:
            self.probes[ticket[2]] += 1
        return True

    def finish(self) -> None:
        """Note that a request which was started is no longer in flight."""
        self._in_flight -= 1

    def on_rate_limited(self, resume_at: float) -> None:
        """Note that the server refused a request, and when the next one may start."""
        self.resume_at = max(self.resume_at, resume_at)
        self.limited = True
        self._limit = 1

    def on_unavailable(self, now: float, writes: bool) -> bool:
        """Note a response with the status 503, and return whether it has to be taken for a refusal.

        That is if it is one of several within a short time, or follows a wait after an earlier refusal.
        """
        since, self._unavailable_at = now - self._unavailable_at, now
        return since <= BURST or self.probes[writes] > 0

    def on_success(self, writes: bool = False) -> None:
        """Note that the server accepted a request."""
        self._limit += 1
        self.accepted[writes] += 1
        self.probes[writes] = 0


class Throttle:
    """Has threads wait for their turn in a `RequestQueue`.

    Args:
        sleep, clock: of the client, in seconds.
        stop: while it is set, no request starts.
    """

    def __init__(
        self, sleep: Callable[[float], None], clock: Callable[[], float], stop: threading.Event | None = None
    ) -> None:
        self._sleep = sleep
        self._clock = clock
        self._stop = stop
        self._changed = threading.Condition()
        self._queue = RequestQueue()

    def on_rate_limited(self, seconds: float) -> None:
        """Note that the server refused a request that will be sent again after so many seconds."""
        with self._changed:
            self._queue.on_rate_limited(self._clock() + seconds)

    def on_unavailable(self, writes: bool) -> bool:
        """Note a response with the status 503, and return whether it has to be taken for a refusal."""
        with self._changed:
            return self._queue.on_unavailable(self._clock(), writes)

    def accepted(self, writes: bool) -> int:
        """Return how many reads or writes were accepted."""
        return self._queue.accepted[writes]

    def probes(self, writes: bool) -> int:
        """Return how many reads or writes in a row were sent alone, after a wait, since one of them was accepted."""
        return self._queue.probes[writes]

    def on_success(self, writes: bool = False) -> None:
        """Note that the server accepted a request."""
        with self._changed:
            self._queue.on_success(writes)
            self._changed.notify_all()

    def wait_left(self) -> float:
        """Return the seconds until the server accepts the next request, as far as it said."""
        return max(0.0, self._queue.resume_at - self._clock()) if self._queue.limited else 0.0

    @contextlib.contextmanager
    def slot(self, attempts: int = 0, deadline: float | None = None, *, writes: bool = False) -> Iterator[None]:
        """Wait until a request may start; it is in flight while the context lasts.

        Args:
            attempts: how often it was tried before.
            deadline: a moment of the clock after which it may not start.
            writes: whether it may change something.

        Raises:
            TransportError: it could not start before the deadline.
            Interrupted: `stop` was set.
        """
        if not self._queue.limited:
            # What is in flight at the first refusal is not counted; it is gone before the wait is over.
            yield
            return
        self._wait_for_turn(attempts, deadline, writes)
        try:
            yield
        finally:
            with self._changed:
                self._queue.finish()
                self._changed.notify_all()

    def _wait_for_turn(self, attempts: int, deadline: float | None, writes: bool) -> None:
        with self._changed:
            ticket = self._queue.enter(attempts, writes)
        try:
            while not self._start(ticket, deadline):
                end = self._queue.resume_at if deadline is None else min(self._queue.resume_at, deadline)
                self._sleep(max(0.0, end - self._clock()))
        except BaseException:
            with self._changed:
                self._queue.leave(ticket)
                self._changed.notify_all()
            raise

    def _start(self, ticket: Ticket, deadline: float | None) -> bool:
        """Start a request as soon as possible, or return False if all requests have to wait for some time first."""
        with self._changed:
            while True:
                self._check(deadline)
                if self._queue.start(ticket, self._clock()):
                    # Whoever is next may start as well.
                    self._changed.notify_all()
                    return True
                if self._clock() < self._queue.resume_at:
                    return False
                self._changed.wait(POLL_INTERVAL if self._stop or deadline is not None else None)

    def _check(self, deadline: float | None) -> None:
        if self._stop and self._stop.is_set():
            raise Interrupted
        if deadline is not None and self._clock() >= deadline:
            raise TransportError(RATE_LIMIT, False, "the rate limit of the API allowed no request in the time given")
