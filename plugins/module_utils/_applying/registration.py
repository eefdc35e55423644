# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Wait until numbers are registered at their trunks. A single number is a fleet of one."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any, NamedTuple

from .._reading.find import find_all, find_by_id, not_found
from .._resources.schema import ApiObject, Resource
from .._resources.sip_phone_number import registration_state, registration_status
from .._transport.client import Client
from .._transport.errors import ApiError, UnexpectedError
from .failure import PlanFailure, Written

REGISTERED = "registered"
FAILED = "failed"
INITIAL_INTERVAL = 0.5
MAX_INTERVAL = 5.0
# A poll that began before the timeout may end this much later.
POLL_GRACE = 1.0

_TIME = re.compile(r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(\.\d+)?(?:[Zz]|([+-]\d\d:\d\d))?")


class Awaited(NamedTuple):
    """A number to wait for.

    Attributes:
        obj: the number as it was last read.
        updated: whether this run changed it, so that a state from before the change does not count.
        error: why it is not registered, None as long as that is open or if it is registered.
    """

    obj: ApiObject
    updated: bool
    error: ApiError | None = None


def wait_failure(number: Awaited, error: ApiError, written: Written | None = None) -> PlanFailure:
    """Return the failure of a wait; a number that failed to register has no request that failed."""
    return PlanFailure(error, None, written, verb="Waiting for the registration of", last_seen=number.obj)


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

    A single number is read by its id, several by the listing. A number without registration is not waited for.

    Args:
        numbers: by id.
        timeout: seconds, for all numbers together.
        parallelism: how many pages of the listing are read at once.
        on_poll: called before each poll with the counts of registered and of failed numbers, and the seconds left.

    Returns:
        The same numbers as last read, with an error for each that is not registered.
    """
    deadline = client.now() + timeout
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
        waiting = _poll(client, resource, waiting, deadline, parallelism)
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
    if obj.get("registration") and registration_state(obj) == FAILED and _is_current(obj):
        return number._replace(error=_not_registered(resource, obj, "The registration failed"))
    return number


def is_registered(number: Awaited) -> bool:
    """Whether there is nothing to wait for: the number is registered, or has no registration."""
    if not number.obj.get("registration"):
        return True
    return registration_state(number.obj) == REGISTERED and (not number.updated or _is_current(number.obj))


def registration_timeout(resource: Resource, number: Awaited, timeout: float) -> ApiError:
    """Return the error for a number that was not registered in time."""
    stale = registration_state(number.obj) == REGISTERED or registration_state(number.obj) == FAILED
    note = ", reported before the last change of the number" if stale else ""
    return _not_registered(resource, number.obj, f"Not registered within {timeout:g} s", note)


def _poll(
    client: Client, resource: Resource, waiting: dict[str, Awaited], deadline: float, parallelism: int
) -> dict[str, Awaited]:
    """Return the numbers as they are now; as they were, if the API is out of reach for the moment."""
    try:
        found = _read(client, resource, list(waiting), deadline + POLL_GRACE, parallelism)
    except ApiError as error:
        if error.transient or client.now() >= deadline:
            return waiting
        return {number_id: number._replace(error=error) for number_id, number in waiting.items()}
    except Exception as exc:
        # What nobody thought of must not lose the report of what was written.
        unexpected = UnexpectedError(exc, "GET", resource.path, "no_response")
        return {number_id: number._replace(error=unexpected) for number_id, number in waiting.items()}
    return {
        number_id: _refreshed(resource, number, found.get(number_id.lower())) for number_id, number in waiting.items()
    }


def _read(
    client: Client, resource: Resource, ids: list[str], deadline: float, parallelism: int
) -> dict[str, ApiObject]:
    """Return the numbers by id in lower case."""
    if len(ids) == 1:
        obj = find_by_id(client, resource, ids[0], deadline)
        return {ids[0].lower(): obj} if obj else {}
    found = find_all(client, resource, {}, parallelism=parallelism, deadline=deadline)
    return {obj["id"].lower(): obj for obj in found}


def _refreshed(resource: Resource, number: Awaited, found: ApiObject | None) -> Awaited:
    if found is not None:
        return number._replace(obj=found)
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


def _is_current(obj: ApiObject) -> bool:
    """Whether the registration state was reported no earlier than the number's last change."""
    reported = _parse_timestamp(registration_status(obj).get("lastUpdated"))
    changed = _parse_timestamp(obj.get("lastUpdateTime"))
    return reported is not None and (changed is None or reported >= changed)


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
