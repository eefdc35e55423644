# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Errors that end a task before a request is sent, or that have nothing to do with one."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Iterator, Sequence

MAX_PROBLEMS = 20
# What differs between two problems of the same kind.
DETAIL = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|\d+")
# An entry of a list, or a line of a file, as the beginning of a message.
PLACE = re.compile(r"(?:(?P<file>.+?) line (?P<line>\d+)|[\w.\[\]]*\[\d+\])(?=[\s.,:])")
FURTHER_PLACE = re.compile(r"\[\d+\]| line \d+")


class Interrupted(BaseException):
    """The run was told to stop. Like KeyboardInterrupt, it is not an error that code may handle and go on."""


class BlackboxError(Exception):
    """Base of every error that ends a task."""


class InvalidOptionsError(BlackboxError):
    """The options of the task are invalid; nothing was sent because of it.

    Args:
        heading: a line in front of messages that are shown as they are. Without one, messages of the same kind are
            shown as one.

    Attributes:
        messages: what is wrong, each in sentences of its own.
        kinds: one message for each kind of problem.
        lines: what a person reads: the same, with a heading if there are several.
    """

    def __init__(self, *messages: str, heading: str = "") -> None:
        self.messages = messages
        self.kinds = list(messages) if heading else _by_kind(messages)
        heading = heading or (f"{len(messages):,} errors:" if len(self.kinds) > 1 else "")
        self.lines = [heading, *self.kinds] if heading else self.kinds
        super().__init__("\n".join(self.lines))


class Problems:
    """Collects what is wrong with options, so that a user learns all of it at once."""

    def __init__(self) -> None:
        self._messages: list[str] = []

    @contextlib.contextmanager
    def collect(self) -> Iterator[None]:
        """Note an `InvalidOptionsError` that the context raises, and go on."""
        try:
            yield
        except InvalidOptionsError as error:
            self._messages.extend(error.messages)

    def extend(self, messages: Iterable[str]) -> None:
        """Note what is wrong, in sentences."""
        self._messages.extend(messages)

    @property
    def messages(self) -> list[str]:
        """Return what was collected."""
        return list(dict.fromkeys(self._messages))

    def raise_if_any(self) -> None:
        """Raise InvalidOptionsError with everything that was collected."""
        found = self.messages
        if found:
            raise InvalidOptionsError(*found)


def kind_of(text: str) -> str:
    """Return a text without what differs between two problems of the same kind: numbers, and what is in quotes."""
    return DETAIL.sub("", text)


def _by_kind(messages: Sequence[str]) -> list[str]:
    """Return a message for each kind of problem, with the places of all that have it."""
    kinds: dict[str, list[tuple[re.Match[str] | None, str]]] = {}
    for message in messages:
        place = PLACE.match(message)
        rest = message[place.end() :] if place else ""
        # One that is about two places belongs to none of them alone.
        is_alone = place is None or FURTHER_PLACE.search(rest)
        kinds.setdefault(message if is_alone else kind_of(rest), []).append((place, message))
    shown = [_with_places(found) for found in list(kinds.values())[:MAX_PROBLEMS]]
    hidden = sum(map(len, list(kinds.values())[MAX_PROBLEMS:]))
    return [*shown, f"And {hidden:,} more."] if hidden else shown


def _with_places(found: Sequence[tuple[re.Match[str] | None, str]]) -> str:
    """Return the first of some problems of the same kind, and where the others are."""
    (first, text), *others = found
    if not others or first is None:
        return text
    in_file = first["file"] is not None and all(place and place["file"] == first["file"] for place, _text in others)
    places = []
    for place, other in others[:MAX_PROBLEMS]:
        where = place["line"] if in_file and place else other.split(" ", 1)[0].rstrip(":,.")
        detail = _first_quoted(other)
        places.append(f"{where} ({detail})" if detail and detail != _first_quoted(text) else where)
    more = f" and {len(others) - MAX_PROBLEMS:,} more" if len(others) > MAX_PROBLEMS else ""
    return f"{text} The same in {'line ' if in_file else ''}{', '.join(places)}{more}."


def _first_quoted(text: str) -> str:
    return next((found[0] for found in DETAIL.finditer(text) if not found[0].isdigit()), "")
