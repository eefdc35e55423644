# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The SIP phone number, as the API reference describes it."""

from __future__ import annotations

from .schema import BODY, LINK, ApiObject, Field, Link, Resource

PATH = "/api/v1/sip-phone-numbers"


def agent_link(number_id: str, agent_id: str | None) -> Link:
    """Return the call that routes incoming calls to an agent, or to none."""
    path = f"{PATH}/{number_id}/agent-link"
    if agent_id is None:
        return "DELETE", path, [("mode", "inbound")]
    return "PUT", path, [("mode", "inbound"), ("agentId", agent_id)]


def agent_users(answer: ApiObject) -> list[str]:
    """Return the agents that use a number, in words."""
    return [_agent(agent) for agent in affected_agents(answer)]


def affected_agents(answer: ApiObject) -> list[ApiObject]:
    """Return the agents that use a number (inbound or outbound), as the API lists them."""
    agents = answer.get("affectedAgents")
    return [agent for agent in agents if isinstance(agent, dict)] if isinstance(agents, list) else []


def _agent(agent: ApiObject) -> str:
    uses = agent.get("uses")
    use = f", {' and '.join(map(str, uses))}" if isinstance(uses, list) and uses else ""
    return f"agent {agent.get('agentName') or 'without a name'!r} ({agent.get('agentId')}{use})"


PHONE_NUMBER = Resource(
    label="phone number",
    path=PATH,
    key=("phone_number", "credentials_id"),
    filters={"phone_number": "phoneNumber", "incoming_calls_agent_id": "linkedAgentId", "provider_id": "providerId"},
    describe_dependents=agent_users,
    force_hint="Set force to true to unlink it from them and delete it, or unlink it first",
    link=agent_link,
    # The provider owns its life cycle and its trunk; whether the rest may be changed is for the API to say.
    is_provider_managed=lambda number, deleting: deleting and bool(number.get("providerId")),
    fields=(
        Field("id", "id", type="uuid"),
        Field("org_id", "orgId"),
        Field("phone_number", "phoneNumber", BODY, "phone", limits=(1, 255)),
        Field("credentials_id", "credentialsId", BODY, "uuid"),
        Field("display_name", "displayName", BODY, limits=(0, 255)),
        Field("description", "description", BODY, limits=(0, 255)),
        Field("registration", "registration", BODY, "bool", default=False),
        Field("incoming_calls_agent_id", "incomingCallsAgentId", LINK),
        Field(
            "registration_status",
            "registrationStatus",
            server_computed=True,
            fields=(
                Field("state", "state"),
                Field("error_description", "errorDescription"),
                Field("sip_response_message", "sipResponseMessage"),
                Field("last_updated", "lastUpdated"),
                Field("expires_at", "expiresAt"),
            ),
        ),
        Field("provider_id", "providerId", type="uuid"),
        Field("created_time", "createdTime"),
        Field("last_update_time", "lastUpdateTime", server_computed=True),
    ),
)
