# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Trunks by name, moves, entries with their own options, and what a task must not do in a wrong organization."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from emulator.client import Emulator
from unit.harness import NUMBER_ID, OTHER_ID, OTHER_TRUNK, TRUNK

Run = Callable[..., dict[str, Any]]
ALICE = "a0c1c0de-0000-4000-8000-000000000001"
THIRD = "a0c1c0de-0000-4000-8000-000000000002"
NAME = "alice@example.org@sip.example.net"


@pytest.fixture
def trunks(emulator: Emulator) -> Emulator:
    """Two trunks without a user, and one whose user has an @ in it."""
    user = {"id": ALICE, "server": "sip.example.net", "authUser": "alice@example.org", "authPassword": "hunter2hunter2"}
    emulator.seed({"credentials": [user]})
    return emulator


def requests_of(emulator: Emulator) -> list[tuple[str, str]]:
    return [(entry["method"], entry["path"].removeprefix("/api/v1/")) for entry in emulator.requests()]


def stored(emulator: Emulator) -> dict[str, dict[str, Any]]:
    numbers = emulator.state()["organizations"]["org-1"]["phone_numbers"]
    return {number["id"]: number for number in numbers}


def seed(emulator: Emulator, number: str, trunk: str, number_id: str = NUMBER_ID, **fields: Any) -> None:
    emulator.seed({"phone_numbers": [{"id": number_id, "phoneNumber": number, "credentialsId": trunk, **fields}]})
    emulator.clear_requests()


# Trunks by name


@pytest.mark.parametrize(("name", "trunk"), [("sip.example.com", TRUNK), (NAME, ALICE)])
def test_trunk_name_is_resolved_with_one_listing(trunks: Emulator, run: Run, name: str, trunk: str) -> None:
    result = run("sip_phone_number", phone_number="+1", trunk=name)
    assert result["sip_phone_number"]["credentials_id"] == trunk
    assert requests_of(trunks) == [
        ("GET", "sip-credentials"),
        ("GET", "sip-phone-numbers"),
        ("POST", "sip-phone-numbers"),
    ]
    assert result["diff"]["after_header"] == f"phone number '+1' on trunk {name}"
    assert run("sip_phone_number", phone_number="+1", trunk=name)["changed"] is False


@pytest.mark.parametrize("module", ["sip_phone_number", "sip_phone_numbers", "sip_phone_number_info"])
def test_unknown_trunk_name_lists_existing_trunks(trunks: Emulator, run: Run, module: str) -> None:
    numbers = {"phone_numbers": [{"phone_number": "+1"}]} if module == "sip_phone_numbers" else {"phone_number": "+1"}
    result = run(module, trunk="sip.nowhere.example", **numbers)
    assert (result["failed"], result["changed"]) == (True, False)
    for words in ("trunk: no trunk is named 'sip.nowhere.example'", NAME, "sip.example.com", "sip.example.org"):
        assert words in result["msg"]
    assert requests_of(trunks) == [("GET", "sip-credentials")]


def test_ambiguous_trunk_name_lists_the_ids(trunks: Emulator, run: Run) -> None:
    trunks.seed({"credentials": [{"id": THIRD, "server": "sip.example.com"}]})
    result = run("sip_phone_number", phone_number="+1", trunk="sip.example.com")
    for words in (TRUNK, THIRD, "Set credentials_id to choose one"):
        assert words in result["msg"]


SPELLINGS = ["SIP.Example.com", "sip.example.com.", "sip.example.com:5060", "SIP.EXAMPLE.COM.:5060"]


@pytest.mark.parametrize("name", SPELLINGS)
def test_server_of_a_trunk_name_is_compared_without_case_trailing_dot_and_default_port(
    trunks: Emulator, run: Run, name: str
) -> None:
    result = run("sip_phone_number", phone_number="+1", trunk=name)
    assert result["sip_phone_number"]["credentials_id"] == TRUNK
    assert result["diff"]["after_header"] == "phone number '+1' on trunk sip.example.com"


def test_default_port_of_a_trunk_is_that_of_its_protocol(trunks: Emulator, run: Run) -> None:
    trunks.seed({"credentials": [{"id": THIRD, "server": "tls.example.com", "transport": "tls"}]})
    numbers = run("sip_phone_number_info", trunk="tls.example.com:5061")
    assert (numbers["failed"], numbers["sip_phone_numbers"]) == (False, [])
    assert "no trunk is named" in run("sip_phone_number_info", trunk="tls.example.com:5060")["msg"]


def test_trunk_is_the_one_that_is_spelled_exactly_like_this(trunks: Emulator, run: Run) -> None:
    trunks.seed({"credentials": [{"id": THIRD, "server": "SIP.example.com"}]})
    for name, trunk in (("sip.example.com", TRUNK), ("SIP.example.com", THIRD)):
        assert run("sip_phone_number", phone_number="+1", trunk=name)["sip_phone_number"]["credentials_id"] == trunk
    result = run("sip_phone_number", phone_number="+1", trunk="sip.EXAMPLE.com")
    for words in (f"sip.example.com ({TRUNK})", f"SIP.example.com ({THIRD})", "Set credentials_id to choose one"):
        assert words in result["msg"]


def test_user_of_a_trunk_name_is_compared_exactly(trunks: Emulator, run: Run) -> None:
    result = run("sip_phone_number", phone_number="+1", trunk="Alice@example.org@sip.example.net")
    assert result["failed"] is True
    assert (
        f"The trunks are: {NAME}, sip.example.com, sip.example.org. User names are compared exactly." in (result["msg"])
    )


def test_trunks_that_differ_in_the_case_of_their_user_are_two(trunks: Emulator, run: Run) -> None:
    trunks.seed({"credentials": [{"id": THIRD, "server": "sip.example.net", "authUser": "Alice@example.org"}]})
    entries = [{"phone_number": "+1", "trunk": name} for name in (NAME, "Alice@example.org@sip.example.net")]
    result = fleet(run, *entries)
    assert (result["failed"], result["summary"]["created"]) == (False, 2)
    assert {number["credentialsId"] for number in stored(trunks).values()} == {ALICE, THIRD}


def test_two_spellings_of_a_trunk_name_are_one_trunk(trunks: Emulator, run: Run) -> None:
    result = fleet(
        run, *({"phone_number": "+1", "trunk": name} for name in ("sip.example.com", "SIP.example.com:5060"))
    )
    assert "phone_numbers[0] and phone_numbers[1] identify the same phone number '+1'" in result["msg"]
    assert {request[0] for request in requests_of(trunks)} == {"GET"}


def test_unknown_trunk_name_lists_the_nearest_first(trunks: Emulator, run: Run) -> None:
    trunks.seed({"credentials": [{"server": f"a{index}.example.com"} for index in range(30)]})
    result = run("sip_phone_number", phone_number="+1", trunk="sip.example.or")
    assert "The trunks are: sip.example.org, " in result["msg"]
    assert result["msg"].endswith(" and others.")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("sip.example.com\n", "trunk has trailing whitespace at position 16: U+000A"),
        (f"{TRUNK}\u200b", "trunk has a character that cannot be seen at position 37: U+200B"),
        (False, "trunk must be a quoted string, not the boolean False"),
    ],
)
def test_trunk_name_that_nobody_can_mean_is_refused_before_the_first_request(
    trunks: Emulator, run: Run, name: Any, words: str
) -> None:
    number = {"phone_number": "+1"}
    for result, option in (
        (run("sip_phone_number", trunk=name, **number), "trunk"),
        (run("sip_phone_number_info", trunk=name), "trunk"),
        (fleet(run, number, trunk=name), "trunk"),
        (fleet(run, {**number, "trunk": name}), "phone_numbers[0].trunk"),
        (fleet(run, number, defaults={"trunk": name}), "defaults.trunk"),
        (fleet(run, {**number, "credentials_id": TRUNK}, move_from=[name]), "move_from[0]"),
    ):
        assert words.replace("trunk", option, 1) in result["msg"].replace("move_from has", "move_from[0] has")
    assert trunks.requests() == []


@pytest.mark.parametrize("module", ["sip_phone_number", "sip_phone_numbers", "sip_phone_number_info"])
def test_trunk_and_credentials_id_exclude_each_other(emulator: Emulator, run: Run, module: str) -> None:
    numbers = {"phone_numbers": [{"phone_number": "+1"}]} if module == "sip_phone_numbers" else {"phone_number": "+1"}
    result = run(module, trunk="sip.example.com", credentials_id=TRUNK, **numbers)
    assert result["msg"] == "credentials_id and trunk are both set; use one of them."
    assert emulator.requests() == []


def test_refused_deletions_name_the_trunk(trunks: Emulator, run: Run) -> None:
    seed(trunks, "+1", ALICE)
    entry = {"phone_number": "+1", "trunk": NAME, "state": "absent"}
    assert f"To be deleted: phone number '+1' on trunk {NAME}." in fleet(run, entry, max_deletions=0)["msg"]


def test_warning_about_look_alikes_names_the_trunk(trunks: Emulator, run: Run) -> None:
    seed(trunks, "+1555", ALICE)
    (warning,) = fleet(run, {"phone_number": "1555", "trunk": NAME})["warnings"]
    assert warning.count(f"on trunk {NAME}") == 2


def test_info_filters_by_trunk_name(trunks: Emulator, run: Run) -> None:
    seed(trunks, "+1", TRUNK)
    seed(trunks, "+1", ALICE, OTHER_ID)
    (number,) = run("sip_phone_number_info", trunk=NAME)["sip_phone_numbers"]
    assert number["id"] == OTHER_ID


def test_number_moves_to_a_named_trunk_by_id(trunks: Emulator, run: Run) -> None:
    seed(trunks, "+1", TRUNK)
    assert run("sip_phone_number", id=NUMBER_ID, trunk=NAME)["changed"] is True
    assert stored(trunks)[NUMBER_ID]["credentialsId"] == ALICE


# Entries with their own options


def fleet(run: Run, *entries: dict[str, Any], **options: Any) -> dict[str, Any]:
    return run("sip_phone_numbers", phone_numbers=list(entries), **options)


def test_entries_override_what_the_task_says(trunks: Emulator, run: Run) -> None:
    seed(trunks, "+3", TRUNK, displayName="Old")
    result = fleet(
        run,
        {"phone_number": "+1"},
        {"phone_number": "+2", "trunk": NAME},
        {"phone_number": "+3", "state": "absent"},
        {"phone_number": "+4", "credentials_id": OTHER_TRUNK, "registration": False},
        trunk="sip.example.com",
        defaults={"registration": True, "displayName": "Office"},
    )
    assert (result["failed"], result["summary"]["created"], result["summary"]["deleted"]) == (False, 3, 1)
    found = {number["phoneNumber"]: number for number in stored(trunks).values()}
    assert {phone: number["credentialsId"] for phone, number in found.items()} == {
        "+1": TRUNK,
        "+2": ALICE,
        "+4": OTHER_TRUNK,
    }
    assert {phone: number["registration"] for phone, number in found.items()} == {"+1": True, "+2": True, "+4": False}
    assert {number["displayName"] for number in found.values()} == {"Office"}
    headers = {diff["after_header"] for diff in result["diff"]}
    assert f"phone number '+2' on trunk {NAME}" in headers


def test_entry_with_an_id_is_changed_in_place(emulator: Emulator, run: Run) -> None:
    seed(emulator, "+1", TRUNK, displayName="Old", incomingCallsAgentId="agent-1")
    result = fleet(run, {"id": NUMBER_ID.upper(), "phone_number": "+2", "credentials_id": OTHER_TRUNK})
    assert [request[0] for request in requests_of(emulator)] == ["GET", "PUT"]
    (change,) = result["changes"]
    assert (change["action"], change["id"], change["phone_number"]) == ("update", NUMBER_ID, "+2")
    assert stored(emulator)[NUMBER_ID]["displayName"] == "Old"
    assert stored(emulator)[NUMBER_ID]["incomingCallsAgentId"] == "agent-1"


@pytest.mark.parametrize("check", [True, False])
def test_entry_with_an_unknown_id_fails_alone_and_prevents_the_purge(emulator: Emulator, run: Run, check: bool) -> None:
    seed(emulator, "+9", TRUNK)
    entries = [{"id": OTHER_ID, "display_name": "x"}, {"phone_number": "+1", "credentials_id": TRUNK}]
    result = fleet(run, *entries, purge=True, check=check)
    assert (result["failed"], result["changed"]) == (True, True)
    assert {name: count for name, count in result["summary"].items() if count} == {
        "created": 1,
        "failed": 1,
        "not_attempted": 1,
    }
    (failure,) = result["failures"]
    assert (failure["id"], failure["error"]["status"]) == (OTHER_ID, 404)
    assert f"phone number with id {OTHER_ID}" in failure["msg"]


def test_absent_entry_with_an_unknown_id_is_unchanged(emulator: Emulator, run: Run) -> None:
    result = fleet(run, {"id": NUMBER_ID, "state": "absent"})
    assert (result["failed"], result["changed"], result["summary"]["unchanged"]) == (False, False, 1)


def test_absent_entry_whose_id_is_another_number_is_refused(emulator: Emulator, run: Run) -> None:
    seed(emulator, "+1", TRUNK)
    result = fleet(run, {"id": NUMBER_ID, "phone_number": "+2", "credentials_id": TRUNK, "state": "absent"})
    assert (result["failed"], result["changed"], result["summary"]["failed"]) == (True, False, 1)
    assert "differs from the entry" in result["msg"]
    assert list(stored(emulator)) == [NUMBER_ID]


def test_force_of_an_entry_deletes_a_number_in_use(emulator: Emulator, run: Run) -> None:
    seed(emulator, "+1", TRUNK, incomingCallsAgentId="agent-1")
    entry = {"phone_number": "+1", "credentials_id": TRUNK, "state": "absent"}
    assert fleet(run, entry)["failed"] is True
    assert fleet(run, {**entry, "force": True})["summary"]["deleted"] == 1


def test_purge_keeps_a_number_that_an_entry_identifies_by_id(emulator: Emulator, run: Run) -> None:
    seed(emulator, "+1", TRUNK)
    seed(emulator, "+2", TRUNK, OTHER_ID)
    result = fleet(run, {"id": NUMBER_ID}, purge=True)
    assert [change["phone_number"] for change in result["changes"]] == ["+2"]
    assert list(stored(emulator)) == [NUMBER_ID]


ONE = {"phone_number": "+1", "credentials_id": TRUNK}


@pytest.mark.parametrize(
    ("entries", "options", "words"),
    [
        ([{**ONE, "trunk": "x"}], {}, "phone_numbers[0].credentials_id and trunk are both set"),
        ([{**ONE, "state": "gone"}], {}, "phone_numbers[0].state must be present or absent, not 'gone'"),
        ([{**ONE, "force": "perhaps"}], {}, "phone_numbers[0].force must be true or false"),
        ([{**ONE, "id": "x"}], {}, "phone_numbers[0].id must be a UUID"),
        ([{"id": NUMBER_ID}, {"id": NUMBER_ID.upper()}], {}, "phone_numbers[0] and phone_numbers[1] identify the same"),
        ([{"phone_number": "+1"}], {}, "phone_numbers[0] needs credentials_id (or trunk)"),
        ([{"phone_number": "+1", "state": "absent"}], {}, "phone_numbers[0] needs credentials_id (or trunk)"),
        ([ONE], {"defaults": {"phone_number": "+1"}}, "defaults.phone_number cannot be a default"),
        ([ONE], {"defaults": {"id": NUMBER_ID}}, "defaults.id cannot be a default"),
        ([ONE], {"defaults": {"colour": "red"}}, "defaults has an unknown option 'colour'"),
        ([ONE], {"defaults": {"registration": "perhaps"}}, "defaults.registration must be true or false"),
        ([ONE], {"defaults": {"display_name": "x" * 256}}, "defaults.display_name must be at most 255"),
        ([ONE], {"move_from": [" "]}, "move_from[0] must not be empty"),
        ([{"phone_number": "+1", "trunk": ""}], {}, "phone_numbers[0].trunk must not be empty"),
        ([{"phone_number": "+1"}], {"trunk": " "}, "trunk must not be empty"),
        ([{"phone_number": "+1"}], {"defaults": {"trunk": ""}}, "defaults.trunk must not be empty"),
        (
            [{"phone_number": "01234567", "credentials_id": TRUNK}],
            {"number_format": "e164"},
            "phone_numbers[0].phone_n",
        ),
        ([{**ONE, "outgoing_calls_agent_ids": ["a", "a"]}], {}, "outgoing_calls_agent_ids[0] and"),
        ([{**ONE, "outgoing_calls_agent_ids": [""]}], {}, "outgoing_calls_agent_ids[0] must be a string that is not"),
        ([{**ONE, "outgoing_calls_agent_ids": "a"}], {}, "outgoing_calls_agent_ids must be a list"),
        (
            [{**ONE, "outgoing_calls_agent_ids": ["a"]}, {**ONE, "phone_number": "+2", "outgoingCallsAgentIds": ["a"]}],
            {},
            "phone_numbers[0] and phone_numbers[1] both have 'a' in outgoing_calls_agent_ids",
        ),
    ],
)
def test_invalid_entries_are_refused_before_the_first_request(
    emulator: Emulator, run: Run, entries: list[Any], options: dict[str, Any], words: str
) -> None:
    result = fleet(run, *entries, **options)
    assert (result["failed"], result["changed"]) == (True, False)
    assert words in result["msg"]
    assert emulator.requests() == []


def test_same_number_by_trunk_name_and_by_id_is_refused(trunks: Emulator, run: Run) -> None:
    result = fleet(run, ONE, {"phone_number": "+1", "trunk": "sip.example.com"})
    words = "phone_numbers[0] and phone_numbers[1] identify the same phone number '+1' on trunk sip.example.com."
    assert words in result["msg"]
    assert {request[0] for request in requests_of(trunks)} == {"GET"}


def test_two_entries_that_would_become_the_same_number_are_refused(emulator: Emulator, run: Run) -> None:
    seed(emulator, "+9", TRUNK)
    result = fleet(run, ONE, {"id": NUMBER_ID, "phone_number": "+1"})
    assert (
        f"phone_numbers[0] and phone_numbers[1] are about the same phone number '+1' on trunk {TRUNK}" in result["msg"]
    )
    assert {request[0] for request in requests_of(emulator)} == {"GET"}
    named = fleet(run, {"phone_number": "+1", "trunk": "sip.example.com"}, {"id": NUMBER_ID, "phone_number": "+1"})
    assert "are about the same phone number '+1' on trunk sip.example.com." in named["msg"]


def test_empty_trunk_of_a_number_is_refused_before_the_first_request(emulator: Emulator, run: Run) -> None:
    for state in ("present", "absent"):
        result = run("sip_phone_number", phone_number="+1", trunk="", state=state)
        assert (result["failed"], "trunk must not be empty" in result["msg"]) == (True, True)
    assert emulator.requests() == []


@pytest.mark.parametrize("check", [False, True], ids=["run", "check"])
def test_number_identified_by_id_is_named_in_the_diff(emulator: Emulator, run: Run, check: bool) -> None:
    seed(emulator, "+1", TRUNK)
    for options in ({"display_name": "New"}, {"state": "absent"}):
        diff = run("sip_phone_number", id=NUMBER_ID, **options, check=check)["diff"]
        assert {diff["before_header"], diff["after_header"]} == {f"phone number '+1' on trunk {TRUNK}"}


def test_deletion_without_a_trunk_names_it_in_the_diff(emulator: Emulator, run: Run) -> None:
    seed(emulator, "+1", TRUNK)
    diff = run("sip_phone_number", phone_number="+1", state="absent")["diff"]
    assert diff["before_header"] == f"phone number '+1' on trunk {TRUNK}"


@pytest.mark.parametrize("other", [{"id": NUMBER_ID, "phone_number": "0049 1"}, {"phone_number": "0049 1"}], ids=str)
def test_number_that_looks_like_one_that_is_changed_is_warned_about(
    trunks: Emulator, run: Run, other: dict[str, Any]
) -> None:
    seed(trunks, "+9" if "id" in other else "0049 1", ALICE)
    entries = {**other, "credentials_id": TRUNK}, {"phone_number": "+491", "credentials_id": TRUNK}
    result = fleet(run, *entries, move_from=[ALICE])
    assert (result["failed"], [change["action"] for change in result["changes"]]) == (False, ["update", "create"])
    (warning,) = result["warnings"]
    assert "'+491'" in warning
    assert "'0049 1'" in warning
    assert "is listed as well" in warning


HIDDEN = "+1555\u200b0001"


def test_number_with_a_hidden_character_is_managed_by_id_alone(emulator: Emulator, run: Run) -> None:
    seed(emulator, HIDDEN, TRUNK)
    for options in ({}, {"state": "absent"}, {"id": NUMBER_ID}):
        result = run("sip_phone_number", phone_number=HIDDEN, credentials_id=TRUNK, **options)
        assert "phone_number has a character that cannot be seen at position 6: U+200B" in result["msg"]
        assert "set id instead" in result["msg"]
    assert emulator.requests() == []
    assert run("sip_phone_number", id=NUMBER_ID, description="x")["sip_phone_number"]["phone_number"] == HIDDEN
    assert fleet(run, {"id": NUMBER_ID, "display_name": "x"})["summary"]["updated"] == 1
    assert stored(emulator)[NUMBER_ID]["phoneNumber"] == HIDDEN
    assert run("sip_phone_number", id=NUMBER_ID, phone_number="+15550001")["changed"] is True
    assert run("sip_phone_number", id=NUMBER_ID, state="absent")["changed"] is True


@pytest.mark.parametrize("existing", [HIDDEN, "tel:+1-555-0001", "\uff0b1555\u22120001", "1555'0001", "1_555_0001"])
def test_number_that_looks_like_an_existing_one_is_warned_about(emulator: Emulator, run: Run, existing: str) -> None:
    seed(emulator, existing, TRUNK)
    (warning,) = fleet(run, {"phone_number": "+15550001", "credentials_id": TRUNK})["warnings"]
    assert "'+15550001'" in warning
    assert "they differ only in formatting" in warning


@pytest.mark.parametrize(("number", "fits"), [("+1234567", True), ("+123456", False), ("+0123456789", False)])
def test_number_format_e164(emulator: Emulator, run: Run, number: str, fits: bool) -> None:
    options = {"phone_number": number, "credentials_id": TRUNK, "number_format": "e164"}
    result = run("sip_phone_number", **options)
    assert result["failed"] is not fits
    if not fits:
        assert "+15551234567" in result["msg"]
        assert emulator.requests() == []


# Moves


@pytest.mark.parametrize("check", [True, False])
@pytest.mark.parametrize("source", [TRUNK, TRUNK.upper(), "sip.example.com"])
def test_number_moves_in_place(trunks: Emulator, run: Run, source: str, check: bool) -> None:
    seed(trunks, "+1", TRUNK, displayName="Line", incomingCallsAgentId="agent-1")
    result = fleet(run, {"phone_number": "+1", "trunk": NAME}, move_from=[source], check=check)
    (change,) = result["changes"]
    assert (change["action"], change["id"]) == ("update", NUMBER_ID)
    assert (change["before"]["credentials_id"], change["after"]["credentials_id"]) == (TRUNK, ALICE)
    assert result["summary"]["updated"] == 1
    assert len(stored(trunks)) == 1
    if not check:
        assert [method for method, _path in requests_of(trunks)] == ["GET", "GET", "PUT"]
        moved = stored(trunks)[NUMBER_ID]
        assert (moved["credentialsId"], moved["displayName"], moved["incomingCallsAgentId"]) == (
            ALICE,
            "Line",
            "agent-1",
        )
        again = fleet(run, {"phone_number": "+1", "trunk": NAME}, move_from=[source])
        assert again["changed"] is False


def test_number_that_exists_on_its_trunk_is_not_moved(emulator: Emulator, run: Run) -> None:
    seed(emulator, "+1", TRUNK)
    seed(emulator, "+1", OTHER_TRUNK, OTHER_ID)
    result = fleet(run, {"phone_number": "+1", "credentials_id": OTHER_TRUNK}, move_from=[TRUNK])
    assert result["changed"] is False


def test_number_on_several_source_trunks_is_ambiguous(trunks: Emulator, run: Run) -> None:
    seed(trunks, "+1", TRUNK)
    seed(trunks, "+1", OTHER_TRUNK, OTHER_ID)
    result = fleet(run, {"phone_number": "+1", "trunk": NAME}, move_from=[TRUNK, OTHER_TRUNK])
    assert (result["failed"], result["changed"]) == (True, False)
    for words in (NUMBER_ID, OTHER_ID, "set id to choose one"):
        assert words in result["msg"]


def test_moved_number_is_not_purged_from_its_old_trunk(emulator: Emulator, run: Run) -> None:
    seed(emulator, "+1", TRUNK)
    seed(emulator, "+2", TRUNK, OTHER_ID)
    options = {"move_from": [TRUNK], "purge": True, "purge_on_trunks": [TRUNK]}
    result = fleet(run, {"phone_number": "+1", "credentials_id": OTHER_TRUNK}, **options)
    assert {change["phone_number"]: change["action"] for change in result["changes"]} == {
        "+1": "update",
        "+2": "delete",
    }
    assert list(stored(emulator)) == [NUMBER_ID]


def test_one_number_moves_once_whatever_the_order_of_the_list(trunks: Emulator, run: Run) -> None:
    seed(trunks, "+1", TRUNK)
    entries = [{"phone_number": "+1", "credentials_id": trunk} for trunk in (OTHER_TRUNK, ALICE)]
    previews = [fleet(run, *order, move_from=[TRUNK], check=True) for order in (entries, entries[::-1])]
    assert previews[0]["plan_id"] == previews[1]["plan_id"]
    assert (previews[0]["summary"]["updated"], previews[0]["summary"]["created"]) == (1, 1)


def test_absent_number_is_not_deleted_on_a_trunk_to_move_from(emulator: Emulator, run: Run) -> None:
    seed(emulator, "+1", TRUNK)
    entry = {"phone_number": "+1", "credentials_id": OTHER_TRUNK, "state": "absent"}
    result = fleet(run, entry, move_from=[TRUNK])
    assert (result["failed"], result["changed"], list(stored(emulator))) == (False, False, [NUMBER_ID])


def test_unknown_id_fails_although_its_number_could_be_moved(emulator: Emulator, run: Run) -> None:
    seed(emulator, "+1", TRUNK)
    entry = {"id": OTHER_ID, "phone_number": "+1", "credentials_id": OTHER_TRUNK}
    result = fleet(run, entry, move_from=[TRUNK])
    assert (result["failed"], result["changed"], result["error"]["status"]) == (True, False, 404)
    assert stored(emulator)[NUMBER_ID]["credentialsId"] == TRUNK


def test_provider_number_is_not_moved(emulator: Emulator, run: Run) -> None:
    seed(emulator, "+1", TRUNK, providerId=OTHER_ID)
    result = fleet(run, {"phone_number": "+1", "credentials_id": OTHER_TRUNK}, move_from=[TRUNK])
    assert "managed by a VoIP provider" in result["msg"]
    assert {request[0] for request in requests_of(emulator)} == {"GET"}


# The wrong organization


@pytest.mark.parametrize("check", [True, False])
@pytest.mark.parametrize(
    ("module", "options"),
    [
        ("sip_phone_number", ONE),
        ("sip_phone_number", {**ONE, "phone_number": "+2"}),
        ("sip_phone_numbers", {"phone_numbers": [{**ONE, "display_name": "x"}]}),
        ("sip_credential", {"server": "new.example.com"}),
        ("sip_phone_number_info", {}),
        ("agent_info", {}),
        ("agent_info", {"id": "agent-1"}),
        ("sip_phone_number_info", {"id": NUMBER_ID}),
    ],
)
def test_wrong_organization_fails_before_the_first_write(
    emulator: Emulator, run: Run, module: str, options: dict[str, Any], check: bool
) -> None:
    seed(emulator, "+1", TRUNK)
    result = run(module, check=check, expected_org_id="org-2", **options)
    assert (result["failed"], result["changed"]) == (True, False)
    for words in ("'org-1'", "'org-2'", "BLACKBOX_EXPECTED_ORG_ID"):
        assert words in result["msg"]
    assert {request[0] for request in requests_of(emulator)} == {"GET"}


@pytest.mark.parametrize("identity", [ONE, {"id": NUMBER_ID}], ids=["by number", "by id"])
def test_expected_organization_costs_nothing_if_something_was_read(
    emulator: Emulator, run: Run, identity: dict[str, str]
) -> None:
    seed(emulator, "+1", TRUNK)
    assert run("sip_phone_number", expected_org_id="org-1", **identity, display_name="x")["changed"] is True
    assert [method for method, _path in requests_of(emulator)] == ["GET", "PUT"]


def test_object_is_read_if_nothing_was_before_the_first_write(emulator: Emulator, run: Run) -> None:
    result = run("sip_phone_number", expected_org_id="org-1", **ONE)
    assert (result["changed"], result["warnings"]) == (True, [])
    assert [method for method, _path in requests_of(emulator)] == ["GET", "GET", "GET", "POST"]


def test_agent_names_the_organization_if_there_is_nothing_else(emulator: Emulator, run: Run) -> None:
    emulator.reset(seed={"agents": [{"id": "agent-1", "name": "Support"}]})
    result = run("sip_credential", expected_org_id="org-2", server="new.example.com")
    assert (result["failed"], result["changed"]) == (True, False)
    assert "This task wrote nothing" in result["msg"]
    assert [path.rpartition("/")[2] for _method, path in requests_of(emulator)] == [
        *("sip-credentials", "sip-phone-numbers", "sip-credentials", "agents")
    ]


def test_preview_in_an_empty_organization_is_a_warning(emulator: Emulator, run: Run) -> None:
    emulator.reset(seed={"agents": []})
    result = run("sip_credential", check=True, expected_org_id="org-1", server="new.example.com")
    (warning,) = result["warnings"]
    assert "could not be checked" in warning
    assert result["changed"] is True


def test_first_object_of_an_organization_confirms_it(emulator: Emulator, run: Run) -> None:
    emulator.reset(seed={"agents": []})
    result = run("sip_credential", expected_org_id="org-1", server="new.example.com")
    assert (result["changed"], result["warnings"]) == (True, [])


def test_first_object_in_another_organization_is_deleted_again(emulator: Emulator, run: Run) -> None:
    emulator.reset(seed={"agents": []})
    result = run("sip_credential", expected_org_id="org-2", server="new.example.com")
    assert (result["failed"], result["changed"]) == (True, True)
    for words in ("'org-1'", "'org-2'", "deleted again"):
        assert words in result["msg"]
    assert [method for method, _path in requests_of(emulator)][-2:] == ["POST", "DELETE"]
    assert emulator.state()["organizations"]["org-1"]["credentials"] == []


@pytest.mark.parametrize("empty", ["", " "])
@pytest.mark.parametrize("by_option", [True, False], ids=["option", "variable"])
def test_empty_expected_organization_is_an_error(
    emulator: Emulator, run: Run, monkeypatch: Any, empty: str, by_option: bool
) -> None:
    monkeypatch.setenv("BLACKBOX_EXPECTED_ORG_ID", "org-1" if by_option else empty)
    result = run("sip_phone_number", **ONE, **({"expected_org_id": empty} if by_option else {}))
    assert (result["failed"], result["changed"]) == (True, False)
    assert "expected_org_id (BLACKBOX_EXPECTED_ORG_ID) is empty" in result["msg"]
    assert requests_of(emulator) == []


def test_option_wins_over_an_empty_variable(emulator: Emulator, run: Run, monkeypatch: Any) -> None:
    monkeypatch.setenv("BLACKBOX_EXPECTED_ORG_ID", "")
    assert run("sip_phone_number", **ONE, expected_org_id="org-1")["changed"] is True


def test_expected_organization_comes_from_the_environment(emulator: Emulator, run: Run, monkeypatch: Any) -> None:
    monkeypatch.setenv("BLACKBOX_EXPECTED_ORG_ID", "org-2")
    seed(emulator, "+1", TRUNK)
    assert "'org-2'" in run("sip_phone_number_info")["msg"]


# Registration states


@pytest.mark.not_quick
@pytest.mark.parametrize(
    ("states", "expected"),
    [
        (["failed"], ["+2"]),
        (["FAILED", "registered"], ["+1", "+2"]),
        (["!Registered"], ["+2", "+3"]),
        (["!registered", "!disabled"], ["+2"]),
        (["failed", "!failed"], []),
        ([], ["+1", "+2", "+3"]),
        (None, ["+1", "+2", "+3"]),
    ],
)
def test_registration_state_filter(emulator: Emulator, run: Run, states: list[str] | None, expected: list[str]) -> None:
    for phone, state in (("+1", "Registered"), ("+2", "Failed")):
        status = {"state": state}
        emulator.seed({"phone_numbers": [{"phoneNumber": phone, "credentialsId": TRUNK, "registrationStatus": status}]})
    emulator.seed({"phone_numbers": [{"phoneNumber": "+3", "credentialsId": TRUNK}]})
    numbers = run("sip_phone_number_info", registration_state=states)["sip_phone_numbers"]
    assert [number["phone_number"] for number in numbers] == expected


@pytest.mark.slow
@pytest.mark.parametrize("state", ["", "!", " ! "])
def test_empty_registration_state_is_refused(emulator: Emulator, run: Run, state: str) -> None:
    assert "registration_state[0]" in run("sip_phone_number_info", registration_state=[state])["msg"]
