# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run stages, each a target of the Makefile, to the last one even where one fails, and add up what they found.

Stages that fill all cores run one after the other; lanes of stages that mostly use one core, beside each other.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from results import Tally, tally_folder


class Stage(NamedTuple):
    """A stage that was run."""

    name: str
    ok: bool
    seconds: float
    tally: Tally


PRINTING = threading.Lock()


def heading(text: str) -> None:
    print(f"\n{f'== {text} ':=<100}", flush=True)


def run_stage(name: str, make: str, results: Path, *, beside_others: bool = False) -> Stage:
    """Run a stage; beside others, show what it printed once it has ended."""
    if not beside_others:
        heading(name)
    start = time.monotonic()
    done = subprocess.run(
        [*make.split(), name],
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE if beside_others else None,
        stderr=subprocess.STDOUT if beside_others else None,
        text=True,
    )
    if beside_others:
        with PRINTING:
            heading(name)
            print(done.stdout, end="", flush=True)
    ok = done.returncode == 0
    tally = tally_folder(results / name)
    if tally == Tally():
        tally = Tally(passed=int(ok), failed=int(not ok))
    elif ok:
        # A task that failed and was rescued failed as expected.
        tally = Tally(tally.passed + tally.failed, skipped=tally.skipped)
    elif not tally.failed:
        tally += Tally(failed=1)
    return Stage(name, ok, time.monotonic() - start, tally)


def run_lanes(lanes: list[list[str]], make: str, results: Path) -> list[Stage]:
    def run_lane(names: list[str]) -> list[Stage]:
        return [run_stage(name, make, results, beside_others=True) for name in names]

    with ThreadPoolExecutor() as pool:
        return [stage for stages in pool.map(run_lane, lanes) for stage in stages]


def report(stages: list[Stage]) -> None:
    heading("summary")
    for stage in stages:
        print(f"{stage.name:<12} {'ok' if stage.ok else 'FAILED':<7} {stage.seconds:>5.0f} s   {stage.tally}")
    print(f"\n{sum((stage.tally for stage in stages), Tally())}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--make", default="make", help="the command that runs a target")
    parser.add_argument("--results", type=Path, required=True, help="where a stage leaves JUnit files, by its name")
    parser.add_argument("--lane", type=str.split, action="append", default=[], dest="lanes", help="stages in quotes")
    parser.add_argument("stages", nargs="+")
    options = parser.parse_args()
    stages = [run_stage(name, options.make, options.results) for name in options.stages]
    stages += run_lanes(options.lanes, options.make, options.results)
    report(stages)
    return 0 if all(stage.ok for stage in stages) else 1


if __name__ == "__main__":
    sys.exit(main())
