# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A server that sends exactly the bytes that a test gives it, however wrong they are."""

from __future__ import annotations

import contextlib
import re
import socket
import ssl
import threading
from collections.abc import Iterator
from typing import Any


def response(body: bytes = b'{"id": "a"}', status: str = "200 OK", **headers: str) -> bytes:
    """Return a whole response; underscores in header names stand for dashes."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


class ScriptedServer:
    """Sends one prepared reply for each request, on any connection.

    Attributes:
        url: without a trailing slash.
        requests: the first lines of the requests.
        connections: how many were accepted.
    """

    def __init__(
        self, listener: socket.socket, replies: list[bytes], scheme: str, repeat: bool, per_connection: int | None
    ) -> None:
        self._listener = listener
        self._replies = replies
        self._repeat = repeat
        self._per_connection = per_connection
        self.port: int = listener.getsockname()[1]
        self.url = f"{scheme}://localhost:{self.port}" if scheme == "https" else f"http://127.0.0.1:{self.port}"
        self.requests: list[str] = []
        self.connections = 0

    def serve(self, context: ssl.SSLContext | None) -> None:
        while True:
            try:
                connection, _address = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._talk, args=(connection, context), daemon=True).start()

    def _talk(self, connection: socket.socket, context: ssl.SSLContext | None) -> None:
        with contextlib.suppress(OSError), connection:
            stream = context.wrap_socket(connection, server_side=True) if context else connection
            with stream:
                count = 0
                while self._read(stream) and count != self._per_connection and self._reply(stream):
                    count += 1

    def _read(self, stream: Any) -> bool:
        data = b""
        while b"\r\n\r\n" not in data:
            received = stream.recv(65536)
            if not received:
                return False
            data += received
        head, _blank, body = data.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)content-length: (\d+)", head)
        while length and len(body) < int(length[1]):
            body += stream.recv(65536)
        self.requests.append(head.splitlines()[0].decode())
        return True

    def _reply(self, stream: Any) -> bool:
        """Send the next reply; a reply that is no complete response ends the connection."""
        reply = self._replies[0] if self._repeat else self._replies.pop(0)
        stream.sendall(reply)
        return b"Content-Length" in reply and b"Connection: close" not in reply


@contextlib.contextmanager
def serve(
    *replies: bytes, context: ssl.SSLContext | None = None, repeat: bool = False, per_connection: int | None = None
) -> Iterator[ScriptedServer]:
    """Run a server.

    Args:
        repeat: send the first reply for ever.
        per_connection: how many requests on one connection get a reply; the next one ends it, as if it had been closed
            after the reply.
    """
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(100)
        server = ScriptedServer(listener, list(replies), "https" if context else "http", repeat, per_connection)
        threading.Thread(target=server.serve, args=(context,), daemon=True).start()
        yield server
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
