# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""twilio_phone_numbers on the wire: what is missing is imported, and the listing decides what was."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.dasha.blackbox.plugins.module_utils._applying import freshness
from ansible_collections.dasha.blackbox.plugins.module_utils._applying.imports import MAX_REASON
from emulator.client import Emulator
from unit.harness import NOBODY_ID, NUMBERS
from unit.twilio import (
    ACCOUNT,
    ENTRIES,
    OTHER_ACCOUNT,
    PATH,
    PHONES,
    PROVIDER_ID,
    SEARCH,
    SEED,
    SIDS,
    TOKEN,
    WRONG_TOKEN,
    attached,
    connect,
    link,
    number_id,
    phones,
    requests_of,
    writes,
)

Run = Callable[..., dict[str, Any]]
IMPORT = f"{PATH}/import-numbers"
OTHER_ID = "0d9c1d5e-6f0f-4c52-8a0e-6a1c7a3b2f22"
TAKEN_TRUNK = "TK" + "9" * 32
READS = [("GET", PATH), ("GET", NUMBERS)]


@pytest.fixture
def manage(emulator: Emulator, run: Run) -> Run:
    """Run twilio_phone_numbers on an emulator with a connected account; by default, by the id of its provider."""
    emulator.reset(seed=SEED)

    def manage(*entries: dict[str, Any], check: bool = False, **options: Any) -> dict[str, Any]:
        identity = {} if {"provider_id", "account_sid"} & set(options) else {"provider_id": PROVIDER_ID}
        return run("twilio_phone_numbers", check=check, phone_numbers=list(entries), **identity, **options)

    return manage


def in_pairs(emulator: Emulator, manage: Run, *entries: Any, **options: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the result of a preview, which changes nothing, and that of the real run."""
    before = emulator.state()
    predicted = manage(*entries, check=True, **options)
    assert {method for method, _path in requests_of(emulator)} <= {"GET"}
    assert emulator.state() == before
    emulator.clear_requests()
    real = manage(*entries, **options)
    for key in ("failed", "changed", "diff", "summary", "plan_id", "warnings"):
        assert predicted.get(key) == real.get(key), key
    assert emulator.violations() == []
    return predicted, real


def counts(result: dict[str, Any]) -> dict[str, int]:
    return {name: count for name, count in result["summary"].items() if count}


def imports(emulator: Emulator) -> list[list[str]]:
    return [body["phoneNumberSids"] for method, path, body in writes(emulator) if path == IMPORT]


# Import


def test_missing_numbers_are_imported(emulator: Emulator, manage: Run) -> None:
    connect(emulator, SIDS[0])
    _predicted, real = in_pairs(emulator, manage, *ENTRIES[:3])
    assert requests_of(emulator) == [*READS, ("POST", IMPORT), ("GET", NUMBERS)]
    assert all(["providerId", PROVIDER_ID] in each["query"] for each in emulator.requests() if each["path"] == NUMBERS)
    assert imports(emulator) == [SIDS[1:3]]
    assert counts(real) == {"created": 2, "unchanged": 1}
    assert [change["phone_number"] for change in real["changes"]] == PHONES[1:3]
    assert real["changes"][0] == {
        "object": "phone_number",
        "change_id": real["changes"][0]["change_id"],
        "action": "create",
        "id": number_id(emulator, PHONES[1]),
        "phone_number": PHONES[1],
        "provider_id": PROVIDER_ID,
        "before": {},
        "after": {"phone_number": PHONES[1], "phone_number_sid": SIDS[1]},
    }
    header = f"phone number {PHONES[1]!r} of the Twilio provider {PROVIDER_ID}"
    assert (real["diff"][0]["before"], real["diff"][0]["after_header"]) == ("", header)
    assert attached(emulator) == PHONES[:3]


def test_second_run_sends_no_import(emulator: Emulator, manage: Run) -> None:
    connect(emulator)
    manage(*ENTRIES[:3])
    emulator.clear_requests()
    second = manage(*ENTRIES[:3])
    assert (second["failed"], second["changed"], counts(second)) == (False, False, {"unchanged": 3})
    assert requests_of(emulator) == READS


def test_provider_is_found_by_its_account(emulator: Emulator, manage: Run) -> None:
    connect(emulator)
    _predicted, real = in_pairs(emulator, manage, ENTRIES[0], account_sid=ACCOUNT)
    assert requests_of(emulator)[:4] == [*SEARCH, ("GET", PATH), ("GET", NUMBERS)]
    assert real["changed"] is True
    assert manage(ENTRIES[0], account_sid=ACCOUNT)["changed"] is False
    assert manage(ENTRIES[0], account_sid=ACCOUNT, provider_id=PROVIDER_ID.upper())["changed"] is False


def test_names_of_the_api_work_in_entries(emulator: Emulator, manage: Run) -> None:
    connect(emulator)
    assert manage({"phoneNumberSid": SIDS[0], "phoneNumber": PHONES[0]})["changed"] is True


def test_imports_are_sent_in_small_batches(emulator: Emulator, manage: Run) -> None:
    connect(emulator)
    assert counts(manage(*ENTRIES)) == {"created": 16}
    assert [len(batch) for batch in imports(emulator)] == [10, 6]
    assert requests_of(emulator).count(("GET", NUMBERS)) == 2


def test_batch_that_is_too_large_is_sent_one_by_one(emulator: Emulator, manage: Run) -> None:
    emulator.set(import_max=1)
    connect(emulator)
    assert counts(manage(*ENTRIES[:3])) == {"created": 3}
    assert [len(batch) for batch in imports(emulator)] == [3, 1, 1, 1]


@pytest.mark.parametrize(
    "settings",
    [
        {"import_counts": "wrong"},
        {"import_counts": "absent"},
        {"import_no_errors": "none"},
        {"import_no_errors": "absent"},
        {"import_all_failed": "refuse"},
        {"create_status": 200},
    ],
    ids=str,
)
def test_listing_decides_whatever_the_response_says(emulator: Emulator, manage: Run, settings: dict[str, Any]) -> None:
    emulator.set(import_refused=[SIDS[1]], **settings)
    connect(emulator)
    result = manage(*ENTRIES[:3])
    assert (result["failed"], result["changed"]) == (True, True)
    assert counts(result) == {"created": 2, "failed": 1}
    (failure,) = result["failures"]
    assert (failure["phone_number"], failure["action"], failure["id"]) == (PHONES[1], "create", None)
    assert "Importing phone number" in failure["msg"]
    assert result["error"] == failure["error"]
    assert result["msg"].startswith("1 of 3 phone numbers failed. Importing phone number")
    emulator.set(import_refused=[])
    assert counts(manage(*ENTRIES[:3])) == {"created": 1, "unchanged": 2}


@pytest.mark.parametrize("setting", ["report", "refuse"])
def test_import_of_which_nothing_succeeds(emulator: Emulator, manage: Run, setting: str) -> None:
    emulator.set(import_refused=SIDS[:2], import_all_failed=setting)
    connect(emulator)
    result = manage(*ENTRIES[:2])
    assert (result["failed"], result["changed"], counts(result)) == (True, False, {"failed": 2})


@pytest.mark.parametrize(
    ("text", "shown"),
    [("Bad key ", "Bad key ********"), ("x" * (MAX_REASON - 6), f"{'x' * (MAX_REASON - 6)}*****…")],
    ids=["whole", "cut"],
)
def test_key_in_the_reason_of_a_refused_import_is_masked(
    emulator: Emulator, manage: Run, text: str, shown: str
) -> None:
    emulator.set(import_refused=[SIDS[0]])
    connect(emulator)
    errors = [{"phoneNumberSid": SIDS[0], "errorMessage": text + emulator.key}]
    emulator.fault({"match": {"method": "POST"}, "fault": {"patch": {"errors": errors}}})
    result = manage(ENTRIES[0])
    (failure,) = result["failures"]
    for failed in (result, failure):
        assert failed["error"]["detail"] == shown
        assert shown in failed["msg"]


def test_number_on_another_trunk_is_refused_or_taken_over(emulator: Emulator, manage: Run) -> None:
    taken = {"sid": SIDS[0], "phoneNumber": PHONES[0], "trunkSid": TAKEN_TRUNK}
    account = {"accountSid": ACCOUNT, "trunks": [{"sid": TAKEN_TRUNK}], "numbers": [taken]}
    emulator.seed({"twilio_accounts": [account]})
    connect(emulator)
    result = manage(*ENTRIES[:2])
    assert counts(result) == {"created": 1, "failed": 1}
    assert "The number is attached to another trunk." in result["msg"]
    emulator.set(import_taken="take_over")
    assert counts(manage(*ENTRIES[:2])) == {"created": 1, "unchanged": 1}


def test_number_that_is_attached_but_not_saved_fails_and_is_imported_later(emulator: Emulator, manage: Run) -> None:
    emulator.set(import_unrecorded=[SIDS[0]])
    connect(emulator)
    assert counts(manage(*ENTRIES[:2])) == {"created": 1, "failed": 1}
    emulator.set(import_unrecorded=[])
    assert counts(manage(*ENTRIES[:2])) == {"created": 1, "unchanged": 1}


@pytest.mark.not_quick
@pytest.mark.parametrize(
    "fault",
    [
        None,
        {"drop": "after"},
        {"status": 503, "done": True},
        {"status": 500, "done": True},
        {"garbage": "x"},
        {"truncate": True},
    ],
    ids=str,
)
def test_sid_of_another_number_is_noticed(emulator: Emulator, manage: Run, fault: dict[str, Any] | None) -> None:
    connect(emulator)
    if fault:
        emulator.fault({"match": {"method": "POST"}, "fault": fault})
    entry = {"phone_number_sid": SIDS[5], "phone_number": PHONES[0]}
    result = manage(entry)
    assert (result["failed"], result["changed"], counts(result)) == (True, True, {"failed": 1})
    assert phones(emulator) == [PHONES[5]]
    (warning,) = result["warnings"]
    assert PHONES[5] in warning
    again = manage(entry)
    assert (again["failed"], again["changed"], again["warnings"]) == (True, False, [])
    assert "The number is imported already" in again["msg"]
    assert "If it is imported already, phone_number_sid belongs to another phone number." in again["msg"]
    hint = "Check in the Twilio console that phone_number_sid belongs to this phone number."
    assert (hint in result["msg"]) is (fault is None)


def test_number_that_others_import_during_a_refused_import_is_not_reported(emulator: Emulator, manage: Run) -> None:
    emulator.set(import_refused=[SIDS[0]])
    connect(emulator, SIDS[1])
    page = {"status": 200, "body": {"items": [], "totalCount": 0, "skip": 0, "take": 1000}}
    emulator.fault({"match": {"method": "GET", "path": "numbers$"}, "fault": page})
    result = manage(ENTRIES[0])
    assert (result["failed"], result["changed"], result["warnings"]) == (True, False, [])


def test_import_that_took_effect_although_refused_is_a_change(emulator: Emulator, manage: Run) -> None:
    connect(emulator)
    emulator.fault({"match": {"method": "POST"}, "fault": {"status": 400, "done": True}})
    result = manage(*ENTRIES[:3])
    assert (result["failed"], result["changed"], counts(result)) == (False, True, {"created": 3})


@pytest.mark.not_quick
def test_number_that_is_listed_twice_is_neither_imported_nor_removed(emulator: Emulator, manage: Run) -> None:
    connect(emulator, *SIDS[:2])
    twice = {"row": -1, "patch": {"phoneNumber": PHONES[0]}}
    emulator.fault({"match": {"method": "GET", "path": "numbers$"}, "times": None, "fault": twice})
    for state in ("present", "absent"):
        for result in in_pairs(emulator, manage, ENTRIES[0], state=state):
            assert (result["failed"], result["changed"]) == (True, False)
            assert f"has the phone number {PHONES[0]} twice" in result["msg"]
            assert "Remove it from the list" in result["msg"]
    assert writes(emulator) == []
    assert counts(manage(ENTRIES[2], state="absent")) == {"unchanged": 1}


@pytest.mark.parametrize("state", ["present", "absent"])
def test_stale_token_says_how_to_replace_it(emulator: Emulator, manage: Run, state: str) -> None:
    connect(emulator, SIDS[0])
    emulator.seed({"twilio_accounts": [{"accountSid": ACCOUNT, "authToken": WRONG_TOKEN}]})
    entry = ENTRIES[1 if state == "present" else 0]
    result = manage(entry, state=state)
    assert (result["failed"], result["changed"]) == (True, False)
    assert "update_auth_token=always in the module twilio_provider" in result["msg"]


def test_number_that_the_api_formats_in_its_own_way_is_found(emulator: Emulator, manage: Run) -> None:
    connect(emulator, SIDS[0])
    spaced = {"row": 0, "patch": {"phoneNumber": f"{PHONES[0][:5]} {PHONES[0][5:]}"}}
    emulator.fault({"match": {"method": "GET", "path": "numbers$"}, "times": None, "fault": spaced})
    assert manage(ENTRIES[0])["changed"] is False


def test_number_that_somebody_else_has_imported_meanwhile_is_unchanged(emulator: Emulator, manage: Run) -> None:
    connect(emulator, SIDS[0])
    page = {"status": 200, "body": {"items": [], "totalCount": 0, "skip": 0, "take": 1000}}
    emulator.fault({"match": {"method": "GET", "path": "numbers$"}, "fault": page})
    result = manage(ENTRIES[0])
    assert (result["failed"], result["changed"], counts(result)) == (False, False, {"unchanged": 1})


# Responses that are lost


@pytest.mark.parametrize(
    "fault",
    [{"drop": "after"}, {"drop": "before"}, {"status": 503, "done": True}, {"status": 503}, {"status": 429}],
    ids=str,
)
def test_import_is_safe_to_retry(emulator: Emulator, manage: Run, fault: dict[str, Any]) -> None:
    connect(emulator)
    emulator.fault({"match": {"method": "POST"}, "fault": fault})
    result = manage(*ENTRIES[:2])
    assert (result["failed"], counts(result)) == (False, {"created": 2})


@pytest.mark.not_quick
@pytest.mark.parametrize("fault", [{"status": 500, "done": True}, {"truncate": True}, {"garbage": "[]"}], ids=str)
def test_unreadable_response_does_not_matter(emulator: Emulator, manage: Run, fault: dict[str, Any]) -> None:
    connect(emulator)
    emulator.fault({"match": {"method": "POST"}, "times": None, "fault": fault})
    assert counts(manage(*ENTRIES[:12])) == {"created": 12}


@pytest.mark.parametrize(
    "patch",
    [
        {"errors": "x"},
        {"errors": [None, 5, {}, {"phoneNumberSid": 5}, {"phoneNumberSid": None, "errorMessage": None}]},
        {"successCount": "x", "failedCount": None},
    ],
    ids=str,
)
def test_odd_response_does_not_matter(emulator: Emulator, manage: Run, patch: dict[str, Any]) -> None:
    connect(emulator)
    emulator.fault({"match": {"method": "POST"}, "fault": {"patch": patch}})
    assert counts(manage(*ENTRIES[:2])) == {"created": 2}


def test_import_that_was_never_applied_is_reported_with_its_error(emulator: Emulator, manage: Run) -> None:
    connect(emulator)
    emulator.fault({"match": {"method": "POST"}, "times": None, "fault": {"status": 500}})
    result = manage(*ENTRIES[:2])
    assert (result["failed"], result["changed"], counts(result)) == (True, False, {"failed": 2})
    assert result["error"]["outcome"] == "unknown"


@pytest.mark.not_quick
def test_rejected_key_ends_the_run(emulator: Emulator, manage: Run) -> None:
    connect(emulator)
    emulator.fault({"match": {"method": "POST"}, "skip": 1, "times": None, "fault": {"status": 401}})
    result = manage(*ENTRIES)
    assert (result["changed"], counts(result)) == (True, {"created": 10, "failed": 6})
    emulator.clear_faults()
    emulator.clear_requests()
    emulator.fault({"match": {"method": "POST"}, "times": None, "fault": {"status": 401}})
    entries = [{"phone_number": f"+1666000{index:04}", "phone_number_sid": f"PN{index:032}"} for index in range(25)]
    assert counts(manage(*entries)) == {"failed": 10, "not_attempted": 15}
    assert len(imports(emulator)) == 1


def test_listing_that_fails_after_the_import_leaves_the_result_unknown(emulator: Emulator, manage: Run) -> None:
    connect(emulator)
    emulator.fault({"match": {"method": "GET", "path": "numbers$"}, "skip": 1, "times": None, "fault": {"status": 500}})
    result = manage(*ENTRIES[:2])
    assert (result["failed"], result["changed"], counts(result)) == (True, True, {"failed": 2})
    assert result["error"]["outcome"] == "unknown"
    assert "could not be listed afterwards" in result["msg"]


@pytest.mark.slow
def test_import_may_take_longer_than_other_requests(emulator: Emulator, manage: Run) -> None:
    connect(emulator)
    emulator.fault({"match": {"method": "POST"}, "fault": {"delay": 1.0}})
    manage(ENTRIES[0], api_timeout=0.5)
    assert len(imports(emulator)) == 1


# Removal


@pytest.mark.not_quick
def test_removal_takes_the_path_of_the_provider(emulator: Emulator, manage: Run) -> None:
    connect(emulator, *SIDS[:3])
    ids = [number_id(emulator, phone) for phone in PHONES[:2]]
    entries = [*ENTRIES[:1], {"phone_number": PHONES[1]}, ENTRIES[7]]
    _predicted, real = in_pairs(emulator, manage, *entries, state="absent")
    assert sorted(writes(emulator)) == sorted(("DELETE", f"{PATH}/phone-numbers/{each}", None) for each in ids)
    assert counts(real) == {"deleted": 2, "unchanged": 1}
    assert [change["id"] for change in real["changes"]] == ids
    assert real["diff"][0]["after"] == ""
    assert (phones(emulator), attached(emulator)) == ([PHONES[2]], [PHONES[2]])
    emulator.clear_requests()
    assert manage(*entries, state="absent")["changed"] is False
    assert requests_of(emulator) == READS


def test_removed_number_can_be_imported_again(emulator: Emulator, manage: Run) -> None:
    connect(emulator, SIDS[0])
    manage(ENTRIES[0], state="absent")
    assert counts(manage(ENTRIES[0])) == {"created": 1}


@pytest.mark.not_quick
@pytest.mark.parametrize("mode", ["inbound", "replaceOutbound"])
def test_number_in_use_is_not_removed_without_force(emulator: Emulator, manage: Run, mode: str) -> None:
    connect(emulator, *SIDS[:2])
    link(emulator, PHONES[0], mode=mode)
    predicted = manage(*ENTRIES[:2], state="absent", check=True)
    real = manage(*ENTRIES[:2], state="absent")
    for result in (predicted, real):
        assert (result["failed"], result["changed"]) == (True, True)
        assert counts(result) == {"deleted": 1, "failed": 1}
        assert "'Support' (agent-1" in result["msg"]
        assert "Set force to true to unlink it from them and remove it" in result["msg"]
    assert predicted["msg"] == real["msg"]
    assert predicted["failures"][0]["error"]["path"] == real["failures"][0]["error"]["path"]
    assert phones(emulator) == [PHONES[0]]
    assert counts(manage(*ENTRIES[:2], state="absent", force=True)) == {"deleted": 1, "unchanged": 1}


@pytest.mark.not_quick
def test_removal_beyond_max_deletions_is_refused(emulator: Emulator, manage: Run) -> None:
    connect(emulator, *SIDS[:11])
    predicted, real = in_pairs(emulator, manage, *ENTRIES, state="absent")
    assert predicted["msg"] == real["msg"]
    assert "11 phone numbers would be deleted, more than max_deletions (10) allows" in real["msg"]
    assert PHONES[0] in real["msg"]
    assert writes(emulator) == []
    assert counts(manage(*ENTRIES, state="absent", max_deletions=11)) == {"deleted": 11, "unchanged": 5}


@pytest.mark.not_quick
@pytest.mark.parametrize(
    "fault", [{"drop": "after"}, {"drop": "before"}, {"status": 503, "done": True}, {"status": 503}], ids=str
)
def test_lost_response_to_a_removal_is_a_removal(emulator: Emulator, manage: Run, fault: dict[str, Any]) -> None:
    connect(emulator, SIDS[0])
    emulator.fault({"match": {"method": "DELETE"}, "fault": fault})
    assert counts(manage(ENTRIES[0], state="absent")) == {"deleted": 1}


def test_removal_that_fails_does_not_stop_the_others(emulator: Emulator, manage: Run) -> None:
    connect(emulator, *SIDS[:3])
    path = f"phone-numbers/{number_id(emulator, PHONES[1])}"
    emulator.fault({"match": {"method": "DELETE", "path": path}, "times": None, "fault": {"status": 500}})
    result = manage(*ENTRIES[:3], state="absent")
    assert (result["failed"], result["changed"], counts(result)) == (True, True, {"deleted": 2, "failed": 1})
    assert phones(emulator) == [PHONES[1]]


def test_number_is_read_again_before_its_removal_if_the_listing_took_long(
    emulator: Emulator, manage: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(freshness, "MAX_AGE", 0.2)
    connect(emulator, SIDS[0])
    path = f"{NUMBERS}/{number_id(emulator, PHONES[0])}"
    emulator.fault({"match": {"method": "GET", "path": "sip-phone-numbers$"}, "times": None, "fault": {"delay": 0.3}})
    emulator.clear_requests()
    assert manage(ENTRIES[0], state="absent")["changed"] is True
    sent = [(entry["method"], entry["path"]) for entry in emulator.requests()]
    assert ("GET", path) in sent[: [method for method, _path in sent].index("DELETE")]


def test_removal_with_a_stale_token_fails(emulator: Emulator, manage: Run) -> None:
    connect(emulator, SIDS[0])
    emulator.seed({"twilio_accounts": [{"accountSid": ACCOUNT, "authToken": WRONG_TOKEN}]})
    result = manage(ENTRIES[0], state="absent")
    assert (result["failed"], result["changed"]) == (True, False)
    assert TOKEN not in result["msg"]


# The provider


@pytest.mark.parametrize("identity", [{"provider_id": NOBODY_ID}, {"account_sid": OTHER_ACCOUNT}], ids=str)
def test_import_without_a_provider_fails(emulator: Emulator, manage: Run, identity: dict[str, str]) -> None:
    connect(emulator, SIDS[0])
    for check in (True, False):
        result = manage(ENTRIES[0], check=check, **identity)
        assert (result["failed"], result["changed"]) == (True, False)
        assert "Create one with the module twilio_provider" in result["msg"]
        gone = manage(ENTRIES[0], check=check, state="absent", **identity)
        assert (gone["failed"], gone["changed"], counts(gone)) == (False, False, {"unchanged": 1})
    assert writes(emulator) == []


def test_account_that_is_connected_twice_asks_for_the_provider(emulator: Emulator, manage: Run) -> None:
    connect(emulator)
    connect(emulator, id=OTHER_ID)
    assert "Set provider_id to choose one" in manage(ENTRIES[0], account_sid=ACCOUNT)["msg"]
    assert manage(ENTRIES[0], provider_id=OTHER_ID)["changed"] is True


def test_provider_of_another_account_is_refused(emulator: Emulator, manage: Run) -> None:
    connect(emulator, SIDS[0])
    for state in ("present", "absent"):
        result = manage(ENTRIES[0], provider_id=PROVIDER_ID, account_sid=OTHER_ACCOUNT, state=state)
        assert f"is connected to the account {ACCOUNT}, not {OTHER_ACCOUNT}" in result["msg"]
    assert writes(emulator) == []


def test_numbers_of_other_providers_are_left_alone(emulator: Emulator, manage: Run) -> None:
    shared = {"sid": SIDS[0], "phoneNumber": PHONES[0]}
    emulator.seed({"twilio_accounts": [{"accountSid": OTHER_ACCOUNT, "numbers": [shared]}]})
    connect(emulator, SIDS[0], id=OTHER_ID, accountSid=OTHER_ACCOUNT)
    connect(emulator)
    assert manage(ENTRIES[0], state="absent")["changed"] is False
    assert counts(manage(ENTRIES[0])) == {"created": 1}
    assert counts(manage(ENTRIES[0], state="absent")) == {"deleted": 1}
    assert phones(emulator) == [PHONES[0]]


@pytest.mark.slow
@pytest.mark.parametrize("state", ["present", "absent"])
@pytest.mark.parametrize("path", ["providers", "numbers$"])
def test_state_that_cannot_be_read_fails_before_any_write(
    emulator: Emulator, manage: Run, path: str, state: str
) -> None:
    connect(emulator, SIDS[0])
    emulator.fault({"match": {"method": "GET", "path": path}, "times": None, "fault": {"status": 503}})
    result = manage(*ENTRIES[:2], state=state)
    assert (result["failed"], result["changed"], counts(result)) == (True, False, {"not_attempted": 2})
    assert writes(emulator) == []


@pytest.mark.parametrize("check", [True, False])
@pytest.mark.parametrize("imported", [SIDS[:1], []], ids=["with a number", "without numbers"])
def test_numbers_of_another_organization_are_not_touched(
    emulator: Emulator, manage: Run, check: bool, imported: list[str]
) -> None:
    connect(emulator, *imported)
    result = manage(*ENTRIES[:2], check=check, expected_org_id="org-2")
    assert "belongs to the organization 'org-1'" in result["msg"]
    assert writes(emulator) == []


# Options


@pytest.mark.parametrize(
    ("entries", "options", "words"),
    [
        ([ENTRIES[0]], {"provider_id": None}, "Set provider_id or account_sid"),
        ([ENTRIES[0]], {"provider_id": "x"}, "provider_id must be a UUID"),
        ([ENTRIES[0]], {"account_sid": "x"}, "account_sid must be AC"),
        ([ENTRIES[0]], {"max_deletions": -1}, "max_deletions must be at least 0"),
        ([{"phone_number": PHONES[0]}], {}, "phone_numbers[0] needs phone_number_sid"),
        ([{"phone_number_sid": SIDS[0]}], {"state": "absent"}, "phone_numbers[0] needs phone_number"),
        (
            [{"phone_number": 15551234567, "phone_number_sid": SIDS[0]}],
            {},
            "[0].phone_number must be a quoted",
        ),
        (
            [{"phone_number": "5551234567", "phone_number_sid": SIDS[0]}],
            {},
            "[0].phone_number must be a plus",
        ),
        ([{"phone_number": PHONES[0], "phone_number_sid": "PN1"}], {}, "phone_numbers[0].phone_number_sid must be PN"),
        ([{"phone_number": PHONES[0], "phone_number_sid": "PN" + "A" * 32}], {}, "must be PN and 32 lowercase"),
        ([{"phone_number": PHONES[0], "phone_number_sid": TOKEN}], {}, "this value, which may be an auth token,"),
        ([{**ENTRIES[0], "display_name": "x"}], {}, "phone_numbers[0] has an unknown option 'display_name'"),
        ([{**ENTRIES[0], "phoneNumber": PHONES[1]}], {}, "phone_number and phoneNumber with different values"),
        ([ENTRIES[0], ENTRIES[1], ENTRIES[0]], {}, "phone_numbers[0] and phone_numbers[2] have the same phone_number"),
        ([ENTRIES[0], {**ENTRIES[1], "phone_number_sid": SIDS[0]}], {}, "have the same phone_number_sid"),
    ],
    ids=lambda value: str(value)[:60],
)
def test_invalid_options_send_nothing(
    emulator: Emulator, manage: Run, entries: list[Any], options: dict[str, Any], words: str
) -> None:
    result = manage(*entries, **options)
    assert (result["failed"], result["changed"]) == (True, False)
    assert words in result["msg"]
    assert TOKEN not in result["msg"]
    assert emulator.requests() == []


def test_empty_list_changes_nothing(emulator: Emulator, manage: Run) -> None:
    connect(emulator, SIDS[0])
    for state in ("present", "absent"):
        assert manage(state=state)["changed"] is False
    assert writes(emulator) == []
