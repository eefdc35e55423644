#!/usr/bin/python

# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: twilio_provider_info
short_description: Retrieve connected Twilio accounts from Dasha BlackBox
version_added: "1.0.0"
description:
  - Retrieves Twilio providers, which are the connections to Twilio accounts, each with its phone numbers. Without O(id)
    and O(account_sid), all of them are returned.
  - The API does not list providers. They are found through the SIP credentials and phone numbers that belong to them,
    so a provider without any is only found with O(id).
  - Returns all providers that can be found, or fails. Auth tokens are never returned.
author:
  - The dasha.blackbox contributors (@dasha-ai)
extends_documentation_fragment:
  - dasha.blackbox.connection
  - dasha.blackbox.attributes
  - dasha.blackbox.attributes.reads
options:
  id:
    description:
      - UUID of one provider. An id that does not exist, or that belongs to a provider of another type, returns an empty
        list.
      - If omitted or null, all providers are considered.
    type: str
  account_sid:
    description:
      - Only providers of the Twilio account with this SID, C(AC) and 32 lowercase hexadecimal digits.
      - If omitted or null, providers of any account are returned.
    type: str
    aliases: [accountSid]
notes:
  - With O(id), sends one request for the provider, and one for each 1,000 of its phone numbers. Otherwise sends one
    request for each 1,000 SIP credentials, each 1,000 phone numbers, and each provider.
seealso:
  - module: dasha.blackbox.twilio_provider
    description: Manage a provider.
  - module: dasha.blackbox.twilio_phone_numbers
    description: Import phone numbers through a provider, and remove them.
  - name: Numbers from Twilio
    link: https://dasha-ai.github.io/ansible-collection-blackbox/docsite/guide_twilio.html
    description: From the Twilio account to a phone number that an agent takes calls on, and back.
"""

EXAMPLES = r"""
- name: Retrieve all connected Twilio accounts
  dasha.blackbox.twilio_provider_info:
  register: twilio

- name: Show their phone numbers
  ansible.builtin.debug:
    msg: "{{ twilio.twilio_providers | map(attribute='phone_numbers') | flatten | map(attribute='phone_number') }}"

- name: Retrieve the provider of one account
  dasha.blackbox.twilio_provider_info:
    account_sid: AC0123456789abcdef0123456789abcdef
"""

RETURN = r"""
twilio_providers:
  description:
    - The providers, sorted by name, then id. A field that the API omits is null.
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: UUID of the provider, which its phone numbers have as C(provider_id).
      type: str
      returned: always
      sample: 7c1a5a52-54b8-4a1c-9f39-6a1d1a1f0d11
    name:
      description: Display name, or null.
      type: str
      returned: always
      sample: Main account
    provider_type:
      description: Type of the provider, V(twilio).
      type: str
      returned: always
      sample: twilio
    account_sid:
      description: SID of the Twilio account.
      type: str
      returned: always
      sample: AC0123456789abcdef0123456789abcdef
    region:
      description: Twilio region of the trunk, or null.
      type: str
      returned: always
      sample: ie1
    supports_call_transfer:
      description: Whether calls can be transferred. Null if the API does not return it.
      type: bool
      returned: always
      sample: false
    trunk_sid:
      description: SID of the SIP trunk in the Twilio account, or null.
      type: str
      returned: always
      sample: TK0123456789abcdef0123456789abcdef
    termination_uri:
      description: The address at which outgoing calls enter the trunk, or null.
      type: str
      returned: always
      sample: blackbox-01234567.pstn.ie1.twilio.com
    phone_number_count:
      description: Number of phone numbers that are imported through the provider.
      type: int
      returned: always
      sample: 2
    verification_status:
      description:
        - Result of the last verification, such as V(pending), V(verified), V(warning) or V(failed). The API verifies
          each provider every hour, so it changes without a task.
      type: str
      returned: always
      sample: verified
    last_verified_at:
      description: Time of the last verification (ISO 8601), or null if there was none.
      type: str
      returned: always
      sample: "2026-11-23T10:15:30Z"
    verification_details:
      description: The checks of the last verification, or null if there was none.
      type: list
      elements: dict
      returned: always
      contains:
        check_name:
          description: Name of the check.
          type: str
          returned: always
          sample: credentials
        status:
          description: V(passed), or another word if the check found a problem.
          type: str
          returned: always
          sample: passed
        message:
          description: Details for people, or null.
          type: str
          returned: always
          sample: null
        timestamp:
          description: Time of the check (ISO 8601).
          type: str
          returned: always
          sample: "2026-11-23T10:15:30Z"
    phone_numbers:
      description:
        - The phone numbers that are imported through the provider, sorted by number. Each has all fields that
          M(dasha.blackbox.sip_phone_number_info) returns, of which some are shown here.
      type: list
      elements: dict
      returned: always
      contains:
        id:
          description: UUID of the phone number.
          type: str
          returned: always
          sample: 9b2f0c1e-8a5d-4f0e-9d55-0f6f2b0c7a11
        phone_number:
          description: The phone number.
          type: str
          returned: always
          sample: "+15551234567"
        credentials_id:
          description: UUID of the SIP credential of the provider.
          type: str
          returned: always
          sample: 3fa85f64-5717-4562-b3fc-2c963f66afa6
        incoming_calls_agent_id:
          description: Id of the agent that answers incoming calls, or null.
          type: str
          returned: always
          sample: agent-support
error:
  description: What the API or the network reported; see M(dasha.blackbox.sip_phone_number).
  returned: failure, unless the options are invalid
  type: dict
  sample:
    status: 503
    title: Service Unavailable
    detail: null
    errors: {}
    method: GET
    path: /api/v1/sip-credentials
    attempts: 5
    outcome: rejected
"""

from ansible_collections.dasha.blackbox.plugins.module_utils._module import run_module
from ansible_collections.dasha.blackbox.plugins.module_utils._operations.twilio_provider_info import SPEC


def main():
    run_module(SPEC)


if __name__ == "__main__":
    main()
