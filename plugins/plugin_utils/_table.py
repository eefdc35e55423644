# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Turns the rows of a file into entries of a fleet task, and collects every problem with its line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from typing import Any, NamedTuple, Optional

from ansible_collections.dasha.blackbox.plugins.module_utils._common.errors import InvalidOptionsError
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.entries import entry_fields
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.schema import Field
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.sip_phone_number import PHONE_NUMBER

from ._cell import ReadNumber, read_cell, trim
from ._findings import Findings

FIELDS = {name.replace("_", "").lower(): field for name, field in entry_fields(PHONE_NUMBER).items()}
COLUMNS = ", ".join(dict.fromkeys(field.option for field in FIELDS.values()))

Columns = list[Optional[Field]]


class Row(NamedTuple):
    """A row of a file.

    Attributes:
        line: where it starts, counted from 1.
        error: why it could not be split into cells, empty if it could.
    """

    line: int
    cells: list[str]
    error: str = ""


def read_table(rows: list[Row], read_number: ReadNumber, errors: Findings, warnings: Findings) -> list[dict[str, Any]]:
    """Return an entry for each row but the first, which holds the names of the columns.

    Args:
        rows: of the same width, unless they have an error.
        errors, warnings: take what is wrong, and what is doubtful; if there are errors, entries lack what is invalid.
    """
    if not rows:
        return []
    columns = _read_header(rows[0], errors)
    reader = _RowReader(columns, read_number, errors, warnings)
    return [reader.read(row) for row in rows[1:]] if any(columns) else []


def _read_header(header: Row, errors: Findings) -> Columns:
    """Return the field of each column, None for a column that is unknown or listed twice."""
    if header.error:
        errors.add(header.error, header.line)
        return []
    names = [trim(name)[0] for name in header.cells]
    fields = [FIELDS.get(re.sub(r"[\s_-]", "", name).lower()) for name in names]
    unknown = [f"{name!r:.60}" for name, field in zip(names, fields) if name and not field]
    if unknown:
        what = f"unknown column{'s' if len(unknown) > 1 else ''} {', '.join(unknown)}"
        errors.add(f"{what}. Valid columns: {COLUMNS}.", header.line)
    columns: Columns = []
    for index, field in enumerate(fields):
        if not names[index]:
            errors.add(f"column {index + 1} has no name.", header.line)
        if field and field in columns:
            errors.add(f"columns {columns.index(field) + 1} and {index + 1} are both {field.option}.", header.line)
        columns.append(None if field in columns else field)
    if not {"id", "phone_number"}.intersection(field.option for field in columns if field):
        errors.add("the column phone_number is missing. The first row holds the column names.", header.line)
    return columns


class _RowReader:
    """Turns rows into entries, and collects what is wrong with them."""

    def __init__(self, columns: Columns, read_number: ReadNumber, errors: Findings, warnings: Findings) -> None:
        self._columns = columns
        self._read_number = read_number
        self._errors = errors
        self._warnings = warnings
        self._numbers: dict[tuple[Any, ...], tuple[int, str]] = {}
        self._agents: dict[str, int] = {}

    def read(self, row: Row) -> dict[str, Any]:
        """Return the entry of a row; it may lack what is invalid."""
        if row.error:
            self._errors.add(row.error, row.line)
            return {}
        cells = {field.option: cell.strip() for field, cell in zip(self._columns, row.cells) if field}
        entry: dict[str, Any] = {}
        invalid = len(self._errors)
        for field, cell in zip(self._columns, row.cells):
            if field:
                self._read_cell(entry, field, cell, row.line)
        if len(self._errors) == invalid:
            for problem in self._contradictions(entry, cells, row.line):
                self._errors.add(problem, row.line, cells.get("phone_number", ""))
        return entry

    def _read_cell(self, entry: dict[str, Any], field: Field, cell: str, line: int) -> None:
        try:
            value = read_cell(field, cell, self._read_number, partial(self._warnings.add, line=line))
        except InvalidOptionsError as error:
            self._errors.add(str(error), line, cell)
            return
        if value is not None:
            entry[field.option] = value

    def _contradictions(self, entry: dict[str, Any], cells: dict[str, str], line: int) -> Iterator[str]:
        """Yield what is wrong with an entry as a whole, or together with those before it."""
        number, trunk, object_id = (entry.get(option) for option in ("phone_number", "trunk", "id"))
        if number is None and object_id is None:
            if "phone_number" in cells:
                yield "phone_number is missing."
            return
        if trunk and "credentials_id" in entry:
            yield "credentials_id and trunk are both set; use one of them."
        key = (object_id.lower(),) if object_id else (number, trunk or entry.get("credentials_id", "").lower())
        first, spelling = self._numbers.setdefault(key, (line, cells.get("phone_number", "")))
        if first != line:
            what = f"id {object_id}" if object_id else f"phone number {number}"
            also = f", there as {spelling!r}" if not object_id and spelling != cells["phone_number"] else ""
            yield f"the {what} is already in line {first}{also}."
        for agent in entry.get("outgoing_calls_agent_ids", ()) if entry.get("state") != "absent" else ():
            other = self._agents.setdefault(agent, line)
            if other != line:
                yield f"the agent {agent!r:.60} in outgoing_calls_agent_ids is already in line {other}."
