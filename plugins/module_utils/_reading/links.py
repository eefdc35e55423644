# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read the agents that call from a number: no field of the number shows them."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus

from .._resources.desired import Desired
from .._resources.schema import ApiObject, Resource
from .._resources.sip_phone_number import OUTGOING, outgoing_agents
from .._transport.client import Client
from .._transport.errors import INVALID_RESPONSE, ApiError
from .._transport.workers import map_in_threads
from .expectations import dependents_of


def read_dependents(client: Client, resource: Resource, object_id: str) -> ApiObject:
    """Return what the API says about who is affected by deleting an object.

    Raises:
        ApiError: it could not be read, or does not say it, which must not be taken for nobody; `means_not_found` if
            the object does not exist any more.
    """
    expect = dependents_of(resource, object_id)
    response: ApiObject = client.get(resource.dependents_path(object_id), expect=expect)
    return response


def needs_links(resource: Resource, desired: Desired) -> bool:
    """Whether a task is about something that the API's object does not have."""
    return desired.present and any(resource.by_option[option].derived for option in desired.values)


def with_links(client: Client, resource: Resource, obj: ApiObject) -> ApiObject:
    """Return an object with the agents that call from it.

    Raises:
        ApiError: they could not be read.
    """
    return {**obj, OUTGOING: outgoing_agents(read_dependents(client, resource, obj["id"]))}


def all_with_links(
    client: Client, resource: Resource, objects: Sequence[ApiObject], parallelism: int
) -> list[ApiObject | ApiError]:
    """Return objects with the agents that call from them, in their order, or why they could not be read.

    Raises:
        ApiError: they could not be read, and others could not be read either.
    """

    def read(obj: ApiObject) -> ApiObject | ApiError:
        try:
            return with_links(client, resource, obj)
        except ApiError as error:
            # A response that says nothing may be about this object alone, and so may a 403.
            if error.concerns_api and error.fault != INVALID_RESPONSE and error.status != HTTPStatus.FORBIDDEN:
                raise
            return error

    return map_in_threads(read, objects, parallelism)
