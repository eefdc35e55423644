# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A plan of which only the first requests were applied, by property: what is reported of it, and what is left to do."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ansible_collections.dasha.blackbox.plugins.module_utils._applying.apply import apply
from ansible_collections.dasha.blackbox.plugins.module_utils._applying.failure import PlanFailure
from ansible_collections.dasha.blackbox.plugins.module_utils._applying.freshness import Basis
from ansible_collections.dasha.blackbox.plugins.module_utils._planning.plan import Noop, Plan, make_plan
from ansible_collections.dasha.blackbox.plugins.module_utils._planning.plan_id import change_id, step_ids
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.desired import Desired
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.sip_credential import CREDENTIAL
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.sip_phone_number import PHONE_NUMBER
from ansible_collections.dasha.blackbox.plugins.module_utils._running.messages import message
from unit.applying.emulated import EmulatedApi
from unit.harness import NUMBER_ID, OTHER_ID, OTHER_TRUNK, TRUNK

AGENTS = ["agent-1", "agent-2", "agent-3"]
TRUNKS = [TRUNK, OTHER_TRUNK]
NAMES = {TRUNK: "u@sip.example.com", OTHER_TRUNK: "sip.example.org"}
# More than any plan has.
MOST_REQUESTS = 8


class Start(NamedTuple):
    """A phone number, and who calls from it; the agents that do not call from another one."""

    fields: dict[str, Any]
    callers: list[str]

    def seed(self, *, exists: bool) -> dict[str, Any]:
        other = {"id": OTHER_ID, "phoneNumber": "+9", "credentialsId": OTHER_TRUNK}
        mine = {"id": NUMBER_ID, "phoneNumber": "+1", "credentialsId": TRUNK, **self.fields}
        outbound = {agent: NUMBER_ID if agent in self.callers and exists else OTHER_ID for agent in AGENTS}
        return {
            "credentials": [
                {"id": TRUNK, "server": "sip.example.com", "authUser": "u"},
                {"id": OTHER_TRUNK, "server": "sip.example.org"},
            ],
            "agents": [{"id": agent, "name": agent, "outbound": outbound[agent]} for agent in AGENTS],
            "phone_numbers": [other, *([mine] if exists else [])],
        }


texts = st.sampled_from([None, "Old", "New"])
callers = st.lists(st.sampled_from(AGENTS), unique=True)
starts = st.builds(
    Start,
    st.fixed_dictionaries(
        {},
        optional={
            "displayName": texts,
            "description": texts,
            "registration": st.booleans(),
            "incomingCallsAgentId": st.sampled_from([None, *AGENTS]),
        },
    ),
    callers,
)
values = st.fixed_dictionaries(
    {},
    optional={
        "display_name": texts,
        "description": texts,
        "registration": st.booleans(),
        "incoming_calls_agent_id": st.sampled_from([None, *AGENTS]),
        "outgoing_calls_agent_ids": callers,
    },
)
keys = st.fixed_dictionaries(
    {}, optional={"phone_number": st.sampled_from(["+1", "+2"]), "credentials_id": st.sampled_from(TRUNKS)}
)
by_key = st.builds(
    lambda managed: Desired(PHONE_NUMBER, None, {"phone_number": "+1", "credentials_id": TRUNK, **managed}), values
)
by_id = st.builds(lambda key, managed: Desired(PHONE_NUMBER, NUMBER_ID, {**key, **managed}), keys, values)
# A creation, an update of what the key or the id identifies, or a move to the trunk of the key.
tasks = st.one_of(st.tuples(st.just(False), by_key), st.tuples(st.just(True), st.one_of(by_key, by_id)))


def current_of(api: EmulatedApi, desired: Desired) -> dict[str, Any] | None:
    """Return what a run that plans again finds."""
    numbers = api.numbers()
    if desired.object_id is not None:
        return numbers[desired.object_id]
    key = PHONE_NUMBER.key_of(desired.values)
    return next((each for each in numbers.values() if PHONE_NUMBER.key_of_object(each) == key), None)


def apply_part(api: EmulatedApi, plan: Plan, requests: int, *, is_lost: bool = False) -> PlanFailure | None:
    """Apply a plan until so many requests have succeeded; return how it failed, None if it is complete before."""
    api.failing_from, api.is_lost = requests, is_lost
    client = api.client(retries=0)
    try:
        apply(client, plan, Basis(client.now()))
    except PlanFailure as failure:
        return failure
    finally:
        api.failing_from = None
        assert api.violations == []
    return None


def planned(start: Start, task: tuple[bool, Desired]) -> tuple[EmulatedApi, Any]:
    exists, desired = task
    api = EmulatedApi(start.seed(exists=exists))
    plan = make_plan(desired, current_of(api, desired))
    assume(not isinstance(plan, Noop))
    return api, plan


requests = st.integers(0, 4)


@pytest.mark.not_quick
@given(starts, tasks, requests)
def test_what_is_reported_as_written_is_what_the_api_holds(
    start: Start, task: tuple[bool, Desired], count: int
) -> None:
    api, plan = planned(start, task)
    failure = apply_part(api, plan, count)
    if failure is None:
        return
    assert (failure.written.obj is None) == (count == 0)
    current = current_of(api, plan.desired)
    if current is None:
        assert (plan.action, failure.written.values) == ("create", {})
        return
    held = PHONE_NUMBER.to_result(current)
    untouched = PHONE_NUMBER.to_result({"outgoingCallsAgentIds": []}) if plan.action == "create" else plan.before
    for option in plan.desired.values:
        field = PHONE_NUMBER.by_option[option]
        expected = failure.written.values.get(option, untouched[option])
        assert field.equal(held[option], expected), option
    assert failure.written.values.keys() <= plan.desired.values.keys()
    assert failure.written.obj is None or failure.written.obj["id"] == current["id"]


@pytest.mark.not_quick
@given(starts, tasks, requests, st.booleans(), st.sampled_from([{}, NAMES]))
def test_rest_of_a_half_applied_plan_is_covered_by_the_ids_of_the_whole(
    start: Start, task: tuple[bool, Desired], count: int, is_lost: bool, names: dict[str, str]
) -> None:
    api, plan = planned(start, task)
    steps = step_ids(plan, names)
    apply_part(api, plan, count, is_lost=is_lost)
    rest = make_plan(plan.desired, current_of(api, plan.desired))
    if isinstance(rest, Noop):
        return
    assert set(step_ids(rest, names)) <= set(steps)
    if len(api.writes) > 1 or is_lost:
        assert len(step_ids(rest, names)) < len(steps)
    assert apply_part(api, rest, MOST_REQUESTS) is None
    assert isinstance(make_plan(plan.desired, current_of(api, plan.desired)), Noop)


@pytest.mark.not_quick
@given(starts, tasks)
def test_each_request_is_a_step_with_an_id_of_its_own(start: Start, task: tuple[bool, Desired]) -> None:
    api, plan = planned(start, task)
    steps = step_ids(plan, NAMES)
    assert apply_part(api, plan, MOST_REQUESTS) is None
    assert len(steps) == len(set(steps)) == len(api.writes)
    assert (change_id(steps) in steps) == (len(steps) == 1)


@pytest.mark.parametrize("failing", [0, 1], ids=["creation", "link"])
def test_creation_that_somebody_else_was_faster_with_reports_only_what_it_wrote_itself(failing: int) -> None:
    """The update of the existing number, then its link."""
    api = EmulatedApi(Start({"displayName": "Old"}, []).seed(exists=True))
    desired = Desired(PHONE_NUMBER, None, {"phone_number": "+1", "credentials_id": TRUNK, "display_name": "New"})
    desired.values["incoming_calls_agent_id"] = "agent-1"
    failure = apply_part(api, make_plan(desired, None), 1 + failing)
    assert failure is not None
    assert failure.plan is not None
    assert failure.plan.action == "update"
    written = {"phone_number": "+1", "credentials_id": TRUNK, "display_name": "New"} if failing else {}
    assert failure.written.values == written
    assert api.numbers()[NUMBER_ID]["displayName"] == ("New" if failing else "Old")


def link_with_an_old_deployment() -> tuple[EmulatedApi, PlanFailure]:
    """Link an agent for outgoing calls by an API that knows no mode, and links it for incoming calls."""
    api = EmulatedApi(Start({}, []).seed(exists=True), ignore_link_mode=True)
    values = {"phone_number": "+1", "credentials_id": TRUNK, "outgoing_calls_agent_ids": ["agent-1"]}
    failure = apply_part(api, make_plan(Desired(PHONE_NUMBER, None, values), api.numbers()[NUMBER_ID]), MOST_REQUESTS)
    assert failure is not None
    held = api.numbers()[NUMBER_ID]
    assert (held["incomingCallsAgentId"], held["outgoingCallsAgentIds"]) == ("agent-1", [])
    return api, failure


def test_link_that_an_old_deployment_sets_elsewhere_is_reported_where_the_api_holds_it() -> None:
    _api, failure = link_with_an_old_deployment()
    assert failure.written.values == {"incoming_calls_agent_id": "agent-1"}


def test_link_that_an_old_deployment_sets_elsewhere_is_not_said_to_be_finished_by_a_rerun() -> None:
    """Each run would change the wrong link again."""
    _api, failure = link_with_an_old_deployment()
    shown = message(failure, "phone number '+1'")
    assert "this deployment of the API ignores mode=replaceOutbound" in shown
    assert "Rerun" not in shown


def test_password_that_was_sent_is_reported_as_changed_and_not_shown() -> None:
    """A trunk has no request after its PUT, so a failure comes after nothing, and a success is an outcome."""
    api = EmulatedApi(Start({}, []).seed(exists=False), password="masked")
    values = {"auth_password": "hunter2-hunter2", "description": "New"}
    plan: Any = make_plan(Desired(CREDENTIAL, TRUNK, values), api.trunks()[TRUNK])
    failure = apply_part(api, plan, 0)
    assert failure is not None
    assert (failure.written.obj, failure.written.values) == (None, {})
    assert "hunter2" not in str((failure, plan.before, plan.after, plan.predicted))
