# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Trunks and their numbers in one plan, by property: the API accepts it in its order, and nothing goes unmentioned."""

from __future__ import annotations

import uuid
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.dasha.blackbox.plugins.module_utils._planning.fleet import (
    FleetPlan,
    Purge,
    match_all,
    plan_fleet,
)
from ansible_collections.dasha.blackbox.plugins.module_utils._planning.nested import (
    nest,
    placeholder_id,
    with_placeholders_replaced,
)
from ansible_collections.dasha.blackbox.plugins.module_utils._planning.plan import Create, Delete, Update
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.desired import Desired
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.sip_credential import CREDENTIAL
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.sip_phone_number import PHONE_NUMBER

SERVERS = ["a", "b", "c"]
PHONES = ["+1", "+2", "+3"]
NEW = "new"


def id_of(name: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, name))


def trunk(server: str, **fields: Any) -> dict[str, Any]:
    return {"id": id_of(server), "server": server, "authUser": None, "description": None, **fields}


def number(phone: str, server: str, **fields: Any) -> dict[str, Any]:
    return {"id": id_of(phone), "phoneNumber": phone, "credentialsId": id_of(server), "displayName": None, **fields}


class TrunkTask(NamedTuple):
    """What a task says about one trunk."""

    server: str
    present: bool
    force: bool
    description: str | None
    by_id: bool

    def desired(self) -> Desired:
        values: dict[str, Any] = {"server": self.server, "auth_user": None}
        if self.present:
            values["description"] = self.description
        object_id = id_of(self.server) if self.by_id and self.server != NEW else None
        return Desired(CREDENTIAL, object_id, values, self.present, self.force, f"trunks[{self.server}]")


class NumberTask(NamedTuple):
    """What a task says about one phone number."""

    phone: str
    server: str
    present: bool
    name: str | None

    def desired(self) -> Desired:
        placeholder = placeholder_id(Desired(CREDENTIAL, None, {"server": NEW, "auth_user": None}))
        values: dict[str, Any] = {
            "phone_number": self.phone,
            "credentials_id": placeholder if self.server == NEW else id_of(self.server),
        }
        if self.present:
            values["display_name"] = self.name
        return Desired(PHONE_NUMBER, None, values, self.present, location=f"numbers[{self.phone}]")


class Task(NamedTuple):
    """What exists, and what a task asks."""

    placed: dict[str, str]
    trunks: dict[str, TrunkTask]
    numbers: list[NumberTask]
    moves: bool
    purge: bool
    purge_trunks: bool
    force: bool

    @property
    def existing_trunks(self) -> list[dict[str, Any]]:
        return [trunk(server) for server in SERVERS]

    @property
    def existing_numbers(self) -> list[dict[str, Any]]:
        return [number(phone, server) for phone, server in self.placed.items()]

    def plans(self) -> tuple[FleetPlan, FleetPlan, FleetPlan]:
        """Return the plans for trunks, for numbers, and for both."""
        trunks = [each.desired() for each in self.trunks.values()]
        parents = plan_fleet(
            CREDENTIAL,
            match_all(trunks, self.existing_trunks, CREDENTIAL),
            self.existing_trunks,
            purge=Purge((), self.force) if self.purge_trunks else None,
        )
        numbers = [each.desired() for each in self.numbers]
        move_from = [id_of(server) for server in SERVERS] if self.moves else []
        children = plan_fleet(
            PHONE_NUMBER,
            match_all(numbers, self.existing_numbers, PHONE_NUMBER, move_from),
            self.existing_numbers,
            purge=Purge((), self.force) if self.purge else None,
        )
        return parents, children, nest(parents, children, self.existing_numbers, PHONE_NUMBER)


def make_task(
    placed: dict[str, str],
    trunks: dict[str, tuple[bool, bool, str | None, bool]],
    numbers: dict[str, tuple[int, bool, str | None]],
    flags: tuple[bool, bool, bool, bool],
) -> Task:
    """Return a task that does not contradict itself: a listed number is on a trunk that stays."""
    moves, purge, purge_trunks, force = flags
    listed = {server: TrunkTask(server, *said) for server, said in trunks.items()}
    staying = [server for server, each in listed.items() if each.present]
    staying += [] if purge_trunks else [server for server in SERVERS if server not in listed]
    tasks = [
        NumberTask(phone, staying[position % len(staying)], present, name)
        for phone, (position, present, name) in numbers.items()
        if staying
    ]
    return Task(placed, listed, tasks, moves, purge, purge_trunks, force)


names = st.sampled_from([None, "x"])
tasks = st.builds(
    make_task,
    st.fixed_dictionaries({}, optional=dict.fromkeys(PHONES, st.sampled_from(SERVERS))),
    st.fixed_dictionaries(
        {},
        optional={
            **dict.fromkeys(SERVERS, st.tuples(st.booleans(), st.booleans(), names, st.booleans())),
            NEW: st.tuples(st.just(True), st.just(False), names, st.just(False)),
        },
    ),
    st.fixed_dictionaries({}, optional=dict.fromkeys(PHONES, st.tuples(st.integers(0, 3), st.booleans(), names))),
    st.tuples(*[st.booleans()] * 4),
)


class Organization:
    """What the API holds; it refuses what the real one refuses."""

    def __init__(self, task: Task) -> None:
        self.trunks = {each["id"]: each for each in task.existing_trunks}
        self.numbers = {each["id"]: each for each in task.existing_numbers}
        self.created: dict[str, str] = {}

    def apply(self, plan: FleetPlan, random: Any) -> None:
        """Apply the stages of a plan, the writes of each in any order."""
        done = True
        for stage in plan.stages:
            if stage.takes_away and plan.impossible:
                done = False
                continue
            assert done or stage.takes_away
            deletes = {isinstance(write, Delete) for write in stage.plans}
            assert len(deletes) < 2
            assert stage.takes_away or deletes <= {False}
            for write in random.sample(stage.plans, len(stage.plans)):
                if write.resource is CREDENTIAL:
                    self._write_trunk(write)
                else:
                    self._write_number(with_placeholders_replaced(write, self.created))

    def _write_trunk(self, write: Any) -> None:
        if isinstance(write, Delete):
            on_it = [each for each in self.numbers.values() if each["credentialsId"] == write.current["id"]]
            # With force, whatever somebody else has put there in the meantime would go as well.
            assert (on_it, write.desired.force) == ([], False)
            del self.trunks[write.current["id"]]
            return
        object_id = id_of(f"created {write.body['server']}") if isinstance(write, Create) else write.current["id"]
        if isinstance(write, Create):
            self.created[placeholder_id(write.desired)] = object_id
        self.trunks[object_id] = {"id": object_id, **write.body}

    def _write_number(self, write: Any) -> None:
        if isinstance(write, Delete):
            del self.numbers[write.current["id"]]
            return
        object_id = id_of(f"created {write.body}") if isinstance(write, Create) else write.current["id"]
        obj = {**(write.current or {}), "id": object_id, **write.body}
        taken = [each for each in self.numbers.values() if each["id"] != object_id]
        assert obj["credentialsId"] in self.trunks
        assert PHONE_NUMBER.key_of_object(obj) not in [PHONE_NUMBER.key_of_object(each) for each in taken]
        self.numbers[object_id] = obj


@pytest.mark.not_quick
@given(tasks, st.randoms())
def test_api_accepts_the_plan_in_its_order_and_the_task_gets_what_it_asked(task: Task, random: Any) -> None:
    _parents, _children, plan = task.plans()
    api = Organization(task)
    api.apply(plan, random)
    if plan.impossible:
        return
    servers = {each["server"] for each in api.trunks.values()}
    for each in task.trunks.values():
        assert (each.server in servers) == each.present
    if task.purge_trunks:
        assert servers == {each.server for each in task.trunks.values() if each.present}
    keys = [PHONE_NUMBER.key_of_object(obj) for obj in api.numbers.values()]
    for listed in task.numbers:
        values = listed.desired().values
        trunk_id = api.created.get(values["credentials_id"], values["credentials_id"])
        assert (PHONE_NUMBER.key_of({**values, "credentials_id": trunk_id}) in keys) == listed.present


def leaves(write: Any) -> bool:
    """Whether a write takes a number away from its trunk."""
    moves = isinstance(write, Update) and write.before.get("credentials_id") != write.after.get("credentials_id")
    return moves or isinstance(write, Delete)


@pytest.mark.not_quick
@given(tasks)
def test_each_number_of_a_deleted_trunk_is_in_the_plan_once_with_the_force_of_the_trunk(task: Task) -> None:
    """The numbers may be in use: whoever forces the trunk forces them, and a purge has the force of the task."""
    _parents, children, plan = task.plans()
    deleted = {write.current["id"] for write in plan.deletions if write.resource is CREDENTIAL}
    own = [write.current["id"] for write in children.writes if write.current]
    forces = {id_of(each.server): each.force for each in task.trunks.values()}
    for obj in task.existing_numbers:
        if obj["credentialsId"] in deleted:
            (write,) = (each for each in plan.writes if each.current and each.current["id"] == obj["id"])
            assert leaves(write)
            if obj["id"] not in own:
                assert write.desired.force == forces.get(obj["credentialsId"], task.force)


@pytest.mark.not_quick
@given(tasks)
def test_trunk_with_numbers_is_deleted_only_if_its_entry_has_force(task: Task) -> None:
    parents, children, plan = task.plans()
    planned = {write.current["id"] for write in parents.deletions}
    deleted = {write.current["id"] for write in plan.deletions}
    leaving = {write.current["id"] for write in children.writes if write.current and leaves(write)}
    for each in task.trunks.values():
        left = [obj for obj in task.existing_numbers if obj["credentialsId"] == id_of(each.server)]
        kept = [obj["id"] for obj in left if obj["id"] not in leaving]
        refused = [match for match in plan.impossible if match.desired.location == each.desired().location]
        assert (id_of(each.server) in planned) == (not each.present)
        assert bool(refused) == (bool(kept) and not each.present and not each.force)
        assert (id_of(each.server) in deleted) == (not each.present and not refused)
        for match in refused:
            assert match.error is not None
            assert (match.error.outcome, match.error.attempts) == ("not_sent", 0)
            assert match.error.hint == match.desired.force_hint
            assert all(number_id in (match.error.detail or "") for number_id in kept)
            # Nothing of what would have gone with it goes.
            assert deleted.isdisjoint(kept)


@given(tasks)
def test_no_write_is_lost_and_no_object_is_written_twice(task: Task) -> None:
    parents, children, plan = task.plans()
    refused = [match.desired for match in plan.impossible]
    written = [write.desired._replace(force=False) for write in plan.writes]
    for write in [*parents.writes, *children.writes]:
        assert write.desired in refused or write.desired._replace(force=False) in written
    ids = [write.current["id"] for write in plan.writes if write.current]
    assert len(ids) == len(set(ids))
    assert len(plan.unchanged) == len(parents.unchanged) + len(children.unchanged)


# By example


def nested(trunks: list[Desired], numbers: list[Desired], placed: dict[str, str]) -> FleetPlan:
    existing = [trunk(server) for server in SERVERS]
    on_them = [number(phone, server) for phone, server in placed.items()]
    parents = plan_fleet(CREDENTIAL, match_all(trunks, existing, CREDENTIAL), existing)
    children = plan_fleet(PHONE_NUMBER, match_all(numbers, on_them, PHONE_NUMBER), on_them)
    return nest(parents, children, on_them, PHONE_NUMBER)


def test_trunk_that_takes_over_the_server_of_another_one_is_in_the_plan() -> None:
    """The API knows no unique server, so the order does not matter; but both have to be written."""
    trunks = [
        Desired(CREDENTIAL, id_of("a"), {"server": "b", "auth_user": None}, location="trunks[0]"),
        Desired(CREDENTIAL, id_of("b"), {"server": "d", "auth_user": None}, location="trunks[1]"),
    ]
    plan = nested(trunks, [], {})
    assert sorted(str(write.after["server"]) for write in plan.writes) == ["b", "d"]


# Placeholders


def test_placeholder_is_that_of_the_key_and_not_of_the_position_or_of_other_values() -> None:
    one = Desired(CREDENTIAL, None, {"server": "s", "auth_user": "u"}, location="trunks[0]")
    other = Desired(CREDENTIAL, None, {"server": "s", "auth_user": "u", "description": "x"}, location="trunks[7]")
    assert placeholder_id(one) == placeholder_id(other)
    assert placeholder_id(one) != placeholder_id(one._replace(values={"server": "s"}))
    assert placeholder_id(one._replace(values={"server": "s"})) == placeholder_id(
        one._replace(values={"server": "s", "auth_user": None})
    )


def test_placeholder_of_an_entry_with_an_id_is_that_of_the_id_in_any_case() -> None:
    one = Desired(CREDENTIAL, id_of("a"), {"server": "s"})
    assert placeholder_id(one) == placeholder_id(one._replace(object_id=id_of("a").upper(), values={}))
    assert placeholder_id(one) != placeholder_id(one._replace(object_id=None))


@pytest.mark.not_quick
@given(tasks)
def test_placeholders_leave_every_other_plan_alone(task: Task) -> None:
    _parents, _children, plan = task.plans()
    placeholder = placeholder_id(Desired(CREDENTIAL, None, {"server": NEW, "auth_user": None}))
    real = id_of("real")
    for write in plan.writes:
        replaced = with_placeholders_replaced(write, {placeholder: real})
        if isinstance(write, Delete) or write.desired.values.get("credentials_id") != placeholder:
            assert replaced is write
            continue
        assert isinstance(replaced, (Create, Update))
        assert replaced.body is not None
        assert replaced.body["credentialsId"] == replaced.after["credentials_id"] == real
        assert placeholder not in str((replaced.body, replaced.before, replaced.after, replaced.predicted))
