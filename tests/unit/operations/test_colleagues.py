# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Other people work while a task runs: what they wrote stays, and nothing is done that nobody approved."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.dasha.blackbox.plugins.module_utils._running.operation import Invocation, OperationSpec
from ansible_collections.dasha.blackbox.plugins.module_utils._running.progress import Progress
from ansible_collections.dasha.blackbox.plugins.module_utils._transport.response import HttpResponse
from unit.applying.emulated import EmulatedApi
from unit.harness import MODULES, NUMBER_ID, OTHER_ID, OTHER_TRUNK, TRUNK

Options = dict[str, Any]
# Positions of requests, and what happens before each of them arrives: a number of seconds pass, or somebody works.
Steps = dict[int, list[float | Callable[[], Any] | Options]]
FLEET = "sip_phone_numbers"
THIRD_TRUNK = "0e6a2b0c-4d7e-4c55-9a53-6f1b2c3d4e5f"
LIST = "GET sip-phone-numbers?skip=0&take=1000"
FIRST, SECOND = f"sip-phone-numbers/{NUMBER_ID}", f"sip-phone-numbers/{OTHER_ID}"
MOVED = {"update": {OTHER_ID: {"credentialsId": OTHER_TRUNK}}}
THEIRS = {"update": {OTHER_ID: {"description": "Theirs", "registration": True}}}
# The request after the listing takes minutes, so that the listing is old when the next one is sent.
SLOW = 300.0
RENAMES = {
    "phone_numbers": [{"phone_number": "+1", "display_name": "New"}, {"phone_number": "+2", "display_name": "New"}],
    "credentials_id": TRUNK,
}
PURGE = {"phone_numbers": [{"phone_number": "+1"}, {"phone_number": "+3"}], "credentials_id": TRUNK, "purge": True}


class Office(EmulatedApi):
    """An organization with the numbers +1 and +2 on one of three trunks, and two agents."""

    def __init__(self, **settings: Any) -> None:
        servers = {TRUNK: "a.example", OTHER_TRUNK: "b.example", THIRD_TRUNK: "c.example"}
        numbers = {NUMBER_ID: "+1", OTHER_ID: "+2"}
        seed = {
            "credentials": [{"id": trunk, "server": server} for trunk, server in servers.items()],
            "agents": [{"id": "agent-1"}, {"id": "agent-2"}],
            "phone_numbers": [
                {"id": each, "phoneNumber": phone, "credentialsId": TRUNK} for each, phone in numbers.items()
            ],
        }
        super().__init__(seed, **settings)
        self._steps: Steps = {}
        self._lines: list[str] = []

    def send(
        self, method: str, target: str, body: bytes | None, timeout: float, *, fresh: bool = False
    ) -> HttpResponse:
        line = f"{method} {target.removeprefix('/api/v1/')}"
        # That agents exist is checked before the first write of any run.
        if not line.startswith("GET agents"):
            steps = self._steps.get(len(self._lines), ())
            self._lines.append(line)
            for step in steps:
                self._happen(step)
        return super().send(method, target, body, timeout, fresh=fresh)

    def _happen(self, step: float | Callable[[], Any] | Options) -> None:
        if isinstance(step, float):
            self.clock.sleep(step)
        elif isinstance(step, dict):
            self.mutate(step)
        else:
            step()

    def play(
        self, module: str, options: Options, steps: Steps | None = None, *, check: bool = False
    ) -> tuple[dict[str, Any], list[str]]:
        """Run a task, and return its result and the requests that it sent."""
        outer = self._steps, self._lines
        self._steps, self._lines = steps or {}, []
        spec: OperationSpec = importlib.import_module(f"{MODULES}.{module}").SPEC
        defaults = {name: details.get("default") for name, details in spec.options.items()}
        connection = {"api_url": "http://localhost", "api_key": "key"}
        one_at_a_time = {"concurrency": 1} if "concurrency" in defaults else {}
        asked = {**defaults, **connection, **one_at_a_time, **options}
        result = spec.run(Invocation(asked, check, self.client(), Progress(self.clock)))
        lines = self._lines
        self._steps, self._lines = outer
        return {**result.values, "failed": "msg" in result.values}, lines


def writes_to(requests: list[str], path: str) -> list[str]:
    return [line for line in requests if path in line and not line.startswith("GET")]


def approved(api: Office, options: Options) -> Options:
    """Return the options with the id of the plan as it is now."""
    preview, _requests = api.play(FLEET, options, check=True)
    return {**options, "expected_plan_id": preview["plan_id"]}


# Updates


@pytest.mark.not_quick
def test_short_run_reads_nothing_twice() -> None:
    api = Office()
    result, requests = api.play(FLEET, RENAMES)
    assert requests == [LIST, f"PUT {FIRST}", f"PUT {SECOND}"]
    assert result["summary"]["updated"] == 2


def test_value_that_a_colleague_wrote_since_the_listing_is_kept() -> None:
    api = Office()
    result, requests = api.play(FLEET, RENAMES, {1: [SLOW], 2: [THEIRS]})
    assert requests == [LIST, f"PUT {FIRST}", f"GET {SECOND}", f"PUT {SECOND}"]
    number = api.numbers()[OTHER_ID]
    assert (number["displayName"], number["description"], number["registration"]) == ("New", "Theirs", True)
    assert (result["failed"], result["summary"]["updated"]) == (False, 2)


def test_field_of_a_newer_api_that_a_colleague_wrote_since_the_listing_is_kept() -> None:
    api = Office(unknown_fields="store")
    api.play(FLEET, RENAMES, {1: [SLOW], 2: [{"update": {OTHER_ID: {"routing": {"b": 2}}}}]})
    assert api.numbers()[OTHER_ID]["routing"] == {"b": 2}


def test_change_that_a_colleague_made_already_is_not_sent() -> None:
    api = Office()
    result, requests = api.play(FLEET, RENAMES, {1: [SLOW], 2: [{"update": {OTHER_ID: {"displayName": "New"}}}]})
    assert requests == [LIST, f"PUT {FIRST}", f"GET {SECOND}"]
    assert (result["summary"]["updated"], result["summary"]["unchanged"]) == (1, 1)
    assert [change["phone_number"] for change in result["changes"]] == ["+1"]


def test_change_reports_the_value_that_it_replaced() -> None:
    api = Office()
    result, _requests = api.play(FLEET, RENAMES, {1: [SLOW], 2: [{"update": {OTHER_ID: {"displayName": "Theirs"}}}]})
    assert [change["before"]["display_name"] for change in result["changes"]] == [None, "Theirs"]


@pytest.mark.parametrize(
    "entry", [{"display_name": "New"}, {"incoming_calls_agent_id": "agent-1"}], ids=["body", "link"]
)
def test_number_that_left_its_trunk_is_neither_moved_back_nor_changed(entry: Options) -> None:
    api = Office()
    entries = [{"phone_number": "+1", "display_name": "New"}, {"phone_number": "+2", **entry}]
    _result, requests = api.play(FLEET, {**RENAMES, "phone_numbers": entries}, {1: [SLOW], 2: [MOVED]})
    assert requests[:3] == [LIST, f"PUT {FIRST}", f"GET {SECOND}"]
    assert writes_to(requests, SECOND) == []
    number = api.numbers()[OTHER_ID]
    assert (number["credentialsId"], number["incomingCallsAgentId"]) == (OTHER_TRUNK, None)


def test_number_that_another_fleet_moved_first_is_left_to_it() -> None:
    """Two fleets take the same number from a trunk; the slower one listed it before the faster one moved it."""
    api = Office()
    moves = {"phone_numbers": [{"phone_number": "+2"}], "credentials_id": OTHER_TRUNK, "move_from": [TRUNK]}
    slow = {**moves, "phone_numbers": [{"phone_number": "+0"}, {"phone_number": "+2"}], "credentials_id": THIRD_TRUNK}
    _result, requests = api.play(FLEET, slow, {1: [SLOW, lambda: api.play(FLEET, moves)]})
    assert requests[:3] == [LIST, "POST sip-phone-numbers", f"GET {SECOND}"]
    assert writes_to(requests, SECOND) == []
    assert api.numbers()[OTHER_ID]["credentialsId"] == OTHER_TRUNK
    again, _requests = api.play(FLEET, moves)
    assert again["changed"] is False


def test_single_number_that_was_read_long_ago_keeps_what_a_colleague_wrote() -> None:
    api = Office()
    options = {"phone_number": "+2", "credentials_id": TRUNK, "display_name": "New"}
    options["outgoing_calls_agent_ids"] = ["agent-1"]
    result, requests = api.play("sip_phone_number", options, {1: [6.0, THEIRS]})
    assert requests[1:3] == [f"GET {SECOND}/affected-agents", f"GET {SECOND}"]
    link = "agent-link?mode=replaceOutbound&agentId=agent-1"
    assert writes_to(requests, SECOND) == [f"PUT {SECOND}", f"PUT {SECOND}/{link}"]
    assert (api.numbers()[OTHER_ID]["description"], result["failed"]) == ("Theirs", False)


def test_password_that_a_colleague_rotated_since_the_listing_is_not_set_back() -> None:
    api = Office(max_take=1)
    rotated = {"update": {TRUNK: {"authPassword": "rotated-Pv5nGh"}}}
    options = {"server": "a.example", "description": "New"}
    result, requests = api.play("sip_credential", options, {1: [6.0, rotated]})
    assert requests[-2:] == [f"GET sip-credentials/{TRUNK}", f"PUT sip-credentials/{TRUNK}"]
    assert api.trunks()[TRUNK]["authPassword"] == "rotated-Pv5nGh"
    assert (result["failed"], result["changed"]) == (False, True)


# Deletions


def test_unlisted_number_that_left_its_trunk_is_not_purged() -> None:
    api = Office()
    result, requests = api.play(FLEET, PURGE, {1: [SLOW], 2: [MOVED]})
    assert requests == [LIST, "POST sip-phone-numbers", f"GET {SECOND}"]
    assert api.numbers()[OTHER_ID]["credentialsId"] == OTHER_TRUNK
    assert (result["failed"], result["summary"]["created"], result["summary"]["deleted"]) == (False, 1, 0)


def test_unlisted_number_that_became_a_listed_one_is_not_purged() -> None:
    api = Office()
    renamed = {"update": {OTHER_ID: {"phoneNumber": "+3"}}}
    result, requests = api.play(FLEET, PURGE, {1: [SLOW, renamed]})
    assert requests[:2] == [LIST, "POST sip-phone-numbers"]
    assert writes_to(requests, SECOND) == []
    assert (result["failed"], result["changed"]) == (False, False)


def test_listed_number_that_left_its_trunk_is_not_deleted() -> None:
    api = Office()
    absent = {**RENAMES, "phone_numbers": [{"phone_number": "+1"}, {"phone_number": "+2"}], "state": "absent"}
    result, requests = api.play(FLEET, absent, {1: [SLOW], 2: [MOVED]})
    assert requests == [LIST, f"DELETE {FIRST}", f"GET {SECOND}"]
    assert (result["failed"], result["summary"]["deleted"], result["summary"]["unchanged"]) == (False, 1, 1)


def test_deletion_reports_the_number_as_it_was_deleted() -> None:
    api = Office()
    result, requests = api.play(FLEET, PURGE, {1: [SLOW], 2: [THEIRS]})
    assert requests == [LIST, "POST sip-phone-numbers", f"GET {SECOND}", f"DELETE {SECOND}"]
    (deleted,) = [change for change in result["changes"] if change["action"] == "delete"]
    assert (deleted["before"]["description"], deleted["before"]["registration"]) == ("Theirs", True)


# Approval


def test_approved_update_of_a_number_that_a_colleague_changed_fails() -> None:
    api = Office()
    result, requests = api.play(FLEET, approved(api, RENAMES), {1: [SLOW], 2: [THEIRS]})
    assert requests == [LIST, f"PUT {FIRST}", f"GET {SECOND}"]
    assert (result["failed"], result["changed"]) == (True, True)
    assert (result["summary"]["updated"], result["summary"]["failed"]) == (1, 1)
    (failure,) = result["failures"]
    assert (failure["phone_number"], failure["error"]["outcome"]) == ("+2", "not_sent")
    assert "description" in failure["msg"]


def test_approved_deletion_of_a_number_that_a_colleague_changed_fails() -> None:
    api = Office()
    result, requests = api.play(FLEET, approved(api, PURGE), {1: [SLOW], 2: [THEIRS]})
    assert requests == [LIST, "POST sip-phone-numbers", f"GET {SECOND}"]
    assert (result["summary"]["created"], result["summary"]["failed"]) == (1, 1)
    assert "description" in result["failures"][0]["msg"]


@pytest.mark.parametrize(
    "entry", [{}, {"display_name": "Ours"}, {"incoming_calls_agent_id": "agent-1"}], ids=["bare", "body", "link"]
)
def test_approved_creation_of_a_number_that_a_colleague_created_fails(entry: Options) -> None:
    api = Office()
    options = {"phone_numbers": [{"phone_number": "+3", **entry}], "credentials_id": TRUNK}
    theirs = {"phoneNumber": "+3", "credentialsId": TRUNK, "displayName": "Theirs"}
    result, requests = api.play(FLEET, approved(api, options), {1: [{"create": [theirs]}]})
    assert [line.partition(" ")[0] for line in requests] == ["GET", "POST", "GET"]
    assert (result["failed"], result["changed"], result["changes"]) == (True, False, [])
    (number,) = [one for one in api.numbers().values() if one["phoneNumber"] == "+3"]
    assert (number["displayName"], number["incomingCallsAgentId"]) == ("Theirs", None)


# Links


@pytest.mark.parametrize("module", ["sip_phone_number", FLEET])
def test_incoming_link_that_a_colleague_changed_is_no_sign_of_an_old_deployment(module: str) -> None:
    api = Office()
    entry = {"phone_number": "+1", "credentials_id": TRUNK, "outgoing_calls_agent_ids": ["agent-1"]}
    options = entry if module != FLEET else {"phone_numbers": [entry]}
    result, requests = api.play(module, options, {2: [{"update": {NUMBER_ID: {"incomingCallsAgentId": "agent-2"}}}]})
    assert requests[2:] == [f"PUT {FIRST}/agent-link?mode=replaceOutbound&agentId=agent-1"]
    assert (result["failed"], result["changed"]) == (False, True)
    assert (api.numbers()[NUMBER_ID]["incomingCallsAgentId"], api.organization.agents["agent-1"].outbound) == (
        "agent-2",
        NUMBER_ID,
    )
