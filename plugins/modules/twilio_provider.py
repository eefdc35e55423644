#!/usr/bin/python

# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: twilio_provider
short_description: Manage the connection to a Twilio account on Dasha BlackBox
version_added: "1.0.0"
description:
  - Connects a Twilio account to BlackBox, changes the connection, and removes it. Such a connection is called a Twilio
    provider.
  - Creating a provider also creates a SIP trunk with its credential list in the Twilio account, and the SIP credential
    of this trunk in BlackBox. No phone number is imported; use M(dasha.blackbox.twilio_phone_numbers) for that.
  - A provider is identified by O(account_sid), or by O(id). The API does not list providers. With O(account_sid), the
    module finds the provider through the SIP credentials and phone numbers that belong to it. It creates a provider
    only if this search was complete.
  - An option that is omitted or null leaves the current value alone; on creation, the default of the API applies. An
    update only sends the values that differ. A provider is never deleted and created again to change it.
  - The auth token is never returned, by the API or by this module.
author:
  - The dasha.blackbox contributors (@dasha-ai)
extends_documentation_fragment:
  - dasha.blackbox.connection
  - dasha.blackbox.attributes
  - dasha.blackbox.attributes.writes
options:
  id:
    description:
      - UUID of the provider. If the id does not exist, the task fails with O(state=present), and changes nothing with
        O(state=absent). A provider that is not a Twilio provider counts as not existing.
      - If omitted or null, O(account_sid) identifies the provider.
    type: str
  account_sid:
    description:
      - SID of the Twilio account, C(AC) and 32 lowercase hexadecimal digits.
      - Required unless O(id) is set. With O(id), it must be the account of this provider, because the account of a
        provider cannot be changed.
    type: str
    aliases: [accountSid]
  auth_token:
    description:
      - Auth token of the Twilio account, 32 lowercase hexadecimal digits. Store it in Ansible Vault. It needs the
        permission to read the account and its phone numbers, and to manage SIP trunks and credential lists.
      - Required to create a provider. O(update_auth_token) decides whether it is applied to an existing one.
      - A value that is not a string is rejected, so quote it if it is all digits.
    type: str
    aliases: [authToken]
  name:
    description:
      - Display name, 1 to 100 characters. It cannot be cleared.
      - If omitted or null, the current name is kept; a new provider gets a name from the API.
    type: str
  region:
    description:
      - Twilio region of the trunk, such as V(us1), V(ie1), V(de1) or V(au1). It cannot be cleared.
      - If omitted or null, the current region is kept; a new provider gets the default of the API.
      - The API does not document what a new region does to the trunk and to calls in progress.
    type: str
  supports_call_transfer:
    description:
      - Whether calls can be transferred. The Twilio account must be configured for it.
      - If omitted or null, the current setting is kept; a new provider gets the default of the API.
    type: bool
    aliases: [supportsCallTransfer]
  update_auth_token:
    description:
      - With V(on_create), O(auth_token) is set when the provider is created. Later, a different token is not noticed.
      - With V(always), O(auth_token) replaces the stored token in every run, because the stored one cannot be compared.
        The task always reports a change. The API tries the new token at Twilio first, and keeps the old one if Twilio
        refuses it.
      - Use V(always) once after a rotation. Deployments of the API that cannot replace the token make the task fail.
    type: str
    choices: [always, on_create]
    default: on_create
  verify:
    description:
      - Whether the API verifies the provider now, which includes its credentials, the trunk, and the imported phone
        numbers. If the result is C(failed), the task fails. If it is not C(verified), there is a warning.
      - If V(true), the provider is verified in every run. If V(false), it is not verified.
      - If omitted or null, it is verified after a change. If nothing changes and the last verification failed, there is
        a warning.
      - With O(state=absent) and V(true), the provider is verified before it is deleted, and kept if that fails.
      - A verification is not reported as a change. It is never made in check mode.
    type: bool
  state:
    description:
      - With V(present), the provider is created or updated if necessary.
      - With V(absent), the provider is deleted if it exists. This also deletes its imported phone numbers, its SIP
        credential, and its trunk in the Twilio account, and cannot be undone. A warning lists them. The phone numbers
        of the Twilio account are not released by this module.
      - The trunk can only be deleted if Twilio accepts the stored auth token. After a rotation, replace the token
        first. O(verify=true) checks this.
    type: str
    choices: [present, absent]
    default: present
  force:
    description:
      - With O(state=absent), delete the provider even if agents use its phone numbers.
      - If V(false), such a deletion fails before it is sent, and the message names the phone numbers and the agents.
        The API itself does not protect them.
    type: bool
    default: false
  max_deletions:
    description:
      - With O(state=absent), fail before the first write request if the provider has, or reports, more phone numbers
        than this. The message lists them. O(force) does not change this limit.
    type: int
    default: 10
notes:
  - If nothing changes, a task with O(id) sends one request. A task with O(account_sid) sends one request for each 1,000
    SIP credentials, one for each 1,000 phone numbers, and one for each provider. Creating, deleting and verifying a
    provider needs further requests; see the guide on API calls.
  - Write requests wait for Twilio, so they may take four times as long as O(api_timeout) allows.
  - A creation that may have been applied is never retried. The module searches again, and uses the new provider if
    there is exactly one for the account. Otherwise the task fails with the outcome C(unknown). Before you rerun it,
    look in the Twilio console for a SIP trunk that was left behind.
  - A provider that has neither a SIP credential nor a phone number cannot be found by its account. If a creation or a
    deletion leaves such a provider behind, a warning or the message says so, and contains its id.
  - All tasks of one user on one control node wait for each other before they connect the same account. Tasks on
    different control nodes do not, so do not run them at the same time.
seealso:
  - module: dasha.blackbox.twilio_phone_numbers
    description: Import phone numbers through the provider, and remove them.
  - module: dasha.blackbox.twilio_provider_info
    description: Retrieve existing providers, with their phone numbers.
  - module: dasha.blackbox.sip_phone_number
    description: Link agents to an imported phone number.
  - name: Numbers from Twilio
    link: https://dasha-ai.github.io/ansible-collection-blackbox/docsite/guide_twilio.html
    description: From the Twilio account to a phone number that an agent takes calls on, and back.
"""

EXAMPLES = r"""
- name: Connect a Twilio account
  dasha.blackbox.twilio_provider:
    account_sid: AC0123456789abcdef0123456789abcdef
    auth_token: "{{ vault_twilio_auth_token }}"
    name: Main account
    region: ie1
  register: twilio

# In check mode, a new provider has no id yet.
- name: Import a phone number of the account
  dasha.blackbox.twilio_phone_numbers:
    provider_id: "{{ twilio.twilio_provider.id }}"
    phone_numbers:
      - phone_number_sid: PN0123456789abcdef0123456789abcdef
        phone_number: "+15551234567"
  when: twilio.twilio_provider.id is not none

- name: Replace the auth token after a rotation
  dasha.blackbox.twilio_provider:
    account_sid: AC0123456789abcdef0123456789abcdef
    auth_token: "{{ vault_twilio_auth_token }}"
    update_auth_token: always

- name: Fail if the provider does not work
  dasha.blackbox.twilio_provider:
    account_sid: AC0123456789abcdef0123456789abcdef
    auth_token: "{{ vault_twilio_auth_token }}"
    verify: true

- name: Disconnect the account, although agents use its phone numbers
  dasha.blackbox.twilio_provider:
    account_sid: AC0123456789abcdef0123456789abcdef
    state: absent
    force: true
    max_deletions: 25
"""

RETURN = r"""
twilio_provider:
  description:
    - The provider as the API returns it after the task, without the auth token. A field that the API omits is null.
    - In check mode, values that only the API can know are null.
  returned: success and O(state=present)
  type: dict
  contains:
    id:
      description: UUID of the provider, which its phone numbers have as C(provider_id).
      type: str
      returned: always
      sample: 7c1a5a52-54b8-4a1c-9f39-6a1d1a1f0d11
    name:
      description: Display name, or null.
      type: str
      returned: always
      sample: Main account
    provider_type:
      description: Type of the provider, V(twilio).
      type: str
      returned: always
      sample: twilio
    account_sid:
      description: SID of the Twilio account.
      type: str
      returned: always
      sample: AC0123456789abcdef0123456789abcdef
    region:
      description: Twilio region of the trunk, or null.
      type: str
      returned: always
      sample: ie1
    supports_call_transfer:
      description: Whether calls can be transferred. Null if the API does not return it.
      type: bool
      returned: always
      sample: false
    trunk_sid:
      description: SID of the SIP trunk in the Twilio account, or null.
      type: str
      returned: always
      sample: TK0123456789abcdef0123456789abcdef
    termination_uri:
      description: The address at which outgoing calls enter the trunk, or null.
      type: str
      returned: always
      sample: blackbox-01234567.pstn.ie1.twilio.com
    phone_number_count:
      description: Number of phone numbers that are imported through the provider.
      type: int
      returned: always
      sample: 2
    verification_status:
      description:
        - Result of the last verification, such as V(pending), V(verified), V(warning) or V(failed). The API verifies
          each provider every hour, so it changes without a task.
      type: str
      returned: always
      sample: verified
    last_verified_at:
      description: Time of the last verification (ISO 8601), or null if there was none.
      type: str
      returned: always
      sample: "2026-11-23T10:15:30Z"
    verification_details:
      description: The checks of the last verification, or null if there was none.
      type: list
      elements: dict
      returned: always
      contains:
        check_name:
          description: Name of the check.
          type: str
          returned: always
          sample: credentials
        status:
          description: V(passed), or another word if the check found a problem.
          type: str
          returned: always
          sample: passed
        message:
          description: Details for people, or null.
          type: str
          returned: always
          sample: null
        timestamp:
          description: Time of the check (ISO 8601).
          type: str
          returned: always
          sample: "2026-11-23T10:15:30Z"
diff:
  description:
    - The managed fields before and after the task.
    - An auth token that is sent is shown as V((changed\)).
  returned: success
  type: dict
  contains:
    before:
      description: Values before the task. An empty string if the provider did not exist.
      type: dict
      returned: always
      sample: {name: null}
    after:
      description: Values after the task. An empty string if the provider does not exist.
      type: dict
      returned: always
      sample: {name: Main account}
    before_header:
      description: Name of the provider, shown above the diff.
      type: str
      returned: always
      sample: Twilio provider for account AC0123456789abcdef0123456789abcdef
    after_header:
      description: The same name.
      type: str
      returned: always
      sample: Twilio provider for account AC0123456789abcdef0123456789abcdef
error:
  description: What the API or the network reported; see M(dasha.blackbox.sip_phone_number).
  returned: failure, unless the options are invalid
  type: dict
  sample:
    status: 400
    title: Bad Request
    detail: Twilio refused the credentials.
    errors: {}
    method: POST
    path: /api/v1/providers/twilio
    attempts: 1
    outcome: rejected
"""

from ansible_collections.dasha.blackbox.plugins.module_utils._module import run_module
from ansible_collections.dasha.blackbox.plugins.module_utils._operations.twilio_provider import SPEC


def main():
    run_module(SPEC)


if __name__ == "__main__":
    main()
