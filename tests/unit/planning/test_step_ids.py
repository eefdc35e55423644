# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ids of changes and of the requests they consist of: what they cover, and what makes no difference. By property."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.dasha.blackbox.plugins.module_utils._planning.imports import plan_imports
from ansible_collections.dasha.blackbox.plugins.module_utils._planning.nested import (
    placeholder_id,
    with_placeholders_replaced,
)
from ansible_collections.dasha.blackbox.plugins.module_utils._planning.plan import (
    Create,
    Delete,
    Noop,
    Update,
    make_plan,
)
from ansible_collections.dasha.blackbox.plugins.module_utils._planning.plan_id import change_id, plan_id, step_ids
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.desired import Desired
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.sip_credential import CREDENTIAL, trunk_name
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.sip_phone_number import PHONE_NUMBER
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.twilio_phone_number import TwilioNumber
from unit.harness import NOBODY_ID, NUMBER_ID, OTHER_ID, OTHER_TRUNK, TRUNK

AGENTS = ["agent-1", "agent-2"]
NO_NAMES: dict[str, str] = {}

texts = st.sampled_from([None, "Old", "New"])
callers = st.lists(st.sampled_from(AGENTS), unique=True)
numbers = st.fixed_dictionaries(
    {
        "id": st.sampled_from([NUMBER_ID, OTHER_ID]),
        "phoneNumber": st.just("+1"),
        "credentialsId": st.sampled_from([TRUNK, OTHER_TRUNK]),
        "displayName": texts,
        "description": texts,
        "registration": st.booleans(),
        "incomingCallsAgentId": st.sampled_from([None, *AGENTS]),
        "outgoingCallsAgentIds": callers,
        "registrationStatus": st.sampled_from([None, {"state": "Registered"}]),
        "lastUpdateTime": st.sampled_from(["2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"]),
    },
    optional={"newer": st.integers(0, 1)},
)
current_numbers = st.one_of(st.none(), numbers)
values = st.fixed_dictionaries(
    {},
    optional={
        "phone_number": st.just("+2"),
        "credentials_id": st.sampled_from([TRUNK.upper(), OTHER_TRUNK]),
        "display_name": texts,
        "description": texts,
        "registration": st.booleans(),
        "incoming_calls_agent_id": st.sampled_from([None, *AGENTS]),
        "outgoing_calls_agent_ids": callers,
    },
)
desired_numbers = st.builds(
    lambda given, present, force: Desired(
        PHONE_NUMBER, None, {"phone_number": "+1", "credentials_id": TRUNK, **given}, present, force
    ),
    values,
    st.sampled_from([True, True, True, False]),
    st.booleans(),
)


def is_write(plan: Any) -> bool:
    return not isinstance(plan, Noop)


writes = st.builds(make_plan, desired_numbers, current_numbers).filter(is_write)


@st.composite
def similar_writes(draw: Any) -> tuple[Any, Any]:
    """Draw two plans of which the second differs from the first in a few values, or in none."""
    desired, current = draw(desired_numbers), draw(current_numbers)
    other = desired._replace(values={**desired.values, **draw(few(values))}, force=desired.force != draw(rarely))
    changed = current and {**current, **draw(few(numbers))}
    plans = make_plan(desired, current), make_plan(other, changed)
    return plans if all(map(is_write, plans)) else draw(similar_writes())


rarely = st.integers(0, 9).map(lambda number: number == 0)


def few(objects: Any) -> Any:
    """Draw none, one or two of the members of an object."""
    return st.tuples(objects, st.lists(st.integers(0, 20), max_size=2)).map(
        lambda drawn: {name: value for index, (name, value) in enumerate(drawn[0].items()) if index in drawn[1]}
    )


def known(obj: Any) -> Any:
    """Return an API object without what the server computes and what an id does not have to cover; equal if equal."""
    ignored = ("registrationStatus", "lastUpdateTime", "newer")
    return sorted((name, repr(value)) for name, value in ordered(obj).items() if name not in ignored)


def ordered(obj: Any) -> dict[str, Any]:
    """Return an object with lists in order, trunks in lower case and without nulls."""
    found: dict[str, Any] = {
        name: sorted(value) if isinstance(value, list) else value for name, value in (obj or {}).items()
    }
    if "credentialsId" in found:
        found["credentialsId"] = found["credentialsId"].lower()
    return found


def requests_of(write: Any) -> set[str]:
    """Return what each request of a write does, and what it starts from, in words of the test."""
    if isinstance(write, Delete):
        return {f"delete {known(write.current)} {write.desired.force}"}
    found = set()
    if isinstance(write, Create):
        found.add(f"create {sorted(ordered(write.body).items())}")
    elif write.body is not None:
        found.add(f"update {known(write.current)} {sorted(ordered(write.body).items(), key=str)}")
    now = {**(write.current or {}), **(write.body or {})}
    number = f"{now['phoneNumber']} {now['credentialsId'].lower()}"
    for option in write.links:
        api = PHONE_NUMBER.by_option[option].api
        before, after = (write.current or {}).get(api), write.desired.values[option]
        if isinstance(after, list):
            found |= {f"link {number} {agent}" for agent in set(after) - set(before or ())}
            found |= {f"unlink {number} {agent}" for agent in set(before or ()) - set(after)}
        else:
            found.add(f"incoming {number} {before} {after}")
    return found


@pytest.mark.not_quick
@given(similar_writes())
def test_requests_have_the_same_id_exactly_if_they_do_the_same_from_the_same_state(pair: tuple[Any, Any]) -> None:
    one, other = pair
    shared = set(step_ids(one, NO_NAMES)) & set(step_ids(other, NO_NAMES))
    assert len(shared) == len(requests_of(one) & requests_of(other))
    same = change_id(step_ids(one, NO_NAMES)) == change_id(step_ids(other, NO_NAMES))
    assert same == (requests_of(one) == requests_of(other))


@pytest.mark.not_quick
@given(writes)
def test_each_request_has_an_id_of_its_own(write: Any) -> None:
    steps = step_ids(write, NO_NAMES)
    assert len(set(steps)) == len(steps) == len(requests_of(write))
    assert all(re.fullmatch("[0-9a-f]{32}", each) for each in [*steps, change_id(steps)])


@pytest.mark.not_quick
@given(st.lists(st.text(max_size=3), max_size=5), st.randoms())
def test_ids_of_plans_and_changes_do_not_depend_on_an_order(ids: list[str], random: Any) -> None:
    shuffled = random.sample(ids, len(ids))
    assert plan_id(ids) == plan_id(shuffled)
    assert change_id(ids or [""]) == change_id(shuffled or [""])


@pytest.mark.not_quick
@given(writes, st.randoms())
def test_order_in_objects_and_lists_makes_no_difference(write: Any, random: Any) -> None:
    def shuffled(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: shuffled(value[name]) for name in random.sample(list(value), len(value))}
        return random.sample(value, len(value)) if isinstance(value, list) else value

    values = shuffled(write.desired.values)
    again: Any = make_plan(write.desired._replace(values=values), shuffled(write.current) if write.current else None)
    assert sorted(step_ids(again, NO_NAMES)) == sorted(step_ids(write, NO_NAMES))


# Secrets

CURRENT_TRUNK = {"id": TRUNK, "server": "sip.example.com", "authUser": "u", "description": "Old"}
secrets = st.sampled_from(["one-secret", "other-secret", "third-secret"])


def trunk_steps(current: dict[str, Any] | None, **values: Any) -> list[str]:
    key = {"server": "sip.example.com", "auth_user": "u"}
    write = make_plan(Desired(CREDENTIAL, None, {**key, **values}), current)
    assert not isinstance(write, Noop)
    return step_ids(write, NO_NAMES)


@given(secrets, secrets)
def test_password_of_a_creation_makes_no_difference(one: str, other: str) -> None:
    assert trunk_steps(None, auth_password=one) == trunk_steps(None, auth_password=other)


@given(secrets, secrets, st.sampled_from(["********", "", None, "stored-secret"]))
def test_password_that_is_sent_makes_no_difference(one: str, other: str, stored: str | None) -> None:
    current = {**CURRENT_TRUNK, "authPassword": stored}
    assert trunk_steps(current, auth_password=one) == trunk_steps(current, auth_password=other)


@given(secrets, secrets)
def test_stored_password_makes_no_difference_in_clear_text(one: str, other: str) -> None:
    ids = [trunk_steps({**CURRENT_TRUNK, "authPassword": stored}, description="New") for stored in (one, other)]
    assert ids[0] == ids[1]


def test_whether_a_password_is_set_or_sent_makes_a_difference() -> None:
    with_password, without = {**CURRENT_TRUNK, "authPassword": "secret"}, {**CURRENT_TRUNK, "authUser": None}
    assert trunk_steps(None) != trunk_steps(None, auth_password="secret")
    assert trunk_steps(None, auth_password=None) != trunk_steps(None, auth_password="secret")
    ids = [
        trunk_steps(with_password, description="New"),
        trunk_steps(with_password, description="New", auth_password="another"),
        trunk_steps(with_password, description="New", auth_password=None),
        trunk_steps({**without, "authPassword": None}, auth_user=None, description="New"),
        trunk_steps({**without, "authPassword": None}, auth_user=None, description="New", auth_password="another"),
    ]
    assert len({change_id(each) for each in ids}) == len(ids)


UNDOCUMENTED = [
    {"sipPassword": "?"},
    {"accessToken": "?"},
    {"newer": {"clientSecret": "?"}},
    {"newer": [{"token": "?", "port": 5060}]},
]


@pytest.mark.parametrize("fields", UNDOCUMENTED, ids=str)
def test_secret_in_an_undocumented_field_makes_no_difference(fields: dict[str, Any]) -> None:
    """A digest of it would let everybody who reads the id try out what it is."""
    one, other = (json.loads(json.dumps(fields).replace("?", secret)) for secret in ("one-secret", "other-secret"))
    current = {**CURRENT_TRUNK, "authPassword": "stored-secret"}
    assert trunk_steps({**current, **one}, description="New") == trunk_steps({**current, **other}, description="New")


@pytest.mark.parametrize("fields", [{"newer": 1}, {"newer": {"port": 5060}}, {"newer": [1]}], ids=str)
def test_another_undocumented_field_that_is_sent_back_makes_a_difference(fields: dict[str, Any]) -> None:
    current = {**CURRENT_TRUNK, "authPassword": "stored-secret"}
    assert trunk_steps({**current, **fields}, description="New") != trunk_steps(current, description="New")


# Trunks that do not exist yet

TRUNK_DESIRED = Desired(CREDENTIAL, None, {"server": "sip.example.net", "auth_user": "u"})
PLACEHOLDER = placeholder_id(TRUNK_DESIRED)
NAME = trunk_name({"server": "sip.example.net", "authUser": "u"})
new_numbers = st.builds(
    lambda values: Desired(PHONE_NUMBER, None, {"phone_number": "+1", "credentials_id": PLACEHOLDER, **values}),
    st.fixed_dictionaries(
        {},
        optional={
            "display_name": texts,
            "incoming_calls_agent_id": st.sampled_from([None, *AGENTS]),
            "outgoing_calls_agent_ids": callers,
        },
    ),
)
moved_numbers = st.one_of(
    st.none(),
    st.fixed_dictionaries(
        {
            "id": st.just(NUMBER_ID),
            "phoneNumber": st.just("+1"),
            "credentialsId": st.just(TRUNK),
            "incomingCallsAgentId": st.sampled_from([None, *AGENTS]),
            "outgoingCallsAgentIds": callers,
        }
    ),
)


@given(new_numbers, moved_numbers, st.uuids().map(str), st.booleans())
def test_number_has_the_same_ids_before_and_after_its_trunk_is_created(
    desired: Desired, current: Any, trunk_id: str, upper: bool
) -> None:
    """A preview in which the trunk is a placeholder, and a later plan in which it exists."""
    others = {TRUNK: "v@sip.example.com"}
    preview: Any = make_plan(desired, current)
    steps = step_ids(preview, {**others, PLACEHOLDER: NAME})
    created = trunk_id.upper() if upper else trunk_id
    later: Any = make_plan(desired._replace(values={**desired.values, "credentials_id": created}), current)
    replaced: Any = with_placeholders_replaced(preview, {PLACEHOLDER: created})
    assert step_ids(later, {**others, trunk_id: NAME}) == steps
    assert step_ids(replaced, {**others, trunk_id: NAME}) == steps
    assert set(step_ids(later, {**others, trunk_id: "u@sip.example.org"})).isdisjoint(steps)


@given(numbers, st.uuids().map(str))
def test_number_on_a_trunk_that_was_named_has_the_ids_of_its_name(current: dict[str, Any], other_id: str) -> None:
    """Only the name of the trunk counts once it is known, on both sides of a change."""
    ids = []
    for trunk_id in (TRUNK, other_id):
        on_it = {**current, "credentialsId": trunk_id}
        named = {trunk_id: NAME}
        writes: list[Any] = [
            make_plan(Desired(PHONE_NUMBER, current["id"], {"phone_number": "+5"}), on_it),
            make_plan(Desired(PHONE_NUMBER, current["id"], {}, present=False), on_it),
        ]
        ids.append([step_ids(write, named) for write in writes])
    assert ids[0] == ids[1]


# Other kinds of objects


def import_ids(number: str, sid: str, provider: str) -> list[str]:
    writes = plan_imports([TwilioNumber(number, sid)], provider, [], present=True, force=False).writes
    return [change_id(step_ids(write, NO_NAMES)) for write in writes]


@pytest.mark.parametrize(("sid", "provider"), [("PN2", OTHER_ID), ("PN1", NOBODY_ID)], ids=["number", "provider"])
def test_another_import_from_twilio_makes_a_difference(sid: str, provider: str) -> None:
    assert import_ids("+15551234567", sid, provider) != import_ids("+15551234567", "PN1", OTHER_ID)


def test_objects_of_different_kinds_have_different_ids() -> None:
    trunk = make_plan(Desired(CREDENTIAL, None, {"description": "x"}), None)
    number = make_plan(Desired(PHONE_NUMBER, None, {"description": "x"}), None)
    assert isinstance(trunk, Create)
    assert isinstance(number, Create)
    assert step_ids(trunk, NO_NAMES) != step_ids(number, NO_NAMES)


def test_update_that_changes_nothing_but_the_password_is_a_change() -> None:
    write = make_plan(Desired(CREDENTIAL, TRUNK, {"auth_password": "secret-secret"}), CURRENT_TRUNK)
    assert isinstance(write, Update)
    assert len(step_ids(write, NO_NAMES)) == 1
