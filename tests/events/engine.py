# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs rulebooks in a real ansible-rulebook. `make events` sets RULEBOOK to it."""

from __future__ import annotations

import contextlib
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

RULEBOOK = os.environ.get("RULEBOOK", "")
PATIENCE = 60


class Rulebook:
    """A rulebook while it runs."""

    def __init__(self, process: subprocess.Popen[str], log: Path) -> None:
        self.process = process
        self._log = log

    def printed(self) -> str:
        return self._log.read_text()

    def wait_for(self, *words: str, patience: float = PATIENCE) -> str:
        """Return what was printed once all words are in it."""
        end = time.monotonic() + patience
        while time.monotonic() < end:
            printed = self.printed()
            if all(word in printed for word in words):
                return printed
            if self.process.poll() is not None:
                break
            time.sleep(0.1)
        raise AssertionError(f"{words} not in:\n{self.printed()}")


@contextlib.contextmanager
def run_rulebook(folder: Path, *options: str | Path, **how: Any) -> Iterator[Rulebook]:
    """Run ansible-rulebook in a folder, and end it."""
    log = folder / "log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [RULEBOOK, *options], **{"cwd": folder, **how}, stdout=output, stderr=subprocess.STDOUT, text=True
        )
    try:
        yield Rulebook(process, log)
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(20)
        process.kill()


def write_rulebook(folder: Path, rulesets: list[dict[str, Any]], variables: dict[str, Any]) -> list[str]:
    """Write a rulebook, its inventory and its variables to a folder, and return the options that run it."""
    (folder / "rules.yml").write_text(yaml.safe_dump(rulesets, sort_keys=False))
    (folder / "vars.yml").write_text(yaml.safe_dump(variables))
    (folder / "hosts.yml").write_text("all: {hosts: {localhost: {ansible_connection: local}}}")
    return ["--rulebook", "rules.yml", "--inventory", "hosts.yml", "--vars", "vars.yml", "--verbose"]
