# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads the phone numbers of a file in any format that they come in."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from typing import Any

from ansible_collections.dasha.blackbox.plugins.module_utils._common.errors import InvalidOptionsError
from ansible_collections.dasha.blackbox.plugins.module_utils._operations._numbers_file import FILE
from ansible_collections.dasha.blackbox.plugins.module_utils._running.labels import Labels

from ._cell import ReadNumber
from ._csv import read_csv
from ._e164 import load_number_reader
from ._findings import Findings
from ._json import read_json, read_json_lines
from ._number_cell import read_as_written
from ._records import read_records
from ._table import ColumnNames, Table, read_column_names, read_table, simplify
from ._text_of_file import decode
from ._xlsx import read_xlsx
from ._yaml import read_yaml

TABLES = (".csv", ".tsv", ".txt")
RECORDS = {".yml": read_yaml, ".yaml": read_yaml, ".json": read_json, ".jsonl": read_json_lines}
WORKBOOKS = (".xlsx", ".xlsm")
FORMATS = (*TABLES, *WORKBOOKS, *RECORDS)


def read_numbers(
    path: str,
    data: bytes,
    names: ColumnNames | None = None,
    read_number: ReadNumber = read_as_written,
    labels: Labels | None = None,
) -> dict[str, Any]:
    """Return the entries of a file as `phone_numbers_file` takes them.

    Args:
        path: as the task names it; its extension says what the format is.
        names: what the option `columns` says about headings.
        read_number: as for `read_cell`.
        labels: what messages call the options, None for their own names.

    Raises:
        InvalidOptionsError: anything is wrong with the file, or a library is missing.
    """
    errors, warnings = Findings(), Findings()
    table = _read(path, data, names or {}, (read_number, errors, warnings), labels or Labels())
    if errors:
        count = f"{len(errors):,} error{'' if len(errors) == 1 else 's'}"
        raise InvalidOptionsError(*errors.messages(), heading=f"{path} has {count}:")
    return {
        "path": path,
        "entries": table.entries,
        "lines": list(table.lines) if any(table.lines) else None,
        "headings": None if _extension(path) in RECORDS else table.headings,
        "warnings": [f"In {path}, {message}" for message in warnings.messages()],
    }


def _read(path: str, data: bytes, names: ColumnNames, settings: Any, labels: Labels) -> Table:
    _read_number, errors, warnings = settings
    extension = _extension(path)
    if extension in WORKBOOKS:
        return read_table(read_xlsx(data, _number_headings(names), errors), names, *settings, labels=labels)
    text = decode(data, errors, warnings)
    if errors:
        return Table([], [], {})
    if not text.strip():
        errors.add("The file is empty.")
        return Table([], [], {})
    if extension in RECORDS:
        return read_records(RECORDS[extension](text, errors), names, *settings, labels=labels)
    return read_table(read_csv(text, None, errors), names, *settings, labels=labels)


def prepare_reading(path: str, columns: Any, region: Any, labels: Labels) -> Callable[[bytes], dict[str, Any]]:
    """Return what reads the entries from the content of a file; see `read_numbers`.

    Args:
        path: as the task names it.
        columns, region: as the task sets them, None if it does not.
        labels: what messages call the options.

    Raises:
        InvalidOptionsError: the format or the columns are invalid.
        AnsibleFilterError: the region is invalid, or its library is missing.
    """
    check_format(path, labels[FILE])
    names = read_column_names(columns or {}, labels["columns"])
    read_number = load_number_reader(region, labels["region"])
    return partial(read_numbers, path, names=names, read_number=read_number, labels=labels)


def check_format(path: str, label: str) -> None:
    """Raise InvalidOptionsError if the extension of a file is none that can be read."""
    if _extension(path) not in FORMATS:
        raise InvalidOptionsError(
            f"{label} is {path!r:.200}. Its extension must say its format, and be one of {', '.join(FORMATS)}."
        )


def _extension(path: str) -> str:
    return os.path.splitext(path)[1].lower()


def _number_headings(names: ColumnNames) -> set[str]:
    """Return what the column of the phone numbers may be called."""
    mapped = {simplify(name): field for name, field in names.items()}
    own = {name for name, field in mapped.items() if field and field.option == "phone_number"}
    return own | ({"phonenumber"} - mapped.keys())
