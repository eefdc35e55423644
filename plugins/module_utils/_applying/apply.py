# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Apply a plan safely: no object twice, no write repeated that may have been applied."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .._planning.plan import (
    CREATE,
    DELETE,
    NOOP,
    Create,
    Delete,
    Noop,
    Outcome,
    Plan,
    Update,
    describe_unchanged,
    make_plan,
)
from .._reading.expectations import object_with_id, object_with_key
from .._reading.find import find_by_id, find_created
from .._reading.links import needs_links, with_links
from .._resources.desired import Desired
from .._resources.schema import CREATE_ONLY, ApiObject, Link, Resource
from .._transport.client import ApiResponse, Client
from .._transport.errors import ApiError
from .preflight import cascade_warnings, check_in_use, check_managed_by_provider, explain_refused_deletion

LookUp = Callable[[ApiError], "ApiObject | None"]


def preview(client: Client, resource: Resource, plan: Plan) -> Outcome:
    """Return what `apply` would, without a write.

    Raises:
        ApiError: the API is known to refuse the plan.
    """
    if isinstance(plan, Noop):
        return describe_unchanged(resource, plan)
    check_managed_by_provider(resource, plan)
    client.check_before_write()
    warnings: tuple[str, ...] = ()
    if isinstance(plan, Delete):
        warnings = check_in_use(client, resource, plan) + cascade_warnings(client, resource, plan)
    return Outcome(plan.action, plan.before, plan.after, plan.predicted, warnings=warnings)


def apply(client: Client, resource: Resource, plan: Plan, look_up: LookUp | None = None) -> Outcome:
    """Do what the plan says.

    Args:
        look_up: replaces the listing that explains a creation which may have been applied, for a resource without one.
            It returns the object, or raises the error that it is given.

    Raises:
        ApiError: a request failed; its `partial_result` is the object as the earlier writes of this plan left it.
    """
    if isinstance(plan, Noop):
        return describe_unchanged(resource, plan)
    check_managed_by_provider(resource, plan)
    if isinstance(plan, Create):
        return _create(client, resource, plan, look_up or _look_up_in_listing(client, resource, plan))
    if isinstance(plan, Update):
        return _update(client, resource, plan)
    return _delete(client, resource, plan)


def _look_up_in_listing(client: Client, resource: Resource, plan: Create) -> LookUp:
    def look_up(error: ApiError) -> ApiObject | None:
        found = find_created(client, resource, plan.desired.values)
        if found is None and not resource.unique_key:
            # Nothing on the server would prevent a second one.
            raise error
        return found

    return look_up


def _create(client: Client, resource: Resource, plan: Create, look_up: LookUp) -> Outcome:
    expect = object_with_key(resource, resource.key_of(plan.desired.values))
    response = client.request(
        "POST",
        resource.path,
        body=plan.body,
        expect=expect,
        reconcile=look_up,
        patience=resource.patience,
        repeatable=resource.unique_key,
    )
    if response.recovered:
        return _adopt(client, resource, plan, response)
    obj = _change_links(client, resource, plan, response.body, plan.links)
    return _outcome(resource, plan, obj)


def _adopt(client: Client, resource: Resource, plan: Create, response: ApiResponse) -> Outcome:
    """Continue with an object that exists although no response says that this run created it.

    After a lost response it counts as created here; after a plain 409 somebody else created it.
    """
    obj: ApiObject = response.body
    # What only a creation sets was in its body, or is somebody else's.
    values = {
        option: value for option, value in plan.desired.values.items() if resource.by_option[option].role != CREATE_ONLY
    }
    rest: Plan | None = None
    try:
        if needs_links(resource, plan.desired):
            obj = with_links(client, resource, obj)
        rest = make_plan(resource, plan.desired._replace(values=values), obj)
        outcome = apply(client, resource, rest)
    except ApiError as error:
        if response.maybe_applied:
            error.partial_result = error.partial_result or obj
        else:
            error.failed_plan = rest
        raise
    if not response.maybe_applied:
        return outcome
    return outcome._replace(action=CREATE, before=plan.before, after=plan.after)


def _update(client: Client, resource: Resource, plan: Update) -> Outcome:
    # What the API needs for the rest comes first: a new token, for instance.
    first = tuple(option for option in plan.links if resource.by_option[option].role == CREATE_ONLY)
    obj = _change_links(client, resource, plan, plan.current, first, written=False)
    if plan.body is not None:
        path, expect = resource.object_path(obj["id"]), object_with_id(resource, obj["id"])
        try:
            obj = client.request("PUT", path, body=plan.body, expect=expect, patience=resource.patience).body
        except ApiError as error:
            error.partial_result = obj if first else None
            raise
    rest = tuple(option for option in plan.links if option not in first)
    obj = _change_links(client, resource, plan, obj, rest, written=bool(first) or plan.body is not None)
    return _outcome(resource, plan, obj)


def _change_links(
    client: Client,
    resource: Resource,
    plan: Create | Update,
    obj: ApiObject,
    options: tuple[str, ...],
    *,
    written: bool = True,
) -> ApiObject:
    """Return the object after its links were changed.

    Args:
        options: names of the options whose links change.
        written: whether this plan has written something before, for the error.
    """
    for option in options:
        field = resource.by_option[option]
        if field.link is None:
            raise TypeError(f"{option} has no link")
        desired = plan.desired.values[option]
        for link in field.link(obj["id"], (plan.current or obj).get(field.api), desired):
            try:
                response = client.request(
                    link.method,
                    link.path,
                    link.query,
                    body=link.body,
                    expect=object_with_id(resource, obj["id"]),
                    patience=resource.patience,
                )
                written = True
                obj = _linked(client, resource, obj, link, response)
            except ApiError as error:
                error.partial_result = error.partial_result or (obj if written else None)
                if error.path == link.path:
                    error.verb = link.verb
                raise
    return _with_derived(resource, plan, obj)


def _with_derived(resource: Resource, plan: Create | Update, obj: ApiObject) -> ApiObject:
    """Return an object with the values that the API's own object does not have, as the plan leaves them."""
    derived = [field for field in resource.settable if field.derived and field.option in plan.desired.values]
    return {**obj, **{field.api: plan.desired.values[field.option] for field in derived}}


def _linked(client: Client, resource: Resource, obj: ApiObject, link: Link, response: ApiResponse) -> ApiObject:
    """Return the object after one of its links was changed.

    Raises:
        ApiError: the request changed what it must not change, or the object could not be read again.
    """
    # A retried unlinking may end without an object in the response.
    linked: ApiObject = response.body or find_by_id(client, resource, obj["id"]) or obj
    for name in link.keeps:
        if linked.get(name) != obj.get(name):
            mode = dict(link.query).get("mode")
            detail = (
                f"this deployment of the API ignores mode={mode}: {name} changed from {obj.get(name)!r} to"
                f" {linked.get(name)!r}. Set it again, and do not manage this link with this deployment"
            )
            error = ApiError(link.method, link.path, title="Another link was changed", detail=detail)
            error.partial_result = linked
            raise error
    return linked


def _delete(client: Client, resource: Resource, plan: Delete) -> Outcome:
    query = [("force", "true")] if plan.desired.force else []
    warnings = cascade_warnings(client, resource, plan)
    try:
        client.request("DELETE", resource.delete_path(plan.current), query, patience=resource.patience)
    except ApiError as error:
        if error.means_not_found:
            return Outcome(NOOP, {}, {}, None)
        explain_refused_deletion(client, resource, plan, error)
        raise
    return Outcome(DELETE, plan.before, plan.after, None, warnings=warnings)


def _outcome(resource: Resource, plan: Create | Update, obj: ApiObject) -> Outcome:
    result = resource.to_result(obj)
    warnings = normalization_warnings(resource, plan.desired, result)
    return Outcome(plan.action, plan.before, plan.after, result, obj, warnings)


def normalization_warnings(resource: Resource, desired: Desired, result: dict[str, Any]) -> tuple[str, ...]:
    """Return a warning for each value that the server stored differently."""
    return tuple(
        f"The API stored {option} as {result[option]!r} instead of {value!r}."
        for option, value in desired.values.items()
        if option in result and not resource.by_option[option].equal(result[option], value)
    )
