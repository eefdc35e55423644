# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Measures what tasks cost, as ratios within one run: `make benchmark`.

A module is measured as Ansible runs it: the payload that ansible-playbook makes, started as a process of its own.
What is compared takes turns, so that whatever else the machine does falls on all alike; figures are medians. Every
run is checked, by its result and by what the emulator received: a failure cannot pass for speed.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import audits
import creates
import direct
import files
import fleets
import loops
import machine
import million
import one
import organizations
import role
import stage
import unchanged
import watching

BENCHMARKS: dict[str, tuple[str, ModuleType]] = {
    "direct": ("One task and one item more, unchanged, no latency", direct),
    "fleets": ("A thousand creates and 50,000 unchanged in a playbook, 50 ms latency", fleets),
    "files": ("Unchanged numbers of a file, and of a list before, 50 ms latency", files),
    "role": ("A hundred trunks of a hundred unchanged numbers, now and before, 50 ms latency", role),
    "organizations": ("A hundred organizations of a hundred numbers, 20 ms latency", organizations),
    "one": ("One number, unchanged, no latency", one),
    "creates": ("A thousand creates, 50 ms latency, 16 in flight", creates),
    "unchanged": ("A fleet unchanged, and planned in check mode, 50 ms latency, 16 in flight", unchanged),
    "loops": ("One number more in a playbook, created, 50 ms latency", loops),
    "audits": ("An audit of 10,000 phone numbers, compared with a list", audits),
    "watching": ("An organization of 10,000 numbers watched for a day, and events in ansible-rulebook", watching),
    "million": ("A million numbers in one organization, unchanged, 50 ms latency", million),
}
# They take longer, and one more memory, than all the others.
ONLY_IF_ASKED = {"million", "watching"}


def main() -> None:
    arguments = _arguments()
    result: dict[str, Any] = {"machine": machine.describe()}
    print(", ".join(f"{name} {value}" for name, value in result["machine"].items()))
    with stage.opened(arguments.rounds) as place:
        for name in arguments.only or [name for name in BENCHMARKS if name not in ONLY_IF_ASKED]:
            title, benchmark = BENCHMARKS[name]
            result[name] = benchmark.measure(place)
            print(f"\n{title} (medians of {result[name]['rounds']} rounds)")
            print("\n".join(f"  {line}" for line in benchmark.lines(result[name])), flush=True)
    if arguments.json:
        arguments.json.write_text(json.dumps(result, indent=2) + "\n")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", action="append", choices=BENCHMARKS, help="measure this; may be given several times")
    parser.add_argument("--rounds", type=int, default=5, help="how often each thing is measured (5)")
    parser.add_argument("--json", type=Path, help="write the figures to this file too")
    return parser.parse_args()


if __name__ == "__main__":
    main()
