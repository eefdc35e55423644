# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the event source for some simulated hours, and prints what they cost: watch_source.py URL KEY HOURS INTERVAL.

The pauses between polls take no time. Each hour, some registrations are lost and the others are back.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
import time
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from ansible_collections.dasha.blackbox.plugins.module_utils._events.arguments import read_arguments
from ansible_collections.dasha.blackbox.plugins.module_utils._events.source import PhoneNumberSource

HOUR = 3600
LOST_EACH_HOUR = 100
PAGE = 4096


class Counter:
    """A queue that only counts what it gets."""

    def __init__(self) -> None:
        self.events = 0

    async def put(self, _event: dict[str, Any]) -> None:
        self.events += 1


class Watch(PhoneNumberSource):
    """A source whose pauses only advance a clock."""

    def __init__(self, args: dict[str, Any], phones: list[str], hours: int) -> None:
        super().__init__(read_arguments(args, {}))
        self._url = args["api_url"]
        self._phones = phones
        self._end = hours * HOUR
        self.now = 0.0
        self.polls = 0
        self.megabytes: list[float] = []

    def _pause(self, failures: int) -> float:
        pause = super()._pause(failures)
        self.polls += 1
        if self.now // HOUR != (self.now + pause) // HOUR or self.polls == 1:
            self._pass_an_hour()
        self.now += pause
        if self.now > self._end:
            raise asyncio.CancelledError
        return 0

    def _pass_an_hour(self) -> None:
        self.megabytes.append(resident_megabytes())
        first = len(self.megabytes) * LOST_EACH_HOUR % len(self._phones)
        lost = [{"phone_number": phone} for phone in self._phones[first : first + LOST_EACH_HOUR]]
        body = json.dumps({"registration_failures": lost}).encode()
        urlopen(Request(f"{self._url}/_emulator/settings", body, method="PATCH")).close()


def resident_megabytes() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE / 2**20


def main() -> None:
    url, key, hours, interval = sys.argv[1:]
    args = {"api_key": key, "api_url": url, "interval": interval}
    watch, counter = Watch(args, json.load(sys.stdin), int(hours)), Counter()
    used = time.process_time()
    with contextlib.suppress(asyncio.CancelledError):
        asyncio.run(watch.run(counter))
    figures = {
        "polls": watch.polls,
        "events": counter.events,
        "simulated_seconds": watch.now,
        "cpu_seconds": time.process_time() - used,
        "megabytes": watch.megabytes,
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
