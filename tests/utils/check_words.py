# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check that documentation and messages use the words of Ansible and telephony: one term for one thing."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

CHECKOUT = Path(__file__).absolute().parents[2]
PROSE = (
    "README.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "changelogs/changelog.yaml",
    "docs/*.md",
    "docs/docsite/rst/*.rst",
    "examples/**/*.yml",
    "playbooks/**/*.yml",
    "roles/*/README.md",
    "roles/*/*/*.yml",
    "tests/emulator/README.md",
)
CODE = ("plugins/**/*.py", "extensions/**/*.py", "examples/*.py", "tests/emulator/*.py")


class Rule(NamedTuple):
    """A word that has a better one.

    Attributes:
        word: a regular expression, matched regardless of case.
        better: what to write instead.
        allowed: phrases in which the word is right.
    """

    word: str
    better: str
    allowed: str = ""


RULES = (
    Rule(
        r"answer(s|ed)?",
        "response, return",
        r"answers? (the phone|(\w+ )*calls)|calls (\w+ )*answered|Answers during office hours"
        "|Answered around the clock",
    ),
    Rule(r"tells?|told", "return, report", "told to stop"),
    Rule(r"gives?|gave", "return, report"),
    Rule(
        "where", "if, when", r"where (the|its) modules? runs?|where (it|they) runs?|where it is wrong|where to go next"
    ),
    Rule(r"what (is there|there is)", "the current or existing ..."),
    Rule(r"carr(y|ies|ied) out|mak(e|es) it so|made so", "apply"),
    Rule("named by", "identified by"),
    Rule(r"greatest|longest|least", "maximum, minimum", "at least"),
    Rule(r"le(ft|ave|aves|aving) out", "omit"),
    Rule(r"repeat(s|ed)?|(send|sent) again", "retry", "can be repeated"),
    Rule(r"time-outs?", "timeout"),
    Rule("no connection", "connection failed"),
    Rule("cannot be meant|not valid to mean", "invalid"),
    Rule(r"mend(s|ed|ing)?", "fix"),
    Rule(r"leaps?", "preview, then apply"),
    Rule("SIP provider", "carrier, or VoIP provider"),
    Rule(r"remarks?", "warning"),
    Rule("untouched", "left alone"),
    Rule(r"blanks", "whitespace"),
    Rule("by hand", "manually"),
    Rule(r"hangs? on", "belong to"),
    Rule("truth", "what is applied"),
    Rule(r"fore(see|sees|seen|saw)", "predict"),
    Rule("made-up", "placeholder"),
    Rule("affair", "depends on"),
    Rule("anew", "again"),
    Rule("all the same", "nevertheless, anyway"),
    Rule("comes? to be", "is, becomes"),
    Rule(r"tak(es?|en|ing) (\w+ )+off", "unlink, remove"),
    Rule("stands? between", "prevent"),
    Rule("something else", "say what it is"),
    Rule(r"responses? (incoming|outgoing|calls|the phone)", "answer"),
)


class Finding(NamedTuple):
    """A word in a file that has a better one."""

    path: Path
    line: int
    word: str
    better: str


def find_words(text: str) -> Iterator[tuple[int, str, str]]:
    """Return the position of each word in a text that has a better one, the word, and the better one."""
    for rule in RULES:
        allowed = [match.span() for match in re.finditer(_anywhere(rule.allowed), text)] if rule.allowed else []
        for match in re.finditer(rf"\b(?:{_anywhere(rule.word)})\b", text):
            if not any(start <= match.start() < end for start, end in allowed):
                yield match.start(), match.group(), rule.better


def texts_of_code(source: str) -> Iterator[tuple[int, str]]:
    """Return the first line of each string with more than one word, and the string, without docstrings."""
    nodes = list(ast.walk(ast.parse(source)))
    # A docstring is an expression of its own.
    docstrings = {node.value for node in nodes if isinstance(node, ast.Expr)}
    for node in nodes:
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str) or node in docstrings:
            continue
        if " " in node.value.strip():
            yield node.lineno, node.value


def find_all() -> Iterator[Finding]:
    """Return everything that has a better word."""
    for path in _files(PROSE):
        text = path.read_text("utf-8")
        for position, word, better in find_words(text):
            yield Finding(path, text.count("\n", 0, position) + 1, word, better)
    for path in _files(CODE):
        for line, text in texts_of_code(path.read_text("utf-8")):
            for position, word, better in find_words(text):
                yield Finding(path, line + text.count("\n", 0, position), word, better)


def main() -> int:
    findings = sorted(find_all())
    for path, line, word, better in findings:
        print(f"{path.relative_to(CHECKOUT)}:{line}: {' '.join(word.split())!r}; better: {better}")
    return 1 if findings else 0


def _anywhere(words: str) -> str:
    """Return a regular expression that finds words regardless of case, also across the end of a line."""
    return "(?i:" + words.replace(" ", r"\s+") + ")"


def _files(patterns: tuple[str, ...]) -> list[Path]:
    return sorted({path for pattern in patterns for path in CHECKOUT.glob(pattern)})


if __name__ == "__main__":
    sys.exit(main())
