# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Carries out many plans side by side; one number's failure does not stop the others."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from .._planning.plan import Outcome, Plan
from .._reading.find import find_all
from .._resources.schema import ApiObject, Resource
from .._transport.client import Client
from .._transport.errors import ApiError
from .apply import apply, preview
from .registration import MAX_INTERVAL, check_registration, registration_timeout

INITIAL_INTERVAL = 1.0


class Result(NamedTuple):
    """What became of one plan.

    Attributes:
        outcome: None where it failed or was not attempted.
        error: why it failed.
    """

    plan: Plan
    outcome: Outcome | None = None
    error: ApiError | None = None

    @property
    def attempted(self) -> bool:
        """Whether the plan was begun."""
        return self.outcome is not None or self.error is not None


class WorkerPool:
    """Workers on one client. After a fault that every request would meet, they begin nothing more.

    Args:
        size: how many plans are in work at once.
        check_mode: only preview.
    """

    def __init__(self, client: Client, resource: Resource, size: int, check_mode: bool) -> None:
        self._client = client
        self._resource = resource
        self._size = size
        self._apply_or_preview: Callable[[Client, Resource, Plan], Outcome] = preview if check_mode else apply
        self._stopped = threading.Event()

    def work(self, plans: list[Plan]) -> list[Result]:
        """Carry out plans that do not depend on one another; the results are in their order."""
        results = [Result(plan) for plan in plans]
        waiting = deque(enumerate(plans))
        workers = min(self._size, len(plans))
        with ThreadPoolExecutor(max(workers, 1)) as pool:
            try:
                for worker in [pool.submit(self._work_some, waiting, results) for _worker in range(workers)]:
                    worker.result()
            finally:
                # After an interrupt, what is in flight is finished and nothing more is begun.
                waiting.clear()
        return results

    def _work_some(self, waiting: deque[tuple[int, Plan]], results: list[Result]) -> None:
        """Carry out plans until none is waiting. A future for each plan would take more memory than the plan."""
        while True:
            try:
                index, plan = waiting.popleft()
            except IndexError:
                return
            results[index] = self._work_one(plan)

    def _work_one(self, plan: Plan) -> Result:
        if self._stopped.is_set():
            return Result(plan)
        try:
            return Result(plan, outcome=self._apply_or_preview(self._client, self._resource, plan))
        except ApiError as error:
            if error.aborts_run:
                self._stopped.set()
            return Result(plan, error=error)


def wait_for_registrations(
    client: Client, resource: Resource, numbers: dict[str, ApiObject], seconds: float, parallelism: int
) -> dict[str, ApiError]:
    """Wait until the API says of all numbers that they are registered, by polling the listing.

    Args:
        numbers: by id, as last read.
        seconds: how long to wait for all of them together, at most.
        parallelism: how many pages are read at once.

    Returns:
        By id, why a number is not registered.
    """
    deadline = client.now() + seconds
    waiting, failed = dict(numbers), {}
    interval = INITIAL_INTERVAL
    while True:
        for number_id, number in list(waiting.items()):
            try:
                if check_registration(resource, number):
                    del waiting[number_id]
            except ApiError as error:
                failed[number_id] = error
                del waiting[number_id]
        remaining = deadline - client.now()
        if not waiting or remaining <= 0:
            break
        client.pause(min(interval, remaining))
        interval = min(interval * 1.5, MAX_INTERVAL)
        try:
            listed = {obj["id"]: obj for obj in find_all(client, resource, {}, parallelism=parallelism)}
        except ApiError as error:
            return {**failed, **dict.fromkeys(waiting, error)}
        waiting = {number_id: listed.get(number_id, number) for number_id, number in waiting.items()}
    return {
        **failed,
        **{number_id: registration_timeout(resource, number, seconds) for number_id, number in waiting.items()},
    }
