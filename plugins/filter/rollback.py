# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter that turns the result of a fleet task into the entries that undo it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
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
  - Converts the registered result of a M(dasha.blackbox.sip_trunks) task into a mapping of C(trunks) and
    C(phone_numbers), for the options of that module with these names.
  - A created object is deleted. A deleted one is created again with its fields and its agents, and with a new id. An
    updated one gets its previous values back, including null. A moved phone number is moved back.
  - Values that the task did not change are left alone, so later changes to them are kept.
  - If somebody has created a deleted trunk or phone number again in the meantime, that one gets the previous values. A
    trunk keeps its password if the API returns it.
  - A deleted trunk whose server and user another trunk has as well cannot be restored, because an entry without an id
    is about the other trunk. The filter then fails.
  - If the task failed half-way, the entries undo what was changed, and what a request whose outcome is unknown may have
    changed.
  - The result of check mode, or of a plan that was refused, cannot be rolled back, because nothing was changed. The
    filter then fails.
  - Applying the entries a second time changes nothing. If applying them fails for some phone numbers, apply them again.
positional: _input
options:
  _input:
    description: The registered result of a M(dasha.blackbox.sip_phone_numbers) or M(dasha.blackbox.sip_trunks) task.
    type: dict
    required: true
  passwords:
    description:
      - Passwords of trunks by their names, C(auth_user@server). The result of a task never contains a password, so a
        trunk with a user that was deleted comes back only with its password, and a changed password is only restored
        with the previous one.
      - If the API does not return passwords, other values of a trunk with a user are restored only with its password
        from before the run, too. An empty one means that it had none.
      - The names are those from before the run.
      - If a password that is needed is missing, the filter fails and lists the trunks.
    type: dict
    default: {}
notes:
  - Apply the entries without O(dasha.blackbox.sip_phone_numbers#module:purge), and set
    O(dasha.blackbox.sip_phone_numbers#module:max_deletions) to the number of entries with C(state=absent).
  - A phone number that was created with agents is deleted with C(force=true), even if other agents use it in the
    meantime.
  - The result of a task does not contain the agents that moved to a listed phone number from one without
    C(outgoing_calls_agent_ids). They are not linked again.
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

- name: Change trunks and their phone numbers
  dasha.blackbox.sip_trunks:
    trunks:
      - server: sip.example.com
        description: Head office
        phone_numbers:
          - phone_number: "+15552223333"
  register: office

- name: Undo that too
  dasha.blackbox.sip_trunks:
    trunks: "{{ undo.trunks }}"
    phone_numbers: "{{ undo.phone_numbers }}"
    max_deletions: 100
  vars:
    undo: "{{ office | dasha.blackbox.rollback(passwords=vault_sip_passwords | default({})) }}"
"""

RETURN = r"""
_value:
  description:
    - For a result of M(dasha.blackbox.sip_phone_numbers), a list of entries for
      O(dasha.blackbox.sip_phone_numbers#module:phone_numbers), in the reverse order of the changes. The list is empty
      if the task changed nothing.
    - For a result of M(dasha.blackbox.sip_trunks), a mapping with the lists C(trunks) and C(phone_numbers).
  type: raw
  sample:
    - id: 0d9c1d5e-6f0f-4c52-8a0e-6a1c7a3b2f22
      state: absent
    - id: 9b2f0c1e-8a5d-4f0e-9d55-0f6f2b0c7a11
      display_name: Support line
      state: present
"""


def rollback(result: Any, *, passwords: Any = None) -> list[dict[str, Any]] | dict[str, list[dict[str, Any]]]:
    """Return the entries that undo what a fleet task did.

    Raises:
        AnsibleFilterError: the input is not the result of a fleet task, nothing was applied, a password is missing, or
            a trunk cannot be restored.
    """
    run = read_result(result, "rollback")
    if not run.applied:
        why = "the plan was refused" if run.refused else "it is a preview in check mode"
        raise AnsibleFilterError(f"There is nothing to roll back: {why}, so nothing was changed.")
    known = {} if passwords is None else passwords
    if not isinstance(known, Mapping) or not all(isinstance(each, str) for each in known.values()):
        raise AnsibleFilterError("passwords must be a mapping of trunks (user@server) to passwords.")
    undone = undo_all(run, known)
    return {f"{kind}s": entries for kind, entries in undone.items()} if run.has_trunks else undone["phone_number"]


class FilterModule:
    """What Ansible loads."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filters by name."""
        return {"rollback": rollback}
