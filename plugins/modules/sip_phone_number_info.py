#!/usr/bin/python

# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: sip_phone_number_info
short_description: Read SIP phone numbers of Dasha BlackBox
version_added: "1.0.0"
description:
  - Lists the phone numbers of an organization, all of them or those that pass every filter given. A filter that is left
    out or null lets every number pass.
  - The list is complete or the task fails; it never ends with the first page.
author:
  - The dasha.blackbox contributors (@dasha-ai)
extends_documentation_fragment:
  - dasha.blackbox.connection
  - dasha.blackbox.attributes
  - dasha.blackbox.attributes.reads
options:
  id:
    description: UUID of one phone number. An id that does not exist gives an empty list.
    type: str
  phone_number:
    description:
      - Only numbers written exactly like this. Several trunks may hold the same number.
      - Always quote it; what is not a string is refused, because YAML drops the plus sign and leading zeros of an
        unquoted number.
    type: raw
    aliases: [phoneNumber]
  credentials_id:
    description: Only numbers of the trunk with this UUID.
    type: str
    aliases: [credentialsId]
  linked_agent_id:
    description: Only numbers whose incoming calls this agent answers.
    type: str
    aliases: [linkedAgentId]
  unlinked_only:
    description: Only numbers whose incoming calls no agent answers.
    type: bool
    default: false
    aliases: [unlinkedOnly]
  provider_id:
    description: Only numbers that were imported through the VoIP provider with this UUID.
    type: str
    aliases: [providerId]
  affected_agents:
    description:
      - Add to each number RV(sip_phone_numbers[].affected_agents), the agents that use it. This takes a further
        request for each number.
    type: bool
    default: false
    aliases: [affectedAgents]
notes:
  - Makes one request for each 1,000 numbers, or a single one with O(id).
seealso:
  - module: dasha.blackbox.sip_phone_number
    description: Manage one number.
  - module: dasha.blackbox.sip_phone_numbers
    description: Manage many.
  - plugin: dasha.blackbox.desired_state
    plugin_type: filter
    description: Turn the result into entries for M(dasha.blackbox.sip_phone_numbers).
  - name: Adopting an existing organization
    link: https://github.com/dasha-ai/ansible-collection-blackbox/blob/main/docs/docsite/rst/guide_adopt.rst
    description: From numbers that were set up by hand to a file.
"""

EXAMPLES = r"""
- name: Read all phone numbers of the organization
  dasha.blackbox.sip_phone_number_info:
  register: all_numbers

- name: Show them
  ansible.builtin.debug:
    msg: "{{ all_numbers.sip_phone_numbers | map(attribute='phone_number') | list }}"

- name: Find the numbers of one trunk that nobody answers
  dasha.blackbox.sip_phone_number_info:
    credentials_id: 3fa85f64-5717-4562-b3fc-2c963f66afa6
    unlinked_only: true
  register: unanswered

- name: See which agents use a number before it is deleted
  dasha.blackbox.sip_phone_number_info:
    phone_number: "+15551234567"
    affected_agents: true
  register: support
"""

RETURN = r"""
sip_phone_numbers:
  description:
    - The phone numbers, sorted by number, then trunk. Fields are as in the result of
      M(dasha.blackbox.sip_phone_number).
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: UUID of the number.
      type: str
      returned: always
      sample: 9b2f0c1e-8a5d-4f0e-9d55-0f6f2b0c7a11
    org_id:
      description: The organization that the number belongs to.
      type: str
      returned: always
      sample: org-1
    phone_number:
      description: The number itself.
      type: str
      returned: always
      sample: "+15551234567"
    credentials_id:
      description: UUID of the SIP credentials (the trunk).
      type: str
      returned: always
      sample: 3fa85f64-5717-4562-b3fc-2c963f66afa6
    display_name:
      description: Name shown for the number, null where there is none.
      type: str
      returned: always
      sample: Support line
    description:
      description: Free text, null where there is none.
      type: str
      returned: always
      sample: Answers during office hours
    registration:
      description: Whether the number is registered at the trunk's SIP server.
      type: bool
      returned: always
      sample: true
    incoming_calls_agent_id:
      description: Agent that answers incoming calls, null where there is none.
      type: str
      returned: always
      sample: agent-support
    registration_status:
      description: What came of the registration.
      type: dict
      returned: always
      sample:
        state: Registered
        error_description: null
        sip_response_message: 200 OK
        last_updated: "2026-11-23T10:15:32Z"
        expires_at: "2026-11-23T11:15:32Z"
    provider_id:
      description: The VoIP provider that manages the number, null for a number that was created by hand.
      type: str
      returned: always
      sample: null
    created_time:
      description: When the number was created (ISO 8601).
      type: str
      returned: always
      sample: "2026-11-23T10:15:30Z"
    last_update_time:
      description: When the number was last changed (ISO 8601).
      type: str
      returned: always
      sample: "2026-11-23T10:15:30Z"
    affected_agents:
      description: The agents that use the number.
      type: list
      elements: dict
      returned: if O(affected_agents=true)
      contains:
        agent_id:
          description: Id of the agent.
          type: str
          returned: always
          sample: agent-support
        agent_name:
          description: Name of the agent.
          type: str
          returned: always
          sample: Support
        uses:
          description: What it uses the number for, V(inbound), V(outbound) or both.
          type: list
          elements: str
          returned: always
          sample: [inbound]
error:
  description: What the API or the network answered; see M(dasha.blackbox.sip_phone_number).
  returned: failure, unless the options were refused
  type: dict
  sample:
    status: 503
    title: Service Unavailable
    detail: null
    errors: {}
    method: GET
    path: /api/v1/sip-phone-numbers
    attempts: 5
    outcome: rejected
"""

from ansible_collections.dasha.blackbox.plugins.module_utils._module import run_module
from ansible_collections.dasha.blackbox.plugins.module_utils._operations.sip_phone_number_info import SPEC


def main():
    run_module(SPEC)


if __name__ == "__main__":
    main()
