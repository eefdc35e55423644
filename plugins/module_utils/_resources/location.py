# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where a task asks something, for messages: in one of its options, or in a line of a file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any


class FileLine(str):
    """A line of a file, as the location of an entry.

    Attributes:
        headings: of the columns, by option; None if the file is no table.
    """

    __slots__ = ("headings",)

    headings: Mapping[str, str] | None

    def option(self, name: str) -> str:
        """Return where an option of the entry is."""
        return f"{self}, {name}" if self.headings is None else f"{self}, column {self.headings.get(name, name)}"


def option_at(location: str, name: str) -> str:
    """Return an option of an entry for messages; its name alone if the location is empty."""
    if isinstance(location, FileLine):
        return location.option(name)
    return f"{location}.{name}" if location else name


def number_list(entries: Sequence[Any], location: str) -> Iterator[tuple[str, Any]]:
    """Yield entries with their locations in a list, counted from 0."""
    return ((f"{location}[{index}]", entry) for index, entry in enumerate(entries))


def number_lines(
    entries: list[Any], path: str, lines: Sequence[int], headings: Mapping[str, str] | None
) -> Iterator[tuple[str, Any]]:
    """Yield entries with their locations in a file, and take them out of their list.

    Args:
        lines: on which the entries start, counted from 1.
        headings: as in `FileLine`.
    """
    for index, line in enumerate(lines):
        location = FileLine(f"{path} line {line}")
        location.headings = headings
        yield location, entries[index]
        # A million entries take 400 MB, and what is made of them takes more.
        entries[index] = None
