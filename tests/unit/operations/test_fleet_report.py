# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report of a fleet, by property: every object is counted once, whatever became of it."""

from __future__ import annotations

import json
import uuid
from typing import Any, NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.dasha.blackbox.plugins.module_utils._applying.failure import PlanFailure, Written
from ansible_collections.dasha.blackbox.plugins.module_utils._applying.fleet import PlanResult
from ansible_collections.dasha.blackbox.plugins.module_utils._operations._fleet_report import Families, FleetReport
from ansible_collections.dasha.blackbox.plugins.module_utils._operations._names import KnownNames
from ansible_collections.dasha.blackbox.plugins.module_utils._planning.fleet import FleetPlan, Match, Stage
from ansible_collections.dasha.blackbox.plugins.module_utils._planning.plan import (
    NOOP,
    Create,
    Delete,
    Noop,
    Outcome,
    Update,
    describe_unchanged,
    make_plan,
)
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.desired import Desired
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.sip_phone_number import PHONE_NUMBER
from ansible_collections.dasha.blackbox.plugins.module_utils._transport.errors import ApiError, UnexpectedError
from unit.harness import TRUNK

WRITES = ["create", "update", "link", "delete", "purge"]
ENDS = ["done", "not attempted", "refused", "lost", "surprise", "half done", "unregistered", "done by others"]
ENDS += ["refused by another", "half done by another"]
WRITTEN = {"incoming_calls_agent_id": "agent-2"}
FAMILIES = Families((PHONE_NUMBER,))
NAMES = KnownNames({TRUNK: "u@sip.example.com"})
IDENTITY = ["object", "action", "id", "phone_number", "credentials_id", "trunk", "change_id", "before", "after"]
SUMMARY = ["created", "updated", "deleted", "unchanged", "failed", "not_attempted"]
DONE = {"create": "created", "update": "updated", "link": "updated", "delete": "deleted", "purge": "deleted"}


class Case(NamedTuple):
    kind: str
    end: str
    by_id: bool

    def count_as(self) -> str:
        """Return where the object is to be counted."""
        if self.kind in ("impossible", "impossible deletion"):
            return "failed"
        if self.kind in ("unchanged", "gone"):
            return "failed" if self.end == "unregistered" and self.kind == "unchanged" else "unchanged"
        if self.end == "not attempted":
            return "not_attempted"
        if self.end == "done" or (self.end == "unregistered" and self.is_deletion):
            return DONE[self.kind]
        return "unchanged" if self.end == "done by others" else "failed"

    @property
    def is_deletion(self) -> bool:
        return self.kind in ("delete", "purge")

    def is_written(self) -> bool:
        """Whether something was written for the object."""
        if self.kind not in WRITES:
            return False
        half = self.end.startswith("half done") and not self.is_deletion
        return half or self.end in ("done", "unregistered")


def number(index: int) -> dict[str, Any]:
    return {
        "id": str(uuid.UUID(int=index + 1)),
        "phoneNumber": f"+{index}",
        "credentialsId": TRUNK,
        "displayName": "Old",
        "registration": True,
        "incomingCallsAgentId": "agent-1",
    }


def plan_of(case: Case, index: int) -> Any:
    obj = number(index)
    key = {} if case.by_id and case.kind != "create" else {"phone_number": f"+{index}", "credentials_id": TRUNK}
    values = {
        "create": {**key, "display_name": "New", "incoming_calls_agent_id": "agent-2"},
        "update": {**key, "display_name": "New", "incoming_calls_agent_id": "agent-2"},
        "link": {**key, "incoming_calls_agent_id": "agent-2"},
        "purge": {},
    }.get(case.kind, key)
    object_id = obj["id"] if case.by_id or case.kind == "purge" else None
    desired = Desired(PHONE_NUMBER, object_id, values, present=not case.is_deletion and case.kind != "gone")
    return make_plan(desired, None if case.kind in ("create", "gone") else obj)


def failure_of(case: Case, plan: Any, obj: dict[str, Any]) -> PlanFailure:
    path = PHONE_NUMBER.path
    if case.end == "surprise":
        return PlanFailure(UnexpectedError(KeyError("x"), "PUT", path), plan)
    error = ApiError("PUT", path, status=None if case.end == "lost" else 400, title="No", outcome="unknown")
    written = Written()
    if case.end.startswith("half done") and not case.is_deletion:
        written.note(obj, WRITTEN)
    tried: Any = plan
    if case.end.endswith("by another") and isinstance(plan, Create):
        tried = make_plan(plan.desired, obj)
    return PlanFailure(error, tried, written)


def result_of(case: Case, plan: Any, index: int) -> PlanResult:
    obj = number(index)
    if case.end == "not attempted":
        return PlanResult(plan)
    if case.end == "done by others":
        gone = case.is_deletion
        return PlanResult(plan, Outcome(NOOP, {}, {}, None) if gone else describe_unchanged(Noop(plan.desired, obj)))
    if case.end in ("done", "unregistered"):
        after = None if case.is_deletion else obj
        return PlanResult(plan, Outcome(plan.action, plan.before, plan.after, plan.predicted, after))
    return PlanResult(plan, failure=failure_of(case, plan, obj))


def report_of(cases: list[Case], applied: bool = True) -> Any:
    plans = [(case, plan_of(case, index), index) for index, case in enumerate(cases)]
    impossible = [
        impossible_match(index, case.kind == "impossible")
        for case, _plan, index in plans
        if case.kind.startswith("impossible")
    ]
    written = [each for each in plans if each[0].kind in WRITES]
    fleet_plan = FleetPlan(
        [
            Stage([plan for _case, plan, _index in written if isinstance(plan, (Create, Update))]),
            Stage([plan for _case, plan, _index in written if isinstance(plan, Delete)], takes_away=True),
        ],
        [plan for case, plan, _index in plans if case.kind in ("unchanged", "gone")],
        impossible,
    )
    results = [result_of(case, plan, index) for case, plan, index in written]
    waits = {
        number(index)["id"]: PlanFailure(ApiError("GET", "/", title="Not registered"), verb="Waiting for")
        for case, _plan, index in plans
        if case.end == "unregistered" and case.count_as() == "failed" and not case.kind.startswith("impossible")
    }
    return FleetReport(FAMILIES, fleet_plan, NAMES).result(results, waits, applied=applied)


def impossible_match(index: int, present: bool) -> Match:
    desired = Desired(PHONE_NUMBER, str(uuid.UUID(int=index + 1)), {"display_name": "x"}, present)
    return Match(desired, None, (None, None), error=ApiError("GET", "/"))


kinds = st.sampled_from([*WRITES, "unchanged", "gone", "impossible", "impossible deletion"])
cases = st.lists(st.builds(Case, kinds, st.sampled_from(ENDS), st.booleans()), max_size=12)


@given(cases)
def test_every_object_is_counted_once_and_where_it_belongs(cases: list[Case]) -> None:
    summary = report_of(cases).values["summary"]
    expected = dict.fromkeys(SUMMARY, 0)
    for case in cases:
        expected[case.count_as()] += 1
    assert summary == expected
    assert sum(summary.values()) == len(cases)


@given(cases)
def test_every_failed_object_is_in_failures_once_with_its_reason(cases: list[Case]) -> None:
    values = report_of(cases).values
    assert len(values["failures"]) == values["summary"]["failed"]
    assert ("msg" in values) == ("error" in values) == bool(values["failures"])
    for failure in values["failures"]:
        assert list(failure) == [*IDENTITY, "location", "error", "msg"]
        assert failure["object"] == "phone_number"
        assert failure["action"] in ("create", "update", "delete", "wait")
        assert failure["msg"]
    assert len({failure["phone_number"] or failure["id"] for failure in values["failures"]}) == len(values["failures"])


@given(cases)
def test_every_write_is_in_changes_once_and_nothing_else_is(cases: list[Case]) -> None:
    values = report_of(cases).values
    written = [index for index, case in enumerate(cases) if case.is_written()]
    assert sorted(change["phone_number"] for change in values["changes"]) == sorted(f"+{index}" for index in written)
    assert values["changed"] == bool(written)
    assert len(values["diff"]) == len(written)
    for change in values["changes"]:
        assert list(change) == IDENTITY
        assert (change["object"], change["trunk"]) == ("phone_number", "u@sip.example.com")
        case = cases[int(change["phone_number"])]
        adopted = case.kind == "create" and case.end.endswith("by another")
        assert DONE[change["action"]] == ("updated" if adopted else DONE[case.kind])
        assert change["id"] == number(int(change["phone_number"]))["id"]
        assert (change["before"] == {}) == (change["action"] == "create")


@given(cases)
def test_result_is_plain_json(cases: list[Case]) -> None:
    values = report_of(cases).values
    assert json.loads(json.dumps(values)) == values


@given(cases)
def test_plan_id_does_not_depend_on_what_became_of_the_plan(cases: list[Case]) -> None:
    others = [case._replace(end="not attempted") for case in cases]
    assert report_of(cases).values["plan_id"] == report_of(others).values["plan_id"]


@given(cases)
def test_part_of_a_change_is_reported_with_what_was_written_and_nothing_else(cases: list[Case]) -> None:
    for change in report_of(cases).values["changes"]:
        case = cases[int(change["phone_number"])]
        if not case.end.startswith("half done"):
            continue
        differing = {option for option, value in change["after"].items() if change["before"].get(option) != value}
        if change["action"] == "create":
            assert change["after"] == WRITTEN
        else:
            assert (differing, change["after"]["incoming_calls_agent_id"]) == (set(WRITTEN), "agent-2")


@given(cases)
def test_changes_have_the_ids_that_an_approval_of_the_plan_holds(cases: list[Case]) -> None:
    values = report_of(cases).values
    assert values["approval"]["plan_id"] == values["plan_id"]
    approved = values["approval"]["change_ids"]
    assert approved == sorted(set(approved))
    ids = [change["change_id"] for change in values["changes"]]
    assert len(ids) == len(set(ids))
    assert set(approved) >= set(ids)
    assert all(failure["change_id"] in {None, *approved} for failure in values["failures"])


@given(cases)
def test_preview_has_the_approval_of_the_run(cases: list[Case]) -> None:
    preview, run = report_of(cases, applied=False).values, report_of(cases).values
    assert (preview["approval"], preview["applied"], run["applied"]) == (run["approval"], False, True)


def test_refused_plan_keeps_its_warnings_and_counts_what_is_impossible() -> None:
    plan = FleetPlan([], [], [impossible_match(0, True)], ("They differ only in formatting.",))
    refused = FleetReport(FAMILIES, plan).refused("another")
    assert refused.warnings == plan.warnings
    assert refused.values["summary"] == {**dict.fromkeys(SUMMARY, 0), "failed": 1}
    assert (refused.values["changed"], refused.values["applied"]) == (False, False)
