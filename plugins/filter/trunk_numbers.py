# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter that turns trunks into the entries of one fleet task, for the role `provision` and others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible_collections.dasha.blackbox.plugins.plugin_utils._trunks import NUMBERS, Trunk, is_list, present_trunks

DOCUMENTATION = r"""
name: trunk_numbers
short_description: Convert trunks with their phone numbers into entries for sip_phone_numbers
version_added: "1.0.0"
description:
  - Takes trunks as in C(blackbox_trunks) of the role P(dasha.blackbox.provision#role), and the results of a looped
    M(dasha.blackbox.sip_credential) task that created them. Returns the phone numbers of all trunks with the state
    V(present), each with the C(credentials_id) of its trunk.
  - A trunk that does not exist yet, because its creation was only previewed, gets a placeholder UUID, so that its
    numbers can be previewed too.
  - The filter fails if a trunk is listed twice, has an unknown state, or has a phone number that
    M(dasha.blackbox.sip_phone_numbers) would reject. The message names the position.
    P(dasha.blackbox.provision_errors#filter) checks all options.
  - P(dasha.blackbox.trunk_ids#filter) returns the same UUIDs, for a purge.
positional: _input, results
options:
  _input:
    description: The trunks, each with the options of M(dasha.blackbox.sip_credential) and C(phone_numbers).
    type: list
    elements: dict
    required: true
  results:
    description:
      - The C(results) of the looped task, one for each trunk.
      - If omitted, every trunk gets a placeholder UUID. This checks the phone numbers before the first write.
    type: list
    elements: dict
author:
  - The dasha.blackbox contributors (@dasha-ai)
seealso:
  - plugin: dasha.blackbox.trunk_ids
    plugin_type: filter
  - plugin: dasha.blackbox.provision_errors
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Check the phone numbers before the first write
  ansible.builtin.assert:
    that: trunks | dasha.blackbox.trunk_numbers is sequence
    quiet: true

- name: Create the trunks
  dasha.blackbox.sip_credential:
    server: "{{ trunks[index].server }}"
  loop: "{{ range(trunks | length) | list }}"
  loop_control:
    loop_var: index
  register: created

- name: Create all their numbers
  dasha.blackbox.sip_phone_numbers:
    phone_numbers: "{{ trunks | dasha.blackbox.trunk_numbers(created.results) }}"
"""

RETURN = r"""
_value:
  description: Entries for O(dasha.blackbox.sip_phone_numbers#module:phone_numbers).
  type: list
  elements: dict
  sample:
    - phone_number: "+15551234567"
      credentials_id: 3fa85f64-5717-4562-b3fc-2c963f66afa6
"""


def trunk_numbers(trunks: list[Trunk], results: list[Trunk] | None = None) -> list[dict[str, Any]]:
    """Return the phone numbers of all trunks with the state present, each with the id of its trunk.

    Args:
        trunks: as the role takes them.
        results: of the looped task that created them; if None, every trunk gets a placeholder id.

    Raises:
        AnsibleFilterError: the input is not what the role takes.
    """
    if results is None and is_list(trunks):
        results = [{}] * len(trunks)
    return [
        {**number, "credentials_id": trunk_id}
        for trunk, trunk_id in present_trunks(trunks, results)
        for number in trunk.get(NUMBERS) or []
    ]


class FilterModule:
    """What Ansible loads."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filters by name."""
        return {"trunk_numbers": trunk_numbers}
