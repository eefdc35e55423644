# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Running an operation: an exception that nobody thought of, and what the result shows of the options."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.dasha.blackbox.plugins.module_utils._common.errors import InvalidOptionsError
from ansible_collections.dasha.blackbox.plugins.module_utils._running.connection import connection_spec
from ansible_collections.dasha.blackbox.plugins.module_utils._running.operation import (
    Invocation,
    OperationSpec,
    Result,
    execute,
    public_options,
)
from emulator.client import Emulator
from unit.harness import NUMBERS, TRUNK

PIN = "hunter2-hunter2"


def write_and_raise(invocation: Invocation) -> Result:
    if invocation.options["write"]:
        invocation.client.request("POST", NUMBERS, body={"phoneNumber": "+1", "credentialsId": TRUNK})
    if invocation.options["late"]:
        raise InvalidOptionsError("too late")
    raise KeyError(f"{invocation.options['pin']}, {invocation.options['api_key']}")


SPEC = OperationSpec(
    "surprise",
    {**connection_spec(), "pin": {"type": "str", "no_log": True}, "write": {"type": "bool"}, "late": {"type": "bool"}},
    write_and_raise,
    lambda options: "a surprise",
)


def surprise(emulator: Emulator, **options: Any) -> dict[str, Any]:
    omitted: dict[str, Any] = dict.fromkeys(SPEC.options)
    defaults = {name: option["default"] for name, option in SPEC.options.items() if "default" in option}
    connection = {"api_key": emulator.key, "api_url": emulator.url}
    return execute(SPEC, {**omitted, **defaults, **connection, "pin": PIN, **options}, check_mode=False)


@pytest.mark.not_quick
@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("write", [False, True])
def test_failure_outside_of_requests_reports_whether_something_was_written(
    emulator: Emulator, write: bool, late: bool
) -> None:
    result = surprise(emulator, write=write, late=late)
    assert (result["failed"], result["changed"]) == (True, write)


def test_unexpected_exception_shows_no_secret(emulator: Emulator) -> None:
    message = surprise(emulator)["msg"]
    assert message.startswith("surprise failed: unexpected KeyError at test_operation.py:")
    assert "********, ********" in message


def test_public_options_have_neither_secrets_nor_lists() -> None:
    options = {"api_key": "key", "pin": PIN, "write": False, "api_url": None, "phone_numbers": ["+1"]}
    spec = SPEC._replace(options={**SPEC.options, "phone_numbers": {"type": "list"}})
    hidden = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"
    shown = {"api_key": hidden, "pin": hidden, "write": False, "api_url": None}
    assert public_options(spec, options) == shown
