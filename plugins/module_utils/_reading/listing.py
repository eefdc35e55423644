# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read a whole listing, or fail: an incomplete one would make numbers look deleted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from .._resources.schema import ApiObject, Resource, has_type
from .._transport.client import Client
from .._transport.errors import ApiError
from .._transport.workers import map_in_threads

PAGE_SIZE = 1000
# Half a megabyte each, and parsed faster than they arrive: more of them at once cost memory and gain nothing.
MAX_PARALLEL_PAGES = 10
MAX_RETRIES = 3
INITIAL_DELAY = 0.1
# The API counts in 32 bits.
MAX_TOTAL = 2**31 - 1

Page = tuple[list[ApiObject], int]


class ListingChanged(Exception):
    """Rows were added or removed while the pages were read, or the server did not return what it announced."""


def read_all(
    client: Client,
    resource: Resource,
    query: list[tuple[str, Any]],
    *,
    parallelism: int = 1,
    deadline: float | None = None,
    on_page: Callable[[int, int], None] | None = None,
) -> list[ApiObject]:
    """Return all rows of a listing, each id once, in the server's order.

    If the total changes between pages, or rows are missing at the end, the listing is read again.

    Args:
        parallelism: how many pages may be requested at once, after the first ones; ten are enough.
        deadline: time of the client's clock after which nothing is tried any more.
        on_page: called with the number of rows read so far and the total.

    Raises:
        ApiError: a page could not be read, or the listing was still incomplete after three further attempts.
    """
    reader = _Reader(client, resource, query, deadline)
    for attempt in range(1 + MAX_RETRIES):
        try:
            return reader.read(min(parallelism, MAX_PARALLEL_PAGES), on_page or _ignore)
        except ListingChanged as exc:
            reason = str(exc)
            client.pause(INITIAL_DELAY * 2**attempt if attempt < MAX_RETRIES else 0)
    raise ApiError(
        "GET",
        resource.path,
        title="Incomplete listing",
        detail=f"{reason}, in each of {1 + MAX_RETRIES} attempts; others may be writing, so try again later",
    )


def _ignore(rows: int, total: int) -> None:
    pass


class _Reader:
    """Reads the pages of one listing."""

    def __init__(
        self, client: Client, resource: Resource, query: list[tuple[str, Any]], deadline: float | None
    ) -> None:
        self._client = client
        self._resource = resource
        self._query = query
        self._deadline = deadline

    def read(self, parallelism: int, on_page: Callable[[int, int], None]) -> list[ApiObject]:
        """Return all rows.

        Raises:
            ListingChanged: they do not fit together.
        """
        items, total = self._page(0)
        rows = {item["id"]: item for item in items}
        on_page(len(rows), total)
        # The server may return shorter pages than requested.
        skips = range(len(items), total, len(items)) if items else range(0)
        for page_items, page_total in self._further_pages(skips, parallelism):
            if page_total != total:
                raise ListingChanged(f"the number of rows changed from {total} to {page_total} between pages")
            before = len(rows)
            rows.update((item["id"], item) for item in page_items)
            on_page(len(rows), total)
            if len(rows) == before:
                # However many rows are announced: a server that stops making progress would be read for ever.
                break
        if len(rows) != total:
            raise ListingChanged(f"the API announced {total} rows and returned {len(rows)}")
        return list(rows.values())

    def _further_pages(self, skips: range, parallelism: int) -> Iterator[Page]:
        if parallelism == 1 or len(skips) <= 1:
            yield from map(self._page, skips)
            return
        # Begins with one page, so that an announced total that is not true costs only a few requests.
        start, window = 0, 1
        while start < len(skips):
            yield from map_in_threads(self._page, skips[start : start + window], window)
            start, window = start + window, min(2 * window, parallelism)

    def _page(self, skip: int) -> Page:
        query = [*self._query, ("skip", skip), ("take", PAGE_SIZE)]
        page = self._client.get(self._resource.path, query, deadline=self._deadline)
        items, total = page.get("items"), page.get("totalCount")
        if not isinstance(items, list):
            raise self._malformed("it is not a page with items")
        if not has_type(total, int) or not 0 <= total <= MAX_TOTAL:
            raise self._malformed(f"totalCount is {total!r:.60}")
        for index, item in enumerate(items):
            problem = self._resource.malformed(item) if isinstance(item, dict) else "it is not an object"
            if problem:
                raise self._malformed(f"row {skip + index}: {problem}")
            self._client.observe(item)
        return items, total

    def _malformed(self, problem: str) -> ApiError:
        return ApiError(
            "GET",
            self._resource.path,
            title="Invalid response",
            detail=f"the response is not a page as the API documents it: {problem}",
        )
