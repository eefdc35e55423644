# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plans for many objects at once: one plan for each, and deletions of what nobody asked for. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any, NamedTuple

from .._resources.desired import Desired
from .._resources.schema import ApiObject, Resource
from .plan import Create, Delete, Noop, Plan, Update, make_plan


class FleetPlan(NamedTuple):
    """What to do about a fleet.

    Attributes:
        writes: plans that create or update.
        deletions: plans that delete.
        unchanged: plans with nothing to do.
        warnings: sentences for the user's attention.
    """

    writes: list[Create | Update]
    deletions: list[Delete]
    unchanged: list[Noop]
    warnings: tuple[str, ...] = ()


def plan_fleet(
    resource: Resource,
    desired_states: list[Desired],
    existing: Iterable[ApiObject],
    *,
    purged_scopes: Collection[str] = (),
    force: bool = False,
) -> FleetPlan:
    """Return the plans that take the existing objects to the desired ones.

    Args:
        existing: all objects of the organization, as the API lists them.
        purged_scopes: values of the resource's `scope` within which objects that nobody asked for are deleted; what a
            provider manages stays.
        force: delete them although something uses them.
    """
    by_key = {resource.key_of_object(obj): obj for obj in existing}
    keys = [resource.key_of(desired.values) for desired in desired_states]
    plans = [make_plan(resource, desired, by_key.get(key)) for key, desired in zip(keys, desired_states)]
    if purged_scopes:
        plans += _plan_purge(resource, by_key, set(keys), {scope.lower() for scope in purged_scopes}, force)
    return FleetPlan(
        [plan for plan in plans if isinstance(plan, (Create, Update))],
        [plan for plan in plans if isinstance(plan, Delete)],
        [plan for plan in plans if isinstance(plan, Noop)],
        _near_duplicates(resource, plans, by_key),
    )


def _plan_purge(
    resource: Resource, by_key: dict[Any, ApiObject], desired_keys: set[Any], scopes: set[str], force: bool
) -> list[Plan]:
    position = resource.key.index(resource.scope)
    return [
        make_plan(resource, Desired(obj["id"], {}, present=False, force=force), obj)
        for key, obj in by_key.items()
        if key[position] in scopes and key not in desired_keys and not resource.managed_by_provider(obj)
    ]


def _near_duplicates(resource: Resource, plans: list[Plan], by_key: dict[Any, ApiObject]) -> tuple[str, ...]:
    """Return a warning for each object to be created whose key differs from another one only in formatting."""
    created = [resource.key_of(plan.desired.values) for plan in plans if isinstance(plan, Create)]
    if not created or resource.loose_key is None:
        return ()
    first_spelling: dict[Any, Any] = {}
    for key in by_key:
        first_spelling.setdefault(resource.loose_key(key), key)
    warnings = []
    for key in created:
        other = first_spelling.setdefault(resource.loose_key(key), key)
        if other != key:
            also = "exists" if other in by_key else "is listed as well"
            warnings.append(
                f"{resource.describe(key)} is created although {resource.describe(other)} {also};"
                " they differ only in formatting."
            )
    return tuple(warnings)
