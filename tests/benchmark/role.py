# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A hundred trunks with a hundred unchanged numbers each, through the role, against the role as it was."""

from __future__ import annotations

import json
from typing import Any

from builds import NEW, OLD, builds, compare, entries, figures, static_server
from processes import take_turns
from stage import Stage
from static_server import trunk_name

TRUNKS, NUMBERS = 100, 100
BEFORE, NOW = f"{TRUNKS} trunks of {NUMBERS} numbers, role, before", f"{TRUNKS} trunks of {NUMBERS} numbers, role"
# With ansible-core 2.21; with 2.16, a twentieth.
GOALS = (1 / 6, 1.0)
MOST_REQUESTS = 13


def measure(stage: Stage) -> dict[str, Any]:
    """Return the median seconds and the memory of both."""
    both, rounds = builds(stage), stage.rounds
    with static_server(stage.folder, TRUNKS * NUMBERS, TRUNKS) as server:
        tasks = [_task(stage)]
        measures = {
            # How many requests it sends is none of what is compared.
            BEFORE: both.measure(OLD, "role", tasks, server, 10**6),
            NOW: both.measure(NEW, "role", tasks, server, MOST_REQUESTS),
        }
        return {"rounds": rounds, "figures": figures(take_turns(measures, rounds))}


def lines(result: dict[str, Any]) -> list[str]:
    """Return the result for a person."""
    return compare(result["figures"], BEFORE, NOW, GOALS)


def _task(stage: Stage) -> dict[str, Any]:
    trunks = [
        {
            "server": trunk_name(index),
            "phone_numbers": entries(range(index * NUMBERS, (index + 1) * NUMBERS)),
        }
        for index in range(TRUNKS)
    ]
    file = stage.folder / "trunks.json"
    file.write_text(json.dumps(trunks))
    return {
        "ansible.builtin.include_role": {"name": "dasha.blackbox.provision"},
        "vars": {"blackbox_trunks": f"{{{{ lookup('ansible.builtin.file', '{file}') | from_json }}}}"},
    }
