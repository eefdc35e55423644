#!/usr/bin/python

# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: twilio_phone_numbers
short_description: Import phone numbers from Twilio to Dasha BlackBox
version_added: "1.0.0"
description:
  - Imports phone numbers of a connected Twilio account, and removes them again. The account is connected with
    M(dasha.blackbox.twilio_provider).
  - Retrieves the phone numbers of the provider and imports those that are missing, a few at a time. Whether a number
    was imported is decided by retrieving the phone numbers again, and not by the response to the import.
  - The failure of one number does not stop the others. The task fails at the end if any number failed, and RV(summary),
    RV(changes) and RV(failures) report what happened to each of them. Rerun the task to finish.
  - Phone numbers that are not listed are left alone.
author:
  - The dasha.blackbox contributors (@dasha-ai)
extends_documentation_fragment:
  - dasha.blackbox.connection
  - dasha.blackbox.attributes
  - dasha.blackbox.attributes.writes
options:
  provider_id:
    description:
      - UUID of the Twilio provider.
      - If omitted or null, O(account_sid) identifies it. One of the two is required.
    type: str
    aliases: [providerId]
  account_sid:
    description:
      - SID of the Twilio account that is connected, C(AC) and 32 lowercase hexadecimal digits.
      - If several providers are connected to the account, the task fails and lists their ids. If it is set together
        with O(provider_id), the provider must belong to this account.
      - If omitted or null, O(provider_id) identifies the provider.
    type: str
    aliases: [accountSid]
  phone_numbers:
    description:
      - The phone numbers. Two entries with the same number or the same SID are rejected.
    type: list
    elements: dict
    required: true
    suboptions:
      phone_number:
        description:
          - The phone number, a plus sign and 7 to 15 digits, as Twilio shows it. Always quote it.
        type: str
        required: true
        aliases: [phoneNumber]
      phone_number_sid:
        description:
          - SID of the phone number in Twilio, C(PN) and 32 lowercase hexadecimal digits. The API imports a number by
            its SID, but does not return the SID later, so both are needed.
          - Required with O(state=present). It has no effect with O(state=absent).
        type: str
        aliases: [phoneNumberSid]
  state:
    description:
      - With V(present), the listed phone numbers are imported if they are missing. Nothing else about them is changed.
      - With V(absent), the listed phone numbers are removed from the trunk in Twilio and deleted in BlackBox. They stay
        in the Twilio account and can be imported again. If the provider does not exist, nothing is changed.
    type: str
    choices: [present, absent]
    default: present
  force:
    description:
      - With O(state=absent), remove phone numbers even if agents use them. The agents are unlinked first.
      - If V(false), such a removal fails, and the message names the agents.
    type: bool
    default: false
  max_deletions:
    description:
      - With O(state=absent), fail before the first write request if more phone numbers than this would be removed. The
        message lists them, and RV(changes) contains the plan.
    type: int
    default: 10
notes:
  - Sends one request for the provider and one for each 1,000 of its phone numbers. With O(account_sid), it searches for
    the provider instead, as M(dasha.blackbox.twilio_provider) does. If anything is missing, it sends one request for
    each ten imports, and reads the phone numbers again. Each removal is one request.
  - Write requests wait for Twilio, so each attempt may take four times as long as O(api_timeout) allows.
  - A number that is attached to another trunk in Twilio, or imported by another provider, may be refused by the API.
    The reason that the API reports is in the message.
  - If the task runs inside C(ansible-playbook) and takes longer than five seconds, it reports its progress on standard
    error. The variable C(blackbox_progress=false) disables this.
seealso:
  - module: dasha.blackbox.twilio_provider
    description: Connect the Twilio account.
  - module: dasha.blackbox.twilio_provider_info
    description: Retrieve the provider and its phone numbers.
  - module: dasha.blackbox.sip_phone_numbers
    description:
      Link agents to many imported phone numbers. Use the C(credentials_id) that M(dasha.blackbox.twilio_provider_info)
      returns for each of them.
  - name: Numbers from Twilio
    link: https://dasha-ai.github.io/ansible-collection-blackbox/docsite/guide_twilio.html
    description: From the Twilio account to a phone number that an agent takes calls on, and back.
"""

EXAMPLES = r"""
- name: Import two phone numbers
  dasha.blackbox.twilio_phone_numbers:
    account_sid: AC0123456789abcdef0123456789abcdef
    phone_numbers:
      - phone_number: "+15551234567"
        phone_number_sid: PN0123456789abcdef0123456789abcdef
      - phone_number: "+15557654321"
        phone_number_sid: PNfedcba9876543210fedcba9876543210
  register: imported

- name: Link an agent to each newly imported number
  dasha.blackbox.sip_phone_number:
    id: "{{ item.id }}"
    incoming_calls_agent_id: agent-support
  loop: "{{ imported.changes }}"
  loop_control:
    label: "{{ item.phone_number }}"
  when: not ansible_check_mode # a new number has no id yet

- name: Remove a phone number that an agent still uses
  dasha.blackbox.twilio_phone_numbers:
    account_sid: AC0123456789abcdef0123456789abcdef
    phone_numbers:
      - phone_number: "+15557654321"
    state: absent
    force: true
"""

RETURN = r"""
summary:
  description: How many of the listed phone numbers were treated in which way. Each number counts once.
  returned: success, and failure after the phone numbers were retrieved
  type: dict
  contains:
    created:
      description: Imported.
      type: int
      returned: always
      sample: 2
    updated:
      description: Always zero, because an import changes nothing else.
      type: int
      returned: always
      sample: 0
    deleted:
      description: Removed.
      type: int
      returned: always
      sample: 0
    unchanged:
      description: Already in the desired state.
      type: int
      returned: always
      sample: 5
    failed:
      description: Failed.
      type: int
      returned: always
      sample: 0
    not_attempted:
      description: Not attempted, because the run ended early or the plan was refused.
      type: int
      returned: always
      sample: 0
changes:
  description: What was done, or would be done in check mode.
  returned: success, and failure after the phone numbers were retrieved
  type: list
  elements: dict
  contains:
    action:
      description: V(create) for an import, V(delete) for a removal.
      type: str
      returned: always
      sample: create
    id:
      description: UUID of the phone number. Null in check mode if it does not exist yet.
      type: str
      returned: always
      sample: 9b2f0c1e-8a5d-4f0e-9d55-0f6f2b0c7a11
    phone_number:
      description: The phone number.
      type: str
      returned: always
      sample: "+15551234567"
    provider_id:
      description: UUID of the provider.
      type: str
      returned: always
      sample: 7c1a5a52-54b8-4a1c-9f39-6a1d1a1f0d11
    before:
      description: Values before the task. An empty dictionary for an import.
      type: dict
      returned: always
      sample: {}
    after:
      description: Values after the task. An empty dictionary for a removal.
      type: dict
      returned: always
      sample:
        phone_number: "+15551234567"
        phone_number_sid: PN0123456789abcdef0123456789abcdef
failures:
  description: What failed, with the keys of RV(changes), and why.
  returned: success, and failure after the phone numbers were retrieved
  type: list
  elements: dict
  contains:
    action:
      description: What was tried.
      type: str
      returned: always
      sample: create
    id:
      description: UUID of the phone number, or null.
      type: str
      returned: always
      sample: null
    phone_number:
      description: The phone number.
      type: str
      returned: always
      sample: "+15557654321"
    provider_id:
      description: UUID of the provider.
      type: str
      returned: always
      sample: 7c1a5a52-54b8-4a1c-9f39-6a1d1a1f0d11
    before:
      description: Values before the task.
      type: dict
      returned: always
      sample: {}
    after:
      description: Values that the task asks for.
      type: dict
      returned: always
      sample:
        phone_number: "+15557654321"
        phone_number_sid: PNfedcba9876543210fedcba9876543210
    error:
      description: What the API or the network reported, as in RV(error).
      type: dict
      returned: always
      sample:
        status: null
        title: Not imported
        detail: The number is attached to another trunk.
        errors: {}
        method: POST
        path: /api/v1/providers/twilio/7c1a5a52-54b8-4a1c-9f39-6a1d1a1f0d11/import-numbers
        attempts: 1
        outcome: rejected
    msg:
      description: What happened, and what to do.
      type: str
      returned: always
      sample: >-
        Importing phone number '+15557654321' of the Twilio provider 7c1a5a52-54b8-4a1c-9f39-6a1d1a1f0d11 failed: The
        number is attached to another trunk. If it is imported already, phone_number_sid belongs to another phone
        number.
plan_id:
  description: Short digest of the planned write requests, as in M(dasha.blackbox.sip_phone_numbers).
  returned: success, and failure after the phone numbers were retrieved
  type: str
  sample: 5b1e6f3c2a9d4e80716c3b5a8f2d9e04
applied:
  description: Whether the plan was applied, and not only previewed in check mode.
  returned: success, and failure after the phone numbers were retrieved
  type: bool
  sample: true
diff:
  description: The changed phone numbers, before and after the task.
  returned: success, and failure after the phone numbers were retrieved
  type: list
  elements: dict
  sample:
    - before: ""
      after:
        phone_number: "+15551234567"
        phone_number_sid: PN0123456789abcdef0123456789abcdef
      before_header: phone number '+15551234567' of the Twilio provider 7c1a5a52-54b8-4a1c-9f39-6a1d1a1f0d11
      after_header: phone number '+15551234567' of the Twilio provider 7c1a5a52-54b8-4a1c-9f39-6a1d1a1f0d11
error:
  description: What the API or the network reported; see M(dasha.blackbox.sip_phone_number).
  returned: failure, unless the options are invalid or the plan was refused
  type: dict
  sample:
    status: null
    title: Not imported
    detail: The number is attached to another trunk.
    errors: {}
    method: POST
    path: /api/v1/providers/twilio/7c1a5a52-54b8-4a1c-9f39-6a1d1a1f0d11/import-numbers
    attempts: 1
    outcome: rejected
"""

from ansible_collections.dasha.blackbox.plugins.module_utils._module import run_module
from ansible_collections.dasha.blackbox.plugins.module_utils._operations.twilio_phone_numbers import SPEC


def main():
    run_module(SPEC)


if __name__ == "__main__":
    main()
