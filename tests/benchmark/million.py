# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One organization of a million phone numbers: all of them in one task, and a few of them in several ways."""

from __future__ import annotations

from typing import Any

from builds import NEW, OLD, builds, compare, figures, file_task, list_task, pages_and_trunks, static_server
from processes import take_turns
from stage import Stage
from static_server import phone_number, trunk_id

COUNT, FEW = 1_000_000, 100
MOST_ROUNDS = 3
ALL_BEFORE, ALL = "all unchanged, a list in YAML, before", "all unchanged, a file in CSV"
SOME_BEFORE, SOME = f"{FEW} of them, a list in YAML, before", f"{FEW} of them, a file in CSV"
INFO, LOOP = "all retrieved, not printed", f"{FEW} in a loop"
ALL_GOALS, SOME_GOALS = (0.4, 0.35), (0.6, 0.15)


def measure(stage: Stage) -> dict[str, Any]:
    """Return the median seconds and the memory of each."""
    both, folder = builds(stage), stage.folder
    rounds = min(stage.rounds, MOST_ROUNDS)
    with static_server(folder, COUNT) as server:
        most = pages_and_trunks(server)
        info: dict[str, Any] = {"dasha.blackbox.sip_phone_number_info": None}
        measures = {
            ALL_BEFORE: both.measure(OLD, "all-listed", [list_task(folder, COUNT)], server, most),
            ALL: both.measure(NEW, "all", [file_task(folder, COUNT)], server, most),
            SOME_BEFORE: both.measure(OLD, "some-listed", [list_task(folder, FEW)], server, most),
            SOME: both.measure(NEW, "some", [file_task(folder, FEW)], server, most),
            INFO: both.measure(NEW, "info", [info], server, most),
            LOOP: both.measure(NEW, "loop", [_loop()], server, FEW),
        }
        return {"rounds": rounds, "numbers": COUNT, "figures": figures(take_turns(measures, rounds, warm_up=False))}


def lines(result: dict[str, Any]) -> list[str]:
    """Return the result for a person."""
    found = result["figures"]
    others = [f"{name:48} {found[name]['seconds']:8.2f} s  {found[name]['megabytes']:6.0f} MB" for name in (INFO, LOOP)]
    return [
        *compare(found, ALL_BEFORE, ALL, ALL_GOALS),
        *compare(found, SOME_BEFORE, SOME, SOME_GOALS),
        *others,
    ]


def _loop() -> dict[str, Any]:
    options = {"phone_number": "{{ item }}", "credentials_id": trunk_id(0)}
    numbers = [phone_number(index) for index in range(FEW)]
    return {"dasha.blackbox.sip_phone_number": options, "loop": numbers, "no_log": True}
