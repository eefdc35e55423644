# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Trunks by their names: `user@server`, or `server` for a trunk without a user."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from .._common.errors import InvalidOptionsError
from .._common.text import name_nearest
from .._resources.schema import ApiObject, is_uuid
from .._resources.sip_credential import CREDENTIAL, canonical_trunk_name, trunk_name, trunk_names
from .._resources.texts import check_visible
from .._transport.client import Client
from .find import find_all


class TrunkNames:
    """The trunks of an organization, listed once and only if a name has to be resolved."""

    def __init__(self, client: Client, parallelism: int = 1) -> None:
        self._client = client
        self._parallelism = parallelism
        self._trunks: list[ApiObject] | None = None
        self._names: dict[str, str] = {}
        self._ids: dict[str, list[str]] = {}

    @property
    def by_id(self) -> Mapping[str, str]:
        """Return the names by id in lower case, as far as they are known."""
        return self._names

    def resolve(self, name: str, option: str, others: Iterable[str] = ()) -> str:
        """Return the id of the trunk with this name, or the id that `name` is.

        Args:
            option: where the name comes from, for messages.
            others: names that could be meant as well.

        Raises:
            InvalidOptionsError: no trunk has the name, or several have.
            ApiError: the trunks could not be listed.
        """
        if is_uuid(name):
            return name
        check_visible(name, option)
        found = self._find(name)
        if len(found) == 1:
            return found[0]
        if found:
            listed = ", ".join(f"{self._names[trunk_id]} ({trunk_id})" for trunk_id in found)
            raise InvalidOptionsError(
                f"{option}: {len(found)} trunks are named {name!r}: {listed}. Set credentials_id to choose one."
            )
        existing = list(dict.fromkeys((*self._names.values(), *others)))
        case = " User names are compared exactly." if name.lower() in map(str.lower, existing) else ""
        raise InvalidOptionsError(
            f"{option}: no trunk is named {name!r}. {name_nearest(name, existing, 'trunks')}{case}"
        )

    def is_known(self, name: str) -> bool:
        """Whether trunks have this name.

        Raises:
            ApiError: the trunks could not be listed.
        """
        return bool(self._find(name))

    def read(self) -> list[ApiObject]:
        """Return all trunks.

        Raises:
            ApiError: they could not be listed.
        """
        if self._trunks is None:
            self._trunks = find_all(self._client, CREDENTIAL, {}, parallelism=self._parallelism)
            self._names = {trunk["id"].lower(): trunk_name(trunk) for trunk in self._trunks}
            self._ids = {}
            for trunk in self._trunks:
                for name in trunk_names(trunk):
                    self._ids.setdefault(name, []).append(trunk["id"].lower())
        return self._trunks

    def forget(self) -> None:
        """List the trunks again the next time."""
        self._trunks = None

    def _find(self, name: str) -> list[str]:
        """Return the ids of the trunks that are named exactly like this, or if there are none, in another spelling."""
        self.read()
        found = self._ids.get(canonical_trunk_name(name), [])
        return [trunk_id for trunk_id in found if self._names[trunk_id] == name] or found
