# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The connection options that all modules share, and the client they lead to."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from ansible.module_utils.basic import env_fallback
from ansible.module_utils.errors import AnsibleFallbackNotFound

from .._transport.client import Client
from .._transport.errors import InvalidOptionsError
from .._transport.http import Transport
from .._transport.redaction import Redactor
from .._transport.retry import RetryPolicy
from .._version import VERSION

DEFAULT_URL = "https://blackbox.dasha.ai"
CONNECTIONS = 8


def nonempty_env(name: str) -> Any:
    """Return an environment variable for an option's fallback; an empty one counts as left out."""
    value = env_fallback(name)
    if value == "":
        raise AnsibleFallbackNotFound
    return value


def connection_spec() -> dict[str, Any]:
    """Return the argument spec of the connection options.

    The key is not `required`: tools that do not know module defaults would then complain of every task.
    """
    spec: dict[str, Any] = {
        "api_key": {"type": "str", "no_log": True},
        "api_url": {"type": "str", "default": DEFAULT_URL},
        "api_timeout": {"type": "float", "default": 30.0},
        "api_retries": {"type": "int", "default": 4},
        "api_retry_max_delay": {"type": "float", "default": 60.0},
        "validate_certs": {"type": "bool", "default": True},
        "ca_path": {"type": "path"},
    }
    for option, details in spec.items():
        details["fallback"] = (nonempty_env, [f"BLACKBOX_{option.upper()}"])
    return spec


def connect(options: Mapping[str, Any], secrets: Redactor, connections: int = CONNECTIONS) -> Client:
    """Return a client for checked connection options. Nothing is sent yet.

    Args:
        connections: how many requests may be in flight at once.

    Raises:
        InvalidOptionsError: an option that cannot be meant.
    """
    key = _check_key(options["api_key"])
    origin, loopback = _check_origin(options["api_url"])
    timeout = _check_number(options, "api_timeout", least=0.001)
    policy = RetryPolicy(int(_check_number(options, "api_retries")), _check_number(options, "api_retry_max_delay"))
    session = Transport(
        origin,
        {
            "Authorization": f"Bearer {key}",
            "Accept": "application/json",
            "Accept-Encoding": "gzip, deflate",
            "User-Agent": f"dasha.blackbox/{VERSION}",
        },
        verify=_check_verify(options),
        trust_env_proxies=not loopback,
        connections=connections,
    )
    return Client(session, policy, timeout, secrets)


def _check_key(key: str | None) -> str:
    if not key:
        raise InvalidOptionsError("The API key is missing: set api_key or the environment variable BLACKBOX_API_KEY.")
    if not all(" " <= char <= "~" for char in key) or key != key.strip():
        raise InvalidOptionsError(
            "api_key (BLACKBOX_API_KEY) holds blanks at its ends, a line break or a character that is not printable"
            " ASCII. Copy the key anew."
        )
    return key


def _check_origin(url: str) -> tuple[str, bool]:
    """Return the origin without a trailing slash, and whether it is on this host."""
    try:
        parts = urlsplit(url)
        host = parts.hostname if parts.port != 0 else None
    except ValueError:  # of a port that is none, or of half an IPv6 address
        host = None
    if not host or parts.scheme not in ("http", "https") or url.split("://", 1)[1].rstrip("/") != parts.netloc:
        raise InvalidOptionsError(
            f"api_url must be the origin of the API, such as {DEFAULT_URL}: a scheme, a host and, if need be, a port;"
            " no path, query or fragment."
        )
    if "@" in parts.netloc:
        raise InvalidOptionsError("api_url must not hold a user name or a password; the API takes api_key only.")
    loopback = _is_loopback(host)
    if parts.scheme == "http" and not loopback:
        raise InvalidOptionsError(
            f"api_url begins with http://, which would send the API key to {host} unencrypted. Use https://;"
            " plain http is for loopback addresses and localhost."
        )
    return f"{parts.scheme}://{parts.netloc}", loopback


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    if not host[-1].isdigit() and ":" not in host:
        return False
    from ipaddress import ip_address  # only for addresses given as numbers

    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _check_number(options: Mapping[str, Any], name: str, least: float = 0) -> float:
    value = options[name]
    if not math.isfinite(value) or value < least:
        raise InvalidOptionsError(f"{name} must be {'at least 0' if not least else 'more than 0'}, not {value!r}.")
    return float(value)


def _check_verify(options: Mapping[str, Any]) -> bool | str | None:
    if not options["validate_certs"]:
        return False
    ca_path: str | None = options["ca_path"] or None
    if ca_path and not os.path.exists(ca_path):
        raise InvalidOptionsError(f"ca_path {ca_path!r} does not exist on the host where the module runs.")
    return ca_path
