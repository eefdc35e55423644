# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads the rows of an Excel workbook with openpyxl, which is only needed for that."""

from __future__ import annotations

import datetime
import importlib
import io
import re
import sys
import warnings as python_warnings
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from typing import Any

from ansible_collections.dasha.blackbox.plugins.module_utils._common.errors import InvalidOptionsError
from ansible_collections.dasha.blackbox.plugins.module_utils._common.formats import UNREADABLE

from ._cell import TypedCell
from ._csv import fit, without_empty_end
from ._findings import Findings
from ._table import Row, simplify
from ._text_of_file import SIGNATURES, has_signature

# By how the names of parts start. The largest sheet that Excel can hold, of the columns that phone numbers have, needs
# half of it. Texts are read into memory, and other parts as trees, which take ten times as much.
MAX_UNPACKED = {"xl/worksheets/": 1 << 30, "xl/sharedStrings": 1 << 28, "": 1 << 26}
MAX_ROWS = 1_048_576
MAX_COLUMNS = 256
CHUNK = 1 << 20
FORMULA = re.compile(rb"<(?:\w+:)?f[ >/]")
# What XML can have that multiplies, and no program writes.
DECLARATION = b"<!DOCTYPE"
WIDTH_ADVICE = "Add a heading to each column, and put what does not belong to the table on another sheet."


def read_xlsx(data: bytes, number_headings: Iterable[str], errors: Findings) -> Iterator[Row]:
    """Yield the rows that are not blank of the sheet with phone numbers, the header row first.

    Rows and columns that are hidden are like others. Of merged cells, only the first has a value.

    Args:
        number_headings: what the column of the phone numbers may be called, as `simplify` returns it.
        errors: takes what is wrong with the workbook.

    Raises:
        InvalidOptionsError: openpyxl is missing.
    """
    library = _import_openpyxl()
    if has_signature(data, SIGNATURES, errors):
        return
    try:
        with python_warnings.catch_warnings():
            # About what is in the workbook besides cells.
            python_warnings.simplefilter("ignore")
            yield from _read(library, data, frozenset(number_headings), errors)
    except UNREADABLE as error:
        errors.add(f"The file is not a valid .xlsx workbook ({type(error).__name__}: {error!s:.100}). Save it again.")


def _read(library: Any, data: bytes, number_headings: frozenset[str], errors: Findings) -> Iterator[Row]:
    has_formulas = _inspect(data, errors)
    if errors:
        return
    with closing(library.load_workbook(io.BytesIO(data), read_only=True, data_only=True)) as values:
        sheet = _find_sheet(values, number_headings, errors)
        if sheet is None:
            return
        if not has_formulas:
            yield from _rows(_cells(sheet), None)
            return
        with closing(library.load_workbook(io.BytesIO(data), read_only=True)) as formulas:
            yield from _rows(_cells(sheet), _cells(formulas[sheet.title]))


def _import_openpyxl() -> Any:
    try:
        return importlib.import_module("openpyxl")
    except ImportError as error:
        raise InvalidOptionsError(
            "Reading .xlsx needs the Python library openpyxl on the control node. Install it for the Python that runs"
            f" ansible-playbook: {sys.executable} -m pip install openpyxl. Or save the file as CSV UTF-8."
        ) from error


def _inspect(data: bytes, errors: Findings) -> bool:
    """Return whether there are formulas in a workbook, and collect why it must not be read."""
    has_formulas = False
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = [part for part in archive.infolist() if part.filename.endswith((".xml", ".rels"))]
        sizes = dict.fromkeys(MAX_UNPACKED, 0)
        for part in parts:
            # More than it says cannot be read of a part.
            sizes[next(start for start in sizes if part.filename.startswith(start))] += part.file_size
        if any(size > MAX_UNPACKED[start] for start, size in sizes.items()):
            errors.add(
                "The file unpacks to more than a workbook with phone numbers can be. Save the table as CSV UTF-8."
            )
            return False
        for part in parts:
            tail = b""
            with archive.open(part) as stream:
                while chunk := stream.read(CHUNK):
                    found = tail + chunk
                    if DECLARATION in found or b"\0" in chunk:
                        errors.add(f"The file has {part.filename!r:.60} in a form that no spreadsheet program writes.")
                        return False
                    has_formulas = has_formulas or (
                        part.filename.startswith("xl/worksheets/") and bool(FORMULA.search(found))
                    )
                    tail = chunk[-64:]
    return has_formulas


def _find_sheet(workbook: Any, number_headings: frozenset[str], errors: Findings) -> Any:
    """Return the sheet that has a column of phone numbers, else the first one with a value, None if there is none."""
    headings = {}
    for sheet in workbook.worksheets:
        first = next((row for row in map(_texts, _cells(sheet)) if any(cell.strip() for cell in row)), None)
        if first is not None:
            headings[sheet.title] = {simplify(cell) for cell in first}
    matching = [title for title, found in headings.items() if found & number_headings]
    if len(matching) > 1:
        shown = ", ".join(f"{title!r:.60}" for title in matching)
        errors.add(f"The file has several sheets with phone numbers: {shown}. Save each as a file of its own.")
        return None
    titles = matching or list(headings)
    if not titles:
        errors.add("The file has no header row.")
        return None
    return workbook[titles[0]]


def _cells(sheet: Any) -> Iterator[Sequence[Any]]:
    """Yield the rows of a sheet, whatever size it claims to have."""
    sheet.reset_dimensions()
    rows: Iterator[Sequence[Any]] = sheet.iter_rows(max_row=MAX_ROWS)
    for row in rows:
        count = len(row)
        while count and row[count - 1].value is None:
            count -= 1
        yield row[:count]


def _texts(row: Sequence[Any]) -> list[str]:
    return [_text(cell) for cell in row[: MAX_COLUMNS + 1]]


def _rows(rows: Iterator[Sequence[Any]], formulas: Iterator[Sequence[Any]] | None) -> Iterator[Row]:
    """Yield the rows that are not blank.

    Args:
        formulas: the same cells with formulas in place of their values, if there are any.
    """
    width = 0
    for line, row in enumerate(rows, 1):
        problem = _formula_problem(next(formulas, ()), row) if formulas else ""
        cells = without_empty_end(_texts(row), 0)
        if problem or any(cell.strip() for cell in cells):
            width = width or len(cells)
            yield Row(line, [], problem) if problem else _checked(Row(line, cells), width)
        if len(row) > MAX_COLUMNS:
            return


def _checked(row: Row, width: int) -> Row:
    """Return a row with as many cells as the header row, or with the reason why it has not."""
    if len(row.cells) > MAX_COLUMNS:
        return Row(row.line, [], f"more than {MAX_COLUMNS} columns. {WIDTH_ADVICE}")
    # A spreadsheet stores no empty cells at the end of a row.
    cells = [*row.cells, *[""] * (width - len(row.cells))]
    return fit(row._replace(cells=cells), width, width, WIDTH_ADVICE)


def _formula_problem(formulas: Sequence[Any], values: Sequence[Any]) -> str:
    """Return which formula of a row has no value, as a sentence, empty if all have one."""
    for index, cell in enumerate(formulas):
        if cell.data_type == "f" and (index >= len(values) or values[index].value is None):
            return (
                f"the formula in {cell.coordinate} has no value, because no spreadsheet program has calculated it yet."
                " Open the file in one and save it, or write the value itself."
            )
    return ""


def _text(cell: Any) -> str:
    """Return the text of a cell, as a `TypedCell` if the spreadsheet holds something else."""
    value = cell.value
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, bool):
        return _typed("TRUE" if value else "FALSE", "boolean")
    if isinstance(value, (datetime.date, datetime.time, datetime.timedelta)):
        return _typed(str(value), "date")
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return _typed(str(value), "number")


def _typed(text: str, kind: str) -> TypedCell:
    cell = TypedCell(text)
    cell.kind = kind
    return cell
