#!/usr/bin/python

# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: sip_credential_info
short_description: Read the SIP credentials (trunks) of Dasha BlackBox
version_added: "1.0.0"
description:
  - Lists the trunks of an organization, all of them or those that pass every filter given, never with a password. A
    filter that is left out or null lets every trunk pass.
  - The list is complete or the task fails.
author:
  - The dasha.blackbox contributors (@dasha-ai)
extends_documentation_fragment:
  - dasha.blackbox.connection
  - dasha.blackbox.attributes
  - dasha.blackbox.attributes.reads
options:
  id:
    description: UUID of one trunk. An id that does not exist gives an empty list.
    type: str
  server:
    description: Only trunks whose server is written exactly like this.
    type: str
  auth_user:
    description: Only trunks with this user name. The empty string finds those that have none.
    type: raw
    aliases: [authUser]
notes:
  - Makes one request for each 1,000 trunks, or a single one with O(id).
seealso:
  - module: dasha.blackbox.sip_credential
    description: Manage a trunk.
  - module: dasha.blackbox.sip_phone_number_info
    description: Read the phone numbers of a trunk.
  - name: Trunks and secrets
    link: https://github.com/dasha-ai/ansible-collection-blackbox/blob/main/docs/docsite/rst/guide_trunks.rst
    description: How trunks, passwords and Ansible Vault go together.
"""

EXAMPLES = r"""
- name: Read all trunks
  dasha.blackbox.sip_credential_info:
  register: trunks

- name: Find one by its server
  dasha.blackbox.sip_credential_info:
    server: sip.example.com
  register: main_trunk
"""

RETURN = r"""
sip_credentials:
  description: The trunks, sorted by server, then user name. Fields that the API adds later are passed on.
  returned: success
  type: list
  elements: dict
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
error:
  description: What the API or the network answered; see M(dasha.blackbox.sip_phone_number).
  returned: failure, unless the options were refused
  type: dict
  sample:
    status: 503
    title: Service Unavailable
    detail: null
    errors: {}
    method: GET
    path: /api/v1/sip-credentials
    attempts: 1
    outcome: rejected
"""

from ansible_collections.dasha.blackbox.plugins.module_utils._module import run_module
from ansible_collections.dasha.blackbox.plugins.module_utils._operations.sip_credential_info import SPEC


def main():
    run_module(SPEC)


if __name__ == "__main__":
    main()
