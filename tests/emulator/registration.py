# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a number's SIP registration goes, on the emulator's clock."""

from __future__ import annotations

from .clock import iso
from .settings import Settings
from .store import Fields, Number

EMPTY: Fields = {"errorDescription": None, "sipResponseMessage": None, "lastUpdated": None, "expiresAt": None}
LIFETIME = 3600.0
FOREVER = float("inf")


def status(number: Number, settings: Settings, now: float) -> Fields:
    """Return the registration status of a number at a time."""
    if number.fixed:
        return {**EMPTY, **number.fixed}
    if not number.fields["registration"]:
        return {"state": "Disabled", **EMPTY}
    if now < _end(number, settings):
        if settings.registration_stale and number.previous:
            return number.previous
        return {"state": "Registering", **EMPTY, "lastUpdated": iso(number.since)}
    return _outcome(number, settings)


def begin(number: Number, settings: Settings, now: float) -> None:
    """Note that a number was changed, so that its registration starts anew."""
    number.previous = status(number, settings, now)
    number.fixed = None
    number.since = now


def next_change(number: Number, settings: Settings, now: float) -> float:
    """Return when the status of a number will be another one."""
    end = _end(number, settings)
    return end if not number.fixed and number.fields["registration"] and now < end else FOREVER


def _end(number: Number, settings: Settings) -> float:
    stuck = number.fields["phoneNumber"] in settings.registration_stuck
    return FOREVER if stuck else number.since + settings.registration_delay


def _outcome(number: Number, settings: Settings) -> Fields:
    done = _end(number, settings)
    for rule in settings.registration_failures:
        if number.fields["phoneNumber"] == rule.get("phone_number") or number.pair[1] == rule.get("credentials_id"):
            return {
                "state": "Failed",
                "errorDescription": rule.get("error_description", "The registration was refused."),
                "sipResponseMessage": rule.get("sip_response_message", "403 Forbidden"),
                "lastUpdated": iso(done),
                "expiresAt": None,
            }
    return {
        "state": "Registered",
        "errorDescription": None,
        "sipResponseMessage": "200 OK",
        "lastUpdated": iso(done),
        "expiresAt": iso(done + LIFETIME),
    }
