# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Starts and controls an emulator, for tests. Needs the standard library only."""

from __future__ import annotations

import contextlib
import http.client
import json
import ssl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

FOLDER = Path(__file__).parent


class ControlError(Exception):
    """The emulator refused a control request; the text is its response."""


class Emulator:
    """A running emulator.

    Args:
        url: its address.
        key: a valid API key.
    """

    def __init__(self, url: str, key: str) -> None:
        self.url = url
        self.key = key
        self._address = urlsplit(url)
        self._connection: http.client.HTTPConnection | None = None

    @classmethod
    @contextlib.contextmanager
    def start(cls, *arguments: str) -> Iterator[Emulator]:
        """Run an emulator with these command line arguments for as long as the context lasts."""
        command = [sys.executable, str(FOLDER), *arguments]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            try:
                yield cls._listening(process)
            finally:
                process.terminate()

    @classmethod
    def _listening(cls, process: subprocess.Popen[str]) -> Emulator:
        assert process.stdout is not None
        words = process.stdout.readline().split()
        if "on" not in words:
            raise ControlError("the emulator did not start; see its output above")
        return cls(words[words.index("on") + 1], words[-1].removesuffix(")"))

    def reset(
        self,
        seed: dict[str, Any] | None = None,
        settings: dict[str, Any] | None = None,
        faults: list[dict[str, Any]] | None = None,
    ) -> None:
        """Restore the initial state, then apply these."""
        self._call("POST", "reset", {"seed": seed or {}, "settings": settings or {}, "faults": faults or []})

    def seed(self, seed: dict[str, Any]) -> None:
        """Add to the state."""
        self._call("POST", "seed", seed)

    def mutate(self, **changes: Any) -> None:
        """Create, update and delete objects, as if by another client."""
        self._call("POST", "mutate", changes)

    def fault(self, *rules: dict[str, Any]) -> None:
        """Add fault rules, all of them or none."""
        self._call("POST", "faults", list(rules))

    def clear_faults(self) -> None:
        """Remove all fault rules."""
        self._call("DELETE", "faults")

    def set(self, **settings: Any) -> None:
        """Change settings."""
        self._call("PATCH", "settings", settings)

    def clock(self, **change: Any) -> None:
        """Set, advance or freeze the clock."""
        self._call("POST", "clock", change)

    def state(self) -> dict[str, Any]:
        """Return the whole state, in the form of a seed."""
        state: dict[str, Any] = self._call("GET", "state")
        return state

    def requests(self) -> list[dict[str, Any]]:
        """Return the requests received."""
        entries: list[dict[str, Any]] = self._call("GET", "requests")
        return entries

    def clear_requests(self) -> None:
        """Clear the request log, statistics and violations."""
        self._call("DELETE", "requests")

    def stats(self) -> dict[str, Any]:
        """Return statistics of the requests received."""
        counts: dict[str, Any] = self._call("GET", "stats")
        return counts

    def violations(self) -> list[dict[str, Any]]:
        """Return the requests and responses that violated the contract."""
        broken: list[dict[str, Any]] = self._call("GET", "violations")
        return broken

    def stop(self) -> None:
        """End the emulator, however it was started."""
        self._call("POST", "stop")

    def _call(self, method: str, name: str, body: Any = None) -> Any:
        connection = self._connected()
        connection.request(method, f"/_emulator/{name}", None if body is None else json.dumps(body))
        response = connection.getresponse()
        content = response.read()
        if response.status != http.HTTPStatus.OK:
            raise ControlError(content.decode())
        return json.loads(content)

    def _connected(self) -> http.client.HTTPConnection:
        if self._connection is None:
            host, port = self._address.hostname or "", self._address.port
            if self._address.scheme == "https":
                # A test makes its own certificate.
                context = ssl._create_unverified_context()
                self._connection = http.client.HTTPSConnection(host, port, context=context)
            else:
                self._connection = http.client.HTTPConnection(host, port)
        return self._connection
