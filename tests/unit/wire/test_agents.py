# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Agents: their names, and the numbers that they call from."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from emulator.client import Emulator
from unit.harness import NUMBER_ID, OTHER_ID, TRUNK

Run = Callable[..., dict[str, Any]]
PAIR = {"phone_number": "+1", "credentials_id": TRUNK}
LINK = f"/api/v1/sip-phone-numbers/{NUMBER_ID}/agent-link"


@pytest.fixture
def numbers(emulator: Emulator) -> Emulator:
    """Two numbers; an agent answers the first, and another one calls from it."""
    first = {"id": NUMBER_ID, "phoneNumber": "+1", "credentialsId": TRUNK, "incomingCallsAgentId": "agent-1"}
    second = {"id": OTHER_ID, "phoneNumber": "+2", "credentialsId": TRUNK}
    emulator.reset(
        seed={
            "credentials": [{"id": TRUNK, "server": "sip.example.com"}],
            "phone_numbers": [first, second],
            "agents": [
                {"id": "agent-1", "name": "Support"},
                {"id": "agent-2", "name": "Sales", "outbound": NUMBER_ID},
                {"id": "agent/3", "name": "Night"},
                {"id": "agent-4", "name": "Night"},
            ],
        }
    )
    return emulator


def requests_of(emulator: Emulator) -> list[tuple[str, str]]:
    return [(entry["method"], entry["raw_path"].partition("/api/v1/")[2]) for entry in emulator.requests()]


def outbound(emulator: Emulator) -> dict[str, str | None]:
    agents = emulator.state()["organizations"]["org-1"]["agents"]
    return {agent["id"]: agent.get("outbound") for agent in agents}


def writes(emulator: Emulator) -> list[tuple[str, dict[str, str]]]:
    return [(entry["method"], dict(entry["query"])) for entry in emulator.requests() if entry["method"] != "GET"]


# Outgoing calls


@pytest.mark.not_quick
def test_missing_agents_are_linked_and_surplus_ones_unlinked(numbers: Emulator, run: Run) -> None:
    options = {**PAIR, "outgoing_calls_agent_ids": ["agent-4", "agent/3"]}
    predicted = run("sip_phone_number", check=True, **options)
    assert writes(numbers) == []
    numbers.clear_requests()
    result = run("sip_phone_number", **options)
    assert [method for method, _path in requests_of(numbers)] == ["GET", "GET", "GET", "GET", "PUT", "PUT", "DELETE"]
    assert writes(numbers) == [
        ("PUT", {"mode": "replaceOutbound", "agentId": "agent-4"}),
        ("PUT", {"mode": "replaceOutbound", "agentId": "agent/3"}),
        ("DELETE", {"mode": "replaceOutbound", "agentId": "agent-2"}),
    ]
    assert outbound(numbers) == {"agent-1": None, "agent-2": None, "agent/3": NUMBER_ID, "agent-4": NUMBER_ID}
    for answer in (predicted, result):
        assert answer["diff"]["before"]["outgoing_calls_agents"] == ["agent-2"]
        assert answer["sip_phone_number"]["outgoing_calls_agent_ids"] == ["agent-4", "agent/3"]
    assert result["sip_phone_number"]["incoming_calls_agent_id"] == "agent-1"
    numbers.clear_requests()
    again = run("sip_phone_number", **PAIR, outgoing_calls_agent_ids=["agent/3", "agent-4"])
    assert again["changed"] is False
    assert [method for method, _path in requests_of(numbers)] == ["GET", "GET"]


@pytest.mark.parametrize("value", [None, "omitted"])
def test_omitted_outgoing_agents_are_neither_read_nor_changed(numbers: Emulator, run: Run, value: Any) -> None:
    options = {} if value == "omitted" else {"outgoing_calls_agent_ids": value}
    result = run("sip_phone_number", **PAIR, **options)
    assert (result["changed"], len(numbers.requests())) == (False, 1)
    assert "outgoing_calls_agent_ids" not in result["sip_phone_number"]


@pytest.mark.parametrize("module", ["sip_phone_number", "sip_phone_numbers"])
def test_agent_that_is_named_twice_is_refused(numbers: Emulator, run: Run, module: str) -> None:
    entry = {"phone_number": "+1", "outgoing_calls_agents": ["Support", "Support"]}
    options = entry if module == "sip_phone_number" else {"phone_numbers": [entry]}
    result = run(module, credentials_id=TRUNK, **options)
    assert result["failed"] is True
    assert re.search(r"\[0\] and \S*outgoing_calls_agents\[1\] are the same: 'Support' and 'Support'", result["msg"])
    assert writes(numbers) == []


def test_empty_list_unlinks_all_and_leaves_the_incoming_link(numbers: Emulator, run: Run) -> None:
    result = run("sip_phone_number", **PAIR, outgoing_calls_agent_ids=[])
    assert writes(numbers) == [("DELETE", {"mode": "replaceOutbound", "agentId": "agent-2"})]
    assert result["sip_phone_number"]["incoming_calls_agent_id"] == "agent-1"


def test_creation_links_its_agents_once_it_has_checked_them(numbers: Emulator, run: Run) -> None:
    options = {"phone_number": "+3", "credentials_id": TRUNK, "incoming_calls_agent_id": "agent-4"}
    result = run("sip_phone_number", **options, outgoing_calls_agent_ids=["agent-2"])
    assert [method for method, _path in requests_of(numbers)] == ["GET", "GET", "GET", "POST", "PUT", "PUT"]
    assert outbound(numbers)["agent-2"] == result["sip_phone_number"]["id"]
    assert result["sip_phone_number"]["outgoing_calls_agent_ids"] == ["agent-2"]


def test_agent_that_is_stored_otherwise_is_warned_about(numbers: Emulator, run: Run) -> None:
    numbers.fault({"match": {"method": "PUT"}, "fault": {"patch": {"incomingCallsAgentId": "agent-4"}}})
    (warning,) = run("sip_phone_number", **PAIR, incoming_calls_agent_id="agent-2")["warnings"]
    assert warning == "The API stored incoming_calls_agent_id as 'agent-4' instead of 'agent-2'."


@pytest.mark.parametrize("agents", [["agent-2", "agent-4"], []])
def test_old_deployment_that_moves_the_incoming_link_fails(numbers: Emulator, run: Run, agents: list[str]) -> None:
    numbers.set(ignore_link_mode=True)
    result = run("sip_phone_number", **PAIR, outgoing_calls_agent_ids=agents)
    assert (result["failed"], result["changed"]) == (True, True)
    for words in ("ignores mode=replaceOutbound", "incomingCallsAgentId", "'agent-1'"):
        assert words in result["msg"]
    assert len(writes(numbers)) == 1


def test_info_returns_outgoing_agents(numbers: Emulator, run: Run) -> None:
    found = run("sip_phone_number_info", affected_agents=True)["sip_phone_numbers"]
    assert {number["phone_number"]: number["outgoing_calls_agent_ids"] for number in found} == {
        "+1": ["agent-2"],
        "+2": [],
    }


def fleet(run: Run, *entries: dict[str, Any], **options: Any) -> dict[str, Any]:
    return run("sip_phone_numbers", phone_numbers=list(entries), credentials_id=TRUNK, **options)


def test_fleet_reads_agents_only_of_entries_that_name_them(numbers: Emulator, run: Run) -> None:
    result = fleet(run, {"phone_number": "+1"}, {"phone_number": "+2", "outgoingCallsAgentIds": ["agent-4"]})
    assert [method for method, _path in requests_of(numbers)] == ["GET", "GET", "GET", "PUT"]
    (change,) = result["changes"]
    assert (change["before"]["outgoing_calls_agent_ids"], change["after"]["outgoing_calls_agent_ids"]) == (
        [],
        ["agent-4"],
    )


def test_agent_that_moves_between_listed_numbers_is_linked_once(numbers: Emulator, run: Run) -> None:
    entries = [
        {"phone_number": "+1", "outgoing_calls_agent_ids": []},
        {"phone_number": "+2", "outgoing_calls_agent_ids": ["agent-2"]},
    ]
    result = fleet(run, *entries)
    assert writes(numbers) == [("PUT", {"mode": "replaceOutbound", "agentId": "agent-2"})]
    assert outbound(numbers)["agent-2"] == OTHER_ID
    assert (result["failed"], result["summary"]["updated"]) == (False, 2)
    assert fleet(run, *entries)["changed"] is False


@pytest.mark.parametrize("match", [{"method": "PUT"}, {"path": f"{OTHER_ID}/affected-agents"}], ids=str)
def test_agent_stays_if_the_number_it_should_move_to_fails(numbers: Emulator, run: Run, match: dict[str, Any]) -> None:
    fault = {"status": 404, "body": {"title": "No"}, "content_type": "application/problem+json"}
    numbers.fault({"match": match, "times": None, "fault": fault})
    result = fleet(
        run,
        {"phone_number": "+1", "outgoing_calls_agent_ids": []},
        {"phone_number": "+2", "outgoing_calls_agent_ids": ["agent-2"]},
    )
    assert (result["failed"], result["changed"]) == (True, False)
    assert (result["summary"]["failed"], result["summary"]["not_attempted"]) == (1, 1)
    assert outbound(numbers)["agent-2"] == NUMBER_ID


# Agents by name


@pytest.mark.parametrize("listing", ["array", "page", "unpaged"])
def test_agents_are_listed_without_prompts_and_secrets(numbers: Emulator, run: Run, listing: str) -> None:
    numbers.set(agents_listing=listing)
    result = run("agent_info")
    assert [(agent["name"], agent["id"]) for agent in result["agents"]] == [
        ("Night", "agent-4"),
        ("Night", "agent/3"),
        ("Sales", "agent-2"),
        ("Support", "agent-1"),
    ]
    assert result["agent_ids"] == {"Sales": "agent-2", "Support": "agent-1"}
    keys = {"id", "name", "enabled", "description", "created_time", "last_update_time", "inbound_sip_uri"}
    assert all(set(agent) == keys for agent in result["agents"])
    assert result["agents"][0]["inbound_sip_uri"].startswith("sip:")
    configs = [agent["config"] for agent in numbers.state()["organizations"]["org-1"]["agents"] if agent.get("config")]
    assert not any(text in json.dumps(result) for config in configs for text in texts(config))


def texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value] if len(value) > 10 else []
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
    return [text for child in children for text in texts(child)]


def test_agent_by_name_is_compared_exactly(numbers: Emulator, run: Run) -> None:
    assert [agent["id"] for agent in run("agent_info", name="Night")["agents"]] == ["agent-4", "agent/3"]
    assert run("agent_info", name="night")["agents"] == []


def test_agent_by_id_is_one_request_with_an_encoded_path(numbers: Emulator, run: Run) -> None:
    result = run("agent_info", id="agent/3")
    assert [agent["name"] for agent in result["agents"]] == ["Night"]
    assert requests_of(numbers) == [("GET", "agents/agent%2F3")]
    assert run("agent_info", id="nobody")["agents"] == []
    assert run("agent_info", id="agent/3", name="Sales")["agents"] == []


def test_many_agents_are_read_page_by_page(emulator: Emulator, run: Run) -> None:
    emulator.reset(seed={"agents": [{"id": f"a{index}", "name": f"Agent {index:03}"} for index in range(250)]})
    assert len(run("agent_info")["agents"]) == 250
    assert [dict(entry["query"])["skip"] for entry in emulator.requests()] == ["0", "100", "200", "250"]


@pytest.mark.parametrize(
    "body", [{"items": None}, [None], [{}], [{"agentId": 5, "name": "x"}], [{"agentId": "x"}], "text", 5]
)
def test_malformed_listing_of_agents_is_an_error(emulator: Emulator, run: Run, body: Any) -> None:
    emulator.fault({"match": {"path": "/agents"}, "times": None, "fault": {"status": 200, "body": body}})
    result = run("agent_info")
    assert (result["failed"], result["changed"]) == (True, False)
    assert "Invalid response" in (result["error"]["title"], result["error"]["detail"])


def test_response_about_another_agent_is_refused(emulator: Emulator, run: Run) -> None:
    other = {"agentId": "agent-2", "name": "Sales"}
    emulator.fault({"match": {"path": "/agents/"}, "times": None, "fault": {"status": 200, "body": other}})
    assert "it is about the agent 'agent-2'" in run("agent_info", id="agent-1")["msg"]


@pytest.mark.parametrize("option", ["id", "name"])
def test_empty_filter_of_agents_is_refused(emulator: Emulator, run: Run, option: str) -> None:
    assert f"{option} must not be empty" in run("agent_info", **{option: ""})["msg"]
    assert emulator.requests() == []


# Responses about agents that say nothing about them

NO_AGENTS = [
    {"patch": {}, "remove": ["affectedAgents"]},
    {"patch": {"affectedAgents": None}},
    {"patch": {"affectedAgents": {}}},
    {"patch": {"affectedAgents": ["agent-2"]}},
    {"patch": {"id": OTHER_ID}},
]


@pytest.mark.parametrize("fault", NO_AGENTS, ids=json.dumps)
@pytest.mark.parametrize("check", [False, True], ids=["run", "check"])
def test_response_that_does_not_tell_the_agents_is_not_taken_for_none(
    numbers: Emulator, run: Run, fault: dict[str, Any], check: bool
) -> None:
    numbers.fault({"match": {"path": "affected-agents"}, "times": None, "fault": fault})
    for options in ({"outgoing_calls_agent_ids": []}, {"outgoing_calls_agent_ids": ["agent-2"]}):
        result = run("sip_phone_number", **PAIR, **options, check=check)
        assert (result["failed"], result["changed"], result["error"]["title"]) == (True, False, "Invalid response")
    assert outbound(numbers)["agent-2"] == NUMBER_ID
    assert {method for method, _path in requests_of(numbers)} == {"GET"}


@pytest.mark.parametrize("fault", NO_AGENTS, ids=json.dumps)
def test_listing_of_agents_without_agents_fails(numbers: Emulator, run: Run, fault: dict[str, Any]) -> None:
    numbers.fault({"match": {"path": f"{NUMBER_ID}/affected-agents"}, "times": None, "fault": fault})
    result = run("sip_phone_number_info", id=NUMBER_ID, affected_agents=True)
    assert (result["failed"], result["error"]["title"]) == (True, "Invalid response")


# Numbers that somebody else creates, or deletes, during the task


@pytest.mark.parametrize("wanted", [[], ["agent-4"]], ids=str)
@pytest.mark.parametrize("module", ["sip_phone_number", "sip_phone_numbers"])
def test_agents_of_a_number_that_somebody_else_created_are_replaced(
    numbers: Emulator, run: Run, module: str, wanted: list[str]
) -> None:
    empty = {"status": 200, "body": {"items": [], "totalCount": 0, "skip": 0, "take": 1000}}
    numbers.fault({"match": {"method": "GET", "path": "sip-phone-numbers$"}, "fault": empty})
    options = {**PAIR, "outgoing_calls_agent_ids": wanted}
    result = run(module, **(options if module == "sip_phone_number" else {"phone_numbers": [options]}))
    assert (result["failed"], result["changed"]) == (False, True)
    assert sorted(agent for agent, number in outbound(numbers).items() if number == NUMBER_ID) == wanted
    if module == "sip_phone_numbers":
        assert result["changes"][0]["before"]["outgoing_calls_agent_ids"] == ["agent-2"]
    if module == "sip_phone_number":
        assert result["sip_phone_number"]["outgoing_calls_agent_ids"] == wanted


GONE = {"status": 404, "body": {"title": "Not Found"}, "content_type": "application/problem+json"}


@pytest.mark.parametrize("check", [False, True], ids=["run", "check"])
def test_number_whose_agents_cannot_be_read_fails_alone(numbers: Emulator, run: Run, check: bool) -> None:
    numbers.fault({"match": {"path": f"{NUMBER_ID}/affected-agents"}, "times": None, "fault": GONE})
    agents = {"outgoing_calls_agent_ids": ["agent-4"]}
    entries = [{**PAIR, "outgoing_calls_agent_ids": []}, {**PAIR, "phone_number": "+2", **agents}]
    result = run("sip_phone_numbers", phone_numbers=entries, check=check)
    assert (result["failed"], result["changed"], result["summary"]["failed"]) == (True, True, 1)
    assert [change["phone_number"] for change in result["changes"]] == ["+2"]
    (failure,) = result["failures"]
    assert (failure["phone_number"], failure["before"]) == ("+1", PAIR)
    assert outbound(numbers)["agent-4"] == (None if check else OTHER_ID)


def test_response_that_says_nothing_about_one_number_fails_it_alone(numbers: Emulator, run: Run) -> None:
    numbers.fault({"match": {"path": f"{NUMBER_ID}/affected-agents"}, "times": None, "fault": NO_AGENTS[1]})
    entries = [{**PAIR, "outgoing_calls_agent_ids": []}, {**PAIR, "phone_number": "+2", "display_name": "New"}]
    result = run("sip_phone_numbers", phone_numbers=entries)
    assert (result["changed"], result["summary"]["failed"], result["summary"]["updated"]) == (True, 1, 1)
    assert "phone number '+1' on trunk" in result["msg"]


def test_expected_plan_that_cannot_be_planned_says_why(numbers: Emulator, run: Run) -> None:
    entries = [{**PAIR, "outgoing_calls_agent_ids": []}, {**PAIR, "phone_number": "+2", "display_name": "New"}]
    expected = run("sip_phone_numbers", phone_numbers=entries, check=True)["plan_id"]
    numbers.fault({"match": {"path": f"{NUMBER_ID}/affected-agents"}, "times": None, "fault": GONE})
    result = run("sip_phone_numbers", phone_numbers=entries, expected_plan_id=expected)
    assert (result["failed"], result["changed"], result["summary"]["failed"]) == (True, False, 1)
    assert "Reading phone number '+1' on trunk" in result["msg"]
    assert "to apply it" not in result["msg"]
    assert writes(numbers) == []


@pytest.mark.not_quick
def test_fault_of_the_api_while_reading_agents_stops_the_fleet(numbers: Emulator, run: Run) -> None:
    numbers.fault({"match": {"path": "affected-agents"}, "times": None, "fault": {"status": 503}})
    entries = [{**PAIR, "outgoing_calls_agent_ids": []}, {**PAIR, "phone_number": "+2", "display_name": "New"}]
    result = run("sip_phone_numbers", phone_numbers=entries)
    assert (result["failed"], result["changed"], result["summary"]["not_attempted"]) == (True, False, 2)
    assert writes(numbers) == []
