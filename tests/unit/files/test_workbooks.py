# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Excel workbooks: what is in a cell, and not what the cell shows, becomes an entry or an error."""

from __future__ import annotations

import datetime
import io
import random
import re
import sys
import zipfile
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest

from ansible_collections.dasha.blackbox.plugins.module_utils._common.errors import InvalidOptionsError
from ansible_collections.dasha.blackbox.plugins.plugin_utils import _xlsx
from ansible_collections.dasha.blackbox.plugins.plugin_utils._e164 import load_region
from ansible_collections.dasha.blackbox.plugins.plugin_utils._numbers_file import read_numbers
from ansible_collections.dasha.blackbox.plugins.plugin_utils._table import read_column_names

HEADER = ("phone_number", "display_name", "registration")
SHEET = "xl/worksheets/sheet1.xml"


def workbook(*rows: Any, change: Callable[[Any], None] = lambda book: None) -> bytes:
    """Return a workbook with one sheet."""
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    change(book)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
DOCUMENT = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
KINDS = "application/vnd.openxmlformats-officedocument.spreadsheetml"


def workbook_of_excel(rows: str, strings: str) -> bytes:
    """Return a workbook whose texts are in a part of their own, as Excel writes them."""
    kinds = {"workbook": "sheet.main", "worksheets/sheet1": "worksheet", "sharedStrings": "sharedStrings"}
    overrides = "".join(
        f'<Override PartName="/xl/{part}.xml" ContentType="{KINDS}.{kind}+xml"/>' for part, kind in kinds.items()
    )
    rels = '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    relations = {"worksheet": "worksheets/sheet1", "sharedStrings": "sharedStrings"}
    targets = "".join(
        f'<Relationship Id="r{kind}" Type="{DOCUMENT}/{kind}" Target="{part}.xml"/>' for kind, part in relations.items()
    )
    start = f'<Relationship Id="r1" Type="{DOCUMENT}/officeDocument" Target="xl/workbook.xml"/>'
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types">{rels}{overrides}</Types>',
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships">{start}</Relationships>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships">{targets}</Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{DOCUMENT}"><sheets>'
        '<sheet name="Tabelle1" sheetId="1" r:id="rworksheet"/></sheets></workbook>',
        "xl/sharedStrings.xml": f'<sst xmlns="{MAIN}">{strings}</sst>',
        SHEET: f'<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>',
    }
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return stream.getvalue()


def with_part(data: bytes, name: str, edit: Callable[[bytes], bytes]) -> bytes:
    """Return a workbook with one part of the archive changed."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            content = old.read(part)
            new.writestr(part.filename, edit(content) if part.filename == name else content)
    return stream.getvalue()


def read(data: bytes, columns: dict[str, Any] | None = None, region: str = "") -> dict[str, Any]:
    return read_numbers("n.xlsx", data, read_column_names(columns or {}), *([load_region(region)] if region else []))


def entries(data: bytes, **options: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = read(data, **options)["entries"]
    return found


def errors(data: bytes, **options: Any) -> list[str]:
    with pytest.raises(InvalidOptionsError) as caught:
        read(data, **options)
    return list(caught.value.messages)


def test_texts_truth_values_and_empty_cells_are_read() -> None:
    found = read(
        workbook(
            ("Phone Number", "Display name", "Registration", None),
            ("+15550000001", "Desk", True),
            (None, None, None),
            (" +15550000002", None, False),
            ("+15550000003",),
            ("+15550000004", "0123", "VRAI"),
        )
    )
    assert found["entries"] == [
        {"phone_number": "+15550000001", "display_name": "Desk", "registration": True},
        {"phone_number": "+15550000002", "registration": False},
        {"phone_number": "+15550000003"},
        {"phone_number": "+15550000004", "display_name": "0123", "registration": True},
    ]
    assert found["lines"] == [2, 4, 5, 6]


SHARED = "".join(
    f"<si>{text}</si>"
    for text in (
        "<t>Phone number</t>",
        "<t>Display name</t>",
        '<t xml:space="preserve">+15550000001 </t>',
        "<r><t>Front</t></r><r><rPr><b/></rPr><t> desk</t></r>",
    )
)


def test_texts_that_excel_shares_between_cells_are_read() -> None:
    rows = '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c></row>'
    rows += '<row r="3"><c r="A3" t="s"><v>2</v></c><c r="B3" t="s"><v>3</v></c></row>'
    found = read(workbook_of_excel(rows, SHARED))
    assert found["entries"] == [{"phone_number": "+15550000001", "display_name": "Front desk"}]
    assert found["lines"] == [3]
    (error,) = errors(workbook_of_excel(rows.replace("<v>3<", "<v>9<"), SHARED))
    assert error.startswith("The file is not a valid .xlsx workbook (IndexError: ")


@pytest.mark.parametrize(
    ("value", "number"),
    [(12125550123.0, "+12125550123"), (2125550123, "+12125550123"), ("(212) 555-0123", "+12125550123")],
)
def test_number_in_a_cell_is_read_by_the_rules_of_a_region(value: Any, number: str) -> None:
    assert entries(workbook(("phone_number",), (value,)), region="US") == [{"phone_number": number}]


def test_number_in_a_cell_with_two_readings_is_refused() -> None:
    (error,) = errors(workbook(("phone_number",), (4792123456,)), region="US")
    assert "it has two readings: +4792123456 if its plus sign was lost, and +14792123456" in error


@pytest.mark.parametrize(
    ("region", "value", "one", "other"),
    [
        ("IT", 332887428, "+39332887428", "+390332887428"),
        ("GA", 6031234, "+2416031234", "+24106031234"),
        ("IN", 8005602262, "+918005602262", "+910008005602262"),
    ],
)
def test_number_in_a_cell_that_another_number_without_its_zeros_would_be_is_refused(
    region: str, value: int, one: str, other: str
) -> None:
    (error,) = errors(workbook(("phone_number",), (value,)), region=region)
    assert error == (
        f"line 2: phone_number is '{value}': it is {one}, or {other} without its leading zeros, which no number in a"
        " spreadsheet keeps. Format the column as text, and enter the right one again."
    )
    assert len(entries(workbook(("phone_number",), (str(value),)), region=region)) == 1


@pytest.mark.parametrize(
    ("region", "value", "number"),
    [
        ("US", 5551234567, ""),
        ("US", 15512345678, "+15512345678"),
        ("GB", 2079460000, "+442079460000"),
        ("FR", 123456789, "+33123456789"),
        ("FR", 612345678, "+33612345678"),
        ("DE", 301234567, "+49301234567"),
        ("DE", 15112345678, "+4915112345678"),
        ("DE", 30123456, ""),
        ("CH", 791234567, "+41791234567"),
        ("IT", 3331234567, "+393331234567"),
        ("IT", 393331234567, "+393331234567"),
        ("ES", 612345678, "+34612345678"),
        ("IN", 8123456789, "+918123456789"),
    ],
)
def test_number_in_a_cell_that_zeros_would_not_change_is_read_like_a_text(region: str, value: int, number: str) -> None:
    for cell in (value, float(value), str(value)):
        data = workbook(("phone_number",), (cell,))
        if number:
            assert entries(data, region=region) == [{"phone_number": number}]
        else:
            assert len(errors(data, region=region)) == 1


@pytest.mark.parametrize("value", [8104915112345670, -2125550123, 21255.50123, 8104915112345670.0])
@pytest.mark.parametrize("region", ["RU", "KZ", "US"])
def test_number_in_a_cell_that_is_not_exactly_the_one_that_was_entered_is_refused(value: Any, region: str) -> None:
    (error,) = errors(workbook(("phone_number",), (value,)), region=region)
    assert error.startswith("line 2: phone_number is '")
    assert error.endswith(
        "': the cell holds a number, which keeps no plus sign and no leading zeros, and 15 digits at most. Format the"
        " column as text, and enter the value again."
    )


@pytest.mark.parametrize("value", [8104915112345670, 8104915112345670.0])
def test_name_in_a_cell_that_lost_digits_is_refused(value: Any) -> None:
    (error,) = errors(workbook(HEADER, ("+15550000001", value)))
    assert error.startswith("line 2: display_name is '8104915112345670': the cell holds a number")


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (
            15551234567,
            "phone_number is '15551234567': the cell holds a number, which keeps no plus sign and no leading",
        ),
        (1.5, "phone_number is '1.5': the cell holds a number"),
        (datetime.date(2026, 3, 1), "phone_number is '2026-03-01 00:00:00': the cell holds a date. Format the column"),
        (datetime.time(12, 30), "phone_number is '12:30:00': the cell holds a date."),
        (True, "phone_number is 'TRUE': the cell holds a boolean."),
        ("#N/A", "phone_number is '#N/A', the error of a formula."),
        ("5.55E+09", "phone_number is '5.55E+09': a program saved the number in scientific notation"),
    ],
)
def test_phone_number_that_is_no_text_is_refused_without_a_region(value: Any, reason: str) -> None:
    (error,) = errors(workbook(("phone_number",), ("+15550000001",), (value,)))
    assert error.startswith(f"line 3: {reason}")


@pytest.mark.parametrize("value", [1.5e20, 1.25, datetime.date(2026, 3, 1), True, 1234567890123456789])
def test_phone_number_that_cannot_be_one_is_refused_with_a_region(value: Any) -> None:
    assert len(errors(workbook(("phone_number",), (value,)), region="US")) == 1


def test_number_never_becomes_another_one() -> None:
    """Excel keeps 15 digits, so what has more is not what somebody wrote."""
    for digits in (16, 17, 20):
        (error,) = errors(workbook(("phone_number",), (int("4" * digits),)), region="DE")
        assert error.startswith("line 2: phone_number is '4")


def test_other_columns_take_whole_numbers_and_refuse_what_has_several_spellings() -> None:
    assert entries(workbook(HEADER, ("+15550000001", 101, 1))) == [
        {"phone_number": "+15550000001", "display_name": "101", "registration": True}
    ]
    found = errors(workbook(HEADER, ("+1", 1.5), ("+2", datetime.date(2026, 3, 1)), ("+3", True), ("+4", -5)))
    assert [error.partition(" Format")[0] for error in found] == [
        "line 2: display_name is '1.5': the cell holds a number.",
        "line 3: display_name is '2026-03-01 00:00:00': the cell holds a date.",
        "line 4: display_name is 'TRUE': the cell holds a boolean.",
    ]
    assert found[0].endswith(" The same in line 5 ('-5').")


def test_text_and_number_of_the_same_digits_are_told_apart() -> None:
    (error,) = errors(workbook(("phone_number", "trunk"), ("5550001", "a"), (5550001, "b")))
    assert error.startswith("line 3: phone_number is '5550001': the cell holds a number")


def test_formula_counts_as_its_value() -> None:
    def calculated(sheet: bytes) -> bytes:
        return sheet.replace(b'<f>"+1555"&amp;A1</f><v></v>', b"<f>A</f><v>+15550000001</v>").replace(
            b'<f>"+1555"&amp;A1</f><v />', b"<f>A</f><v>+15550000001</v>"
        )

    data = with_part(workbook(("phone_number",), ('="+1555"&A1',)), SHEET, calculated)
    data = with_part(data, SHEET, lambda sheet: sheet.replace(b'r="A2"', b'r="A2" t="str"'))
    assert entries(data) == [{"phone_number": "+15550000001"}]


def test_formula_that_nobody_calculated_is_refused() -> None:
    (error,) = errors(workbook(("phone_number", "display_name"), ("+15550000001", '="De"&"sk"')))
    assert error.startswith("line 2: the formula in B2 has no value, because no spreadsheet program")


def test_hidden_rows_are_read_and_merged_cells_have_one_value() -> None:
    def change(book: Any) -> None:
        book.active.row_dimensions[2].hidden = True
        book.active.column_dimensions["B"].hidden = True
        book.active.merge_cells("B2:B3")

    data = workbook(HEADER, ("+15550000001", "Desk"), ("+15550000002", "Lost"), change=change)
    assert entries(data) == [{"phone_number": "+15550000001", "display_name": "Desk"}, {"phone_number": "+15550000002"}]


def test_cells_beside_the_table_are_refused() -> None:
    (error,) = errors(workbook(HEADER, ("+15550000001", "Desk", None, None, "call back")))
    assert error == (
        "line 2: 5 cells, but the header row has 3. Add a heading to each column, and put what does not belong to the"
        " table on another sheet."
    )


def test_sheet_with_phone_numbers_is_found_by_its_heading() -> None:
    def change(book: Any) -> None:
        book.create_sheet("Empty", 0)
        book.create_sheet("Notes", 0).append(("Read me", "first"))
        book.create_sheet("Trunks").append(("id", "server"))

    data = workbook(("Rufnummer",), ("+15550000001",), change=change)
    assert entries(data, columns={"Rufnummer": "phone_number"}) == [{"phone_number": "+15550000001"}]


def test_several_sheets_with_phone_numbers_are_refused() -> None:
    def change(book: Any) -> None:
        book.create_sheet("Paris").append(("Phone number",))

    (error,) = errors(workbook(HEADER, change=change))
    assert error == "The file has several sheets with phone numbers: 'Sheet', 'Paris'. Save each as a file of its own."


def test_workbook_without_a_value_is_refused() -> None:
    assert errors(workbook()) == ["The file has no header row."]


def test_size_that_a_sheet_claims_does_not_matter() -> None:
    def claim(sheet: bytes) -> bytes:
        return re.sub(rb'<dimension ref="[^"]*"', b'<dimension ref="A1:XFD1048576"', sheet)

    data = with_part(workbook(HEADER, ("+15550000001",)), SHEET, claim)
    assert entries(data) == [{"phone_number": "+15550000001"}]


@pytest.mark.not_quick
def test_rows_that_are_far_away_do_not_take_for_ever() -> None:
    def move(sheet: bytes) -> bytes:
        return sheet.replace(b'r="2"', b'r="2000000000"').replace(b'"A2"', b'"A2000000000"')

    data = with_part(workbook(HEADER, ("+15550000001",)), SHEET, move)
    assert len(entries(data)) <= 1


def test_too_many_columns_are_refused() -> None:
    (error,) = errors(workbook((*HEADER, *(f"c{n}" for n in range(300)))))[:1]
    assert error.startswith("line 1: more than 256 columns.")


# What is not a workbook


@pytest.mark.parametrize("part", [SHEET, "xl/sharedStrings.xml", "xl/workbook.xml"])
def test_archive_that_unpacks_to_too_much_is_not_read(monkeypatch: pytest.MonkeyPatch, part: str) -> None:
    monkeypatch.setattr(_xlsx, "MAX_UNPACKED", dict.fromkeys(_xlsx.MAX_UNPACKED, 1 << 20))
    data = with_part(workbook_of_excel("", SHARED), part, lambda xml: xml + b" " * (1 << 20))
    assert len(data) < 20_000
    assert errors(data) == [
        "The file unpacks to more than a workbook with phone numbers can be. Save the table as CSV UTF-8."
    ]


def test_archive_that_lies_about_its_size_is_not_read_any_further() -> None:
    data = with_part(workbook(HEADER), SHEET, lambda sheet: sheet + b" " * (1 << 20))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        size = archive.getinfo(SHEET).file_size
    (error,) = errors(data.replace(size.to_bytes(4, "little"), (100).to_bytes(4, "little")))
    assert error.startswith("The file is not a valid .xlsx workbook (BadZipFile: ")


@pytest.mark.parametrize("part", ["xl/workbook.xml", SHEET, "[Content_Types].xml", "xl/_rels/workbook.xml.rels"])
def test_entities_are_refused_before_they_are_read(part: str) -> None:
    bomb = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'
    data = with_part(workbook(HEADER), part, lambda xml: bomb + xml)
    (error,) = errors(data)
    assert error == f"The file has {part!r} in a form that no spreadsheet program writes."
    wide = with_part(workbook(HEADER), part, lambda xml: (bomb + xml).decode().encode("utf-16"))
    assert errors(wide) == [error]


def test_workbook_with_a_password_is_explained() -> None:
    assert errors(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") == [
        "The file is an Excel file with a password, or of the old format. Save it as .xlsx without one."
    ]


@pytest.mark.parametrize("data", [b"", b"phone_number\n+15550000001\n", b"PK\x03\x04", bytes(99)])
def test_other_file_is_refused(data: bytes) -> None:
    (error,) = errors(data)
    assert error.startswith("The file is not a valid .xlsx workbook (BadZipFile: ")
    assert error.endswith(" Save it again.")


def test_archive_without_a_workbook_is_refused() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("a.txt", "x")
    (error,) = errors(stream.getvalue())
    assert error.startswith("The file is not a valid .xlsx workbook (")


@pytest.mark.not_quick
def test_damaged_workbook_is_read_or_refused() -> None:
    """Cut off anywhere, or with any bytes changed, also inside of the parts."""
    dice = random.Random(1)
    data = workbook(HEADER, *((f"+1555000{n:04}", f"Desk {n}", True) for n in range(50)))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = archive.namelist()

    def damage(content: bytes) -> bytes:
        at = dice.randrange(len(content))
        return (
            content[:at]
            + dice.choice([b"", b"<", b"&", b'"', b"9", b"\xff", b"/>"])
            + content[at + dice.randrange(9) :]
        )

    damaged = [data[: dice.randrange(len(data))] for _time in range(60)]
    damaged += [damage(data) for _time in range(60)]
    damaged += [with_part(data, dice.choice(parts), damage) for _time in range(200)]
    for each in damaged:
        try:
            found = entries(each)
        except InvalidOptionsError as error:
            assert error.messages
        else:
            assert len(found) <= 50


def test_missing_library_is_reported_with_its_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    data = workbook(HEADER)
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(InvalidOptionsError) as caught:
        entries(data)
    assert re.fullmatch(
        r"Reading \.xlsx needs the Python library openpyxl on the control node\. Install it for the Python that runs"
        r" ansible-playbook: \S+ -m pip install openpyxl\. Or save the file as CSV UTF-8\.",
        str(caught.value),
    )
