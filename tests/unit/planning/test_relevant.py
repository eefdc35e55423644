# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A plan that was made from the relevant objects alone is the plan that is made from all objects."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.dasha.blackbox.plugins.module_utils._common.errors import InvalidOptionsError
from ansible_collections.dasha.blackbox.plugins.module_utils._planning.fleet import Purge, match_all, plan_fleet
from ansible_collections.dasha.blackbox.plugins.module_utils._planning.relevant import relevant_objects, scopes_of
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.desired import Desired
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.sip_phone_number import PHONE_NUMBER
from unit.harness import OTHER_TRUNK, TRUNK

PHONES = ["+1777", "1777", "00 17-77", "+1888", "+1999"]
TRUNKS = [TRUNK, OTHER_TRUNK, "a0c1c0de-0000-4000-8000-000000000002"]
PAIRS = list(itertools.product(PHONES, TRUNKS))
KEY = st.fixed_dictionaries(
    {}, optional={"phone_number": st.sampled_from(PHONES), "credentials_id": st.sampled_from(TRUNKS)}
)
VALUES = st.fixed_dictionaries({}, optional={"display_name": st.sampled_from(["x", "y"])})


def number(pair: tuple[str, str]) -> dict[str, Any]:
    phone, trunk = pair
    number_id = str(uuid.uuid5(uuid.NAMESPACE_URL, "@".join(pair)))
    return {"id": number_id, "phoneNumber": phone, "credentialsId": trunk.upper(), "displayName": "x"}


@st.composite
def lists(draw: st.DrawFn, with_ids: bool = True) -> list[Desired]:
    by_key = st.builds(
        lambda pair: (None, dict(zip(("phone_number", "credentials_id"), pair, strict=True))), st.sampled_from(PAIRS)
    )
    by_id = st.tuples(st.sampled_from(PAIRS).map(lambda pair: number(pair)["id"].upper()), KEY)
    one = st.one_of(by_key, by_id) if with_ids else by_key
    entries = draw(st.lists(one, max_size=4, unique_by=None if with_ids else lambda entry: tuple(entry[1].values())))
    return [
        Desired(
            PHONE_NUMBER,
            object_id,
            {**values, **draw(VALUES)},
            draw(st.sampled_from([True, True, False])),
            location=f"list[{index}]",
        )
        for index, (object_id, values) in enumerate(entries)
    ]


def plan(
    wanted: Sequence[Desired],
    numbers: Sequence[Any],
    move_from: Sequence[str],
    purge: Sequence[str] | None,
    settled: Sequence[Desired] = (),
) -> Any:
    """Return what a plan consists of, without the objects of what it leaves as it is."""
    matches = match_all(wanted, numbers, PHONE_NUMBER, move_from)
    limits = None if purge is None else Purge(purge, force=False)
    try:
        found = plan_fleet(PHONE_NUMBER, matches, numbers, settled=settled, purge=limits)
    except InvalidOptionsError as error:
        return str(error)
    unchanged = sorted(each.desired.location for each in found.unchanged)
    impossible = [(match.desired, match.current, str(match.error)) for match in found.impossible]
    return found._replace(impossible=impossible, unchanged=unchanged)


organizations = st.lists(st.sampled_from(PAIRS), unique=True)
moves = st.lists(st.sampled_from(TRUNKS), max_size=2)
purges = st.none() | st.lists(st.sampled_from(TRUNKS), max_size=1)


@pytest.mark.not_quick
@given(lists(), organizations, moves, purges)
@settings(max_examples=300)
def test_plan_does_not_depend_on_what_is_not_relevant(
    wanted: list[Desired], organization: list[tuple[str, str]], move_from: list[str], purge: list[str] | None
) -> None:
    everything = [number(pair) for pair in organization]
    own = scopes_of(wanted)
    scopes = () if purge is None else None if own is None else {*purge, *own}
    kept = everything
    if scopes is not None:
        is_relevant = relevant_objects(PHONE_NUMBER, wanted, move_from=move_from, scopes=scopes)
        kept = [obj for obj in everything if is_relevant(obj)]
    assert plan(wanted, kept, move_from, purge) == plan(wanted, everything, move_from, purge)


@pytest.mark.not_quick
@given(lists(with_ids=False), organizations, moves, purges)
@settings(max_examples=300)
def test_plan_does_not_depend_on_objects_that_stay_as_they_are(
    wanted: list[Desired], organization: list[tuple[str, str]], move_from: list[str], purge: list[str] | None
) -> None:
    everything = [number(pair) for pair in organization]
    scopes = () if purge is None else {*purge, *(scopes_of(wanted) or ())}
    select = relevant_objects(
        PHONE_NUMBER, wanted, move_from=move_from, scopes=scopes, settles=lambda desired: desired.present
    )
    selected = [(obj, select(obj)) for obj in everything]
    settled = [found for _obj, found in selected if isinstance(found, Desired)]
    others = [desired for desired in wanted if desired not in settled]
    kept = [obj for obj, found in selected if found is True]
    expected = plan(wanted, everything, move_from, purge)
    assert isinstance(expected, str) or len(settled) == len(expected.unchanged) - sum(
        not each.present for each in wanted if each.location in expected.unchanged
    )
    assert plan(others, kept, move_from, purge, settled) == expected


@pytest.mark.parametrize("count", [1, 3])
def test_other_numbers_are_not_relevant(count: int) -> None:
    wanted = [
        Desired(PHONE_NUMBER, None, {"phone_number": f"+155500{index}", "credentials_id": TRUNK})
        for index in range(count)
    ]
    is_relevant = relevant_objects(PHONE_NUMBER, wanted, move_from=[OTHER_TRUNK])
    found = [phone for phone in (f"+155500{index}" for index in range(10)) if is_relevant(number((phone, TRUNK)))]
    assert found == [f"+155500{index}" for index in range(count)]
