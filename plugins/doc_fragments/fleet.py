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
          - If omitted or null, O(phone_numbers[].trunk) or the trunk of the task or of O(defaults) is used. One of them
            is required unless O(phone_numbers[].id) is set.
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
  phone_numbers_file:
    description:
      - Path of a file with phone numbers, on the control node. Its entries are added to those of O(phone_numbers). A
        relative path is searched like C(src) of M(ansible.builtin.copy), in C(files/) of the role and of the playbook
        first.
      - The extension of the file is its format. C(.csv), C(.tsv) and C(.txt) are tables of text, C(.xlsx) is an Excel
        workbook, C(.yml), C(.yaml) and C(.json) contain a list of entries, or a mapping with one such list, and
        C(.jsonl) has one entry in each line. A file that is encrypted with Ansible Vault is decrypted in memory.
      - The first row of a table contains the names of its columns, which are the options of an entry, in any case, and
        with spaces or dashes too. An empty cell leaves the current value alone. Ids of agents are separated by spaces,
        commas or semicolons, and names of agents by semicolons, or else by commas.
      - Tables are read as spreadsheets and other programs write them. Commas, semicolons, tabs and vertical bars
        between cells are recognized, and a first line such as C(sep=;) is observed. The encoding is UTF-8 or UTF-16.
        Otherwise, the file is read as Windows-1252 with a warning that shows the first character that is not ASCII.
        C(WAHR), C(VRAI) and other translations of C(TRUE) and C(FALSE) are accepted.
      - In a workbook, the sheet that has a column for phone numbers is read. If there are several, the task fails. Rows
        and columns that are hidden are read too. Of merged cells, only the first has a value. A formula counts as its
        value. A cell that holds a number is a phone number only with O(region), because it has no plus sign and no
        leading zeros. A cell that holds a date or the error of a formula is refused.
      - Everything that is wrong in a file is reported at once, before the first request, with line and column. Problems
        of one kind are reported once, with their lines. A phone number never becomes another one. What may be a number
        in scientific notation, two numbers or a number with a comment is refused.
      - The text in a file is never a template. The file is read by C(ansible-playbook), whatever the host of the task,
        and much faster than a list that a template reads.
      - If omitted or null, there are only the entries of O(phone_numbers).
    type: raw
  columns:
    description:
      - Options by the names of columns in O(phone_numbers_file) that are not called like them. With
        C(Rufnummer=phone_number), the column C(Rufnummer) contains the phone numbers. Null ignores a column. A name
        takes precedence over an option that is called like it. For YAML and JSON, these are the keys of an entry.
      - A column that is neither an option nor in this mapping is an error, and so is a name that is mapped to an option
        and missing in the file.
      - If omitted or null, all columns must be called like options.
    type: dict
  region:
    description:
      - Country code of two letters, such as V(US), for the phone numbers in O(phone_numbers_file). They are normalized
        to E.164, such as C(+15551234567), and those without a country code belong to this country. Numbers that may be
        several different ones are refused; see the filter P(dasha.blackbox.phone_numbers_from_csv#filter) for the
        rules.
      - Requires the Python library C(phonenumbers) 8.12.57 or newer on the control node.
      - If omitted or null, phone numbers are used exactly as written.
    type: str
  defaults:
    description:
      - Options for all entries that do not set them, such as C(registration=true). All options of entries are possible,
        except the phone number and the id. A trunk among them is for phone numbers that no trunk lists.
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
      - The approval also covers what is left of a run that failed half-way, and a second run. If the plan does not
        contain all changes that it covers, the task warns.
      - If omitted or null, any change is applied.
    type: dict
  option_names:
    description:
      - What messages call the options, for a role that passes its own variables on, such as C(trunks=office_trunks).
        The value of C(*) is put before the names of all other options.
      - If omitted or null, messages use the names of the options.
    type: dict
"""
