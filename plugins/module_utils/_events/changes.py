# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What changed between two listings of phone numbers, as events. Pure.

Every event has the same keys, with null for what does not exist: whether the condition of a rulebook matches an event
that lacks a key depends on its operator, and on whether the parent of the key is there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from typing import Any, NamedTuple

from .._resources.schema import ApiObject, Field
from .._resources.sip_phone_number import PHONE_NUMBER

REGISTRATION, CREATED, DELETED, UPDATED = EVENTS = ("registration", "created", "deleted", "updated")
# About the source itself, which is asked for it by an argument of its own.
KEY_REJECTED = "key_rejected"
FAILED = "failed"
ID = PHONE_NUMBER.by_option["id"]
STATUS = PHONE_NUMBER.by_option["registration_status"]
# What the server computes changes with anything; a registration has an event of its own.
FIELDS = tuple(field for field in PHONE_NUMBER.fields if not (field.derived or field.server_computed))
COMPARED: Mapping[str, tuple[Field, ...]] = {UPDATED: FIELDS, REGISTRATION: STATUS.fields}
NAMES = tuple(field.option for field in (*FIELDS, *STATUS.fields))
ALWAYS = ("id", "phone_number", "credentials_id", "display_name")

Event = dict[str, Any]


class Snapshot(NamedTuple):
    """One number at the time of a listing, in as little memory as its events need.

    Attributes:
        values: of `FIELDS`, in their order.
        status: of the fields of `STATUS`, in their order.
    """

    values: tuple[Any, ...]
    status: tuple[Any, ...]


NOTHING = Snapshot((None,) * len(FIELDS), (None,) * len(STATUS.fields))


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


def snapshots_of(numbers: Iterable[ApiObject]) -> dict[str, Snapshot]:
    """Return the state of all numbers of a listing, by id in lower case."""
    return {ID.normalize(number["id"]): _snapshot(number) for number in numbers}


def keep_unconfirmed(
    before: Mapping[str, Snapshot], found: dict[str, Snapshot], missing: Set[str]
) -> tuple[dict[str, Snapshot], Set[str]]:
    """Return what was found together with numbers that a listing lacks for the first time, and the ids of those.

    A listing may be empty or lag behind although it looks complete, so a number is gone only if two of them lack it.

    Args:
        before: the state that the events so far led to.
        missing: what this function returned after the listing before.
    """
    unconfirmed = before.keys() - found.keys() - missing
    return {**found, **{number_id: before[number_id] for number_id in unconfirmed}}, unconfirmed


def compare(before: Mapping[str, Snapshot], after: Mapping[str, Snapshot], scope: Scope) -> Iterator[Event]:
    """Yield an event for each change between two listings, in the order of ids."""
    for number_id in sorted(before.keys() | after.keys()):
        old, new = before.get(number_id, NOTHING), after.get(number_id, NOTHING)
        if old != new and _concerns(scope, old, new):
            yield from _events(old, new, scope)


def initial_events(numbers: Mapping[str, Snapshot], scope: Scope, only_failed: bool) -> Iterator[Event]:
    """Yield a registration event for each number as it was found first, without a state before.

    Args:
        only_failed: leave out numbers whose registration has not failed.
    """
    for _number_id, number in sorted(numbers.items()):
        wanted = _state(number) == FAILED or not only_failed
        if wanted and _concerns(scope, NOTHING, number) and _is_wanted(REGISTRATION, scope):
            yield _event(REGISTRATION, NOTHING, number)


def key_rejected(error: str) -> Event:
    """Return the event of a source whose key is rejected, about no phone number."""
    return _event(KEY_REJECTED, NOTHING, NOTHING, error)


def _snapshot(number: ApiObject) -> Snapshot:
    result = PHONE_NUMBER.to_result(number)
    status = result[STATUS.option] or {}
    return Snapshot(
        tuple(result[field.option] for field in FIELDS), tuple(status.get(field.option) for field in STATUS.fields)
    )


def _concerns(scope: Scope, old: Snapshot, new: Snapshot) -> bool:
    return any(
        (not scope.numbers or values["phone_number"] in scope.numbers)
        and (not scope.trunks or str(values["credentials_id"]).lower() in scope.trunks)
        for values in (_to_dict(snapshot) for snapshot in (old, new) if snapshot is not NOTHING)
    )


def _is_wanted(event: str, scope: Scope) -> bool:
    return not scope.events or event in scope.events


def _events(old: Snapshot, new: Snapshot, scope: Scope) -> Iterator[Event]:
    for kind in _kinds(old, new):
        if _is_wanted(kind, scope):
            yield _event(kind, old, new)


def _kinds(old: Snapshot, new: Snapshot) -> list[str]:
    if old is NOTHING or new is NOTHING:
        return [CREATED if old is NOTHING else DELETED]
    # An id in another case is the same one.
    updated = not all(field.equal(was, now) for field, was, now in zip(FIELDS, old.values, new.values))
    return [UPDATED] * updated + [REGISTRATION] * (_state(old) != _state(new))


def _event(event: str, old: Snapshot, new: Snapshot, error: str | None = None) -> Event:
    before, after = _to_dict(old), _to_dict(new)
    number = before if new is NOTHING else after
    compared = COMPARED.get(event, ())
    return {
        "blackbox": {
            "event": event,
            **{name: number[name] for name in ALWAYS},
            "changed": [
                field.option for field in compared if not field.equal(before[field.option], after[field.option])
            ],
            "before": before,
            "after": after,
            "error": error,
        }
    }


def _to_dict(number: Snapshot) -> dict[str, Any]:
    return dict(zip(NAMES, (*number.values, *number.status)))


def _state(number: Snapshot) -> str:
    return str(_to_dict(number)["state"]).lower()
