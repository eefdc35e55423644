# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Collects what there is to say about a file, so that a thousand lines with one problem become one sentence."""

from __future__ import annotations

import re
from typing import NamedTuple

MAX_SHOWN = 20
# What differs between two problems of the same kind.
DETAILS = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|\d+")


class Finding(NamedTuple):
    """One thing to say.

    Attributes:
        text: one or two sentences.
        line: what it is about, counted from 1, None if it is about the file.
        cell: the text in the file.
    """

    text: str
    line: int | None
    cell: str


class Findings:
    """Errors, or warnings, in the order in which they were found."""

    def __init__(self) -> None:
        self._by_kind: dict[str, list[Finding]] = {}

    def __len__(self) -> int:
        return sum(map(len, self._by_kind.values()))

    def add(self, text: str, line: int | None = None, cell: str = "", kind: str = "") -> None:
        """Add a finding.

        Args:
            kind: what it has in common with others, of which only the first is shown in full; if empty, the text
                without numbers and what is in quotes.
        """
        self._by_kind.setdefault(kind or DETAILS.sub("", text), []).append(Finding(text, line, cell))

    def messages(self) -> list[str]:
        """Return a message for each kind, the last of them with the number of those that are not shown."""
        shown = [_describe(findings) for findings in list(self._by_kind.values())[:MAX_SHOWN]]
        hidden = sum(map(len, list(self._by_kind.values())[MAX_SHOWN:]))
        return [*shown, f"And {hidden} more."] if hidden else shown


def _describe(findings: list[Finding]) -> str:
    first, *others = findings
    text = first.text if first.line is None else f"line {first.line}: {first.text}"
    if not others:
        return text
    places = [f"{each.line} ({each.cell!r:.40})" if each.cell else str(each.line) for each in others[: MAX_SHOWN - 1]]
    more = len(others) - len(places)
    return f"{text} The same in line {', '.join(places)}{f' and {more} more' if more else ''}."
