# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter that turns the result of a fleet task into the entries that undo it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.dasha.blackbox.plugins.module_utils._resources.schema import LINK
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.sip_phone_number import PHONE_NUMBER
from ansible_collections.dasha.blackbox.plugins.plugin_utils._fleet_result import read_result

DOCUMENTATION = r"""
name: rollback
short_description: Convert the result of a fleet task into entries that undo it
version_added: "1.0.0"
description:
  - Converts the registered result of a M(dasha.blackbox.sip_phone_numbers) task into entries for
    O(dasha.blackbox.sip_phone_numbers#module:phone_numbers) that undo exactly what the task changed.
  - A created phone number is deleted. A deleted one is created again with its fields and its agents, and with a new id.
    An updated one gets its previous values back, including null. A moved one is moved back.
  - Values that the task did not change are left alone, so later changes to them are kept.
  - If the task failed for some phone numbers, the entries undo only what was changed.
  - The result of check mode, or of a plan that was rejected, cannot be rolled back, because nothing was changed.
positional: _input
options:
  _input:
    description: The registered result of the task.
    type: dict
    required: true
author:
  - The dasha.blackbox contributors (@dasha-ai)
seealso:
  - module: dasha.blackbox.sip_phone_numbers
  - plugin: dasha.blackbox.change_report
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Change the phone numbers
  dasha.blackbox.sip_phone_numbers:
    credentials_id: 3fa85f64-5717-4562-b3fc-2c963f66afa6
    phone_numbers:
      - phone_number: "+15551234567"
        display_name: Renamed
      - phone_number: "+15550001111"
  register: run

- name: Undo it
  dasha.blackbox.sip_phone_numbers:
    phone_numbers: "{{ run | dasha.blackbox.rollback }}"
    max_deletions: "{{ run.summary.created }}"
"""

RETURN = r"""
_value:
  description: Entries for O(dasha.blackbox.sip_phone_numbers#module:phone_numbers).
  type: list
  elements: dict
  sample:
    - id: 9b2f0c1e-8a5d-4f0e-9d55-0f6f2b0c7a11
      display_name: Support line
    - id: 0d9c1d5e-6f0f-4c52-8a0e-6a1c7a3b2f22
      phone_number: "+15550001111"
      credentials_id: 3fa85f64-5717-4562-b3fc-2c963f66afa6
      state: absent
"""

LINKS = tuple(field.option for field in PHONE_NUMBER.settable if field.role == LINK)


def rollback(result: Any) -> list[dict[str, Any]]:
    """Return the entries that undo what a fleet task did.

    Raises:
        AnsibleFilterError: the input is not the result of a fleet task, or nothing was applied.
    """
    run = read_result(result, "rollback")
    if not run.get("applied"):
        raise AnsibleFilterError("There is nothing to roll back: the result is a preview, or its plan was refused.")
    undo = {"create": _undo_create, "update": _undo_update, "delete": _undo_delete}
    return [undo[change["action"]](change) for change in run["changes"]]


def _undo_create(change: Mapping[str, Any]) -> dict[str, Any]:
    entry = {option: change[option] for option in ("id", *PHONE_NUMBER.key)}
    # The agents that the task linked itself do not have to stand in the way.
    force = {"force": True} if any(change["after"].get(option) for option in LINKS) else {}
    return {**entry, "state": "absent", **force}


def _undo_update(change: Mapping[str, Any]) -> dict[str, Any]:
    before, after = change["before"], change["after"]
    changed = [option for option in before if before[option] != after.get(option)]
    return {"id": change["id"], "state": "present", **{option: _value(option, before[option]) for option in changed}}


def _undo_delete(change: Mapping[str, Any]) -> dict[str, Any]:
    values = {option: value for option, value in change["before"].items() if value not in (None, [])}
    return {**values, "state": "present"}


def _value(option: str, value: Any) -> Any:
    """Return a value as an entry sets it: null would mean to leave the current one alone."""
    if value is not None:
        return value
    field = PHONE_NUMBER.by_option[option]
    return [] if field.type == "list" else field.default if field.type == "bool" else ""


class FilterModule:
    """What Ansible loads."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filters by name."""
        return {"rollback": rollback}
