# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Other people work while a task runs: what they wrote stays, and nothing is done that nobody approved."""

from __future__ import annotations

from typing import Any

import pytest

from unit.harness import NUMBER_ID, OTHER_ID, OTHER_TRUNK, TRUNK
from unit.simulated_api import SimulatedApi, Step, Task
from unit.simulation import Simulation

Options = dict[str, Any]
FLEET = "sip_phone_numbers"
THIRD_TRUNK = "0e6a2b0c-4d7e-4c55-9a53-6f1b2c3d4e5f"
LIST = "GET sip-phone-numbers?skip=0&take=1000"
FIRST, SECOND = f"sip-phone-numbers/{NUMBER_ID}", f"sip-phone-numbers/{OTHER_ID}"
MOVED = ("change", OTHER_ID, {"credentialsId": OTHER_TRUNK})
THEIRS = ("change", OTHER_ID, {"description": "Theirs", "registration": True})
# The request after the listing takes minutes, so that the listing is old when the next one is sent.
SLOW = Step(1, "wait", 300.0)
RENAMES = {
    "phone_numbers": [{"phone_number": "+1", "display_name": "New"}, {"phone_number": "+2", "display_name": "New"}],
    "credentials_id": TRUNK,
    "concurrency": 1,
}
PURGE = {"phone_numbers": [{"phone_number": "+1"}, {"phone_number": "+3"}], "credentials_id": TRUNK, "purge": True}


def office(
    *, settings: Options | None = None, callers: dict[str, str] | None = None, latency: float = 0.0
) -> SimulatedApi:
    """Return an organization with the numbers +1 and +2 on one of three trunks, and two agents."""
    servers = {TRUNK: "a.example", OTHER_TRUNK: "b.example", THIRD_TRUNK: "c.example"}
    seed = {
        "credentials": [{"id": trunk, "server": server} for trunk, server in servers.items()],
        "agents": [{"id": agent, "outbound": (callers or {}).get(agent)} for agent in ("agent-1", "agent-2")],
        "phone_numbers": [
            {"id": NUMBER_ID, "phoneNumber": "+1", "credentialsId": TRUNK},
            {"id": OTHER_ID, "phoneNumber": "+2", "credentialsId": TRUNK},
        ],
    }
    return SimulatedApi(Simulation(), seed, settings, latency)


def writes_to(requests: list[str], path: str) -> list[str]:
    return [line for line in requests if path in line and not line.startswith("GET")]


def approved(api: SimulatedApi, options: Options) -> Options:
    """Return the options with the id of the plan as it is now."""
    preview, _requests = api.play(FLEET, options, check=True)
    return {**options, "expected_plan_id": preview["plan_id"]}


# Updates


def test_short_run_reads_nothing_twice() -> None:
    api = office()
    result, requests = api.play(FLEET, RENAMES)
    assert requests == [LIST, f"PUT {FIRST}", f"PUT {SECOND}"]
    assert result["summary"]["updated"] == 2


def test_value_that_a_colleague_wrote_since_the_listing_is_kept() -> None:
    api = office()
    result, requests = api.play(FLEET, RENAMES, SLOW, Step(2, "act", THEIRS))
    assert requests == [LIST, f"PUT {FIRST}", f"GET {SECOND}", f"PUT {SECOND}"]
    number = api.state.numbers[OTHER_ID]
    assert (number["displayName"], number["description"], number["registration"]) == ("New", "Theirs", True)
    assert (result["failed"], result["summary"]["updated"]) == (False, 2)


def test_field_of_a_newer_api_that_a_colleague_wrote_since_the_listing_is_kept() -> None:
    api = office(settings={"unknown_fields": "store"})
    api.play(FLEET, RENAMES, SLOW, Step(2, "act", ("change", OTHER_ID, {"routing": {"b": 2}})))
    assert api.state.numbers[OTHER_ID]["routing"] == {"b": 2}


def test_change_that_a_colleague_made_already_is_not_sent() -> None:
    api = office()
    result, requests = api.play(FLEET, RENAMES, SLOW, Step(2, "act", ("change", OTHER_ID, {"displayName": "New"})))
    assert requests == [LIST, f"PUT {FIRST}", f"GET {SECOND}"]
    assert (result["summary"]["updated"], result["summary"]["unchanged"]) == (1, 1)
    assert [change["phone_number"] for change in result["changes"]] == ["+1"]


def test_change_reports_the_value_that_it_replaced() -> None:
    api = office()
    result, _requests = api.play(FLEET, RENAMES, SLOW, Step(2, "act", ("change", OTHER_ID, {"displayName": "Theirs"})))
    assert [change["before"]["display_name"] for change in result["changes"]] == [None, "Theirs"]


@pytest.mark.parametrize(
    "entry", [{"display_name": "New"}, {"incoming_calls_agent_id": "agent-1"}], ids=["body", "link"]
)
def test_number_that_left_its_trunk_is_neither_moved_back_nor_changed(entry: Options) -> None:
    api = office()
    entries = [{"phone_number": "+1", "display_name": "New"}, {"phone_number": "+2", **entry}]
    _result, requests = api.play(FLEET, {**RENAMES, "phone_numbers": entries}, SLOW, Step(2, "act", MOVED))
    assert requests[:3] == [LIST, f"PUT {FIRST}", f"GET {SECOND}"]
    assert writes_to(requests, SECOND) == []
    number = api.state.numbers[OTHER_ID]
    assert (number["credentialsId"], number["incomingCallsAgentId"]) == (OTHER_TRUNK, None)


def test_number_that_another_fleet_moved_first_is_left_to_it() -> None:
    """Two fleets take the same number from a trunk; the slower one listed it before the faster one moved it."""
    api = office()
    moves = {"phone_numbers": [{"phone_number": "+2"}], "credentials_id": OTHER_TRUNK, "move_from": [TRUNK]}
    slow = {**moves, "phone_numbers": [{"phone_number": "+0"}, {"phone_number": "+2"}], "credentials_id": THIRD_TRUNK}
    slower, faster = Task("slower", FLEET, {**slow, "concurrency": 1}, steps=[SLOW]), Task("faster", FLEET, moves)
    api.run(slower, faster)
    requests = [attempt.line for attempt in api.log if attempt.who == "slower"]
    assert requests[:3] == [LIST, "POST sip-phone-numbers", f"GET {SECOND}"]
    assert writes_to(requests, SECOND) == []
    assert api.state.numbers[OTHER_ID]["credentialsId"] == OTHER_TRUNK
    again, _requests = api.play(FLEET, moves)
    assert again["changed"] is False


def test_single_number_that_was_read_long_ago_keeps_what_a_colleague_wrote() -> None:
    api = office()
    options = {"phone_number": "+2", "credentials_id": TRUNK, "display_name": "New"}
    options["outgoing_calls_agent_ids"] = ["agent-1"]
    result, requests = api.play("sip_phone_number", options, Step(1, "wait", 6.0), Step(1, "act", THEIRS))
    assert requests[1:3] == [f"GET {SECOND}/affected-agents", f"GET {SECOND}"]
    link = "agent-link?mode=replaceOutbound&agentId=agent-1"
    assert writes_to(requests, SECOND) == [f"PUT {SECOND}", f"PUT {SECOND}/{link}"]
    assert (api.state.numbers[OTHER_ID]["description"], result["failed"]) == ("Theirs", False)


def test_password_that_a_colleague_rotated_since_the_listing_is_not_set_back() -> None:
    api = office(settings={"max_take": 1})
    rotated = ("change trunk", TRUNK, {"authPassword": "rotated-Pv5nGh"})
    options = {"server": "a.example", "description": "New"}
    result, requests = api.play("sip_credential", options, Step(1, "wait", 6.0), Step(1, "act", rotated))
    assert requests[-2:] == [f"GET sip-credentials/{TRUNK}", f"PUT sip-credentials/{TRUNK}"]
    assert api.state.trunks[TRUNK]["authPassword"] == "rotated-Pv5nGh"
    assert (result["failed"], result["changed"]) == (False, True)


# Deletions


def test_unlisted_number_that_left_its_trunk_is_not_purged() -> None:
    api = office()
    result, requests = api.play(FLEET, PURGE, SLOW, Step(2, "act", MOVED))
    assert requests == [LIST, "POST sip-phone-numbers", f"GET {SECOND}"]
    assert api.state.numbers[OTHER_ID]["credentialsId"] == OTHER_TRUNK
    assert (result["failed"], result["summary"]["created"], result["summary"]["deleted"]) == (False, 1, 0)


def test_unlisted_number_that_became_a_listed_one_is_not_purged() -> None:
    api = office()
    renamed = ("change", OTHER_ID, {"phoneNumber": "+3"})
    result, requests = api.play(FLEET, PURGE, SLOW, Step(1, "act", renamed))
    assert requests[:2] == [LIST, "POST sip-phone-numbers"]
    assert writes_to(requests, SECOND) == []
    assert (result["failed"], result["changed"]) == (False, False)


def test_listed_number_that_left_its_trunk_is_not_deleted() -> None:
    api = office()
    absent = {**RENAMES, "phone_numbers": [{"phone_number": "+1"}, {"phone_number": "+2"}], "state": "absent"}
    result, requests = api.play(FLEET, absent, SLOW, Step(2, "act", MOVED))
    assert requests == [LIST, f"DELETE {FIRST}", f"GET {SECOND}"]
    assert (result["failed"], result["summary"]["deleted"], result["summary"]["unchanged"]) == (False, 1, 1)


def test_deletion_reports_the_number_as_it_was_deleted() -> None:
    api = office()
    result, requests = api.play(FLEET, PURGE, SLOW, Step(2, "act", THEIRS))
    assert requests == [LIST, "POST sip-phone-numbers", f"GET {SECOND}", f"DELETE {SECOND}"]
    (deleted,) = [change for change in result["changes"] if change["action"] == "delete"]
    assert (deleted["before"]["description"], deleted["before"]["registration"]) == ("Theirs", True)


# Approval


def test_approved_update_of_a_number_that_a_colleague_changed_fails() -> None:
    api = office()
    result, requests = api.play(FLEET, approved(api, RENAMES), SLOW, Step(2, "act", THEIRS))
    assert requests == [LIST, f"PUT {FIRST}", f"GET {SECOND}"]
    assert (result["failed"], result["changed"]) == (True, True)
    assert (result["summary"]["updated"], result["summary"]["failed"]) == (1, 1)
    (failure,) = result["failures"]
    assert (failure["phone_number"], failure["error"]["outcome"]) == ("+2", "not_sent")
    assert "description" in failure["msg"]


def test_approved_deletion_of_a_number_that_a_colleague_changed_fails() -> None:
    api = office()
    result, requests = api.play(FLEET, approved(api, PURGE), SLOW, Step(2, "act", THEIRS))
    assert requests == [LIST, "POST sip-phone-numbers", f"GET {SECOND}"]
    assert (result["summary"]["created"], result["summary"]["failed"]) == (1, 1)
    assert "description" in result["failures"][0]["msg"]


@pytest.mark.parametrize(
    "entry", [{}, {"display_name": "Ours"}, {"incoming_calls_agent_id": "agent-1"}], ids=["bare", "body", "link"]
)
def test_approved_creation_of_a_number_that_a_colleague_created_fails(entry: Options) -> None:
    api = office()
    options = {"phone_numbers": [{"phone_number": "+3", **entry}], "credentials_id": TRUNK}
    theirs = {"phoneNumber": "+3", "credentialsId": TRUNK, "displayName": "Theirs"}
    result, requests = api.play(FLEET, approved(api, options), Step(1, "act", ("create", "", theirs)))
    assert [line.partition(" ")[0] for line in requests] == ["GET", "POST", "GET"]
    assert (result["failed"], result["changed"], result["changes"]) == (True, False, [])
    (number,) = [one for one in api.state.numbers.values() if one["phoneNumber"] == "+3"]
    assert (number["displayName"], number["incomingCallsAgentId"]) == ("Theirs", None)


# Links


@pytest.mark.parametrize("module", ["sip_phone_number", FLEET])
def test_incoming_link_that_a_colleague_changed_is_no_sign_of_an_old_deployment(module: str) -> None:
    api = office()
    entry = {"phone_number": "+1", "credentials_id": TRUNK, "outgoing_calls_agent_ids": ["agent-1"]}
    options = entry if module != FLEET else {"phone_numbers": [entry]}
    result, requests = api.play(module, options, Step(2, "act", ("link", NUMBER_ID, "agent-2")))
    assert requests[2:] == [f"PUT {FIRST}/agent-link?mode=replaceOutbound&agentId=agent-1"]
    assert (result["failed"], result["changed"]) == (False, True)
    assert (api.state.numbers[NUMBER_ID]["incomingCallsAgentId"], api.state.callers["agent-1"]) == (
        "agent-2",
        NUMBER_ID,
    )
