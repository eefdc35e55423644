# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The connection options that all modules share, and the client they lead to."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from .._common.errors import InvalidOptionsError
from .._transport.client import Client
from .._transport.http import Transport
from .._transport.retry import RetryPolicy
from .._version import VERSION

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Mapping

    from .._common.redaction import Redactor

DEFAULT_URL = "https://blackbox.dasha.ai"
CONNECTIONS = 8
MAX_LABEL = 63
# Far beyond any use, and as long as every platform can wait.
MAX_SECONDS = 7 * 24 * 3600.0
# Seconds after which a kept connection is not used again; servers and firewalls close idle ones without a word.
MAX_IDLE = 10.0

CONNECTION_OPTIONS: dict[str, dict[str, Any]] = {
    "api_key": {"type": "str", "no_log": True},
    "api_url": {"type": "str", "default": DEFAULT_URL},
    "api_timeout": {"type": "float", "default": 30.0},
    "api_retries": {"type": "int", "default": 4},
    "api_retry_max_delay": {"type": "float", "default": 60.0},
    "validate_certs": {"type": "bool", "default": True},
    "ca_path": {"type": "path"},
    "expected_org_id": {"type": "str"},
}
# What must not be switched off by a variable that a typo left empty.
GUARD = "expected_org_id"


# Environment variables, in capitals, that decide who is asked and how: all that an operation reads of the environment.
OPTION_VARIABLES = {option: f"BLACKBOX_{option.upper()}" for option in CONNECTION_OPTIONS}
NETWORK_VARIABLES = frozenset(
    ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
)
PROCESS_VARIABLES = NETWORK_VARIABLES.union(OPTION_VARIABLES.values(), ("BLACKBOX_DIRECT_EXECUTION",))


def connection_spec() -> dict[str, Any]:
    """Return the argument spec of the connection options.

    The key is not `required`: tools that do not know module defaults would then complain about every task.
    """
    return {option: dict(details) for option, details in CONNECTION_OPTIONS.items()}


def with_environment(options: Mapping[str, Any], environ: Mapping[str, str]) -> dict[str, Any]:
    """Return options in which each missing connection option has the value of its environment variable.

    Args:
        options: as a task gives them, without nulls.
        environ: an empty variable counts as unset, except that of the guard, which is an error.
    """
    found = {option: environ[variable] for option, variable in OPTION_VARIABLES.items() if variable in environ}
    return {**{option: value for option, value in found.items() if value or option == GUARD}, **options}


class TransportCache:
    """Keeps the connections of the latest task for the next one that asks the same server as the same client.

    Args:
        clock: in seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._key: Any = None
        self._transport: Transport | None = None
        self._used = 0.0

    def get(self, key: Any, make: Callable[[], Transport]) -> Transport:
        """Return the kept transport if it was made for `key`, else a new one, which is kept instead.

        Args:
            key: everything that decides who is asked, as whom and how.
        """
        now = self._clock()
        if self._transport is None or key != self._key or now - self._used > MAX_IDLE:
            self.drop()
            self._key, self._transport = key, make()
        self._used = now
        return self._transport

    def drop(self) -> None:
        """Close what is kept."""
        if self._transport is not None:
            self._transport.close()
        self._key = self._transport = None


def connect(
    options: Mapping[str, Any],
    secrets: Redactor,
    connections: int = CONNECTIONS,
    *,
    transports: TransportCache | None = None,
    stop: threading.Event | None = None,
) -> Client:
    """Return a client for connection options. Nothing is sent yet.

    Args:
        connections: how many requests may be in flight at once.
        transports: keeps connections between tasks.
        stop: set it to end every wait of the client and to keep it from sending more requests.

    Raises:
        InvalidOptionsError: an option is invalid.
    """
    key = _check_key(options["api_key"])
    _check_guard(options[GUARD])
    origin, loopback = _check_origin(options["api_url"])
    timeout = _check_number(options, "api_timeout", least=0.001)
    retries = int(_check_number(options, "api_retries"))
    policy = RetryPolicy(retries, _check_number(options, "api_retry_max_delay"))
    verify = _check_verify(options)

    def make() -> Transport:
        headers = {
            "Authorization": f"Bearer {key}",
            "Accept": "application/json",
            "Accept-Encoding": "gzip, deflate",
            "User-Agent": f"dasha.blackbox/{VERSION}",
        }
        return Transport(origin, headers, verify=verify, trust_env_proxies=not loopback, connections=connections)

    if transports is None:
        transport = make()
    else:
        network = [(name, os.environ[name]) for name in os.environ if name.upper() in NETWORK_VARIABLES]
        transport = transports.get((os.getpid(), current_folder(), origin, key, verify, connections, network), make)
    return Client(transport, policy, timeout, secrets, stop=stop)


def current_folder() -> str:
    """Return the working directory, or the root folder if it does not exist any more."""
    try:
        return os.getcwd()
    except OSError:
        return os.sep


def _check_key(key: str | None) -> str:
    if not key:
        raise InvalidOptionsError("The API key is missing: set api_key or the environment variable BLACKBOX_API_KEY.")
    if not all(" " <= char <= "~" for char in key) or key != key.strip():
        raise InvalidOptionsError(
            "api_key (BLACKBOX_API_KEY) has leading or trailing whitespace, a line break or a character that is not"
            " printable ASCII. Copy the key again."
        )
    return key


def _check_guard(expected: str | None) -> None:
    if expected is not None and not expected.strip():
        raise InvalidOptionsError(
            "expected_org_id (BLACKBOX_EXPECTED_ORG_ID) is empty, so nothing would be checked. Set it to the id of the"
            " organization, or omit it (unset the variable) to check nothing."
        )


def _check_origin(url: str) -> tuple[str, bool]:
    """Return the origin without a trailing slash, and whether it is on this host."""
    try:
        parts = urlsplit(url)
        host = parts.hostname if parts.port != 0 else None
    except ValueError:  # an invalid port or IPv6 address
        host = None
    if not host or parts.scheme not in ("http", "https") or url.split("://", 1)[1].rstrip("/") != parts.netloc:
        raise InvalidOptionsError(
            f"api_url must be the origin of the API, such as {DEFAULT_URL}: a scheme, a host and optionally a port,"
            " without a path, query or fragment."
        )
    if "@" in parts.netloc:
        raise InvalidOptionsError("api_url must not contain a user name or password. Set api_key instead.")
    if not _is_host_name(host):
        raise InvalidOptionsError(
            f"api_url contains an invalid host name: {host!r} has an empty part, a part of more than {MAX_LABEL}"
            " characters, or characters that are not allowed."
        )
    loopback = _is_loopback(host)
    if parts.scheme == "http" and not loopback:
        raise InvalidOptionsError(
            f"api_url begins with http://, which would send the API key to {host} unencrypted. Use https://."
            " Plain http is allowed only for loopback addresses and localhost."
        )
    return f"{parts.scheme}://{parts.netloc}", loopback


def _is_host_name(host: str) -> bool:
    if ":" in host:  # an IPv6 address
        return True
    try:
        # Loading the IDNA codec takes longer than all other checks, and few need it.
        name = host if host.isascii() else host.encode("idna").decode("ascii")
    except UnicodeError:
        return False
    labels = name[:-1].split(".") if name.endswith(".") else name.split(".")
    return name.isprintable() and " " not in name and all(1 <= len(label) <= MAX_LABEL for label in labels)


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
    # Not math.isfinite, which cannot take an int of hundreds of digits.
    if not least <= value < float("inf"):
        raise InvalidOptionsError(f"{name} must be at least {least:g}, not {value!r:.40}.")
    return float(min(value, MAX_SECONDS))


def _check_verify(options: Mapping[str, Any]) -> bool | str | None:
    if not options["validate_certs"]:
        return False
    ca_path: str | None = options["ca_path"] or None
    if ca_path and not os.path.exists(ca_path):
        raise InvalidOptionsError(f"ca_path {ca_path!r} does not exist on the host where the module runs.")
    return ca_path
