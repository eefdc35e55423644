# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Threads that share one client."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

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


def start_thread(function: Callable[[], object]) -> bool:
    """Run a function in a daemon thread, and return whether the system allowed one more thread."""
    try:
        threading.Thread(target=function, daemon=True).start()
    except RuntimeError:
        return False
    return True
