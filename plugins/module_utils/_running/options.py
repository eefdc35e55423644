# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Argument specs that are derived from the description of a resource."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.module_utils.common.validation import check_type_float, check_type_int

from .._common.errors import InvalidOptionsError
from .._resources.schema import Field, Resource
from .._resources.texts import require_string
from .labels import Labels

OPTION_TYPES = {"str": "str", "uuid": "str", "bool": "bool", "int": "int", "list": "list"}
NUMBERS = {"int": (check_type_int, "an integer"), "float": (check_type_float, "a number")}


def resource_options(resource: Resource) -> dict[str, Any]:
    """Return the argument spec of the fields that a task can set; the API's own names are aliases."""
    return {
        field.option: aliased(field.option, field.api, OPTION_TYPES[field.type], **_details(field))
        for field in resource.settable
    }


def aliased(option: str, api: str, kind: str, **details: Any) -> dict[str, Any]:
    """Return the spec of one option with the API's name for it as alias."""
    spec = {"type": kind, **details}
    return spec if api == option else {**spec, "aliases": [api]}


def drop_nulls(value: Any) -> Any:
    """Return a copy of options in which no dict, at any depth, has a null: an explicit null counts as omitted."""
    if isinstance(value, dict):
        return {key: drop_nulls(member) for key, member in value.items() if member is not None}
    if isinstance(value, list):
        return [drop_nulls(member) for member in value]
    return value


def invalid_options(spec: Mapping[str, Mapping[str, Any]], given: Mapping[str, Any]) -> dict[str, str]:
    """Return what is wrong with options that Ansible would take or convert without a word, by the names given.

    Args:
        spec: argument spec of the operation.
        given: as a task sets them, without nulls.
    """
    found: dict[str, str] = {}
    labels = _labels(given.get("option_names"))
    for option, details in spec.items():
        names = [name for name in (option, *details.get("aliases", ())) if name in given]
        for name in names:
            try:
                _check_type(details, given[name], labels[name] if name == option else name)
            except InvalidOptionsError as error:
                found[name] = str(error)
        if any(given[name] != given[names[0]] for name in names[1:]):
            found[names[0]] = found[names[1]] = (
                f"{' and '.join(names)} are one option, and set to different values, one of them perhaps by"
                f" module_defaults. Set only {option}."
            )
    return found


def _labels(names: Any) -> Labels:
    """Return the labels that a task sets, or those of a task that sets none if they are invalid."""
    try:
        return Labels(names if isinstance(names, Mapping) else None)
    except InvalidOptionsError:
        return Labels()


def _check_type(details: Mapping[str, Any], value: Any, name: str) -> None:
    """Raise InvalidOptionsError if an option is a text that is no string, or a number that is none."""
    secret = bool(details.get("no_log"))
    if details["type"] in ("str", "path"):
        require_string(value, name, secret)
    elif details["type"] in NUMBERS:
        _check_number(details["type"], value, name)
    elif details.get("elements") == "str" and not isinstance(value, str):
        if not isinstance(value, list):
            raise InvalidOptionsError(f"{name} must be a list of quoted strings, not {value!r:.60}.")
        for index, member in enumerate(value):
            require_string(member, f"{name}[{index}]", secret)


def _check_number(kind: str, value: Any, name: str) -> None:
    convert, expected = NUMBERS[kind]
    try:
        if not isinstance(value, bool):
            convert(value)
            return
    except (TypeError, ValueError, ArithmeticError):
        pass
    raise InvalidOptionsError(f"{name} must be {expected}, not {value!r:.60}.")


def _details(field: Field) -> dict[str, Any]:
    # Explicit either way, because Ansible takes any option with such a name for a secret.
    details: dict[str, Any] = {"no_log": field.secret} if field.secret or field.option.endswith("key") else {}
    if field.type == "list":
        details["elements"] = "str"
    return {**details, "choices": list(field.choices)} if field.choices else details
