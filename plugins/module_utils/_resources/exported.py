# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Turn results of the info modules into what the modules and the role take, so that applying it changes nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from .._common.errors import InvalidOptionsError
from .desired import read_value
from .schema import LINK, NO_NAMES, Field, Resource, is_uuid
from .sip_credential import CREDENTIAL, trunk_keys, trunk_name
from .sip_phone_number import PHONE_NUMBER
from .texts import is_visible

OMIT, CLEAR = "omit", "clear"
EMPTY_VALUES: Mapping[str, Any] = {"list": [], "int": 0}

Exported = Mapping[str, Any]


def to_options(obj: Exported, fields: Iterable[Field], nulls: str) -> dict[str, Any]:
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


def identify(resource: Resource, obj: Exported, options: dict[str, Any]) -> dict[str, Any]:
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


def is_provider_managed(obj: Exported) -> bool:
    """Return whether a VoIP provider manages a phone number or a trunk, given as a result."""
    return bool(obj.get("provider_id")) or obj.get("source") == "provider"


def number_options(number: Exported, nulls: str) -> dict[str, Any]:
    """Return an entry for a phone number; of one that a provider manages, only the agents can be changed."""
    managed = is_provider_managed(number)
    fields = [
        field
        for field in PHONE_NUMBER.settable
        if not managed or field.option in PHONE_NUMBER.key or field.role == LINK
    ]
    return identify(PHONE_NUMBER, number, to_options(number, fields, nulls))


def unique_trunk_names(credentials: Iterable[Exported]) -> dict[str, str]:
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


def shared_keys(credentials: Iterable[Exported]) -> set[tuple[Any, ...]]:
    """Return the keys that several trunks have, as `trunk_keys` returns them."""
    counts = Counter(key for credential in credentials for key in trunk_keys(credential))
    return {key for key, count in counts.items() if count > 1}


def trunk_options(credential: Exported, shared: set[tuple[Any, ...]], nulls: str) -> dict[str, Any]:
    """Return an entry for a trunk.

    Args:
        shared: keys that several trunks have, as `shared_keys` returns them.
        nulls: whether a field without a value is omitted or cleared.
    """
    options = to_options(credential, CREDENTIAL.settable, nulls)
    if trunk_keys(credential) & shared:
        return {"id": credential["id"], **options}
    return identify(CREDENTIAL, credential, options)


def with_names(
    entry: Mapping[str, Any], trunks: Mapping[str, str] = NO_NAMES, agents: Mapping[str, str] = NO_NAMES
) -> dict[str, Any]:
    """Return the entry of a phone number with names in place of the ids of its trunk and agents, if all are known.

    Args:
        trunks: names by id in lower case.
        agents: names by id.
    """
    named: dict[str, Any] = {}
    for option, value in entry.items():
        field = PHONE_NUMBER.by_option[option]
        names = trunks if field.refers_to == "trunk" else agents
        ids = value if field.type == "list" else [value.lower() if field.type == "uuid" else value]
        if field.named and value and all(member in names for member in ids):
            found = [names[member] for member in ids]
            named[field.named] = found if field.type == "list" else found[0]
        else:
            named[option] = value
    return named
