# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What keeps a plan from being applied: limits, the id of the expected plan, and an approval that does not cover it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.dasha.blackbox.plugins.module_utils._common.errors import InvalidOptionsError
from ansible_collections.dasha.blackbox.plugins.module_utils._operations._approval import Limits, read_limits
from ansible_collections.dasha.blackbox.plugins.module_utils._operations._fleet_report import Families, FleetReport
from ansible_collections.dasha.blackbox.plugins.module_utils._operations._names import KnownNames
from ansible_collections.dasha.blackbox.plugins.module_utils._planning.fleet import (
    FleetPlan,
    Purge,
    match_all,
    plan_fleet,
)
from ansible_collections.dasha.blackbox.plugins.module_utils._planning.nested import nest
from ansible_collections.dasha.blackbox.plugins.module_utils._planning.plan_id import change_id, step_ids
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.desired import Desired
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.sip_credential import CREDENTIAL
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.sip_phone_number import PHONE_NUMBER
from ansible_collections.dasha.blackbox.plugins.module_utils._running.labels import Labels
from unit.harness import NUMBER_ID, OTHER_TRUNK, TRUNK

FAMILIES = Families((PHONE_NUMBER,))
NAMES = KnownNames({TRUNK: "u@sip.example.com"})
OPTIONS: dict[str, Any] = {"max_deletions": 10, "max_updates": None, "expected_plan_id": None, "approval": None}
NO_LIMITS = Limits(1000)


def number(index: int, **fields: Any) -> dict[str, Any]:
    return {"id": f"{NUMBER_ID[:-2]}{index:02}", "phoneNumber": f"+{index}", "credentialsId": TRUNK, **fields}


def wish(index: int, **values: Any) -> Desired:
    key = {"phone_number": f"+{index}", "credentials_id": TRUNK}
    return Desired(PHONE_NUMBER, None, {**key, **values}, location=f"list[{index}]")


def plan_of(wanted: list[Desired], existing: list[dict[str, Any]], purge: bool = False) -> FleetPlan:
    matches = match_all(wanted, existing, PHONE_NUMBER)
    return plan_fleet(PHONE_NUMBER, matches, existing, purge=Purge((), False) if purge else None)


def report_of(wanted: list[Desired], existing: list[dict[str, Any]], purge: bool = False) -> FleetReport:
    return FleetReport(FAMILIES, plan_of(wanted, existing, purge), NAMES)


def approving(report: FleetReport) -> Limits:
    """Return the limits of a task that got the approval of a plan through JSON."""
    approval = json.loads(json.dumps(report.approval))
    return read_limits({**OPTIONS, "max_deletions": 1000, "approval": approval}, Labels())


# Options


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"expected_plan_id": ""}, "expected_plan_id must not be empty"),
        ({"expected_plan_id": "  "}, "expected_plan_id must not be empty"),
        ({"max_deletions": -1}, "max_deletions must be at least 0"),
        ({"max_updates": -1}, "max_updates must be at least 0"),
        ({"approval": {}}, "approval must be the value approval in the result of a preview"),
        ({"approval": {"plan_id": "x"}}, "approval must be the value approval"),
        ({"approval": {"change_ids": None}}, "approval must be the value approval"),
        ({"approval": {"change_ids": "abc"}}, "approval must be the value approval"),
        ({"approval": {"change_ids": {"a": 1}}}, "approval must be the value approval"),
        ({"approval": {"change_ids": ["a", 7]}}, "approval must be the value approval"),
    ],
    ids=str,
)
def test_limit_that_limits_nothing_is_refused(options: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidOptionsError) as caught:
        read_limits({**OPTIONS, **options}, Labels())
    assert str(caught.value).startswith(words)


def test_everything_wrong_with_the_limits_is_reported_at_once() -> None:
    with pytest.raises(InvalidOptionsError) as caught:
        read_limits({"max_deletions": -1, "max_updates": -1, "expected_plan_id": "", "approval": {}}, Labels())
    assert caught.value.lines[0] == "4 errors:"


def test_nulls_limit_only_deletions() -> None:
    limits = read_limits(OPTIONS, Labels())
    assert limits == Limits(10)._replace(labels=limits.labels)
    assert not limits.approved


@pytest.mark.parametrize("options", [{"expected_plan_id": "x"}, {"approval": {"change_ids": []}}], ids=str)
def test_plan_is_an_approved_one_with_either_option(options: dict[str, Any]) -> None:
    assert read_limits({**OPTIONS, **options}, Labels()).approved


# Limits


@pytest.mark.parametrize("limit", [0, 1, 2, 3])
def test_more_deletions_than_allowed_are_refused_and_named(limit: int) -> None:
    refusal = report_of([wish(1)], [number(index) for index in (1, 2, 3)], purge=True).refusal(Limits(limit))
    if limit >= 2:
        assert refusal == ""
        return
    assert refusal.startswith(f"2 phone numbers would be deleted, more than max_deletions ({limit}) allows")
    assert "phone number '+2' on trunk u@sip.example.com" in refusal
    assert "phone number '+3' on trunk u@sip.example.com" in refusal
    assert refusal.endswith("set max_deletions to 2.")


@pytest.mark.parametrize("limit", [None, 0, 1, 2])
def test_more_updates_than_allowed_are_refused_and_named(limit: int | None) -> None:
    wanted = [wish(index, display_name="New") for index in (1, 2, 3)]
    refusal = report_of(wanted, [number(1), number(2)]).refusal(Limits(0, limit))
    if limit is None or limit >= 2:
        assert refusal == ""
        return
    assert refusal.startswith(f"2 phone numbers would be updated, more than max_updates ({limit}) allows")
    assert "'+3'" not in refusal


def test_limit_counts_trunks_and_what_goes_with_them() -> None:
    trunks = [{"id": TRUNK, "server": "a", "authUser": None}, {"id": OTHER_TRUNK, "server": "b", "authUser": None}]
    numbers = [number(1), number(2), number(3)]
    keys = [{"server": each["server"], "auth_user": None} for each in trunks]
    gone = [Desired(CREDENTIAL, None, key, present=False, force=True, location="trunks") for key in keys]
    parents = plan_fleet(CREDENTIAL, match_all(gone, trunks, CREDENTIAL), trunks)
    plan = nest(parents, plan_of([], []), numbers, PHONE_NUMBER)
    report = FleetReport(Families((CREDENTIAL, PHONE_NUMBER), nested=True), plan, NAMES)
    assert report.refusal(Limits(5)) == ""
    assert report.refusal(Limits(4)).startswith("2 SIP credentials and 3 phone numbers would be deleted")
    summary = report.refused("x").values["summary"]
    assert (summary["trunks"]["not_attempted"], summary["phone_numbers"]["not_attempted"]) == (2, 3)


# Expected plans


def test_expected_plan_is_the_only_one_that_is_applied() -> None:
    report, other = report_of([wish(1)], []), report_of([wish(2)], [])
    assert report.refusal(Limits(10, expected_plan_id=report.plan_id)) == ""
    refusal = report.refusal(Limits(10, expected_plan_id=other.plan_id))
    assert refusal.startswith("The plan is not the expected one, so nothing was done")
    assert refusal.endswith("Preview and approve again.")


@pytest.mark.parametrize("expected", ["anything", "0" * 32])
def test_plan_without_writes_is_any_expected_one(expected: str) -> None:
    assert report_of([wish(1)], [number(1)]).refusal(Limits(10, expected_plan_id=expected)) == ""


def test_plan_of_which_a_part_failed_says_so() -> None:
    unknown = Desired(PHONE_NUMBER, NUMBER_ID, {"display_name": "x"}, location="list[0]")
    refusal = report_of([unknown, wish(1)], []).refusal(Limits(10, expected_plan_id="x"))
    assert "A part of it failed: Reading phone number" in refusal
    assert "no phone number has this id" in refusal


# Approvals


def test_approval_covers_its_plan_and_every_part_of_it() -> None:
    existing = [number(2, incomingCallsAgentId="agent-1", displayName="Old"), number(3)]
    wanted = [wish(1, incoming_calls_agent_id="agent-2"), wish(2, display_name="New", incoming_calls_agent_id=None)]
    limits = approving(report_of(wanted, existing, purge=True))
    created = number(1)
    for left in ([created, *existing], [{**created, "incomingCallsAgentId": "agent-2"}, *existing], existing[:1]):
        assert report_of(wanted, left, purge=True).refusal(limits) == ""
    updated = [{**existing[0], "displayName": "New"}, existing[1]]
    assert report_of(wanted, updated, purge=True).refusal(limits) == ""


NOT_COVERED: dict[str, tuple[list[Desired], list[dict[str, Any]], str]] = {
    "another value": ([wish(1, display_name="Newer")], [number(1)], "'+1'"),
    "another start": ([wish(1, display_name="New")], [number(1, description="Theirs")], "'+1'"),
    "another number as well": ([wish(1, display_name="New"), wish(2)], [number(1)], "'+2'"),
    "a deletion as well": ([wish(1, display_name="New")], [number(1), number(2)], "'+2'"),
    "a link as well": ([wish(1, display_name="New", incoming_calls_agent_id="agent-1")], [number(1)], "'+1'"),
    "a creation instead": ([wish(1, display_name="New")], [], "'+1'"),
}


@pytest.mark.parametrize("name", NOT_COVERED)
def test_write_that_is_not_approved_is_refused_and_named(name: str) -> None:
    wanted, existing, named = NOT_COVERED[name]
    limits = approving(report_of([wish(1, display_name="New")], [number(1)]))
    report = report_of(wanted, existing, purge=True)
    refusal = report.refusal(limits)
    assert refusal.startswith(
        f"The approval does not cover phone number {named} on trunk u@sip.example.com, so nothing"
    )
    assert refusal.endswith("Preview and approve again.")
    assert not [change for change in report.approval["change_ids"] if change in refusal]


def test_approved_changes_that_are_not_planned_lead_to_a_warning() -> None:
    whole = report_of([wish(1, display_name="New"), wish(2)], [number(1), number(3)], purge=True)
    limits = approving(whole)
    assert (whole.unplanned(limits), whole.unplanned(NO_LIMITS)) == ((), ())
    parts = [
        report_of([wish(1, display_name="New"), wish(2)], [number(1), number(3)]),
        report_of([wish(1), wish(2)], [number(1), number(2)], purge=True),
    ]
    for part in parts:
        assert part.refusal(limits) == ""
        assert "changes that are not in the plan" in "".join(part.unplanned(limits))


def test_many_writes_that_are_not_approved_are_counted() -> None:
    refusal = report_of([wish(index) for index in range(1, 15)], []).refusal(approving(report_of([], [])))
    assert "'+10' on trunk u@sip.example.com and 4 others, so nothing was done" in refusal


def test_refusals_print_no_id_to_paste() -> None:
    report = report_of([wish(1), wish(2, incoming_calls_agent_id="agent-1")], [])
    for limits in (
        approving(report_of([], [])),
        Limits(10, expected_plan_id="x"),
        Limits(10, expected_plan_id="y" * 32),
    ):
        refusal = report.refusal(limits)
        assert refusal
        assert not [each for each in (report.plan_id, *report.approval["change_ids"]) if each in refusal]


def test_refused_result_shows_the_current_plan_with_its_approval() -> None:
    report = report_of([wish(1, display_name="New")], [number(1)])
    values = report.refused("No.").values
    assert (values["plan_id"], values["approval"], values["applied"]) == (report.plan_id, report.approval, False)
    (change,) = values["changes"]
    assert (change["action"], change["after"]["display_name"]) == ("update", "New")
    assert change["change_id"] in values["approval"]["change_ids"]


def test_both_options_have_to_allow_a_plan() -> None:
    report, other = report_of([wish(1)], []), report_of([wish(1), wish(2)], [])
    both = approving(other)._replace(expected_plan_id=other.plan_id)
    assert other.refusal(both) == ""
    assert report.refusal(both).startswith("The plan is not the expected one")
    assert report.refusal(both._replace(expected_plan_id=None)) == ""


def test_approval_holds_the_ids_of_changes_and_of_their_requests() -> None:
    plan = plan_of([wish(1, incoming_calls_agent_id="agent-1")], [])
    (write,) = plan.writes
    steps = step_ids(write, NAMES.identities)
    assert len(steps) == 2
    assert FleetReport(FAMILIES, plan, NAMES).approval["change_ids"] == sorted([*steps, change_id(steps)])
