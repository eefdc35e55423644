# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter that returns the trunks whose phone numbers may be purged, for the role `provision` and others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible_collections.dasha.blackbox.plugins.plugin_utils._trunks import NUMBERS, Trunk, present_trunks

DOCUMENTATION = r"""
name: trunk_ids
short_description: Return the UUIDs of the trunks that list their phone numbers
version_added: "1.0.0"
description:
  - Takes the same input as P(dasha.blackbox.trunk_numbers#filter). Returns the UUIDs of the trunks with the state
    V(present) that have a list of phone numbers, even an empty one.
positional: _input, results
options:
  _input:
    description: The trunks, each with the options of M(dasha.blackbox.sip_credential) and C(phone_numbers).
    type: list
    elements: dict
    required: true
  results:
    description: The C(results) of the looped task that created them, one for each trunk.
    type: list
    elements: dict
    required: true
author:
  - The dasha.blackbox contributors (@dasha-ai)
seealso:
  - plugin: dasha.blackbox.trunk_numbers
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Delete the phone numbers that are not listed, on these trunks only
  dasha.blackbox.sip_phone_numbers:
    phone_numbers: "{{ trunks | dasha.blackbox.trunk_numbers(created.results) }}"
    purge: true
    purge_credentials_ids: "{{ trunks | dasha.blackbox.trunk_ids(created.results) }}"
"""

RETURN = r"""
_value:
  description: UUIDs, for O(dasha.blackbox.sip_phone_numbers#module:purge_credentials_ids).
  type: list
  elements: str
  sample:
    - 3fa85f64-5717-4562-b3fc-2c963f66afa6
"""


def trunk_ids(trunks: list[Trunk], results: list[Trunk]) -> list[str]:
    """Return the ids of the trunks with the state present that have a list of phone numbers, even an empty one.

    Raises:
        AnsibleFilterError: the input is not what the role takes.
    """
    return [trunk_id for trunk, trunk_id in present_trunks(trunks, results) if trunk.get(NUMBERS) is not None]


class FilterModule:
    """What Ansible loads."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filters by name."""
        return {"trunk_ids": trunk_ids}
