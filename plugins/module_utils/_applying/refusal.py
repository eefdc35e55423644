# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Deletions that the API refuses because agents use the number: predicted in check mode, explained in a real run."""

from __future__ import annotations

from http import HTTPStatus

from .._resources.description import ApiObject, Resource
from .._transport.client import Client
from .._transport.errors import ApiError


def read_affected_agents(client: Client, resource: Resource, object_id: str) -> list[ApiObject]:
    """Return the agents that use an object (inbound or outbound), as the API lists them.

    Raises:
        ApiError: they could not be read; status 404 where the object is gone.
    """
    answer = client.get(resource.agents_path(object_id))
    agents = answer.get("affectedAgents")
    return [agent for agent in agents if isinstance(agent, dict)] if isinstance(agents, list) else []


def predict_refused_deletion(client: Client, resource: Resource, current: ApiObject) -> tuple[str, ...]:
    """Raise the error that deleting `current` would meet, as far as that can be known by reading.

    Returns:
        A remark where it could not be found out.
    """
    try:
        agents = read_affected_agents(client, resource, current["id"])
    except ApiError as error:
        if error.status == HTTPStatus.NOT_FOUND:
            return ()
        return (f"Whether agents use the {resource.noun} could not be read, so its deletion may be refused.",)
    if agents:
        refusal = ApiError("DELETE", resource.object_path(current["id"]), title="In use", outcome="not_sent")
        refusal.attempts = 0
        refusal.agents = agents
        raise refusal
    return ()


def explain_refused_deletion(client: Client, resource: Resource, current: ApiObject, error: ApiError) -> None:
    """Add to a 409 the agents that stand in the way."""
    if error.status != HTTPStatus.CONFLICT:
        return
    try:
        error.agents = read_affected_agents(client, resource, current["id"])
    except ApiError:
        # The deletion's own error says enough.
        error.agents = []
