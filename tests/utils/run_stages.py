# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run stages, each a target of the Makefile, to the last one even where one fails, and add up what they found."""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

from results import Tally, tally_folder


class Stage(NamedTuple):
    """A stage that was run."""

    name: str
    ok: bool
    seconds: float
    tally: Tally


def heading(text: str) -> None:
    print(f"\n{f'== {text} ':=<100}", flush=True)


def run_stage(name: str, make: str, results: Path) -> Stage:
    heading(name)
    start = time.monotonic()
    ok = subprocess.run([*make.split(), name], check=False, stdin=subprocess.DEVNULL).returncode == 0
    tally = tally_folder(results / name)
    if tally == Tally():
        tally = Tally(passed=int(ok), failed=int(not ok))
    elif ok:
        # A task that failed and was rescued failed as expected.
        tally = Tally(tally.passed + tally.failed, skipped=tally.skipped)
    elif not tally.failed:
        tally += Tally(failed=1)
    return Stage(name, ok, time.monotonic() - start, tally)


def report(stages: list[Stage]) -> None:
    heading("summary")
    for stage in stages:
        print(f"{stage.name:<12} {'ok' if stage.ok else 'FAILED':<7} {stage.seconds:>5.0f} s   {stage.tally}")
    print(f"\n{sum((stage.tally for stage in stages), Tally())}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--make", default="make", help="the command that runs a target")
    parser.add_argument("--results", type=Path, required=True, help="where a stage leaves JUnit files, by its name")
    parser.add_argument("stages", nargs="+")
    options = parser.parse_args()
    stages = [run_stage(name, options.make, options.results) for name in options.stages]
    report(stages)
    return 0 if all(stage.ok for stage in stages) else 1


if __name__ == "__main__":
    sys.exit(main())
