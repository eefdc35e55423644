# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter by which the role `provision` gets from trunks to the entries of one fleet task."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible_collections.dasha.blackbox.plugins.plugin_utils._trunks import Trunk, check_trunks, present_trunks

DOCUMENTATION = r"""
name: trunk_numbers
short_description: Turn trunks with their phone numbers into one list of entries
version_added: "1.0.0"
description:
  - Takes trunks as the role P(dasha.blackbox.provision#role) does, and the results of a looped
    M(dasha.blackbox.sip_credential) task over all of them, and gives the phone numbers of all trunks that are to be
    present, each with the C(credentials_id) of its trunk.
  - A trunk that does not exist yet, because its creation was only previewed, counts under a made-up UUID, so that its
    numbers can be previewed too.
  - A trunk that is listed twice, and phone numbers that M(dasha.blackbox.sip_phone_numbers) would refuse, end the run
    with a message that names their place.
  - The result also serves to purge, as P(dasha.blackbox.trunk_ids#filter) names the same trunks.
positional: _input, results
options:
  _input:
    description: The trunks.
    type: list
    elements: dict
    required: true
  results:
    description:
      - The C(results) of the looped task, one for each trunk.
      - Left out, all trunks count under made-up UUIDs, which serves to check them before anything is written.
    type: list
    elements: dict
author:
  - The dasha.blackbox contributors (@dasha-ai)
seealso:
  - plugin: dasha.blackbox.trunk_ids
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Check the phone numbers before anything is written
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
    """Return the phone numbers of all trunks that are to be present, each with the id of its trunk.

    Args:
        trunks: as the role takes them.
        results: of the looped task that created them; without it, all ids are made up.

    Raises:
        AnsibleFilterError: the input is not what the role takes.
    """
    check_trunks(trunks)
    made = [{} for _trunk in trunks] if results is None else results
    return [
        {**number, "credentials_id": trunk_id}
        for trunk, trunk_id in present_trunks(trunks, made)
        for number in trunk.get("phone_numbers") or []
    ]


class FilterModule:
    """What Ansible loads."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filters by name."""
        return {"trunk_numbers": trunk_numbers}
