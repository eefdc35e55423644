#!/usr/bin/python

# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: sip_phone_numbers
short_description: Manage a whole fleet of SIP phone numbers on Dasha BlackBox
version_added: "1.0.0"
description:
  - Creates, updates, links and deletes many phone numbers in one task. It lists what exists once, and then makes only
    the writes that are needed, several at a time. Ten thousand numbers that are as they should be take about a second.
  - Each number is planned and written exactly as M(dasha.blackbox.sip_phone_number) would do it.
  - Numbers are created and updated first, and deleted last. The failure of one number does not stop the others. At the
    end the task fails if any number failed, and RV(summary), RV(changes) and RV(failures) say number by number what
    happened. Running the task again finishes the work.
  - A fault that every request would meet (a refused key, no connection) ends the run early.
author:
  - The dasha.blackbox contributors (@dasha-ai)
extends_documentation_fragment:
  - dasha.blackbox.connection
  - dasha.blackbox.attributes
  - dasha.blackbox.attributes.writes
options:
  phone_numbers:
    description:
      - The phone numbers. Each entry names one by its phone number and its trunk; two entries that name the same one
        are refused.
      - In an entry, what is left out or null leaves what is there, the empty string clears a text, anything else is
        made so, as in M(dasha.blackbox.sip_phone_number). The API's own names are aliases here too.
    type: list
    elements: dict
    required: true
    suboptions:
      phone_number:
        description:
          - The number, 1 to 255 characters, always in quotes, sent exactly as written.
        type: raw
        required: true
        aliases: [phoneNumber]
      credentials_id:
        description:
          - UUID of the trunk. Left out or null, O(credentials_id) of the task is used; one of the two is needed.
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
          - Id of the agent that answers incoming calls.
          - Left out or null keeps the link (none on creation); the empty string unlinks the agent.
        type: str
        aliases: [incomingCallsAgentId]
  credentials_id:
    description: UUID of the trunk of all entries that name none. Without it, every entry has to name its trunk.
    type: str
    aliases: [credentialsId]
  state:
    description:
      - V(present) makes sure that the listed numbers exist and are as described.
      - V(absent) makes sure that none of them exists.
    type: str
    choices: [present, absent]
    default: present
  purge:
    description:
      - Delete the numbers that are not listed, on the trunks of the listed entries and on those in
        O(purge_credentials_ids), and on no other. An empty list by itself deletes nothing.
      - Numbers that a VoIP provider manages are never deleted, and nothing is where a creation or an update failed. A
        registration that fails with O(wait_for_registration=true) comes too late for that.
      - Cannot be used with O(state=absent).
    type: bool
    default: false
  purge_credentials_ids:
    description:
      - With O(purge=true), UUIDs of further trunks on which numbers that are not listed are deleted. Without
        O(purge=true) it has no effect.
      - A trunk that is named here and has no entry in O(phone_numbers) is emptied.
    type: list
    elements: str
  max_deletions:
    description:
      - Fail before the first write if more numbers than this would be deleted, by O(purge=true) or by
        O(state=absent). The message names them; there is no RV(summary) then.
    type: int
    default: 10
  force:
    description: Delete numbers although agents use them. Without it such a deletion fails, and names the agents.
    type: bool
    default: false
  concurrency:
    description:
      - How many requests are in flight at once, from 1 to 32. Where the API limits the rate, all of them wait, and
        then go on as fast as the API lets them.
    type: int
    default: 8
  wait_for_registration:
    description:
      - With O(state=present), wait until all numbers of the list that have registration switched on are registered.
      - Check mode never waits.
    type: bool
    default: false
  wait_timeout:
    description:
      - Longest time to wait for all registrations together, in seconds. Numbers that are late count as failed. V(0)
        does not wait.
    type: float
    default: 60.0
notes:
  - Makes one request for each 1,000 numbers of the organization, and one for each write that is needed.
seealso:
  - module: dasha.blackbox.sip_phone_number
    description: One number, with every option in detail.
  - module: dasha.blackbox.sip_phone_number_info
    description: Read what there is.
  - plugin: dasha.blackbox.desired_state
    plugin_type: filter
    description: Turn existing numbers into entries.
  - name: The role provision
    link: https://github.com/dasha-ai/ansible-collection-blackbox/blob/main/roles/provision/README.md
    description: Trunks and their numbers from one variable.
  - name: Provisioning a fleet
    link: https://github.com/dasha-ai/ansible-collection-blackbox/blob/main/docs/docsite/rst/guide_fleet.rst
    description: From YAML, from CSV, with purge, and what to do when some numbers fail.
  - name: Scale and benchmark
    link: https://github.com/dasha-ai/ansible-collection-blackbox/blob/main/docs/docsite/rst/guide_scale.rst
    description: How long it takes, and what to do about it.
  - name: When things fail
    link: https://github.com/dasha-ai/ansible-collection-blackbox/blob/main/docs/docsite/rst/guide_failures.rst
    description: Each error, what it means and what to do.
"""

EXAMPLES = r"""
- name: Provision the numbers of a trunk
  dasha.blackbox.sip_phone_numbers:
    credentials_id: 3fa85f64-5717-4562-b3fc-2c963f66afa6
    phone_numbers:
      - phone_number: "+15551234567"
        display_name: Support line
        incoming_calls_agent_id: agent-support
      - phone_number: "+15557654321"
        display_name: Sales line
        registration: true

- name: See what would be deleted if the list were the whole truth
  dasha.blackbox.sip_phone_numbers:
    credentials_id: 3fa85f64-5717-4562-b3fc-2c963f66afa6
    phone_numbers:
      - phone_number: "+15551234567"
    purge: true
    force: true
  check_mode: true
  diff: true

- name: Wait until every number is registered, with more requests at once
  dasha.blackbox.sip_phone_numbers:
    phone_numbers:
      - phone_number: "+15557654321"
        credentials_id: 3fa85f64-5717-4562-b3fc-2c963f66afa6
    wait_for_registration: true
    wait_timeout: 120
    concurrency: 16

- name: Remove two numbers
  dasha.blackbox.sip_phone_numbers:
    credentials_id: 3fa85f64-5717-4562-b3fc-2c963f66afa6
    phone_numbers:
      - phone_number: "+15551234567"
      - phone_number: "+15557654321"
    state: absent
    force: true
"""

RETURN = r"""
summary:
  description: How many numbers were created, updated and so on. Each number counts once.
  returned: unless the options were refused
  type: dict
  contains:
    created:
      description: Numbers created.
      type: int
      returned: always
      sample: 2
    updated:
      description: Numbers whose fields or agent were changed.
      type: int
      returned: always
      sample: 0
    deleted:
      description: Numbers deleted.
      type: int
      returned: always
      sample: 0
    unchanged:
      description: Numbers that were as they should be.
      type: int
      returned: always
      sample: 998
    failed:
      description: Numbers that failed, also those that were created but not linked, or not registered in time.
      type: int
      returned: always
      sample: 0
    not_attempted:
      description: Numbers that were not attempted because the run ended early.
      type: int
      returned: always
      sample: 0
changes:
  description: What was done, or in check mode what would be, number by number.
  returned: unless the options were refused
  type: list
  elements: dict
  contains:
    action:
      description: V(create), V(update) or V(delete).
      type: str
      returned: always
      sample: create
    id:
      description: UUID of the number, null where it is still to be created.
      type: str
      returned: always
      sample: 9b2f0c1e-8a5d-4f0e-9d55-0f6f2b0c7a11
    phone_number:
      description: The number itself.
      type: str
      returned: always
      sample: "+15551234567"
    credentials_id:
      description: UUID of its trunk.
      type: str
      returned: always
      sample: 3fa85f64-5717-4562-b3fc-2c963f66afa6
    before:
      description: The managed fields before; an empty dict for a number that did not exist.
      type: dict
      returned: always
      sample: {}
    after:
      description: The managed fields after; an empty dict for a number that is deleted.
      type: dict
      returned: always
      sample: {phone_number: "+15551234567", display_name: Support line}
failures:
  description:
    - What could not be done, number by number.
    - RV(failures[].msg) says it in a sentence.
  returned: unless the options were refused
  type: list
  elements: dict
  contains:
    action:
      description: V(create), V(update), V(delete), or V(wait) for a number that did not come to be registered.
      type: str
      returned: always
      sample: create
    id:
      description: UUID of the number, null where there is none.
      type: str
      returned: always
      sample: null
    phone_number:
      description: The number itself.
      type: str
      returned: always
      sample: "+15557654321"
    credentials_id:
      description: UUID of its trunk.
      type: str
      returned: always
      sample: 3fa85f64-5717-4562-b3fc-2c963f66afa6
    before:
      description: The managed fields before; an empty dict for a number that did not exist.
      type: dict
      returned: always
      sample: {}
    after:
      description: The managed fields as they were to be.
      type: dict
      returned: always
      sample: {phone_number: "+15557654321", incoming_calls_agent_id: agent-sales}
    msg:
      description: What happened and what to do about it.
      type: str
      returned: always
      sample: >-
        Creating phone number '+15557654321' on trunk 3fa85f64-5717-4562-b3fc-2c963f66afa6 failed: the API answered
        400, Bad Request: One or more validation errors occurred. (phoneNumber: It is not valid.).
    error:
      description: What the API or the network answered, as C(error) of M(dasha.blackbox.sip_phone_number).
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
  description: The changed numbers only, each with its managed fields before and after.
  returned: unless the options were refused
  type: list
  elements: dict
  sample:
    - before_header: +15551234567 on trunk 3fa85f64-5717-4562-b3fc-2c963f66afa6
      after_header: +15551234567 on trunk 3fa85f64-5717-4562-b3fc-2c963f66afa6
      before: {display_name: Old line}
      after: {display_name: Support line}
error:
  description: The C(error) of the first failure, or of the listing.
  returned: failure, unless the options were refused
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
