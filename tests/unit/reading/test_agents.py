# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The listing of agents ends, whatever the pages are; names and ids of agents are looked up once."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.dasha.blackbox.plugins.module_utils._common.errors import InvalidOptionsError
from ansible_collections.dasha.blackbox.plugins.module_utils._reading.agents import MAX_PAGES, AgentNames, find_agents
from ansible_collections.dasha.blackbox.plugins.module_utils._transport.errors import ApiError
from unit.fake_api import FakeApi, Reply


def agent(number: int) -> dict[str, Any]:
    return {"agentId": f"agent-{number}", "name": f"Agent {number}"}


def test_page_that_repeats_agents_ends_the_listing() -> None:
    api = FakeApi(lambda _method, _path, query, _body: (200, [agent(0), agent(min(int(query["skip"]), 4))]))
    assert len(find_agents(api.client())) == 3
    assert len(api.requests) == 4


def test_listing_without_an_end_is_an_error() -> None:
    api = FakeApi(lambda _method, _path, query, _body: (200, [agent(int(query["skip"]))]))
    with pytest.raises(ApiError, match=f"does not end after {MAX_PAGES} pages"):
        find_agents(api.client())
    assert len(api.requests) == MAX_PAGES


# Names


def named(*names: str) -> tuple[FakeApi, AgentNames]:
    """Return agents with these names, and ids by their position."""
    rows = [{"agentId": f"agent-{index}", "name": name, "isEnabled": True} for index, name in enumerate(names)]

    def respond(_method: str, path: str, query: dict[str, str], _body: Any) -> Reply:
        if "skip" in query:
            return 200, rows[int(query["skip"]) :]
        found = [row for row in rows if path.endswith(f"/{row['agentId']}")]
        return (200, found[0]) if found else (404, {"title": "Not Found"})

    api = FakeApi(respond)
    return api, AgentNames(api.client())


def test_name_of_an_agent_is_resolved_with_one_listing_for_all() -> None:
    api, agents = named("Support", "Sales")
    assert [agents.resolve(name, "here") for name in ("Sales", "Support", "Sales")] == ["agent-1", "agent-0", "agent-1"]
    # The last page is the one that shows nothing new.
    assert len(api.requests) == 2
    assert agents.by_id == {"agent-0": "Support", "agent-1": "Sales"}


@pytest.mark.parametrize("name", ["support", " Support", "Suport", ""])
def test_name_that_no_agent_has_is_refused_with_the_nearest_first(name: str) -> None:
    _api, agents = named("Anna", "Support", "Zoe")
    with pytest.raises(InvalidOptionsError) as caught:
        agents.resolve(name, "list[3].incoming_calls_agent")
    assert str(caught.value).startswith(f"list[3].incoming_calls_agent: no agent is named {name!r}. The agents are: ")
    assert name == "" or "The agents are: Support, " in str(caught.value)


def test_name_that_several_agents_have_is_refused_with_their_ids() -> None:
    _api, agents = named("Support", "Sales", "Support")
    with pytest.raises(InvalidOptionsError, match=r"here: 2 agents are named 'Support': agent-0, agent-2\. Set the id"):
        agents.resolve("Support", "here")


def test_name_in_an_organization_without_agents_is_refused() -> None:
    with pytest.raises(InvalidOptionsError, match="There are no agents yet"):
        named()[1].resolve("Support", "here")


def test_id_of_an_agent_is_read_once_and_not_again_if_the_agents_were_listed() -> None:
    api, agents = named("Support", "Sales")
    for _time in range(2):
        assert (agents.find("agent-1") or {})["name"] == "Sales"
    assert len(api.requests) == 1
    agents.resolve("Support", "here")
    assert (agents.find("agent-0") or {})["name"] == "Support"
    assert [path for _method, path in api.requests][1:] == ["/api/v1/agents"] * 2


def test_agent_that_does_not_exist_is_none() -> None:
    assert named("Support")[1].find("agent-7") is None
