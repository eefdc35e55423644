# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads a whole listing, or fails: a short answer would make numbers look deleted."""

from __future__ import annotations

from typing import Any

from .._resources.description import ApiObject
from .._transport.client import Client
from .._transport.errors import ApiError

PAGE_SIZE = 1000
REREADS = 3


class _Moved(Exception):
    """Rows were added or removed while the pages were read."""


def read_all(client: Client, path: str, query: list[tuple[str, Any]]) -> list[ApiObject]:
    """Return all rows of a listing, each id once, in the server's order.

    Where the total changes between pages, or rows are missing at the end, the list is read again.

    Raises:
        ApiError: a page could not be read, or the listing was still incomplete after three further readings.
    """
    for _reading in range(1 + REREADS):
        try:
            return _read_once(client, path, query)
        except _Moved as exc:
            reason = str(exc)
    raise ApiError(
        "GET",
        path,
        title="Incomplete listing",
        detail=f"{reason}, at each of {1 + REREADS} readings; other writers may be at work, so try again later",
    )


def _read_once(client: Client, path: str, query: list[tuple[str, Any]]) -> list[ApiObject]:
    rows: dict[str, ApiObject] = {}
    total, read = None, 0
    while total is None or read < total:
        page = client.get(path, [*query, ("skip", read), ("take", PAGE_SIZE)])
        items, page_total = _page(page, path)
        if total is not None and page_total != total:
            raise _Moved(f"the number of rows changed from {total} to {page_total} between pages")
        total = page_total
        if not items:
            break
        read += len(items)
        rows.update((item["id"], item) for item in items)
    if len(rows) != total:
        raise _Moved(f"the API announced {total} rows and gave {len(rows)}")
    return list(rows.values())


def _page(page: Any, path: str) -> tuple[list[ApiObject], int]:
    items, total = page.get("items"), page.get("totalCount")
    if (
        isinstance(items, list)
        and isinstance(total, int)
        and all(isinstance(item, dict) and isinstance(item.get("id"), str) for item in items)
    ):
        return items, total
    raise ApiError("GET", path, title="Unreadable answer", detail="the answer is not a page as the API documents it")
