# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plans as people approve them: preview, refusal, application, rollback."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from ansible_collections.dasha.blackbox.plugins.filter.change_report import change_report
from ansible_collections.dasha.blackbox.plugins.filter.rollback import rollback
from ansible_collections.dasha.blackbox.plugins.module_utils._applying import freshness
from emulator.client import Emulator
from unit.harness import NUMBER_ID, NUMBERS, OTHER_ID, OTHER_TRUNK, TRUNK, run_module

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
    # Whoever pasted it would approve what nobody has looked at.
    assert refused["plan_id"] not in refused["msg"]
    assert "Preview and approve again" in refused["msg"]
    assert {change["phone_number"]: change["action"] for change in refused["changes"]}["+9"] == "delete"
    assert refused["summary"]["not_attempted"] == len(refused["changes"]) == 6
    assert fleet(expected_plan_id=refused["plan_id"])["failed"] is False


def test_empty_expected_plan_id_approves_no_plan(emulator: Emulator, fleet: Run) -> None:
    refused = fleet(expected_plan_id="")
    assert (refused["failed"], refused["changed"], writes(emulator)) == (True, False, [])
    assert "expected_plan_id must not be empty" in refused["msg"]


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


@pytest.mark.not_quick
@pytest.mark.parametrize("state", ["present", "absent"])
def test_rollback_of_a_write_whose_outcome_an_outage_hides(
    emulator: Emulator, run: Run, fleet: Run, monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    monkeypatch.setattr(freshness, "MAX_AGE", -1.0)
    before = stored(emulator)
    emulator.fault(
        {"match": {"method": "PUT|DELETE"}, "times": 1, "fault": {"drop": "after"}},
        {"match": {"method": "GET", "path": f"{NUMBERS}/[^/]*$"}, "skip": 1, "times": None, "fault": {"status": 503}},
    )
    number = {"phone_number": "+1", "state": state, "display_name": "New"}
    result = fleet(phone_numbers=[number], purge=False, force=True, api_retries=1)
    assert (result["failed"], result["failures"][0]["error"]["outcome"]) == (True, "unknown")
    assert "may have been applied" in result["msg"]
    assert without_ids(stored(emulator)) != without_ids(before)
    emulator.clear_faults()
    assert undo(run, result)["failed"] is False
    assert without_ids(stored(emulator)) == without_ids(before)


def test_rollback_keeps_what_others_changed_since(emulator: Emulator, run: Run, fleet: Run) -> None:
    result = fleet(purge=False)
    later = {"phone_number": "+2", "credentials_id": TRUNK, "description": "Written later"}
    assert run("sip_phone_number", **later)["changed"] is True
    undo(run, result)
    kept = {number["phoneNumber"]: number["description"] for number in stored(emulator)}
    assert kept["+2"] == "Written later"


@pytest.mark.parametrize(("how", "why"), [("preview", "it is a preview"), ("refused", "the plan was refused")])
def test_nothing_that_was_not_applied_is_rolled_back(fleet: Run, how: str, why: str) -> None:
    result = fleet(check=True) if how == "preview" else fleet(expected_plan_id="another")
    with pytest.raises(AnsibleFilterError, match=f"There is nothing to roll back: {why}"):
        rollback(result)


texts = st.sampled_from([None, "", "a", "b"])
phones = st.sampled_from(["+1", "+2", "+3", "+4", "+5", "+6"])
values = {
    "display_name": texts,
    "description": texts,
    "registration": st.booleans(),
    "incoming_calls_agent_id": st.sampled_from(["", "agent-1", "agent-2"]),
}
entries_by_number = st.fixed_dictionaries(
    {"phone_number": phones}, optional={**values, "state": st.sampled_from(["present", "absent"])}
)
# By id, a number can also get another number or another trunk, which may be one that was free only a moment ago.
entries_by_id = st.fixed_dictionaries(
    {"id": st.sampled_from([NUMBER_ID, OTHER_ID, THIRD, FOURTH])},
    optional={**values, "phone_number": phones, "credentials_id": st.sampled_from([TRUNK, OTHER_TRUNK])},
)
callers = st.dictionaries(st.sampled_from(["agent-1", "agent-2"]), phones)


@st.composite
def tasks(draw: st.DrawFn) -> dict[str, Any]:
    """Tasks of all kinds. If one entry has outgoing agents, all have, so that no agent is taken from elsewhere."""
    listed = draw(st.lists(entries_by_number, unique_by=lambda entry: entry["phone_number"]))
    listed += draw(st.lists(entries_by_id, unique_by=lambda entry: entry["id"], max_size=3))
    if draw(st.booleans()):
        calling = draw(callers)
        for entry in listed:
            called = [agent for agent, phone in sorted(calling.items()) if phone == entry.get("phone_number")]
            entry["outgoing_calls_agent_ids"] = called if "id" not in entry else []
    return {
        "phone_numbers": listed,
        "credentials_id": TRUNK,
        "purge": draw(st.booleans()),
        "move_from": draw(st.sampled_from([[], [OTHER_TRUNK]])),
        "force": True,
        "max_deletions": 9,
        # One after the other: whether a number is free in time must not depend on luck.
        "concurrency": 1,
    }


def start(emulator: Emulator) -> dict[str, Any]:
    trunks = [{"id": TRUNK, "server": "a.example"}, {"id": OTHER_TRUNK, "server": "b.example"}]
    people = [{"id": "agent-1", "name": "One"}, {"id": "agent-2", "name": "Two"}]
    emulator.reset(seed={"credentials": trunks, "agents": people, "phone_numbers": SEED})
    return {"api_key": emulator.key, "api_url": emulator.url}


def outgoing(emulator: Emulator) -> dict[str, Any]:
    """Return the number that each agent calls from."""
    state = emulator.state()["organizations"]["org-1"]
    by_id = {number["id"]: (number["phoneNumber"], number["credentialsId"]) for number in state["phone_numbers"]}
    return {agent["id"]: by_id.get(agent.get("outbound")) for agent in state["agents"]}


any_run = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.mark.slow
@any_run
@given(tasks())
def test_any_run_followed_by_its_rollback_restores_every_value(
    emulator_process: Emulator, task: dict[str, Any]
) -> None:
    emulator = emulator_process
    connection = start(emulator)
    before, calling = stored(emulator), outgoing(emulator)
    result = run_module("sip_phone_numbers", {**connection, **task})
    # A contradictory list is refused as a whole. What failed only for some numbers is rolled back as well.
    assume("plan_id" in result)
    back = {**connection, "phone_numbers": rollback(result), "max_deletions": 9, "concurrency": 1}
    undone = run_module("sip_phone_numbers", back)
    assert undone["failed"] is False, undone["msg"]
    assert without_ids(stored(emulator)) == without_ids(before)
    assert outgoing(emulator) == calling
    again = run_module("sip_phone_numbers", back)
    assert (again["failed"], again["changed"]) == (False, False)


@pytest.mark.slow
@any_run
@given(tasks(), st.randoms(use_true_random=False), st.integers(1, 32))
def test_any_preview_approves_the_run_that_does_the_same(
    emulator_process: Emulator, task: dict[str, Any], random: Any, concurrency: int
) -> None:
    connection = start(emulator_process)
    preview = run_module("sip_phone_numbers", {**connection, **task}, check=True)
    assume("plan_id" in preview)
    shuffled = random.sample(task["phone_numbers"], len(task["phone_numbers"]))
    other = {"phone_numbers": shuffled, "concurrency": concurrency, "api_timeout": 20, "wait_timeout": 5}
    expected = {**other, "expected_plan_id": preview["plan_id"]}
    result = run_module("sip_phone_numbers", {**connection, **task, **expected})
    assert result["plan_id"] == preview["plan_id"]
    assert result["applied"] is True
    assert result["summary"]["unchanged"] == preview["summary"]["unchanged"]


def test_rollback_of_a_chain_of_renumbered_lines_undoes_the_last_one_first(emulator: Emulator, run: Run) -> None:
    start(emulator)
    before = stored(emulator)
    chain = [{"id": OTHER_ID, "phone_number": "+9"}, {"id": NUMBER_ID, "phone_number": "+2"}]
    result = run("sip_phone_numbers", phone_numbers=chain, concurrency=1)
    assert result["failed"] is False
    undone = run("sip_phone_numbers", phone_numbers=rollback(result), concurrency=1)
    assert (undone["failed"], stored(emulator)) == (False, before)


def test_rollback_deletes_a_number_whose_creation_failed_halfway(emulator: Emulator, run: Run, fleet: Run) -> None:
    before = stored(emulator)
    emulator.fault({"match": {"method": "PUT", "path": ".*/agent-link"}, "times": None, "fault": {"status": 400}})
    result = fleet(phone_numbers=[{"phone_number": "+5", "incoming_calls_agent_id": "agent-2"}], purge=False)
    emulator.clear_faults()
    assert (result["failed"], result["summary"]["created"]) == (True, 0)
    entries = rollback(result)
    assert [entry["state"] for entry in entries] == ["absent"]
    assert undo(run, result)["failed"] is False
    assert stored(emulator) == before


def test_rollback_never_deletes_a_number_that_became_another_one(emulator: Emulator, run: Run, fleet: Run) -> None:
    result = fleet(phone_numbers=[{"phone_number": "+5"}], purge=False)
    (created,) = result["changes"]
    assert run("sip_phone_number", id=created["id"], phone_number="+8")["changed"] is True
    undone = undo(run, result)
    assert undone["failed"] is True
    assert "+8" in {number["phoneNumber"] for number in stored(emulator)}


def test_rollback_of_a_run_that_changed_nothing_is_empty(run: Run, fleet: Run) -> None:
    result = fleet(phone_numbers=[{"phone_number": "+1"}], purge=False)
    assert rollback(result) == []
    assert undo(run, result)["changed"] is False


@pytest.mark.not_quick
def test_rollback_of_a_rollback_is_the_run_again(emulator: Emulator, run: Run, fleet: Run) -> None:
    result = fleet()
    after = stored(emulator)
    undone = undo(run, result)
    assert undo(run, undone)["failed"] is False
    assert without_ids(stored(emulator)) == without_ids(after)


# Reports


@pytest.mark.not_quick
@pytest.mark.parametrize("form", ["markdown", "html"])
def test_report_of_every_kind_of_result_is_complete(emulator: Emulator, fleet: Run, form: str) -> None:
    emulator.fault({"match": {"method": "POST"}, "times": None, "fault": {"status": 400, "body": {"title": "No room"}}})
    for result in (fleet(check=True), fleet(), fleet(expected_plan_id="another")):
        report = change_report(result, format=form)
        assert result["plan_id"] in report
        assert ("were applied" in report) is result["applied"]
        assert ("No room" in report) is bool(result["failures"])
        assert ("The plan was refused" in report) is (result.get("msg", "").startswith("The plan is"))
        assert all(change["phone_number"] in report for change in result["changes"] + result["failures"])
