# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Unchanged numbers of a file, against the same list in YAML with the collection as it was."""

from __future__ import annotations

from typing import Any

from builds import NEW, OLD, builds, compare, figures, file_task, list_task, pages_and_trunks, static_server
from processes import take_turns
from stage import Stage

COUNT, FEWER = 50_000, 10_000
BEFORE, NOW = f"{COUNT} unchanged, a list in YAML, before", f"{COUNT} unchanged, a file in CSV"
SMALL, NOTHING = f"{FEWER} unchanged, a file in CSV", "a playbook with one debug task"
GOALS, MORE_SECONDS = (0.5, 0.6), 0.5


def measure(stage: Stage) -> dict[str, Any]:
    """Return the median seconds and the memory of each."""
    both, folder = builds(stage), stage.folder
    with static_server(folder, COUNT) as many, static_server(folder, FEWER) as fewer:
        most = pages_and_trunks(many)
        measures = {
            BEFORE: both.measure(OLD, "list", [list_task(folder, COUNT)], many, most),
            NOW: both.measure(NEW, "file", [file_task(folder, COUNT)], many, most),
            SMALL: both.measure(NEW, "small", [file_task(folder, FEWER)], fewer, pages_and_trunks(fewer)),
            NOTHING: both.measure(NEW, "debug", [{"ansible.builtin.debug": {"msg": "nothing"}}], fewer, 0),
        }
        return {"rounds": stage.rounds, "figures": figures(take_turns(measures, stage.rounds))}


def lines(result: dict[str, Any]) -> list[str]:
    """Return the result for a person."""
    found = result["figures"]
    small, nothing = (found[name]["seconds"] for name in (SMALL, NOTHING))
    return [
        *compare(found, BEFORE, NOW, GOALS),
        f"{SMALL:48} {small:8.2f} s",
        f"{NOTHING:48} {nothing:8.2f} s",
        f"{'  difference':48} {small - nothing:8.2f} s    target: at most {MORE_SECONDS:g} s",
    ]
