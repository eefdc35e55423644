# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Waiting for a registration: until it is there, until it failed, until the time is over."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.dasha.blackbox.plugins.module_utils._applying import registration
from emulator.client import Emulator
from unit.harness import NUMBER_ID, OTHER_TRUNK, TRUNK

Run = Callable[..., dict[str, Any]]
WAIT = {"registration": True, "wait_for_registration": True, "wait_timeout": 10}


def methods(emulator: Emulator) -> list[str]:
    return [entry["method"] for entry in emulator.requests()]


def seed(emulator: Emulator, state: str, **fields: Any) -> None:
    status = {
        "state": state,
        **{
            name: fields.pop(name)
            for name in list(fields)
            if name in ("lastUpdated", "errorDescription", "sipResponseMessage")
        },
    }
    number = {"id": NUMBER_ID, "phoneNumber": "+15551234567", "credentialsId": TRUNK, "registration": True}
    emulator.seed({"phone_numbers": [{**number, **fields, "registrationStatus": status}]})


@pytest.mark.slow
def test_waits_until_registered(emulator: Emulator, ensure: Run) -> None:
    emulator.set(registration_delay=1)
    result = ensure(**WAIT)
    assert result["changed"] is True
    assert result["sip_phone_number"]["registration_status"]["state"] == "Registered"
    assert methods(emulator)[:2] == ["GET", "POST"]
    assert set(methods(emulator)[2:]) == {"GET"}


@pytest.mark.slow
def test_result_of_a_wait_holds_the_agents_of_outgoing_calls(emulator: Emulator, ensure: Run) -> None:
    emulator.set(registration_delay=0.5)
    result = ensure(**WAIT, outgoing_calls_agent_ids=["agent-1"])
    assert result["sip_phone_number"]["registration_status"]["state"] == "Registered"
    assert result["sip_phone_number"]["outgoing_calls_agent_ids"] == ["agent-1"]


@pytest.mark.parametrize("state", ["Registered", "registered", "REGISTERED"])
def test_registered_already_costs_nothing_more(emulator: Emulator, ensure: Run, state: str) -> None:
    seed(emulator, state)
    assert ensure(**WAIT)["changed"] is False
    assert methods(emulator) == ["GET"]


def test_without_the_option_nothing_is_waited_for(emulator: Emulator, ensure: Run) -> None:
    result = ensure(registration=True)
    assert result["sip_phone_number"]["registration_status"]["state"] != "Registered"
    assert methods(emulator) == ["GET", "POST"]


def test_number_without_registration_is_not_waited_for(emulator: Emulator, ensure: Run) -> None:
    assert ensure(wait_for_registration=True)["failed"] is False
    assert methods(emulator) == ["GET", "POST"]


def test_check_mode_never_waits(emulator: Emulator, ensure: Run) -> None:
    seed(emulator, "Registering")
    assert ensure(check=True, **WAIT)["failed"] is False
    assert methods(emulator) == ["GET"]


def test_absent_never_waits(emulator: Emulator, ensure: Run) -> None:
    seed(emulator, "Registering")
    assert ensure(state="absent", wait_for_registration=True)["changed"] is True
    assert methods(emulator) == ["GET", "DELETE"]


def test_failure_ends_the_wait_at_once(emulator: Emulator, ensure: Run) -> None:
    failure = {
        "phone_number": "+15551234567",
        "error_description": "bad login",
        "sip_response_message": "403 Forbidden",
    }
    emulator.set(registration_delay=0, registration_failures=[failure])
    result = ensure(**WAIT)
    assert (result["failed"], result["changed"]) == (True, True)
    for words in ("'Failed'", "bad login", "403 Forbidden", "registration"):
        assert words in result["msg"]
    assert result["error"]["status"] is None
    assert len(methods(emulator)) <= 3


@pytest.mark.slow
def test_failure_at_the_trunk_before_does_not_count(emulator: Emulator, ensure: Run) -> None:
    emulator.set(registration_delay=1, registration_stale=True)
    seed(emulator, "Failed", lastUpdated="2020-01-01T00:00:00.1234567Z")
    result = ensure(id=NUMBER_ID, credentials_id=OTHER_TRUNK, **WAIT)
    assert result["failed"] is False
    assert result["sip_phone_number"]["registration_status"]["state"] == "Registered"


def test_failure_of_a_number_that_is_only_renamed_counts(emulator: Emulator, ensure: Run) -> None:
    emulator.set(registration_delay=60, registration_stale=True)
    seed(emulator, "Failed", lastUpdated="2020-01-01T00:00:00Z")
    result = ensure(display_name="New", **WAIT)
    assert (result["failed"], result["changed"]) == (True, True)
    assert methods(emulator) == ["GET", "PUT"]


@pytest.mark.parametrize(
    "change", [{"incoming_calls_agent_id": "agent-2"}, {"outgoing_calls_agent_ids": ["agent-1"]}], ids=str
)
def test_registered_number_of_which_only_links_change_is_not_waited_for(
    emulator: Emulator, ensure: Run, change: dict[str, Any]
) -> None:
    seed(emulator, "Registered", lastUpdated="2020-01-01T00:00:00Z", incomingCallsAgentId="agent-1")
    result = ensure(**change, **WAIT)
    assert (result["failed"], result["changed"]) == (False, True)
    # The link was the last request.
    assert methods(emulator)[-1] == "PUT"


def test_failure_that_was_reported_at_an_unknown_time_counts(emulator: Emulator, ensure: Run) -> None:
    emulator.set(registration_delay=60, registration_stale=True)
    seed(emulator, "Failed", lastUpdated=None)
    result = ensure(id=NUMBER_ID, credentials_id=OTHER_TRUNK, **WAIT)
    assert (result["failed"], result["changed"]) == (True, True)
    assert methods(emulator) == ["GET", "PUT"]


@pytest.mark.slow
def test_registration_that_is_reported_between_move_and_link_counts(emulator: Emulator, ensure: Run) -> None:
    emulator.set(registration_delay=0.02)
    seed(emulator, "Registered")
    emulator.fault({"match": {"method": "PUT", "path": "agent-link"}, "times": 3, "fault": {"status": 503}})
    result = ensure(id=NUMBER_ID, credentials_id=OTHER_TRUNK, incoming_calls_agent_id="agent-1", **WAIT)
    assert (result["failed"], result["changed"]) == (False, True)
    # The link was the last request.
    assert methods(emulator)[-1] == "PUT"


@pytest.mark.parametrize("state", ["failed", "FAILED"])
def test_failure_seen_without_a_change_counts(emulator: Emulator, ensure: Run, state: str) -> None:
    seed(emulator, state, lastUpdated="2099-01-01T00:00:00+02:00", errorDescription="bad login")
    result = ensure(**WAIT)
    assert (result["failed"], result["changed"]) == (True, False)
    assert "bad login" in result["msg"]
    assert methods(emulator) == ["GET"]


@pytest.mark.slow
@pytest.mark.parametrize("state", ["Registering", "Some new state"])
def test_time_that_is_over_tells_the_last_state(emulator: Emulator, ensure: Run, state: str) -> None:
    seed(emulator, state, errorDescription="patience", sipResponseMessage="100 Trying")
    start = time.monotonic()
    result = ensure(**{**WAIT, "wait_timeout": 0.8})
    assert time.monotonic() - start < 4
    assert (result["failed"], result["changed"]) == (True, False)
    for words in (f"'{state}'", "patience", "100 Trying", "0.8 s"):
        assert words in result["msg"]


def test_no_time_at_all_still_looks_once(emulator: Emulator, ensure: Run) -> None:
    seed(emulator, "Registering")
    assert ensure(**{**WAIT, "wait_timeout": 0})["failed"] is True
    assert methods(emulator) == ["GET"]


@pytest.mark.slow
def test_number_that_disappears_while_waiting(emulator: Emulator, ensure: Run) -> None:
    gone = {"status": 404, "body": {"title": "Not Found"}}
    emulator.fault({"match": {"method": "GET", "path": "/sip-phone-numbers/"}, "times": None, "fault": gone})
    emulator.set(registration_delay=60)
    result = ensure(**WAIT)
    assert (result["failed"], result["changed"], result["error"]["status"]) == (True, True, 404)


@pytest.mark.slow
def test_server_that_hangs_does_not_hold_the_wait_up(emulator: Emulator, ensure: Run, monkeypatch: Any) -> None:
    monkeypatch.setattr(registration, "POLL_GRACE", 0.5)
    seed(emulator, "Registering")
    emulator.fault({"match": {"path": "/sip-phone-numbers/"}, "times": None, "fault": {"hang": 60}})
    start = time.monotonic()
    result = ensure(**{**WAIT, "wait_timeout": 1})
    assert time.monotonic() - start < 4
    assert "'Registering'" in result["msg"]
