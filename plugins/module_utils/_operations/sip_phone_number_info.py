# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What `sip_phone_number_info` does: phone numbers that pass all filters."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from .._ansible.connection import CONNECTIONS
from .._ansible.module import Result, Task
from .._applying.preflight import read_dependents
from .._reading.find import find_all, find_by_id
from .._resources.desired import check_uuid, read_values
from .._resources.phone_number import PHONE_NUMBER, affected_agents
from .._resources.schema import ApiObject, snake_case
from .._transport.client import Client
from .._transport.errors import ApiError, InvalidOptionsError


def list_numbers(task: Task) -> Result:
    """Read phone numbers.

    Raises:
        InvalidOptionsError: a filter that cannot be meant.
        ApiError: a request failed.
    """
    options = task.options
    numbers = sorted(_find(task.client, options), key=_order)
    views = [PHONE_NUMBER.to_result(number) for number in numbers]
    if options["affected_agents"]:
        views = _with_agents(task.client, views)
    return Result({"changed": False, "sip_phone_numbers": views})


def describe_target(options: Mapping[str, Any]) -> str:
    """Return what the options name, for messages."""
    return f"phone number with id {options['id']}" if options["id"] else "the phone numbers"


def _find(client: Client, options: Mapping[str, Any]) -> list[ApiObject]:
    filters = _filters(options)
    if options["id"] is None:
        query = (("unlinkedOnly", "true"),) if options["unlinked_only"] else ()
        found = find_all(client, PHONE_NUMBER, filters, query, parallelism=CONNECTIONS)
    else:
        number = find_by_id(client, PHONE_NUMBER, check_uuid(options["id"], "id"))
        found = [number] if number and PHONE_NUMBER.matches(number, filters) else []
    return [number for number in found if not (options["unlinked_only"] and number.get("incomingCallsAgentId"))]


def _filters(options: Mapping[str, Any]) -> dict[str, Any]:
    filters = read_values(PHONE_NUMBER, options)
    if options["linked_agent_id"] == "":
        raise InvalidOptionsError("linked_agent_id must not be empty; for numbers without an agent set unlinked_only.")
    if options["linked_agent_id"] is not None:
        filters["incoming_calls_agent_id"] = options["linked_agent_id"]
    if options["provider_id"] is not None:
        filters["provider_id"] = check_uuid(options["provider_id"], "provider_id")
    return filters


def _order(number: ApiObject) -> tuple[str, str, str]:
    return str(number.get("phoneNumber")), str(number.get("credentialsId")).lower(), number["id"]


def _with_agents(client: Client, views: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the numbers with their agents; one that was deleted meanwhile is left out."""
    from concurrent.futures import ThreadPoolExecutor  # only for this option

    def agents(view: dict[str, Any]) -> list[ApiObject] | None:
        try:
            return affected_agents(read_dependents(client, PHONE_NUMBER, view["id"]))
        except ApiError as error:
            if error.status == HTTPStatus.NOT_FOUND:
                return None
            raise

    with ThreadPoolExecutor(CONNECTIONS) as pool:
        found = list(pool.map(agents, views))
    return [
        {**view, "affected_agents": [_agent_view(agent) for agent in listed]}
        for view, listed in zip(views, found)
        if listed is not None
    ]


def _agent_view(agent: ApiObject) -> dict[str, Any]:
    return {snake_case(name): value for name, value in agent.items()}
