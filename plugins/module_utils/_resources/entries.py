# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads a list of entries, each with the options of one object.

Ansible's own check of nested options takes a third of a second for ten thousand entries, and names neither the location
nor the number that is wrong.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.module_utils.parsing.convert_bool import boolean

from .._transport.errors import InvalidOptionsError
from .desired import Desired, read_values
from .schema import Field, Resource


def read_entries(
    resource: Resource, entries: list[Any], defaults: Mapping[str, Any], location: str, *, present: bool, force: bool
) -> list[Desired]:
    """Return the desired state of each entry.

    Args:
        defaults: values, by option, for entries that have none.
        location: name of the option that holds the entries, for messages; positions are counted from 0.

    Raises:
        InvalidOptionsError: an entry that cannot be meant, or two that name the same object.
    """
    names = {name: field for field in resource.settable for name in (field.option, field.api)}
    desired_states = []
    positions: dict[tuple[Any, ...], int] = {}
    for index, entry in enumerate(entries):
        entry_location = f"{location}[{index}]"
        options = {**defaults, **_read_options(names, entry, entry_location)}
        values = read_values(resource, options, f"{entry_location}.")
        key = resource.key_of(values)
        if None in key:
            missing = ", ".join(option for option, value in zip(resource.key, key) if value is None)
            raise InvalidOptionsError(
                f"{entry_location} needs {missing}: a {resource.label} is named by {' and '.join(resource.key)}."
            )
        if positions.setdefault(key, index) != index:
            raise InvalidOptionsError(
                f"{location}[{positions[key]}] and {entry_location} name the same {resource.label}: {', '.join(key)}."
            )
        desired_states.append(Desired(None, values, present, force))
    return desired_states


def _read_options(names: Mapping[str, Field], entry: Any, location: str) -> dict[str, Any]:
    if not isinstance(entry, dict):
        raise InvalidOptionsError(f"{location} must be a mapping of options, not {entry!r:.60}.")
    options: dict[str, Any] = {}
    for name, value in entry.items():
        field = names.get(name)
        if field is None:
            allowed = ", ".join(dict.fromkeys(field.option for field in names.values()))
            raise InvalidOptionsError(f"{location} has an unknown option {name!r}; there are {allowed}.")
        if value is None:
            continue
        converted = _convert(field, value, f"{location}.{name}")
        if options.setdefault(field.option, converted) != converted:
            raise InvalidOptionsError(f"{location} has {field.option} and {field.api} with different values.")
    return options


def _convert(field: Field, value: Any, location: str) -> Any:
    """Return a value in the type of its field, by the rules of Ansible."""
    if field.type == "phone" or (isinstance(value, str) and field.type != "bool"):
        return value
    if field.type == "bool":
        try:
            return boolean(value)
        except TypeError:
            raise InvalidOptionsError(f"{location} must be true or false, not {value!r:.60}.") from None
    if isinstance(value, (dict, list)):
        raise InvalidOptionsError(f"{location} must be a string, not {value!r:.60}.")
    return str(value)
