# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""No text of a server or a task reaches a terminal that would obey it: not in messages, warnings or diff headers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.dasha.blackbox.plugins.module_utils._resources.sip_phone_number import strip_formatting
from emulator.client import Emulator
from unit.harness import NUMBER_ID, OTHER_TRUNK, TRUNK

Run = Callable[..., dict[str, Any]]
EVIL = "\x1b[2J\x1b]0;x\x07\u202e\u2066\x9b31m\r\n\u200f"
NUMBER: dict[str, Any] = {"id": NUMBER_ID, "phoneNumber": f"+1{EVIL}", "credentialsId": TRUNK, "displayName": EVIL}


def shown(result: dict[str, Any]) -> list[str]:
    """Return every text of a result that Ansible prints as it is."""
    texts = [result.get("msg", ""), *result["warnings"], *texts_of(result.get("error"))]
    diffs = result.get("diff", [])
    for diff in diffs if isinstance(diffs, list) else [diffs]:
        texts += [diff["before_header"], diff["after_header"]]
    for failure in result.get("failures", []):
        texts += [failure["msg"], *texts_of(failure["error"])]
    return texts


def texts_of(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for pair in value.items() for part in pair for text in texts_of(part)]
    if isinstance(value, list):
        return [text for member in value for text in texts_of(member)]
    return [value] if isinstance(value, str) else []


def check(result: dict[str, Any]) -> None:
    unsafe = [text for text in shown(result) if not text.isprintable()]
    assert unsafe == []


@pytest.fixture
def evil(emulator: Emulator) -> Emulator:
    """An emulator whose number, agent and trunk have names that a terminal would obey."""
    emulator.set(check_responses=False)
    emulator.seed(
        {
            "agents": [{"id": f"agent-{EVIL}", "name": EVIL}],
            "credentials": [{"id": NUMBER_ID, "server": f"sip{EVIL}", "authUser": EVIL}],
            "phone_numbers": [{**NUMBER, "incomingCallsAgentId": f"agent-{EVIL}"}],
        }
    )
    return emulator


@pytest.mark.parametrize("mode", [False, True], ids=["real", "check"])
def test_deletion_in_use_shows_no_control_characters(evil: Emulator, run: Run, mode: bool) -> None:
    one = run("sip_phone_number", check=mode, id=NUMBER_ID, state="absent")
    many = run("sip_phone_numbers", check=mode, phone_numbers=[{"id": NUMBER_ID}], state="absent")
    trunk = run("sip_credential", check=mode, id=TRUNK, state="absent")
    for result in (one, many, trunk):
        assert "in use by" in result["msg"]
        check(result)


def test_warning_about_deleted_numbers_shows_no_control_characters(evil: Emulator, run: Run) -> None:
    result = run("sip_credential", id=TRUNK, state="absent", force=True)
    assert len(result["warnings"]) == 1
    check(result)


def test_diff_headers_show_no_control_characters(evil: Emulator, run: Run) -> None:
    number = {"id": NUMBER_ID, "display_name": "New"}
    one = run("sip_phone_number", check=True, **number)
    many = run("sip_phone_numbers", check=True, phone_numbers=[number])
    trunk = run("sip_credential", check=True, id=NUMBER_ID, description="New", auth_password="hunter2-hunter2")
    for result in (one, many, trunk):
        assert result["changed"]
        check(result)


def test_messages_that_list_what_exists_show_no_control_characters(evil: Emulator, run: Run) -> None:
    unknown = run("sip_phone_number", phone_number="+1", trunk="unknown")
    evil.seed({"phone_numbers": [{**NUMBER, "id": OTHER_TRUNK, "credentialsId": OTHER_TRUNK}]})
    evil.seed({"phone_numbers": [{"phoneNumber": "+3", "credentialsId": trunk} for trunk in (TRUNK, NUMBER_ID)]})
    several = run("sip_phone_number", phone_number="+3", state="absent")
    other = run("sip_phone_number", id=NUMBER_ID, phone_number="+2", state="absent")
    many = run("sip_phone_numbers", phone_numbers=[], purge=True, purge_on_trunks=[TRUNK], max_deletions=0)
    for result in (unknown, several, other, many):
        assert result["failed"]
        check(result)


def test_warnings_of_a_fleet_show_no_control_characters(evil: Emulator, run: Run) -> None:
    alike = strip_formatting(f"1{EVIL}")
    result = run("sip_phone_numbers", phone_numbers=[{"phone_number": alike}], credentials_id=TRUNK)
    assert "differ only in formatting" in result["warnings"][0]
    check(result)


def test_registration_errors_show_no_control_characters(emulator: Emulator, run: Run) -> None:
    status = {
        "state": "Failed",
        "errorDescription": EVIL,
        "sipResponseMessage": EVIL,
        "lastUpdated": "2099-01-01T00:00:00Z",
    }
    number = {**NUMBER, "registration": True, "registrationStatus": status}
    emulator.seed({"phone_numbers": [number]})
    wait = {"wait_for_registration": True, "wait_timeout": 1}
    one = run("sip_phone_number", id=NUMBER_ID, **wait)
    many = run("sip_phone_numbers", phone_numbers=[{"id": NUMBER_ID}], **wait)
    for result in (one, many):
        assert "SIP response" in result["msg"]
        check(result)


@pytest.mark.parametrize("state", [EVIL, f"Failed{EVIL}"])
def test_unknown_registration_state_shows_no_control_characters(emulator: Emulator, run: Run, state: str) -> None:
    emulator.set(check_responses=False)
    emulator.seed({"phone_numbers": [{**NUMBER, "registration": True, "registrationStatus": {"state": state}}]})
    result = run("sip_phone_number", id=NUMBER_ID, wait_for_registration=True, wait_timeout=0)
    assert result["failed"]
    check(result)


def test_refusal_shows_no_control_characters(emulator: Emulator, run: Run) -> None:
    problem = {"title": EVIL, "detail": EVIL, "errors": {EVIL: [EVIL]}}
    emulator.fault({"match": {"method": "POST"}, "times": None, "fault": {"status": 400, "body": problem}})
    one = run("sip_phone_number", phone_number="+1", credentials_id=TRUNK)
    many = run("sip_phone_numbers", phone_numbers=[{"phone_number": "+1"}], credentials_id=TRUNK)
    for result in (one, many):
        assert result["error"]["status"] == 400
        check(result)


def test_invalid_options_show_no_control_characters(emulator: Emulator, run: Run) -> None:
    results = [
        run("sip_phone_number", id=EVIL),
        run("sip_phone_numbers", phone_numbers=[{EVIL: 1}]),
        run("sip_phone_numbers", phone_numbers=[{"phone_number": "+1", "state": EVIL}], credentials_id=TRUNK),
        run("sip_credential", server=f"sips:{EVIL}"),
        run("sip_phone_number", phone_number=f"{EVIL}x", number_format="e164"),
    ]
    for result in results:
        assert result["failed"]
        check(result)
