# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the modules that manage many objects in one plan have in common."""

from __future__ import annotations


class ModuleDocFragment:
    """The fragment `dasha.blackbox.fleet`."""

    DOCUMENTATION = r"""
options:
  phone_numbers:
    description:
      - The phone numbers. Each entry is identified by its phone number and its trunk; two entries for the same phone
        number are rejected.
      - An option of an entry that is omitted or null leaves the current value alone, and an empty string clears a text,
        as in M(dasha.blackbox.sip_phone_number). The field names of the API are aliases here too.
      - Agents and trunks can be named. Names are resolved before the first write request, and all names that cannot be
        resolved are reported at once.
    type: list
    elements: dict
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
          - Id of the agent that answers incoming calls. An agent that is to be linked has to exist. This is checked
            before the first write request.
          - If omitted or null, the current link is kept; a new number has none. An empty string unlinks the agent.
        type: str
        aliases: [incomingCallsAgentId]
      incoming_calls_agent:
        description:
          - Name of this agent, as an alternative to O(phone_numbers[].incoming_calls_agent_id). An empty string unlinks
            the agent.
        type: str
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
      outgoing_calls_agents:
        description:
          - Names of these agents, as an alternative to O(phone_numbers[].outgoing_calls_agent_ids).
        type: list
        elements: str
      state:
        description:
          - With V(present), the phone number is created or updated if necessary. With V(absent), it is deleted if it
            exists.
          - If omitted or null, the state of the task is used, or V(present) if the task has none.
        type: str
        choices: [present, absent]
      force:
        description: Overrides O(force) for this entry.
        type: bool
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
  max_deletions:
    description:
      - Fail before the first write request if more objects than this would be deleted. A trunk counts, and so does each
        phone number that is deleted with it. The message lists them, and RV(changes) contains the plan.
    type: int
    default: 10
  max_updates:
    description:
      - Fail before the first write request if more objects than this would be updated.
      - If omitted or null, there is no limit.
    type: int
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
      - Wait until all listed phone numbers that have registration enabled are registered.
      - If the task changes the number, the trunk or the registration of an entry, a state counts only if it was not
        reported before that change. Otherwise, the current state counts.
      - A failed request does not end the wait, unless the API rejects the key. Check mode never waits.
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
      - A plan without changes is always accepted. An empty string is an error.
      - If omitted or null, any plan is applied.
    type: str
  approval:
    description:
      - Apply only changes that this approval covers, which is RV(approval) of a preview in check mode. If the plan
        contains any other change, the task fails before the first write request and names what is not covered.
      - The approval also covers what is left of a run that failed half-way, and a second run.
      - If omitted or null, any change is applied.
    type: dict
  option_names:
    description:
      - What messages call the options, for a role that passes its own variables on, such as C(trunks=office_trunks).
        The value of C(*) is put before the names of all other options.
      - If omitted or null, messages use the names of the options.
    type: dict
"""
