# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What `sip_phone_number_info` does: phone numbers that pass all filters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from .._common.errors import InvalidOptionsError
from .._reading.agents import AgentNames
from .._reading.find import find_all, find_by_id
from .._reading.links import read_all_dependents
from .._reading.trunks import TrunkNames
from .._resources.desired import check_uuid, read_values
from .._resources.exported import Exported, is_provider_managed, number_options, unique_trunk_names, with_names
from .._resources.schema import NO_NAMES, ApiObject, fields_to_result
from .._resources.sip_credential import CREDENTIAL
from .._resources.sip_phone_number import (
    AFFECTED_AGENT_FIELDS,
    PHONE_NUMBER,
    affected_agents,
    outgoing_agents,
    registration_state,
)
from .._resources.texts import check_visible
from .._running.connection import CONNECTIONS, connection_spec
from .._running.operation import Invocation, OperationSpec, Result
from .._running.options import aliased, resource_options
from .._transport.client import Client
from .._transport.errors import ApiError
from ._dest import CSV, DEST_OPTIONS, TABLES, WRITERS, Destination, read_destination, write_entries, write_rows
from ._phone_numbers import check_trunk

# Of which a warning names the options.
MAX_OMITTED = 20


def list_numbers(invocation: Invocation) -> Result:
    """Read phone numbers.

    Raises:
        InvalidOptionsError: an invalid filter.
        ApiError: a request failed.
    """
    options = invocation.options
    destination = read_destination(options, [*WRITERS, *TABLES])
    trunks = TrunkNames(invocation.client, CONNECTIONS)
    numbers = sorted(_find(invocation.client, options, trunks), key=_order)
    results = [PHONE_NUMBER.to_result(number) for number in numbers]
    if options["affected_agents"]:
        results = _with_agents(invocation.client, results)
    written, warnings = _write(invocation, destination, results, trunks) if destination else ({"changed": False}, ())
    return Result({**written, "sip_phone_numbers": results}, warnings)


def _read_states(states: list[str]) -> tuple[set[str], set[str]]:
    """Return the registration states to keep (all, if none), and those to exclude; in lower case."""
    for index, state in enumerate(states):
        if not state.strip().lstrip("!").strip():
            raise InvalidOptionsError(f"registration_state[{index}] must be the name of a state, and not empty.")
    names = [state.strip().lower() for state in states]
    return {name for name in names if name[0] != "!"}, {name[1:].strip() for name in names if name[0] == "!"}


def _has_state(number: ApiObject, states: tuple[set[str], set[str]]) -> bool:
    kept, excluded = states
    state = registration_state(number)
    return state not in excluded and (not kept or state in kept)


def describe_target(options: Mapping[str, Any]) -> str:
    """Return what the options identify, for messages."""
    return f"phone number with id {options['id']}" if options["id"] else "the phone numbers"


def _find(client: Client, options: Mapping[str, Any], trunks: TrunkNames) -> list[ApiObject]:
    states = _read_states(options["registration_state"] or [])
    filters = _filters(options)

    def keep(number: ApiObject) -> bool:
        linked = options["unlinked_only"] and number.get("incomingCallsAgentId")
        return _has_state(number, states) and not linked

    if options["trunk"] is not None:
        filters["credentials_id"] = trunks.resolve(options["trunk"], "trunk")
    if options["id"] is None:
        query = (("unlinkedOnly", "true"),) if options["unlinked_only"] else ()
        return find_all(client, PHONE_NUMBER, filters, query, keep=keep, parallelism=CONNECTIONS)
    number = find_by_id(client, PHONE_NUMBER, check_uuid(options["id"], "id"))
    return [number] if number and PHONE_NUMBER.matches(number, filters) and keep(number) else []


def _filters(options: Mapping[str, Any]) -> dict[str, Any]:
    filters = read_values(PHONE_NUMBER, options)
    check_trunk(options)
    if options["linked_agent_id"] == "":
        raise InvalidOptionsError("linked_agent_id must not be empty; for numbers without an agent set unlinked_only.")
    if options["linked_agent_id"] is not None:
        check_visible(options["linked_agent_id"], "linked_agent_id")
        filters["incoming_calls_agent_id"] = options["linked_agent_id"]
    if options["provider_id"] is not None:
        filters["provider_id"] = check_uuid(options["provider_id"], "provider_id")
    return filters


def _order(number: ApiObject) -> tuple[str, str, str]:
    return number["phoneNumber"], number["credentialsId"].lower(), number["id"]


def _with_agents(client: Client, results: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the numbers with their agents; one that was deleted in the meantime is left out."""
    found = read_all_dependents(client, PHONE_NUMBER, [result["id"] for result in results], CONNECTIONS)
    return [
        {
            **result,
            "affected_agents": [fields_to_result(AFFECTED_AGENT_FIELDS, agent) for agent in affected_agents(response)],
            "outgoing_calls_agent_ids": outgoing_agents(response),
        }
        for result, response in zip(results, found)
        if response is not None
    ]


def _write(
    invocation: Invocation, destination: Destination, results: Sequence[Exported], trunks: TrunkNames
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Write phone numbers to a file, and return the values of the task's result and warnings."""
    numbers = [
        result for result in results if invocation.options["provider_numbers"] or not is_provider_managed(result)
    ]
    trunk_names = unique_trunk_names(map(CREDENTIAL.to_result, trunks.read())) if numbers else {}
    agent_names, warnings = _agent_names(invocation.client, numbers)
    check_mode = invocation.check_mode
    if not destination.is_table:
        entries = [with_names(number_options(each, destination.nulls), trunk_names, agent_names) for each in numbers]
        return write_entries(destination, entries, check_mode=check_mode), warnings
    from .._resources.table import to_table  # most tasks write none

    table = to_table(numbers, trunk_names, agent_names, runs_formulas=destination.format == CSV)
    if table.omitted:
        warnings += (_describe_omitted(table.omitted),)
    return write_rows(destination, table.rows, check_mode=check_mode), warnings


def _agent_names(client: Client, numbers: Iterable[Exported]) -> tuple[Mapping[str, str], tuple[str, ...]]:
    """Return the names of the agents by id, as far as numbers have any, and warnings."""
    links = [field.option for field in PHONE_NUMBER.references if field.refers_to == "agent"]
    if not any(number.get(option) for number in numbers for option in links):
        return NO_NAMES, ()
    try:
        return AgentNames(client).list_unique(), ()
    except ApiError as error:
        # A key may have no access to agents. Their ids do as well.
        if error.status not in (HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND):
            raise
        return NO_NAMES, (f"The agents are written by id, because their names could not be read: {error}.",)


def _describe_omitted(omitted: Mapping[str, Sequence[str]]) -> str:
    """Return a warning about values that are not in the file."""
    found = [f"{number} ({', '.join(options)})" for number, options in list(omitted.items())[:MAX_OMITTED]]
    more = f" and {len(omitted) - MAX_OMITTED:,} more" if len(omitted) > MAX_OMITTED else ""
    return (
        "A cell of a table does not keep some values as they are, such as spaces at the ends of a text, so they are"
        f" omitted from the file: {', '.join(found)}{more}. Applying the file leaves them alone. To include them, write"
        " a .yml or .json file."
    )


_FILTERS = resource_options(PHONE_NUMBER)

SPEC = OperationSpec(
    "sip_phone_number_info",
    {
        **connection_spec(),
        "id": {"type": "str"},
        "phone_number": _FILTERS["phone_number"],
        "credentials_id": _FILTERS["credentials_id"],
        "trunk": {"type": "str"},
        "linked_agent_id": aliased("linked_agent_id", "linkedAgentId", "str"),
        "unlinked_only": aliased("unlinked_only", "unlinkedOnly", "bool", default=False),
        "provider_id": aliased("provider_id", "providerId", "str"),
        "registration_state": aliased("registration_state", "registrationState", "list", elements="str"),
        "affected_agents": aliased("affected_agents", "affectedAgents", "bool", default=False),
        **DEST_OPTIONS,
        "provider_numbers": {"type": "bool", "default": False},
    },
    list_numbers,
    describe_target,
)
