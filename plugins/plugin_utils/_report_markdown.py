# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reports as Markdown, in the dialect of GitHub, which other forges and chats understand."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from ansible_collections.dasha.blackbox.plugins.plugin_utils._report import (
    CHANGE,
    DIFFERENCE,
    Cause,
    Report,
    Row,
    Section,
)

# Letters, digits and what is no markup in any position: no mention, no reference and no address without a scheme.
PLAIN = re.compile(r"(?:[^\W_]|[ ,'()/-]|[.:](?= |$))+")
EMPTY = "*empty*"


def to_markdown(report: Report) -> str:
    """Return a report as Markdown."""
    return "\n".join(_lines(report))


def _lines(report: Report) -> Iterator[str]:
    yield from (f"## {_plain(report.title)}", "", report.statement, "")
    if report.plan_id:
        yield from (f"Plan: {_code(report.plan_id)}", "")
    if report.message:
        yield from (_code(report.message), "")
    if report.counts:
        yield from (", ".join(f"{count:,} {label}" for label, count in report.counts), "")
    if report.warnings:
        yield from ("### Warnings", "", *(f"- {_code(warning)}" for warning in report.warnings), "")
    for section in report.sections:
        yield from _section(section)
    if report.causes:
        causes = [[cause.action, _code(cause.reason), _affected(cause)] for cause in report.causes]
        yield from _heading("Failed", report.failed)
        yield from _table(("action", "reason", "affected"), causes)
        yield from _more(report.omitted_causes)


def _section(section: Section) -> Iterator[str]:
    yield from _heading(section.heading, section.total)
    for note in section.notes:
        yield from (note, "")
    columns = (*section.columns, section.fields) if section.fields else section.columns
    rows = [[*map(_code, row.cells), _fields(section.shows, row)][: len(columns)] for row in section.rows]
    yield from _table(columns, rows)
    yield from _more(section.omitted)


def _heading(text: str, total: int) -> Iterator[str]:
    yield from (f"### {text} ({total:,})", "")


def _table(columns: Iterable[str], rows: list[list[str]]) -> Iterator[str]:
    head = f"| {' | '.join(columns)} |"
    yield from (head, "|" + "---|" * (head.count("|") - 1))
    for cells in rows:
        yield f"| {' | '.join(cells)} |"
    yield ""


def _more(omitted: int) -> Iterator[str]:
    if omitted:
        yield from (f"{omitted:,} more are not shown.", "")


def _affected(cause: Cause) -> str:
    others = f" and {cause.omitted:,} others" if cause.omitted else ""
    return f"{', '.join(map(_code, cause.affected))}{others}"


def _fields(shows: str, row: Row) -> str:
    return "<br>".join(f"{_plain(name)}: {_values(shows, old, new)}" for name, old, new in row.fields)


def _values(shows: str, old: str, new: str) -> str:
    # Words instead of an arrow: between two values in Hebrew or Arabic, an arrow would point the wrong way.
    if shows == CHANGE:
        return f"from {_code(old)} to {_code(new)}"
    return f"{_code(old)} instead of {_code(new)}" if shows == DIFFERENCE else _code(new or old)


def _plain(text: str) -> str:
    """Return a text that reads as part of a sentence, as it is if nothing in it can be markup."""
    return text if PLAIN.fullmatch(text) else _code(text)


def _code(text: str) -> str:
    """Return a text as a code span, in which nothing is markup: no HTML, no link, no mention.

    Only a pipe would end the cell of a table even there, and renderers disagree about backslashes before it. It stands
    between two code spans, as an entity.
    """
    if not text:
        return EMPTY
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", text)), default=0))
    return "&#124;".join(_span(part, fence) for part in text.split("|"))


def _span(text: str, fence: str) -> str:
    if not text:
        return ""
    # One space is removed from both ends, unless there are only spaces.
    pad = " " if text.strip(" ") and (text[0] in "` " or text[-1] in "` ") else ""
    return f"{fence}{pad}{text}{pad}{fence}"
