#!/usr/bin/python

# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: sip_trunks
short_description: Manage trunks with their phone numbers on Dasha BlackBox
version_added: "1.0.0"
description:
  - Creates, updates and deletes trunks (SIP credentials) and their phone numbers, with the links to agents, in one task
    and one plan. A preview of the plan can be approved, and exactly that is applied, also for trunks that do not exist
    yet.
  - It retrieves the existing trunks and phone numbers once, whatever their number, and sends only the necessary write
    requests, several at a time.
  - First, trunks are created and updated, then phone numbers. Whatever takes something away follows only if all of that
    succeeded. Phone numbers are deleted, and trunks last. If the creation of a trunk fails, its phone numbers are not
    attempted; other trunks are not affected.
  - The task fails at the end if anything failed, and RV(summary), RV(changes) and RV(failures) report what happened to
    each object. Rerun the task to finish.
author:
  - The dasha.blackbox contributors (@dasha-ai)
extends_documentation_fragment:
  - dasha.blackbox.connection
  - dasha.blackbox.attributes
  - dasha.blackbox.attributes.writes
  - dasha.blackbox.fleet
options:
  trunks:
    description:
      - The trunks, each with the options of M(dasha.blackbox.sip_credential) and optionally its phone numbers. Two
        entries for the same trunk are rejected.
      - An option of an entry that is omitted or null leaves the current value alone, and an empty string clears a text.
        The field names of the API are aliases here too.
      - If omitted or null, no trunk is managed, but those that O(phone_numbers) and O(phone_numbers_file) name have to
        exist.
    type: list
    elements: dict
    suboptions:
      id:
        description:
          - UUID of the trunk. If set, it alone identifies the trunk, and O(trunks[].server) and O(trunks[].auth_user)
            are values to change.
          - If omitted or null, O(trunks[].server) and O(trunks[].auth_user) identify the trunk.
          - If the id does not exist, the task fails with O(trunks[].state=present), and changes nothing with
            O(trunks[].state=absent).
          - With O(trunks[].state=absent), the task fails if the trunk with this id differs from O(trunks[].server) or
            O(trunks[].auth_user).
        type: raw
      server:
        description:
          - Host name or address of the SIP server, with C(:port) if it does not use the default port. Up to 255
            characters, without C(sip:) and without a user name.
          - Required unless O(trunks[].id) is set.
        type: raw
      domain:
        description:
          - SIP domain, up to 255 characters.
          - If omitted or null, the current domain is kept; a new trunk has none. An empty string clears it.
        type: raw
      auth_user:
        description:
          - User name at the SIP server, up to 255 characters.
          - Quote it if it is all digits. YAML drops a plus sign and changes leading zeros, so a value that is not a
            string is rejected.
          - If it is omitted, null or empty, and O(trunks[].id) is not set, the task manages the trunk that has no user
            name.
          - With O(trunks[].id), the current user name is kept if this is omitted or null. An empty string clears it.
        type: raw
        aliases: [authUser]
      auth_password:
        description:
          - Password at the SIP server, up to 64 characters. Store it in Ansible Vault, and quote it if it is all
            digits. A value that is not a string is rejected.
          - If omitted or null, the stored password is kept; a new trunk has none. An empty string means no password.
            O(trunks[].update_password) decides whether it is applied to an existing trunk.
          - Set it for every task on a trunk that has a password. An update replaces the whole trunk, so if the API does
            not return the stored password, the update sends this one. If it is missing, the task fails instead of
            destroying the stored password.
        type: raw
        aliases: [authPassword]
      transport:
        description:
          - Transport protocol, V(udp), V(tcp) or V(tls).
          - If omitted or null, the current protocol is kept; for a new trunk, the default of the API is V(udp).
        type: raw
      description:
        description:
          - Free text, up to 255 characters.
          - If omitted or null, the current text is kept; a new trunk has none. An empty string clears it.
        type: raw
      cps_limit:
        description:
          - Maximum number of calls per second through the trunk.
          - If omitted or null, the current limit is kept; a new trunk has none. V(0) clears it.
        type: raw
        aliases: [cpsLimit]
      cps_key:
        description:
          - Trunks with the same key share one rate limit.
          - If omitted or null, the current key is kept; a new trunk has none. An empty string clears it.
        type: raw
        aliases: [cpsKey]
      state:
        description:
          - With V(present), which is the default, the trunk is created or updated if necessary.
          - With V(absent), the trunk is deleted if it exists.
        type: raw
      force:
        description:
          - With O(trunks[].state=absent), also delete all phone numbers of the trunk, including those that agents use.
            Each of them is part of the plan, the report and O(max_deletions).
          - If omitted, null or V(false), deleting a trunk that has phone numbers fails, and the message lists them.
            Phone numbers that the same task moves to another trunk do not count.
        type: raw
      update_password:
        description:
          - With V(on_create), O(trunks[].auth_password) is set when the trunk is created. With V(always), it is applied
            in every run; see O(dasha.blackbox.sip_credential#module:update_password).
          - If omitted or null, O(update_passwords) decides.
        type: raw
      phone_numbers:
        description:
          - The phone numbers of the trunk, a list of entries as in O(phone_numbers), without a trunk.
          - If omitted or null, the phone numbers of the trunk are not managed. An empty list means that it has none,
            which is only enforced with O(purge=true).
        type: raw
  update_passwords:
    description:
      - Decides for trunks that do not set O(trunks[].update_password). With V(on_create), passwords are only set when a
        trunk is created. With V(always), they are applied in every run, to rotate them.
    type: str
    choices: [always, on_create]
    default: on_create
  purge:
    description:
      - Delete phone numbers that are not listed, on the trunks that have O(trunks[].phone_numbers), even an empty list,
        and on those that entries of O(phone_numbers) and O(phone_numbers_file) name, and on no other trunk.
      - Phone numbers that a VoIP provider manages are never deleted. If a creation or an update fails, nothing is
        deleted.
    type: bool
    default: false
  purge_trunks:
    description:
      - Delete trunks that are not listed, with their phone numbers. Trunks that a VoIP provider manages are never
        deleted. Phone numbers that agents use are only deleted with O(force=true).
      - All trunks of the organization that O(trunks) does not list are deleted, so preview it first. O(max_deletions)
        limits the number. Of several trunks with the same server and user, only those that O(trunks) lists by id, or
        in exactly their spelling, are kept.
      - An earlier run may have deleted a trunk that is named in O(move_from) or by an entry that is to be absent. A
        name that no trunk has is therefore only a warning there.
    type: bool
    default: false
notes:
  - Sends one request for each 1,000 trunks and each 1,000 phone numbers of the organization, one for each 100 agents if
    agents are named, and one for each necessary write.
  - Tasks of one user on one machine that create the same trunk wait for each other, so several hosts of a play can have
    the same list.
  - An object that was read more than five seconds before it is written is read again. If somebody else has changed it,
    it is planned again from what it is then, so that their changes are kept. With O(approval) or O(expected_plan_id),
    it fails instead.
  - If the task runs inside C(ansible-playbook) and takes longer than five seconds, it reports its progress on standard
    error. The variable C(blackbox_progress=false) disables this.
  - A loop over trunks that hold passwords would print them. Pass the whole list to one task instead.
  - C(.xlsx) requires the Python library C(openpyxl) in the Python that runs C(ansible-playbook). Install it with
    C(python -m pip install openpyxl).
seealso:
  - module: dasha.blackbox.sip_credential
    description: Manage one trunk. Its options are described in detail there.
  - module: dasha.blackbox.sip_phone_numbers
    description: Manage phone numbers without their trunks.
  - module: dasha.blackbox.sip_credential_info
    description: Retrieve existing trunks.
  - plugin: dasha.blackbox.change_report
    plugin_type: filter
    description: A report of a preview or a run for the person who approves it.
  - plugin: dasha.blackbox.rollback
    plugin_type: filter
    description: Undo a run.
  - name: Trunks and secrets
    link: https://dasha-ai.github.io/ansible-collection-blackbox/docsite/guide_trunks.html
    description: Passwords in Ansible Vault, and how to rotate them.
  - name: Approving changes
    link: https://dasha-ai.github.io/ansible-collection-blackbox/docsite/guide_approval.html
    description: Preview, report, approval, run and rollback.
"""

EXAMPLES = r"""
- name: Provision the trunk of an office with its phone numbers
  dasha.blackbox.sip_trunks:
    trunks:
      - server: sip.example.com
        auth_user: berlin
        auth_password: "{{ vault_berlin_password }}"
        transport: tls
        phone_numbers:
          - phone_number: "+493012345601"
            display_name: Reception
            incoming_calls_agent: Support
          - phone_number: "+493012345602"
            display_name: Sales
    defaults:
      registration: true
    purge: true
  register: provisioned

- name: Assign phone numbers of a flat list to trunks by name
  dasha.blackbox.sip_trunks:
    trunks:
      - server: sip.example.com
        auth_user: berlin
        auth_password: "{{ vault_berlin_password }}"
      - server: sip.example.net
    phone_numbers:
      - phone_number: "+493012345601"
        trunk: berlin@sip.example.com
      - phone_number: "+493012345603"
        trunk: sip.example.net

- name: Provision a trunk, and the phone numbers of a file with a column for their trunks
  dasha.blackbox.sip_trunks:
    trunks:
      - server: sip.example.com
        auth_user: berlin
        auth_password: "{{ vault_berlin_password }}"
    phone_numbers_file: numbers.csv

- name: Move all phone numbers to a new trunk, and delete the old one
  dasha.blackbox.sip_trunks:
    trunks:
      - server: sip.example.net
        phone_numbers:
          - phone_number: "+493012345601"
          - phone_number: "+493012345602"
          - phone_number: "+493012345603"
      - server: sip.example.com
        auth_user: berlin
        state: absent
    move_from: [berlin@sip.example.com]
  check_mode: true
  diff: true
"""

RETURN = r"""
plan_id:
  description:
    - Identifies what the task writes, and the state that this starts from. A preview and a run that do the same have
      the same id. It does not depend on the order of the list, on O(concurrency), on the connection options, or on
      objects that are not changed.
    - Set O(expected_plan_id) to it to apply exactly these changes.
  returned: unless the options are invalid or the existing objects cannot be read
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
  description: Number of objects by what happened to them. Each object is counted once.
  returned: unless the options are invalid
  type: dict
  contains:
    trunks:
      description: The counts of trunks.
      type: dict
      returned: always
      sample: {created: 1, updated: 0, deleted: 0, unchanged: 2, failed: 0, not_attempted: 0}
    phone_numbers:
      description: The counts of phone numbers.
      type: dict
      returned: always
      sample: {created: 2, updated: 0, deleted: 0, unchanged: 58, failed: 0, not_attempted: 0}
changes:
  description:
    - What was changed, or would be changed in check mode or by a plan that was refused. One item for each object.
  returned: unless the options are invalid
  type: list
  elements: dict
  contains:
    object:
      description: V(trunk) or V(phone_number).
      type: str
      returned: always
      sample: phone_number
    action:
      description: V(create), V(update) or V(delete).
      type: str
      returned: always
      sample: create
    id:
      description: UUID of the object, or null if it is still to be created.
      type: str
      returned: always
      sample: 9b2f0c1e-8a5d-4f0e-9d55-0f6f2b0c7a11
    phone_number:
      description: The phone number.
      type: str
      returned: for a phone number
      sample: "+15551234567"
    credentials_id:
      description: UUID of its trunk, or null if the trunk is still to be created.
      type: str
      returned: for a phone number
      sample: 3fa85f64-5717-4562-b3fc-2c963f66afa6
    trunk:
      description: Name of its trunk.
      type: str
      returned: for a phone number
      sample: blackbox@sip.example.com
    change_id:
      description:
        - Digest of what is written, and of the state that this starts from. Null for what is not part of the plan.
      type: str
      returned: always
      sample: 0a4d55a8d778e5022fab701977c5d840
    server:
      description: Server of the trunk.
      type: str
      returned: for a trunk
      sample: sip.example.com
    auth_user:
      description: User name of the trunk, or null if it has none.
      type: str
      returned: for a trunk
      sample: berlin
    before:
      description: The managed fields before the change. Empty if the object did not exist.
      type: dict
      returned: always
      sample: {}
    after:
      description: The managed fields after the change. Empty if the object was deleted.
      type: dict
      returned: always
      sample: {phone_number: "+15551234567", display_name: Support line}
failures:
  description: What failed. One item for each object.
  returned: unless the options are invalid
  type: list
  elements: dict
  contains:
    object:
      description: V(trunk) or V(phone_number).
      type: str
      returned: always
      sample: phone_number
    action:
      description: V(create), V(update), V(delete), or V(wait) for a phone number that is not registered.
      type: str
      returned: always
      sample: create
    id:
      description: UUID of the object, or null if it does not exist.
      type: str
      returned: always
      sample: null
    phone_number:
      description: The phone number.
      type: str
      returned: for a phone number
      sample: "+15557654321"
    credentials_id:
      description: UUID of its trunk, or null if the trunk is still to be created.
      type: str
      returned: for a phone number
      sample: 3fa85f64-5717-4562-b3fc-2c963f66afa6
    trunk:
      description: Name of its trunk.
      type: str
      returned: for a phone number
      sample: blackbox@sip.example.com
    change_id:
      description:
        - Digest of what is written, and of the state that this starts from. Null for what is not part of the plan.
      type: str
      returned: always
      sample: 0a4d55a8d778e5022fab701977c5d840
    server:
      description: Server of the trunk.
      type: str
      returned: for a trunk
      sample: sip.example.com
    auth_user:
      description: User name of the trunk, or null if it has none.
      type: str
      returned: for a trunk
      sample: berlin
    before:
      description: The managed fields before the task. Empty if the object did not exist.
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
sip_trunks:
  description:
    - The listed trunks as they are now, or would be in check mode, as in
      RV(dasha.blackbox.sip_credential#module:sip_credential), without their passwords. Trunks that were deleted, or
      whose creation failed, are not included.
  returned: unless the options are invalid or the existing objects cannot be read
  type: list
  elements: dict
  sample:
    - id: 3fa85f64-5717-4562-b3fc-2c963f66afa6
      server: sip.example.com
      auth_user: berlin
      transport: tls
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
    - The managed fields of the changed objects before and after. C(before) or C(after) is an empty string if the
      object does not exist. Trunks and agents are shown by name.
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
  description: C(error) of the first failure, or of the request that retrieves the existing objects.
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
from ansible_collections.dasha.blackbox.plugins.module_utils._operations.sip_trunks import SPEC


def main():
    run_module(SPEC)


if __name__ == "__main__":
    main()
