# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""sip_trunks on the wire: trunks, numbers and links in one plan; what was approved is what happens."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.dasha.blackbox.plugins.filter.change_report import change_report
from ansible_collections.dasha.blackbox.plugins.filter.rollback import rollback
from ansible_collections.dasha.blackbox.plugins.module_utils._applying import freshness
from emulator.client import Emulator
from unit import twilio
from unit.harness import NOBODY_ID, NUMBER_ID, NUMBERS, OTHER_ID, OTHER_TRUNK, TRUNK

Run = Callable[..., dict[str, Any]]
CREDENTIALS = "/api/v1/sip-credentials"
PASSWORD = "correct-horse-battery"
NEW = "berlin@sip.new.example"
REFUSED = {"status": 400, "body": {"title": "Bad Request", "detail": "No."}}
COUNTS = ("created", "updated", "deleted", "unchanged", "failed", "not_attempted")
# A new trunk with two numbers, one that keeps what it has, and one that goes with what is on it.
TASK: dict[str, Any] = {
    "trunks": [
        {
            "server": "sip.new.example",
            "auth_user": "berlin",
            "auth_password": PASSWORD,
            "phone_numbers": [
                {"phone_number": "+11", "incoming_calls_agent": "Support"},
                {"phone_number": "+12", "display_name": "Desk"},
            ],
        },
        {"server": "sip.example.com", "description": "Head office", "phone_numbers": [{"phone_number": "+1"}]},
        {"server": "sip.example.org", "state": "absent", "force": True},
    ],
    "purge": True,
}
EXISTING = [
    {"id": NUMBER_ID, "phoneNumber": "+1", "credentialsId": TRUNK},
    {"phoneNumber": "+2", "credentialsId": TRUNK},
    {"id": OTHER_ID, "phoneNumber": "+9", "credentialsId": OTHER_TRUNK, "incomingCallsAgentId": "agent-1"},
]


@pytest.fixture
def office(emulator: Emulator, run: Run) -> Run:
    emulator.seed({"phone_numbers": EXISTING})
    emulator.clear_requests()
    return lambda check=False, **options: run("sip_trunks", check=check, **{**TASK, **options})


def counts(**given: int) -> dict[str, int]:
    return {**dict.fromkeys(COUNTS, 0), **given}


def stored(emulator: Emulator) -> dict[str, Any]:
    """Return trunks by name with their numbers, each with the values that a task can manage, but for passwords."""
    organization = emulator.state()["organizations"]["org-1"]
    agents = {agent["id"]: agent.get("outbound") for agent in organization["agents"]}
    found: dict[str, Any] = {}
    for trunk in organization["credentials"]:
        own = ("id", "orgId", "createdTime", "lastUpdateTime", "authPassword")
        numbers = [each for each in organization["phone_numbers"] if each["credentialsId"] == trunk["id"]]
        found[f"{trunk.get('authUser')}@{trunk['server']}"] = {
            "values": {key: value for key, value in trunk.items() if key not in own},
            "numbers": {
                number["phoneNumber"]: (
                    number.get("displayName"),
                    number.get("description"),
                    number.get("registration"),
                    number.get("incomingCallsAgentId"),
                    sorted(agent for agent, number_id in agents.items() if number_id == number["id"]),
                )
                for number in numbers
            },
        }
    return found


def writes(emulator: Emulator) -> list[tuple[str, str]]:
    return [(entry["method"], entry["path"]) for entry in emulator.requests() if entry["method"] != "GET"]


def reads(emulator: Emulator) -> list[str]:
    return [entry["path"] for entry in emulator.requests() if entry["method"] == "GET"]


def without_ids(result: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(change["object"], change["action"], change["change_id"]) for change in result["changes"]]


# One plan


@pytest.mark.not_quick
def test_preview_and_run_are_the_same_plan_also_for_a_trunk_that_does_not_exist(
    emulator: Emulator, office: Run
) -> None:
    preview = office(check=True)
    assert (preview["failed"], preview["applied"], writes(emulator)) == (False, False, [])
    result = office(approval=json.loads(json.dumps(preview["approval"])), expected_plan_id=preview["plan_id"])
    assert (result["failed"], result["applied"], result["plan_id"]) == (False, True, preview["plan_id"])
    assert without_ids(result) == without_ids(preview)
    assert result["diff"] == preview["diff"]
    assert result["summary"] == {
        "trunks": counts(created=1, updated=1, deleted=1),
        "phone_numbers": counts(created=2, unchanged=1, deleted=2),
    }
    assert stored(emulator).keys() == {NEW, "None@sip.example.com"}
    assert (office()["changed"], PASSWORD in json.dumps([preview, result])) == (False, False)


def test_trunk_that_does_not_exist_is_known_by_its_name(office: Run) -> None:
    preview = office(check=True)
    created = next(change for change in preview["changes"] if change["object"] == "phone_number")
    assert (created["credentials_id"], created["trunk"], created["after"]["credentials_id"]) == (None, NEW, None)
    assert "b1ac0b0c" not in json.dumps(preview)
    diff = preview["diff"][preview["changes"].index(created)]
    assert (diff["after"]["trunk"], diff["after_header"]) == (NEW, f"phone number '+11' on trunk {NEW}")


def test_stages_are_in_order_and_deletions_name_what_they_take_along(emulator: Emulator, office: Run) -> None:
    result = office(concurrency=1)
    ids = {change["phone_number"]: change["id"] for change in result["changes"] if change["object"] == "phone_number"}
    trunk = result["sip_trunks"][0]["id"]
    assert writes(emulator) == [
        ("POST", CREDENTIALS),
        ("PUT", f"{CREDENTIALS}/{TRUNK}"),
        ("POST", NUMBERS),
        ("PUT", f"{NUMBERS}/{ids['+11']}/agent-link"),
        ("POST", NUMBERS),
        ("DELETE", f"{NUMBERS}/{ids['+2']}"),
        ("DELETE", f"{NUMBERS}/{OTHER_ID}"),
        ("DELETE", f"{CREDENTIALS}/{OTHER_TRUNK}"),
    ]
    # What somebody else puts on the trunk in the meantime does not go with it.
    assert [entry["query"] for entry in emulator.requests() if entry["path"].endswith(OTHER_TRUNK)] == [[]]
    assert {change["credentials_id"] for change in result["changes"] if change.get("trunk") == NEW} == {trunk}


def test_unchanged_organization_is_read_with_one_listing_of_each_kind(emulator: Emulator, office: Run) -> None:
    office()
    emulator.clear_requests()
    assert office()["changed"] is False
    assert sorted(reads(emulator)) == ["/api/v1/agents", "/api/v1/agents", CREDENTIALS, NUMBERS]


def test_trunks_without_numbers_read_no_numbers(emulator: Emulator, run: Run) -> None:
    assert run("sip_trunks", trunks=[{"server": "sip.example.com"}])["changed"] is False
    assert reads(emulator) == [CREDENTIALS]


def test_flat_list_names_trunks_of_the_task_and_others(emulator: Emulator, run: Run) -> None:
    numbers = [
        {"phone_number": "+1", "trunk": NEW},
        {"phone_number": "+2", "trunk": "sip.example.com"},
        {"phone_number": "+3", "credentials_id": OTHER_TRUNK},
    ]
    options = {"trunks": [{"server": "sip.new.example", "auth_user": "berlin"}], "phone_numbers": numbers}
    preview = run("sip_trunks", check=True, **options)
    result = run("sip_trunks", **options, approval=preview["approval"])
    assert (result["failed"], result["summary"]["phone_numbers"]) == (False, counts(created=3))
    assert {name: list(trunk["numbers"]) for name, trunk in stored(emulator).items()} == {
        NEW: ["+1"],
        "None@sip.example.com": ["+2"],
        "None@sip.example.org": ["+3"],
    }


def test_numbers_move_from_a_trunk_that_is_then_deleted(emulator: Emulator, run: Run) -> None:
    emulator.seed({"phone_numbers": EXISTING})
    trunks = [
        {"server": "sip.example.com", "phone_numbers": [{"phone_number": "+9"}]},
        {"server": "sip.example.org", "state": "absent"},
    ]
    options = {"trunks": trunks, "move_from": ["sip.example.org"]}
    preview = run("sip_trunks", check=True, **options)
    assert (preview["failed"], preview["summary"]["trunks"]["deleted"]) == (False, 1)
    result = run("sip_trunks", **options)
    assert (result["failed"], result["plan_id"]) == (False, preview["plan_id"])
    assert "+9" in stored(emulator)["None@sip.example.com"]["numbers"]
    assert emulator.state()["organizations"]["org-1"]["phone_numbers"][2]["id"] == OTHER_ID


@pytest.mark.parametrize("check", [True, False])
def test_trunk_in_use_is_not_deleted_without_force(emulator: Emulator, office: Run, check: bool) -> None:
    trunks = [TASK["trunks"][1], {**TASK["trunks"][2], "force": False}]
    result = office(check=check, trunks=trunks)
    assert (result["failed"], result["summary"]["trunks"]["failed"]) == (True, 1)
    assert "it is in use by phone number '+9'" in result["msg"]
    assert "Set trunks[1].force to true" in result["msg"]
    # Nothing is taken away after a failure.
    assert result["summary"]["phone_numbers"] == counts(unchanged=1, not_attempted=1)
    assert "None@sip.example.org" in stored(emulator)


def test_purge_of_trunks_takes_their_numbers_and_counts_them(emulator: Emulator, office: Run) -> None:
    options: dict[str, Any] = {"trunks": [{"server": "sip.example.com"}], "purge": False, "purge_trunks": True}
    refused = office(**options, max_deletions=1, force=True)
    assert (refused["failed"], writes(emulator)) == (True, [])
    assert "1 SIP credential and 1 phone number would be deleted, more than max_deletions (1)" in refused["msg"]
    assert "'+9'" in change_report(refused)
    kept = office(**options, option_names={"*": "blackbox_"})
    assert "it is in use by agent 'Support'" in kept["msg"]
    assert "Set blackbox_force to true to unlink it" in kept["msg"]
    result = office(**options, force=True, max_deletions=2)
    assert (result["failed"], stored(emulator).keys()) == (False, {"None@sip.example.com"})


def test_numbers_of_a_purged_trunk_move_and_the_second_run_changes_nothing(emulator: Emulator, run: Run) -> None:
    emulator.seed({"credentials": [{"server": "old.example.net"}]})
    run("sip_phone_numbers", trunk="old.example.net", phone_numbers=[{"phone_number": "+1"}])
    options = {
        "trunks": [{"server": "new.example.net", "phone_numbers": [{"phone_number": "+1"}]}],
        "move_from": ["old.example.net"],
        "purge_trunks": True,
    }
    first, second = run("sip_trunks", **options), run("sip_trunks", **options)
    assert (first["summary"]["phone_numbers"]["updated"], second["changed"]) == (1, False)
    assert "no trunk is named 'old.example.net'" in second["warnings"][0]
    assert "no trunk is named" in run("sip_trunks", **{**options, "purge_trunks": False})["msg"]


@pytest.mark.parametrize("lists_trunks", [True, False], ids=["some", "none"])
def test_second_run_finds_a_number_absent_with_its_purged_trunk(
    emulator: Emulator, run: Run, lists_trunks: bool
) -> None:
    emulator.seed({"credentials": [{"server": "old.example.net"}, {"server": "older.example.net"}]})
    numbers = [{"phone_number": f"+{index}", "trunk": "old.example.net", "state": "absent"} for index in range(3)]
    run("sip_phone_numbers", trunk="old.example.net", phone_numbers=[{"phone_number": "+1"}])
    trunks = [{"server": "new.example.net", "phone_numbers": [{"phone_number": "+7"}]}] if lists_trunks else []
    options: dict[str, Any] = {"trunks": trunks, "phone_numbers": numbers, "purge_trunks": True, "purge": True}
    first = run("sip_trunks", **options)
    assert (first["failed"], first["summary"]["phone_numbers"]["deleted"]) == (False, 1)
    for check in (True, False):
        second = run("sip_trunks", check=check, **options)
        assert (second["failed"], second["changed"]) == (False, False)
        assert second["summary"]["phone_numbers"] == counts(unchanged=3 + lists_trunks)
        (warning,) = second["warnings"]
        assert warning.startswith("No number is deleted from 'old.example.net'. phone_numbers[0].trunk: no trunk is")
    assert "no trunk is named" in run("sip_trunks", **{**options, "purge_trunks": False})["msg"]
    present = {**numbers[0], "state": "present"}
    assert "no trunk is named" in run("sip_trunks", **{**options, "phone_numbers": [present]})["msg"]


def test_absent_number_on_a_name_of_several_trunks_is_refused_with_a_purge(emulator: Emulator, run: Run) -> None:
    emulator.seed({"credentials": [{"server": "sip.example.com"}, {"server": "SIP.example.com."}]})
    number = {"phone_number": "+1", "trunk": "Sip.Example.com", "state": "absent"}
    result = run("sip_trunks", trunks=[{"server": "new.example.net"}], phone_numbers=[number], purge_trunks=True)
    assert (result["failed"], writes(emulator)) == (True, [])
    assert "trunks are named 'Sip.Example.com'" in result["msg"]


@pytest.mark.parametrize("other", [[{"id": OTHER_TRUNK, "description": "Mine"}], []], ids=["listed", "not"])
def test_name_that_a_second_trunk_gets_stands_for_neither(emulator: Emulator, run: Run, other: list[Any]) -> None:
    renamed = {"id": TRUNK, "server": "sip.example.org", "auth_user": ""}
    number = {"phone_number": "+1", "trunk": "sip.example.org"}
    result = run("sip_trunks", trunks=[renamed, *other], phone_numbers=[number])
    assert "several trunks are named 'sip.example.org' once the task is applied" in result["msg"]
    assert writes(emulator) == []
    nested = {**renamed, "phone_numbers": [{"phone_number": "+1"}]}
    result = run("sip_trunks", trunks=[nested, *other])
    assert result["summary"]["phone_numbers"]["created"] == 1
    assert ["Several trunks are named 'sip.example.org'" in warning for warning in result["warnings"]] == [True]


def test_short_values_are_whole_in_a_diff_of_many_changes(emulator: Emulator, run: Run) -> None:
    emulator.seed({"credentials": [{"server": f"s{index}.example.com", "cpsLimit": 15} for index in range(21)]})
    trunks = [{"server": f"s{index}.example.com", "cps_limit": 25} for index in range(21)]
    (diff,) = run("sip_trunks", trunks=trunks, check=True)["diff"]
    assert diff["prepared"].splitlines()[0] == "~ s0.example.com: cps_limit 15 -> 25"


@pytest.mark.parametrize("swapped", [False, True])
def test_name_that_several_listed_trunks_have_stands_for_neither(emulator: Emulator, run: Run, swapped: bool) -> None:
    emulator.seed({"credentials": [{"id": new, "server": "twice.example.com"} for new in (NUMBER_ID, OTHER_ID)]})
    run("sip_phone_number", phone_number="+1", credentials_id=OTHER_ID)
    trunks = [{"id": OTHER_ID}, {"id": NUMBER_ID}] if swapped else [{"id": NUMBER_ID}, {"id": OTHER_ID}]
    emulator.clear_requests()
    result = run("sip_trunks", trunks=trunks, phone_numbers=[{"phone_number": "+1", "trunk": "twice.example.com"}])
    assert "several trunks are named 'twice.example.com'" in result["msg"]
    assert writes(emulator) == []
    assert run("sip_trunks", trunks=trunks).get("warnings", []) == []


@pytest.mark.parametrize(
    "other", [{"phone_numbers": [{"phone_number": "+7"}]}, {"state": "absent"}], ids=["present", "absent"]
)
@pytest.mark.parametrize("spelling", ["new.example.net", "new.example.net:5060"])
@pytest.mark.parametrize("exists", [True, False])
def test_trunk_that_gets_the_key_of_another_entry_is_refused(
    emulator: Emulator, run: Run, other: dict[str, Any], exists: bool, spelling: str
) -> None:
    """The second run could not tell which of the two the other entry is about."""
    emulator.seed({"credentials": [{"server": "new.example.net"}] if exists else []})
    trunks = [{"id": TRUNK, "server": "New.example.net", "auth_user": ""}, {"server": spelling, **other}]
    for listed in (trunks, trunks[::-1]):
        result = run("sip_trunks", trunks=listed)
        assert (result["failed"], writes(emulator)) == (True, [])
        assert "Set its id, or leave one of the two out" in result["msg"]


@pytest.mark.parametrize("state", ["present", "absent"])
def test_name_that_the_task_takes_from_a_trunk_is_refused_by_the_first_run_too(
    emulator: Emulator, run: Run, state: str
) -> None:
    renamed = {"id": TRUNK, "server": "later.example.net"}
    number = {"phone_number": "+1", "trunk": "Sip.example.com", "state": state}
    result = run("sip_trunks", trunks=[renamed], phone_numbers=[number])
    assert (result["failed"], writes(emulator)) == (True, [])
    assert "phone_numbers[0].trunk: trunks[0] renames the trunk 'Sip.example.com'." in result["msg"]
    assert "Use 'later.example.net'" in result["msg"]
    fresh = {"server": "fresh.example.net", "phone_numbers": [{"phone_number": "+1"}]}
    result = run("sip_trunks", trunks=[renamed, fresh], move_from=["sip.example.com"])
    assert "move_from: trunks[0] renames the trunk 'sip.example.com'." in result["msg"]
    assert writes(emulator) == []
    for changed in (True, False):
        result = run("sip_trunks", trunks=[renamed, fresh], move_from=["later.example.net"])
        assert (result["failed"], result["changed"]) == (False, changed)


def test_name_of_a_trunk_that_is_deleted_by_its_id_alone_is_refused_by_the_first_run_too(
    emulator: Emulator, run: Run
) -> None:
    goes = {"id": TRUNK, "state": "absent", "force": True}
    fresh = {"server": "fresh.example.net", "phone_numbers": [{"phone_number": "+1"}]}
    result = run("sip_trunks", trunks=[fresh, goes], move_from=["sip.example.com"])
    assert "move_from: trunks[1] deletes the trunk 'sip.example.com'" in result["msg"]
    assert (result["failed"], writes(emulator)) == (True, [])
    for goes_by in ({**goes, "server": "sip.example.com"}, {"server": "sip.example.com", "state": "absent"}):
        assert run("sip_trunks", trunks=[fresh, goes_by], move_from=["sip.example.com"])["failed"] is False


def test_trunk_in_several_spellings_is_not_deleted_by_one_of_them(emulator: Emulator, run: Run) -> None:
    """The next run would delete the other one."""
    emulator.seed({"credentials": [{"server": "twice.example.net"}, {"server": "Twice.example.net."}]})
    entry = {"server": "twice.example.net", "state": "absent"}
    for result in (run("sip_credential", **entry), run("sip_trunks", trunks=[entry])):
        assert (result["failed"], writes(emulator)) == (True, [])


@pytest.mark.parametrize("swapped", [False, True])
@pytest.mark.parametrize("purge", [False, True])
@pytest.mark.parametrize("flat", [False, True])
def test_numbers_move_to_a_trunk_that_takes_over_the_name_of_theirs(
    emulator: Emulator, run: Run, swapped: bool, purge: bool, flat: bool
) -> None:
    emulator.seed({"phone_numbers": [{**EXISTING[0], "displayName": "Desk", "incomingCallsAgentId": "agent-1"}]})
    keeps: dict[str, Any] = {"id": OTHER_TRUNK, "server": "sip.example.com"}
    number = {"phone_number": "+1"}
    keeps |= {} if flat else {"phone_numbers": [number]}
    goes = {"id": TRUNK, "state": "absent", "force": True}
    trunks = [keeps] if purge else [goes, keeps] if swapped else [keeps, goes]
    options: dict[str, Any] = {"trunks": trunks, "move_from": ["sip.example.com"], "purge_trunks": purge}
    options |= {"phone_numbers": [{**number, "trunk": "sip.example.com"}]} if flat else {}
    preview, result = (run("sip_trunks", check=check, **options) for check in (True, False))
    assert (result["failed"], result["plan_id"]) == (False, preview["plan_id"])
    (stored_number,) = emulator.state()["organizations"]["org-1"]["phone_numbers"]
    assert (stored_number["id"], stored_number["displayName"]) == (NUMBER_ID, "Desk")
    assert run("sip_trunks", **options)["changed"] is False


def test_trunk_that_is_absent_by_id_may_be_gone(emulator: Emulator, run: Run) -> None:
    for gone in ({"id": NOBODY_ID}, {"id": NOBODY_ID, "auth_user": "u"}):
        for check in (True, False):
            result = run("sip_trunks", check=check, trunks=[{**gone, "state": "absent"}])
            assert (result["failed"], result["summary"]["trunks"]) == (False, counts(unchanged=1))


def test_purge_of_trunks_needs_a_list(emulator: Emulator, run: Run) -> None:
    result = run("sip_trunks", phone_numbers=[], purge_trunks=True)
    assert (result["failed"], emulator.requests()) == (True, [])
    assert "purge_trunks is set, but trunks is not" in result["msg"]


def test_trunk_of_a_provider_is_never_purged(emulator: Emulator, run: Run) -> None:
    emulator.seed({"credentials": [{"server": "sip.provider.example", "source": "provider"}]})
    result = run("sip_trunks", trunks=[], purge_trunks=True)
    assert (result["failed"], stored(emulator).keys()) == (False, {"None@sip.provider.example"})


@pytest.mark.parametrize("other", ["sip.twice.example", "SIP.twice.example.", "sip.twice.example:5060"])
@pytest.mark.parametrize("by_id", [True, False])
def test_purge_of_trunks_takes_an_unlisted_one_of_the_same_name_in_any_spelling(
    emulator: Emulator, run: Run, other: str, by_id: bool
) -> None:
    listed = {"id": NUMBER_ID, "server": "sip.twice.example"}
    emulator.reset(seed={"credentials": [listed, {"id": OTHER_ID, "server": other}]})
    entry = {"id": NUMBER_ID} if by_id else {"server": "sip.twice.example"}
    result = run("sip_trunks", trunks=[entry], purge_trunks=True)
    existing = [each["id"] for each in run("sip_credential_info")["sip_credentials"]]
    if other == listed["server"] and not by_id:
        assert "several have this key" in result["msg"]
        assert result["summary"]["trunks"] == counts(failed=1)
        assert len(existing) == 2
    else:
        assert (result["failed"], result["summary"]["trunks"]) == (False, counts(deleted=1, unchanged=1))
        assert existing == [NUMBER_ID]


def test_purge_of_trunks_leaves_the_name_of_a_provider_shared(emulator: Emulator, run: Run) -> None:
    emulator.seed({"credentials": [{"server": "sip.provider.example", "source": "provider"}]})
    trunks = [{"id": TRUNK, "server": "sip.provider.example"}]
    result = run("sip_trunks", check=True, trunks=trunks, purge_trunks=True)
    assert "Several trunks are named 'sip.provider.example' once the task is applied" in result["warnings"][0]


@pytest.mark.parametrize("check", [True, False])
@pytest.mark.parametrize("force", [True, False])
def test_trunk_of_a_provider_is_refused_before_its_numbers_go(
    emulator: Emulator, run: Run, check: bool, force: bool
) -> None:
    emulator.seed({"credentials": [{"id": NUMBER_ID, "server": "sip.provider.example", "source": "provider"}]})
    emulator.seed({"phone_numbers": [{"phoneNumber": "+7", "credentialsId": NUMBER_ID}]})
    result = run("sip_trunks", check=check, trunks=[{"id": NUMBER_ID, "state": "absent", "force": force}])
    assert (result["failed"], result["changes"], writes(emulator)) == (True, [], [])
    assert "failed: it is managed by a VoIP provider and can only be changed or deleted through" in result["msg"]
    assert "managed by the module twilio_provider" in result["msg"]
    assert result["summary"] == {"trunks": counts(failed=1), "phone_numbers": counts()}


@pytest.mark.parametrize("lists", [True, False], ids=["listed", "purged"])
def test_trunk_with_a_number_of_a_provider_is_refused_before_its_other_numbers_go(
    emulator: Emulator, run: Run, lists: bool
) -> None:
    emulator.reset(seed=twilio.SEED)
    twilio.connect(emulator)
    emulator.seed({"credentials": [{"id": TRUNK, "server": "sip.example.com"}]})
    imported = {"phoneNumber": "+7", "credentialsId": TRUNK, "providerId": twilio.PROVIDER_ID}
    emulator.seed({"phone_numbers": [{"phoneNumber": "+6", "credentialsId": TRUNK}, imported]})
    entry = {"id": TRUNK, "state": "absent", "force": True}
    result = run("sip_trunks", trunks=[entry] if lists else [], purge_trunks=not lists, force=True)
    assert (result["failed"], result["changes"], writes(emulator)) == (True, [], [])
    assert "failed: its phone number '+7'" in result["msg"]
    assert f"is managed by a VoIP provider ({twilio.PROVIDER_ID}) and can only be" in result["msg"]
    assert "removed by the module twilio_phone_numbers" in result["msg"]


def test_max_updates_stops_before_the_first_write(emulator: Emulator, office: Run) -> None:
    refused = office(max_updates=0)
    assert "1 SIP credential would be updated, more than max_updates (0) allows" in refused["msg"]
    assert writes(emulator) == []
    assert office(max_updates=1)["failed"] is False


@pytest.mark.parametrize("check", [True, False])
@pytest.mark.parametrize(
    "limit",
    [{"max_deletions": 0}, {"approval": {"change_ids": []}}, {"expected_plan_id": "another"}],
    ids=["limit", "approval", "plan id"],
)
def test_refused_plan_reports_the_entries_that_are_impossible(
    emulator: Emulator, run: Run, check: bool, limit: dict[str, Any]
) -> None:
    emulator.seed({"phone_numbers": [{"phoneNumber": "+1", "credentialsId": TRUNK}]})
    entries = [{"phone_number": "+1", "trunk": "sip.example.com", "state": "absent"}]
    trunks = [{"id": NUMBER_ID, "description": "x"}, {"id": OTHER_ID, "description": "x"}]
    result = run("sip_trunks", check=check, trunks=trunks, phone_numbers=entries, **limit)
    assert (result["failed"], writes(emulator)) == (True, [])
    assert "so nothing was done" in result["msg"]
    assert "no SIP credential has this id" in result["msg"]
    assert "For the same reason, 1 more failed" in result["msg"]
    assert [each["location"] for each in result["failures"]] == ["trunks[0]", "trunks[1]"]
    assert result["summary"]["trunks"] == counts(failed=2)
    report = change_report(result)
    assert "The plan was refused. Nothing was written. These are the current changes." in report
    assert report.count("no SIP credential has this id") > 1
    with pytest.raises(AnsibleFilterError, match="the plan was refused"):
        rollback(result)


# Failures


def test_numbers_of_a_trunk_that_was_not_created_are_not_attempted(emulator: Emulator, office: Run) -> None:
    emulator.fault({"match": {"method": "POST", "path": f"^{CREDENTIALS}$"}, "fault": REFUSED})
    result = office(phone_numbers=[{"phone_number": "+3", "trunk": "sip.example.com"}])
    assert result["summary"] == {
        "trunks": counts(updated=1, failed=1, not_attempted=1),
        "phone_numbers": counts(created=1, unchanged=1, not_attempted=4),
    }
    (failure,) = result["failures"]
    assert (failure["object"], failure["server"], failure["error"]["status"]) == ("trunk", "sip.new.example", 400)
    assert office(phone_numbers=[{"phone_number": "+3", "trunk": "sip.example.com"}])["failed"] is False


def test_unknown_creation_of_a_trunk_leaves_its_numbers(emulator: Emulator, office: Run) -> None:
    fault = {"match": {"method": "POST", "path": f"^{CREDENTIALS}$"}, "fault": {"drop": "before"}}
    emulator.fault(fault)
    result = office(api_retries=0)
    assert (result["failed"], result["failures"][0]["error"]["outcome"]) == (True, "unknown")
    assert result["summary"]["phone_numbers"]["not_attempted"] == 4


@pytest.mark.parametrize("field", ["trunk", "agent", "agents", "id"])
def test_everything_wrong_is_reported_at_once_before_any_write(emulator: Emulator, run: Run, field: str) -> None:
    wrong = {
        "trunk": {"trunk": "sip.exmaple.com"},
        "agent": {"trunk": "sip.example.com", "incoming_calls_agent": "Suport"},
        "agents": {"trunk": "sip.example.com", "outgoing_calls_agents": ["Suport", "Sales", "Sails"]},
        "id": {"trunk": "sip.example.com", "incoming_calls_agent_id": "agent-9"},
    }[field]
    numbers = [{"phone_number": f"+{index}", "trunk": "sip.example.com"} for index in range(60)]
    numbers[7].update(wrong)
    if field != "agents":  # that only one number may have
        numbers[41].update(wrong)
    for check in (True, False):
        result = run("sip_trunks", check=check, phone_numbers=numbers)
        assert (result["failed"], result["changed"], writes(emulator)) == (True, False, [])
        if field == "agent":
            assert "phone_numbers[7].incoming_calls_agent: no agent is named 'Suport'" in result["msg"]
            assert "phone_numbers[41].incoming_calls_agent" in result["msg"]
            assert "The agents are: Support, Sales" in result["msg"]
        if field == "agents":
            assert "phone_numbers[7].outgoing_calls_agents[0]: no agent is named 'Suport'" in result["msg"]
            assert "phone_numbers[7].outgoing_calls_agents[2]: no agent is named 'Sails'" in result["msg"]
        if field == "trunk":
            assert "phone_numbers[7].trunk: no trunk is named 'sip.exmaple.com'" in result["msg"]
            assert "phone_numbers[41].trunk" in result["msg"]
        if field == "id":
            assert "no agent has the id 'agent-9'" in result["msg"]


def test_invalid_options_are_reported_at_once_without_a_request(emulator: Emulator, run: Run) -> None:
    trunks = [
        {"server": "sip.example.com", "transport": "sctp"},
        {"auth_user": "x"},
        {"server": "b", "phone_numbers": [{"phone_number": 1555}, {"phone_number": "+1", "trunk": "b"}]},
        {"server": "c", "state": "absent"},
    ]
    result = run("sip_trunks", trunks=trunks, phone_numbers=[{"phone_number": "+2", "trunk": "c"}, {"trunk": "b"}])
    assert (result["failed"], emulator.requests()) == (True, [])
    for text in (
        "trunks[0].transport must be one of",
        "trunks[1] needs server",
        "trunks[2].phone_numbers[0].phone_number must be",
        "trunks[2].phone_numbers[1] must not have trunk",
        "phone_numbers[0] is on trunk 'c', which trunks deletes",
        "phone_numbers[1] needs phone_number",
    ):
        assert text in result["msg"]


def test_default_trunk_is_that_of_numbers_which_no_trunk_lists(emulator: Emulator, run: Run) -> None:
    trunks = [{"server": "a", "phone_numbers": [{"phone_number": "+1"}]}, {"server": "b"}]
    for default in ({"trunk": "b"}, {"credentials_id": TRUNK}):
        listed = [{"phone_number": "+2"}, {"phone_number": "+3", "trunk": "a"}]
        result = run("sip_trunks", trunks=trunks, phone_numbers=listed, defaults=default, check=True)
        owner = {each["phone_number"]: each["trunk"] for each in result["changes"] if each["object"] == "phone_number"}
        assert owner["+1"] == owner["+3"] == "a"
        assert owner["+2"] == ("b" if "trunk" in default else "sip.example.com")


# Approvals


@pytest.mark.not_quick
def test_approval_covers_what_is_left_after_any_failure(emulator: Emulator, office: Run) -> None:
    """Each request of the run fails once; whatever it left is finished under the same approval."""
    for index in range(8):
        emulator.reset(seed={"credentials": SEED_TRUNKS, "agents": AGENTS, "phone_numbers": EXISTING})
        approval = office(check=True)["approval"]
        emulator.fault({"match": {"method": "POST|PUT|DELETE"}, "skip": index, "times": 1, "fault": REFUSED})
        failed = office(approval=approval, concurrency=1)
        assert failed["failed"] is True, index
        finished = office(approval=approval)
        assert (finished["failed"], office(approval=approval)["changed"]) == (False, False), (
            index,
            finished.get("msg"),
        )


SEED_TRUNKS = [{"id": TRUNK, "server": "sip.example.com"}, {"id": OTHER_TRUNK, "server": "sip.example.org"}]
AGENTS = [{"id": "agent-1", "name": "Support"}, {"id": "agent-2", "name": "Sales"}]


@pytest.mark.not_quick
def test_approval_names_what_it_does_not_cover_and_prints_no_id(emulator: Emulator, office: Run) -> None:
    approval = office(check=True)["approval"]
    emulator.seed({"phone_numbers": [{"phoneNumber": "+3", "credentialsId": TRUNK}]})
    for check in (True, False):
        refused = office(check=check, approval=approval)
        assert (refused["failed"], refused["changed"], writes(emulator)) == (True, False, [])
        assert "does not cover phone number '+3' on trunk sip.example.com" in refused["msg"]
        assert "Preview and approve again" in refused["msg"]
        assert not any(each in refused["msg"] for each in (refused["plan_id"], *refused["approval"]["change_ids"]))
        assert "+3" in change_report(refused)
    assert office(approval=refused["approval"])["failed"] is False


REPLACED = {"server": "sip.example.org", "domain": "other.example.org"}
RENAMED = {"id": OTHER_TRUNK, "server": "sip.example.com"}


@pytest.mark.parametrize("trunk", [REPLACED, RENAMED], ids=["replaced", "renamed"])
def test_approval_covers_no_number_on_another_trunk_of_the_same_name_or_id(
    emulator: Emulator, run: Run, trunk: dict[str, str]
) -> None:
    emulator.reset(seed={"credentials": [{"id": OTHER_TRUNK, "server": "sip.example.org"}]})
    options = {"trunks": [], "phone_numbers": [{"phone_number": "+1", "trunk": "sip.example.org"}]}
    by_id = {**options, "phone_numbers": [{"phone_number": "+1", "credentials_id": OTHER_TRUNK}]}
    task = by_id if "id" in trunk else options
    approval = run("sip_trunks", check=True, **task)["approval"]
    emulator.reset(seed={"credentials": [trunk]})
    for check in (True, False):
        refused = run("sip_trunks", check=check, approval=approval, **task)
        assert "The approval does not cover phone number '+1'" in refused["msg"]
    assert writes(emulator) == []


@pytest.mark.parametrize("approval", [{}, {"change_ids": "all"}, {"plan_id": "x"}, {"change_ids": [1]}], ids=str)
def test_approval_that_is_none_is_refused(emulator: Emulator, office: Run, approval: dict[str, Any]) -> None:
    result = office(approval=approval)
    assert (result["failed"], emulator.requests()) == (True, [])
    assert "approval must be the value approval in the result of a preview" in result["msg"]


def test_change_of_a_password_is_not_covered_by_an_approval_without_it(emulator: Emulator, run: Run) -> None:
    emulator.seed({"credentials": [{"server": "a", "authUser": "u", "authPassword": "old-password-1"}]})
    trunk = {"server": "a", "auth_user": "u", "auth_password": PASSWORD, "description": "New"}
    approval = run("sip_trunks", check=True, trunks=[trunk])["approval"]
    refused = run("sip_trunks", trunks=[trunk], update_passwords="always", approval=approval)
    assert (refused["failed"], writes(emulator)) == (True, [])
    other = run("sip_trunks", check=True, trunks=[{**trunk, "auth_password": "other-password-2"}])["approval"]
    assert other == approval


@pytest.mark.parametrize("check", [True, False])
def test_report_names_the_trunks_of_a_move_to_one_that_the_task_creates(
    emulator: Emulator, run: Run, check: bool
) -> None:
    emulator.seed({"phone_numbers": [{"phoneNumber": "+1", "credentialsId": TRUNK}]})
    new = {"server": "sip.new.example", "phone_numbers": [{"phone_number": "+1"}]}
    result = run("sip_trunks", check=check, trunks=[new], move_from=["sip.example.com"])
    assert "trunk: from `sip.example.com` to `sip.new.example`" in change_report(result)
    # Trunks that are passed have their current names.
    trunks = [{"id": TRUNK, "server": "sip.renamed.example", "auth_user": None}]
    assert "trunk: from `sip.renamed.example` to `sip.new.example`" in change_report(result, trunks=trunks)


# Rollback


@pytest.mark.parametrize("failing", [None, *range(8)])
def test_rollback_restores_everything_after_any_failure(emulator: Emulator, office: Run, failing: int | None) -> None:
    before = stored(emulator)
    if failing is not None:
        emulator.fault({"match": {"method": "POST|PUT|DELETE"}, "skip": failing, "times": 1, "fault": REFUSED})
    result = office(concurrency=1)
    assert result["failed"] is (failing is not None)
    emulator.clear_faults()
    undo = rollback(result)
    undone = office(**undo, purge=False, max_deletions=100)
    assert (undone["failed"], stored(emulator)) == (False, before), undone.get("msg")
    assert office(**undo, purge=False, max_deletions=100)["changed"] is False


def test_rollback_of_a_deleted_trunk_with_a_user_needs_its_password(emulator: Emulator, run: Run) -> None:
    emulator.seed({"credentials": [{"server": "a", "authUser": "u", "authPassword": PASSWORD, "transport": "tls"}]})
    before = stored(emulator)
    result = run("sip_trunks", trunks=[{"server": "a", "auth_user": "u", "state": "absent"}])
    with pytest.raises(AnsibleFilterError, match="needs the previous passwords of u@a"):
        rollback(result)
    undo = rollback(result, passwords={"u@a": PASSWORD})
    assert run("sip_trunks", **undo)["failed"] is False
    assert stored(emulator) == before
    (trunk,) = [each for each in emulator.state()["organizations"]["org-1"]["credentials"] if each["server"] == "a"]
    assert trunk["authPassword"] == PASSWORD


def test_trunk_that_needs_a_password_meanwhile_fails_alone(
    emulator: Emulator, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody else gives the second trunk a user: its PUT would destroy a password that nobody can read."""
    monkeypatch.setattr(freshness, "MAX_AGE", -1.0)
    ids = [TRUNK, OTHER_TRUNK, NOBODY_ID]
    trunks = [{"id": each, "server": f"s{index}.example.com"} for index, each in enumerate(ids)]
    emulator.reset(seed={"credentials": trunks}, settings={"password": "absent"})
    secured = {"update": {OTHER_TRUNK: {"authUser": "u", "authPassword": PASSWORD}}}
    emulator.fault({"match": {"method": "PUT", "path": TRUNK}, "mutate": secured})
    result = run("sip_trunks", trunks=[{"id": each, "description": "New"} for each in ids], concurrency=1)
    assert (result["failed"], result["summary"]["trunks"]) == (True, counts(updated=2, failed=1))
    assert [change["id"] for change in result["changes"]] == [TRUNK, NOBODY_ID]
    (failure,) = result["failures"]
    assert (failure["id"], failure["error"]["outcome"]) == (OTHER_TRUNK, "not_sent")
    assert "auth_password" in result["msg"]


@pytest.mark.parametrize("spelling", ["sip.twice.example", "SIP.twice.example.", "sip.twice.example:5060"])
def test_rollback_of_a_deleted_trunk_never_changes_another_one_of_its_name(
    emulator: Emulator, run: Run, spelling: str
) -> None:
    """The entry would have no id, so it would be about the other trunk."""
    first, second = NUMBER_ID, OTHER_ID
    trunks = [
        {"id": first, "server": spelling, "authUser": "u", "authPassword": "password-of-the-first"},
        {"id": second, "server": "sip.twice.example", "authUser": "u", "authPassword": PASSWORD},
    ]
    emulator.seed({"credentials": trunks})
    result = run("sip_trunks", trunks=[{"id": second, "state": "absent"}])
    assert result["trunk_names"] == {first: f"u@{spelling}", second: "u@sip.twice.example"}
    with pytest.raises(AnsibleFilterError) as error:
        rollback(result, passwords={"u@sip.twice.example": PASSWORD})
    assert f"cannot restore the trunk u@sip.twice.example ({second})" in str(error.value)
    assert f"the trunk {first} has the same server and user" in str(error.value)


def test_rollback_of_a_deleted_trunk_leaves_the_password_of_one_created_meanwhile(emulator: Emulator, run: Run) -> None:
    emulator.seed({"credentials": [{"server": "a", "authUser": "u", "authPassword": PASSWORD}]})
    result = run("sip_trunks", trunks=[{"server": "a", "auth_user": "u", "state": "absent"}])
    emulator.seed({"credentials": [{"server": "a", "authUser": "u", "authPassword": "new-password-1"}]})
    undo = rollback(result, passwords={"u@a": PASSWORD})
    assert run("sip_trunks", **undo, update_passwords="always")["changed"] is False


@pytest.mark.parametrize("shown", ["absent", "masked"])
@pytest.mark.parametrize("before", [{"authUser": "u", "authPassword": PASSWORD}, {}], ids=["password", "none"])
def test_rollback_of_a_trunk_whose_password_nobody_can_read(
    emulator: Emulator, run: Run, shown: str, before: dict[str, str]
) -> None:
    emulator.reset(seed={"credentials": [{"id": TRUNK, "server": "a", **before}]}, settings={"password": shown})
    changes = {"id": TRUNK, "auth_user": "v", "auth_password": before.get("authPassword", "")}
    result = run("sip_trunks", trunks=[changes])
    assert result["failed"] is False
    name = "u@a" if before else "a"
    undo = rollback(result, passwords={name: before.get("authPassword", "")})
    assert run("sip_trunks", **undo)["failed"] is False
    (trunk,) = emulator.state()["organizations"]["org-1"]["credentials"]
    assert (trunk["authUser"] or None, trunk["authPassword"] or None) == (
        before.get("authUser"),
        before.get("authPassword"),
    )


def test_number_whose_deletion_is_doubtful_comes_back_with_the_agent_that_it_lost(emulator: Emulator, run: Run) -> None:
    agent = {"id": "agent-1", "outbound": NUMBER_ID}
    number = {"id": NUMBER_ID, "phoneNumber": "+3", "credentialsId": TRUNK, "displayName": "Desk"}
    emulator.seed({"phone_numbers": [number], "agents": [agent]})
    before = stored(emulator)
    emulator.fault({"match": {"method": "DELETE"}, "times": None, "fault": {"status": 500, "done": True}})
    taken = {"phone_number": "+5", "credentials_id": TRUNK, "outgoing_calls_agent_ids": ["agent-1"]}
    result = run("sip_phone_numbers", phone_numbers=[taken], purge=True, force=True)
    assert result["failed"] is True
    emulator.clear_faults()
    for _again in range(2):
        assert run("sip_phone_numbers", phone_numbers=rollback(result))["failed"] is False
    assert stored(emulator) == before


@pytest.mark.parametrize("shown", ["clear", "masked", "absent"])
def test_approval_of_a_password_does_not_cover_its_removal(emulator: Emulator, run: Run, shown: str) -> None:
    """An empty environment variable is a slip that must not take a password away unseen."""
    trunk = {"server": "a", "authUser": "u", "authPassword": PASSWORD}
    emulator.reset(seed={"credentials": [trunk]}, settings={"password": shown})

    def rotate(password: str, **options: Any) -> dict[str, Any]:
        entry = {"server": "a", "auth_user": "u", "auth_password": password}
        return run("sip_trunks", trunks=[entry], update_passwords="always", **options)

    one, other, none = (rotate(password, check=True) for password in ("one-secret", "other-secret", ""))
    assert one["plan_id"] == other["plan_id"] != none["plan_id"]
    assert [each["changes"][0]["after"]["auth_password"] for each in (one, none)] == ["(changed)", "(removed)"]
    assert "from `(not shown)` to `(changed)`" in change_report(one)
    assert "from `(not shown)` to `(removed)`" in change_report(none)
    refused = rotate("", approval=one["approval"])
    assert (refused["failed"], writes(emulator)) == (True, [])
    assert "The approval does not cover" in refused["msg"]
    assert rotate("one-secret", approval=one["approval"])["changed"] is True
    assert rotate("", approval=none["approval"])["failed"] is False


def test_unknown_trunk_may_be_one_that_the_task_creates(emulator: Emulator, run: Run) -> None:
    number = {"phone_number": "+1", "trunk": "ofice@sip.berlin.example"}
    result = run("sip_trunks", trunks=[{"server": "sip.berlin.example", "auth_user": "office"}], phone_numbers=[number])
    assert "The trunks are: office@sip.berlin.example, sip" in result["msg"]


def test_agent_that_a_failed_number_has_lost_is_reported_and_comes_back(emulator: Emulator, run: Run) -> None:
    emulator.seed({"credentials": [{"server": "sip.example.net"}], "agents": [{"id": "agent-1"}]})

    def numbers(first: list[str], second: list[str], name: str) -> dict[str, Any]:
        entries = [
            {"phone_number": "+1", "display_name": name, "outgoing_calls_agent_ids": first},
            {"phone_number": "+2", "outgoing_calls_agent_ids": second},
        ]
        return {"trunk": "sip.example.net", "phone_numbers": entries, "concurrency": 1}

    run("sip_phone_numbers", **numbers(["agent-1"], [], "Old"))
    before = stored(emulator)
    emulator.fault({"match": {"method": "PUT", "path": "sip-phone-numbers/[^/]+$"}, "fault": {"status": 400}})
    result = run("sip_phone_numbers", **numbers([], ["agent-1"], "New"))
    assert result["failed"] is True
    links = {each["phone_number"]: each["after"]["outgoing_calls_agent_ids"] for each in result["changes"]}
    assert links == {"+1": [], "+2": ["agent-1"]}
    undo = rollback(result)
    run("sip_phone_numbers", phone_numbers=undo)
    assert stored(emulator) == before
