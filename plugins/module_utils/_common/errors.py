# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Errors that end a task before a request is sent, or that have nothing to do with one."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator

MAX_PROBLEMS = 20


class Interrupted(BaseException):
    """The run was told to stop. Like KeyboardInterrupt, it is not an error that code may handle and go on."""


class BlackboxError(Exception):
    """Base of every error that ends a task."""


class InvalidOptionsError(BlackboxError):
    """The options of the task are invalid; nothing was sent because of it.

    Attributes:
        messages: what is wrong, in sentences, each on a line of its own.
    """

    def __init__(self, *messages: str) -> None:
        super().__init__("\n".join(messages))
        self.messages = messages


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

    def raise_if_any(self) -> None:
        """Raise InvalidOptionsError with everything that was collected."""
        found = list(dict.fromkeys(self._messages))
        if not found:
            return
        hidden = len(found) - MAX_PROBLEMS
        more = [f"And {hidden:,} more."] if hidden > 0 else []
        heading = [f"{len(found):,} errors:"] if len(found) > 1 else []
        raise InvalidOptionsError(*heading, *found[:MAX_PROBLEMS], *more)
