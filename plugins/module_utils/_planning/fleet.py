# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plans for many objects at once: one plan for each, and what is to go because nobody asked for it. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any, NamedTuple

from .._resources.desired import Desired
from .._resources.schema import ApiObject, Resource
from .plan import CREATE, DELETE, NOOP, Plan, make_plan

SEPARATORS = str.maketrans("", "", " .-()[]{}")


class FleetPlan(NamedTuple):
    """What to do about a fleet.

    Attributes:
        writes: plans that create or update.
        deletions: plans that delete.
        unchanged: plans with nothing to do; `make_plan` knows their `before`, `after` and `predicted`.
        warnings: sentences for the user's attention.
    """

    writes: list[Plan]
    deletions: list[Plan]
    unchanged: list[Plan]
    warnings: tuple[str, ...] = ()


def plan_fleet(
    resource: Resource,
    desired_states: list[Desired],
    existing: Iterable[ApiObject],
    *,
    purged_trunks: Collection[str] = (),
    force: bool = False,
) -> FleetPlan:
    """Return the plans that take the existing numbers to the desired ones.

    Args:
        existing: all numbers of the organization, as the API lists them.
        purged_trunks: ids of the trunks on which numbers that nobody wants are deleted; a number that a provider
            manages stays.
        force: delete them although agents use them.
    """
    by_key = {resource.key_of_object(obj): obj for obj in existing}
    plans = [_plan_one(resource, desired, by_key.get(resource.key_of(desired.values))) for desired in desired_states]
    if purged_trunks:
        keys = {resource.key_of(desired.values) for desired in desired_states}
        plans += _plan_purge(resource, by_key, keys, {trunk.lower() for trunk in purged_trunks}, force)
    deletions = [plan for plan in plans if plan.action == DELETE]
    writes = [plan for plan in plans if plan.changed and plan.action != DELETE]
    unchanged = [plan for plan in plans if not plan.changed]
    return FleetPlan(writes, deletions, unchanged, _near_duplicates(resource, writes, by_key))


def _plan_one(resource: Resource, desired: Desired, current: ApiObject | None) -> Plan:
    # Most of a fleet has nothing to do, and to describe what nobody is shown would take a quarter of the memory.
    if desired.present and current is not None and not resource.differences(current, desired.values):
        return Plan(NOOP, desired, current)
    return make_plan(resource, desired, current)


def _plan_purge(
    resource: Resource, by_key: dict[Any, ApiObject], desired_states: set[Any], trunks: set[str], force: bool
) -> list[Plan]:
    return [
        make_plan(resource, Desired(obj["id"], {}, present=False, force=force), obj)
        for key, obj in by_key.items()
        if key[1] in trunks and key not in desired_states and not obj.get("providerId")
    ]


def _near_duplicates(resource: Resource, writes: list[Plan], by_key: dict[Any, ApiObject]) -> tuple[str, ...]:
    """Return a warning for each number to be created that exists in another spelling on the same trunk."""
    created = [plan for plan in writes if plan.action == CREATE]
    if not created:
        return ()
    spellings: dict[tuple[str, str], str] = {}
    for number, trunk in by_key:
        spellings.setdefault((_strip_formatting(number), trunk), number)
    warnings = []
    for plan in created:
        number, trunk = resource.key_of(plan.desired.values)
        other = spellings.get((_strip_formatting(number), trunk))
        if other is not None:
            warnings.append(
                f"{number!r} is created although {other!r} exists on the same trunk {trunk};"
                " they differ only in their spelling."
            )
    return tuple(warnings)


def _strip_formatting(number: str) -> str:
    """Return a number without a leading plus sign, and without what people put between digits."""
    bare = number.translate(SEPARATORS)
    return bare[1:] if bare.startswith("+") else bare
