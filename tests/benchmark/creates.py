# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A thousand numbers to create, against a raw asynchronous client that sends the same requests."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from processes import Measure, Run, expect, make_payloads, run, run_payload, seconds, take_turns
from stage import LATENCY, LINE, TRUNK, TRUNKS, Stage, phone_number

COUNT = 1000
CONCURRENCY = 16
LIMIT = 1.05
MODULE, RAW, NOTHING, IMPORTS = "module", "raw client", "nothing to do", "imports"
REQUESTS = {"GET": 1, "POST": COUNT}


def measure(stage: Stage) -> dict[str, Any]:
    """Return the median seconds of the module as a whole process, of the raw client's requests, and of a start."""
    _empty(stage)
    files = make_payloads(
        [
            stage.fleet_task(MODULE, COUNT, concurrency=CONCURRENCY),
            stage.fleet_task(NOTHING, 0, concurrency=CONCURRENCY),
        ],
        stage.folder,
    )
    empty = _emptying(stage)
    runs = take_turns(
        {
            MODULE: stage.payload_measure(files[MODULE], empty, {"created": COUNT}, REQUESTS),
            RAW: raw_measure(stage),
            NOTHING: Measure(lambda: run_payload(files[NOTHING]), _unchanged, lambda: stage.emulator.set(latency=0.0)),
            IMPORTS: Measure(_import, lambda run: None, lambda: None),
        },
        stage.rounds,
    )
    module, raw, nothing, imports = (seconds(runs[name]) for name in (MODULE, RAW, NOTHING, IMPORTS))
    return {
        "rounds": stage.rounds,
        "count": COUNT,
        "concurrency": CONCURRENCY,
        "module": module,
        "raw": raw,
        "nothing_to_do": nothing,
        "imports": imports,
        "ratio": module / (LIMIT * raw + nothing),
        "ratio_to_imports": module / (LIMIT * raw + imports),
        "ratio_of_work": (module - nothing) / raw,
    }


def lines(result: dict[str, Any]) -> list[str]:
    """Return the result for a person."""
    module, raw, nothing = result["module"], result["raw"], result["nothing_to_do"]
    imports = result["imports"]
    return [
        f"{COUNT} creates, whole process of sip_phone_numbers{'':2} {module:8.2f} s",
        f"{'the same requests by aiohttp, without its start':48} {raw:8.2f} s",
        f"{'start: sip_phone_numbers with an empty list':48} {nothing:8.2f} s",
        f"{'start: Python with Ansible and requests imported':48} {imports:8.2f} s",
        f"{f'module / ({LIMIT} x raw + start with an empty list)':48} {result['ratio']:8.3f}     (target: at most 1)",
        f"{f'module / ({LIMIT} x raw + start with imports)':48} {result['ratio_to_imports']:8.3f}",
        f"{'(module - start with an empty list) / raw':48} {result['ratio_of_work']:8.3f}",
    ]


def _empty(stage: Stage, latency: float = 0.0) -> None:
    stage.emulator.reset(seed=TRUNKS, settings={"latency": latency})


def _emptying(stage: Stage) -> Callable[[], None]:
    return lambda: _empty(stage, LATENCY)


def raw_measure(stage: Stage) -> Measure:
    """Return how to measure the raw client."""
    bodies = [{"phoneNumber": phone_number(index), "credentialsId": TRUNK, **LINE} for index in range(COUNT)]
    request = {"url": stage.emulator.url, "key": stage.emulator.key, "bodies": bodies, "concurrency": CONCURRENCY}
    file = stage.folder / "raw.json"
    file.write_text(json.dumps(request))

    def check(run: Run) -> None:
        expect("what the raw client created", (run.output["existing"], run.output["created"]), (0, COUNT))
        expect("the requests", stage.emulator.stats()["by_method"], REQUESTS)

    return Measure(lambda: _run_raw(file), check, _emptying(stage))


def _run_raw(file: Path) -> Run:
    """Run the raw client; its time is that of its requests, without its start."""
    done = run([sys.executable, Path(__file__).with_name("raw_client.py"), file])
    return done._replace(seconds=done.output["seconds"])


def _unchanged(run: Run) -> None:
    expect("changed", run.output["changed"], False)


def _import() -> Run:
    return run([sys.executable, "-c", "import ansible.module_utils.basic, requests"])
