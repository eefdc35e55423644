# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the filters of the role `provision` share: trunks, joined with the results of the task that created them."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from ansible.errors import AnsibleFilterError

UNBORN = uuid.UUID("b1ac0b0c-0000-4000-8000-00000000a5e1")
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
        (as_mapping(trunk, f"trunk {index}"), _id(result, index))
        for index, (trunk, result) in enumerate(zip(trunks, results))
        if (trunk.get("state") or "present") == "present"
    ]


def as_mapping(value: Any, place: str) -> dict[str, Any]:
    """Return a mapping of options as a dict, or raise AnsibleFilterError with the place where something else is."""
    if not isinstance(value, Mapping):
        raise AnsibleFilterError(f"{place} must be a mapping of options, not {type(value).__name__}.")
    return dict(value)


def _id(result: Trunk, index: int) -> str:
    known = (result.get("sip_credential") or {}).get("id")
    return str(known or uuid.uuid5(UNBORN, f"trunk {index}"))
