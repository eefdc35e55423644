# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read the current state of what a task identifies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

from .._common.errors import InvalidOptionsError
from .._resources.desired import Desired
from .._resources.schema import ApiObject, Resource, is_cleartext
from .._transport.client import Client
from .._transport.errors import ApiError
from .expectations import object_with_id
from .listing import Keep, OnPage, Shortcut, read_all

# Shorter ones are parts of words and of phone numbers: they would make messages about other objects unreadable.
MIN_SECRET = 8


def find_by_id(client: Client, resource: Resource, object_id: str, deadline: float | None = None) -> ApiObject | None:
    """Return the object, or None if the API knows no such id.

    Args:
        deadline: time of the client's clock after which nothing is tried any more.
    """
    expect = object_with_id(resource, object_id)
    try:
        obj: ApiObject = client.get(resource.object_path(object_id), expect=expect, deadline=deadline)
    except ApiError as error:
        if error.means_not_found:
            return None
        raise
    client.observe(obj)
    register_secrets(client, resource, [obj], MIN_SECRET)
    return obj


def get_by_id(client: Client, resource: Resource, desired: Desired) -> ApiObject | None:
    """Return the object that a task identifies by id.

    Raises:
        ApiError: it does not exist although it is to be present.
        InvalidOptionsError: it is to be deleted, and differs from what the task says it is.
    """
    return check_found(resource, desired, find_by_id(client, resource, desired.object_id or ""))


def check_found(resource: Resource, desired: Desired, obj: ApiObject | None) -> ApiObject | None:
    """Return the object that a task identifies by id, given what has this id.

    Raises:
        ApiError: it does not exist although it is to be present.
        InvalidOptionsError: it is to be deleted, and differs from what the task says it is.
    """
    if obj is None and desired.present:
        object_id = desired.object_id or ""
        raise not_found(resource, object_id, f"no {resource.label} has this id; omit id to create one")
    if obj is not None and not desired.present:
        _check_identity(resource, obj, {key: desired.values[key] for key in resource.key if key in desired.values})
    return obj


def not_found(resource: Resource, object_id: str, detail: str) -> ApiError:
    """Return the error for an object that does not exist."""
    return ApiError(
        "GET", resource.object_path(object_id), status=HTTPStatus.NOT_FOUND, title="Not Found", detail=detail
    )


def _check_identity(resource: Resource, obj: ApiObject, expected: Mapping[str, Any]) -> None:
    if resource.matches(obj, expected):
        return
    found = resource.to_result(obj)
    values = ", ".join(f"{option} {found[option]!r}" for option in expected)
    raise InvalidOptionsError(
        f"The {resource.label} with id {obj['id']} has {values}, which differs from the task, so it was not deleted."
        f" Omit id, or {' and '.join(expected)}."
    )


def find_all(
    client: Client,
    resource: Resource,
    values: Mapping[str, Any],
    query: tuple[tuple[str, Any], ...] = (),
    *,
    keep: Keep | None = None,
    parallelism: int = 1,
    deadline: float | None = None,
    on_page: OnPage | None = None,
    shortcut: Shortcut | None = None,
) -> list[Any]:
    """Return the objects that have exactly these values, or what `keep` puts in their place.

    The API filters where it can, to save pages; whether it compares exactly, by prefix or by substring is undocumented.

    Args:
        values: by option name.
        query: further parameters for the API.
        keep, parallelism, deadline, on_page, shortcut: see `read_all`.
    """

    def matches(obj: ApiObject) -> Any:
        register_secrets(client, resource, [obj], MIN_SECRET)
        return resource.matches(obj, values) and (keep is None or keep(obj))

    filters = [(resource.filters[option], value) for option, value in values.items() if option in resource.filters]
    return read_all(
        client,
        resource,
        [*filters, *query],
        keep=matches if values or resource.secret_fields else keep,
        parallelism=parallelism,
        deadline=deadline,
        on_page=on_page,
        shortcut=shortcut,
    )


def register_secrets(client: Client, resource: Resource, objects: Iterable[ApiObject], minimum: int = 1) -> None:
    """Redact the secrets that the API returned, from now on: it may repeat them in the text of an error.

    Args:
        minimum: length of the secrets to redact.
    """
    for field in resource.secret_fields:
        for obj in objects:
            secret: Any = obj.get(field.api)
            if is_cleartext(secret) and len(secret) >= minimum:
                client.secrets.add(secret)


def find_created(client: Client, resource: Resource, values: Mapping[str, Any]) -> ApiObject | None:
    """Return the object that a creation with these values has led to, or None.

    If the API keeps keys unique, the key identifies it. Otherwise only a single object that has the key and all the
    values can be taken for it.
    """
    key = {option: values.get(option) for option in resource.key}
    compared = values if not resource.unique_key else {}
    visible = {option: value for option, value in compared.items() if not resource.by_option[option].secret}
    found = find_all(client, resource, {**visible, **key})
    if resource.unique_key:
        return found[0] if found else None
    return found[0] if len(found) == 1 else None
