# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads a guide as its reader does: which of its code blocks are to be run, and how.

A comment right before a code block says what the block is. In reStructuredText it is `.. runnable: run`, in Markdown
`<!-- runnable: run -->`, with one of these words after the colon:

- `file NAME`: the block is what the file NAME holds.
- `play`: tasks, which run as a play on localhost.
- `run`, `fails`: shell commands; the last of them succeeds, or fails.
- `background`: a command that goes on running; the reader goes on as soon as it says that it is listening.
- `output`: lines that the last play or command printed, in this order; `...` stands for anything.

`.. not runnable: REASON` is for what no test can run.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from docutils import nodes
from docutils.core import publish_doctree
from markdown_it import MarkdownIt

MARKS = ("runnable", "not runnable")
# Nothing that a reader would run or copy.
SILENT_LANGUAGES = ("", "text", "diff")


class Step(NamedTuple):
    """One step of a guide.

    Attributes:
        kind: one of `MARKS`, empty for a code block without a mark.
        words: what the mark says after its colon.
        language: of the code block.
        text: what is in the code block, dedented.
    """

    kind: str
    words: str = ""
    language: str = ""
    text: str = ""


def read_guide(path: Path) -> list[Step]:
    """Return the steps of a guide in reStructuredText or Markdown."""
    read = _read_markdown if path.suffix == ".md" else _read_rst
    return list(_steps(read(path.read_text("utf-8"))))


def _steps(parts: Iterator[tuple[str | None, str]]) -> Iterator[Step]:
    """Join each comment (language None) with the code block that follows it."""
    mark = Step("")
    for language, text in parts:
        if language is None:
            kind, _colon, words = text.partition(":")
            mark = Step(kind.strip(), words.strip()) if kind.strip() in MARKS else mark
        else:
            yield mark._replace(language=language, text=textwrap.dedent(text).rstrip("\n") + "\n")
            mark = Step("")


def _read_rst(text: str) -> Iterator[tuple[str | None, str]]:
    # Roles and directives of Sphinx are unknown here and do not matter.
    settings = {"report_level": 5, "halt_level": 5, "file_insertion_enabled": False}
    for node in publish_doctree(text, settings_overrides=settings).findall():
        if isinstance(node, nodes.comment):
            yield None, node.astext()
        elif isinstance(node, nodes.literal_block) and "code" in node["classes"]:
            yield " ".join(set(node["classes"]) - {"code"}), node.astext()


def _read_markdown(text: str) -> Iterator[tuple[str | None, str]]:
    for token in MarkdownIt().parse(text):
        if token.type == "html_block" and token.content.lstrip().startswith("<!--"):
            yield None, token.content.strip().removeprefix("<!--").removesuffix("-->")
        elif token.type == "fence":
            yield token.info.strip(), token.content
