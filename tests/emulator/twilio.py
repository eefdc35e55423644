# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Simulated Twilio accounts: what BlackBox finds and changes on the other side of a provider."""

from __future__ import annotations

import dataclasses
import secrets
import uuid
from dataclasses import dataclass, field
from typing import Any

NAMESPACE = uuid.UUID("b1ac0b0c-0000-4000-8000-0000007717e0")


@dataclass
class TwilioNumber:
    """A phone number in an account, and the trunk that it is attached to."""

    sid: str
    phone_number: str
    friendly_name: str
    trunk_sid: str | None = None


@dataclass
class TwilioTrunk:
    """A SIP trunk in an account; without its credential list it refuses calls."""

    sid: str
    termination_uri: str
    credential_list: bool = True


@dataclass
class TwilioAccount:
    """An account; `token` is the only valid auth token."""

    sid: str
    token: str
    numbers: dict[str, TwilioNumber] = field(default_factory=dict)
    trunks: dict[str, TwilioTrunk] = field(default_factory=dict)

    def copy(self) -> TwilioAccount:
        """Return a copy that shares nothing."""
        return TwilioAccount(
            self.sid,
            self.token,
            {sid: dataclasses.replace(number) for sid, number in self.numbers.items()},
            {sid: dataclasses.replace(trunk) for sid, trunk in self.trunks.items()},
        )

    def add_trunk(self, region: str | None) -> TwilioTrunk:
        """Create a trunk."""
        sid = f"TK{secrets.token_hex(16)}"
        host = f"blackbox-{sid[-8:]}.pstn"
        trunk = TwilioTrunk(sid, f"{host}.{region}.twilio.com" if region else f"{host}.twilio.com")
        self.trunks[sid] = trunk
        return trunk

    def remove_trunk(self, sid: str) -> None:
        """Delete a trunk if it exists; its numbers stay in the account."""
        self.trunks.pop(sid, None)
        for number in self.attached(sid):
            number.trunk_sid = None

    def attached(self, trunk_sid: str) -> list[TwilioNumber]:
        """Return the numbers of a trunk."""
        return [number for number in self.numbers.values() if number.trunk_sid == trunk_sid]

    def update(self, entry: dict[str, Any]) -> None:
        """Change the account as a seed says; numbers and trunks are added, or replaced if they exist."""
        self.token = entry.get("authToken", self.token)
        for each in entry.get("trunks", []):
            uri = each.get("terminationUri", f"{each['sid'][-8:]}.pstn.twilio.com")
            self.trunks[each["sid"]] = TwilioTrunk(each["sid"], uri, each.get("credentialList", True))
        for sid in entry.get("deleted_trunks", []):
            self.remove_trunk(sid)
        for each in entry.get("numbers", []):
            phone = each["phoneNumber"]
            sid = each.get("sid", f"PN{uuid.uuid5(NAMESPACE, f'{self.sid} {phone}').hex}")
            self.numbers[sid] = TwilioNumber(sid, phone, each.get("friendlyName", phone), each.get("trunkSid"))

    def describe(self) -> dict[str, Any]:
        """Return the account in the form of a seed."""
        return {
            "accountSid": self.sid,
            "authToken": self.token,
            "numbers": [
                {
                    "sid": number.sid,
                    "phoneNumber": number.phone_number,
                    "friendlyName": number.friendly_name,
                    "trunkSid": number.trunk_sid,
                }
                for number in self.numbers.values()
            ],
            "trunks": [
                {"sid": trunk.sid, "terminationUri": trunk.termination_uri, "credentialList": trunk.credential_list}
                for trunk in self.trunks.values()
            ],
        }
