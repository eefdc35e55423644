# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Threads that share the work, as far as the system allows any."""

from __future__ import annotations

import pytest

from ansible_collections.dasha.blackbox.plugins.module_utils._common.workers import map_in_threads
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
