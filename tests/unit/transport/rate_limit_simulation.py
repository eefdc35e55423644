# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Many requests under a narrow quota, with a simulated clock and without threads."""

from __future__ import annotations

import heapq
import itertools
import random
from collections import deque
from collections.abc import Callable

from ansible_collections.dasha.blackbox.plugins.module_utils._transport.retry import RetryPolicy
from ansible_collections.dasha.blackbox.plugins.module_utils._transport.throttle import RequestQueue


class Simulation:
    """Workers that send requests through one `RequestQueue` to a server with a quota.

    Args:
        queue: decides which request may start.
        requests: how many there are, one for each worker.
        quota: requests that the server accepts in any second.
        retry_after: whether the server says when to come back.
    """

    def __init__(
        self, seed: int, queue: RequestQueue, requests: int = 32, quota: int = 3, retry_after: bool = True
    ) -> None:
        self.random = random.Random(seed)
        self.queue = queue
        self.quota = quota
        self.retry_after = retry_after
        self.policy = RetryPolicy(retries=4, max_delay=60)
        self.requests = requests
        self.now = 0.0
        self.accepted: deque[float] = deque()
        self.waiting: dict[tuple[int, int], int] = {}
        self.events: list[tuple[float, int, Callable[[], None]]] = []
        self.order = itertools.count()
        self.failed = 0

    def run(self) -> int:
        """Return how many requests were refused until they were out of attempts."""
        for _request in range(self.requests):
            self.later(self.random.uniform(0, 0.05), lambda: self.begin(0))
        while self.events:
            self.now, _order, event = heapq.heappop(self.events)
            event()
        assert not self.waiting
        return self.failed

    def later(self, seconds: float, event: Callable[[], None]) -> None:
        heapq.heappush(self.events, (self.now + seconds, next(self.order), event))

    def begin(self, attempts: int) -> None:
        if not self.queue.limited:
            self.send(attempts, counted=False)
            return
        self.waiting[self.queue.enter(attempts)] = attempts
        self.start_waiting()

    def start_waiting(self) -> None:
        while self.waiting:
            ticket = min(self.waiting)
            if not self.queue.start(ticket, self.now):
                break
            self.send(self.waiting.pop(ticket), counted=True)
        if self.waiting and self.now < self.queue.resume_at:
            self.later(self.queue.resume_at - self.now, self.start_waiting)

    def send(self, attempts: int, counted: bool) -> None:
        self.later(self.random.uniform(0.001, 0.1), lambda: self.arrive(attempts + 1, counted))

    def arrive(self, attempts: int, counted: bool) -> None:
        while self.accepted and self.accepted[0] <= self.now - 1:
            self.accepted.popleft()
        accepted = len(self.accepted) < self.quota
        if accepted:
            self.accepted.append(self.now)
        wait = None if accepted or not self.retry_after else self.accepted[0] + 1 - self.now
        self.later(self.random.uniform(0.001, 0.1), lambda: self.respond(attempts, accepted, wait, counted))

    def respond(self, attempts: int, accepted: bool, wait: float | None, counted: bool) -> None:
        if counted:
            self.queue.finish()
        if accepted:
            self.queue.on_success()
        elif attempts > self.policy.retries:
            self.failed += 1
        else:
            self.queue.on_rate_limited(self.now + self.policy.delay(attempts, wait, self.random.random()))
            self.begin(attempts)
        self.start_waiting()
