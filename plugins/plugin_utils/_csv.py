# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Splits CSV text, as spreadsheets save it, into rows."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence

from ._findings import Findings
from ._table import Row

DELIMITERS = (",", ";", "\t", "|")
BYTE_ORDER_MARK = "\ufeff"
# The first line of a file that says how its cells are separated, for Excel: in quotes or not, the tab as such or as \t,
# and with further delimiters behind it if a program saved it as a row.
SEPARATOR_LINE = re.compile(r'("?)sep=(\\t|[^\s"]|\t)\1[,;|\s]*', re.IGNORECASE)
# What PowerShell writes in front of a table.
TYPE_LINE = re.compile(r'"?#TYPE \S+')
LINES = re.compile(r"[^\r\n]*(?:\r\n?|\n)|[^\r\n]+")
QUOTED = re.compile(r'"[^"]*"')


def read_csv(text: str, delimiter: str | None, errors: Findings) -> Iterator[Row]:
    """Yield the rows that are not blank, the header row first, each as wide as the header row unless it has an error.

    Args:
        delimiter: between cells; if None, the one that is most frequent in the header row.
        errors: takes what is wrong with the text as a whole.
    """
    if "\0" in text:
        errors.add("The text is UTF-16 or binary. Save the file as CSV UTF-8.")
        return
    text = text.removeprefix(BYTE_ORDER_MARK)
    separator, text = _take_first_line(text)
    delimiter = delimiter or separator or _find_delimiter(_first_line(text))
    rows = _split(_lines(text), delimiter)
    header = next(rows, None)
    if header is None:
        errors.add("The text has no header row.")
        return
    narrow = header._replace(cells=without_empty_end(header.cells, 0))
    yield narrow
    for row in rows:
        yield fit(row, len(narrow.cells), len(header.cells), f"Quote a cell that contains the delimiter {delimiter!r}.")


def _find_delimiter(header: str) -> str:
    """Return the delimiter that is most frequent in a header row; a comma is more often part of a heading."""
    unquoted = QUOTED.sub("", header)
    counts = {delimiter: unquoted.count(delimiter) for delimiter in DELIMITERS}
    others = {delimiter: count for delimiter, count in counts.items() if delimiter != ","}
    best = max(others, key=lambda delimiter: others[delimiter])
    return best if others[best] and others[best] >= counts[","] else ","


def _lines(text: str) -> Iterator[str]:
    """Yield the lines of a text with their ends. `io.StringIO` would hold it with four bytes for each character."""
    return (found[0] for found in LINES.finditer(text))


def _first_line(text: str) -> str:
    """Return the first line that is not blank, without its end."""
    return next((line.rstrip("\r\n") for line in _lines(text) if line.strip()), "")


def _take_first_line(text: str) -> tuple[str | None, str]:
    """Return the delimiter that the first line sets, and the text with that line blank, if it is not the header row."""
    first = _first_line(text)
    if TYPE_LINE.match(first):
        return None, text.replace(first, "", 1)
    found = SEPARATOR_LINE.fullmatch(first)
    if found is None:
        return None, text
    return found[2].replace("\\t", "\t"), text.replace(first, "", 1)


def _split(lines: Iterable[str], delimiter: str) -> Iterator[Row]:
    """Yield the rows that are not blank. A row that cannot be split does not hide those after it."""
    reader = csv.reader(lines, delimiter=delimiter, skipinitialspace=True, strict=True)
    while True:
        start = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Row(start, [], _explain(error, start, reader.line_num))
            continue
        if any(cell.strip() for cell in cells):
            yield Row(start, cells)


def _explain(error: csv.Error, first: int, last: int) -> str:
    if first == last and "field larger" in str(error):
        return f"a cell has more than {csv.field_size_limit():,} characters."
    what = "the quotes are misplaced"
    if first != last:
        what = f"a quoted cell goes on to line {last}, and is not closed properly"
    return f"{what}. A quoted cell ends with its closing quote; write a quote inside it twice."


def fit(row: Row, width: int, full_width: int, advice: str) -> Row:
    """Return a row with as many cells as the header row, or with the reason why it has not.

    Args:
        full_width: how many cells the header row has with the empty ones at its end.
        advice: for a row that has too many or too few.
    """
    if len(row.cells) == width and not row.error:
        return row
    # More cells than in the header row are a comma that should have been quoted, even if the last one is empty.
    cells = row.cells if len(row.cells) > full_width else without_empty_end(row.cells, width)
    if row.error or len(cells) == width:
        return row._replace(cells=cells)
    count = f"{len(cells)} cell{'' if len(cells) == 1 else 's'}"
    return row._replace(error=f"{count}, but the header row has {width}. {advice}")


def without_empty_end(cells: Sequence[str], minimum: int) -> Sequence[str]:
    """Return cells without the empty ones at the end, which spreadsheets add."""
    count = len(cells)
    while count > minimum and not cells[count - 1].strip():
        count -= 1
    return cells[:count]
