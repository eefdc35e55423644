# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the filters of the role `provision` share: checked trunks, and their ids from the results of creating them."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from ansible.errors import AnsibleFilterError

from ansible_collections.dasha.blackbox.plugins.module_utils._operations._phone_numbers import check_number_format
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.entries import (
    Entry,
    desired_states,
    read_entries,
)
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.sip_credential import CREDENTIAL, trunk_keys
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.sip_phone_number import PHONE_NUMBER
from ansible_collections.dasha.blackbox.plugins.module_utils._transport.errors import InvalidOptionsError

PLACEHOLDER_NAMESPACE = uuid.UUID("b1ac0b0c-0000-4000-8000-00000000a5e1")
NUMBERS = "phone_numbers"
API_NAMES = {field.option: field.api for field in CREDENTIAL.settable}
TRUNK_OF_NUMBER = ("credentials_id", "credentialsId", "trunk")
STATES = (None, "present", "absent")
KINDS = {str: "a string", bool: "a boolean", int: "a number", float: "a number", dict: "a mapping", list: "a list"}

Trunk = Mapping[str, Any]


class NumberRules(NamedTuple):
    """What applies to all phone numbers.

    Attributes:
        defaults: options for entries that do not have them.
        number_format: `any` or `e164`.
    """

    defaults: Mapping[str, Any] = MappingProxyType({})
    number_format: str = "any"


NO_RULES = NumberRules()


def present_trunks(trunks: Any, results: Any) -> list[tuple[Trunk, str]]:
    """Return the trunks with the state present, each with its id.

    A trunk that does not exist yet, because its creation was only previewed, has a placeholder id.

    Args:
        trunks: as the role takes them.
        results: of the looped task that created the trunks.

    Raises:
        AnsibleFilterError: the input is not what the role takes.
    """
    for error in find_errors(trunks, "trunks"):
        raise AnsibleFilterError(error)
    if not is_list(results):
        raise AnsibleFilterError(f"The results of creating the trunks must be a list, not {kind_of(results)}.")
    if len(trunks) != len(results):
        raise AnsibleFilterError(f"There are {len(trunks)} trunks, but {len(results)} results of creating them.")
    return [
        (trunk, _id(result, index))
        for index, (trunk, result) in enumerate(zip(trunks, results))
        if trunk.get("state") != "absent"
    ]


def find_errors(
    trunks: Any,
    location: str,
    check_options: Callable[[Trunk, str], None] = lambda trunk, location: None,
    rules: NumberRules = NO_RULES,
) -> Iterator[str]:
    """Yield the first error of each trunk that has one; values are not in it, as they may be passwords.

    Args:
        location: name of the variable that holds the trunks; positions are counted from 0.
        check_options: raises InvalidOptionsError if the options of one trunk are invalid.
        rules: for the phone numbers.
    """
    if not is_list(trunks):
        yield f"{location} must be a list of trunks, not {kind_of(trunks)}."
        return
    positions: dict[Any, int] = {}
    entries: list[Entry] = []
    failed = False
    for index, trunk in enumerate(trunks):
        here = f"{location}[{index}]"
        try:
            require_mapping(trunk, here)
            check_options(trunk, here)
            if trunk.get("state") not in STATES:
                raise InvalidOptionsError(f"{here}.state must be present or absent.")
            first = min(positions.setdefault(key, index) for key in _keys(trunk, here))
            if first != index:
                raise InvalidOptionsError(f"{location}[{first}] and {here} are the same trunk.")
            numbers = _read_numbers(trunk.get(NUMBERS), f"{here}.{NUMBERS}", _placeholder(index), rules)
            entries += numbers if trunk.get("state") != "absent" else []
        except InvalidOptionsError as error:
            failed = True
            yield str(error)
    if not failed:
        yield from _contradictions(entries)


def option_of(trunk: Trunk, option: str) -> Any:
    """Return the value of an option, which may be set under the name that the API has for it; None if omitted."""
    value = trunk.get(option)
    return trunk.get(API_NAMES.get(option, option)) if value is None else value


def require_mapping(value: Any, location: str) -> None:
    """Raise InvalidOptionsError if `value` is not a mapping."""
    if not isinstance(value, Mapping):
        raise InvalidOptionsError(f"{location} must be a mapping of options, not {kind_of(value)}.")


def is_list(value: Any) -> bool:
    """Return whether `value` is a list as YAML or a filter makes it."""
    return isinstance(value, (list, tuple))


def kind_of(value: Any) -> str:
    """Return what kind of value this is in the words of YAML, without the value."""
    if value is None:
        return "null"
    return next((kind for known, kind in KINDS.items() if isinstance(value, known)), "something else")


def _keys(trunk: Trunk, location: str) -> set[Any]:
    """Return what identifies a trunk, as the module would look it up."""
    if option_of(trunk, "id") is not None:
        return {str(trunk["id"]).lower()}
    key = {option: option_of(trunk, option) for option in (*CREDENTIAL.key, "transport")}
    if not key["server"]:
        raise InvalidOptionsError(f"{location} needs server (and auth_user if the trunk has one), or id.")
    return trunk_keys(key)


def _read_numbers(numbers: Any, location: str, trunk_id: str, rules: NumberRules) -> list[Entry]:
    """Return the phone numbers of one trunk, checked as the fleet task would check them.

    Raises:
        InvalidOptionsError: one of them is invalid.
    """
    if numbers is None:
        return []
    if not is_list(numbers):
        raise InvalidOptionsError(f"{location} must be a list, not {kind_of(numbers)}.")
    for index, number in enumerate(numbers):
        require_mapping(number, f"{location}[{index}]")
        refuse_trunk(number, f"{location}[{index}]")
    defaults = {**rules.defaults, "credentials_id": trunk_id}
    entries = read_entries(PHONE_NUMBER, list(numbers), defaults, location, present=True, force=False)
    for entry in entries:
        check_number_format(entry.values, rules.number_format, f"{entry.location}.")
    desired_states(PHONE_NUMBER, entries)
    return entries


def refuse_trunk(options: Mapping[str, Any], location: str) -> None:
    """Raise InvalidOptionsError if options of a phone number say to which trunk it belongs."""
    own = next((name for name in TRUNK_OF_NUMBER if options.get(name) is not None), None)
    if own:
        raise InvalidOptionsError(f"{location} must not have {own}: a phone number belongs to the trunk that lists it.")


def _contradictions(entries: list[Entry]) -> Iterator[str]:
    """Yield how phone numbers of different trunks contradict each other."""
    try:
        desired_states(PHONE_NUMBER, entries)
    except InvalidOptionsError as error:
        yield str(error)


def _id(result: Any, index: int) -> str:
    created = result.get("sip_credential") if isinstance(result, Mapping) else None
    known = created.get("id") if isinstance(created, Mapping) else None
    return str(known or _placeholder(index))


def _placeholder(index: int) -> str:
    return str(uuid.uuid5(PLACEHOLDER_NAMESPACE, f"trunk {index}"))
