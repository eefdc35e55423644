# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read a whole listing, or fail: an incomplete one would make numbers look deleted."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, Optional

from .._common.workers import map_ahead
from .._resources.schema import ApiObject, Resource, has_type
from .._transport.client import Client
from .._transport.errors import ApiError

PAGE_SIZE = 1000
# Half a megabyte each, and parsed faster than they arrive: more of them at once cost memory and gain nothing.
MAX_PARALLEL_PAGES = 10
MAX_RETRIES = 3
INITIAL_DELAY = 0.5
# The API counts in 32 bits.
MAX_TOTAL = 2**31 - 1

Keep = Callable[[ApiObject], Any]
OnPage = Callable[[int, int], None]
Shortcut = Callable[[int], Optional[list[Any]]]


class ListingChanged(Exception):
    """Rows were removed or moved while the pages were read, or the server did not return what it announced."""


class _Page(NamedTuple):
    """Rows of a listing, and how many rows it has."""

    items: list[ApiObject]
    total: int


def read_all(
    client: Client,
    resource: Resource,
    query: list[tuple[str, Any]],
    *,
    keep: Keep | None = None,
    parallelism: int = 1,
    deadline: float | None = None,
    on_page: OnPage | None = None,
    shortcut: Shortcut | None = None,
) -> list[Any]:
    """Return the rows of a listing, each id once, in the server's order.

    Each page begins with the last row of the page before. If rows were removed or moved meanwhile, or are missing at
    the end, the listing is read again. Rows that others add never make it fail, wherever the server lists them.

    Args:
        keep: returns True for a row that the caller needs, or something smaller that takes its place; None or False for
            all others. These are read and counted, but take hardly any memory. It is called again for the same row if
            the listing is read again.
        parallelism: how many pages may be requested at once, after the first ones; ten are enough.
        deadline: time of the client's clock after which nothing is tried any more.
        on_page: called with the number of rows read so far and the total.
        shortcut: called with the total once the first page was read, if there are more. What it returns is returned in
            place of the rows, unless it is None.

    Raises:
        ApiError: a page could not be read, or the listing was still incomplete after three further attempts.
    """
    reader = _Reader(client, resource, query, deadline)
    for attempt in range(1 + MAX_RETRIES):
        try:
            rows = reader.begin(keep, on_page or _ignore)
            if shortcut and rows.expects_more and attempt == 0:
                found = shortcut(rows.total)
                if found is not None:
                    return found
            reader.go_on(rows, min(parallelism, MAX_PARALLEL_PAGES))
            return rows.kept(with_added=attempt == 0)
        except ListingChanged as exc:
            reason = str(exc)
        delay = INITIAL_DELAY * 2**attempt
        if attempt == MAX_RETRIES or (deadline is not None and client.now() + delay >= deadline):
            break
        client.pause(delay)
    raise ApiError(
        "GET",
        resource.path,
        title="Incomplete listing",
        detail=f"{reason}, in each of {1 + attempt} attempts; others may be writing, so try again later",
    )


def count_rows(client: Client, resource: Resource, deadline: float | None = None) -> int:
    """Return how many rows a listing without a filter has.

    Raises:
        ApiError: it could not be read.
    """
    return _Reader(client, resource, [], deadline).page(0, take=1).total


def read_if_short(client: Client, resource: Resource, query: list[tuple[str, Any]]) -> list[ApiObject] | None:
    """Return the rows of a listing, None if it has more than one page.

    Raises:
        ApiError: it could not be read.
    """
    page = _Reader(client, resource, query, None).page(0)
    return page.items if page.total == len(page.items) else None


def count_pages(rows: int) -> int:
    """Return how many requests it takes to read a listing with so many rows."""
    return 1 + max(0, -(-(rows - PAGE_SIZE) // (PAGE_SIZE - 1)))


def _ignore(rows: int, total: int) -> None:
    pass


class _Request(NamedTuple):
    """A request for a page.

    Attributes:
        skip: how many rows are before it.
        least: how many rows the listing had when it was sent, as far as that was known.
    """

    skip: int
    least: int


class _Rows:
    """The rows of a listing as far as its pages were read, each id once.

    Of a row that nobody needs only the id is kept, in 16 bytes.
    """

    def __init__(self, first: _Page, keep: Keep | None, on_page: OnPage) -> None:
        self._keep = keep
        self._on_page = on_page
        self._by_id: dict[bytes, Any] = {}
        self._last = b""
        # The total of the first page and of the latest one, and the maximum so far.
        self._announced = self._total = self._peak = first.total
        # The server may return shorter pages than requested, even of a single row.
        self._step = max(1, len(first.items) - 1)
        self._overlap = len(first.items) > 1
        self._start = self._step
        self._progress = True
        self._extend(first)

    @property
    def total(self) -> int:
        """How many rows there are, as the latest page says."""
        return self._total

    @property
    def expects_more(self) -> bool:
        """Whether there is a page that was not requested yet."""
        # However many rows are announced: a server that stops making progress would be read for ever.
        return self._progress and self._start < self._total - self._overlap

    def requests(self) -> Iterator[_Request]:
        """Yield the requests for the next pages, as many as are expected when each of them is sent."""
        while self.expects_more:
            request = _Request(self._start, self._peak)
            self._start += self._step
            yield request

    def continued_by(self, page: _Page) -> bool:
        """Whether a page has the last row that was read, so that no row can be missing between them, or no new row.

        It is not its first row if others added rows in front.
        """
        if not self._overlap or (page.items and _id_bytes(page.items[0]) == self._last):
            return True
        ids = {_id_bytes(item) for item in page.items}
        return self._last in ids or self._by_id.keys() >= ids

    def add(self, page: _Page, least: int) -> None:
        """Add the rows of the next page.

        Args:
            least: as in its request. Pages that are requested together come in no order: each may have more rows than
                the next one.

        Raises:
            ListingChanged: it does not fit the pages before.
        """
        if page.total < least:
            raise ListingChanged(f"the number of rows changed from {least} to {page.total} between pages")
        if page.total > 2 * self._announced + PAGE_SIZE:
            raise ListingChanged(f"the number of rows grew from {self._announced} to {page.total} between pages")
        if not self.continued_by(page):
            raise ListingChanged("rows were removed or moved between pages")
        self._extend(page)

    def kept(self, *, with_added: bool) -> list[Any]:
        """Return the rows that somebody needs, or what takes their place.

        Args:
            with_added: whether all rows that were added after the first page have to be among those that were read.

        Raises:
            ListingChanged: rows are missing.
        """
        least = self._total if with_added or not self._progress else self._announced
        if not least <= len(self._by_id) <= self._total:
            raise ListingChanged(f"the API announced {self._total} rows and returned {len(self._by_id)}")
        return [row for row in self._by_id.values() if row is not None]

    def _extend(self, page: _Page) -> None:
        before = len(self._by_id)
        for item in page.items:
            self._last = _id_bytes(item)
            kept = self._keep is None or self._keep(item)
            self._by_id[self._last] = item if kept is True else kept or None
        self._progress = self._progress and len(self._by_id) > before
        self._total, self._peak = page.total, max(self._peak, page.total)
        self._on_page(len(self._by_id), self._total)


def _id_bytes(item: ApiObject) -> bytes:
    return bytes.fromhex(item["id"].replace("-", ""))


class _Reader:
    """Reads the pages of one listing."""

    def __init__(
        self, client: Client, resource: Resource, query: list[tuple[str, Any]], deadline: float | None
    ) -> None:
        self._client = client
        self._resource = resource
        self._query = query
        self._deadline = deadline

    def begin(self, keep: Keep | None, on_page: OnPage) -> _Rows:
        """Return the rows of the first page."""
        return _Rows(self.page(0), keep, on_page)

    def go_on(self, rows: _Rows, parallelism: int) -> None:
        """Add the rows of all further pages.

        Raises:
            ListingChanged: the pages do not fit together.
        """
        # Begins with one page, so that an announced total that is not true costs only a few requests.
        requests: Iterator[_Request] = itertools.islice(rows.requests(), 1)
        while rows.expects_more:
            for request, page in map_ahead(self._requested, requests, parallelism):
                # Of two pages that were requested together, the first may have been read after rows were added.
                rows.add(page if rows.continued_by(page) else self.page(request.skip), request.least)
            requests = rows.requests()

    def _requested(self, request: _Request) -> tuple[_Request, _Page]:
        return request, self.page(request.skip)

    def page(self, skip: int, take: int = PAGE_SIZE) -> _Page:
        """Return one page.

        Raises:
            ApiError: it could not be read, or is malformed.
        """
        query = [*self._query, ("skip", skip), ("take", take)]
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
        return _Page(items, total)

    def _malformed(self, problem: str) -> ApiError:
        return ApiError(
            "GET",
            self._resource.path,
            title="Invalid response",
            detail=f"the response is not a page as the API documents it: {problem}",
        )
