# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the filters on the result of a fleet task share: the result, checked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.errors import AnsibleFilterError

ACTIONS = ("create", "update", "delete")
KEYS = ("plan_id", "summary", "changes", "failures")


def read_result(result: Any, name: str) -> dict[str, Any]:
    """Return the result of `sip_phone_numbers`.

    Args:
        name: of the filter, for messages.

    Raises:
        AnsibleFilterError: it is the result of something else, or of a task that could not even make a plan.
    """
    if not isinstance(result, Mapping):
        raise AnsibleFilterError(f"{name} takes the registered result of a sip_phone_numbers task.")
    missing = [key for key in KEYS if key not in result]
    if missing:
        raise AnsibleFilterError(
            f"{name} takes the registered result of a sip_phone_numbers task; this one has no {', '.join(missing)}."
            f" {result.get('msg', '')}".rstrip()
        )
    for index, change in enumerate(result["changes"]):
        if not isinstance(change, Mapping) or change.get("action") not in ACTIONS:
            raise AnsibleFilterError(f"changes[{index}] is not a change as sip_phone_numbers returns it.")
    return dict(result)
