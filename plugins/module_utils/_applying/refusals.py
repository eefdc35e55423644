# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writes that the API refuses, and what they affect: predicted before they are sent, explained afterwards."""

from __future__ import annotations

from http import HTTPStatus

from .._planning.plan import MANAGED, Create, Delete, Update, Write, describe_managed, request_of
from .._reading.find import find_all
from .._reading.links import read_dependents
from .._resources.schema import ApiObject, LinkRequest
from .._transport.client import Client
from .._transport.errors import ApiError, not_sent
from .failure import PlanFailure


def check_managed_by_provider(plan: Write) -> None:
    """Raise the error for a write to an object that only its VoIP provider may change or delete.

    Nothing is sent: what the API would do with such a request is not documented.

    Raises:
        PlanFailure: the write is not for this collection to make.
    """
    if isinstance(plan, Create) or not plan.resource.managed_by_provider(plan.current):
        return
    if isinstance(plan, Update) and plan.body is None:
        return
    refusal = not_sent(*request_of(plan), MANAGED, describe_managed(plan.current))
    raise PlanFailure(refusal, plan, hints=(plan.resource.provider_hint,))


def check_in_use(client: Client, plan: Delete, released: frozenset[str]) -> tuple[str, ...]:
    """Raise the error that a deletion would meet because something uses the object.

    Args:
        released: ids of dependents that the same run takes away from it before.

    Returns:
        A warning if that could not be read.

    Raises:
        PlanFailure: the deletion would be refused.
    """
    resource = plan.resource
    if plan.desired.force or resource.describe_dependents is None:
        return ()
    try:
        dependents = resource.describe_dependents(read_dependents(client, resource, plan.current["id"]), released)
    except ApiError as error:
        if error.means_not_found:
            return ()
        return (f"Whether the {resource.label} is in use could not be read, so its deletion may be refused.",)
    if dependents:
        refusal = not_sent(*request_of(plan), "In use")
        raise PlanFailure(refusal, plan, in_use_by=dependents, hints=(plan.desired.force_hint,))
    return ()


def explain_refused_deletion(client: Client, plan: Delete, error: ApiError) -> PlanFailure:
    """Return the failure of a deletion, after a 409 with what uses the object.

    With `force`, something else must be the reason.
    """
    resource = plan.resource
    if error.status != HTTPStatus.CONFLICT or plan.desired.force or resource.describe_dependents is None:
        return PlanFailure(error, plan)
    try:
        dependents = resource.describe_dependents(read_dependents(client, resource, plan.current["id"]), frozenset())
    except ApiError:
        # The deletion's own error says enough.
        return PlanFailure(error, plan)
    return PlanFailure(error, plan, in_use_by=dependents, hints=(plan.desired.force_hint,) if dependents else ())


def explain_refused_link(
    client: Client, plan: Create | Update, option: str, link: LinkRequest, error: ApiError
) -> tuple[str, ...]:
    """Return what to do about a link that was refused, as sentences."""
    if error.status == HTTPStatus.NOT_FOUND and link.target:
        return (f"Check {option}: {link.target!r:.60} may not exist any more",)
    exclusive = plan.resource.by_option[option].exclusive
    if error.status != HTTPStatus.CONFLICT or not exclusive:
        return ()
    rule = f"The API allows this link for one {plan.resource.label} only of all that have the same {exclusive}"
    try:
        holder = _holder(client, plan, option, exclusive)
    except ApiError:
        # The refusal's own error says enough.
        return ()
    if holder is None:
        return (f"{rule}, and none in this organization has it. Another organization may have it",)
    described = plan.resource.describe(plan.resource.key_of_object(holder))
    return (f"{rule}: {described} ({holder['id']}) has it. {plan.resource.exclusive_hint}",)


def _holder(client: Client, plan: Create | Update, option: str, exclusive: str) -> ApiObject | None:
    """Return the other object of the organization that has a link which only one can have, None if there is none.

    Raises:
        ApiError: it could not be read.
    """
    resource = plan.resource
    shared, link = resource.by_option[exclusive], resource.by_option[option]
    value = plan.desired.values.get(exclusive) or (plan.current or {}).get(shared.api)
    found = find_all(client, resource, {exclusive: value})
    own = (plan.current or {}).get("id")
    return next((obj for obj in found if obj.get(link.api) and obj["id"] != own), None)


def impact_warnings(client: Client, plan: Write) -> tuple[str, ...]:
    """Return warnings that name what a write affects as well."""
    resource = plan.resource
    if resource.describe_impact is None or isinstance(plan, Create):
        return ()
    deletes = isinstance(plan, Delete)
    if deletes and not plan.desired.force:
        return ()
    if not deletes and not any(plan.before.get(option) != plan.after.get(option) for option in resource.key):
        return ()
    try:
        response = read_dependents(client, resource, plan.current["id"])
    except ApiError:
        return ()
    return resource.describe_impact(response, deletes)
