# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Wait until numbers are registered at their trunks. A single number is a fleet of one."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any, NamedTuple, Union

from .._common.workers import map_in_threads
from .._planning.plan import UPDATE, Outcome
from .._reading.find import find_all, find_by_id, not_found
from .._reading.listing import count_pages, count_rows
from .._resources.schema import ApiObject, Resource
from .._resources.sip_phone_number import REGISTERED_FIELDS, registration_state, registration_status
from .._transport.client import Client
from .._transport.errors import ApiError, UnexpectedError
from .failure import PlanFailure, Written

REGISTERED = "registered"
FAILED = "failed"
INITIAL_INTERVAL = 0.5
MAX_INTERVAL = 5.0
# A poll that began before the timeout may end this much later.
POLL_GRACE = 1.0

# A number as a poll found it, None if it did not, or why it could not be read.
Found = Union[ApiObject, ApiError, None]

_TIME = re.compile(r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(\.\d+)?(?:[Zz]|([+-]\d\d:\d\d))?")


class Awaited(NamedTuple):
    """A number to wait for.

    Attributes:
        obj: the number as it was last read.
        changed: when this run changed what is registered, as the API says it: a state that was reported before does not
            count. None if every state counts.
        missing: whether the last poll did not find the number.
        trouble: why the last poll could not read it.
        error: why it is not registered, None as long as that is open or if it is registered.
    """

    obj: ApiObject
    changed: str | None = None
    missing: bool = False
    trouble: ApiError | None = None
    error: ApiError | None = None


def wait_failure(number: Awaited, error: ApiError, written: Written | None = None) -> PlanFailure:
    """Return the failure of a wait; a number that failed to register has no request that failed."""
    return PlanFailure(error, None, written, verb="Waiting for the registration of", last_seen=number.obj)


def awaited(resource: Resource, outcome: Outcome) -> Awaited:
    """Return the number that a plan led to, to wait for."""
    put = outcome.put if _registers_anew(resource, outcome) else None
    return Awaited(outcome.obj or {}, put.get("lastUpdateTime") if put else None)


def _registers_anew(resource: Resource, outcome: Outcome) -> bool:
    before, after = outcome.before, outcome.after
    fields = [resource.by_option[option] for option in REGISTERED_FIELDS]
    same = all(field.equal(before.get(field.option), after.get(field.option)) for field in fields)
    return outcome.action == UPDATE and not same


def wait_for_registrations(
    client: Client,
    resource: Resource,
    numbers: dict[str, Awaited],
    timeout: float,
    *,
    parallelism: int = 1,
    on_poll: Callable[[int, int, float], None] | None = None,
) -> dict[str, Awaited]:
    """Wait until all numbers are registered, have failed to, or the time is over, whatever the API does.

    A poll that fails does not end the wait, unless the API refuses the key; a number is gone if two polls in a row do
    not find it. A number without registration is not waited for.

    Args:
        numbers: by id.
        timeout: seconds, for all numbers together.
        parallelism: how many requests may be in flight at once.
        on_poll: called before each poll with the counts of registered and of failed numbers, and the seconds left.

    Returns:
        The same numbers as last read, with an error for each that is not registered.
    """
    deadline = client.now() + timeout
    poll = _Poll(client, resource, deadline + POLL_GRACE, parallelism)
    done: dict[str, Awaited] = {}
    waiting = dict(numbers)
    interval = INITIAL_INTERVAL
    while True:
        _move_settled(resource, waiting, done)
        remaining = deadline - client.now()
        if not waiting or remaining <= 0:
            break
        if on_poll:
            failed = sum(number.error is not None for number in done.values())
            on_poll(len(done) - failed, failed, remaining)
        client.pause(min(interval, remaining))
        interval = min(interval * 1.5, MAX_INTERVAL)
        found = poll.read(list(waiting))
        waiting = {number_id: _refreshed(resource, number, found[number_id]) for number_id, number in waiting.items()}
    for number_id, number in waiting.items():
        done[number_id] = number._replace(error=registration_timeout(resource, number, timeout))
    return done


def _move_settled(resource: Resource, waiting: dict[str, Awaited], done: dict[str, Awaited]) -> None:
    for number_id, number in list(waiting.items()):
        judged = number if number.error else _judge(resource, number)
        if judged.error or is_registered(judged):
            done[number_id] = judged
            del waiting[number_id]


def _judge(resource: Resource, number: Awaited) -> Awaited:
    obj = number.obj
    if obj.get("registration") and registration_state(obj) == FAILED and _counts(number):
        return number._replace(error=_not_registered(resource, obj, "The registration failed"))
    return number


def is_registered(number: Awaited) -> bool:
    """Whether there is nothing to wait for: the number is registered, or has no registration."""
    if not number.obj.get("registration"):
        return True
    return registration_state(number.obj) == REGISTERED and _counts(number)


def registration_timeout(resource: Resource, number: Awaited, timeout: float) -> ApiError:
    """Return the error for a number that was not registered in time."""
    stale = "" if _counts(number) else ", reported before the last change of the number"
    error = _not_registered(resource, number.obj, f"Not registered within {timeout:g} s", stale)
    if number.trouble:
        status = f" with status {number.trouble.status}" if number.trouble.status else ""
        error.hint = f"The last poll failed{status}: {number.trouble}"
    elif number.missing:
        error.hint = "The last poll did not find the number"
    return error


class _Poll:
    """Reads numbers by their ids or by the listing, whichever takes fewer requests."""

    def __init__(self, client: Client, resource: Resource, deadline: float, parallelism: int) -> None:
        self._client = client
        self._resource = resource
        self._deadline = deadline
        self._parallelism = parallelism
        self._pages = 0

    def read(self, ids: list[str]) -> dict[str, Found]:
        """Return how each number was found."""
        try:
            if len(ids) > 1 and len(ids) > self._count_pages():
                return self._read_listing(ids)
            return dict(zip(ids, map_in_threads(self._read_one, ids, self._parallelism)))
        except ApiError as error:
            return dict.fromkeys(ids, error)
        except Exception as exc:
            # What nobody thought of must not lose the report of what was written.
            return dict.fromkeys(ids, UnexpectedError(exc, "GET", self._resource.path))

    def _count_pages(self) -> int:
        self._pages = self._pages or count_pages(count_rows(self._client, self._resource, self._deadline))
        return self._pages

    def _read_one(self, number_id: str) -> Found:
        try:
            return find_by_id(self._client, self._resource, number_id, self._deadline)
        except ApiError as error:
            return error

    def _read_listing(self, ids: list[str]) -> dict[str, Found]:
        keys = {number_id.lower() for number_id in ids}
        listed = find_all(
            self._client,
            self._resource,
            {},
            keep=lambda obj: obj["id"].lower() in keys,
            parallelism=self._parallelism,
            deadline=self._deadline,
        )
        found = {obj["id"].lower(): obj for obj in listed}
        return {number_id: found.get(number_id.lower()) for number_id in ids}


def _refreshed(resource: Resource, number: Awaited, found: Found) -> Awaited:
    """Return a number after a poll."""
    if isinstance(found, ApiError):
        return number._replace(error=found) if found.rejects_key else number._replace(trouble=found)
    if found is not None:
        return number._replace(obj=found, missing=False, trouble=None)
    if not number.missing:
        return number._replace(missing=True, trouble=None)
    gone = not_found(resource, number.obj["id"], f"the {resource.label} was deleted in the meantime")
    return number._replace(error=gone)


def _not_registered(resource: Resource, obj: ApiObject, reason: str, note: str = "") -> ApiError:
    status = registration_status(obj)
    parts = [f"the last state is {status.get('state')!r}{note}"]
    if status.get("errorDescription"):
        parts.append(f"error: {status['errorDescription']}")
    if status.get("sipResponseMessage"):
        parts.append(f"SIP response: {status['sipResponseMessage']}")
    detail = f"{reason}; {', '.join(parts)}"
    return ApiError("GET", resource.object_path(obj["id"]), title="Not registered", detail=detail)


def _counts(number: Awaited) -> bool:
    """Whether the registration state is known not to be from before the change that this run made."""
    reported = _parse_timestamp(registration_status(number.obj).get("lastUpdated"))
    changed = _parse_timestamp(number.changed)
    return reported is None or changed is None or reported >= changed


def _parse_timestamp(text: Any) -> datetime | None:
    """Parse an RFC 3339 time; fractions of any length, which Python 3.9 cannot read, are cut to microseconds."""
    match = _TIME.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        return None
    day, clock, fraction, offset = match.groups()
    micros = (fraction or ".0")[1:7].ljust(6, "0")
    try:
        return datetime.fromisoformat(f"{day}T{clock}.{micros}{offset or '+00:00'}").astimezone(timezone.utc)
    except (ValueError, OverflowError):
        return None
