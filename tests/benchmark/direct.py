# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What one task, and one item of a loop, takes through both doors, against `uri` and against the floor, `debug`.

All of them take turns as tasks of one playbook, and every ratio is that of neighbours in it: on a machine that does
other things as well, a minute differs from the next by more than what is compared.
"""

from __future__ import annotations

import itertools
import json
from collections import defaultdict
from pathlib import Path
from statistics import median
from typing import Any

from processes import expect, run_playbook, spread, write_playbook
from stage import TRUNK, TRUNKS, Stage

NUMBER = {"phoneNumber": "+15551234567", "credentialsId": TRUNK, "displayName": "Line"}
FLOOR, URI, DIRECT, MODULE = "debug", "uri", "sip_phone_number, direct", "sip_phone_number, as a module"
# So many that a loop of each takes about as long as the others.
ITEMS = {FLOOR: 100, DIRECT: 100, MODULE: 4, URI: 4}
LAPS_PER_ROUND = 4
ITEM_LIMIT, TASK_LIMIT, OVERHEAD_LIMIT = 50, 12, 0.012
CALLBACKS = Path(__file__).with_name("callbacks")

Lap = dict[str, float]


def measure(stage: Stage) -> dict[str, Any]:
    """Return the median seconds of tasks and items, and the medians and quartiles of what is compared."""
    stage.emulator.reset(seed={**TRUNKS, "phone_numbers": [NUMBER]})
    count = stage.rounds * LAPS_PER_ROUND
    laps = _run(stage, count)
    return {
        "rounds": count,
        "item": {name: median(lap[f"item of {name}"] for lap in laps) for name in ITEMS},
        "task": {name: median(lap[name] for lap in laps) for name in ITEMS},
        "ratios": {
            "item, uri / direct": spread([lap[f"item of {URI}"] / lap[f"item of {DIRECT}"] for lap in laps]),
            "task, uri / direct": spread([lap[URI] / lap[DIRECT] for lap in laps]),
            "item, module / direct": spread([lap[f"item of {MODULE}"] / lap[f"item of {DIRECT}"] for lap in laps]),
            "task, module / direct": spread([lap[MODULE] / lap[DIRECT] for lap in laps]),
        },
        "overhead": spread([lap[DIRECT] - lap[FLOOR] for lap in laps]),
    }


def lines(result: dict[str, Any]) -> list[str]:
    """Return the result for a person."""
    item, task, ratios = result["item"], result["task"], result["ratios"]
    shown = [f"{name:44} {item[name] * 1000:8.1f} ms {task[name] * 1000:8.1f} ms" for name in ITEMS]
    targets = {"item, uri / direct": f"at least {ITEM_LIMIT}", "task, uri / direct": f"at least {TASK_LIMIT}"}
    overhead = {name: value * 1000 for name, value in result["overhead"].items()}
    return [
        f"{'':44} {'item':>11} {'task':>11}",
        *shown,
        *(f"{name:44} {_show(ratio)}{_target(targets.get(name))}" for name, ratio in ratios.items()),
        f"{'task, direct - debug':44} {_show(overhead)}{_target(f'at most {OVERHEAD_LIMIT * 1000:g} ms')}",
    ]


def _show(values: dict[str, float]) -> str:
    return f"{values['median']:8.1f}    (half of all: {values['low']:.1f} to {values['high']:.1f})"


def _target(target: str | None) -> str:
    return f"   target: {target}" if target else ""


def _run(stage: Stage, count: int) -> list[Lap]:
    """Return what each task and item took, lap by lap. A lap that does not count comes first."""
    tasks = [task for name in ITEMS for task in (_task(stage, name), _looped(stage, name))]
    playbook = write_playbook(stage.folder / "direct.yml", tasks * (count + 1))
    starts_file = stage.folder / "task-starts.json"
    stage.emulator.clear_requests()
    run_playbook(
        playbook,
        environment={
            "ANSIBLE_CALLBACK_PLUGINS": str(CALLBACKS),
            "ANSIBLE_CALLBACKS_ENABLED": "task_starts",
            "TASK_STARTS": str(starts_file),
        },
    )
    requests = (count + 1) * sum(1 + items for name, items in ITEMS.items() if name != FLOOR)
    expect("the answers", stage.emulator.stats()["by_status"], {"200": requests})
    return _laps(json.loads(starts_file.read_text()))[1:]


def _laps(starts: list[tuple[str, float]]) -> list[Lap]:
    durations: dict[str, list[float]] = defaultdict(list)
    for (name, start), (_next, end) in itertools.pairwise(starts):
        durations[name].append(end - start)
    laps = [dict(zip(durations, lap, strict=True)) for lap in zip(*durations.values(), strict=True)]
    for lap, (name, items) in itertools.product(laps, ITEMS.items()):
        # The task itself aside, which a loop costs once.
        lap[f"item of {name}"] = (lap[f"loop of {name}"] - lap[name]) / (items - 1)
    return laps


def _looped(stage: Stage, name: str) -> dict[str, Any]:
    return {**_task(stage, name), "name": f"loop of {name}", "loop": f"{{{{ range({ITEMS[name]}) | list }}}}"}


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
