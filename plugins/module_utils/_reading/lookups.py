# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A few objects of a long listing, each looked up by its key."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from .._common.workers import map_in_threads
from .._resources.desired import Desired
from .._resources.schema import ApiObject, Resource
from .._transport.client import Client
from .._transport.errors import ApiError
from .listing import Keep, count_pages, read_if_short

# If one object is missing, the lookups were in vain: they may cost a quarter more.
MAX_PART = 4


class Lookups:
    """Looks up the objects of entries, where that takes far fewer requests than the listing has pages.

    What is found is there, however the API compares a filter, which is undocumented. What is not found may still be
    there, spelled otherwise or skipped by the filter: only the whole listing shows.

    Args:
        wanted: entries whose objects their keys identify, in a resource that the API filters by a part of the key.
        keep: as for `read_all`.
        parallelism: how many requests may be under way at once.
    """

    def __init__(
        self, client: Client, resource: Resource, wanted: Iterable[Desired], keep: Keep, *, parallelism: int
    ) -> None:
        self._client = client
        self._resource = resource
        self._keep = keep
        self._parallelism = parallelism
        self._option = next(option for option in resource.key if option in resource.filters)
        self._keys: dict[Any, set[tuple[Any, ...]]] = defaultdict(set)
        for desired in wanted:
            self._keys[desired.values[self._option]].add(resource.key_of(desired.values))

    def find(self, rows: int) -> list[Any] | None:
        """Return what `keep` returns for the objects, or None if the listing has to be read.

        Args:
            rows: how many the listing has.
        """
        values = list(self._keys)
        if len(values) * MAX_PART > count_pages(rows):
            return None
        found: dict[str, Any] = {}
        for start in range(0, len(values), self._parallelism):
            some = values[start : start + self._parallelism]
            try:
                objects = map_in_threads(self._look_up, some, self._parallelism)
            except ApiError:
                # The listing may be there all the same, and says what is wrong if it is not.
                return None
            for value, read in zip(some, objects):
                if not self._keys[value] <= {self._resource.key_of_object(obj) for obj in read or ()}:
                    return None
                for obj in read or ():
                    kept = self._keep(obj)
                    if kept:
                        found[obj["id"]] = obj if kept is True else kept
        return list(found.values())

    def _look_up(self, value: Any) -> list[ApiObject] | None:
        return read_if_short(self._client, self._resource, [(self._resource.filters[self._option], value)])
