#!/usr/bin/python

# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: sip_phone_number_info
short_description: Retrieve SIP phone numbers from Dasha BlackBox
version_added: "1.0.0"
description:
  - Returns the phone numbers of an organization that match all filters. A filter that is omitted or null matches every
    phone number.
  - Returns the complete list, or fails. It is never cut off after the first page.
author:
  - The dasha.blackbox contributors (@dasha-ai)
extends_documentation_fragment:
  - dasha.blackbox.connection
  - dasha.blackbox.attributes
  - dasha.blackbox.attributes.exports
  - dasha.blackbox.dest
options:
  id:
    description: UUID of one phone number. If it does not exist, the list is empty.
    type: str
  phone_number:
    description:
      - Only phone numbers that are written exactly like this. Several trunks can have the same number.
      - Always quote it. YAML drops the plus sign and leading zeros of an unquoted number, so a value that is not a
        string is rejected.
    type: str
    aliases: [phoneNumber]
  credentials_id:
    description: Only phone numbers of the trunk with this UUID.
    type: str
    aliases: [credentialsId]
  trunk:
    description:
      - Only phone numbers of the trunk with this name, C(auth_user@server), or C(server) for a trunk without a user.
        Cannot be used with O(credentials_id).
      - The server is compared without case, trailing dot and default port, the user name exactly.
      - If no trunk or several trunks have this name, the task fails and lists what exists.
    type: str
  linked_agent_id:
    description: Only phone numbers whose incoming calls are answered by the agent with this id.
    type: str
    aliases: [linkedAgentId]
  unlinked_only:
    description: Only phone numbers whose incoming calls are not answered by any agent.
    type: bool
    default: false
    aliases: [unlinkedOnly]
  provider_id:
    description: Only phone numbers that are managed by the VoIP provider with this UUID.
    type: str
    aliases: [providerId]
  registration_state:
    description:
      - Only phone numbers whose registration is in one of these states, compared case-insensitively. A leading C(!)
        excludes a state.
      - The API defines V(Disabled) for numbers without registration. Other states, such as V(Registered) and V(Failed),
        are not documented by it.
    type: list
    elements: str
    aliases: [registrationState]
  affected_agents:
    description:
      - Add RV(sip_phone_numbers[].affected_agents) and RV(sip_phone_numbers[].outgoing_calls_agent_ids) to each phone
        number, the agents that use it. This sends one more request for each number.
    type: bool
    default: false
    aliases: [affectedAgents]
  dest:
    description:
      - Write the phone numbers that are returned to this file as well, as entries for
        O(dasha.blackbox.sip_phone_numbers#module:phone_numbers). If the file is applied immediately, it changes
        nothing. An existing file is replaced if its content differs, in one step, so that a reader finds the old file
        or the new one.
      - The extension determines the format, C(.csv), C(.xlsx), C(.yml), C(.yaml) or C(.json). An C(.xlsx) file needs
        the Python library C(openpyxl) where the module runs. Use it for spreadsheets. They drop the plus signs of a
        CSV file that they open and save, and may misread letters that are not ASCII. The text cells of a workbook stay
        as they are.
      - Trunks and agents are written by name. Their ids are used if a name is not unique, and for agents that the key
        may not read. The agents that make outgoing calls are only written with O(affected_agents=true).
      - Phone numbers that a VoIP provider manages are not written, unless O(provider_numbers=true).
      - In YAML, every text is in quotes. Read the file as data and not as a vars file, so that no display name is
        run as a template.
      - A display name or description in a C(.csv) file that looks like a formula is written as C(="text"), which
        spreadsheets show as text, and which is read back as it was. A text that a cell does not keep, such as one with
        spaces at its ends, is omitted with a warning. A phone number that is not written in digits is identified by its
        id there.
      - The file is on the host where the module runs, and its folder must exist. If omitted or null, no file is
        written.
    type: path
  nulls:
    description:
      - How values that are null are written to O(dest).
      - With V(omit), they are omitted, so that later manual changes to them are left alone.
      - With V(clear), they are an empty text or list, so that later manual changes to them are reverted. This is not
        possible in C(.csv) and C(.xlsx) files, in which an empty cell means omitted.
    type: str
    choices: [omit, clear]
    default: omit
  provider_numbers:
    description:
      - Also write phone numbers that a VoIP provider manages to O(dest). Their entries hold only their agents, which is
        what can be managed on them.
    type: bool
    default: false
notes:
  - Sends one request for each 1,000 phone numbers, or a single request with O(id). With O(dest), it also lists the
    trunks and, if a phone number has an agent, the agents.
seealso:
  - module: dasha.blackbox.sip_phone_number
    description: Manage one phone number.
  - module: dasha.blackbox.sip_phone_numbers
    description: Manage many phone numbers.
  - plugin: dasha.blackbox.desired_state
    plugin_type: filter
    description: Convert the result into entries for M(dasha.blackbox.sip_phone_numbers).
  - name: Adopting an existing organization
    link: https://dasha-ai.github.io/ansible-collection-blackbox/docsite/guide_adopt.html
    description: Write the existing phone numbers to a file, and manage them from there.
"""

EXAMPLES = r"""
- name: Find phone numbers that are not registered, and why
  dasha.blackbox.sip_phone_number_info:
    registration_state: ["!Registered", "!Disabled"]
  register: not_registered

- name: Show them
  ansible.builtin.debug:
    msg: "{{ item.phone_number }}: {{ item.registration_status.error_description | default('no reason', true) }}"
  loop: "{{ not_registered.sip_phone_numbers }}"
  loop_control:
    label: "{{ item.phone_number }}"

- name: Retrieve all phone numbers of the organization
  dasha.blackbox.sip_phone_number_info:
  register: all_numbers

- name: Show the phone numbers
  ansible.builtin.debug:
    msg: "{{ all_numbers.sip_phone_numbers | map(attribute='phone_number') | list }}"

- name: Retrieve the phone numbers of one trunk that have no agent
  dasha.blackbox.sip_phone_number_info:
    credentials_id: 3fa85f64-5717-4562-b3fc-2c963f66afa6
    unlinked_only: true
  register: unanswered

- name: Retrieve a phone number with the agents that use it
  dasha.blackbox.sip_phone_number_info:
    phone_number: "+15551234567"
    affected_agents: true
  register: support

- name: Write all phone numbers, with their agents, to a spreadsheet
  dasha.blackbox.sip_phone_number_info:
    affected_agents: true
    dest: phone_numbers.xlsx
    mode: "0640"
"""

RETURN = r"""
changed:
  description: Whether the file at O(dest) was written or its permissions were changed. Without O(dest), V(false).
  returned: always
  type: bool
  sample: false
dest:
  description: Path of the file.
  returned: if O(dest) is set
  type: str
  sample: phone_numbers.yml
diff:
  description:
    - Content of the file before and after the task, that of a workbook as CSV, and its permissions if they change.
      Values on lines that name a password, secret or token are hidden. Long files are not shown.
  returned: if O(dest) is set
  type: list
  elements: dict
  sample:
    - before_header: phone_numbers.yml
      after_header: phone_numbers.yml
      before: "--- []\n"
      after: "---\n- phone_number: \"+15551234567\"\n  trunk: \"sip.example.com\"\n"
sip_phone_numbers:
  description:
    - The phone numbers, sorted by number, then trunk. The fields are those that M(dasha.blackbox.sip_phone_number)
      returns.
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: UUID of the phone number.
      type: str
      returned: always
      sample: 9b2f0c1e-8a5d-4f0e-9d55-0f6f2b0c7a11
    org_id:
      description: Id of the organization that the phone number belongs to.
      type: str
      returned: always
      sample: org-1
    phone_number:
      description: The phone number.
      type: str
      returned: always
      sample: "+15551234567"
    credentials_id:
      description: UUID of the SIP credentials (the trunk).
      type: str
      returned: always
      sample: 3fa85f64-5717-4562-b3fc-2c963f66afa6
    display_name:
      description: Display name, or null.
      type: str
      returned: always
      sample: Support line
    description:
      description: Free text, or null.
      type: str
      returned: always
      sample: Answers during office hours
    registration:
      description: Whether BlackBox registers the phone number at the SIP server of its trunk.
      type: bool
      returned: always
      sample: true
    incoming_calls_agent_id:
      description: Id of the agent that answers incoming calls, or null.
      type: str
      returned: always
      sample: agent-support
    registration_status:
      description: Status of the registration.
      type: dict
      returned: always
      sample:
        state: Registered
        error_description: null
        sip_response_message: 200 OK
        last_updated: "2026-11-23T10:15:32Z"
        expires_at: "2026-11-23T11:15:32Z"
    provider_id:
      description: UUID of the VoIP provider that manages the phone number, or null if it was created manually.
      type: str
      returned: always
      sample: null
    created_time:
      description: Time of creation (ISO 8601).
      type: str
      returned: always
      sample: "2026-11-23T10:15:30Z"
    last_update_time:
      description: Time of the last update (ISO 8601).
      type: str
      returned: always
      sample: "2026-11-23T10:15:30Z"
    outgoing_calls_agent_ids:
      description: Ids of the agents that make outgoing calls from the number.
      type: list
      elements: str
      returned: if O(affected_agents=true)
      sample: [agent-sales]
    affected_agents:
      description: The agents that use the phone number.
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
          description: What the agent uses the phone number for, V(inbound), V(outbound) or both.
          type: list
          elements: str
          returned: always
          sample: [inbound]
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
