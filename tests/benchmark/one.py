# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One number that is as it should be, against the plain request for it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from processes import Measure, Run, expect, make_payloads, run_payload, seconds, take_turns
from stage import TRUNK, TRUNKS, Stage

LIMIT = 0.95
NUMBER = {"phoneNumber": "+15551234567", "credentialsId": TRUNK, "displayName": "Line"}
OURS, THEIRS = "sip_phone_number, unchanged", "ansible.builtin.uri, GET"


def measure(stage: Stage) -> dict[str, Any]:
    """Return the median seconds of both, each as a whole process."""
    stage.emulator.reset(seed={**TRUNKS, "phone_numbers": [NUMBER]})
    files = make_payloads(_tasks(stage), stage.folder)
    runs = take_turns({name: _measure(stage, file) for name, file in files.items()}, stage.rounds * 4)
    ours, theirs = seconds(runs[OURS]), seconds(runs[THEIRS])
    return {"rounds": stage.rounds * 4, "module": ours, "uri": theirs, "ratio": ours / theirs}


def lines(result: dict[str, Any]) -> list[str]:
    """Return the result for a person."""
    return [
        f"{OURS:48} {result['module'] * 1000:8.0f} ms",
        f"{THEIRS:48} {result['uri'] * 1000:8.0f} ms",
        f"{'ratio':48} {result['ratio']:8.3f}      (target: at most {LIMIT})",
    ]


def _tasks(stage: Stage) -> list[dict[str, Any]]:
    options = {"phone_number": NUMBER["phoneNumber"], "credentials_id": TRUNK, "display_name": NUMBER["displayName"]}
    uri = {
        "url": f"{stage.emulator.url}/api/v1/sip-phone-numbers?phoneNumber=%2B15551234567&skip=0&take=1000",
        "headers": {"Authorization": f"Bearer {stage.emulator.key}"},
        "return_content": True,
    }
    return [
        {"name": OURS, "dasha.blackbox.sip_phone_number": {**options, **stage.connection()}},
        {"name": THEIRS, "ansible.builtin.uri": uri},
    ]


def _measure(stage: Stage, file: Path) -> Measure:
    def check(run: Run) -> None:
        expect("changed", run.output["changed"], False)
        stats = stage.emulator.stats()
        expect("the answers", (stats["by_method"], stats["by_status"]), ({"GET": 1}, {"200": 1}))

    return Measure(lambda: run_payload(file), check, stage.emulator.clear_requests)
