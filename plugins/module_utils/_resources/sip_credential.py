# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The SIP credentials (a trunk), as the API reference describes them."""

from __future__ import annotations

import re

from .schema import BODY, ApiObject, Field, Resource
from .sip_phone_number import AFFECTED_AGENTS_FIELD

TRANSPORTS = ("udp", "tcp", "tls")
NUMBERS = "phoneNumbers"
QUEUED_CALLS = "affectedCallsCount"
IMPACT_FIELDS = (
    Field(
        "phone_numbers",
        NUMBERS,
        type="list",
        fields=(Field("id", "id", type="uuid"), Field("phone_number", "phoneNumber"), AFFECTED_AGENTS_FIELD),
    ),
    Field("affected_calls_count", "affectedCallsCount", type="int"),
)
NOT_IN_A_HOST = re.compile(r"[\s/@]|^sips?:", re.IGNORECASE)


def trunk_name(credential: ApiObject) -> str:
    """Return how people name a trunk: `user@server`, or `server` if it has no user."""
    user = credential.get("authUser")
    return f"{user}@{credential['server']}" if user else str(credential["server"])


def describe_numbers(response: ApiObject, released: frozenset[str] = frozenset()) -> list[str]:
    """Return the phone numbers of a trunk, in words.

    Args:
        released: ids of phone numbers that do not count.
    """
    numbers = [number for number in response[NUMBERS] if str(number.get("id")).lower() not in released]
    return [f"phone number {number.get('phoneNumber')!r} ({number.get('id')})" for number in numbers]


def describe_impact(response: ApiObject, deletes: bool) -> tuple[str, ...]:
    """Return what the deletion of a trunk, or another server or user, affects as well, in sentences."""
    numbers, calls = describe_numbers(response), response.get(QUEUED_CALLS)
    warnings = [f"Deleting this SIP credential also deletes {', '.join(numbers)}."] if deletes and numbers else []
    if isinstance(calls, int) and calls > 0:
        waiting = "1 queued call uses" if calls == 1 else f"{calls:,} queued calls use"
        lost = "will fail" if deletes else "may fail until the phone numbers have registered again"
        warnings.append(f"{waiting} phone numbers of this SIP credential and {lost}.")
    return tuple(warnings)


def _check_server(server: str) -> str | None:
    if not NOT_IN_A_HOST.search(server):
        return None
    return (
        f"must be a host name or an address, such as sip.example.net or sip.example.net:5061, not {server!r:.60};"
        " set the protocol with transport and the user with auth_user"
    )


CREDENTIAL = Resource(
    label="SIP credential",
    kind="trunk",
    path="/api/v1/sip-credentials",
    key=("server", "auth_user"),
    unique_key=False,
    filters={},
    describe=lambda key, names: f"SIP credential {key[0]!r}" + (f" for user {key[1]!r}" if key[1] else ""),
    dependents=NUMBERS,
    describe_dependents=describe_numbers,
    force_hint="Set force to true to delete these phone numbers too, or move them to another trunk first",
    secret_owner="auth_user",
    managed_by_provider=lambda credential: credential.get("source") == "provider",
    provider_hint="A Twilio provider and its trunk are managed by the module twilio_provider",
    describe_impact=describe_impact,
    fields=(
        Field("id", "id", type="uuid"),
        Field("org_id", "orgId"),
        Field("server", "server", BODY, limits=(1, 255), check=_check_server),
        Field("domain", "domain", BODY, limits=(0, 255)),
        Field("auth_user", "authUser", BODY, "quoted", limits=(0, 255)),
        Field("auth_password", "authPassword", BODY, "quoted", limits=(0, 64), secret=True),
        Field("transport", "transport", BODY, default="udp", choices=TRANSPORTS),
        Field("description", "description", BODY, limits=(0, 255)),
        Field("cps_limit", "cpsLimit", BODY, "int"),
        Field("cps_key", "cpsKey", BODY),
        Field("source", "source"),
        Field("provider_id", "providerId", type="uuid"),
        Field("created_time", "createdTime"),
        Field("last_update_time", "lastUpdateTime", server_computed=True),
    ),
)
