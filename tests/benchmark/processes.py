# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs processes and weighs them: how long, how much memory, and whether they did what they were to do."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import median, quantiles
from typing import Any, NamedTuple

import yaml

CONNECTION = ("-i", "localhost,", "-c", "local")
# Without `site`, which would make it larger.
LAUNCH = (sys.executable, "-I", "-S", Path(__file__).with_name("launch.py"))


class BenchmarkError(Exception):
    """What was to be measured did not do its work, so its time means nothing."""


class Run(NamedTuple):
    """One process from its start to its end.

    Attributes:
        seconds: by the wall clock.
        megabytes: the most memory that it held.
        output: what it printed, from JSON.
    """

    seconds: float
    megabytes: float
    output: Any


class Measure(NamedTuple):
    """One thing to be measured.

    Attributes:
        run: does it once.
        check: raises BenchmarkError where the run did not do its work.
        prepare: done before each run, outside of its time.
    """

    run: Callable[[], Run]
    check: Callable[[Run], None]
    prepare: Callable[[], None]


def run(command: Sequence[str | Path]) -> Run:
    """Run a command that prints JSON, and wait for its end.

    Raises:
        BenchmarkError: it failed.
    """
    with tempfile.NamedTemporaryFile() as output:
        launched = subprocess.run([*LAUNCH, output.name, *command], check=True, stdout=subprocess.PIPE)
        text = output.read().decode()
    status, taken, held = json.loads(launched.stdout)
    if status:
        raise BenchmarkError(f"{command[-1]} ended with {status}: {text[:2000]}")
    return Run(taken, held, json.loads(text or "null"))


def take_turns(measures: Mapping[str, Measure], rounds: int, *, warm_up: bool = True) -> dict[str, list[Run]]:
    """Measure each in turn, round by round, so that whatever else the machine does falls on all of them alike.

    The runs returned have no `output`.

    Args:
        warm_up: begin with a round that does not count.
    """
    runs: dict[str, list[Run]] = {name: [] for name in measures}
    for number in range(0 if warm_up else 1, 1 + rounds):
        for name, measure in measures.items():
            measure.prepare()
            result = measure.run()
            measure.check(result)
            if number:
                # Outputs of many megabytes, which have been checked.
                runs[name].append(result._replace(output=None))
    return runs


def seconds(runs: Sequence[Run]) -> float:
    """Return the median time."""
    return median(run.seconds for run in runs)


def megabytes(runs: Sequence[Run]) -> float:
    """Return the most memory held in any run."""
    return max(run.megabytes for run in runs)


def spread(values: Sequence[float]) -> dict[str, float]:
    """Return the median, and between which values half of all lie; of one value, it three times."""
    low, middle, high = quantiles(values, n=4, method="inclusive") if len(values) > 1 else list(values) * 3
    return {"low": low, "median": middle, "high": high}


def expect(what: str, found: Any, expected: Any) -> None:
    """Raise BenchmarkError where something is not as expected."""
    if found != expected:
        raise BenchmarkError(f"{what}: {found!r:.500}, not {expected!r:.500}")


# Through Ansible


def write_playbook(file: Path, tasks: list[dict[str, Any]]) -> Path:
    """Write a playbook with these tasks for this host."""
    interpreter = {"ansible_python_interpreter": sys.executable}
    play = {"hosts": "localhost", "gather_facts": False, "vars": interpreter, "tasks": tasks}
    file.write_text(yaml.safe_dump([play], sort_keys=False))
    return file


def playbook_command(playbook: Path, *options: str) -> list[str | Path]:
    """Return the command that runs a playbook, for this host unless the options say otherwise."""
    return [Path(sys.executable).with_name("ansible-playbook"), *(options or CONNECTION), playbook]


def run_playbook(playbook: Path, *options: str, environment: Mapping[str, str] | None = None) -> Run:
    """Run a playbook as a person would, without what it prints.

    Args:
        options: of the command, instead of those for this host.
        environment: further variables.

    Raises:
        BenchmarkError: it failed.
    """
    command, variables = playbook_command(playbook, *options), {**os.environ, **(environment or {})}
    start = time.perf_counter()
    done = subprocess.run(command, env=variables, check=False, capture_output=True, text=True)
    taken = time.perf_counter() - start
    if done.returncode:
        raise BenchmarkError(f"the playbook failed: {(done.stdout + done.stderr)[-2000:]}")
    return Run(taken, 0, None)


def make_payloads(tasks: list[dict[str, Any]], folder: Path) -> dict[str, Path]:
    """Return, by the task's name, the file that Ansible would run for each task. The tasks are run once for it.

    Args:
        folder: a new one is made in it.
    """
    folder = Path(tempfile.mkdtemp(dir=folder))
    playbook = write_playbook(folder / "playbook.yml", tasks)
    environment = {**os.environ, "ANSIBLE_KEEP_REMOTE_FILES": "1", "ANSIBLE_REMOTE_TMP": str(folder / "remote")}
    done = subprocess.run(playbook_command(playbook), env=environment, check=False, capture_output=True, text=True)
    if done.returncode:
        raise BenchmarkError(f"the payloads could not be made: {(done.stdout + done.stderr)[-2000:]}")
    files = sorted((folder / "remote").glob("*/AnsiballZ_*.py"), key=lambda file: file.stat().st_mtime_ns)
    return {task["name"]: file for task, file in zip(tasks, files, strict=True)}


def run_payload(file: Path) -> Run:
    """Run a module as Ansible would, in a process of its own."""
    return run([sys.executable, file])
