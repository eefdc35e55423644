# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Registration states, on the emulator's clock."""

from __future__ import annotations

from typing import Any

import pytest

from emulator.client import Emulator
from unit.emulator.http_helpers import BODY, CREDENTIALS, PHONE, ApiClient
from unit.harness import NUMBER_ID, NUMBERS, OTHER_TRUNK, TRUNK

ON = {**BODY, "registration": True}


@pytest.fixture(autouse=True)
def standing_clock(emulator: Emulator) -> None:
    emulator.clock(freeze=True, set="2030-01-31T12:00:00Z")


def state(api: ApiClient) -> str:
    """The state as a listing shows it."""
    (row,) = api.get().body["items"]
    return str(row["registrationStatus"]["state"])


def test_disabled_while_registration_is_off(api: ApiClient) -> None:
    assert api.post(BODY).body["registrationStatus"] == {
        "state": "Disabled",
        **dict.fromkeys(("errorDescription", "sipResponseMessage", "lastUpdated", "expiresAt")),
    }


def test_registration_ends_after_its_delay(emulator: Emulator, api: ApiClient) -> None:
    made = api.post(ON).body
    assert made["createdTime"] == "2030-01-31T12:00:00.000000Z"
    assert made["registrationStatus"]["state"] == "Registering"
    emulator.clock(advance=1.5)
    assert state(api) == "Registering"
    emulator.clock(advance=0.5)
    assert api.get().body["items"][0]["registrationStatus"] == {
        "state": "Registered",
        "errorDescription": None,
        "sipResponseMessage": "200 OK",
        "lastUpdated": "2030-01-31T12:00:02.000000Z",
        "expiresAt": "2030-01-31T13:00:02.000000Z",
    }


def test_clock_continues_after_freeze(emulator: Emulator, api: ApiClient) -> None:
    emulator.set(registration_delay=0.05)
    api.post(ON)
    emulator.clock(freeze=False)
    while state(api) != "Registered":
        pass


def test_clock_can_be_set_back(emulator: Emulator, api: ApiClient) -> None:
    emulator.clock(set="2029-01-01T00:00:00+01:00")
    assert api.post(BODY).body["createdTime"] == "2028-12-31T23:00:00.000000Z"


@pytest.mark.parametrize(
    "rule", [{"phone_number": PHONE}, {"credentials_id": TRUNK.upper()}, {"error_description": "no"}]
)
def test_failing_registration_reports_its_cause(emulator: Emulator, api: ApiClient, rule: dict[str, Any]) -> None:
    emulator.set(registration_delay=0, registration_failures=[rule])
    status = api.post(ON).body["registrationStatus"]
    assert (status["state"], status["sipResponseMessage"]) == ("Failed", "403 Forbidden")
    assert status["errorDescription"] == rule.get("error_description", "The registration was refused.")


@pytest.mark.parametrize("rule", [{"phone_number": "+2"}, {"phone_number": PHONE, "credentials_id": OTHER_TRUNK}])
def test_failure_rule_for_other_numbers_does_not_apply(
    emulator: Emulator, api: ApiClient, rule: dict[str, Any]
) -> None:
    emulator.set(registration_delay=0, registration_failures=[rule])
    assert api.post(ON).body["registrationStatus"]["state"] == "Registered"


def test_stuck_registration_never_ends(emulator: Emulator, api: ApiClient) -> None:
    emulator.set(registration_stuck=[PHONE])
    api.post(ON)
    emulator.clock(advance=1e6)
    assert state(api) == "Registering"
    emulator.set(registration_stuck=[])
    assert state(api) == "Registered"


def test_update_restarts_registration(emulator: Emulator, api: ApiClient) -> None:
    path = f"{NUMBERS}/{api.post(ON).id}"
    emulator.clock(advance=2)
    assert api.put(path, {**ON, "displayName": "x"}).body["registrationStatus"]["state"] == "Registering"
    assert api.put(path, BODY).body["registrationStatus"]["state"] == "Disabled"


def test_link_does_not_restart_registration(emulator: Emulator, api: ApiClient) -> None:
    path = f"{NUMBERS}/{api.post(ON).id}"
    emulator.clock(advance=2)
    assert api.put(f"{path}/agent-link", agentId="agent-1").body["registrationStatus"]["state"] == "Registered"


@pytest.mark.parametrize("change", [{"authPassword": "new"}, {"server": "sip.example.net"}, {"transport": "tls"}])
@pytest.mark.parametrize(("follows", "seen"), [(False, "Registered"), (True, "Registering")])
def test_change_of_the_trunk_may_restart_registration(
    emulator: Emulator, api: ApiClient, change: dict[str, Any], follows: bool, seen: str
) -> None:
    emulator.set(registration_follows_trunk=follows)
    api.post(ON)
    emulator.clock(advance=2)
    api.put(f"{CREDENTIALS}/{TRUNK}", {"server": "sip.example.com", **change})
    assert state(api) == seen
    emulator.clock(advance=2)
    reported = api.get().body["items"][0]["registrationStatus"]["lastUpdated"]
    assert reported == f"2030-01-31T12:00:0{4 if follows else 2}.000000Z"


@pytest.mark.parametrize("trunk", [TRUNK, OTHER_TRUNK])
def test_other_changes_do_not_restart_registration(emulator: Emulator, api: ApiClient, trunk: str) -> None:
    emulator.set(registration_follows_trunk=True)
    api.post(ON)
    emulator.clock(advance=2)
    changes = {"description": "x"} if trunk == TRUNK else {"authUser": "x"}
    assert api.put(f"{CREDENTIALS}/{trunk}", {"server": "sip.example.com", **changes}).status == 200
    assert state(api) == "Registered"


def test_stale_state_is_shown_until_the_new_one_comes(emulator: Emulator, api: ApiClient) -> None:
    emulator.set(registration_stale=True, registration_failures=[{"phone_number": PHONE}])
    path = f"{NUMBERS}/{api.post(ON).id}"
    emulator.clock(advance=2)
    assert state(api) == "Failed"
    api.put(path, {**ON, "displayName": "x"})
    api.put(path, {**ON, "displayName": "y"})
    emulator.set(registration_failures=[])
    assert state(api) == "Failed"
    emulator.clock(advance=2)
    assert state(api) == "Registered"


def test_new_number_has_no_stale_state(emulator: Emulator, api: ApiClient) -> None:
    emulator.set(registration_stale=True)
    assert api.post(ON).body["registrationStatus"]["state"] == "Registering"


def test_seeded_number_is_registered(emulator: Emulator, api: ApiClient) -> None:
    emulator.seed({"phone_numbers": [ON]})
    assert state(api) == "Registered"
    emulator.set(registration_delay=600)
    assert state(api) == "Registered"


def test_seeded_state_stays_until_the_number_changes(emulator: Emulator, api: ApiClient) -> None:
    status = {"state": "Waiting for a miracle", "errorDescription": "why not"}
    emulator.seed({"phone_numbers": [{**ON, "id": NUMBER_ID, "registrationStatus": status}]})
    emulator.clock(advance=1e6)
    shown = api.get().body["items"][0]["registrationStatus"]
    assert (shown["state"], shown["errorDescription"], shown["expiresAt"]) == ("Waiting for a miracle", "why not", None)
    api.put(f"{NUMBERS}/{NUMBER_ID}", ON)
    assert state(api) == "Registering"
