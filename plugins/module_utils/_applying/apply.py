# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Apply a plan safely: no object twice, no write repeated that may have been applied, no change of others undone."""

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
    describe_plan,
    describe_unchanged,
    make_plan,
)
from .._reading.expectations import object_with_id, object_with_key
from .._reading.find import find_by_id, find_created
from .._reading.links import needs_links, with_links
from .._resources.desired import Desired
from .._resources.schema import BODY, CREATE_ONLY, ApiObject, LinkRequest
from .._transport.client import ApiResponse, Client
from .._transport.errors import ApiError
from .failure import PlanFailure, Written
from .freshness import Basis, BeforeRetry, ReplannedError, refresh, refuse_unapproved
from .refusals import (
    check_in_use,
    check_managed_by_provider,
    explain_refused_deletion,
    explain_refused_link,
    impact_warnings,
)

REPAIR_LINK = "Set it again, and do not manage this link with this deployment"
LookUp = Callable[[ApiError], "ApiObject | None"]


def preview(client: Client, plan: Plan, released: frozenset[str] = frozenset()) -> Outcome:
    """Return what `apply` would, without a write.

    Args:
        released: ids of dependents that the same run takes away from the objects that it deletes.

    Raises:
        PlanFailure: the API is known to refuse the plan.
    """
    if isinstance(plan, Noop):
        return describe_unchanged(plan)
    check_managed_by_provider(plan)
    client.check_before_write()
    warnings = impact_warnings(client, plan)
    if isinstance(plan, Delete):
        warnings = check_in_use(client, plan, released) + warnings
    return Outcome(plan.action, plan.before, plan.after, plan.predicted, warnings=warnings)


def apply(client: Client, plan: Plan, basis: Basis, look_up: LookUp | None = None) -> Outcome:
    """Do what the plan says.

    Args:
        basis: what the plan rests on.
        look_up: replaces the listing that explains a creation which may have been applied, for a resource without one.
            It returns the object, or raises the error that it is given.

    Raises:
        PlanFailure: a request failed, or the plan may not be applied.
    """
    written = Written()
    try:
        plan = refresh(client, plan, basis)
        if isinstance(plan, Noop):
            return describe_unchanged(plan)
        check_managed_by_provider(plan)
        if isinstance(plan, Create):
            return _create(client, plan, basis, written, look_up or _look_up_in_listing(client, plan))
        if isinstance(plan, Update):
            return _update(client, plan, basis, written)
        return _delete(client, plan, basis)
    except ReplannedError as replanned:
        return apply(client, replanned.plan, basis.after_replan(client.now()), look_up)
    except ApiError as error:
        if error.created is not None and isinstance(plan, Create):
            _note_body(plan, error.created, written)
        raise PlanFailure(error, None if isinstance(plan, Noop) else plan, written) from error


def _look_up_in_listing(client: Client, plan: Create) -> LookUp:
    def look_up(error: ApiError) -> ApiObject | None:
        found = find_created(client, plan.resource, plan.desired.values)
        if found is None and not plan.resource.unique_key:
            # Nothing on the server would prevent a second one.
            raise error
        return found

    return look_up


def _create(client: Client, plan: Create, basis: Basis, written: Written, look_up: LookUp) -> Outcome:
    resource = plan.resource
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
        return _adopt(client, plan, basis, response)
    _note_body(plan, response.body, written)
    obj = _change_links(client, plan, response.body, plan.links, written)
    return _outcome(plan, obj)


def _adopt(client: Client, plan: Create, basis: Basis, response: ApiResponse) -> Outcome:
    """Continue with an object that exists although no response says that this run created it.

    After a lost response it counts as created here; after a plain 409 somebody else created it.
    """
    resource, obj = plan.resource, response.body
    # What only a creation sets was in its body, or is somebody else's.
    values = {
        option: value for option, value in plan.desired.values.items() if resource.by_option[option].role != CREATE_ONLY
    }
    if needs_links(plan.desired):
        obj = with_links(client, resource, obj)
    rest = make_plan(plan.desired._replace(values=values), obj)
    if not response.maybe_applied:
        refuse_unapproved(plan, basis)
        return apply(client, rest, Basis(client.now(), basis.approved))
    try:
        outcome = apply(client, rest, Basis(client.now()))
    except PlanFailure as failure:
        written, created = Written(), resource.to_result(obj)
        bodies = [field.option for field in resource.create_fields if field.option in plan.after]
        # What the object had before the rest was written may be other than what this run has sent.
        written.note(failure.written.obj or obj, {option: created.get(option, plan.after[option]) for option in bodies})
        written.values.update(failure.written.values)
        failure.plan, failure.written = plan, written
        raise
    return outcome._replace(action=CREATE, before=plan.before, after=plan.after)


def _note_body(plan: Create | Update, obj: ApiObject, written: Written) -> None:
    """Note that the body of a plan was written."""
    by_option = plan.resource.by_option
    values = {option: value for option, value in plan.after.items() if by_option[option].role in (BODY, CREATE_ONLY)}
    written.note(obj, values)


def _update(client: Client, plan: Update, basis: Basis, written: Written) -> Outcome:
    # What the API needs for the rest comes first: a new token, for instance.
    resource = plan.resource
    first = tuple(option for option in plan.links if resource.by_option[option].role == CREATE_ONLY)
    obj = _change_links(client, plan, plan.current, first, written, basis=basis)
    put: ApiObject | None = None
    if plan.body is not None:
        path, expect = resource.object_path(obj["id"]), object_with_id(resource, obj["id"])
        judge = _before_retry(client, plan, basis, written, _values_of_body(plan))
        obj = put = client.request(
            "PUT", path, body=plan.body, expect=expect, patience=resource.patience, before_retry=judge
        ).body
        _note_body(plan, obj, written)
    rest = tuple(option for option in plan.links if option not in first)
    return _outcome(plan, _change_links(client, plan, obj, rest, written, basis=basis))._replace(put=put)


def _before_retry(
    client: Client, plan: Create | Update, basis: Basis | None, written: Written, values: dict[str, Any]
) -> BeforeRetry | None:
    """Return what judges a retry of the first write of an update; later ones rest on what was just written."""
    if basis is None or written.obj is not None or isinstance(plan, Create):
        return None
    return BeforeRetry(client, plan, basis, values)


def _values_of_body(plan: Update) -> dict[str, Any]:
    by_option, left_alone = plan.resource.by_option, plan.desired.on_create
    return {
        option: value
        for option, value in plan.desired.values.items()
        if by_option[option].role == BODY and option not in left_alone
    }


def _change_links(
    client: Client,
    plan: Create | Update,
    obj: ApiObject,
    options: tuple[str, ...],
    written: Written,
    *,
    basis: Basis | None = None,
) -> ApiObject:
    """Return the object after its links were changed.

    Args:
        options: names of the options whose links change.
        basis: what the plan rests on, None if that is what was just created.
    """
    for option in options:
        field = plan.resource.by_option[option]
        if field.link is None:
            raise TypeError(f"{option} has no link")
        for link in field.link(obj["id"], (plan.current or obj).get(field.api), plan.desired.values[option]):
            obj = _change_link(client, plan, obj, (option, link), written, basis=basis)
    return _with_derived(plan, obj)


def _change_link(
    client: Client,
    plan: Create | Update,
    obj: ApiObject,
    change: tuple[str, LinkRequest],
    written: Written,
    *,
    basis: Basis | None,
) -> ApiObject:
    option, link = change
    try:
        response = client.request(
            link.method,
            link.path,
            link.query,
            body=link.body,
            expect=object_with_id(plan.resource, obj["id"]),
            patience=plan.resource.patience,
            before_retry=_before_retry(client, plan, basis, written, {option: link.value}),
        )
    except ApiError as error:
        hints = explain_refused_link(client, plan, option, link, error)
        raise PlanFailure(error, plan, written, verb=link.verb, hints=hints) from error
    written.note(response.body or obj, {option: link.value})
    # A retried unlinking may end without an object in the response.
    linked: ApiObject = response.body or find_by_id(client, plan.resource, obj["id"]) or obj
    problem = _lost_link(obj, linked, link)
    if problem:
        del written.values[option]
        result = plan.resource.to_result(linked)
        moved = [field.option for field in plan.resource.settable if field.api in link.keeps]
        written.note(linked, {name: result[name] for name in moved})
        lost = ApiError(link.method, link.path, title="Another link was changed", detail=problem)
        raise PlanFailure(lost, plan, written, verb=link.verb, hints=(REPAIR_LINK,))
    return linked


def _lost_link(obj: ApiObject, linked: ApiObject, link: LinkRequest) -> str:
    """Return how a request changed what it must not change as a clause; empty if it did not.

    Whatever else has changed is the work of somebody else.
    """
    for name in link.keeps:
        if linked.get(name) != obj.get(name) and linked.get(name) == link.target:
            mode = dict(link.query).get("mode")
            return (
                f"this deployment of the API ignores mode={mode}: {name} changed from {obj.get(name)!r} to"
                f" {linked.get(name)!r}"
            )
    return ""


def _with_derived(plan: Create | Update, obj: ApiObject) -> ApiObject:
    """Return an object with the values that the API's own object does not have, as the plan leaves them."""
    derived = [field for field in plan.resource.settable if field.derived and field.option in plan.desired.values]
    return {**obj, **{field.api: plan.desired.values[field.option] for field in derived}}


def _delete(client: Client, plan: Delete, basis: Basis) -> Outcome:
    resource = plan.resource
    query = [("force", "true")] if plan.desired.force else []
    warnings = impact_warnings(client, plan)
    path, judge = resource.delete_path(plan.current), BeforeRetry(client, plan, basis, {})
    try:
        client.request("DELETE", path, query, patience=resource.patience, before_retry=judge)
    except ApiError as error:
        if not error.means_not_found:
            raise explain_refused_deletion(client, plan, error) from error
        if not error.first_response:
            # The earlier ones were refused.
            return Outcome(NOOP, {}, {}, None)
        warnings += (
            f"Deleting {describe_plan(plan)} ({plan.current['id']}) found nothing (404), although it existed when it"
            " was read. It counts as deleted; somebody else, or a proxy that sent the request twice, may have been"
            " faster.",
        )
    return Outcome(DELETE, plan.before, plan.after, None, warnings=warnings)


def _outcome(plan: Create | Update, obj: ApiObject) -> Outcome:
    result = plan.resource.to_result(obj)
    warnings = normalization_warnings(plan.desired, result)
    # The key as it is stored: whoever undoes a creation must find the object.
    key = {option: result[option] for option in plan.resource.key if option in plan.after}
    stored = {
        option: value
        for option, value in key.items()
        if not plan.resource.by_option[option].equal(value, plan.after[option])
    }
    return Outcome(plan.action, plan.before, {**plan.after, **stored}, result, obj, warnings)


def normalization_warnings(desired: Desired, result: dict[str, object]) -> tuple[str, ...]:
    """Return a warning for each value that the server stored differently."""
    return tuple(
        f"The API stored {option} as {result[option]!r} instead of {value!r}."
        for option, value in desired.values.items()
        if option in result and not desired.resource.by_option[option].equal(result[option], value)
    )
