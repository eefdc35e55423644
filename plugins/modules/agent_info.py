#!/usr/bin/python

# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: agent_info
short_description: Retrieve agents from Dasha BlackBox
version_added: "1.0.0"
description:
  - Lists the agents of an organization, to find their ids by name. Without O(id) and O(name), all agents are returned.
  - Returns only what telephony needs. Prompts, keys, passwords and the rest of an agent's configuration are never
    returned.
  - Returns the complete list, or fails.
author:
  - The dasha.blackbox contributors (@dasha-ai)
extends_documentation_fragment:
  - dasha.blackbox.connection
  - dasha.blackbox.attributes
  - dasha.blackbox.attributes.reads
options:
  id:
    description:
      - Id of one agent. An id that does not exist returns an empty list.
      - If omitted or null, all agents are considered.
    type: str
  name:
    description:
      - Only agents with exactly this name. Several agents can have the same name.
      - If omitted or null, agents with any name are returned.
    type: str
notes:
  - Sends one request for each 100 agents and a final one, or a single one with O(id). The API cannot filter agents by
    name.
seealso:
  - module: dasha.blackbox.sip_phone_number
    description: Link an agent to a phone number.
  - module: dasha.blackbox.sip_phone_numbers
    description: Link agents to many phone numbers.
"""

EXAMPLES = r"""
- name: Retrieve all agents
  dasha.blackbox.agent_info:
  register: agents

- name: Assign a phone number to an agent by name
  dasha.blackbox.sip_phone_number:
    phone_number: "+15551234567"
    credentials_id: 3fa85f64-5717-4562-b3fc-2c963f66afa6
    incoming_calls_agent_id: "{{ agents.agent_ids['Support'] }}"

- name: Check whether an agent exists
  dasha.blackbox.agent_info:
    name: Night shift
  register: night_shift
"""

RETURN = r"""
agents:
  description: The agents, sorted by name, then id.
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: Id of the agent, as used in O(dasha.blackbox.sip_phone_number#module:incoming_calls_agent_id).
      type: str
      returned: always
      sample: 6b0f3c54-6a55-4f57-9f0b-0d7e0c0b7a10
    name:
      description: Name of the agent.
      type: str
      returned: always
      sample: Support
    enabled:
      description: Whether the agent answers and makes calls. Null if the API does not return it.
      type: bool
      returned: always
      sample: true
    description:
      description: Free text, or null.
      type: str
      returned: always
      sample: Answers during office hours
    inbound_sip_uri:
      description: SIP URI at which the agent can be called without a phone number, or null.
      type: str
      returned: always
      sample: sip:6b0f3c54@sip.example.com
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
agent_ids:
  description:
    - The id of each agent by name, for names that only one of the returned agents has. A name that several agents have
      is missing, so that a playbook which uses it fails instead of choosing the wrong agent.
  returned: success
  type: dict
  sample:
    Support: 6b0f3c54-6a55-4f57-9f0b-0d7e0c0b7a10
error:
  description: What the API or the network reported; see M(dasha.blackbox.sip_phone_number).
  returned: failure, unless the options are invalid
  type: dict
  sample:
    status: 503
    title: Service Unavailable
    detail: null
    errors: {}
    method: GET
    path: /api/v1/agents
    attempts: 5
    outcome: rejected
"""

from ansible_collections.dasha.blackbox.plugins.module_utils._module import run_module
from ansible_collections.dasha.blackbox.plugins.module_utils._operations.agent_info import SPEC


def main():
    run_module(SPEC)


if __name__ == "__main__":
    main()
