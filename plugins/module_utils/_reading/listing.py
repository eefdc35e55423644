# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads a whole listing, or fails: a short answer would make numbers look deleted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from .._resources.schema import ApiObject
from .._transport.client import Client
from .._transport.errors import ApiError

PAGE_SIZE = 1000
# Half a megabyte each, and read as text faster than they come: more of them at once are memory and no gain.
MAX_PARALLEL_PAGES = 10
MAX_RETRIES = 3
INITIAL_DELAY = 0.1


class ListingChanged(Exception):
    """Rows were added or removed while the pages were read."""


def read_all(client: Client, path: str, query: list[tuple[str, Any]], parallelism: int = 1) -> list[ApiObject]:
    """Return all rows of a listing, each id once, in the server's order.

    Where the total changes between pages, or rows are missing at the end, the list is read again.

    Args:
        parallelism: how many pages may be asked for at once, after the first; ten are enough.

    Raises:
        ApiError: a page could not be read, or the listing was still incomplete after three further readings.
    """
    for reading in range(1 + MAX_RETRIES):
        try:
            return _read_once(client, path, query, parallelism)
        except ListingChanged as exc:
            reason = str(exc)
            client.pause(INITIAL_DELAY * 2**reading if reading < MAX_RETRIES else 0)
    raise ApiError(
        "GET",
        path,
        title="Incomplete listing",
        detail=f"{reason}, at each of {1 + MAX_RETRIES} readings; other writers may be at work, so try again later",
    )


def _read_once(client: Client, path: str, query: list[tuple[str, Any]], parallelism: int) -> list[ApiObject]:
    def read(skip: int) -> tuple[list[ApiObject], int]:
        return _page(client.get(path, [*query, ("skip", skip), ("take", PAGE_SIZE)]), path)

    items, total = read(0)
    rows = {item["id"]: item for item in items}
    # The server may give shorter pages than it was asked for.
    further = range(len(items), total, len(items)) if items else range(0)
    for page_items, page_total in _read_further(read, further, parallelism):
        if page_total != total:
            raise ListingChanged(f"the number of rows changed from {total} to {page_total} between pages")
        rows.update((item["id"], item) for item in page_items)
    if len(rows) != total:
        raise ListingChanged(f"the API announced {total} rows and gave {len(rows)}")
    return list(rows.values())


def _read_further(
    read: Callable[[int], tuple[list[ApiObject], int]], skips: range, parallelism: int
) -> Iterator[tuple[list[ApiObject], int]]:
    if parallelism == 1 or len(skips) <= 1:
        yield from map(read, skips)
        return
    from concurrent.futures import ThreadPoolExecutor  # only for long listings

    with ThreadPoolExecutor(min(parallelism, len(skips), MAX_PARALLEL_PAGES)) as pool:
        yield from pool.map(read, skips)


def _page(page: Any, path: str) -> tuple[list[ApiObject], int]:
    items, total = page.get("items"), page.get("totalCount")
    if (
        isinstance(items, list)
        and isinstance(total, int)
        and all(isinstance(item, dict) and isinstance(item.get("id"), str) for item in items)
    ):
        return items, total
    raise ApiError("GET", path, title="Unreadable answer", detail="the answer is not a page as the API documents it")
