# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the guide says about conditions and rules, in a real ansible-rulebook, on events as the source makes them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.dasha.blackbox.plugins.module_utils._common.redaction import Redactor
from ansible_collections.dasha.blackbox.plugins.module_utils._events.changes import (
    Scope,
    compare,
    initial_events,
    snapshots_of,
)
from events.engine import RULEBOOK, run_rulebook, write_rulebook

pytestmark = pytest.mark.skipif(not RULEBOOK, reason="RULEBOOK does not name an ansible-rulebook")

GUIDE = Path(__file__).parents[2] / "docs/docsite/rst/guide_events.rst"
# A row of a table: a condition, and the names of the events that it matches.
ROW = re.compile(r"^   \* - ``(?P<condition>(?:not )?event\.[^\n]*)``\n     - (?P<matches>[^\n]*)$", re.MULTILINE)
# Each ruleset has an engine of its own, and they share two cores.
PATIENCE = 180

NUMBER: dict[str, Any] = {
    "id": "9b2f0c1e-8a5d-4f0e-9d55-0f6f2b0c7a11",
    "orgId": "org-1",
    "phoneNumber": "+15551234567",
    "credentialsId": "3fa85f64-5717-4562-b3fc-2c963f66afa6",
    "displayName": "Desk",
    "registration": True,
    "incomingCallsAgentId": "agent-1",
    "registrationStatus": {"state": "Registered", "sipResponseMessage": "200 OK"},
}
FAILED = {
    **NUMBER,
    "registrationStatus": {"state": "Failed", "errorDescription": "wrong password", "sipResponseMessage": "403"},
}


def plain(event: Any) -> Any:
    """Return an event as the source hands it over."""
    return Redactor().redact_result(event)


def event_between(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> Any:
    (event,) = compare(snapshots_of(before), snapshots_of(after), Scope())
    return plain(event)


EVENTS = {
    "lost": event_between([NUMBER], [FAILED]),
    "back": event_between([FAILED], [NUMBER]),
    "first": plain(next(initial_events(snapshots_of([FAILED]), Scope(), only_failed=True))),
    "created": event_between([], [NUMBER]),
    "deleted": event_between([NUMBER], []),
    "renamed": event_between([NUMBER], [{**NUMBER, "displayName": None}]),
    "off": event_between([NUMBER], [{**NUMBER, "registration": False}]),
    "unlinked": event_between([NUMBER], [{**NUMBER, "incomingCallsAgentId": None}]),
}


def rows() -> Iterator[tuple[str, set[str]]]:
    """Yield the conditions of the guide, and which events it says that they match."""
    for row in ROW.finditer(GUIDE.read_text("utf-8")):
        names = re.split(", ", row["matches"])
        yield row["condition"], set() if names[0].startswith("nothing") else set(names)


def rule(name: str, condition: str, **how: Any) -> dict[str, Any]:
    said = f"<{name} {{{{ event.name | default('nobody') }}}}>"
    return {"name": name, "condition": condition, "action": {"debug": {"msg": said}}, **how}


def ruleset(name: str, *rules: dict[str, Any], events: tuple[str, ...] = tuple(EVENTS), **how: Any) -> dict[str, Any]:
    """Return rules and the events for them, with a last one after which everything is done."""
    known = {**EVENTS, "one": event_between([], [{**NUMBER, "displayName": "1"}])}
    payload = [{"name": f"{event}{number}", **known[event]} for number, event in enumerate(events)]
    source = {"eda.builtin.generic": {"payload": [*payload, {"end": True}], "shutdown_after": 3600}}
    last = {"name": "end", "condition": "event.end == true", "action": {"debug": {"msg": f"<{name} ended>"}}}
    return {"name": name, "hosts": "all", "sources": [source], "rules": [*rules, last], **how}


def run(tmp_path: Path, *rulesets: dict[str, Any]) -> dict[str, list[str]]:
    """Return, by rule, which events it handled, in their order."""
    options = write_rulebook(tmp_path, list(rulesets), {})
    with run_rulebook(tmp_path, *options) as started:
        printed = started.wait_for(*(f"<{each['name']} ended>" for each in rulesets), patience=PATIENCE)
    handled: dict[str, list[str]] = {}
    for name, event in re.findall(r"^<(\S+) (\w+)>$", printed, re.MULTILINE):
        if event not in ("ended", "nobody"):
            handled.setdefault(name, []).append(event)
    return handled


def test_conditions_of_the_guide_match_what_it_says(tmp_path: Path) -> None:
    table = list(rows())
    assert {name for _condition, names in table for name in names} == set(EVENTS)
    rulesets = [ruleset(f"set{row}", rule(f"row{row}", condition)) for row, (condition, _names) in enumerate(table)]
    handled = run(tmp_path, *rulesets)
    found = [{event.rstrip("0123456789") for event in handled.get(f"row{row}", [])} for row in range(len(table))]
    assert [(condition, names) for (condition, _names), names in zip(table, found, strict=True)] == table


def test_event_has_the_same_keys_in_the_engine(tmp_path: Path) -> None:
    show = {"name": "show", "condition": "event.blackbox is defined", "action": {"print_event": {"pretty": False}}}
    options = write_rulebook(tmp_path, [{**ruleset("set", show), "name": "set"}], {})
    with run_rulebook(tmp_path, *options) as started:
        printed = started.wait_for("<set ended>")
    for name, event in EVENTS.items():
        assert str(json.loads(json.dumps(event["blackbox"]))) in printed, name


LOST = 'event.blackbox.event == "registration" and event.blackbox.after.state == "Failed"'
ANY = "event.blackbox.event is defined"
NAME = "event.blackbox.display_name"
ONCE = {"throttle": {"once_within": "5 minutes", "group_by_attributes": ["event.blackbox.id"]}}


def test_rules_depend_on_each_other_as_the_guide_says(tmp_path: Path) -> None:
    some = ("lost", "lost", "deleted", "one")
    both = {"events": some, "match_multiple_rules": True}
    handled = run(
        tmp_path,
        ruleset("first", rule("first.a", LOST), rule("first.b", ANY), events=some),
        ruleset("all", rule("all.a", LOST), rule("all.b", ANY), **both),
        ruleset("throttled", rule("throttled.a", LOST, **ONCE), rule("throttled.b", ANY), **both),
        ruleset("last", rule("last.a", ANY), rule("last.b", LOST, **ONCE), **both),
        ruleset("text", rule("text.a", f'{NAME} == "1"'), rule("text.b", f"{NAME} == 1"), **both),
        ruleset("number", rule("number.a", f"{NAME} == 1"), rule("number.b", f'{NAME} == "1"'), **both),
    )
    assert handled == {
        "first.a": ["lost0", "lost1"],
        "first.b": ["deleted2", "one3"],
        "all.a": ["lost0", "lost1"],
        "all.b": ["lost0", "lost1", "deleted2", "one3"],
        "throttled.a": ["lost0"],
        "throttled.b": ["deleted2", "one3"],
        "last.a": ["lost0", "lost1", "deleted2", "one3"],
        "last.b": ["lost0"],
        # Of two conditions that differ only in the type, the first counts for both; the name is a text.
        "text.a": ["one3"],
        "text.b": ["one3"],
    }
