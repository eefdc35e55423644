# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What changed between two listings of phone numbers, as events. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from .._resources.schema import ApiObject
from .._resources.sip_phone_number import PHONE_NUMBER

REGISTRATION, CREATED, DELETED, UPDATED = EVENTS = ("registration", "created", "deleted", "updated")
FAILED = "failed"
# Compared for `updated`; a registration status has an event of its own, and times change with anything.
FIELDS = (
    "phone_number",
    "credentials_id",
    "display_name",
    "description",
    "registration",
    "incoming_calls_agent_id",
    "provider_id",
)
STATUS_FIELDS = ("state", "error_description", "sip_response_message", "last_updated")

Event = dict[str, Any]


class Snapshot(NamedTuple):
    """One number at the time of a listing, in as little memory as its events need.

    Attributes:
        values: of `FIELDS`, in their order.
        status: of `STATUS_FIELDS`, in their order.
    """

    values: tuple[Any, ...]
    status: tuple[Any, ...]


class Scope(NamedTuple):
    """Which numbers and events somebody is interested in; an empty set stands for all.

    Attributes:
        trunks: ids in lower case.
        numbers: as the API has them.
        events: of `EVENTS`.
    """

    trunks: frozenset[str] = frozenset()
    numbers: frozenset[str] = frozenset()
    events: frozenset[str] = frozenset()


def take(numbers: Iterable[ApiObject]) -> dict[str, Snapshot]:
    """Return the state of all numbers of a listing, by id."""
    return {number["id"]: _snapshot(number) for number in numbers}


def compare(before: Mapping[str, Snapshot], after: Mapping[str, Snapshot], scope: Scope) -> Iterator[Event]:
    """Yield an event for each change between two listings, in the order of ids."""
    for number_id in sorted(before.keys() | after.keys()):
        old, new = before.get(number_id), after.get(number_id)
        if old != new and _concerns(scope, old, new):
            yield from _events(number_id, old, new, scope)


def initial(numbers: Mapping[str, Snapshot], scope: Scope, only_failed: bool) -> Iterator[Event]:
    """Yield a registration event for each number as it was found first, without a state before.

    Args:
        only_failed: leave out numbers whose registration has not failed.
    """
    for number_id, number in sorted(numbers.items()):
        wanted = _state(number) == FAILED or not only_failed
        if wanted and _concerns(scope, None, number) and _is_wanted(REGISTRATION, scope):
            yield _event(REGISTRATION, number_id, number, None, _status(number))


def _snapshot(number: ApiObject) -> Snapshot:
    result = PHONE_NUMBER.to_result(number)
    status = result["registration_status"] or {}
    return Snapshot(tuple(result[field] for field in FIELDS), tuple(status.get(field) for field in STATUS_FIELDS))


def _concerns(scope: Scope, old: Snapshot | None, new: Snapshot | None) -> bool:
    return any(
        (not scope.numbers or snapshot.values[0] in scope.numbers)
        and (not scope.trunks or str(snapshot.values[1]).lower() in scope.trunks)
        for snapshot in (old, new)
        if snapshot
    )


def _is_wanted(event: str, scope: Scope) -> bool:
    return not scope.events or event in scope.events


def _events(number_id: str, old: Snapshot | None, new: Snapshot | None, scope: Scope) -> Iterator[Event]:
    if old is None and new is not None:
        if _is_wanted(CREATED, scope):
            yield _event(CREATED, number_id, new, None, _values(new))
    elif new is None and old is not None:
        if _is_wanted(DELETED, scope):
            yield _event(DELETED, number_id, old, _values(old), None)
    elif old is not None and new is not None:
        yield from _changes(number_id, old, new, scope)


def _changes(number_id: str, old: Snapshot, new: Snapshot, scope: Scope) -> Iterator[Event]:
    changed = [field for field, was, now in zip(FIELDS, old.values, new.values) if was != now]
    if changed and _is_wanted(UPDATED, scope):
        before, after = _values(old), _values(new)
        yield _event(
            UPDATED, number_id, new, {name: before[name] for name in changed}, {name: after[name] for name in changed}
        )
    if _state(old) != _state(new) and _is_wanted(REGISTRATION, scope):
        yield _event(REGISTRATION, number_id, new, _status(old), _status(new))


def _event(
    event: str, number_id: str, number: Snapshot, before: dict[str, Any] | None, after: dict[str, Any] | None
) -> Event:
    phone_number, credentials_id = number.values[:2]
    return {
        "blackbox": {
            "event": event,
            "id": number_id,
            "phone_number": phone_number,
            "credentials_id": credentials_id,
            "display_name": number.values[2],
            "before": before,
            "after": after,
        }
    }


def _values(number: Snapshot) -> dict[str, Any]:
    return dict(zip(FIELDS, number.values))


def _status(number: Snapshot) -> dict[str, Any]:
    return dict(zip(STATUS_FIELDS, number.status))


def _state(number: Snapshot) -> str:
    return str(number.status[0]).lower()
