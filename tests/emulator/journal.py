# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the emulator received and answered."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

Entry = dict[str, Any]


class Journal:
    """Every request to the API, in order of arrival.

    Args:
        file: gets a line of JSON for each request as well.
    """

    def __init__(self, file: Path | None = None) -> None:
        self._file = file.open("a", encoding="utf-8") if file else None
        self.clear()

    def clear(self) -> None:
        """Forget everything."""
        self.entries: list[Entry] = []
        self.violations: list[dict[str, Any]] = []
        self._in_flight = 0

    def begin(self, entry: Entry) -> None:
        """Note a request that has arrived."""
        self._in_flight += 1
        entry["n"] = len(self.entries) + 1
        entry["in_flight"] = self._in_flight
        self.entries.append(entry)

    def end(self, entry: Entry, status: int | None) -> None:
        """Note how it was answered; None where it was not."""
        self._in_flight = max(0, self._in_flight - 1)
        entry["status"] = status
        if self._file:
            self._file.write(json.dumps(entry) + "\n")
            self._file.flush()

    def violate(self, what: str, entry: Entry, errors: Any) -> None:
        """Note that a request or an answer broke the contract."""
        place = {name: entry[name] for name in ("n", "method", "path")}
        self.violations.append({"what": what, **place, "errors": errors})

    def stats(self) -> dict[str, Any]:
        """Return counts."""
        return {
            "requests": len(self.entries),
            "connections": len({entry["connection"] for entry in self.entries}),
            "max_in_flight": max((entry["in_flight"] for entry in self.entries), default=0),
            "by_method": Counter(entry["method"] for entry in self.entries),
            "by_status": Counter(str(entry.get("status")) for entry in self.entries),
        }
