# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One pooled `requests` adapter: what goes on the wire, and for how long. Knows nothing of retries or JSON."""

from __future__ import annotations

import os
import zlib
from http.client import HTTPException
from typing import TYPE_CHECKING, Any

from .response import HttpResponse, TransportError, out_of_files
from .urllib3_internals import IMPORT_ERROR, MAX_RESPONSE_SIZE, Adapter, response_too_large

if not IMPORT_ERROR:
    from requests import PreparedRequest, RequestException
    from requests.utils import get_environ_proxies
    from urllib3 import Timeout
    from urllib3.exceptions import HTTPError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["IMPORT_ERROR", "Transport"]

GZIP = b"\x1f\x8b"
# As zlib calls them: a gzip or zlib header, and none.
DETECT_HEADER, NO_HEADER = 47, -15
MAX_GZIP_MEMBERS = 100


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
        self._bundle_source = "ca_path" if verify is not None else _bundle_variable()
        self._verify = (os.environ.get(self._bundle_source) or True) if verify is None else verify
        self._proxies = get_environ_proxies(origin, no_proxy=None) if trust_env_proxies else {}
        self._connections = connections
        self._adapter = self._new_adapter()
        if self._verify is False:
            _silence_insecure_request_warning()

    def send(
        self, method: str, target: str, body: bytes | None, timeout: float, *, fresh: bool = False
    ) -> HttpResponse:
        """Send one request and read its complete response.

        The adapter is used without a `requests.Session`, which would let `~/.netrc` replace the Authorization header
        and parse the Location of a redirect that nobody follows.

        Args:
            target: path and query.
            timeout: seconds for the attempt as a whole.
            fresh: use a new connection, and no other request.

        Raises:
            TransportError: no complete response was received in time, or it could not be decoded.
        """
        adapter = self._new_adapter() if fresh else self._adapter
        try:
            response = adapter.send(
                self._prepare(method, target, body),
                stream=True,
                timeout=Timeout(total=timeout, connect=timeout, read=timeout),  # type: ignore[arg-type]
                verify=self._verify,
                proxies=self._proxies,
            )
            return _read(response, self._discard_connections)
        except (RequestException, HTTPError, HTTPException, OSError, ValueError) as exc:
            raise self._error(exc, timeout) from None
        finally:
            if fresh:
                adapter.close()

    def _new_adapter(self) -> Adapter:
        return Adapter(pool_connections=1, pool_maxsize=self._connections, pool_block=True)

    def _discard_connections(self) -> None:
        # Not closed: another thread may be using the one in question by now.
        self._adapter = self._new_adapter()

    def _prepare(self, method: str, target: str, body: bytes | None) -> PreparedRequest:
        headers = self._headers if body is None else {**self._headers, "Content-Type": "application/json"}
        prepared = PreparedRequest()
        prepared.prepare(method=method, url=self._origin + target, headers=headers, data=body)
        return prepared

    def _error(self, exc: Exception, timeout: float) -> TransportError:
        try:
            from .transport_errors import Peer, out_of_descriptors, to_transport_error  # only needed after a failure
        except (ImportError, OSError):
            self.close()
            return out_of_files()
        if out_of_descriptors(exc):
            self.close()
        bundle = self._verify if isinstance(self._verify, str) else None
        return to_transport_error(exc, timeout, Peer(self._origin, self._proxies, bundle, self._bundle_source))

    def close(self) -> None:
        """Close all connections that are not in use. Those in use are closed after their response."""
        self._adapter.close()


def _read(response: Any, discard: Callable[[], None]) -> HttpResponse:
    """Read the body of a response, and give its connection back to the pool whatever happens."""
    raw, headers = response.raw, response.headers
    try:
        content = b"".join(raw.stream(65536, decode_content=False))
        if raw.length_remaining:
            # urllib3 1.26 hands out a body shorter than its Content-Length without an error.
            raise TransportError("connection", True, "the connection was closed before the response was complete")
        content = _decode(content, headers.get("Content-Encoding", ""))
    except BaseException:
        raw.close()
        raise
    finally:
        raw.release_conn()
    return HttpResponse(response.status_code, headers, content, response.reason, discard)


def _decode(content: bytes, encoding: str) -> bytes:
    """Return a body without its Content-Encoding.

    Not left to urllib3, most versions of which decode without a limit: a megabyte can become a gigabyte.
    """
    encoding = encoding.strip().lower()
    if not content or encoding in ("", "identity"):
        return content
    try:
        if encoding in ("gzip", "x-gzip", "deflate"):
            return _inflate(content)
    except zlib.error:
        pass
    raise TransportError("response", True, f"the response could not be decoded (Content-Encoding: {encoding:.40})")


def _inflate(content: bytes) -> bytes:
    # "deflate" has a zlib header by the book, and none from some servers.
    has_header = content.startswith(GZIP) or int.from_bytes(content[:2], "big") % 31 == 0
    inflated = b""
    for _member in range(MAX_GZIP_MEMBERS):
        member = zlib.decompressobj(DETECT_HEADER if has_header else NO_HEADER)
        inflated += member.decompress(content, MAX_RESPONSE_SIZE + 1 - len(inflated))
        if len(inflated) > MAX_RESPONSE_SIZE:
            raise response_too_large()
        if not member.eof:
            raise zlib.error("incomplete")
        content = member.unused_data
        if not content.startswith(GZIP):
            return inflated
    raise zlib.error("too many members")


def _bundle_variable() -> str:
    """Return the environment variable that names the CA bundle."""
    return "REQUESTS_CA_BUNDLE" if os.environ.get("REQUESTS_CA_BUNDLE") else "CURL_CA_BUNDLE"


def _silence_insecure_request_warning() -> None:
    import urllib3  # only needed if certificates are not checked

    urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
