# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Poll the phone numbers of an organization, and emit an event for each change."""

from __future__ import annotations

import asyncio
import json
import logging
import random
import threading
from collections.abc import Callable, Iterable, Set
from typing import Any, Protocol, TypeVar

from .._common.errors import BlackboxError
from .._common.redaction import Redactor
from .._reading.find import find_all
from .._reading.organization import OrganizationGuard, OtherOrganizationError
from .._resources.sip_phone_number import PHONE_NUMBER
from .._running.connection import CONNECTIONS, connect
from .._running.messages import message
from .._transport.client import Client
from .._transport.errors import ApiError
from .arguments import END, Arguments
from .changes import Event, Snapshot, compare, initial_events, keep_unconfirmed, key_rejected, snapshots_of

JITTER = 0.1
MAX_BACKOFF = 300.0
# One may be a slip of a gateway, and a rulebook that ends watches nothing any more.
MAX_REFUSALS = 3

logger = logging.getLogger("dasha.blackbox.phone_numbers")
Result = TypeVar("Result")


class Queue(Protocol):
    """Where events go."""

    async def put(self, item: Event) -> None:
        """Add an event; waits while the rulebook is busy."""


class PhoneNumberSource:
    """Compares each listing with the one before.

    Only the latest listing is kept, so memory is bounded by the size of the fleet. It is replaced after its events were
    handed over, so that an interruption loses none.
    """

    def __init__(self, arguments: Arguments) -> None:
        self._arguments = arguments
        self._stop = threading.Event()
        self._redactor = Redactor([arguments.connection["api_key"]])
        self._client: Client = connect(arguments.connection, self._redactor, stop=self._stop)
        if arguments.connection["expected_org_id"]:
            OrganizationGuard(self._client, arguments.connection["expected_org_id"])
        self._known: dict[str, Snapshot] | None = None
        self._missing: Set[str] = frozenset()

    async def run(self, queue: Queue) -> None:
        """Poll until the task is cancelled. An API that is out of reach is tried again, for as long as it takes.

        Raises:
            BlackboxError: the API has rejected the key several times, or it belongs to another organization, and that
                is to end the source.
        """
        failures = refusals = 0
        rejected = False
        try:
            while True:
                try:
                    numbers = await in_thread(self._list)
                except (ApiError, OtherOrganizationError) as error:
                    failures += 1
                    refusals += _count_refusals(error)
                    if refusals >= MAX_REFUSALS and not rejected:
                        await self._reject(queue, error)
                        rejected = True
                    self._log_failure(error, failures)
                else:
                    if failures:
                        logger.info("the phone numbers can be read again, after %d failures", failures)
                    failures = refusals = 0
                    rejected = False
                    await self._emit(queue, numbers)
                await asyncio.sleep(self._pause(failures))
        finally:
            self._stop.set()
            self._client.close()

    async def _reject(self, queue: Queue, error: BlackboxError) -> None:
        if self._arguments.on_rejected_key == END:
            raise error
        (event,) = self._plain([key_rejected(self._redactor.redact(explain(error)))])
        await queue.put(event)

    def _list(self) -> dict[str, Snapshot]:
        return snapshots_of(find_all(self._client, PHONE_NUMBER, {}, parallelism=CONNECTIONS))

    async def _emit(self, queue: Queue, found: dict[str, Snapshot]) -> None:
        numbers, missing = keep_unconfirmed(self._known or {}, found, self._missing)
        for event in await in_thread(lambda: self._plain(self._events(numbers))):
            await queue.put(event)
        self._known, self._missing = numbers, missing

    def _events(self, numbers: dict[str, Snapshot]) -> Iterable[Event]:
        scope, emit_initial = self._arguments.scope, self._arguments.emit_initial
        if self._known is not None:
            return compare(self._known, numbers, scope)
        logger.info("%d phone numbers are the baseline", len(numbers))
        return initial_events(numbers, scope, only_failed=emit_initial == "failed") if emit_initial else ()

    def _plain(self, events: Iterable[Event]) -> list[Event]:
        """Return events as the rulebook can hand them on: without secrets, and of characters that UTF-8 has.

        Half of a surrogate pair, for one, would make the variables of a playbook unreadable.
        """
        text = json.dumps(self._redactor.redact_result(list(events)), ensure_ascii=False)
        plain: list[Event] = json.loads(text.encode("utf-8", "replace"))
        return plain

    def _pause(self, failures: int) -> float:
        interval = self._arguments.interval
        longest = max(interval, MAX_BACKOFF)
        # 2.0 ** 64 is beyond any limit, and far below an overflow.
        backoff = min(interval * 2.0 ** min(failures, 64), longest) if failures else interval
        return backoff * random.uniform(1 - JITTER, 1 + JITTER)

    def _log_failure(self, error: BlackboxError, failures: int) -> None:
        ends = self._arguments.on_rejected_key == END and _count_refusals(error)
        limit = f" until the key is rejected {MAX_REFUSALS} times" if ends else ""
        text = self._redactor.redact(explain(error))
        logger.warning("%s (failure %d in a row; the source goes on%s)", text, failures, limit)


def explain(error: BlackboxError) -> str:
    """Return what happened and what to do about it, in sentences that may quote the API."""
    return message(error, "the phone numbers") if isinstance(error, ApiError) else str(error)


def _count_refusals(error: BlackboxError) -> int:
    """Return how many refusals of the key an error counts for: a page of another web server says nothing about it."""
    return int(error.rejects_key) if isinstance(error, ApiError) else MAX_REFUSALS


async def in_thread(function: Callable[[], Result]) -> Result:
    """Return the result of a function that runs in a daemon thread, so that the event loop is never blocked by it.

    Unlike the threads of an executor, it keeps neither the loop nor the process alive if the task is cancelled.
    """
    loop = asyncio.get_running_loop()
    future: asyncio.Future[Any] = loop.create_future()

    def deliver(set_result: Callable[[Any], None], value: Any) -> None:
        if not future.done():
            set_result(value)

    def body() -> None:
        outcome: tuple[Callable[[Any], None], Any]
        try:
            outcome = (future.set_result, function())
        except Exception as exc:
            outcome = (future.set_exception, exc)
        except BaseException:
            # The source was told to stop; nobody waits any more.
            return
        try:
            loop.call_soon_threadsafe(deliver, *outcome)
        except RuntimeError:
            # The loop was closed in the meantime.
            return

    threading.Thread(target=body, daemon=True).start()
    result: Result = await future
    return result
