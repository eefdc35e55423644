# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What `sip_credential_info` does: trunks that pass all filters, never with a password."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .._reading.find import find_all, find_by_id, register_secrets
from .._reading.links import read_all_dependents
from .._reading.trunks import TrunkNames
from .._resources.desired import check_uuid, read_values
from .._resources.exported import Exported, is_provider_managed, shared_keys, trunk_options
from .._resources.schema import ApiObject, fields_to_result
from .._resources.sip_credential import CREDENTIAL, IMPACT_FIELDS
from .._running.connection import CONNECTIONS, connection_spec
from .._running.operation import Invocation, OperationSpec, Result
from .._running.options import resource_options
from .._transport.client import Client
from ._dest import DEST_OPTIONS, WRITERS, Destination, read_destination, write_entries


def list_credentials(invocation: Invocation) -> Result:
    """Read trunks.

    Raises:
        InvalidOptionsError: an invalid filter.
        ApiError: a request failed.
    """
    client, options = invocation.client, invocation.options
    destination = read_destination(options, list(WRITERS))
    credentials = sorted(_find(client, options), key=_order)
    register_secrets(client, CREDENTIAL, credentials)
    results = [CREDENTIAL.to_result(credential) for credential in credentials]
    if options["impact"]:
        results = _with_impact(client, results)
    written = _write(invocation, destination, results) if destination else {"changed": False}
    return Result({**written, "sip_credentials": results})


def describe_target(options: Mapping[str, Any]) -> str:
    """Return what the options identify, for messages."""
    return f"SIP credential with id {options['id']}" if options["id"] else "the SIP credentials"


def _find(client: Client, options: Mapping[str, Any]) -> list[ApiObject]:
    filters = read_values(CREDENTIAL, options)
    if options["id"] is None:
        return find_all(client, CREDENTIAL, filters, parallelism=CONNECTIONS)
    credential = find_by_id(client, CREDENTIAL, check_uuid(options["id"], "id"))
    return [credential] if credential and CREDENTIAL.matches(credential, filters) else []


def _with_impact(client: Client, results: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the trunks with what their deletion affects; one that was deleted in the meantime is left out."""
    found = read_all_dependents(client, CREDENTIAL, [result["id"] for result in results], CONNECTIONS)
    return [
        {**result, "impact": fields_to_result(IMPACT_FIELDS, response)}
        for result, response in zip(results, found)
        if response is not None
    ]


def _write(invocation: Invocation, destination: Destination, results: Sequence[Exported]) -> dict[str, Any]:
    """Write the trunks that no provider manages to a file, and return the values of the task's result."""
    own = [result for result in results if not is_provider_managed(result)]
    is_filtered = any(invocation.options[option] is not None for option in ("id", *_FILTERS))
    # Whatever the filters, a name must not mean another trunk as well.
    every = map(CREDENTIAL.to_result, TrunkNames(invocation.client, CONNECTIONS).read()) if is_filtered else results
    shared = shared_keys(every)
    entries = [trunk_options(credential, shared, destination.nulls) for credential in own]
    return write_entries(destination, entries, check_mode=invocation.check_mode)


def _order(credential: ApiObject) -> tuple[str, str, str]:
    return credential["server"], credential.get("authUser") or "", credential["id"]


_FILTERS = {name: spec for name, spec in resource_options(CREDENTIAL).items() if name in ("server", "auth_user")}

SPEC = OperationSpec(
    "sip_credential_info",
    {
        **connection_spec(),
        "id": {"type": "str"},
        **_FILTERS,
        "impact": {"type": "bool", "default": False},
        **DEST_OPTIONS,
    },
    list_credentials,
    describe_target,
)
