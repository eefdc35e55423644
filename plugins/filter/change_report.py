# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter that describes the result of a fleet task for the person who approves it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.dasha.blackbox.plugins.plugin_utils._fleet_result import read_result
from ansible_collections.dasha.blackbox.plugins.plugin_utils._report import as_html, as_markdown

DOCUMENTATION = r"""
name: change_report
short_description: Convert the result of a fleet task into a report for approval
version_added: "1.0.0"
description:
  - Converts the registered result of a M(dasha.blackbox.sip_phone_numbers) task, of a preview in check mode or of a
    real run, into a report as text.
  - The report contains the plan id, the summary, and the phone numbers that are created, updated (with the old and the
    new values), deleted or failed (with the reason).
  - Values are escaped, so a display name cannot inject markup, links, images or mentions into the report.
positional: _input
options:
  _input:
    description: The registered result of the task.
    type: dict
    required: true
  format:
    description:
      - V(markdown) returns Markdown, for merge requests and chat.
      - V(html) returns one page that needs no other file. It is readable on a phone and in print.
    type: str
    choices: [markdown, html]
    default: markdown
  title:
    description: Heading of the report.
    type: str
    default: Changes to phone numbers
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

- name: Write a page for the approver
  ansible.builtin.copy:
    dest: changes.html
    content: "{{ preview | dasha.blackbox.change_report(format='html', title='Berlin office') }}"
    mode: "0644"

- name: Write a comment for the merge request
  ansible.builtin.copy:
    dest: changes.md
    content: "{{ preview | dasha.blackbox.change_report }}"
    mode: "0644"
"""

RETURN = r"""
_value:
  description: The report.
  type: str
  sample: |
    ## Changes to phone numbers
"""

FORMATS = {"markdown": as_markdown, "html": as_html}


def change_report(result: Any, format: str = "markdown", title: str = "Changes to phone numbers") -> str:
    """Return a report of the result of a fleet task.

    Raises:
        AnsibleFilterError: the input is not the result of a fleet task, or the format is unknown.
    """
    if format not in FORMATS:
        raise AnsibleFilterError(f"The format of a report must be one of {', '.join(FORMATS)}, not {format!r}.")
    return FORMATS[format](read_result(result, "change_report"), title)


class FilterModule:
    """What Ansible loads."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filters by name."""
        return {"change_report": change_report}
