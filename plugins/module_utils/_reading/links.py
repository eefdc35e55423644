# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read the links that no field of an object shows: the response about its dependents does."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus

from .._common.workers import map_in_threads
from .._resources.desired import Desired
from .._resources.schema import ApiObject, Resource
from .._transport.client import Client
from .._transport.errors import INVALID_RESPONSE, ApiError
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


def read_all_dependents(
    client: Client, resource: Resource, object_ids: Sequence[str], parallelism: int
) -> list[ApiObject | None]:
    """Return for each object what `read_dependents` returns, None if the object does not exist any more.

    Raises:
        ApiError: it could not be read for one of them.
    """

    def read(object_id: str) -> ApiObject | None:
        try:
            return read_dependents(client, resource, object_id)
        except ApiError as error:
            if error.means_not_found:
                return None
            raise

    return map_in_threads(read, object_ids, parallelism)


def needs_links(desired: Desired) -> bool:
    """Whether a task is about something that the API's object does not have."""
    return desired.present and any(desired.resource.by_option[option].derived for option in desired.values)


def has_links(resource: Resource, obj: ApiObject) -> bool:
    """Whether an object was read with the links that no field of it shows."""
    return any(field.api in obj for field in resource.derived_fields)


def with_links(client: Client, resource: Resource, obj: ApiObject) -> ApiObject:
    """Return an object with the links that no field of it shows.

    Raises:
        ApiError: they could not be read.
    """
    return {**obj, **resource.derive(read_dependents(client, resource, obj["id"]))}


def all_with_links(
    client: Client, resource: Resource, objects: Sequence[ApiObject], parallelism: int
) -> list[ApiObject | ApiError]:
    """Return objects with the links that no field of them shows, in their order, or why these could not be read.

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
