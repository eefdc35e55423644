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
  - A phone number is named by its O(phone_number) and its trunk (O(credentials_id)), which together are unique in an
    organization, or by its O(id).
  - Options left out, and options set to null, leave what is there; on creation the API's default applies. The empty
    string clears a text. Anything else is made so. Fields that the task does not name are never lost.
  - Running a task again changes nothing. A request whose answer was lost is never repeated blindly, so there are no
    duplicates.
author:
  - The dasha.blackbox contributors (@dasha-ai)
extends_documentation_fragment:
  - dasha.blackbox.connection
  - dasha.blackbox.attributes
  - dasha.blackbox.attributes.writes
options:
  id:
    description:
      - UUID of the phone number. If set, it alone names the number; O(phone_number) and O(credentials_id) are then
        values to change.
      - Left out or null, the number is named by O(phone_number) and O(credentials_id).
      - With O(state=present) the task fails where the id does not exist. With O(state=absent) nothing is left to do
        then; and a number that has another O(phone_number) or O(credentials_id) than the task says is not deleted.
    type: str
  phone_number:
    description:
      - The number, 1 to 255 characters, sent exactly as written. E.164 is usual; the format is the SIP provider's
        affair.
      - Always quote it. YAML reads an unquoted C(+15551234567) as a number without its plus sign, and an unquoted
        C(0123456) as 42798; what is not a string is therefore refused.
      - Needed unless O(id) is set.
    type: raw
    aliases: [phoneNumber]
  credentials_id:
    description:
      - UUID of the SIP credentials (the trunk) that the number is reached through.
      - Needed with O(state=present) unless O(id) is set. With O(state=absent) it may be left out where only one trunk
        holds the number.
    type: str
    aliases: [credentialsId]
  display_name:
    description:
      - Name shown for the number, at most 255 characters.
      - Left out or null keeps the name that is there (none on creation); the empty string clears it.
    type: str
    aliases: [displayName]
  description:
    description:
      - Free text, at most 255 characters.
      - Left out or null keeps the text that is there (none on creation); the empty string clears it.
    type: str
  registration:
    description:
      - Whether BlackBox registers the number at the trunk's SIP server.
      - Left out or null keeps the setting; the API's default on creation is V(false).
    type: bool
  incoming_calls_agent_id:
    description:
      - Id of the agent that answers incoming calls. Without one, calls are not answered.
      - Left out or null keeps the link (none on creation); the empty string unlinks the agent.
    type: str
    aliases: [incomingCallsAgentId]
  state:
    description:
      - V(present) makes sure that the number exists and is as described.
      - V(absent) makes sure that it does not exist.
    type: str
    choices: [present, absent]
    default: present
  force:
    description:
      - With O(state=absent), delete the number although agents use it, for incoming or outgoing calls. They are
        unlinked first.
      - Without it such a deletion fails, and the failure names the agents.
    type: bool
    default: false
  wait_for_registration:
    description:
      - With O(state=present) and registration switched on, wait until the API reports that the number is registered.
      - The task fails at once where the registration failed since the number was last changed, and when
        O(wait_timeout) is over. Check mode never waits.
    type: bool
    default: false
  wait_timeout:
    description: Longest time to wait for the registration, in seconds. V(0) does not wait.
    type: float
    default: 60.0
notes:
  - Makes one request where nothing is to change, two to create, update or delete, and one more to link or unlink an
    agent.
seealso:
  - module: dasha.blackbox.sip_phone_numbers
    description: Many numbers in one task, much faster than a loop.
  - module: dasha.blackbox.sip_phone_number_info
    description: Read what there is.
  - module: dasha.blackbox.sip_credential
    description: The trunk that a number hangs on.
  - name: First steps
    link: https://github.com/dasha-ai/ansible-collection-blackbox/blob/main/docs/docsite/rst/guide_first_steps.rst
    description: From the API key to the first number.
  - name: Waiting for registration
    link: https://github.com/dasha-ai/ansible-collection-blackbox/blob/main/docs/docsite/rst/guide_registration.rst
    description: What registration means, and what a failed one tells.
  - name: When things fail
    link: https://github.com/dasha-ai/ansible-collection-blackbox/blob/main/docs/docsite/rst/guide_failures.rst
    description: Each error, what it means and what to do.
"""

EXAMPLES = r"""
- name: Provision a number and register it at its trunk
  dasha.blackbox.sip_phone_number:
    phone_number: "+15551234567"
    credentials_id: 3fa85f64-5717-4562-b3fc-2c963f66afa6
    display_name: Support line
    registration: true
    wait_for_registration: true
  register: support

- name: Let an agent answer its calls
  dasha.blackbox.sip_phone_number:
    id: "{{ support.sip_phone_number.id }}"
    incoming_calls_agent_id: agent-support

- name: Take the agent off again and clear the display name
  dasha.blackbox.sip_phone_number:
    phone_number: "+15551234567"
    credentials_id: 3fa85f64-5717-4562-b3fc-2c963f66afa6
    incoming_calls_agent_id: ""
    display_name: ""

- name: Paste a request body from the API reference
  dasha.blackbox.sip_phone_number:
    phoneNumber: "+15557654321"
    credentialsId: 3fa85f64-5717-4562-b3fc-2c963f66afa6
    displayName: Sales line
    description: Answers during office hours
    registration: false

- name: See what deleting a number would do, without deleting it
  dasha.blackbox.sip_phone_number:
    phone_number: "+15557654321"
    state: absent
  check_mode: true
  diff: true

- name: Delete a number although agents use it
  dasha.blackbox.sip_phone_number:
    phone_number: "+15551234567"
    credentials_id: 3fa85f64-5717-4562-b3fc-2c963f66afa6
    state: absent
    force: true
"""

RETURN = r"""
sip_phone_number:
  description:
    - The number as the API has it after the task, with every documented field. What the API leaves out is null.
    - Fields that the API adds later are passed on, their names in snake_case.
    - In check mode, what only the API can know is null (RV(sip_phone_number.id) of a number still to be created,
      times, and the registration status after a change).
  returned: success and O(state=present)
  type: dict
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
      contains:
        state:
          description: V(Disabled) while RV(sip_phone_number.registration) is false. The API may add states.
          type: str
          returned: always
          sample: Registered
        error_description:
          description: Why the registration failed.
          type: str
          returned: always
          sample: null
        sip_response_message:
          description: What the SIP server answered.
          type: str
          returned: always
          sample: 200 OK
        last_updated:
          description: When the state was reported (ISO 8601).
          type: str
          returned: always
          sample: "2026-11-23T10:15:32Z"
        expires_at:
          description: When the registration ends unless it is renewed (ISO 8601).
          type: str
          returned: always
          sample: "2026-11-23T11:15:32Z"
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
diff:
  description: The managed fields before and after; an empty dict stands for a number that does not exist.
  returned: success
  type: dict
  contains:
    before:
      description: Values before the task.
      type: dict
      returned: always
      sample: {display_name: Old line}
    after:
      description: Values after the task.
      type: dict
      returned: always
      sample: {display_name: Support line}
error:
  description: What the API or the network answered, for a playbook to act on.
  returned: failure, unless the options were refused
  type: dict
  contains:
    status:
      description: HTTP status, null where no answer came.
      type: int
      returned: always
      sample: 409
    title:
      description: Short name of the problem.
      type: str
      returned: always
      sample: Conflict
    detail:
      description: What the problem is in this case.
      type: str
      returned: always
      sample: The phone number is used by agents.
    errors:
      description: On validation failures, messages by field, with the API's field names.
      type: dict
      returned: always
      sample: {}
    method:
      description: HTTP method of the request that failed.
      type: str
      returned: always
      sample: DELETE
    path:
      description: Its path.
      type: str
      returned: always
      sample: /api/v1/sip-phone-numbers/9b2f0c1e-8a5d-4f0e-9d55-0f6f2b0c7a11
    attempts:
      description: How often it was tried.
      type: int
      returned: always
      sample: 1
    outcome:
      description:
        - V(rejected), the API refused it; V(not_sent), it never reached the API; V(unknown), it may have been carried
          out. Running the task again resolves an unknown outcome.
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
