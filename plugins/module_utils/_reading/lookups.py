# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A few objects of a long listing, each looked up by its key."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .._common.workers import map_ahead
from .._resources.desired import Desired
from .._resources.schema import ApiObject, Resource
from .._transport.client import Client
from .listing import Keep, OnPage, count_pages, read_if_short


class Lookups:
    """Looks up the objects of entries, where that takes fewer requests than the listing has pages.

    What is found is there, however the API compares a filter, which is undocumented. What is not found may still be
    there, spelled otherwise or skipped by the filter: only the whole listing shows.

    Args:
        wanted: entries whose objects their keys identify, in a resource that the API filters by a part of the key.
        keep: as for `read_all`.
        parallelism: how many requests may be under way at once.
        on_found: called with the number of values looked up so far, and of all.
    """

    def __init__(
        self,
        client: Client,
        resource: Resource,
        wanted: Iterable[Desired],
        keep: Keep,
        *,
        parallelism: int,
        on_found: OnPage,
    ) -> None:
        self._client = client
        self._resource = resource
        self._keep = keep
        self._parallelism = parallelism
        self._on_found = on_found
        self._option = next(option for option in resource.key if option in resource.filters)
        # How many entries there are for each value to look up.
        self._entries: dict[Any, int] = {}
        for desired in wanted:
            value = desired.values[self._option]
            self._entries[value] = self._entries.get(value, 0) + 1

    def find(self, rows: int) -> list[Any] | None:
        """Return what `keep` returns for the objects, or None if the listing has to be read.

        Args:
            rows: how many the listing has.

        Raises:
            ApiError: a request failed.
        """
        if len(self._entries) >= count_pages(rows) - 1:
            return None
        field = self._resource.by_option[self._option]
        found: dict[str, Any] = {}
        for count, (value, objects) in enumerate(map_ahead(self._look_up, iter(self._entries), self._parallelism), 1):
            keys = set()
            for obj in objects or ():
                kept = self._keep(obj)
                if kept:
                    found[obj["id"]] = obj if kept is True else kept
                if kept and obj[field.api] == value:
                    keys.add(self._resource.key_of_object(obj))
            if len(keys) < self._entries[value]:
                return None
            self._on_found(count, len(self._entries))
        return list(found.values())

    def _look_up(self, value: Any) -> tuple[Any, list[ApiObject] | None]:
        query = [(self._resource.filters[self._option], value)]
        return value, read_if_short(self._client, self._resource, query)
