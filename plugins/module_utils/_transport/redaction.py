# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets never leave through a result, a message or a warning, whole or cut."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

MASK = "********"
MAX_UNMASKED_RUN = 7
MIN_FRAGMENT = 6


class Redactor:
    """Strings to keep out of everything that leaves the module.

    A run of characters is taken for a piece of a secret when it is at least half as long as the secret, or longer
    than seven characters; runs shorter than six are common words more often than leaks.
    """

    def __init__(self, secrets: Iterable[str | None] = ()) -> None:
        self._pieces: dict[int, set[str]] = {}
        self._prefilter: set[str] = set()
        for secret in secrets:
            if secret:
                self.add(secret)

    def add(self, secret: str) -> None:
        """Keep `secret`, and every telling piece of it, out of what is cleaned from now on."""
        size = min(len(secret), MAX_UNMASKED_RUN + 1, max(MIN_FRAGMENT, len(secret) // 2))
        pieces = {secret[start : start + size] for start in range(len(secret) - size + 1)}
        self._pieces.setdefault(size, set()).update(pieces)
        # Every piece holds one of the probes, which lie half a piece apart: most texts need no closer look.
        step = max(1, size // 2)
        width = size - step + 1
        self._prefilter.update(secret[start : start + width] for start in range(0, len(secret) - width + 1, step))

    def redact(self, value: Any, names: frozenset[str] = frozenset()) -> Any:
        """Return a copy of `value` (JSON types) without secrets; dict keys listed in `names` stay as they are."""
        if isinstance(value, str):
            return self._redact_text(value)
        if isinstance(value, dict):
            return {
                key if key in names else self.redact(key): self.redact(member, names) for key, member in value.items()
            }
        if isinstance(value, (list, tuple)):
            return [self.redact(member, names) for member in value]
        return value

    def _redact_text(self, text: str) -> str:
        if not any(probe in text for probe in self._prefilter):
            return text
        leaks = [False] * len(text)
        for size, pieces in self._pieces.items():
            for start in range(len(text) - size + 1):
                if text[start : start + size] in pieces:
                    leaks[start : start + size] = [True] * size
        return _mask(text, leaks)


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
