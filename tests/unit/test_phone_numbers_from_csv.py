# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter phone_numbers_from_csv: what spreadsheets save becomes entries, or errors that name the line."""

from __future__ import annotations

import importlib
import re
from typing import Any

import phonenumbers
import pytest
from ansible.errors import AnsibleFilterError
from ansible.utils.display import Display

from ansible_collections.dasha.blackbox.plugins.filter.phone_numbers_from_csv import phone_numbers_from_csv
from unit.harness import NUMBER_ID, TRUNK

HEADER = "phone_number,display_name,registration\n"


def numbers(text: str, **options: Any) -> list[str]:
    return [entry["phone_number"] for entry in phone_numbers_from_csv(text, **options)]


def errors(text: str, total: int | None = None, **options: Any) -> list[str]:
    """Return the lines of the error, without its headline, which counts what is wrong: that many, if not one a line."""
    with pytest.raises(AnsibleFilterError) as caught:
        phone_numbers_from_csv(text, **options)
    headline, *found = str(caught.value).splitlines()
    assert re.fullmatch(rf"The CSV text has {total or len(found)} errors?:", headline)
    return found


@pytest.fixture
def warnings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the filter warns of."""
    shown: list[str] = []
    monkeypatch.setattr(Display, "warning", lambda _display, message: shown.append(message))
    return shown


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
        ("\u200b\u202a+15551234567\u202c", "+15551234567"),
        ("\u2019+15551234567", "+15551234567"),
        ('"=""\u200e+15551234567"""', "+15551234567"),
        ("+1 (555) 123-4567", "+1 (555) 123-4567"),
        ("*62", "*62"),
        ("alice", "alice"),
        ("müller-2", "müller-2"),
        ("user101E", "user101E"),
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
        ("+1,Desk\n", ["line 1: unknown columns '+1', 'Desk'.", "line 1: the column phone_number is missing."]),
        ('phone_number,"x"y\n+1,a\n', ["line 1: the quotes are misplaced."]),
        (f"{HEADER}+1,x\n", ["line 2: 2 cells, but the header row has 3."]),
        (f"{HEADER}+1,Front, desk,yes\n", ["line 2: 4 cells, but the header row has 3."]),
        (f"{HEADER}+1,Front, desk,\n", ["line 2: 4 cells, but the header row has 3."]),
        (f"{HEADER}+1,x,maybe\n", ["line 2: registration must be true or false, not 'maybe'."]),
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


SCIENTIFIC = ["1.55512E+10", "1,55512E+10", "1E+10", "+1.55512e+10", "5.55010001E9", "5,55010001E9", "4.9301234567E10"]
SCIENTIFIC += ["49301E6", "5.55010001e9", "5.55010001 E9", "1.5E-3", "5.55×10^9", "5.55x10^9", "５.5E９"]


@pytest.mark.parametrize("region", [None, "US", "DE"])
@pytest.mark.parametrize("cell", SCIENTIFIC)
def test_number_in_scientific_notation_is_refused_with_the_reason(cell: str, region: str | None) -> None:
    (error,) = errors(f'phone_number,display_name\n"{cell}",x\n', region=region)
    assert error.startswith(f"line 2: phone_number is '{cell}': a program saved the number in scientific notation")


@pytest.mark.parametrize("region", [None, "DE"])
@pytest.mark.parametrize("cell", ["15551234567.0", "+15551234567.00", "4915123456789.5", "030123456,0"])
def test_number_saved_as_a_decimal_is_refused_with_the_reason(cell: str, region: str | None) -> None:
    (error,) = errors(f'phone_number\n"{cell}"\n', region=region)
    assert "a program saved the number as a decimal number, which keeps no plus sign and no leading zeros" in error


@pytest.mark.parametrize("region", [None, "DE"])
@pytest.mark.parametrize("cell", ["02/01/2003", "2.1.2003", "2003-01-02", "02.01.03", "2003-01-02 00:00:00"])
def test_date_is_refused_as_a_number(cell: str, region: str | None) -> None:
    assert errors(f"phone_number\n{cell}\n", region=region) == [
        f"line 2: phone_number is '{cell}': it is a date. Format the column as text, and enter the number again."
    ]


@pytest.mark.parametrize("region", [None, "DE"])
@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("+49 30 123456 (Fax)", "it contains the letters 'Fax'"),
        ("030 123456 (Home)", "it contains the letters 'Home'"),
        ("+4930123456Fax", "it contains the letters 'Fax'"),
        ("TRUE", "it contains the letters 'TRUE'"),
        ("nan", "it contains the letters 'nan'"),
        ("040 12345/12346", "more than one number"),
        ("040 12345 / 46", "more than one number"),
        ("+49 30 123456, 123457", "it seems to hold more than one number"),
        ("+4930123456;+4930123457", "it seems to hold more than one number"),
        ("+4930123456 +4930123457", "it seems to hold more than one number"),
        ("030 123456\n030 123457", "it contains a line break"),
        ("+49\u200b30123456", "it contains U+200B (ZERO WIDTH SPACE)"),
        ("+49\u202a30123456", "it contains U+202A (LEFT-TO-RIGHT EMBEDDING)"),
        ("+4930\u00ad123456", "it contains U+00AD (SOFT HYPHEN)"),
        ("1555\u31641234567", "it contains U+3164 (HANGUL FILLER)"),
        ("1555\u034f1234567", "it contains U+034F (COMBINING GRAPHEME JOINER)"),
        ("15551234567\ufe0f", "it contains U+FE0F (VARIATION SELECTOR-16). Write one number in each row"),
        ("+4930\t123456", "it contains U+0009 (a control character)"),
        ("+4930'123456", "it contains U+0027 (APOSTROPHE), which is not part of a phone number"),
        ("+4930_123456", "it contains U+005F (LOW LINE)"),
        ("+4930·123456", "it contains U+00B7 (MIDDLE DOT)"),
        ("+4930123456¹", "it contains U+00B9 (SUPERSCRIPT ONE)"),
        ("12:30", "it contains U+003A (COLON)"),
        ("-", "it is not a phone number"),
        ("+", "it is not a phone number"),
    ],
)
def test_cell_without_exactly_one_number_is_refused_with_its_line(cell: str, reason: str, region: str | None) -> None:
    (error,) = errors(f'phone_number,display_name\n"{cell}",x\n', region=region)
    assert error.startswith(f"line 2: phone_number is {cell!r}: ")
    assert reason in error


TWO_NUMBERS = [
    "+4930123456 030987654",
    "(555) 123-4567 (555) 987-6543",
    "5551234567 5559876543",
    "020 79460000 020 79460001",
]
TWO_NUMBERS += [
    "+4930123456 (030) 987654",
    "+49 30 123456 030 987654",
    "030 123456 040 987654",
    "(030) 123456 (040) 987654",
]
TWO_NUMBERS += [
    "0301234567-0307654321",
    "01 23 45 67 89 01 98 76 54 32",
    "(+49) 30 123456 30 987654",
    "22 12 34 56 22 65 43 21",
]


@pytest.mark.parametrize("region", [None, "DE", "US"])
@pytest.mark.parametrize("cell", TWO_NUMBERS)
def test_cell_with_two_numbers_is_refused(cell: str, region: str | None) -> None:
    (error,) = errors(f"phone_number\n{cell}\n", region=region)
    assert error.startswith(f"line 2: phone_number is '{cell}': it ")
    assert region or error.endswith(
        ": it seems to hold more than one number. Write one number in each row, and nothing else in its cell."
    )


ONE_NUMBER = ["+49 (0) 30 123456", "+49 (0)30 12 34 56 - 78", "(0)30 123", "1 (555) 123-4567", "(030) 123 456 (78)"]
ONE_NUMBER += [
    "+49 (0) 3328 1234567-12",
    "011 49 151 12345678",
    "9 0011 49 151 12345678",
    "0049 30123 0123456",
    "12345",
]
ONE_NUMBER += ["8 10 49 151 12345678", "00 49 (0) 151 12345678", "0054 9 11 (15) 1234-5678", "+7 495 123 (45) 67", "+1"]
ONE_NUMBER += ["+1 (555) 123-4567 #123456", "*31#030 123456", "+39 331 0123456", "0800-CALL-ME-AT-030123456-030123457"]
ONE_NUMBER += ["12345678901234567", "agent-0301234567-0307654321", "+55 (011) 91234-5678", "+423 (0) 123 45 67"]


@pytest.mark.parametrize("cell", ONE_NUMBER)
def test_cell_that_may_be_one_number_is_used_as_written_without_a_region(cell: str) -> None:
    assert numbers(f"phone_number\n{cell}\n") == [cell]


@pytest.mark.parametrize("cell", ["＋4930123456", "+49\u00a030 123456", "+4930‑123456", "+4930−123456", "+49٣٠ 123456"])
def test_look_alike_inside_a_number_is_read_with_region_and_refused_without(cell: str) -> None:
    assert numbers(f"phone_number\n{cell}\n", region="DE") == ["+4930123456"]
    (error,) = errors(f"phone_number\n{cell}\n")
    assert re.search(r"it contains U\+[0-9A-F]{4} \([A-Z0-9 -]+\), which is not part of a phone number", error)


@pytest.mark.parametrize("column", ["phone_number", "display_name", "incoming_calls_agent_id", "trunk"])
@pytest.mark.parametrize("cell", ["#N/A", "#NV", "#REF!", "#BEZUG!", "#NAME?", "#DIV/0!", "#¡REF!", "Err:502"])
def test_error_of_a_spreadsheet_is_refused_in_every_column(column: str, cell: str) -> None:
    header = f"id,{column}\n{NUMBER_ID},"
    assert errors(f"{header}{cell}\n") == [
        f"line 2: {column} is '{cell}', the error of a formula. Correct it, or empty the cell."
    ]


def test_column_that_was_too_narrow_is_refused() -> None:
    (error,) = errors("phone_number\n########\n")
    assert error.endswith("a spreadsheet saved what a column showed that was too narrow. Widen the column.")


@pytest.mark.parametrize("name", ["#1 Desk", "#sales", "Desk #2!", "#"])
def test_name_with_a_number_sign_is_no_error_of_a_spreadsheet(name: str) -> None:
    assert phone_numbers_from_csv(f"phone_number,display_name\n+1,{name}\n")[0]["display_name"] == name


def test_problem_of_many_lines_is_one_message() -> None:
    lines = "".join(f"5.55E{exponent},{exponent}\n" for exponent in range(100, 125))
    scientific, boolean = errors(f"phone_number,registration\n{lines}", total=50)
    assert scientific.startswith(
        "line 2: phone_number is '5.55E100': a program saved the number in scientific notation"
    )
    assert " The same in line 3 ('5.55E101'), 4 ('5.55E102'), " in scientific
    assert scientific.endswith(", 21 ('5.55E119') and 5 more.")
    assert boolean.startswith("line 2: registration must be true or false, not '100'. The same in line 3 ('101'), ")


def test_many_kinds_of_problems_are_counted() -> None:
    lines = "".join(f"+{chr(0x2460 + index)}1,\n" for index in range(25))
    found = errors(f"phone_number,display_name\n{lines}", total=25)
    assert len(found) == 21
    assert found[-1] == "And 5 more."


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

NUMBER_OF_NEW_YORK = [
    "(212) 555-0123",
    "212.555.0123",
    "1-212-555-0123",
    "2125550123",
    "12125550123",
    "+1 212 555 0123",
]
NUMBER_OF_NEW_YORK += ["+1.2125550123", "tel:+1-212-555-0123", "(+1) 212 555 0123", "011 1 212 555 0123"]
NUMBER_OF_NEW_YORK += ["001 212 555 0123", "（２１２）５５５－０１２３"]


@pytest.mark.parametrize("written", NUMBER_OF_NEW_YORK)
def test_number_is_normalized_for_its_region(written: str) -> None:
    assert numbers(f'phone_number\n"{written}"\n', region="us") == ["+12125550123"]


@pytest.mark.parametrize(
    ("region", "written", "number"),
    [
        ("DE", "030/1234567", "+49301234567"),
        ("DE", "0151/23456789", "+4915123456789"),
        ("DE", "030 12345-67", "+49301234567"),
        ("DE", "+49 (0) 30 1234567", "+49301234567"),
        ("DE", "0049 30 1234567", "+49301234567"),
        ("DE", "4930123456", "+4930123456"),
        ("IT", "06 1234 5678", "+390612345678"),
        ("RU", "8 (495) 123-45-67", "+74951234567"),
        ("AR", "011 15-2345-6789", "+5491123456789"),
        ("AU", "0011 49 30 123456", "+4930123456"),
        ("AU", "0061412345678", "+61412345678"),
        ("BR", "0055 11 96123-4567", "+5511961234567"),
        ("CO", "0057 601 2345678", "+576012345678"),
        ("TH", "0066 81 234 5678", "+66812345678"),
        ("KH", "00855 12 345 678", "+85512345678"),
        ("SG", "006561234567", "+6561234567"),
        ("US", "(479) 212-3456", "+14792123456"),
        ("ES", "34612345678", "+34612345678"),
    ],
)
def test_only_reading_is_used(region: str, written: str, number: str) -> None:
    assert numbers(f"phone_number\n{written}\n", region=region) == [number]


@pytest.mark.parametrize(
    ("region", "written", "first", "second"),
    [
        ("DE", "4915123456789", "+4915123456789 if its plus", "+494915123456789 as a number of region DE"),
        ("DE", "49 (0)30 123456", "+4930123456 if its plus sign was lost", "+4949030123456 as a number of region DE"),
        ("DE", "15123456789", "+15123456789 if its plus sign was lost", "+4915123456789 as a number of region DE"),
        ("SE", "468123456", "+468123456 if its plus sign was lost", "+46468123456 as a number of region SE"),
        ("ID", "62812345678", "+62812345678 if its plus sign was lost", "+6262812345678 as a number of region ID"),
        ("NL", "318001234", "+318001234 if its plus sign was lost", "+31318001234 as a number of region NL"),
        ("US", "4792123456", "+4792123456 if its plus sign was lost", "+14792123456 as a number of region US"),
        ("US", "479 212 34 56", "+4792123456 if its plus sign was lost", "+14792123456 as a number of region US"),
        ("CO", "00573512990723", "+573512990723 with 00 as", "+73512990723 with 005 as the international prefix"),
    ],
)
def test_cell_with_two_readings_is_refused_and_both_are_named(
    region: str, written: str, first: str, second: str
) -> None:
    (error,) = errors(f"phone_number\n{written}\n", region=region)
    assert error.startswith(f"line 2: phone_number is '{written}': it has two readings: {first}")
    assert f", and {second}" in error
    assert error.endswith(". Write the right one with its plus sign.")


SOURCE = f"according to phonenumbers {phonenumbers.__version__}"


@pytest.mark.parametrize(
    ("region", "written", "reason"),
    [
        ("US", "123-4567", f"the area code is missing for region US, {SOURCE}. Write it with its country code"),
        ("US", "55512345678901", f"it has too many digits for region US, {SOURCE}."),
        ("US", "(555) 123-4567", f"it is not a valid phone number of region US, {SOURCE}. If +15551234567 is right,"),
        ("US", "4930123456", f"not a valid phone number of region US, {SOURCE}. If +4930123456 is right, write that"),
        ("US", "+999 12345", f"no country code starts with +999, {SOURCE}."),
        ("US", "+49 1", f"it has too few digits for country code +49, {SOURCE}."),
        ("SG", "0049 1", f"it has too few digits for country code +49, {SOURCE}."),
        ("DE", "0049", f"not a valid phone number of region DE, {SOURCE}. Write it with its country code and"),
        ("US", "5551234567 ext. 5", "it contains the letters 'ext'. Write one number in each row, and nothing else"),
        ("US", "1-800-FLOWERS", "it contains the letters 'FLOWERS'."),
        ("US", "alice", "it contains the letters 'alice'."),
        ("DE", "040 123/124", "'/' stands behind more than an area code."),
        ("DE", "030 123456–58", "'–' stands behind more than an area code."),
        ("DE", "030 123456 (58)", "'(' stands behind more than an area code."),
        ("DE", "+49 30 123456789012", "it has more than 15 digits, the maximum of E.164."),
        ("DE", "1" * 250, "it has more than 15 digits, the maximum of E.164."),
        ("JP", "00777001", f"for country code +7, {SOURCE}. If +8100777001 is right, write that."),
    ],
)
def test_number_without_a_normal_form_is_refused_with_the_reason(region: str, written: str, reason: str) -> None:
    (error,) = errors(f"phone_number\n\n{written}\n", region=region)
    assert error.startswith(f"line 3: phone_number is {written!r:.60}: ")
    assert reason in error


def test_number_in_two_formats_is_a_duplicate_after_normalization() -> None:
    text = "phone_number\n+12125550123\n(212) 555-0123\n"
    assert errors(text, region="US") == [
        "line 3: the phone number +12125550123 is already in line 2, there as '+12125550123'."
    ]
    assert len(numbers(text)) == 2


# What is doubtful


def test_mark_that_changes_the_last_character_of_a_text_is_kept(warnings: list[str]) -> None:
    (entry,) = phone_numbers_from_csv("phone_number,display_name\n+1,Sales \u260e\ufe0f\u3164\n")
    assert entry["display_name"] == "Sales \u260e\ufe0f"
    assert len(warnings) == 1


def test_invisible_characters_around_values_are_one_warning(warnings: list[str]) -> None:
    text = "\u200bphone_number\u200b,display_name\n\u202a+1\u202c,a\n+2,\u00a0b\u200b\n+3, c \n+4,\u200b\n"
    assert phone_numbers_from_csv(text) == [
        {"phone_number": "+1", "display_name": "a"},
        {"phone_number": "+2", "display_name": "b"},
        {"phone_number": "+3", "display_name": "c"},
        {"phone_number": "+4"},
    ]
    assert warnings == [
        "phone_numbers_from_csv, line 2: invisible characters were removed from both ends of phone_number, such as"
        " U+202A (LEFT-TO-RIGHT EMBEDDING). The same in line 3, 5."
    ]


def test_numbers_that_are_possible_but_not_valid_are_one_warning(warnings: list[str]) -> None:
    text = "phone_number\n+1 555 123 4567\n+1 212 555 0123\n+1 555 123 4568\n"
    assert numbers(text, region="US") == ["+15551234567", "+12125550123", "+15551234568"]
    assert warnings == [
        f"phone_numbers_from_csv, line 2: phone_number is '+1 555 123 4567': +15551234567 is not a valid phone number"
        f" {SOURCE}. It is used, as it may be newer. The same in line 4 ('+1 555 123 4568')."
    ]
    assert numbers(text) == ["+1 555 123 4567", "+1 212 555 0123", "+1 555 123 4568"]


def test_nothing_is_warned_of_without_a_doubt(warnings: list[str]) -> None:
    assert numbers("phone_number,display_name\n+12125550123 , Müller \n", region="US") == ["+12125550123"]
    assert warnings == []


@pytest.mark.parametrize("region", ["", "USA", "XX", 1])
def test_unknown_region_is_refused(region: Any) -> None:
    with pytest.raises(AnsibleFilterError, match="region must be a country code"):
        phone_numbers_from_csv(HEADER, region=region)


def test_region_of_norway_that_yaml_reads_as_false_is_explained() -> None:
    with pytest.raises(AnsibleFilterError, match="not False: YAML reads NO as false unless it is quoted"):
        phone_numbers_from_csv(HEADER, region=False)


def test_version_that_is_too_old_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(phonenumbers, "__version__", "8.9.99")
    with pytest.raises(AnsibleFilterError, match=r"phonenumbers 8\.9\.99 is too old.*Install 8\.12\.57 or newer"):
        phone_numbers_from_csv(HEADER, region="US")


def test_missing_library_is_reported_with_its_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    def import_module(name: str) -> Any:
        raise ImportError(name)

    monkeypatch.setattr(importlib, "import_module", import_module)
    with pytest.raises(AnsibleFilterError, match="pip install --upgrade phonenumbers"):
        phone_numbers_from_csv(HEADER, region="US")
    assert phone_numbers_from_csv(HEADER) == []


# A file as it arrives


FORMATS = [
    "+1 212 {0:03} {1:04}",
    "(212) {0:03}-{1:04}",
    "212.{0:03}.{1:04}",
    "1212{0:03}{1:04}",
    '="+1212{0:03}{1:04}"',
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
    assert [entry["phone_number"] for entry in entries] == [f"+1212{200 + index}{index:04}" for index in range(200)]
    assert entries[7]["display_name"] == "Desk 7, west"


def test_each_problem_of_200_rows_is_one_line() -> None:
    lines = file_as_it_arrives()
    lines[29] = "5.55227E+09,Desk,yes"
    lines[99] = lines[99].replace('"', "")
    lines[147] = re.sub("(yes)?$", "maybe", lines[147], count=1)
    lines.append("+1-212-200-0000,Again,")
    scientific, cells, boolean, duplicate = errors("\n".join(lines), region="US")
    assert scientific.startswith("line 30: phone_number is '5.55227E+09'")
    assert cells.startswith("line 100: 4 cells")
    assert boolean.startswith("line 148: registration must be true or false")
    assert duplicate == (
        f"line {len(lines)}: the phone number +12122000000 is already in line 2, there as '+1 212 200 0000'."
    )


@pytest.mark.parametrize(
    ("region", "cell"), [("DE", "5550101"), ("DE", "7654321"), ("DE", "30123456"), ("AT", "5123456"), ("FI", "9123456")]
)
def test_number_that_may_lack_its_area_code_is_refused(region: str, cell: str) -> None:
    with pytest.raises(AnsibleFilterError, match="it may be a local number that lacks its area code"):
        phone_numbers_from_csv(f"phone_number\n{cell}\n", region=region)


@pytest.mark.parametrize(
    ("region", "cell", "number"),
    [
        ("DE", "0305550101", "+49305550101"),
        ("DE", "305550101", "+49305550101"),
        ("FR", "142345678", "+33142345678"),
        ("US", "2125550123", "+12125550123"),
        ("NO", "21234567", "+4721234567"),
    ],
)
def test_number_that_has_its_area_code_is_read_without_a_prefix(region: str, cell: str, number: str) -> None:
    (entry,) = phone_numbers_from_csv(f"phone_number\n{cell}\n", region=region)
    assert entry["phone_number"] == number
