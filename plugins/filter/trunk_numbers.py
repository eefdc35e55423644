# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter by which the role `provision` gets from trunks to the entries of one fleet task."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible_collections.dasha.blackbox.plugins.plugin_utils._trunks import Trunk, as_mapping, present_trunks

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
  - The result also serves to purge, as P(dasha.blackbox.trunk_ids#filter) names the same trunks.
positional: _input, results
options:
  _input:
    description: The trunks.
    type: list
    elements: dict
    required: true
  results:
    description: The C(results) of the looped task, one for each trunk.
    type: list
    elements: dict
    required: true
author:
  - The dasha.blackbox contributors (@dasha-ai)
seealso:
  - plugin: dasha.blackbox.trunk_ids
    plugin_type: filter
"""

EXAMPLES = r"""
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


def trunk_numbers(trunks: list[Trunk], results: list[Trunk]) -> list[dict[str, Any]]:
    """Return the phone numbers of all trunks that are to be present, each with the id of its trunk.

    Raises:
        AnsibleFilterError: the input is not what the role takes.
    """
    return [
        {**as_mapping(number, f"phone_numbers[{place}] of trunk {index}"), "credentials_id": trunk_id}
        for index, (trunk, trunk_id) in enumerate(present_trunks(trunks, results))
        for place, number in enumerate(trunk.get("phone_numbers") or [])
    ]


class FilterModule:
    """What Ansible loads."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filters by name."""
        return {"trunk_numbers": trunk_numbers}
