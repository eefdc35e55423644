# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The least that creating numbers can cost: a listing and a POST for each, by aiohttp, with nothing around them.

Run as a process of its own, it prints how many were created, and the seconds from the first request to the last answer.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any

import aiohttp

PATH = "/api/v1/sip-phone-numbers"


async def create(url: str, key: str, bodies: list[dict[str, Any]], concurrency: int) -> dict[str, Any]:
    """List what exists, create the numbers, and return how many there were and how long it took."""
    headers = {"Authorization": f"Bearer {key}"}
    start = time.perf_counter()
    connector = aiohttp.TCPConnector(limit=concurrency)
    async with aiohttp.ClientSession(url, headers=headers, connector=connector) as session:
        async with session.get(PATH, params={"skip": 0, "take": 1000}) as answer:
            existing = (await answer.json())["totalCount"]
        waiting = iter(bodies)
        created = await asyncio.gather(*(_create_some(session, waiting) for _worker in range(concurrency)))
    return {"existing": existing, "created": sum(created), "seconds": time.perf_counter() - start}


async def _create_some(session: aiohttp.ClientSession, waiting: Iterator[dict[str, Any]]) -> int:
    """Create numbers until none is waiting, and return how many."""
    count = 0
    for body in waiting:
        async with session.post(PATH, json=body) as answer:
            number = await answer.json()
            count += answer.status == HTTPStatus.CREATED and number["phoneNumber"] == body["phoneNumber"]
    return count


if __name__ == "__main__":
    request = json.loads(Path(sys.argv[1]).read_text())
    print(json.dumps(asyncio.run(create(**request))))
