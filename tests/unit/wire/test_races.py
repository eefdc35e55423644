# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Somebody else was faster, or something stands in the way: what a task then reports is what it did."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from emulator.client import Emulator
from unit.harness import NUMBER_ID, OTHER_TRUNK, TRUNK

Run = Callable[..., dict[str, Any]]
NUMBER: dict[str, Any] = {"id": NUMBER_ID, "phoneNumber": "+1", "credentialsId": TRUNK, "displayName": "Theirs"}
PAIR = {"phone_number": "+1", "credentials_id": TRUNK}


def methods(emulator: Emulator) -> list[str]:
    return [entry["method"] for entry in emulator.requests()]


def run_one(run: Run, **options: Any) -> tuple[dict[str, Any], str | None]:
    """Return the result for a single number, and its action by the diff."""
    result = run("sip_phone_number", **PAIR, **options)
    diff = result.get("diff", {"before": "", "after": ""})
    actions = {(False, True): "create", (True, True): "update", (True, False): "delete"}
    return result, actions.get((bool(diff["before"]), bool(diff["after"]))) if result["changed"] else None


def run_many(run: Run, state: str = "present", **entry: Any) -> tuple[dict[str, Any], str | None]:
    """Return the result for a fleet of one, and what was done."""
    result = run("sip_phone_numbers", phone_numbers=[{**PAIR, **entry}], state=state)
    assert sum(result["summary"].values()) == 1
    return result, result["changes"][0]["action"] if result["changes"] else None


both = pytest.mark.parametrize("task", [run_one, run_many], ids=["one", "many"])


def somebody_creates(emulator: Emulator, **fault: Any) -> None:
    rule = {"match": {"method": "POST"}, "times": 1, "mutate": {"create": [NUMBER]}}
    emulator.fault({**rule, "fault": fault} if fault else rule)


@both
def test_number_that_somebody_else_created_as_desired_is_unchanged(emulator: Emulator, run: Run, task: Any) -> None:
    somebody_creates(emulator)
    result, action = task(run, display_name="Theirs")
    assert (result["failed"], result["changed"], action) == (False, False, None)
    assert methods(emulator) == ["GET", "POST", "GET"]


@both
def test_number_that_somebody_else_created_is_updated_and_reported_so(emulator: Emulator, run: Run, task: Any) -> None:
    somebody_creates(emulator)
    result, action = task(run, display_name="Ours")
    assert (result["failed"], result["changed"], action) == (False, True, "update")
    assert methods(emulator) == ["GET", "POST", "GET", "PUT"]


@both
def test_number_that_somebody_else_created_and_that_cannot_be_updated_is_a_failed_update(
    emulator: Emulator, run: Run, task: Any
) -> None:
    somebody_creates(emulator)
    emulator.fault({"match": {"method": "PUT"}, "times": None, "fault": {"status": 400}})
    result, action = task(run, display_name="Ours")
    assert (result["failed"], result["changed"], action) == (True, False, None)
    assert result["error"]["method"] == "PUT"
    assert [failure["action"] for failure in result.get("failures", [])] in ([], ["update"])


@both
def test_number_that_somebody_else_created_and_whose_link_fails_is_an_update(
    emulator: Emulator, run: Run, task: Any
) -> None:
    somebody_creates(emulator)
    emulator.fault({"match": {"path": "agent-link"}, "times": 1, "fault": {"status": 404, "body": {"title": "No"}}})
    result, action = task(run, display_name="Ours", incoming_calls_agent_id="agent-1")
    assert (result["failed"], result["changed"]) == (True, True)
    assert "The object exists" in result["msg"]
    if task is run_many:
        assert (action, result["changes"][0]["before"]["display_name"]) == ("update", "Theirs")


@both
@pytest.mark.parametrize("fault", [{"drop": "after"}, {"truncate": True}, {"status": 500, "done": True}], ids=str)
def test_number_whose_creation_has_a_lost_response_is_created(
    emulator: Emulator, run: Run, task: Any, fault: dict[str, Any]
) -> None:
    emulator.fault({"match": {"method": "POST"}, "times": 1, "fault": fault})
    result, action = task(run, display_name="Ours")
    assert (result["failed"], result["changed"], action) == (False, True, "create")
    assert methods(emulator).count("POST") == 1


@pytest.mark.not_quick
@both
def test_deletion_refused_by_the_rate_limit_until_somebody_else_deleted_is_unchanged(
    emulator: Emulator, run: Run, task: Any
) -> None:
    emulator.seed({"phone_numbers": [NUMBER]})
    refusal = {"match": {"method": "DELETE"}, "times": 1, "fault": {"status": 429}, "mutate": {"delete": ["+1"]}}
    emulator.fault(refusal)
    result, action = task(run, state="absent")
    assert (result["failed"], result["changed"], action) == (False, False, None)
    assert methods(emulator) == ["GET", "DELETE", "DELETE"]


@pytest.mark.not_quick
@both
@pytest.mark.parametrize("fault", [{"drop": "after"}, {"status": 502, "done": True}], ids=str)
def test_deletion_whose_response_is_lost_is_a_change(
    emulator: Emulator, run: Run, task: Any, fault: dict[str, Any]
) -> None:
    emulator.seed({"phone_numbers": [NUMBER]})
    emulator.fault({"match": {"method": "DELETE"}, "times": 1, "fault": fault})
    result, action = task(run, state="absent")
    assert (result["failed"], result["changed"], action) == (False, True, "delete")


@both
@pytest.mark.parametrize("times", [1, None])
def test_unlinking_is_a_change_though_the_number_cannot_be_read_again(
    emulator: Emulator, run: Run, task: Any, times: int | None
) -> None:
    emulator.seed({"phone_numbers": [{**NUMBER, "incomingCallsAgentId": "agent-1"}]})
    emulator.fault(
        {"match": {"method": "DELETE"}, "times": 1, "fault": {"status": 204}},
        {"match": {"method": "GET", "path": f"{NUMBER_ID}$"}, "times": times, "fault": {"status": 400}},
    )
    result, _action = task(run, incoming_calls_agent_id="")
    assert (result["failed"], result["changed"]) == (True, True)


# Registration after a move


@pytest.mark.slow
@pytest.mark.parametrize("module", ["sip_phone_number", "sip_phone_numbers"])
def test_number_moved_to_a_trunk_with_a_wrong_password_is_not_registered(
    emulator: Emulator, run: Run, module: str
) -> None:
    """Until the new trunk refuses it, the API goes on to report the registration at the old one."""
    refusal = {"credentials_id": OTHER_TRUNK, "error_description": "bad login"}
    emulator.set(registration_delay=1, registration_stale=True, registration_failures=[refusal])
    emulator.seed({"phone_numbers": [{**NUMBER, "registration": True}]})
    emulator.clock(advance=60)
    move = {"id": NUMBER_ID, "credentials_id": OTHER_TRUNK}
    options = {"phone_numbers": [move]} if module == "sip_phone_numbers" else move
    result = run(module, **options, wait_for_registration=True, wait_timeout=10)
    assert (result["failed"], result["changed"]) == (True, True)
    assert "bad login" in result["msg"]


# Objects of a provider


@pytest.mark.parametrize("check", [False, True], ids=["real", "check"])
@both
@pytest.mark.parametrize("options", [{"display_name": "Ours"}, {"state": "absent"}, {"registration": True}], ids=str)
def test_number_of_a_provider_is_refused_in_both_modes_without_advising_force(
    emulator: Emulator, run: Run, task: Any, options: dict[str, Any], check: bool
) -> None:
    emulator.seed({"phone_numbers": [{**NUMBER, "providerId": OTHER_TRUNK, "registration": False}]})
    result, action = task(lambda name, **given: run(name, check=check, **given), **options)
    assert (result["failed"], result["changed"], action) == (True, False, None)
    assert "can only be changed or deleted through that provider" in result["msg"]
    assert "force" not in result["msg"]
    assert set(methods(emulator)) == {"GET"}


@both
def test_agent_of_a_number_of_a_provider_is_linked(emulator: Emulator, run: Run, task: Any) -> None:
    emulator.seed({"phone_numbers": [{**NUMBER, "providerId": OTHER_TRUNK}]})
    result, action = task(run, incoming_calls_agent_id="agent-1")
    assert (result["failed"], action) == (False, "update")
    assert methods(emulator)[1:] == ["GET", "PUT"]
