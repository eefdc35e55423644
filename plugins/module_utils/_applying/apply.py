# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Carries out a plan, safely: no object twice, no write repeated that may have been carried out."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from .._planning.plan import CREATE, DELETE, UPDATE, Outcome, Plan, make_plan
from .._reading.find import find_by_id, find_created
from .._resources.desired import Desired
from .._resources.schema import ApiObject, Resource
from .._transport.client import ApiResponse, Client
from .._transport.errors import ApiError
from .preflight import cascade_warnings, check_refusal, explain_refused_deletion


def preview(client: Client, resource: Resource, plan: Plan) -> Outcome:
    """Return what `apply` would, without a write.

    Raises:
        ApiError: the API is known to refuse the plan.
    """
    warnings = check_refusal(client, resource, plan)
    if plan.action == DELETE:
        warnings += cascade_warnings(client, resource, plan)
    return Outcome(plan.changed, plan.before, plan.after, plan.predicted, warnings=warnings)


def apply(client: Client, resource: Resource, plan: Plan) -> Outcome:
    """Do what the plan says.

    Raises:
        ApiError: a request failed; its `done` is the object as the earlier writes of this plan left it.
    """
    if plan.action == CREATE:
        return _create(client, resource, plan)
    if plan.action == UPDATE:
        return _update(client, resource, plan)
    if plan.action == DELETE:
        return _delete(client, resource, plan)
    return plan.unchanged()


def _create(client: Client, resource: Resource, plan: Plan) -> Outcome:
    def look_up(error: ApiError) -> ApiObject | None:
        found = find_created(client, resource, plan.desired.values)
        if found is None and not resource.unique_key:
            # Nothing on the server would keep a second one from being made.
            raise error
        return found

    answer = client.request("POST", resource.path, body=plan.body, expect_field="id", reconcile=look_up)
    if answer.recovered:
        return _adopt(client, resource, plan, answer)
    obj = _relink(client, resource, plan, answer.body) if plan.link_changes else answer.body
    return _outcome(resource, plan, obj)


def _adopt(client: Client, resource: Resource, plan: Plan, answer: ApiResponse) -> Outcome:
    """Go on from an object that is there although this run got no answer that says it made it.

    After a lost answer it counts as made here; after a plain 409 somebody else made it.
    """
    obj: ApiObject = answer.body
    try:
        outcome = apply(client, resource, make_plan(resource, plan.desired, obj))
    except ApiError as error:
        error.partial_result = error.partial_result or (obj if answer.maybe_applied else None)
        raise
    if not answer.maybe_applied:
        return outcome
    return outcome._replace(changed=True, before=plan.before, after=plan.after)


def _update(client: Client, resource: Resource, plan: Plan) -> Outcome:
    current = plan.current or {}
    obj = current
    if plan.body is not None:
        obj = client.request("PUT", resource.object_path(current["id"]), body=plan.body, expect_field="id").body
    if plan.link_changes:
        obj = _relink(client, resource, plan, obj, written=plan.body is not None)
    return _outcome(resource, plan, obj)


def _relink(client: Client, resource: Resource, plan: Plan, obj: ApiObject, written: bool = True) -> ApiObject:
    method, path, query = resource.link_call(obj["id"], plan.desired.values)
    try:
        linked: ApiObject | None = client.request(method, path, query, expect_field="id").body
        # A repeated unlinking may end without an object in the answer.
        return linked or find_by_id(client, resource, obj["id"]) or obj
    except ApiError as error:
        error.partial_result = obj if written else None
        raise


def _delete(client: Client, resource: Resource, plan: Plan) -> Outcome:
    current = plan.current or {}
    query = [("force", "true")] if plan.desired.force else []
    losses = cascade_warnings(client, resource, plan)
    try:
        client.request("DELETE", resource.object_path(current["id"]), query)
    except ApiError as error:
        if error.status == HTTPStatus.NOT_FOUND:
            return Outcome(False, {}, {}, None)
        explain_refused_deletion(client, resource, plan, error)
        raise
    return Outcome(True, plan.before, plan.after, None, warnings=losses)


def _outcome(resource: Resource, plan: Plan, obj: ApiObject) -> Outcome:
    view = resource.to_result(obj)
    return Outcome(True, plan.before, plan.after, view, obj, normalization_warnings(resource, plan.desired, view))


def normalization_warnings(resource: Resource, desired: Desired, view: dict[str, Any]) -> tuple[str, ...]:
    return tuple(
        f"The API stored {view[option]!r} as {option}, not {value!r} as asked."
        for option, value in desired.values.items()
        if option in view and not resource.by_option[option].equal(view[option], value)
    )
