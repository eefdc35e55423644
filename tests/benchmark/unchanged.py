# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fleets that are as they should be, and fleets to be planned only: time and memory over the number of numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from processes import Measure, Run, make_payloads, megabytes, seconds, take_turns
from stage import LATENCY, LINE, TRUNK, TRUNKS, Stage, count_pages, trunk_of_generated

COUNTS = (1000, 5000, 10_000, 20_000, 50_000)
CONCURRENCY = 16
GOAL = 10_000
SECONDS, MEGABYTES = 1.0, 200
LINEAR = 1.25


def measure(stage: Stage) -> dict[str, Any]:
    """Return, by count, the median seconds and the memory of both, each as a whole process."""
    organizations = {f"org-{count}": _organization(count) for count in COUNTS}
    stage.emulator.reset(seed={"organizations": organizations}, settings={"extra_fields": LINE})
    unchanged = _measures(stage, "unchanged", {})
    planned = _measures(stage, "planned", {"check_mode": True})
    stage.emulator.set(latency=LATENCY)
    runs = take_turns({**unchanged, **planned}, stage.rounds)
    return {
        "rounds": stage.rounds,
        "concurrency": CONCURRENCY,
        "unchanged": {str(count): _figures(runs[f"unchanged {count}"]) for count in COUNTS},
        "planned": {str(count): _figures(runs[f"planned {count}"]) for count in COUNTS},
    }


def lines(result: dict[str, Any]) -> list[str]:
    """Return the result for a person."""
    shown = [f"{'numbers':>20} {'unchanged':>12} {'memory':>10} {'planned only':>14} {'memory':>10}"]
    for count in COUNTS:
        same, planned = result["unchanged"][str(count)], result["planned"][str(count)]
        shown.append(
            f"{count:20} {same['seconds']:10.2f} s {same['megabytes']:7.0f} MB"
            f" {planned['seconds']:12.2f} s {planned['megabytes']:7.0f} MB"
        )
    goal, most = result["unchanged"][str(GOAL)], result["unchanged"][str(COUNTS[-1])]
    growth = steepness(result["unchanged"])
    return [
        *shown,
        f"{f'{GOAL} unchanged':48} {goal['seconds']:8.2f} s    (target: at most {SECONDS:g})",
        f"{f'memory with {COUNTS[-1]} unchanged':48} {most['megabytes']:8.0f} MB   (target: under {MEGABYTES})",
        f"{'time for a further number, last step to first':48} {growth:8.2f}      (linear: at most {LINEAR})",
    ]


def steepness(figures: dict[str, dict[str, float]]) -> float:
    """Return how much longer a further number takes in a long list than in a short one; 1 is a straight line."""

    def slope(low: int, high: int) -> float:
        return (figures[str(high)]["seconds"] - figures[str(low)]["seconds"]) / (high - low)

    return slope(COUNTS[-2], COUNTS[-1]) / slope(COUNTS[0], COUNTS[2])


def _organization(count: int) -> dict[str, Any]:
    """Return an organization that holds so many numbers, and has a second trunk without any."""
    return {"keys": [_key(count)], "generate": {"numbers": count}, **TRUNKS}


def _key(count: int) -> str:
    return f"key-{count}"


def _measures(stage: Stage, kind: str, keywords: dict[str, Any]) -> dict[str, Measure]:
    files = make_payloads([{**_task(stage, kind, count), **keywords} for count in COUNTS], stage.folder)
    counted = "created" if kind == "planned" else "unchanged"
    return {
        name: stage.payload_measure(file, lambda: None, {counted: count}, {"GET": count_pages(count)})
        for count, (name, file) in zip(COUNTS, files.items(), strict=True)
    }


def _task(stage: Stage, kind: str, count: int) -> dict[str, Any]:
    key = _key(count)
    trunk = TRUNK if kind == "planned" else trunk_of_generated(stage, key)
    return stage.fleet_task(f"{kind} {count}", count, trunk, key, concurrency=CONCURRENCY)


def _figures(runs: Sequence[Run]) -> dict[str, float]:
    return {"seconds": seconds(runs), "megabytes": megabytes(runs)}
