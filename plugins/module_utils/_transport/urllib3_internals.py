# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Everything that relies on private parts of `http.client` and urllib3, which their public parts do not offer.

- `HTTPConnection._new_conn`, `_dns_host`: where urllib3 resolves the host and connects, address after address.
- `PoolManager.pool_classes_by_scheme`, `HTTPConnection.response_class` (public, undocumented): the way to have one's
  own connections and responses.
- `http.client.HTTPResponse.begin` (public, undocumented): where an interim response (1xx) can be read past.
"""

from __future__ import annotations

import io
import socket
import threading
import time
import traceback
from http import HTTPStatus
from http.client import HTTPException, HTTPResponse
from typing import Any

from .._common.workers import start_thread
from .response import TransportError

try:
    from requests.adapters import HTTPAdapter
    from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
    from urllib3.connection import HTTPConnection, HTTPSConnection
    from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError
    from urllib3.util.connection import allowed_gai_family
except ImportError:
    IMPORT_ERROR: str | None = traceback.format_exc()
    # Lets this file be imported all the same; the module then reports the missing library in Ansible's words.
    HTTPAdapter = HTTPConnectionPool = HTTPSConnectionPool = object  # type: ignore[assignment,misc]
    HTTPConnection = HTTPSConnection = object  # type: ignore[assignment,misc]
else:
    IMPORT_ERROR = None

# A page of 1000 phone numbers is about half a megabyte.
MAX_RESPONSE_SIZE = 32 * 2**20
MAX_INTERIM_RESPONSES = 20


def response_too_large() -> TransportError:
    """Return the error for a response of more than `MAX_RESPONSE_SIZE` bytes."""
    return TransportError("size", True, f"the response is larger than {MAX_RESPONSE_SIZE // 2**20} MiB")


class _BoundedReader(io.RawIOBase):
    """A socket's bytes until a moment in time, and no more of them than a response may have.

    A socket timeout bounds each silence only; a response that trickles in byte by byte would never end.
    """

    def __init__(self, sock: Any) -> None:
        self._sock = sock
        self._raw = sock.makefile("rb", buffering=0)
        self._remaining = MAX_RESPONSE_SIZE
        seconds = sock.gettimeout()
        self._deadline = None if seconds is None else time.monotonic() + seconds

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        if self._deadline is not None:
            # A timeout of 0 would make the socket non-blocking, which fails in another way.
            self._sock.settimeout(max(self._deadline - time.monotonic(), 0.001))
        count: int | None = self._raw.readinto(buffer)
        self._remaining -= count or 0
        if self._remaining < 0:
            raise response_too_large()
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()


class _BoundedSocket:
    """Stands for a socket when `http.client` asks it for a file to read from."""

    def __init__(self, sock: Any) -> None:
        self._sock = sock

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(_BoundedReader(self._sock), 65536)


class _Response(HTTPResponse):
    def __init__(self, sock: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(_BoundedSocket(sock), *args, **kwargs)  # type: ignore[arg-type]

    def begin(self) -> None:
        """Read the head of the final response (RFC 9110, 15.2); `http.client` reads past 100 only."""
        for _response in range(MAX_INTERIM_RESPONSES):
            super().begin()
            if self.status >= HTTPStatus.OK:
                return
            # Else the next call would take the response for one that has begun.
            self.headers = self.msg = None  # type: ignore[assignment]
        raise HTTPException("too many interim responses")


class _Tagged:
    """Says of an exception whether it was raised before anything of the request was sent.

    urllib3 does not: a TLS handshake that fails looks like a connection that breaks later.
    """

    response_class: Any = _Response

    def connect(self) -> None:
        try:
            super().connect()  # type: ignore[misc]
        except TransportError as exc:
            exc.sent = False
            raise
        except Exception as exc:
            exc.failed_before_send = True  # type: ignore[attr-defined]
            raise


class _Bounded(_Tagged):
    """Resolves, connects and does the TLS handshake within the time of the attempt, however many addresses there are.

    urllib3 gives each address all of it, the TLS handshake once more, and name resolution as long as it takes.
    """

    def _new_conn(self: Any) -> Any:
        host, timeout = self._dns_host, self.timeout
        deadline = time.monotonic() + timeout
        addresses = _resolve(self, host, timeout)
        try:
            while True:
                per_address_timeout = (deadline - time.monotonic()) / len(addresses)
                self._dns_host, self.timeout = addresses.pop(0), max(per_address_timeout, 0.001)
                try:
                    sock = super()._new_conn()  # type: ignore[misc]
                except HTTPError:
                    if not addresses:
                        raise
                else:
                    sock.settimeout(max(deadline - time.monotonic(), 0.001))
                    return sock
        finally:
            self._dns_host, self.timeout = host, timeout


def _resolve(connection: Any, host: str, seconds: float) -> list[str]:
    """Return the addresses of a host as text.

    Raises:
        NewConnectionError: the host name cannot be resolved.
        ConnectTimeoutError: it could not be resolved in time.
    """
    found: list[Any] = []

    def look_up() -> None:
        try:
            found.extend(
                socket.getaddrinfo(host.strip("[]"), connection.port, allowed_gai_family(), socket.SOCK_STREAM)
            )
        except (OSError, UnicodeError) as exc:
            found.append(exc)
        done.set()

    done = threading.Event()
    # In a thread that may be left behind: `getaddrinfo` has no timeout of its own. An address needs none.
    if _is_address(host) or not start_thread(look_up):
        look_up()
    if not done.wait(seconds):
        raise ConnectTimeoutError(connection, "name resolution timed out")
    if not found or isinstance(found[0], Exception):
        raise NewConnectionError(connection, "name resolution failed") from (found[0] if found else None)
    return [str(address[0]) for *_family, address in found]


def _is_address(host: str) -> bool:
    try:
        socket.inet_pton(socket.AF_INET, host)
    except (OSError, UnicodeError):
        return ":" in host
    return True


class _Connection(_Bounded, HTTPConnection):
    """A plain connection."""


class _TlsConnection(_Bounded, HTTPSConnection):
    """A TLS connection."""


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


_POOLS = {"http": _Pool, "https": _TlsPool}


def _socks_pools() -> dict[str, Any]:
    """Return pools like those above for a SOCKS proxy, to which PySocks connects in its own way."""
    from urllib3.contrib import socks  # loads PySocks

    class SocksConnection(_Tagged, socks.SOCKSConnection):
        """A plain connection through a SOCKS proxy."""

    class SocksTlsConnection(_Tagged, socks.SOCKSHTTPSConnection):
        """A TLS connection through a SOCKS proxy."""

    class SocksPool(socks.SOCKSHTTPConnectionPool):
        ConnectionCls = SocksConnection

    class SocksTlsPool(socks.SOCKSHTTPSConnectionPool):
        ConnectionCls = SocksTlsConnection

    return {"http": SocksPool, "https": SocksTlsPool}


class Adapter(HTTPAdapter):
    """An adapter of `requests` with the connections and responses of this file."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        known = proxy in self.proxy_manager
        manager = super().proxy_manager_for(proxy, **kwargs)
        if not known:
            manager.pool_classes_by_scheme = _socks_pools() if proxy.lower().startswith("socks") else _POOLS
        return manager

    def close(self) -> None:
        """Close all connections that are not in use, now; urllib3 leaves them to the garbage collector."""
        for manager in (self.poolmanager, *self.proxy_manager.values()):
            for key in list(manager.pools.keys()):
                pool = manager.pools.get(key)
                if pool is not None:
                    pool.close()
        super().close()
