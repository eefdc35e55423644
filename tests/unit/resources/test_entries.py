# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Entries of a list: what they inherit, the names in them, and what two of them must not both say."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.dasha.blackbox.plugins.module_utils._common.errors import (
    MAX_PROBLEMS,
    InvalidOptionsError,
    Problems,
)
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.desired import Desired
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.entries import (
    STATES,
    Entry,
    Rules,
    check_entries,
    read_defaults,
    read_entries,
    with_ids,
)
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.location import number_list
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.sip_phone_number import PHONE_NUMBER
from unit.harness import NUMBER_ID, OTHER_TRUNK, TRUNK


def read(*entries: Any, problems: Problems | None = None, **rules: Any) -> list[Entry]:
    """Return valid entries; unless `problems` collects what is wrong with them, all of them have to be."""
    found = problems or Problems()
    read = read_entries(PHONE_NUMBER, number_list(entries, "numbers"), Rules(**{"defaults": {}, **rules}), found)
    if problems is None:
        found.raise_if_any()
    return read


def refused(*entries: Any, **rules: Any) -> str:
    with pytest.raises(InvalidOptionsError) as caught:
        check_entries(PHONE_NUMBER, read(*entries, **rules))
    return str(caught.value)


def test_null_in_an_entry_is_left_out() -> None:
    entry = {"phone_number": "+1", "credentials_id": None, "registration": None, "displayName": ""}
    (found,) = read(entry, defaults={"credentials_id": TRUNK})
    assert found.desired.values == {"phone_number": "+1", "credentials_id": TRUNK, "display_name": None}
    assert found.names == {}


@pytest.mark.parametrize("task", [True, False])
@pytest.mark.parametrize("own", [True, False])
def test_state_and_force_of_an_entry_override_those_of_the_task(own: bool, task: bool) -> None:
    entry = {"phone_number": "+1", "credentials_id": TRUNK, "state": STATES[not own], "force": own}
    (found,) = read(entry, present=task, force=task)
    assert (found.desired.present, found.desired.force) == (own, own)


@pytest.mark.parametrize("task", [True, False])
def test_state_and_force_of_the_task_apply_to_an_entry_without_them(task: bool) -> None:
    (found,) = read({"phone_number": "+1", "credentials_id": TRUNK, "state": None}, present=task, force=task)
    assert (found.desired.present, found.desired.force) == (task, task)


def test_entry_knows_where_it_stands() -> None:
    assert [each.desired.location for each in read({"id": NUMBER_ID}, {"phone_number": "+1"})] == [
        "numbers[0]",
        "numbers[1]",
    ]


# Everything that is wrong, at once


def test_valid_entries_are_read_and_everything_wrong_with_the_others_is_collected() -> None:
    problems = Problems()
    found = read({"phone_number": 1}, {"phone_number": "+2"}, {"nam": "x"}, "+4", problems=problems)
    assert [each.desired.location for each in found] == ["numbers[1]"]
    with pytest.raises(InvalidOptionsError) as caught:
        problems.raise_if_any()
    heading, *messages = caught.value.lines
    assert heading == "3 errors:"
    for message, location in zip(messages, ("numbers[0].phone_number", "numbers[2]", "numbers[3]"), strict=True):
        assert message.startswith(f"{location} ")


def test_more_kinds_of_errors_than_anybody_reads_are_counted() -> None:
    error = InvalidOptionsError(*(f"{'x' * count} is wrong." for count in range(1, MAX_PROBLEMS + 1235)))
    heading, *messages, rest = error.lines
    assert (heading, len(messages), rest) == (f"{MAX_PROBLEMS + 1234:,} errors:", MAX_PROBLEMS, "And 1,234 more.")


@pytest.mark.not_quick
def test_errors_of_one_kind_are_one_message_with_their_places() -> None:
    with pytest.raises(InvalidOptionsError) as caught:
        read(*[{"phone_number": index} for index in range(MAX_PROBLEMS + 1234)])
    (line,) = caught.value.lines
    assert line.startswith("numbers[0].phone_number must be ")
    assert " The same in numbers[1].phone_number, numbers[2].phone_number, " in line
    assert line.endswith(" and 1,233 more.")


@pytest.mark.parametrize(
    ("messages", "lines"),
    [
        (
            ["n.csv line 2 needs x.", "n.csv line 3 needs x.", "n.csv line 12 needs x."],
            ["n.csv line 2 needs x. The same in line 3, 12."],
        ),
        (
            ["a[0].b: no 'X'.", "a[1].b: no 'X'.", "a[3].b: no 'Y'."],
            ["a[0].b: no 'X'. The same in a[1].b, a[3].b ('Y')."],
        ),
        (["n.csv line 2 is x.", "a[0] is x."], ["n.csv line 2 is x. The same in a[0]."]),
        (
            ["a[0] and a[1] are x.", "a[0] and a[2] are x."],
            ["2 errors:", "a[0] and a[1] are x.", "a[0] and a[2] are x."],
        ),
        (["a[0].b is x.", "a[1].c is x."], ["2 errors:", "a[0].b is x.", "a[1].c is x."]),
    ],
)
def test_same_kind(messages: list[str], lines: list[str]) -> None:
    assert InvalidOptionsError(*messages).lines == lines


def test_check_of_the_task_is_applied_to_each_entry() -> None:
    def check(desired: Desired) -> None:
        raise InvalidOptionsError(f"{desired.location} is not allowed.")

    with pytest.raises(InvalidOptionsError, match=r"numbers\[0\] is not allowed"):
        read({"id": NUMBER_ID}, check=check)


# Names in place of ids


def test_names_of_an_entry_stand_beside_its_values() -> None:
    (found,) = read(
        {
            "phone_number": "+1",
            "trunk": "u@s",
            "incoming_calls_agent": "Support",
            "outgoing_calls_agents": ["Sales", "Support"],
        }
    )
    assert found.desired.values == {"phone_number": "+1"}
    assert found.names == {
        "credentials_id": "u@s",
        "incoming_calls_agent_id": "Support",
        "outgoing_calls_agent_ids": ["Sales", "Support"],
    }


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({"trunk": ""}, "numbers[0].trunk must not be empty"),
        ({"trunk": " "}, "numbers[0].trunk must not be empty"),
        ({"trunk": ["u@s"]}, "numbers[0].trunk must be a quoted string"),
        ({"trunk": "u@s", "credentials_id": TRUNK}, "numbers[0].credentials_id and trunk are both set"),
        ({"incoming_calls_agent": " "}, "numbers[0].incoming_calls_agent must not be empty"),
        ({"outgoing_calls_agents": "Sales"}, "numbers[0].outgoing_calls_agents must be a list"),
        ({"outgoing_calls_agents": ["Sales", ""]}, "numbers[0].outgoing_calls_agents[1] must not be empty"),
        ({"outgoing_calls_agents": [7]}, "numbers[0].outgoing_calls_agents[0] must be a quoted string"),
        (
            {"incoming_calls_agent": "Sales", "incomingCallsAgentId": "agent-1"},
            "numbers[0].incoming_calls_agent_id and incoming_calls_agent are both set",
        ),
        (
            {"outgoing_calls_agents": [], "outgoing_calls_agent_ids": []},
            "numbers[0].outgoing_calls_agent_ids and outgoing_calls_agents are both set",
        ),
    ],
)
def test_invalid_name_is_refused_with_its_position(entry: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidOptionsError) as caught:
        read({"phone_number": "+1", **entry})
    assert str(caught.value).startswith(words)


@pytest.mark.parametrize(
    ("option", "cleared"), [("incoming_calls_agent", ""), ("outgoing_calls_agents", [])], ids=["incoming", "outgoing"]
)
def test_no_name_of_an_agent_clears_the_link(option: str, cleared: Any) -> None:
    (found,) = read({"phone_number": "+1", option: cleared})
    assert list(found.names.values()) == [cleared]


@pytest.mark.parametrize(
    ("own", "names", "values"),
    [
        ({}, {"credentials_id": "u@s"}, {}),
        ({"trunk": "other"}, {"credentials_id": "other"}, {}),
        ({"credentials_id": TRUNK}, {}, {"credentials_id": TRUNK}),
    ],
)
def test_id_or_name_of_an_entry_replaces_the_name_among_the_defaults(own: Any, names: Any, values: Any) -> None:
    defaults = read_defaults(PHONE_NUMBER, {"trunk": "u@s"}, "defaults")
    (found,) = read({"phone_number": "+1", **own}, defaults=defaults)
    assert (found.names, found.desired.values) == (names, {"phone_number": "+1", **values})


def test_id_takes_the_place_of_a_name() -> None:
    (found,) = read({"phone_number": "+1", "trunk": "u@s", "outgoing_calls_agents": ["Sales"]})
    found = with_ids(found, {"credentials_id": TRUNK})
    assert found.desired.values == {"phone_number": "+1", "credentials_id": TRUNK}
    assert found.names == {"outgoing_calls_agent_ids": ["Sales"]}


# Two entries for one thing


@pytest.mark.parametrize("second", [{"credentialsId": TRUNK.upper()}, {"credentials_id": TRUNK}])
def test_entries_with_one_key_are_refused_with_both_positions(second: dict[str, str]) -> None:
    shown = refused(
        {"phone_number": "+1"},
        {"phone_number": "+2"},
        {"phoneNumber": "+1", **second},
        defaults={"credentials_id": TRUNK},
    )
    assert shown.startswith("numbers[0] and numbers[2] identify the same phone number '+1' on trunk ")


def test_entries_with_one_id_are_refused_with_both_positions() -> None:
    assert refused({"id": NUMBER_ID}, {"id": NUMBER_ID.upper()}).startswith("numbers[0] and numbers[1] identify")


def test_entries_with_one_name_of_a_trunk_are_refused_before_it_is_resolved() -> None:
    entry = {"phone_number": "+1", "trunk": "u@s"}
    assert refused(entry, entry).startswith(
        "numbers[0] and numbers[1] identify the same phone number '+1' on trunk u@s"
    )
    check_entries(PHONE_NUMBER, read(entry, {**entry, "trunk": "v@s"}))


@pytest.mark.parametrize(
    ("entry", "needs"),
    [
        ({}, "phone_number, credentials_id (or trunk)"),
        ({"phone_number": "+1"}, "credentials_id (or trunk)"),
        ({"credentials_id": TRUNK}, "phone_number"),
        ({"trunk": "u@s"}, "phone_number"),
    ],
)
def test_entry_that_identifies_nothing_is_refused_with_what_it_needs(entry: dict[str, str], needs: str) -> None:
    assert refused({"id": NUMBER_ID}, entry).startswith(f"numbers[1] needs {needs}: a phone number is identified by")


@pytest.mark.parametrize("option", ["outgoing_calls_agents", "outgoing_calls_agent_ids"])
def test_agent_that_would_call_from_two_numbers_is_refused(option: str) -> None:
    numbers = [{"phone_number": f"+{index}", "credentials_id": TRUNK, option: ["Sales"]} for index in range(2)]
    shown = refused(*numbers)
    assert "numbers[0] and numbers[1] both have 'Sales'" in shown


def test_agent_of_an_absent_entry_may_be_in_another_one() -> None:
    agents = {"credentials_id": TRUNK, "outgoing_calls_agent_ids": ["agent-1"]}
    entries = read({"phone_number": "+1", "state": "absent"}, {"phone_number": "+2"}, defaults=agents)
    check_entries(PHONE_NUMBER, entries)
    assert [each.desired.present for each in entries] == [False, True]


def test_everything_wrong_with_the_list_is_reported_at_once() -> None:
    agents = {"outgoing_calls_agents": ["Sales"]}
    shown = refused(
        {"phone_number": "+1", "credentials_id": TRUNK, **agents},
        {"phone_number": "+1", "credentials_id": TRUNK},
        {"phone_number": "+2"},
        {"phone_number": "+3", "credentials_id": OTHER_TRUNK, **agents},
    )
    assert shown.startswith("3 errors:\n")


class Vaulted:
    """Like a string that ansible-core 2.16 has not decrypted yet."""

    __ENCRYPTED__ = True

    def __str__(self) -> str:
        return "agent-1"


def test_encrypted_text_is_a_text() -> None:
    (found,) = read({"phone_number": "+1", "credentials_id": TRUNK, "incoming_calls_agent_id": Vaulted()})
    assert found.desired.values["incoming_calls_agent_id"] == "agent-1"
