# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The SIP phone number, as the API reference describes it."""

from __future__ import annotations

import re
from typing import Any

from .schema import BODY, LINK, ApiObject, Field, LinkRequest, Resource

PATH = "/api/v1/sip-phone-numbers"
INCOMING = "incomingCallsAgentId"
OUTGOING = "outgoingCallsAgentIds"
OUTBOUND = "outbound"
AFFECTED_AGENTS = "affectedAgents"
# Recommendation ITU-T E.164: a country code and a national number, 15 digits at most.
E164 = re.compile(r"\+[1-9][0-9]{6,14}")
E164_RULE = "a plus sign and 7 to 15 digits, the first not 0, such as +15551234567"
# A change of one of these begins a new registration, so that a state from before says nothing about it.
REGISTERED_FIELDS = ("phone_number", "credentials_id", "registration")
TEL = "tel:"

AFFECTED_AGENT_FIELDS = (
    Field("agent_id", "agentId"),
    Field("agent_name", "agentName"),
    Field("uses", "uses", type="list"),
)
AFFECTED_AGENTS_FIELD = Field("affected_agents", AFFECTED_AGENTS, type="list", fields=AFFECTED_AGENT_FIELDS)


def incoming_link(number_id: str, current: str | None, desired: str | None) -> list[LinkRequest]:
    """Return the request that routes incoming calls to another agent, or to none."""
    path, mode = f"{PATH}/{number_id}/agent-link", ("mode", "inbound")
    if desired is None:
        return [LinkRequest("DELETE", path, [mode], verb="Unlinking the agent of")]
    verb = f"Linking the agent {desired!r:.60} to"
    return [LinkRequest("PUT", path, [mode, ("agentId", desired)], verb=verb, target=desired, value=desired)]


def outgoing_links(number_id: str, current: list[str] | None, desired: list[str] | None) -> list[LinkRequest]:
    """Return the requests after which exactly the desired agents call from this number.

    A deployment from before the parameter `mode` would move the incoming link instead.
    """
    agents, wanted = set(current or ()), set(desired or ())
    path, mode = f"{PATH}/{number_id}/agent-link", ("mode", "replaceOutbound")
    links = []
    for agent in sorted(wanted - agents) + sorted(agents - wanted):
        adds = agent in wanted
        agents = agents | {agent} if adds else agents - {agent}
        links.append(
            LinkRequest(
                "PUT" if adds else "DELETE",
                path,
                [mode, ("agentId", agent)],
                keeps=(INCOMING,),
                verb=f"Linking the agent {agent!r:.60} to" if adds else f"Unlinking the agent {agent!r:.60} of",
                target=agent if adds else None,
                value=sorted(agents),
            )
        )
    return links


def outgoing_agents(response: ApiObject) -> list[str]:
    """Return the ids of the agents that call from a number, given the response about its agents."""
    found = set()
    for agent in affected_agents(response):
        uses, agent_id = agent.get("uses"), agent.get("agentId")
        if isinstance(agent_id, str) and isinstance(uses, list) and OUTBOUND in [str(use).lower() for use in uses]:
            found.add(agent_id)
    return sorted(found)


def describe_agents(response: ApiObject, released: frozenset[str] = frozenset()) -> list[str]:
    """Return the agents that use a number, in words.

    Args:
        released: ids of agents that get another number for outgoing calls, which only takes this one from them.
    """
    agents = [
        _without_outgoing(agent) if str(agent.get("agentId")) in released else agent
        for agent in affected_agents(response)
    ]
    return [_describe(agent) for agent in agents if agent is not None]


def _without_outgoing(agent: ApiObject) -> ApiObject | None:
    """Return an agent without its use of a number for outgoing calls, None if there is no other use."""
    uses = agent.get("uses")
    if not isinstance(uses, list) or not uses:
        return agent
    others = [use for use in uses if str(use).lower() != OUTBOUND]
    return {**agent, "uses": others} if others else None


def affected_agents(response: ApiObject) -> list[ApiObject]:
    """Return the agents that use a number (inbound or outbound), as the API lists them."""
    agents: list[ApiObject] = response[AFFECTED_AGENTS]
    return agents


def _describe(agent: ApiObject) -> str:
    uses = agent.get("uses")
    use = f", {' and '.join(map(str, uses))}" if isinstance(uses, list) and uses else ""
    return f"agent {agent.get('agentName') or 'without a name'!r} ({agent.get('agentId')}{use})"


def registration_status(number: ApiObject) -> dict[str, Any]:
    """Return the registration status of a number, {} if the API returns none."""
    status = number.get("registrationStatus")
    return status if isinstance(status, dict) else {}


def registration_state(number: ApiObject) -> str:
    """Return the registration state of a number in lower case, `none` if the API returns none."""
    return str(registration_status(number).get("state")).lower()


def strip_formatting(number: str) -> str:
    """Return a number without `tel:`, its international prefix (`+` or `00`), and all but its letters and digits.

    Digits of any script are those of ASCII.
    """
    bare = number.removeprefix("+")
    if not bare.isalnum():
        start = len(TEL) if number[: len(TEL)].lower() == TEL else 0
        bare = "".join(filter(str.isalnum, number[start:]))
    return (bare if bare.isascii() else _ascii_digits(bare)).removeprefix("00")


def _ascii_digits(text: str) -> str:
    from unicodedata import digit  # few numbers need it

    values = [digit(char, None) for char in text]
    return "".join(char if value is None else str(value) for char, value in zip(text, values))


def _loose_key(key: tuple[Any, ...]) -> tuple[str, str]:
    number, trunk = key
    return strip_formatting(number), trunk


PHONE_NUMBER = Resource(
    label="phone number",
    kind="phone_number",
    path=PATH,
    key=("phone_number", "credentials_id"),
    scope="credentials_id",
    loose_key=_loose_key,
    filters={"phone_number": "phoneNumber", "incoming_calls_agent_id": "linkedAgentId", "provider_id": "providerId"},
    describe=lambda key, names: f"phone number {key[0]!r} on trunk {names.get(str(key[1]).lower(), key[1])}",
    dependents=AFFECTED_AGENTS,
    derive=lambda response: {OUTGOING: outgoing_agents(response)},
    describe_dependents=describe_agents,
    force_hint="to unlink it from them and delete it, or unlink it first",
    exclusive_hint="To move that one instead of creating another one, list its trunk in the option move_from of the"
    " module sip_phone_numbers or sip_trunks, or unlink its agent",
    managed_by_provider=lambda number: bool(number.get("providerId")),
    provider_hint="Numbers from Twilio are imported and removed by the module twilio_phone_numbers",
    fields=(
        Field("id", "id", type="uuid"),
        Field("org_id", "orgId"),
        Field("phone_number", "phoneNumber", BODY, limits=(1, 255)),
        Field("credentials_id", "credentialsId", BODY, "uuid", named="trunk", refers_to="trunk"),
        Field("display_name", "displayName", BODY, limits=(0, 255), prose=True),
        Field("description", "description", BODY, limits=(0, 255), prose=True),
        Field("registration", "registration", BODY, "bool", default=False),
        Field(
            "incoming_calls_agent_id",
            INCOMING,
            LINK,
            named="incoming_calls_agent",
            refers_to="agent",
            link=incoming_link,
            exclusive="phone_number",
        ),
        Field(
            "outgoing_calls_agent_ids",
            OUTGOING,
            LINK,
            "list",
            named="outgoing_calls_agents",
            refers_to="agent",
            link=outgoing_links,
            derived=True,
        ),
        Field(
            "registration_status",
            "registrationStatus",
            server_computed=True,
            fields=(
                Field("state", "state"),
                Field("error_description", "errorDescription", free_text=True),
                Field("sip_response_message", "sipResponseMessage", free_text=True),
                Field("last_updated", "lastUpdated"),
                Field("expires_at", "expiresAt"),
            ),
        ),
        Field("provider_id", "providerId", type="uuid"),
        Field("created_time", "createdTime"),
        Field("last_update_time", "lastUpdateTime", server_computed=True),
    ),
)
