# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Makes text from a server safe to print."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

# C0, DEL and C1 controls, line separators, everything that changes the direction of text, and lone surrogates, which
# cannot be encoded.
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
MAX_NAMES = 20
_LINE_BREAKS = re.compile(r"[ \t]*[\t\r\n]+[ \t]*")


def visible_text(text: str) -> str:
    r"""Return `text` on one line, with control characters as escapes such as `\x1b`.

    A server could otherwise send escape sequences that rewrite what a terminal shows.
    """
    if text.isprintable():
        return text
    return _UNSAFE.sub(_escape, _LINE_BREAKS.sub(" ", text))


def shorten(text: str, limit: int) -> str:
    """Return `text` cut to at most `limit` characters, with an ellipsis if something is missing."""
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def name_some(
    objects: Sequence[Any], most: int, describe: Callable[[Any], str] = str, *, count_others: bool = False
) -> str:
    """Return the names of at most `most` objects for a message, and that there are others, or how many."""
    hidden = len(objects) - most
    others = f" and {f'{hidden} ' if count_others else ''}others" if hidden > 0 else ""
    return f"{', '.join(describe(each) for each in objects[:most])}{others}"


def name_nearest(name: str, existing: Iterable[str], kind: str) -> str:
    """Return the names that exist, those first that are most like a name that does not, as a sentence.

    Args:
        kind: of the objects, in the plural.
    """
    names = _by_likeness(name, tuple(existing))
    return f"The {kind} are: {name_some(names, MAX_NAMES)}." if names else f"There are no {kind} yet."


@functools.lru_cache(maxsize=64)  # thousands of entries may have the same mistake
def _by_likeness(name: str, existing: tuple[str, ...]) -> list[str]:
    from difflib import SequenceMatcher  # only needed for a mistake

    def likeness(other: str) -> tuple[float, str]:
        return -SequenceMatcher(None, name.casefold(), other.casefold()).ratio(), other

    return sorted(set(existing), key=likeness)


def _escape(match: re.Match[str]) -> str:
    return match.group().encode("unicode_escape").decode("ascii")
