# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hiding secrets leaves data alone: whatever a password or a key is, results are those of any other password."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from ansible_collections.dasha.blackbox.plugins.module_utils._planning.plan import CHANGED
from emulator.client import Emulator
from unit.harness import NUMBER_ID, OTHER_ID, OTHER_TRUNK, TRUNK, run_module

pytestmark = [pytest.mark.slow, pytest.mark.both_doors]

Run = Callable[..., dict[str, Any]]
UNLIKE = "Qz!7~unlike~anything~Kw"
STORED = "Jx~stored~Vb%3~password"
PROVIDER = "7c9e6679-7425-40de-944b-e07fc1f90ae7"
SEED: dict[str, Any] = {
    "credentials": [
        {
            "id": TRUNK,
            "server": "sip.example.com",
            "domain": "example.com",
            "authUser": "alice",
            "authPassword": STORED,
            "transport": "tls",
            "description": "Office 2026, token 1234",
            "cpsLimit": 5,
            "cpsKey": "carrier",
        },
        {"id": OTHER_TRUNK, "server": "sip.example.org", "authUser": "sip", "authPassword": STORED},
    ],
    "agents": [{"id": "agent-2026", "name": "Support 1234"}],
    "phone_numbers": [
        {
            "id": NUMBER_ID,
            "phoneNumber": "+15551234567",
            "credentialsId": TRUNK,
            "displayName": "sip line 2026",
            "description": "alice",
            "registration": True,
            "incomingCallsAgentId": "agent-2026",
            "registrationStatus": {"state": "Registered", "lastUpdated": "2026-01-02T03:04:05Z"},
        },
        {"id": OTHER_ID, "phoneNumber": "+15557654321", "credentialsId": OTHER_TRUNK, "providerId": PROVIDER},
    ],
}
ALICE = {"server": "sip.example.com", "auth_user": "alice", "update_password": "always"}
FLEET = [
    {"phone_number": "+15551234567", "credentials_id": TRUNK, "display_name": "New 1234"},
    {"phone_number": "+15550001234", "credentials_id": TRUNK, "description": "sip"},
    {"phone_number": "+15557654321", "credentials_id": OTHER_TRUNK},
]
TASKS: dict[str, tuple[str, dict[str, Any]]] = {
    "update": ("sip_credential", {**ALICE, "description": "New 2026"}),
    "update by id": ("sip_credential", {"id": TRUNK, "update_password": "always", "domain": "sip"}),
    "create": ("sip_credential", {"server": "sip2.example.com", "auth_user": "alice", "description": "sip 2026"}),
    "delete": ("sip_credential", {**ALICE, "state": "absent", "force": True}),
}
READS: dict[str, tuple[str, dict[str, Any]]] = {
    "trunks": ("sip_credential_info", {}),
    "numbers": ("sip_phone_number_info", {"affected_agents": True}),
    "number": ("sip_phone_number", {"id": NUMBER_ID, "display_name": "New 2026", "registration": False}),
    "fleet": ("sip_phone_numbers", {"phone_numbers": FLEET}),
    "fleet that deletes": ("sip_phone_numbers", {"phone_numbers": FLEET[1:], "purge": True, "force": True}),
}
PASSWORDS = [
    "sip",
    "2026",
    "1234",
    "alice",
    "5551234",
    "+15551234567",
    "tls",
    "true",
    "e",
    "-",
    ".",
    "0",
    ":",
    "T0",
    "null",
]
PASSWORDS += [TRUNK, TRUNK[:8], "example.com", "sip.example.com", "changed", "(changed)", "server", "Registered", "id"]


class Case:
    """One task on a fresh emulator with a frozen clock, run with one secret and with another one."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator

    def run(self, task: tuple[str, dict[str, Any]], stored: str = STORED, key: str = "", **secret: str) -> Any:
        """Return the result without what the server makes up; its own free text is none."""
        credentials = [{**trunk, "authPassword": stored} for trunk in SEED["credentials"]]
        key = key or self._emulator.key
        self._emulator.reset()
        self._emulator.clock(set="2026-02-03T04:05:06Z", freeze=True)
        self._emulator.seed({**SEED, "credentials": credentials, "keys": [key]})
        module, options = task
        connection = {"api_key": key, "api_url": self._emulator.url, "api_retry_max_delay": 0.01}
        result = run_module(module, {**connection, **options, **secret})
        result.pop("warnings")
        assert not result["failed"], result["msg"]
        return without_new_ids(result, options)


def without_new_ids(result: dict[str, Any], options: dict[str, Any]) -> Any:
    text = json.dumps(result, sort_keys=True)
    known = json.dumps([SEED, options])
    new = [each["id"] for each in [*result.get("changes", []), result.get("sip_credential") or {}] if each.get("id")]
    for object_id in new:
        if object_id not in known:
            text = text.replace(object_id, "new")
    return json.loads(text)


@pytest.fixture
def case(emulator: Emulator) -> Case:
    return Case(emulator)


# A task may not set the placeholder of a diff; as a stored password it may exist.
@pytest.mark.parametrize("password", [word for word in PASSWORDS if word != CHANGED])
@pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)
def test_password_of_the_task_changes_no_data(case: Case, task: tuple[str, dict[str, Any]], password: str) -> None:
    assert case.run(task, auth_password=password) == case.run(task, auth_password=UNLIKE)


@pytest.mark.parametrize("password", PASSWORDS)
@pytest.mark.parametrize("task", [*TASKS.values(), *READS.values()], ids=[*TASKS, *READS])
def test_stored_password_changes_no_data(case: Case, task: tuple[str, dict[str, Any]], password: str) -> None:
    secret = {"auth_password": UNLIKE} if task in TASKS.values() else {}
    assert case.run(task, stored=password, **secret) == case.run(task, stored=STORED, **secret)


@pytest.mark.parametrize("key", [word for word in PASSWORDS if word.isascii()])
@pytest.mark.parametrize("task", READS.values(), ids=READS)
def test_api_key_changes_no_data(case: Case, task: tuple[str, dict[str, Any]], key: str) -> None:
    assert case.run(task, key=key) == case.run(task)


@pytest.mark.slow
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_any_piece_of_the_data_can_be_the_password(emulator_process: Emulator, data: st.DataObject) -> None:
    case = Case(emulator_process)
    name, task = data.draw(st.sampled_from(list(TASKS.items())), label="task")
    expected = case.run(task, auth_password=UNLIKE)
    text = json.dumps(expected)
    start = data.draw(st.integers(0, len(text) - 1))
    password = text[start : start + data.draw(st.integers(1, 64))].strip()
    assume(password not in ("", CHANGED))
    assert case.run(task, auth_password=password) == expected, name


def test_what_adopting_writes_is_what_the_server_has(emulator: Emulator, run: Run) -> None:
    """The values that the info module returned, given to the other module, change nothing."""
    credentials = [{**trunk, "authPassword": "sip"} for trunk in SEED["credentials"]]
    emulator.reset(seed={**SEED, "credentials": credentials})
    adopted = run("sip_credential_info")["sip_credentials"]
    assert [trunk["server"] for trunk in adopted] == ["sip.example.com", "sip.example.org"]
    names = ("server", "domain", "auth_user", "transport", "description", "cps_limit", "cps_key")
    for trunk in adopted:
        assert run("sip_credential", **{name: trunk[name] for name in names})["changed"] is False


# Free text


def echoing(secret: str) -> dict[str, Any]:
    problem = {"title": f"Bad {secret}", "detail": f"Not '{secret}', please.", "errors": {secret: [f"<{secret}>"]}}
    return {"match": {"method": "P.*"}, "times": None, "fault": {"status": 400, "body": problem}}


@pytest.mark.parametrize("password", ["hunter2", "x9", "correct-horse-battery", "µßø", 'quo"te\\s', "{{ x }}"])
def test_error_that_echoes_the_password_does_not_show_it(emulator: Emulator, run: Run, password: str) -> None:
    emulator.fault(echoing(password))
    result = run("sip_credential", server="s", auth_user="u", auth_password=password)
    error = result["error"]
    assert (error["title"], error["detail"]) == ("Bad ********", "Not '********', please.")
    assert error["errors"] == {"********": ["<********>"]}
    assert password not in result["msg"]


def test_registration_that_echoes_the_key_does_not_show_it(emulator: Emulator, run: Run) -> None:
    status = {
        "state": "Failed",
        "errorDescription": f"bad login {emulator.key}",
        "sipResponseMessage": f"403 {emulator.key}",
        "lastUpdated": "2099-01-01T00:00:00Z",
        "newerText": emulator.key,
    }
    number = {"id": NUMBER_ID, "phoneNumber": "+1", "credentialsId": TRUNK, "registration": True}
    emulator.seed({"phone_numbers": [{**number, "registrationStatus": status}]})
    listed = run("sip_phone_number_info")
    assert listed["sip_phone_numbers"][0]["registration_status"]["error_description"] == "bad login ********"
    waited = run("sip_phone_number", id=NUMBER_ID, registration=True, wait_for_registration=True)
    fleet = run(
        "sip_phone_numbers", phone_numbers=[{"id": NUMBER_ID, "registration": True}], wait_for_registration=True
    )
    assert (waited["failed"], fleet["failed"]) == (True, True)
    for result in (listed, waited, fleet):
        assert emulator.key not in json.dumps(result)


# Fields that the API does not document

NAMES = [
    "sipPassword",
    "authTOKEN",
    "client_secret",
    "PASSWORD",
    "xTokenX",
    "my-secret-key",
    "accessToken",
    "pass_PassWord",
]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("module", ["sip_credential_info", "sip_phone_number_info"])
def test_unknown_field_named_like_a_credential_is_dropped_at_any_depth(
    emulator: Emulator, run: Run, name: str, module: str
) -> None:
    secret = "never-shown-anywhere"
    extra = {name: secret, "nested": {name: {"a": secret}, "kept": [{name: [secret], "kept": 1}, [{name: secret}]]}}
    emulator.set(extra_fields=extra, check_responses=False)
    emulator.seed({"phone_numbers": [{"phoneNumber": "+1", "credentialsId": TRUNK}]})
    result = run(module)
    assert secret not in json.dumps(result)
    for found in result[f"{module.removesuffix('_info')}s"]:
        assert found["nested"] == {"kept": [{"kept": 1}, [{}]]}


def test_unknown_field_named_like_a_credential_is_sent_back_by_an_update(emulator: Emulator, run: Run) -> None:
    emulator.set(unknown_fields="store", check_responses=False)
    number = {"id": NUMBER_ID, "phoneNumber": "+1", "credentialsId": TRUNK, "sipPassword": "kept-by-the-server"}
    emulator.seed({"phone_numbers": [number]})
    result = run("sip_phone_number", id=NUMBER_ID, display_name="New")
    assert "kept-by-the-server" not in json.dumps(result)
    (sent,) = [entry["body"] for entry in emulator.requests() if entry["method"] == "PUT"]
    assert sent["sipPassword"] == "kept-by-the-server"


@pytest.mark.parametrize("name", ["phone_number", "displayname", "credentials_id", "registration_status", "ID", "id"])
def test_unknown_field_never_replaces_a_documented_one(emulator: Emulator, run: Run, name: str) -> None:
    emulator.seed({"phone_numbers": [{"id": NUMBER_ID, "phoneNumber": "+1", "credentialsId": TRUNK}]})
    before = run("sip_phone_number_info")["sip_phone_numbers"][0]
    emulator.set(extra_fields={name: "evil"} if name != "id" else {}, check_responses=False)
    after = run("sip_phone_number_info")["sip_phone_numbers"][0]
    assert {key: after[key] for key in before} == before


# Stored passwords that the API returns

USER = {"server": "sip.example.net", "authUser": "alice", "authPassword": "hunter2-hunter2"}
BY_NAME = {"trunk": "alice@sip.example.net", "phone_number": "+1"}


@pytest.mark.parametrize(
    ("module", "options"),
    [
        ("sip_phone_number", BY_NAME),
        ("sip_phone_numbers", {"phone_numbers": [BY_NAME]}),
        ("twilio_provider", {"account_sid": "AC" + "a" * 32, "auth_token": "b" * 32}),
    ],
    ids=str,
)
def test_stored_password_that_a_later_response_quotes_is_masked(
    emulator: Emulator, run: Run, module: str, options: dict[str, Any]
) -> None:
    emulator.seed({"credentials": [USER]})
    problem = {"title": "Bad Request", "detail": f"trunk password {USER['authPassword']} is bad"}
    fault = {"status": 400, "body": problem, "content_type": "application/problem+json"}
    emulator.fault({"match": {"method": "POST"}, "times": None, "fault": fault})
    result = run(module, **options)
    assert (result["failed"], "trunk password ******** is bad" in result["msg"]) == (True, True)
    assert USER["authPassword"] not in json.dumps(result)


@pytest.mark.parametrize("value", [12345678, ["hunter2-hunter2"], {"a": "hunter2-hunter2"}], ids=str)
@pytest.mark.parametrize(
    ("module", "options"),
    [
        ("sip_credential", {"server": "sip.example.net", "auth_user": "alice"}),
        ("sip_credential_info", {}),
        ("sip_phone_number", BY_NAME),
    ],
    ids=str,
)
def test_stored_password_of_a_wrong_type_is_not_shown(
    emulator: Emulator, run: Run, module: str, options: dict[str, Any], value: Any
) -> None:
    emulator.seed({"credentials": [USER]})
    patch = {"row": -1, "patch": {"authPassword": value}}
    emulator.fault({"match": {"path": "sip-credentials"}, "times": None, "fault": patch})
    result = run(module, **options)
    assert (result["failed"], "authPassword is not a string" in result["msg"]) == (True, True)
    assert "hunter2" not in json.dumps(result)
    assert "12345678" not in json.dumps(result)


@pytest.mark.parametrize(
    ("module", "options"),
    [("sip_credential", {"server": "sip.example.net", "auth_user": "alice"}), ("sip_credential_info", {})],
    ids=str,
)
def test_short_password_of_the_trunk_itself_is_masked_too(
    emulator: Emulator, run: Run, module: str, options: dict[str, Any]
) -> None:
    emulator.set(extra_fields={"loginHint": "alice or q7"}, check_responses=False)
    emulator.seed({"credentials": [{**USER, "authPassword": "q7"}]})
    result = run(module, **options)
    found = result["sip_credential"] if module == "sip_credential" else result["sip_credentials"][-1]
    assert found["login_hint"] == "alice or ********"
