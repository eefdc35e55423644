# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A short digest of what a run will write, by which somebody approves exactly that."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from .._resources.schema import ApiObject, Resource
from .fleet import FleetPlan
from .plan import Delete, Write

# Of 128 bits: somebody who can choose both plans must not find another one with the id of the approved one.
DIGITS = 32


def plan_id(resource: Resource, plan: FleetPlan) -> str:
    """Return the id of a plan: equal for equal writes from an equal state, whatever the order of the list.

    It covers the requests (whole bodies, links, `force`) and the state that they start from, as far as it is not the
    server's own business such as a registration status. Entries that need no write do not count.
    """
    lines = sorted(json.dumps(_facts(resource, write), sort_keys=True) for write in plan.all_writes)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:DIGITS]


def _facts(resource: Resource, write: Write) -> dict[str, Any]:
    facts: dict[str, Any] = {"action": write.action}
    for side, values in (("before", write.before), ("after", write.after)):
        facts[side] = {option: resource.by_option[option].normalize(value) for option, value in values.items()}
    if write.current is not None:
        facts["id"] = write.current["id"].lower()
        fields = [field for field in resource.fields if not field.server_computed]
        facts["current"] = {field.api: field.normalize(write.current.get(field.api)) for field in fields}
    if isinstance(write, Delete):
        return {**facts, "force": write.desired.force}
    links = {option: resource.by_option[option].normalize(write.desired.values[option]) for option in write.links}
    return {**facts, "body": _normalized_body(resource, write.body), "links": links}


def _normalized_body(resource: Resource, body: ApiObject | None) -> ApiObject | None:
    if body is None:
        return None
    known = {field.api: field.normalize(body[field.api]) for field in resource.body_fields if field.api in body}
    return {**body, **known}
