# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plan ids: equal for what is written, different as soon as a write or its start differs. By property."""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ansible_collections.dasha.blackbox.plugins.module_utils._planning.fleet import Purge, match_all, plan_fleet
from ansible_collections.dasha.blackbox.plugins.module_utils._planning.plan_id import change_id, plan_id, step_ids
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.desired import Desired
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.sip_phone_number import PHONE_NUMBER

TRUNK = "3fa85f64-5717-4562-b3fc-2c963f66afa6"
PHONES = ["+1", "+2", "+3", "+4"]


def number(phone: str, **fields: Any) -> dict[str, Any]:
    return {
        "id": str(uuid.uuid5(uuid.NAMESPACE_URL, phone)),
        "phoneNumber": phone,
        "credentialsId": TRUNK,
        "displayName": "Old",
        "description": "Text",
        "registration": False,
        "incomingCallsAgentId": None,
        "registrationStatus": {"state": "Registered"},
        "lastUpdateTime": "2026-01-01T00:00:00Z",
        **fields,
    }


def wish(phone: str, **values: Any) -> Desired:
    return Desired(PHONE_NUMBER, None, {"phone_number": phone, "credentials_id": TRUNK, **values})


def id_of(
    wishes: list[Desired],
    existing: list[dict[str, Any]],
    purge: bool = False,
    force: bool = False,
    move_from: Sequence[str] = (),
) -> str:
    matches = match_all(wishes, existing, PHONE_NUMBER, move_from)
    plan = plan_fleet(PHONE_NUMBER, matches, existing, purge=Purge((), force) if purge else None)
    return plan_id(change_id(step_ids(write, {})) for write in plan.writes)


names = st.sampled_from([None, "Old", "New"])
wishes = st.dictionaries(st.sampled_from(PHONES), names, max_size=4).map(
    lambda chosen: [wish(phone, display_name=name) for phone, name in chosen.items()]
)
existing_numbers = st.lists(st.sampled_from(PHONES), unique=True).map(lambda phones: [number(p) for p in phones])


@given(wishes, existing_numbers, st.booleans(), st.randoms())
def test_order_makes_no_difference(wanted: list[Desired], existing: list[Any], purge: bool, random: Any) -> None:
    shuffled, listed = random.sample(wanted, len(wanted)), random.sample(existing, len(existing))
    assert id_of(shuffled, listed, purge) == id_of(wanted, existing, purge)


@pytest.mark.not_quick
@given(wishes, existing_numbers)
def test_what_is_not_written_makes_no_difference(wanted: list[Desired], existing: list[Any]) -> None:
    other = number("+9")
    assert id_of([*wanted, wish("+9", display_name="Old")], [*existing, other]) == id_of(wanted, existing)
    assert id_of(wanted, [*existing, other]) == id_of(wanted, existing)


@pytest.mark.not_quick
@given(wishes, wishes, existing_numbers)
def test_plans_have_the_same_id_exactly_if_they_write_the_same(
    one: list[Desired], other: list[Desired], existing: list[Any]
) -> None:
    def written(wanted: list[Desired]) -> set[str]:
        plan = plan_fleet(PHONE_NUMBER, match_all(wanted, existing, PHONE_NUMBER), existing)
        return {f"{write.action} {sorted(write.after.items())!r}" for write in plan.writes}

    assert (id_of(one, existing) == id_of(other, existing)) == (written(one) == written(other))


@given(st.permutations(["agent-1", "agent-2", "agent-3"]), st.booleans())
def test_another_spelling_of_the_same_makes_no_difference(agents: list[str], exists: bool) -> None:
    existing = [number("+1", outgoingCallsAgentIds=[])] if exists else []
    values = {"display_name": "New", "outgoing_calls_agent_ids": agents, "credentials_id": TRUNK.upper()}
    ordered = {**values, "outgoing_calls_agent_ids": sorted(agents), "credentials_id": TRUNK}
    assert id_of([wish("+1", **values)], existing) == id_of([wish("+1", **ordered)], existing)


@pytest.mark.parametrize(
    "values",
    [
        {"display_name": None},
        {"display_name": "new"},
        {"display_name": "New", "description": "Other"},
        {"display_name": "New", "registration": True},
        {"display_name": "New", "incoming_calls_agent_id": "agent-1"},
        {"display_name": "New", "outgoing_calls_agent_ids": ["agent-1"]},
        {"display_name": "New", "outgoing_calls_agent_ids": ["agent-1", "agent-2"]},
    ],
    ids=str,
)
@pytest.mark.parametrize("existing", [[], [number("+1", outgoingCallsAgentIds=["agent-3"])]], ids=["create", "update"])
def test_another_value_makes_a_difference(existing: list[Any], values: dict[str, Any]) -> None:
    assert id_of([wish("+1", **values)], existing) != id_of([wish("+1", display_name="New")], existing)


def test_move_differs_from_a_creation_and_from_a_move_from_elsewhere() -> None:
    wanted = [wish("+1", display_name="New")]
    trunks = ["5b0c5ab2-2b0b-4a63-8f3e-0d1f6c2b7e99", "7c0c5ab2-2b0b-4a63-8f3e-0d1f6c2b7e99"]
    ids = {id_of(wanted, [])}
    for trunk in trunks:
        existing = [number("+1", credentialsId=trunk)]
        ids |= {id_of(wanted, existing), id_of(wanted, existing, move_from=trunks)}
    # Without move_from, the number on the other trunk is not part of the plan.
    assert len(ids) == 3


def test_id_is_long_enough_that_nobody_can_make_another_plan_with_it() -> None:
    assert re.fullmatch("[0-9a-f]{32}", id_of([wish("+1")], []))


@pytest.mark.parametrize(
    "start",
    [
        {"displayName": "Older"},
        {"description": "Other text, which the task does not manage"},
        {"registration": True},
        {"id": "00000000-0000-4000-8000-000000000009"},
        {"incomingCallsAgentId": "agent-1"},
        {"newerField": 1},
    ],
    ids=str,
)
def test_another_start_of_an_update_makes_a_difference(start: dict[str, Any]) -> None:
    wanted = [wish("+1", display_name="New")]
    assert id_of(wanted, [number("+1", **start)]) != id_of(wanted, [number("+1")])


@pytest.mark.parametrize(
    "start", [{"registrationStatus": {"state": "Failed"}}, {"lastUpdateTime": "2027-01-01T00:00:00Z"}], ids=str
)
def test_what_the_server_computes_makes_no_difference(start: dict[str, Any]) -> None:
    wanted = [wish("+1", display_name="New")]
    assert id_of(wanted, [number("+1", **start)]) == id_of(wanted, [number("+1")])


def test_force_and_the_deleted_number_make_a_difference() -> None:
    existing = [number("+1")]
    ids = {id_of([], [], True), id_of([wish("+2")], existing, True), id_of([wish("+2")], existing, True, force=True)}
    ids.add(id_of([wish("+2")], [number("+1", description="Other")], True))
    assert len(ids) == 4


@given(wishes)
def test_plan_without_writes_has_always_the_same_id(wanted: list[Desired]) -> None:
    existing = [number(each.values["phone_number"], displayName=each.values["display_name"]) for each in wanted]
    assume(wanted)
    assert id_of(wanted, existing) == id_of([], [])
