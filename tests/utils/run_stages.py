# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run stages, each a target of the Makefile, to the last one even where one fails, and add up what they found.

Stages that fill all cores run one after the other; lanes of stages that mostly use one core, beside each other.
"""

from __future__ import annotations

import argparse
import signal
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


def run_stage(name: str, make: str, results: Path) -> Stage:
    heading(name)
    start = time.monotonic()
    ok = subprocess.run([*make.split(), name], check=False, stdin=subprocess.DEVNULL).returncode == 0
    return judge(name, ok, time.monotonic() - start, results)


def run_beside_others(name: str, make: str, results: Path) -> Stage:
    """Run a stage, and show what it printed once it has ended."""
    print(f"-- {name}: started; its output follows when it has ended", flush=True)
    start = time.monotonic()
    log = results / f"{name}.log"
    with log.open("wb") as output:
        command = [*make.split(), name]
        done = subprocess.run(command, check=False, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
    if done.returncode == -signal.SIGINT:
        # The stage may learn of an interrupt before this process does.
        raise KeyboardInterrupt
    with PRINTING:
        heading(name)
        print(log.read_text("utf-8", errors="replace"), end="", flush=True)
    return judge(name, done.returncode == 0, time.monotonic() - start, results)


def judge(name: str, ok: bool, seconds: float, results: Path) -> Stage:
    """Return a stage that has ended, with what its JUnit files say."""
    tally = tally_folder(results / name)
    if tally == Tally():
        tally = Tally(passed=int(ok), failed=int(not ok))
    elif ok:
        # A task that failed and was rescued failed as expected.
        tally = Tally(tally.passed + tally.failed, skipped=tally.skipped)
    elif not tally.failed:
        tally += Tally(failed=1)
    return Stage(name, ok, seconds, tally)


def run_lanes(lanes: list[list[str]], make: str, results: Path) -> list[Stage]:
    interrupted = threading.Event()

    def run_lane(names: list[str]) -> list[Stage]:
        return [run_beside_others(name, make, results) for name in names if not interrupted.is_set()]

    with ThreadPoolExecutor() as pool:
        try:
            return [stage for stages in pool.map(run_lane, lanes) for stage in stages]
        except BaseException:
            interrupted.set()
            raise


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
    options.results.mkdir(parents=True, exist_ok=True)
    stages = [run_stage(name, options.make, options.results) for name in options.stages]
    stages += run_lanes(options.lanes, options.make, options.results)
    report(stages)
    return 0 if all(stage.ok for stage in stages) else 1


if __name__ == "__main__":
    sys.exit(main())
