# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Threads that run one at a time, in an order that a test decides, on a clock that only waiting advances.

A thread goes on until it waits. So a run with many threads is repeated exactly, and a wait of an hour takes no time.
"""

from __future__ import annotations

import contextlib
import importlib
import math
import pkgutil
import threading
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import Any
from unittest import mock

from ansible_collections.dasha.blackbox.plugins import module_utils
from ansible_collections.dasha.blackbox.plugins.module_utils._transport.client import Client

# Far more than any thread computes between two waits: it is stuck in something that is not simulated.
STUCK_SECONDS = 60.0


class DeadlockError(AssertionError):
    """No thread can go on."""


class _Strand:
    """A thread of the simulation.

    Attributes:
        until: whether it may go on.
        wake: the time from which it may go on in any case.
        turn: released when it is to go on.
    """

    def __init__(self) -> None:
        self.until: Callable[[], bool] = _at_once
        self.wake = math.inf
        self.turn = threading.Semaphore(0)
        self.ended = False
        self.error: BaseException | None = None


def _at_once() -> bool:
    return True


def _never() -> bool:
    return False


class Simulation:
    """The threads of one run and their clock. The thread that makes it is the first of them.

    Args:
        order: which thread goes on whenever several can: its position among them, the current one first. After the
            end of `order`, it is always the first of them.

    Attributes:
        now: seconds.
    """

    def __init__(self, order: Iterable[int] = ()) -> None:
        self.now = 1000.0
        self._order = iter(order)
        self._current = _Strand()
        self._strands = [self._current]

    def clock(self) -> float:
        """Return the time."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Wait; others go on meanwhile. With 0 seconds, they only may."""
        self.wait(_never if seconds > 0 else _at_once, seconds)

    def wait(self, until: Callable[[], bool], timeout: float | None = None) -> bool:
        """Wait for a condition, and return whether it holds.

        Args:
            timeout: seconds after which to go on in any case.
        """
        current = self._current
        current.until, current.wake = until, math.inf if timeout is None else self.now + timeout
        self._hand_over()
        return until()

    def run(self, *functions: Callable[[], None]) -> None:
        """Call functions, each in a thread of its own.

        Raises:
            BaseException: the first one that a function raised.
        """
        strands = [self.start(function) for function in functions]
        self.wait(lambda: all(strand.ended for strand in strands))
        for strand in strands:
            if strand.error is not None:
                raise strand.error

    def start(self, function: Callable[[], object]) -> _Strand:
        """Call a function in a new thread, as soon as the current one waits."""
        strand = _Strand()
        self._strands.append(strand)

        def body() -> None:
            _take_turn(strand)
            try:
                function()
            except BaseException as exc:
                strand.error = exc
            strand.ended = True
            self._strands.remove(strand)
            self._hand_over()

        threading.Thread(target=body, daemon=True).start()
        return strand

    def _hand_over(self) -> None:
        """Let the next thread go on, and return when it is the turn of the current one again."""
        current = self._current
        chosen = self._choose()
        if chosen is current:
            return
        self._current = chosen
        chosen.turn.release()
        if not current.ended:
            _take_turn(current)

    def _choose(self) -> _Strand:
        while True:
            # The current one first, so that nothing changes hands without a reason.
            strands = sorted(self._strands, key=lambda strand: strand is not self._current)
            ready = [strand for strand in strands if strand.wake <= self.now or strand.until()]
            if ready:
                return ready[next(self._order, 0) % len(ready)] if len(ready) > 1 else ready[0]
            self.now = min((strand.wake for strand in strands), default=math.inf)
            if self.now == math.inf:
                raise DeadlockError("every thread waits for another one")

    @contextlib.contextmanager
    def installed(self) -> Iterator[None]:
        """Let the code of the collection use the threads and the clock of the simulation."""
        fake = _Threading(self)
        with contextlib.ExitStack() as stack:
            for module in _modules_with_threads():
                stack.enter_context(mock.patch.object(module, "threading", fake))
            defaults: Any = Client.__init__.__kwdefaults__
            stack.enter_context(mock.patch.dict(defaults, clock=self.clock, sleep=self.sleep))
            yield


def _take_turn(strand: _Strand) -> None:
    if not strand.turn.acquire(timeout=STUCK_SECONDS):
        raise DeadlockError("a thread is stuck in something that is not simulated")


@cache
def _modules_with_threads() -> list[Any]:
    found = pkgutil.walk_packages(module_utils.__path__, f"{module_utils.__name__}.")
    modules = [importlib.import_module(module.name) for module in found]
    return [module for module in modules if getattr(module, "threading", None) is threading]


class _Threading:
    """What the collection uses of the module `threading`, simulated."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation

    def Thread(self, target: Callable[[], object], daemon: bool = False) -> SimulatedThread:
        return SimulatedThread(self._simulation, target)

    def Semaphore(self, value: int = 1) -> _Semaphore:
        return _Semaphore(self._simulation, value)

    def Lock(self) -> _Lock:
        return _Lock(self._simulation)

    def Condition(self) -> _Condition:
        return _Condition(self._simulation)

    def Event(self) -> Event:
        return Event(self._simulation)


class SimulatedThread:
    def __init__(self, simulation: Simulation, target: Callable[[], object]) -> None:
        self._simulation = simulation
        self._target = target

    def start(self) -> None:
        self._simulation.start(self._target)


class _Semaphore:
    def __init__(self, simulation: Simulation, value: int = 1) -> None:
        self._simulation = simulation
        self._value = value

    def acquire(self) -> None:
        if self._value == 0:
            self._simulation.wait(lambda: self._value > 0)
        self._value -= 1

    def release(self) -> None:
        self._value += 1

    def __enter__(self) -> None:
        self.acquire()

    def __exit__(self, *error: object) -> None:
        self.release()


class _Lock(_Semaphore):
    pass


class _Condition(_Lock):
    def __init__(self, simulation: Simulation) -> None:
        super().__init__(simulation)
        self._notified = 0

    def wait(self, timeout: float | None = None) -> bool:
        seen = self._notified
        self.release()
        holds = self._simulation.wait(lambda: self._notified > seen, timeout)
        self.acquire()
        return holds

    def notify_all(self) -> None:
        self._notified += 1


class Event:
    """Stands for a `threading.Event`."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation
        self._set = False

    def set(self) -> None:
        self._set = True

    def is_set(self) -> bool:
        return self._set

    def wait(self, timeout: float | None = None) -> bool:
        return self._simulation.wait(self.is_set, timeout)
