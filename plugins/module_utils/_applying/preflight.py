# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writes that the API refuses: predicted before they are sent, explained afterwards."""

from __future__ import annotations

from http import HTTPStatus

from .._planning.plan import Create, Delete, Update, Write
from .._reading.links import read_dependents
from .._resources.schema import Resource
from .._transport.client import Client
from .._transport.errors import ApiError
from .._transport.text import name_some

MAX_SHOWN = 10


def check_managed_by_provider(resource: Resource, plan: Write) -> None:
    """Raise the error for a write to an object that only its VoIP provider may change or delete.

    Nothing is sent: what the API would do with such a request is not documented.

    Raises:
        ApiError: the write is not for this collection to make.
    """
    if isinstance(plan, Create) or not resource.managed_by_provider(plan.current):
        return
    if isinstance(plan, Update) and plan.body is None:
        return
    provider = plan.current.get("providerId")
    detail = "it is managed by a VoIP provider" + (f" ({provider})" if provider else "")
    detail = f"{detail} and can only be changed or deleted through that provider"
    refusal = _predicted(resource, plan, "Managed by a provider", detail)
    refusal.hint = resource.provider_hint
    raise refusal


def check_in_use(client: Client, resource: Resource, plan: Delete) -> tuple[str, ...]:
    """Raise the error that a deletion would meet because something uses the object.

    Returns:
        A warning if that could not be read.

    Raises:
        ApiError: the deletion would be refused.
    """
    if plan.desired.force or resource.describe_dependents is None:
        return ()
    try:
        dependents = resource.describe_dependents(read_dependents(client, resource, plan.current["id"]))
    except ApiError as error:
        if error.means_not_found:
            return ()
        return (f"Whether the {resource.label} is in use could not be read, so its deletion may be refused.",)
    if dependents:
        refusal = _predicted(resource, plan, "In use", None)
        refusal.in_use_by, refusal.force_hint = dependents, resource.force_hint
        raise refusal
    return ()


def _predicted(resource: Resource, plan: Update | Delete, title: str, detail: str | None) -> ApiError:
    deletes = isinstance(plan, Delete)
    path = resource.delete_path(plan.current) if deletes else resource.object_path(plan.current["id"])
    refusal = ApiError("DELETE" if deletes else "PUT", path, title=title, detail=detail, outcome="not_sent")
    refusal.attempts = 0
    return refusal


def explain_refused_deletion(client: Client, resource: Resource, plan: Delete, error: ApiError) -> None:
    """Add to a 409 what uses the object. With `force`, something else must be the reason."""
    if error.status != HTTPStatus.CONFLICT or plan.desired.force or resource.describe_dependents is None:
        return
    try:
        error.in_use_by = resource.describe_dependents(read_dependents(client, resource, plan.current["id"]))
    except ApiError:
        # The deletion's own error says enough.
        return
    if error.in_use_by:
        error.force_hint = resource.force_hint


def cascade_warnings(client: Client, resource: Resource, plan: Delete) -> tuple[str, ...]:
    """Return a warning that names what a deletion by `force` deletes as well."""
    if not (resource.force_cascades and plan.desired.force) or resource.describe_dependents is None:
        return ()
    try:
        dependents = resource.describe_dependents(read_dependents(client, resource, plan.current["id"]))
    except ApiError:
        return ()
    if not dependents:
        return ()
    return (f"Deleting this {resource.label} also deletes {name_some(dependents, MAX_SHOWN, count_others=True)}.",)
