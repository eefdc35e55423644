#!/usr/bin/python

# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: sip_phone_numbers
short_description: Manage many SIP phone numbers on Dasha BlackBox
version_added: "1.0.0"
description:
  - Creates, updates, links and deletes many phone numbers in one task. It retrieves the existing phone numbers once and
    sends only the necessary write requests, several at a time. Ten thousand unchanged phone numbers take about two
    seconds.
  - Each phone number is planned and written in the same way as by M(dasha.blackbox.sip_phone_number).
  - Phone numbers are created and updated first, and deleted last. The failure of one number does not stop the others.
    The task fails at the end if any number failed, and RV(summary), RV(changes) and RV(failures) report what happened
    to each of them. Rerun the task to finish.
  - A failure that affects every request ends the run early, such as a rejected API key, a failed connection, or three
    consecutive failures of the same kind that concern the API. The remaining numbers are not attempted.
author:
  - The dasha.blackbox contributors (@dasha-ai)
extends_documentation_fragment:
  - dasha.blackbox.connection
  - dasha.blackbox.attributes
  - dasha.blackbox.attributes.writes
options:
  phone_numbers:
    description:
      - The phone numbers. Each entry is identified by its phone number and its trunk; two entries for the same phone
        number are rejected.
      - An option of an entry that is omitted or null leaves the current value alone, and an empty string clears a text,
        as in M(dasha.blackbox.sip_phone_number). The field names of the API are aliases here too.
    type: list
    elements: dict
    required: true
    suboptions:
      phone_number:
        description:
          - The phone number, 1 to 255 characters, sent exactly as written. Always quote it.
          - Required unless O(phone_numbers[].id) is set.
        type: str
        aliases: [phoneNumber]
      id:
        description:
          - UUID of the phone number. If set, it alone identifies the number, and the phone number and the trunk of the
            entry are values to change. If the id does not exist, the entry fails with the state C(present).
          - If omitted or null, the phone number and the trunk identify the entry.
        type: str
      credentials_id:
        description:
          - UUID of the SIP credentials (the trunk) that the phone number belongs to.
          - If omitted or null, O(phone_numbers[].trunk) or the trunk of the task is used. One of them is required
            unless O(phone_numbers[].id) is set.
        type: str
        aliases: [credentialsId]
      trunk:
        description:
          - Name of the trunk, C(auth_user@server) or C(server), as an alternative to O(phone_numbers[].credentials_id).
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
          - Id of the agent that answers incoming calls.
          - If omitted or null, the current link is kept; a new number has none. An empty string unlinks the agent.
        type: str
        aliases: [incomingCallsAgentId]
      outgoing_calls_agent_ids:
        description:
          - Ids of the agents that make outgoing calls from this phone number, exactly these. An agent can only be in
            the list of one entry. An agent that moves between two listed numbers is linked with one request, and never
            without a number.
          - If omitted or null, the current links are kept; a new number has none. An empty list unlinks all agents.
          - This sends one more request for each existing number whose entry sets it.
        type: list
        elements: str
        aliases: [outgoingCallsAgentIds]
      state:
        description: Overrides O(state) for this entry.
        type: str
        choices: [present, absent]
      force:
        description: Overrides O(force) for this entry.
        type: bool
  credentials_id:
    description:
      - UUID of the trunk for all entries that do not set their own. If this and O(trunk) are omitted or null, every
        entry must set its trunk.
    type: str
    aliases: [credentialsId]
  trunk:
    description:
      - Name of the trunk, as an alternative to O(credentials_id) of the task. The name is C(auth_user@server), or
        C(server) for a trunk without a user. It is resolved by retrieving the SIP credentials once.
      - If no trunk or several trunks have this name, the task fails and lists what exists.
    type: str
  defaults:
    description:
      - Options for all entries that do not set them, such as C(registration=true). All options of entries are possible,
        except the phone number and the id.
      - If omitted or null, entries have no further defaults.
    type: dict
  move_from:
    description:
      - Trunks, as names or UUIDs. A listed phone number that does not exist on its own trunk, but on one of these, is
        moved with one request instead of being created. It keeps its id, its agents, and all values that the entry does
        not set.
      - If a number exists on several of these trunks, the entry fails and lists them.
      - If omitted or null, numbers are never moved, except by O(phone_numbers[].id).
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
      - With V(present), the listed phone numbers are created or updated if necessary.
      - With V(absent), the listed phone numbers are deleted if they exist.
    type: str
    choices: [present, absent]
    default: present
  purge:
    description:
      - Delete phone numbers that are not listed, on the trunks of the listed entries and of O(purge_credentials_ids),
        and on no other trunk. An empty list alone deletes nothing.
      - Phone numbers that a VoIP provider manages are never deleted. If a creation or an update fails, nothing is
        deleted. Registrations are not checked before the deletions, even with O(wait_for_registration=true).
      - Cannot be used with O(state=absent).
    type: bool
    default: false
  purge_credentials_ids:
    description:
      - With O(purge=true), the UUIDs of further trunks on which phone numbers that are not listed are deleted. It has
        no effect without O(purge=true).
      - All phone numbers of a trunk that is in this list and has no entry in O(phone_numbers) are deleted.
    type: list
    elements: str
  max_deletions:
    description:
      - Fail before the first write request if more phone numbers than this would be deleted by O(purge=true) or
        O(state=absent). The message lists them, and RV(changes) contains the plan.
    type: int
    default: 10
  force:
    description:
      - Delete phone numbers even if agents use them.
      - If V(false), such a deletion fails, and the message names the agents.
    type: bool
    default: false
  concurrency:
    description:
      - Maximum number of requests in flight at the same time, from 1 to 32. If the API limits the request rate, all of
        them wait, and then continue as fast as the API allows.
    type: int
    default: 8
  wait_for_registration:
    description:
      - With O(state=present), wait until all listed phone numbers that have registration enabled are registered.
      - A state counts only if it was reported after the last change of the number. Check mode never waits.
    type: bool
    default: false
  wait_timeout:
    description:
      - Maximum time to wait for all registrations together, in seconds. Phone numbers that are not registered by then
        count as failed.
      - With V(0), the task does not wait, and phone numbers that are not registered already count as failed.
    type: float
    default: 60.0
  expected_plan_id:
    description:
      - Apply the changes only if they are exactly those of the plan with this id, which is RV(plan_id) of a preview in
        check mode. Otherwise, the task fails before the first write request, and RV(changes) shows the current plan.
      - If omitted or null, any plan is applied.
    type: str
notes:
  - Sends one request for each 1,000 phone numbers of the organization, and one for each necessary write.
  - If the task runs inside C(ansible-playbook) and takes longer than five seconds, it reports its progress on standard
    error. The variable C(blackbox_progress=false) disables this.
  - A phone number that a VoIP provider manages can only be changed or deleted through that provider, except for its
    agents. Such an entry fails before a write request is sent for it, in check mode too.
seealso:
  - module: dasha.blackbox.sip_phone_number
    description: Manage one phone number. Every option is described in detail there.
  - module: dasha.blackbox.sip_phone_number_info
    description: Retrieve existing phone numbers.
  - plugin: dasha.blackbox.desired_state
    plugin_type: filter
    description: Convert existing phone numbers into entries.
  - name: The role provision
    link: https://github.com/dasha-ai/ansible-collection-blackbox/blob/main/roles/provision/README.md
    description: Trunks and their phone numbers from one variable.
  - name: Provisioning a fleet
    link: https://dasha-ai.github.io/ansible-collection-blackbox/docsite/guide_fleet.html
    description: From YAML, from CSV, with purge, and what to do if some phone numbers fail.
  - name: Scale and benchmark
    link: https://dasha-ai.github.io/ansible-collection-blackbox/docsite/guide_scale.html
    description: How long it takes, and how to make it faster.
  - name: Failures and warnings
    link: https://dasha-ai.github.io/ansible-collection-blackbox/docsite/guide_failures.html
    description: What each error means, and how to fix it.
"""

EXAMPLES = r"""
- name: Manage the phone numbers of an office, with defaults for all of them
  dasha.blackbox.sip_phone_numbers:
    trunk: sip.example.com
    defaults:
      registration: false
      description: Berlin office
    phone_numbers:
      - phone_number: "+15551230011"
        display_name: Reception
      - phone_number: "+15551230012"
        state: absent

- name: Provision the phone numbers of a trunk
  dasha.blackbox.sip_phone_numbers:
    credentials_id: 3fa85f64-5717-4562-b3fc-2c963f66afa6
    phone_numbers:
      - phone_number: "+15551234567"
        display_name: Support line
        incoming_calls_agent_id: agent-support
      - phone_number: "+15557654321"
        display_name: Sales line
        registration: true

- name: Preview which phone numbers a purge would delete
  dasha.blackbox.sip_phone_numbers:
    credentials_id: 3fa85f64-5717-4562-b3fc-2c963f66afa6
    phone_numbers:
      - phone_number: "+15551234567"
    purge: true
    force: true
  check_mode: true
  diff: true

- name: Wait until every phone number is registered, with up to 16 requests at the same time
  dasha.blackbox.sip_phone_numbers:
    phone_numbers:
      - phone_number: "+15557654321"
        credentials_id: 3fa85f64-5717-4562-b3fc-2c963f66afa6
    wait_for_registration: true
    wait_timeout: 120
    concurrency: 16

- name: Delete two phone numbers
  dasha.blackbox.sip_phone_numbers:
    credentials_id: 3fa85f64-5717-4562-b3fc-2c963f66afa6
    phone_numbers:
      - phone_number: "+15551234567"
      - phone_number: "+15557654321"
    state: absent
    force: true
"""

RETURN = r"""
plan_id:
  description:
    - Identifies what the task writes, and the state that this starts from. A preview and a run that do the same have
      the same id. It does not depend on the order of the list, on O(concurrency), on the connection options, or on
      phone numbers that are not changed.
    - Set O(expected_plan_id) to it to apply exactly these changes.
  returned: unless the options are invalid or the phone numbers cannot be read
  type: str
  sample: 5f0c9e1d2b7a4c63a1f4e8d90b36c572
applied:
  description:
    - Whether the changes in RV(changes) were made. V(false) in check mode, and if the plan was refused because of
      O(expected_plan_id) or O(max_deletions).
  returned: when RV(plan_id) is returned
  type: bool
  sample: true
summary:
  description: Number of phone numbers by what happened to them. Each phone number is counted once.
  returned: unless the options are invalid
  type: dict
  contains:
    created:
      description: Phone numbers that were created.
      type: int
      returned: always
      sample: 2
    updated:
      description: Phone numbers whose fields or agents were changed.
      type: int
      returned: always
      sample: 0
    deleted:
      description: Phone numbers that were deleted.
      type: int
      returned: always
      sample: 0
    unchanged:
      description: Phone numbers that were in the desired state already.
      type: int
      returned: always
      sample: 998
    failed:
      description:
        - Phone numbers that failed, including those that were created but could not be linked, and those that were not
          registered in time.
      type: int
      returned: always
      sample: 0
    not_attempted:
      description: Phone numbers that were not attempted because the run ended early or the plan was refused.
      type: int
      returned: always
      sample: 0
changes:
  description:
    - What was changed, or would be changed in check mode or by a plan that was refused. One item for each phone number.
  returned: unless the options are invalid
  type: list
  elements: dict
  contains:
    action:
      description: V(create), V(update) or V(delete).
      type: str
      returned: always
      sample: create
    id:
      description: UUID of the phone number, or null if it is still to be created.
      type: str
      returned: always
      sample: 9b2f0c1e-8a5d-4f0e-9d55-0f6f2b0c7a11
    phone_number:
      description: The phone number.
      type: str
      returned: always
      sample: "+15551234567"
    credentials_id:
      description: UUID of its trunk.
      type: str
      returned: always
      sample: 3fa85f64-5717-4562-b3fc-2c963f66afa6
    before:
      description: The managed fields before the change. Empty if the phone number did not exist.
      type: dict
      returned: always
      sample: {}
    after:
      description: The managed fields after the change. Empty if the phone number was deleted.
      type: dict
      returned: always
      sample: {phone_number: "+15551234567", display_name: Support line}
failures:
  description: What failed. One item for each phone number.
  returned: unless the options are invalid
  type: list
  elements: dict
  contains:
    action:
      description: V(create), V(update), V(delete), or V(wait) for a phone number that is not registered.
      type: str
      returned: always
      sample: create
    id:
      description: UUID of the phone number, or null if it does not exist.
      type: str
      returned: always
      sample: null
    phone_number:
      description: The phone number.
      type: str
      returned: always
      sample: "+15557654321"
    credentials_id:
      description: UUID of its trunk.
      type: str
      returned: always
      sample: 3fa85f64-5717-4562-b3fc-2c963f66afa6
    before:
      description: The managed fields before the task. Empty if the phone number did not exist.
      type: dict
      returned: always
      sample: {}
    after:
      description: The desired values of the managed fields.
      type: dict
      returned: always
      sample: {phone_number: "+15557654321", incoming_calls_agent_id: agent-sales}
    msg:
      description: What happened and how to fix it.
      type: str
      returned: always
      sample: >-
        Creating phone number '+15557654321' on trunk 3fa85f64-5717-4562-b3fc-2c963f66afa6 failed: the API returned
        400, Bad Request: One or more validation errors occurred. (phoneNumber: It is not valid.).
    error:
      description: What the API or the network reported; see C(error) of M(dasha.blackbox.sip_phone_number).
      type: dict
      returned: always
      sample:
        status: 400
        title: Bad Request
        detail: One or more validation errors occurred.
        errors: {phoneNumber: [It is not valid.]}
        method: POST
        path: /api/v1/sip-phone-numbers
        attempts: 1
        outcome: rejected
diff:
  description:
    - The managed fields of the changed phone numbers before and after. C(before) or C(after) is an empty string if the
      phone number does not exist.
  returned: unless the options are invalid
  type: list
  elements: dict
  sample:
    - before_header: phone number '+15551234567' on trunk 3fa85f64-5717-4562-b3fc-2c963f66afa6
      after_header: phone number '+15551234567' on trunk 3fa85f64-5717-4562-b3fc-2c963f66afa6
      before: {display_name: Old line}
      after: {display_name: Support line}
error:
  description: C(error) of the first failure, or of the request that retrieves the existing phone numbers.
  returned: failure, unless the options are invalid or the plan was refused
  type: dict
  sample:
    status: 400
    title: Bad Request
    detail: One or more validation errors occurred.
    errors: {phoneNumber: [It is not valid.]}
    method: POST
    path: /api/v1/sip-phone-numbers
    attempts: 1
    outcome: rejected
"""

from ansible_collections.dasha.blackbox.plugins.module_utils._module import run_module
from ansible_collections.dasha.blackbox.plugins.module_utils._operations.sip_phone_numbers import SPEC


def main():
    run_module(SPEC)


if __name__ == "__main__":
    main()
