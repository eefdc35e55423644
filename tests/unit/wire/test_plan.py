# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plans as people approve them: preview, refusal, application, rollback, report."""

from __future__ import annotations

import json
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from ansible_collections.dasha.blackbox.plugins.filter.change_report import change_report
from ansible_collections.dasha.blackbox.plugins.filter.rollback import rollback
from emulator.client import Emulator
from unit.harness import NUMBER_ID, OTHER_ID, OTHER_TRUNK, TRUNK, run_module

Run = Callable[..., dict[str, Any]]
THIRD = "a0c1c0de-0000-4000-8000-000000000003"
FOURTH = "a0c1c0de-0000-4000-8000-000000000004"
SEED = [
    {"id": NUMBER_ID, "phoneNumber": "+1", "credentialsId": TRUNK, "displayName": "Old"},
    {"id": OTHER_ID, "phoneNumber": "+2", "credentialsId": TRUNK, "incomingCallsAgentId": "agent-1"},
    {"id": THIRD, "phoneNumber": "+3", "credentialsId": TRUNK, "registration": True, "description": "Text"},
    {"id": FOURTH, "phoneNumber": "+4", "credentialsId": OTHER_TRUNK},
]
TASK = {
    "phone_numbers": [
        {"phone_number": "+1", "display_name": "New", "description": "Added", "registration": True},
        {"phone_number": "+2", "incoming_calls_agent_id": "", "outgoing_calls_agent_ids": ["agent-2"]},
        {"phone_number": "+4"},
        {"phone_number": "+5", "incoming_calls_agent_id": "agent-2"},
    ],
    "credentials_id": TRUNK,
    "move_from": [OTHER_TRUNK],
    "purge": True,
    "force": True,
}


@pytest.fixture
def fleet(emulator: Emulator, run: Run) -> Run:
    emulator.seed({"phone_numbers": SEED})
    emulator.clear_requests()
    return lambda check=False, **options: run("sip_phone_numbers", check=check, **{**TASK, **options})


def stored(emulator: Emulator) -> list[dict[str, Any]]:
    """Return what the tests compare of all numbers: everything but what the server makes of its own."""
    numbers = emulator.state()["organizations"]["org-1"]["phone_numbers"]
    own = ("createdTime", "lastUpdateTime", "registrationStatus", "orgId")
    kept = [{name: value for name, value in number.items() if name not in own} for number in numbers]
    return sorted(kept, key=lambda number: (number["phoneNumber"], number["credentialsId"]))


def without_ids(numbers: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{name: value for name, value in number.items() if name != "id"} for number in numbers]


def writes(emulator: Emulator) -> list[str]:
    return [entry["method"] for entry in emulator.requests() if entry["method"] != "GET"]


def test_preview_and_run_have_the_same_id(emulator: Emulator, fleet: Run) -> None:
    preview = fleet(check=True, concurrency=1)
    assert (preview["applied"], writes(emulator)) == (False, [])
    result = fleet(expected_plan_id=preview["plan_id"], api_timeout=20)
    assert (result["failed"], result["applied"], result["plan_id"]) == (False, True, preview["plan_id"])
    assert {change["action"] for change in result["changes"]} == {"create", "update", "delete"}
    again = fleet()
    assert (again["changed"], again["plan_id"] == preview["plan_id"]) == (False, False)


@pytest.mark.parametrize("check", [True, False])
def test_refused_plan_writes_nothing_and_shows_the_current_one(emulator: Emulator, fleet: Run, check: bool) -> None:
    preview = fleet(check=True)
    emulator.seed({"phone_numbers": [{"phoneNumber": "+9", "credentialsId": TRUNK}]})
    refused = fleet(check=check, expected_plan_id=preview["plan_id"])
    assert (refused["failed"], refused["changed"], refused["applied"], writes(emulator)) == (True, False, False, [])
    assert refused["plan_id"] in refused["msg"]
    assert {change["phone_number"]: change["action"] for change in refused["changes"]}["+9"] == "delete"
    assert refused["summary"]["not_attempted"] == len(refused["changes"]) == 6
    assert fleet(expected_plan_id=refused["plan_id"])["failed"] is False


def test_failed_run_has_its_plan_id_too(emulator: Emulator, fleet: Run) -> None:
    preview = fleet(check=True)
    emulator.fault({"match": {"method": "POST"}, "times": None, "fault": {"status": 400, "body": {"title": "No"}}})
    assert fleet()["plan_id"] == preview["plan_id"]


# Rollback


def undo(run: Run, result: dict[str, Any]) -> dict[str, Any]:
    return run("sip_phone_numbers", phone_numbers=rollback(result), max_deletions=100)


def test_rollback_restores_everything_but_the_ids_of_deleted_numbers(emulator: Emulator, run: Run, fleet: Run) -> None:
    before = stored(emulator)
    result = fleet()
    undone = undo(run, result)
    assert (undone["failed"], without_ids(stored(emulator))) == (False, without_ids(before))
    ids = {number["phoneNumber"]: number["id"] for number in stored(emulator)}
    assert {phone: ids[phone] for phone in ("+1", "+2", "+4")} == {"+1": NUMBER_ID, "+2": OTHER_ID, "+4": FOURTH}
    agents = {agent["id"]: agent.get("outbound") for agent in emulator.state()["organizations"]["org-1"]["agents"]}
    assert agents == {"agent-1": None, "agent-2": None}


def test_rollback_of_a_partly_failed_run_undoes_what_was_done(emulator: Emulator, run: Run, fleet: Run) -> None:
    before = stored(emulator)
    emulator.fault({"match": {"method": "POST"}, "times": None, "fault": {"status": 400, "body": {"title": "No"}}})
    result = fleet()
    assert (result["failed"], result["changed"]) == (True, True)
    emulator.clear_faults()
    assert undo(run, result)["failed"] is False
    assert stored(emulator) == before


def test_rollback_keeps_what_others_changed_since(emulator: Emulator, run: Run, fleet: Run) -> None:
    result = fleet(purge=False)
    later = {"phone_number": "+2", "credentials_id": TRUNK, "description": "Written later"}
    assert run("sip_phone_number", **later)["changed"] is True
    undo(run, result)
    kept = {number["phoneNumber"]: number["description"] for number in stored(emulator)}
    assert kept["+2"] == "Written later"


@pytest.mark.parametrize("how", ["preview", "refused"])
def test_nothing_that_was_not_applied_is_rolled_back(fleet: Run, how: str) -> None:
    result = fleet(check=True) if how == "preview" else fleet(expected_plan_id="another")
    with pytest.raises(AnsibleFilterError, match="nothing to roll back"):
        rollback(result)


@pytest.mark.parametrize("wrong", [None, [], "text", {}, {"msg": "The API key is missing"}, {"changes": []}])
@pytest.mark.parametrize("use", [rollback, change_report])
def test_result_of_something_else_is_refused(use: Callable[[Any], Any], wrong: Any) -> None:
    with pytest.raises(AnsibleFilterError, match="takes the registered result of a sip_phone_numbers task"):
        use(wrong)


texts = st.sampled_from([None, "", "a", "b"])
entries = st.fixed_dictionaries(
    {"phone_number": st.sampled_from(["+1", "+2", "+3", "+4", "+5"])},
    optional={
        "display_name": texts,
        "description": texts,
        "registration": st.booleans(),
        "incoming_calls_agent_id": st.sampled_from(["", "agent-1", "agent-2"]),
        "state": st.sampled_from(["present", "absent"]),
    },
)


@pytest.mark.slow
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(entries, unique_by=lambda entry: entry["phone_number"]), st.booleans(), st.booleans())
def test_any_run_followed_by_its_rollback_restores_every_value(
    emulator_process: Emulator, chosen: list[dict[str, Any]], purge: bool, move: bool
) -> None:
    emulator = emulator_process
    trunks = [{"id": TRUNK, "server": "a.example"}, {"id": OTHER_TRUNK, "server": "b.example"}]
    agents = [{"id": "agent-1", "name": "One"}, {"id": "agent-2", "name": "Two"}]
    emulator.reset(seed={"credentials": trunks, "agents": agents, "phone_numbers": SEED})
    connection = {"api_key": emulator.key, "api_url": emulator.url}
    options = {"credentials_id": TRUNK, "purge": purge, "move_from": [OTHER_TRUNK] if move else [], "force": True}
    before = stored(emulator)
    result = run_module("sip_phone_numbers", {**connection, **options, "phone_numbers": chosen})
    assert result["failed"] is False
    undone = run_module("sip_phone_numbers", {**connection, "phone_numbers": rollback(result), "max_deletions": 9})
    assert undone["failed"] is False, undone["msg"]
    assert without_ids(stored(emulator)) == without_ids(before)


# Reports

EVIL = "<script>alert(1)</script> | `x` [a](http://x) ![b](http://y) @all **bold** \n# h \x1b[31m ``` \" onload='1'"


def evil_result(count: int = 1) -> dict[str, Any]:
    named = {"phone_number": EVIL, "credentials_id": TRUNK}
    update = {**named, "action": "update", "id": NUMBER_ID}
    update.update(before={**named, "display_name": None}, after={**named, "display_name": EVIL})
    failure = {**update, "error": {}, "msg": EVIL}
    summary = {"created": 0, "updated": count, "deleted": 0, "unchanged": 3, "failed": 1, "not_attempted": 0}
    return {
        "plan_id": "5f0c9e1d2b7a4c63",
        "applied": True,
        "summary": summary,
        "changes": [update] * count,
        "failures": [failure],
    }


def test_values_are_no_markup_in_markdown() -> None:
    report = change_report(evil_result(), title=EVIL)
    tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(report)
    inline = [child for token in tokens for child in token.children or []]
    html = [child.content for child in inline if child.type == "html_inline"]
    assert set(html) <= {"<br>"}
    assert {child.type for child in inline} <= {"text", "code_inline", "em_open", "em_close", "html_inline"}
    assert [token.type for token in tokens].count("heading_open") == 3
    assert "\x1b" not in report


class Tags(HTMLParser):
    """Collects the elements and attributes of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes.update(name for name, _value in attrs)


def test_values_are_no_markup_in_html() -> None:
    found = Tags()
    page = change_report(evil_result(), format="html", title=EVIL)
    found.feed(page)
    own = "html head meta title style body h1 h2 p div ul li b table thead tbody tr th td span del ins"
    assert found.tags <= set(own.split())
    assert found.attributes <= {"class", "lang", "charset", "name", "content", "http-equiv"}
    assert "default-src 'none'" in page
    assert "\x1b" not in page


@pytest.mark.parametrize("form", ["markdown", "html"])
def test_report_has_ids_counts_values_and_reasons(fleet: Run, form: str) -> None:
    for result in (fleet(check=True), fleet(), fleet(expected_plan_id="another")):
        report = change_report(result, format=form)
        assert result["plan_id"] in report
        assert ("were applied" in report) is result["applied"]
        for change in result["changes"]:
            assert change["phone_number"] in report


def test_unknown_format_is_refused() -> None:
    with pytest.raises(AnsibleFilterError, match="one of markdown, html"):
        change_report(evil_result(), format="pdf")


@pytest.mark.parametrize("form", ["markdown", "html"])
def test_report_of_ten_thousand_changes_has_a_line_for_each(form: str) -> None:
    result = json.loads(json.dumps(evil_result(10_000)))
    assert change_report(result, format=form).count("alert(1)") >= 20_000
