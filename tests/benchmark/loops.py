# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a number costs in a playbook: in a fleet, in a loop of `sip_phone_number` and in a loop of `uri`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from processes import Measure, Run, expect, run_playbook, seconds, take_turns, write_playbook
from stage import LATENCY, LINE, TRUNK, TRUNKS, Stage

LOOPED, FLEET = 20, 1000
MOST_ROUNDS = 3
URI, SINGLE, MANY = "ansible.builtin.uri", "sip_phone_number", "sip_phone_numbers"
Tasks = Callable[[Stage, int], dict[str, Any]]


def measure(stage: Stage) -> dict[str, Any]:
    """Return the median seconds that creating one number more takes each of them."""
    tasks: dict[str, tuple[Tasks, int]] = {URI: (_uri, LOOPED), SINGLE: (_single, LOOPED), MANY: (_fleet, FLEET)}
    measures = {
        f"{name} {size}": _measure(stage, task(stage, size), size)
        for name, (task, count) in tasks.items()
        for size in (0, count)
    }
    # The loops take a quarter of a minute each.
    rounds = min(stage.rounds, MOST_ROUNDS)
    runs = take_turns(measures, rounds)
    start = seconds(runs[f"{MANY} 0"])
    each = {
        name: (seconds(runs[f"{name} {count}"]) - seconds(runs[f"{name} 0"])) / count
        for name, (_task, count) in tasks.items()
    }
    return {"rounds": rounds, "looped": LOOPED, "fleet": FLEET, "playbook": start, "each": each}


def lines(result: dict[str, Any]) -> list[str]:
    """Return the result for a person."""
    each = result["each"]
    return [
        f"{f'one number more, loop of {URI} (of {LOOPED})':48} {each[URI] * 1000:8.1f} ms",
        f"{f'one number more, loop of {SINGLE} (of {LOOPED})':48} {each[SINGLE] * 1000:8.1f} ms",
        f"{f'one number more, {MANY} (of {FLEET})':48} {each[MANY] * 1000:8.1f} ms",
        f"{f'loop of {URI} / {MANY}':48} {each[URI] / each[MANY]:8.0f}",
        f"{f'loop of {SINGLE} / {MANY}':48} {each[SINGLE] / each[MANY]:8.0f}",
    ]


def _measure(stage: Stage, task: dict[str, Any], count: int) -> Measure:
    playbook = write_playbook(stage.folder / f"{task['name']}-{count}.yml", [task])

    def prepare() -> None:
        stage.emulator.reset(seed=TRUNKS, settings={"latency": LATENCY})

    def check(run: Run) -> None:
        expect("the numbers created", stage.emulator.stats()["by_status"].get("201", 0), count)

    return Measure(lambda: run_playbook(playbook), check, prepare)


def _uri(stage: Stage, count: int) -> dict[str, Any]:
    body = {"phoneNumber": "{{ '+1555%07d' | format(item) }}", "credentialsId": TRUNK, **LINE}
    arguments = {
        "url": f"{stage.emulator.url}/api/v1/sip-phone-numbers",
        "method": "POST",
        "headers": {"Authorization": f"Bearer {stage.emulator.key}"},
        "body_format": "json",
        "body": body,
        "status_code": 201,
    }
    return {"name": URI, "ansible.builtin.uri": arguments, "loop": f"{{{{ range({count}) | list }}}}"}


def _single(stage: Stage, count: int) -> dict[str, Any]:
    arguments = {
        **stage.connection(),
        "phone_number": "{{ '+1555%07d' | format(item) }}",
        "credentials_id": TRUNK,
        "display_name": LINE["displayName"],
        "description": LINE["description"],
    }
    return {"name": SINGLE, "dasha.blackbox.sip_phone_number": arguments, "loop": f"{{{{ range({count}) | list }}}}"}


def _fleet(stage: Stage, count: int) -> dict[str, Any]:
    return stage.fleet_task(MANY, count, concurrency=16)
