# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whole runs over trunks and numbers, by property: what was approved is what happens, also after a broken run."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from ansible_collections.dasha.blackbox.plugins.module_utils._common.errors import InvalidOptionsError
from ansible_collections.dasha.blackbox.plugins.module_utils._operations import sip_trunks
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.sip_credential import trunk_name
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.sip_phone_number import OUTGOING
from ansible_collections.dasha.blackbox.plugins.module_utils._running.operation import Invocation
from ansible_collections.dasha.blackbox.plugins.module_utils._running.progress import Progress
from unit.applying.emulated import EmulatedApi
from unit.harness import NUMBERS, OTHER_TRUNK, TRUNK

AGENTS = ["agent-1", "agent-2"]
PHONES = ["+1", "+2", "+3"]
# A trunk without and one with a user that exist, and one that does not.
TRUNKS: dict[str, dict[str, Any]] = {
    "a": {"server": "a"},
    "u@b": {"server": "b", "auth_user": "u"},
    "u@new": {"server": "new", "auth_user": "u"},
}
PASSWORD = "zQ9-correct-horse"
# More than any run has.
MOST_WRITES = 12


class Case(NamedTuple):
    """What exists, and the options of a task."""

    numbers: list[dict[str, Any]]
    callers: dict[str, str]
    options: dict[str, Any]

    def api(self) -> EmulatedApi:
        phones = {each["phoneNumber"]: each["id"] for each in self.numbers}
        return EmulatedApi(
            {
                "credentials": [
                    {"id": TRUNK, "server": "a"},
                    {"id": OTHER_TRUNK, "server": "b", "authUser": "u", "authPassword": PASSWORD},
                ],
                "agents": [{"id": each, "name": each, "outbound": phones.get(self.callers[each])} for each in AGENTS],
                "phone_numbers": self.numbers,
            },
            password="clear",
        )


def number(phone: str, trunk: str, name: str | None, agent: str | None) -> dict[str, Any]:
    number_id = f"9b2f0c1e-8a5d-4f0e-9d55-0f6f2b0c7a1{phone[-1]}"
    fields = {"phoneNumber": phone, "credentialsId": trunk, "displayName": name, "incomingCallsAgentId": agent}
    return {"id": number_id, **fields}


names = st.sampled_from(["", "Old", "New"])
existing_values = st.tuples(st.sampled_from([TRUNK, OTHER_TRUNK]), names, st.sampled_from([None, *AGENTS]))
existing = st.fixed_dictionaries(
    dict.fromkeys(PHONES[:2], existing_values), optional=dict.fromkeys(PHONES[2:], existing_values)
).map(lambda chosen: [number(phone, *values) for phone, values in chosen.items()])
managed = st.fixed_dictionaries(
    {},
    optional={
        "display_name": names,
        "incoming_calls_agent_id": st.sampled_from(["", *AGENTS]),
        "state": st.sampled_from(["present", "present", "absent"]),
    },
)


def make_options(
    trunks: dict[str, tuple[dict[str, Any], bool, list[str]]],
    numbers: dict[str, dict[str, Any]],
    callers: dict[str, str],
    flags: tuple[bool, ...],
) -> dict[str, Any]:
    """Return the options of a task in which each phone number and each agent is listed once at most."""
    purge, purge_trunks, moves, nested = flags
    listed: list[dict[str, Any]] = []
    flat: list[dict[str, Any]] = []
    free = dict(numbers)
    for name, (values, present, phones) in trunks.items():
        entry = {**TRUNKS[name], **values} if present else {**TRUNKS[name], "state": "absent", "force": True}
        own = [{"phone_number": phone, **free.pop(phone)} for phone in phones if phone in free] if present else []
        for each in own:
            members = [agent for agent, phone in callers.items() if phone == each["phone_number"]]
            each.update({"outgoing_calls_agent_ids": members} if members or "display_name" in each else {})
        if nested and present:
            entry["phone_numbers"] = own
        else:
            flat += [{**each, "trunk": name} for each in own]
        listed.append(entry)
    return {
        "trunks": listed,
        "phone_numbers": flat,
        "purge": purge,
        "purge_trunks": purge_trunks,
        # A trunk that a purge deletes cannot be named any more afterwards.
        "move_from": [name for name in ("a", "u@b") if moves and (name in trunks or not purge_trunks)],
        "force": True,
        "max_deletions": 100,
    }


trunk_values = st.fixed_dictionaries(
    {}, optional={"description": names, "auth_password": st.just(PASSWORD), "cps_limit": st.integers(0, 1)}
)
trunk_tasks = st.tuples(
    trunk_values, st.sampled_from([True, True, True, False]), st.lists(st.sampled_from(PHONES), unique=True, min_size=1)
)
cases = st.builds(
    Case,
    existing,
    st.fixed_dictionaries(dict.fromkeys(AGENTS, st.sampled_from(["", *PHONES]))),
    st.builds(
        make_options,
        st.fixed_dictionaries({"a": trunk_tasks}, optional={"u@b": trunk_tasks, "u@new": trunk_tasks}),
        st.fixed_dictionaries(dict.fromkeys(PHONES, managed)),
        st.fixed_dictionaries({}, optional=dict.fromkeys(AGENTS, st.sampled_from(PHONES))),
        st.tuples(st.booleans(), st.sampled_from([True, False, False]), st.booleans(), st.booleans()),
    ),
)


# One agent moves from the second number to the first, and that of the first to a new one.
AGENTS_IN_A_CHAIN = Case(
    [number("+1", TRUNK, "", None), number("+2", TRUNK, "", None)],
    {"agent-1": "+2", "agent-2": "+1"},
    make_options(
        {"a": ({}, True, ["+1", "+2", "+3"])},
        {"+1": {}, "+2": {"display_name": ""}, "+3": {}},
        {"agent-1": "+1", "agent-2": "+3"},
        (False, True, False, False),
    ),
)


def run(
    api: EmulatedApi,
    options: dict[str, Any],
    *,
    check: bool = False,
    progress: Progress | None = None,
    **more: Any,
) -> dict[str, Any]:
    """Return the result of a task, with its warnings."""
    spec = sip_trunks.SPEC.options
    defaults = {name: details.get("default") for name, details in spec.items()}
    connection = {"api_url": "http://localhost", "api_key": "key", "concurrency": 1}
    asked = {**defaults, **connection, **options, **more}
    client = api.client(retries=0)
    result = sip_trunks.manage_trunks(Invocation(asked, check, client, progress or Progress(api.clock)))
    assert api.violations == []
    return {**result.values, "failed": "msg" in result.values, "warnings": result.warnings}


def previewed(case: Case) -> tuple[EmulatedApi, dict[str, Any]]:
    """Return an organization, and the preview of the task; nothing of it may be impossible."""
    api = case.api()
    preview = run(api, case.options, check=True)
    assume(not preview["failed"])
    return api, preview


def state(api: EmulatedApi) -> Any:
    """Return what the organization owns, without what differs from run to run."""
    trunks = {trunk_id: trunk_name(fields) for trunk_id, fields in api.trunks().items()}
    ignored = ("id", "createdTime", "lastUpdateTime", "registrationStatus", "credentialsId")
    return (
        sorted(repr(sorted((k, v) for k, v in each.items() if k not in ignored)) for each in api.trunks().values()),
        sorted(
            (trunks[each["credentialsId"].lower()], repr(sorted((k, v) for k, v in each.items() if k not in ignored)))
            for each in api.numbers().values()
        ),
    )


def plan_in(result: dict[str, Any]) -> Any:
    """Return what a result says of its plan; ids of new objects are known only to the run."""
    changes = [
        {**change, "id": None, "credentials_id": None, "before": None, "after": None} for change in result["changes"]
    ]
    return result["plan_id"], result["approval"], result["summary"], sorted(map(repr, changes))


def test_progress_counts_what_was_written_and_what_failed() -> None:
    api = Case([], dict.fromkeys(AGENTS, ""), {}).api()
    api.failing_from = 1
    progress = Progress(api.clock)
    run(
        api,
        {"trunks": [{"server": "a", "phone_numbers": [{"phone_number": each} for each in PHONES]}]},
        progress=progress,
    )
    api.clock.sleep(5)
    assert "1 of 3 written, 2 failed" in str(progress.due_line())


@pytest.mark.slow
@given(cases)
def test_run_does_what_its_preview_showed(case: Case) -> None:
    api, preview = previewed(case)
    assert api.writes == []
    done = run(api, case.options, approval=preview["approval"], expected_plan_id=preview["plan_id"])
    assert not done["failed"]
    assert plan_in(done) == plan_in(preview)
    assert done["changed"] == preview["changed"] == bool(api.writes)
    assert PASSWORD not in repr((preview, done))


@pytest.mark.slow
@given(cases)
def test_long_run_is_not_refused_for_what_it_has_changed_itself(case: Case) -> None:
    """The API takes seconds for each response, so that most writes rest on an old state."""
    api, preview = previewed(case)
    whole = case.api()
    run(whole, case.options)
    api.latency = 2
    done = run(api, case.options, approval=preview["approval"], expected_plan_id=preview["plan_id"])
    assert not done["failed"], done["msg"]
    assert plan_in(done) == plan_in(preview)
    assert state(api) == state(whole)


@pytest.mark.slow
@example(AGENTS_IN_A_CHAIN, False)
@given(cases, st.booleans())
def test_preview_fails_as_the_run_does_if_something_is_in_use(case: Case, forces_trunks: bool) -> None:
    trunks = [{**each, "force": forces_trunks} for each in case.options["trunks"]]
    options = {**case.options, "trunks": trunks, "force": False}
    api = case.api()
    preview, done = run(api, options, check=True), run(api, options)
    assert done["summary"] == preview["summary"]
    # Only the run has asked the API; the advice is the same.
    failures = [[{**each, "error": None} for each in result["failures"]] for result in (preview, done)]
    assert failures[0] == failures[1]
    assert (done["failed"], done["changed"]) == (preview["failed"], preview["changed"])


@pytest.mark.slow
@given(cases, st.integers(0, MOST_WRITES), st.booleans())
def test_rest_of_a_broken_run_is_covered_by_the_approval_of_the_whole(case: Case, count: int, is_lost: bool) -> None:
    api, preview = previewed(case)
    approval, whole = preview["approval"], case.api()
    run(whole, case.options)
    api.failing_from, api.is_lost = count, is_lost
    broken = run(api, case.options, approval=approval)
    assert broken["failed"] or len(api.writes) <= count + is_lost
    api.failing_from = None
    finished = run(api, case.options, approval=approval)
    assert not finished["failed"], finished["msg"]
    assert state(api) == state(whole)
    again = run(api, case.options, approval=approval, expected_plan_id="any")
    assert (again["failed"], again["changed"], again["changes"]) == (False, False, [])


@pytest.mark.slow
@given(cases, st.integers(0, MOST_WRITES))
def test_broken_run_counts_each_object_once_and_reports_what_it_wrote(case: Case, count: int) -> None:
    api, planned = previewed(case)
    before = state(api)
    api.failing_from = count
    result = run(api, case.options)
    assert result["changed"] == (state(api) != before) == bool(result["changes"])
    for family in ("trunks", "phone_numbers"):
        assert sum(result["summary"][family].values()) == sum(planned["summary"][family].values())
    ids = [(change["object"], change["change_id"]) for change in result["changes"]]
    assert len(ids) == len(set(ids))
    assert {change for _kind, change in ids} <= set(planned["approval"]["change_ids"])
    assert result["failed"] == bool(result["failures"])
    assert PASSWORD not in repr(result)


# By example


def test_numbers_of_a_trunk_that_was_not_created_are_not_attempted() -> None:
    api = Case([], dict.fromkeys(AGENTS, ""), {}).api()
    api.failing_from = 0
    trunk = {**TRUNKS["u@new"], "phone_numbers": [{"phone_number": "+1"}, {"phone_number": "+2"}]}
    result = run(api, {"trunks": [trunk]})
    assert (result["summary"]["trunks"]["failed"], result["summary"]["phone_numbers"]["not_attempted"]) == (1, 2)
    assert [path for _method, path in api.writes] == ["/api/v1/sip-credentials"]


def test_two_trunks_that_pass_a_server_on_are_both_updated() -> None:
    api = Case([], dict.fromkeys(AGENTS, ""), {}).api()
    trunks = [{"id": TRUNK, "server": "b", "auth_user": "u"}, {"id": OTHER_TRUNK, "server": "c", "auth_user": "u"}]
    result = run(api, {"trunks": trunks})
    assert result["summary"]["trunks"]["updated"] == 2
    assert sorted(trunk["server"] for trunk in api.trunks().values()) == ["b", "c"]


# The agent calls from the first number, and from the second one after the run.
ONE, TWO = number("+1", TRUNK, "Old", None), number("+2", TRUNK, "Old", None)
TAKES = {"phone_number": "+2", "trunk": "a", "outgoing_calls_agent_ids": ["agent-1"]}
GIVES: dict[str, dict[str, Any]] = {
    "deleted": {"phone_number": "+1", "trunk": "a", "state": "absent", "force": True},
    "updated": {"phone_number": "+1", "trunk": "a", "display_name": "New", "outgoing_calls_agent_ids": []},
    "unlinked": {"phone_number": "+1", "trunk": "a", "outgoing_calls_agent_ids": ["agent-2"]},
}


@pytest.mark.parametrize("gives", GIVES.values(), ids=GIVES)
def test_number_from_which_a_broken_run_took_an_agent_is_still_covered_by_the_approval(gives: dict[str, Any]) -> None:
    api = Case([ONE, TWO], {"agent-1": "+1", "agent-2": ""}, {}).api()
    options = {"phone_numbers": [gives, TAKES]}
    approval = run(api, options, check=True)["approval"]
    api.failing_from = 1
    assert run(api, options, approval=approval)["failed"]
    api.failing_from = None
    assert api.numbers()[TWO["id"]][OUTGOING] == ["agent-1"]
    finished = run(api, options, approval=approval)
    assert not finished["failed"], finished["msg"]


@pytest.mark.parametrize("gives", GIVES.values(), ids=GIVES)
def test_number_from_which_a_long_run_took_an_agent_is_still_the_approved_one(gives: dict[str, Any]) -> None:
    api = Case([ONE, TWO], {"agent-1": "+1", "agent-2": ""}, {}).api()
    options = {"phone_numbers": [gives, TAKES]}
    approval = run(api, options, check=True)["approval"]
    api.latency = 4
    done = run(api, options, approval=approval)
    assert not done["failed"], done["msg"]


CONTRADICTIONS = {
    "by id": {"id": number("+1", TRUNK, None, None)["id"], "display_name": "New"},
    "by id, unchanged": {"id": number("+1", TRUNK, None, None)["id"], "display_name": ""},
    "by the id of the trunk": {"phone_number": "+1", "credentials_id": TRUNK},
    "new on it": {"phone_number": "+2", "credentials_id": TRUNK},
}


@pytest.mark.parametrize("entry", CONTRADICTIONS.values(), ids=CONTRADICTIONS)
def test_listed_number_on_a_trunk_that_the_same_task_deletes_is_refused(entry: dict[str, Any]) -> None:
    """As it is if the entry names the trunk by its name: one entry wants the number, the other one deletes it."""
    api = Case([number("+1", TRUNK, None, None)], dict.fromkeys(AGENTS, ""), {}).api()
    options = {"trunks": [{"server": "a", "state": "absent", "force": True}], "phone_numbers": [entry]}
    with pytest.raises(InvalidOptionsError, match=r"phone_numbers\[0\]"):
        run(api, options)
    assert api.writes == []


def test_second_run_needs_no_new_approval_if_the_api_does_not_show_passwords() -> None:
    """Such a password is sent by every run: it cannot be compared."""
    api = Case([], dict.fromkeys(AGENTS, ""), {}).api()
    api.settings(password="masked")
    trunk = {**TRUNKS["u@b"], "auth_password": PASSWORD, "description": "New", "update_password": "always"}
    approval = run(api, {"trunks": [trunk]}, check=True)["approval"]
    for _time in range(2):
        assert not run(api, {"trunks": [trunk]}, approval=approval)["failed"]


def test_number_that_somebody_else_changed_during_a_long_run_keeps_their_change() -> None:
    """The API takes seconds for each response, so that the last writes rest on an old state."""
    numbers = [number(phone, TRUNK, "Old", None) for phone in PHONES]
    api = Case(numbers, dict.fromkeys(AGENTS, ""), {}).api()
    api.latency = 4
    theirs = {"phoneNumber": "+3", "credentialsId": TRUNK, "displayName": "Old", "description": "Theirs"}
    api.before_write[1] = lambda: api.call("PUT", f"{NUMBERS}/{numbers[2]['id']}", body=theirs)
    listed = [{"phone_number": phone, "trunk": "a", "display_name": "New"} for phone in PHONES]
    assert run(api, {"phone_numbers": listed})["summary"]["phone_numbers"]["updated"] == 3
    last = api.numbers()[numbers[2]["id"]]
    assert (last["displayName"], last["description"], last[OUTGOING]) == ("New", "Theirs", [])
