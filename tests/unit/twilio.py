# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A simulated Twilio account, a provider that is connected to it, and what the tests on them share."""

from __future__ import annotations

import urllib.request
from typing import Any

from emulator.client import Emulator
from unit.harness import NUMBERS

PROVIDERS = "/api/v1/providers"
TWILIO = f"{PROVIDERS}/twilio"
CREDENTIALS = "/api/v1/sip-credentials"
ACCOUNT = "AC" + "a" * 32
OTHER_ACCOUNT = "AC" + "b" * 32
TOKEN = "0123456789abcdef0123456789abcdef"
NEW_TOKEN = "fedcba98765432100123456789abcdef"
WRONG_TOKEN = "e" * 32
PROVIDER_ID = "7c1a5a52-54b8-4a1c-9f39-6a1d1a1f0d11"
PATH = f"{TWILIO}/{PROVIDER_ID}"
SIDS = ["PN" + digit * 32 for digit in "123456789abcdef0"]
PHONES = [f"+155500000{index:02}" for index in range(len(SIDS))]
NUMBERS_OF_ACCOUNT = [{"sid": sid, "phoneNumber": phone} for sid, phone in zip(SIDS, PHONES, strict=True)]
ENTRIES = [{"phone_number_sid": sid, "phone_number": phone} for sid, phone in zip(SIDS, PHONES, strict=True)]
SEED: dict[str, Any] = {
    "agents": [{"id": "agent-1", "name": "Support"}, {"id": "agent-2", "name": "Sales"}],
    "twilio_accounts": [
        {"accountSid": ACCOUNT, "authToken": TOKEN, "numbers": NUMBERS_OF_ACCOUNT},
        {"accountSid": OTHER_ACCOUNT, "authToken": TOKEN},
    ],
}
SEARCH = [("GET", CREDENTIALS), ("GET", NUMBERS)]


def connect(emulator: Emulator, *sids: str, **fields: Any) -> None:
    """Seed a provider of the account, with these numbers imported."""
    provider = {"id": PROVIDER_ID, "accountSid": ACCOUNT, "name": "Main", "imported": sids, **fields}
    emulator.seed({"providers": [provider]})
    emulator.clear_requests()


def requests_of(emulator: Emulator) -> list[tuple[str, str]]:
    return [(entry["method"], entry["path"]) for entry in emulator.requests()]


def writes(emulator: Emulator) -> list[tuple[str, str, Any]]:
    return [(each["method"], each["path"], each["body"]) for each in emulator.requests() if each["method"] != "GET"]


def organization(emulator: Emulator) -> dict[str, Any]:
    part: dict[str, Any] = emulator.state()["organizations"].get("org-1", {})
    return part


def providers(emulator: Emulator) -> list[dict[str, Any]]:
    return list(organization(emulator).get("providers", []))


def phones(emulator: Emulator) -> list[str]:
    return sorted(number["phoneNumber"] for number in organization(emulator).get("phone_numbers", []))


def number_id(emulator: Emulator, phone: str) -> str:
    (found,) = (each["id"] for each in organization(emulator)["phone_numbers"] if each["phoneNumber"] == phone)
    return str(found)


def trunks_in_twilio(emulator: Emulator) -> int:
    return len(emulator.state()["twilio_accounts"][0]["trunks"])


def attached(emulator: Emulator) -> list[str]:
    """Return the numbers of the account that are on a trunk."""
    numbers = emulator.state()["twilio_accounts"][0]["numbers"]
    return sorted(number["phoneNumber"] for number in numbers if number["trunkSid"])


def link(emulator: Emulator, phone: str, agent: str = "agent-1", mode: str = "inbound") -> None:
    """Let an agent use a number, through the API itself."""
    url = f"{emulator.url}{NUMBERS}/{number_id(emulator, phone)}/agent-link?mode={mode}&agentId={agent}"
    request = urllib.request.Request(url, method="PUT", headers={"Authorization": f"Bearer {emulator.key}"})
    urllib.request.urlopen(request).close()
    emulator.clear_requests()
