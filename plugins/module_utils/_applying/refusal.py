# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Deletions refused because something uses the object: predicted in check mode, explained in a real run."""

from __future__ import annotations

from http import HTTPStatus

from .._resources.description import ApiObject, Resource
from .._transport.client import Client
from .._transport.errors import ApiError


def read_affected(client: Client, resource: Resource, object_id: str) -> ApiObject:
    """Return what the API says of who is affected by deleting an object.

    Raises:
        ApiError: it could not be read; status 404 where the object is gone.
    """
    answer: ApiObject = client.get(resource.agents_path(object_id))
    return answer


def predict_refused_deletion(client: Client, resource: Resource, current: ApiObject) -> tuple[str, ...]:
    """Raise the error that deleting `current` would meet, as far as that can be known by reading.

    Returns:
        A remark where it could not be found out.
    """
    try:
        users = resource.users(read_affected(client, resource, current["id"]))
    except ApiError as error:
        if error.status == HTTPStatus.NOT_FOUND:
            return ()
        return (f"Whether the {resource.noun} is in use could not be read, so its deletion may be refused.",)
    if users:
        refusal = ApiError("DELETE", resource.object_path(current["id"]), title="In use", outcome="not_sent")
        refusal.attempts = 0
        refusal.users, refusal.force_advice = users, resource.force_advice
        raise refusal
    return ()


def explain_refused_deletion(client: Client, resource: Resource, current: ApiObject, error: ApiError) -> None:
    """Add to a 409 what stands in the way."""
    if error.status != HTTPStatus.CONFLICT:
        return
    try:
        error.users = resource.users(read_affected(client, resource, current["id"]))
    except ApiError:
        # The deletion's own error says enough.
        error.users = []
    error.force_advice = resource.force_advice
