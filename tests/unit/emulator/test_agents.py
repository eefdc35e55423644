# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Agents: reading them, their inbound and outbound links, and what these prevent."""

from __future__ import annotations

from typing import Any

import pytest

from emulator.client import ControlError, Emulator
from unit.emulator.http_helpers import BODY, PHONE, ApiClient
from unit.harness import NOBODY_ID, NUMBER_ID, NUMBERS, OTHER_ID

AGENTS = "/api/v1/agents"
PATH = f"{NUMBERS}/{NUMBER_ID}"
LINK = f"{PATH}/agent-link"
SECOND = f"{NUMBERS}/{OTHER_ID}"


@pytest.fixture(autouse=True)
def two(emulator: Emulator) -> None:
    numbers = [{**BODY, "id": NUMBER_ID}, {**BODY, "id": OTHER_ID, "phoneNumber": "+2"}]
    emulator.seed({"phone_numbers": numbers})


def uses(api: ApiClient, path: str = PATH) -> dict[str, Any]:
    response = api.get(f"{path}/affected-agents")
    assert response.status == 200
    return {agent["agentId"]: agent["uses"] for agent in response.body["affectedAgents"]}


def test_inbound_link_replaces_the_earlier_one(api: ApiClient) -> None:
    assert api.put(LINK, agentId="agent-1").body["incomingCallsAgentId"] == "agent-1"
    assert api.put(LINK, agentId="agent-2", mode="inbound").body["incomingCallsAgentId"] == "agent-2"
    assert uses(api) == {"agent-2": ["inbound"]}


def test_unlink(api: ApiClient) -> None:
    api.put(LINK, agentId="agent-1")
    assert api.delete(LINK).body["incomingCallsAgentId"] is None
    assert uses(api) == {}


def test_link_changes_update_time_of_number(api: ApiClient) -> None:
    before = api.get(PATH).body["lastUpdateTime"]
    assert api.put(LINK, agentId="agent-1").body["lastUpdateTime"] > before


@pytest.mark.parametrize(
    ("method", "query", "status"),
    [
        ("PUT", {}, 400),
        ("PUT", {"agentId": "agent-1", "mode": "outbound"}, 400),
        ("PUT", {"agentId": "nobody"}, 404),
        ("PUT", {"agentId": "nobody", "mode": "replaceOutbound"}, 404),
        ("DELETE", {"mode": "replaceOutbound"}, 400),
    ],
)
def test_invalid_link_is_refused(api: ApiClient, method: str, query: dict[str, str], status: int) -> None:
    assert api.call(method, LINK, **query).status == status


@pytest.mark.parametrize("suffix", ["agent-link?agentId=agent-1", "affected-agents"])
def test_unknown_number(api: ApiClient, suffix: str) -> None:
    method = "PUT" if "link" in suffix else "GET"
    assert api.raw(method, f"{NUMBERS}/{NOBODY_ID}/{suffix}").status == 404


def test_agent_has_one_outbound_number(api: ApiClient) -> None:
    api.put(LINK, agentId="agent-1", mode="replaceOutbound")
    api.put(f"{SECOND}/agent-link", agentId="agent-1", mode="replaceOutbound")
    assert (uses(api), uses(api, SECOND)) == ({}, {"agent-1": ["outbound"]})


def test_number_may_serve_several_agents_both_ways(api: ApiClient) -> None:
    api.put(LINK, agentId="agent-1")
    for agent in ("agent-1", "agent-2"):
        api.put(LINK, agentId=agent, mode="replaceOutbound")
    assert uses(api) == {"agent-1": ["inbound", "outbound"], "agent-2": ["outbound"]}
    assert api.get(f"{PATH}/affected-agents").body["affectedAgents"][0]["agentName"] == "Support"


def test_outbound_unlink_concerns_its_own_number_only(api: ApiClient) -> None:
    api.put(f"{SECOND}/agent-link", agentId="agent-1", mode="replaceOutbound")
    assert api.delete(LINK, agentId="agent-1", mode="replaceOutbound").status == 200
    assert uses(api, SECOND) == {"agent-1": ["outbound"]}
    api.delete(f"{SECOND}/agent-link", agentId="agent-1", mode="replaceOutbound")
    assert uses(api, SECOND) == {}


@pytest.mark.parametrize("mode", ["inbound", "replaceOutbound"])
def test_deletion_of_a_number_in_use_needs_force(api: ApiClient, mode: str) -> None:
    api.put(LINK, agentId="agent-1", mode=mode)
    assert api.delete(PATH).status == api.delete(PATH, force="false").status == 409
    assert api.delete(PATH, force="true").status == 204


def test_forced_deletion_leaves_no_reference(emulator: Emulator, api: ApiClient) -> None:
    api.put(LINK, agentId="agent-1", mode="replaceOutbound")
    api.delete(PATH, force="true")
    agents = emulator.state()["organizations"]["org-1"]["agents"]
    assert [agent["outbound"] for agent in agents] == [None, None]


def test_link_to_an_agent_that_does_not_exist_is_a_link(emulator: Emulator, api: ApiClient) -> None:
    emulator.seed({"phone_numbers": [{**BODY, "phoneNumber": "+3", "incomingCallsAgentId": "agent-gone"}]})
    number = api.get(phoneNumber="+3").body["items"][0]
    path = f"{NUMBERS}/{number['id']}"
    assert number["incomingCallsAgentId"] == "agent-gone"
    (agent,) = api.get(f"{path}/affected-agents").body["affectedAgents"]
    assert agent == {"agentId": "agent-gone", "uses": ["inbound"]}
    paths = (path, f"{path}/agent-link", path)
    assert [api.delete(each).status for each in paths] == [409, 200, 204]
    assert emulator.violations() == []


def test_invalid_force_is_refused(api: ApiClient) -> None:
    assert api.delete(PATH, force="1").status == 400


# Reading agents


def test_listing_of_agents_is_an_array(api: ApiClient) -> None:
    agents = api.get(AGENTS).body
    assert [(agent["agentId"], agent["name"]) for agent in agents] == [("agent-1", "Support"), ("agent-2", "Sales")]
    assert agents[0] == api.get(f"{AGENTS}/agent-1").body
    assert (agents[0]["isEnabled"], agents[0]["description"], agents[0]["orgId"]) == (True, None, "org-1")


def test_listing_of_agents_may_be_a_page(emulator: Emulator, api: ApiClient) -> None:
    emulator.set(agents_listing="page")
    page = api.get(AGENTS, skip=1, take=1).body
    assert (page["totalCount"], page["skip"], page["take"]) == (2, 1, 1)
    assert [agent["agentId"] for agent in page["items"]] == ["agent-2"]


@pytest.mark.parametrize(("listing", "seen"), [("array", ["agent-2"]), ("unpaged", ["agent-1", "agent-2"])])
def test_skip_and_take_of_agents(emulator: Emulator, api: ApiClient, listing: str, seen: list[str]) -> None:
    emulator.set(agents_listing=listing)
    assert [agent["agentId"] for agent in api.get(AGENTS, skip=1, take=1).body] == seen
    assert api.get(AGENTS, take=0).status == 400


def test_agent_of_another_organization_is_unknown(api: ApiClient, other: ApiClient) -> None:
    assert [agent["agentId"] for agent in other.get(AGENTS).body] == ["agent-9"]
    assert (other.get(f"{AGENTS}/agent-1").status, api.get(f"{AGENTS}/nobody").status) == (404, 404)


def test_agent_id_may_hold_any_character(emulator: Emulator, api: ApiClient) -> None:
    emulator.seed({"agents": [{"id": "a/b c?"}]})
    assert api.get(f"{AGENTS}/a%2Fb%20c%3F").body["agentId"] == "a/b c?"


def test_agent_without_configuration_gets_one_with_secrets(api: ApiClient) -> None:
    first, second = (api.get(f"{AGENTS}/{agent}").body["config"] for agent in ("agent-1", "agent-2"))
    assert first["llmConfig"]["apiKey"].startswith("sk-proj-")
    assert first["outboundSipConfig"]["password"].startswith("trunk-password-")
    assert first["startWebhook"]["headers"]["Authorization"].startswith("Bearer webhook-")
    assert first["mcpConnections"][0]["apiKey"] != second["mcpConnections"][0]["apiKey"]


def test_seeded_agent_is_returned_as_seeded(emulator: Emulator, api: ApiClient) -> None:
    fields = {
        "isEnabled": False,
        "description": "Nights",
        "createdTime": "2020-01-01T00:00:00Z",
        "inboundSipConfig": None,
        "config": {"llmConfig": {"apiKey": "seeded"}},
    }
    emulator.seed({"agents": [{"id": "agent-3", "name": "Night", **fields}]})
    agent = api.get(f"{AGENTS}/agent-3").body
    assert {name: agent[name] for name in fields} == fields
    state = emulator.state()
    emulator.reset(seed=state)
    assert (api.get(f"{AGENTS}/agent-3").body, emulator.state()) == (agent, state)


def test_seeded_agent_that_breaks_the_contract_is_refused(emulator: Emulator) -> None:
    with pytest.raises(ControlError, match=r"agents\[0\]: .*config"):
        emulator.seed({"agents": [{"id": "x", "config": {"outboundSipConfig": {"server": 5}}}]})


@pytest.mark.parametrize(("listed", "seen"), [(True, 3), (False, 2)])
def test_disabled_agent_can_be_left_out_of_the_listing(
    emulator: Emulator, api: ApiClient, listed: bool, seen: int
) -> None:
    emulator.set(list_disabled_agents=listed)
    emulator.seed({"agents": [{"id": "agent-3", "isEnabled": False}]})
    assert len(api.get(AGENTS).body) == seen
    assert api.get(f"{AGENTS}/agent-3").status == 200


def test_inbound_configuration_shows_the_number(emulator: Emulator, api: ApiClient) -> None:
    api.put(LINK, agentId="agent-1")
    shown = api.get(f"{AGENTS}/agent-1").body["inboundSipConfig"]
    assert (shown["phoneNumber"], shown["sipUri"].startswith("sip:")) == (PHONE, True)
    assert api.get(f"{AGENTS}/agent-2").body["inboundSipConfig"]["sipUri"].startswith("sip:")
    emulator.set(agent_inbound_config="with_number")
    agents = api.get(AGENTS).body
    assert [agent["inboundSipConfig"] is None for agent in agents] == [False, True]


def test_outbound_configuration_refers_to_the_number(api: ApiClient) -> None:
    def shown() -> Any:
        return api.get(f"{AGENTS}/agent-1").body["config"]["outboundSipConfig"]

    assert shown()["type"] == "v1"
    api.put(LINK, agentId="agent-1", mode="replaceOutbound")
    assert shown() == {"type": "phoneNumber", "phoneNumberId": NUMBER_ID}
    api.delete(LINK, agentId="agent-1", mode="replaceOutbound")
    assert shown() is None


def test_outbound_configuration_can_stay(emulator: Emulator, api: ApiClient) -> None:
    emulator.set(agent_outbound_config="unchanged")
    before = api.get(f"{AGENTS}/agent-1").body
    api.put(LINK, agentId="agent-1", mode="replaceOutbound")
    after = api.get(f"{AGENTS}/agent-1").body
    assert (after["config"], after["lastUpdateTime"] > before["lastUpdateTime"]) == (before["config"], True)


# What the reference leaves open about links


def test_links_leave_each_other_alone(api: ApiClient) -> None:
    api.put(LINK, agentId="agent-1")
    for agent in ("agent-1", "agent-2"):
        api.put(LINK, agentId=agent, mode="replaceOutbound")
    number = api.delete(LINK, agentId="agent-1", mode="replaceOutbound").body
    assert (number["incomingCallsAgentId"], uses(api)) == ("agent-1", {"agent-1": ["inbound"], "agent-2": ["outbound"]})
    api.delete(LINK)
    assert uses(api) == {"agent-2": ["outbound"]}


def test_old_deployment_makes_every_link_an_inbound_one(emulator: Emulator, api: ApiClient) -> None:
    emulator.set(ignore_link_mode=True)
    assert api.put(LINK, agentId="agent-1", mode="replaceOutbound").body["incomingCallsAgentId"] == "agent-1"
    assert uses(api) == {"agent-1": ["inbound"]}
    assert api.delete(LINK, agentId="agent-2", mode="replaceOutbound").body["incomingCallsAgentId"] is None
    assert (uses(api), emulator.violations()) == ({}, [])


@pytest.mark.parametrize("mode", ["inbound", "replaceOutbound"])
@pytest.mark.parametrize("status", [404, 400])
def test_status_for_an_unknown_agent(emulator: Emulator, api: ApiClient, mode: str, status: int) -> None:
    emulator.set(unknown_agent_status=status)
    assert api.put(LINK, agentId="nobody", mode=mode).status == status
    assert emulator.violations() == []


@pytest.mark.parametrize("mode", ["inbound", "replaceOutbound"])
@pytest.mark.parametrize(("allowed", "status"), [(True, 200), (False, 409)])
def test_link_of_a_disabled_agent(emulator: Emulator, api: ApiClient, mode: str, allowed: bool, status: int) -> None:
    emulator.seed({"agents": [{"id": "agent-3", "isEnabled": False}]})
    emulator.set(link_disabled_agents=allowed)
    assert api.put(LINK, agentId="agent-3", mode=mode).status == status
    assert len(uses(api)) == (1 if allowed else 0)


@pytest.mark.parametrize(
    "query", [{}, {"agentId": "agent-1", "mode": "replaceOutbound"}, {"agentId": "agent-2", "mode": "replaceOutbound"}]
)
@pytest.mark.parametrize(("setting", "status"), [("ignore", 200), ("refuse", 404)])
def test_removal_of_a_missing_link(
    emulator: Emulator, api: ApiClient, query: dict[str, str], setting: str, status: int
) -> None:
    emulator.set(unlink_missing=setting)
    api.put(f"{SECOND}/agent-link", agentId="agent-1", mode="replaceOutbound")
    assert api.delete(LINK, **query).status == status
    assert uses(api, SECOND) == {"agent-1": ["outbound"]}


@pytest.mark.parametrize(("checked", "left"), [(False, {}), (True, {"agent-1": ["inbound"]})])
def test_agent_in_the_removal_of_an_inbound_link(
    emulator: Emulator, api: ApiClient, checked: bool, left: dict[str, Any]
) -> None:
    emulator.set(unlink_inbound_checks_agent=checked)
    api.put(LINK, agentId="agent-1")
    api.delete(LINK, agentId="agent-2", mode="inbound")
    assert uses(api) == left
    api.delete(LINK, agentId="agent-1", mode="inbound")
    assert uses(api) == {}


@pytest.mark.parametrize(
    ("effect", "method", "query", "left"),
    [
        ("link_inbound_clears_outbound", "PUT", {"agentId": "agent-1"}, {"agent-1": ["inbound"]}),
        (
            "link_outbound_clears_inbound",
            "PUT",
            {"agentId": "agent-2", "mode": "replaceOutbound"},
            {"agent-1": ["outbound"], "agent-2": ["outbound"]},
        ),
        (
            "unlink_outbound_clears_inbound",
            "DELETE",
            {"agentId": "agent-1", "mode": "replaceOutbound"},
            {"agent-2": ["outbound"]},
        ),
        (
            "unlink_outbound_clears_other_agents",
            "DELETE",
            {"agentId": "agent-1", "mode": "replaceOutbound"},
            {"agent-1": ["inbound"]},
        ),
    ],
)
def test_link_with_side_effect(
    emulator: Emulator, api: ApiClient, effect: str, method: str, query: dict[str, str], left: dict[str, Any]
) -> None:
    api.put(LINK, agentId="agent-1")
    for agent in ("agent-1", "agent-2"):
        api.put(LINK, agentId=agent, mode="replaceOutbound")
    emulator.set(link_side_effects=[effect])
    assert api.call(method, LINK, **query).status == 200
    assert uses(api) == left


@pytest.mark.parametrize(("setting", "seen"), [("inbound", ["+2"]), ("any", [PHONE, "+2"])])
def test_filter_by_linked_agent(emulator: Emulator, api: ApiClient, setting: str, seen: list[str]) -> None:
    emulator.set(linked_agent_filter=setting)
    api.put(LINK, agentId="agent-1", mode="replaceOutbound")
    api.put(f"{SECOND}/agent-link", agentId="agent-1")
    assert api.phones(linkedAgentId="agent-1") == seen


def test_spelling_of_uses_and_missing_names(emulator: Emulator, api: ApiClient) -> None:
    emulator.set(uses_case="capitalized", agent_names=False)
    api.put(LINK, agentId="agent-1")
    api.put(LINK, agentId="agent-1", mode="replaceOutbound")
    (agent,) = api.get(f"{PATH}/affected-agents").body["affectedAgents"]
    assert agent == {"agentId": "agent-1", "uses": ["Inbound", "Outbound"]}
