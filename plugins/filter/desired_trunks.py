# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter that turns existing trunks and their phone numbers into the variable of the role `provision`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ansible_collections.dasha.blackbox.plugins.module_utils._resources.exported import (
    OMIT,
    is_provider_managed,
    number_options,
    shared_keys,
    trunk_options,
)
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.sip_credential import CREDENTIAL
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.sip_phone_number import PHONE_NUMBER
from ansible_collections.dasha.blackbox.plugins.plugin_utils._desired_entries import (
    check_nulls,
    check_objects,
    warn_of_templates,
)

DOCUMENTATION = r"""
name: desired_trunks
short_description: Convert existing trunks and their phone numbers into a list for the role provision
version_added: "1.0.0"
description:
  - Converts the trunks that M(dasha.blackbox.sip_credential_info) returns, and the phone numbers that
    M(dasha.blackbox.sip_phone_number_info) returns, into a list for
    O(dasha.blackbox.provision#role:main:blackbox_trunks).
  - If the list is applied immediately with the role P(dasha.blackbox.provision#role), it changes nothing.
  - The list contains no passwords, because the modules do not return them. Add the C(auth_password) of each trunk from
    Ansible Vault before you change the trunk. An update that would destroy a stored password fails.
  - Trunks and phone numbers that a VoIP provider manages are omitted. P(dasha.blackbox.desired_state#filter) can
    include such phone numbers.
  - A trunk is identified by C(server) and C(auth_user). If two trunks of the input have the same ones, the list also
    contains their C(id). Pass all SIP credentials of the organization, so that the filter can detect this.
  - Anybody in the organization may have written the display names and descriptions. If one contains a Jinja2 delimiter
    such as C({{), the filter warns. Load the file as data, as in the example, and not as a vars file.
positional: _input, phone_numbers
options:
  _input:
    description: The trunks, as in RV(dasha.blackbox.sip_credential_info#module:sip_credentials).
    type: list
    elements: dict
    required: true
  phone_numbers:
    description:
      - The phone numbers, as in RV(dasha.blackbox.sip_phone_number_info#module:sip_phone_numbers). Phone numbers of
        other trunks are omitted.
      - A trunk without phone numbers gets an empty list. With
        O(dasha.blackbox.provision#role:main:provision_purge=true), the role then deletes phone numbers that are added
        to it manually, so pass all phone numbers of the organization.
      - If omitted or null, the trunks have no C(phone_numbers), and the role leaves their phone numbers alone.
    type: list
    elements: dict
  nulls:
    description:
      - How to convert fields that have no value, such as the description of a trunk that has none.
      - With V(omit), they are omitted, so that later manual changes to them are left alone.
      - With V(clear), they are an empty string (V(0) for C(cps_limit), an empty list for C(outgoing_calls_agent_ids)),
        so that later manual changes to them are reverted.
    type: str
    choices: [omit, clear]
    default: omit
author:
  - The dasha.blackbox contributors (@dasha-ai)
seealso:
  - module: dasha.blackbox.sip_credential_info
  - module: dasha.blackbox.sip_phone_number_info
  - plugin: dasha.blackbox.desired_state
    plugin_type: filter
    description: Convert phone numbers alone, for M(dasha.blackbox.sip_phone_numbers).
"""

EXAMPLES = r"""
- name: Retrieve all trunks
  dasha.blackbox.sip_credential_info:
  register: trunks

- name: Retrieve all phone numbers
  dasha.blackbox.sip_phone_number_info:
  register: numbers

- name: Write them to a file, without passwords
  ansible.builtin.copy:
    dest: trunks.yml
    content: "{{ {'blackbox_trunks': adopted} | to_nice_yaml }}"
    mode: "0644"
  vars:
    adopted: "{{ trunks.sip_credentials | dasha.blackbox.desired_trunks(numbers.sip_phone_numbers) }}"

- name: Manage the trunks of the file, read as data so that no description is templated
  ansible.builtin.include_role:
    name: dasha.blackbox.provision
  vars:
    blackbox_trunks: "{{ (lookup('ansible.builtin.file', 'trunks.yml') | from_yaml).blackbox_trunks }}"
"""

RETURN = r"""
_value:
  description: Trunks for O(dasha.blackbox.provision#role:main:blackbox_trunks), in the order of the input.
  type: list
  elements: dict
  sample:
    - server: sip.example.net
      auth_user: blackbox
      transport: tls
      phone_numbers:
        - phone_number: "+15551234567"
          display_name: Support line
          registration: true
"""

TRUNKS = "desired_trunks takes the list sip_credentials that sip_credential_info returns"
NUMBERS = "phone_numbers of desired_trunks takes the list sip_phone_numbers that sip_phone_number_info returns"


def desired_trunks(
    trunks: Iterable[Mapping[str, Any]],
    phone_numbers: Iterable[Mapping[str, Any]] | None = None,
    nulls: str = OMIT,
) -> list[dict[str, Any]]:
    """Return each trunk that no provider manages with its phone numbers.

    Args:
        trunks: results of sip_credential_info.
        phone_numbers: results of sip_phone_number_info; if None, the trunks have no list of phone numbers.
        nulls: whether fields without a value are omitted or cleared.

    Raises:
        AnsibleFilterError: the input or an option is invalid.
    """
    check_nulls(nulls)
    credentials = check_objects(CREDENTIAL, trunks, TRUNKS)
    shared = shared_keys(credentials)
    own = [credential for credential in credentials if not is_provider_managed(credential)]
    listed = {credential["id"].lower(): _trunk(credential, shared, nulls) for credential in own}
    if phone_numbers is not None:
        _add_numbers(listed, check_objects(PHONE_NUMBER, phone_numbers, NUMBERS), nulls)
    return list(listed.values())


def _trunk(credential: Mapping[str, Any], shared: set[tuple[Any, ...]], nulls: str) -> dict[str, Any]:
    options = trunk_options(credential, shared, nulls)
    warn_of_templates(options, f"trunk {credential['id']}")
    return options


def _add_numbers(trunks: Mapping[str, dict[str, Any]], numbers: Iterable[Mapping[str, Any]], nulls: str) -> None:
    for trunk in trunks.values():
        trunk["phone_numbers"] = []
    for number in numbers:
        trunk_id = number["credentials_id"].lower()
        if trunk_id not in trunks or is_provider_managed(number):
            continue
        entry = number_options(number, nulls)
        entry.pop("credentials_id", None)
        warn_of_templates(entry, f"phone number {number['phone_number']!r}")
        trunks[trunk_id]["phone_numbers"].append(entry)


class FilterModule:
    """What Ansible loads."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filters by name."""
        return {"desired_trunks": desired_trunks}
