# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Waits for a number's SIP registration at its trunk."""

from __future__ import annotations

import re
from datetime import datetime, timezone
from typing import Any

from .._resources.schema import ApiObject, Resource
from .._transport.client import Client
from .._transport.errors import ApiError

REGISTERED = "registered"
FAILED = "failed"
INITIAL_INTERVAL = 0.5
MAX_INTERVAL = 5.0
LAST_POLL = 5.0

_TIME = re.compile(r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(\.\d+)?(?:[Zz]|([+-]\d\d:\d\d))?")


class NotRegistered(ApiError):
    """The number did not come to be registered; `status` is null, as no request failed."""


def wait_for_registration(client: Client, resource: Resource, obj: ApiObject, seconds: float) -> ApiObject:
    """Return the number once the API says that it is registered. A number without registration is not waited for.

    Args:
        obj: the number as the last answer had it.
        seconds: how long to wait at most.

    Raises:
        NotRegistered: the registration failed since the last change of the number, or the time is over.
        ApiError: the number could not be read.
    """
    deadline = client.now() + seconds
    interval = INITIAL_INTERVAL
    while not check_registration(resource, obj):
        remaining = deadline - client.now()
        if remaining <= 0:
            raise registration_timeout(resource, obj, seconds)
        client.pause(min(interval, remaining))
        interval = min(interval * 1.5, MAX_INTERVAL)
        obj = _poll(client, resource, obj, deadline)
    return obj


def check_registration(resource: Resource, obj: ApiObject) -> bool:
    """Whether there is nothing more to wait for.

    Raises:
        NotRegistered: the registration failed since the last change of the number.
    """
    if _is(obj, FAILED) and _is_current(obj) and obj.get("registration"):
        raise _not_registered(resource, obj, "The registration failed")
    return not obj.get("registration") or _is(obj, REGISTERED)


def registration_timeout(resource: Resource, obj: ApiObject, seconds: float) -> NotRegistered:
    """Return the error for a number that was waited for in vain."""
    return _not_registered(resource, obj, f"Not registered within {seconds:g} s")


def _poll(client: Client, resource: Resource, obj: ApiObject, deadline: float) -> ApiObject:
    """Return the number as it is now; as it was, where the time is over before an answer came."""
    try:
        polled: ApiObject = client.get(
            resource.object_path(obj["id"]), expect_field="id", deadline=max(deadline, client.now() + LAST_POLL)
        )
    except ApiError as error:
        if error.status is None and client.now() >= deadline:
            return obj
        raise
    return polled


def _not_registered(resource: Resource, obj: ApiObject, reason: str) -> NotRegistered:
    status = obj.get("registrationStatus") or {}
    parts = [f"the last state is {status.get('state')!r}"]
    if status.get("errorDescription"):
        parts.append(f"error: {status['errorDescription']}")
    if status.get("sipResponseMessage"):
        parts.append(f"SIP response: {status['sipResponseMessage']}")
    error = NotRegistered(
        "GET", resource.object_path(obj["id"]), title="Not registered", detail=f"{reason}; {', '.join(parts)}"
    )
    error.last_seen = obj
    return error


def _is(obj: ApiObject, state: str) -> bool:
    return str((obj.get("registrationStatus") or {}).get("state")).lower() == state


def _is_current(obj: ApiObject) -> bool:
    """Whether the registration state was reported no earlier than the number's last change."""
    reported = _parse_timestamp((obj.get("registrationStatus") or {}).get("lastUpdated"))
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
