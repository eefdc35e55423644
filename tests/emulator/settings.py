# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The switches of the emulator: what the contract leaves open, and what a test wants to happen."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import Any


class SettingsError(ValueError):
    """A switch that does not exist, or a value that it cannot take."""


@dataclass(frozen=True)
class Settings:
    """All switches.

    Attributes:
        filter: how the phoneNumber filter compares: `exact`, `prefix` or `substring`.
        omit_nulls: leave null fields out of answers.
        create_status, delete_status: which of the documented statuses creation and deletion answer.
        password: how authPassword comes back: `clear`, `masked` or `absent`.
        max_take: the longest page given, whatever was asked for; None for the contract's limit.
        trim: store texts without blanks at their ends.
        uuid_case: `lower` or `upper` in answers.
        latency: seconds before each answer.
        unknown_fields: what happens to body fields outside of the contract: `ignore`, `store` or `reject`.
        read_only_fields: what happens to read-only fields in a body: `reject` or `ignore`.
        extra_fields: added to every number and credential given back, as a newer API would.
        check_answers: check every answer against the contract.
        registration_delay: seconds from switching registration on to its outcome.
        registration_failures: rules `{phone_number | credentials_id, error_description, sip_response_message}` for
            numbers whose registration fails.
        registration_stuck: phone numbers whose registration never comes to an end.
        registration_stale: after a change, show the old state until the new one arrives.
        quota: `{requests, per_seconds, retry_after}` for each key, or None.
    """

    filter: str = "exact"
    omit_nulls: bool = False
    create_status: int = 201
    delete_status: int = 204
    password: str = "clear"
    max_take: int | None = None
    trim: bool = False
    uuid_case: str = "lower"
    latency: float = 0.0
    unknown_fields: str = "ignore"
    read_only_fields: str = "reject"
    extra_fields: dict[str, Any] = field(default_factory=dict)
    check_answers: bool = True
    registration_delay: float = 2.0
    registration_failures: list[dict[str, Any]] = field(default_factory=list)
    registration_stuck: list[str] = field(default_factory=list)
    registration_stale: bool = False
    quota: dict[str, Any] | None = None

    def changed(self, changes: dict[str, Any]) -> Settings:
        """Return these settings with some changed.

        Raises:
            SettingsError: an unknown name, or a value that the switch cannot take.
        """
        for name, value in changes.items():
            _check(name, value)
        return dataclasses.replace(self, **changes)


_CHOICES: dict[str, tuple[Any, ...]] = {
    "filter": ("exact", "prefix", "substring"),
    "create_status": (200, 201),
    "delete_status": (200, 204),
    "password": ("clear", "masked", "absent"),
    "uuid_case": ("lower", "upper"),
    "unknown_fields": ("ignore", "store", "reject"),
    "read_only_fields": ("reject", "ignore"),
}
_TYPES: dict[str, tuple[type, ...]] = {
    "omit_nulls": (bool,),
    "trim": (bool,),
    "check_answers": (bool,),
    "registration_stale": (bool,),
    "max_take": (int, type(None)),
    "latency": (int, float),
    "registration_delay": (int, float),
    "extra_fields": (dict,),
    "registration_failures": (list,),
    "registration_stuck": (list,),
    "quota": (dict, type(None)),
}
_QUOTA_KEYS = {"requests", "per_seconds", "retry_after"}


def _check(name: str, value: Any) -> None:
    if name in _CHOICES:
        if value not in _CHOICES[name]:
            raise SettingsError(f"{name} must be one of {', '.join(map(str, _CHOICES[name]))}, not {value!r}")
    elif name not in _TYPES:
        raise SettingsError(f"there is no setting {name!r}; there are {', '.join(sorted({**_CHOICES, **_TYPES}))}")
    elif not isinstance(value, _TYPES[name]):
        raise SettingsError(f"{name} cannot be {value!r}")
    elif name == "quota" and isinstance(value, dict) and not set(value) <= _QUOTA_KEYS:
        raise SettingsError(f"quota takes {', '.join(sorted(_QUOTA_KEYS))}")
