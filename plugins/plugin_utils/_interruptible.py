# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Work that an interrupt can end at any time: Ctrl+C, SIGTERM, or the task keyword `timeout`."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import TypeVar

TICK = 0.5
# Seconds that requests in flight get to end by themselves.
GRACE = 5.0

Result = TypeVar("Result")


def run_interruptibly(work: Callable[[threading.Event], Result], tick: Callable[[], None]) -> Result:
    """Return what `work` returns, run in a thread of its own.

    Interrupts arrive in the main thread, which only waits here. It then tells the work to stop, waits for requests in
    flight for a few seconds, and lets the interrupt go on. If the system allows no more threads, the work is done in
    the main thread, without ticks.

    Args:
        work: gets an event that is set when it has to stop.
        tick: called twice a second in the main thread while the work goes on.

    Raises:
        BaseException: whatever `work` raised, or the interrupt; one too if the parent process has ended.
    """
    stop = threading.Event()
    # Not `Thread.join`: before Python 3.13, one that is interrupted takes a running thread for a finished one.
    finished = threading.Semaphore(0)
    results: list[Result] = []
    failures: list[BaseException] = []

    def body() -> None:
        try:
            results.append(work(stop))
        except BaseException as exc:
            failures.append(exc)
        finally:
            finished.release()

    thread, parent = threading.Thread(target=body, daemon=True), os.getppid()
    try:
        try:
            thread.start()
        except RuntimeError:
            body()
        while not finished.acquire(timeout=TICK):
            if os.getppid() != parent:
                # ansible-playbook was killed: nobody would learn what else is written.
                raise KeyboardInterrupt
            tick()
    except BaseException:
        stop.set()
        finished.acquire(timeout=GRACE)
        raise
    if failures:
        raise failures[0]
    return results[0]
