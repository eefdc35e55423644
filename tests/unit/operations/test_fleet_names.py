# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What trunks are called, by property: a name means the same in each run, whatever the task renames or deletes."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.dasha.blackbox.plugins.module_utils._common.errors import InvalidOptionsError
from unit.applying.emulated import EmulatedApi
from unit.harness import NOBODY_ID, NUMBER_ID, OTHER_TRUNK, TRUNK
from unit.operations.test_fleet_runs import run

TWIN = NUMBER_ID
# The twin has one of the names; nothing has the last one yet.
SPELLINGS = ["a", "A.", "a:5060", "b", "B:5060", "new"]
PHONES = ["+1", "+2"]

spellings = st.sampled_from(SPELLINGS)
presence = st.sampled_from([{}, {}, {}, {"state": "absent", "force": True}])
own_numbers = st.lists(st.sampled_from(PHONES), unique=True).map(
    lambda phones: {"phone_numbers": [{"phone_number": phone} for phone in phones]}
)
numbers_of_a_trunk = st.one_of(st.just({}), own_numbers)
by_name = st.builds(
    lambda server, state, numbers: {"server": server, **state, **numbers}, spellings, presence, own_numbers
)
by_id = st.builds(
    lambda trunk_id, values, state, numbers: {"id": trunk_id, **values, **state, **numbers},
    st.sampled_from([TRUNK, OTHER_TRUNK, TWIN, NOBODY_ID]),
    st.one_of(st.just({}), spellings.map(lambda server: {"server": server})),
    presence,
    numbers_of_a_trunk,
)
flat_numbers = st.builds(
    lambda phone, trunk, state: {"phone_number": phone, "trunk": trunk, "state": state},
    st.sampled_from(PHONES),
    spellings,
    st.sampled_from(["present", "absent"]),
)
tasks = st.fixed_dictionaries(
    {
        "trunks": st.lists(st.one_of(by_id, by_name), max_size=3),
        "phone_numbers": st.lists(flat_numbers, max_size=1),
        "move_from": st.lists(spellings, max_size=2, unique=True),
        "purge": st.booleans(),
        "purge_trunks": st.booleans(),
    }
)


def organization(twin: str | None) -> EmulatedApi:
    """Return one with two trunks, or a third one whose name may be that of another, each with a number."""
    trunks = {TRUNK: "a", OTHER_TRUNK: "b", **({TWIN: twin} if twin else {})}
    numbers = [
        {"id": f"a0c1c0de-0000-4000-8000-00000000000{index}", "phoneNumber": phone, "credentialsId": trunk_id}
        for index, (phone, trunk_id) in enumerate(zip(["+1", "+2", "+1"], trunks, strict=False))
    ]
    credentials = [{"id": trunk_id, "server": server} for trunk_id, server in trunks.items()]
    return EmulatedApi({"credentials": credentials, "phone_numbers": numbers}, password="clear")


@pytest.mark.not_quick
@given(st.sampled_from([None, "a", "A.", "b:5060"]), tasks)
def test_second_run_of_a_task_that_names_trunks_finds_what_the_first_one_left(
    twin: str | None, task: dict[str, Any]
) -> None:
    api = organization(twin)
    options = {**task, "force": True, "max_deletions": 100}
    try:
        preview = run(api, options, check=True)
    except InvalidOptionsError:
        with pytest.raises(InvalidOptionsError):
            run(api, options)
        assert api.writes == []
        return
    turned = run(api, {**options, "trunks": options["trunks"][::-1]}, check=True)
    assert turned["plan_id"] == preview["plan_id"]
    existing = {*api.trunks(), *api.numbers()}
    result = run(api, options)
    assert (result["plan_id"], result["failed"]) == (preview["plan_id"], preview["failed"])
    gone = {change["id"] for change in result["changes"] if change["action"] == "delete"}
    assert existing - {*api.trunks(), *api.numbers()} == gone
    if not result["failed"]:
        again = run(api, options)
        assert (again["failed"], again["changed"]) == (False, False)
