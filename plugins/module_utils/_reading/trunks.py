# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Trunks by their names: `user@server`, or `server` for a trunk without a user."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from .._resources.schema import NO_NAMES, is_uuid
from .._resources.sip_credential import CREDENTIAL, canonical_trunk_name, trunk_name, trunk_names
from .._resources.texts import check_visible
from .._transport.client import Client
from .._transport.errors import InvalidOptionsError
from .._transport.text import name_some
from .find import find_all

MAX_SHOWN = 20
MAX_NEAR = 3


class TrunkNames:
    """The trunks of an organization, listed once and only if a name has to be resolved."""

    def __init__(self, client: Client, parallelism: int = 1) -> None:
        self._client = client
        self._parallelism = parallelism
        self._names: dict[str, str] | None = None
        self._ids: dict[str, list[str]] = {}

    @property
    def by_id(self) -> Mapping[str, str]:
        """Return the names by id in lower case, as far as they are known."""
        return self._names or NO_NAMES

    def resolve(self, name: str, option: str) -> str:
        """Return the id of the trunk with this name, or the id that `name` is.

        Args:
            option: where the name comes from, for messages.

        Raises:
            InvalidOptionsError: no trunk has the name, or several have.
            ApiError: the trunks could not be listed.
        """
        if is_uuid(name):
            return name
        check_visible(name, option)
        found, names = self._find(name), self._read()
        if len(found) == 1:
            return found[0]
        if found:
            listed = ", ".join(f"{names[trunk_id]} ({trunk_id})" for trunk_id in found)
            raise InvalidOptionsError(
                f"{option}: {len(found)} trunks are named {name!r}: {listed}. Set credentials_id to choose one."
            )
        raise InvalidOptionsError(f"{option}: no trunk is named {name!r}. {_describe_existing(name, names.values())}")

    def _find(self, name: str) -> list[str]:
        """Return the ids of the trunks that are named exactly like this, or if there are none, in another spelling."""
        names = self._read()
        found = self._ids.get(canonical_trunk_name(name), [])
        return [trunk_id for trunk_id in found if names[trunk_id] == name] or found

    def _read(self) -> dict[str, str]:
        if self._names is None:
            trunks = find_all(self._client, CREDENTIAL, {}, parallelism=self._parallelism)
            self._names = {trunk["id"].lower(): trunk_name(trunk) for trunk in trunks}
            for trunk in trunks:
                for name in trunk_names(trunk):
                    self._ids.setdefault(name, []).append(trunk["id"].lower())
        return self._names


def _describe_existing(name: str, existing: Iterable[str]) -> str:
    """Return the names of trunks for a message, those first that `name` may be meant to be."""
    names = sorted(set(existing))
    if not names:
        return "There are no trunks yet."
    from difflib import get_close_matches  # only for messages

    by_lower: dict[str, list[str]] = {}
    for each in names:
        by_lower.setdefault(each.lower(), []).append(each)
    near = [each for lower in get_close_matches(name.lower(), by_lower, MAX_NEAR) for each in by_lower[lower]]
    case = " User names are compared exactly." if name.lower() in by_lower else ""
    return f"The trunks are: {name_some([*near, *(each for each in names if each not in near)], MAX_SHOWN)}.{case}"
