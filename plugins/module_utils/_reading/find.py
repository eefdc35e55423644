# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads the current state of what a task names."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from .._resources.desired import Desired
from .._resources.schema import ApiObject, Resource
from .._transport.client import Client
from .._transport.errors import ApiError, InvalidOptionsError
from .listing import read_all


def find_by_id(client: Client, resource: Resource, object_id: str) -> ApiObject | None:
    """Return the object, or None where the API knows no such id."""
    try:
        obj: ApiObject = client.get(resource.object_path(object_id), expect_field="id")
    except ApiError as error:
        if error.status == HTTPStatus.NOT_FOUND:
            return None
        raise
    return obj


def get_by_id(client: Client, resource: Resource, desired: Desired) -> ApiObject | None:
    """Return the object that a task names by id.

    Raises:
        ApiError: it does not exist although it is to be present.
        InvalidOptionsError: it is to be deleted, and is not what the task says it is.
    """
    object_id = desired.object_id or ""
    obj = find_by_id(client, resource, object_id)
    if obj is None and desired.present:
        detail = f"no {resource.label} has this id; leave id out to create one"
        raise ApiError("GET", resource.object_path(object_id), status=404, title="Not Found", detail=detail)
    if obj is not None and not desired.present:
        _check_identity(resource, obj, {key: desired.values[key] for key in resource.key if key in desired.values})
    return obj


def _check_identity(resource: Resource, obj: ApiObject, named: Mapping[str, Any]) -> None:
    if resource.matches(obj, named):
        return
    found = resource.to_result(obj)
    is_ = ", ".join(f"{option} {found[option]!r}" for option in named)
    raise InvalidOptionsError(
        f"The {resource.label} with id {obj['id']} has {is_}, which is not what the task says, so it was not deleted."
        f" Leave out id or {' and '.join(named)}."
    )


def find_all(
    client: Client,
    resource: Resource,
    values: Mapping[str, Any],
    query: tuple[tuple[str, Any], ...] = (),
    parallelism: int = 1,
) -> list[ApiObject]:
    """Return the objects that have exactly these values.

    The API filters where it can, to save pages; whether it compares exactly, by prefix or by substring is undocumented.

    Args:
        values: by option name.
        query: further parameters for the API.
        parallelism: how many pages are read at once.
    """
    filters = [(resource.filters[option], value) for option, value in values.items() if option in resource.filters]
    found = read_all(client, resource.path, [*filters, *query], parallelism)
    return [obj for obj in found if resource.matches(obj, values)] if values else found


def find_created(client: Client, resource: Resource, values: Mapping[str, Any]) -> ApiObject | None:
    """Return the object that a creation with these values has led to, or None.

    Where the API keeps keys unique, the key names it. Where it does not, only a single object that has the key and all
    the values can be taken for it.
    """
    key = {option: values.get(option) for option in resource.key}
    told = values if not resource.unique_key else {}
    shown = {option: value for option, value in told.items() if not resource.by_option[option].secret}
    found = find_all(client, resource, {**shown, **key})
    if resource.unique_key:
        return found[0] if found else None
    return found[0] if len(found) == 1 else None
