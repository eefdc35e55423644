# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Changes by another client: between two requests of a task, or at once."""

from __future__ import annotations

from typing import Any

import pytest

from emulator.client import ControlError, Emulator
from unit.emulator.http_helpers import BODY, CREDENTIALS, PHONE, ApiClient
from unit.harness import NOBODY_ID, NUMBER_ID, NUMBERS, OTHER_TRUNK, TRUNK

PATH = f"{NUMBERS}/{NUMBER_ID}"


@pytest.fixture(autouse=True)
def line(emulator: Emulator) -> None:
    number = {**BODY, "id": NUMBER_ID, "displayName": "Line", "incomingCallsAgentId": "agent-1"}
    emulator.seed({"phone_numbers": [number]})


def test_rule_is_applied_before_its_request(emulator: Emulator, api: ApiClient) -> None:
    emulator.seed({"phone_numbers": [{**BODY, "phoneNumber": "+2"}]})
    changes = {"create": [{**BODY, "phoneNumber": "+3"}], "delete": [NUMBER_ID.upper(), "+2", "+404"]}
    emulator.fault({"mutate": changes, "fault": {"status": 500}})
    assert api.get().status == 500
    assert api.phones() == ["+3"]


def test_rule_changes_an_object_between_two_requests(emulator: Emulator, api: ApiClient) -> None:
    emulator.fault({"match": {"method": "PUT"}, "mutate": {"update": {PHONE: {"description": "by a colleague"}}}})
    assert api.get(PATH).body["description"] is None
    api.put(f"{PATH}/agent-link", agentId="agent-2")
    number = api.get(PATH).body
    assert (number["description"], number["incomingCallsAgentId"]) == ("by a colleague", "agent-2")


def test_rule_that_became_impossible_is_a_violation(emulator: Emulator, api: ApiClient) -> None:
    emulator.fault({"mutate": {"create": [{**BODY, "phoneNumber": "+2"}]}, "times": 2})
    emulator.fault({"mutate": {"update": {"+404": {"description": "x"}}}})
    assert [api.get().status for _turn in range(3)] == [200] * 3
    created, updated = emulator.violations()
    assert (created["what"], "already" in created["errors"]) == ("mutate", True)
    assert "+404: no such phone number, credential or agent" in updated["errors"]


@pytest.mark.parametrize("identity", [PHONE, NUMBER_ID, NUMBER_ID.upper()])
def test_update_of_a_number_keeps_its_other_fields(emulator: Emulator, api: ApiClient, identity: str) -> None:
    before = api.get(PATH).body
    emulator.mutate(update={identity: {"description": "new", "credentialsId": OTHER_TRUNK}})
    after = api.get(PATH).body
    assert after.pop("lastUpdateTime") > before.pop("lastUpdateTime")
    assert after == {**before, "description": "new", "credentialsId": OTHER_TRUNK}
    assert api.post(BODY).status == 201


def test_update_of_a_number_restarts_its_registration_as_a_put_does(emulator: Emulator, api: ApiClient) -> None:
    emulator.mutate(update={PHONE: {"registration": True}})
    assert api.get(PATH).body["registrationStatus"]["state"] == "Registering"
    emulator.mutate(update={PHONE: {"registrationStatus": {"state": "Failed"}}})
    emulator.mutate(update={PHONE: {"incomingCallsAgentId": None}})
    number = api.get(PATH).body
    assert (number["registrationStatus"]["state"], number["incomingCallsAgentId"]) == ("Failed", None)


def test_update_of_queued_calls(emulator: Emulator, api: ApiClient) -> None:
    before = api.get(PATH).body
    emulator.mutate(update={PHONE: {"queuedCalls": 4}})
    assert api.get(f"{CREDENTIALS}/{TRUNK}/affected-agents").body["affectedCallsCount"] == 4
    assert api.get(PATH).body == before


def test_update_of_a_credential(emulator: Emulator, api: ApiClient) -> None:
    emulator.set(registration_follows_trunk=True)
    emulator.mutate(update={PHONE: {"registrationStatus": {"state": "Registered"}, "registration": True}})
    emulator.mutate(update={TRUNK.upper(): {"authPassword": "rotated"}})
    trunk = api.get(f"{CREDENTIALS}/{TRUNK}").body
    assert (trunk["server"], trunk["authPassword"]) == ("sip.example.com", "rotated")
    assert api.get(PATH).body["registrationStatus"]["state"] == "Registering"


def test_update_of_an_agent(emulator: Emulator, api: ApiClient) -> None:
    emulator.mutate(update={"agent-1": {"name": "Nights", "isEnabled": False, "outbound": NUMBER_ID.upper()}})
    agent = api.get("/api/v1/agents/agent-1").body
    assert (agent["name"], agent["isEnabled"]) == ("Nights", False)
    (user,) = api.get(f"{PATH}/affected-agents").body["affectedAgents"]
    assert user == {"agentId": "agent-1", "agentName": "Nights", "uses": ["inbound", "outbound"]}


def test_creation_and_deletion_of_a_credential(emulator: Emulator, api: ApiClient) -> None:
    emulator.mutate(create=[{"id": NOBODY_ID, "server": "sip.example.net"}, {**BODY, "credentialsId": NOBODY_ID}])
    assert len(api.phones()) == 2
    emulator.mutate(delete=[NOBODY_ID])
    assert (api.get(f"{CREDENTIALS}/{NOBODY_ID}").status, api.phones()) == (404, [PHONE])


def test_deletion_of_an_agent_leaves_the_link_to_it(emulator: Emulator, api: ApiClient) -> None:
    emulator.mutate(delete=["agent-1"])
    assert api.get("/api/v1/agents/agent-1").status == 404
    assert api.get(PATH).body["incomingCallsAgentId"] == "agent-1"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"update": {"+404": {"description": "x"}}}, r"mutate\.update\.\+404: no such"),
        ({"update": {PHONE: {"displayName": 5}}}, "displayName"),
        ({"update": {PHONE: {"phoneNumber": 5}}}, "phoneNumber.*quote it"),
        ({"update": {PHONE: {"credentialsId": NOBODY_ID}}}, "no such credential"),
        ({"update": {PHONE: {"id": NOBODY_ID}}}, "id"),
        ({"update": {PHONE: {"queuedCalls": -1}}}, "queuedCalls"),
        ({"update": {PHONE: {"phoneNumber": "+2"}}}, "Another phone number"),
        ({"update": {TRUNK: {"server": ""}}}, "server"),
        ({"update": {TRUNK: {"transport": "sctp"}}}, "transport"),
        ({"update": {"agent-1": {"enabled": False}}}, "isEnabled"),
        ({"update": {"agent-1": {"outbound": NOBODY_ID}}}, "outbound: no such phone number"),
        ({"update": {PHONE: 5}}, r"mutate\.update"),
        ({"update": []}, "update"),
        ({"create": [{"phoneNumber": "1"}]}, "credentialsId"),
        ({"create": [{"server": "x", "transport": "sctp"}]}, "transport"),
        ({"delete": [5]}, "delete"),
        ({"rename": {}}, "create, delete, update"),
    ],
    ids=str,
)
def test_invalid_changes_change_nothing(emulator: Emulator, changes: dict[str, Any], words: str) -> None:
    emulator.seed({"phone_numbers": [{**BODY, "phoneNumber": "+2"}]})
    emulator.set(registration_follows_trunk=True)
    before = emulator.state()
    with pytest.raises(ControlError, match=words):
        valid = {TRUNK: {"server": "y"}, "agent-2": {"name": "y"}, NUMBER_ID: {"description": "y"}}
        emulator.mutate(**{**changes, "update": {**valid, **changes["update"]}} if changes.get("update") else changes)
    assert emulator.state() == before
