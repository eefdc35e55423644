# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Turns lists of mappings, which YAML, JSON and JSON lines hold, into entries of a fleet task."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from ansible_collections.dasha.blackbox.plugins.module_utils._common.errors import InvalidOptionsError
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.schema import Field
from ansible_collections.dasha.blackbox.plugins.module_utils._running.labels import Labels

from ._cell import ReadNumber, read_number_cell
from ._findings import Findings
from ._number_cell import read_as_written
from ._table import COLUMNS, FIELDS, ColumnNames, Table, simplify

# Far more than an object of any API has; merge keys could otherwise make a large file of a small one.
MAX_KEYS = 500
A_LIST = "a list of phone numbers, or a mapping with one such list"
SCALARS = (str, int, float, bool, type(None))


class Record(NamedTuple):
    """One entry of a file.

    Attributes:
        line: where it starts, counted from 1; 0 if that is not known.
        place: where it is without a line, as the start of a message.
    """

    values: Mapping[str, Any]
    line: int
    place: str = ""


def read_records(
    records: Iterable[Record],
    names: ColumnNames,
    read_number: ReadNumber,
    errors: Findings,
    warnings: Findings,
    *,
    labels: Labels,
) -> Table:
    """Return an entry for each record; its values are as they are, except that phone numbers of a region are read.

    Args:
        names: what the option `columns` says about keys.
        errors, warnings: take what is wrong, and what is doubtful.
        labels: what messages call the options of the task.
    """
    reader = _RecordReader(names, read_number, errors, warnings, labels["columns"])
    entries: list[dict[str, Any]] = []
    lines = array("L")
    for record in records:
        entries.append(reader.read(record))
        lines.append(record.line)
    return Table(entries, lines, {})


class _RecordReader:
    """Turns records into entries, and collects what is wrong with them."""

    def __init__(
        self, names: ColumnNames, read_number: ReadNumber, errors: Findings, warnings: Findings, label: str
    ) -> None:
        self._mapped = {simplify(name): field for name, field in names.items()}
        self._read_number = read_number
        self._errors = errors
        self._warnings = warnings
        self._advice = f"Valid options: {COLUMNS}. Set {label} to map names to them, or to null to ignore a name."
        self._fields: dict[str, Field | None] = {}
        self._unknown: set[str] = set()

    def read(self, record: Record) -> dict[str, Any]:
        """Return the entry of a record; it may lack what is invalid."""
        entry: dict[str, Any] = {}
        for name, value in record.values.items():
            field = self._fields[name] if name in self._fields else self._find(name)
            if name in self._unknown:
                self._add(record, f"unknown option {name!r:.60}. {self._advice}", kind=f"unknown {name}")
            if field is None:
                continue
            if field.option in entry:
                self._add(record, f"{name!r:.60} is {field.option}, which the entry has already.")
            entry[field.option] = self._value(field, value, record)
        return entry

    def _find(self, name: str) -> Field | None:
        key = simplify(name)
        if key not in self._mapped and key not in FIELDS:
            self._unknown.add(name)
        self._fields[name] = field = self._mapped[key] if key in self._mapped else FIELDS.get(key)
        return field

    def _value(self, field: Field, value: Any, record: Record) -> Any:
        if not _is_plain(value):
            self._add(record, f"{field.option} must be a text, a number, true, false, null or a list of them.")
            return None
        if field.option != "phone_number" or not isinstance(value, str) or self._read_number is read_as_written:
            return value
        try:
            return read_number_cell(value, self._read_number, lambda text, **more: self._warn(record, text, **more))
        except InvalidOptionsError as error:
            self._add(record, str(error))
            return None

    def _add(self, record: Record, text: str, kind: str = "") -> None:
        self._errors.add(f"{record.place}{text}", record.line or None, kind=kind)

    def _warn(self, record: Record, text: str, **more: Any) -> None:
        self._warnings.add(f"{record.place}{text}", record.line or None, **more)


def _is_plain(value: Any) -> bool:
    """Whether a value is one that an option can have. A nested one may be of any size, if it uses aliases."""
    if isinstance(value, list):
        return all(isinstance(member, SCALARS) for member in value)
    return isinstance(value, SCALARS)
