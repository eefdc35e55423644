# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter that turns existing phone numbers into entries of a fleet task."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ansible_collections.dasha.blackbox.plugins.module_utils._resources.exported import (
    OMIT,
    is_provider_managed,
    number_options,
    unique_trunk_names,
    with_names,
)
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.sip_credential import CREDENTIAL
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.sip_phone_number import PHONE_NUMBER
from ansible_collections.dasha.blackbox.plugins.plugin_utils._desired_entries import (
    check_nulls,
    check_objects,
    warn_of_templates,
)

DOCUMENTATION = r"""
name: desired_state
short_description: Convert existing phone numbers into entries for sip_phone_numbers
version_added: "1.0.0"
description:
  - Converts the phone numbers that M(dasha.blackbox.sip_phone_number_info) returns into entries for
    O(dasha.blackbox.sip_phone_numbers#module:phone_numbers). Use it to write phone numbers that were created manually
    to a file, and to manage them from there.
  - If the entries are applied immediately, they change nothing.
  - If the phone numbers were retrieved with O(dasha.blackbox.sip_phone_number_info#module:affected_agents=true), the
    entries also contain the agents that make outgoing calls from them, as C(outgoing_calls_agent_ids). A fleet task
    then sends one more request for each number whose entry contains them.
  - Anybody in the organization may have written the display names and descriptions. If one contains a Jinja2 delimiter
    such as C({{), the filter warns. Load the file as data, as in the example, and not as a vars file.
positional: _input
options:
  _input:
    description: The phone numbers, as in RV(dasha.blackbox.sip_phone_number_info#module:sip_phone_numbers).
    type: list
    elements: dict
    required: true
  nulls:
    description:
      - How to convert fields that have no value, such as the description of a number that has none.
      - With V(omit), they are omitted from the entry, so that later manual changes to them are left alone.
      - With V(clear), they are an empty string (for C(outgoing_calls_agent_ids), an empty list), so that later manual
        changes to them are reverted.
    type: str
    choices: [omit, clear]
    default: omit
  provider_numbers:
    description:
      - Whether phone numbers that a VoIP provider manages are included. Their entries only contain their agents, which
        are all that can be managed.
      - If V(false), they are omitted.
    type: bool
    default: false
  trunks:
    description:
      - SIP credentials, as in RV(dasha.blackbox.sip_credential_info#module:sip_credentials). If set, entries identify
        their trunk by its name, C(trunk), and not by its UUID, C(credentials_id).
      - A trunk that is not in this list, or that has the same server and user name as another one, is still identified
        by C(credentials_id).
      - Pass all SIP credentials of the organization. A name that is unique only among some of them would be ambiguous
        when the entries are applied.
      - If omitted or null, entries contain C(credentials_id).
    type: list
    elements: dict
author:
  - The dasha.blackbox contributors (@dasha-ai)
seealso:
  - module: dasha.blackbox.sip_phone_number_info
  - module: dasha.blackbox.sip_phone_numbers
  - plugin: dasha.blackbox.desired_trunks
    plugin_type: filter
    description: Convert trunks together with their phone numbers, for the role P(dasha.blackbox.provision#role).
"""

EXAMPLES = r"""
- name: Retrieve all phone numbers, with the agents that use them
  dasha.blackbox.sip_phone_number_info:
    affected_agents: true
  register: existing

- name: Retrieve all trunks
  dasha.blackbox.sip_credential_info:
  register: trunks

- name: Write the phone numbers to a file
  ansible.builtin.copy:
    dest: phone_numbers.yml
    content: "{{ {'phone_numbers': entries} | to_nice_yaml }}"
    mode: "0644"
  vars:
    entries: >-
      {{ existing.sip_phone_numbers
         | dasha.blackbox.desired_state(nulls='clear', trunks=trunks.sip_credentials) }}

- name: Manage the phone numbers of the file, read as data so that no display name is templated
  dasha.blackbox.sip_phone_numbers:
    phone_numbers: "{{ (lookup('ansible.builtin.file', 'phone_numbers.yml') | from_yaml).phone_numbers }}"
"""

RETURN = r"""
_value:
  description: Entries for O(dasha.blackbox.sip_phone_numbers#module:phone_numbers), in the order of the input.
  type: list
  elements: dict
  sample:
    - phone_number: "+15551234567"
      trunk: blackbox@sip.example.net
      display_name: Support line
      description: ""
      registration: true
      incoming_calls_agent_id: agent-support
      outgoing_calls_agent_ids: []
"""

NUMBERS = "desired_state takes the list sip_phone_numbers that sip_phone_number_info returns"
TRUNKS = "trunks of desired_state takes the list sip_credentials that sip_credential_info returns"


def desired_state(
    numbers: Iterable[Mapping[str, Any]],
    nulls: str = OMIT,
    provider_numbers: bool = False,
    trunks: Iterable[Mapping[str, Any]] | None = None,
) -> list[dict[str, Any]]:
    """Return an entry for each phone number.

    Args:
        numbers: results of sip_phone_number_info.
        nulls: whether fields without a value are omitted or cleared.
        provider_numbers: whether numbers that a provider manages are included.
        trunks: results of sip_credential_info; if None, entries have the ids of their trunks.

    Raises:
        AnsibleFilterError: the input or an option is invalid.
    """
    check_nulls(nulls)
    existing = check_objects(PHONE_NUMBER, numbers, NUMBERS)
    names = {} if trunks is None else unique_trunk_names(check_objects(CREDENTIAL, trunks, TRUNKS))
    entries = [
        with_names(number_options(number, nulls), names)
        for number in existing
        if provider_numbers or not is_provider_managed(number)
    ]
    for entry in entries:
        warn_of_templates(entry, f"phone number {entry.get('phone_number', entry.get('id'))!r}")
    return entries


class FilterModule:
    """What Ansible loads."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filters by name."""
        return {"desired_state": desired_state}
