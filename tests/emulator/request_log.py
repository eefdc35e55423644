# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The requests that the emulator received, with their responses."""

from __future__ import annotations

import json
import os
from collections import Counter, deque
from pathlib import Path
from typing import Any, TextIO

Entry = dict[str, Any]

KEPT = 100_000


class RequestLog:
    """The requests to the API, in order of arrival: the latest 100,000, and as many violations.

    Args:
        file: gets a line of JSON for each request.
    """

    def __init__(self, file: Path | None = None) -> None:
        self._file = _private(file) if file else None
        self.clear()

    def clear(self) -> None:
        """Clear all entries and violations."""
        self._entries: deque[Entry] = deque(maxlen=KEPT)
        self._violations: deque[dict[str, Any]] = deque(maxlen=KEPT)
        self._open: dict[int, Entry] = {}
        self._count = 0

    @property
    def entries(self) -> list[Entry]:
        """The requests."""
        return list(self._entries)

    @property
    def violations(self) -> list[dict[str, Any]]:
        """The requests and responses that violated the contract."""
        return list(self._violations)

    def begin(self, entry: Entry) -> None:
        """Add a request on arrival."""
        self._count += 1
        self._open[id(entry)] = entry
        entry["n"] = self._count
        entry["in_flight"] = len(self._open)
        self._entries.append(entry)

    def end(self, entry: Entry, status: int | None) -> None:
        """Complete an entry with the status of its response, None if there is none."""
        self._open.pop(id(entry), None)
        entry["status"] = status
        if self._file:
            self._file.write(json.dumps(entry) + "\n")
            self._file.flush()

    def add_violation(self, what: str, entry: Entry, errors: Any) -> None:
        """Add a violation: of the contract by a request or a response, or a fault rule that could not be applied."""
        location = {name: entry[name] for name in ("n", "method", "path")}
        self._violations.append({"what": what, **location, "errors": errors})

    def stats(self) -> dict[str, Any]:
        """Return statistics."""
        return {
            "requests": len(self._entries),
            "connections": len({entry["connection"] for entry in self._entries}),
            "max_in_flight": max((entry["in_flight"] for entry in self._entries), default=0),
            "by_method": Counter(entry["method"] for entry in self._entries),
            "by_status": Counter(str(entry["status"]) for entry in self._entries),
        }


def _private(file: Path) -> TextIO:
    """Open a file to append to. It holds keys, so a new one is readable for its owner only."""
    return open(file, "a", encoding="utf-8", opener=lambda path, flags: os.open(path, flags, 0o600))
