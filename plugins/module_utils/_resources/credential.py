# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The SIP credentials (a trunk), as the API reference describes them."""

from __future__ import annotations

from .schema import BODY, ApiObject, Field, Resource

TRANSPORTS = ("udp", "tcp", "tls")


def number_users(answer: ApiObject) -> list[str]:
    """Return the phone numbers of a trunk, in words."""
    numbers = answer.get("phoneNumbers")
    listed = [number for number in numbers if isinstance(number, dict)] if isinstance(numbers, list) else []
    return [f"phone number {number.get('phoneNumber')!r} ({number.get('id')})" for number in listed]


CREDENTIAL = Resource(
    label="SIP credential",
    path="/api/v1/sip-credentials",
    key=("server", "auth_user"),
    unique_key=False,
    filters={},
    describe_dependents=number_users,
    force_hint="Set force to true to delete these phone numbers too, or move them to another trunk first",
    secret_user="authUser",
    is_provider_managed=lambda credential, deleting: credential.get("source") == "provider",
    force_cascades=True,
    fields=(
        Field("id", "id", type="uuid"),
        Field("org_id", "orgId"),
        Field("server", "server", BODY, limits=(1, None)),
        Field("domain", "domain", BODY),
        Field("auth_user", "authUser", BODY),
        Field("auth_password", "authPassword", BODY, secret=True),
        Field("transport", "transport", BODY, default="udp", choices=TRANSPORTS),
        Field("description", "description", BODY),
        Field("cps_limit", "cpsLimit", BODY, "int"),
        Field("cps_key", "cpsKey", BODY),
        Field("source", "source"),
        Field("provider_id", "providerId", type="uuid"),
        Field("created_time", "createdTime"),
        Field("last_update_time", "lastUpdateTime", server_computed=True),
    ),
)
