# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One pooled `requests` adapter: what goes on the wire, and for how long. Knows nothing of retries or JSON."""

from __future__ import annotations

import io
import os
import socket
import time
import traceback
from http.client import HTTPResponse
from typing import TYPE_CHECKING, Any, NamedTuple

try:
    from requests import PreparedRequest, RequestException
    from requests.adapters import HTTPAdapter
    from requests.utils import get_environ_proxies
    from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, Timeout
    from urllib3.connection import HTTPConnection, HTTPSConnection
    from urllib3.exceptions import HTTPError
    from urllib3.util.connection import allowed_gai_family
except ImportError:
    IMPORT_ERROR: str | None = traceback.format_exc()
    # Lets this file be imported all the same; the module then says what is missing in Ansible's words.
    HTTPAdapter = HTTPConnectionPool = HTTPSConnectionPool = object  # type: ignore[assignment,misc]
    HTTPConnection = HTTPSConnection = object  # type: ignore[assignment,misc]
else:
    IMPORT_ERROR = None

if TYPE_CHECKING:
    from collections.abc import Mapping


class TransportError(Exception):
    """No whole answer came.

    Attributes:
        kind: `connection`, `timeout` or `configuration` (certificate, CA file, proxy address: a retry cannot help).
        sent: whether the server may have received the request.
        reason: one clause for a person, free of secrets.
    """

    def __init__(self, kind: str, sent: bool, reason: str) -> None:
        super().__init__(reason)
        self.kind = kind
        self.sent = sent
        self.reason = reason


class HttpResponse(NamedTuple):
    """A whole HTTP answer, its body decoded from any Content-Encoding."""

    status: int
    headers: Mapping[str, str]
    content: bytes
    reason: str | None


class _DeadlineReader(io.RawIOBase):
    """A socket's bytes until a moment in time.

    A socket time-out bounds each silence only; an answer that drips a byte a second would never end.
    """

    def __init__(self, sock: Any) -> None:
        self._sock = sock
        self._raw = sock.makefile("rb", buffering=0)
        seconds = sock.gettimeout()
        self._deadline = None if seconds is None else time.monotonic() + seconds

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        if self._deadline is not None:
            # A time-out of 0 would mean "do not block", which is another error.
            self._sock.settimeout(max(self._deadline - time.monotonic(), 0.001))
        count: int | None = self._raw.readinto(buffer)
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()


class _DeadlineFile:
    """Stands for a socket where `http.client` asks it for a file to read from."""

    def __init__(self, sock: Any) -> None:
        self._sock = sock

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(_DeadlineReader(self._sock), 65536)


class _DeadlineResponse(HTTPResponse):
    def __init__(self, sock: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(_DeadlineFile(sock), *args, **kwargs)  # type: ignore[arg-type]


class _Deadlined:
    """Connects and greets within the time of the attempt, however many addresses the host has.

    urllib3 gives each address all of it, and the TLS handshake once more.
    """

    response_class: Any = _DeadlineResponse

    def _new_conn(self: Any) -> Any:
        host, timeout = self._dns_host, self.timeout
        deadline = time.monotonic() + timeout
        addresses = _addresses(host, self.port)
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


def _addresses(host: str, port: int) -> list[str]:
    try:
        found = socket.getaddrinfo(host.strip("[]"), port, allowed_gai_family(), socket.SOCK_STREAM)
    except OSError:
        # Left to urllib3, which says so in its own words.
        return [host]
    return [str(address[0]) for *_family, address in found]


class _Connection(_Deadlined, HTTPConnection):
    """A connection in clear."""


class _TlsConnection(_Deadlined, HTTPSConnection):
    """A connection by TLS."""


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


_POOLS = {"http": _Pool, "https": _TlsPool}


class _Adapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **kwargs)
        if not proxy.lower().startswith("socks"):
            manager.pool_classes_by_scheme = _POOLS
        return manager


class Transport:
    """Connections to one origin, kept open and shared by up to `connections` threads.

    Args:
        origin: scheme, host and port, without a trailing slash.
        headers: sent with every request.
        verify: whether to check the server's certificate, or the path of a CA bundle to check it against;
            None takes `REQUESTS_CA_BUNDLE` or `CURL_CA_BUNDLE`, else the default bundle.
        trust_env_proxies: whether the proxy variables of the environment apply.
    """

    def __init__(
        self,
        origin: str,
        headers: Mapping[str, str],
        verify: bool | str | None,
        trust_env_proxies: bool,
        connections: int = 1,
    ) -> None:
        self._origin = origin
        self._headers = dict(headers)
        self._verify = _environment_bundle() if verify is None else verify
        self._proxies = get_environ_proxies(origin, no_proxy=None) if trust_env_proxies else {}
        self._adapter = _Adapter(pool_connections=1, pool_maxsize=connections, pool_block=True)
        if self._verify is False:
            _silence_insecure_request_warning()

    def send(self, method: str, target: str, body: bytes | None, timeout: float) -> HttpResponse:
        """Send one request and read its whole answer.

        The adapter is used without a `requests.Transport`, which would let `~/.netrc` replace the Authorization header
        and parse the Location of a redirect that nobody follows.

        Args:
            target: path and query.
            timeout: seconds for the attempt as a whole.

        Raises:
            TransportError: no whole answer came in time.
        """
        try:
            response = self._adapter.send(
                self._prepare(method, target, body),
                stream=True,
                timeout=Timeout(total=timeout, connect=timeout, read=timeout),  # type: ignore[arg-type]
                verify=self._verify,
                proxies=self._proxies,
            )
            content = response.content
        except (RequestException, HTTPError, OSError) as exc:
            raise self._fault(exc, timeout) from None
        _refuse_truncated(response, content)
        return HttpResponse(response.status_code, response.headers, content, response.reason)

    def _prepare(self, method: str, target: str, body: bytes | None) -> PreparedRequest:
        headers = self._headers if body is None else {**self._headers, "Content-Type": "application/json"}
        prepared = PreparedRequest()
        prepared.prepare(method=method, url=self._origin + target, headers=headers, data=body)
        return prepared

    def _fault(self, exc: Exception, timeout: float) -> TransportError:
        from .transport_errors import to_transport_error  # not worth loading where all goes well

        return to_transport_error(exc, timeout)

    def close(self) -> None:
        """Close all connections."""
        self._adapter.close()


def _refuse_truncated(response: Any, content: bytes) -> None:
    # urllib3 1.26 hands out a body shorter than its Content-Length without a word.
    announced = response.headers.get("Content-Length", "")
    if announced.isdecimal() and content and response.raw.tell() < int(announced):
        raise TransportError("connection", True, "the answer broke off")


def _environment_bundle() -> bool | str:
    return os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE") or True


def _silence_insecure_request_warning() -> None:
    import urllib3  # needed by the few who switch the check off

    urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
