# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Keep a key of another organization from reading or writing anything for a task that expects its own."""

from __future__ import annotations

from .._resources.schema import ApiObject
from .._resources.sip_credential import CREDENTIAL
from .._resources.sip_phone_number import PHONE_NUMBER
from .._transport.client import Client
from .._transport.errors import InvalidOptionsError


class OrganizationGuard:
    """Compares the organization of everything that is read with the expected one.

    Args:
        client: gets the guard as its observer.
        expected: id of the organization that the task is meant for.
    """

    def __init__(self, client: Client, expected: str) -> None:
        self._client = client
        self._expected = expected
        self._confirmed = False
        self._checked = False
        self.warnings: list[str] = []
        client.observe = self._observe
        client.before_first_write = self._confirm

    def _observe(self, obj: ApiObject) -> None:
        found = obj.get("orgId")
        if not isinstance(found, str):
            return
        if found != self._expected:
            raise InvalidOptionsError(
                f"The API key belongs to the organization {found!r}, but expected_org_id is {self._expected!r}."
                f"{self._consequence()} Check api_key (BLACKBOX_API_KEY) and expected_org_id"
                " (BLACKBOX_EXPECTED_ORG_ID)."
            )
        self._confirmed = True

    def _consequence(self) -> str:
        if not self._checked:
            return " Nothing was written."
        return " This showed only after the first write." if self._client.has_written else ""

    def _confirm(self) -> None:
        """Read an object if none was read yet: a key cannot be asked for its organization.

        Raises:
            InvalidOptionsError: the key belongs to another organization.
            ApiError: a request failed.
        """
        for resource in (PHONE_NUMBER, CREDENTIAL):
            if not self._confirmed:
                page = self._client.get(resource.path, [("skip", 0), ("take", 1)])
                items = page.get("items")
                for item in items if isinstance(items, list) else []:
                    if isinstance(item, dict):
                        self._observe(item)
        if not self._confirmed:
            self.warnings.append(
                f"The expected_org_id {self._expected!r} could not be checked, because neither the first phone number"
                " nor the first SIP credential names its organization. There may be none yet."
            )
        self._checked = True
