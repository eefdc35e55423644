# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The result of verifying a provider."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .clock import iso
from .store import Fields, Organization
from .twilio import TwilioAccount

if TYPE_CHECKING:
    from .service import Service

CRITICAL = ("credentials", "trunk", "credentialList")


def verify(service: Service, organization: Organization, provider: Fields) -> None:
    """Verify a provider, and store the result in it."""
    now = iso(service.clock.now())
    passed = _passed(service.platform.twilio.get(provider.get("accountSid", "")), organization, provider)
    status = service.settings.verification_outcome or _outcome(passed)
    if status == "failed" and all(passed.values()):
        passed["credentials"] = False
    provider["verificationStatus"] = status
    provider["lastVerifiedAt"] = now
    provider["verificationDetails"] = [
        {
            "checkName": name,
            "status": "passed" if good else "failed" if name in CRITICAL else "warning",
            "message": None if good else f"The check of {name} did not pass.",
            "timestamp": now,
            "details": None,
        }
        for name, good in passed.items()
    ]


def _passed(account: TwilioAccount | None, organization: Organization, provider: Fields) -> dict[str, bool]:
    """Return which checks pass. A check fails as well if one that it depends on fails."""
    credentials = account is not None and account.token == provider.get("authToken")
    trunk = account.trunks.get(provider["trunkSid"]) if account is not None and credentials else None
    attached = {number.phone_number for number in account.attached(trunk.sid)} if account and trunk else set()
    imported = {number.fields["phoneNumber"] for number in organization.of_provider(provider["id"])}
    return {
        "credentials": credentials,
        "trunk": trunk is not None,
        "credentialList": trunk is not None and trunk.credential_list,
        "phoneNumbers": imported <= attached,
    }


def _outcome(passed: dict[str, bool]) -> str:
    if not all(passed[name] for name in CRITICAL):
        return "failed"
    return "verified" if passed["phoneNumbers"] else "warning"
