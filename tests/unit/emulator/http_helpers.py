# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plain HTTP to an emulator, over the standard library, so that tests see what is on the wire."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import urlencode, urlsplit

from emulator.client import Emulator
from unit.harness import NUMBERS, TRUNK

CREDENTIALS = "/api/v1/sip-credentials"
PHONE = "+15551234567"
BODY = {"phoneNumber": PHONE, "credentialsId": TRUNK}


class Response(NamedTuple):
    status: int
    headers: dict[str, str]
    body: Any

    @property
    def id(self) -> str:
        return str(self.body["id"])


class ApiClient:
    """Requests with an API key, on one connection while it lasts."""

    def __init__(self, emulator: Emulator, key: str | None = None) -> None:
        address = urlsplit(emulator.url)
        self._connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=30)
        self._headers = {"Authorization": f"Bearer {key or emulator.key}"}

    def raw(self, method: str, path: str, body: bytes | None = None, **headers: str | None) -> Response:
        """Send exactly this; a header that is None is omitted."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        sent = {name: value for name, value in {**self._headers, **given}.items() if value is not None}
        try:
            self._connection.request(method, path, body, sent)
            response = self._connection.getresponse()
            content = response.read()
        except BaseException:
            self._connection.close()
            raise
        return Response(
            response.status, {name.lower(): value for name, value in response.getheaders()}, parsed(content)
        )

    def send(self, body: Any, path: str = NUMBERS) -> None:
        """Send a POST request, and do not wait for the response."""
        headers = {**self._headers, "Content-Type": "application/json"}
        self._connection.request("POST", path, json.dumps(body), headers)

    def call(self, method: str, path: str, body: Any = None, **query: Any) -> Response:
        content = None if body is None else json.dumps(body).encode()
        kind = None if body is None else "application/json"
        return self.raw(method, path + (f"?{urlencode(query)}" if query else ""), content, Content_Type=kind)

    def get(self, path: str = NUMBERS, **query: Any) -> Response:
        return self.call("GET", path, **query)

    def post(self, body: Any, path: str = NUMBERS) -> Response:
        return self.call("POST", path, body)

    def put(self, path: str, body: Any = None, **query: Any) -> Response:
        return self.call("PUT", path, body, **query)

    def delete(self, path: str, **query: Any) -> Response:
        return self.call("DELETE", path, **query)

    def phones(self, **query: Any) -> list[str]:
        """Return the phone numbers of a listing."""
        return [item["phoneNumber"] for item in self.get(**query).body["items"]]


def parsed(content: bytes) -> Any:
    try:
        return json.loads(content) if content else None
    except ValueError:
        return content.decode("utf-8", "replace")


def control(emulator: Emulator, method: str, name: str, body: bytes | None = None, host: str = "localhost") -> Response:
    """Send a control request without the client of the emulator."""
    return ApiClient(emulator).raw(method, f"/_emulator/{name}", body, Host=host)


@contextlib.contextmanager
def open_request(emulator: Emulator, path: str = NUMBERS) -> Iterator[socket.socket]:
    """Yield a connection on which a GET request has been sent."""
    address = urlsplit(emulator.url)
    with socket.create_connection((address.hostname, address.port), timeout=30) as sock:
        sock.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {emulator.key}\r\n\r\n".encode())
        yield sock


def read_all(sock: socket.socket) -> bytes:
    """Return everything that arrives until the server closes the connection."""
    return b"".join(iter(lambda: sock.recv(65536), b""))
