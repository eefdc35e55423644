# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read the agents of an organization. Their listing has no total: it is read until nothing new comes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._common.errors import InvalidOptionsError
from .._common.text import name_nearest
from .._resources.agent import PATH, agent_path, malformed
from .._resources.schema import ApiObject
from .._resources.texts import is_visible
from .._transport.client import Client
from .._transport.errors import ApiError

# An agent carries its whole configuration, prompts included.
PAGE_SIZE = 100
MAX_PAGES = 1000


def find_agent(client: Client, agent_id: str) -> ApiObject | None:
    """Return an agent, or None if the API knows no such id."""

    def expect(agent: ApiObject) -> str | None:
        problem = malformed(agent)
        if problem is None and agent["agentId"] != agent_id:
            return f"it is about the agent {agent['agentId']!r:.60}"
        return problem

    try:
        agent: ApiObject = client.get(agent_path(agent_id), expect=expect)
    except ApiError as error:
        if error.means_not_found:
            return None
        raise
    client.observe(agent)
    return agent


def find_agents(client: Client) -> list[ApiObject]:
    """Return all agents, each once.

    Raises:
        ApiError: a page could not be read, or the pages do not end.
    """
    agents: dict[str, ApiObject] = {}
    skip = 0
    for _page in range(MAX_PAGES):
        page = _rows(client.get(PATH, [("skip", skip), ("take", PAGE_SIZE)], takes_array=True))
        new = {agent["agentId"]: agent for agent in page if agent["agentId"] not in agents}
        if not new:
            return list(agents.values())
        for agent in new.values():
            client.observe(agent)
        agents.update(new)
        skip += len(page)
    raise _invalid(f"it does not end after {MAX_PAGES} pages")


class AgentNames:
    """The agents of an organization, listed once and only if a name has to be resolved."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._agents: dict[str, ApiObject] = {}
        self._ids: dict[str, list[str]] = {}
        self._is_listed = False

    @property
    def by_id(self) -> Mapping[str, str]:
        """Return the names by id, as far as they are known."""
        return {agent_id: agent["name"] for agent_id, agent in self._agents.items()}

    def resolve(self, name: str, location: str) -> str:
        """Return the id of the agent with this name.

        Raises:
            InvalidOptionsError: no agent has the name, or several have.
            ApiError: the agents could not be listed.
        """
        self._list()
        found = self._ids.get(name, [])
        if len(found) == 1:
            return found[0]
        if found:
            raise InvalidOptionsError(
                f"{location}: {len(found)} agents are named {name!r}: {', '.join(sorted(found))}. Set the id of the"
                " agent instead."
            )
        raise InvalidOptionsError(f"{location}: no agent is named {name!r}. {name_nearest(name, self._ids, 'agents')}")

    def find(self, agent_id: str) -> ApiObject | None:
        """Return an agent, or None if the API knows no such id. It need not be listed to exist.

        Raises:
            ApiError: it could not be read.
        """
        if agent_id not in self._agents:
            agent = find_agent(self._client, agent_id)
            if agent is None:
                return None
            self._agents[agent_id] = _without_configuration(agent)
        return self._agents[agent_id]

    def list_unique(self) -> dict[str, str]:
        """Return the names of all agents by id, without those that `resolve` does not take.

        Raises:
            ApiError: the agents could not be listed.
        """
        self._list()
        return {ids[0]: name for name, ids in self._ids.items() if len(ids) == 1 and name.strip() and is_visible(name)}

    def _list(self) -> None:
        if self._is_listed:
            return
        for agent in find_agents(self._client):
            self._agents[agent["agentId"]] = _without_configuration(agent)
            self._ids.setdefault(agent["name"], []).append(agent["agentId"])
        self._is_listed = True


def _without_configuration(agent: ApiObject) -> ApiObject:
    """Return what a task needs of an agent: the rest is large, and holds secrets."""
    return {name: agent.get(name) for name in ("agentId", "name", "isEnabled")}


def _rows(page: Any) -> list[ApiObject]:
    """Return the agents of a page: a plain array, or an object with items."""
    items = page.get("items") if isinstance(page, dict) else page
    if not isinstance(items, list):
        raise _invalid("it is neither an array nor a page with items")
    for index, agent in enumerate(items):
        problem = malformed(agent) if isinstance(agent, dict) else "it is not an object"
        if problem:
            raise _invalid(f"row {index}: {problem}")
    return items


def _invalid(problem: str) -> ApiError:
    detail = f"the response is not a list of agents as the API documents it: {problem}"
    return ApiError("GET", PATH, title="Invalid response", detail=detail)
