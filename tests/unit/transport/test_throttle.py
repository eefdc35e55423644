# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How many requests may be in flight, and which of them starts first."""

from __future__ import annotations

import contextlib
import threading

import pytest

from ansible_collections.dasha.blackbox.plugins.module_utils._common.errors import Interrupted
from ansible_collections.dasha.blackbox.plugins.module_utils._transport.response import TransportError
from ansible_collections.dasha.blackbox.plugins.module_utils._transport.throttle import RequestQueue, Throttle
from unit.transport.rate_limit_simulation import Simulation, leaky_bucket, outage, sliding_window


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


def limited(seconds: float = 5) -> Throttle:
    throttle = throttle_of(Clock())
    throttle.on_rate_limited(seconds)
    return throttle


def started(throttle: Throttle, slots: contextlib.ExitStack, count: int) -> None:
    for _slot in range(count):
        slots.enter_context(throttle.slot())


def waits(throttle: Throttle, order: list[int] | None = None, attempts: int = 0) -> threading.Thread:
    """Have another thread ask for a slot, which it cannot get yet, and note its attempts when it has it."""

    def take_slot() -> None:
        with throttle.slot(attempts):
            if order is not None:
                order.append(attempts)

    thread = threading.Thread(target=take_slot, daemon=True)
    thread.start()
    thread.join(0.05)
    assert thread.is_alive()
    return thread


def test_requests_before_the_first_refusal_all_start() -> None:
    with contextlib.ExitStack() as slots:
        started(throttle_of(Clock()), slots, 50)


def test_first_request_after_a_refusal_is_alone_in_flight() -> None:
    clock = Clock()
    throttle = throttle_of(clock)
    throttle.on_rate_limited(5)
    with throttle.slot():
        assert clock.time == 105
        thread = waits(throttle)
    thread.join()


def test_wait_that_is_left_is_that_of_a_refusal() -> None:
    assert throttle_of(Clock()).wait_left() == 0
    assert limited(5).wait_left() == 5
    assert limited(-5).wait_left() == 0


def test_each_accepted_request_lets_one_more_be_in_flight() -> None:
    throttle = limited()
    with throttle.slot():
        throttle.on_success()
    with contextlib.ExitStack() as slots:
        started(throttle, slots, 2)
        thread = waits(throttle)
        throttle.on_success()
        thread.join()


def test_refusal_with_a_shorter_wait_does_not_end_the_longer_one() -> None:
    clock = Clock()
    throttle = throttle_of(clock)
    throttle.on_rate_limited(5)
    throttle.on_rate_limited(1)
    with throttle.slot():
        assert clock.time == 105


@pytest.mark.not_quick
def test_threads_start_in_the_order_of_their_attempts() -> None:
    throttle = limited()
    order: list[int] = []
    with throttle.slot():
        threads = [waits(throttle, order, attempts) for attempts in (0, 2, 1, 3)]
    for thread in threads:
        thread.join()
    assert order == [3, 2, 1, 0]


def test_requests_with_equal_attempts_start_in_the_order_of_their_arrival() -> None:
    queue = RequestQueue()
    queue.on_rate_limited(0)
    tickets = [queue.enter(attempts) for attempts in (1, 1, 2)]
    assert [queue.start(ticket, 0) for ticket in tickets] == [False, False, True]
    queue.finish()
    assert [queue.start(ticket, 0) for ticket in reversed(tickets[:2])] == [False, True]


@pytest.mark.slow
@pytest.mark.parametrize("retry_after", [True, False])
@pytest.mark.parametrize(("requests", "quota"), [(32, 3), (32, 1), (100, 3)])
def test_narrow_quota_never_uses_up_the_attempts_of_a_request(requests: int, quota: int, retry_after: bool) -> None:
    runs = 1000 if requests == 32 else 100
    servers = (sliding_window(quota, retry_after) for _seed in range(runs))
    failed = [Simulation(seed, RequestQueue(), server, requests).run() for seed, server in enumerate(servers)]
    assert sum(failed) == 0


def test_narrow_quota_of_the_simulation_is_hard_for_a_queue_in_the_order_of_arrival() -> None:
    class FirstComeFirstServed(RequestQueue):
        def enter(self, attempts: int, writes: bool = False) -> tuple[int, int, bool]:
            return super().enter(min(attempts, 1), writes)

    runs = [Simulation(seed, FirstComeFirstServed(), sliding_window(3, True)).run() for seed in range(20)]
    assert sum(runs) > 0


@pytest.mark.slow
@pytest.mark.parametrize("looks_up", [True, False], ids=["creates", "updates"])
@pytest.mark.parametrize("workers", [1, 8, 32])
@pytest.mark.parametrize(("rate", "burst"), [(10, 5), (10, 20), (50, 10)])
def test_limit_of_nginx_never_uses_up_the_attempts_of_a_request(
    rate: int, burst: int, workers: int, looks_up: bool
) -> None:
    for seed in range(20):
        fleet = Simulation(seed, RequestQueue(), leaky_bucket(rate, burst), 300, workers, looks_up=looks_up)
        assert fleet.run() == 0


def test_limit_of_nginx_in_the_simulation_is_hard_for_workers_that_wait_on_their_own() -> None:
    class Apart(RequestQueue):
        def on_unavailable(self, now: float, writes: bool) -> bool:
            return False

    assert sum(Simulation(seed, Apart(), leaky_bucket(10, 5), 300, 32).run() for seed in range(3)) > 0


OUTAGES = [(status, only_writes) for status in (502, 503) for only_writes in (True, False)]


@pytest.mark.slow
@pytest.mark.parametrize("looks_up", [True, False], ids=["creates", "updates"])
@pytest.mark.parametrize("workers", [1, 8, 32])
@pytest.mark.parametrize(("status", "only_writes"), OUTAGES)
def test_outage_of_fifteen_seconds_is_outlived(status: int, only_writes: bool, workers: int, looks_up: bool) -> None:
    for seed in range(20):
        server = outage(15, status, only_writes=only_writes)
        assert Simulation(seed, RequestQueue(), server, 300, workers, looks_up=looks_up).run() == 0


@pytest.mark.slow
@pytest.mark.parametrize("looks_up", [True, False], ids=["creates", "updates"])
@pytest.mark.parametrize("workers", [8, 32])
@pytest.mark.parametrize(("status", "only_writes"), [*OUTAGES, (429, False)])
def test_outage_without_an_end_fails_all_that_wait_in_a_few_minutes(
    status: int, only_writes: bool, workers: int, looks_up: bool
) -> None:
    for seed in range(20):
        server = outage(1e9, status, begin=0, only_writes=only_writes)
        fleet = Simulation(seed, RequestQueue(), server, workers, looks_up=looks_up)
        assert fleet.run() == workers
        assert fleet.now < 240


def test_threads_under_a_narrow_quota_are_all_served() -> None:
    clock, lock = Clock(), threading.Lock()
    throttle = throttle_of(clock)
    accepted: list[float] = []
    attempts_used: list[int] = []

    def send() -> bool:
        with lock:
            if sum(moment > clock.time - 1 for moment in accepted) >= 3:
                return False
            accepted.append(clock.time)
            return True

    def work() -> None:
        for attempt in range(1, 6):
            with throttle.slot(attempt - 1):
                if send():
                    throttle.on_success()
                    attempts_used.append(attempt)
                    return
            throttle.on_rate_limited(1)

    threads = [threading.Thread(target=work, daemon=True) for _worker in range(32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(attempts_used) == 32


def test_request_that_cannot_start_before_its_deadline_fails() -> None:
    clock = Clock()
    throttle = throttle_of(clock)
    throttle.on_rate_limited(60)
    with pytest.raises(TransportError) as caught, throttle.slot(deadline=103):
        pass
    assert (caught.value.kind, caught.value.sent, clock.time) == ("rate_limit", False, 103)


@pytest.mark.not_quick
def test_request_behind_a_slow_one_fails_at_its_deadline() -> None:
    clock = Clock()
    throttle = throttle_of(clock)
    throttle.on_rate_limited(1)
    timer = threading.Timer(0.05, clock.sleep, [100])
    with throttle.slot():
        timer.start()
        with pytest.raises(TransportError), throttle.slot(deadline=150):
            pass


@pytest.mark.not_quick
def test_stop_ends_the_wait_behind_a_request_in_flight() -> None:
    stop, clock = threading.Event(), Clock()
    throttle = Throttle(clock.sleep, clock, stop)
    throttle.on_rate_limited(1)
    timer = threading.Timer(0.05, stop.set)
    with throttle.slot():
        timer.start()
        with pytest.raises(Interrupted), throttle.slot():
            pass


def test_request_that_gave_up_does_not_keep_others_from_starting() -> None:
    clock = Clock()
    throttle = throttle_of(clock)
    throttle.on_rate_limited(60)
    with pytest.raises(TransportError), throttle.slot(attempts=4, deadline=103):
        pass
    with throttle.slot():
        assert clock.time == 160
