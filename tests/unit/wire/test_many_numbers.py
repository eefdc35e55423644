# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""sip_phone_numbers on the wire: one listing, only the writes that are needed, and an account of every number."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tracemalloc
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from emulator.client import Emulator
from unit.harness import NUMBER_ID, NUMBERS, OTHER_ID, OTHER_TRUNK, TRUNK

Run = Callable[..., dict[str, Any]]
GONE = {"status": 404, "body": {"title": "Not Found"}}
COUNTS = ("created", "updated", "deleted", "unchanged", "failed", "not_attempted")


@pytest.fixture
def fleet(run: Run) -> Run:
    """Run sip_phone_numbers on one trunk."""

    def fleet(numbers: list[Any], check: bool = False, **options: Any) -> dict[str, Any]:
        return run("sip_phone_numbers", check=check, **{"phone_numbers": numbers, "credentials_id": TRUNK, **options})

    return fleet


def entries(*names: str, **fields: Any) -> list[dict[str, Any]]:
    return [{"phone_number": name, **fields} for name in names]


def seeded(emulator: Emulator, *names: str, trunk: str = TRUNK, **fields: Any) -> None:
    emulator.seed({"phone_numbers": [{"phoneNumber": name, "credentialsId": trunk, **fields} for name in names]})
    emulator.clear_requests()


def methods(emulator: Emulator) -> list[str]:
    return [entry["method"] for entry in emulator.requests()]


def stored(emulator: Emulator) -> list[str]:
    numbers = emulator.state()["organizations"]["org-1"]["phone_numbers"]
    return sorted(number["phoneNumber"] for number in numbers)


def counts(**given: int) -> dict[str, int]:
    return {**dict.fromkeys(COUNTS, 0), **given}


def test_one_listing_and_only_the_needed_writes(emulator: Emulator, fleet: Run) -> None:
    seeded(emulator, "+1", "+2", displayName="Old")
    result = fleet([*entries("+1", displayName="Old"), *entries("+2", display_name="New"), *entries("+3", "+4")])
    assert emulator.requests()[0]["query"] == [["skip", "0"], ["take", "1000"]]
    assert Counter(methods(emulator)) == {"GET": 1, "PUT": 1, "POST": 2}
    assert result["summary"] == counts(created=2, updated=1, unchanged=1)
    assert result["changed"] is True
    assert {change["phone_number"]: change["action"] for change in result["changes"]} == {
        "+2": "update",
        "+3": "create",
        "+4": "create",
    }
    (update,) = [change for change in result["changes"] if change["action"] == "update"]
    assert (update["before"]["display_name"], update["after"]["display_name"]) == ("Old", "New")
    assert {(change["id"] is None, change["credentials_id"]) for change in result["changes"]} == {(False, TRUNK)}
    assert len(result["diff"]) == 3
    assert fleet(entries("+1", "+2", "+3", "+4"))["summary"] == counts(unchanged=4)


def peak(run: Callable[[], dict[str, Any]]) -> int:
    """Return the most memory that a run held, in bytes."""
    tracemalloc.start()
    try:
        assert run()["failed"] is False
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.slow
def test_other_numbers_and_unchanged_ones_are_not_kept(emulator: Emulator, fleet: Run) -> None:
    generated, kept = 4000, 250
    emulator.seed({"generate": {"numbers": generated, "trunks": 1}})
    (trunk,) = {number["credentialsId"] for number in generated_numbers(emulator)}
    listed = entries(*(f"+1555{index:07}" for index in range(generated)), credentials_id=trunk)
    few = listed[:10]
    # Modules that are imported for the first run would count as memory of that run.
    fleet(few, wait_for_registration=True)
    everything = peak(lambda: fleet(listed, concurrency=1, wait_for_registration=True))
    unchanged = peak(lambda: fleet(listed, concurrency=1))
    assert everything - unchanged > kept * generated
    few_of_some = peak(lambda: fleet(few, concurrency=1))
    emulator.reset()
    emulator.seed({"generate": {"numbers": 2 * generated, "trunks": 1}})
    few_of_many = peak(lambda: fleet(few, concurrency=1))
    assert few_of_many - few_of_some < kept * generated


def generated_numbers(emulator: Emulator) -> list[dict[str, Any]]:
    return emulator.state()["organizations"]["org-1"]["phone_numbers"]


def test_two_unchanged_numbers_with_the_same_key_are_ambiguous(emulator: Emulator, fleet: Run) -> None:
    rows = [{"id": each, "phoneNumber": "+1", "credentialsId": TRUNK} for each in (NUMBER_ID, OTHER_ID)]
    body = {"items": rows, "totalCount": 2}
    emulator.fault({"match": {"method": "GET", "path": NUMBERS}, "times": None, "fault": {"status": 200, "body": body}})
    result = fleet(entries("+1"))
    assert result["summary"] == counts(failed=1)
    assert f"several have this key ({', '.join(sorted([NUMBER_ID, OTHER_ID]))})" in result["msg"]


def test_deletions_come_last(emulator: Emulator, fleet: Run) -> None:
    seeded(emulator, "+1", "+2")
    result = fleet(entries("+3", "+4"), purge=True)
    assert methods(emulator) == ["GET", "POST", "POST", "DELETE", "DELETE"]
    assert result["summary"] == counts(created=2, deleted=2)
    assert stored(emulator) == ["+3", "+4"]


def test_null_and_omitted_keep_empty_clears(emulator: Emulator, fleet: Run) -> None:
    seeded(emulator, "+1", displayName="Old", description="Text")
    fleet(entries("+1", display_name="", description=None, registration=None))
    (number,) = emulator.state()["organizations"]["org-1"]["phone_numbers"]
    assert (number["displayName"], number["description"]) == (None, "Text")


def test_values_are_converted_as_ansible_does(emulator: Emulator, fleet: Run) -> None:
    result = fleet(entries("+1", registration="yes"))
    assert result["changes"][0]["after"]["registration"] is True


@pytest.mark.parametrize(
    ("numbers", "options", "words"),
    [
        (entries("+1", "+2", "+1"), {}, "phone_numbers[0] and phone_numbers[2]"),
        ([{"phoneNumber": "+1"}, {"phone_number": "+1", "credentialsId": TRUNK.upper()}], {}, "phone_numbers[1]"),
        ([*entries("+1"), {"phone_number": 15551234567}], {}, "phone_numbers[1].phone_number must be a quoted"),
        ([*entries("+1"), {"phone_number": ""}], {}, "phone_numbers[1].phone_number must not be empty"),
        ([{"display_name": "x"}], {}, "phone_numbers[0] needs phone_number"),
        (entries("+1"), {"credentials_id": None}, "phone_numbers[0] needs credentials_id"),
        (entries("+1", credentials_id="x"), {}, "phone_numbers[0].credentials_id must be a UUID"),
        (entries("+1", display_name="x" * 256), {}, "phone_numbers[0].display_name must be at most 255"),
        (entries("+1", registration="maybe"), {}, "phone_numbers[0].registration must be true or false"),
        (entries("+1", colour="red"), {}, "unknown option 'colour'"),
        (entries("+1", display_name="a", displayName="b"), {}, "display_name and displayName with different"),
        (entries("+1", display_name=["a"]), {}, "phone_numbers[0].display_name must be a quoted"),
        ([None], {}, "phone_numbers"),
        (entries("+1"), {"credentials_id": "x"}, "credentials_id must be a UUID"),
        (entries("+1"), {"purge": True, "state": "absent"}, "purge"),
        (entries("+1"), {"purge": True, "purge_on_trunks": [" "]}, "purge_on_trunks[0] must not be empty"),
        (entries("+1"), {"concurrency": 0}, "concurrency must be from 1 to 32"),
        (entries("+1"), {"concurrency": 33}, "concurrency must be from 1 to 32"),
        (entries("+1"), {"max_deletions": -1}, "max_deletions"),
        (entries("+1"), {"wait_timeout": -1}, "wait_timeout"),
    ],
    ids=str,
)
def test_refused(emulator: Emulator, fleet: Run, numbers: list[Any], options: dict[str, Any], words: str) -> None:
    result = fleet(numbers, **options)
    assert (result["failed"], result["changed"]) == (True, False)
    assert words in result["msg"]
    assert "error" not in result
    assert emulator.requests() == []


# Deletion


def test_purge_stays_on_the_trunks_that_are_named(emulator: Emulator, fleet: Run) -> None:
    seeded(emulator, "+1", "+2")
    seeded(emulator, "+3", trunk=OTHER_TRUNK)
    seeded(emulator, "+4", providerId=NUMBER_ID)
    assert fleet(entries("+1"), purge=True)["summary"] == counts(deleted=1, unchanged=1)
    assert stored(emulator) == ["+1", "+3", "+4"]
    result = fleet(entries("+1"), purge=True, purge_on_trunks=[OTHER_TRUNK.upper()])
    assert [change["phone_number"] for change in result["changes"]] == ["+3"]
    assert result["changed"] is True


def test_empty_list_purges_nothing_by_itself(emulator: Emulator, fleet: Run) -> None:
    seeded(emulator, "+1")
    assert fleet([], purge=True)["changed"] is False
    assert fleet([], purge=False, purge_on_trunks=[TRUNK])["changed"] is False
    assert fleet([], purge=True, purge_on_trunks=[TRUNK])["summary"] == counts(deleted=1)


@pytest.mark.parametrize("check", [False, True])
@pytest.mark.parametrize("how", [{"purge": True}, {"state": "absent"}], ids=str)
def test_too_many_deletions_fail_before_the_first_write(
    emulator: Emulator, fleet: Run, how: dict[str, Any], check: bool
) -> None:
    names = [f"+{index}" for index in range(11)]
    seeded(emulator, *names)
    wanted = entries("+new") if "purge" in how else entries(*names)
    result = fleet(wanted, check=check, **how)
    assert "11 phone numbers would be deleted" in result["msg"]
    assert "max_deletions to 11" in result["msg"]
    assert (result["failed"], result["changed"], result["applied"]) == (True, False, False)
    writes = len(result["changes"])
    assert result["summary"] == counts(not_attempted=writes)
    assert [change["action"] for change in result["changes"]].count("delete") == 11
    assert methods(emulator) == ["GET"]
    allowed = fleet(wanted, max_deletions=11, **how)
    assert (allowed["summary"]["deleted"], allowed["plan_id"]) == (11, result["plan_id"])


@pytest.mark.parametrize("check", [True, False])
def test_purge_leaves_what_agents_use_unless_forced(emulator: Emulator, fleet: Run, check: bool) -> None:
    seeded(emulator, "+1", incomingCallsAgentId="agent-1")
    options = {"purge": True, "purge_on_trunks": [TRUNK], "check": check}
    result = fleet([], **options)
    assert (result["summary"], stored(emulator)) == (counts(failed=1), ["+1"])
    assert "'Support'" in result["msg"]
    assert fleet([], **options, force=True)["summary"] == counts(deleted=1)


def test_purge_does_not_follow_a_failed_write(emulator: Emulator, fleet: Run) -> None:
    seeded(emulator, "+1")
    emulator.fault({"match": {"method": "POST"}, "times": 1, "fault": {"status": 400}})
    result = fleet(entries("+2"), purge=True)
    assert result["summary"] == counts(failed=1, not_attempted=1)
    assert result["changed"] is False
    assert stored(emulator) == ["+1"]
    assert fleet(entries("+2"), purge=True)["summary"] == counts(created=1, deleted=1)


def test_absent(emulator: Emulator, fleet: Run) -> None:
    seeded(emulator, "+1", "+2", "+3")
    assert fleet(entries("+1", "+2", "+9"), state="absent")["summary"] == counts(deleted=2, unchanged=1)
    assert stored(emulator) == ["+3"]


def test_numbers_in_use_are_told_and_predicted(emulator: Emulator, fleet: Run) -> None:
    seeded(emulator, "+1", incomingCallsAgentId="agent-1")
    seeded(emulator, "+2")
    results = [fleet(entries("+1", "+2"), check=check, state="absent") for check in (True, False)]
    for result in results:
        assert result["failed"] is True
        assert result["summary"] == counts(deleted=1, failed=1)
        (failure,) = result["failures"]
        assert (failure["action"], failure["phone_number"]) == ("delete", "+1")
        assert "'Support'" in failure["msg"]
        assert "'Support'" in result["msg"]
        assert "Set force to true to unlink" in result["msg"]
    renamed = fleet(entries("+1"), check=True, state="absent", option_names={"*": "blackbox_"})
    assert "Set force or blackbox_force to true to unlink" in renamed["msg"]
    assert fleet(entries("+1"), state="absent", force=True)["summary"] == counts(deleted=1)


# Failures


def test_one_failure_does_not_stop_the_others(emulator: Emulator, fleet: Run) -> None:
    numbers = [*entries("+1", "+2", "+3"), *entries("+4", incoming_calls_agent_id="agent-1")]
    emulator.fault({"match": {"path": "agent-link"}, "times": 1, "fault": GONE})
    problem = {"title": "Bad Request", "errors": {"phoneNumber": ["No."]}}
    emulator.fault({"match": {"method": "POST"}, "skip": 1, "times": 1, "fault": {"status": 400, "body": problem}})
    result = fleet(numbers, concurrency=1)
    assert (result["failed"], result["changed"]) == (True, True)
    assert result["summary"] == counts(created=2, failed=2)
    assert stored(emulator) == ["+1", "+3", "+4"]
    refused, unlinked = result["failures"]
    assert (refused["phone_number"], refused["action"], refused["error"]["status"]) == ("+2", "create", 400)
    assert (unlinked["phone_number"], unlinked["error"]["status"]) == ("+4", 404)
    assert unlinked["id"] is not None
    assert [change["phone_number"] for change in result["changes"]] == ["+1", "+3", "+4"]
    assert "incoming_calls_agent_id" not in result["changes"][2]["after"]
    assert "2 of 4 phone numbers failed" in result["msg"]
    assert result["error"] == refused["error"]
    assert fleet(numbers)["summary"] == counts(created=1, updated=1, unchanged=2)


def test_failed_update_is_identified_by_the_id_of_the_number(emulator: Emulator, fleet: Run) -> None:
    seeded(emulator, "+1", id=NUMBER_ID)
    emulator.fault({"match": {"method": "PUT"}, "fault": {"status": 400}})
    (failure,) = fleet(entries("+1", display_name="New"))["failures"]
    assert (failure["action"], failure["id"]) == ("update", NUMBER_ID)


@pytest.mark.parametrize(("count", "told"), [(3, "2 were not attempted."), (2, "1 was not attempted."), (1, "")])
def test_message_says_how_many_were_not_attempted(emulator: Emulator, fleet: Run, count: int, told: str) -> None:
    emulator.fault({"match": {"method": "POST"}, "times": None, "fault": {"status": 401}})
    message = fleet(entries(*map(str, range(count))), concurrency=1)["msg"]
    assert (told in message) if told else ("attempted" not in message)


def test_phone_numbers_must_be_given(emulator: Emulator, run: Run) -> None:
    result = run("sip_phone_numbers", credentials_id=TRUNK)
    assert result["failed"] is True
    assert "Set phone_numbers or phone_numbers_file." in result["msg"]


@pytest.mark.not_quick
def test_large_counts_are_grouped(emulator: Emulator, fleet: Run) -> None:
    emulator.fault({"match": {"method": "POST"}, "times": None, "fault": {"status": 401}})
    result = fleet(entries(*map(str, range(1201))), concurrency=1)
    assert result["msg"].startswith("1 of 1,201 phone numbers failed. 1,200 were not attempted. ")


@pytest.mark.not_quick
@pytest.mark.parametrize(("status", "failed"), [(401, 1), (403, 3)])
def test_a_fault_that_hits_all_ends_the_run(emulator: Emulator, fleet: Run, status: int, failed: int) -> None:
    emulator.fault({"match": {"method": "POST"}, "skip": 2, "times": None, "fault": {"status": status}})
    result = fleet(entries(*map(str, range(50))), concurrency=1)
    assert result["summary"] == counts(created=2, failed=failed, not_attempted=48 - failed)
    assert f"{48 - failed} were not attempted" in result["msg"]
    assert methods(emulator).count("POST") == 2 + failed
    emulator.clear_faults()
    assert fleet(entries(*map(str, range(50))))["summary"] == counts(created=48, unchanged=2)


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_number_that_the_key_may_not_write_does_not_end_the_run(emulator: Emulator, fleet: Run, method: str) -> None:
    if method == "PUT":
        fleet(entries(*map(str, range(20))))
    emulator.fault({"match": {"method": method}, "every": 5, "times": None, "fault": {"status": 403}})
    result = fleet(entries(*map(str, range(20)), display_name="New"), concurrency=1)
    assert result["summary"] == counts(**{"created" if method == "POST" else "updated": 16, "failed": 4})
    assert {failure["error"]["status"] for failure in result["failures"]} == {403}


def test_number_whose_agents_the_key_may_not_read_does_not_end_the_run(emulator: Emulator, fleet: Run) -> None:
    fleet(entries(*map(str, range(5))))
    emulator.fault({"match": {"path": "affected-agents"}, "skip": 2, "times": 1, "fault": {"status": 403}})
    result = fleet(entries(*map(str, range(5)), outgoing_calls_agent_ids=[]))
    assert result["summary"] == counts(unchanged=4, failed=1)


def test_listing_that_fails_leaves_all_not_attempted(emulator: Emulator, fleet: Run) -> None:
    emulator.fault({"match": {}, "times": None, "fault": {"status": 401}})
    result = fleet(entries("+1", "+2"))
    assert (result["failed"], result["changed"], result["summary"]) == (True, False, counts(not_attempted=2))
    assert "BLACKBOX_API_KEY" in result["msg"]
    assert result["error"]["status"] == 401


@pytest.mark.slow
def test_no_write_after_an_incomplete_listing(emulator: Emulator, fleet: Run) -> None:
    page: dict[str, Any] = {"items": [], "totalCount": 5, "skip": 0, "take": 1000}
    emulator.fault({"match": {"method": "GET"}, "times": None, "fault": {"status": 200, "body": page}})
    assert fleet(entries("+1"))["error"]["title"] == "Incomplete listing"
    assert set(methods(emulator)) == {"GET"}


@pytest.mark.slow
@pytest.mark.parametrize(
    "fault",
    [{"drop": "after"}, {"drop": "before"}, {"truncate": True}, {"status": 502, "done": True}, {"status": 502}],
    ids=str,
)
def test_one_answer_in_ten_is_lost(emulator: Emulator, fleet: Run, fault: dict[str, Any]) -> None:
    emulator.fault({"match": {"method": "POST"}, "every": 10, "times": None, "fault": fault})
    names = [f"+{index:03}" for index in range(100)]
    result = fleet(entries(*names), concurrency=8)
    assert result["summary"] == counts(created=100)
    assert stored(emulator) == names


@pytest.mark.slow
def test_a_thousand_creations_with_one_answer_in_ten_lost(emulator: Emulator, fleet: Run) -> None:
    faults = [{"drop": "after"}, {"drop": "before"}, {"truncate": True}, {"status": 502, "done": True}]
    for fault in faults:
        emulator.fault({"match": {"method": "POST"}, "probability": 0.026, "times": None, "fault": fault})
    names = [f"+{index:04}" for index in range(1000)]
    assert fleet(entries(*names), concurrency=16)["summary"] == counts(created=1000)
    assert stored(emulator) == names
    assert emulator.stats()["by_status"].get("502", 0) > 0


# Side by side


@pytest.mark.slow
@pytest.mark.parametrize("concurrency", [1, 5, 32])
def test_concurrency_is_never_exceeded_and_connections_are_reused(
    emulator: Emulator, fleet: Run, concurrency: int
) -> None:
    emulator.set(latency=0.005)
    fleet(entries(*map(str, range(120))), concurrency=concurrency)
    stats = emulator.stats()
    assert stats["max_in_flight"] <= concurrency
    assert stats["connections"] <= concurrency
    assert stats["max_in_flight"] >= min(concurrency, 5)


@pytest.mark.slow
def test_quota_slows_all_workers(emulator: Emulator, fleet: Run) -> None:
    emulator.set(quota={"requests": 40, "per_seconds": 1})
    names = list(map(str, range(60)))
    result = fleet(entries(*names), concurrency=16, api_retry_max_delay=5)
    assert result["summary"] == counts(created=60)
    assert emulator.stats()["by_status"]["429"] <= 2 * 16


@pytest.mark.thorough
@pytest.mark.slow
def test_a_narrow_quota_fails_nothing(emulator: Emulator, fleet: Run) -> None:
    emulator.set(quota={"requests": 3, "per_seconds": 1})
    result = fleet(entries(*map(str, range(32))), concurrency=32, api_retry_max_delay=5)
    assert (result["summary"], result["failures"]) == (counts(created=32), [])


TWO_FLEETS = """
import json, sys
sys.path.insert(0, {tests!r})
from unit.harness import run_module
print(json.dumps(run_module("sip_phone_numbers", json.load(sys.stdin))["summary"]))
"""


@pytest.mark.slow
def test_two_fleets_at_once_on_the_same_numbers(emulator: Emulator) -> None:
    emulator.set(latency=0.005)
    options = {"api_key": emulator.key, "api_url": emulator.url, "credentials_id": TRUNK, "api_retry_max_delay": 0.1}
    names = list(map(str, range(200)))
    task = json.dumps({**options, "phone_numbers": entries(*names, description="x"), "concurrency": 16})
    script = TWO_FLEETS.format(tests=str(Path(__file__).parents[2]))
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    runs = [subprocess.Popen([sys.executable, "-c", script], **pipes) for _run in range(2)]  # type: ignore[call-overload]
    for process in runs:
        process.stdin.write(task)
        process.stdin.close()
    summaries = [json.loads(process.stdout.read()) for process in runs]
    for process in runs:
        process.wait()
        process.stdout.close()
    assert stored(emulator) == sorted(names)
    assert all(summary["failed"] == 0 for summary in summaries)
    assert sum(summary["created"] for summary in summaries) == 200


def test_what_is_stored_otherwise_is_told(emulator: Emulator, fleet: Run) -> None:
    emulator.set(trim=True)
    (warning,) = fleet(entries("+1", display_name="Line "))["warnings"]
    assert "'Line '" in warning


def test_deletion_that_somebody_else_did_meanwhile_counts_as_deleted_with_a_warning(
    emulator: Emulator, fleet: Run
) -> None:
    seeded(emulator, "+1", "+2")
    emulator.fault({"match": {"method": "DELETE"}, "times": 1, "mutate": {"delete": ["+1", "+2"]}})
    result = fleet(entries("+1", "+2"), state="absent")
    assert (result["failed"], result["changed"]) == (False, True)
    assert result["summary"] == counts(deleted=2)
    assert len([text for text in result["warnings"] if "existed when it was read" in text]) == 2


@pytest.mark.parametrize("other", ["1555", "+1 555", "+1-555", "+1.555", "(1)555", "[1] 555", "{1}555"])
def test_spellings_that_look_alike(emulator: Emulator, fleet: Run, other: str) -> None:
    seeded(emulator, other)
    assert len(fleet(entries("+1555"))["warnings"]) == 1


def test_update_is_no_lookalike_of_itself(emulator: Emulator, fleet: Run) -> None:
    seeded(emulator, "+1555")
    assert fleet(entries("+1555", display_name="New"))["warnings"] == []


@pytest.mark.parametrize("mode", ["exact", "substring"])
def test_lookalikes_are_created_with_a_warning(emulator: Emulator, fleet: Run, mode: str) -> None:
    emulator.set(filter=mode)
    seeded(emulator, "+1 (555) 123-4567", trunk=TRUNK)
    seeded(emulator, "15559999999", trunk=OTHER_TRUNK)
    result = fleet(entries("15551234567", "+15559999999"))
    assert result["summary"] == counts(created=2)
    (warning,) = result["warnings"]
    assert "'15551234567'" in warning
    assert "'+1 (555) 123-4567'" in warning


# Registration


@pytest.mark.slow
def test_waits_for_all_registrations_by_the_listing(emulator: Emulator, fleet: Run) -> None:
    emulator.set(registration_delay=1)
    seeded(emulator, "+0", registration=True, registrationStatus={"state": "Registered"})
    result = fleet(entries("+0", "+1", "+2", registration=True), wait_for_registration=True)
    assert result["summary"] == counts(created=2, unchanged=1)
    paths = {entry["path"] for entry in emulator.requests() if entry["method"] == "GET"}
    assert paths == {NUMBERS}


def test_numbers_that_are_registered_already_are_not_waited_for(emulator: Emulator, fleet: Run) -> None:
    seeded(emulator, "+1", "+2", registration=True, registrationStatus={"state": "Registered"})
    result = fleet(entries("+1", "+2", registration=True), wait_for_registration=True, wait_timeout=2)
    assert result["summary"] == counts(unchanged=2)
    assert methods(emulator) == ["GET"]


@pytest.mark.slow
def test_every_failed_registration_is_told_though_the_listing_fails_too(emulator: Emulator, fleet: Run) -> None:
    emulator.set(
        registration_delay=0,
        registration_failures=[{"phone_number": "+1"}, {"phone_number": "+2"}],
        registration_stuck=["+3"],
    )
    emulator.fault({"match": {"method": "GET"}, "skip": 1, "times": None, "fault": {"status": 400}})
    result = fleet(entries("+1", "+2", "+3", registration=True), wait_for_registration=True, wait_timeout=5)
    assert result["summary"] == counts(failed=3)
    told = {each["phone_number"]: each["error"]["status"] for each in result["failures"]}
    assert told == {"+1": None, "+2": None, "+3": None}
    (stuck,) = (each["msg"] for each in result["failures"] if each["phone_number"] == "+3")
    assert "Not registered within 5 s" in stuck
    assert "The last poll failed with status 400" in stuck


@pytest.mark.slow
def test_registrations_that_fail_or_take_too_long_are_told(emulator: Emulator, fleet: Run) -> None:
    failure = {"phone_number": "+1", "error_description": "bad login"}
    emulator.set(registration_delay=0, registration_failures=[failure], registration_stuck=["+2"])
    result = fleet(entries("+1", "+2", "+3", registration=True), wait_for_registration=True, wait_timeout=1.2)
    assert (result["failed"], result["changed"]) == (True, True)
    assert result["summary"] == counts(created=1, failed=2)
    assert {(each["action"], each["phone_number"]) for each in result["failures"]} == {("wait", "+1"), ("wait", "+2")}
    assert len(result["changes"]) == 3
    assert "bad login" in json.dumps(result["failures"])


def test_unchanged_number_that_is_not_registered_in_time_failed(emulator: Emulator, fleet: Run) -> None:
    seeded(emulator, "+1", registration=True, registrationStatus={"state": "Registering"})
    result = fleet(entries("+1", registration=True), wait_for_registration=True, wait_timeout=0)
    assert (result["failed"], result["changed"], result["summary"]) == (True, False, counts(failed=1))
    (failure,) = result["failures"]
    assert (failure["action"], failure["before"]["registration"]) == ("wait", True)
    assert failure["id"] is not None


def test_check_mode_does_not_wait(emulator: Emulator, fleet: Run) -> None:
    seeded(emulator, "+0", registration=True, registrationStatus={"state": "Registering"})
    result = fleet(entries("+0", "+1", registration=True), check=True, wait_for_registration=True, wait_timeout=1)
    assert result["summary"] == counts(created=1, unchanged=1)
    assert methods(emulator) == ["GET"]


# Check mode and second runs

SEED = [
    {"id": NUMBER_ID, "phoneNumber": "+1", "credentialsId": TRUNK, "displayName": "Old"},
    {"id": OTHER_ID, "phoneNumber": "+2", "credentialsId": TRUNK, "incomingCallsAgentId": "agent-1"},
    {"phoneNumber": "+3", "credentialsId": OTHER_TRUNK},
]
TASKS: list[tuple[list[dict[str, Any]], dict[str, Any]]] = [
    (entries("+1", "+2"), {}),
    (entries("+1", "+2", "+4", display_name="New"), {}),
    (entries("+1", "+2", incoming_calls_agent_id="agent-2"), {}),
    (entries("+2", incoming_calls_agent_id=""), {"purge": True}),
    (entries("+1"), {"purge": True, "force": True}),
    (entries("+1", "+9"), {"state": "absent"}),
    ([], {"purge": True, "purge_on_trunks": [OTHER_TRUNK]}),
    (entries("+1", credentials_id=OTHER_TRUNK), {"purge": True}),
]


@pytest.mark.parametrize(("numbers", "options"), TASKS, ids=str)
def test_check_mode_is_true_and_the_second_run_unchanged(
    emulator: Emulator, fleet: Run, numbers: list[dict[str, Any]], options: dict[str, Any]
) -> None:
    emulator.seed({"phone_numbers": SEED})
    predicted = fleet(numbers, check=True, **options)
    assert set(methods(emulator)) == {"GET"}
    real = fleet(numbers, **options)
    for name in ("failed", "changed", "diff", "summary", "warnings"):
        assert predicted[name] == real[name], name
    for guess, fact in zip(predicted["changes"], real["changes"], strict=True):
        assert {**guess, "id": fact["id"]} == fact
        assert guess["id"] in (None, fact["id"])
    again = fleet(numbers, **options)
    assert (again["failed"], again["changed"]) == (False, False)
    assert emulator.violations() == []


# What people read of many changes


@pytest.mark.not_quick
def test_diff_of_many_changes_has_a_line_for_each(emulator: Emulator, fleet: Run) -> None:
    many = [f"+{index}" for index in range(20)]
    seeded(emulator, *many, displayName="Old\u202e")
    created = fleet(entries("+98", "+99"))
    assert len(created["diff"]) == 2
    desired = [
        *entries(*many, display_name="New", registration=True),
        *entries("+99", state="absent"),
        *entries("+100"),
    ]
    for check in (True, False):
        result = fleet(desired, check=check)
        (diff,) = result["diff"]
        lines = diff["prepared"].splitlines()
        assert len(lines) == len(result["changes"]) == 22
        expected = f"~ +0 on {TRUNK}: display_name 'Old\\u202e' -> 'New', registration false -> true"
        assert expected in lines
        assert [line for line in lines if "+100 " in line or "+99 " in line] == [
            f"+ +100 on {TRUNK}",
            f"- +99 on {TRUNK}",
        ]


@pytest.mark.parametrize("word", ["new", "it's new"], ids=["", "quoted otherwise"])
def test_long_values_look_different_in_a_diff_of_many_changes(emulator: Emulator, fleet: Run, word: str) -> None:
    many = [f"+{index}" for index in range(21)]
    seeded(emulator, *many, description=f"{'x' * 100} old {'y' * 100}")
    result = fleet(entries(*many, description=f"{'x' * 100} {word} {'y' * 100}"), check=True)
    line = result["diff"][0]["prepared"].splitlines()[0]
    before, after = line.removeprefix(f"~ +0 on {TRUNK}: description ").split(" -> ")
    assert (before[:2], len(before), len(after)) == ("…x", 60, 60)
    assert " old y" in before
    assert f" {word} y" in after


def test_long_values_that_begin_differently_are_shown_from_the_beginning(emulator: Emulator, fleet: Run) -> None:
    many = [f"+{index}" for index in range(21)]
    seeded(emulator, *many, description=f"old {'x' * 100}")
    line = fleet(entries(*many, description=f"new {'x' * 100}"), check=True)["diff"][0]["prepared"].splitlines()[0]
    assert line == f"~ +0 on {TRUNK}: description 'old {'x' * 54}… -> 'new {'x' * 54}…"


@pytest.mark.not_quick
def test_failures_with_one_cause_are_one_sentence(emulator: Emulator, fleet: Run) -> None:
    problem = {"title": "Bad Request", "detail": "No more numbers"}
    emulator.fault({"match": {"method": "POST"}, "times": None, "fault": {"status": 400, "body": problem}})
    seeded(emulator, "+77")
    other = {"status": 400, "body": {"title": "Frozen"}}
    emulator.fault({"match": {"method": "PUT"}, "fault": other})
    result = fleet([*entries(*(f"+{index}" for index in range(60))), *entries("+77", display_name="New")])
    assert result["msg"].count("No more numbers") == 1
    assert "61 of 61 phone numbers failed." in result["msg"]
    assert re.search(rf"For the same reason, 59 more failed: \+\d+ on {TRUNK}.* and 49 others\.", result["msg"])
    assert result["msg"].endswith("1 failed for another reason, which failures lists.")
