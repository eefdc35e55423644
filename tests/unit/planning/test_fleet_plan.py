# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The planner of fleets, by property: any numbers that exist, any list that is wanted."""

from __future__ import annotations

import itertools
import uuid
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.dasha.blackbox.plugins.module_utils._planning.fleet import (
    FleetPlan,
    Purge,
    match_all,
    plan_fleet,
)
from ansible_collections.dasha.blackbox.plugins.module_utils._planning.plan import Delete
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.desired import Desired
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.sip_phone_number import PHONE_NUMBER

TRUNKS = ["3fa85f64-5717-4562-b3fc-2c963f66afa6", "5b0c5ab2-2b0b-4a63-8f3e-0d1f6c2b7e99"]
PHONES = ["+1", "1", "+2", "+3"]
PAIRS = list(itertools.product(PHONES, TRUNKS))
texts = st.sampled_from([None, "a", "b"])


def id_of(phone: str, trunk: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{phone}@{trunk.lower()}"))


def number(pair: tuple[str, str], name: str | None, provider: str | None) -> dict[str, Any]:
    phone, trunk = pair
    return {
        "id": id_of(phone, trunk),
        "phoneNumber": phone,
        "credentialsId": trunk,
        "displayName": name,
        "registration": False,
        "providerId": provider,
    }


def wish(pair: tuple[str, str], upper: bool, name: dict[str, str | None]) -> Desired:
    phone, trunk = pair
    return Desired(
        PHONE_NUMBER, None, {"phone_number": phone, "credentials_id": trunk.upper() if upper else trunk, **name}
    )


pairs = st.lists(st.sampled_from(PAIRS), unique=True)
existing_numbers = pairs.flatmap(
    lambda chosen: st.tuples(
        *[st.builds(number, st.just(pair), texts, st.sampled_from([None, "p"])) for pair in chosen]
    )
)
names = st.fixed_dictionaries({}, optional={"display_name": texts})
wishes = pairs.flatmap(
    lambda chosen: st.tuples(*[st.builds(wish, st.just(pair), st.booleans(), names) for pair in chosen])
)
purged = st.lists(st.sampled_from([*TRUNKS, TRUNKS[0].upper()]), unique=True)


def planned(wanted: list[Desired], existing: Any, purged: list[str] | None = None) -> FleetPlan:
    purge = None if purged is None else Purge(purged, force=False)
    return plan_fleet(PHONE_NUMBER, match_all(wanted, existing, PHONE_NUMBER), existing, purge=purge)


def carried_out(plan: FleetPlan, existing: Any) -> list[dict[str, Any]]:
    numbers = {each["id"]: each for each in existing}
    for write in plan.writes:
        if isinstance(write, Delete):
            del numbers[write.current["id"]]
            continue
        body = write.body or {}
        obj = {**(write.current or {"id": id_of(body["phoneNumber"], body["credentialsId"])}), **body}
        numbers[obj["id"]] = obj
    return list(numbers.values())


@pytest.mark.not_quick
@given(existing_numbers, wishes, purged)
def test_carried_out_once_nothing_is_left_to_do(existing: Any, wanted: Any, trunks: list[str]) -> None:
    plan = planned(list(wanted), existing, trunks)
    again = planned(list(wanted), carried_out(plan, existing), trunks)
    assert (again.writes, again.warnings) == ([], ())
    assert len(again.unchanged) == len(wanted)


@pytest.mark.not_quick
@given(existing_numbers, wishes, purged)
def test_every_wish_has_one_plan_and_no_other_is_written(existing: Any, wanted: Any, trunks: list[str]) -> None:
    plan = planned(list(wanted), existing, trunks)
    kept = [each for each in [*plan.writes, *plan.unchanged] if not isinstance(each, Delete)]
    keys = [PHONE_NUMBER.key_of(each.desired.values) for each in kept]
    assert sorted(keys) == sorted(PHONE_NUMBER.key_of(each.values) for each in wanted)


@pytest.mark.not_quick
@given(existing_numbers, wishes, purged)
def test_purge_takes_only_what_it_may(existing: Any, wanted: Any, trunks: list[str]) -> None:
    plan = planned(list(wanted), existing, trunks)
    kept = {PHONE_NUMBER.key_of(each.values) for each in wanted}
    scopes = {trunk.lower() for trunk in trunks} | {trunk for _phone, trunk in kept}
    purgeable = {
        each["id"]
        for each in existing
        if each["credentialsId"] in scopes and not each["providerId"] and PHONE_NUMBER.key_of_object(each) not in kept
    }
    assert {deletion.current["id"] for deletion in plan.deletions} == purgeable


@pytest.mark.not_quick
@given(existing_numbers, wishes)
def test_absent_deletes_what_is_listed_and_nothing_else(existing: Any, wanted: Any) -> None:
    gone = [each._replace(present=False) for each in wanted]
    plan = planned(gone, existing)
    listed = {PHONE_NUMBER.key_of(each.values) for each in wanted}
    assert plan.writes == plan.deletions
    assert {deletion.current["id"] for deletion in plan.deletions} == {
        each["id"] for each in existing if PHONE_NUMBER.key_of_object(each) in listed
    }


def test_purge_covers_a_trunk_whose_only_entry_is_absent() -> None:
    pair, unlisted, elsewhere = ("+1", TRUNKS[0]), ("+2", TRUNKS[0]), ("+2", TRUNKS[1])
    existing = [number(each, None, None) for each in (unlisted, elsewhere)]
    plan = planned([wish(pair, False, {})._replace(present=False)], existing, [])
    assert [deletion.current["id"] for deletion in plan.deletions] == [id_of(*unlisted)]


# Look-alikes


def warnings_of(listed: list[str], existing: tuple[str, ...] = ()) -> tuple[str, ...]:
    desired = [wish((phone, TRUNKS[0]), False, {}) for phone in listed]
    numbers = [number((phone, TRUNKS[0]), None, None) for phone in existing]
    return plan_fleet(PHONE_NUMBER, match_all(desired, numbers, PHONE_NUMBER), numbers).warnings


@pytest.mark.parametrize("other", ["1555", "001555", "+1 555", "00 1-555", "(1)555"])
def test_new_number_that_looks_like_another_entry_is_warned_about(other: str) -> None:
    (warning,) = warnings_of(["+1555", other])
    assert f"{other!r} on trunk {TRUNKS[0]} although phone number '+1555'" in warning
    assert "is listed as well" in warning


@pytest.mark.parametrize("other", ["1555", "001555", "+1 555", "00 1-555", "(1)555"])
def test_new_number_that_looks_like_an_existing_one_is_warned_about(other: str) -> None:
    (warning,) = warnings_of(["+1555"], (other,))
    assert f"although phone number {other!r} on trunk {TRUNKS[0]} exists" in warning


def test_existing_numbers_that_look_alike_are_not_warned_about() -> None:
    assert warnings_of(["+1555", "1555"], ("+1555", "1555")) == ()


def test_each_new_number_is_warned_about_once() -> None:
    assert len(warnings_of(["+1555", "1555", "001555"], ("+1 555",))) == 3


def test_numbers_that_look_alike_on_different_trunks_are_not_warned_about() -> None:
    desired = [wish(("+1555", TRUNKS[0]), False, {}), wish(("1555", TRUNKS[1]), False, {})]
    assert plan_fleet(PHONE_NUMBER, match_all(desired, [], PHONE_NUMBER), []).warnings == ()
