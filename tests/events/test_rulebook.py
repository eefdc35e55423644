# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The event source in a real ansible-rulebook.

`make events` sets RULEBOOK to the engine, which needs a Java of its own and is no part of the other tests.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml

from emulator.client import Emulator
from events.engine import PATIENCE, RULEBOOK, Rulebook, run_rulebook, write_rulebook
from unit.guides import read_guide

CHECKOUT = Path(__file__).parents[2]
GUIDE = CHECKOUT / "docs/docsite/rst/guide_events.rst"
TRUNK = "3fa85f64-5717-4562-b3fc-2c963f66afa6"
NUMBER = "9b2f0c1e-8a5d-4f0e-9d55-0f6f2b0c7a11"
FIRST = {"phoneNumber": "+15551234567", "credentialsId": TRUNK, "registration": True}

pytestmark = pytest.mark.skipif(not RULEBOOK, reason="RULEBOOK does not name an ansible-rulebook")


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator.start("--exit-with-parent", "--quiet") as emulator:
        yield emulator


@pytest.fixture
def numbers(emulator: Emulator) -> Emulator:
    emulator.reset(
        seed={
            "credentials": [{"id": TRUNK, "server": "sip.example.com"}],
            "phone_numbers": [{**FIRST, "id": NUMBER}],
        },
        settings={"registration_delay": 0},
    )
    return emulator


@pytest.fixture
def rulebook(tmp_path: Path, numbers: Emulator) -> Callable[..., Any]:
    @contextlib.contextmanager
    def start(*others: dict[str, Any], **args: Any) -> Iterator[Rulebook]:
        source = {"api_url": numbers.url, "api_key": "{{ key }}", "interval": 1, "api_retries": 0, **args}
        show = [{"name": "show", "condition": "event.blackbox is defined", "action": {"print_event": {}}}]
        ruleset = {
            "name": "test",
            "hosts": "all",
            "sources": [{"dasha.blackbox.phone_numbers": source}],
            "rules": show,
        }
        options = write_rulebook(tmp_path, [ruleset, *others], {"key": numbers.key, "line": FIRST["phoneNumber"]})
        with run_rulebook(tmp_path, *options) as started:
            yield started
        assert numbers.key not in started.printed()

    return start


def lose(emulator: Emulator, *phones: str) -> None:
    emulator.set(
        registration_failures=[{"phone_number": phone, "error_description": "no password"} for phone in phones]
    )


def test_lost_registration_created_updated_and_deleted(numbers: Emulator, rulebook: Any) -> None:
    url, key = f"{numbers.url}/api/v1/sip-phone-numbers", {"Authorization": f"Bearer {numbers.key}"}
    with rulebook() as running:
        running.wait_for("1 phone numbers are the baseline")
        lose(numbers, FIRST["phoneNumber"])
        running.wait_for("'event': 'registration'", "no password")
        created = requests.post(url, json={"phoneNumber": "+2", "credentialsId": TRUNK}, headers=key, timeout=10).json()
        running.wait_for("'event': 'created'")
        requests.put(f"{url}/{NUMBER}", json={**FIRST, "displayName": "New"}, headers=key, timeout=10)
        running.wait_for("'event': 'updated'")
        requests.delete(f"{url}/{created['id']}", headers=key, timeout=10)
        running.wait_for("'event': 'deleted'")


def test_outage_and_rate_limit_do_not_end_the_rulebook(numbers: Emulator, rulebook: Any) -> None:
    with rulebook() as running:
        running.wait_for("are the baseline")
        numbers.fault({"match": {}, "times": 2, "fault": {"status": 503}})
        numbers.fault({"match": {}, "times": 1, "fault": {"status": 429, "headers": {"Retry-After": "1"}}})
        running.wait_for("failure 2 in a row", "can be read again")
        lose(numbers, FIRST["phoneNumber"])
        running.wait_for("'event': 'registration'")


def test_rejected_key_ends_the_rulebook_and_all_its_sources_with_the_reason(numbers: Emulator, rulebook: Any) -> None:
    ticks = {"name": "ticks", "condition": "event.i is defined", "action": {"none": {}}}
    source = {"eda.builtin.range": {"limit": 10_000, "delay": 1}}
    other = {"name": "other", "hosts": "all", "sources": [source], "rules": [ticks]}
    with rulebook(other, api_key="sk-wrong-0123456789") as running:
        running.process.wait(PATIENCE)
        assert "failure 2 in a row" in running.printed()
        assert "Check the API key: option api_key" in running.printed()
        assert "sk-wrong" not in running.printed()
        assert running.process.returncode == 1


def test_rejected_key_of_one_organization_is_reported_and_the_watch_of_others_goes_on(
    emulator: Emulator, tmp_path: Path
) -> None:
    """The rulebook of the guide, in a hurry."""
    numbers = {"credentials": [{"id": TRUNK, "server": "sip.example.com"}], "phone_numbers": [FIRST]}
    settings = {"registration_delay": 0, "registration_failures": [{"phone_number": FIRST["phoneNumber"]}]}
    emulator.reset(seed={"organizations": {"globex": {"keys": ["key-globex"], **numbers}}}, settings=settings)
    (rulebook,) = [step.text for step in read_guide(GUIDE) if "Watch two organizations" in step.text]
    (ruleset,) = yaml.safe_load(rulebook)
    # A list that one template yields holds strings.
    hurry = {"api_url": emulator.url, "interval": 1, "emit_initial": "failed", "phone_numbers": "{{ lines }}"}
    for source in ruleset["sources"]:
        source["dasha.blackbox.phone_numbers"].update(hurry)
    lost = {"name": "lost", "condition": 'event.blackbox.event == "registration"', "action": {"print_event": {}}}
    ruleset["rules"].append(lost)
    variables = {"ACME_KEY": "sk-wrong-0123456789", "GLOBEX_KEY": "key-globex", "lines": [FIRST["phoneNumber"]]}
    options = write_rulebook(tmp_path, [ruleset], variables)
    with run_rulebook(tmp_path, *options) as running:
        printed = running.wait_for("acme: ", "Check the API key: option api_key", "'event': 'registration'")
        seen = len(emulator.requests())
        while len(emulator.requests()) < seen + 3 and running.process.poll() is None:
            time.sleep(0.1)
        assert running.process.poll() is None
        assert "sk-wrong" not in printed


def test_wrong_argument_ends_the_rulebook_with_the_reason(rulebook: Any) -> None:
    with rulebook(intervall=5) as running:
        running.process.wait(PATIENCE)
        assert "Unknown arguments: intervall" in running.printed()


def test_rulebook_that_is_ended_stops_polling(numbers: Emulator, rulebook: Any) -> None:
    numbers.fault({"match": {}, "times": None, "fault": {"hang": 120}})
    with rulebook() as running:
        end = time.monotonic() + PATIENCE
        while not numbers.requests() and time.monotonic() < end:
            time.sleep(0.1)
        running.process.send_signal(signal.SIGINT)
        running.process.wait(20)


def test_ten_thousand_numbers_are_polled_with_flat_memory(numbers: Emulator, rulebook: Any) -> None:
    numbers.seed({"phone_numbers": [{"phoneNumber": f"+{n}", "credentialsId": TRUNK} for n in range(20_000, 30_000)]})
    with rulebook(interval=1) as running:
        running.wait_for("10001 phone numbers are the baseline")
        sizes = [resident(running.process.pid)]
        for _sample in range(3):
            seen = len(numbers.requests())
            while len(numbers.requests()) < seen + 22:
                time.sleep(0.1)
            sizes.append(resident(running.process.pid))
        assert sizes[-1] < sizes[1] + 30_000, sizes


def resident(pid: int) -> int:
    """Return the memory of a process in kilobytes."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", status)[1])  # type: ignore[index]


def test_number_of_a_variable_is_a_number(rulebook: Any) -> None:
    """The engine evaluates what a template yields; `'{{ }}'` is a string."""
    with rulebook(phone_numbers=["{{ line }}"]) as wrong:
        wrong.process.wait(PATIENCE)
        assert "phone_numbers must be a list of quoted strings, and 15551234567 is none" in wrong.printed()
    with rulebook(phone_numbers=["'{{ line }}'"], api_key="'{{ key }}'", emit_initial="all") as right:
        right.wait_for("'event': 'registration'", FIRST["phoneNumber"])


@pytest.mark.parametrize("text", ["no realm {{ realm }} {% bad", "\ud800 \x00 \u2028 'x' \"y\" {#"], ids=ascii)
def test_example_reports_who_is_affected(numbers: Emulator, tmp_path: Path, text: str) -> None:
    """The rulebook of the examples runs its playbook when a registration is lost, whatever the texts are."""
    url, key = f"{numbers.url}/api/v1/sip-phone-numbers", {"Authorization": f"Bearer {numbers.key}"}
    body = {**FIRST, "displayName": f"Desk {text}"}
    requests.put(f"{url}/{NUMBER}", json=body, headers=key, timeout=10).raise_for_status()
    numbers.set(registration_failures=[{"phone_number": FIRST["phoneNumber"], "error_description": text}])
    environment = {**os.environ, "BLACKBOX_API_KEY": numbers.key, "BLACKBOX_API_URL": numbers.url}
    folder = CHECKOUT / "examples/rulebooks"
    options = ["--rulebook", folder / "lost_registrations.yml", "--inventory", folder / "inventory.yml"]
    variables = ["--env-vars", "BLACKBOX_API_KEY,BLACKBOX_API_URL"]
    with run_rulebook(tmp_path, *options, *variables, cwd=folder, env=environment) as started:
        printed = started.wait_for("+15551234567 lost its registration", "PLAY RECAP")
    assert "failed=0" in printed
    if text.isprintable():
        assert f"({text})" in printed
