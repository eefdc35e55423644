# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Many creations behind a rate limit or an outage, with a simulated clock and without threads."""

from __future__ import annotations

import heapq
import itertools
import random
from collections import deque
from collections.abc import Callable
from typing import NamedTuple

from ansible_collections.dasha.blackbox.plugins.module_utils._transport.retry import RetryPolicy
from ansible_collections.dasha.blackbox.plugins.module_utils._transport.throttle import RequestQueue


class Response(NamedTuple):
    """What a simulated server responds: a status, and seconds to wait for a `Retry-After` header."""

    status: int = 201
    retry_after: float | None = None


# Given the time and whether the request writes.
Server = Callable[[float, bool], Response]


def sliding_window(quota: int, retry_after: bool) -> Server:
    """Return a server that accepts so many requests in any second, and refuses others with 429."""
    accepted: deque[float] = deque()

    def respond(now: float, _writes: bool) -> Response:
        while accepted and accepted[0] <= now - 1:
            accepted.popleft()
        if len(accepted) < quota:
            accepted.append(now)
            return Response()
        return Response(429, accepted[0] + 1 - now if retry_after else None)

    return respond


def leaky_bucket(rate: float, burst: int, status: int = 503) -> Server:
    """Return a server with the `limit_req` of nginx: `rate` requests a second, and `burst` more in advance."""
    excess, last = 0.0, float("-inf")

    def respond(now: float, _writes: bool) -> Response:
        nonlocal excess, last
        following = max(0.0, excess - (now - last) * rate + 1)
        if following > burst:
            return Response(status)
        excess, last = following, now
        return Response()

    return respond


def outage(seconds: float, status: int = 503, *, begin: float = 0.2, only_writes: bool = False) -> Server:
    """Return a server that responds with an error for some time, to all requests or only to those that write."""

    def respond(now: float, writes: bool) -> Response:
        is_down = begin <= now < begin + seconds and (writes or not only_writes)
        return Response(status if is_down else 201)

    return respond


class Attempt(NamedTuple):
    """A request that is about to be sent.

    Attributes:
        attempts: how often it was tried before.
        after: what follows a look-up that succeeded; None for a creation.
        accepted_before: see `Client`.
    """

    accepted_before: int
    attempts: int = 0
    after: Callable[[], None] | None = None

    @property
    def writes(self) -> bool:
        return self.after is None


class Simulation:
    """Workers that create objects through one `RequestQueue`, and decide as the client does.

    Args:
        queue: decides which request may start.
        requests: how many objects there are.
        workers: how many of them are created at the same time; by default, all.
        looks_up: whether a creation that failed with another status than 429 is looked up, and never found.

    Attributes:
        now: when the last response arrived, in seconds.
        sent: how many requests were sent.
    """

    def __init__(
        self,
        seed: int,
        queue: RequestQueue,
        server: Server,
        requests: int = 32,
        workers: int | None = None,
        *,
        looks_up: bool = True,
    ) -> None:
        self.random = random.Random(seed)
        self.queue = queue
        self.server = server
        self.policy = RetryPolicy(retries=4, max_delay=60)
        self.remaining = requests
        self.workers = workers or requests
        self.looks_up = looks_up
        self.now = 0.0
        self.sent = 0
        self.waiting: dict[tuple[int, int, bool], Attempt] = {}
        self.events: list[tuple[float, int, Callable[[], None]]] = []
        self.order = itertools.count()
        self.failed = 0

    def run(self) -> int:
        """Return how many creations failed."""
        for _worker in range(self.workers):
            self.later(self.random.uniform(0, 0.05), self.next)
        while self.events:
            self.now, _order, event = heapq.heappop(self.events)
            event()
        assert not self.waiting
        return self.failed

    def later(self, seconds: float, event: Callable[[], None]) -> None:
        heapq.heappush(self.events, (self.now + seconds, next(self.order), event))

    def next(self) -> None:
        if self.remaining:
            self.remaining -= 1
            self.begin(Attempt(self.queue.accepted[True]))

    def begin(self, attempt: Attempt) -> None:
        if not self.queue.limited:
            self.send(attempt, counted=False)
            return
        self.waiting[self.queue.enter(attempt.attempts, attempt.writes)] = attempt
        self.start_waiting()

    def start_waiting(self) -> None:
        while self.waiting:
            ticket = min(self.waiting)
            if not self.queue.start(ticket, self.now):
                break
            self.send(self.waiting.pop(ticket), counted=True)
        if self.waiting and self.now < self.queue.resume_at:
            self.later(self.queue.resume_at - self.now, self.start_waiting)

    def send(self, attempt: Attempt, counted: bool) -> None:
        self.sent += 1
        self.later(self.random.uniform(0.001, 0.1), lambda: self.arrive(attempt, counted))

    def arrive(self, attempt: Attempt, counted: bool) -> None:
        response = self.server(self.now, attempt.writes)
        self.later(self.random.uniform(0.001, 0.1), lambda: self.respond(attempt, response, counted))

    def respond(self, attempt: Attempt, response: Response, counted: bool) -> None:
        if counted:
            self.queue.finish()
        if response.status not in (429, 502, 503):
            self.queue.on_success(attempt.writes)
            (attempt.after or self.next)()
        else:
            self.on_failure(attempt._replace(attempts=attempt.attempts + 1), response)
        self.start_waiting()

    def on_failure(self, attempt: Attempt, response: Response) -> None:
        """Do what `Client` does after an attempt that failed."""
        limited = response.status == 429
        if response.status == 503:
            limited = self.queue.on_unavailable(self.now, attempt.writes)
        probes = self.queue.probes[attempt.writes] if limited else 0
        if max(attempt.attempts, probes) > self.policy.retries:
            self.failed += 1
            self.next()
            return
        others_succeed = limited and self.queue.accepted[attempt.writes] != attempt.accepted_before
        in_vain = probes if others_succeed else max(probes, attempt.attempts - 1)
        delay = self.policy.delay(attempt.attempts, response.retry_after, self.random.random(), in_vain)

        def again() -> None:
            if limited:
                self.queue.on_rate_limited(self.now + delay)
                self.begin(attempt)
            else:
                self.later(delay, lambda: self.begin(attempt))

        if limited:
            self.queue.on_rate_limited(self.now + delay)
        if attempt.writes and self.looks_up and response.status != 429:
            self.begin(Attempt(self.queue.accepted[False], after=again))
        else:
            again()
