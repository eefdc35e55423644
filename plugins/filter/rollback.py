# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter that turns the result of a fleet task into the entries that undo it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.dasha.blackbox.plugins.plugin_utils._fleet_result import read_result
from ansible_collections.dasha.blackbox.plugins.plugin_utils._rollback import undo_all

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
  - If the task failed for some phone numbers, the entries undo only what was changed. A request whose outcome is
    unknown does not count as a change.
  - The result of check mode, or of a plan that was refused, cannot be rolled back, because nothing was changed. The
    filter then fails.
  - Applying the entries a second time changes nothing. If applying them fails for some phone numbers, apply them again.
notes:
  - Apply the entries without O(dasha.blackbox.sip_phone_numbers#module:purge), and set
    O(dasha.blackbox.sip_phone_numbers#module:max_deletions) to the number of entries with C(state=absent).
  - A phone number that was created with agents is deleted with C(force=true), even if other agents use it in the
    meantime.
  - The result of a task does not contain the agents that made outgoing calls from a deleted phone number, or that moved
    to a listed phone number from one without C(outgoing_calls_agent_ids). They are not linked again.
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
    phone_numbers: "{{ entries }}"
    max_deletions: "{{ entries | selectattr('state', 'equalto', 'absent') | length }}"
  vars:
    entries: "{{ run | dasha.blackbox.rollback }}"
"""

RETURN = r"""
_value:
  description:
    - Entries for O(dasha.blackbox.sip_phone_numbers#module:phone_numbers), in the reverse order of the changes.
    - The list is empty if the task changed nothing.
  type: list
  elements: dict
  sample:
    - id: 0d9c1d5e-6f0f-4c52-8a0e-6a1c7a3b2f22
      phone_number: "+15550001111"
      credentials_id: 3fa85f64-5717-4562-b3fc-2c963f66afa6
      state: absent
    - id: 9b2f0c1e-8a5d-4f0e-9d55-0f6f2b0c7a11
      display_name: Support line
      state: present
"""


def rollback(result: Any) -> list[dict[str, Any]]:
    """Return the entries that undo what a fleet task did.

    Raises:
        AnsibleFilterError: the input is not the result of a fleet task, or nothing was applied.
    """
    run = read_result(result, "rollback")
    if not run.applied:
        why = "the plan was refused" if run.refused else "it is a preview in check mode"
        raise AnsibleFilterError(f"There is nothing to roll back: {why}, so nothing was changed.")
    return undo_all(run.changes)


class FilterModule:
    """What Ansible loads."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filters by name."""
        return {"rollback": rollback}
