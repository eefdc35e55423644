# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads phone numbers from CSV text as spreadsheets save it, and reports every problem with its line."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple, Optional

from ansible_collections.dasha.blackbox.plugins.module_utils._resources.desired import check_uuid, read_value
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.entries import STATES, convert, entry_fields
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.schema import Field
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.sip_phone_number import PHONE_NUMBER
from ansible_collections.dasha.blackbox.plugins.module_utils._transport.errors import InvalidOptionsError

DELIMITERS = (",", ";", "\t")
BYTE_ORDER_MARK = "\ufeff"
# The first line of a file that says how its cells are separated, for Excel.
SEPARATOR_LINE = re.compile(r"sep=(.)", re.IGNORECASE)
TEXT_FORMULA = re.compile(r'="(.*)"', re.DOTALL)
TEXT_MARK = re.compile(r"'(?=[-+=@(\d])")
SCIENTIFIC = re.compile(r"[-+]?\d+([.,]\d+)?E\+\d+", re.IGNORECASE)
DECIMAL = re.compile(r"\+?\d{5,}[.,]0+")
UNDECODED = re.compile("[\ud800-\udfff\ufffd]")
LIST_SEPARATORS = re.compile(r"[\s,;]+")
FREE_TEXTS = ("display_name", "description")
FIELDS = {name.replace("_", "").lower(): field for name, field in entry_fields(PHONE_NUMBER).items()}
COLUMNS = ", ".join(dict.fromkeys(field.option for field in FIELDS.values()))

Normalize = Callable[[str], str]
Columns = list[Optional[Field]]


class CsvErrors(Exception):
    """Everything that is wrong with the text.

    Attributes:
        errors: a sentence or two for each problem.
    """

    def __init__(self, errors: list[str]) -> None:
        super().__init__("\n".join(errors))
        self.errors = errors


class Row(NamedTuple):
    """A row that is not blank.

    Attributes:
        line: where it starts, counted from 1.
        error: why it could not be split into cells, empty if it could.
    """

    line: int
    cells: list[str]
    error: str = ""


def read_csv(text: str, delimiter: str | None = None, normalize: Normalize = str) -> list[dict[str, Any]]:
    """Return an entry for each row.

    Args:
        delimiter: between cells; if None, the one that is most frequent in the header row.
        normalize: returns a phone number in the format to use; raises ValueError, with a clause, if it is invalid.

    Raises:
        CsvErrors: anything is wrong with the text.
    """
    if "\0" in text:
        raise CsvErrors(["The text is UTF-16 or binary. Save the file as CSV UTF-8."])
    lines = list(io.StringIO(text.removeprefix(BYTE_ORDER_MARK), newline=""))
    separator = _take_separator_line(lines)
    delimiter = delimiter or separator or max(DELIMITERS, key=_first_line(lines).count)
    rows = _rows(lines, delimiter)
    header = next(rows, None)
    if header is None:
        raise CsvErrors(["The text has no header row."])
    errors: list[str] = []
    columns = _read_header(header, errors)
    reader = _RowReader(columns, len(header.cells), delimiter, normalize, errors)
    entries = [reader.read(row) for row in rows] if any(columns) else []
    if errors:
        raise CsvErrors(errors)
    return entries


def _first_line(lines: Iterable[str]) -> str:
    return next((line.strip() for line in lines if line.strip()), "")


def _take_separator_line(lines: list[str]) -> str | None:
    """Return the delimiter that the first line sets, if it does, and blank that line."""
    found = SEPARATOR_LINE.fullmatch(first := _first_line(lines))
    if found is None:
        return None
    index = next(index for index, line in enumerate(lines) if line.strip() == first)
    lines[index] = "\n"
    return found[1]


def _rows(lines: Iterable[str], delimiter: str) -> Iterator[Row]:
    """Yield the rows that are not blank. A row that cannot be split does not hide those after it."""
    reader = csv.reader(lines, delimiter=delimiter, skipinitialspace=True, strict=True)
    while True:
        start = reader.line_num + 1
        try:
            cells = [cell.strip() for cell in next(reader)]
        except StopIteration:
            return
        except csv.Error:
            yield Row(start, [], _explain_quotes(start, reader.line_num))
            continue
        if any(cells):
            yield Row(start, cells)


def _explain_quotes(first: int, last: int) -> str:
    what = "the quotes are misplaced"
    if first != last:
        what = f"a quoted cell goes on to line {last}, and is not closed properly"
    return f"{what}. A quoted cell ends with its closing quote; write a quote inside it twice."


def _read_header(header: Row, errors: list[str]) -> Columns:
    """Return the field of each column, None for a column that is unknown or listed twice."""
    if header.error:
        errors.append(f"line {header.line}: {header.error}")
        return []
    names = _without_empty_end(header.cells, 0)
    columns: Columns = []
    for index, name in enumerate(names):
        field = FIELDS.get(re.sub(r"[\s_-]", "", name).lower())
        problem = _column_problem(field, name, index, columns)
        if problem:
            errors.append(f"line {header.line}: {problem}")
        columns.append(None if problem else field)
    if not {"id", "phone_number"}.intersection(field.option for field in columns if field):
        errors.append(f"line {header.line}: the column phone_number is missing. The first row holds the column names.")
    return columns


def _column_problem(field: Field | None, name: str, index: int, columns: Columns) -> str | None:
    if not name:
        return f"column {index + 1} has no name."
    if field is None:
        return f"unknown column {name!r:.60}. Valid columns: {COLUMNS}."
    if field in columns:
        return f"columns {columns.index(field) + 1} and {index + 1} are both {field.option}."
    return None


def _without_empty_end(cells: list[str], minimum: int) -> list[str]:
    """Return cells without the empty ones at the end, which spreadsheets add."""
    count = len(cells)
    while count > minimum and not cells[count - 1]:
        count -= 1
    return cells[:count]


class _RowReader:
    """Turns rows into entries, and collects what is wrong with them.

    Args:
        width: how many cells the header row has, with the empty ones at its end.
        errors: takes what is wrong.
    """

    def __init__(self, columns: Columns, width: int, delimiter: str, normalize: Normalize, errors: list[str]) -> None:
        self._columns = columns
        self._width = width
        self._delimiter = delimiter
        self._normalize = normalize
        self._errors = errors
        self._numbers: dict[tuple[Any, ...], tuple[int, str]] = {}
        self._agents: dict[str, int] = {}

    def read(self, row: Row) -> dict[str, Any]:
        """Return the entry of a row; it may lack what is invalid."""
        # More cells than in the header row are a comma that should have been quoted, even if the last one is empty.
        cells = row.cells if len(row.cells) > self._width else _without_empty_end(row.cells, len(self._columns))
        problem = row.error or self._cells_problem(len(cells))
        if problem:
            self._errors.append(f"line {row.line}: {problem}")
            return {}
        texts = {field.option: cell for field, cell in zip(self._columns, cells) if field}
        entry: dict[str, Any] = {}
        invalid = len(self._errors)
        for field, cell in zip(self._columns, cells):
            if field:
                self._read_cell(entry, field, cell, row.line)
        if len(self._errors) == invalid:
            self._errors += [f"line {row.line}: {each}" for each in self._contradictions(entry, texts, row.line)]
        return entry

    def _cells_problem(self, count: int) -> str:
        if count == len(self._columns):
            return ""
        return (
            f"{count} {'cell' if count == 1 else 'cells'}, but the header row has {len(self._columns)}. Quote a cell"
            f" that contains the delimiter {self._delimiter!r}."
        )

    def _read_cell(self, entry: dict[str, Any], field: Field, cell: str, line: int) -> None:
        try:
            text = _unwrap(field, cell)
            if text:
                entry[field.option] = self._value(field, text, f"line {line}: {field.option}")
        except InvalidOptionsError as error:
            self._errors.append(str(error))

    def _value(self, field: Field, text: str, location: str) -> Any:
        if UNDECODED.search(text):
            raise InvalidOptionsError(f"{location} is {text!r:.60}, which is not UTF-8. Save the file as CSV UTF-8.")
        if field.option == "phone_number":
            text = self._number(text, location)
        if field.option == "id":
            return check_uuid(text, location)
        if field.option == "state" and text.lower() not in STATES:
            raise InvalidOptionsError(f"{location} must be present or absent, not {text!r:.60}.")
        if field.option == "state":
            return text.lower()
        value = LIST_SEPARATORS.split(text.strip(",;")) if field.type == "list" else convert(field, text, location)
        return read_value(field, value, location) if field in PHONE_NUMBER.settable else value

    def _number(self, text: str, location: str) -> str:
        if SCIENTIFIC.fullmatch(text):
            raise InvalidOptionsError(
                f"{location} is {text!r}: a spreadsheet saved the number in scientific notation, and digits of it are"
                " lost. Format the column as text, and enter the number again."
            )
        if DECIMAL.fullmatch(text):
            raise InvalidOptionsError(
                f"{location} is {text!r}: a program saved the number as a decimal number. Save the column as text."
            )
        try:
            return self._normalize(text)
        except ValueError as error:
            raise InvalidOptionsError(f"{location} is {text!r:.60}: {error}.") from error

    def _contradictions(self, entry: dict[str, Any], texts: dict[str, str], line: int) -> Iterator[str]:
        """Yield what is wrong with an entry as a whole, or together with those before it."""
        number, trunk, object_id = (entry.get(option) for option in ("phone_number", "trunk", "id"))
        if number is None and object_id is None:
            if "phone_number" in texts:
                yield "phone_number is missing."
            return
        if trunk and "credentials_id" in entry:
            yield "credentials_id and trunk are both set; use one of them."
        key = (object_id.lower(),) if object_id else (number, trunk or entry.get("credentials_id", "").lower())
        first, spelling = self._numbers.setdefault(key, (line, texts.get("phone_number", "")))
        if first != line:
            what = f"id {object_id}" if object_id else f"phone number {number}"
            also = f", there as {spelling!r}" if not object_id and spelling != texts["phone_number"] else ""
            yield f"the {what} is already in line {first}{also}."
        for agent in entry.get("outgoing_calls_agent_ids", ()) if entry.get("state") != "absent" else ():
            other = self._agents.setdefault(agent, line)
            if other != line:
                yield f"the agent {agent!r:.60} in outgoing_calls_agent_ids is already in line {other}."


def _unwrap(field: Field, cell: str) -> str:
    """Return the text of a cell without what keeps a spreadsheet from taking it for a number or a formula."""
    formula = TEXT_FORMULA.fullmatch(cell)
    text = formula[1].replace('""', '"').strip() if formula else cell
    # A name may start with an apostrophe.
    return text[1:] if field.option not in FREE_TEXTS and TEXT_MARK.match(text) else text
