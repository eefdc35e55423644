# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Applying plans: what was done is what is reported, however the requests end."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.dasha.blackbox.plugins.module_utils._applying.apply import apply, preview
from ansible_collections.dasha.blackbox.plugins.module_utils._applying.failure import PlanFailure
from ansible_collections.dasha.blackbox.plugins.module_utils._applying.freshness import Basis
from ansible_collections.dasha.blackbox.plugins.module_utils._planning.plan import Outcome, Plan, make_plan
from ansible_collections.dasha.blackbox.plugins.module_utils._reading.links import read_dependents
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.desired import Desired
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.schema import Resource
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.sip_credential import CREDENTIAL
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.sip_phone_number import (
    PHONE_NUMBER,
    describe_agents,
)
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.twilio_provider import TWILIO_PROVIDER
from ansible_collections.dasha.blackbox.plugins.module_utils._transport.errors import ApiError
from unit.fake_api import LOST, REFUSED, TLS_BROKEN, FakeApi, Reply
from unit.harness import NOBODY_ID, NUMBER_ID, OTHER_ID, OTHER_TRUNK, TRUNK

NUMBER = {
    "id": NUMBER_ID,
    "phoneNumber": "+1",
    "credentialsId": TRUNK,
    "displayName": "Line",
    "incomingCallsAgentId": "agent-1",
}
PAIR = {"phone_number": "+1", "credentials_id": TRUNK}
BAD: Reply = (400, {"title": "No"})
TAKEN: Reply = (409, {"title": "Conflict"})


def script(*replies: Reply) -> FakeApi:
    waiting = iter(replies)
    return FakeApi(lambda *_request: next(waiting))


def page(*rows: Any) -> Reply:
    return 200, {"items": list(rows), "totalCount": len(rows)}


def apply_now(api: FakeApi, plan: Plan, **client: Any) -> Outcome:
    """Apply a plan whose current state was read just before."""
    connected = api.client(**client)
    return apply(connected, plan, Basis(connected.now()))


def run(
    api: FakeApi, values: dict[str, Any], current: Any = None, resource: Resource = PHONE_NUMBER, **rest: Any
) -> Outcome:
    return apply_now(api, make_plan(Desired(resource, None, {**values}, **rest), current))


def fail(api: FakeApi, values: dict[str, Any], current: Any = None, **rest: Any) -> PlanFailure:
    with pytest.raises(PlanFailure) as caught:
        run(api, values, current, **rest)
    return caught.value


# Links


def test_unlinking_that_succeeded_is_a_change_though_the_number_cannot_be_read_again() -> None:
    failure = fail(script((204, None), BAD), {**PAIR, "incoming_calls_agent_id": None}, NUMBER)
    assert failure.written.obj is not None
    assert (failure.written.obj["id"], failure.written.values) == (NUMBER_ID, {"incoming_calls_agent_id": None})


def test_link_that_is_refused_is_no_change() -> None:
    written = fail(script(BAD), {**PAIR, "incoming_calls_agent_id": "agent-2"}, NUMBER).written
    assert (written.obj, written.values) == (None, {})


@pytest.mark.parametrize(
    ("values", "verb"),
    [
        ({"incoming_calls_agent_id": "agent-2"}, "Linking the agent 'agent-2' to"),
        ({"incoming_calls_agent_id": None}, "Unlinking the agent of"),
        ({"outgoing_calls_agent_ids": ["agent-2"]}, "Linking the agent 'agent-2' to"),
        ({"outgoing_calls_agent_ids": []}, "Unlinking the agent 'agent-1' of"),
    ],
)
def test_link_that_is_refused_names_the_agent(values: dict[str, Any], verb: str) -> None:
    current = {**NUMBER, "outgoingCallsAgentIds": [] if "Linking" in verb else ["agent-1"]}
    assert fail(script(BAD), {**PAIR, **values}, current).verb == verb


def test_link_after_which_the_number_cannot_be_read_is_not_named_as_refused() -> None:
    assert fail(script((204, None), BAD), {**PAIR, "incoming_calls_agent_id": None}, NUMBER).verb == ""


def test_link_that_is_refused_after_an_update_is_a_change() -> None:
    updated = {**NUMBER, "displayName": "New"}
    values = {**PAIR, "display_name": "New", "incoming_calls_agent_id": "agent-2"}
    written = fail(script((200, updated), BAD), values, NUMBER).written
    assert (written.obj, written.values) == (updated, {**PAIR, "display_name": "New"})


def test_unlinking_without_a_body_reads_the_number_again() -> None:
    unlinked = {**NUMBER, "incomingCallsAgentId": None}
    outcome = run(script((204, None), (200, unlinked)), {**PAIR, "incoming_calls_agent_id": None}, NUMBER)
    assert outcome.obj == unlinked


HELD = {**NUMBER, "id": OTHER_ID, "credentialsId": OTHER_TRUNK}


@pytest.mark.parametrize("option", ["incoming_calls_agent_id", "outgoing_calls_agent_ids"])
def test_link_to_an_agent_that_does_not_exist_says_what_to_check(option: str) -> None:
    values = {**PAIR, option: "gone" if option == "incoming_calls_agent_id" else ["gone"]}
    failure = fail(script((404, {"title": "Not Found"})), values, {**NUMBER, "outgoingCallsAgentIds": []})
    assert failure.hints == (f"Check {option}: 'gone' may not exist any more",)


def test_unlinking_that_finds_nothing_does_not_blame_an_agent() -> None:
    failure = fail(script((404, {"title": "Not Found"})), {**PAIR, "incoming_calls_agent_id": None}, NUMBER)
    assert failure.hints == ()


def test_refused_incoming_link_names_the_trunk_on_which_the_same_number_has_one() -> None:
    unlinked = {**HELD, "id": NOBODY_ID, "incomingCallsAgentId": None}
    listed = page(NUMBER, unlinked, HELD)
    (hint,) = fail(script(TAKEN, listed), {**PAIR, "incoming_calls_agent_id": "agent-2"}, NUMBER).hints
    assert f"phone number '+1' on trunk {OTHER_TRUNK} ({OTHER_ID}) has it" in hint
    # The single module has no such option, and roles and playbooks call it by a name of their own.
    assert "list its trunk in the option move_from of the module sip_phone_numbers or sip_trunks" in hint


def test_refused_incoming_link_that_nobody_in_the_organization_has_is_that_of_another_one() -> None:
    failure = fail(script(TAKEN, page(NUMBER)), {**PAIR, "incoming_calls_agent_id": "agent-2"}, NUMBER)
    assert "Another organization may have it" in "".join(failure.hints)


def test_refused_incoming_link_is_explained_only_as_far_as_the_api_can_be_read() -> None:
    api = script(TAKEN, BAD)
    assert fail(api, {**PAIR, "incoming_calls_agent_id": "agent-2"}, NUMBER).hints == ()
    assert api.requests[-1][0] == "GET"


def test_refused_outgoing_link_has_no_other_holder() -> None:
    api = script(TAKEN)
    values = {**PAIR, "outgoing_calls_agent_ids": ["agent-2"]}
    assert fail(api, values, {**NUMBER, "outgoingCallsAgentIds": []}).hints == ()
    assert len(api.requests) == 1


# Creations that somebody else was faster with


def test_number_found_after_a_conflict_is_unchanged_if_it_is_as_desired() -> None:
    outcome = run(script(TAKEN, page(NUMBER)), {**PAIR, "display_name": "Line"})
    assert (outcome.action, outcome.changed, outcome.before) == ("unchanged", False, outcome.after)


def test_number_found_after_a_conflict_and_changed_is_an_update() -> None:
    updated = {**NUMBER, "displayName": "New"}
    outcome = run(script(TAKEN, page(NUMBER), (200, updated)), {**PAIR, "display_name": "New"})
    assert (outcome.action, outcome.before["display_name"], outcome.after["display_name"]) == ("update", "Line", "New")


@pytest.mark.parametrize("first", [LOST, (500, None), (503, None), (201, {"id": "x"}), (201, None)], ids=str)
@pytest.mark.parametrize("name", ["Line", "New"])
def test_number_found_after_a_lost_response_is_a_creation(first: Reply, name: str) -> None:
    updated = {**NUMBER, "displayName": name}
    api = script(first, page(NUMBER), (200, updated))
    outcome = run(api, {**PAIR, "display_name": name})
    assert (outcome.action, outcome.before, outcome.after["display_name"]) == ("create", {}, name)
    assert api.count("POST") == 1


def test_number_found_after_a_conflict_that_follows_a_lost_response_is_a_creation() -> None:
    outcome = run(script(LOST, page(), TAKEN, page(NUMBER)), PAIR)
    assert (outcome.action, outcome.before) == ("create", {})


def test_update_that_fails_after_a_conflict_is_a_failed_update() -> None:
    failure = fail(script(TAKEN, page(NUMBER), BAD), {**PAIR, "display_name": "New"})
    assert failure.plan is not None
    assert (failure.cause.method, failure.written.obj, failure.plan.action) == ("PUT", None, "update")


def test_link_that_fails_after_a_conflict_and_an_update_is_an_update() -> None:
    updated = {**NUMBER, "displayName": "New"}
    values = {**PAIR, "display_name": "New", "incoming_calls_agent_id": "agent-2"}
    failure = fail(script(TAKEN, page(NUMBER), (200, updated), BAD), values)
    assert failure.plan is not None
    assert (failure.written.obj, failure.plan.action) == (updated, "update")


def test_update_that_fails_after_a_lost_creation_says_that_the_number_exists() -> None:
    failure = fail(script(LOST, page(NUMBER), BAD), {**PAIR, "display_name": "New"})
    assert failure.plan is not None
    assert (failure.written.obj, failure.plan.action, failure.plan.before) == (NUMBER, "create", {})


def test_update_that_fails_after_a_lost_creation_reports_what_the_number_has() -> None:
    """Somebody else created it, or the API stored something other than what was sent."""
    failure = fail(script(LOST, page(NUMBER), BAD), {**PAIR, "display_name": "New"})
    assert failure.written.values == {**PAIR, "display_name": "Line"}


def test_conflict_without_an_object_that_explains_it_is_an_error_after_one_post() -> None:
    api = script(TAKEN, page())
    assert fail(api, PAIR).cause.status == 409
    assert api.count("POST") == 1


def test_number_of_a_provider_found_after_a_conflict_is_not_written_to() -> None:
    api = script(TAKEN, page({**NUMBER, "providerId": NOBODY_ID}))
    failure = fail(api, {**PAIR, "display_name": "New"})
    assert "provider" in (failure.cause.detail or "")
    assert api.requests[-1][0] == "GET"


@pytest.mark.parametrize(
    "found",
    [[], [{"id": TRUNK, "server": "s", "authUser": "other"}], [{"id": TRUNK, "server": "s", "description": "x"}]],
    ids=str,
)
@pytest.mark.parametrize("first", [LOST, (500, None), (502, None), (504, None), (201, None)], ids=str)
def test_doubtful_creation_of_a_trunk_is_not_repeated(first: Reply, found: list[Any]) -> None:
    api = script(first, page(*found))
    failure = fail(api, {"server": "s", "auth_user": None, "description": "New"}, resource=CREDENTIAL)
    assert (failure.cause.outcome, api.count("POST")) == ("unknown", 1)


def test_doubtful_creation_of_a_trunk_that_two_trunks_could_explain_is_not_decided() -> None:
    twins = [{"id": TRUNK, "server": "s"}, {"id": NOBODY_ID, "server": "s"}]
    failure = fail(script(LOST, page(*twins)), {"server": "s", "auth_user": None}, resource=CREDENTIAL)
    assert failure.cause.outcome == "unknown"


@pytest.mark.parametrize(
    ("resource", "change", "current", "seconds"),
    [
        (PHONE_NUMBER, {"display_name": "New"}, NUMBER, 30),
        (CREDENTIAL, {"description": "New"}, {"id": TRUNK, "server": "s"}, 30),
        # Behind it, the API asks Twilio several times.
        (TWILIO_PROVIDER, {"name": "New"}, {"id": NOBODY_ID, "providerType": "twilio", "name": "Main"}, 120),
    ],
)
def test_request_that_hangs_ends_after_api_timeout(
    resource: Resource, change: dict[str, Any], current: dict[str, Any], seconds: int
) -> None:
    api = script()
    api.hang = True
    with pytest.raises(PlanFailure, match=f"no complete response within {seconds} s"):
        apply_now(api, make_plan(Desired(resource, None, change), current), retries=0, timeout=30)


# Deletions


def test_deletion_refused_by_the_rate_limit_that_then_finds_nothing_is_unchanged() -> None:
    outcome = run(script((429, None), (404, {"title": "Not Found"})), {}, NUMBER, present=False)
    assert (outcome.action, outcome.changed) == ("unchanged", False)


@pytest.mark.parametrize("first", [LOST, (500, None), (502, None), (503, None)], ids=str)
def test_deletion_that_may_have_been_applied_and_then_finds_nothing_is_a_change(first: Reply) -> None:
    api = script(first, (404, {"title": "Not Found"}))
    if first == (500, None):
        assert fail(api, {}, NUMBER, present=False).cause.outcome == "unknown"
        return
    outcome = run(api, {}, NUMBER, present=False)
    assert (outcome.action, outcome.changed, outcome.warnings) == ("delete", True, ())


def test_deletion_that_finds_nothing_although_the_number_had_just_been_read_is_a_change_with_a_warning() -> None:
    """A proxy may have repeated the request; nobody can tell."""
    outcome = run(script((404, {"title": "Not Found"})), {}, NUMBER, present=False)
    assert (outcome.action, outcome.changed, outcome.before["display_name"]) == ("delete", True, "Line")
    (warning,) = outcome.warnings
    assert f"'+1' on trunk {TRUNK} ({NUMBER_ID}) found nothing (404), although it existed when it was read" in warning


@pytest.mark.parametrize("first", [REFUSED, TLS_BROKEN], ids=["refused", "tls"])
def test_deletion_that_finds_nothing_is_a_change_if_no_earlier_attempt_was_sent(first: Reply) -> None:
    outcome = run(script(first, (404, {"title": "Not Found"})), {}, NUMBER, present=False)
    assert (outcome.action, len(outcome.warnings)) == ("delete", 1)


def test_deletion_that_was_refused_and_then_finds_nothing_is_unchanged() -> None:
    outcome = run(script((429, None), (404, {"title": "Not Found"})), {}, NUMBER, present=False)
    assert (outcome.action, outcome.changed) == ("unchanged", False)


def test_not_found_page_of_another_server_is_no_deletion() -> None:
    api = FakeApi(lambda *_request: (404, None))
    assert fail(api, {}, NUMBER, present=False).cause.status == 404


TRUNK_IN_USE: Reply = (200, {"phoneNumbers": [{"id": NUMBER_ID, "phoneNumber": "+1", "affectedAgents": []}]})


@pytest.mark.parametrize(
    ("force", "reply", "warning"),
    [
        (False, (404, {"title": "Not Found"}), ""),
        (False, BAD, "Whether the SIP credential is in use could not be read, so its deletion may be refused."),
        (True, BAD, ""),
        (True, (200, {"phoneNumbers": []}), ""),
        (True, TRUNK_IN_USE, f"Deleting this SIP credential also deletes phone number '+1' ({NUMBER_ID})."),
    ],
)
def test_preview_of_a_deletion_warns_of_what_it_knows(force: bool, reply: Reply, warning: str) -> None:
    plan = make_plan(Desired(CREDENTIAL, None, {}, present=False, force=force), {"id": TRUNK, "server": "s"})
    outcome = preview(script(reply).client(), plan)
    assert (outcome.action, "".join(outcome.warnings)) == ("delete", warning)


def test_preview_of_nothing_to_do_sends_nothing() -> None:
    api = script()
    outcome = preview(api.client(), make_plan(Desired(PHONE_NUMBER, None, dict(PAIR)), NUMBER))
    assert (outcome.changed, api.requests) == (False, [])


# Objects of a provider

PROVIDED = {**NUMBER, "providerId": NOBODY_ID}
PROVIDED_TRUNK = {"id": TRUNK, "server": "s", "authUser": "u", "source": "provider"}


def preview_now(api: FakeApi, plan: Plan) -> Outcome:
    return preview(api.client(), plan)


@pytest.mark.parametrize("mode", [apply_now, preview_now])
@pytest.mark.parametrize(
    ("current", "desired"),
    [
        (PROVIDED, Desired(PHONE_NUMBER, None, {"display_name": "New"})),
        (PROVIDED, Desired(PHONE_NUMBER, None, {"display_name": "New", "incoming_calls_agent_id": "agent-2"})),
        (PROVIDED, Desired(PHONE_NUMBER, None, {}, present=False)),
        (PROVIDED, Desired(PHONE_NUMBER, None, {}, present=False, force=True)),
        (PROVIDED_TRUNK, Desired(CREDENTIAL, None, {"description": "New"})),
        (PROVIDED_TRUNK, Desired(CREDENTIAL, None, {}, present=False, force=True)),
    ],
)
def test_write_to_an_object_of_a_provider_is_refused_without_a_request(
    mode: Any, current: dict[str, Any], desired: Desired
) -> None:
    api = script()
    with pytest.raises(PlanFailure) as caught:
        mode(api, make_plan(desired, current))
    assert "can only be changed or deleted through that provider" in (caught.value.cause.detail or "")
    assert caught.value.hints == (desired.resource.provider_hint,)
    assert (caught.value.cause.outcome, api.requests) == ("not_sent", [])


def test_agent_of_a_number_of_a_provider_can_be_linked() -> None:
    linked = {**PROVIDED, "incomingCallsAgentId": "agent-2"}
    outcome = run(script((200, linked)), {"incoming_calls_agent_id": "agent-2"}, PROVIDED)
    assert (outcome.action, outcome.obj) == ("update", linked)


# Responses about what uses an object

SHAPES: list[Any] = [None, True, 7, "x", {}, [], [None], [7], ["x"], [[]], [{}], [{"agentId": 7, "uses": "x"}]]
SHAPES += [[{"agentId": None, "agentName": 7, "uses": [None, 7, {}, []]}], [{"phoneNumber": [], "id": {}}]]


@pytest.mark.parametrize("shape", SHAPES, ids=repr)
@pytest.mark.parametrize(("resource", "name"), [(PHONE_NUMBER, "affectedAgents"), (CREDENTIAL, "phoneNumbers")])
def test_users_of_any_shape_are_described_without_a_traceback(resource: Resource, name: str, shape: Any) -> None:
    current = {"id": NUMBER_ID, "phoneNumber": "+1", "credentialsId": TRUNK, "server": "s"}
    plan = make_plan(Desired(resource, None, {}, present=False), current)
    users = [each for each in shape if isinstance(each, dict)] if isinstance(shape, list) else []
    api = FakeApi(lambda *_request: (200, {name: shape}))
    if not users:
        assert preview(api.client(), plan).action == "delete"
        return
    with pytest.raises(PlanFailure) as caught:
        preview(api.client(), plan)
    assert len(caught.value.in_use_by) == len(users)


@pytest.mark.parametrize(
    ("uses", "left"),
    [
        (["outbound"], []),
        (["Outbound", "inbound"], ["agent 'A' (agent-1, inbound)"]),
        (["inbound"], ["agent 'A' (agent-1, inbound)"]),
        ([], ["agent 'A' (agent-1)"]),
        (None, ["agent 'A' (agent-1)"]),
    ],
)
def test_agent_that_gets_another_number_only_leaves_this_one_for_outgoing_calls(uses: Any, left: list[str]) -> None:
    other = {"agentId": "agent-2", "agentName": "B", "uses": ["outbound"]}
    users = {"affectedAgents": [{"agentId": "agent-1", "agentName": "A", "uses": uses}, other]}
    released = frozenset({"agent-1"})
    assert describe_agents(users, released) == [*left, "agent 'B' (agent-2, outbound)"]


@pytest.mark.parametrize("resource", [PHONE_NUMBER, CREDENTIAL], ids=lambda resource: resource.label)
def test_users_that_cannot_be_read_do_not_hide_why_a_deletion_was_refused(resource: Resource) -> None:
    current = {"id": NUMBER_ID, "phoneNumber": "+1", "credentialsId": TRUNK, "server": "s"}
    plan = make_plan(Desired(resource, None, {}, present=False), current)
    with pytest.raises(PlanFailure) as caught:
        apply_now(script((409, {"title": "In use"}), BAD), plan)
    cause = caught.value.cause
    assert (cause.method, cause.title, caught.value.in_use_by, caught.value.hints) == ("DELETE", "In use", [], ())


def test_users_of_an_object_that_is_gone_are_not_found() -> None:
    with pytest.raises(ApiError) as caught:
        read_dependents(script((404, {"title": "Not Found"})).client(), PHONE_NUMBER, NUMBER_ID)
    assert caught.value.means_not_found
