# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Entries that want one number, or a number that another one has: refused, or applied in an order the API accepts."""

from __future__ import annotations

import itertools
import uuid
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.dasha.blackbox.plugins.module_utils._common.errors import InvalidOptionsError
from ansible_collections.dasha.blackbox.plugins.module_utils._planning.fleet import (
    FleetPlan,
    Match,
    Purge,
    match_all,
    plan_fleet,
)
from ansible_collections.dasha.blackbox.plugins.module_utils._planning.plan import Delete, Update, final_key
from ansible_collections.dasha.blackbox.plugins.module_utils._planning.plan_id import change_id, step_ids
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.desired import Desired
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.sip_credential import CREDENTIAL
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.sip_phone_number import PHONE_NUMBER
from unit.harness import NOBODY_ID, OTHER_TRUNK, TRUNK

PHONES = ["+1", "+2", "+3", "+4"]
TRUNKS = [TRUNK, OTHER_TRUNK]
PAIRS = list(itertools.product(PHONES[:3], TRUNKS))


def id_of(pair: tuple[str, str]) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, "@".join(pair)))


def number(pair: tuple[str, str]) -> dict[str, Any]:
    return {"id": id_of(pair), "phoneNumber": pair[0], "credentialsId": pair[1], "displayName": None}


def by_key(pair: tuple[str, str], present: bool = True) -> Desired:
    return Desired(PHONE_NUMBER, None, {"phone_number": pair[0], "credentials_id": pair[1]}, present)


def by_id(pair: tuple[str, str], present: bool = True, **values: str) -> Desired:
    """Return an entry about the number that has this key now."""
    return Desired(PHONE_NUMBER, id_of(pair), values, present)


pairs = st.sampled_from(PAIRS)
by_keys = st.builds(by_key, st.tuples(st.sampled_from(PHONES), st.sampled_from(TRUNKS)), st.booleans())
by_ids = st.builds(
    lambda pair, present, values: by_id(pair, present, **values),
    pairs,
    st.sampled_from([True, True, False]),
    st.fixed_dictionaries(
        {}, optional={"phone_number": st.sampled_from(PHONES), "credentials_id": st.sampled_from(TRUNKS)}
    ),
)
lists = st.lists(st.one_of(by_keys, by_ids), max_size=4).map(
    lambda listed: [desired._replace(location=f"list[{index}]") for index, desired in enumerate(listed)]
)
organizations = st.lists(pairs, unique=True).map(lambda chosen: [number(pair) for pair in chosen])
sources = st.sampled_from([[], [OTHER_TRUNK], TRUNKS])


def planned(
    wanted: list[Desired], existing: list[dict[str, Any]], move_from: list[str], purge: bool = False
) -> tuple[list[Match], FleetPlan]:
    matches = match_all(wanted, existing, PHONE_NUMBER, move_from)
    return matches, plan_fleet(PHONE_NUMBER, matches, existing, purge=Purge((), False) if purge else None)


def apply_stage(numbers: dict[str, dict[str, Any]], writes: Any) -> None:
    """Apply writes in their order, as an API that refuses a second number with one key."""
    for write in writes:
        if isinstance(write, Delete):
            del numbers[write.current["id"]]
            continue
        object_id = write.current["id"] if write.current else id_of((str(write.body), "created"))
        obj = {**(write.current or {}), **write.body, "id": object_id}
        others = [PHONE_NUMBER.key_of_object(each) for each in numbers.values() if each["id"] != object_id]
        assert PHONE_NUMBER.key_of_object(obj) not in others, f"{write.action} meets a number that exists"
        numbers[object_id] = obj


def moves_of(plan: FleetPlan) -> list[tuple[Any, Any]]:
    """Return the keys before and after each update."""
    return [
        (PHONE_NUMBER.key_of_object(write.current), final_key(write.desired, write.current))
        for write in plan.writes
        if isinstance(write, Update)
    ]


def has_chain(plan: FleetPlan) -> bool:
    """Whether a number gets the key of one that waits for another one, or that cannot leave; see the examples."""
    moves = [(before, after) for before, after in moves_of(plan) if before != after]
    given_up = {before for before, _after in moves}
    followers = {before for before, after in moves if after in given_up}
    staying = {PHONE_NUMBER.key_of_object(match.current) for match in plan.impossible if match.current}
    return any(after in followers | staying for _before, after in moves)


@pytest.mark.not_quick
@given(lists, organizations, sources, st.booleans(), st.randoms())
def test_api_accepts_every_write_in_any_order_within_its_stage(
    wanted: list[Desired], existing: list[Any], move_from: list[str], purge: bool, random: Any
) -> None:
    try:
        _matches, plan = planned(wanted, existing, move_from, purge)
    except InvalidOptionsError:
        return
    numbers = {each["id"]: each for each in existing}
    for stage in plan.stages:
        if has_chain(plan) or (stage.takes_away and plan.impossible):
            return
        apply_stage(numbers, random.sample(stage.plans, len(stage.plans)))
    keys = [PHONE_NUMBER.key_of_object(each) for each in numbers.values()]
    for desired in wanted:
        if desired.object_id is None:
            assert (PHONE_NUMBER.key_of(desired.values) in keys) == desired.present
        elif desired.object_id in {each["id"] for each in existing}:
            assert (desired.object_id in numbers) == desired.present
            if desired.present:
                assert PHONE_NUMBER.matches(numbers[desired.object_id], desired.values)


@pytest.mark.not_quick
@given(lists, organizations, sources)
def test_entries_are_refused_exactly_if_two_are_about_one_number(
    wanted: list[Desired], existing: list[Any], move_from: list[str]
) -> None:
    matches = match_all(wanted, existing, PHONE_NUMBER, move_from)
    possible = [match for match in matches if match.error is None]

    def is_about(match: Match) -> set[Any]:
        """The number as it is, and the key that it gets, or that nobody is to have."""
        found: set[Any] = {match.current["id"]} if match.current else set()
        by_key = match.desired.present or match.desired.object_id is None
        return found | ({match.key} if by_key else set())

    clashing = [(one, other) for one, other in itertools.combinations(possible, 2) if is_about(one) & is_about(other)]
    if not clashing:
        plan_fleet(PHONE_NUMBER, matches, existing)
        return
    with pytest.raises(InvalidOptionsError) as caught:
        plan_fleet(PHONE_NUMBER, matches, existing)
    message = str(caught.value)
    named = [
        (one, other) for one, other in clashing if f"{one.desired.location} and {other.desired.location} " in message
    ]
    assert named
    assert any(("contradict" in message) == (one.desired.present != other.desired.present) for one, other in named)


@pytest.mark.not_quick
@given(lists, organizations, sources, st.booleans(), st.randoms())
def test_order_of_the_list_decides_nothing(
    wanted: list[Desired], existing: list[Any], move_from: list[str], purge: bool, random: Any
) -> None:
    def outcome(listed: list[Desired]) -> Any:
        try:
            _matches, plan = planned(listed, existing, move_from, purge)
        except InvalidOptionsError:
            return "refused"
        stages = [sorted(change_id(step_ids(write, {})) for write in stage.plans) for stage in plan.stages]
        return stages, sorted(match.desired.location for match in plan.impossible)

    assert outcome(random.sample(wanted, len(wanted))) == outcome(wanted)


# By example

ONE, TWO, THREE = ((phone, TRUNK) for phone in PHONES[:3])
ALL = [number(pair) for pair in (ONE, TWO, THREE)]


def located(*wanted: Desired) -> list[Desired]:
    return [desired._replace(location=f"list[{index}]") for index, desired in enumerate(wanted)]


def refused(*wanted: Desired, existing: Any = ALL) -> str:
    with pytest.raises(InvalidOptionsError) as caught:
        planned(located(*wanted), existing, [])
    return str(caught.value)


@pytest.mark.parametrize("existing", [ALL, ALL[:1]], ids=["exists", "does not exist"])
def test_number_that_one_entry_deletes_and_another_one_becomes_is_a_contradiction(existing: Any) -> None:
    shown = refused(by_key(THREE, False), by_id(ONE, phone_number="+3"), existing=existing)
    assert (
        shown
        == f"list[0] and list[1] contradict each other: only one of them deletes phone number '+3' on trunk {TRUNK}."
    )


def test_number_that_one_entry_deletes_and_another_one_renumbers_is_a_contradiction() -> None:
    assert "list[0] and list[1] contradict each other" in refused(by_key(ONE, False), by_id(ONE, phone_number="+4"))
    assert "list[0] and list[1] contradict each other" in refused(by_id(ONE, False), by_key(ONE))


def test_two_entries_that_become_one_number_are_refused() -> None:
    shown = refused(by_id(ONE, phone_number="+4"), by_key(("+4", TRUNK)))
    assert shown == f"list[0] and list[1] are about the same phone number '+4' on trunk {TRUNK}."


def errors(plan: FleetPlan) -> list[str]:
    return [str(match.error) for match in plan.impossible]


def test_number_that_becomes_one_that_stays_is_refused_and_the_other_entries_are_not() -> None:
    _matches, plan = planned(located(by_id(ONE, phone_number="+2"), by_key(("+4", TRUNK))), ALL, [])
    assert errors(plan) == [f"{id_of(TWO)} is this phone number already"]
    (match,) = plan.impossible
    assert match.error is not None
    assert (match.error.method, match.error.path) == ("PUT", PHONE_NUMBER.object_path(id_of(ONE)))
    assert (match.error.outcome, match.error.attempts) == ("not_sent", 0)
    assert [write.action for write in plan.writes] == ["create"]


@pytest.mark.parametrize("purge", [False, True], ids=["listed", "purged"])
def test_number_that_becomes_one_that_the_same_run_deletes_is_refused_with_what_to_do(purge: bool) -> None:
    gone = [] if purge else [by_id(TWO, False)]
    _matches, plan = planned(located(by_id(ONE, phone_number="+2"), *gone), ALL[:2], [], purge)
    # A purge leaves alone what has the key of a listed entry.
    advice = "" if purge else ", and deletions come last; delete it in a run of its own first"
    assert errors(plan) == [f"{id_of(TWO)} is this phone number already{advice}"]


def test_number_that_becomes_one_that_itself_becomes_another_one_follows_it() -> None:
    _matches, plan = planned(located(by_id(ONE, phone_number="+2"), by_id(TWO, phone_number="+4")), ALL, [])
    stages = [[write.current["id"] for write in stage.plans if write.current] for stage in plan.stages]
    assert stages == [[id_of(TWO)], [id_of(ONE)], []]
    assert (plan.stages[0].takes_away, plan.stages[1].takes_away) == (False, True)


def test_chain_of_numbers_that_follow_each_other_is_applied_from_its_end() -> None:
    """+1 becomes +2, +2 becomes +3, +3 becomes +4: each one has to wait for the next."""
    entries = [by_id(pair, phone_number=phone) for pair, phone in ((ONE, "+2"), (TWO, "+3"), (THREE, "+4"))]
    _matches, plan = planned(located(*entries), ALL, [])
    for order in itertools.permutations(range(3)):
        numbers = {each["id"]: each for each in ALL}
        for stage in plan.stages:
            apply_stage(numbers, [stage.plans[index] for index in order if index < len(stage.plans)])


def test_swap_of_two_numbers_is_refused_before_the_first_write() -> None:
    """No order of two requests swaps them: the first one is refused whichever it is."""
    swap = located(by_id(ONE, phone_number="+2"), by_id(TWO, phone_number="+1"), by_key(("+4", TRUNK)))
    _matches, plan = planned(swap, ALL, [])
    assert [match.desired.location for match in plan.impossible] == ["list[0]", "list[1]"]
    assert [write.action for write in plan.writes] == ["create"]


def test_number_that_follows_one_whose_change_is_impossible_is_not_attempted() -> None:
    """+2 cannot become +3, which stays; so +1 cannot become +2."""
    _matches, plan = planned(located(by_id(ONE, phone_number="+2"), by_id(TWO, phone_number="+3")), ALL, [])
    assert f"{id_of(THREE)} is this phone number already" in errors(plan)
    assert plan.stages[0].plans == []


def test_trunk_may_become_one_that_exists_already() -> None:
    """The API allows several trunks for one user and server."""
    existing = [{"id": id_of((name, "trunk")), "server": name, "authUser": None} for name in ("a", "b")]
    wanted = [Desired(CREDENTIAL, existing[0]["id"], {"server": "b"})]
    plan = plan_fleet(CREDENTIAL, match_all(wanted, existing, CREDENTIAL), existing)
    assert [write.action for write in plan.writes] == ["update"]


def test_trunk_that_exists_twice_needs_an_id() -> None:
    existing = [{"id": each, "server": "a", "authUser": None} for each in (OTHER_TRUNK, TRUNK)]
    wanted = [Desired(CREDENTIAL, None, {"server": "a", "auth_user": None, "description": "x"})]
    plan = plan_fleet(CREDENTIAL, match_all(wanted, existing, CREDENTIAL), existing)
    assert plan.writes == []
    assert errors(plan) == [f"several have this key ({TRUNK}, {OTHER_TRUNK}); set id to choose one"]
    chosen = match_all([wanted[0]._replace(object_id=TRUNK.upper())], existing, CREDENTIAL)
    assert [match.current for match in chosen] == [existing[1]]


@pytest.mark.parametrize(
    ("desired", "words"),
    [
        (Desired(PHONE_NUMBER, NOBODY_ID, {"display_name": "x"}), "no phone number has this id"),
        (by_id(ONE, False, phone_number="+2"), "the phone number with this id differs from the entry in phone_number"),
    ],
    ids=["present", "absent"],
)
def test_entry_with_an_id_that_does_not_fit_is_impossible_and_stops_nothing_else(desired: Desired, words: str) -> None:
    _matches, plan = planned(located(desired, by_key(("+4", TRUNK))), ALL, [])
    (error,) = errors(plan)
    assert words in error
    assert [write.action for write in plan.writes] == ["create"]


def test_absent_entry_with_an_id_that_does_not_exist_is_unchanged() -> None:
    _matches, plan = planned(located(Desired(PHONE_NUMBER, NOBODY_ID, {}, False)), ALL, [])
    assert (len(plan.unchanged), plan.writes, plan.impossible) == (1, [], [])
