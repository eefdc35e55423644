# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whatever a server returns about providers, a module ends with a result, and writes nothing that it cannot undo."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from emulator.client import Emulator
from unit.harness import run_module
from unit.twilio import (
    ACCOUNT,
    ENTRIES,
    NEW_TOKEN,
    OTHER_ACCOUNT,
    PROVIDER_ID,
    SEED,
    SIDS,
    TOKEN,
    connect,
    providers,
    trunks_in_twilio,
    writes,
)

pytestmark = pytest.mark.slow

Run = Callable[..., dict[str, Any]]
WRONG = [None, 5, True, "", "x", [], {}, [None], {"a": [1]}, "\u001b[2Jx", "y" * 5000]
FIELDS = [
    "id",
    "name",
    "providerType",
    "accountSid",
    "region",
    "supportsCallTransfer",
    "trunkSid",
    "terminationUri",
    "verificationStatus",
    "lastVerifiedAt",
    "verificationDetails",
    "phoneNumberCount",
]
TASKS: list[tuple[str, dict[str, Any]]] = [
    ("twilio_provider", {"account_sid": ACCOUNT, "auth_token": TOKEN, "name": "New", "verify": True}),
    ("twilio_provider", {"id": PROVIDER_ID, "name": "Main"}),
    (
        "twilio_provider",
        {"account_sid": ACCOUNT, "auth_token": NEW_TOKEN, "update_auth_token": "always", "verify": False},
    ),
    ("twilio_provider", {"account_sid": ACCOUNT, "state": "absent"}),
    ("twilio_provider_info", {}),
    ("twilio_phone_numbers", {"account_sid": ACCOUNT, "phone_numbers": ENTRIES[:2]}),
    ("twilio_phone_numbers", {"provider_id": PROVIDER_ID, "phone_numbers": ENTRIES[:1], "state": "absent"}),
]


@pytest.fixture
def perform(emulator: Emulator) -> Run:
    emulator.reset(seed=SEED)
    connect(emulator, SIDS[0])
    emulator.seed({"twilio_accounts": [{"accountSid": ACCOUNT, "authToken": TOKEN}]})

    def perform(module: str, options: dict[str, Any]) -> dict[str, Any]:
        connection = {"api_key": emulator.key, "api_url": emulator.url, "api_retry_max_delay": 0.01, "api_retries": 1}
        result = run_module(module, {**connection, **options})
        printed = json.dumps(result, ensure_ascii=False)
        assert "Traceback" not in printed
        assert "This is a bug" not in printed
        assert TOKEN not in printed
        assert "\x1b" not in str(result.get("msg"))
        assert isinstance(result["changed"], bool)
        return result

    return perform


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize(("module", "options"), TASKS, ids=lambda value: str(value)[:70])
def test_provider_of_wrong_shape(
    emulator: Emulator, perform: Run, module: str, options: dict[str, Any], field: str
) -> None:
    for value in WRONG:
        emulator.clear_faults()
        emulator.fault({"match": {"path": "providers/"}, "times": None, "fault": {"patch": {field: value}}})
        perform(module, options)
        assert ("POST", "/api/v1/providers/twilio") not in [write[:2] for write in writes(emulator)]
    assert trunks_in_twilio(emulator) <= 1


@pytest.mark.parametrize("body", [*WRONG, {"items": []}, {"providerType": "twilio"}, {"id": PROVIDER_ID}], ids=repr)
@pytest.mark.parametrize(("module", "options"), TASKS, ids=lambda value: str(value)[:70])
def test_response_of_wrong_shape(
    emulator: Emulator, perform: Run, module: str, options: dict[str, Any], body: Any
) -> None:
    emulator.fault({"match": {"path": "providers/"}, "times": None, "fault": {"status": 200, "body": body}})
    perform(module, options)
    assert ("POST", "/api/v1/providers/twilio") not in [write[:2] for write in writes(emulator)]
    # Nothing was applied, and nothing that removes a provider was even tried.
    assert len(providers(emulator)) == 1
    assert all(method != "DELETE" or "phone-numbers" in path for method, path, _body in writes(emulator))


@pytest.mark.parametrize("value", WRONG, ids=repr)
@pytest.mark.parametrize("field", ["providerId", "source", "id", "credentialsId", "phoneNumber"])
@pytest.mark.parametrize(("module", "options"), TASKS, ids=lambda value: str(value)[:70])
def test_listing_of_wrong_shape(
    emulator: Emulator, perform: Run, module: str, options: dict[str, Any], field: str, value: Any
) -> None:
    emulator.seed({"twilio_accounts": [{"accountSid": ACCOUNT, "authToken": TOKEN}]})
    emulator.set(duplicate_provider_status=None)
    for path in ("sip-credentials$", "sip-phone-numbers$"):
        emulator.fault({"match": {"path": path}, "times": None, "fault": {"row": 0, "patch": {field: value}}})
    perform(module, options)


@pytest.mark.parametrize("account", [OTHER_ACCOUNT, ACCOUNT.upper(), "x", None, 5])
def test_account_that_is_not_the_one_asked_for_is_no_match(emulator: Emulator, perform: Run, account: Any) -> None:
    emulator.fault({"match": {"path": "providers/twilio"}, "times": None, "fault": {"patch": {"accountSid": account}}})
    result = perform("twilio_provider", {"account_sid": ACCOUNT, "state": "absent"})
    assert result["changed"] is False
    assert len(providers(emulator)) == 1
