# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Stands between the modules and the emulator, and treats connections and requests as gateways do."""

from __future__ import annotations

import contextlib
import http.client
import socket
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit


class _Handler(BaseHTTPRequestHandler):
    """Forwards requests, each over a new connection.

    Attributes:
        upstream: host and port of the emulator.
        refuse: returns the status of a refusal for a method, or None to forward the request.
        keeps: whether a client may send a second request on a connection. If not, the connection is closed without a
            word when it does.
    """

    protocol_version = "HTTP/1.1"
    upstream = ""
    refuse: Callable[[str], int | None]
    keeps = True
    answered = False

    def forward(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.answered and not self.keeps:
            self.close_connection = True
            return
        status = type(self).refuse(self.command)
        if status is None:
            self._send(*self._ask(body))
        else:
            self._send(status, "text/html", b"<html><body>nginx</body></html>")
        self.answered = True

    do_GET = do_POST = do_PUT = do_DELETE = forward

    def _ask(self, body: bytes) -> tuple[int, str, bytes]:
        connection = http.client.HTTPConnection(self.upstream, timeout=20)
        connection.request(self.command, self.path, body or None, dict(self.headers))
        response = connection.getresponse()
        content = response.read()
        connection.close()
        return response.status, response.headers.get("Content-Type", ""), content

    def _send(self, status: int, content_type: str, content: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args: Any) -> None:
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 100
    address_family = socket.AF_INET


@contextlib.contextmanager
def gateway(
    url: str, *, refuse: Callable[[str], int | None] = lambda method: None, keeps: bool = True
) -> Iterator[str]:
    """Run a gateway to `url`, and return its own; see `_Handler`."""
    attributes = {"upstream": urlsplit(url).netloc, "refuse": staticmethod(refuse), "keeps": keeps}
    server = _Server(("127.0.0.1", 0), type("Handler", (_Handler,), attributes))
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
