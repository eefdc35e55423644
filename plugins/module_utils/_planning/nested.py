# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plans for objects that belong to others, such as the phone numbers of a trunk, together with plans for those. Pure.

A parent that does not exist yet has a placeholder id, derived from its key, until it is created.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence

from .._common.text import name_some
from .._resources.desired import Desired
from .._resources.schema import ApiObject, Resource
from .._transport.errors import not_sent
from .fleet import FleetPlan, Match, Stage
from .plan import MANAGED, Delete, Plan, Update, Write, describe_managed, make_plan, plan_delete, request_of

PLACEHOLDERS = uuid.UUID("b1ac0b0c-0000-4000-8000-00000000a5e1")
MAX_SHOWN = 10


def placeholder_id(desired: Desired) -> str:
    """Return the id that stands for an object until it has one of its own."""
    key = desired.object_id and desired.object_id.lower() or repr(desired.resource.key_of(desired.values))
    return str(uuid.uuid5(PLACEHOLDERS, f"{desired.resource.kind} {key}"))


def with_placeholders_replaced(plan: Write, ids: Mapping[str, str]) -> Plan:
    """Return a plan in which ids of created parents have taken the place of their placeholders."""
    scope = plan.resource.scope
    parent = plan.desired.values.get(scope)
    if not isinstance(parent, str) or parent not in ids or isinstance(plan, Delete):
        return plan
    return make_plan(plan.desired._replace(values={**plan.desired.values, scope: ids[parent]}), plan.current)


def nest(parents: FleetPlan, children: FleetPlan, existing: Iterable[ApiObject], resource: Resource) -> FleetPlan:
    """Return one plan for parents and children: parents written, children written and deleted, parents deleted.

    A parent is deleted with the children that remain with it, one by one, so that everything that goes is part of the
    plan; and without `force`, so that nothing else goes. Whoever lists a parent for deletion has to allow that by
    `force`; a purge does. A parent is kept with all its children if a VoIP provider manages it or one of them: the
    others must not go first.

    Args:
        existing: all children.
        resource: of the children.
    """
    remaining = _remaining_children(parents.deletions, children, existing, resource)
    refused, deletions, cascade = [], [], []
    for plan in parents.deletions:
        left = remaining[plan.current["id"]]
        managed = _managed_by_provider(plan, left, resource)
        if managed:
            refused.append(managed)
            continue
        if left and plan.desired.location and not plan.desired.force:
            refused.append(_in_use(plan, left, resource))
            continue
        deletions.append(plan._replace(desired=plan.desired._replace(force=False)))
        cascade += [_plan_cascade(resource, child, plan.desired) for child in left]
    *written, _deletions = parents.stages
    *earlier, last = children.stages
    return FleetPlan(
        [
            Stage([plan for stage in written for plan in stage.plans]),
            *earlier,
            Stage([*last.plans, *cascade], True),
            Stage(deletions, True),
        ],
        [*parents.unchanged, *children.unchanged],
        [*parents.impossible, *refused, *children.impossible],
        parents.warnings + children.warnings,
    )


def _remaining_children(
    deletions: Sequence[Delete], children: FleetPlan, existing: Iterable[ApiObject], resource: Resource
) -> dict[str, list[ApiObject]]:
    """Return, by id of each parent that is deleted, the children that the plan leaves with it."""
    scope = resource.by_option[resource.scope]
    found: dict[str, list[ApiObject]] = {plan.current["id"]: [] for plan in deletions}
    parents = {parent.lower(): parent for parent in found}
    leaving = {
        plan.current["id"]
        for plan in children.writes
        if isinstance(plan, Delete)
        or (isinstance(plan, Update) and not scope.equal(plan.before.get(scope.option), plan.after.get(scope.option)))
    }
    for child in existing if found else ():
        parent = parents.get(child[scope.api].lower())
        if parent and child["id"] not in leaving:
            found[parent].append(child)
    return found


def _plan_cascade(resource: Resource, child: ApiObject, parent: Desired) -> Delete:
    key = {option: child[resource.by_option[option].api] for option in resource.key}
    desired = Desired(resource, child["id"], key, False, parent.force, force_option=parent.force_option)
    return plan_delete(desired, child)


def _managed_by_provider(plan: Delete, children: Sequence[ApiObject], resource: Resource) -> Match | None:
    """Return the entry for a parent that only a VoIP provider may delete, or with a child of which this is true."""
    obj, what, hint = plan.current, "it", plan.resource.provider_hint
    if not plan.resource.managed_by_provider(obj):
        managed = [child for child in children if resource.managed_by_provider(child)]
        if not managed:
            return None
        obj, what, hint = managed[0], f"its {_name(resource, managed[0])}", resource.provider_hint
    return _refused(plan, MANAGED, describe_managed(obj, what), hint)


def _in_use(plan: Delete, children: Sequence[ApiObject], resource: Resource) -> Match:
    """Return the entry for a parent that still has children."""
    names = [_name(resource, child) for child in children]
    detail = f"it is in use by {name_some(names, MAX_SHOWN, count_others=True)}"
    return _refused(plan, "In use", detail, plan.desired.force_hint)


def _name(resource: Resource, obj: ApiObject) -> str:
    return f"{resource.label} {obj[resource.create_fields[0].api]!r} ({obj['id']})"


def _refused(plan: Delete, title: str, detail: str, hint: str) -> Match:
    error = not_sent(*request_of(plan), title, detail, hint)
    return Match(plan.desired, plan.current, plan.resource.key_of_object(plan.current), error=error)
