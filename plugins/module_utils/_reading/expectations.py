# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a response has to be, so that nothing is done because of a response about something else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .._resources.schema import ApiObject, Resource

Expectation = Callable[[ApiObject], "str | None"]


def object_with_id(resource: Resource, object_id: str) -> Expectation:
    """Return a check that a response is a well-formed object with this id."""

    def check(obj: ApiObject) -> str | None:
        problem = resource.malformed(obj)
        if problem is None and obj["id"].lower() != object_id.lower():
            return f"it is about the {resource.label} {obj['id']}"
        return problem

    return check


def object_with_key(resource: Resource, key: tuple[Any, ...]) -> Expectation:
    """Return a check that a response is a well-formed object with this key; the server may have formatted it."""

    def check(obj: ApiObject) -> str | None:
        problem = resource.malformed(obj)
        found = resource.key_of_object(obj) if problem is None else key
        if _loosely(resource, found) != _loosely(resource, key):
            return f"it is about {resource.describe(found)}"
        return problem

    return check


def dependents_of(resource: Resource, object_id: str) -> Expectation:
    """Return a check that a response lists who is affected by deleting the object with this id."""

    def check(response: ApiObject) -> str | None:
        listed, found = response.get(resource.dependents), response.get("id", object_id)
        if not isinstance(listed, list) or not all(isinstance(member, dict) for member in listed):
            return f"{resource.dependents} is {listed!r:.60}"
        same = isinstance(found, str) and found.lower() == object_id.lower()
        return None if same else f"it is about the {resource.label} {found!r:.60}"

    return check


def _loosely(resource: Resource, key: tuple[Any, ...]) -> Any:
    loose = resource.loose_key(key) if resource.loose_key else key
    return [part.strip().lower() if isinstance(part, str) else part for part in loose]
