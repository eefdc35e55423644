# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Collects what there is to say about a file, so that a thousand lines with one problem become one sentence."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from ansible_collections.dasha.blackbox.plugins.module_utils._common.errors import MAX_PROBLEMS as MAX_SHOWN
from ansible_collections.dasha.blackbox.plugins.module_utils._common.errors import kind_of


class Finding(NamedTuple):
    """One thing to say.

    Attributes:
        text: one or two sentences.
        line: what it is about, counted from 1, None if it is about the file.
        cell: the text in the file.
        column: its heading, empty if the text says it.
    """

    text: str
    line: int | None
    cell: str
    column: str

    def __str__(self) -> str:
        if self.line is None:
            return self.text
        return f"line {self.line}{f', column {self.column}' if self.column else ''}: {self.text}"


class Findings:
    """Errors, or warnings, in the order in which they were found."""

    def __init__(self) -> None:
        self._by_kind: dict[str, list[Finding]] = {}
        self._counts: Counter[str] = Counter()
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def add(self, text: str, line: int | None = None, cell: str = "", kind: str = "", column: str = "") -> None:
        """Add a finding.

        Args:
            kind: what it has in common with others, of which only the first is shown in full; if empty, the text
                without numbers and what is in quotes.
        """
        kind = kind or kind_of(f"{text}{column}")
        self._counts[kind] += 1
        self._count += 1
        shown = self._by_kind.setdefault(kind, [])
        if len(shown) < MAX_SHOWN:
            shown.append(Finding(text, line, cell, column))

    def messages(self) -> list[str]:
        """Return a message for each kind, the last of them with the number of those that are not shown."""
        kinds = list(self._by_kind)
        shown = [_describe(self._by_kind[kind], self._counts[kind]) for kind in kinds[:MAX_SHOWN]]
        hidden = sum(self._counts[kind] for kind in kinds[MAX_SHOWN:])
        return [*shown, f"And {hidden:,} more."] if hidden else shown


def _describe(findings: list[Finding], count: int) -> str:
    first, *others = findings
    if not others:
        return str(first)
    places = [f"{each.line} ({each.cell!r:.40})" if each.cell else str(each.line) for each in others]
    more = count - len(findings)
    return f"{first} The same in line {', '.join(places)}{f' and {more:,} more' if more else ''}."
