# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What each operation of the contract does, on the state, the settings and the clock. Independent of HTTP."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from typing import Any

from . import registration
from .agents import Agents
from .clock import Clock, iso
from .contract import Contract
from .problems import conflict, invalid, not_found
from .providers import Providers
from .responses import Call, ContractViolation, Response
from .settings import Settings
from .store import Conflict, Fields, Number, Organization, Platform

MASKED = "********"
DEFAULT_TAKE = 20
PAGING = {"skip", "take"}
IN_FULL = "SipPhoneNumber"
# The fields of a credential that a number registers with.
SIGN_IN = ("server", "domain", "authUser", "authPassword", "transport")


class Service:
    """The operations, by the operationId of the contract."""

    def __init__(self, contract: Contract, platform: Platform, clock: Clock) -> None:
        self.contract = contract
        self.platform = platform
        self.clock = clock
        self.settings = Settings()
        self.agents = Agents(self)
        self.providers = Providers(self)
        self.operations: dict[str, Callable[[Call], Response]] = {
            "listPhoneNumbers": self._list_numbers,
            "createPhoneNumber": self._create_number,
            "getPhoneNumber": lambda call: Response(200, text=self.number_json(self.number(call))),
            "updatePhoneNumber": self._update_number,
            "deletePhoneNumber": self._delete_number,
            "listSipCredentials": self._list_credentials,
            "createSipCredential": self._create_credential,
            "getSipCredential": lambda call: Response(200, self.credential_view(self._credential(call))),
            "updateSipCredential": self._update_credential,
            "deleteSipCredential": self._delete_credential,
            "getAgentsUsingSipCredential": self._impact,
            **self.agents.operations,
            **self.providers.operations,
        }
        self._number_defaults = contract.defaults("SipPhoneNumberBody")
        self._credential_defaults = contract.defaults("SipCredentialBody")

    def change_settings(self, changes: Fields) -> None:
        """Change settings; see `Settings.changed` for errors."""
        self.settings = self.settings.changed(changes)
        self.clear_cached_json()

    def clear_cached_json(self) -> None:
        """Discard the cached JSON of every number, as needed after a change of the clock or the settings."""
        for organization in self.platform.organizations.values():
            for number in organization.numbers.values():
                number.json = None

    # Numbers

    def number_view(self, number: Number) -> Fields:
        """Return a number as the API returns it."""
        status = self.without_nulls(registration.status(number, self.settings, self.clock.now()))
        return self.shown({**number.fields, "registrationStatus": status, **self.settings.extra_fields})

    def number_json(self, number: Number) -> bytes:
        """Return the JSON of a number as the API returns it; cached until something about the number changes."""
        now = self.clock.now()
        if number.json is None or now >= number.json_until:
            view = self.number_view(number)
            self.check_response(IN_FULL, view)
            number.json = json.dumps(view).encode()
            number.json_until = registration.next_change(number, self.settings, now)
        return number.json

    def _list_numbers(self, call: Call) -> Response:
        rows = self._candidates(call)
        if not call.values.keys() <= PAGING:
            rows = [number for number in rows if self._passes(call.organization, number, call.values)]
        return self.page(rows, call.values, self.number_json)

    def _candidates(self, call: Call) -> list[Number]:
        phone = call.values.get("phoneNumber")
        if phone is not None and self.settings.filter == "exact":
            return call.organization.with_phone(phone)
        return call.organization.rows()

    def _passes(self, organization: Organization, number: Number, values: Fields) -> bool:
        fields = number.fields
        phone = values.get("phoneNumber")
        if phone is not None and not self._phone_matches(fields["phoneNumber"], phone):
            return False
        if values.get("unlinkedOnly") and fields["incomingCallsAgentId"]:
            return False
        if "linkedAgentId" in values and values["linkedAgentId"] not in self._linked(organization, number):
            return False
        return "providerId" not in values or (fields["providerId"] or "").lower() == values["providerId"].lower()

    def _linked(self, organization: Organization, number: Number) -> list[str]:
        """Return the agents for which the filter `linkedAgentId` finds a number."""
        if self.settings.linked_agent_filter == "any":
            return list(organization.users(number))
        return [number.fields["incomingCallsAgentId"]]

    def _phone_matches(self, stored: str, wanted: str) -> bool:
        if self.settings.filter == "prefix":
            return stored.startswith(wanted)
        return wanted in stored if self.settings.filter == "substring" else stored == wanted

    def _create_number(self, call: Call) -> Response:
        body = self._number_body(call)
        number = self.add_number(call.organization, body)
        registration.start(number, self.settings, self.clock.now())
        return Response(self.settings.create_status, text=self.number_json(number))

    def add_number(self, organization: Organization, given: Fields) -> Number:
        """Add a number; missing fields get their defaults.

        Raises:
            Refusal: the pair of number and trunk, or the id, is taken.
        """
        now = iso(self.clock.now())
        fields = {
            "id": given.get("id") or str(uuid.uuid4()),
            "orgId": organization.id,
            **self._number_defaults,
            "providerId": None,
            "incomingCallsAgentId": None,
            "createdTime": now,
            "lastUpdateTime": now,
            **given,
        }
        number = Number(fields)
        try:
            organization.add(number)
        except Conflict:
            raise conflict("The phone number exists on this trunk already.") from None
        return number

    def _update_number(self, call: Call) -> Response:
        number = self.number(call)
        body = self._number_body(call)
        if number.fields["providerId"]:
            raise conflict("The phone number is managed by its provider.")
        kept = ("id", "orgId", "createdTime", "providerId", "incomingCallsAgentId")
        self.replace_number(call.organization, number, {**{name: number.fields[name] for name in kept}, **body})
        return Response(200, text=self.number_json(number))

    def replace_number(self, organization: Organization, number: Number, fields: Fields) -> None:
        """Replace the fields of a number, and restart its registration.

        Raises:
            Refusal: another number has the pair.
        """
        now = self.clock.now()
        previous = registration.status(number, self.settings, now)
        try:
            organization.replace(number, {**fields, "lastUpdateTime": iso(now)})
        except Conflict:
            raise conflict("Another phone number has this number and trunk.") from None
        registration.start(number, self.settings, now, previous)

    def _delete_number(self, call: Call) -> Response:
        number = self.number(call)
        if number.fields["providerId"] and self.settings.delete_provider_number == "refuse":
            raise conflict("The phone number is managed by its provider.")
        if call.organization.users(number) and not call.values.get("force"):
            raise conflict("The phone number is used by agents.")
        call.organization.remove(number)
        return Response(self.settings.delete_status)

    def _number_body(self, call: Call) -> Fields:
        body = self.accepted(call.body, "SipPhoneNumberBody", IN_FULL)
        if body["credentialsId"].lower() not in call.organization.credentials:
            raise not_found("SIP credential")
        return {**self._number_defaults, **body}

    def number(self, call: Call) -> Number:
        """Return the number that the path of a request identifies."""
        number = call.organization.numbers.get(call.values["id"].lower())
        if number is None:
            raise not_found("phone number")
        return number

    # Credentials

    def credential_view(self, fields: Fields) -> Fields:
        """Return a credential as the API returns it."""
        view = dict(fields)
        if self.settings.password == "absent":
            del view["authPassword"]
        elif self.settings.password == "masked" and view["authPassword"]:
            view["authPassword"] = MASKED
        view = self.shown({**view, **self.settings.extra_fields})
        self.check_response("SipCredential", view)
        return view

    def _list_credentials(self, call: Call) -> Response:
        rows = list(call.organization.credentials.values())
        return self.page(rows, call.values, lambda fields: json.dumps(self.credential_view(fields)).encode())

    def _create_credential(self, call: Call) -> Response:
        body = self.accepted(call.body, "SipCredentialBody", "SipCredential")
        return Response(self.settings.create_status, self.credential_view(self.add_credential(call.organization, body)))

    def add_credential(self, organization: Organization, given: Fields) -> Fields:
        """Add a credential and return it; missing fields get their defaults."""
        now = iso(self.clock.now())
        fields = {
            "id": str(uuid.uuid4()),
            "orgId": organization.id,
            **self._credential_defaults,
            "source": "manual",
            "providerId": None,
            "createdTime": now,
            "lastUpdateTime": now,
            **given,
        }
        organization.credentials[fields["id"].lower()] = fields
        return fields

    def _update_credential(self, call: Call) -> Response:
        fields = self._credential(call)
        body = self.accepted(call.body, "SipCredentialBody", "SipCredential")
        self._refuse_provider(fields)
        kept = {name: fields[name] for name in ("id", "orgId", "source", "providerId", "createdTime")}
        changed = self.replace_credential(call.organization, {**self._credential_defaults, **kept, **body})
        return Response(200, self.credential_view(changed))

    def replace_credential(self, organization: Organization, fields: Fields) -> Fields:
        """Replace a credential, restart the registration of its numbers if they follow it, and return it."""
        now = self.clock.now()
        before = organization.credentials[fields["id"].lower()]
        organization.credentials[fields["id"].lower()] = after = {**fields, "lastUpdateTime": iso(now)}
        if self.settings.registration_follows_trunk and any(before[name] != after[name] for name in SIGN_IN):
            for number in organization.on_trunk(fields["id"]):
                registration.start(number, self.settings, now, registration.status(number, self.settings, now))
                number.json = None
        return after

    def _delete_credential(self, call: Call) -> Response:
        fields = self._credential(call)
        self._refuse_provider(fields)
        if call.organization.on_trunk(fields["id"]) and not call.values.get("force"):
            raise conflict("The SIP credential is used by phone numbers.")
        call.organization.remove_trunk(fields["id"])
        return Response(self.settings.delete_status)

    def _impact(self, call: Call) -> Response:
        numbers = call.organization.on_trunk(self._credential(call)["id"])
        return Response(
            200,
            {
                "phoneNumbers": [self.agents.affected(call.organization, number) for number in numbers],
                "affectedCallsCount": sum(number.queued_calls for number in numbers),
            },
        )

    def _credential(self, call: Call) -> Fields:
        fields = call.organization.credentials.get(call.values["id"].lower())
        if fields is None:
            raise not_found("SIP credential")
        return fields

    def _refuse_provider(self, fields: Fields) -> None:
        if fields["source"] == "provider":
            raise conflict("The SIP credential is managed by its provider.")

    # Shared

    def page(self, rows: list[Any], values: Fields, text: Callable[[Any], bytes]) -> Response:
        """Return a page of rows, each with its JSON text."""
        skip, take = values.get("skip", 0), values.get("take", DEFAULT_TAKE)
        if self.settings.max_take is not None:
            take = min(take, self.settings.max_take)
        items = b",".join([text(row) for row in rows[skip : skip + take]])
        envelope = b'{"items":[%b],"totalCount":%d,"skip":%d,"take":%d}'
        return Response(200, text=envelope % (items, len(rows), skip, take))

    def accepted(self, body: Fields, body_schema: str, object_schema: str) -> Fields:
        """Return the fields of a body to store, or refuse it."""
        known = self.contract.fields(body_schema)
        read_only = (self.contract.fields(object_schema) - known) & set(body)
        unknown = set(body) - known - read_only
        refused = (read_only if self.settings.read_only_fields == "reject" else set()) | (
            unknown if self.settings.unknown_fields == "reject" else set()
        )
        if refused:
            raise invalid({name: ["This field cannot be set."] for name in sorted(refused)})
        kept = known | (unknown if self.settings.unknown_fields == "store" else set())
        accepted = {name: self._trimmed(value) for name, value in body.items() if name in kept}
        if self.settings.trim and (errors := self.contract.errors(body_schema, accepted)):
            raise invalid(errors)
        return accepted

    def _trimmed(self, value: Any) -> Any:
        return value.strip() if self.settings.trim and isinstance(value, str) else value

    def shown(self, fields: Fields) -> Fields:
        """Apply the settings for ids and nulls to an object."""
        for name in ("id", "credentialsId", "providerId"):
            if isinstance(fields.get(name), str):
                fields[name] = self.cased(fields[name])
        return self.without_nulls(fields)

    def without_nulls(self, fields: Fields) -> Fields:
        """Apply the setting `omit_nulls`."""
        if not self.settings.omit_nulls:
            return fields
        return {name: value for name, value in fields.items() if value is not None}

    def cased(self, text: str) -> str:
        """Apply the setting `uuid_case` to an id."""
        return text.upper() if self.settings.uuid_case == "upper" else text.lower()

    def check_response(self, schema: str, view: Fields) -> None:
        """Validate an object against the contract, if the setting `check_responses` is on."""
        if self.settings.check_responses and not self.contract.valid(schema, view):
            raise ContractViolation(schema, self.contract.errors(schema, view))
