# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fleets inside ansible-playbook: against the module and the raw client, and their memory, all processes together."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import creates
from processes import Measure, Run, expect, megabytes, run_playbook, seconds, spread, take_turns, write_playbook
from stage import LATENCY, LINE, TRUNK, TRUNKS, Stage, phone_number

COUNT, UNCHANGED = 1000, (10_000, 50_000)
DIRECT, MODULE, RAW, NOTHING, NO_MODULE = "direct", "module", "raw client", "direct, empty", "module, empty"
LIMIT, MEMORY_LIMIT = 1.05, 300
SAMPLE = 0.05


def measure(stage: Stage) -> dict[str, Any]:
    """Return the median seconds of creating a fleet, each ratio from one round, and the memory of unchanged ones."""
    as_module = {"vars": {"blackbox_direct_execution": False}}
    full = stage.fleet_task("fleet", COUNT, concurrency=creates.CONCURRENCY)
    empty = stage.fleet_task("empty", 0, concurrency=creates.CONCURRENCY)
    tasks = {DIRECT: full, MODULE: {**full, **as_module}, NOTHING: empty, NO_MODULE: {**empty, **as_module}}
    measures = {name: _playbook(stage, name, task) for name, task in tasks.items()}
    runs = take_turns({**measures, RAW: creates.raw_measure(stage)}, stage.rounds)
    lists = {f"{count} unchanged, whole playbook, direct": _unchanged(stage, count) for count in UNCHANGED}
    lists[f"{UNCHANGED[-1]} entries for a debug that prints nothing"] = _silent(stage, UNCHANGED[-1])
    measured = take_turns(lists, stage.rounds)
    return {
        "rounds": stage.rounds,
        **{name: seconds(runs[name]) for name in runs},
        "direct / raw": _ratio(runs, DIRECT, NOTHING),
        "module / raw": _ratio(runs, MODULE, NO_MODULE),
        "lists": {name: {"seconds": seconds(done), "megabytes": megabytes(done)} for name, done in measured.items()},
    }


def lines(result: dict[str, Any]) -> list[str]:
    """Return the result for a person."""
    lists = [
        f"{name:48} {figures['seconds']:8.2f} s  {figures['megabytes']:5.0f} MB"
        for name, figures in result["lists"].items()
    ]
    ratio = _show(result["direct / raw"])
    return [
        f"{f'{COUNT} creates, whole playbook, direct':48} {result[DIRECT]:8.2f} s",
        f"{f'{COUNT} creates, whole playbook, as a module':48} {result[MODULE]:8.2f} s",
        f"{'the same requests by aiohttp, without its start':48} {result[RAW]:8.2f} s",
        f"{'(direct - playbook with an empty list) / raw':48} {ratio}   target: at most {LIMIT}",
        f"{'(module - playbook with an empty list) / raw':48} {_show(result['module / raw'])}",
        *lists,
        f"{'':48} memory of all processes; target with {UNCHANGED[-1]}: under {MEMORY_LIMIT} MB",
    ]


def _ratio(runs: dict[str, list[Run]], name: str, nothing: str) -> dict[str, float]:
    rounds = zip(runs[name], runs[nothing], runs[RAW], strict=True)
    return spread([(full.seconds - empty.seconds) / raw.seconds for full, empty, raw in rounds])


def _show(values: dict[str, float]) -> str:
    return f"{values['median']:8.3f}    (half of all: {values['low']:.3f} to {values['high']:.3f})"


def _playbook(stage: Stage, name: str, task: dict[str, Any]) -> Measure:
    playbook = write_playbook(stage.folder / f"fleet-{name.replace(', ', '-')}.yml", [task])
    created = 0 if "empty" in name else COUNT

    def prepare() -> None:
        stage.emulator.reset(seed=TRUNKS, settings={"latency": LATENCY})

    def check(run: Run) -> None:
        expect("the numbers created", stage.emulator.stats()["by_status"].get("201", 0), created)

    return Measure(lambda: run_playbook(playbook), check, prepare)


def _unchanged(stage: Stage, count: int) -> Measure:
    task = stage.fleet_task("unchanged", count)
    playbook = write_playbook(stage.folder / f"unchanged-{count}.yml", [task])
    numbers = [{"phoneNumber": phone_number(index), "credentialsId": TRUNK, **LINE} for index in range(count)]

    def prepare() -> None:
        stage.emulator.reset(seed={**TRUNKS, "phone_numbers": numbers}, settings={"latency": LATENCY})

    def check(run: Run) -> None:
        expect("the requests", set(stage.emulator.stats()["by_method"]), {"GET"})

    return Measure(lambda: run_with_memory(playbook), check, prepare)


def _silent(stage: Stage, count: int) -> Measure:
    """Return what Ansible itself needs to give such a list to a task."""
    playbook = write_playbook(stage.folder / "silent.yml", [stage.silent_task(count)])
    return Measure(lambda: run_with_memory(playbook), lambda run: None, lambda: None)


def run_with_memory(playbook: Path, *options: str, environment: Mapping[str, str] | None = None) -> Run:
    """Run a playbook, and sample the memory of its processes together: what they share is counted once.

    Args:
        options: of the command, instead of those for this host.
        environment: further variables.
    """
    peak = 0.0
    finished = threading.Event()

    def sample() -> None:
        nonlocal peak
        while not finished.wait(SAMPLE):
            peak = max(peak, sum(map(_proportional, _processes(playbook))))

    sampler = threading.Thread(target=sample, daemon=True)
    sampler.start()
    try:
        run = run_playbook(playbook, *options, environment=environment)
    finally:
        finished.set()
        sampler.join()
    return run._replace(megabytes=peak)


def _processes(playbook: Path) -> list[Path]:
    """Return the folders in /proc of the processes that run this playbook, forks included."""
    wanted = str(playbook).encode()
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if wanted in (folder / "cmdline").read_bytes():
                found.append(folder)
        except OSError:
            continue
    return found


def _proportional(process: Path) -> float:
    """Return the proportional set size of a process in megabytes."""
    try:
        text = (process / "smaps_rollup").read_text()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1e3 for line in text.splitlines() if line.startswith("Pss:")), 0.0)
