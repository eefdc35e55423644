# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter that turns CSV text into entries of a fleet task."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible.utils.display import Display

from ansible_collections.dasha.blackbox.plugins.module_utils._common.errors import InvalidOptionsError
from ansible_collections.dasha.blackbox.plugins.module_utils._running.labels import Labels
from ansible_collections.dasha.blackbox.plugins.plugin_utils._csv import read_csv
from ansible_collections.dasha.blackbox.plugins.plugin_utils._e164 import load_number_reader
from ansible_collections.dasha.blackbox.plugins.plugin_utils._findings import Findings
from ansible_collections.dasha.blackbox.plugins.plugin_utils._table import read_column_names, read_table

DOCUMENTATION = r"""
name: phone_numbers_from_csv
short_description: Convert CSV text into entries for sip_phone_numbers
version_added: "1.0.0"
description:
  - Converts the text of a CSV file, as spreadsheets save it, into entries for
    O(dasha.blackbox.sip_phone_numbers#module:phone_numbers).
  - For a file, use O(dasha.blackbox.sip_phone_numbers#module:phone_numbers_file), which applies the same rules, is
    faster, recognizes encodings, and reports the lines of errors that are found later. Use this filter for text that a
    playbook has, or for entries that it changes.
  - The first row that is not empty contains the column names. They are the options of an entry, which are
    C(phone_number), C(credentials_id), C(trunk), C(display_name), C(description), C(registration),
    C(incoming_calls_agent_id), C(incoming_calls_agent), C(outgoing_calls_agent_ids), C(outgoing_calls_agents),
    C(id), C(state) and C(force), or the field names of the
    API. Case, spaces, underscores and dashes in them are ignored, so C(Phone Number) is C(phone_number). The column
    C(phone_number) is required unless there is a column C(id).
  - An empty cell counts as omitted, so the current value is left alone.
  - A cell that contains the delimiter, quotes or line breaks must be in double quotes, with the quotes in it doubled.
    Whitespace around a cell is removed. A byte order mark and empty rows are ignored.
  - If the text has errors, the filter fails with one message that lists all of them, each with the line on which its
    row starts, counted from 1. Problems of the same kind are described once, with their lines. Unknown, missing and
    duplicate columns, rows with a wrong number of cells, invalid values, and a phone number that is listed twice on the
    same trunk are errors.
  - The ids in C(outgoing_calls_agent_ids) are separated by spaces, commas or semicolons, and the names in
    C(outgoing_calls_agents) by semicolons, or else by commas.
  - Cells are read as spreadsheets write them. The formula C(="+15551234567") is the text in it, and an apostrophe in
    front of a number is removed. Invisible characters around a value, such as those that mark the direction of text,
    are removed with a warning.
  - A phone number never becomes another one. A cell is an error if it holds scientific notation such as C(1.55512E+10),
    a decimal number, a date, an error of a formula such as C(#N/A), two phone numbers, an extension or a comment, or
    invisible characters inside of the phone number.
positional: _input
options:
  _input:
    description:
      - The text. Read the file with P(ansible.builtin.file#lookup), which expects UTF-8.
      - Excel writes UTF-8 if you save the file as V(CSV UTF-8), and another encoding such as Windows-1252 if you save
        it as V(CSV). Convert such a file first, for example with C(iconv -f WINDOWS-1252 -t UTF-8). Cells with
        characters that could not be decoded are an error.
    type: str
    required: true
  delimiter:
    description:
      - The character between cells.
      - If omitted, it is a comma, a semicolon, a tab or a vertical bar, whichever is most frequent in the header row. A
        first line such as C(sep=;) also sets it.
    type: str
  region:
    description:
      - Country code of two letters, such as V(US). Phone numbers are then normalized to E.164, such as
        C(+15551234567). Those without a country code belong to this country.
      - A text that is not a phone number, or has an invalid number of digits, is an error. So is a national phone
        number that C(phonenumbers) does not know as valid. A phone number with its plus sign is used with a warning
        then, because it may be newer than the library.
      - A text with two readings is an error that names both. With V(DE), C(4915123456789) is a number of Germany
        whose plus sign was lost, or one of the area code 04915. Write a number with its plus sign, or with the trunk
        prefix and the separators that are usual in the country, such as C(+49 151 23456789) or C(0151 23456789).
      - A leading C(00), and the international prefix of the region, count as a plus sign.
      - If omitted, phone numbers are used exactly as written.
    type: str
  columns:
    description:
      - Options by the names of columns that are not called like them; see
        O(dasha.blackbox.sip_phone_numbers#module:columns).
    type: dict
notes:
  - O(region) requires the Python library C(phonenumbers) 8.12.57 or newer in the Python that runs C(ansible-playbook).
    It is not installed with the collection or in execution environments. Install it with
    C(python -m pip install phonenumbers), or add it to the Python dependencies of your execution environment.
  - What O(region) knows about phone numbers is part of C(phonenumbers), which is updated every few weeks. An older
    version refuses newer phone numbers. Errors and warnings that depend on it state the version.
author:
  - The dasha.blackbox contributors (@dasha-ai)
seealso:
  - module: dasha.blackbox.sip_phone_numbers
  - name: Provisioning a fleet
    link: https://dasha-ai.github.io/ansible-collection-blackbox/docsite/guide_fleet.html
    description: From YAML, from CSV, with purge, and what to do if some phone numbers fail.
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
      (212) 555-0103;Warehouse
      212.555.0104;Workshop
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


def phone_numbers_from_csv(
    text: str,
    delimiter: str | None = None,
    region: str | None = None,
    columns: Mapping[str, str | None] | None = None,
) -> list[dict[str, Any]]:
    """Return an entry for each row of CSV text.

    Args:
        delimiter: between cells; if None, found in the header row.
        region: country code for the normalization to E.164; if None, numbers stay as written.
        columns: options by the headings of columns, None for one that is ignored.

    Raises:
        AnsibleFilterError: anything is wrong with the text or an option.
    """
    if not isinstance(text, str):
        raise AnsibleFilterError(
            "phone_numbers_from_csv takes the text of a CSV file, such as lookup('ansible.builtin.file', 'a.csv')."
        )
    if delimiter is not None:
        _check_delimiter(delimiter)
    try:
        names = read_column_names(columns or {})
    except InvalidOptionsError as error:
        raise AnsibleFilterError(str(error)) from error
    read_number = load_number_reader(region)
    errors, warnings = Findings(), Findings()
    table = read_table(read_csv(text, delimiter, errors), names, read_number, errors, warnings, labels=Labels())
    if errors:
        headline = f"The CSV text has {len(errors)} {'error' if len(errors) == 1 else 'errors'}:"
        raise AnsibleFilterError("\n".join([headline, *errors.messages()]))
    for message in warnings.messages():
        Display().warning(f"phone_numbers_from_csv, {message}")
    return table.entries


def _check_delimiter(delimiter: Any) -> None:
    if not isinstance(delimiter, str) or len(delimiter) != 1 or delimiter.isalnum() or delimiter in '"\r\n ':
        raise AnsibleFilterError(f"delimiter must be one character such as a comma, not {delimiter!r:.60}.")


class FilterModule:
    """What Ansible loads."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filters by name."""
        return {"phone_numbers_from_csv": phone_numbers_from_csv}
