# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter phone_numbers_from_csv: what spreadsheets save becomes entries, or errors that name the line."""

from __future__ import annotations

import importlib
import re
from typing import Any

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.dasha.blackbox.plugins.filter.phone_numbers_from_csv import phone_numbers_from_csv
from unit.harness import NUMBER_ID, TRUNK

HEADER = "phone_number,display_name,registration\n"


def numbers(text: str, **options: Any) -> list[str]:
    return [entry["phone_number"] for entry in phone_numbers_from_csv(text, **options)]


def errors(text: str, **options: Any) -> list[str]:
    """Return the lines of the error, without its headline, which counts them."""
    with pytest.raises(AnsibleFilterError) as caught:
        phone_numbers_from_csv(text, **options)
    headline, *found = str(caught.value).splitlines()
    assert re.fullmatch(rf"The CSV text has {len(found)} errors?:", headline)
    return found


# What is read


def test_cells_become_options_in_their_types() -> None:
    text = (
        "phoneNumber,credentials_id,display_name,description,registration,incoming_calls_agent_id,"
        "outgoing_calls_agent_ids,id,state,force\n"
        f"+1,{TRUNK},Desk,Text,yes,agent-1,agent-2; agent-3 agent-4,{NUMBER_ID},Absent,no\n"
    )
    assert phone_numbers_from_csv(text) == [
        {
            "phone_number": "+1",
            "credentials_id": TRUNK,
            "display_name": "Desk",
            "description": "Text",
            "registration": True,
            "incoming_calls_agent_id": "agent-1",
            "outgoing_calls_agent_ids": ["agent-2", "agent-3", "agent-4"],
            "id": NUMBER_ID,
            "state": "absent",
            "force": False,
        }
    ]


def test_empty_cells_are_omitted() -> None:
    assert phone_numbers_from_csv(f"{HEADER}+1,,\n+2, ,no\n") == [
        {"phone_number": "+1"},
        {"phone_number": "+2", "registration": False},
    ]


@pytest.mark.parametrize(
    "header", ["Phone Number", "PHONE_NUMBER", "phone-number", "phoneNumber", " phone_number ", '"phone_number"']
)
def test_column_name_is_recognized_however_it_is_written(header: str) -> None:
    assert numbers(f"{header},trunk\n+1,a@b\n") == ["+1"]


def test_byte_order_mark_blank_lines_and_line_ends_do_not_matter() -> None:
    plain = f"{HEADER}+1,a,\n+2,b,\n"
    expected = phone_numbers_from_csv(plain)
    for text in (
        "\ufeff" + plain,
        "\n \n" + plain.replace("\n", "\n\n,,\n"),
        plain.replace("\n", "\r\n"),
        plain.strip(),
    ):
        assert phone_numbers_from_csv(text) == expected
    assert phone_numbers_from_csv(plain.replace("\n", "\r")) == expected


def test_quoted_cells_may_hold_delimiters_quotes_and_lines() -> None:
    text = f'{HEADER}+1,"Desk, ""west""\nfloor 2", yes\n+2, "Front, desk" ,\n'
    with pytest.raises(AnsibleFilterError, match="line 4"):
        phone_numbers_from_csv(text)
    (first, second) = phone_numbers_from_csv(text.replace('" ,', '",'))
    assert first == {"phone_number": "+1", "display_name": 'Desk, "west"\nfloor 2', "registration": True}
    assert second["display_name"] == "Front, desk"


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_delimiter_is_found_in_the_header_row(delimiter: str) -> None:
    text = "phone_number,display_name\n+1,x\n".replace(",", delimiter)
    assert phone_numbers_from_csv(text) == [{"phone_number": "+1", "display_name": "x"}]


def test_delimiter_can_be_set() -> None:
    assert phone_numbers_from_csv("phone_number|display_name\n+1|a,b\n", delimiter="|")[0]["display_name"] == "a,b"
    assert phone_numbers_from_csv("sep=|\nphone_number|display_name\n+1|a,b\n")[0]["display_name"] == "a,b"


def test_header_alone_gives_no_entries() -> None:
    assert phone_numbers_from_csv(HEADER) == []


def test_empty_columns_at_the_end_do_not_matter() -> None:
    assert numbers("phone_number,display_name,,\n+1,x,,\n+2,y\n") == ["+1", "+2"]


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ('="+15551234567"', "+15551234567"),
        ('"=""+15551234567"""', "+15551234567"),
        ("'+15551234567", "+15551234567"),
        ("'015551234567", "015551234567"),
        (" +15551234567 ", "+15551234567"),
        ("\xa0+15551234567", "+15551234567"),
        ("1E5", "1E5"),
        ("alice", "alice"),
    ],
)
def test_number_is_read_as_a_spreadsheet_shows_it(cell: str, number: str) -> None:
    assert numbers(f"phone_number,display_name\n{cell},x\n") == [number]


def test_apostrophe_of_a_name_is_kept() -> None:
    (entry,) = phone_numbers_from_csv("phone_number,display_name\n+1,'9 to 5' desk\n")
    assert entry["display_name"] == "'9 to 5' desk"


# What is refused


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ["The text has no header row."]),
        ("\n , ,\n", ["The text has no header row."]),
        ("phone_number,colour\n+1,red\n", ["line 1: unknown column 'colour'. Valid columns: phone_number,"]),
        ("display_name\nx\n", ["line 1: the column phone_number is missing."]),
        ("\nphone_number,x,phoneNumber\n", ["line 2: unknown column 'x'.", "line 2: columns 1 and 3 are both phone_n"]),
        ("phone_number,,trunk\n+1,,a\n", ["line 1: column 2 has no name."]),
        ("+1,Desk\n", ["line 1: unknown column '+1'", "line 1: unknown column 'Desk'", "line 1: the column phone_nu"]),
        ('phone_number,"x"y\n+1,a\n', ["line 1: the quotes are misplaced."]),
        (f"{HEADER}+1,x\n", ["line 2: 2 cells, but the header row has 3."]),
        (f"{HEADER}+1,Front, desk,yes\n", ["line 2: 4 cells, but the header row has 3."]),
        (f"{HEADER}+1,Front, desk,\n", ["line 2: 4 cells, but the header row has 3."]),
        (f"{HEADER}+1,x,WAHR\n", ["line 2: registration must be true or false, not 'WAHR'."]),
        (f"{HEADER},x,\n", ["line 2: phone_number is missing."]),
        (f"{HEADER}+1,{'x' * 256},\n", ["line 2: display_name must be at most 255 characters long"]),
        (f"{HEADER}+1,x,\n\n+2,y,\n+1,z,\n", ["line 5: the phone number +1 is already in line 2."]),
        (f'{HEADER}+1,"x"y,\n+2,,nope\n', ["line 2: the quotes are misplaced.", "line 3: registration must be"]),
        (f'{HEADER}+1,"x,\n+2,,\n', ["line 2: a quoted cell goes on to line 3, and is not closed properly."]),
        (f"{HEADER}+1,B\udcfcro,\n", ["line 2: display_name is 'B\\udcfcro', which is not UTF-8."]),
        (f"{HEADER}+1,B\ufffdro,\n", ["line 2: display_name is 'B\ufffdro', which is not UTF-8."]),
        ("p\0h\0o\0n\0e\0", ["The text is UTF-16 or binary."]),
        ("phone_number,credentials_id\n+1,abc\n", ["line 2: credentials_id must be a UUID"]),
        ("phone_number,id\n+1,abc\n", ["line 2: id must be a UUID"]),
        ("phone_number,state\n+1,gone\n", ["line 2: state must be present or absent, not 'gone'."]),
        (f"phone_number,credentials_id,trunk\n+1,{TRUNK},a\n", ["line 2: credentials_id and trunk are both set"]),
        ("phone_number,outgoing_calls_agent_ids\n+1,a b\n+2,c;b\n", ["line 3: the agent 'b' in outgoing_calls"]),
        (f"id\n{NUMBER_ID}\n{NUMBER_ID.upper()}\n", [f"line 3: the id {NUMBER_ID.upper()} is already in line 2."]),
    ],
)
def test_every_problem_is_reported_with_its_line(text: str, expected: list[str]) -> None:
    found = errors(text)
    assert [line[: len(start)] for line, start in zip(found, expected, strict=True)] == expected


@pytest.mark.parametrize("cell", ["1.55512E+10", "1,55512E+10", "1E+10", "+1.55512e+10"])
def test_number_in_scientific_notation_is_refused_with_the_reason(cell: str) -> None:
    (error,) = errors(f'phone_number,display_name\n"{cell}",x\n')
    assert error.startswith(f"line 2: phone_number is '{cell}': a spreadsheet saved the number in scientific notation")


def test_number_saved_as_a_decimal_is_refused_with_the_reason() -> None:
    (error,) = errors("phone_number\n15551234567.0\n")
    assert "decimal number" in error


def test_same_number_on_two_trunks_is_no_duplicate() -> None:
    assert numbers("phone_number,trunk\n+1,a\n+1,b\n+1,\n") == ["+1"] * 3


def test_agent_of_an_absent_number_may_be_in_another_line() -> None:
    assert numbers("phone_number,state,outgoing_calls_agent_ids\n+1,absent,a\n+2,,a\n") == ["+1", "+2"]


def test_same_trunk_in_another_case_is_a_duplicate() -> None:
    (error,) = errors(f"phone_number,credentials_id\n+1,{TRUNK}\n+1,{TRUNK.upper()}\n")
    assert "already in line 2" in error


@pytest.mark.parametrize("text", [None, 5, ["phone_number"], b"phone_number\n+1\n"])
def test_input_that_is_no_text_is_refused(text: Any) -> None:
    with pytest.raises(AnsibleFilterError, match="takes the text of a CSV file"):
        phone_numbers_from_csv(text)


@pytest.mark.parametrize("delimiter", ["", ",,", '"', "\n", "a", 5])
def test_impossible_delimiter_is_refused(delimiter: Any) -> None:
    with pytest.raises(AnsibleFilterError, match="delimiter must be one character"):
        phone_numbers_from_csv(HEADER, delimiter=delimiter)


# Normalization


@pytest.mark.parametrize(
    "written", ["(555) 123-4567", "555.123.4567", "1-555-123-4567", "+1 555 123 4567", "tel:+1-555-123-4567"]
)
def test_number_is_normalized_for_its_region(written: str) -> None:
    assert numbers(f'phone_number\n"{written}"\n', region="us") == ["+15551234567"]


def test_number_of_another_country_keeps_its_country() -> None:
    text = "phone_number\n+1 555 123 4567\n030/1234567\n+49 (0) 30 1234568\n"
    assert numbers(text, region="DE") == ["+15551234567", "+49301234567", "+49301234568"]


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("alice", "it is not a phone number"),
        ("123-4567", "the area code is missing"),
        ("55512345678901", "it has too many digits"),
        ("5551234567 ext. 5", "extension"),
        ("+999 12345", "it is not a phone number"),
    ],
)
def test_number_without_a_normal_form_is_refused_with_the_reason(written: str, reason: str) -> None:
    (error,) = errors(f"phone_number\n\n{written}\n", region="US")
    assert error.startswith(f"line 3: phone_number is '{written}': ")
    assert reason in error


def test_number_in_two_formats_is_a_duplicate_after_normalization() -> None:
    text = "phone_number\n+15551234567\n(555) 123-4567\n"
    assert errors(text, region="US") == [
        "line 3: the phone number +15551234567 is already in line 2, there as '+15551234567'."
    ]
    assert len(numbers(text)) == 2


@pytest.mark.parametrize("region", ["", "USA", "XX", 1])
def test_unknown_region_is_refused(region: Any) -> None:
    with pytest.raises(AnsibleFilterError, match="region must be a country code"):
        phone_numbers_from_csv(HEADER, region=region)


def test_missing_library_is_reported_with_its_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    def import_module(name: str) -> Any:
        raise ImportError(name)

    monkeypatch.setattr(importlib, "import_module", import_module)
    with pytest.raises(AnsibleFilterError, match="pip install phonenumbers"):
        phone_numbers_from_csv(HEADER, region="US")
    assert phone_numbers_from_csv(HEADER) == []


# A file as it arrives


FORMATS = [
    "+1 555 {0:03} {1:04}",
    "(555) {0:03}-{1:04}",
    "555.{0:03}.{1:04}",
    "1555{0:03}{1:04}",
    '="+1555{0:03}{1:04}"',
]


def file_as_it_arrives() -> list[str]:
    """Return the lines of 200 rows in mixed formats, with quoted commas and blank lines."""
    lines = ["\ufeffPhone Number,Display Name,Registration"]
    for index in range(200):
        number = FORMATS[index % len(FORMATS)].format(200 + index, index)
        lines.append(f'{number},"Desk {index}, west",{["yes", ""][index % 2]}')
        if index % 20 == 0:
            lines.append("")
    return lines


def test_file_of_200_rows_is_read() -> None:
    entries = phone_numbers_from_csv("\r\n".join(file_as_it_arrives()), region="US")
    assert [entry["phone_number"] for entry in entries] == [f"+1555{200 + index}{index:04}" for index in range(200)]
    assert entries[7]["display_name"] == "Desk 7, west"


def test_each_problem_of_200_rows_is_one_line() -> None:
    lines = file_as_it_arrives()
    lines[29] = "5.55227E+09,Desk,yes"
    lines[99] = lines[99].replace('"', "")
    lines[147] = re.sub("(yes)?$", "maybe", lines[147], count=1)
    lines.append("+1-555-200-0000,Again,")
    scientific, cells, boolean, duplicate = errors("\n".join(lines), region="US")
    assert scientific.startswith("line 30: phone_number is '5.55227E+09'")
    assert cells.startswith("line 100: 4 cells")
    assert boolean.startswith("line 148: registration must be true or false")
    assert duplicate == (
        f"line {len(lines)}: the phone number +15552000000 is already in line 2, there as '+1 555 200 0000'."
    )
