# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the benchmarks run: an emulator with a latency, and the tasks that are sent to it."""

from __future__ import annotations

import contextlib
import json
import math
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.request import Request, urlopen

from processes import Measure, Run, expect, run_payload

CHECKOUT = Path(__file__).absolute().parents[2]
sys.path.insert(0, str(CHECKOUT / "tests"))

from emulator.client import Emulator  # noqa: E402 - found through the line above

LATENCY = 0.05
TRUNK = "3fa85f64-5717-4562-b3fc-2c963f66afa6"
TRUNKS = {"credentials": [{"id": TRUNK, "server": "sip.example.com"}]}
# What each number has, so that a page is as long as in an organization in use.
LINE = {"displayName": "Support line", "description": "Main office, second floor"}


def count_pages(numbers: int) -> int:
    """Return how many requests list so many numbers: each page after the first begins with a row read before."""
    return 1 + math.ceil(max(0, numbers - 1000) / 999)


class Stage(NamedTuple):
    """What every benchmark is given.

    Attributes:
        emulator: to run against.
        folder: for files.
        rounds: how often each thing is measured.
    """

    emulator: Emulator
    folder: Path
    rounds: int

    def connection(self, key: str = "") -> dict[str, str]:
        """Return the connection options."""
        return {"api_key": key or self.emulator.key, "api_url": self.emulator.url}

    def fleet_task(self, name: str, count: int, trunk: str = TRUNK, key: str = "", **options: Any) -> dict[str, Any]:
        """Return a task with that many phone numbers."""
        arguments = {"phone_numbers": self._listed(count), "credentials_id": trunk, **self.connection(key), **options}
        return {"name": name, "dasha.blackbox.sip_phone_numbers": arguments}

    def silent_task(self, count: int) -> dict[str, Any]:
        """Return a task that is given the same list and does nothing: what Ansible itself needs for it."""
        return {"name": "silent", "ansible.builtin.debug": {"msg": self._listed(count), "verbosity": 3}}

    def _listed(self, count: int) -> str:
        """Return a template of a list with that many phone numbers."""
        file = self.folder / f"{count}.json"
        file.write_text(json.dumps([_entry(index) for index in range(count)]))
        return f"{{{{ lookup('ansible.builtin.file', '{file}') | from_json }}}}"

    def payload_measure(
        self, file: Path, prepare: Callable[[], None], summary: dict[str, int], requests: dict[str, int]
    ) -> Measure:
        """Return how to measure a payload of `sip_phone_numbers`.

        Args:
            summary: what the result's `summary` must hold, zeros aside.
            requests: how many requests of each method the emulator must have received.
        """

        def prepared() -> None:
            prepare()
            self.emulator.clear_requests()

        def check(run: Run) -> None:
            expect("the summary", {name: count for name, count in run.output["summary"].items() if count}, summary)
            expect("the requests", self.emulator.stats()["by_method"], requests)

        return Measure(lambda: run_payload(file), check, prepared)


@contextlib.contextmanager
def opened(rounds: int) -> Iterator[Stage]:
    """Start an emulator, and stop it at the end."""
    with Emulator.start("--exit-with-parent", "--quiet") as emulator, tempfile.TemporaryDirectory() as folder:
        yield Stage(emulator, Path(folder), rounds)


def phone_number(index: int) -> str:
    """Return one of the numbers that the emulator generates."""
    return f"+1555{index:07}"


def trunk_of_generated(stage: Stage, key: str) -> str:
    """Return the id of the trunk on which the emulator generated the numbers of an organization."""
    url = f"{stage.emulator.url}/api/v1/sip-credentials?take=1000"
    with urlopen(Request(url, headers={"Authorization": f"Bearer {key}"})) as response:
        (trunk,) = {credential["id"] for credential in json.load(response)["items"]} - {TRUNK}
    return str(trunk)


def _entry(index: int) -> dict[str, str]:
    return {
        "phone_number": phone_number(index),
        "display_name": LINE["displayName"],
        "description": LINE["description"],
    }
