# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the guide says about conditions and rules, in a real ansible-rulebook, on events as the source makes them."""

from __future__ import annotations

import json
import re
import runpy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.dasha.blackbox.plugins.module_utils._common.redaction import Redactor
from ansible_collections.dasha.blackbox.plugins.module_utils._events.changes import (
    Scope,
    compare,
    initial_events,
    key_rejected,
    snapshots_of,
)
from events.engine import RULEBOOK, run_rulebook, write_rulebook
from unit.guides import read_guide

pytestmark = pytest.mark.skipif(not RULEBOOK, reason="RULEBOOK does not name an ansible-rulebook")

CHECKOUT = Path(__file__).parents[2]
GUIDE = CHECKOUT / "docs/docsite/rst/guide_events.rst"
SOURCE = CHECKOUT / "extensions/eda/plugins/event_source/phone_numbers.py"
# A row of a table: a condition, and the names of the events that it matches.
ROW = re.compile(r"^   \* - ``(?P<condition>(?:not \(?)?event\.[^\n]*)``\n     - (?P<matches>[^\n]*)$", re.MULTILINE)
# What a rule says about the events that it handles: one, several, or an empty one.
NAMES = (
    "{{ (event.name | default('nobody')) if event is defined"
    " else events.values() | map(attribute='name') | sort | join(',') }}"
)
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
    "rejected": plain(key_rejected("Retrieving the phone numbers failed. Check the API key: option api_key.")),
}
OTHER = {"id": "12345678-1234-1234-1234-123456789012", "phoneNumber": "+15551230000"}
# For rules that depend on more than one event.
FURTHER = {
    "one": event_between([], [{**NUMBER, "displayName": "1"}]),
    "other": event_between([{**NUMBER, **OTHER}], [{**FAILED, **OTHER}]),
}
VARIABLES = {"line": "+15551234567", "lines": ["+15551234567"]}


def rows(text: str) -> Iterator[tuple[str, set[str]]]:
    """Yield the conditions of the tables in a guide, and which events it says that they match."""
    for row in ROW.finditer(text):
        names = re.split(", ", row["matches"])
        yield row["condition"], set() if names[0].startswith("nothing") else set(names)


def rule(name: str, condition: Any, **how: Any) -> dict[str, Any]:
    return {"name": name, "condition": condition, "action": say(f"<{name} {NAMES}>"), **how}


def say(text: str) -> dict[str, Any]:
    return {"debug": {"msg": text}}


def ruleset(name: str, *rules: dict[str, Any], events: tuple[str, ...] = tuple(EVENTS), **how: Any) -> dict[str, Any]:
    """Return rules and the events for them, with a last one after which everything is done."""
    known = {**EVENTS, **FURTHER}
    payload = [{"name": f"{event}{number}", **known[event]} for number, event in enumerate(events)]
    source = {"eda.builtin.generic": {"payload": [*payload, {"end": True}], "shutdown_after": 3600}}
    last = {"name": "end", "condition": "event.end == true", "action": say(f"<{name} ended>")}
    return {"name": name, "hosts": "all", "sources": [source], "rules": [*rules, last], **how}


def run(tmp_path: Path, *rulesets: dict[str, Any], until: tuple[str, ...] = ()) -> dict[str, list[str]]:
    """Return, by rule, which events it handled, in their order; of several events at once, their names with commas.

    Args:
        until: what is printed in the end, beside the end of each ruleset.
    """
    options = write_rulebook(tmp_path, list(rulesets), VARIABLES)
    with run_rulebook(tmp_path, *options) as started:
        printed = started.wait_for(*(f"<{each['name']} ended>" for each in rulesets), *until, patience=PATIENCE)
    handled: dict[str, list[str]] = {}
    for name, event in re.findall(r"^<(\S+) ([\w,]+)>$", printed, re.MULTILINE):
        if event not in ("ended", "nobody"):
            handled.setdefault(name, []).append(event)
    return handled


def test_conditions_of_the_guide_match_what_it_says(tmp_path: Path) -> None:
    table = list(rows(GUIDE.read_text("utf-8")))
    assert {name for _condition, names in table for name in names} == set(EVENTS)
    rulesets = [ruleset(f"set{row}", rule(f"row{row}", condition)) for row, (condition, _names) in enumerate(table)]
    handled = run(tmp_path, *rulesets)
    found = [{event.rstrip("0123456789") for event in handled.get(f"row{row}", [])} for row in range(len(table))]
    assert [(condition, names) for (condition, _names), names in zip(table, found, strict=True)] == table


def conditions_in(value: Any) -> Iterator[str]:
    """Yield the conditions in a part of a rulebook."""
    if isinstance(value, dict):
        found = value.get("condition", {})
        yield from [found] if isinstance(found, str) else found.get("all", [])
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from conditions_in(part)


def test_rulebooks_that_users_copy_have_only_conditions_that_work() -> None:
    texts = [step.text for step in read_guide(GUIDE) if step.language.lower().startswith("yaml")]
    texts += [path.read_text("utf-8") for path in (CHECKOUT / "examples/rulebooks").glob("*.yml")]
    texts.append(runpy.run_path(str(SOURCE))["EXAMPLES"])
    works = [condition for condition, _names in rows(GUIDE.read_text("utf-8").partition("These do not")[0])]
    found = [condition for text in texts for condition in conditions_in(yaml.safe_load(text))]
    plain = [condition.removeprefix("events.lost << ").removesuffix(f" and {SAME}") for condition in found]
    assert LOST in plain and BACK in plain
    assert [condition for condition in plain if condition not in works] == []


def test_event_has_the_same_keys_in_the_engine(tmp_path: Path) -> None:
    show = {"name": "show", "condition": "event.blackbox is defined", "action": {"print_event": {"pretty": False}}}
    options = write_rulebook(tmp_path, [{**ruleset("set", show), "name": "set"}], {})
    with run_rulebook(tmp_path, *options) as started:
        printed = started.wait_for("<set ended>")
    for name, event in EVENTS.items():
        assert str(json.loads(json.dumps(event["blackbox"]))) in printed, name


REGISTRATION = 'event.blackbox.event == "registration"'
LOST = f'{REGISTRATION} and event.blackbox.after.state == "Failed"'
BACK = f'{REGISTRATION} and event.blackbox.after.state == "Registered"'
SAME = "event.blackbox.id == events.lost.blackbox.id"
CREATED, UPDATED = 'event.blackbox.event == "created"', 'event.blackbox.event == "updated"'
ANY = "event.blackbox.event is defined"
NAME = "event.blackbox.display_name"
ATTRIBUTE = 'event.blackbox.changed is selectattr("name", "==", "display_name")'
LONG = "5 minutes"
ALL_RULES = {"match_multiple_rules": True}


def throttle(*attributes: str, **limit: Any) -> dict[str, Any]:
    return {"throttle": {"group_by_attributes": list(attributes or ("event.blackbox.id",)), **limit}}


def test_rules_depend_on_each_other_as_the_guide_says(tmp_path: Path) -> None:
    once = throttle(once_within=LONG)
    both = {"events": ("lost", "lost", "deleted", "one"), **ALL_RULES}
    handled = run(
        tmp_path,
        ruleset("first", rule("first.a", LOST), rule("first.b", ANY), events=both["events"]),
        ruleset("all", rule("all.a", LOST), rule("all.b", ANY), **both),
        ruleset("throttled", rule("throttled.a", LOST, **once), rule("throttled.b", ANY), **both),
        ruleset("last", rule("last.a", ANY), rule("last.b", LOST, **once), **both),
        ruleset("text", rule("text.a", f'{NAME} == "1"'), rule("text.b", f"{NAME} == 1"), **both),
        ruleset("number", rule("number.a", f"{NAME} == 1"), rule("number.b", f'{NAME} == "1"'), **both),
        ruleset(
            "parts", rule("parts.a", ANY), rule("parts.b", ATTRIBUTE), rule("parts.c", f"{NAME} is defined"), **both
        ),
    )
    assert {name: sorted(events) for name, events in handled.items()} == {
        "first.a": ["lost0", "lost1"],
        "first.b": ["deleted2", "one3"],
        "all.a": ["lost0", "lost1"],
        "all.b": ["deleted2", "lost0", "lost1", "one3"],
        "throttled.a": ["lost0"],
        "throttled.b": ["deleted2", "one3"],
        "last.a": ["deleted2", "lost0", "lost1", "one3"],
        "last.b": ["lost0"],
        # Of two conditions that differ only in the type, the first counts for both; the name is a text.
        "text.a": ["one3"],
        "text.b": ["one3"],
        "parts.a": ["deleted2", "lost0", "lost1", "one3"],
        # An event with texts in the list is lost for this rule and all later ones.
        "parts.c": ["deleted2", "one3"],
    }


def test_rules_about_several_events_do_what_the_guide_says(tmp_path: Path) -> None:
    two = ("lost", "other", "lost", "other", "lost")
    handled = run(
        tmp_path,
        ruleset("each", rule("each", LOST, **throttle(once_within=LONG)), events=two),
        ruleset("typo", rule("typo", LOST, **throttle("event.blackbox.uuid", once_within=LONG)), events=two),
        ruleset("third", rule("third", LOST, **throttle(accumulate_within=LONG, threshold=3)), events=two),
        ruleset("window", rule("window", LOST, **throttle(once_after="1 second")), events=two),
        ruleset("pairs", rule("pairs", {"all": [LOST, BACK]}), events=("lost", "lost", "other", "back")),
        ruleset("own", rule("own", {"all": [f"events.lost << {LOST}", f"{BACK} and {SAME}"]}), events=(*two, "back")),
        ruleset("any", rule("any", {"any": [LOST, BACK]}), events=("lost", "other", "back")),
        until=("<window lost",),
    )
    assert {name: sorted(events) for name, events in handled.items()} == {
        "each": ["lost0", "other1"],
        "typo": ["lost0", "lost2", "lost4", "other1", "other3"],
        "third": ["lost4"],
        "window": ["lost0,other1"],
        "pairs": ["back3,lost0", "back3,lost1", "back3,other2"],
        "own": ["back5,lost0", "back5,lost2", "back5,lost4"],
        "any": ["back2", "lost0", "other1"],
    }


def test_rule_about_an_event_that_did_not_come_does_what_the_guide_says(tmp_path: Path) -> None:
    soon = {"timeout": "1 second"}
    handled = run(
        tmp_path,
        ruleset("still", rule("still", {"not_all": [LOST, BACK], **soon}), events=("lost",)),
        ruleset("other", rule("other", {"not_all": [LOST, BACK], **soon}), events=("other", "back")),
        until=("<still lost",),
    )
    assert handled == {"still": ["lost0"]}
    compared = {"not_all": [f"events.lost << {LOST}", f"{BACK} and {SAME}"], **soon}
    options = write_rulebook(tmp_path, [ruleset("own", rule("own", compared))], VARIABLES)
    with run_rulebook(tmp_path, *options) as started:
        assert started.process.wait(PATIENCE) == 1
        assert "NullPointerException" in started.printed()


PLAYBOOK = """
- hosts: all
  gather_facts: false
  tasks:
    - ansible.builtin.debug: {msg: "<bare:{{ bare }}> <quoted:{{ quoted }}> <id:{{ id }}>"}
    - ansible.builtin.debug: {msg: "<whole:{{ ansible_eda.event.blackbox.phone_number }}>"}
    - ansible.builtin.set_stats: {data: {first: a}}
    - ansible.builtin.set_stats: {data: {second: "0123"}}
"""

FACT = "<fact {{ events.values() | map(attribute='name') | select('defined') | join(',') }}>"


def test_actions_do_what_the_guide_says(tmp_path: Path) -> None:
    (tmp_path / "play.yml").write_text(PLAYBOOK)
    variables = {
        "bare": "{{ event.blackbox.phone_number }}",
        "quoted": "'{{ event.blackbox.phone_number }}'",
        "id": "{{ event.blackbox.id }}",
    }
    play = {"run_playbook": {"name": "play.yml", "extra_vars": variables, "post_events": True}}
    posted = "<posted {{ 'first' in event }} {{ 'second' in event }} {{ event.second == '0123' }}>"
    fact = {"id": "{{ event.blackbox.id }}", "number": {"id": "{{ event.blackbox.id }}", "state": "Failed"}}
    part, whole = {"number": {"id": fact["id"]}}, {"id": fact["id"]}
    facts = ruleset(
        "facts",
        {"name": "set", "condition": LOST, "action": {"set_fact": {"fact": fact}}},
        {"name": "part", "condition": BACK, "action": {"retract_fact": {"fact": part}}},
        {
            "name": "whole",
            "condition": 'event.blackbox.event == "created"',
            "action": {"retract_fact": {"fact": whole}},
        },
        {"name": "fact", "condition": {"all": ["fact.number is defined", UPDATED]}, "action": say(FACT)},
        events=("lost", "renamed", "back", "off", "created", "unlinked"),
    )
    # A fact is set, and retracted, by an action, which takes place after the next events.
    facts["sources"][0]["eda.builtin.generic"]["event_delay"] = 1
    stop = {"shutdown": {"kind": "graceful", "delay": 3600}}
    rulesets = [
        ruleset(
            "played",
            {"name": "play", "condition": LOST, "action": play},
            {"name": "posted", "condition": "event.second is defined", "action": say(posted)},
            events=("other",),
        ),
        {**facts, "rules": [*facts["rules"][:-1], {"name": "end", "condition": "event.end == true", "action": stop}]},
    ]
    with run_rulebook(tmp_path, *write_rulebook(tmp_path, rulesets, {})) as started:
        printed = started.wait_for("<posted ", "has initiated shutdown", patience=PATIENCE)
        started.process.wait(PATIENCE)
    assert "<bare:15551230000> <quoted:+15551230000>" in printed
    assert f"<id:{OTHER['id']}>" in printed
    assert "<whole:+15551230000>" in printed
    assert "<posted False True True>" in printed
    assert re.findall("<fact (.*)>", printed) == ["renamed1", "off3"]
