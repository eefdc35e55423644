# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A hundred organizations, each a host of the inventory, one after the other and ten at a time."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import yaml
from fleets import run_with_memory
from processes import Measure, Run, expect, megabytes, seconds, take_turns
from stage import Stage

ORGANIZATIONS, NUMBERS, FORKS, LATENCY = 100, 100, 10, 0.02
MOST_ROUNDS = 2


def measure(stage: Stage) -> dict[str, Any]:
    """Return the median seconds and the memory of both."""
    names = [f"org-{index:03}" for index in range(ORGANIZATIONS)]
    inventory, playbook = _write(stage, names)
    rounds = min(stage.rounds, MOST_ROUNDS)
    runs = take_turns({str(forks): _measure(stage, names, inventory, playbook, forks) for forks in (1, FORKS)}, rounds)
    one, ten = runs["1"], runs[str(FORKS)]
    return {
        "rounds": rounds,
        "one": seconds(one),
        "ten": seconds(ten),
        "ratio": seconds(one) / seconds(ten),
        "megabytes": megabytes(ten),
    }


def lines(result: dict[str, Any]) -> list[str]:
    """Return the result for a person."""
    return [
        f"{f'{ORGANIZATIONS} organizations, one after the other':48} {result['one']:8.2f} s",
        f"{f'{ORGANIZATIONS} organizations, {FORKS} forks':48} {result['ten']:8.2f} s",
        f"{'ratio':48} {result['ratio']:8.1f}",
        f"{f'memory of all processes, {FORKS} forks':48} {result['megabytes']:8.0f} MB",
    ]


def _write(stage: Stage, names: list[str]) -> tuple[Path, Path]:
    numbers = [{"phone_number": f"+1555{index:07}"} for index in range(NUMBERS)]
    hosts = {name: {"key": f"key-{name}", "trunk": f"sip.{name}.example"} for name in names}
    local = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
    inventory = stage.folder / "organizations.yml"
    inventory.write_text(yaml.safe_dump({"all": {"hosts": hosts, "vars": local}}))
    options = {
        "api_key": "{{ key }}",
        "api_url": stage.emulator.url,
        "trunk": "{{ trunk }}",
        "expected_org_id": "{{ inventory_hostname }}",
        "phone_numbers": "{{ numbers }}",
    }
    play = {
        "hosts": "all",
        "gather_facts": False,
        "strategy": "free",
        "vars": {"numbers": numbers},
        "tasks": [{"dasha.blackbox.sip_phone_numbers": options}],
    }
    playbook = stage.folder / "organizations-play.yml"
    playbook.write_text(yaml.safe_dump([play]))
    return inventory, playbook


def _measure(stage: Stage, names: list[str], inventory: Path, playbook: Path, forks: int) -> Measure:
    parts = {name: {"keys": [f"key-{name}"], "credentials": [{"server": f"sip.{name}.example"}]} for name in names}

    def prepare() -> None:
        stage.emulator.reset(seed={"organizations": parts}, settings={"latency": LATENCY})

    def check(run: Run) -> None:
        created = stage.emulator.stats()["by_status"].get("201", 0)
        expect("the numbers created", created, ORGANIZATIONS * NUMBERS)

    options = ("-i", str(inventory), "--forks", str(forks))
    return Measure(lambda: run_with_memory(playbook, *options), check, prepare)
