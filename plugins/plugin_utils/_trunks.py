# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the filters of the role `provision` share: trunks, joined with the results of the task that created them."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.dasha.blackbox.plugins.module_utils._resources.entries import read_entries
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.sip_phone_number import PHONE_NUMBER
from ansible_collections.dasha.blackbox.plugins.module_utils._transport.errors import InvalidOptionsError

PLACEHOLDER_NAMESPACE = uuid.UUID("b1ac0b0c-0000-4000-8000-00000000a5e1")
Trunk = Mapping[str, Any]


def present_trunks(trunks: list[Trunk], results: list[Trunk]) -> list[tuple[Trunk, str]]:
    """Return the trunks that are to be present, each with its id.

    A trunk that does not exist yet, because its creation was only previewed, has a made-up id.

    Raises:
        AnsibleFilterError: the input is not what the role takes.
    """
    if len(trunks) != len(results):
        raise AnsibleFilterError(f"There are {len(trunks)} trunks, but {len(results)} results of creating them.")
    return [
        (as_mapping(trunk, f"trunks[{index}]"), _id(result, index))
        for index, (trunk, result) in enumerate(zip(trunks, results))
        if (trunk.get("state") or "present") == "present"
    ]


def check_trunks(trunks: list[Trunk]) -> None:
    """Check what can be checked before the first write: each trunk once, and phone numbers that can be meant.

    Raises:
        AnsibleFilterError: with the place of what is wrong.
    """
    places: dict[tuple[Any, ...], int] = {}
    for index, trunk in enumerate(trunks):
        as_mapping(trunk, f"trunks[{index}]")
        named = (trunk["id"],) if trunk.get("id") else (trunk.get("server"), trunk.get("auth_user") or None)
        if places.setdefault(named, index) != index:
            raise AnsibleFilterError(f"trunks[{places[named]}] and trunks[{index}] are the same trunk.")
        _check_numbers(trunk.get("phone_numbers") or [], f"trunks[{index}].phone_numbers")


def _check_numbers(numbers: Any, place: str) -> None:
    if isinstance(numbers, (str, Mapping)):
        raise AnsibleFilterError(f"{place} must be a list.")
    for index, number in enumerate(numbers):
        own = {"credentials_id", "credentialsId"}.intersection(as_mapping(number, f"{place}[{index}]"))
        if own:
            raise AnsibleFilterError(
                f"{place}[{index}] must not have {own.pop()}: it hangs on the trunk it is listed at."
            )
    try:
        read_entries(
            PHONE_NUMBER, numbers, {"credentials_id": str(PLACEHOLDER_NAMESPACE)}, place, present=True, force=False
        )
    except InvalidOptionsError as error:
        raise AnsibleFilterError(str(error)) from error


def as_mapping(value: Any, place: str) -> dict[str, Any]:
    """Return a mapping of options as a dict, or raise AnsibleFilterError with the place where something else is."""
    if not isinstance(value, Mapping):
        raise AnsibleFilterError(f"{place} must be a mapping of options.")
    return dict(value)


def _id(result: Trunk, index: int) -> str:
    known = (result.get("sip_credential") or {}).get("id")
    return str(known or uuid.uuid5(PLACEHOLDER_NAMESPACE, f"trunk {index}"))
