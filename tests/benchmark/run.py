# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Measures what a task costs, as ratios within one run: `make benchmark`.

A module is measured as Ansible runs it: the payload that ansible-playbook makes, started as a process of its own.
Payloads take turns, so that whatever else the machine does falls on all of them alike.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests"))

from emulator.client import Emulator  # noqa: E402 - found through the line above

TRUNK = "3fa85f64-5717-4562-b3fc-2c963f66afa6"
NUMBER = {"phoneNumber": "+15551234567", "credentialsId": TRUNK, "displayName": "Line"}
LIMIT = 0.95


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=40, help="how often each payload runs")
    arguments = parser.parse_args()
    with Emulator.start("--exit-with-parent", "--quiet") as emulator, tempfile.TemporaryDirectory() as folder:
        emulator.reset(seed={"credentials": [{"id": TRUNK, "server": "sip.example.com"}], "phone_numbers": [NUMBER]})
        times = measure(payloads(tasks(emulator), Path(folder)), arguments.rounds)
    report(times, arguments.rounds)


def tasks(emulator: Emulator) -> list[dict[str, Any]]:
    """Return the tasks to compare: a number that is as it should be, and the plain request for it."""
    connection = {"api_key": emulator.key, "api_url": emulator.url}
    options = {"phone_number": "+15551234567", "credentials_id": TRUNK, "display_name": "Line"}
    uri = {
        "url": f"{emulator.url}/api/v1/sip-phone-numbers?phoneNumber=%2B15551234567&skip=0&take=1000",
        "headers": {"Authorization": f"Bearer {emulator.key}"},
        "return_content": True,
    }
    return [
        {"name": "sip_phone_number, unchanged", "dasha.blackbox.sip_phone_number": {**options, **connection}},
        {"name": "ansible.builtin.uri, GET", "ansible.builtin.uri": uri},
    ]


def payloads(listed: list[dict[str, Any]], folder: Path) -> dict[str, Path]:
    """Return the file that Ansible would run for each task, by the task's name."""
    play = {
        "hosts": "localhost",
        "gather_facts": False,
        "vars": {"ansible_python_interpreter": sys.executable},
        "tasks": listed,
    }
    playbook = folder / "playbook.yml"
    playbook.write_text(yaml.safe_dump([play], sort_keys=False))
    environment = {**os.environ, "ANSIBLE_KEEP_REMOTE_FILES": "1", "ANSIBLE_REMOTE_TMP": str(folder / "remote")}
    command = [str(Path(sys.executable).with_name("ansible-playbook")), "-i", "localhost,", "-c", "local", playbook]
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
    files = sorted((folder / "remote").glob("*/AnsiballZ_*.py"), key=lambda file: file.stat().st_mtime)
    return {task["name"]: file for task, file in zip(listed, files, strict=True)}


def measure(files: dict[str, Path], rounds: int) -> dict[str, list[float]]:
    """Return the seconds that each payload took, as a whole process, round by round."""
    times: dict[str, list[float]] = {name: [] for name in files}
    for _round in range(rounds):
        for name, file in files.items():
            start = time.perf_counter()
            subprocess.run([sys.executable, file], check=True, stdout=subprocess.DEVNULL)
            times[name].append(time.perf_counter() - start)
    return times


def report(times: dict[str, list[float]], rounds: int) -> None:
    """Print medians, and how they compare."""
    medians = {name: statistics.median(values) for name, values in times.items()}
    for name, median in medians.items():
        print(f"{name:30} {median * 1000:7.1f} ms   (median of {rounds}, least {min(times[name]) * 1000:.1f} ms)")
    ours, theirs = medians.values()
    verdict = "within" if ours / theirs <= LIMIT else "OVER"
    print(f"ratio                          {ours / theirs:7.3f}      ({verdict} the limit of {LIMIT})")


if __name__ == "__main__":
    main()
