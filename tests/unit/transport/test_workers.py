# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Threads that share the work, as far as the system allows any."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from ansible_collections.dasha.blackbox.plugins.module_utils._common.workers import map_ahead, map_in_threads
from unit.harness import limit_threads

ITEMS = range(20)


@pytest.fixture(params=[0, 1, 3])
def few_threads(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """Let the system allow so many further threads."""
    allowed: int = request.param
    limit_threads(monkeypatch, allowed)
    return allowed


def test_all_items_are_done_by_the_threads_that_can_be_started(few_threads: int) -> None:
    assert map_in_threads(lambda item: item * 2, ITEMS, 8) == [item * 2 for item in ITEMS]


def test_failure_is_raised_by_the_threads_that_can_be_started(few_threads: int) -> None:
    def fail(item: int) -> None:
        raise KeyError(item)

    with pytest.raises(KeyError):
        map_in_threads(fail, ITEMS, 8)


@pytest.mark.parametrize("threads", [1, 8])
def test_results_are_in_the_order_of_the_items(threads: int) -> None:
    assert map_in_threads(str, ITEMS, threads) == [str(item) for item in ITEMS]


@pytest.mark.parametrize("threads", [1, 3, 50])
def test_results_that_are_read_ahead_are_in_the_order_of_the_items(threads: int) -> None:
    assert list(map_ahead(str, iter(ITEMS), threads)) == [str(item) for item in ITEMS]


def test_reading_ahead_needs_no_thread(few_threads: int) -> None:
    assert list(map_ahead(str, iter(ITEMS), 8)) == [str(item) for item in ITEMS]


@pytest.mark.parametrize("threads", [1, 3])
def test_failure_of_a_call_ends_reading_ahead(threads: int) -> None:
    called = []

    def fail(item: int) -> int:
        called.append(item)
        if item == 5:
            raise KeyError(item)
        return item

    results = map_ahead(fail, iter(ITEMS), threads)
    with pytest.raises(KeyError):
        assert list(results) == []
    assert sorted(called) == list(range(5 + threads))


def test_calls_are_under_way_while_a_result_is_used() -> None:
    begun = threading.Semaphore(0)

    def call(item: int) -> int:
        begun.release()
        return item

    results = map_ahead(call, iter(ITEMS), 4)
    assert next(results) == 0
    assert all(begun.acquire(timeout=5) for _call in range(4))
    # The next one begins when another result is wanted.
    assert not begun.acquire(blocking=False)


def test_items_may_depend_on_the_results_so_far() -> None:
    found: list[int] = []

    def items() -> Iterator[int]:
        while len(found) < 3:
            yield len(found)

    for result in map_ahead(lambda item: item, items(), 2):
        found.append(result)
    assert found == [0, 0, 1, 2]
