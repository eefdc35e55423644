# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Serves the phone numbers of an organization that never changes, rendered before the first request.

The emulator keeps state and checks every request, which takes longer than what is measured once there are many pages.
This server cuts each page out of one text in which every row has the same length.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import uuid
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

NAMESPACE = uuid.UUID("b1ac0b0c-0000-4000-8000-000000000001")
TIME = "2026-11-23T10:15:30Z"
PAGE_SIZE = 1000
# What each number has, so that a page is as long as in an organization in use.
LINE = {"displayName": "Support line", "description": "Main office, second floor"}


def trunk_id(index: int) -> str:
    """Return the id of a trunk."""
    return str(uuid.uuid5(NAMESPACE, f"trunk {index}"))


def trunk_name(index: int) -> str:
    """Return the name of a trunk."""
    return f"sip-{index:03}.example.com"


def phone_number(index: int) -> str:
    """Return a phone number."""
    return f"+1555{index:07}"


class Listing:
    """Rows of the same kind, as JSON."""

    def __init__(self, rows: list[bytes]) -> None:
        self.count = len(rows)
        self._width = len(rows[0]) + 1 if rows else 1
        self._text = memoryview(b",".join(rows))
        if len(self._text) + 1 != self.count * self._width and rows:
            raise ValueError("the rows differ in length")

    def page(self, skip: int, take: int) -> list[bytes | memoryview]:
        """Return the parts of the body of a page."""
        skip, take = min(skip, self.count), min(take, PAGE_SIZE)
        rows = self._text[skip * self._width : max(0, min(skip + take, self.count) * self._width - 1)]
        end = f'],"totalCount":{self.count},"skip":{skip},"take":{take}}}'
        return [b'{"items":[', rows, end.encode()]


def number_row(index: int, trunk: str) -> bytes:
    """Return a phone number."""
    status = {
        "state": "Disabled",
        "errorDescription": None,
        "sipResponseMessage": None,
        "lastUpdated": TIME,
        "expiresAt": None,
    }
    number = {
        "id": str(uuid.UUID(int=NAMESPACE.int + index)),
        "orgId": "org-1",
        "phoneNumber": phone_number(index),
        "credentialsId": trunk,
        **LINE,
        "registration": False,
        "incomingCallsAgentId": None,
        "registrationStatus": status,
        "providerId": None,
        "createdTime": TIME,
        "lastUpdateTime": TIME,
    }
    return json.dumps(number, separators=(",", ":")).encode()


def trunk_row(index: int) -> bytes:
    """Return a trunk."""
    trunk = {
        "id": trunk_id(index),
        "orgId": "org-1",
        "server": trunk_name(index),
        "domain": None,
        "authUser": None,
        "transport": "udp",
        "description": None,
        "cpsLimit": None,
        "cpsKey": None,
        "source": "manual",
        "providerId": None,
        "createdTime": TIME,
        "lastUpdateTime": TIME,
    }
    return json.dumps(trunk, separators=(",", ":")).encode()


class Server:
    """What is served, and how many requests there were."""

    def __init__(self, numbers: int, trunks: int, latency: float) -> None:
        ids = [trunk_id(index) for index in range(trunks)]
        self._numbers = Listing([number_row(index, ids[index * trunks // numbers]) for index in range(numbers)])
        self._listings = {
            "/api/v1/sip-phone-numbers": self._numbers,
            "/api/v1/sip-credentials": Listing([trunk_row(index) for index in range(trunks)]),
        }
        self._latency = latency
        self.requests = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection."""
        loop = asyncio.get_running_loop()
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                due = loop.time() + self._latency
                method, target, _rest = head.split(b" ", 2)
                status, body = self._respond(method.decode(), target.decode())
                length = sum(map(len, body))
                await asyncio.sleep(due - loop.time())
                header = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
                writer.writelines([header.encode(), *body])
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    def _respond(self, method: str, target: str) -> tuple[str, list[bytes | memoryview]]:
        url = urlsplit(target)
        if url.path == "/requests":
            count, self.requests = self.requests, 0
            return "200 OK", [str(count).encode()]
        self.requests += 1
        listing = self._listings.get(url.path)
        if method != "GET" or listing is None:
            return "405 Method Not Allowed", [b'{"title":"Method Not Allowed","status":405}']
        query = parse_qs(url.query)
        if "phoneNumber" in query:
            index = int(query["phoneNumber"][0].removeprefix("+1555"))
            return "200 OK", [*self._numbers.page(index, 1)[:2], b'],"totalCount":1}']
        return "200 OK", listing.page(int(query["skip"][0]), int(query["take"][0]))


async def run(arguments: argparse.Namespace) -> None:
    """Serve until the process is ended."""
    service = Server(arguments.numbers, arguments.trunks, arguments.latency)
    server = await asyncio.start_server(service.serve, "127.0.0.1", 0)
    part = arguments.port_file.with_suffix(".part")
    part.write_text(str(server.sockets[0].getsockname()[1]))
    part.rename(arguments.port_file)
    await server.serve_forever()


def main() -> Any:
    """Serve what the options say."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--numbers", type=int, required=True, help="how many phone numbers there are")
    parser.add_argument("--trunks", type=int, default=1, help="on how many trunks")
    parser.add_argument("--latency", type=float, default=0.05, help="seconds before each response")
    parser.add_argument("--port-file", type=Path, required=True, help="where to write the port")
    asyncio.run(run(parser.parse_args()))


if __name__ == "__main__":
    main()
