# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One task more, and one item more of a loop, through both doors, against `uri` and against the floor, `debug`."""

from __future__ import annotations

from pathlib import Path
from statistics import median
from typing import Any

from processes import Measure, Run, expect, run_playbook, take_turns, write_playbook
from stage import TRUNK, TRUNKS, Stage

NUMBER = {"phoneNumber": "+15551234567", "credentialsId": TRUNK, "displayName": "Line"}
FLOOR, URI, DIRECT, MODULE = "debug", "uri", "sip_phone_number, direct", "sip_phone_number, as a module"
# The slow ones take a quarter of a second each.
COUNTS = {FLOOR: 200, DIRECT: 200, MODULE: 20, URI: 20}
TASKS = {FLOOR: 60, DIRECT: 60, MODULE: 10, URI: 10}
ITEM_LIMIT, TASK_LIMIT, OVERHEAD_LIMIT = 50, 12, 0.012


def measure(stage: Stage) -> dict[str, Any]:
    """Return the median seconds that one item and one task more take, each from the same round of runs."""
    stage.emulator.reset(seed={**TRUNKS, "phone_numbers": [NUMBER]})
    measures = {"nothing": _measure(stage, "nothing", [])}
    for name in COUNTS:
        measures[f"items of {name}"] = _measure(stage, f"items-{name}", [_looped(stage, name)])
        measures[f"tasks of {name}"] = _measure(stage, f"tasks-{name}", [_task(stage, name)] * TASKS[name])
    runs = take_turns(measures, stage.rounds)
    start = [run.seconds for run in runs["nothing"]]
    return {
        "rounds": stage.rounds,
        "item": {name: _each(runs[f"items of {name}"], start, COUNTS[name]) for name in COUNTS},
        "task": {name: _each(runs[f"tasks of {name}"], start, TASKS[name]) for name in TASKS},
    }


def lines(result: dict[str, Any]) -> list[str]:
    """Return the result for a person."""
    item, task = result["item"], result["task"]
    shown = [f"{f'one more: {name}':44} {item[name] * 1000:8.1f} ms {task[name] * 1000:8.1f} ms" for name in COUNTS]
    overhead = (task[DIRECT] - task[FLOOR]) * 1000
    return [
        f"{'':44} {'item':>11} {'task':>11}",
        *shown,
        f"{'uri / direct':44} {item[URI] / item[DIRECT]:8.1f}    {task[URI] / task[DIRECT]:8.1f}"
        f"     (targets: at least {ITEM_LIMIT} and {TASK_LIMIT})",
        f"{'module / direct':44} {item[MODULE] / item[DIRECT]:8.1f}    {task[MODULE] / task[DIRECT]:8.1f}",
        f"{'direct - debug':44} {'':11} {overhead:8.1f} ms  (target: at most {OVERHEAD_LIMIT * 1000:g} ms)",
    ]


def _each(runs: list[Run], start: list[float], count: int) -> float:
    return median((run.seconds - base) / count for run, base in zip(runs, start, strict=True))


def _measure(stage: Stage, name: str, tasks: list[dict[str, Any]]) -> Measure:
    playbook: Path = write_playbook(stage.folder / f"{name.replace(' ', '-')}.yml", tasks)

    def check(run: Run) -> None:
        expect("the statuses", set(stage.emulator.stats()["by_status"]) - {"200"}, set())

    return Measure(lambda: run_playbook(playbook), check, stage.emulator.clear_requests)


def _looped(stage: Stage, name: str) -> dict[str, Any]:
    return {**_task(stage, name), "loop": f"{{{{ range({COUNTS[name]}) | list }}}}"}


def _task(stage: Stage, name: str) -> dict[str, Any]:
    if name == FLOOR:
        return {"name": name, "ansible.builtin.debug": {"msg": "Nothing"}}
    if name == URI:
        query = "phoneNumber=%2B15551234567&skip=0&take=1000"
        arguments = {
            "url": f"{stage.emulator.url}/api/v1/sip-phone-numbers?{query}",
            "headers": {"Authorization": f"Bearer {stage.emulator.key}"},
            "return_content": True,
        }
        return {"name": name, "ansible.builtin.uri": arguments}
    options = {"phone_number": NUMBER["phoneNumber"], "credentials_id": TRUNK, **stage.connection()}
    task = {"name": name, "dasha.blackbox.sip_phone_number": options}
    return task if name == DIRECT else {**task, "vars": {"blackbox_direct_execution": False}}
