# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Turns what `requests` and urllib3 raise into a `TransportError`: was the request sent, can a retry help, and why."""

from __future__ import annotations

import errno
import os
import socket
import ssl
from collections.abc import Iterator, Mapping
from http.client import HTTPException, RemoteDisconnected
from http.client import IncompleteRead as HttpIncompleteRead
from typing import NamedTuple
from urllib.parse import urlsplit

from .._common.text import visible_text
from .response import TransportError

try:
    from requests.exceptions import (
        ConnectTimeout,
        InvalidProxyURL,
        InvalidSchema,
        InvalidURL,
        MissingSchema,
    )
    from requests.utils import select_proxy
    from urllib3.exceptions import (
        ClosedPoolError,
        ConnectTimeoutError,
        IncompleteRead,
        InvalidHeader,
        LocationValueError,
        NewConnectionError,
        ReadTimeoutError,
    )
except ImportError:
    # Without `requests` nothing is sent, so nothing fails; `http` knows what is missing.
    pass

PORTS = {"http": 80, "https": 443}
PROXY_VARIABLES = "HTTPS_PROXY, HTTP_PROXY or ALL_PROXY"
TUNNEL_FAILED = "Tunnel connection failed"


class Peer(NamedTuple):
    """Who a request was meant for.

    Attributes:
        origin: of the API.
        proxies: by scheme.
        bundle: path of the CA bundle, None for the default one.
        bundle_source: the option or environment variable that names it.
    """

    origin: str
    proxies: Mapping[str, str]
    bundle: str | None
    bundle_source: str

    def __str__(self) -> str:
        proxy = select_proxy(self.origin, dict(self.proxies))
        if not proxy:
            return self.host
        return f"{self.host} through proxy {host_and_port(proxy if '://' in proxy else f'http://{proxy}')}"

    @property
    def host(self) -> str:
        """Host and port of the API."""
        return host_and_port(self.origin)

    @property
    def checked_against(self) -> str:
        """The CA bundle, in words."""
        return f"{self.bundle_source} {self.bundle!r}" if self.bundle else "the default CA bundle"


def to_transport_error(exc: Exception, timeout: float, peer: Peer) -> TransportError:
    """Return the error behind `exc`; its text comes from the innermost cause, never from a text with an address in it.

    Args:
        timeout: seconds that the attempt was given, for the message.
    """
    causes = list(_causes(exc))
    for cause in causes:
        if isinstance(cause, TransportError):
            return cause
    sent = not any(_failed_before_send(cause) for cause in causes)
    problem = _configuration_problem(causes, peer, sent)
    if problem:
        return TransportError("configuration", False, visible_text(problem))
    timed_out = any(isinstance(cause, (ReadTimeoutError, socket.timeout)) for cause in causes)
    connecting = any(isinstance(cause, (ConnectTimeout, ConnectTimeoutError)) for cause in causes)
    if not sent and (timed_out or connecting) and not _refused(causes):
        return TransportError("timeout", False, f"could not connect to {peer} within {timeout:g} s")
    if timed_out:
        return TransportError("timeout", sent, f"no complete response from {peer.host} within {timeout:g} s")
    malformed = _malformed(causes) if sent else None
    if malformed:
        return TransportError("response", True, f"the response of {peer.host} is not valid HTTP ({malformed})")
    return TransportError("connection", sent, f"connection to {peer} failed: {visible_text(_reason(causes, sent))}")


def out_of_descriptors(exc: Exception) -> bool:
    """Whether the process has too many files open for another connection."""
    numbers = (errno.EMFILE, errno.ENFILE)
    return any(isinstance(cause, OSError) and cause.errno in numbers for cause in _causes(exc))


def host_and_port(url: str) -> str:
    """Return host and port of a URL, spelled so that equal ones are equal."""
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").rstrip("."), parts.port or PORTS.get(parts.scheme)
    except ValueError:
        return "an invalid address"
    host = f"[{host}]" if ":" in host else host
    return visible_text(f"{host}:{port}" if port else host)


def _causes(exc: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    waiting = [exc]
    while waiting:
        current = waiting.pop(0)
        if id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        related = [getattr(current, "reason", None), current.__cause__, current.__context__, *current.args]
        waiting.extend(other for other in related if isinstance(other, BaseException))


def _failed_before_send(cause: BaseException) -> bool:
    if getattr(cause, "failed_before_send", False):
        return True
    return isinstance(cause, (NewConnectionError, ConnectTimeoutError, ConnectTimeout, ClosedPoolError))


def _configuration_problem(causes: list[BaseException], peer: Peer, sent: bool) -> str | None:
    """Return what is wrong with the address, a proxy, the CA bundle or the certificate, if that is the cause."""
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            message = f"the certificate of {peer.host} was refused: {cause.verify_message}"
            return f"{message} (checked against {peer.checked_against})"
        problem = _address_problem(cause)
        if problem:
            return problem
    if not sent or any(str(cause).startswith("Could not find") for cause in causes):
        problem = _bundle_problem(peer.bundle)
        return f"the CA bundle {peer.bundle!r} ({peer.bundle_source}) {problem}" if problem else None
    return None


def _address_problem(cause: BaseException) -> str | None:
    if isinstance(cause, InvalidSchema) and "SOCKS" in str(cause):
        return "a SOCKS proxy needs the Python library PySocks, which is not installed"
    if isinstance(cause, InvalidProxyURL):
        return f"the proxy URL in the environment is invalid ({PROXY_VARIABLES})"
    # The standard library raises a plain ValueError for half an IPv6 address.
    half_address = cause.__class__ is ValueError and "URL" in str(cause)
    if half_address or isinstance(cause, (InvalidSchema, InvalidURL, MissingSchema, LocationValueError)):
        return f"api_url or the proxy URL in the environment ({PROXY_VARIABLES}) is invalid"
    if isinstance(cause, UnicodeError):
        return "the request contains a character that cannot be sent"
    return None


def _bundle_problem(bundle: str | None) -> str | None:
    """Return what is wrong with a CA bundle, if anything. urllib3 does not say which file it could not load."""
    if bundle is None or os.path.isdir(bundle):
        return None
    if not os.path.exists(bundle):
        return "does not exist"
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(bundle)
    except ssl.SSLError:
        return "does not contain a PEM certificate"
    except PermissionError:
        return "cannot be read: permission denied"
    except OSError:
        return None
    return None


def _refused(causes: list[BaseException]) -> bool:
    # In urllib3 1.26 a refused connection is a kind of connect timeout.
    return any(isinstance(cause, NewConnectionError) for cause in causes)


def _malformed(causes: list[BaseException]) -> str | None:
    for cause in reversed(causes):
        if isinstance(cause, (RemoteDisconnected, HttpIncompleteRead, IncompleteRead)):
            return None
        if isinstance(cause, (HTTPException, InvalidHeader)):
            return "invalid status line or headers"
    return None


def _reason(causes: list[BaseException], sent: bool) -> str:
    reasons = (_reason_of(cause, sent) for cause in reversed(causes))
    return next(filter(None, reasons), "the connection broke" if sent else "the connection could not be made")


def _reason_of(cause: BaseException, sent: bool) -> str | None:
    if isinstance(cause, RemoteDisconnected):
        return "the server closed the connection without a response"
    if isinstance(cause, (HttpIncompleteRead, IncompleteRead)):
        return "the connection was closed before the response was complete"
    return _system_reason(cause, sent) if isinstance(cause, OSError) else None


def _system_reason(cause: OSError, sent: bool) -> str | None:
    if isinstance(cause, socket.gaierror):
        return f"the host name could not be resolved ({cause.strerror})"
    if isinstance(cause, ssl.SSLError):
        return f"{'TLS error' if sent else 'the TLS handshake failed'} ({_tls_reason(cause)})"
    if str(cause).startswith(TUNNEL_FAILED):
        return f"the proxy refused the connection ({str(cause).partition(': ')[2]:.100})"
    return cause.strerror.lower() if cause.strerror else None


def _tls_reason(cause: ssl.SSLError) -> str:
    if isinstance(cause, ssl.SSLEOFError):
        return "the server closed the connection"
    return str(cause.reason or cause.strerror or "unknown reason").replace("_", " ").lower()
