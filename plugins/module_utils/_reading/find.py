# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads the current state of what a task names."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from .._resources.description import ApiObject, Resource
from .._transport.client import Client
from .._transport.errors import ApiError
from .listing import read_all


def find_by_id(client: Client, resource: Resource, object_id: str) -> ApiObject | None:
    """Return the object, or None where the API knows no such id."""
    try:
        obj: ApiObject = client.get(resource.object_path(object_id), needs="id")
    except ApiError as error:
        if error.status == HTTPStatus.NOT_FOUND:
            return None
        raise
    return obj


def find_all(
    client: Client,
    resource: Resource,
    values: Mapping[str, Any],
    query: tuple[tuple[str, Any], ...] = (),
    readers: int = 1,
) -> list[ApiObject]:
    """Return the objects that have exactly these values.

    The API filters where it can, to spare pages; whether it compares exactly, by prefix or by substring is open.

    Args:
        values: by option name.
        query: further parameters for the API.
        readers: how many pages are read at once.
    """
    filters = [(resource.filters[option], value) for option, value in values.items() if option in resource.filters]
    found = read_all(client, resource.path, [*filters, *query], readers)
    return [obj for obj in found if resource.matches(obj, values)] if values else found


def find_by_key(client: Client, resource: Resource, values: Mapping[str, Any]) -> ApiObject | None:
    """Return the one object whose key has these values, or None."""
    found = find_all(client, resource, {option: values.get(option) for option in resource.key})
    return found[0] if found else None
