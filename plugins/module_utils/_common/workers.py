# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Threads that share one client."""

from __future__ import annotations

import itertools
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def map_in_threads(function: Callable[[Item], Result], items: Sequence[Item], threads: int) -> list[Result]:
    """Return the results of a function for all items, in their order.

    The threads are daemons: unlike those of a `ThreadPoolExecutor`, they do not keep an interrupted process alive.

    Args:
        threads: how many calls may be under way at once; fewer are if the system allows no more threads.

    Raises:
        BaseException: the first one that a call raised. Calls under way are finished, no further one is begun.
    """
    if threads == 1 or len(items) <= 1:
        return [function(item) for item in items]
    results: list[Any] = [None] * len(items)
    # A queue of positions, not of futures: a future for each of fifty thousand items takes more memory than the item.
    waiting = deque(range(len(items)))
    failures: list[BaseException] = []
    finished = threading.Semaphore(0)

    def work() -> None:
        try:
            while True:
                try:
                    index = waiting.popleft()
                except IndexError:
                    return
                results[index] = function(items[index])
        except BaseException as exc:
            waiting.clear()
            failures.append(exc)
        finally:
            finished.release()

    started = 0
    try:
        while started < min(threads, len(items)) and start_thread(work):
            started += 1
        if not started:
            work()
        # Not `Thread.join`: before Python 3.13, one that is interrupted takes a running thread for a finished one.
        for _thread in range(started):
            finished.acquire()
    finally:
        waiting.clear()
    if failures:
        raise failures[0]
    return results


def map_ahead(function: Callable[[Item], Result], items: Iterator[Item], threads: int) -> Iterator[Result]:
    """Yield the results of a function for items, in their order, while the calls for the next items are under way.

    If the caller stops early, these end by themselves.

    Args:
        items: the next one is taken when its call begins, so that it may depend on the results so far.
        threads: as for `map_in_threads`.

    Raises:
        BaseException: what a call raised. Calls under way are finished, no further one is begun.
    """
    if threads == 1:
        yield from map(function, items)
        return
    under_way: deque[_Call[Item, Result]] = deque()
    while True:
        for item in itertools.islice(items, threads - len(under_way)):
            under_way.append(_Call(function, item))
        if not under_way:
            return
        call = under_way.popleft()
        call.finished.acquire()
        if call.failure is not None:
            for other in under_way:
                other.finished.acquire()
            raise call.failure
        yield call.result


class _Call(Generic[Item, Result]):
    """A call in a thread of its own, or in this one if the system allows no more threads."""

    result: Result

    def __init__(self, function: Callable[[Item], Result], item: Item) -> None:
        self._function = function
        self._item = item
        self.failure: BaseException | None = None
        self.finished = threading.Semaphore(0)
        if not start_thread(self._run):
            self._run()

    def _run(self) -> None:
        try:
            self.result = self._function(self._item)
        except BaseException as exc:
            self.failure = exc
        finally:
            self.finished.release()


def start_thread(function: Callable[[], object]) -> bool:
    """Run a function in a daemon thread, and return whether the system allowed one more thread."""
    try:
        threading.Thread(target=function, daemon=True).start()
    except RuntimeError:
        return False
    return True
