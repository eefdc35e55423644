# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter that finds out what is wrong in an organization."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.dasha.blackbox.plugins.module_utils._resources.exported import unique_trunk_names
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.sip_credential import CREDENTIAL
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.sip_phone_number import PHONE_NUMBER
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.twilio_provider import TWILIO_PROVIDER
from ansible_collections.dasha.blackbox.plugins.plugin_utils._audit import (
    CHECKS,
    Organization,
    find_problems,
    in_order,
)
from ansible_collections.dasha.blackbox.plugins.plugin_utils._desired_entries import check_objects
from ansible_collections.dasha.blackbox.plugins.plugin_utils._drift import find_drift, read_lists
from ansible_collections.dasha.blackbox.plugins.plugin_utils._report import Names, check_agents, check_limit
from ansible_collections.dasha.blackbox.plugins.plugin_utils._report_audit import build_report, to_data
from ansible_collections.dasha.blackbox.plugins.plugin_utils._report_html import to_html
from ansible_collections.dasha.blackbox.plugins.plugin_utils._report_markdown import to_markdown

DOCUMENTATION = r"""
name: audit
short_description: Find out what is wrong in an organization, without changing anything
version_added: "1.0.0"
description:
  - Checks phone numbers that M(dasha.blackbox.sip_phone_number_info) returns, and if they are given, trunks, agents and
    VoIP providers, and the lists that the organization is managed by.
  - Each finding has a severity, names the object, says what it means and what to do. V(error) means that calls fail or
    that something is missing, V(warning) that something is probably not intended, and V(note) that something may be
    superfluous.
  - What was not passed is not checked. The checks are listed below, with what they need.
  - Reports have the same layout as those of P(dasha.blackbox.change_report#filter), and values are escaped as there.
    The report of the same input is always the same. It contains no time.
positional: _input
options:
  _input:
    description:
      - The phone numbers, as in RV(dasha.blackbox.sip_phone_number_info#module:sip_phone_numbers). Pass all phone
        numbers of the organization.
      - If they were retrieved without O(dasha.blackbox.sip_phone_number_info#module:affected_agents=true), the agents
        that make outgoing calls are not known and not checked.
    type: list
    elements: dict
    required: true
  trunks:
    description:
      - All trunks, as in RV(dasha.blackbox.sip_credential_info#module:sip_credentials).
      - If omitted or null, trunks are not checked and are shown by id.
    type: list
    elements: dict
  agents:
    description:
      - All agents, as in RV(dasha.blackbox.agent_info#module:agents).
      - If omitted or null, links to agents are not checked and agents are shown by id.
    type: list
    elements: dict
  providers:
    description:
      - VoIP providers, as in RV(dasha.blackbox.twilio_provider_info#module:twilio_providers).
      - If omitted or null, they are not checked.
    type: list
    elements: dict
  desired:
    description:
      - The list of all phone numbers, as for O(dasha.blackbox.sip_trunks#module:phone_numbers). The comparison is that
        of the modules, so a phone number that is reported here is changed by a run with this list.
      - An option that an entry omits is not compared. Use O(defaults) with empty strings to compare all of them.
      - If omitted or null, phone numbers are only compared with those in O(desired_file) and O(desired_trunks).
    type: list
    elements: dict
  desired_file:
    description:
      - Path of a file with phone numbers, as for O(dasha.blackbox.sip_trunks#module:phone_numbers_file). Its entries
        are added to those of O(desired). The path is used as it is, and the file must not be encrypted.
      - If omitted or null, there are only the entries of O(desired).
    type: path
  columns:
    description:
      - Options by names of columns, as for O(dasha.blackbox.sip_trunks#module:columns).
      - If omitted or null, all columns of O(desired_file) must be called like options.
    type: dict
  region:
    description:
      - Country code of the phone numbers in O(desired_file), as for O(dasha.blackbox.sip_trunks#module:region).
      - If omitted or null, phone numbers are used as they are written.
    type: str
  desired_trunks:
    description:
      - The list of all trunks, as for O(dasha.blackbox.sip_trunks#module:trunks), with or without their phone numbers.
        Passwords are not compared, because no module returns them.
      - If omitted or null, trunks are not compared with a list.
    type: list
    elements: dict
  defaults:
    description:
      - Options for listed phone numbers that do not have them, as for O(dasha.blackbox.sip_trunks#module:defaults).
    type: dict
  ignore:
    description:
      - Names of checks whose findings are omitted.
    type: list
    elements: str
    default: []
  format:
    description:
      - V(data) returns a mapping, for conditions and other programs.
      - V(markdown) returns Markdown in the dialect of GitHub, for issues and chat.
      - V(html) returns one page that needs no other file and runs no script. It is readable on a phone, in print, and
        in a dark color scheme.
    type: str
    choices: [data, markdown, html]
    default: data
  title:
    description:
      - Heading of the report. It is escaped, too.
      - If omitted or null, C(Audit of phone numbers).
    type: str
  limit:
    description:
      - Maximum number of rows in each table of a report. The report states how many are not shown.
      - If omitted or null, all are shown.
    type: int
notes:
  - >-
    Checks of phone numbers with the severity V(error) are C(registration_failed), C(agent_missing) and
    C(agent_disabled); with V(warning) C(not_registered) (any other state than Registered), C(unanswered),
    C(caller_missing), C(caller_disabled) and C(near_duplicate); with V(note) C(outgoing_only).
  - Checks of trunks are C(duplicate_trunk) with V(warning) and C(unused_trunk) with V(note).
  - >-
    Checks of VoIP providers are C(provider_failed) with V(error), C(provider_warning) with V(warning) and
    C(provider_unverified) with V(note).
  - >-
    Checks that compare with a list are C(list_invalid), C(number_missing) and C(trunk_missing) with V(error), and
    C(number_differs), C(trunk_differs), C(number_unlisted), C(trunk_unlisted), C(number_unwanted) and
    C(trunk_unwanted) with V(warning). The last two are listed as absent. What a VoIP provider manages is never
    unlisted.
author:
  - The dasha.blackbox contributors (@dasha-ai)
seealso:
  - plugin: dasha.blackbox.change_report
    plugin_type: filter
  - module: dasha.blackbox.sip_phone_number_info
  - module: dasha.blackbox.sip_trunks
"""

EXAMPLES = r"""
- name: Retrieve all phone numbers, with the agents that make outgoing calls from them
  dasha.blackbox.sip_phone_number_info:
    affected_agents: true
  register: numbers

- name: Retrieve all trunks
  dasha.blackbox.sip_credential_info:
  register: trunks

- name: Retrieve all agents
  dasha.blackbox.agent_info:
  register: agents

- name: Write a page with everything that is wrong
  ansible.builtin.copy:
    dest: audit.html
    content: >-
      {{ numbers.sip_phone_numbers | dasha.blackbox.audit(format='html', trunks=trunks.sip_credentials,
         agents=agents.agents) }}
    mode: "0644"

- name: Show phone numbers that differ from the list, or that it does not have
  ansible.builtin.debug:
    msg: "{{ result.findings | selectattr('check', 'in', drift) | map(attribute='name') }}"
  vars:
    drift: [number_differs, number_unlisted]
    listed:
      - phone_number: "+15551234567"
        trunk: sip.example.com
        display_name: Support line
    result: >-
      {{ numbers.sip_phone_numbers | dasha.blackbox.audit(trunks=trunks.sip_credentials, agents=agents.agents,
         desired=listed) }}
"""

RETURN = r"""
_value:
  description:
    - With O(format=data), a mapping with C(severity) (the highest one, or null), C(summary) (number of findings by
      severity), C(checked) (number of objects by kind) and C(findings). Each finding has C(check), C(severity),
      C(object) (V(phone_number), V(trunk), V(provider) or V(list)), C(id), C(name), C(trunk), C(message), C(advice) and
      C(details), a list of C(field), C(current) and C(desired) (null unless the field differs from a list).
    - Otherwise, the report as text.
  type: raw
  sample:
    severity: warning
    summary:
      error: 0
      warning: 1
      note: 0
    checked:
      phone_number: 12
      trunk: 1
    findings:
      - check: unanswered
        severity: warning
        object: phone_number
        id: 9b2f0c1e-8a5d-4f0e-9d55-0f6f2b0c7a11
        name: "+15551234567"
        trunk: blackbox@sip.example.com
        message: No agent answers calls to this number.
        advice: Link an agent with incoming_calls_agent, or delete the number if nobody needs it.
        details: []
"""

DATA = "data"
FORMATS = {"markdown": to_markdown, "html": to_html}
NUMBERS = "audit takes the list sip_phone_numbers that sip_phone_number_info returns"
TRUNKS = "trunks must be the list sip_credentials that sip_credential_info returns"
PROVIDERS = "providers must be the list twilio_providers that twilio_provider_info returns"


def audit(
    numbers: Any,
    *,
    trunks: Any = None,
    agents: Any = None,
    providers: Any = None,
    desired: Any = None,
    desired_file: Any = None,
    columns: Any = None,
    region: Any = None,
    desired_trunks: Any = None,
    defaults: Any = None,
    ignore: Any = (),
    format: str = DATA,
    title: str | None = None,
    limit: int | None = None,
) -> Any:
    """Return what is wrong in an organization.

    Raises:
        AnsibleFilterError: the input or an option is invalid.
    """
    if format not in (DATA, *FORMATS):
        raise AnsibleFilterError(f"format must be {DATA}, {' or '.join(FORMATS)}, not {format!r:.60}.")
    check_limit(limit)
    ignored = _check_ignored(() if ignore is None else ignore)
    known = None if trunks is None else _unique(check_objects(CREDENTIAL, trunks, TRUNKS))
    organization = Organization(
        _unique(check_objects(PHONE_NUMBER, numbers, NUMBERS)),
        known,
        None if agents is None else _unique(check_agents(agents)),
        None if providers is None else _unique(check_objects(TWILIO_PROVIDER, providers, PROVIDERS)),
        unique_trunk_names(known or ()),
    )
    lists = read_lists(
        numbers=desired, trunks=desired_trunks, defaults=defaults, path=desired_file, columns=columns, region=region
    )
    compared = lists.have_numbers or lists.trunks is not None
    found = [*find_problems(organization), *(find_drift(organization, lists) if compared else ())]
    findings = in_order(finding for finding in found if finding.check not in ignored)
    checked = organization.counts
    if format == DATA:
        return to_data(findings, checked)
    names = Names(organization.trunk_names, organization.agents or ())
    return FORMATS[format](build_report(findings, checked, str(title or "Audit of phone numbers"), names, limit))


def _unique(objects: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return objects without those that occur again, as in lists that were joined."""
    return list({each["id"].lower(): each for each in objects}.values())


def _check_ignored(ignore: Any) -> list[str]:
    names = list(ignore) if isinstance(ignore, (list, tuple)) else [ignore]
    unknown = [str(name) for name in names if name not in CHECKS]
    if unknown:
        raise AnsibleFilterError(f"ignore has no check {', '.join(unknown)}. The checks are {', '.join(CHECKS)}.")
    return names


class FilterModule:
    """What Ansible loads."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filters by name."""
        return {"audit": audit}
