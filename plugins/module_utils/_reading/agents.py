# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read the agents of an organization. Their listing has no total: it is read until nothing new comes."""

from __future__ import annotations

from typing import Any

from .._resources.agent import PATH, agent_path, malformed
from .._resources.schema import ApiObject
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
