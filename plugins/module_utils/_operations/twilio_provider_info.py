# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What `twilio_provider_info` does: connected Twilio accounts, each with its phone numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._reading.find import find_all
from .._reading.providers import find_provider, search_providers
from .._resources.schema import ApiObject
from .._resources.sip_phone_number import PHONE_NUMBER
from .._resources.twilio_provider import TWILIO_PROVIDER
from .._running.connection import connection_spec
from .._running.operation import Invocation, OperationSpec, Result
from .._running.options import resource_options
from .._transport.client import Client
from ._twilio import read_identity


def list_providers(invocation: Invocation) -> Result:
    """Read providers.

    Raises:
        InvalidOptionsError: an invalid filter.
        ApiError: a request failed, or the search is not complete.
    """
    provider_id, account = read_identity(invocation.options, "id")
    found = _find(invocation.client, provider_id)
    results = [
        {**TWILIO_PROVIDER.to_result(provider), "phone_numbers": [PHONE_NUMBER.to_result(each) for each in numbers]}
        for provider, numbers in found
        if account in (None, provider["accountSid"])
    ]
    results.sort(key=lambda result: (result["name"] or "", result["id"]))
    return Result({"changed": False, "twilio_providers": results})


def describe_target(options: Mapping[str, Any]) -> str:
    """Return what the options identify, for messages."""
    return f"Twilio provider with id {options['id']}" if options["id"] else "the Twilio providers"


def _find(client: Client, provider_id: str | None) -> list[tuple[ApiObject, list[ApiObject]]]:
    """Return the providers with their phone numbers."""
    if provider_id is None:
        search = search_providers(client)
        numbers = search.provider_objects.numbers
        return [(provider, _imported(numbers, provider["id"])) for provider in search.providers]
    provider = find_provider(client, provider_id)
    if provider is None:
        return []
    numbers = find_all(client, PHONE_NUMBER, {"provider_id": provider_id})
    return [(provider, _imported(numbers, provider_id))]


def _imported(numbers: list[ApiObject], provider_id: str) -> list[ApiObject]:
    imported = [number for number in numbers if PHONE_NUMBER.matches(number, {"provider_id": provider_id})]
    return sorted(imported, key=lambda number: (number["phoneNumber"], number["id"]))


SPEC = OperationSpec(
    "twilio_provider_info",
    {
        **connection_spec(),
        "id": {"type": "str"},
        "account_sid": resource_options(TWILIO_PROVIDER)["account_sid"],
    },
    list_providers,
    describe_target,
)
