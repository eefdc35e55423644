# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What `agent_info` does: agents by name, without their prompts and secrets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from .._common.errors import InvalidOptionsError
from .._reading.agents import find_agent, find_agents
from .._resources.agent import agent_result
from .._resources.schema import ApiObject
from .._resources.texts import check_visible
from .._running.connection import connection_spec
from .._running.operation import Invocation, OperationSpec, Result
from .._transport.client import Client


def list_agents(invocation: Invocation) -> Result:
    """Read agents.

    Raises:
        InvalidOptionsError: an invalid filter.
        ApiError: a request failed.
    """
    agents = [agent_result(agent) for agent in _find(invocation.client, invocation.options)]
    agents.sort(key=lambda agent: (agent["name"], agent["id"]))
    count = Counter(agent["name"] for agent in agents)
    ids = {agent["name"]: agent["id"] for agent in agents if count[agent["name"]] == 1}
    return Result({"changed": False, "agents": agents, "agent_ids": ids})


def describe_target(options: Mapping[str, Any]) -> str:
    """Return what the options identify, for messages."""
    return f"agent with id {options['id']!r}" if options["id"] else "the agents"


def _find(client: Client, options: Mapping[str, Any]) -> list[ApiObject]:
    for option in ("id", "name"):
        if options[option] is not None and not options[option].strip():
            raise InvalidOptionsError(f"{option} must not be empty. To leave it out, omit it or set it to null.")
        check_visible(options[option] or "", option)
    if options["id"] is None:
        found = find_agents(client)
    else:
        agent = find_agent(client, options["id"])
        found = [] if agent is None else [agent]
    return [agent for agent in found if options["name"] in (None, agent["name"])]


SPEC = OperationSpec(
    "agent_info",
    {**connection_spec(), "id": {"type": "str"}, "name": {"type": "str"}},
    list_agents,
    describe_target,
)
