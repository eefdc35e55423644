# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks the variables of the role `provision` against the options of the modules that it runs.

Names, types, choices and limits come from the modules, so that a new option is checked here too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ansible.module_utils.common.validation import check_type_float, check_type_int
from ansible.module_utils.parsing.convert_bool import boolean

from ansible_collections.dasha.blackbox.plugins.module_utils._core.connection import connection_spec
from ansible_collections.dasha.blackbox.plugins.module_utils._core.operation import OperationSpec
from ansible_collections.dasha.blackbox.plugins.module_utils._operations import sip_credential, sip_phone_numbers
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.desired import check_uuid, read_values
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.sip_credential import CREDENTIAL
from ansible_collections.dasha.blackbox.plugins.module_utils._transport.errors import InvalidOptionsError
from ansible_collections.dasha.blackbox.plugins.plugin_utils._trunks import NUMBERS, Trunk, find_errors, kind_of

PREFIX = "provision_"
Spec = Mapping[str, Any]


def trunk_errors(trunks: Any, location: str) -> Iterator[str]:
    """Yield the first error of each trunk that has one, in any of its options."""
    spec = _own_options(sip_credential.SPEC)
    return find_errors(trunks, location, lambda trunk, here: _check_trunk(spec, trunk, here))


def setting_errors(settings: Mapping[str, Any]) -> Iterator[str]:
    """Yield the first error in the variables that set options of the fleet task, named as the role names them."""
    spec = _own_options(sip_phone_numbers.SPEC)
    options = {option: details.get("default") for option, details in spec.items()}
    try:
        for name, value in settings.items():
            option = name.removeprefix(PREFIX)
            if option not in spec:
                raise InvalidOptionsError(f"{name} is not a variable of the role.")
            if value is not None:
                options[option] = _convert(spec[option], value, name)
        _read_fleet(options)
    except InvalidOptionsError as error:
        yield str(error)


def _own_options(operation: OperationSpec) -> dict[str, Spec]:
    """Return the options of a module without those of the connection, which the role does not set."""
    return {option: spec for option, spec in operation.options.items() if option not in connection_spec()}


def _read_fleet(options: Mapping[str, Any]) -> None:
    try:
        sip_phone_numbers.read_fleet({**options, NUMBERS: []})
    except InvalidOptionsError as error:
        raise InvalidOptionsError(re.sub(rf"\b({'|'.join(options)})\b", rf"{PREFIX}\1", str(error), count=1)) from error


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


QUOTED = (_string, "a string in quotes, as YAML reads digits without quotes as a number")
CONVERTERS: Mapping[str, tuple[Callable[[Any], Any], str]] = {
    "int": (_whole_number, "a whole number"),
    "float": (_number, "a number"),
    "bool": (boolean, "true or false"),
}
