# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Keep secrets, whole or cut, out of results, messages and warnings, and leave data that the API returned intact."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import Any

MASK = "********"
MAX_UNMASKED_RUN = 7
MIN_FRAGMENT = 6


class FreeText(str):
    """Text that may quote anything: messages, error details, fields that the API does not document.

    `Redactor.redact_result` redacts it. Other strings of a result are structured data (ids, servers, user names,
    display names): they stay as they are, for a short password is part of many of them.
    """

    __slots__ = ()


class Redactor:
    """Removes secrets from text.

    A run of characters counts as a piece of a secret if it is at least half as long as the secret, or longer
    than seven characters; runs shorter than six are common words more often than leaks.
    """

    def __init__(self, secrets: Iterable[str | None] = ()) -> None:
        # Threads that read objects add their secrets while others redact errors.
        self._lock = threading.Lock()
        self._pieces: dict[int, set[str]] = {}
        self._prefilter: dict[int, set[str]] = {}
        for secret in secrets:
            if secret:
                self.add(secret)

    def add(self, secret: str) -> None:
        """Redact `secret`, and every piece of it that would give it away, from now on."""
        size = min(len(secret), MAX_UNMASKED_RUN + 1, max(MIN_FRAGMENT, len(secret) // 2))
        pieces = {secret[start : start + size] for start in range(len(secret) - size + 1)}
        # Every piece contains one of these, which lie half a piece apart: most texts need no closer look.
        step = max(1, size // 2)
        width = size - step + 1
        probes = {secret[start : start + width] for start in range(0, len(secret) - width + 1, step)}
        with self._lock:
            self._pieces.setdefault(size, set()).update(pieces)
            self._prefilter.setdefault(width, set()).update(probes)

    def redact(self, text: str) -> str:
        """Return a text without secrets."""
        with self._lock:
            if not any(_contains(text, width, probes) for width, probes in self._prefilter.items()):
                return str(text)
            leaks = [False] * len(text)
            for size, pieces in self._pieces.items():
                for start in range(len(text) - size + 1):
                    if text[start : start + size] in pieces:
                        leaks[start : start + size] = [True] * size
        return _mask(text, leaks)

    def redact_result(self, value: Any) -> Any:
        """Return a copy of a result (JSON types) in which every `FreeText` is a redacted plain string."""
        if isinstance(value, FreeText):
            return self.redact(value)
        if isinstance(value, dict):
            return {
                self.redact(key) if isinstance(key, FreeText) else key: self.redact_result(member)
                for key, member in value.items()
            }
        if isinstance(value, (list, tuple)):
            return [self.redact_result(member) for member in value]
        return value


def _contains(text: str, width: int, probes: set[str]) -> bool:
    """Whether a text contains one of many strings of the same length."""
    if len(probes) < len(text):
        return any(probe in text for probe in probes)
    return any(text[start : start + width] in probes for start in range(len(text) - width + 1))


def _mask(text: str, leaks: list[bool]) -> str:
    parts: list[str] = []
    masked = False
    for char, leak in zip(text, leaks):
        if not leak:
            parts.append(char)
        elif not masked:
            parts.append(MASK)
        masked = leak
    return "".join(parts)
