# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The operations on VoIP providers: Twilio accounts that an organization has connected."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .problems import Refusal, conflict, half_done, invalid, not_found
from .responses import Call, Response
from .store import Conflict, Fields, Organization
from .twilio import TwilioAccount, TwilioNumber
from .verification import verify

if TYPE_CHECKING:
    from .service import Service

TWILIO = "twilio"
DETAILS = {"accountSid", "trunkSid", "terminationUri", "region", "supportsCallTransfer"}


class ImportFailure(Exception):
    """A number cannot be imported; the text says why."""


class Providers:
    """The operations, by the operationId of the contract."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self.operations: dict[str, Callable[[Call], Response]] = {
            "createTwilioProvider": self._create,
            "getTwilioProvider": lambda call: Response(200, self._view(call.organization, self._twilio(call))),
            "updateTwilioProvider": self._update,
            "updateTwilioAuthToken": self._update_token,
            "listTwilioAvailableNumbers": self._available,
            "importTwilioNumbers": self._import,
            "removeTwilioNumber": self._remove_number,
            "getProvider": self._get,
            "deleteProvider": self._delete,
            "verifyProvider": self._verify,
        }

    # Reading

    def _get(self, call: Call) -> Response:
        view = self._view(call.organization, self._provider(call))
        if not self._service.settings.generic_provider_details:
            view = {name: value for name, value in view.items() if name not in DETAILS}
        return Response(200, view)

    def _view(self, organization: Organization, provider: Fields) -> Fields:
        fields = {name: value for name, value in provider.items() if name != "authToken"}
        return self._service.shown({**fields, "phoneNumberCount": len(organization.of_provider(provider["id"]))})

    def _provider(self, call: Call) -> Fields:
        provider = call.organization.providers.get(call.values["id"].lower())
        if provider is None:
            raise not_found("provider")
        return provider

    def _twilio(self, call: Call) -> Fields:
        provider = self._provider(call)
        if provider["providerType"] != TWILIO:
            raise Refusal(self._service.settings.other_provider_type_status, "The provider is not a Twilio provider.")
        return provider

    def _account(self, provider: Fields) -> TwilioAccount:
        """Return the Twilio account of a provider.

        Raises:
            Refusal: Twilio refuses the auth token.
        """
        account = self._service.platform.twilio.get(provider["accountSid"])
        if account is None or account.token != provider["authToken"]:
            raise Refusal(self._service.settings.twilio_refused_status, "Twilio refused the credentials.")
        return account

    # Creating and changing

    def _create(self, call: Call) -> Response:
        settings = self._service.settings
        body = self._service.accepted(call.body, "TwilioProviderCreate", "TwilioProvider")
        account = self._account(body)
        duplicates = [each for each in call.organization.providers.values() if each.get("accountSid") == account.sid]
        if duplicates and settings.duplicate_provider_status is not None:
            raise Refusal(settings.duplicate_provider_status, "The Twilio account is connected already.")
        provider = self.connected(account, body)
        self._stop_after("trunk", settings.provider_create_stops_after)
        for _turn in range(settings.provider_credentials):
            self.add_credential(call.organization, provider)
        self._stop_after("credential", settings.provider_create_stops_after)
        call.organization.providers[provider["id"].lower()] = provider
        self._stop_after("provider", settings.provider_create_stops_after)
        return Response(settings.create_status, self._view(call.organization, provider))

    def connected(self, account: TwilioAccount, given: Fields) -> Fields:
        """Return a new provider, with a trunk of its own in the account."""
        region = given.get("region", self._service.settings.default_region)
        trunk = account.add_trunk(region)
        return {
            "id": str(uuid.uuid4()),
            "name": f"Twilio {account.sid[-4:]}",
            "providerType": TWILIO,
            "verificationStatus": "pending",
            "lastVerifiedAt": None,
            "verificationDetails": None,
            "authToken": account.token,
            "supportsCallTransfer": False,
            **given,
            "accountSid": account.sid,
            "region": region,
            "trunkSid": trunk.sid,
            "terminationUri": trunk.termination_uri,
        }

    def add_credential(self, organization: Organization, provider: Fields) -> Fields:
        """Add and return the SIP credential of a provider."""
        given = {
            "server": provider["terminationUri"],
            "authUser": f"blackbox-{provider['trunkSid'][-8:]}",
            "authPassword": secrets.token_hex(16),
            "source": "provider",
            "providerId": provider["id"],
        }
        return self._service.add_credential(organization, given)

    def _update(self, call: Call) -> Response:
        provider = self._twilio(call)
        changes = self._service.accepted(call.body, "TwilioProviderUpdate", "TwilioProvider")
        if not changes:
            raise invalid({"$": ["The body changes nothing."]})
        moved = changes.get("region", provider["region"]) != provider["region"]
        if moved and self._service.settings.region_change == "trunk":
            self._move_trunk(call.organization, provider, changes["region"])
        provider.update(changes)
        return Response(200, self._view(call.organization, provider))

    def _move_trunk(self, organization: Organization, provider: Fields, region: str) -> None:
        """Replace the trunk of a provider with one in another region, and move its numbers there."""
        account = self._account(provider)
        numbers = account.attached(provider["trunkSid"])
        account.remove_trunk(provider["trunkSid"])
        trunk = account.add_trunk(region)
        for number in numbers:
            number.trunk_sid = trunk.sid
        provider.update(trunkSid=trunk.sid, terminationUri=trunk.termination_uri)
        for credential in organization.credentials_of_provider(provider["id"]):
            credential["server"] = trunk.termination_uri

    def _update_token(self, call: Call) -> Response:
        settings = self._service.settings
        if settings.auth_token_path == "not_found":
            raise Refusal(404, "There is no such path.")
        if settings.auth_token_path == "method_not_allowed":
            raise Refusal(405, "The path does not support PATCH.")
        provider = self._twilio(call)
        body = self._service.accepted(call.body, "TwilioAuthTokenUpdate", "TwilioProvider")
        self._account({**provider, **body})
        provider["authToken"] = body["authToken"]
        if settings.auth_token_update_verifies:
            verify(self._service, call.organization, provider)
        return Response(200, self._view(call.organization, provider))

    def _verify(self, call: Call) -> Response:
        provider = self._provider(call)
        verify(self._service, call.organization, provider)
        outcome = {
            "status": provider["verificationStatus"],
            "checks": provider["verificationDetails"],
            "lastVerifiedAt": provider["lastVerifiedAt"],
        }
        return Response(200, self._service.without_nulls(outcome))

    # Deleting

    def _delete(self, call: Call) -> Response:
        settings, organization, provider = self._service.settings, call.organization, self._provider(call)
        numbers = organization.of_provider(provider["id"])
        if settings.delete_provider_in_use == "refuse" and any(map(organization.users, numbers)):
            raise conflict("Agents use phone numbers of the provider.")
        account = self._account_to_clean(provider)
        for number in numbers:
            organization.remove(number)
        self._stop_after("numbers", settings.provider_delete_stops_after)
        for credential in organization.credentials_of_provider(provider["id"]):
            for number in organization.on_trunk(credential["id"]):
                organization.remove(number)
            del organization.credentials[credential["id"].lower()]
        self._stop_after("credential", settings.provider_delete_stops_after)
        if account is not None:
            account.remove_trunk(provider["trunkSid"])
        self._stop_after("trunk", settings.provider_delete_stops_after)
        del organization.providers[provider["id"].lower()]
        return Response(settings.delete_status)

    def _account_to_clean(self, provider: Fields) -> TwilioAccount | None:
        if provider["providerType"] != TWILIO:
            return None
        try:
            return self._account(provider)
        except Refusal:
            if self._service.settings.delete_with_invalid_token == "refuse":
                raise
            return None

    def _stop_after(self, step: str, last: str | None) -> None:
        if step == last:
            raise half_done(self._service.settings.half_done_status, step)

    def _remove_number(self, call: Call) -> Response:
        provider, organization = self._twilio(call), call.organization
        number = organization.numbers.get(call.values["phoneNumberId"].lower())
        if number is None or number not in organization.of_provider(provider["id"]):
            raise not_found("phone number")
        users = organization.users(number)
        if users and not call.values.get("force"):
            raise conflict(f"The phone number is used by agents: {', '.join(users)}.")
        account = self._account(provider)
        for attached in account.attached(provider["trunkSid"]):
            if attached.phone_number == number.fields["phoneNumber"]:
                attached.trunk_sid = None
        organization.remove(number)
        return Response(self._service.settings.delete_status)

    # Importing

    def _available(self, call: Call) -> Response:
        provider, settings = self._twilio(call), self._service.settings
        account = self._account(provider)
        imported = {number.fields["phoneNumber"] for number in call.organization.of_provider(provider["id"])}
        rows: list[Fields] = []
        for number in account.numbers.values():
            if settings.available_imported == "omit" and number.phone_number in imported:
                continue
            row = {"sid": number.sid, "phoneNumber": number.phone_number, "friendlyName": number.friendly_name}
            flag = {"imported": number.phone_number in imported} if settings.available_imported == "flag" else {}
            rows.append({**row, **flag})
        return Response(200, self._available_shape(rows))

    def _available_shape(self, rows: list[Fields]) -> Any:
        shape = self._service.settings.available_numbers
        if shape == "page":
            return {"items": rows, "totalCount": len(rows), "skip": 0, "take": len(rows)}
        if shape == "twilio":
            names = {"phoneNumber": "phone_number", "friendlyName": "friendly_name"}
            renamed = [{names.get(name, name): value for name, value in row.items()} for row in rows]
            return {"incoming_phone_numbers": renamed}
        return rows

    def _import(self, call: Call) -> Response:
        settings, provider = self._service.settings, self._twilio(call)
        sids = self._sids(call)
        account = self._account(provider)
        errors = []
        for sid in sids:
            try:
                self.import_number(call.organization, provider, account, sid)
            except ImportFailure as exc:
                errors.append({"phoneNumberSid": sid, "errorMessage": str(exc)})
        if errors and len(errors) == len(sids) and settings.import_all_failed == "refuse":
            raise Refusal(400, "No phone number was imported.")
        return Response(settings.create_status, self._import_result(len(sids), errors))

    def _sids(self, call: Call) -> list[str]:
        settings = self._service.settings
        sids: list[str] = call.body["phoneNumberSids"]
        if settings.import_max is not None and len(sids) > settings.import_max:
            raise Refusal(400, f"At most {settings.import_max} phone numbers can be imported at a time.")
        return list(dict.fromkeys(sids)) if settings.import_duplicates == "ignore" else sids

    def _import_result(self, count: int, errors: list[Fields]) -> Fields:
        settings = self._service.settings
        result: Fields = {"successCount": count - len(errors), "failedCount": len(errors), "errors": errors}
        if settings.import_counts == "wrong":
            result.update(successCount=count, failedCount=0)
        if settings.import_counts == "absent":
            del result["successCount"], result["failedCount"]
        if not errors and settings.import_no_errors != "empty":
            result["errors"] = None
        return {
            name: value for name, value in result.items() if value is not None or settings.import_no_errors == "none"
        }

    def import_number(self, organization: Organization, provider: Fields, account: TwilioAccount, sid: str) -> None:
        """Attach a number of the account to the provider's trunk, and add it as a phone number.

        Raises:
            ImportFailure: it cannot be imported.
        """
        settings = self._service.settings
        number = account.numbers.get(sid)
        if number is None:
            raise ImportFailure("The number is not in the Twilio account.")
        if any(each.fields["phoneNumber"] == number.phone_number for each in organization.of_provider(provider["id"])):
            raise ImportFailure("The number is imported already.")
        if sid in settings.import_refused or provider["trunkSid"] not in account.trunks:
            raise ImportFailure("Twilio refused to attach the number to the trunk.")
        self._take_over(organization, provider, number)
        number.trunk_sid = provider["trunkSid"]
        if sid in settings.import_unrecorded:
            raise ImportFailure("The number was attached, but could not be saved.")
        self._record(organization, provider, number)

    def _take_over(self, organization: Organization, provider: Fields, number: TwilioNumber) -> None:
        """Detach a number from another trunk, or refuse to import it."""
        if number.trunk_sid in (None, provider["trunkSid"]):
            return
        if self._service.settings.import_taken == "refuse":
            raise ImportFailure("The number is attached to another trunk.")
        for each in organization.with_phone(number.phone_number):
            if each.fields["providerId"]:
                organization.remove(each)

    def _record(self, organization: Organization, provider: Fields, number: TwilioNumber) -> None:
        credentials = organization.credentials_of_provider(provider["id"])
        if not credentials:
            raise ImportFailure("The provider has no SIP credential.")
        given = {
            "phoneNumber": number.phone_number,
            "credentialsId": credentials[0]["id"],
            "displayName": number.friendly_name,
            "providerId": provider["id"],
        }
        try:
            self._service.add_number(organization, given)
        except (Conflict, Refusal):
            raise ImportFailure("The phone number exists already.") from None
