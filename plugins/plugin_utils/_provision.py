# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks the variables of the role `provision` against the options of the modules that it runs.

Names, types, choices and limits come from the modules, so that a new option is checked here too.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ansible.module_utils.common.validation import check_type_float, check_type_int
from ansible.module_utils.parsing.convert_bool import boolean

from ansible_collections.dasha.blackbox.plugins.module_utils._core.connection import connection_spec
from ansible_collections.dasha.blackbox.plugins.module_utils._core.operation import OperationSpec
from ansible_collections.dasha.blackbox.plugins.module_utils._operations import sip_credential, sip_phone_numbers
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.desired import check_uuid, read_values
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.entries import read_defaults
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.sip_credential import CREDENTIAL
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.sip_phone_number import PHONE_NUMBER
from ansible_collections.dasha.blackbox.plugins.module_utils._transport.errors import InvalidOptionsError
from ansible_collections.dasha.blackbox.plugins.plugin_utils._trunks import (
    NO_RULES,
    NUMBERS,
    NumberRules,
    Trunk,
    find_errors,
    is_list,
    kind_of,
    refuse_trunk,
    require_mapping,
)

PREFIX = "provision_"
OWN_SETTINGS = {"update_passwords": {"type": "bool"}}
# Options of the fleet task that the role sets itself.
RESERVED = (NUMBERS, "credentials_id", "trunk", "state", "purge_credentials_ids")
Spec = Mapping[str, Any]


def trunk_errors(trunks: Any, location: str, settings: Mapping[str, Any]) -> Iterator[str]:
    """Yield the first error of each trunk that has one, in any of its options.

    Args:
        settings: other variables of the role; those that are invalid have errors of their own.
    """
    spec = _own_options(sip_credential.SPEC)
    rules = _number_rules(settings)
    for error in find_errors(trunks, location, lambda trunk, here: _check_trunk(spec, trunk, here), rules):
        yield re.sub(r"\bbut number_format is\b", f"but {PREFIX}number_format is", error, count=1)


def setting_errors(settings: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is wrong with the variables that are not trunks, named as the role names them."""
    fleet = _own_options(sip_phone_numbers.SPEC)
    specs = {**{option: spec for option, spec in fleet.items() if option not in RESERVED}, **OWN_SETTINGS}
    options = {option: details.get("default") for option, details in fleet.items()}
    failed = False
    for name, value in settings.items():
        try:
            option = name.removeprefix(PREFIX)
            if not name.startswith(PREFIX) or option not in specs:
                raise InvalidOptionsError(f"{name} is not a variable of the role.")
            if value is not None:
                options[option] = _read_setting(specs[option], option, value, name)
        except InvalidOptionsError as error:
            failed = True
            yield str(error)
    if not failed:
        yield from _fleet_errors({option: options[option] for option in fleet})


def _read_setting(spec: Spec, option: str, value: Any, name: str) -> Any:
    converted = _convert(spec, value, name)
    if spec["type"] == "list":
        converted = [_convert({"type": "str"}, member, f"{name}[{index}]") for index, member in enumerate(converted)]
    if option == "defaults":
        refuse_trunk(converted, name)
        read_defaults(PHONE_NUMBER, converted, name)
    if option == "expected_plan_id" and not converted:
        raise InvalidOptionsError(f"{name} must not be empty. To apply any plan, set it to null or omit it.")
    return converted


def _number_rules(settings: Mapping[str, Any]) -> NumberRules:
    """Return the settings that apply to phone numbers, without those that are invalid."""
    rules = NO_RULES
    defaults, number_format = settings.get(f"{PREFIX}defaults") or {}, settings.get(f"{PREFIX}number_format")
    with contextlib.suppress(InvalidOptionsError):
        require_mapping(defaults, f"{PREFIX}defaults")
        refuse_trunk(defaults, f"{PREFIX}defaults")
        rules = rules._replace(defaults=read_defaults(PHONE_NUMBER, defaults, f"{PREFIX}defaults"))
    return rules._replace(number_format=number_format) if number_format == "e164" else rules


def _own_options(operation: OperationSpec) -> dict[str, Spec]:
    """Return the options of a module without those of the connection, which the role does not set."""
    return {option: spec for option, spec in operation.options.items() if option not in connection_spec()}


def _fleet_errors(options: Mapping[str, Any]) -> Iterator[str]:
    try:
        sip_phone_numbers.read_fleet({**options, NUMBERS: []})
    except InvalidOptionsError as error:
        yield re.sub(rf"\b({'|'.join(options)})\b", rf"{PREFIX}\1", str(error), count=1)


def _check_trunk(spec: Mapping[str, Spec], trunk: Trunk, location: str) -> None:
    options = _read_options(spec, trunk, location)
    if "id" in options:
        check_uuid(options["id"], f"{location}.id")
    read_values(CREDENTIAL, options, f"{location}.")


def _read_options(spec: Mapping[str, Spec], trunk: Trunk, location: str) -> dict[str, Any]:
    """Return the options of a trunk by name, in the types of the module, those that are null omitted."""
    names = {name: option for option, details in spec.items() for name in (option, *details.get("aliases", ()))}
    options: dict[str, Any] = {}
    for name, value in trunk.items():
        if name not in (*names, NUMBERS):
            allowed = ", ".join((*spec, NUMBERS))
            raise InvalidOptionsError(f"{location} has an unknown option {name!r}. Valid options: {allowed}.")
        if name == NUMBERS or value is None:
            continue
        option = names[name]
        converted = _convert(spec[option], value, f"{location}.{name}")
        if options.setdefault(option, converted) != converted:
            raise InvalidOptionsError(f"{location} has {option} twice, with different values.")
    return options


def _convert(spec: Spec, value: Any, location: str) -> Any:
    """Return a value in the type of its option, or raise InvalidOptionsError, which does not show the value."""
    convert, expected = CONVERTERS.get(spec["type"], QUOTED)
    try:
        converted = convert(value)
    except (TypeError, ValueError, OverflowError):
        raise InvalidOptionsError(f"{location} must be {expected}; this is {kind_of(value)}.") from None
    choices = spec.get("choices")
    if choices and converted not in choices:
        raise InvalidOptionsError(f"{location} must be one of {', '.join(choices)}.")
    return converted


def _string(value: Any) -> str:
    # Up to ansible-core 2.18, a string that !vault encrypts is an object of its own.
    if isinstance(value, str) or getattr(value, "__ENCRYPTED__", False):
        return str(value)
    raise TypeError


def _whole_number(value: Any) -> int:
    if isinstance(value, (bool, float)):
        raise TypeError
    return int(check_type_int(value))


def _number(value: Any) -> float:
    if isinstance(value, bool):
        raise TypeError
    return float(check_type_float(value))


def _mapping(value: Any) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise TypeError
    return dict(value)


def _list(value: Any) -> list[Any]:
    if not is_list(value):
        raise TypeError
    return list(value)


QUOTED = (_string, "a string in quotes, as YAML reads digits without quotes as a number")
CONVERTERS: Mapping[str, tuple[Callable[[Any], Any], str]] = {
    "int": (_whole_number, "a whole number"),
    "float": (_number, "a number"),
    "bool": (boolean, "true or false"),
    "dict": (_mapping, "a mapping of options"),
    "list": (_list, "a list"),
}
