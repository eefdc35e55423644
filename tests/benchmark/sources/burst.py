# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An event source for ansible-rulebook: the events of a file at once, one that ends, and when it began."""

from __future__ import annotations

import asyncio
import datetime
import json
from pathlib import Path
from typing import Any


async def main(queue: asyncio.Queue[dict[str, Any]], args: dict[str, Any]) -> None:
    """Emit the events of the file `events`, then wait for the end of the rulebook."""
    events = json.loads(Path(args["events"]).read_text())
    print(f"<begin {datetime.datetime.now().isoformat(' ')}>", flush=True)
    for event in events:
        await queue.put(event)
    await queue.put({"end": True})
    await asyncio.sleep(3600)
