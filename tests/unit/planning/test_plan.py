# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The planner, by example and by property."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.dasha.blackbox.plugins.module_utils._planning.plan import (
    Create,
    Noop,
    Update,
    describe_unchanged,
    make_plan,
)
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.desired import Desired
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.sip_phone_number import PHONE_NUMBER

TRUNK = "3fa85f64-5717-4562-b3fc-2c963f66afa6"
BODY_FIELDS = {"phoneNumber", "credentialsId", "displayName", "description", "registration"}


def number(**fields: Any) -> dict[str, Any]:
    return {
        "id": "9b2f0c1e-8a5d-4f0e-9d55-0f6f2b0c7a11",
        "orgId": "org-1",
        "phoneNumber": "+15551234567",
        "credentialsId": TRUNK,
        "displayName": "Line",
        "description": "Text",
        "registration": True,
        "incomingCallsAgentId": "agent-1",
        "registrationStatus": {"state": "Registered", "expiresAt": "2026-01-01T00:00:00Z", "newer": 1},
        "providerId": None,
        "createdTime": "2026-01-01T00:00:00Z",
        "lastUpdateTime": "2026-01-02T00:00:00Z",
        **fields,
    }


def present(**values: Any) -> Desired:
    return Desired(PHONE_NUMBER, None, {"phone_number": "+15551234567", "credentials_id": TRUNK, **values})


def plan(desired: Desired, current: dict[str, Any] | None) -> Any:
    return make_plan(desired, current)


def test_creation_sends_what_the_task_names_and_nothing_else() -> None:
    planned = plan(present(display_name="New", description=None), None)
    assert planned.action == "create"
    assert planned.body == {
        "phoneNumber": "+15551234567",
        "credentialsId": TRUNK,
        "displayName": "New",
        "description": None,
    }
    assert planned.links == ()


def test_creation_predicts_the_defaults_and_leaves_the_server_its_own() -> None:
    assert plan(present(registration=True), None).predicted == {
        "id": None,
        "org_id": None,
        "phone_number": "+15551234567",
        "credentials_id": TRUNK,
        "display_name": None,
        "description": None,
        "registration": True,
        "incoming_calls_agent_id": None,
        "registration_status": None,
        "provider_id": None,
        "created_time": None,
        "last_update_time": None,
    }
    assert plan(present(), None).predicted["registration"] is False


def test_creation_shows_the_managed_fields() -> None:
    planned = plan(present(display_name="New"), None)
    assert (planned.before, planned.after) == (
        {},
        {"phone_number": "+15551234567", "credentials_id": TRUNK, "display_name": "New"},
    )


@pytest.mark.parametrize(("agent", "links"), [("agent-1", ("incoming_calls_agent_id",)), (None, ())])
def test_creation_with_an_agent_links_it(agent: str | None, links: tuple[str, ...]) -> None:
    assert plan(present(incoming_calls_agent_id=agent), None).links == links


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"display_name": "Line", "description": "Text", "registration": True, "incoming_calls_agent_id": "agent-1"},
        {"credentials_id": TRUNK.upper()},
    ],
)
def test_nothing_to_do(values: dict[str, Any]) -> None:
    planned = plan(present(**values), number())
    assert isinstance(planned, Noop)
    outcome = describe_unchanged(planned)
    assert outcome.changed is False
    assert outcome.before == outcome.after
    assert set(outcome.before) == {"phone_number", "credentials_id", *values}
    assert outcome.result == PHONE_NUMBER.to_result(number())


@pytest.mark.parametrize("stored", [None, "", "left out"])
def test_cleared_is_cleared_however_the_server_says_it(stored: str | None) -> None:
    current = number(displayName=stored)
    if stored == "left out":
        del current["displayName"]
    assert isinstance(plan(present(display_name=None), current), Noop)


def test_update_replaces_the_whole_body_and_loses_nothing() -> None:
    current = number(newer={"a": [1]}, older=None)
    planned = plan(present(display_name="New"), current)
    assert planned.action == "update"
    assert planned.body == {
        "phoneNumber": "+15551234567",
        "credentialsId": TRUNK,
        "displayName": "New",
        "description": "Text",
        "registration": True,
        "newer": {"a": [1]},
        "older": None,
    }


def test_update_fills_in_defaults_for_what_the_server_left_out() -> None:
    current = number()
    for name in ("displayName", "description", "registration"):
        del current[name]
    assert plan(present(description="x"), current).body == {
        "phoneNumber": "+15551234567",
        "credentialsId": TRUNK,
        "displayName": None,
        "description": "x",
        "registration": False,
    }


def test_update_clears_what_the_task_clears() -> None:
    planned = plan(present(display_name=None, registration=False), number())
    assert planned.body["displayName"] is None
    assert planned.body["registration"] is False
    assert planned.predicted["display_name"] is None


def test_update_shows_only_managed_fields_and_predicts_the_rest() -> None:
    planned = plan(present(display_name="New"), number(newField=1))
    assert planned.before == {"phone_number": "+15551234567", "credentials_id": TRUNK, "display_name": "Line"}
    assert planned.after == {**planned.before, "display_name": "New"}
    assert planned.predicted == {
        **PHONE_NUMBER.to_result(number(newField=1)),
        "display_name": "New",
        "registration_status": None,
        "last_update_time": None,
    }


@pytest.mark.parametrize("agent", ["agent-2", None])
def test_link_alone_needs_no_put(agent: str | None) -> None:
    planned = plan(present(incoming_calls_agent_id=agent), number())
    assert (planned.action, planned.body, planned.links) == ("update", None, ("incoming_calls_agent_id",))
    assert planned.predicted["incoming_calls_agent_id"] == agent


def test_link_and_fields_together() -> None:
    planned = plan(present(incoming_calls_agent_id="agent-2", description="x"), number())
    assert planned.links == ("incoming_calls_agent_id",)
    assert planned.body["description"] == "x"
    assert "incomingCallsAgentId" not in planned.body


def test_agents_are_compared_to_the_letter() -> None:
    assert isinstance(plan(present(incoming_calls_agent_id="AGENT-1"), number()), Update)


def test_absent_of_what_is_there_and_of_what_is_not() -> None:
    absent = Desired(PHONE_NUMBER, None, {"phone_number": "+15551234567"}, present=False)
    planned = plan(absent, number())
    assert (planned.action, planned.after, planned.predicted) == ("delete", {}, None)
    assert planned.before == {
        "phone_number": "+15551234567",
        "credentials_id": TRUNK,
        "display_name": "Line",
        "description": "Text",
        "registration": True,
        "incoming_calls_agent_id": "agent-1",
    }
    outcome = describe_unchanged(plan(absent, None))
    assert (outcome.action, outcome.changed, outcome.before, outcome.after) == ("unchanged", False, {}, {})


# Any start, any task.

texts = st.one_of(st.none(), st.text(min_size=1, max_size=5))
api_texts = st.one_of(texts, st.just(""))
trunks = st.sampled_from([TRUNK, TRUNK.upper(), "00000000-0000-0000-0000-000000000001"])
numbers = st.sampled_from(["+1", "+2", " 3"])
unknown_names = st.sampled_from(["newer", "sipHeader", "x"])

current_objects = st.fixed_dictionaries(
    {"id": st.just("9b2f0c1e-8a5d-4f0e-9d55-0f6f2b0c7a11"), "phoneNumber": numbers, "credentialsId": trunks},
    optional={
        "orgId": st.just("org-1"),
        "displayName": api_texts,
        "description": api_texts,
        "registration": st.one_of(st.none(), st.booleans()),
        "incomingCallsAgentId": texts,
        "registrationStatus": st.just({"state": "Odd"}),
        "lastUpdateTime": st.just("2026-01-02T00:00:00Z"),
        "newer": st.integers(),
        "sipHeader": st.lists(st.text(max_size=2), max_size=2),
    },
)
desired_states = st.builds(
    Desired,
    st.just(PHONE_NUMBER),
    st.just("9b2f0c1e-8a5d-4f0e-9d55-0f6f2b0c7a11"),
    st.fixed_dictionaries(
        {},
        optional={
            "phone_number": numbers,
            "credentials_id": trunks,
            "display_name": texts,
            "description": texts,
            "registration": st.booleans(),
            "incoming_calls_agent_id": texts,
        },
    ),
    st.booleans(),
    st.booleans(),
)


def carried_out(planned: Any) -> dict[str, Any] | None:
    """What the API holds after a plan: a PUT replaces the body fields, a link call sets the agent."""
    if planned.action == "delete":
        return None
    if isinstance(planned, Noop):
        return planned.current
    obj = dict(planned.current or {"id": "9b2f0c1e-8a5d-4f0e-9d55-0f6f2b0c7a11"})
    if planned.body is not None:
        read_only = {field.api for field in PHONE_NUMBER.fields} - BODY_FIELDS
        obj = {name: value for name, value in obj.items() if name in read_only}
        obj.update({"displayName": None, "description": None, "registration": False})
        obj.update(planned.body)
    if planned.links:
        obj["incomingCallsAgentId"] = planned.desired.values["incoming_calls_agent_id"]
    return obj


@pytest.mark.not_quick
@given(current_objects, desired_states)
def test_applied_once_the_plan_is_empty(current: dict[str, Any], desired: Desired) -> None:
    after = carried_out(plan(desired, current))
    assert isinstance(plan(desired, after), Noop)


@pytest.mark.not_quick
@given(current_objects, desired_states)
def test_what_the_task_does_not_name_stays(current: dict[str, Any], desired: Desired) -> None:
    after = carried_out(plan(desired._replace(present=True), current))
    assert after is not None
    before_view, after_view = PHONE_NUMBER.to_result(current), PHONE_NUMBER.to_result(after)
    for name in before_view:
        if name not in desired.values:
            assert after_view[name] == before_view[name]
    for name in ("newer", "sipHeader"):
        assert (name in current) == (name in after)


@pytest.mark.not_quick
@given(current_objects, desired_states)
def test_prediction_comes_true(current: dict[str, Any], desired: Desired) -> None:
    planned = plan(desired._replace(present=True), current)
    view = PHONE_NUMBER.to_result(carried_out(planned) or {})
    if isinstance(planned, Noop):
        return
    unknowable = {"registration_status", "last_update_time"}
    for name, value in planned.predicted.items():
        if name in unknowable:
            assert value is None
        else:
            assert (view[name] or None) == (value or None)


@pytest.mark.not_quick
@given(current_objects, desired_states)
def test_diff_tells_exactly_what_changes(current: dict[str, Any], desired: Desired) -> None:
    planned = plan(desired, current)
    shown = describe_unchanged(planned) if isinstance(planned, Noop) else planned
    assert isinstance(planned, Noop) == (shown.before == shown.after)
    if desired.present:
        assert set(shown.before) == set(shown.after) == set(desired.values)


@pytest.mark.not_quick
@given(current_objects, desired_states)
def test_put_never_holds_read_only_fields(current: dict[str, Any], desired: Desired) -> None:
    planned = plan(desired, current)
    if isinstance(planned, (Create, Update)) and planned.body is not None:
        body = planned.body
        assert set(body) >= BODY_FIELDS
        assert set(body) <= BODY_FIELDS | {"newer", "sipHeader"}


@given(st.fixed_dictionaries({"phone_number": numbers, "credentials_id": trunks}, optional={"display_name": texts}))
def test_created_once_the_plan_is_empty(values: dict[str, Any]) -> None:
    desired = Desired(PHONE_NUMBER, None, values)
    assert isinstance(plan(desired, carried_out(plan(desired, None))), Noop)
