# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The state of the platform: organizations with their numbers, trunks and agents. Independent of HTTP."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from .twilio import TwilioAccount

Fields = dict[str, Any]
Pair = tuple[str, str]


class Conflict(Exception):
    """The pair of phone number and trunk, or the id, is taken."""


@dataclass
class Number:
    """A phone number.

    Attributes:
        fields: the API object without its registration status.
        since: when registration last started, in seconds since the epoch.
        due: when it ends.
        fixed: a seeded registration status, which does not change by itself.
        queued_calls: how many calls that use the number are in the queue.
        previous: the status before the last change.
        json: the cached JSON of the number, None if there is none.
        json_until: when that JSON expires.
    """

    fields: Fields
    since: float = 0.0
    due: float = 0.0
    fixed: Fields | None = None
    queued_calls: int = 0
    previous: Fields | None = None
    json: bytes | None = None
    json_until: float = 0.0

    @property
    def id(self) -> str:
        return str(self.fields["id"]).lower()

    @property
    def pair(self) -> Pair:
        return pair_of(self.fields)


@dataclass
class Agent:
    """An agent.

    Attributes:
        outbound: the id of the number that it calls from.
        fields: the other fields of the API object, if they differ from the defaults.
    """

    id: str
    name: str
    outbound: str | None = None
    fields: Fields = field(default_factory=dict)


@dataclass
class Organization:
    """What one organization owns."""

    id: str
    numbers: dict[str, Number] = field(default_factory=dict)
    credentials: dict[str, Fields] = field(default_factory=dict)
    agents: dict[str, Agent] = field(default_factory=dict)
    providers: dict[str, Fields] = field(default_factory=dict)
    pairs: dict[Pair, str] = field(default_factory=dict)
    by_phone: dict[str, dict[str, None]] = field(default_factory=dict)
    _rows: list[Number] | None = None

    def copy(self) -> Organization:
        """Return a copy to add to; the numbers, trunks, agents and providers themselves are shared."""
        return Organization(
            self.id,
            dict(self.numbers),
            dict(self.credentials),
            dict(self.agents),
            dict(self.providers),
            dict(self.pairs),
            {phone: dict(ids) for phone, ids in self.by_phone.items()},
        )

    def unshare(self, number: Number) -> Number:
        """Replace a number by a copy that no other organization object shares, and return the copy."""
        self.numbers[number.id] = copy = replace(number)
        self._rows = None
        return copy

    def rows(self) -> list[Number]:
        """Return all numbers in order of creation."""
        if self._rows is None:
            self._rows = list(self.numbers.values())
        return self._rows

    def add(self, number: Number) -> None:
        """Add a number.

        Raises:
            Conflict: its pair or its id is taken.
        """
        if number.pair in self.pairs or number.id in self.numbers:
            raise Conflict
        self.numbers[number.id] = number
        self._rows = None
        self._index(number)

    def replace(self, number: Number, fields: Fields) -> None:
        """Replace the fields of a number.

        Raises:
            Conflict: another number has the pair.
        """
        if self.pairs.get(pair_of(fields), number.id) != number.id:
            raise Conflict
        self._unindex(number)
        number.fields = fields
        number.json = None
        self._index(number)

    def remove(self, number: Number) -> None:
        """Remove a number, and the agents' references to it."""
        self._unindex(number)
        del self.numbers[number.id]
        self._rows = None
        for agent in self.agents.values():
            if agent.outbound == number.id:
                agent.outbound = None

    def with_phone(self, phone: str) -> list[Number]:
        """Return the entries with exactly this phone number."""
        return [self.numbers[number_id] for number_id in self.by_phone.get(phone, ())]

    def remove_trunk(self, credentials_id: str) -> None:
        """Remove a trunk with its numbers."""
        for number in self.on_trunk(credentials_id):
            self.remove(number)
        del self.credentials[credentials_id.lower()]

    def on_trunk(self, credentials_id: str) -> list[Number]:
        """Return the numbers of one trunk."""
        return [number for number in self.numbers.values() if number.pair[1] == credentials_id.lower()]

    def of_provider(self, provider_id: str) -> list[Number]:
        """Return the numbers that were imported through a provider."""
        wanted = provider_id.lower()
        return [number for number in self.rows() if (number.fields["providerId"] or "").lower() == wanted]

    def credentials_of_provider(self, provider_id: str) -> list[Fields]:
        """Return the SIP credentials of a provider."""
        wanted = provider_id.lower()
        return [fields for fields in self.credentials.values() if (fields["providerId"] or "").lower() == wanted]

    def users(self, number: Number) -> dict[str, list[str]]:
        """Return the uses of a number by agent id."""
        users: dict[str, list[str]] = {}
        if number.fields["incomingCallsAgentId"]:
            users[number.fields["incomingCallsAgentId"]] = ["inbound"]
        for agent in self.agents.values():
            if agent.outbound == number.id:
                users.setdefault(agent.id, []).append("outbound")
        return users

    def _index(self, number: Number) -> None:
        self.pairs[number.pair] = number.id
        self.by_phone.setdefault(number.fields["phoneNumber"], {})[number.id] = None

    def _unindex(self, number: Number) -> None:
        del self.pairs[number.pair]
        phone = number.fields["phoneNumber"]
        del self.by_phone[phone][number.id]
        if not self.by_phone[phone]:
            del self.by_phone[phone]


@dataclass
class Platform:
    """All organizations, which key belongs to which, and the Twilio accounts, which belong to none."""

    organizations: dict[str, Organization] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    twilio: dict[str, TwilioAccount] = field(default_factory=dict)

    def copy(self) -> Platform:
        """Return a copy to add to; see `Organization.copy`."""
        return Platform(
            {name: owner.copy() for name, owner in self.organizations.items()},
            dict(self.keys),
            {sid: account.copy() for sid, account in self.twilio.items()},
        )

    def organization(self, name: str) -> Organization:
        """Return an organization, created if it does not exist."""
        if name not in self.organizations:
            self.organizations[name] = Organization(name)
        return self.organizations[name]

    def of_key(self, key: str) -> Organization | None:
        """Return the organization of an API key."""
        return self.organization(self.keys[key]) if key in self.keys else None

    def inbound_elsewhere(self, number: Number, own: Organization | None) -> bool:
        """Return whether the same phone number has an inbound link at another place.

        Args:
            own: the organization whose other trunks do not count, None if they do.
        """
        return any(
            other.fields["incomingCallsAgentId"]
            for organization in self.organizations.values()
            if organization is not own
            for other in organization.with_phone(number.fields["phoneNumber"])
            if other is not number
        )


def pair_of(fields: Fields) -> Pair:
    """Return the key that is unique in an organization: phone number, and trunk in lower case."""
    return fields["phoneNumber"], fields["credentialsId"].lower()
