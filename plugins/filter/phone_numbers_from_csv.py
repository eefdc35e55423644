# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter that turns CSV text into entries of a fleet task."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.dasha.blackbox.plugins.plugin_utils._csv import CsvErrors, read_csv
from ansible_collections.dasha.blackbox.plugins.plugin_utils._e164 import e164_normalizer

DOCUMENTATION = r"""
name: phone_numbers_from_csv
short_description: Turn CSV text into entries of a fleet task
version_added: "1.0.0"
description:
  - Takes the text of a CSV file, as spreadsheets save it, and returns entries for
    O(dasha.blackbox.sip_phone_numbers#module:phone_numbers).
  - The first row that is not blank holds the column names. These are the options of an entry, C(phone_number),
    C(credentials_id), C(trunk), C(display_name), C(description), C(registration), C(incoming_calls_agent_id),
    C(outgoing_calls_agent_ids), C(id), C(state) and C(force), or the names that the API has for them. Case, spaces,
    underscores and dashes in column names do not matter, so C(Phone Number) is C(phone_number). The column
    C(phone_number) is required unless there is a column C(id).
  - An empty cell counts as omitted. The current value is then left alone.
  - Cells that contain the delimiter, quotes or line breaks must be in double quotes, and quotes inside them doubled.
    Spaces around a cell are removed. A byte order mark and blank rows are ignored.
  - If anything is wrong, the filter fails with one error that has one line for each problem. It starts with the line
    of the text on which the row starts, counted from 1. Unknown, missing and duplicate columns, rows with a wrong
    number of cells, invalid values, and a phone number that is listed twice on the same trunk are errors.
  - The agents in C(outgoing_calls_agent_ids) are separated by spaces, commas or semicolons. A cell that contains the
    delimiter must be in quotes.
  - Cells are read as spreadsheets write them. The formula C(="+15551234567") is the text in it, and an apostrophe in
    front of a number is removed. A phone number in scientific notation, such as C(1.55512E+10), is an error, as the
    spreadsheet has discarded digits.
positional: _input
options:
  _input:
    description:
      - The text. Read the file with P(ansible.builtin.file#lookup), which expects UTF-8. Excel saves UTF-8 as V(CSV
        UTF-8), and Windows-1252 or another encoding as V(CSV). Convert such a file first, for example with C(iconv -f
        WINDOWS-1252 -t UTF-8). Cells with characters that could not be decoded are an error.
    type: str
    required: true
  delimiter:
    description:
      - The character between cells.
      - If omitted, it is the one of comma, semicolon and tab that is most frequent in the header row. A first line
        such as C(sep=;) sets it too.
    type: str
  region:
    description:
      - Country code of two letters, such as V(US). Phone numbers are then normalized to E.164, such as
        C(+15551234567), and those without a country code belong to this country.
      - A text that is not a phone number, or has an invalid number of digits, is an error. It is not checked whether a
        phone number is assigned.
      - Requires the Python library C(phonenumbers) on the control node.
      - If omitted, phone numbers are used exactly as written.
    type: str
notes:
  - O(region) needs the Python library C(phonenumbers) for the Python that runs C(ansible-playbook). It is not
    installed with the collection, nor into execution environments. Install it with C(python -m pip install
    phonenumbers), or add it to the Python dependencies of your execution environment.
author:
  - The dasha.blackbox contributors (@dasha-ai)
seealso:
  - module: dasha.blackbox.sip_phone_numbers
  - name: Provisioning a fleet
    link: https://dasha-ai.github.io/ansible-collection-blackbox/docsite/guide_fleet.html
    description: From YAML, from CSV, with purge, and what to do when some numbers fail.
"""

EXAMPLES = r"""
- name: Manage the phone numbers of a CSV file
  dasha.blackbox.sip_phone_numbers:
    trunk: sip.example.com
    phone_numbers: "{{ csv_text | dasha.blackbox.phone_numbers_from_csv }}"
  vars:
    # Usually lookup('ansible.builtin.file', 'numbers.csv')
    csv_text: |
      phone_number,display_name,registration
      +15551230001,"Sales, west",yes
      +15551230002,Front desk,

- name: Manage phone numbers that were written in several formats
  dasha.blackbox.sip_phone_numbers:
    trunk: sip.example.com
    phone_numbers: "{{ csv_text | dasha.blackbox.phone_numbers_from_csv(region='US') }}"
  vars:
    csv_text: |
      Phone Number;Display Name
      (555) 123-0003;Warehouse
      555.123.0004;Workshop
"""

RETURN = r"""
_value:
  description: Entries for O(dasha.blackbox.sip_phone_numbers#module:phone_numbers), in the order of the rows.
  type: list
  elements: dict
  sample:
    - phone_number: "+15551230001"
      display_name: Sales, west
      registration: true
    - phone_number: "+15551230002"
      display_name: Front desk
"""


def phone_numbers_from_csv(text: str, delimiter: str | None = None, region: str | None = None) -> list[dict[str, Any]]:
    """Return an entry for each row of CSV text.

    Args:
        delimiter: between cells; if None, found in the header row.
        region: country code for the normalization to E.164; if None, numbers stay as written.

    Raises:
        AnsibleFilterError: anything is wrong with the text or an option.
    """
    if not isinstance(text, str):
        raise AnsibleFilterError(
            "phone_numbers_from_csv takes the text of a CSV file, such as lookup('ansible.builtin.file', 'a.csv')."
        )
    if delimiter is not None:
        _check_delimiter(delimiter)
    normalize = str if region is None else e164_normalizer(region)
    try:
        return read_csv(text, delimiter, normalize)
    except CsvErrors as error:
        count = len(error.errors)
        headline = f"The CSV text has {count} {'error' if count == 1 else 'errors'}:"
        raise AnsibleFilterError("\n".join([headline, *error.errors])) from None


def _check_delimiter(delimiter: Any) -> None:
    if not isinstance(delimiter, str) or len(delimiter) != 1 or delimiter.isalnum() or delimiter in '"\r\n ':
        raise AnsibleFilterError(f"delimiter must be one character such as a comma, not {delimiter!r:.60}.")


class FilterModule:
    """What Ansible loads."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filters by name."""
        return {"phone_numbers_from_csv": phone_numbers_from_csv}
