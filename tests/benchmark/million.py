# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One organization of a million phone numbers: all of them in one task, and a few of them in several ways."""

from __future__ import annotations

from typing import Any

from fleets import run_with_memory
from processes import Measure, Run, expect, megabytes, seconds, take_turns, write_playbook
from stage import LATENCY, LINE, Stage, count_pages, phone_number, trunk_of_generated

COUNT, FEW = 1_000_000, 100
MOST_ROUNDS = 2
KEY = "key-million"
ALL, INFO = "all in one task", "all retrieved, not printed"
SOME, LOOP = f"{FEW} in one task", f"{FEW} in a loop"


def measure(stage: Stage) -> dict[str, Any]:
    """Return the median seconds and the memory of each."""
    organization = {"keys": [KEY], "generate": {"numbers": COUNT}}
    stage.emulator.reset(seed={"organizations": {"million": organization}}, settings={"extra_fields": LINE})
    trunk = trunk_of_generated(stage, KEY)
    stage.emulator.set(latency=LATENCY)
    connection = stage.connection(KEY)
    loop = {
        "dasha.blackbox.sip_phone_number": {"phone_number": "{{ item }}", "credentials_id": trunk, **connection},
        "loop": [phone_number(index) for index in range(FEW)],
        "no_log": True,
    }
    info = {"dasha.blackbox.sip_phone_number_info": connection}
    pages = count_pages(COUNT)
    measures = {
        ALL: _playbook(stage, "all", stage.fleet_task("all", COUNT, trunk, KEY), pages),
        INFO: _playbook(stage, "info", info, pages),
        SOME: _playbook(stage, "some", stage.fleet_task("some", FEW, trunk, KEY), pages),
        LOOP: _playbook(stage, "loop", loop, FEW),
    }
    rounds = min(stage.rounds, MOST_ROUNDS)
    runs = take_turns(measures, rounds)
    figures = {name: {"seconds": seconds(done), "megabytes": megabytes(done)} for name, done in runs.items()}
    return {"rounds": rounds, "numbers": COUNT, "figures": figures}


def lines(result: dict[str, Any]) -> list[str]:
    """Return the result for a person."""
    return [
        f"{name:48} {figures['seconds']:8.2f} s  {figures['megabytes']:5.0f} MB"
        for name, figures in result["figures"].items()
    ]


def _playbook(stage: Stage, name: str, task: dict[str, Any], requests: int) -> Measure:
    playbook = write_playbook(stage.folder / f"million-{name}.yml", [task])

    def check(run: Run) -> None:
        expect("the requests", stage.emulator.stats()["by_method"], {"GET": requests})

    return Measure(lambda: run_with_memory(playbook), check, stage.emulator.clear_requests)
