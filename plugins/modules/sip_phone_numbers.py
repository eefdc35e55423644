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
  - dasha.blackbox.fleet
options:
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
  state:
    description:
      - With V(present), the listed phone numbers are created or updated if necessary.
      - With V(absent), the listed phone numbers are deleted if they exist.
    type: str
    choices: [present, absent]
    default: present
  purge:
    description:
      - Delete phone numbers that are not listed, on the trunks of the listed entries and of O(purge_on_trunks),
        and on no other trunk. An empty list alone deletes nothing.
      - Phone numbers that a VoIP provider manages are never deleted. If a creation or an update fails, nothing is
        deleted. Registrations are not checked before the deletions, even with O(wait_for_registration=true).
      - Cannot be used with O(state=absent).
    type: bool
    default: false
  purge_on_trunks:
    description:
      - With O(purge=true), further trunks, as names or UUIDs, on which phone numbers that are not listed are deleted.
        It has no effect without O(purge=true).
      - All phone numbers of a trunk that is in this list and has no entry are deleted.
    type: list
    elements: str
notes:
  - Sends one request for each 1,000 phone numbers of the organization, and one for each necessary write.
  - If the task runs inside C(ansible-playbook) and takes longer than five seconds, it reports its progress on standard
    error. The variable C(blackbox_progress=false) disables this.
  - A phone number that a VoIP provider manages can only be changed or deleted through that provider, except for its
    agents. Such an entry fails before a write request is sent for it, in check mode too.
  - O(phone_numbers), O(phone_numbers_file) or both are required.
  - C(.xlsx) requires the Python library C(openpyxl) in the Python that runs C(ansible-playbook). Install it with
    C(python -m pip install openpyxl).
seealso:
  - module: dasha.blackbox.sip_phone_number
    description: Manage one phone number. Every option is described in detail there.
  - module: dasha.blackbox.sip_trunks
    description: Trunks and their phone numbers in one plan.
  - module: dasha.blackbox.sip_phone_number_info
    description: Retrieve existing phone numbers.
  - plugin: dasha.blackbox.desired_state
    plugin_type: filter
    description: Convert existing phone numbers into entries.
  - name: The role provision
    link: https://github.com/dasha-ai/ansible-collection-blackbox/blob/main/roles/provision/README.md
    description: Trunks and their phone numbers from one variable.
  - name: From a spreadsheet
    link: https://dasha-ai.github.io/ansible-collection-blackbox/docsite/guide_spreadsheets.html
    description: From the file of a colleague to the second run that changes nothing.
  - name: Provisioning a fleet
    link: https://dasha-ai.github.io/ansible-collection-blackbox/docsite/guide_fleet.html
    description: From YAML, with purge, and what to do if some phone numbers fail.
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

- name: Provision the phone numbers of a CSV file
  dasha.blackbox.sip_phone_numbers:
    phone_numbers_file: numbers.csv

- name: Provision the phone numbers of a file that a German spreadsheet program has saved
  dasha.blackbox.sip_phone_numbers:
    trunk: sip.example.com
    phone_numbers_file: rufnummern.csv
    columns:
      Rufnummer: phone_number
      Bezeichnung: display_name
      Kostenstelle: null
    region: DE

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
approval:
  description:
    - What somebody who approves the changes hands to the run that applies them, as O(approval). It can be written to a
      file, and passed on as JSON, as an extra variable or with M(ansible.builtin.set_stats).
  returned: when RV(plan_id) is returned
  type: dict
  contains:
    plan_id:
      description: The same as RV(plan_id).
      type: str
      returned: always
      sample: 5f0c9e1d2b7a4c63a1f4e8d90b36c572
    change_ids:
      description: The ids of all changes, and of the requests that they consist of.
      type: list
      elements: str
      returned: always
      sample: [0a4d55a8d778e5022fab701977c5d840]
applied:
  description:
    - Whether the changes in RV(changes) were made. V(false) in check mode, and if the plan was refused because of
      O(approval), O(expected_plan_id), O(max_deletions) or O(max_updates).
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
    object:
      description: V(phone_number).
      type: str
      returned: always
      sample: phone_number
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
    trunk:
      description: Name of its trunk, or null if the task has not read the trunks.
      type: str
      returned: always
      sample: blackbox@sip.example.com
    change_id:
      description:
        - Digest of what is written, and of the state that this starts from. Null for what is not part of the plan.
      type: str
      returned: always
      sample: 0a4d55a8d778e5022fab701977c5d840
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
    object:
      description: V(phone_number).
      type: str
      returned: always
      sample: phone_number
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
    trunk:
      description: Name of its trunk, or null if the task has not read the trunks.
      type: str
      returned: always
      sample: blackbox@sip.example.com
    change_id:
      description:
        - Digest of what is written, and of the state that this starts from. Null for what is not part of the plan.
      type: str
      returned: always
      sample: 0a4d55a8d778e5022fab701977c5d840
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
    location:
      description:
        - Position in the task, such as C(phone_numbers[3]), counted from 0, or the line of the file. Null for an object
          that is not listed.
      type: str
      returned: always
      sample: numbers.csv line 7
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
agent_names:
  description: Names of agents by their ids, as far as the task has read them. Reports use them.
  returned: when RV(plan_id) is returned
  type: dict
  sample: {agent-support: Support}
trunk_names:
  description:
    - Names, C(auth_user@server), of the trunks in RV(changes) and RV(failures) by their ids, as far as the task has
      read them, and of others with the same server. Reports use them, and P(dasha.blackbox.rollback#filter) recognizes
      trunks with the same name by them.
  returned: when RV(plan_id) is returned
  type: dict
  sample: {3fa85f64-5717-4562-b3fc-2c963f66afa6: berlin@sip.example.com}
diff:
  description:
    - The managed fields of the changed phone numbers before and after. C(before) or C(after) is an empty string if the
      phone number does not exist.
    - Of more than 20 changes, one element with a line for each change as C(prepared). The whole values are in
      RV(changes).
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
