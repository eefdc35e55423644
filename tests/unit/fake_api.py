# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A client whose API is a function and whose time passes only by waiting."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from ansible_collections.dasha.blackbox.plugins.module_utils._common.redaction import Redactor
from ansible_collections.dasha.blackbox.plugins.module_utils._transport.client import Client
from ansible_collections.dasha.blackbox.plugins.module_utils._transport.response import HttpResponse, TransportError
from ansible_collections.dasha.blackbox.plugins.module_utils._transport.retry import RetryPolicy

Reply = tuple[int, Any] | TransportError
REFUSED = TransportError("connection", False, "connection refused")
TLS_BROKEN = TransportError("connection", False, "the TLS handshake failed")
LOST = TransportError("connection", True, "the server closed the connection without a response")


class Clock:
    """Seconds that pass only by waiting."""

    def __init__(self) -> None:
        self.time = 1000.0

    def sleep(self, seconds: float) -> None:
        self.time += seconds

    def __call__(self) -> float:
        return self.time


class FakeApi:
    """Stands for a `Transport`.

    Args:
        respond: given method, path, query and body, returns status and JSON, or the error of the attempt.
        latency: seconds until each response.

    Attributes:
        requests: methods and paths, in their order.
        hang: whether each request waits for its timeout and fails.
        headers: of every response.
    """

    def __init__(
        self,
        respond: Callable[[str, str, dict[str, str], Any], Reply],
        *,
        clock: Clock | None = None,
        latency: float = 0,
    ) -> None:
        self.clock = clock or Clock()
        self.requests: list[tuple[str, str]] = []
        self.hang = False
        self.headers: dict[str, str] = {}
        self._respond = respond
        self._latency = latency

    def send(
        self, method: str, target: str, body: bytes | None, timeout: float, *, fresh: bool = False
    ) -> HttpResponse:
        parts = urlsplit(target)
        self.requests.append((method, parts.path))
        if self.hang:
            self.clock.sleep(timeout)
            raise TransportError("timeout", True, f"no complete response within {timeout:g} s")
        self.clock.sleep(self._latency)
        reply = self._respond(method, parts.path, dict(parse_qsl(parts.query)), body and json.loads(body))
        if isinstance(reply, TransportError):
            raise reply
        status, value = reply
        return HttpResponse(status, self.headers, b"" if value is None else json.dumps(value).encode(), None)

    def close(self) -> None:
        pass

    def client(self, *, retries: int = 4, max_delay: float = 60, timeout: float = 30) -> Client:
        return Client(
            self,  # type: ignore[arg-type]
            RetryPolicy(retries, max_delay),
            timeout,
            Redactor(),
            sleep=self.clock.sleep,
            clock=self.clock,
        )

    def count(self, method: str) -> int:
        return [sent for sent, _path in self.requests].count(method)
