# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writes that the API refuses: foreseen in check mode, explained in a real run."""

from __future__ import annotations

from http import HTTPStatus

from .._planning.plan import DELETE, Plan
from .._resources.schema import ApiObject, Resource
from .._transport.client import Client
from .._transport.errors import ApiError

SHOWN = 10


def read_dependents(client: Client, resource: Resource, object_id: str) -> ApiObject:
    """Return what the API says of who is affected by deleting an object.

    Raises:
        ApiError: it could not be read; status 404 where the object is gone.
    """
    answer: ApiObject = client.get(resource.dependents_path(object_id))
    return answer


def check_refusal(client: Client, resource: Resource, plan: Plan) -> tuple[str, ...]:
    """Raise the error that an update or a deletion would meet, as far as that can be known by reading.

    Returns:
        A warning where it could not be found out.
    """
    current = plan.current
    if current is None:
        return ()
    if resource.is_provider_managed(current, deleting=plan.action == DELETE):
        raise _foreseen(resource, plan, "Managed by a provider", "it changes and goes only with its VoIP provider")
    if plan.action != DELETE or plan.desired.force:
        return ()
    try:
        users = resource.describe_dependents(read_dependents(client, resource, current["id"]))
    except ApiError as error:
        if error.status == HTTPStatus.NOT_FOUND:
            return ()
        return (f"Whether the {resource.label} is in use could not be read, so its deletion may be refused.",)
    if users:
        refusal = _foreseen(resource, plan, "In use")
        refusal.in_use_by, refusal.force_hint = users, resource.force_hint
        raise refusal
    return ()


def _foreseen(resource: Resource, plan: Plan, title: str, detail: str | None = None) -> ApiError:
    method = "DELETE" if plan.action == DELETE else "PUT"
    path = resource.object_path((plan.current or {})["id"])
    refusal = ApiError(method, path, title=title, detail=detail, outcome="not_sent")
    refusal.attempts = 0
    return refusal


def explain_refused_deletion(client: Client, resource: Resource, plan: Plan, error: ApiError) -> None:
    """Add to a 409 what stands in the way. With `force`, it is something else than what uses the object."""
    if error.status != HTTPStatus.CONFLICT or plan.desired.force:
        return
    try:
        error.in_use_by = resource.describe_dependents(read_dependents(client, resource, (plan.current or {})["id"]))
    except ApiError:
        # The deletion's own error says enough.
        return
    if error.in_use_by:
        error.force_hint = resource.force_hint


def cascade_warnings(client: Client, resource: Resource, plan: Plan) -> tuple[str, ...]:
    """Return a warning that names what a deletion by `force` deletes as well."""
    if not (resource.force_cascades and plan.desired.force):
        return ()
    try:
        users = resource.describe_dependents(read_dependents(client, resource, (plan.current or {})["id"]))
    except ApiError:
        return ()
    if not users:
        return ()
    others = f" and {len(users) - SHOWN} others" if len(users) > SHOWN else ""
    return (f"With the {resource.label} goes what is on it: {', '.join(users[:SHOWN])}{others}.",)
