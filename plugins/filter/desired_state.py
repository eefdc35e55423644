# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter that turns what exists into what is wanted."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible.utils.display import Display

from ansible_collections.dasha.blackbox.plugins.module_utils._resources.sip_phone_number import PHONE_NUMBER

DOCUMENTATION = r"""
name: desired_state
short_description: Convert existing phone numbers into entries for sip_phone_numbers
version_added: "1.0.0"
description:
  - Converts the phone numbers that M(dasha.blackbox.sip_phone_number_info) returns into entries for
    O(dasha.blackbox.sip_phone_numbers#module:phone_numbers). Use it to write phone numbers that were created manually
    to a file, and to manage them from there. If the entries are applied immediately, they change nothing.
  - Phone numbers that a VoIP provider manages are omitted, and so are values that are null.
  - Anybody in the organization may have written display names and descriptions. If one contains a Jinja2 delimiter such
    as C({{), the filter warns. Load the file as data, as in the example, and not as a vars file.
positional: _input
options:
  _input:
    description: The phone numbers, as in RV(dasha.blackbox.sip_phone_number_info#module:sip_phone_numbers).
    type: list
    elements: dict
    required: true
author:
  - The dasha.blackbox contributors (@dasha-ai)
seealso:
  - module: dasha.blackbox.sip_phone_number_info
  - module: dasha.blackbox.sip_phone_numbers
"""

EXAMPLES = r"""
- name: Retrieve existing phone numbers
  dasha.blackbox.sip_phone_number_info:
  register: existing

- name: Write them to a file
  ansible.builtin.copy:
    dest: phone_numbers.yml
    content: "{{ {'phone_numbers': existing.sip_phone_numbers | dasha.blackbox.desired_state} | to_nice_yaml }}"
    mode: "0644"

- name: Manage the phone numbers of the file, read as data so that no text in it is templated
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
      credentials_id: 3fa85f64-5717-4562-b3fc-2c963f66afa6
      display_name: Support line
      registration: true
"""


TEMPLATE = re.compile(r"\{[{%#]")


def desired_state(numbers: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return an entry for each phone number that no provider manages.

    Args:
        numbers: results of sip_phone_number_info.

    Raises:
        AnsibleFilterError: the input is no list of phone numbers.
    """
    if isinstance(numbers, (str, Mapping)) or not isinstance(numbers, Iterable):
        raise AnsibleFilterError("desired_state takes the list sip_phone_numbers that sip_phone_number_info returns.")
    entries = [_entry(number) for index, number in enumerate(numbers) if not _managed_by_provider(number, index)]
    for entry in entries:
        _warn_of_templates(entry)
    return entries


def _managed_by_provider(number: Any, index: int) -> bool:
    if not isinstance(number, Mapping) or not all(number.get(option) for option in PHONE_NUMBER.key):
        raise AnsibleFilterError(f"Item {index} is no phone number as sip_phone_number_info returns it.")
    return bool(number.get("provider_id"))


def _entry(number: Mapping[str, Any]) -> dict[str, Any]:
    return {
        field.option: number[field.option] for field in PHONE_NUMBER.settable if number.get(field.option) is not None
    }


def _warn_of_templates(entry: Mapping[str, Any]) -> None:
    found = [option for option, value in entry.items() if isinstance(value, str) and TEMPLATE.search(value)]
    if found:
        Display().warning(
            f"What phone number {entry['phone_number']!r} has as {' and '.join(found)} would be run as a template if it"
            " were loaded from a vars file. Load it as data: lookup('ansible.builtin.file', ...) | from_yaml."
        )


class FilterModule:
    """What Ansible loads."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filters by name."""
        return {"desired_state": desired_state}
