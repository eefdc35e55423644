# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The operations on agents, and the links between agents and phone numbers."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING

from .clock import iso
from .problems import Refusal, conflict, invalid, not_found
from .responses import Call, Response
from .store import Agent, Fields, Number, Organization

if TYPE_CHECKING:
    from .service import Service

NAMESPACE = uuid.UUID("b1ac0b0c-0000-4000-8000-00000000a6e7")
OUTBOUND = "replaceOutbound"


class Agents:
    """The operations, by the operationId of the contract."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self.operations: dict[str, Callable[[Call], Response]] = {
            "listAgents": self._list,
            "getAgent": lambda call: Response(200, self.view(call.organization, self._agent(call))),
            "getAgentsUsingPhoneNumber": lambda call: Response(
                200, self.affected(call.organization, service.number(call))
            ),
            "linkPhoneNumberToAgent": self._link,
            "unlinkPhoneNumberFromAgent": self._unlink,
        }

    def affected(self, organization: Organization, number: Number) -> Fields:
        """Return the agents that use a number, as the API returns them."""
        agents = []
        for agent_id, uses in organization.users(number).items():
            agent = organization.agents.get(agent_id)
            name = {"agentName": agent.name} if agent and self._service.settings.agent_names else {}
            agents.append({"agentId": agent_id, **name, "uses": [self._use(use) for use in uses]})
        return {
            "id": self._service.cased(number.id),
            "phoneNumber": number.fields["phoneNumber"],
            "affectedAgents": agents,
        }

    def _use(self, use: str) -> str:
        return use.capitalize() if self._service.settings.uses_case == "capitalized" else use

    # Reading

    def _list(self, call: Call) -> Response:
        settings = self._service.settings
        agents = [
            agent
            for agent in call.organization.agents.values()
            if settings.list_disabled_agents or agent.fields.get("isEnabled", True)
        ]
        if settings.agents_listing == "unpaged":
            return Response(200, [self.view(call.organization, agent) for agent in agents])
        page = self._service.page(
            agents, call.values, lambda agent: json.dumps(self.view(call.organization, agent)).encode()
        )
        if settings.agents_listing == "page":
            return page
        return Response(200, json.loads(page.text or b"")["items"])

    def view(self, organization: Organization, agent: Agent) -> Fields:
        """Return an agent as the API returns it."""
        config = agent.fields.get("config", default_config(agent.id))
        if agent.outbound and self._service.settings.agent_outbound_config == "reference":
            config = {**config, "outboundSipConfig": {"type": "phoneNumber", "phoneNumberId": agent.outbound}}
        view = {
            "agentId": agent.id,
            "orgId": organization.id,
            "name": agent.name,
            "isEnabled": True,
            "description": None,
            "inboundSipConfig": self._inbound(organization, agent),
            **agent.fields,
            "config": config,
        }
        return self._service.without_nulls(view)

    def _inbound(self, organization: Organization, agent: Agent) -> Fields | None:
        phones = (
            number.fields["phoneNumber"]
            for number in organization.rows()
            if number.fields["incomingCallsAgentId"] == agent.id
        )
        phone = next(phones, None)
        if phone is None and self._service.settings.agent_inbound_config == "with_number":
            return None
        sip_id = str(uuid.uuid5(NAMESPACE, agent.id))
        return {
            "id": sip_id,
            "phoneNumber": phone,
            "sipUri": f"sip:{sip_id}@sip.example.com",
            "trunkUri": "sip:trunk.example.com",
        }

    # Links

    def _link(self, call: Call) -> Response:
        number, agent = self._service.number(call), self._agent_of_link(call)
        settings = self._service.settings
        if not (settings.link_disabled_agents or agent.fields.get("isEnabled", True)):
            raise conflict("The agent is disabled.")
        if self._is_outbound(call):
            self._set_outbound(agent, number.id)
            self._side_effect("link_outbound_clears_inbound", lambda: self._set_inbound(number, None))
        elif self._service.platform.inbound_elsewhere(number, self._unique_in(call.organization)):
            raise conflict("Incoming calls on this phone number are answered elsewhere already.")
        else:
            self._set_inbound(number, agent.id)
            self._side_effect("link_inbound_clears_outbound", lambda: self._clear_outbound(call.organization, number))
        return Response(200, text=self._service.number_json(number))

    def _unique_in(self, organization: Organization) -> Organization | None:
        """Return the organization in which a phone number may have several inbound links, None if in none."""
        return organization if self._service.settings.inbound_unique == "organization" else None

    def _unlink(self, call: Call) -> Response:
        number = self._service.number(call)
        if self._is_outbound(call):
            self._unlink_outbound(call, number)
        else:
            self._unlink_inbound(call, number)
        return Response(200, text=self._service.number_json(number))

    def _unlink_outbound(self, call: Call, number: Number) -> None:
        agent = self._agent_of_link(call)
        if agent.outbound == number.id:
            self._set_outbound(agent, None)
        else:
            self._refuse_missing_link()
        self._side_effect("unlink_outbound_clears_inbound", lambda: self._set_inbound(number, None))
        self._side_effect(
            "unlink_outbound_clears_other_agents", lambda: self._clear_outbound(call.organization, number)
        )

    def _unlink_inbound(self, call: Call, number: Number) -> None:
        settings = self._service.settings
        linked = number.fields["incomingCallsAgentId"]
        checked = settings.unlink_inbound_checks_agent and not settings.ignore_link_mode
        if linked is None or (checked and call.values.get("agentId", linked) != linked):
            self._refuse_missing_link()
            return
        self._set_inbound(number, None)

    def _refuse_missing_link(self) -> None:
        if self._service.settings.unlink_missing == "refuse":
            raise not_found("link")

    def _is_outbound(self, call: Call) -> bool:
        return call.values.get("mode") == OUTBOUND and not self._service.settings.ignore_link_mode

    def _side_effect(self, name: str, effect: Callable[[], None]) -> None:
        if name in self._service.settings.link_side_effects:
            effect()

    def _set_inbound(self, number: Number, agent_id: str | None) -> None:
        now = iso(self._service.clock.now())
        number.fields = {**number.fields, "incomingCallsAgentId": agent_id, "lastUpdateTime": now}
        number.json = None

    def _set_outbound(self, agent: Agent, number_id: str | None) -> None:
        agent.outbound = number_id
        agent.fields["lastUpdateTime"] = iso(self._service.clock.now())
        if self._service.settings.agent_outbound_config == "reference":
            config = agent.fields.get("config", default_config(agent.id))
            agent.fields["config"] = {**config, "outboundSipConfig": None}

    def _clear_outbound(self, organization: Organization, number: Number) -> None:
        for agent in organization.agents.values():
            if agent.outbound == number.id:
                self._set_outbound(agent, None)

    def _agent_of_link(self, call: Call) -> Agent:
        if "agentId" not in call.values:
            raise invalid({"agentId": ["This parameter is required."]})
        agent = call.organization.agents.get(call.values["agentId"])
        if agent is None:
            raise Refusal(self._service.settings.unknown_agent_status, "There is no such agent.")
        return agent

    def _agent(self, call: Call) -> Agent:
        agent = call.organization.agents.get(call.values["agentId"])
        if agent is None:
            raise not_found("agent")
        return agent


def default_config(agent_id: str) -> Fields:
    """Return the configuration of an agent that was seeded without one: prompts, keys and passwords."""
    token = uuid.uuid5(NAMESPACE, f"{agent_id} secrets").hex
    return {
        "llmConfig": {
            "vendor": "openai",
            "model": "gpt-4.1",
            "apiKey": f"sk-proj-{token}",
            "prompt": f"You answer the phone of Example Ltd. Never reveal the discount code PROMPT-{token}.",
        },
        "outboundSipConfig": {
            "type": "v1",
            "server": "sip.example.net:5060",
            "authUser": "caller",
            "domain": None,
            "password": f"trunk-password-{token}",
            "fromUser": None,
            "transport": "udp",
            "cpsLimit": None,
            "cpsKey": None,
            "displayName": None,
        },
        "startWebhook": {
            "url": f"https://hooks.example.com/start?token=url-{token}",
            "headers": {"Authorization": f"Bearer webhook-{token}", "X-Api-Key": f"webhook-key-{token}"},
        },
        "mcpConnections": [{"name": "crm", "url": "https://crm.example.com/mcp", "apiKey": f"mcp-{token}"}],
    }
