# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An audit of an organization, compared with the list that it is managed by, in each format."""

from __future__ import annotations

import statistics
import time
import uuid
from typing import Any

from processes import expect
from stage import TRUNK, Stage, phone_number

from ansible_collections.dasha.blackbox.plugins.filter.audit import audit
from ansible_collections.dasha.blackbox.plugins.filter.desired_state import desired_state

COUNT = 10_000
GOAL = 2.0
FORMATS = ("data", "markdown", "html")
# One phone number in so many is not registered, has no agent, differs from the list.
FAILED, UNANSWERED, CHANGED = 5, 3, 4
AGENT = {"id": "agent-1", "name": "Support", "enabled": True}


def measure(stage: Stage) -> dict[str, Any]:
    """Return the median seconds of CPU time for each format."""
    numbers = [_number(index) for index in range(COUNT)]
    listed = desired_state([{**number, "display_name": "Line"} for number in numbers])
    figures = {format: _seconds(stage.rounds, numbers, listed, format) for format in FORMATS}
    return {"rounds": stage.rounds, "numbers": COUNT, "seconds": figures}


def lines(result: dict[str, Any]) -> list[str]:
    """Return the result for a person."""
    return [
        f"{f'{COUNT} phone numbers as {format}':48} {seconds:8.2f} s    (target: at most {GOAL:g})"
        for format, seconds in result["seconds"].items()
    ]


def _seconds(rounds: int, numbers: list[dict[str, Any]], listed: list[dict[str, Any]], format: str) -> float:
    taken = []
    for _round in range(rounds):
        # Of this process alone: how busy the machine is does not count.
        started = time.process_time()
        found = audit(numbers, agents=[AGENT], desired=listed, format=format)
        taken.append(time.process_time() - started)
        if format == "data":
            failed, unanswered, changed = (-(-COUNT // each) for each in (FAILED, UNANSWERED, CHANGED))
            expect("the findings", found["summary"], {"error": failed, "warning": unanswered + changed, "note": 0})
    return statistics.median(taken)


def _number(index: int) -> dict[str, Any]:
    status = {"state": "Registered" if index % FAILED else "Failed", "error_description": "no route"}
    return {
        "id": str(uuid.UUID(int=index)),
        "phone_number": phone_number(index),
        "credentials_id": TRUNK,
        "display_name": "Line" if index % CHANGED else "Renamed",
        "description": None,
        "registration": True,
        "registration_status": status,
        "incoming_calls_agent_id": AGENT["id"] if index % UNANSWERED else None,
    }
