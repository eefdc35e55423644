# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Splits CSV text, as spreadsheets save it, into rows."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator

from ._findings import Findings
from ._table import Row

DELIMITERS = (",", ";", "\t")
BYTE_ORDER_MARK = "\ufeff"
# The first line of a file that says how its cells are separated, for Excel.
SEPARATOR_LINE = re.compile(r"sep=(.)", re.IGNORECASE)


def read_csv(text: str, delimiter: str | None, errors: Findings) -> list[Row]:
    """Return the rows that are not blank, the header row first, each as wide as the header row unless it has an error.

    Args:
        delimiter: between cells; if None, the one that is most frequent in the header row.
        errors: takes what is wrong with the text as a whole.
    """
    if "\0" in text:
        errors.add("The text is UTF-16 or binary. Save the file as CSV UTF-8.")
        return []
    lines = list(io.StringIO(text.removeprefix(BYTE_ORDER_MARK), newline=""))
    separator = _take_separator_line(lines)
    delimiter = delimiter or separator or max(DELIMITERS, key=_first_line(lines).count)
    rows = _split(lines, delimiter)
    header = next(rows, None)
    if header is None:
        errors.add("The text has no header row.")
        return []
    narrow = header._replace(cells=_without_empty_end(header.cells, 0))
    return [narrow, *(_fit(row, len(narrow.cells), len(header.cells), delimiter) for row in rows)]


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


def _split(lines: Iterable[str], delimiter: str) -> Iterator[Row]:
    """Yield the rows that are not blank. A row that cannot be split does not hide those after it."""
    reader = csv.reader(lines, delimiter=delimiter, skipinitialspace=True, strict=True)
    while True:
        start = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield Row(start, [], _explain_quotes(start, reader.line_num))
            continue
        if any(cell.strip() for cell in cells):
            yield Row(start, cells)


def _explain_quotes(first: int, last: int) -> str:
    what = "the quotes are misplaced"
    if first != last:
        what = f"a quoted cell goes on to line {last}, and is not closed properly"
    return f"{what}. A quoted cell ends with its closing quote; write a quote inside it twice."


def _fit(row: Row, width: int, full_width: int, delimiter: str) -> Row:
    """Return a row with as many cells as the header row, or with the reason why it has not.

    Args:
        full_width: how many cells the header row has with the empty ones at its end.
    """
    # More cells than in the header row are a comma that should have been quoted, even if the last one is empty.
    cells = row.cells if len(row.cells) > full_width else _without_empty_end(row.cells, width)
    if row.error or len(cells) == width:
        return row._replace(cells=cells)
    count = f"{len(cells)} cell{'' if len(cells) == 1 else 's'}"
    advice = f"Quote a cell that contains the delimiter {delimiter!r}."
    return row._replace(error=f"{count}, but the header row has {width}. {advice}")


def _without_empty_end(cells: list[str], minimum: int) -> list[str]:
    """Return cells without the empty ones at the end, which spreadsheets add."""
    count = len(cells)
    while count > minimum and not cells[count - 1].strip():
        count -= 1
    return cells[:count]
