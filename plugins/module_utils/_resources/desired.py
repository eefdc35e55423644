# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From checked options to the desired state of one object."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from .._common.errors import InvalidOptionsError
from .location import option_at
from .schema import BODY, ApiObject, Field, Resource, is_uuid
from .texts import check_secret, check_visible, is_plain, is_shown_mask, require_string

BY_ID = " To change or delete an existing object that has it, set id instead."


class Desired(NamedTuple):
    """What a task asks of one object.

    Attributes:
        resource: what kind of object it is.
        object_id: identifies the object, or None if the key in `values` does.
        values: the managed fields by option name; None clears. Fields that the task omits are not in it.
        present: whether the object is to exist.
        force: delete it although something uses it.
        location: where the task asks it, for messages; empty for a task about one object.
        on_create: options that only a creation sets. An update leaves them alone; a secret among them is what a
            replacing PUT carries if the server does not return the stored one.
        force_option: what the task calls the option that sets `force`, for messages.
    """

    resource: Resource
    object_id: str | None
    values: dict[str, Any]
    present: bool = True
    force: bool = False
    location: str = ""
    on_create: tuple[str, ...] = ()
    force_option: str = "force"

    @property
    def force_hint(self) -> str:
        """Return what to do about what uses the object, as a sentence."""
        return f"Set {self.force_option} to true {self.resource.force_hint}"


def read_values(resource: Resource, options: Mapping[str, Any], location: str = "") -> dict[str, Any]:
    """Return the managed fields among `options`, checked against the limits of the API.

    Args:
        options: by option name; None or a missing name is omitted.
        location: where in the task the options stand, for messages; empty for a task about one object.

    Raises:
        InvalidOptionsError: a value that the API cannot take.
    """
    return {
        field.option: value if _is_plain(field, value) else read_value(field, value, option_at(location, field.option))
        for field in resource.settable
        if (value := options.get(field.option)) is not None
    }


def check_uuid(value: str, name: str) -> str:
    """Return `value`, or raise InvalidOptionsError if it is not a UUID."""
    if not is_uuid(value):
        check_visible(value, name)
        raise InvalidOptionsError(
            f"{name} must be a UUID such as 3fa85f64-5717-4562-b3fc-2c963f66afa6; {value!r:.60} is not one."
            + (" To leave the option out, omit it or set it to null." if not value else "")
        )
    return value


def check_not_empty(text: str, name: str) -> None:
    """Raise InvalidOptionsError if a name is empty or blank."""
    if not text.strip():
        raise InvalidOptionsError(f"{name} must not be empty.")


def read_value(field: Field, value: Any, name: str) -> Any:
    """Return the value of one option as the API takes it; None clears.

    Args:
        value: in the type of the field; for a text, anything.

    Raises:
        InvalidOptionsError: a value that the API cannot take.
    """
    if field.type == "bool":
        return value
    if field.type == "int":
        return _read_int(value, name)
    if field.type == "list":
        return _read_list(value, name)
    require_string(value, name, field.secret)
    if field.type == "uuid":
        return check_uuid(value, name)
    if field.choices and value not in field.choices:
        raise InvalidOptionsError(f"{name} must be one of {', '.join(field.choices)}, not {value!r:.60}.")
    minimum, maximum = field.limits
    if minimum:
        check_not_empty(value, name)
    if not _is_text(value):
        raise InvalidOptionsError(f"{name} contains characters that are not valid Unicode text.")
    _check_characters(field, value, name)
    if maximum is not None and len(value) > maximum:
        raise InvalidOptionsError(f"{name} must be at most {maximum} characters long; this one has {len(value)}.")
    problem = field.check(value) if field.check else None
    if problem:
        raise InvalidOptionsError(f"{name} {problem}.")
    return value or None


def _check_characters(field: Field, text: str, name: str) -> None:
    if field.secret:
        check_secret(text, name)
        check_visible(text, name, secret=True)
    elif not field.prose:
        check_visible(text, name, advice=BY_ID if field.role == BODY else "")


def refuse_mask(desired: Desired, current: ApiObject) -> None:
    """Raise InvalidOptionsError if a secret of the task is only the mask that the API returned for the stored one."""
    for field in desired.resource.secret_fields:
        if is_shown_mask(desired.values.get(field.option), current.get(field.api)):
            raise InvalidOptionsError(
                f"{field.option} is the mask that the API returns instead of the stored secret of the"
                f" {desired.resource.label} {current['id']}. Set the secret itself, or omit the option to keep the"
                " stored one."
            )


def _read_list(values: list[Any], name: str) -> list[str]:
    for index, value in enumerate(values):
        require_string(value, f"{name}[{index}]")
        if not value.strip() or not _is_text(value):
            raise InvalidOptionsError(f"{name}[{index}] must be a string that is not empty, not {value!r:.60}.")
        check_visible(value, f"{name}[{index}]")
        if value in values[:index]:
            raise InvalidOptionsError(f"{name}[{values.index(value)}] and {name}[{index}] are the same: {value!r:.60}.")
    return values


def _is_plain(field: Field, value: Any) -> bool:
    """Whether a value is a text with which nothing can be wrong, so that nobody needs to know where it is."""
    if not isinstance(value, str) or field.type != "str" or field.secret or field.choices or field.check:
        return False
    return is_plain(value) and len(value) <= (field.limits[1] or len(value))


def _is_text(value: str) -> bool:
    """Whether a string can be sent: half of a surrogate pair, for one, cannot."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _read_int(value: int, name: str) -> int | None:
    if isinstance(value, bool):
        raise InvalidOptionsError(f"{name} must be an integer, not {value}.")
    if value < 0:
        raise InvalidOptionsError(f"{name} must not be negative; 0 clears it.")
    return value or None
