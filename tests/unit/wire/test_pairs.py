# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Check mode answers as the real run does, and the real run done twice changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from emulator.client import Emulator
from unit.wire.scenarios import SCENARIOS, Scenario

Run = Callable[..., dict[str, Any]]
ONLY_THE_SERVER_KNOWS = {"id", "org_id", "created_time", "last_update_time", "registration_status"}

scenarios = pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)


@pytest.fixture
def perform(emulator: Emulator, run: Run) -> Run:
    def perform(scenario: Scenario, **how: Any) -> dict[str, Any]:
        return run("sip_phone_number", **how, **scenario.options)

    return perform


def prepare(emulator: Emulator, scenario: Scenario) -> Any:
    emulator.set(**scenario.settings)
    emulator.seed({"phone_numbers": scenario.numbers})
    emulator.clear_requests()
    return emulator.state()["organizations"]


@scenarios
def test_check_mode_is_true(emulator: Emulator, perform: Run, scenario: Scenario) -> None:
    before = prepare(emulator, scenario)
    predicted = perform(scenario, check=True)
    assert {entry["method"] for entry in emulator.requests()} <= {"GET"}
    assert emulator.state()["organizations"] == before

    real = perform(scenario)
    assert predicted["failed"] is real["failed"] is scenario.fails
    assert predicted["changed"] is real["changed"]
    assert predicted.get("diff") == real.get("diff")
    assert predicted["msg"] == real["msg"] if scenario.fails else True
    compare(predicted.get("sip_phone_number"), real.get("sip_phone_number"), real["changed"])


def compare(predicted: dict[str, Any] | None, real: dict[str, Any] | None, changed: bool) -> None:
    if predicted is None or real is None:
        assert predicted is real
        return
    assert set(predicted) == set(real)
    for name, value in predicted.items():
        if changed and name in ONLY_THE_SERVER_KNOWS and value is None:
            continue
        assert value == real[name], name


@scenarios
def test_second_run_is_unchanged(emulator: Emulator, perform: Run, scenario: Scenario) -> None:
    prepare(emulator, scenario)
    first = perform(scenario)
    if scenario.fails or ("id" not in scenario.options and "credentials_id" not in scenario.options):
        return
    after = emulator.state()["organizations"]
    emulator.clear_requests()
    second = perform(scenario)
    assert (second["failed"], second["changed"]) == (False, False)
    assert [entry["method"] for entry in emulator.requests()] == ["GET"]
    assert emulator.state()["organizations"] == after
    assert second.get("sip_phone_number") == first.get("sip_phone_number")


@scenarios
def test_nothing_is_sent_that_breaks_the_contract(emulator: Emulator, perform: Run, scenario: Scenario) -> None:
    prepare(emulator, scenario)
    perform(scenario, check=True)
    perform(scenario)
    assert emulator.violations() == []
