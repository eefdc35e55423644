# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Turn what `requests` and urllib3 raise into a `TransportError`: was the request sent, can a retry help, and why."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from http.client import RemoteDisconnected

from .http import TransportError

try:
    from requests.exceptions import (
        ConnectTimeout,
        InvalidHeader,
        InvalidProxyURL,
        InvalidSchema,
        InvalidURL,
        MissingSchema,
    )
    from urllib3.exceptions import ConnectTimeoutError, IncompleteRead, NewConnectionError, ReadTimeoutError
except ImportError:
    # Without `requests` nothing is sent, so nothing fails; `session` knows what is missing.
    pass


def to_transport_error(exc: Exception, timeout: float) -> TransportError:
    """Return the fault behind `exc`; its text comes from the innermost cause, never from a text with an address in it.

    Args:
        timeout: seconds that the attempt was given, for the message.
    """
    causes = list(_causes(exc))
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return TransportError(
                "configuration", False, f"the server's certificate was refused: {cause.verify_message}"
            )
        if isinstance(cause, (InvalidHeader, InvalidProxyURL, InvalidSchema, InvalidURL, MissingSchema)):
            return TransportError("configuration", False, "the address of the API or of the proxy is not valid")
        if isinstance(cause, OSError) and str(cause).startswith("Could not find"):
            return TransportError("configuration", False, "the CA bundle does not exist")
    sent = not any(_failed_before_send(cause) for cause in causes)
    if any(isinstance(cause, (ConnectTimeout, ConnectTimeoutError)) for cause in causes) and not _refused(causes):
        return TransportError("timeout", False, f"no connection within {timeout:g} s")
    if any(isinstance(cause, (ReadTimeoutError, socket.timeout)) for cause in causes):
        return TransportError("timeout", sent, f"no whole answer within {timeout:g} s")
    return TransportError("connection", sent, _reason(causes))


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
    if isinstance(cause, (NewConnectionError, ConnectTimeoutError, ConnectTimeout, socket.gaierror)):
        return True
    return isinstance(cause, OSError) and str(cause).startswith("Tunnel connection failed")


def _refused(causes: list[BaseException]) -> bool:
    # In urllib3 1.26 a refused connection is a kind of connect time-out.
    return any(isinstance(cause, (ConnectionError, socket.gaierror)) for cause in causes)


def _reason(causes: list[BaseException]) -> str:
    for cause in reversed(causes):
        if isinstance(cause, socket.gaierror):
            return "the host name could not be resolved"
        if isinstance(cause, RemoteDisconnected):
            return "the server closed the connection without an answer"
        if isinstance(cause, IncompleteRead):
            return "the answer broke off"
        if isinstance(cause, OSError) and str(cause).startswith("Tunnel connection failed"):
            return f"the proxy refused the connection ({str(cause).partition(': ')[2]})"
        if isinstance(cause, OSError) and cause.strerror:
            return cause.strerror.lower()
    return "the connection failed"
