# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Find Twilio providers. The API does not list them: they are found through the objects that belong to them."""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus
from typing import NamedTuple

from .._common.errors import InvalidOptionsError
from .._common.workers import map_in_threads
from .._resources.schema import ApiObject, Resource, is_uuid
from .._resources.sip_credential import CREDENTIAL
from .._resources.sip_phone_number import PHONE_NUMBER
from .._resources.twilio_provider import TWILIO_PROVIDER, other_type, provider_path
from .._transport.client import Client
from .._transport.errors import ApiError
from .expectations import Expectation, object_with_id
from .find import find_all

PARALLELISM = 8


class ProviderObjects(NamedTuple):
    """All trunks and phone numbers of an organization, to see which belong to a provider."""

    credentials: list[ApiObject]
    numbers: list[ApiObject]

    def credentials_of(self, provider_id: str) -> list[ApiObject]:
        """Return the SIP credentials of a provider."""
        return [each for each in self.credentials if _provider_of(each) == provider_id.lower()]

    def numbers_of(self, provider_id: str) -> list[ApiObject]:
        """Return the phone numbers that a deletion of the provider deletes, in the order of their numbers."""
        trunks = {each["id"].lower() for each in self.credentials_of(provider_id)}
        numbers = [
            number
            for number in self.numbers
            if _provider_of(number) == provider_id.lower() or number["credentialsId"].lower() in trunks
        ]
        return sorted(numbers, key=lambda number: (number["phoneNumber"], number["id"]))


class ProviderSearch(NamedTuple):
    """What a complete search has found.

    Attributes:
        providers: the Twilio providers.
        known_ids: the ids, in lower case, of all providers that something belongs to.
    """

    providers: list[ApiObject]
    known_ids: frozenset[str]
    provider_objects: ProviderObjects

    def connected_to(self, account_sid: str) -> list[ApiObject]:
        """Return the providers of a Twilio account."""
        return [provider for provider in self.providers if provider["accountSid"] == account_sid]


def read_provider_objects(client: Client) -> ProviderObjects:
    """Read all trunks and phone numbers.

    Raises:
        ApiError: a listing could not be read completely, or does not say what belongs to which provider.
    """
    provider_objects = ProviderObjects(
        find_all(client, CREDENTIAL, {}, parallelism=PARALLELISM),
        find_all(client, PHONE_NUMBER, {}, parallelism=PARALLELISM),
    )
    _check_providers(CREDENTIAL, provider_objects.credentials)
    _check_providers(PHONE_NUMBER, provider_objects.numbers)
    return provider_objects


def search_providers(client: Client) -> ProviderSearch:
    """Return all Twilio providers that a SIP credential or a phone number belongs to.

    Raises:
        ApiError: the search is not complete.
    """
    provider_objects = read_provider_objects(client)
    ids = {_provider_of(obj) for obj in (*provider_objects.credentials, *provider_objects.numbers)} - {""}
    found = map_in_threads(lambda provider_id: find_provider(client, provider_id), sorted(ids), PARALLELISM)
    return ProviderSearch([provider for provider in found if provider], frozenset(ids), provider_objects)


def find_provider(client: Client, provider_id: str) -> ApiObject | None:
    """Return a Twilio provider, or None if none has this id. One of another type is none.

    Raises:
        ApiError: it could not be read.
    """
    try:
        provider: ApiObject = client.get(
            TWILIO_PROVIDER.object_path(provider_id), expect=_twilio_or_other_type(provider_id)
        )
    except ApiError as error:
        if not error.means_not_found and error.status != HTTPStatus.BAD_REQUEST:
            raise
        # Undocumented: how the path of a type refuses a provider of another one.
        if _exists_with_another_type(client, provider_id) is False:
            raise
        return None
    return None if other_type(provider) else provider


def only_provider(search: ProviderSearch, account_sid: str, id_option: str) -> ApiObject | None:
    """Return the provider of a Twilio account, or None if there is none.

    Args:
        id_option: that chooses one of several, for the message.

    Raises:
        InvalidOptionsError: there are several.
    """
    found = search.connected_to(account_sid)
    if len(found) > 1:
        ids = ", ".join(provider["id"] for provider in found)
        raise InvalidOptionsError(
            f"{len(found)} Twilio providers are connected to the account {account_sid}: {ids}. Set {id_option} to"
            " choose one."
        )
    return found[0] if found else None


def _exists_with_another_type(client: Client, provider_id: str) -> bool | None:
    """Return whether a provider has another type than Twilio, None if it does not exist."""

    def expect(provider: ApiObject) -> str | None:
        found = provider.get("id", provider_id)
        return None if str(found).lower() == provider_id.lower() else f"it is about the provider {found!r:.60}"

    try:
        provider: ApiObject = client.get(provider_path(provider_id), expect=expect)
    except ApiError as error:
        if error.means_not_found:
            return None
        raise
    return other_type(provider) is not None


def _twilio_or_other_type(provider_id: str) -> Expectation:
    expect = object_with_id(TWILIO_PROVIDER, provider_id)
    return lambda provider: None if other_type(provider) else expect(provider)


def _provider_of(obj: ApiObject) -> str:
    """Return the id of the provider that an object belongs to, in lower case; empty if there is none."""
    provider_id = obj.get("providerId")
    return provider_id.lower() if isinstance(provider_id, str) else ""


def _check_providers(resource: Resource, objects: Iterable[ApiObject]) -> None:
    """Raise the error for an object that belongs to a provider, if the response does not say to which one.

    Raises:
        ApiError: so that a search would not be complete.
    """
    for obj in objects:
        provider_id = obj.get("providerId")
        if not provider_id and not resource.managed_by_provider(obj):
            continue
        if not isinstance(provider_id, str) or not is_uuid(provider_id):
            detail = (
                f"the {resource.label} {obj['id']} belongs to a provider, but its providerId is {provider_id!r:.60}, so"
                " it is unknown what belongs to which provider"
            )
            hint = "With the id of the provider, a task that does not delete it needs no search"
            raise ApiError("GET", resource.path, title="Incomplete search", detail=detail, hint=hint)
