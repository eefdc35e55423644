# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Write entries and tables as files in which every program finds the same texts."""

from __future__ import annotations

import json
import re
import zipfile
import zlib
from collections.abc import Iterable, Mapping, Sequence
from io import BytesIO
from typing import Any

Rows = list[list[str]]

# What YAML allows only as an escape, beside what JSON escapes as well.
UNPRINTABLE = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
# Beside the delimiter, those that programs in other countries take for it.
QUOTED_CELL = re.compile(r'[",;\t\r\n]|^\s|\s$')
# What zipfile and openpyxl raise if a workbook is not what they expect.
UNREADABLE = (
    *(ArithmeticError, AttributeError, EOFError, LookupError, NotImplementedError, OSError, RuntimeError),
    *(SyntaxError, TypeError, ValueError, zipfile.BadZipFile, zlib.error),
)
TEXT_FORMAT = "@"
CELL_WIDTH = 24


def to_json(entries: Sequence[Mapping[str, Any]]) -> str:
    """Return JSON text, which is YAML as well."""
    return _escape(json.dumps(entries, ensure_ascii=False, indent=2)) + "\n"


def to_yaml(entries: Sequence[Mapping[str, Any]]) -> str:
    """Return YAML text in which every text is in quotes, so that no reader takes one for a number or a boolean.

    Args:
        entries: with values that are texts, numbers, booleans and lists of them.
    """
    lines = ["---"] if entries else ["--- []"]
    for entry in entries:
        members = [f"{option}: {_to_yaml_value(value)}" for option, value in entry.items()]
        lines.append("- " + "\n  ".join(members))
    return "\n".join(lines) + "\n"


def _to_yaml_value(value: Any) -> str:
    # The JSON of a value is YAML too, but not in ASCII: YAML takes the two escapes of a surrogate pair for two texts.
    return _escape(json.dumps(value, ensure_ascii=False))


def _escape(text: str) -> str:
    return UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def to_csv(rows: Iterable[Sequence[str]]) -> str:
    """Return CSV text with commas."""
    return "".join(",".join(map(_quote, row)) + "\n" for row in rows)


def _quote(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"' if QUOTED_CELL.search(cell) else cell


def to_xlsx(rows: Iterable[Sequence[str]]) -> bytes:
    """Return a workbook of text cells, whose first row stays visible.

    Raises:
        ImportError: there is no openpyxl.
    """
    from openpyxl import Workbook  # optional
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.utils import get_column_letter

    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.freeze_panes = "A2"
    for index, row in enumerate(rows):
        if not index:
            for column in range(len(row)):
                dimension = sheet.column_dimensions[get_column_letter(column + 1)]
                # What people enter later stays text as well.
                dimension.width, dimension.number_format = CELL_WIDTH, TEXT_FORMAT
        cells = [WriteOnlyCell(sheet, text or None) for text in row]
        for cell in cells:
            # Neither a formula nor an error, whatever it begins with.
            cell.number_format, cell.data_type = TEXT_FORMAT, "s" if cell.value else "n"
        sheet.append(cells)
    data = BytesIO()
    book.save(data)
    return data.getvalue()


def read_xlsx(data: bytes) -> Rows | None:
    """Return the cells of a workbook that has one sheet of text cells, None for anything else.

    Raises:
        ImportError: there is no openpyxl.
    """
    from openpyxl import load_workbook  # optional

    try:
        book = load_workbook(BytesIO(data), read_only=True)
        rows = [["" if value is None else value for value in row] for row in book.worksheets[0].values]
    except UNREADABLE:
        return None
    is_text = all(isinstance(cell, str) for row in rows for cell in row)
    return rows if is_text and len(book.worksheets) == 1 else None
