# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From checked options to the desired state of one object."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from .._transport.errors import InvalidOptionsError
from .schema import Field, Resource, is_uuid


class Desired(NamedTuple):
    """What a task asks of one object.

    Attributes:
        object_id: names the object by id, or None where the key in `values` names it.
        values: the managed fields by option name; None clears. Fields that the task leaves out are not in it.
        present: whether the object is to exist.
        force: delete it although something uses it.
        fallback_secrets: values that fill in a secret in a replacing PUT where the server does not tell it.
    """

    object_id: str | None
    values: dict[str, Any]
    present: bool = True
    force: bool = False
    fallback_secrets: Mapping[str, Any] = MappingProxyType({})


def read_values(resource: Resource, options: Mapping[str, Any], location: str = "") -> dict[str, Any]:
    """Return the managed fields among `options`, checked against the limits of the API.

    Args:
        options: by option name; None or a missing name is left out.
        location: where in the task the options stand, put before option names in messages.

    Raises:
        InvalidOptionsError: a value that the API cannot take.
    """
    return {
        field.option: _read(field, options[field.option], f"{location}{field.option}")
        for field in resource.settable
        if options.get(field.option) is not None
    }


def check_uuid(value: str, name: str) -> str:
    """Return `value`, or raise InvalidOptionsError where it is no UUID."""
    if not is_uuid(value):
        raise InvalidOptionsError(
            f"{name} must be a UUID such as 3fa85f64-5717-4562-b3fc-2c963f66afa6; {value!r} is not one."
            + (" To leave the option out, omit it or set it to null." if not value else "")
        )
    return value


def require_string(value: Any, name: str) -> str:
    """Return `value`, or raise InvalidOptionsError where YAML made something else than a string of it."""
    if not isinstance(value, str):
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise InvalidOptionsError(f'{name} must be a quoted string such as "+15551234567", not {value!r:.60}.')
        raise InvalidOptionsError(
            f"{name} must be a quoted string, not the number {value!r}: YAML reads an unquoted +15551234567"
            " as a number and drops its plus sign or leading zero. Write it in quotes, as in"
            ' phone_number: "+15551234567". In a template, add the string filter to a quoted number.'
        )
    return value


def _read(field: Field, value: Any, name: str) -> Any:
    if field.type == "uuid":
        return check_uuid(value, name)
    if field.type == "bool":
        return value
    if field.type == "int":
        return _read_int(value, name)
    if field.type == "phone":
        require_string(value, name)
    least, greatest = field.limits
    if least and not value.strip():
        raise InvalidOptionsError(f"{name} must not be empty.")
    if greatest is not None and len(value) > greatest:
        raise InvalidOptionsError(f"{name} must be at most {greatest} characters long; this one has {len(value)}.")
    return value or None


def _read_int(value: int, name: str) -> int | None:
    if value < 0:
        raise InvalidOptionsError(f"{name} must not be negative; 0 clears it.")
    return value or None
