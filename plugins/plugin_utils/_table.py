# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Turns the rows of a file into entries of a fleet task, and collects every problem with its line."""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from ansible_collections.dasha.blackbox.plugins.module_utils._common.errors import InvalidOptionsError
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.entries import entry_fields
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.schema import Field
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.sip_phone_number import PHONE_NUMBER
from ansible_collections.dasha.blackbox.plugins.module_utils._running.labels import Labels

from ._cell import ReadNumber, TypedCell, plain_cells, read_cell, trim
from ._findings import Findings

FIELDS = {name.replace("_", "").lower(): field for name, field in entry_fields(PHONE_NUMBER).items()}
COLUMNS = ", ".join(dict.fromkeys(field.option for field in FIELDS.values()))
AGENT_LISTS = ("outgoing_calls_agent_ids", "outgoing_calls_agents")
# How many values of a column are kept to be recognized: trunks, agents and truth values repeat.
MAX_KNOWN = 1_000

ColumnNames = Mapping[str, "Field | None"]


class Row(NamedTuple):
    """A row of a file.

    Attributes:
        line: where it starts, counted from 1.
        error: why it could not be split into cells, empty if it could.
    """

    line: int
    cells: Sequence[str]
    error: str = ""


class Column(NamedTuple):
    """A column of a file.

    Attributes:
        heading: as it is in the file, empty if messages need not say it because it is the option.
        plain: what matches cells that are their own values, None if no cell is.
        known: values of cells that were read before.
    """

    field: Field
    heading: str
    plain: re.Pattern[str] | None
    known: dict[str, Any]


class Table(NamedTuple):
    """What a file contains.

    Attributes:
        entries: as plain values.
        lines: where each of them starts, counted from 1.
        headings: of the columns, by option.
    """

    entries: list[dict[str, Any]]
    lines: Sequence[int]
    headings: Mapping[str, str]


def read_column_names(columns: Any, label: str = "columns") -> ColumnNames:
    """Return the fields that the option `columns` gives to headings, None for columns that are ignored.

    Raises:
        InvalidOptionsError: it is no mapping of headings to options.
    """
    if not isinstance(columns, Mapping):
        raise InvalidOptionsError(f"{label} must be a mapping of headings to options, not {columns!r:.60}.")
    found: dict[str, Field | None] = {}
    for heading, option in columns.items():
        field = FIELDS.get(simplify(option)) if isinstance(option, str) else None
        if option is not None and field is None:
            raise InvalidOptionsError(
                f"{label} maps {heading!r:.60} to {option!r:.60}, which is not an option. The options are {COLUMNS};"
                " null ignores a column."
            )
        found[str(heading)] = field
    return found


def simplify(heading: str) -> str:
    """Return a heading without what people write differently."""
    return re.sub(r"[\s_-]", "", trim(heading)[0]).lower()


def read_table(
    rows: Iterable[Row],
    names: ColumnNames,
    read_number: ReadNumber,
    errors: Findings,
    warnings: Findings,
    *,
    labels: Labels,
) -> Table:
    """Return an entry for each row but the first, which holds the headings of the columns.

    Args:
        rows: of the same width, unless they have an error.
        names: what the option `columns` says about headings.
        errors, warnings: take what is wrong, and what is doubtful; if there are errors, entries lack what is invalid.
        labels: what messages call the options of the task.
    """
    table = Table([], array("L"), {})
    iterator = iter(rows)
    header = next(iterator, None)
    if header is None:
        return table
    columns = [
        column and column._replace(plain=plain_cells(column.field, read_number))
        for column in _read_header(header, names, errors, labels["columns"])
    ]
    if not any(columns):
        return table
    reader = _RowReader(columns, read_number, errors, warnings, labels)
    lines = array("L")
    for row in iterator:
        table.entries.append(reader.read(row))
        lines.append(row.line)
    headings = {column.field.option: column.heading for column in columns if column and column.heading}
    return table._replace(lines=lines, headings=headings)


def _read_header(header: Row, names: ColumnNames, errors: Findings, label: str) -> list[Column | None]:
    """Return the columns, None for one that is unknown, ignored or listed twice."""
    if header.error:
        errors.add(header.error, header.line)
        return []
    headings = [trim(name)[0] for name in header.cells]
    mapped = {simplify(name): field for name, field in names.items()}
    fields = [mapped.get(key, FIELDS.get(key)) for key in map(simplify, headings)]
    known = {*mapped, *FIELDS}
    unknown = [f"{heading!r:.60}" for heading in headings if heading and simplify(heading) not in known]
    if unknown:
        what = f"unknown column{'s' if len(unknown) > 1 else ''} {', '.join(unknown)}"
        advice = f"Set {label} to map headings to them, or to null to ignore a column."
        errors.add(f"{what}. Valid columns: {COLUMNS}. {advice}", header.line)
    present = set(map(simplify, headings))
    for name in (name for name, field in names.items() if field and simplify(name) not in present):
        errors.add(f"{label} has {name!r:.60}, which is not the heading of a column.", header.line)
    columns: list[Column | None] = []
    for index, (heading, field) in enumerate(zip(headings, fields)):
        if not heading:
            errors.add(f"column {index + 1} has no name.", header.line)
        first = next((each for each, column in enumerate(columns) if column and column.field == field), None)
        if first is not None and field:
            errors.add(f"columns {first + 1} and {index + 1} are both {field.option}.", header.line)
        is_said = field is None or FIELDS.get(simplify(heading)) == field
        columns.append(Column(field, "" if is_said else heading, None, {}) if field and first is None else None)
    if not {"id", "phone_number"}.intersection(column.field.option for column in columns if column):
        errors.add("the column phone_number is missing. The first row holds the column names.", header.line)
    return columns


class _RowReader:
    """Turns rows into entries, and collects what is wrong with them."""

    def __init__(
        self,
        columns: list[Column | None],
        read_number: ReadNumber,
        errors: Findings,
        warnings: Findings,
        labels: Labels,
    ) -> None:
        self._columns = columns
        self._read_number = read_number
        self._errors = errors
        self._warnings = warnings
        self._labels = labels
        self._lines: dict[Any, int] = {}
        self._spellings: dict[int, str] = {}
        self._agents: dict[tuple[str, str], int] = {}
        options = [column.field.option if column else "" for column in columns]
        self._number_column = options.index("phone_number") if "phone_number" in options else None

    def read(self, row: Row) -> dict[str, Any]:
        """Return the entry of a row; it may lack what is invalid."""
        if row.error:
            self._errors.add(row.error, row.line)
            return {}
        entry: dict[str, Any] = {}
        invalid = len(self._errors)
        for column, cell in zip(self._columns, row.cells):
            if column is None or not cell:
                continue
            # A number and a text of the same digits are equal, and may mean different things.
            is_text = not isinstance(cell, TypedCell)
            value = column.known.get(cell) if is_text else None
            if value is None:
                is_plain = column.plain and is_text and column.plain.fullmatch(cell)
                value = cell if is_plain else self._read_cell(column, cell, row.line)
                if is_plain and len(column.known) < MAX_KNOWN:
                    column.known[cell] = value
            if value is not None:
                entry[column.field.option] = value
        if len(self._errors) == invalid:
            spelling = "" if self._number_column is None else row.cells[self._number_column].strip()
            for problem in (*self._contradictions(entry, spelling, row.line), *self._shared_agents(entry, row.line)):
                self._errors.add(problem, row.line, spelling)
        return entry

    def _read_cell(self, column: Column, cell: str, line: int) -> Any:
        found = len(self._warnings)
        warn = partial(self._warnings.add, line=line, column=column.heading)
        try:
            value = read_cell(column.field, cell, self._read_number, warn, self._labels)
        except InvalidOptionsError as error:
            self._errors.add(str(error), line, cell, column=column.heading)
            return None
        # Lists are shared with nobody, and a cell of which is warned is read again each time.
        is_text = not isinstance(cell, TypedCell)
        if is_text and len(column.known) < MAX_KNOWN and not isinstance(value, list) and len(self._warnings) == found:
            column.known[cell] = value
        return value

    def _contradictions(self, entry: dict[str, Any], spelling: str, line: int) -> list[str]:
        """Return what is wrong with an entry as a whole, or together with those before it."""
        number, trunk, object_id = entry.get("phone_number"), entry.get("trunk"), entry.get("id")
        if number is None and object_id is None:
            return [] if self._number_column is None else ["phone_number is missing."]
        if trunk and "credentials_id" in entry:
            return ["credentials_id and trunk are both set; use one of them."]
        trunk = trunk or entry.get("credentials_id", "").lower()
        key = (object_id.lower(),) if object_id else (number, trunk) if trunk else number
        if spelling != number:
            self._spellings[line] = spelling
        first = self._lines.setdefault(key, line)
        if first == line:
            return []
        what = f"id {object_id}" if object_id else f"phone number {number}"
        written = self._spellings.get(first, number)
        also = f", there as {written!r}" if not object_id and written != spelling else ""
        return [f"the {what} is already in line {first}{also}."]

    def _shared_agents(self, entry: dict[str, Any], line: int) -> Iterator[str]:
        """Yield which agents that only one number can have are in an earlier line as well."""
        for option in AGENT_LISTS if entry.get("state") != "absent" else ():
            for agent in entry.get(option, ()):
                other = self._agents.setdefault((option, agent), line)
                if other != line:
                    yield f"the agent {agent!r:.60} in {option} is already in line {other}."
