# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What others change between reading and writing: none of it is undone, and nothing unapproved is written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from ansible_collections.dasha.blackbox.plugins.module_utils._applying.apply import apply
from ansible_collections.dasha.blackbox.plugins.module_utils._applying.failure import PlanFailure
from ansible_collections.dasha.blackbox.plugins.module_utils._applying.freshness import MAX_AGE, Basis
from ansible_collections.dasha.blackbox.plugins.module_utils._planning.plan import Outcome, Plan, make_plan
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.desired import Desired
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.sip_credential import CREDENTIAL
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.sip_phone_number import OUTGOING, PHONE_NUMBER
from ansible_collections.dasha.blackbox.plugins.module_utils._transport.response import TransportError
from unit.applying.emulated import EmulatedApi
from unit.fake_api import LOST, REFUSED, Reply
from unit.harness import NUMBER_ID, NUMBERS, OTHER_ID, OTHER_TRUNK, TRUNK

PATH = f"{NUMBERS}/{NUMBER_ID}"
CREDENTIALS = "/api/v1/sip-credentials"
PAIR = {"phone_number": "+1", "credentials_id": TRUNK}
SEED = {
    "credentials": [
        {"id": TRUNK, "server": "sip.example.com", "authUser": "u", "description": "Old"},
        {"id": OTHER_TRUNK, "server": "sip.example.org"},
    ],
    "agents": [{"id": "agent-1", "name": "A", "outbound": NUMBER_ID}, {"id": "agent-2", "name": "B"}],
    "phone_numbers": [
        {
            "id": NUMBER_ID,
            "phoneNumber": "+1",
            "credentialsId": TRUNK,
            "displayName": "Old",
            "description": "Text",
            "incomingCallsAgentId": "agent-1",
        },
        {"id": OTHER_ID, "phoneNumber": "+9", "credentialsId": TRUNK},
    ],
}


def put(**fields: Any) -> Callable[[EmulatedApi], None]:
    """Let somebody else change a number."""

    def change(api: EmulatedApi) -> None:
        writable = ("phoneNumber", "credentialsId", "displayName", "description", "registration")
        body = {name: api.numbers()[NUMBER_ID][name] for name in writable}
        status, problem = api.call("PUT", PATH, body={**body, **fields})
        assert status == 200, problem

    return change


def delete(api: EmulatedApi) -> None:
    api.call("DELETE", PATH, {"force": "true"})


def recreate(api: EmulatedApi) -> None:
    delete(api)
    api.call("POST", NUMBERS, body={"phoneNumber": "+1", "credentialsId": TRUNK, "displayName": "Theirs"})


def link(**query: str) -> Callable[[EmulatedApi], None]:
    return lambda api: assert_ok(api.call("PUT", f"{PATH}/agent-link", query))


def assert_ok(reply: Any) -> None:
    assert reply[0] == 200, reply


CHANGES: dict[str, Callable[[EmulatedApi], None]] = {
    "nothing": lambda _api: None,
    "what the server computes": put(),
    "unmanaged field": put(description="Theirs"),
    "managed field": put(displayName="Theirs"),
    "as desired": put(displayName="New"),
    "undocumented field": lambda api: api.settings(extra_fields={"newer": 2}),
    "incoming link": link(mode="inbound", agentId="agent-2"),
    "outgoing link": link(mode="replaceOutbound", agentId="agent-2"),
    "moved": put(credentialsId=OTHER_TRUNK),
    "renumbered": put(phoneNumber="+2"),
    "deleted": delete,
    "recreated": recreate,
}
HARMLESS = ("nothing", "what the server computes")


class Kind(NamedTuple):
    """A plan.

    Attributes:
        reads_links: whether the outgoing links were read.
        otherwise: what becomes of it after a change, if that is not what was planned: the action, or an error.
    """

    desired: Desired
    reads_links: bool
    otherwise: dict[str, str]


def of(object_id: str | None, values: dict[str, Any], **rest: Any) -> Desired:
    return Desired(PHONE_NUMBER, object_id, values, **rest)


GONE = dict.fromkeys(("moved", "renumbered", "deleted", "recreated"), "unchanged")
# The number of that key does not exist any more, and is to exist.
MISSING = {"moved": "create", "renumbered": "create", "deleted": "create", "recreated": "update"}
NO_SUCH_ID = {"deleted": "error", "recreated": "error"}
KINDS = {
    "update by key": Kind(of(None, {**PAIR, "display_name": "New"}), False, {"as desired": "unchanged", **MISSING}),
    "update by id": Kind(of(NUMBER_ID, {"display_name": "New"}), False, {"as desired": "unchanged", **NO_SUCH_ID}),
    "update with links": Kind(
        of(None, {**PAIR, "display_name": "New", "outgoing_calls_agent_ids": ["agent-1", "agent-2"]}), True, MISSING
    ),
    "link alone": Kind(
        of(NUMBER_ID, {"incoming_calls_agent_id": "agent-2"}), False, {"incoming link": "unchanged", **NO_SUCH_ID}
    ),
    "deletion by key": Kind(of(None, PAIR, present=False, force=True), False, GONE),
    "deletion by id": Kind(
        of(NUMBER_ID, {}, present=False, force=True), True, {"deleted": "unchanged", "recreated": "unchanged"}
    ),
    "purge": Kind(of(NUMBER_ID, PAIR, present=False, force=True), True, GONE),
}
ACTIONS = {name: "delete" if not kind.desired.present else "update" for name, kind in KINDS.items()}


def prepared(kind: str, change: str) -> tuple[EmulatedApi, Plan]:
    api = EmulatedApi(SEED, extra_fields={"newer": 1})
    current = api.numbers()[NUMBER_ID]
    if not KINDS[kind].reads_links:
        del current[OUTGOING]
    plan = make_plan(KINDS[kind].desired, current)
    CHANGES[change](api)
    return api, plan


def apply_after(
    api: EmulatedApi,
    plan: Plan,
    seconds: float,
    *,
    approved: bool = False,
    rereads: bool = False,
    linked: frozenset[str] = frozenset(),
) -> Outcome:
    client = api.client()
    basis = Basis(client.now(), approved, rereads, linked)
    api.clock.sleep(seconds)
    try:
        return apply(client, plan, basis)
    finally:
        assert api.violations == []


def is_seen(kind: str, change: str) -> bool:
    """Whether a change is one of what the plan started from, as far as it was read."""
    return change not in HARMLESS and (change != "outgoing link" or KINDS[kind].reads_links)


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("kind", KINDS)
def test_plan_that_rests_on_an_old_state_is_made_again_from_the_current_one(kind: str, change: str) -> None:
    api, plan = prepared(kind, change)
    before = api.numbers()
    expected = KINDS[kind].otherwise.get(change, ACTIONS[kind])
    if expected == "error":
        with pytest.raises(PlanFailure, match="deleted in the meantime") as caught:
            apply_after(api, plan, MAX_AGE + 0.1)
        assert (caught.value.cause.status, caught.value.written.obj, api.writes) == (404, None, [])
        assert api.numbers() == before
        return
    outcome = apply_after(api, plan, MAX_AGE + 0.1)
    assert outcome.action == expected
    assert bool(api.writes) == outcome.changed == (expected != "unchanged")
    assert_only_managed_fields_changed(KINDS[kind].desired, before, api.numbers())


def assert_only_managed_fields_changed(desired: Desired, before: Any, after: Any) -> None:
    """Check that others' values stay, and that the task has what it asked for."""
    if not desired.present:
        assert before.keys() - after.keys() <= {NUMBER_ID}
        assert after == {number_id: before[number_id] for number_id in after}
        return
    found = [number_id for number_id in after if PHONE_NUMBER.matches(after[number_id], desired.values)]
    assert len(found) == 1
    for number_id, was in before.items():
        # An agent calls from one number: another one may have lost it.
        own = desired.values if number_id in found else {"outgoing_calls_agent_ids": ()}
        managed = {PHONE_NUMBER.by_option[option].api for option in own}
        ignored = {"lastUpdateTime", "registrationStatus", *managed}
        assert {name: was[name] for name in was.keys() - ignored} == {
            name: after[number_id][name] for name in was.keys() - ignored
        }


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("kind", KINDS)
def test_approved_plan_is_applied_as_it_is_or_not_at_all(kind: str, change: str) -> None:
    api, plan = prepared(kind, change)
    before = api.numbers()
    if not is_seen(kind, change):
        assert apply_after(api, plan, MAX_AGE + 0.1, approved=True).action == ACTIONS[kind]
        return
    with pytest.raises(PlanFailure) as caught:
        apply_after(api, plan, MAX_AGE + 0.1, approved=True)
    failure = caught.value
    assert (failure.cause.title, failure.cause.outcome, failure.cause.attempts) == (
        "Changed since the preview",
        "not_sent",
        0,
    )
    assert (failure.plan, failure.written.obj, failure.hints) == (plan, None, ("Preview and approve again",))
    assert (api.writes, api.numbers()) == ([], before)


NAMED = {
    "unmanaged field": "description ('Text' to 'Theirs') changed since the preview",
    "managed field": "display_name ('Old' to 'Theirs') changed since the preview",
    "undocumented field": "newer changed since the preview",
    "incoming link": "incoming_calls_agent_id ('agent-1' to 'agent-2') changed since the preview",
    "moved": f"credentials_id ('{TRUNK}' to '{OTHER_TRUNK}') changed since the preview",
    "deleted": "it was deleted since the preview",
}


@pytest.mark.parametrize(("change", "words"), NAMED.items())
def test_refused_plan_names_what_has_changed(change: str, words: str) -> None:
    api, plan = prepared("update by key", change)
    with pytest.raises(PlanFailure, match="the approval does not cover what would be written now") as caught:
        apply_after(api, plan, MAX_AGE + 0.1, approved=True)
    assert str(caught.value).startswith(words)


def test_refused_plan_does_not_show_the_password_that_has_changed() -> None:
    api = EmulatedApi(SEED)
    plan = make_plan(
        Desired(CREDENTIAL, TRUNK, {"description": "New"}), {**api.trunks()[TRUNK], "authPassword": "one-secret"}
    )
    change_trunk(api, authPassword="other-secret")
    with pytest.raises(PlanFailure, match="auth_password changed since the preview") as caught:
        apply_after(api, plan, MAX_AGE + 0.1, approved=True)
    assert "secret" not in str(caught.value)


def change_trunk(api: EmulatedApi, **fields: Any) -> None:
    body = {"server": "sip.example.com", "authUser": "u", "description": "Old", **fields}
    assert_ok(api.call("PUT", f"{CREDENTIALS}/{TRUNK}", body=body))


@pytest.mark.parametrize("approved", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_short_run_reads_nothing_again(kind: str, approved: bool) -> None:
    api, plan = prepared(kind, "nothing")
    plan_requests = [method for method, _path in api.requests]
    assert apply_after(api, plan, MAX_AGE, approved=approved).action == ACTIONS[kind]
    reads = [path for method, path in api.requests if method == "GET" and path == PATH]
    assert (plan_requests, reads) == ([], [])


@pytest.mark.parametrize("approved", [False, True])
def test_creation_rests_on_nothing_that_could_be_read_again(approved: bool) -> None:
    api = EmulatedApi(SEED)
    values = {"phone_number": "+3", "credentials_id": TRUNK}
    assert apply_after(api, make_plan(of(None, values), None), MAX_AGE + 100, approved=approved).action == "create"
    assert api.requests == [("POST", NUMBERS)]


@pytest.mark.parametrize("seconds", [0, MAX_AGE + 0.1])
def test_approved_creation_of_a_number_that_somebody_else_created_is_refused(seconds: float) -> None:
    api = EmulatedApi(SEED)
    before = api.numbers()
    plan = make_plan(of(None, {**PAIR, "display_name": "New"}), None)
    with pytest.raises(PlanFailure, match="somebody else created it since the preview") as caught:
        apply_after(api, plan, seconds, approved=True)
    assert (caught.value.written.obj, api.numbers()) == (None, before)


def test_creation_of_a_number_that_somebody_else_created_as_desired_has_nothing_left_to_write() -> None:
    api = EmulatedApi(SEED)
    before = api.numbers()
    plan = make_plan(of(None, {**PAIR, "display_name": "Old"}), None)
    assert apply_after(api, plan, 0).action == "unchanged"
    assert api.numbers() == before


def test_approved_creation_of_a_number_that_somebody_else_created_fails_even_if_it_is_as_desired() -> None:
    api = EmulatedApi(SEED)
    plan = make_plan(of(None, {**PAIR, "display_name": "Old"}), None)
    with pytest.raises(PlanFailure, match="somebody else created it since the preview"):
        apply_after(api, plan, 0, approved=True)


def test_object_that_cannot_be_read_again_is_not_written() -> None:
    api, plan = prepared("update by key", "nothing")
    whole = api._respond
    api._respond = lambda method, *rest: (500, None) if method == "GET" else whole(method, *rest)
    with pytest.raises(PlanFailure) as caught:
        apply_after(api, plan, MAX_AGE + 0.1)
    assert (caught.value.cause.method, caught.value.plan, api.writes) == ("GET", plan, [])


# Links that other stages of the same run change


def hand_over(agents: list[str]) -> tuple[EmulatedApi, Plan]:
    """The number gives the agent to another number of the list, which took it in an earlier stage."""
    api, plan = prepared("update with links", "nothing")
    plan = make_plan(of(None, {**PAIR, "outgoing_calls_agent_ids": agents}), plan.current)
    assert_ok(api.call("PUT", f"{NUMBERS}/{OTHER_ID}/agent-link", {"mode": "replaceOutbound", "agentId": "agent-1"}))
    return api, plan


@pytest.mark.parametrize("approved", [False, True])
@pytest.mark.parametrize("seconds", [0, MAX_AGE + 0.1])
def test_agent_that_this_run_has_moved_is_not_unlinked_again(seconds: float, approved: bool) -> None:
    api, plan = hand_over([])
    outcome = apply_after(api, plan, seconds, approved=approved, rereads=True, linked=frozenset(["agent-1"]))
    assert (outcome.action, api.writes) == ("update", [])
    assert api.numbers()[OTHER_ID][OUTGOING] == ["agent-1"]


@pytest.mark.parametrize("seconds", [0, MAX_AGE + 0.1])
def test_agent_that_another_run_has_moved_is_no_change_of_this_one(seconds: float) -> None:
    api, plan = hand_over([])
    assert apply_after(api, plan, seconds, rereads=True).action == "unchanged"
    assert api.writes == []


@pytest.mark.parametrize("approved", [False, True])
@pytest.mark.parametrize("seconds", [0, MAX_AGE + 0.1])
def test_rest_of_a_hand_over_is_applied(seconds: float, approved: bool) -> None:
    api, plan = hand_over(["agent-2"])
    apply_after(api, plan, seconds, approved=approved, rereads=True)
    assert [number[OUTGOING] for number in api.numbers().values()] == [["agent-2"], ["agent-1"]]
    assert len(api.writes) == 1


@pytest.mark.parametrize("change", ["unmanaged field", "incoming link", "moved", "deleted"])
def test_what_others_change_counts_in_a_hand_over_too(change: str) -> None:
    api, plan = hand_over([])
    CHANGES[change](api)
    with pytest.raises(PlanFailure, match="since the preview"):
        apply_after(api, plan, MAX_AGE + 0.1, approved=True, rereads=True)
    assert api.writes == []


@pytest.mark.parametrize("seconds", [0, MAX_AGE + 0.1])
def test_agent_that_somebody_else_linked_is_not_unlinked_by_an_approved_hand_over(seconds: float) -> None:
    """The approved plan takes agent-1 from the number; nobody approved that agent-2 goes."""
    api, plan = hand_over([])
    CHANGES["outgoing link"](api)
    with pytest.raises(PlanFailure, match="since the preview"):
        apply_after(api, plan, seconds, approved=True, rereads=True)
    assert (api.writes, api.numbers()[NUMBER_ID][OUTGOING]) == ([], ["agent-2"])


# A resource that the API would create twice


def test_trunk_that_somebody_else_deleted_and_created_again_is_not_created_twice() -> None:
    api = EmulatedApi(SEED)
    values = {"server": "sip.example.com", "auth_user": "u", "description": "New", "auth_password": "secret-secret"}
    plan = make_plan(Desired(CREDENTIAL, None, values, on_create=("auth_password",)), api.trunks()[TRUNK])
    api.call("DELETE", f"{CREDENTIALS}/{TRUNK}", {"force": "true"})
    assert api.call("POST", CREDENTIALS, body={"server": "sip.example.com", "authUser": "u"})[0] == 201
    apply_after(api, plan, MAX_AGE + 0.1)
    assert [trunk["server"] for trunk in api.trunks().values()].count("sip.example.com") == 1


# What changes while a write waits for its retry

REFUSALS: dict[str, Reply] = {
    "unavailable": (503, {"title": "Busy"}),
    "rate limit": (429, {"title": "Too many"}),
    "lost": LOST,
    "not sent": REFUSED,
}
MAYBE_APPLIED = (REFUSALS["unavailable"], LOST)


def change_before_retry(api: EmulatedApi, change: str, reply: Reply) -> list[Any]:
    """Let the first write be answered like this, and somebody else change something before it is retried.

    Returns:
        A list that gets the numbers as they are then.
    """
    changed: list[Any] = []
    api.headers["Retry-After"] = str(int(MAX_AGE) + 1)
    respond = api._respond

    def respond_first(method: str, *request: Any) -> Reply:
        if method == "GET":
            return respond(method, *request)
        api._respond = respond
        CHANGES[change](api)
        changed.append(api.numbers())
        api.clock.sleep(MAX_AGE + 1 if isinstance(reply, TransportError) else 0)
        return reply

    api._respond = respond_first
    return changed


@pytest.mark.parametrize("reply", REFUSALS.values(), ids=REFUSALS)
@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("kind", KINDS)
def test_retry_rests_on_the_current_state(kind: str, change: str, reply: Reply) -> None:
    api, plan = prepared(kind, "nothing")
    changed = change_before_retry(api, change, reply)
    expected = KINDS[kind].otherwise.get(change, ACTIONS[kind])
    if expected == "error":
        with pytest.raises(PlanFailure, match="deleted in the meantime"):
            apply_after(api, plan, 0)
        assert api.writes == []
        return
    action = apply_after(api, plan, 0).action
    # An attempt that may have been applied may be what led to the desired state.
    assert action == expected or (reply in MAYBE_APPLIED and (action, expected) == (ACTIONS[kind], "unchanged"))
    assert bool(api.writes) == (expected != "unchanged") or action == "delete"
    assert_only_managed_fields_changed(KINDS[kind].desired, changed[0], api.numbers())


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("kind", KINDS)
def test_retry_of_an_approved_write_is_sent_only_if_nothing_has_changed(kind: str, change: str) -> None:
    api, plan = prepared(kind, "nothing")
    change_before_retry(api, change, REFUSED)
    if not is_seen(kind, change):
        assert apply_after(api, plan, 0, approved=True).action == ACTIONS[kind]
        return
    with pytest.raises(PlanFailure, match="since the preview"):
        apply_after(api, plan, 0, approved=True)
    assert api.writes == []


@pytest.mark.parametrize("approved", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_write_that_was_applied_before_its_retry_is_not_taken_for_a_change_of_others(kind: str, approved: bool) -> None:
    api, plan = prepared(kind, "nothing")
    api.failing_from, api.is_lost = 0, True
    respond = api._respond

    def respond_late(method: str, *request: Any) -> Reply:
        reply = respond(method, *request)
        if reply is LOST:
            api.clock.sleep(MAX_AGE + 1)
            api.failing_from = None
        return reply

    api._respond = respond_late
    assert apply_after(api, plan, 0, approved=approved).action == ACTIONS[kind]


def lose_first_write(api: EmulatedApi, *, applied: bool, unreadable: bool = False) -> None:
    """Let the response of the first write come never, and the object be read again before the retry."""
    respond = api._respond

    def respond_late(method: str, path: str, query: dict[str, str], body: Any) -> Reply:
        if method == "GET":
            return respond(method, path, query, body)
        if applied:
            respond(method, path, query, body)
        api.clock.sleep(MAX_AGE + 1)
        api._respond = (lambda *_request: (503, None)) if unreadable else respond
        return LOST

    api._respond = respond_late


@pytest.mark.parametrize("approved", [False, True])
@pytest.mark.parametrize("on_create", [("auth_password",), ()], ids=["on_create", "always"])
@pytest.mark.parametrize("shown", ["clear", "masked", "absent"])
def test_applied_change_of_a_trunk_is_recognized_whatever_is_shown_of_its_password(
    shown: str, on_create: tuple[str, ...], approved: bool
) -> None:
    api = EmulatedApi(SEED, password=shown)
    api.call("PUT", f"{CREDENTIALS}/{TRUNK}", body={"server": "sip.example.com", "authPassword": "secret-secret"})
    before = api.trunks()[TRUNK]
    values = {"server": "sip.example.com", "description": "New", "auth_password": "secret-secret"}
    plan = make_plan(Desired(CREDENTIAL, TRUNK, values, on_create=on_create), before)
    lose_first_write(api, applied=True)
    outcome = apply_after(api, plan, 0, approved=approved)
    assert (outcome.action, outcome.before["description"], outcome.after["description"]) == ("update", None, "New")
    assert (len(api.writes), api.organization.credentials[TRUNK]["authPassword"]) == (1, "secret-secret")


@pytest.mark.parametrize("approved", [False, True])
@pytest.mark.parametrize("applied", [False, True])
@pytest.mark.parametrize("shown", ["masked", "absent"])
def test_password_that_nothing_shows_is_sent_again(shown: str, applied: bool, approved: bool) -> None:
    api = EmulatedApi(SEED, password=shown)
    plan = make_plan(Desired(CREDENTIAL, TRUNK, {"auth_password": "secret-secret"}), api.trunks()[TRUNK])
    lose_first_write(api, applied=applied)
    assert apply_after(api, plan, 0, approved=approved).action == "update"
    assert api.organization.credentials[TRUNK]["authPassword"] == "secret-secret"
    assert len(api.writes) == 1 + applied


@pytest.mark.parametrize("approved", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_write_stays_doubtful_if_the_object_cannot_be_read_before_its_retry(kind: str, approved: bool) -> None:
    api, plan = prepared(kind, "nothing")
    lose_first_write(api, applied=True, unreadable=True)
    with pytest.raises(PlanFailure) as caught:
        apply_after(api, plan, 0, approved=approved)
    failure = caught.value
    assert (failure.cause.method == "GET", failure.cause.outcome, failure.plan) == (False, "unknown", plan)


@pytest.mark.parametrize("kind", KINDS)
def test_refused_retry_of_an_approved_write_stays_doubtful(kind: str) -> None:
    api, plan = prepared(kind, "nothing")
    change_before_retry(api, "unmanaged field", LOST)
    with pytest.raises(PlanFailure, match="since the preview") as caught:
        apply_after(api, plan, 0, approved=True)
    assert caught.value.cause.outcome == "unknown"


def test_object_that_changes_before_each_retry_ends_the_retries() -> None:
    api, plan = prepared("update by key", "nothing")
    respond, count = api._respond, iter(range(100))

    def respond_busy(method: str, *request: Any) -> Reply:
        if method == "GET":
            return respond(method, *request)
        put(description=f"Theirs {next(count)}")(api)
        api.clock.sleep(MAX_AGE + 1)
        return REFUSED

    api._respond = respond_busy
    with pytest.raises(PlanFailure, match="it changed before each retry") as caught:
        apply_after(api, plan, 0)
    assert (caught.value.written.obj, next(count)) == (None, 4)
