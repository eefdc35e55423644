#!/usr/bin/python

# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: sip_credential
short_description: Manage SIP credentials (a trunk) on Dasha BlackBox
version_added: "1.0.0"
description:
  - Creates, updates and deletes SIP credentials, the trunk that phone numbers belong to.
  - A trunk is identified by O(server) and O(auth_user), or by O(id). The API accepts several trunks with the same
    server and user name; the task then fails and lists their ids.
  - An option that is omitted or null leaves the current value alone; on creation, the default of the API applies. An
    empty string clears a text. Any other value is applied.
  - The SIP password is never returned, and no update destroys the stored one.
author:
  - The dasha.blackbox contributors (@dasha-ai)
extends_documentation_fragment:
  - dasha.blackbox.connection
  - dasha.blackbox.attributes
  - dasha.blackbox.attributes.writes
options:
  id:
    description:
      - UUID of the trunk. If set, it alone identifies the trunk, and O(server) and O(auth_user) are values to change.
      - If omitted or null, O(server) and O(auth_user) identify the trunk.
      - If the id does not exist, the task fails with O(state=present), and changes nothing with O(state=absent).
      - With O(state=absent), the task fails if the trunk with this id differs from O(server) or O(auth_user).
    type: str
  server:
    description:
      - Host name or address of the SIP server, with C(:port) if it does not use the default port, which is 5060, and
        5061 for V(tls). An IPv6 address is written in brackets. Up to 255 characters, without C(sip:), a user name and
        parameters.
      - Servers are compared without case, trailing dot and default port. Another spelling of the current server is the
        same trunk, and changes nothing.
      - Required unless O(id) is set.
    type: str
  domain:
    description:
      - SIP domain or realm, up to 255 characters, without C(sip:), a user name and parameters.
      - If omitted or null, the current domain is kept; a new trunk has none. An empty string clears it.
    type: str
  auth_user:
    description:
      - User name at the SIP server, up to 255 characters, without C(sip:). It is compared exactly.
      - Quote it if it is all digits. YAML drops a plus sign and changes leading zeros, so a value that is not a string
        is rejected.
      - If it is omitted, null or empty, and O(id) is not set, the task manages the trunk that has no user name.
      - With O(id), the current user name is kept if this is omitted or null. An empty string clears it.
    type: str
    aliases: [authUser]
  auth_password:
    description:
      - Password at the SIP server, up to 64 characters. Store it in Ansible Vault, and quote it if it is all digits. A
        value that is not a string is rejected.
      - A placeholder that results and exports show instead of a password, such as V(********) or V($encrypted$), is
        rejected too, and so is a password with a line break at its end.
      - If omitted or null, the stored password is kept; a new trunk has none. An empty string means no password.
        O(update_password) decides whether it is applied to an existing trunk.
      - Set it for every task on a trunk that has a password. An update replaces the whole trunk, so if the API does not
        return the stored password, the update sends this one. If it is missing, the task fails instead of destroying
        the stored password.
    type: str
    aliases: [authPassword]
  transport:
    description:
      - Transport protocol.
      - If omitted or null, the current protocol is kept; for a new trunk, the default of the API is V(udp).
    type: str
    choices: [udp, tcp, tls]
  description:
    description:
      - Free text, up to 255 characters.
      - If omitted or null, the current text is kept; a new trunk has none. An empty string clears it.
    type: str
  cps_limit:
    description:
      - Maximum number of calls per second through the trunk.
      - If omitted or null, the current limit is kept; a new trunk has none. V(0) clears it.
    type: int
    aliases: [cpsLimit]
  cps_key:
    description:
      - Trunks with the same key share one rate limit.
      - If omitted or null, the current key is kept; a new trunk has none. An empty string clears it.
    type: str
    aliases: [cpsKey]
  state:
    description:
      - With V(present), the trunk is created or updated if necessary.
      - With V(absent), the trunk is deleted if it exists.
    type: str
    choices: [present, absent]
    default: present
  force:
    description:
      - With O(state=absent), also delete all phone numbers of the trunk, including those that agents use. A warning
        lists them.
      - If V(false), deleting a trunk that has phone numbers fails, and the message lists them.
    type: bool
    default: false
  update_password:
    description:
      - With V(on_create), O(auth_password) is set when the trunk is created. Later, a different password is not a
        reason to update the trunk.
      - With V(always), O(auth_password) is applied in every run. If the API returns the stored password, the two are
        compared. If it does not, the password is sent in every run, and the task always reports a change.
    type: str
    choices: [always, on_create]
    default: on_create
notes:
  - Sends one request if nothing changes, two to create, update or delete, and three to delete with O(force=true).
  - The API accepts the same trunk twice. If a creation may have been applied, the module looks for the trunk and uses
    it if exactly one has the values of the task. Otherwise the task fails with the outcome C(unknown), and nothing is
    created again.
  - SIP credentials that a VoIP provider manages can only be changed or deleted through that provider. The task fails
    before it sends a write request, in check mode too.
seealso:
  - module: dasha.blackbox.sip_credential_info
    description: Retrieve existing trunks.
  - module: dasha.blackbox.sip_phone_number
    description: Manage a phone number of the trunk.
  - module: dasha.blackbox.sip_phone_numbers
    description: Manage many phone numbers of the trunk.
  - name: The role provision
    link: https://github.com/dasha-ai/ansible-collection-blackbox/blob/main/roles/provision/README.md
    description: Trunks and their phone numbers from one variable.
  - name: Trunks and secrets
    link: https://dasha-ai.github.io/ansible-collection-blackbox/docsite/guide_trunks.html
    description: Ansible Vault, when the password is sent, and how to delete a trunk.
  - name: Failures and warnings
    link: https://dasha-ai.github.io/ansible-collection-blackbox/docsite/guide_failures.html
    description: What each error means, and how to fix it.
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

- name: Create a phone number on the trunk
  dasha.blackbox.sip_phone_number:
    phone_number: "+15551234567"
    credentials_id: "{{ trunk.sip_credential.id }}"

- name: Limit the calls per second (with the password, so that the update cannot lose it)
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

- name: Delete the trunk and its phone numbers
  dasha.blackbox.sip_credential:
    server: sip.example.com
    auth_user: blackbox
    state: absent
    force: true
"""

RETURN = r"""
sip_credential:
  description:
    - The trunk as the API returns it after the task, without the password. A field that the API omits is null.
    - In check mode, values that only the API can know are null.
  returned: success and O(state=present)
  type: dict
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
diff:
  description:
    - The managed fields before and after the task.
    - A password that is sent, and may differ from the stored one, is shown as C((changed)).
  returned: success
  type: dict
  contains:
    before:
      description: Values before the task. An empty string if the trunk did not exist.
      type: dict
      returned: always
      sample: {cps_limit: null}
    after:
      description: Values after the task. An empty string if the trunk does not exist.
      type: dict
      returned: always
      sample: {cps_limit: 5}
    before_header:
      description: Name of the trunk, shown above the diff.
      type: str
      returned: always
      sample: SIP credential 'sip.example.com' for user 'blackbox'
    after_header:
      description: The same name.
      type: str
      returned: always
      sample: SIP credential 'sip.example.com' for user 'blackbox'
error:
  description: What the API or the network reported; see M(dasha.blackbox.sip_phone_number).
  returned: failure, unless the options are invalid
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
