# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Input that cannot be meant is refused before the first request, in words that say what to do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from emulator.client import Emulator
from unit.harness import NUMBER_ID, TRUNK

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
