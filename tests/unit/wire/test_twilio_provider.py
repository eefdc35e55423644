# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""twilio_provider and twilio_provider_info on the wire; above all, that nothing irreversible happens by accident."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.dasha.blackbox.plugins.module_utils._applying import freshness
from ansible_collections.dasha.blackbox.plugins.module_utils._operations.twilio_provider import SPEC
from ansible_collections.dasha.blackbox.plugins.module_utils._running.operation import execute
from emulator.client import Emulator
from unit.harness import NOBODY_ID, NUMBERS, TRUNK
from unit.twilio import (
    ACCOUNT,
    CREDENTIALS,
    NEW_TOKEN,
    OTHER_ACCOUNT,
    PATH,
    PHONES,
    PROVIDER_ID,
    PROVIDERS,
    SEARCH,
    SEED,
    SIDS,
    TOKEN,
    TWILIO,
    WRONG_TOKEN,
    connect,
    link,
    number_id,
    organization,
    phones,
    providers,
    requests_of,
    trunks_in_twilio,
    writes,
)

Run = Callable[..., dict[str, Any]]
CREATION = {"account_sid": ACCOUNT, "auth_token": TOKEN}
ABSENT = {"account_sid": ACCOUNT, "state": "absent"}
OTHER_ID = "0d9c1d5e-6f0f-4c52-8a0e-6a1c7a3b2f22"


@pytest.fixture
def manage(emulator: Emulator, run: Run) -> Run:
    """Run twilio_provider on an emulator with two Twilio accounts; no result ever contains a token."""
    emulator.reset(seed=SEED)

    def manage(check: bool = False, **options: Any) -> dict[str, Any]:
        result = run("twilio_provider", check=check, verbosity=3, **options)
        printed = json.dumps(result)
        assert not any(token in printed for token in (TOKEN, NEW_TOKEN, WRONG_TOKEN))
        assert "auth_token" not in (result.get("twilio_provider") or {})
        return result

    return manage


def in_pairs(emulator: Emulator, manage: Run, **options: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the result of a preview, which changes nothing, and that of the real run."""
    before = emulator.state()
    predicted = manage(check=True, **options)
    assert {method for method, _path in requests_of(emulator)} <= {"GET"}
    assert emulator.state() == before
    emulator.clear_requests()
    real = manage(**options)
    assert (predicted["failed"], predicted["changed"]) == (real["failed"], real["changed"])
    assert predicted.get("diff") == real.get("diff")
    assert emulator.violations() == []
    return predicted, real


# Creation


def test_creation_sends_what_the_task_sets(emulator: Emulator, manage: Run) -> None:
    options = {**CREATION, "name": "Main", "region": "ie1", "supports_call_transfer": True}
    predicted, real = in_pairs(emulator, manage, **options)
    (created,) = providers(emulator)
    body = {"accountSid": ACCOUNT, "authToken": TOKEN, "name": "Main", "region": "ie1", "supportsCallTransfer": True}
    verify = f"{PROVIDERS}/{created['id']}/verify"
    assert writes(emulator) == [("POST", TWILIO, body), ("POST", verify, None)]
    assert requests_of(emulator) == [*SEARCH, ("POST", TWILIO), *SEARCH, ("POST", verify)]
    assert real["diff"] == {
        "before_header": f"Twilio provider for account {ACCOUNT}",
        "after_header": f"Twilio provider for account {ACCOUNT}",
        "before": "",
        "after": {
            "account_sid": ACCOUNT,
            "auth_token": "(changed)",
            "name": "Main",
            "region": "ie1",
            "supports_call_transfer": True,
        },
    }
    assert (real["changed"], real["twilio_provider"]["id"]) == (True, created["id"])
    assert real["twilio_provider"]["verification_status"] == "verified"
    assert set(predicted["twilio_provider"]) == set(real["twilio_provider"])
    assert (predicted["twilio_provider"]["id"], predicted["twilio_provider"]["name"]) == (None, "Main")


@pytest.mark.parametrize(
    "settings", [{}, {"create_status": 200}, {"omit_nulls": True}, {"uuid_case": "upper"}], ids=str
)
def test_second_run_changes_nothing(emulator: Emulator, manage: Run, settings: dict[str, Any]) -> None:
    emulator.set(**settings)
    options = {**CREATION, "name": "Main", "supports_call_transfer": True}
    assert manage(**options)["changed"] is True
    before = emulator.state()
    emulator.clear_requests()
    second = manage(**options)
    assert (second["failed"], second["changed"]) == (False, False)
    found = providers(emulator)[0]["id"].lower()
    assert [(method, path.lower()) for method, path in requests_of(emulator)] == [*SEARCH, ("GET", f"{TWILIO}/{found}")]
    assert emulator.state() == before


def test_creation_without_a_token_asks_for_it(emulator: Emulator, manage: Run) -> None:
    for result in in_pairs(emulator, manage, account_sid=ACCOUNT):
        assert "Set auth_token" in result["msg"]
    assert writes(emulator) == []


@pytest.mark.parametrize("status", [400, 401])
def test_creation_with_a_refused_token_blames_the_token(emulator: Emulator, manage: Run, status: int) -> None:
    emulator.set(twilio_refused_status=status)
    result = manage(account_sid=ACCOUNT, auth_token=WRONG_TOKEN)
    assert (result["failed"], result["changed"], result["error"]["outcome"]) == (True, False, "rejected")
    assert "Compare account_sid and auth_token with the Twilio console" in result["msg"]
    assert providers(emulator) == []


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, "Set account_sid, or the id"),
        ({"account_sid": "AC123", "auth_token": TOKEN}, "account_sid must be AC and 32"),
        ({"account_sid": ACCOUNT.upper(), "auth_token": TOKEN}, "account_sid must be AC and 32"),
        ({"account_sid": "", "auth_token": TOKEN}, "account_sid must not be empty"),
        ({"account_sid": TOKEN, "auth_token": ACCOUNT}, "this value, which may be an auth token,"),
        ({"account_sid": f"x{TOKEN}"}, "this value, which may be an auth token,"),
        ({"account_sid": f"{TOKEN} "}, "account_sid has trailing whitespace at position 33"),
        ({"account_sid": ACCOUNT, "auth_token": f"{TOKEN}\n"}, "auth_token has trailing whitespace at position 33"),
        ({"account_sid": ACCOUNT, "auth_token": TOKEN.upper()}, "auth_token must be 32"),
        ({"account_sid": ACCOUNT, "auth_token": ""}, "auth_token must be 32"),
        (
            {"account_sid": ACCOUNT, "auth_token": 12345678901234567890123456789012},
            "auth_token must be a quoted string",
        ),
        ({**CREATION, "name": "x" * 101}, "name must be at most 100 characters"),
        ({**CREATION, "name": ""}, "name must not be empty"),
        ({**CREATION, "region": ""}, "region must not be empty"),
        ({**CREATION, "region": False}, "region must be a quoted string, not the boolean False"),
        ({**CREATION, "name": 750}, "name must be a quoted string, not the number 750"),
        ({"id": "main"}, "id must be a UUID"),
        ({**ABSENT, "max_deletions": -1}, "max_deletions must be at least 0"),
        ({"account_sid": ACCOUNT, "update_auth_token": "always"}, "auth_token is missing"),
    ],
    ids=str,
)
def test_invalid_options_send_nothing(emulator: Emulator, manage: Run, options: dict[str, Any], words: str) -> None:
    result = manage(**options)
    assert (result["failed"], result["changed"]) == (True, False)
    assert words in result["msg"]
    assert not any(str(value) in result["msg"] for name, value in options.items() if name == "auth_token" and value)
    assert TOKEN not in result["msg"]
    assert emulator.requests() == []


# The search


def test_provider_is_found_through_its_credential_alone(emulator: Emulator, manage: Run) -> None:
    connect(emulator)
    assert manage(account_sid=ACCOUNT, name="Main")["changed"] is False
    assert requests_of(emulator) == [*SEARCH, ("GET", PATH)]


def test_provider_is_found_through_its_numbers_alone(emulator: Emulator, manage: Run) -> None:
    emulator.set(provider_credentials=0)
    trunk = {"id": TRUNK, "server": "sip.example.com"}
    provider = {
        "id": PROVIDER_ID,
        "accountSid": ACCOUNT,
        "trunkSid": "TK" + "1" * 32,
        "name": "Main",
        "providerType": "twilio",
    }
    number = {"phoneNumber": PHONES[0], "credentialsId": TRUNK, "providerId": PROVIDER_ID}
    emulator.seed({"credentials": [trunk], "providers": [provider], "phone_numbers": [number]})
    assert manage(account_sid=ACCOUNT)["twilio_provider"]["id"] == PROVIDER_ID


def test_other_account_is_not_taken_for_this_one(emulator: Emulator, manage: Run) -> None:
    connect(emulator, accountSid=OTHER_ACCOUNT)
    assert manage(**CREATION)["diff"]["before"] == ""
    assert len(providers(emulator)) == 2


@pytest.mark.not_quick
def test_account_that_is_connected_twice_asks_for_the_id(emulator: Emulator, manage: Run) -> None:
    connect(emulator)
    connect(emulator, id=OTHER_ID)
    for options in ({**CREATION, "name": "New"}, ABSENT):
        for result in in_pairs(emulator, manage, **options):
            assert all(words in result["msg"] for words in (PROVIDER_ID, OTHER_ID, "Set id"))
        assert writes(emulator) == []


OTHER_TYPE = {"id": OTHER_ID, "providerType": "vonage", "name": "Other", "verificationStatus": "verified"}
OF_OTHER_TYPE = {"id": TRUNK, "server": "sip.example.com", "source": "provider", "providerId": OTHER_ID}


@pytest.mark.parametrize("status", [400, 404])
def test_provider_of_another_type_is_passed_over(emulator: Emulator, manage: Run, status: int) -> None:
    emulator.set(other_provider_type_status=status)
    emulator.seed({"credentials": [OF_OTHER_TYPE], "providers": [OTHER_TYPE]})
    assert manage(**CREATION)["changed"] is True
    assert ("GET", f"{PROVIDERS}/{OTHER_ID}") in requests_of(emulator)


@pytest.mark.parametrize("status", [400, 404])
def test_provider_of_another_type_has_no_twilio_provider_with_its_id(
    emulator: Emulator, manage: Run, status: int
) -> None:
    emulator.set(other_provider_type_status=status)
    emulator.seed({"credentials": [OF_OTHER_TYPE], "providers": [OTHER_TYPE]})
    assert manage(id=OTHER_ID, name="New")["error"]["status"] == 404
    assert manage(id=OTHER_ID, state="absent")["changed"] is False
    assert writes(emulator) == []


def test_credential_of_a_provider_that_is_gone_does_not_prevent_a_creation(emulator: Emulator, manage: Run) -> None:
    emulator.seed({"credentials": [OF_OTHER_TYPE]})
    assert manage(**CREATION)["changed"] is True


NOT_FOUND = {"title": "Not Found"}
BROKEN_SEARCHES = [
    {"match": {"method": "GET", "path": "sip-credentials"}, "times": None, "fault": {"status": 503}},
    {"match": {"method": "GET", "path": "sip-phone-numbers"}, "times": None, "fault": {"status": 500}},
    {"match": {"method": "GET", "path": "sip-phone-numbers"}, "times": None, "fault": {"patch": {"totalCount": 5}}},
    {"match": {"method": "GET", "path": "sip-credentials"}, "times": None, "fault": {"garbage": "<html>"}},
    {"match": {"method": "GET", "path": "providers"}, "times": None, "fault": {"status": 503}},
    {"match": {"method": "GET", "path": "providers"}, "times": None, "fault": {"status": 403}},
    {"match": {"method": "GET", "path": "providers"}, "times": None, "fault": {"drop": "before"}},
    {
        "match": {"method": "GET", "path": "providers"},
        "times": None,
        "fault": {"status": 404, "body": "<html>", "content_type": "text/html"},
    },
    {"match": {"method": "GET", "path": "providers/twilio"}, "times": None, "fault": {"status": 404}},
    {
        "match": {"method": "GET", "path": "providers/twilio"},
        "times": None,
        "fault": {"status": 404, "body": NOT_FOUND},
    },
    {
        "match": {"method": "GET", "path": "providers/twilio"},
        "times": None,
        "fault": {"status": 400, "body": NOT_FOUND},
    },
    {"match": {"method": "GET", "path": "providers"}, "times": None, "fault": {"patch": {"id": None}}},
    {"match": {"method": "GET", "path": "providers"}, "times": None, "fault": {"patch": {"id": OTHER_ID}}},
    {"match": {"method": "GET", "path": "providers"}, "times": None, "fault": {"patch": {"providerType": 5}}},
    {"match": {"method": "GET", "path": "providers"}, "times": None, "fault": {"patch": {"accountSid": None}}},
    {
        "match": {"method": "GET", "path": "sip-credentials"},
        "times": None,
        "fault": {"row": 0, "patch": {"providerId": None}},
    },
    {
        "match": {"method": "GET", "path": "sip-phone-numbers"},
        "times": None,
        "fault": {"row": 0, "patch": {"providerId": "main"}},
    },
]


@pytest.mark.slow
@pytest.mark.parametrize("options", [CREATION, ABSENT], ids=["present", "absent"])
@pytest.mark.parametrize("rule", BROKEN_SEARCHES, ids=lambda rule: f"{rule['match']['path']} {rule['fault']}")
def test_incomplete_search_never_leads_to_a_write(
    emulator: Emulator, manage: Run, rule: dict[str, Any], options: dict[str, Any]
) -> None:
    connect(emulator, SIDS[0], accountSid=ACCOUNT)
    before = emulator.state()
    emulator.fault(rule)
    for result in (manage(check=True, **options), manage(**options)):
        assert (result["failed"], result["changed"]) == (True, False)
        assert "Traceback" not in result["msg"]
        assert "bug" not in result["msg"]
    assert writes(emulator) == []
    assert emulator.state() == before


@pytest.mark.parametrize("options", [CREATION, ABSENT], ids=["present", "absent"])
def test_search_looks_beyond_objects_without_a_provider(
    emulator: Emulator, manage: Run, options: dict[str, Any]
) -> None:
    emulator.seed({"credentials": [{"server": "sip.example.org"}]})
    connect(emulator, accountSid=ACCOUNT)
    fault = {"row": -1, "patch": {"providerId": None}}
    emulator.fault({"match": {"method": "GET", "path": "sip-credentials"}, "times": None, "fault": fault})
    result = manage(**options)
    assert (result["failed"], result["error"]["title"]) == (True, "Incomplete search")
    assert writes(emulator) == []


@pytest.mark.parametrize("path", ["credentials", "numbers"])
def test_deletion_by_id_needs_to_know_what_belongs_to_the_provider(emulator: Emulator, manage: Run, path: str) -> None:
    connect(emulator, SIDS[0])
    odd = {"row": 0, "patch": {"providerId": "main"}}
    emulator.fault({"match": {"method": "GET", "path": f"{path}$"}, "times": None, "fault": odd})
    for check in (True, False):
        result = manage(check=check, id=PROVIDER_ID, state="absent")
        assert (result["failed"], result["changed"], result["error"]["title"]) == (True, False, "Incomplete search")
    assert writes(emulator) == []
    assert manage(id=PROVIDER_ID, name="New")["changed"] is True


def test_unknown_id_fails_or_is_absent(emulator: Emulator, manage: Run) -> None:
    for result in in_pairs(emulator, manage, id=NOBODY_ID, name="New"):
        assert result["error"]["status"] == 404
        assert "no Twilio provider has this id" in result["msg"]
    for result in in_pairs(emulator, manage, id=NOBODY_ID, state="absent"):
        assert (result["failed"], result["changed"]) == (False, False)
    assert writes(emulator) == []


# A creation that may have been applied


LOST = [
    {"drop": "after"},
    {"truncate": True},
    {"garbage": "<html>"},
    {"status": 503, "done": True},
    {"status": 500, "done": True},
]


@pytest.mark.parametrize("accepted_twice", [409, None], ids=["refused twice", "accepted twice"])
@pytest.mark.parametrize("fault", LOST, ids=str)
def test_lost_response_leads_to_the_new_provider(
    emulator: Emulator, manage: Run, fault: dict[str, Any], accepted_twice: int | None
) -> None:
    emulator.set(duplicate_provider_status=accepted_twice)
    emulator.fault({"match": {"method": "POST", "path": "twilio$"}, "fault": fault})
    result = manage(**CREATION, name="Main")
    assert (result["failed"], result["changed"], result["diff"]["before"]) == (False, True, "")
    assert [provider["id"] for provider in providers(emulator)] == [result["twilio_provider"]["id"]]
    assert requests_of(emulator).count(("POST", TWILIO)) == 1
    assert all(method != "PATCH" for method, _path in requests_of(emulator))


@pytest.mark.parametrize(
    "changes", [{"id": None}, {"id": "main"}, {"accountSid": OTHER_ACCOUNT}, {"providerType": "x"}]
)
def test_unreadable_response_leads_to_the_new_provider(
    emulator: Emulator, manage: Run, changes: dict[str, Any]
) -> None:
    emulator.fault({"match": {"method": "POST", "path": "twilio$"}, "fault": {"patch": changes}})
    result = manage(**CREATION)
    assert (result["failed"], result["changed"], len(providers(emulator))) == (False, True, 1)
    assert requests_of(emulator).count(("POST", TWILIO)) == 1


@pytest.mark.slow
@pytest.mark.parametrize("fault", [{"drop": "before"}, {"status": 503}, {"status": 500}, {"status": 504}], ids=str)
def test_doubtful_creation_is_never_repeated(emulator: Emulator, manage: Run, fault: dict[str, Any]) -> None:
    emulator.set(duplicate_provider_status=None)
    emulator.fault({"match": {"method": "POST", "path": "twilio$"}, "fault": fault})
    result = manage(**CREATION)
    assert (result["failed"], result["changed"], result["error"]["outcome"]) == (True, False, "unknown")
    assert "look in the Twilio console (Elastic SIP Trunking) for a trunk" in result["msg"]
    assert requests_of(emulator).count(("POST", TWILIO)) == 1
    assert requests_of(emulator).count(("GET", CREDENTIALS)) == 4


@pytest.mark.parametrize("step", ["trunk", "credential", "provider"])
@pytest.mark.parametrize("status", [400, 500, 502, 504])
def test_creation_that_stops_half_way_is_not_repeated(emulator: Emulator, manage: Run, step: str, status: int) -> None:
    emulator.set(provider_create_stops_after=step, half_done_status=status)
    result = manage(**CREATION)
    if step == "provider" and status != 400:
        assert (result["failed"], result["changed"]) == (False, True)
    else:
        assert (result["failed"], result["changed"]) == (True, False)
    assert requests_of(emulator).count(("POST", TWILIO)) == 1
    assert trunks_in_twilio(emulator) == 1


@pytest.mark.not_quick
def test_creation_that_shows_up_late_is_adopted(emulator: Emulator, manage: Run) -> None:
    emulator.fault(
        {"match": {"method": "POST", "path": "twilio$"}, "fault": {"drop": "after"}},
        {
            "match": {"method": "GET", "path": "sip-credentials"},
            "skip": 1,
            "times": 1,
            "fault": {"status": 200, "body": {"items": [], "totalCount": 0, "skip": 0, "take": 1000}},
        },
    )
    assert manage(**CREATION)["changed"] is True
    assert len(providers(emulator)) == 1


EMPTY_PAGE = {"status": 200, "body": {"items": [], "totalCount": 0, "skip": 0, "take": 1000}}
# Somebody else connects the account between the search and the creation.
HIDDEN_AT_FIRST = [
    {"match": {"method": "GET", "path": path}, "times": 1, "fault": EMPTY_PAGE} for path in ("credentials", "numbers")
]
DOUBTFUL = {"match": {"method": "POST", "path": "twilio$"}, "fault": {"status": 503}}


def test_several_new_providers_are_not_adopted(emulator: Emulator, manage: Run) -> None:
    connect(emulator)
    connect(emulator, id=OTHER_ID)
    emulator.fault(*HIDDEN_AT_FIRST, DOUBTFUL)
    result = manage(**CREATION)
    assert (result["failed"], result["changed"], result["error"]["outcome"]) == (True, False, "unknown")
    assert [method for method, _path, _body in writes(emulator)] == ["POST"]


@pytest.mark.not_quick
def test_provider_that_was_known_before_is_not_adopted(emulator: Emulator, manage: Run) -> None:
    connect(emulator)
    gone = {"status": 404, "body": {"title": "Not Found"}}
    emulator.fault({"match": {"method": "GET", "path": "providers"}, "times": 2, "fault": gone}, DOUBTFUL)
    assert manage(**CREATION)["error"]["outcome"] == "unknown"
    assert [method for method, _path, _body in writes(emulator)] == ["POST"]


@pytest.mark.parametrize(("name", "changed"), [("Main", False), ("New", True)])
def test_provider_of_somebody_who_was_faster_is_not_reported_as_created(
    emulator: Emulator, manage: Run, name: str, changed: bool
) -> None:
    connect(emulator)
    emulator.fault(*HIDDEN_AT_FIRST)
    result = manage(**CREATION, name=name, verify=False)
    assert (result["failed"], result["changed"], result["diff"]["before"]["name"]) == (False, changed, "Main")
    assert [method for method, _path, _body in writes(emulator)] == ["POST", "PUT"][: 1 + changed]


def test_search_that_fails_after_a_doubtful_creation_leaves_it_unknown(emulator: Emulator, manage: Run) -> None:
    emulator.fault(
        {"match": {"method": "POST", "path": "twilio$"}, "fault": {"drop": "after"}},
        {"match": {"method": "GET", "path": "sip-credentials"}, "skip": 1, "times": None, "fault": {"status": 500}},
    )
    result = manage(**CREATION)
    assert (result["failed"], result["error"]["method"], result["error"]["outcome"]) == (True, "POST", "unknown")
    assert requests_of(emulator).count(("POST", TWILIO)) == 1
    emulator.clear_faults()
    assert manage(**CREATION)["changed"] is False


@pytest.mark.parametrize("status", [400, 409])
def test_refused_duplicate_that_cannot_be_found_asks_for_the_id(emulator: Emulator, manage: Run, status: int) -> None:
    emulator.set(duplicate_provider_status=status, provider_credentials=0)
    assert manage(**CREATION)["changed"] is True
    result = manage(**CREATION)
    assert (result["failed"], result["changed"], result["error"]["status"]) == (True, False, status)
    assert len(providers(emulator)) == 1
    if status == 409:
        assert "Set the id of the provider" in result["msg"]


def test_new_provider_that_no_search_would_find_is_warned_about(emulator: Emulator, manage: Run) -> None:
    emulator.set(provider_credentials=0, duplicate_provider_status=None)
    result = manage(**CREATION)
    (warning,) = result["warnings"]
    assert result["twilio_provider"]["id"] in warning
    assert "cannot be found by its account" in warning


def test_provider_with_several_credentials_is_one_provider(emulator: Emulator, manage: Run) -> None:
    emulator.set(provider_credentials=3)
    assert manage(**CREATION)["warnings"] == []
    assert manage(**CREATION)["changed"] is False


@pytest.mark.not_quick
def test_429_is_retried(emulator: Emulator, manage: Run) -> None:
    emulator.fault({"match": {"method": "POST", "path": "twilio$"}, "fault": {"status": 429}})
    assert manage(**CREATION)["changed"] is True
    assert len(providers(emulator)) == 1


@pytest.mark.slow
def test_creation_may_take_longer_than_other_requests(emulator: Emulator, manage: Run) -> None:
    emulator.fault({"match": {"method": "POST", "path": "twilio$"}, "fault": {"delay": 1.0}})
    assert manage(**CREATION, verify=False, api_timeout=0.5)["failed"] is False
    emulator.clear_faults()
    emulator.fault({"match": {"method": "GET", "path": "credentials"}, "times": None, "fault": {"delay": 1.0}})
    assert manage(**CREATION, verify=False, api_timeout=0.5, api_retries=0)["error"]["title"] == "Timeout"


@pytest.mark.slow
def test_creation_that_times_out_is_adopted_when_it_is_done(emulator: Emulator, manage: Run) -> None:
    emulator.fault({"match": {"method": "POST", "path": "twilio$"}, "fault": {"delay": 4.0}})
    result = manage(**CREATION, verify=False, api_timeout=0.3)
    assert (result["failed"], result["changed"], len(providers(emulator))) == (False, True, 1)


@pytest.mark.slow
def test_tasks_at_the_same_time_connect_the_account_once(emulator: Emulator, manage: Run) -> None:
    emulator.set(duplicate_provider_status=None, provider_latency=0.3)
    connection = {"api_key": emulator.key, "api_url": emulator.url, "verify": False, "update_auth_token": "on_create"}
    omitted: dict[str, Any] = dict.fromkeys(SPEC.options)
    defaults = {name: option["default"] for name, option in SPEC.options.items() if "default" in option}
    options = {**omitted, **defaults, **connection, **CREATION}
    results: list[dict[str, Any]] = []
    threads = [
        threading.Thread(target=lambda: results.append(execute(SPEC, options, check_mode=False))) for _each in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted((result["failed"], result["changed"]) for result in results) == [(False, False)] * 2 + [(False, True)]
    assert len(providers(emulator)) == 1


# Updates


@pytest.mark.parametrize(
    ("options", "body"),
    [
        ({"name": "New"}, {"name": "New"}),
        ({"name": "New", "region": "ie1"}, {"name": "New"}),
        ({"region": "de1", "name": "Main"}, {"region": "de1"}),
        ({"supports_call_transfer": True}, {"supportsCallTransfer": True}),
        ({"name": "New", "region": None}, {"name": "New"}),
    ],
    ids=str,
)
@pytest.mark.parametrize("identity", [{"account_sid": ACCOUNT}, {"id": PROVIDER_ID}, {"id": PROVIDER_ID.upper()}])
def test_update_sends_only_differences(
    emulator: Emulator, manage: Run, options: dict[str, Any], body: dict[str, Any], identity: dict[str, Any]
) -> None:
    connect(emulator, region="ie1")
    _predicted, real = in_pairs(emulator, manage, **identity, **options)
    assert writes(emulator) == [("PUT", PATH, body), ("POST", f"{PROVIDERS}/{PROVIDER_ID}/verify", None)]
    assert real["changed"] is True
    assert "auth_token" not in real["diff"]["after"]
    emulator.clear_requests()
    assert manage(**identity, **options)["changed"] is False
    assert writes(emulator) == []


@pytest.mark.parametrize("change", ["label", "trunk"])
def test_new_region_reports_what_the_api_made_of_it(emulator: Emulator, manage: Run, change: str) -> None:
    emulator.set(region_change=change)
    connect(emulator, SIDS[0])
    predicted, real = in_pairs(emulator, manage, account_sid=ACCOUNT, region="ie1")
    assert predicted["twilio_provider"]["trunk_sid"] is None
    assert real["twilio_provider"]["trunk_sid"] == providers(emulator)[0]["trunkSid"]
    assert manage(account_sid=ACCOUNT, region="ie1")["changed"] is False


def test_account_of_a_provider_cannot_be_changed(emulator: Emulator, manage: Run) -> None:
    connect(emulator)
    for result in in_pairs(emulator, manage, id=PROVIDER_ID, account_sid=OTHER_ACCOUNT, name="New"):
        assert "cannot be changed" in result["msg"]
        assert ACCOUNT in result["msg"]
    for result in in_pairs(emulator, manage, id=PROVIDER_ID, account_sid=OTHER_ACCOUNT, state="absent"):
        assert "differs from the task, so it was not deleted" in result["msg"]
    assert writes(emulator) == []


def test_value_that_the_api_stores_differently_is_warned_about(emulator: Emulator, manage: Run) -> None:
    connect(emulator)
    emulator.fault({"match": {"method": "PUT"}, "fault": {"patch": {"name": "NEW"}}})
    (warning,) = manage(account_sid=ACCOUNT, name="New")["warnings"]
    assert warning == "The API stored name as 'NEW' instead of 'New'."


# The auth token


def rotate(emulator: Emulator, token: str = NEW_TOKEN) -> None:
    emulator.seed({"twilio_accounts": [{"accountSid": ACCOUNT, "authToken": token}]})


ALWAYS = {"account_sid": ACCOUNT, "auth_token": NEW_TOKEN, "update_auth_token": "always"}


def test_token_is_left_alone_by_default(emulator: Emulator, manage: Run) -> None:
    connect(emulator)
    assert manage(account_sid=ACCOUNT, auth_token=NEW_TOKEN)["changed"] is False
    assert writes(emulator) == []


def test_new_token_is_sent_by_itself(emulator: Emulator, manage: Run) -> None:
    connect(emulator)
    rotate(emulator)
    _predicted, real = in_pairs(emulator, manage, **ALWAYS)
    verify = f"{PROVIDERS}/{PROVIDER_ID}/verify"
    assert writes(emulator) == [("PATCH", f"{PATH}/auth-token", {"authToken": NEW_TOKEN}), ("POST", verify, None)]
    assert real["diff"]["after"] == {"account_sid": ACCOUNT, "auth_token": "(changed)"}
    assert providers(emulator)[0]["authToken"] == NEW_TOKEN
    assert manage(**ALWAYS)["changed"] is True


def test_new_token_comes_before_changes_that_need_it(emulator: Emulator, manage: Run) -> None:
    emulator.set(region_change="trunk")
    connect(emulator)
    rotate(emulator)
    assert manage(**ALWAYS, region="ie1")["failed"] is False
    assert [method for method, _path, _body in writes(emulator)] == ["PATCH", "PUT", "POST"]


def test_update_that_fails_after_the_new_token_reports_a_change(emulator: Emulator, manage: Run) -> None:
    connect(emulator)
    rotate(emulator)
    emulator.fault({"match": {"method": "PUT"}, "fault": {"status": 400}})
    result = manage(**ALWAYS, region="ie1")
    assert (result["failed"], result["changed"]) == (True, True)
    assert f"The object exists (id {PROVIDER_ID})" in result["msg"]


@pytest.mark.parametrize("status", [400, 401])
def test_token_that_twilio_refuses_changes_nothing(emulator: Emulator, manage: Run, status: int) -> None:
    emulator.set(twilio_refused_status=status)
    connect(emulator)
    result = manage(**{**ALWAYS, "auth_token": WRONG_TOKEN}, name="New")
    assert (result["failed"], result["changed"]) == (True, False)
    assert "Compare account_sid and auth_token with the Twilio console" in result["msg"]
    assert (providers(emulator)[0]["authToken"], providers(emulator)[0]["name"]) == (TOKEN, "Main")


@pytest.mark.parametrize("path", ["not_found", "method_not_allowed"])
def test_old_deployment_cannot_change_the_token(emulator: Emulator, manage: Run, path: str) -> None:
    emulator.set(auth_token_path=path)
    connect(emulator)
    rotate(emulator)
    result = manage(**ALWAYS, name="New")
    assert (result["failed"], result["changed"]) == (True, False)
    assert "this deployment of the API cannot change the auth token of a provider" in result["msg"]
    assert "Set update_auth_token to on_create" in result["msg"]
    assert [method for method, _path, _body in writes(emulator)] == ["PATCH"]


def test_old_deployment_may_have_no_problem_details(emulator: Emulator, manage: Run) -> None:
    connect(emulator)
    bare = {"status": 404, "body": "", "content_type": "text/plain"}
    emulator.fault({"match": {"method": "PATCH"}, "times": None, "fault": bare})
    assert "this deployment of the API cannot change the auth token" in manage(**ALWAYS)["msg"]


def test_provider_that_was_deleted_meanwhile_is_no_old_deployment(emulator: Emulator, manage: Run) -> None:
    connect(emulator)
    gone = {"status": 404, "body": {"title": "Not Found"}}
    emulator.fault(
        {"match": {"method": "PATCH"}, "fault": gone},
        {"match": {"method": "GET", "path": "providers/"}, "skip": 1, "times": None, "fault": gone},
    )
    result = manage(**ALWAYS)
    assert result["error"]["status"] == 404
    assert "deployment" not in result["msg"]


@pytest.mark.not_quick
@pytest.mark.parametrize("fault", [{"drop": "after"}, {"status": 503, "done": True}], ids=str)
def test_lost_response_to_a_new_token_is_retried(emulator: Emulator, manage: Run, fault: dict[str, Any]) -> None:
    connect(emulator)
    rotate(emulator)
    emulator.fault({"match": {"method": "PATCH"}, "fault": fault})
    assert (manage(**ALWAYS)["failed"], providers(emulator)[0]["authToken"]) == (False, NEW_TOKEN)


@pytest.mark.parametrize("drop", ["before", "after"])
def test_lost_new_token_is_sent_again_after_the_provider_was_read(
    emulator: Emulator, manage: Run, monkeypatch: pytest.MonkeyPatch, drop: str
) -> None:
    monkeypatch.setattr(freshness, "MAX_AGE", -1.0)
    connect(emulator)
    rotate(emulator)
    emulator.fault({"match": {"method": "PATCH"}, "fault": {"drop": drop}})
    result = manage(**ALWAYS)
    assert (result["failed"], result["changed"], providers(emulator)[0]["authToken"]) == (False, True, NEW_TOKEN)


# Verification


@pytest.mark.parametrize(
    ("verify", "name", "sent"),
    [(True, "Main", 1), (None, "Main", 0), (None, "New", 1), (False, "New", 0), (False, "Main", 0)],
)
def test_verification_follows_a_change_or_is_asked_for(
    emulator: Emulator, manage: Run, verify: bool | None, name: str, sent: int
) -> None:
    connect(emulator)
    _predicted, real = in_pairs(emulator, manage, account_sid=ACCOUNT, name=name, verify=verify)
    assert requests_of(emulator).count(("POST", f"{PROVIDERS}/{PROVIDER_ID}/verify")) == sent
    assert real["changed"] is (name == "New")
    assert real["twilio_provider"]["verification_status"] == ("verified" if sent else "pending")
    assert bool(real["twilio_provider"]["verification_details"]) is bool(sent)


@pytest.mark.parametrize(("name", "changed"), [("Main", False), ("New", True)])
def test_failed_verification_fails_the_task(emulator: Emulator, manage: Run, name: str, changed: bool) -> None:
    connect(emulator)
    rotate(emulator)
    result = manage(account_sid=ACCOUNT, name=name, verify=True)
    assert (result["failed"], result["changed"]) == (True, changed)
    assert "Verifying Twilio provider" in result["msg"]
    assert "credentials failed (The check of credentials did not pass.)" in result["msg"]
    assert result["error"]["title"] == "Verification failed"


def test_failed_verification_after_a_creation_says_that_it_exists(emulator: Emulator, manage: Run) -> None:
    emulator.set(verification_outcome="failed")
    result = manage(**CREATION)
    assert (result["failed"], result["changed"]) == (True, True)
    assert providers(emulator)[0]["id"] in result["msg"]
    assert "Fix the cause, then rerun the task with verify set to true." in result["msg"]
    assert "Rerun the task to finish" not in result["msg"]


def test_failed_verification_is_warned_about_until_it_succeeds(emulator: Emulator, manage: Run) -> None:
    connect(emulator)
    rotate(emulator)
    assert manage(account_sid=ACCOUNT, verify=True)["failed"] is True
    emulator.clear_requests()
    for result in in_pairs(emulator, manage, account_sid=ACCOUNT):
        assert (result["failed"], result["changed"]) == (False, False)
        (warning,) = result["warnings"]
        assert "The last verification of this Twilio provider failed: credentials failed" in warning
        assert "rerun the task with verify set to true" in warning
    assert manage(account_sid=ACCOUNT, verify=False)["warnings"] == []
    rotate(emulator, TOKEN)
    assert manage(account_sid=ACCOUNT, verify=True)["warnings"] == []
    assert manage(account_sid=ACCOUNT)["warnings"] == []


def test_verification_without_a_response_says_how_to_verify(emulator: Emulator, manage: Run) -> None:
    connect(emulator)
    emulator.fault({"match": {"method": "POST", "path": "verify"}, "times": None, "fault": {"status": 500}})
    result = manage(account_sid=ACCOUNT, name="New")
    assert (result["failed"], result["changed"]) == (True, True)
    assert "Rerun the task with verify set to true." in result["msg"]
    assert "Rerun the task to" not in result["msg"].replace("Rerun the task with verify set to true.", "")


@pytest.mark.parametrize(
    ("outcome", "warned"), [("pending", False), ("verified", False), ("warning", True), ("odd", True)]
)
def test_verification_that_is_not_verified_is_warned_about(
    emulator: Emulator, manage: Run, outcome: str, warned: bool
) -> None:
    connect(emulator)
    body = {"status": outcome, "checks": [{"checkName": "numbers", "status": "off", "message": f"{TOKEN} is bad"}]}
    emulator.fault({"match": {"method": "POST", "path": "verify"}, "fault": {"status": 200, "body": body}})
    result = manage(account_sid=ACCOUNT, auth_token=TOKEN, verify=True)
    assert (result["failed"], result["changed"]) == (False, False)
    assert bool(result["warnings"]) is warned
    if warned:
        assert outcome in result["warnings"][0]
        assert "numbers off" in result["warnings"][0]


@pytest.mark.parametrize("fault", [{"drop": "after"}, {"status": 503}, {"drop": "before"}], ids=str)
def test_verification_is_safe_to_retry(emulator: Emulator, manage: Run, fault: dict[str, Any]) -> None:
    connect(emulator)
    emulator.fault({"match": {"method": "POST", "path": "verify"}, "fault": fault})
    assert manage(account_sid=ACCOUNT, verify=True)["twilio_provider"]["verification_status"] == "verified"


@pytest.mark.parametrize("body", [{}, {"status": None}, {"status": 5}, {"status": ""}], ids=str)
def test_verification_without_a_status_is_an_error(emulator: Emulator, manage: Run, body: dict[str, Any]) -> None:
    connect(emulator)
    fault = {"status": 200, "body": body}
    emulator.fault({"match": {"method": "POST", "path": "verify"}, "times": None, "fault": fault})
    result = manage(account_sid=ACCOUNT, name="New", verify=True)
    assert (result["failed"], result["changed"], result["error"]["title"]) == (True, True, "Invalid response")


@pytest.mark.parametrize("checks", [None, {}, [None, 5, {"checkName": 5, "status": None}], "x"], ids=str)
def test_odd_checks_do_not_matter(emulator: Emulator, manage: Run, checks: Any) -> None:
    connect(emulator)
    body = {"status": "failed", "checks": checks}
    emulator.fault({"match": {"method": "POST", "path": "verify"}, "fault": {"status": 200, "body": body}})
    result = manage(account_sid=ACCOUNT, verify=True)
    assert (result["failed"], result["error"]["title"]) == (True, "Verification failed")


# Deletion


def test_absent_provider_stays_absent(emulator: Emulator, manage: Run) -> None:
    for result in in_pairs(emulator, manage, **ABSENT):
        assert (result["failed"], result["changed"]) == (False, False)
        assert "twilio_provider" not in result
    assert requests_of(emulator) == SEARCH


@pytest.mark.parametrize("identity", [{"account_sid": ACCOUNT}, {"id": PROVIDER_ID}])
def test_deletion_names_what_goes(emulator: Emulator, manage: Run, identity: dict[str, str]) -> None:
    connect(emulator, *SIDS[:2])
    trunk = providers(emulator)[0]["trunkSid"]
    server = organization(emulator)["credentials"][0]["server"]
    predicted, real = in_pairs(emulator, manage, **identity, state="absent")
    assert predicted["warnings"] == real["warnings"]
    (warning,) = real["warnings"]
    assert all(words in warning for words in (PHONES[0], PHONES[1], server, trunk, ACCOUNT))
    assert writes(emulator) == [("DELETE", f"{PROVIDERS}/{PROVIDER_ID}", None)]
    assert (real["diff"]["after"], real["diff"]["before"]["name"]) == ("", "Main")
    assert (providers(emulator), phones(emulator), trunks_in_twilio(emulator)) == ([], [], 0)
    assert manage(**identity, state="absent")["changed"] is False


def test_deletion_of_many_numbers_says_how_many_it_does_not_name(emulator: Emulator, manage: Run) -> None:
    connect(emulator)
    (trunk,) = organization(emulator)["credentials"]
    numbers = [{"phoneNumber": f"+17770{index:02}", "credentialsId": trunk["id"]} for index in range(22)]
    emulator.seed({"phone_numbers": numbers})
    (warning,) = manage(**ABSENT, max_deletions=22, check=True)["warnings"]
    assert "phone number '+1777019', 2 other phone numbers, SIP credential" in warning


@pytest.mark.parametrize("mode", ["inbound", "replaceOutbound"])
def test_deletion_of_numbers_in_use_is_refused(emulator: Emulator, manage: Run, mode: str) -> None:
    connect(emulator, *SIDS[:2])
    link(emulator, PHONES[1], mode=mode)
    before = emulator.state()
    predicted, real = in_pairs(emulator, manage, **ABSENT)
    assert predicted["msg"] == real["msg"]
    assert f"phone number {PHONES[1]!r} (agent 'Support' (agent-1" in real["msg"]
    assert "Set force to true" in real["msg"]
    assert (real["changed"], real["error"]["outcome"], writes(emulator)) == (False, "not_sent", [])
    assert emulator.state() == before
    assert manage(**ABSENT, force=True)["changed"] is True
    (deletion,) = (entry for entry in emulator.requests() if entry["method"] == "DELETE")
    assert (deletion["query"], providers(emulator)) == ([], [])


NOT_FOUND = {"status": 404, "body": {"title": "Not Found"}, "content_type": "application/problem+json"}


@pytest.mark.parametrize("fault", [NOT_FOUND, {"patch": {"affectedAgents": []}}], ids=str)
def test_agent_in_the_listing_prevents_a_deletion_too(emulator: Emulator, manage: Run, fault: dict[str, Any]) -> None:
    connect(emulator, SIDS[0])
    link(emulator, PHONES[0])
    emulator.fault({"match": {"path": "affected-agents"}, "times": None, "fault": fault})
    for result in in_pairs(emulator, manage, **ABSENT):
        assert (result["failed"], result["changed"]) == (True, False)
        assert f"phone number {PHONES[0]!r} (agent 'agent-1')" in result["msg"]
    assert writes(emulator) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    "fault", [{"status": 503}, {"patch": {"affectedAgents": None}}, {"patch": {"affectedAgents": [5]}}]
)
def test_deletion_needs_to_know_who_uses_the_numbers(emulator: Emulator, manage: Run, fault: dict[str, Any]) -> None:
    connect(emulator, SIDS[0])
    emulator.fault({"match": {"path": "affected-agents"}, "times": None, "fault": fault})
    for check in (True, False):
        result = manage(check=check, **ABSENT)
        assert (result["failed"], result["changed"], writes(emulator)) == (True, False, [])


@pytest.mark.parametrize("force", [False, True])
def test_deletion_beyond_max_deletions_is_refused(emulator: Emulator, manage: Run, force: bool) -> None:
    connect(emulator, *SIDS[:11])
    predicted, real = in_pairs(emulator, manage, **ABSENT, force=force)
    assert predicted["msg"] == real["msg"]
    assert "11 phone numbers of the provider would be deleted, more than max_deletions (10) allows" in real["msg"]
    assert all(phone in real["msg"] for phone in PHONES[:11])
    assert writes(emulator) == []
    assert manage(**ABSENT, force=force, max_deletions=11)["changed"] is True


@pytest.mark.parametrize(("count", "failed"), [(50, True), (11, True), ("50", False), (None, False), (1, False)])
def test_deletion_of_more_numbers_than_are_listed_is_refused(
    emulator: Emulator, manage: Run, count: Any, failed: bool
) -> None:
    connect(emulator, *SIDS[:2])
    patch = {"patch": {"phoneNumberCount": count}}
    emulator.fault({"match": {"method": "GET", "path": TWILIO}, "times": None, "fault": patch})
    for result in in_pairs(emulator, manage, **ABSENT):
        assert result["failed"] is failed
        assert (f"reports {count} phone numbers, but the API lists 2" in result.get("msg", "")) is failed
    assert len(providers(emulator)) == int(failed)


def test_deletion_warns_about_numbers_that_are_not_listed(emulator: Emulator, manage: Run) -> None:
    connect(emulator, *SIDS[:2])
    fault = {"patch": {"phoneNumberCount": 10}}
    emulator.fault({"match": {"method": "GET", "path": TWILIO}, "times": None, "fault": fault})
    for result in in_pairs(emulator, manage, **ABSENT):
        assert result["changed"] is True
        assert f"{PHONES[1]!r}, 8 phone numbers that the API does not list, SIP credential" in result["warnings"][0]


def test_number_that_was_added_to_the_trunk_by_hand_counts_too(emulator: Emulator, manage: Run) -> None:
    connect(emulator)
    (trunk,) = organization(emulator)["credentials"]
    emulator.seed(
        {"phone_numbers": [{"phoneNumber": "+1777", "credentialsId": trunk["id"], "incomingCallsAgentId": "agent-1"}]}
    )
    assert "phone number '+1777' (agent 'Support'" in manage(**ABSENT)["msg"]
    assert "max_deletions (0)" in manage(**ABSENT, max_deletions=0)["msg"]


@pytest.mark.parametrize("step", ["numbers", "credential", "trunk"])
@pytest.mark.parametrize("status", [400, 409, 500])
def test_deletion_that_stops_half_way_reports_the_change_and_the_id(
    emulator: Emulator, manage: Run, step: str, status: int
) -> None:
    connect(emulator, SIDS[0])
    emulator.set(provider_delete_stops_after=step, half_done_status=status)
    result = manage(**ABSENT)
    assert (result["failed"], result["changed"]) == (True, True)
    assert f"Parts of it are deleted. To finish, rerun the task with id {PROVIDER_ID}" in result["msg"]
    assert not any(words in result["msg"] for words in ("The object exists", "to finish.", "to reconcile"))
    assert len(writes(emulator)) == 1
    emulator.set(provider_delete_stops_after=None)
    assert manage(id=PROVIDER_ID, state="absent")["changed"] is True
    assert providers(emulator) == []


def test_deletion_that_stops_half_way_for_a_moment_is_retried(emulator: Emulator, manage: Run) -> None:
    connect(emulator, SIDS[0])
    emulator.fault({"match": {"method": "DELETE"}, "fault": {"status": 504, "done": True}})
    assert (manage(**ABSENT)["failed"], providers(emulator)) == (False, [])


@pytest.mark.parametrize("fault", [{"drop": "after"}, {"status": 500, "done": True}, {"truncate": True}], ids=str)
def test_lost_response_to_a_deletion_is_a_deletion(emulator: Emulator, manage: Run, fault: dict[str, Any]) -> None:
    connect(emulator, SIDS[0])
    emulator.fault({"match": {"method": "DELETE"}, "fault": fault})
    result = manage(**ABSENT)
    assert (result["failed"], result["changed"], providers(emulator)) == (False, True, [])


@pytest.mark.not_quick
def test_deletion_that_the_api_refuses_says_why(emulator: Emulator, manage: Run) -> None:
    emulator.set(delete_provider_in_use="refuse")
    connect(emulator, SIDS[0])
    link(emulator, PHONES[0])
    result = manage(**ABSENT, force=True)
    assert (result["failed"], result["changed"], result["error"]["status"]) == (True, False, 409)
    assert "Agents use phone numbers of the provider." in result["msg"]
    assert emulator.violations() == []


@pytest.mark.parametrize(
    ("options", "write"), [({"state": "absent"}, "DELETE"), ({"name": "New"}, "PUT")], ids=["deletion", "update"]
)
def test_provider_is_read_again_before_a_write_if_the_search_took_long(
    emulator: Emulator, manage: Run, monkeypatch: pytest.MonkeyPatch, options: dict[str, Any], write: str
) -> None:
    monkeypatch.setattr(freshness, "MAX_AGE", 0.2)
    connect(emulator)
    slow = {"match": {"method": "GET", "path": "sip-credentials$"}, "fault": {"delay": 0.3}}
    emulator.fault(slow)
    assert manage(account_sid=ACCOUNT, verify=False, **options)["changed"] is True
    sent = [method for method, path in requests_of(emulator) if PROVIDER_ID in path]
    assert sent[sent.index(write) - 1] == "GET"
    assert sent.count("GET") == 2


@pytest.mark.parametrize(("setting", "failed"), [("leave_trunk", False), ("refuse", True)])
def test_deletion_with_a_stale_token(emulator: Emulator, manage: Run, setting: str, failed: bool) -> None:
    emulator.set(delete_with_invalid_token=setting)
    connect(emulator, SIDS[0])
    rotate(emulator)
    result = manage(**ABSENT)
    assert (result["failed"], result["changed"]) == (failed, not failed)
    if failed:
        assert "update_auth_token=always" in result["msg"]
        assert "Parts of it" not in result["msg"]
    else:
        assert "and, if Twilio accepts the stored auth token, the trunk TK" in result["warnings"][0]


def test_deletion_reports_what_its_verification_has_found(emulator: Emulator, manage: Run) -> None:
    connect(emulator)
    emulator.set(verification_outcome="warning")
    result = manage(**ABSENT, verify=True)
    assert (result["failed"], result["changed"], len(result["warnings"])) == (False, True, 2)
    assert "The verification ended with the status warning" in result["warnings"][1]


@pytest.mark.parametrize("unreadable", ["", "sip-credentials$", f"{PROVIDER_ID}$"])
def test_deletion_without_a_response_says_how_to_finish(emulator: Emulator, manage: Run, unreadable: str) -> None:
    connect(emulator, SIDS[0])
    emulator.fault({"match": {"method": "DELETE"}, "times": None, "fault": {"status": 500}})
    if unreadable:
        match = {"method": "GET", "path": unreadable}
        emulator.fault({"match": match, "skip": 1, "times": None, "fault": {"status": 400}})
    result = manage(**ABSENT)
    assert (result["failed"], result["changed"]) == (True, False)
    assert f"Parts of it may be deleted. To finish, rerun the task with id {PROVIDER_ID}" in result["msg"]


def test_deletion_with_verification_needs_valid_credentials(emulator: Emulator, manage: Run) -> None:
    connect(emulator, SIDS[0])
    rotate(emulator)
    assert manage(**ABSENT, verify=True, check=True)["changed"] is True
    result = manage(**ABSENT, verify=True)
    assert (result["failed"], result["changed"], result["error"]["title"]) == (True, False, "Verification failed")
    assert "Nothing was deleted. Fix the cause, or set verify to false" in result["msg"]
    assert len(providers(emulator)) == 1
    rotate(emulator, TOKEN)
    assert (manage(**ABSENT, verify=True)["changed"], trunks_in_twilio(emulator)) == (True, 0)


# Information


def info(run: Run, **options: Any) -> list[dict[str, Any]]:
    result = run("twilio_provider_info", **options)
    assert (result["failed"], result["changed"]) == (False, False)
    listed: list[dict[str, Any]] = result["twilio_providers"]
    return listed


def test_info_returns_providers_with_their_numbers(emulator: Emulator, manage: Run, run: Run) -> None:
    connect(emulator, *SIDS[:2])
    connect(emulator, id=OTHER_ID, accountSid=OTHER_ACCOUNT, name="A second")
    listed = info(run)
    assert [provider["id"] for provider in listed] == [OTHER_ID, PROVIDER_ID]
    assert [number["phone_number"] for number in listed[1]["phone_numbers"]] == PHONES[:2]
    assert (listed[0]["phone_numbers"], listed[1]["phone_number_count"]) == ([], 2)
    assert TOKEN not in json.dumps(listed)
    assert requests_of(emulator)[:2] == SEARCH
    assert sorted(requests_of(emulator)[2:]) == [("GET", f"{TWILIO}/{one}") for one in sorted((PROVIDER_ID, OTHER_ID))]


def test_info_sorts_providers_by_name_and_their_numbers(emulator: Emulator, manage: Run, run: Run) -> None:
    connect(emulator, SIDS[2], SIDS[0], SIDS[1])
    connect(emulator, id=OTHER_ID, accountSid=OTHER_ACCOUNT, name="Second")
    main, second = info(run)
    assert (main["id"], second["id"]) == (PROVIDER_ID, OTHER_ID)
    assert [number["phone_number"] for number in main["phone_numbers"]] == PHONES[:3]


def test_info_by_account_and_by_id(emulator: Emulator, manage: Run, run: Run) -> None:
    connect(emulator, SIDS[0])
    assert [provider["id"] for provider in info(run, account_sid=ACCOUNT)] == [PROVIDER_ID]
    assert info(run, account_sid=OTHER_ACCOUNT) == []
    assert info(run, id=NOBODY_ID) == []
    assert info(run, id=PROVIDER_ID, account_sid=OTHER_ACCOUNT) == []
    emulator.clear_requests()
    (provider,) = info(run, id=PROVIDER_ID)
    assert [number["phone_number"] for number in provider["phone_numbers"]] == [PHONES[0]]
    assert requests_of(emulator) == [("GET", PATH), ("GET", NUMBERS)]
    assert ["providerId", PROVIDER_ID] in emulator.requests()[1]["query"]


def test_info_fails_rather_than_returning_a_part(emulator: Emulator, manage: Run, run: Run) -> None:
    connect(emulator)
    emulator.fault({"match": {"path": "providers"}, "times": None, "fault": {"status": 500}})
    assert run("twilio_provider_info")["error"]["status"] == 500


# Where other modules meet the objects of a provider


@pytest.mark.parametrize("check", [True, False])
def test_other_modules_point_to_these(emulator: Emulator, manage: Run, run: Run, check: bool) -> None:
    connect(emulator, SIDS[0])
    phone = number_id(emulator, PHONES[0])
    trunk = organization(emulator)["credentials"][0]["id"]
    one = run("sip_phone_number", check=check, id=phone, display_name="New")
    assert "by the module twilio_phone_numbers" in one["msg"]
    entry = {"phone_number": PHONES[0], "credentials_id": trunk, "state": "absent"}
    fleet = run("sip_phone_numbers", check=check, phone_numbers=[entry])
    assert "by the module twilio_phone_numbers" in fleet["failures"][0]["msg"]
    credential = run("sip_credential", check=check, id=trunk, state="absent", force=True)
    assert "by the module twilio_provider" in credential["msg"]
    assert writes(emulator) == []


# Secrets


@pytest.mark.parametrize("status", [400, 401, 409, 500])
def test_token_that_the_api_echoes_is_masked(emulator: Emulator, manage: Run, status: int) -> None:
    body = {"title": "No", "detail": f"Bad token {TOKEN}, cut {TOKEN[:12]}", "errors": {"authToken": [TOKEN]}}
    emulator.fault({"match": {"method": "POST"}, "times": None, "fault": {"status": status, "body": body}})
    result = manage(**CREATION)
    assert TOKEN[:12] not in json.dumps(result)
    assert "********" in result["msg"]


def test_token_in_unknown_fields_is_masked_or_dropped(emulator: Emulator, manage: Run) -> None:
    patch = {"authToken": TOKEN, "note": f"uses {TOKEN}", "nested": {"apiSecret": TOKEN, "a": [TOKEN]}}
    emulator.fault({"match": {"path": "providers/twilio"}, "times": None, "fault": {"patch": patch}})
    result = manage(**CREATION, verify=False)
    assert result["twilio_provider"]["note"] == "uses ********"
    assert result["twilio_provider"]["nested"] == {"a": ["********"]}
    assert "auth_token" not in result["twilio_provider"]


# The wrong organization


@pytest.mark.parametrize("check", [True, False])
def test_provider_of_another_organization_is_not_touched(emulator: Emulator, manage: Run, check: bool) -> None:
    connect(emulator, SIDS[0])
    for options in ({**ABSENT}, {"id": PROVIDER_ID, "name": "New"}):
        result = manage(check=check, expected_org_id="org-2", **options)
        assert "belongs to the organization 'org-1'" in result["msg"]
    assert writes(emulator) == []
