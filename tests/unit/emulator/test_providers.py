# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Providers: Twilio accounts, their numbers, and what the contract leaves open about them."""

from __future__ import annotations

import time
from typing import Any

import pytest

from emulator.client import ControlError, Emulator
from unit.emulator.http_helpers import BODY, CREDENTIALS, ApiClient, Response
from unit.harness import NOBODY_ID, NUMBERS

PROVIDERS = "/api/v1/providers"
TWILIO = f"{PROVIDERS}/twilio"
ACCOUNT = "AC" + "a" * 32
TOKEN = "0123456789abcdef" * 2
NEW_TOKEN = "f" * 32
FIRST, SECOND, THIRD, NOWHERE = ("PN" + digit * 32 for digit in "1234")
TRUNK = "TK" + "9" * 32
PHONES = {FIRST: "+15550001", SECOND: "+15550002", THIRD: "+15550003"}
CREATE = {"accountSid": ACCOUNT, "authToken": TOKEN}


@pytest.fixture(autouse=True)
def account(emulator: Emulator) -> None:
    numbers: list[dict[str, Any]] = [{"sid": sid, "phoneNumber": phone} for sid, phone in PHONES.items()]
    numbers[2]["trunkSid"] = TRUNK
    trunks = [{"sid": TRUNK}]
    emulator.seed({"twilio_accounts": [{**CREATE, "numbers": numbers, "trunks": trunks}]})


@pytest.fixture
def provider(api: ApiClient) -> str:
    """The id of a provider without numbers."""
    return api.post(CREATE, TWILIO).id


def imported(api: ApiClient, provider: str, *sids: str) -> Response:
    return api.post({"phoneNumberSids": sids}, f"{TWILIO}/{provider}/import-numbers")


def numbers_of(api: ApiClient, provider: str) -> list[str]:
    return api.phones(providerId=provider, take=100)


def trunks_of(api: ApiClient, provider: str) -> list[dict[str, Any]]:
    return [each for each in api.get(CREDENTIALS).body["items"] if each["providerId"] == provider]


def in_twilio(emulator: Emulator) -> dict[str, Any]:
    (account,) = emulator.state()["twilio_accounts"]
    return account


def attached(emulator: Emulator) -> dict[str, str | None]:
    return {number["sid"]: number["trunkSid"] for number in in_twilio(emulator)["numbers"]}


def has_no_violations(emulator: Emulator) -> bool:
    return emulator.violations() == []


# Creating


def test_creation_makes_provider_trunk_and_credential(emulator: Emulator, api: ApiClient) -> None:
    made = api.post({**CREATE, "name": "Main", "region": "ie1", "supportsCallTransfer": True}, TWILIO)
    assert (made.status, made.body["name"], made.body["region"]) == (201, "Main", "ie1")
    assert (made.body["providerType"], made.body["verificationStatus"]) == ("twilio", "pending")
    assert (made.body["lastVerifiedAt"], made.body["phoneNumberCount"]) == (None, 0)
    assert ("authToken" in made.body, TOKEN in str(made)) == (False, False)
    (trunk,) = trunks_of(api, made.id)
    assert (trunk["source"], trunk["server"]) == ("provider", made.body["terminationUri"])
    assert len(trunk["authPassword"]) == 32
    assert [each["sid"] for each in in_twilio(emulator)["trunks"]] == [TRUNK, made.body["trunkSid"]]
    assert api.get(f"{TWILIO}/{made.id}").body == made.body
    assert (numbers_of(api, made.id), has_no_violations(emulator)) == ([], True)


def test_creation_fills_in_what_is_missing(emulator: Emulator, api: ApiClient) -> None:
    emulator.set(create_status=200, default_region="us1")
    made = api.post(CREATE, TWILIO)
    assert (made.status, made.body["region"], made.body["supportsCallTransfer"]) == (200, "us1", False)
    assert made.body["name"]


@pytest.mark.parametrize("status", [400, 401])
@pytest.mark.parametrize("body", [{**CREATE, "authToken": NEW_TOKEN}, {**CREATE, "accountSid": "AC" + "0" * 32}])
def test_creation_with_credentials_that_twilio_refuses(
    emulator: Emulator, api: ApiClient, body: dict[str, str], status: int
) -> None:
    emulator.set(twilio_refused_status=status)
    before = emulator.state()
    assert api.post(body, TWILIO).status == status
    assert (emulator.state(), has_no_violations(emulator)) == (before, True)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"accountSid": ACCOUNT},
        {**CREATE, "accountSid": ACCOUNT.upper()},
        {**CREATE, "authToken": TOKEN.upper()},
        {**CREATE, "name": None},
        {**CREATE, "verificationStatus": "verified"},
    ],
    ids=str,
)
def test_creation_that_breaks_the_contract(emulator: Emulator, api: ApiClient, body: dict[str, Any]) -> None:
    assert api.post(body, TWILIO).status == 400
    assert not has_no_violations(emulator)


@pytest.mark.parametrize(("setting", "status"), [(409, 409), (400, 400), (None, 201)])
def test_second_provider_for_an_account(
    emulator: Emulator, api: ApiClient, provider: str, setting: int | None, status: int
) -> None:
    emulator.set(duplicate_provider_status=setting)
    again = api.post(CREATE, TWILIO)
    assert again.status == status
    assert len(in_twilio(emulator)["trunks"]) == (2 if setting else 3)
    assert setting or again.id != provider


def test_account_may_be_connected_in_another_organization(api: ApiClient, other: ApiClient, provider: str) -> None:
    theirs = other.post(CREATE, TWILIO)
    assert theirs.status == 201
    assert (api.get(f"{TWILIO}/{theirs.id}").status, other.get(f"{PROVIDERS}/{provider}").status) == (404, 404)


@pytest.mark.parametrize(
    ("step", "trunks", "credentials", "providers"), [("trunk", 1, 0, 0), ("credential", 1, 1, 0), ("provider", 1, 1, 1)]
)
def test_creation_that_fails_half_way(
    emulator: Emulator, api: ApiClient, step: str, trunks: int, credentials: int, providers: int
) -> None:
    emulator.set(provider_create_stops_after=step, half_done_status=502)
    assert api.post(CREATE, TWILIO).status == 502
    state = emulator.state()["organizations"]["org-1"]
    left = [trunk for trunk in state["credentials"] if trunk["source"] == "provider"]
    assert (len(in_twilio(emulator)["trunks"]) - 1, len(left), len(state["providers"])) == (
        trunks,
        credentials,
        providers,
    )
    assert emulator.requests()[0]["changes"] is True


def test_provider_may_have_several_credentials(emulator: Emulator, api: ApiClient) -> None:
    emulator.set(provider_credentials=2)
    assert len(trunks_of(api, api.post(CREATE, TWILIO).id)) == 2


def test_latency_of_providers_delays_their_requests_only(emulator: Emulator, api: ApiClient) -> None:
    emulator.set(provider_latency=3600)
    assert api.get().status == 200
    emulator.set(provider_latency=0.3)
    start = time.monotonic()
    assert api.post(CREATE, TWILIO).status == 201
    assert time.monotonic() - start >= 0.3


# Reading


def test_generic_path_returns_what_every_provider_has(emulator: Emulator, api: ApiClient, provider: str) -> None:
    full = api.get(f"{TWILIO}/{provider}").body
    generic = api.get(f"{PROVIDERS}/{provider}").body
    assert set(full) - set(generic) == {
        "accountSid",
        "trunkSid",
        "terminationUri",
        "region",
        "supportsCallTransfer",
    }
    emulator.set(generic_provider_details=True)
    assert api.get(f"{PROVIDERS}/{provider}").body == full


@pytest.mark.parametrize("status", [404, 400])
def test_provider_of_another_type(emulator: Emulator, api: ApiClient, status: int) -> None:
    emulator.seed({"providers": [{"id": NOBODY_ID, "name": "Other", "providerType": "other"}]})
    emulator.set(other_provider_type_status=status)
    assert api.get(f"{PROVIDERS}/{NOBODY_ID}").body["providerType"] == "other"
    assert api.get(f"{TWILIO}/{NOBODY_ID}").status == status
    assert api.delete(f"{PROVIDERS}/{NOBODY_ID}").status == 204
    assert has_no_violations(emulator)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", f"{PROVIDERS}/{NOBODY_ID}", None),
        ("DELETE", f"{PROVIDERS}/{NOBODY_ID}", None),
        ("POST", f"{PROVIDERS}/{NOBODY_ID}/verify", None),
        ("GET", f"{TWILIO}/{NOBODY_ID}", None),
        ("PUT", f"{TWILIO}/{NOBODY_ID}", {"name": "x"}),
        ("PATCH", f"{TWILIO}/{NOBODY_ID}/auth-token", {"authToken": TOKEN}),
        ("GET", f"{TWILIO}/{NOBODY_ID}/available-numbers", None),
        ("POST", f"{TWILIO}/{NOBODY_ID}/import-numbers", {"phoneNumberSids": [FIRST]}),
        ("DELETE", f"{TWILIO}/{NOBODY_ID}/phone-numbers/{NOBODY_ID}", None),
    ],
)
def test_unknown_provider(emulator: Emulator, api: ApiClient, method: str, path: str, body: Any) -> None:
    assert api.call(method, path, body).status == 404
    assert api.call(method, path.replace(NOBODY_ID, "7"), body).status == 400
    assert len(emulator.violations()) == 1


# Changing


def test_update_changes_what_the_body_names(api: ApiClient, provider: str) -> None:
    before = api.get(f"{TWILIO}/{provider}").body
    assert api.put(f"{TWILIO}/{provider}", {"name": "New"}).body == {**before, "name": "New"}
    assert api.put(f"{TWILIO}/{provider}", {"supportsCallTransfer": True}).body["name"] == "New"


@pytest.mark.parametrize("body", [{}, {"name": None}, {"name": "x" * 101}, {"accountSid": ACCOUNT}])
def test_invalid_update_is_refused(emulator: Emulator, api: ApiClient, provider: str, body: dict[str, Any]) -> None:
    assert api.put(f"{TWILIO}/{provider}", body).status == 400
    assert not has_no_violations(emulator)


def test_new_region_is_a_label(api: ApiClient, provider: str) -> None:
    before = api.get(f"{TWILIO}/{provider}").body
    assert api.put(f"{TWILIO}/{provider}", {"region": "ie1"}).body == {**before, "region": "ie1"}


def test_new_region_may_replace_the_trunk(emulator: Emulator, api: ApiClient, provider: str) -> None:
    imported(api, provider, FIRST)
    emulator.set(region_change="trunk")
    before = api.get(f"{TWILIO}/{provider}").body
    after = api.put(f"{TWILIO}/{provider}", {"region": "ie1"}).body
    assert after["trunkSid"] != before["trunkSid"]
    assert [trunk["server"] for trunk in trunks_of(api, provider)] == [after["terminationUri"]]
    assert attached(emulator)[FIRST] == after["trunkSid"]
    assert [trunk["sid"] for trunk in in_twilio(emulator)["trunks"]] == [TRUNK, after["trunkSid"]]


def test_auth_token_is_replaced(emulator: Emulator, api: ApiClient, provider: str) -> None:
    emulator.seed({"twilio_accounts": [{"accountSid": ACCOUNT, "authToken": NEW_TOKEN}]})
    assert imported(api, provider, FIRST).status == 400
    response = api.call("PATCH", f"{TWILIO}/{provider}/auth-token", {"authToken": NEW_TOKEN})
    assert (response.status, NEW_TOKEN in str(response)) == (200, False)
    assert response.body == api.get(f"{TWILIO}/{provider}").body
    assert imported(api, provider, FIRST).body["successCount"] == 1
    assert emulator.requests()[-1]["changes"] is True


@pytest.mark.parametrize("status", [400, 401])
def test_auth_token_that_twilio_refuses_changes_nothing(
    emulator: Emulator, api: ApiClient, provider: str, status: int
) -> None:
    emulator.set(twilio_refused_status=status)
    before = emulator.state()
    assert api.call("PATCH", f"{TWILIO}/{provider}/auth-token", {"authToken": NEW_TOKEN}).status == status
    assert (emulator.state(), has_no_violations(emulator)) == (before, True)


@pytest.mark.parametrize(("path", "status"), [("not_found", 404), ("method_not_allowed", 405)])
def test_old_deployment_without_auth_token_path(
    emulator: Emulator, api: ApiClient, provider: str, path: str, status: int
) -> None:
    emulator.set(auth_token_path=path)
    assert api.call("PATCH", f"{TWILIO}/{provider}/auth-token", {"authToken": TOKEN}).status == status
    assert has_no_violations(emulator)


@pytest.mark.parametrize(("verifies", "status"), [(False, "pending"), (True, "verified")])
def test_auth_token_may_be_verified_at_once(
    emulator: Emulator, api: ApiClient, provider: str, verifies: bool, status: str
) -> None:
    emulator.set(auth_token_update_verifies=verifies)
    body = api.call("PATCH", f"{TWILIO}/{provider}/auth-token", {"authToken": TOKEN}).body
    assert body["verificationStatus"] == status


# Verifying


def verified(api: ApiClient, provider: str) -> tuple[str, dict[str, str]]:
    outcome = api.post(None, f"{PROVIDERS}/{provider}/verify").body
    seen = api.get(f"{TWILIO}/{provider}").body
    assert (seen["verificationStatus"], seen["lastVerifiedAt"]) == (outcome["status"], outcome["lastVerifiedAt"])
    assert seen["verificationDetails"] == outcome["checks"]
    return outcome["status"], {check["checkName"]: check["status"] for check in outcome["checks"]}


def test_verification_passes(emulator: Emulator, api: ApiClient, provider: str) -> None:
    imported(api, provider, FIRST)
    status, checks = verified(api, provider)
    assert (status, set(checks.values())) == ("verified", {"passed"})
    assert has_no_violations(emulator)


def test_verification_warns_of_a_number_off_the_trunk(emulator: Emulator, api: ApiClient, provider: str) -> None:
    imported(api, provider, FIRST)
    numbers = [{"sid": FIRST, "phoneNumber": PHONES[FIRST]}]
    emulator.seed({"twilio_accounts": [{"accountSid": ACCOUNT, "numbers": numbers}]})
    status, checks = verified(api, provider)
    assert (status, checks["phoneNumbers"], checks["trunk"]) == ("warning", "warning", "passed")


@pytest.mark.parametrize("broken", ["credentials", "trunk", "credentialList"])
def test_verification_fails(emulator: Emulator, api: ApiClient, provider: str, broken: str) -> None:
    trunk = api.get(f"{TWILIO}/{provider}").body["trunkSid"]
    change = {
        "credentials": {"authToken": NEW_TOKEN},
        "trunk": {"deleted_trunks": [trunk]},
        "credentialList": {"trunks": [{"sid": trunk, "credentialList": False}]},
    }
    emulator.seed({"twilio_accounts": [{"accountSid": ACCOUNT, **change[broken]}]})
    status, checks = verified(api, provider)
    assert (status, next(name for name, outcome in checks.items() if outcome != "passed")) == ("failed", broken)


@pytest.mark.parametrize("outcome", ["failed", "warning", "pending", "odd"])
def test_outcome_of_verification_can_be_set(emulator: Emulator, api: ApiClient, provider: str, outcome: str) -> None:
    emulator.set(verification_outcome=outcome)
    assert verified(api, provider)[0] == outcome


# Importing


def test_import_attaches_and_records_numbers(emulator: Emulator, api: ApiClient, provider: str) -> None:
    result = imported(api, provider, FIRST, SECOND)
    assert (result.status, result.body) == (201, {"successCount": 2, "failedCount": 0, "errors": []})
    full = api.get(f"{TWILIO}/{provider}").body
    assert (numbers_of(api, provider), full["phoneNumberCount"]) == ([PHONES[FIRST], PHONES[SECOND]], 2)
    number = api.get(providerId=provider).body["items"][0]
    assert number["credentialsId"] == trunks_of(api, provider)[0]["id"]
    assert attached(emulator) == {FIRST: full["trunkSid"], SECOND: full["trunkSid"], THIRD: TRUNK}
    assert has_no_violations(emulator)


def test_import_goes_on_after_a_failure(emulator: Emulator, api: ApiClient, provider: str) -> None:
    imported(api, provider, FIRST)
    result = imported(api, provider, FIRST, NOWHERE, SECOND).body
    assert (result["successCount"], result["failedCount"]) == (1, 2)
    assert [error["phoneNumberSid"] for error in result["errors"]] == [FIRST, NOWHERE]
    assert numbers_of(api, provider) == [PHONES[FIRST], PHONES[SECOND]]


@pytest.mark.parametrize(("setting", "success"), [("refuse", 0), ("take_over", 1)])
def test_import_of_a_number_on_another_trunk(
    emulator: Emulator, api: ApiClient, provider: str, setting: str, success: int
) -> None:
    emulator.set(import_taken=setting)
    assert imported(api, provider, THIRD).body["successCount"] == success
    assert (attached(emulator)[THIRD] == TRUNK) is (success == 0)


@pytest.mark.parametrize(("setting", "first", "second"), [("refuse", 1, 0), ("take_over", 0, 1)])
def test_import_of_a_number_of_another_provider(
    emulator: Emulator, api: ApiClient, provider: str, setting: str, first: int, second: int
) -> None:
    emulator.set(import_taken=setting, duplicate_provider_status=None)
    rival = api.post(CREATE, TWILIO).id
    imported(api, provider, FIRST)
    imported(api, rival, FIRST)
    assert (len(numbers_of(api, provider)), len(numbers_of(api, rival))) == (first, second)


def test_import_that_twilio_refuses(emulator: Emulator, api: ApiClient, provider: str) -> None:
    emulator.set(import_refused=[FIRST])
    assert imported(api, provider, FIRST, SECOND).body["failedCount"] == 1
    assert (numbers_of(api, provider), attached(emulator)[FIRST]) == ([PHONES[SECOND]], None)


def test_import_that_is_half_done_can_be_repeated(emulator: Emulator, api: ApiClient, provider: str) -> None:
    emulator.set(import_unrecorded=[FIRST])
    assert imported(api, provider, FIRST).body["failedCount"] == 1
    assert (numbers_of(api, provider), attached(emulator)[FIRST] is None) == ([], False)
    emulator.set(import_unrecorded=[])
    assert imported(api, provider, FIRST).body["successCount"] == 1


@pytest.mark.parametrize(("setting", "status"), [("report", 201), ("refuse", 400)])
def test_import_of_which_nothing_succeeds(
    emulator: Emulator, api: ApiClient, provider: str, setting: str, status: int
) -> None:
    emulator.set(import_all_failed=setting)
    assert imported(api, provider, NOWHERE).status == status
    assert imported(api, provider, NOWHERE, FIRST).status == 201
    assert imported(api, provider).status == 201


@pytest.mark.parametrize(("setting", "failed"), [("error", 1), ("ignore", 0)])
def test_import_of_a_sid_given_twice(
    emulator: Emulator, api: ApiClient, provider: str, setting: str, failed: int
) -> None:
    emulator.set(import_duplicates=setting)
    assert imported(api, provider, FIRST, FIRST).body["failedCount"] == failed
    assert numbers_of(api, provider) == [PHONES[FIRST]]


def test_import_of_too_many(emulator: Emulator, api: ApiClient, provider: str) -> None:
    emulator.set(import_max=1)
    assert [imported(api, provider, FIRST, SECOND).status, imported(api, provider, FIRST).status] == [400, 201]
    assert has_no_violations(emulator)


@pytest.mark.parametrize(
    ("settings", "result"),
    [
        ({"import_counts": "wrong"}, {"successCount": 2, "failedCount": 0, "errors": 1}),
        ({"import_counts": "absent"}, {"errors": 1}),
        ({"import_no_errors": "none"}, {"successCount": 1, "failedCount": 1, "errors": 1}),
    ],
    ids=str,
)
def test_result_of_an_import_with_errors(
    emulator: Emulator, api: ApiClient, provider: str, settings: dict[str, str], result: dict[str, int]
) -> None:
    emulator.set(**settings)
    body = imported(api, provider, FIRST, NOWHERE).body
    assert {name: len(value) if name == "errors" else value for name, value in body.items()} == result


@pytest.mark.parametrize(("setting", "errors"), [("empty", []), ("none", None), ("absent", "absent")])
def test_errors_of_an_import_without_any(
    emulator: Emulator, api: ApiClient, provider: str, setting: str, errors: Any
) -> None:
    emulator.set(import_no_errors=setting)
    assert imported(api, provider, FIRST).body.get("errors", "absent") == errors
    assert has_no_violations(emulator)


def test_number_that_exists_on_the_trunk_already(emulator: Emulator, api: ApiClient, provider: str) -> None:
    (trunk,) = trunks_of(api, provider)
    emulator.seed({"phone_numbers": [{"phoneNumber": PHONES[FIRST], "credentialsId": trunk["id"]}]})
    assert imported(api, provider, FIRST).body["failedCount"] == 1


@pytest.mark.parametrize("shape", ["array", "page", "twilio"])
@pytest.mark.parametrize(("setting", "count"), [("include", 3), ("omit", 2), ("flag", 3)])
def test_available_numbers(
    emulator: Emulator, api: ApiClient, provider: str, shape: str, setting: str, count: int
) -> None:
    imported(api, provider, FIRST)
    emulator.set(available_numbers=shape, available_imported=setting)
    body = api.get(f"{TWILIO}/{provider}/available-numbers").body
    rows = {"array": lambda: body, "page": lambda: body["items"], "twilio": lambda: body["incoming_phone_numbers"]}
    listed = rows[shape]()
    name = "phone_number" if shape == "twilio" else "phoneNumber"
    assert [row[name] for row in listed] == list(PHONES.values())[-count:]
    assert [row.get("imported") for row in listed] == ([True, False, False] if setting == "flag" else [None] * count)
    assert has_no_violations(emulator)


# Removing numbers


@pytest.fixture
def number(api: ApiClient, provider: str) -> str:
    """The id of a number of the provider that an agent uses."""
    imported(api, provider, FIRST)
    number_id = str(api.get(providerId=provider).body["items"][0]["id"])
    assert api.put(f"{NUMBERS}/{number_id}/agent-link", agentId="agent-1").status == 200
    return number_id


@pytest.mark.parametrize("mode", ["inbound", "replaceOutbound"])
def test_removal_of_a_number_in_use_needs_force(
    emulator: Emulator, api: ApiClient, provider: str, number: str, mode: str
) -> None:
    api.delete(f"{NUMBERS}/{number}/agent-link")
    api.put(f"{NUMBERS}/{number}/agent-link", agentId="agent-2", mode=mode)
    path = f"{TWILIO}/{provider}/phone-numbers/{number}"
    refused = api.delete(path)
    assert (refused.status, "agent-2" in refused.body["detail"]) == (409, True)
    assert api.delete(path, force="true").status == 204
    assert (numbers_of(api, provider), attached(emulator)[FIRST]) == ([], None)
    assert imported(api, provider, FIRST).body["successCount"] == 1
    assert api.get(providerId=provider).body["items"][0]["id"] != number


def test_removal_of_a_foreign_number_is_not_found(emulator: Emulator, api: ApiClient, provider: str) -> None:
    own = api.post(BODY).id
    assert api.delete(f"{TWILIO}/{provider}/phone-numbers/{own}").status == 404
    assert api.delete(f"{TWILIO}/{provider}/phone-numbers/{NOBODY_ID}").status == 404


@pytest.mark.parametrize(("setting", "status"), [("refuse", 409), ("accept", 204)])
def test_deletion_of_an_imported_number(
    emulator: Emulator, api: ApiClient, provider: str, number: str, setting: str, status: int
) -> None:
    emulator.set(delete_provider_number=setting)
    assert api.delete(f"{NUMBERS}/{number}", force="true").status == status
    assert attached(emulator)[FIRST] is not None


# Deleting


def test_deletion_takes_everything_along(emulator: Emulator, api: ApiClient, provider: str, number: str) -> None:
    assert api.delete(f"{PROVIDERS}/{provider}").status == 204
    assert api.get(f"{PROVIDERS}/{provider}").status == 404
    assert (api.get(f"{NUMBERS}/{number}").status, trunks_of(api, provider)) == (404, [])
    assert [trunk["sid"] for trunk in in_twilio(emulator)["trunks"]] == [TRUNK]
    assert attached(emulator) == {FIRST: None, SECOND: None, THIRD: TRUNK}
    assert has_no_violations(emulator)


def test_deletion_may_be_refused_while_agents_use_numbers(
    emulator: Emulator, api: ApiClient, provider: str, number: str
) -> None:
    emulator.set(delete_provider_in_use="refuse")
    assert api.delete(f"{PROVIDERS}/{provider}").status == 409
    api.delete(f"{NUMBERS}/{number}/agent-link")
    assert api.delete(f"{PROVIDERS}/{provider}").status == 204


@pytest.mark.parametrize(("setting", "status", "trunks"), [("leave_trunk", 204, 2), ("refuse", 400, 2)])
def test_deletion_with_an_invalid_token(
    emulator: Emulator, api: ApiClient, provider: str, setting: str, status: int, trunks: int
) -> None:
    emulator.seed({"twilio_accounts": [{"accountSid": ACCOUNT, "authToken": NEW_TOKEN}]})
    emulator.set(delete_with_invalid_token=setting)
    assert api.delete(f"{PROVIDERS}/{provider}").status == status
    assert len(in_twilio(emulator)["trunks"]) == trunks
    assert api.get(f"{PROVIDERS}/{provider}").status == (404 if status == 204 else 200)


@pytest.mark.parametrize(("step", "credentials", "trunks"), [("numbers", 1, 2), ("credential", 0, 2), ("trunk", 0, 1)])
def test_deletion_that_fails_half_way_can_be_repeated(
    emulator: Emulator, api: ApiClient, provider: str, number: str, step: str, credentials: int, trunks: int
) -> None:
    emulator.set(provider_delete_stops_after=step)
    assert api.delete(f"{PROVIDERS}/{provider}").status == 500
    assert (numbers_of(api, provider), len(trunks_of(api, provider))) == ([], credentials)
    assert len(in_twilio(emulator)["trunks"]) == trunks
    assert api.get(f"{TWILIO}/{provider}").status == 200
    assert imported(api, provider, FIRST).body["successCount"] == credentials
    emulator.set(provider_delete_stops_after=None)
    assert api.delete(f"{PROVIDERS}/{provider}").status == 204


def test_credential_of_a_provider_is_read_only(api: ApiClient, provider: str) -> None:
    (trunk,) = trunks_of(api, provider)
    path = f"{CREDENTIALS}/{trunk['id']}"
    assert [api.put(path, {"server": "x"}).status, api.delete(path, force="true").status] == [409, 409]


# Seeds


def test_seeded_provider_is_connected_to_its_account(emulator: Emulator, api: ApiClient) -> None:
    seed = {"id": NOBODY_ID, "name": "Seeded", "accountSid": ACCOUNT, "imported": [FIRST]}
    emulator.seed({"providers": [seed]})
    shown = api.get(f"{TWILIO}/{NOBODY_ID}").body
    assert (shown["name"], shown["phoneNumberCount"], len(trunks_of(api, NOBODY_ID))) == ("Seeded", 1, 1)
    assert attached(emulator)[FIRST] == shown["trunkSid"]
    assert verified(api, NOBODY_ID)[0] == "verified"


def test_state_with_providers_restores_itself_as_seed(emulator: Emulator, api: ApiClient, number: str) -> None:
    state = emulator.state()
    emulator.reset(seed=state)
    assert emulator.state() == state


def test_account_without_sids_of_its_numbers(emulator: Emulator) -> None:
    numbers = [{"phoneNumber": "+1"}, {"phoneNumber": "+2"}]
    for _turn in range(2):
        emulator.seed({"twilio_accounts": [{"accountSid": ACCOUNT, "numbers": numbers}]})
    sids = list(attached(emulator))
    assert (len(sids), {len(sid) for sid in sids}) == (5, {34})


@pytest.mark.parametrize(
    ("seed", "words"),
    [
        ({"twilio_accounts": [{"accountSid": "AC1"}]}, r"twilio_accounts\[0\]\.accountSid"),
        ({"twilio_accounts": [{"accountSid": "AC" + "b" * 32}]}, r"twilio_accounts\[0\]: .*authToken"),
        ({"twilio_accounts": [{**CREATE, "numbers": [{}]}]}, r"twilio_accounts\[0\]\.numbers\[0\]: .*phoneNumber"),
        ({"providers": [{"accountSid": "AC" + "b" * 32}]}, r"providers\[0\]\.accountSid: .*no such Twilio account"),
        ({"providers": [{"providerType": "other"}]}, r"providers\[0\]: .*name"),
        ({"providers": [{"accountSid": ACCOUNT, "imported": [NOWHERE]}]}, r"providers\[0\]\.imported\[0\]: .*not in"),
        (
            {"providers": [{"accountSid": ACCOUNT, "supportsCallTransfer": 5}]},
            r"providers\[0\]: .*supportsCallTransfer",
        ),
        (
            {"providers": [{"id": NOBODY_ID, "accountSid": ACCOUNT}, {"id": NOBODY_ID, "accountSid": ACCOUNT}]},
            r"providers\[1\]\.id: .*already",
        ),
        ({"organizations": {"b": {"providers": [{}]}}}, r"organizations\.b\.providers\[0\]\.accountSid"),
    ],
    ids=str,
)
def test_invalid_seed_changes_nothing(emulator: Emulator, seed: dict[str, Any], words: str) -> None:
    before = emulator.state()
    with pytest.raises(ControlError, match=words):
        emulator.seed(seed)
    assert emulator.state() == before
