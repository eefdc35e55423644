# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The SIP credentials (a trunk), as the API reference describes them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

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
DEFAULT_PORTS = {"tls": 5061}
DEFAULT_PORT = 5060
MAX_PORT = 65535
PORT = re.compile(r":([0-9]{1,5})$")
NOT_IN_A_HOST = re.compile(r"[^\w.-]")
NOT_IN_A_DOMAIN = re.compile(r"[<>;@]|://|^sips?:|:[0-9]{6,}$", re.IGNORECASE)
NOT_A_USER = re.compile(r"<?sips?:", re.IGNORECASE)


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


# Each of a million phone numbers names one of a few trunks.
@lru_cache(maxsize=1024)
def canonical_trunk_name(name: str) -> str:
    """Return the name of a trunk with the canonical spelling of its server; the user stays as it is."""
    # The server has no `@` in it, so that the last one separates it from the user.
    user, at, server = name.rpartition("@")
    return f"{user}{at}{canonical_server(server)}"


def trunk_names(credential: ApiObject) -> list[str]:
    """Return all canonical names of a trunk."""
    user, at, server = trunk_name(credential).rpartition("@")
    return [f"{user}{at}{spelling}" for spelling in server_spellings(server, credential)]


def trunk_keys(trunk: Mapping[str, Any]) -> set[tuple[str, str]]:
    """Return the keys of a trunk, given its options: one that shares a key with it may be taken for it."""
    server, user = str(trunk["server"]), str(trunk.get("auth_user") or "")
    return {(spelling, user) for spelling in server_spellings(server, trunk)}


def canonical_server(server: str) -> str:
    """Return a server without what does not distinguish servers: case, a trailing dot, the notation of an address."""
    host, port = _split(server)
    address = _read_address(host[1:-1]) if host.startswith("[") else ""
    name = f"[{address}]" if address else host.lower().removesuffix(".")
    return name if port is None else f"{name}:{port}"


def server_spellings(server: str, trunk: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the canonical spellings of the server of a trunk: without and with the default port of its protocol."""
    host, port = _split(canonical_server(server))
    default = DEFAULT_PORTS.get(str(trunk.get("transport")), DEFAULT_PORT)
    return (host, f"{host}:{default}") if port in (None, default) else (f"{host}:{port}",)


def _split(server: str) -> tuple[str, int | None]:
    """Return the host and the port of a server, None if it has none."""
    found = PORT.search(server)
    # With another colon it is the end of an IPv6 address without brackets.
    if not found or ":" in server[: found.start()].rpartition("]")[2]:
        return server, None
    return server[: found.start()], int(found[1])


def _read_address(text: str) -> str:
    """Return an IP address in its shortest form, empty if the text is none."""
    from ipaddress import ip_address  # few servers are addresses

    try:
        return ip_address(text).compressed
    except ValueError:
        return ""


def _is_host(host: str) -> bool:
    if host.startswith("["):
        return host.endswith("]") and ":" in _read_address(host[1:-1])
    name = host.removesuffix(".")
    labels = name.split(".")
    if NOT_IN_A_HOST.search(name) or not all(labels):
        return False
    # Only an address ends in a number.
    return not labels[-1].isdecimal() or bool(_read_address(name))


def _check_server(server: str) -> str | None:
    host, port = _split(server)
    if _is_host(host) and (port is None or 1 <= port <= MAX_PORT):
        return None
    return (
        "must be a host name or an address, with a port from 1 to 65535 if it is not the default one, such as"
        f" sip.example.net, 192.0.2.1:5080 or [2001:db8::1]:5061, not {_shown(server)}; set the protocol with transport"
        " and the user with auth_user"
    )


def _check_domain(domain: str) -> str | None:
    port = _split(domain)[1]
    if not NOT_IN_A_DOMAIN.search(domain) and (port is None or 1 <= port <= MAX_PORT):
        return None
    return f"must be a domain, such as example.com, without sip:, a user or parameters, not {_shown(domain)}"


def _check_user(user: str) -> str | None:
    if not NOT_A_USER.match(user):
        return None
    return f"must be only the user name, such as alice, not {_shown(user)}; set the server with server"


def _shown(address: str) -> str:
    """Return an invalid value for a message, unless it may have a password in it."""
    return "this address" if "@" in address else f"{address!r:.60}"


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
    force_hint="to delete these phone numbers too, or move them to another trunk first",
    secret_owner="auth_user",
    managed_by_provider=lambda credential: credential.get("source") == "provider",
    provider_hint="A Twilio provider and its trunk are managed by the module twilio_provider",
    describe_impact=describe_impact,
    fields=(
        Field("id", "id", type="uuid"),
        Field("org_id", "orgId"),
        Field(
            "server",
            "server",
            BODY,
            limits=(1, 255),
            check=_check_server,
            canonical=canonical_server,
            spellings=server_spellings,
        ),
        Field("domain", "domain", BODY, limits=(0, 255), check=_check_domain),
        Field("auth_user", "authUser", BODY, limits=(0, 255), check=_check_user),
        Field("auth_password", "authPassword", BODY, limits=(0, 64), secret=True),
        Field("transport", "transport", BODY, default="udp", choices=TRANSPORTS),
        Field("description", "description", BODY, limits=(0, 255), prose=True),
        Field("cps_limit", "cpsLimit", BODY, "int"),
        Field("cps_key", "cpsKey", BODY),
        Field("source", "source"),
        Field("provider_id", "providerId", type="uuid"),
        Field("created_time", "createdTime"),
        Field("last_update_time", "lastUpdateTime", server_computed=True),
    ),
)
