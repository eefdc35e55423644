# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plain values: what a module would receive of a task's arguments, as JSON."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any


class NotPlainError(TypeError):
    """A value that only Ansible itself can hand over to a module."""


class TimeError(NotPlainError):
    """A point in time: YAML makes one of a text without quotes, in another spelling, and no option is one."""


def to_plain(value: Any) -> Any:
    """Return a value of exact JSON types, equal to what Ansible's encoder hands to a module.

    Since ansible-core 2.19, strings, numbers, dicts and lists of a task are subclasses that carry tags; before, strings
    may be marked as unsafe or be encrypted with Ansible Vault.

    Raises:
        NotPlainError: a value of another type.
        TimeError: a point in time; a date is the text that its author wrote.
    """
    if value is None or value is True or value is False:
        return value
    for kind, convert in CONVERSIONS:
        if isinstance(value, kind):
            return convert(value)
    if type(value).__name__ == "AnsibleVaultEncryptedUnicode":
        return str.__str__(value.data)
    if isinstance(value, Sequence) and not isinstance(value, (bytes, bytearray)):
        return [to_plain(member) for member in value]
    raise NotPlainError(type(value).__name__)


def find_time(value: Any, location: str = "") -> str:
    """Return the name of the option that has a point in time, empty if there is none."""
    if isinstance(value, datetime.datetime):
        return location
    members: Iterable[tuple[Any, Any]] = ()
    if isinstance(value, Mapping):
        members = ((f"{location}.{key}" if location else str(key), member) for key, member in value.items())
    elif isinstance(value, (list, tuple)):
        members = ((f"{location}[{index}]", member) for index, member in enumerate(value))
    return next((found for name, member in members if (found := find_time(member, name))), "")


def _plain_dict(value: Mapping[Any, Any]) -> dict[str, Any]:
    return {_plain_key(key): to_plain(member) for key, member in value.items()}


def _plain_key(key: Any) -> str:
    plain = to_plain(key)
    if not isinstance(plain, str):
        raise NotPlainError(f"key of type {type(key).__name__}")
    return plain


def _plain_date(value: datetime.date) -> str:
    if isinstance(value, datetime.datetime):
        raise TimeError(type(value).__name__)
    return value.isoformat()


CONVERSIONS: tuple[tuple[Any, Callable[[Any], Any]], ...] = (
    (str, str.__str__),
    (int, int),
    (float, float),
    (Mapping, _plain_dict),
    (datetime.date, _plain_date),
)
