# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tables of text as spreadsheets of several languages and many programs write them."""

from __future__ import annotations

import codecs
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.dasha.blackbox.plugins.module_utils._common.errors import InvalidOptionsError
from ansible_collections.dasha.blackbox.plugins.plugin_utils._e164 import load_region
from ansible_collections.dasha.blackbox.plugins.plugin_utils._numbers_file import read_numbers
from ansible_collections.dasha.blackbox.plugins.plugin_utils._table import read_column_names


def read(data: bytes | str, path: str = "n.csv", columns: dict[str, Any] | None = None, region: str = "") -> Any:
    raw = data.encode() if isinstance(data, str) else data
    return read_numbers(path, raw, read_column_names(columns or {}), *([load_region(region)] if region else []))


def entries(data: bytes | str, path: str = "n.csv", **options: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = read(data, path, **options)["entries"]
    return found


def errors(data: bytes | str, path: str = "n.csv", **options: Any) -> list[str]:
    with pytest.raises(InvalidOptionsError) as caught:
        read(data, path, **options)
    return list(caught.value.messages)


# What Excel saves, in three languages

ROWS = {
    "German": (
        "Rufnummer;Bezeichnung;Registrierung\r\n",
        "030 123456;Büro Süd;{true}\r\n+49 30 123457;Straße 5;{false}\r\n",
    ),
    "French": ("Numéro;Libellé;Enregistrement\r\n", "030 123456;Büro Süd;{true}\r\n+49 30 123457;Straße 5;{false}\r\n"),
    "English": ("Phone,Name,Registered\r\n", "030 123456,Büro Süd,{true}\r\n+49 30 123457,Straße 5,{false}\r\n"),
}
WORDS = {"German": ("WAHR", "FALSCH"), "French": ("VRAI", "FAUX"), "English": ("TRUE", "FALSE")}
HEADINGS = {
    "German": ("Rufnummer", "Bezeichnung", "Registrierung"),
    "French": ("Numéro", "Libellé", "Enregistrement"),
    "English": ("Phone", "Name", "Registered"),
}
SAVED = [
    {"phone_number": "+4930123456", "display_name": "Büro Süd", "registration": True},
    {"phone_number": "+4930123457", "display_name": "Straße 5", "registration": False},
]
ENCODINGS = {
    "CSV": ("cp1252", b""),
    "CSV UTF-8": ("utf-8", codecs.BOM_UTF8),
    "UTF-8 without a mark": ("utf-8", b""),
    "Unicode text": ("utf-16-le", codecs.BOM_UTF16_LE),
    "UTF-16 big endian": ("utf-16-be", codecs.BOM_UTF16_BE),
    "UTF-16 without a mark": ("utf-16-le", b""),
    "UTF-16 big endian without a mark": ("utf-16-be", b""),
    "UTF-32": ("utf-32-le", codecs.BOM_UTF32_LE),
}


@pytest.mark.parametrize("delimiter", ["", ";", ",", "\t", "|"], ids=["usual", "semicolon", "comma", "tab", "bar"])
@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("language", ROWS)
def test_file_of_excel_is_read(language: str, encoding: str, delimiter: str) -> None:
    header, rows = ROWS[language]
    usual = "," if language == "English" else ";"
    text = (header + rows.format(true=WORDS[language][0], false=WORDS[language][1])).replace(usual, delimiter or usual)
    codec, mark = ENCODINGS[encoding]
    columns = dict(zip(HEADINGS[language], ("phone_number", "display_name", "registration"), strict=True))
    found = read(mark + text.encode(codec), columns=columns, region="DE")
    assert found["entries"] == SAVED
    assert bool(found["warnings"]) == (encoding == "CSV")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", "~"])
@pytest.mark.parametrize("form", ["sep={}", '"sep={}"', "SEP={}", "sep={},,,", "sep={};;;", "sep={} "])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_that_sets_the_delimiter_is_observed(delimiter: str, form: str, end: str) -> None:
    lines = [
        form.format(delimiter),
        delimiter.join(("phone_number", "display_name")),
        delimiter.join(("+15550000001", "x")),
    ]
    for encoded in (end.join(lines).encode(), codecs.BOM_UTF16_LE + end.join(lines).encode("utf-16-le")):
        assert entries(encoded) == [{"phone_number": "+15550000001", "display_name": "x"}]


def test_tab_may_be_set_by_its_escape() -> None:
    assert entries("sep=\\t\nphone_number\tdisplay_name\n+15550000001\ta,b\n")[0]["display_name"] == "a,b"


def test_line_numbers_count_the_line_that_sets_the_delimiter() -> None:
    assert errors("\nsep=;\nphone_number;registration\n+15550000001;maybe\n")[0].startswith("line 4: registration")


def test_delimiters_in_quotes_do_not_count() -> None:
    text = '"Name, first, last, title";phone_number\nx;+15550000001\n'
    assert entries(text, columns={"Name, first, last, title": "display_name"})[0]["display_name"] == "x"


TRUE = [
    "WAHR",
    "wahr",
    "VRAI",
    "VERO",
    "VERDADERO",
    "VERDADEIRO",
    "WAAR",
    "PRAWDA",
    "ИСТИНА",
    "ja",
    "oui",
    "sí",
    "TRUE",
]
FALSE = ["FALSCH", "FAUX", "FALSO", "ONWAAR", "FAŁSZ", "ЛОЖЬ", "nein", "non", "não", "no", "off", "0", "FALSE"]


@pytest.mark.parametrize("word", [*TRUE, *FALSE])
def test_truth_value_of_a_spreadsheet_is_read_only_where_one_is_expected(word: str) -> None:
    text = f"phone_number,registration,display_name\n+15550000001,{word},{word}\n"
    assert entries(text) == [{"phone_number": "+15550000001", "registration": word in TRUE, "display_name": word}]


# Columns


def test_columns_map_headings_and_null_ignores_them() -> None:
    text = "DID;State;Ext;trunk\n+15550000001;Texas;12;sip.example.com\n"
    columns = {"did": "phone_number", " State ": "displayName", "EXT": None}
    assert entries(text, columns=columns) == [
        {"phone_number": "+15550000001", "display_name": "Texas", "trunk": "sip.example.com"}
    ]


def test_error_names_the_heading_that_is_not_the_option() -> None:
    text = "DID;Reg\n5.5E+9;maybe\n6.6E+9;\n"
    assert errors(text, columns={"DID": "phone_number", "Reg": "registration"}) == [
        "line 2, column DID: phone_number is '5.5E+9': a program saved the number in scientific notation, which keeps"
        " no plus sign, no leading zeros, and often not all digits. Format the column as text, and enter the number"
        " again. The same in line 3 ('6.6E+9').",
        "line 2, column Reg: registration must be true or false, not 'maybe'.",
    ]


def test_mapped_heading_that_is_missing_is_refused_and_an_ignored_one_is_not() -> None:
    (error,) = errors("phone_number\n+15550000001\n", columns={"Nickname": "display_name", "Notes": None})
    assert error == "line 1: columns has 'Nickname', which is not the heading of a column."


def test_unknown_columns_are_refused_once_with_what_to_do() -> None:
    (error,) = errors("phone_number,Ext,Site\n" + "+15550000001,1,2\n" * 1)
    assert error.startswith("line 1: unknown columns 'Ext', 'Site'. Valid columns: phone_number, ")
    assert error.endswith(" Set columns to map headings to them, or to null to ignore a column.")


def test_two_columns_for_one_option_are_refused() -> None:
    (error,) = errors(
        "DID,Number\n+15550000001,+15550000002\n", columns={"DID": "phone_number", "Number": "phone_number"}
    )
    assert error == "line 1: columns 1 and 2 are both phone_number."


@pytest.mark.parametrize(
    ("cell", "names"),
    [
        ("Support Team", ["Support Team"]),
        ("Support Team; Sales", ["Support Team", "Sales"]),
        ("Support Team, Sales", ["Support Team", "Sales"]),
        ("Sales, West; Sales, East", ["Sales, West", "Sales, East"]),
        ("Sales, West;", ["Sales, West"]),
        ('"Support\nSales"', ["Support", "Sales"]),
    ],
)
def test_cell_holds_several_names_of_agents(cell: str, names: list[str]) -> None:
    quoted = cell if cell.startswith('"') else f'"{cell}"'
    (entry,) = entries(f"phone_number\toutgoing_calls_agents\n+15550000001\t{quoted}\n")
    assert entry["outgoing_calls_agents"] == names


@pytest.mark.parametrize("column", ["outgoing_calls_agents", "outgoing_calls_agent_ids"])
@pytest.mark.parametrize("cell", [";", ",", "; ;"])
def test_separator_alone_unlinks_no_agent(column: str, cell: str) -> None:
    (error,) = errors(f"phone_number\t{column}\n+15550000001\t{cell}\n")
    assert error == f"line 2: {column} is {cell!r}, which has no agent in it."


def test_comma_in_a_heading_is_no_delimiter_if_another_one_is_as_frequent() -> None:
    text = "Name, first;phone_number\nx;+15550000001\n"
    assert entries(text, columns={"Name, first": "display_name"}) == [
        {"display_name": "x", "phone_number": "+15550000001"}
    ]


def test_same_number_twice_names_both_lines_and_spellings() -> None:
    text = "phone_number\n(212) 555-0123\n+1 212 555 0123\n"
    (error,) = errors(text, region="US")
    assert error == "line 3: the phone number +12125550123 is already in line 2, there as '(212) 555-0123'."


def test_agent_by_name_in_two_lines_is_refused() -> None:
    (error,) = errors("phone_number,outgoing_calls_agents\n+15550000001,Sales\n+15550000002,Support;Sales\n")
    assert error == "line 3: the agent 'Sales' in outgoing_calls_agents is already in line 2."


# What is no table


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "The file is empty."),
        (b"  \r\n\t\n", "The file is empty."),
        (codecs.BOM_UTF8, "The file is empty."),
        (b",,,\n", "The text has no header row."),
        (
            b"PK\x03\x04rest",
            "The file is an Excel workbook or another archive. Rename a workbook so",
        ),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "The file is an Excel file with a password, or of the old format."),
        (b"%PDF-1.7", "The file is a PDF."),
        (b"\x1f\x8b\x08", "The file is compressed with gzip."),
        (b"phone_number\n+1555\0\n", "line 2: The file is binary, or not complete: it has a null character."),
        (bytes(100), "line 1: The file is binary, or not complete: it has a null character."),
        (b"phone_number\n\x81\x8d\xff\n", "line 2: The file is neither UTF-8 nor Windows-1252."),
        (codecs.BOM_UTF8 + b"phone_number\n\xff", "The file is not valid UTF-8: invalid start byte at byte 16."),
        (codecs.BOM_UTF16_LE + b"p\0h\0o", "The file is not valid UTF-16-LE: truncated data at byte 6."),
        (b'phone_number\n"+15550000001\n+15550000002\n', "line 2: a quoted cell goes on to line 3, and is not closed"),
        (b"phone_number\n" + b"1" * 200_000, "line 2: a cell has more than 131,072 characters."),
    ],
)
def test_file_that_is_no_table_is_refused(data: bytes, message: str) -> None:
    (error,) = errors(data)
    assert error.startswith(message)


def test_header_alone_is_an_empty_list() -> None:
    assert entries("phone_number,trunk\n") == []


def test_many_errors_are_counted_and_not_kept() -> None:
    found = errors("phone_number,registration\n" + "".join(f"+1555{n:07},x{n}\n" for n in range(1000)))
    (error,) = found
    assert error.startswith("line 2: registration must be true or false, not 'x0'. The same in line 3 ('x1'), 4 (")
    assert error.endswith(" and 980 more.")


CELLS = st.text(st.characters(blacklist_categories=("Cs",), max_codepoint=0x2FF), max_size=20)


@given(st.lists(st.lists(CELLS, max_size=6), max_size=6), st.sampled_from([",", ";", "\t"]), st.booleans())
def test_any_text_is_a_table_or_refused(rows: list[list[str]], delimiter: str, has_header: bool) -> None:
    lines = ["phone_number,display_name,registration"] if has_header else []
    text = "\n".join([*(line.replace(",", delimiter) for line in lines), *map(delimiter.join, rows)])
    try:
        found = read(text)
    except InvalidOptionsError as error:
        assert error.messages
    else:
        assert len(found["lines"] or []) == len(found["entries"])
        assert all(entry["phone_number"] for entry in found["entries"])


@given(st.binary(max_size=300), st.sampled_from(["n.csv", "n.tsv", "n.yml", "n.json", "n.jsonl", "n.xlsx"]))
def test_any_bytes_are_read_or_refused(data: bytes, path: str) -> None:
    try:
        read(data, path)
    except InvalidOptionsError as error:
        assert error.messages
