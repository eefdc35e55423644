#!/usr/bin/python

# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: sip_phone_number
short_description: Manage one SIP phone number on Dasha BlackBox
version_added: "1.0.0"
description:
  - Creates, updates and deletes a phone number of a SIP trunk, links it to the agent that answers its calls, and waits
    for its registration.
  - A phone number is identified by O(phone_number) and its trunk, O(trunk) or O(credentials_id), which together are
    unique in an organization, or by O(id).
  - An option that is omitted or null leaves the current value alone; on creation, the default of the API applies. An
    empty string clears a text. Any other value is applied. Fields that the task does not set are never lost.
  - Running a task again changes nothing. If the response to a creation is lost, the module looks for the number before
    it retries, so that no duplicate is created.
author:
  - The dasha.blackbox contributors (@dasha-ai)
extends_documentation_fragment:
  - dasha.blackbox.connection
  - dasha.blackbox.attributes
  - dasha.blackbox.attributes.writes
options:
  id:
    description:
      - UUID of the phone number. If set, it alone identifies the number, and O(phone_number) and O(credentials_id) are
        values to change.
      - If omitted or null, O(phone_number) and O(credentials_id) identify the number.
      - If the id does not exist, the task fails with O(state=present), and changes nothing with O(state=absent).
      - With O(state=absent), the task fails if the number with this id differs from O(phone_number) or
        O(credentials_id).
    type: str
  phone_number:
    description:
      - The phone number, 1 to 255 characters, sent exactly as written. E.164 is common; the format depends on the
        carrier.
      - Always quote it. YAML and INI inventories read an unquoted C(+15551234567) as a number without its plus sign,
        and YAML an unquoted C(0123456) as 42798, so a value that is not a string is rejected.
      - A number that has characters that cannot be seen is rejected. If one exists, identify it by O(id).
      - Required unless O(id) is set.
    type: str
    aliases: [phoneNumber]
  credentials_id:
    description:
      - UUID of the SIP credentials (the trunk) that the phone number belongs to.
      - This or O(trunk) is required with O(state=present) unless O(id) is set.
      - With O(state=absent), both can be omitted if only one trunk has the number; if several have it, the task fails
        and lists them.
    type: str
    aliases: [credentialsId]
  trunk:
    description:
      - Name of the trunk, as an alternative to O(credentials_id). The name is C(auth_user@server), or C(server) for
        a trunk without a user. It is resolved by retrieving the SIP credentials once.
      - The server is compared without case, trailing dot and default port, the user name exactly.
      - If no trunk or several trunks have this name, the task fails and lists what exists, the nearest names first.
    type: str
  display_name:
    description:
      - Display name of the phone number, up to 255 characters.
      - If omitted or null, the current name is kept; a new number has none. An empty string clears it.
    type: str
    aliases: [displayName]
  description:
    description:
      - Free text, up to 255 characters.
      - If omitted or null, the current text is kept; a new number has none. An empty string clears it.
    type: str
  registration:
    description:
      - Whether BlackBox registers the phone number at the SIP server of its trunk.
      - If omitted or null, the current setting is kept; for a new number, the default of the API is V(false).
    type: bool
  incoming_calls_agent_id:
    description:
      - Id of the agent that answers incoming calls. Without an agent, incoming calls are not answered.
      - An agent that is to be linked has to exist, which is checked before the first write request. A disabled agent is
        linked with a warning.
      - If omitted or null, the current link is kept; a new number has none. An empty string unlinks the agent.
    type: str
    aliases: [incomingCallsAgentId]
  incoming_calls_agent:
    description:
      - Name of this agent, as an alternative to O(incoming_calls_agent_id). It is resolved by retrieving the agents. If
        no agent or several agents have this name, the task fails and lists what exists.
      - If omitted or null, O(incoming_calls_agent_id) applies. An empty string unlinks the agent.
    type: str
  outgoing_calls_agent_ids:
    description:
      - Ids of the agents that make outgoing calls from this phone number, so that it is their caller ID. Agents that
        are not listed are unlinked. An agent that used another number before uses this one instead. The link for
        incoming calls is left alone.
      - If omitted or null, the current links are kept; a new number has none. An empty list unlinks all agents.
      - Deployments of the API from before outgoing links change the link for incoming calls instead. The task detects
        that after the first request, fails and reports it.
    type: list
    elements: str
    aliases: [outgoingCallsAgentIds]
  outgoing_calls_agents:
    description:
      - Names of these agents, as an alternative to O(outgoing_calls_agent_ids).
      - If omitted or null, O(outgoing_calls_agent_ids) applies.
    type: list
    elements: str
  number_format:
    description:
      - With V(e164), phone numbers that are not E.164 are rejected, which is a plus sign and 7 to 15 digits, the first
        of them not 0.
      - With V(any), any format is accepted.
    type: str
    choices: [any, e164]
    default: any
  state:
    description:
      - With V(present), the phone number is created or updated if necessary.
      - With V(absent), the phone number is deleted if it exists.
    type: str
    choices: [present, absent]
    default: present
  force:
    description:
      - With O(state=absent), delete the phone number even if agents use it for incoming or outgoing calls. They are
        unlinked first.
      - If V(false), deleting such a number fails, and the message names the agents.
    type: bool
    default: false
  wait_for_registration:
    description:
      - With O(state=present) and registration enabled, wait until the API reports that the phone number is registered.
      - If the task changes O(phone_number), O(credentials_id) or O(registration), a state counts only if it was not
        reported before that change. Otherwise, the current state counts.
      - The task fails as soon as the registration fails, or after O(wait_timeout). A failed request does not end the
        wait, unless the API rejects the key. Check mode never waits.
    type: bool
    default: false
  wait_timeout:
    description:
      - Maximum time to wait for the registration, in seconds.
      - With V(0), the task does not wait, and fails unless the number is registered already.
    type: float
    default: 60.0
notes:
  - Sends one request if nothing changes, two to create, update or delete, and one more to link or unlink an agent.
  - A phone number that a VoIP provider manages can only be changed or deleted through that provider, except for its
    agents. For such a change, the task fails before it sends a write request, in check mode too.
seealso:
  - module: dasha.blackbox.sip_phone_numbers
    description: Manage many phone numbers in one task, much faster than in a loop.
  - module: dasha.blackbox.sip_phone_number_info
    description: Retrieve existing phone numbers.
  - module: dasha.blackbox.sip_credential
    description: Manage the trunk that a phone number belongs to.
  - name: First steps
    link: https://dasha-ai.github.io/ansible-collection-blackbox/docsite/guide_first_steps.html
    description: From the API key to the first phone number.
  - name: Waiting for registration
    link: https://dasha-ai.github.io/ansible-collection-blackbox/docsite/guide_registration.html
    description: What registration means, and how to fix one that fails.
  - name: Failures and warnings
    link: https://dasha-ai.github.io/ansible-collection-blackbox/docsite/guide_failures.html
    description: What each error means, and how to fix it.
"""

EXAMPLES = r"""
- name: Create a phone number on a trunk that is identified by its name
  dasha.blackbox.sip_phone_number:
    phone_number: "+15551230001"
    trunk: sip.example.com
    number_format: e164
    expected_org_id: org-1

- name: Create a phone number and register it at its trunk
  dasha.blackbox.sip_phone_number:
    phone_number: "+15551234567"
    credentials_id: 3fa85f64-5717-4562-b3fc-2c963f66afa6
    display_name: Support line
    registration: true
    wait_for_registration: true
  register: support

- name: Link an agent that answers incoming calls
  dasha.blackbox.sip_phone_number:
    id: "{{ support.sip_phone_number.id }}"
    incoming_calls_agent_id: agent-support

- name: Unlink the agent and clear the display name
  dasha.blackbox.sip_phone_number:
    phone_number: "+15551234567"
    credentials_id: 3fa85f64-5717-4562-b3fc-2c963f66afa6
    incoming_calls_agent_id: ""
    display_name: ""

- name: Use a request body from the API reference
  dasha.blackbox.sip_phone_number:
    phoneNumber: "+15557654321"
    credentialsId: 3fa85f64-5717-4562-b3fc-2c963f66afa6
    displayName: Sales line
    description: Answers during office hours
    registration: false

- name: Preview the deletion of a phone number
  dasha.blackbox.sip_phone_number:
    phone_number: "+15557654321"
    state: absent
  check_mode: true
  diff: true

- name: Delete a phone number even if agents use it
  dasha.blackbox.sip_phone_number:
    phone_number: "+15551234567"
    credentials_id: 3fa85f64-5717-4562-b3fc-2c963f66afa6
    state: absent
    force: true
"""

RETURN = r"""
sip_phone_number:
  description:
    - The phone number as the API returns it after the task, with every documented field. A field that the API omits is
      null.
    - Fields that the API does not document are included, with names in snake_case. Those whose names contain
      C(password), C(secret) or C(token) are removed.
    - In check mode, values that only the API can know are null, such as RV(sip_phone_number.id) of a new number, times,
      and the registration status after a change.
  returned: success and O(state=present)
  type: dict
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
    outgoing_calls_agent_ids:
      description: Ids of the agents that make outgoing calls from the number.
      type: list
      elements: str
      returned: if O(outgoing_calls_agent_ids) is set
      sample: [agent-sales]
    registration_status:
      description: Status of the registration.
      type: dict
      returned: always
      contains:
        state:
          description: V(Disabled) while RV(sip_phone_number.registration) is false. The API may add states.
          type: str
          returned: always
          sample: Registered
        error_description:
          description: Reason why the registration failed, or null.
          type: str
          returned: always
          sample: null
        sip_response_message:
          description: Response of the SIP server, or null.
          type: str
          returned: always
          sample: 200 OK
        last_updated:
          description: Time when the state was reported (ISO 8601).
          type: str
          returned: always
          sample: "2026-11-23T10:15:32Z"
        expires_at:
          description: Time when the registration expires unless it is renewed (ISO 8601).
          type: str
          returned: always
          sample: "2026-11-23T11:15:32Z"
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
diff:
  description: The managed fields before and after the task.
  returned: success
  type: dict
  contains:
    before:
      description: Values before the task. An empty string if the phone number did not exist.
      type: dict
      returned: always
      sample: {display_name: Old line}
    after:
      description: Values after the task. An empty string if the phone number does not exist.
      type: dict
      returned: always
      sample: {display_name: Support line}
    before_header:
      description: Name of the phone number, shown above the diff.
      type: str
      returned: always
      sample: phone number '+15551234567' on trunk 3fa85f64-5717-4562-b3fc-2c963f66afa6
    after_header:
      description: The same name.
      type: str
      returned: always
      sample: phone number '+15551234567' on trunk 3fa85f64-5717-4562-b3fc-2c963f66afa6
error:
  description: What the API or the network reported, for use in a playbook.
  returned: failure, unless the options are invalid
  type: dict
  contains:
    status:
      description: HTTP status, or null if there is no response.
      type: int
      returned: always
      sample: 409
    title:
      description: Short summary of the problem.
      type: str
      returned: always
      sample: Conflict
    detail:
      description: Explanation of this occurrence of the problem, or null.
      type: str
      returned: always
      sample: The phone number is used by agents.
    errors:
      description: Validation messages by field, with the field names of the API.
      type: dict
      returned: always
      sample: {}
    method:
      description: HTTP method of the request that failed.
      type: str
      returned: always
      sample: DELETE
    path:
      description: Path of the request that failed.
      type: str
      returned: always
      sample: /api/v1/sip-phone-numbers/9b2f0c1e-8a5d-4f0e-9d55-0f6f2b0c7a11
    attempts:
      description: Number of attempts. V(0) if the failure was predicted and nothing was sent.
      type: int
      returned: always
      sample: 1
    outcome:
      description:
        - V(rejected) if the API refused the request.
        - V(not_sent) if the request did not reach the API.
        - V(no_response) if a read request got no complete response.
        - V(unknown) if a write request may have been applied. Rerun the task to reconcile.
      type: str
      returned: always
      sample: rejected
"""

from ansible_collections.dasha.blackbox.plugins.module_utils._module import run_module
from ansible_collections.dasha.blackbox.plugins.module_utils._operations.sip_phone_number import SPEC


def main():
    run_module(SPEC)


if __name__ == "__main__":
    main()
