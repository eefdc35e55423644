# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The SIP registration of a number, on the emulator's clock."""

from __future__ import annotations

from .clock import iso
from .settings import Settings
from .store import Fields, Number

EMPTY: Fields = {"errorDescription": None, "sipResponseMessage": None, "lastUpdated": None, "expiresAt": None}
LIFETIME = 3600.0
FOREVER = float("inf")


def status(number: Number, settings: Settings, now: float) -> Fields:
    """Return the registration status of a number at the given time."""
    if number.fixed:
        return {**EMPTY, **number.fixed}
    if not number.fields["registration"]:
        return {"state": "Disabled", **EMPTY}
    if now < _end(number, settings):
        if settings.registration_stale and number.previous:
            return number.previous
        return {"state": "Registering", **EMPTY, "lastUpdated": iso(number.since)}
    return _outcome(number, settings)


def start(number: Number, settings: Settings, now: float, previous: Fields | None = None) -> None:
    """Restart the registration of a number after its creation or a change.

    Args:
        previous: its status before the change.
    """
    number.previous = previous
    number.fixed = None
    number.since = now
    number.due = now + settings.registration_delay


def next_change(number: Number, settings: Settings, now: float) -> float:
    """Return when the status of a number changes next."""
    end = _end(number, settings)
    return end if not number.fixed and number.fields["registration"] and now < end else FOREVER


def _end(number: Number, settings: Settings) -> float:
    return FOREVER if number.fields["phoneNumber"] in settings.registration_stuck else number.due


def _outcome(number: Number, settings: Settings) -> Fields:
    for rule in settings.registration_failures:
        if _matches(rule, number):
            return {
                "state": "Failed",
                "errorDescription": rule.get("error_description", "The registration was refused."),
                "sipResponseMessage": rule.get("sip_response_message", "403 Forbidden"),
                "lastUpdated": iso(number.due),
                "expiresAt": None,
            }
    return {
        "state": "Registered",
        "errorDescription": None,
        "sipResponseMessage": "200 OK",
        "lastUpdated": iso(number.due),
        "expiresAt": iso(number.due + LIFETIME),
    }


def _matches(rule: Fields, number: Number) -> bool:
    phone, trunk = number.pair
    return phone == rule.get("phone_number", phone) and trunk == str(rule.get("credentials_id", trunk)).lower()
