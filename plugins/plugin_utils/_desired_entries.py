# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Turns results of the info modules into what the modules and the role take, for the filters that adopt what exists."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.dasha.blackbox.plugins.module_utils._common.errors import InvalidOptionsError
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.desired import read_value
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.schema import LINK, Field, Resource, is_uuid
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.sip_credential import (
    trunk_keys,
    trunk_name,
)
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.sip_phone_number import PHONE_NUMBER
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.texts import is_visible
from ansible_collections.dasha.blackbox.plugins.plugin_utils._ansible_internals import show_warning

OMIT, CLEAR = "omit", "clear"
TEMPLATE = re.compile(r"\{[{%#]")
EMPTY_VALUES: Mapping[str, Any] = {"list": [], "int": 0}

Result = Mapping[str, Any]


def check_objects(resource: Resource, objects: Any, takes: str) -> list[Result]:
    """Return the objects as a list.

    Args:
        objects: results of an info module.
        takes: what the filter takes, as a clause, for messages.

    Raises:
        AnsibleFilterError: `objects` is not a list of results.
    """
    if isinstance(objects, (str, Mapping)) or not isinstance(objects, Iterable):
        raise AnsibleFilterError(f"{takes}.")
    found = list(objects)
    for index, obj in enumerate(found):
        required = ("id", *(field.option for field in resource.settable if field.required))
        if not isinstance(obj, Mapping) or not all(isinstance(obj.get(option), str) for option in required):
            raise AnsibleFilterError(f"{takes}. Item {index} is not a {resource.label} as the module returns it.")
    return found


def check_nulls(nulls: Any) -> None:
    """Raise AnsibleFilterError if the option `nulls` has another value than it can have."""
    if nulls not in (OMIT, CLEAR):
        raise AnsibleFilterError(f"nulls must be {OMIT} or {CLEAR}, not {nulls!r:.60}.")


def to_options(obj: Result, fields: Iterable[Field], nulls: str) -> dict[str, Any]:
    """Return the options that describe an object as it is, without secrets and values that no task may set.

    Args:
        obj: a result of an info module; a field that it does not have is left alone.
        nulls: whether a field without a value is omitted or cleared.
    """
    options: dict[str, Any] = {}
    for field in fields:
        if field.secret or field.option not in obj:
            continue
        value = obj[field.option]
        empty = EMPTY_VALUES.get(field.type, "")
        if value is not None and value != empty:
            if _is_accepted(field, value):
                options[field.option] = value
        elif nulls == CLEAR and (field.nullable or field.type == "int" or field.role == LINK):
            options[field.option] = empty
    return options


def identify(resource: Resource, obj: Result, options: dict[str, Any]) -> dict[str, Any]:
    """Return the options of an object, its id in place of its key if the options are not the whole key.

    A task may not set everything that an existing object can have, but it can identify the object by its id.
    """
    if all(option in options or not obj.get(option) for option in resource.key):
        return options
    return {"id": obj["id"], **{option: value for option, value in options.items() if option not in resource.key}}


def _is_accepted(field: Field, value: Any) -> bool:
    try:
        read_value(field, value, field.option)
    except InvalidOptionsError:
        return False
    return True


def is_provider_managed(obj: Result) -> bool:
    """Return whether a VoIP provider manages a phone number or a trunk, given as a result."""
    return bool(obj.get("provider_id")) or obj.get("source") == "provider"


def number_options(number: Result, nulls: str) -> dict[str, Any]:
    """Return an entry for a phone number; of one that a provider manages, only the agents can be changed."""
    managed = is_provider_managed(number)
    fields = [
        field
        for field in PHONE_NUMBER.settable
        if not managed or field.option in PHONE_NUMBER.key or field.role == LINK
    ]
    return identify(PHONE_NUMBER, number, to_options(number, fields, nulls))


def unique_trunk_names(credentials: Iterable[Result]) -> dict[str, str]:
    """Return the names of the trunks by id in lower case, without names that could mean another trunk."""
    names = {
        credential["id"].lower(): trunk_name({"server": credential["server"], "authUser": credential.get("auth_user")})
        for credential in credentials
    }
    counts = Counter(names.values())
    return {
        trunk_id: name
        for trunk_id, name in names.items()
        if counts[name] == 1 and not is_uuid(name) and is_visible(name)
    }


def shared_keys(credentials: Iterable[Result]) -> set[tuple[Any, ...]]:
    """Return the keys that several trunks have, as `trunk_keys` returns them."""
    counts = Counter(key for credential in credentials for key in trunk_keys(credential))
    return {key for key, count in counts.items() if count > 1}


def warn_of_templates(options: Mapping[str, Any], what: str) -> None:
    """Warn if a text would be run as a template when it is loaded as a variable."""
    found = [option for option, value in options.items() if isinstance(value, str) and TEMPLATE.search(value)]
    if found:
        show_warning(
            f"The {' and '.join(found)} of {what} would be run as a template if loaded from a vars file. Load the file"
            " as data: lookup('ansible.builtin.file', ...) | from_yaml."
        )
