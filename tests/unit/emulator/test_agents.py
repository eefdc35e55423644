# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Agents: inbound and outbound links, and what they hold back."""

from __future__ import annotations

from typing import Any

import pytest

from emulator.client import Emulator
from unit.emulator.talk import BODY, Talk
from unit.harness import NOBODY_ID, NUMBER_ID, NUMBERS, OTHER_ID

PATH = f"{NUMBERS}/{NUMBER_ID}"
LINK = f"{PATH}/agent-link"
SECOND = f"{NUMBERS}/{OTHER_ID}"


@pytest.fixture(autouse=True)
def two(emulator: Emulator) -> None:
    numbers = [{**BODY, "id": NUMBER_ID}, {**BODY, "id": OTHER_ID, "phoneNumber": "+2"}]
    emulator.seed({"phone_numbers": numbers})


def uses(api: Talk, path: str = PATH) -> dict[str, Any]:
    answer = api.get(f"{path}/affected-agents")
    assert answer.status == 200
    return {agent["agentId"]: agent["uses"] for agent in answer.body["affectedAgents"]}


def test_inbound_link_replaces_the_earlier_one(api: Talk) -> None:
    assert api.put(LINK, agentId="agent-1").body["incomingCallsAgentId"] == "agent-1"
    assert api.put(LINK, agentId="agent-2", mode="inbound").body["incomingCallsAgentId"] == "agent-2"
    assert uses(api) == {"agent-2": ["inbound"]}


def test_unlink(api: Talk) -> None:
    api.put(LINK, agentId="agent-1")
    assert api.delete(LINK).body["incomingCallsAgentId"] is None
    assert uses(api) == {}


def test_link_is_a_change_of_the_number(api: Talk) -> None:
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
def test_links_that_are_refused(api: Talk, method: str, query: dict[str, str], status: int) -> None:
    assert api.call(method, LINK, **query).status == status


@pytest.mark.parametrize("suffix", ["agent-link?agentId=agent-1", "affected-agents"])
def test_unknown_number(api: Talk, suffix: str) -> None:
    method = "PUT" if "link" in suffix else "GET"
    assert api.raw(method, f"{NUMBERS}/{NOBODY_ID}/{suffix}").status == 404


def test_agent_has_one_outbound_number(api: Talk) -> None:
    api.put(LINK, agentId="agent-1", mode="replaceOutbound")
    api.put(f"{SECOND}/agent-link", agentId="agent-1", mode="replaceOutbound")
    assert (uses(api), uses(api, SECOND)) == ({}, {"agent-1": ["outbound"]})


def test_number_may_serve_several_agents_both_ways(api: Talk) -> None:
    api.put(LINK, agentId="agent-1")
    for agent in ("agent-1", "agent-2"):
        api.put(LINK, agentId=agent, mode="replaceOutbound")
    assert uses(api) == {"agent-1": ["inbound", "outbound"], "agent-2": ["outbound"]}
    assert api.get(f"{PATH}/affected-agents").body["affectedAgents"][0]["agentName"] == "Support"


def test_outbound_unlink_concerns_its_own_number_only(api: Talk) -> None:
    api.put(f"{SECOND}/agent-link", agentId="agent-1", mode="replaceOutbound")
    assert api.delete(LINK, agentId="agent-1", mode="replaceOutbound").status == 200
    assert uses(api, SECOND) == {"agent-1": ["outbound"]}
    api.delete(f"{SECOND}/agent-link", agentId="agent-1", mode="replaceOutbound")
    assert uses(api, SECOND) == {}


@pytest.mark.parametrize("mode", ["inbound", "replaceOutbound"])
def test_deletion_of_a_number_in_use_needs_force(api: Talk, mode: str) -> None:
    api.put(LINK, agentId="agent-1", mode=mode)
    assert api.delete(PATH).status == api.delete(PATH, force="false").status == 409
    assert api.delete(PATH, force="true").status == 204


def test_forced_deletion_leaves_no_reference(emulator: Emulator, api: Talk) -> None:
    api.put(LINK, agentId="agent-1", mode="replaceOutbound")
    api.delete(PATH, force="true")
    agents = emulator.state()["organizations"]["org-1"]["agents"]
    assert [agent["outbound"] for agent in agents] == [None, None]


def test_force_that_is_no_boolean(api: Talk) -> None:
    assert api.delete(PATH, force="1").status == 400
