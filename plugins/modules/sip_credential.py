#!/usr/bin/python

# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: sip_credential
short_description: Manage the SIP credentials (a trunk) on Dasha BlackBox
version_added: "1.0.0"
description:
  - Creates, updates and deletes the SIP credentials through which phone numbers are reached.
  - A trunk is named by its O(server) and its O(auth_user), or by its O(id). The API does not keep that pair unique;
    where several trunks have it, the task fails and lists their ids.
  - Options left out, and options set to null, leave what is there; on creation the API's default applies. The empty
    string clears a text. Anything else is made so.
  - The SIP password is never returned, and never lost by an update of something else.
author:
  - The dasha.blackbox contributors (@dasha-ai)
extends_documentation_fragment:
  - dasha.blackbox.connection
  - dasha.blackbox.attributes
  - dasha.blackbox.attributes.writes
options:
  id:
    description:
      - UUID of the trunk. If set, it alone names the trunk; O(server) and O(auth_user) are then values to change.
      - Left out or null, the trunk is named by O(server) and O(auth_user).
      - With O(state=present) the task fails where the id does not exist. With O(state=absent) nothing is left to do
        then; and a trunk that has another O(server) or O(auth_user) than the task says is not deleted.
    type: str
  server:
    description:
      - Host name or address of the SIP server, with C(:port) where it is not the default one.
      - Needed unless O(id) is set.
    type: str
  domain:
    description:
      - SIP domain.
      - Left out or null keeps the domain that is there (none on creation); the empty string clears it.
    type: str
  auth_user:
    description:
      - User name at the SIP server. Quote it if it is all digits, as YAML drops a plus sign and leading zeros.
      - Left out, null or empty, and without O(id), the trunk meant is the one without a user name.
      - With O(id), left out or null keeps the user name that is there; the empty string clears it.
    type: raw
    aliases: [authUser]
  auth_password:
    description:
      - Password at the SIP server, in quotes if it is all digits. Keep it in Ansible Vault. See O(update_password) for
        when it is sent.
      - Left out or null keeps the password that is there (none on creation). The empty string stands for no password.
      - Pass it also where only something else is to change. An update replaces the whole trunk, and where the API does
        not tell the stored password, the task fails rather than destroy it.
    type: raw
    aliases: [authPassword]
  transport:
    description:
      - Transport protocol.
      - Left out or null keeps the protocol that is there; the API's default on creation is V(udp).
    type: str
    choices: [udp, tcp, tls]
  description:
    description:
      - Free text.
      - Left out or null keeps the text that is there (none on creation); the empty string clears it.
    type: str
  cps_limit:
    description:
      - Greatest number of calls per second through the trunk.
      - Left out or null keeps the limit that is there (none on creation); V(0) clears it.
    type: int
    aliases: [cpsLimit]
  cps_key:
    description:
      - Trunks with the same key share one rate limit.
      - Left out or null keeps the key that is there (none on creation); the empty string clears it.
    type: str
    aliases: [cpsKey]
  state:
    description:
      - V(present) makes sure that the trunk exists and is as described.
      - V(absent) makes sure that it does not exist.
    type: str
    choices: [present, absent]
    default: present
  force:
    description:
      - With O(state=absent), delete all phone numbers of the trunk too, also those that agents use; a warning names
        them.
      - Without it, the deletion of a trunk that has phone numbers fails and names them.
    type: bool
    default: false
  update_password:
    description:
      - V(on_create) sets O(auth_password) when the trunk is created. From then on it is no reason for a change; it is
        sent only with an update of something else, and only where the API does not tell the stored one.
      - V(always) makes it so on every run. Where the API tells the stored password, they are compared; where it does
        not, the password is sent each time and the task says changed.
    type: str
    choices: [always, on_create]
    default: on_create
notes:
  - Makes one request where nothing is to change, and two to create, update or delete.
  - The API would take the same trunk twice, so a creation that may have been carried out is not tried again unless the
    look-up explains it; the task then fails with the outcome C(unknown).
seealso:
  - module: dasha.blackbox.sip_credential_info
    description: Read what there is.
  - module: dasha.blackbox.sip_phone_number
    description: Put a number on the trunk.
  - module: dasha.blackbox.sip_phone_numbers
    description: Put many numbers on it.
  - name: The role provision
    link: https://github.com/dasha-ai/ansible-collection-blackbox/blob/main/roles/provision/README.md
    description: Trunks and their numbers from one variable.
  - name: Trunks and secrets
    link: https://github.com/dasha-ai/ansible-collection-blackbox/blob/main/docs/docsite/rst/guide_trunks.rst
    description: Ansible Vault, when the password is sent, and how trunks are removed.
  - name: When things fail
    link: https://github.com/dasha-ai/ansible-collection-blackbox/blob/main/docs/docsite/rst/guide_failures.rst
    description: Each error, what it means and what to do.
"""

EXAMPLES = r"""
- name: Create a trunk
  dasha.blackbox.sip_credential:
    server: sip.example.com
    auth_user: blackbox
    auth_password: "{{ vault_sip_password }}"
    transport: tls
    description: Main trunk
  register: trunk

- name: Put a number on it
  dasha.blackbox.sip_phone_number:
    phone_number: "+15551234567"
    credentials_id: "{{ trunk.sip_credential.id }}"

- name: Limit its calls per second; the password is passed so that the update cannot lose it
  dasha.blackbox.sip_credential:
    server: sip.example.com
    auth_user: blackbox
    auth_password: "{{ vault_sip_password }}"
    cps_limit: 5

- name: Change the password
  dasha.blackbox.sip_credential:
    server: sip.example.com
    auth_user: blackbox
    auth_password: "{{ vault_sip_password }}"
    update_password: always

- name: Delete the trunk with its phone numbers
  dasha.blackbox.sip_credential:
    server: sip.example.com
    auth_user: blackbox
    state: absent
    force: true
"""

RETURN = r"""
sip_credential:
  description:
    - The trunk as the API has it after the task, without the password. What the API leaves out is null.
    - In check mode, what only the API can know is null.
  returned: success and O(state=present)
  type: dict
  contains:
    id:
      description: UUID of the trunk, as phone numbers name it in C(credentials_id).
      type: str
      returned: always
      sample: 3fa85f64-5717-4562-b3fc-2c963f66afa6
    org_id:
      description: The organization that the trunk belongs to.
      type: str
      returned: always
      sample: org-1
    server:
      description: Host name or address of the SIP server.
      type: str
      returned: always
      sample: sip.example.com
    domain:
      description: SIP domain, null where there is none.
      type: str
      returned: always
      sample: example.com
    auth_user:
      description: User name at the SIP server, null where there is none.
      type: str
      returned: always
      sample: blackbox
    transport:
      description: Transport protocol.
      type: str
      returned: always
      sample: tls
    description:
      description: Free text, null where there is none.
      type: str
      returned: always
      sample: Main trunk
    cps_limit:
      description: Greatest number of calls per second, null where there is no limit.
      type: int
      returned: always
      sample: 5
    cps_key:
      description: Trunks with the same key share one rate limit.
      type: str
      returned: always
      sample: carrier-1
    source:
      description: V(manual), or V(provider) for a trunk that a VoIP provider manages and that cannot be changed.
      type: str
      returned: always
      sample: manual
    provider_id:
      description: The VoIP provider that manages the trunk, null for one that was created by hand.
      type: str
      returned: always
      sample: null
    created_time:
      description: When the trunk was created (ISO 8601).
      type: str
      returned: always
      sample: "2026-11-23T10:15:30Z"
    last_update_time:
      description: When the trunk was last changed (ISO 8601).
      type: str
      returned: always
      sample: "2026-11-23T10:15:30Z"
diff:
  description:
    - The managed fields before and after; an empty dict stands for a trunk that does not exist.
    - A password that is set shows as C((changed)).
  returned: success
  type: dict
  contains:
    before:
      description: Values before the task.
      type: dict
      returned: always
      sample: {cps_limit: null}
    after:
      description: Values after the task.
      type: dict
      returned: always
      sample: {cps_limit: 5}
error:
  description: What the API or the network answered; see M(dasha.blackbox.sip_phone_number).
  returned: failure, unless the options were refused
  type: dict
  sample:
    status: 409
    title: Conflict
    detail: The SIP credential is used by phone numbers.
    errors: {}
    method: DELETE
    path: /api/v1/sip-credentials/3fa85f64-5717-4562-b3fc-2c963f66afa6
    attempts: 1
    outcome: rejected
"""

from ansible_collections.dasha.blackbox.plugins.module_utils._module import run_module
from ansible_collections.dasha.blackbox.plugins.module_utils._operations.sip_credential import SPEC


def main():
    run_module(SPEC)


if __name__ == "__main__":
    main()
