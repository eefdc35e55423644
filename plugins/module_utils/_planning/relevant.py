# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a plan needs of the objects of a listing, so that the rest need not be kept."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import Any

from .._resources.desired import Desired
from .._resources.schema import ApiObject, Resource


def relevant_objects(
    resource: Resource,
    wanted: Iterable[Desired],
    *,
    move_from: Collection[str] = (),
    scopes: Collection[str] = (),
    settles: Callable[[Desired], bool] = lambda desired: False,
) -> Callable[[ApiObject], Desired | bool]:
    """Return a function that says whether a plan for these entries depends on an object.

    Args:
        wanted: desired states of objects of the resource.
        move_from: values of the resource's `scope` from which an object may be moved.
        scopes: values of the resource's `scope` within which a plan depends on every object.
        settles: whether nothing else is needed of the object of an entry that it leaves as it is. The function then
            returns the entry.
    """
    keys: dict[tuple[Any, ...], Desired | None] = {}
    loose_keys: set[Any] = set()
    ids: set[str] = set()
    # What an object has in its key that an entry with an id may take from it: position and value.
    parts: set[tuple[int, Any]] = set()
    for desired in wanted:
        key = resource.key_of(desired.values)
        keys[key] = desired if settles(desired) else None
        for other in _other_keys(resource, key, move_from):
            keys.setdefault(other, None)
        if desired.object_id is not None:
            ids.add(desired.object_id.lower())
            given = [option in desired.values for option in resource.key]
            parts.update((index, value) for index, value in enumerate(key) if given[index] and not all(given))
        elif resource.loose_key and desired.present:
            loose_keys.add(resource.loose_key(key))
    within = {scope.lower() for scope in scopes}
    position = resource.key.index(resource.scope) if resource.scope else 0

    def is_relevant(obj: ApiObject) -> Desired | bool:
        key = resource.key_of_object(obj)
        if key in keys:
            desired = keys[key]
            return True if desired is None or resource.differences(obj, desired.values) else desired
        if ids and obj["id"].lower() in ids:
            return True
        if key[position] in within or (parts and any(part in parts for part in enumerate(key))):
            return True
        return bool(resource.loose_key and loose_keys and resource.loose_key(key) in loose_keys)

    return is_relevant


def scopes_of(wanted: Iterable[Desired]) -> set[str] | None:
    """Return the scopes of entries once they are applied, None if only the objects that they are about show them."""
    found = {desired.values.get(desired.resource.scope) for desired in wanted}
    return None if None in found else {str(scope) for scope in found}


def _other_keys(resource: Resource, key: tuple[Any, ...], move_from: Collection[str]) -> Iterable[tuple[Any, ...]]:
    """Yield the key of an entry in each scope from which its object may be moved."""
    position = resource.key.index(resource.scope) if move_from else 0
    for scope in move_from:
        yield (*key[:position], scope.lower(), *key[position + 1 :])
