#!/usr/bin/python

# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: sip_credential_info
short_description: Retrieve SIP credentials (trunks) from Dasha BlackBox
version_added: "1.0.0"
description:
  - Returns the trunks of an organization that match all filters, without their passwords. A filter that is omitted or
    null matches every trunk.
  - Returns the complete list, or fails.
author:
  - The dasha.blackbox contributors (@dasha-ai)
extends_documentation_fragment:
  - dasha.blackbox.connection
  - dasha.blackbox.attributes
  - dasha.blackbox.attributes.exports
  - dasha.blackbox.dest
options:
  id:
    description: UUID of one trunk. If it does not exist, the list is empty.
    type: str
  server:
    description: Only trunks with this server, compared without case, trailing dot and default port.
    type: str
  auth_user:
    description:
      - Only trunks with this user name. An empty string matches trunks without a user name.
      - Quote it if it is all digits; a value that is not a string is rejected.
    type: str
    aliases: [authUser]
  impact:
    description:
      - Add RV(sip_credentials[].impact) to each trunk, what a change or the deletion of the trunk affects. This sends
        one more request for each trunk.
      - Calls can use a phone number that no agent is linked to, because a call request can name a number and a trunk in
        its C(overrideOutboundConfig). An impact without agents and queued calls is therefore not a proof that the trunk
        is unused.
    type: bool
    default: false
  dest:
    description:
      - Write the trunks that are returned to this file as well, without passwords, as
        O(dasha.blackbox.sip_trunks#module:trunks). If the file is applied immediately, it changes nothing. An existing
        file is replaced if its content differs, in one step, so that a reader finds the old file or the new one.
      - The extension determines the format, C(.yml), C(.yaml) or C(.json). No module takes trunks from a table. The
        filter P(dasha.blackbox.desired_trunks#filter) lists the phone numbers of each trunk as well.
      - Trunks that a VoIP provider manages are not written. Trunks that have the same server and user as another one
        are identified by their id.
      - In YAML, every text is in quotes. Read the file as data and not as a vars file, so that no description is run
        as a template.
      - The file is on the host where the module runs, and its folder must exist. If omitted or null, no file is
        written.
    type: path
  nulls:
    description:
      - How values that are null are written to O(dest).
      - With V(omit), they are omitted, so that later manual changes to them are left alone.
      - With V(clear), they are an empty text (V(0) for C(cps_limit)), so that later manual changes to them are
        reverted.
    type: str
    choices: [omit, clear]
    default: omit
notes:
  - Sends one request for each 1,000 trunks, or a single request with O(id). With O(dest) and a filter, it also lists
    all trunks.
seealso:
  - module: dasha.blackbox.sip_credential
    description: Manage a trunk.
  - module: dasha.blackbox.sip_phone_number_info
    description: Retrieve the phone numbers of a trunk.
  - name: Trunks and secrets
    link: https://dasha-ai.github.io/ansible-collection-blackbox/docsite/guide_trunks.html
    description: How to manage trunks, their passwords and Ansible Vault.
"""

EXAMPLES = r"""
- name: Retrieve all trunks
  dasha.blackbox.sip_credential_info:
  register: trunks

- name: Retrieve the trunks of one server
  dasha.blackbox.sip_credential_info:
    server: sip.example.com
  register: main_trunk

- name: Find out what the deletion of a trunk affects
  dasha.blackbox.sip_credential_info:
    id: 3fa85f64-5717-4562-b3fc-2c963f66afa6
    impact: true
  register: closing

- name: Show the phone numbers, the agents that use them, and the queued calls
  ansible.builtin.debug:
    msg:
      - "Phone numbers: {{ affected.phone_numbers | map(attribute='phone_number') | join(', ') }}"
      - "Agents: {{ agents | map(attribute='agent_name') | unique | join(', ') }}"
      - "Queued calls: {{ affected.affected_calls_count }}"
  loop: "{{ closing.sip_credentials | map(attribute='impact') }}"
  loop_control:
    loop_var: affected
    label: "{{ affected.phone_numbers | length }} phone numbers"
  vars:
    agents: "{{ affected.phone_numbers | map(attribute='affected_agents') | flatten }}"

- name: Write all trunks to a file, without passwords
  dasha.blackbox.sip_credential_info:
    dest: trunks.yml
    mode: "0644"
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
  sample: trunks.yml
diff:
  description:
    - Content of the file before and after the task, and its permissions if they change. Values on lines that name a
      password, secret or token are hidden. Long files are not shown.
  returned: if O(dest) is set
  type: list
  elements: dict
  sample:
    - before_header: trunks.yml
      after_header: trunks.yml
      before: "--- []\n"
      after: "---\n- server: \"sip.example.com\"\n  transport: \"udp\"\n"
sip_credentials:
  description:
    - The trunks, sorted by server, then user name, without their passwords.
    - Fields that the API does not document are included, with names in snake_case. Those whose names contain
      C(password), C(secret) or C(token) are removed.
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: UUID of the trunk, which phone numbers have as C(credentials_id).
      type: str
      returned: always
      sample: 3fa85f64-5717-4562-b3fc-2c963f66afa6
    org_id:
      description: Id of the organization that the trunk belongs to.
      type: str
      returned: always
      sample: org-1
    server:
      description: Host name or address of the SIP server.
      type: str
      returned: always
      sample: sip.example.com
    domain:
      description: SIP domain, or null.
      type: str
      returned: always
      sample: example.com
    auth_user:
      description: User name at the SIP server, or null.
      type: str
      returned: always
      sample: blackbox
    transport:
      description: Transport protocol.
      type: str
      returned: always
      sample: tls
    description:
      description: Free text, or null.
      type: str
      returned: always
      sample: Main trunk
    cps_limit:
      description: Maximum number of calls per second, or null if there is no limit.
      type: int
      returned: always
      sample: 5
    cps_key:
      description: Key of the rate limit that several trunks can share, or null.
      type: str
      returned: always
      sample: carrier-1
    source:
      description: V(manual), or V(provider) for a trunk that can only be changed through its VoIP provider.
      type: str
      returned: always
      sample: manual
    provider_id:
      description: UUID of the VoIP provider that manages the trunk, or null if it was created manually.
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
    impact:
      description: What a change or the deletion of the trunk affects.
      type: dict
      returned: if O(impact=true)
      contains:
        phone_numbers:
          description: The phone numbers of the trunk. They are deleted with it.
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
            affected_agents:
              description:
                - The agents that use the phone number, as M(dasha.blackbox.sip_phone_number_info) returns them. Null if
                  the API does not return them.
              type: list
              elements: dict
              returned: always
              sample:
                - agent_id: agent-support
                  agent_name: Support
                  uses: [inbound]
        affected_calls_count:
          description:
            - Number of queued calls that use phone numbers of the trunk. Null if the API does not return it.
          type: int
          returned: always
          sample: 2
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
from ansible_collections.dasha.blackbox.plugins.module_utils._operations.sip_credential_info import SPEC


def main():
    run_module(SPEC)


if __name__ == "__main__":
    main()
