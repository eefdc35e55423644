# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Input that cannot be meant is refused before the first request, in words that say what to do."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.dasha.blackbox.plugins.module_utils._running.connection import CONNECTION_OPTIONS
from emulator.client import Emulator
from unit.harness import MODULES as PACKAGE
from unit.harness import NUMBER_ID, OTHER_TRUNK, TRUNK

Run = Callable[..., dict[str, Any]]
PAIR = {"phone_number": "+15551234567", "credentials_id": TRUNK}


def refusal(emulator: Emulator, result: dict[str, Any]) -> str:
    assert (result["failed"], result["changed"]) == (True, False)
    assert "error" not in result
    assert emulator.requests() == []
    return str(result["msg"])


@pytest.mark.parametrize("value", [15551234567, 42798, 1.5, True, ["+1"], {"a": 1}])
@pytest.mark.parametrize("module", ["sip_phone_number", "sip_phone_number_info"])
def test_unquoted_number(emulator: Emulator, run: Run, module: str, value: Any) -> None:
    options = {"phone_number": value} if module.endswith("info") else {**PAIR, "phone_number": value}
    message = refusal(emulator, run(module, **options))
    assert "quote" in message
    assert repr(value) in message


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"phone_number": "", "credentials_id": TRUNK}, "phone_number must not be empty"),
        ({"phone_number": "   ", "credentials_id": TRUNK}, "phone_number must not be empty"),
        ({"phone_number": "1" * 256, "credentials_id": TRUNK}, "phone_number must be at most 255 characters"),
        ({**PAIR, "display_name": "x" * 256}, "display_name must be at most 255 characters long; this one has 256"),
        ({**PAIR, "description": "ü" * 256}, "description must be at most 255"),
        ({**PAIR, "credentials_id": "my-trunk"}, "credentials_id must be a UUID"),
        ({**PAIR, "credentials_id": ""}, "credentials_id must be a UUID"),
        ({"id": "5"}, "id must be a UUID"),
        ({"id": "", **PAIR}, "id must be a UUID"),
        ({"id": "", **PAIR, "state": "absent"}, "id must be a UUID"),
        ({}, "Set phone_number, or the id"),
        ({"state": "absent"}, "Set phone_number, or the id"),
        ({"credentials_id": TRUNK, "state": "absent"}, "Set phone_number, or the id"),
        ({"phone_number": "+1"}, "credentials_id"),
        ({"phone_number": None, "id": None}, "Set phone_number, or the id"),
        ({**PAIR, "wait_timeout": -1}, "wait_timeout"),
        ({**PAIR, "wait_timeout": float("nan")}, "wait_timeout"),
        ({**PAIR, "api_key": ""}, "BLACKBOX_API_KEY"),
        ({**PAIR, "api_key": None}, "BLACKBOX_API_KEY"),
        ({**PAIR, "api_key": "clé"}, "ASCII"),
        ({**PAIR, "api_key": "key\nX-Evil: 1"}, "ASCII"),
        ({**PAIR, "api_key": " key "}, "whitespace"),
        ({**PAIR, "api_timeout": 0}, "api_timeout"),
        ({**PAIR, "api_timeout": float("inf")}, "api_timeout"),
        ({**PAIR, "api_retries": -1}, "api_retries"),
        ({**PAIR, "api_retry_max_delay": -1}, "api_retry_max_delay"),
        ({**PAIR, "api_url": "http://blackbox.dasha.ai"}, "https://"),
        ({**PAIR, "api_url": "http://127.0.0.1.example.com"}, "https://"),
        ({**PAIR, "api_url": "http://10.0.0.1:8080"}, "https://"),
        ({**PAIR, "api_url": "http://localhost.example.com"}, "https://"),
        ({**PAIR, "api_url": "https://blackbox.dasha.ai/api"}, "origin"),
        ({**PAIR, "api_url": "https://blackbox.dasha.ai/?x=1"}, "origin"),
        ({**PAIR, "api_url": "https://blackbox.dasha.ai?"}, "origin"),
        ({**PAIR, "api_url": "https://blackbox.dasha.ai#x"}, "origin"),
        ({**PAIR, "api_url": "https://user:pass@blackbox.dasha.ai"}, "user name"),
        ({**PAIR, "api_url": "blackbox.dasha.ai"}, "origin"),
        ({**PAIR, "api_url": ""}, "origin"),
        ({**PAIR, "api_url": "ftp://blackbox.dasha.ai"}, "origin"),
        ({**PAIR, "api_url": "https://"}, "origin"),
        ({**PAIR, "api_url": "https://host:port"}, "origin"),
        ({**PAIR, "api_url": "https://[::1"}, "origin"),
        ({**PAIR, "ca_path": "/no/such/bundle.pem"}, "/no/such/bundle.pem"),
    ],
    ids=str,
)
def test_refused(emulator: Emulator, run: Run, options: dict[str, Any], words: str) -> None:
    assert words in refusal(emulator, run("sip_phone_number", **options))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"id": "5"}, "id must be a UUID"),
        ({"credentials_id": "x"}, "credentials_id must be a UUID"),
        ({"provider_id": "x"}, "provider_id must be a UUID"),
        ({"phone_number": ""}, "phone_number must not be empty"),
        ({"linked_agent_id": ""}, "unlinked_only"),
    ],
    ids=str,
)
def test_refused_filter(emulator: Emulator, run: Run, options: dict[str, Any], words: str) -> None:
    assert words in refusal(emulator, run("sip_phone_number_info", **options))


def test_refused_key_is_not_shown(emulator: Emulator, run: Run) -> None:
    assert "sécret" not in refusal(emulator, run("sip_phone_number", **PAIR, api_key="sécret-0123456789"))


def test_longest_values_are_taken(emulator: Emulator, run: Run) -> None:
    longest = {"phone_number": "1" * 255, "display_name": "ü" * 255, "description": "x" * 255}
    assert run("sip_phone_number", credentials_id=TRUNK, **longest)["changed"] is True


@pytest.mark.parametrize(
    "option", ["api_url", "api_timeout", "api_retries", "validate_certs", "ca_path", "wait_timeout"]
)
def test_null_connection_option_is_left_out(emulator: Emulator, run: Run, option: str, monkeypatch: Any) -> None:
    monkeypatch.setenv("BLACKBOX_API_URL", emulator.url)
    assert run("sip_phone_number", **PAIR, **{option: None})["failed"] is False


@pytest.mark.not_quick
def test_options_from_the_environment(emulator: Emulator, run: Run, monkeypatch: Any) -> None:
    monkeypatch.setenv("BLACKBOX_API_URL", f"{emulator.url}/")
    monkeypatch.setenv("BLACKBOX_API_KEY", emulator.key)
    monkeypatch.setenv("BLACKBOX_API_RETRIES", "1")
    emulator.fault({"match": {}, "times": None, "fault": {"status": 503}})
    result = run("sip_phone_number", **PAIR, api_key=None, api_url=None)
    assert result["error"]["attempts"] == 2


def test_empty_environment_variable_is_left_out(emulator: Emulator, run: Run, monkeypatch: Any) -> None:
    for name in ("API_TIMEOUT", "API_RETRIES", "API_RETRY_MAX_DELAY", "VALIDATE_CERTS", "CA_PATH"):
        monkeypatch.setenv(f"BLACKBOX_{name}", "")
    assert run("sip_phone_number", **PAIR, api_retry_max_delay=None)["failed"] is False
    monkeypatch.setenv("BLACKBOX_API_KEY", "")
    assert "BLACKBOX_API_KEY" in run("sip_phone_number", **PAIR, api_key=None)["msg"]


def test_a_task_wins_over_the_environment(emulator: Emulator, run: Run, monkeypatch: Any) -> None:
    monkeypatch.setenv("BLACKBOX_API_URL", "https://elsewhere.invalid")
    assert run("sip_phone_number", **PAIR)["failed"] is False


def test_everything_is_null_but_what_is_needed(emulator: Emulator, run: Run) -> None:
    nulls = dict.fromkeys(
        ["id", "display_name", "description", "registration", "incoming_calls_agent_id", "state", "force"]
    )
    assert run("sip_phone_number", **PAIR, **nulls)["changed"] is True
    assert emulator.requests()[1]["body"] == {"phoneNumber": "+15551234567", "credentialsId": TRUNK}


def test_key_of_an_id_is_not_a_path(emulator: Emulator, run: Run) -> None:
    refusal(emulator, run("sip_phone_number", id=f"{NUMBER_ID}/../x", state="absent"))


# Text is text

MODULES = [
    *("agent_info", "sip_credential", "sip_credential_info", "sip_phone_number", "sip_phone_number_info"),
    *("sip_phone_numbers", "twilio_phone_numbers", "twilio_provider", "twilio_provider_info"),
]
CHANGED_BY_YAML = {"NO": False, "0155501": 56129, "12:30": 750, "1.10": 1.1, "[a]": ["a"], "{a: b}": {"a": "b"}}


def text_options(module: str) -> list[tuple[str, bool]]:
    """Return the options of a module that are texts, and whether they are secret."""
    spec = importlib.import_module(f"{PACKAGE}.{module}").SPEC.options
    return [
        (name, bool(details.get("no_log")))
        for option, details in spec.items()
        if details["type"] in ("str", "path")
        for name in (option, *details.get("aliases", ()))
    ]


def list_options(module: str) -> list[str]:
    spec = importlib.import_module(f"{PACKAGE}.{module}").SPEC.options
    return [option for option, details in spec.items() if details.get("elements") == "str"]


@pytest.mark.parametrize("value", CHANGED_BY_YAML.values(), ids=CHANGED_BY_YAML)
@pytest.mark.parametrize("module", MODULES)
def test_text_that_yaml_changed_is_refused_in_every_option(
    emulator: Emulator, run: Run, module: str, value: Any
) -> None:
    for option, secret in text_options(module):
        message = refusal(emulator, run(module, **{option: value}))
        assert message.startswith(f"{option} must be a quoted string, not ")
        assert (repr(value) in message.partition(". ")[0]) is not secret


@pytest.mark.parametrize("module", MODULES)
def test_member_of_a_list_that_yaml_changed_is_refused(emulator: Emulator, run: Run, module: str) -> None:
    for option in list_options(module):
        message = refusal(emulator, run(module, **{option: ["a", False]}))
        assert message.startswith(f"{option}[1] must be a quoted string, not the boolean False")
        assert refusal(emulator, run(module, **{option: 5})).startswith(f"{option} must be a list of quoted strings")


@pytest.mark.parametrize("value", CHANGED_BY_YAML.values(), ids=CHANGED_BY_YAML)
@pytest.mark.parametrize("option", ["phone_number", "display_name", "description", "trunk", "incoming_calls_agent_id"])
def test_text_that_yaml_changed_is_refused_in_entries_and_defaults(
    emulator: Emulator, run: Run, option: str, value: Any
) -> None:
    entries = [{"phone_number": "+1"}, {"phone_number": "+2", option: value}]
    # The first entry has no trunk, and everything that is wrong is reported at once.
    message = refusal(emulator, run("sip_phone_numbers", phone_numbers=entries))
    assert f"\nphone_numbers[1].{option} must be a quoted string" in message
    message = refusal(emulator, run("sip_phone_numbers", phone_numbers=[], defaults={option: value}))
    assert message.startswith(f"defaults.{option} must be a quoted string")


@pytest.mark.parametrize("entry", [{"phone_number": 15551234567}, {"phone_number": "+1", "phoneNumberSid": False}])
def test_text_that_yaml_changed_is_refused_in_imports(emulator: Emulator, run: Run, entry: dict[str, Any]) -> None:
    account = "AC0123456789abcdef0123456789abcdef"
    message = refusal(emulator, run("twilio_phone_numbers", account_sid=account, phone_numbers=[entry]))
    assert message.startswith("phone_numbers[0].phone")
    assert "must be a quoted string" in message


def test_message_about_a_number_says_what_lost_it(emulator: Emulator, run: Run) -> None:
    message = refusal(emulator, run("sip_phone_number", **{**PAIR, "phone_number": 15550100001}))
    for words in (
        "not the number 15550100001",
        'phone_number: "+15551234567"',
        "drop a plus sign",
        "0155501 as 56129",
        "12:30 as 750",
        "INI inventory",
        "phone='\"+15551234567\"'",
        "If it is in quotes there, and a template turns it into a number, add the filter string",
        "what is lost before does not come back",
    ):
        assert words in message


def test_secret_is_in_no_message_about_its_type(emulator: Emulator, run: Run) -> None:
    message = refusal(emulator, run("sip_credential", server="a", auth_password=831975318))
    assert message.startswith("auth_password must be a quoted string, not a number.")
    assert "831975318" not in message
    assert "831975318" not in refusal(emulator, run("sip_credential", server="a", api_key=831975318))


# Numbers

NUMERIC = [
    (module, option, details["type"])
    for module in MODULES
    for option, details in importlib.import_module(f"{PACKAGE}.{module}").SPEC.options.items()
    if details["type"] in ("int", "float") and (option not in CONNECTION_OPTIONS or module == "agent_info")
]


@pytest.mark.parametrize("value", [float("inf"), float("-inf"), float("nan"), True, "Infinity", 10**400], ids=repr)
@pytest.mark.parametrize(("module", "option", "kind"), NUMERIC)
def test_number_that_is_none_is_refused_by_name(
    emulator: Emulator, run: Run, module: str, option: str, kind: str, value: Any
) -> None:
    if kind == "int" and value == 10**400:
        return
    needed: dict[str, dict[str, Any]] = {
        "sip_phone_number": PAIR,
        "sip_phone_numbers": {"phone_numbers": []},
        "sip_credential": {"server": "a"},
        "twilio_provider": {"account_sid": "AC0123456789abcdef0123456789abcdef"},
        "twilio_phone_numbers": {"account_sid": "AC0123456789abcdef0123456789abcdef", "phone_numbers": []},
    }
    message = refusal(emulator, run(module, **{**needed.get(module, {}), option: value}))
    assert option in message
    assert "Traceback" not in message


@pytest.mark.parametrize("value", ["inf", "Infinity", "nan"])
def test_variable_that_is_no_number_is_refused_by_the_name_of_its_option(
    emulator: Emulator, run: Run, monkeypatch: Any, value: str
) -> None:
    monkeypatch.setenv("BLACKBOX_API_RETRIES", value)
    assert "api_retries" in refusal(emulator, run("sip_phone_number", **PAIR))


# An option and its alias


@pytest.mark.parametrize(
    ("module", "options", "names"),
    [
        ("sip_phone_number", {**PAIR, "credentialsId": OTHER_TRUNK}, ("credentials_id", "credentialsId")),
        ("sip_phone_number", {**PAIR, "displayName": "a", "display_name": "b"}, ("display_name", "displayName")),
        ("sip_phone_number", {**PAIR, "displayName": "a", "display_name": ""}, ("display_name", "displayName")),
        ("sip_phone_number_info", {"unlinkedOnly": True, "unlinked_only": False}, ("unlinked_only", "unlinkedOnly")),
        ("sip_phone_numbers", {"phone_numbers": [], "credentialsId": TRUNK, "credentials_id": OTHER_TRUNK}, ()),
        ("sip_credential", {"server": "a", "authPassword": "hunter2", "auth_password": "hunter3"}, ()),
        ("twilio_provider", {"accountSid": "a", "account_sid": "b"}, ("account_sid", "accountSid")),
    ],
    ids=str,
)
def test_option_and_alias_with_different_values_are_refused(
    emulator: Emulator, run: Run, module: str, options: dict[str, Any], names: tuple[str, ...]
) -> None:
    message = refusal(emulator, run(module, **options))
    assert "are one option, and set to different values, one of them perhaps by module_defaults" in message
    assert all(name in message for name in names)
    assert "hunter" not in message


def test_option_and_alias_with_one_value_are_fine(emulator: Emulator, run: Run) -> None:
    result = run("sip_phone_number", **PAIR, credentialsId=TRUNK, displayName=None, display_name="x")
    assert (result["failed"], result["sip_phone_number"]["display_name"]) == (False, "x")
