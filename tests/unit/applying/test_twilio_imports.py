# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Imports from Twilio: what was never begun has no result, and what nobody knows is said to be unknown."""

from __future__ import annotations

import pytest

from ansible_collections.dasha.blackbox.plugins.module_utils._applying.circuit_breaker import MAX_CONSECUTIVE_FAILURES
from ansible_collections.dasha.blackbox.plugins.module_utils._applying.fleet import PlanResult
from ansible_collections.dasha.blackbox.plugins.module_utils._applying.imports import BATCH, Importer, UnknownImport
from ansible_collections.dasha.blackbox.plugins.module_utils._planning.imports import plan_imports
from ansible_collections.dasha.blackbox.plugins.module_utils._planning.plan import Create
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.twilio_phone_number import TwilioNumber
from unit.fake_api import FakeApi, Reply
from unit.harness import NOBODY_ID as PROVIDER

NOTHING_LISTED: Reply = (200, {"items": [], "totalCount": 0})
NO_LIST: Reply = (400, {"title": "No list"})
REFUSED: Reply = (400, {"title": "Bad Request"})
DOWN: Reply = (503, None)
NO_ACCESS: Reply = (403, {"title": "Forbidden"})
WRONG_KEY: Reply = (401, {"title": "Unauthorized"})


def run(count: int, *replies: Reply, listing: Reply = NOTHING_LISTED) -> tuple[FakeApi, list[PlanResult]]:
    """Import some numbers; the last reply to an import is that to all later ones."""
    waiting = list(replies)
    api = FakeApi(
        lambda method, *_request: listing if method == "GET" else waiting.pop(0) if waiting[1:] else waiting[0]
    )
    entries = [TwilioNumber(f"+1555{index:07}", f"PN{index:032x}") for index in range(count)]
    writes = plan_imports(entries, PROVIDER, [], present=True, force=False).writes
    plans = [write for write in writes if isinstance(write, Create)]
    return api, Importer(api.client(retries=0), PROVIDER, lambda _failed: None).run(plans, []).results


def begun(results: list[PlanResult]) -> int:
    """Return how many numbers failed; the others have no result at all."""
    failed = [result for result in results if result.failure]
    assert failed == results[: len(failed)]
    assert not any(result.outcome for result in results)
    return len(failed)


def test_failures_in_a_row_end_an_import_and_leave_the_rest_without_a_result() -> None:
    api, results = run((MAX_CONSECUTIVE_FAILURES + 2) * BATCH, DOWN)
    assert (api.count("POST"), begun(results)) == (MAX_CONSECUTIVE_FAILURES, MAX_CONSECUTIVE_FAILURES * BATCH)


def test_refused_batch_is_sent_number_by_number_until_no_request_can_succeed() -> None:
    api, results = run(BATCH, REFUSED, REFUSED, WRONG_KEY)
    assert (api.count("POST"), begun(results)) == (3, 2)


def test_refused_batch_is_sent_number_by_number_until_three_are_forbidden() -> None:
    api, results = run(BATCH, REFUSED, REFUSED, NO_ACCESS)
    assert (api.count("POST"), begun(results)) == (2 + MAX_CONSECUTIVE_FAILURES, 1 + MAX_CONSECUTIVE_FAILURES)


@pytest.mark.parametrize("reply", [DOWN, (200, {})], ids=str)
def test_result_that_cannot_be_listed_is_unknown_for_what_was_begun(reply: Reply) -> None:
    size = (MAX_CONSECUTIVE_FAILURES + 1) * BATCH
    _api, results = run(size, reply, listing=NO_LIST)
    assert begun(results) == (size - BATCH if reply == DOWN else size)
    failure = results[0].failure
    assert failure is not None
    assert isinstance(failure.cause, UnknownImport)
    assert (failure.cause.outcome, failure.verb) == ("unknown", "Importing")
    assert "No list" in (failure.cause.detail or "")
