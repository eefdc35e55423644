# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter that describes the result of a fleet task for the person who approves it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.dasha.blackbox.plugins.module_utils._resources.exported import unique_trunk_names
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.sip_credential import CREDENTIAL
from ansible_collections.dasha.blackbox.plugins.plugin_utils._desired_entries import check_objects
from ansible_collections.dasha.blackbox.plugins.plugin_utils._fleet_result import read_result
from ansible_collections.dasha.blackbox.plugins.plugin_utils._report import Names, check_agents, check_limit
from ansible_collections.dasha.blackbox.plugins.plugin_utils._report_changes import build_report
from ansible_collections.dasha.blackbox.plugins.plugin_utils._report_html import to_html
from ansible_collections.dasha.blackbox.plugins.plugin_utils._report_markdown import to_markdown

DOCUMENTATION = r"""
name: change_report
short_description: Convert the result of a fleet task into a report for approval
version_added: "1.0.0"
description:
  - Converts the registered result of a M(dasha.blackbox.sip_trunks) or M(dasha.blackbox.sip_phone_numbers) task, of a
    preview in check mode or of a real run, into a report as text.
  - The report contains the plan id, the counts, the warnings, and every trunk and phone number that is created, updated
    (with the old and the new values) or deleted. Failures are grouped by their reason.
  - Values are escaped, so a display name cannot inject markup, links, images or mentions into the report. Characters
    that are not visible, such as line breaks, are shown as escapes such as C(\u200b).
  - The report of the same result is always the same. It contains no time.
positional: _input
options:
  _input:
    description: The registered result of the task.
    type: dict
    required: true
  format:
    description:
      - V(markdown) returns Markdown in the dialect of GitHub, for merge requests, issues and chat.
      - V(html) returns one page that needs no other file and runs no script. It is readable on a phone, in print, and
        in a dark color scheme.
    type: str
    choices: [markdown, html]
    default: markdown
  title:
    description:
      - Heading of the report. It is escaped, too.
      - If omitted or null, C(Changes to phone numbers) or C(Changes to trunks and phone numbers).
    type: str
  trunks:
    description:
      - Trunks as in RV(dasha.blackbox.sip_credential_info#module:sip_credentials), to name them in the report in the
        form C(auth_user@server). Two trunks with the same name are shown by id.
      - If omitted or null, trunks are shown by name if the task knew their names, and otherwise by id.
    type: list
    elements: dict
    default: []
  agents:
    description:
      - Agents as in RV(dasha.blackbox.agent_info#module:agents), to name them in the report. If several have the same
        name, the id is added.
      - If omitted or null, agents are shown by name if the task knew their names, and otherwise by id.
    type: list
    elements: dict
    default: []
  limit:
    description:
      - Maximum number of rows in each table. The report states how many are not shown.
      - If omitted or null, all are shown. A merge request may limit the length of a comment; 10,000 changes are about
        1 MB of Markdown.
    type: int
author:
  - The dasha.blackbox contributors (@dasha-ai)
seealso:
  - module: dasha.blackbox.sip_phone_numbers
  - plugin: dasha.blackbox.rollback
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Preview the changes
  dasha.blackbox.sip_phone_numbers:
    credentials_id: 3fa85f64-5717-4562-b3fc-2c963f66afa6
    phone_numbers:
      - phone_number: "+15551234567"
        display_name: Renamed
  check_mode: true
  register: preview

- name: Write a comment for the merge request
  ansible.builtin.copy:
    dest: changes.md
    content: "{{ preview | dasha.blackbox.change_report(limit=100) }}"
    mode: "0644"

- name: Retrieve the trunks, to name them
  dasha.blackbox.sip_credential_info:
  register: trunks

- name: Retrieve the agents, to name them
  dasha.blackbox.agent_info:
  register: agents

- name: Write a page for the approver
  ansible.builtin.copy:
    dest: changes.html
    content: >-
      {{ preview | dasha.blackbox.change_report(format='html', title='Berlin office',
         trunks=trunks.sip_credentials, agents=agents.agents) }}
    mode: "0644"
"""

RETURN = r"""
_value:
  description: The report.
  type: str
  sample: |
    ## Changes to phone numbers

    These changes are planned. Nothing was written.

    Plan: `5f0c9e1d2b7a4c63a1f4e8d90b36c572`

    1 to be updated

    ### To be updated (1)

    | number | trunk | changes |
    |---|---|---|
    | `+15551234567` | `3fa85f64-5717-4562-b3fc-2c963f66afa6` | display name: from *empty* to `Renamed` |
"""

FORMATS = {"markdown": to_markdown, "html": to_html}


def change_report(
    result: Any,
    format: str = "markdown",
    *,
    title: str | None = None,
    trunks: Any = (),
    agents: Any = (),
    limit: int | None = None,
) -> str:
    """Return a report of the result of a fleet task.

    Raises:
        AnsibleFilterError: the input is not the result of a fleet task, or an option is invalid.
    """
    if format not in FORMATS:
        raise AnsibleFilterError(f"format must be {' or '.join(FORMATS)}, not {format!r:.60}.")
    check_limit(limit)
    takes = "trunks must be the list sip_credentials that sip_credential_info returns"
    credentials = check_objects(CREDENTIAL, () if trunks is None else trunks, takes)
    run = read_result(result, "change_report")
    # A trunk without a user has the name of its server, so that a whole name can stand there.
    known = {trunk_id: {"id": trunk_id, "server": name} for trunk_id, name in run.trunk_names.items()}
    given = {credential["id"].lower(): credential for credential in credentials}
    trunk_names = unique_trunk_names({**known, **given}.values())
    names = Names(trunk_names, check_agents(() if agents is None else agents))
    heading = title or f"Changes to {'trunks and ' if run.has_trunks else ''}phone numbers"
    return FORMATS[format](build_report(run, str(heading), names, limit))


class FilterModule:
    """What Ansible loads."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filters by name."""
        return {"change_report": change_report}
