# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Keep a key of another organization from reading or writing anything for a task that expects its own."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import TYPE_CHECKING

from .._common.errors import InvalidOptionsError
from .._resources.agent import PATH as AGENTS
from .._resources.schema import ApiObject
from .._resources.sip_credential import CREDENTIAL
from .._resources.sip_phone_number import PHONE_NUMBER
from .._resources.twilio_provider import TWILIO_PROVIDER
from .._transport.client import ApiResponse, Client
from .._transport.errors import ApiError

if TYPE_CHECKING:
    from .._transport.client import SendFirst


class OtherOrganizationError(InvalidOptionsError):
    """The key belongs to another organization than the expected one.

    Attributes:
        organization: its id.
    """

    organization: str


class OrganizationGuard:
    """Compares the organization of everything that is read with the expected one.

    If nothing can be read before the first write, that is sent alone, and what it returns is compared.

    Args:
        client: gets the guard as its observer.
        expected: id of the organization that the task is meant for.
    """

    def __init__(self, client: Client, expected: str) -> None:
        self._client = client
        self._expected = expected
        self._confirmed = False
        self._checked = False
        self._creating = False
        self._refusal: OtherOrganizationError | None = None
        client.observe = self._observe
        client.before_first_write = self._before_first_write

    @property
    def warnings(self) -> tuple[str, ...]:
        """What could not be checked."""
        if self._confirmed or self._refusal or not self._checked:
            return ()
        objects = "no phone number, SIP credential or agent names the organization of the API key"
        rest = (
            ", and neither does what was written"
            if self._client.has_written
            else ". There may be none yet. The first write request is then sent alone, and its response is checked"
        )
        return (f"The option expected_org_id ({self._expected!r}) could not be checked: {objects}{rest}.",)

    def _observe(self, obj: ApiObject) -> None:
        found = obj.get("orgId")
        # What a look-up finds after a creation in doubt is compared when it is known to be what was created.
        if not isinstance(found, str) or (self._creating and found != self._expected):
            return
        if found != self._expected:
            raise self._refuse(found, self._consequence())
        self._confirmed = True

    def _refuse(self, found: str, consequence: str) -> OtherOrganizationError:
        self._refusal = OtherOrganizationError(
            f"The API key belongs to the organization {found!r}, but expected_org_id is {self._expected!r}."
            f"{consequence} Check api_key (BLACKBOX_API_KEY) and expected_org_id (BLACKBOX_EXPECTED_ORG_ID)."
        )
        self._refusal.organization = found
        return self._refusal

    def _consequence(self) -> str:
        if not self._checked:
            return " This task wrote nothing."
        return " This showed only after the first write." if self._client.has_written else ""

    def _before_first_write(self) -> SendFirst | None:
        """Read an object if none was read yet: a key cannot be asked for its organization.

        Raises:
            InvalidOptionsError: the key belongs to another organization.
            ApiError: a request failed.
        """
        if self._refusal:
            raise self._refusal
        if not self._checked:
            self._read_one()
            self._checked = True
        return None if self._confirmed else self._send_first

    def _read_one(self) -> None:
        for path in (PHONE_NUMBER.path, CREDENTIAL.path, AGENTS):
            if not self._confirmed:
                for obj in self._first_page(path):
                    self._observe(obj)

    def _first_page(self, path: str) -> list[ApiObject]:
        try:
            page = self._client.get(path, [("skip", 0), ("take", 1)], takes_array=path == AGENTS)
        except ApiError as error:
            # A key may have no access to agents, which this task may have nothing to do with.
            if path != AGENTS or error.status not in (HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND):
                raise
            return []
        items = page.get("items") if isinstance(page, dict) else page
        return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []

    def _send_first(self, path: str, send: Callable[[], ApiResponse]) -> ApiResponse:
        """Return the response to the first write, sent while no other is, after it was compared.

        Raises:
            InvalidOptionsError: the key belongs to another organization; what was created is deleted again.
            ApiError: the request failed.
        """
        self._creating = True
        try:
            response = send()
        finally:
            self._creating = False
        obj = response.body if isinstance(response.body, dict) else {}
        try:
            self._observe(obj)
            # A VoIP provider does not name its organization, and its trunk does.
            self._read_one()
        except OtherOrganizationError as error:
            if response.recovered and not response.maybe_applied:
                # Somebody else has created it.
                raise
            raise self._refuse(error.organization, self._take_back(path, obj)) from None
        except ApiError as error:
            error.created = obj
            raise
        return response

    def _take_back(self, path: str, obj: ApiObject) -> str:
        """Delete what the first write has created, and return what became of it, as a sentence."""
        created = {resource.path: resource for resource in (PHONE_NUMBER, CREDENTIAL, TWILIO_PROVIDER)}.get(path)
        if created is None:
            return self._consequence()
        what = f"the {created.label} with id {obj['id']} was created in it"
        try:
            self._client.request("DELETE", created.delete_path(obj), patience=created.patience, is_undo=True)
        except ApiError as error:
            return f" Nothing showed this before {what}, and deleting it again failed: {error}. Delete it."
        return f" Nothing showed this before {what}, and deleted again."
