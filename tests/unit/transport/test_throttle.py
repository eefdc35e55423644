# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How many requests may be in flight, and which of them goes first."""

from __future__ import annotations

import contextlib
import threading

from ansible_collections.dasha.blackbox.plugins.module_utils._transport.throttle import Throttle


class Clock:
    """Time that passes only by waiting."""

    def __init__(self) -> None:
        self.time = 100.0

    def sleep(self, seconds: float) -> None:
        self.time += seconds

    def __call__(self) -> float:
        return self.time


def throttle_of(clock: Clock) -> Throttle:
    return Throttle(clock.sleep, clock)


def begun(throttle: Throttle, slots: contextlib.ExitStack, count: int) -> None:
    for _turn in range(count):
        slots.enter_context(throttle.slot())


def waits(throttle: Throttle) -> threading.Thread:
    """Have another thread ask for a slot, which it cannot get yet."""

    def take_a_turn() -> None:
        with throttle.slot():
            pass

    thread = threading.Thread(target=take_a_turn, daemon=True)
    thread.start()
    thread.join(0.05)
    assert thread.is_alive()
    return thread


def test_nothing_is_held_back_until_the_server_refuses() -> None:
    with contextlib.ExitStack() as slots:
        begun(throttle_of(Clock()), slots, 50)


def test_after_a_refusal_one_goes_alone() -> None:
    clock = Clock()
    throttle = throttle_of(clock)
    with throttle.slot(throttle.on_rate_limited(5)):
        assert clock.time == 105
        thread = waits(throttle)
    thread.join()


def test_each_request_that_is_taken_lets_one_more_be_in_flight() -> None:
    throttle = throttle_of(Clock())
    with throttle.slot(throttle.on_rate_limited(5)):
        throttle.on_success()
    with contextlib.ExitStack() as slots:
        begun(throttle, slots, 2)
        thread = waits(throttle)
        throttle.on_success()
        thread.join()


def test_the_longest_wait_counts() -> None:
    clock = Clock()
    throttle = throttle_of(clock)
    waiters = [throttle.on_rate_limited(5), throttle.on_rate_limited(1)]
    with throttle.slot(waiters[0]):
        assert clock.time == 105


def test_requests_that_were_refused_go_in_their_order_and_before_others() -> None:
    throttle = throttle_of(Clock())
    first, second = throttle.on_rate_limited(5), throttle.on_rate_limited(5)
    other = waits(throttle)
    order: list[str] = []

    def go_second() -> None:
        with throttle.slot(second):
            order.append("second")

    thread = threading.Thread(target=go_second, daemon=True)
    thread.start()
    with throttle.slot(first):
        order.append("first")
    thread.join()
    other.join()
    assert order == ["first", "second"]
