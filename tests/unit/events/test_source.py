# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The event source: what it emits, what ends it, and what does not."""

from __future__ import annotations

import asyncio
import json
import logging
import runpy
import threading
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import requests
import yaml
from ansible.parsing.yaml.loader import AnsibleLoader
from hypothesis import example, given
from hypothesis import strategies as st

from ansible_collections.dasha.blackbox.plugins.module_utils._common.errors import InvalidOptionsError
from ansible_collections.dasha.blackbox.plugins.module_utils._events import arguments as event_arguments
from ansible_collections.dasha.blackbox.plugins.module_utils._events import source as polling
from ansible_collections.dasha.blackbox.plugins.module_utils._events.arguments import read_arguments
from ansible_collections.dasha.blackbox.plugins.module_utils._events.changes import NAMES, snapshots_of
from emulator.client import Emulator
from unit.harness import NUMBER_ID, NUMBERS, OTHER_ID, OTHER_TRUNK, TRUNK
from unit.transport.scripted_server import ScriptedServer, response, serve

pytestmark = pytest.mark.slow

EXTENSION = Path(__file__).parents[3] / "extensions/eda"
SOURCE = EXTENSION / "plugins/event_source/phone_numbers.py"
SCHEMA = json.loads((EXTENSION / "schemas/phone_numbers_event.json").read_text())
GONE_QUIET = 0.3
FIRST = {"phoneNumber": "+1", "credentialsId": TRUNK, "registration": True}
TEXTS = (("after", "display_name"), ("after", "error_description"))

Step = Callable[[], Any]


class Recorder:
    """A queue that keeps what it gets."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []

    async def put(self, event: dict[str, Any]) -> None:
        self.events.append(event["blackbox"])


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_arguments, "MIN_INTERVAL", 0)


@pytest.fixture
def numbers(emulator: Emulator) -> Emulator:
    """Two numbers: one that is registered, and one whose registration has failed."""
    emulator.set(registration_delay=0, registration_failures=[{"phone_number": "+2"}])
    emulator.seed({"phone_numbers": [{**FIRST, "id": NUMBER_ID}, {**FIRST, "id": OTHER_ID, "phoneNumber": "+2"}]})
    return emulator


def run(emulator: Emulator, *steps: Step, **args: Any) -> list[dict[str, Any]]:
    """Return the events that a source emits while the steps are taken, each after a poll that saw the one before."""
    recorder = Recorder()
    connection = {"api_url": emulator.url, "api_key": emulator.key, "api_retries": 0}
    main = runpy.run_path(str(SOURCE))["main"]

    async def play() -> None:
        task = asyncio.create_task(main(recorder, {**connection, "interval": 0.02, "eda_feedback_queue": 1, **args}))
        for step in (*steps, lambda: None):
            await polls(emulator, task, 2)
            await asyncio.to_thread(step)
        await polls(emulator, task, 2)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        if not task.cancelled():
            task.result()

    asyncio.run(asyncio.wait_for(play(), 30))
    for event in recorder.events:
        jsonschema_rs.validate(SCHEMA, {"blackbox": event})
    return recorder.events


async def polls(emulator: Emulator, task: asyncio.Task[None], count: int) -> None:
    """Wait until so many more polls were answered, or the source has ended."""
    seen = len(await asyncio.to_thread(emulator.requests))
    while not task.done() and len(await asyncio.to_thread(emulator.requests)) < seen + count:
        await asyncio.sleep(0.01)


def update(emulator: Emulator, **fields: Any) -> Step:
    """Return a step in which somebody changes the first number."""
    url = f"{emulator.url}{NUMBERS}/{NUMBER_ID}"
    key = {"Authorization": f"Bearer {emulator.key}"}
    return lambda: requests.put(url, json={**FIRST, **fields}, headers=key, timeout=10).raise_for_status()


def lose(emulator: Emulator, *phones: str) -> Step:
    """Return a step after which the registrations of these numbers, and no others, have failed."""
    rules = [{"phone_number": phone, "error_description": "wrong password"} for phone in phones]
    return lambda: emulator.set(registration_failures=rules)


def kinds(events: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(event["event"], event["phone_number"]) for event in events]


def test_first_poll_is_the_baseline(numbers: Emulator) -> None:
    assert run(numbers) == []


@pytest.mark.parametrize(("emit", "expected"), [("failed", ["+2"]), ("all", ["+1", "+2"])])
def test_initial_states_are_emitted_on_request(numbers: Emulator, emit: str, expected: list[str]) -> None:
    events = run(numbers, emit_initial=emit)
    assert sorted(event["phone_number"] for event in events) == expected
    assert {event["event"] for event in events} == {"registration"}
    assert {value for event in events for value in event["before"].values()} == {None}


def test_lost_and_recovered_registration(numbers: Emulator) -> None:
    events = run(numbers, lose(numbers, "+1", "+2"), lose(numbers, "+2"))
    assert [(event["event"], event["before"]["state"], event["after"]["state"]) for event in events] == [
        ("registration", "Registered", "Failed"),
        ("registration", "Failed", "Registered"),
    ]
    assert events[0]["after"]["error_description"] == "wrong password"
    assert (events[0]["id"], events[0]["credentials_id"]) == (NUMBER_ID, TRUNK)


def test_created_updated_and_deleted(numbers: Emulator) -> None:
    third = {"phoneNumber": "+3", "credentialsId": TRUNK}
    match = {"method": "GET"}
    events = run(
        numbers,
        lambda: numbers.fault({"match": match, "mutate": {"create": [third]}}),
        update(numbers, displayName="Renamed"),
        lambda: numbers.fault({"match": match, "mutate": {"delete": ["+3"]}}),
    )
    assert kinds(events) == [("created", "+3"), ("updated", "+1"), ("deleted", "+3")]
    assert (events[0]["before"]["phone_number"], events[0]["after"]["phone_number"]) == (None, "+3")
    assert events[1]["changed"] == ["display_name"]
    assert (events[1]["before"]["display_name"], events[1]["after"]["display_name"]) == (None, "Renamed")
    assert (events[2]["before"]["phone_number"], events[2]["after"]["phone_number"]) == ("+3", None)


def page(*numbers: Any) -> dict[str, Any]:
    return {"status": 200, "body": {"items": list(numbers), "totalCount": len(numbers), "skip": 0, "take": 1000}}


def test_number_that_one_poll_does_not_find_is_not_deleted(numbers: Emulator) -> None:
    """An empty page is a complete listing of nothing."""
    empty = {"match": {"method": "GET"}, "times": 1, "fault": page()}
    assert run(numbers, *[lambda: numbers.fault(empty)] * 3) == []


def test_number_that_two_polls_do_not_find_is_deleted(numbers: Emulator) -> None:
    empty = {"match": {"method": "GET"}, "times": 2, "fault": page()}
    events = run(numbers, lambda: numbers.fault(empty))
    assert [event["event"] for event in events] == ["deleted", "deleted", "created", "created"]


def test_failed_poll_between_is_no_poll_that_does_not_find_a_number(numbers: Emulator) -> None:
    rules = [
        {"match": {"method": "GET"}, "times": 1, "fault": fault} for fault in (page(), {"status": 500}, {"status": 500})
    ]
    assert run(numbers, lambda: numbers.fault(*rules)) == []


def test_ids_in_another_case_are_no_events(numbers: Emulator) -> None:
    assert run(numbers, lambda: numbers.set(uuid_case="upper")) == []


def test_only_requested_events_numbers_and_trunks(numbers: Emulator) -> None:
    rename, lost = update(numbers, displayName="Renamed"), lose(numbers, "+1", "+2")
    assert kinds(run(numbers, rename, lost, events=["updated"])) == [("updated", "+1")]
    back, recovered = update(numbers), lose(numbers)
    assert kinds(run(numbers, back, recovered, phone_numbers=["+2"])) == [("registration", "+2")]
    assert run(numbers, rename, lost, credentials_ids=[OTHER_TRUNK]) == []


def test_number_that_moves_out_of_the_scope_is_still_reported(numbers: Emulator) -> None:
    events = run(numbers, update(numbers, credentialsId=OTHER_TRUNK), credentials_ids=[TRUNK.upper()])
    assert kinds(events) == [("updated", "+1")]


def test_texts_that_utf_8_cannot_hold_are_made_encodable(numbers: Emulator) -> None:
    (event,) = run(numbers, update(numbers, displayName="Desk \ud83d {{ x }}"))
    assert event["display_name"] == event["after"]["display_name"] == "Desk ? {{ x }}"


@given(text=st.text(st.characters(exclude_categories=()), max_size=20))
@example(text="0123")
@example(text="+15551234567")
@example(text="1e5")
@example(text="12:30")
@example(text="=")
def test_event_in_the_variables_of_a_playbook_has_the_same_texts(text: str) -> None:
    """As ansible-rulebook writes them, and as Ansible reads them."""
    number = {**FIRST, "id": NUMBER_ID, "displayName": text, "registrationStatus": {"errorDescription": text}}
    source = polling.PhoneNumberSource(read_arguments({"api_key": "a-key-that-no-text-has", "emit_initial": "all"}, {}))
    (event,) = source._plain(source._events(snapshots_of([number])))
    assert yaml.load(yaml.dump(event), AnsibleLoader) == event
    sent = text.encode("utf-8", "replace").decode()
    assert {event["blackbox"][part][name] for part, name in TEXTS} == {sent}
    assert (event["blackbox"]["phone_number"], event["blackbox"]["id"]) == ("+1", NUMBER_ID)


@pytest.mark.parametrize(
    "fault", [{"status": 503}, {"status": 500}, {"drop": "before"}, {"garbage": "<html>"}, {"status": 404}]
)
def test_outage_is_logged_and_nothing_is_lost(numbers: Emulator, fault: dict[str, Any], caplog: Any) -> None:
    caplog.set_level(logging.INFO)
    lost = lose(numbers, "+1", "+2")
    outage = {"match": {"method": "GET"}, "times": 2, "fault": fault}
    events = run(numbers, lambda: numbers.fault(outage), lost)
    assert kinds(events) == [("registration", "+1")]
    assert len([record for record in caplog.records if "failure" in record.message and "row" in record.message]) == 2
    assert any("can be read again" in record.message for record in caplog.records)
    assert numbers.key not in caplog.text


def test_rejected_key_ends_the_source(emulator: Emulator) -> None:
    with pytest.raises(RuntimeError, match="Check the API key") as caught:
        run(emulator, api_key="sk-live-0123456789abcdef")
    assert "sk-live" not in str(caught.value)


@pytest.mark.parametrize("status", [401, 403])
def test_key_that_is_rejected_twice_does_not_end_the_source(numbers: Emulator, status: int, caplog: Any) -> None:
    refused = {"match": {"method": "GET"}, "times": 2, "fault": {"status": status}}
    steps: list[Step] = [lambda: numbers.fault(refused), lambda: None] * 2
    events = run(numbers, *steps, lose(numbers, "+1", "+2"))
    assert kinds(events) == [("registration", "+1")]
    assert "the source goes on until the key is rejected 3 times" in caplog.text


@pytest.mark.parametrize("status", [401, 403])
def test_page_of_another_web_server_never_ends_the_source(numbers: Emulator, status: int) -> None:
    fault = {"status": status, "body": "<html>Blocked</html>", "headers": {"Content-Type": "text/html"}}
    blocked = {"match": {"method": "GET"}, "times": 6, "fault": fault}
    events = run(numbers, lambda: numbers.fault(blocked), lambda: None, lambda: None, lose(numbers, "+1", "+2"))
    assert kinds(events) == [("registration", "+1")]


@pytest.mark.parametrize("status", [401, 403])
def test_key_that_is_rejected_later_ends_the_source(numbers: Emulator, status: int) -> None:
    revoked = {"match": {"method": "GET"}, "times": None, "fault": {"status": status}}
    with pytest.raises(RuntimeError, match=str(status)):
        run(numbers, lambda: numbers.fault(revoked))


@pytest.mark.parametrize("status", [401, 403])
def test_rejected_key_is_reported_once_by_a_source_that_stays(numbers: Emulator, status: int, caplog: Any) -> None:
    refused = {"match": {"method": "GET"}, "times": 6, "fault": {"status": status}}
    back = [lambda: None] * 3
    args = {"on_rejected_key": "report", "events": ["registration"]}
    events = run(numbers, lambda: numbers.fault(refused), *back, lose(numbers, "+1", "+2"), **args)
    assert kinds(events) == [("key_rejected", None), ("registration", "+1")]
    assert "Check the API key: option api_key" in events[0]["error"]
    assert "goes on until" not in caplog.text


def test_key_that_is_rejected_again_is_reported_again(numbers: Emulator) -> None:
    refused = {"match": {"method": "GET"}, "times": 4, "fault": {"status": 401}}
    steps: list[Step] = [lambda: numbers.fault(refused), lambda: None, lambda: None] * 2
    assert kinds(run(numbers, *steps, on_rejected_key="report")) == [("key_rejected", None)] * 2


@pytest.mark.thorough
def test_outage_after_a_rejection_is_no_rejection(numbers: Emulator) -> None:
    refused = {"match": {"method": "GET"}, "times": 3, "fault": {"status": 401}}
    outage = {"match": {"method": "GET"}, "times": 5, "fault": {"status": 503}}
    steps: list[Step] = [lambda: numbers.fault(refused, outage), *[lambda: None] * 3]
    assert kinds(run(numbers, *steps, on_rejected_key="report")) == [("key_rejected", None)]


def test_wrong_organization_is_reported_at_once_by_a_source_that_stays(numbers: Emulator) -> None:
    (event,) = run(numbers, lambda: None, expected_org_id="org-2", on_rejected_key="report")
    assert "expected_org_id is 'org-2'" in event["error"]


def test_report_of_a_rejected_key_holds_neither_the_key_nor_what_utf_8_cannot_hold(numbers: Emulator) -> None:
    problem = {"title": "No", "detail": f"{numbers.key} \ud83d is unknown"}
    refused = {"match": {"method": "GET"}, "times": None, "fault": {"status": 401, "body": problem}}
    (event,) = run(numbers, lambda: numbers.fault(refused), lambda: None, on_rejected_key="report")
    assert "is unknown" in event["error"]
    assert numbers.key not in event["error"]
    event["error"].encode()


def test_wrong_organization_ends_the_source(numbers: Emulator) -> None:
    with pytest.raises(RuntimeError, match="expected_org_id is 'org-2'"):
        run(numbers, expected_org_id="org-2")


def test_empty_expected_organization_ends_the_source(numbers: Any) -> None:
    with pytest.raises(RuntimeError, match="expected_org_id .* is empty"):
        run(numbers, expected_org_id="")


@pytest.mark.parametrize(
    ("args", "words"),
    [
        ({"intervall": 5}, "Unknown arguments: intervall"),
        ({"interval": "often"}, "interval must be a number"),
        ({"interval": -1}, "interval must be at least"),
        ({"interval": "nan"}, "interval must be at least"),
        ({"credentials_ids": ["x"]}, "credentials_ids must be a UUID"),
        ({"phone_numbers": [15551234567]}, "phone_numbers must be a list of quoted strings"),
        ({"events": ["lost"]}, "events must be one of registration, created, deleted, updated"),
        ({"emit_initial": "some"}, "emit_initial must be one of failed, all"),
        ({"on_rejected_key": "stay"}, "on_rejected_key must be one of end, report"),
        ({"events": ["key_rejected"]}, "events must be one of registration, created, deleted, updated"),
        ({"validate_certs": "perhaps"}, "validate_certs must be true or false"),
        ({"api_key": 5}, "api_key must be a string"),
        ({"api_key": 123456789}, "'{{ variable }}'"),
        ({"expected_org_id": 12}, "expected_org_id must be a string, not of the type int"),
        ({"phone_numbers": 15551234567}, "quotes inside of the text"),
    ],
)
def test_invalid_arguments_are_refused(args: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidOptionsError, match=words):
        read_arguments({"api_key": "k", **args}, {})


def test_key_that_looks_like_a_number_is_not_shown() -> None:
    with pytest.raises(InvalidOptionsError) as caught:
        read_arguments({"api_key": 123456789}, {})
    assert "123456789" not in str(caught.value)


def test_schema_and_guide_have_the_fields_of_the_resource() -> None:
    values = SCHEMA["$defs"]["values"]
    assert tuple(values["required"]) == tuple(values["properties"]) == NAMES
    guide = (Path(__file__).parents[3] / "docs/docsite/rst/guide_events.rst").read_text("utf-8")
    assert [name for name in NAMES if f"``{name}``" not in guide] == []


def test_connection_arguments_come_from_the_environment() -> None:
    environ = {"BLACKBOX_API_KEY": "k", "BLACKBOX_VALIDATE_CERTS": "no", "BLACKBOX_API_TIMEOUT": "5"}
    connection = read_arguments({"api_timeout": None, "phone_numbers": "+1"}, environ).connection
    assert (connection["api_key"], connection["validate_certs"], connection["api_timeout"]) == ("k", False, 5.0)
    assert connection["api_retries"] == 4


def test_omitted_arguments_are_what_is_documented() -> None:
    documentation = yaml.safe_load(runpy.run_path(str(SOURCE))["DOCUMENTATION"])
    documented = {name: option["default"] for name, option in documentation["options"].items() if "default" in option}
    arguments = read_arguments({"api_key": "k"}, {})
    omitted = {**arguments._asdict(), **arguments.connection}
    assert {name: omitted[name] for name in documented} == documented


def test_event_loop_is_not_blocked_by_a_request_that_hangs_and_cancelling_is_quick(numbers: Emulator) -> None:
    numbers.fault({"match": {"method": "GET"}, "times": None, "fault": {"hang": 60}})

    async def play() -> tuple[float, float]:
        args = {"api_url": numbers.url, "api_key": numbers.key}
        main = runpy.run_path(str(SOURCE))["main"]
        task = asyncio.create_task(main(Recorder(), args))
        longest, last = 0.0, time.monotonic()
        for _tick in range(50):
            await asyncio.sleep(0.01)
            longest, last = max(longest, time.monotonic() - last), time.monotonic()
        start = time.monotonic()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return longest, time.monotonic() - start

    threads = threading.active_count()
    longest, cancelling = asyncio.run(play())
    assert longest < GONE_QUIET
    assert cancelling < GONE_QUIET
    assert threading.active_count() <= threads + 2


def test_cancelled_source_sends_nothing_more_and_closes_its_connections() -> None:
    async def play(source: polling.PhoneNumberSource, server: ScriptedServer) -> None:
        task = asyncio.create_task(source.run(Recorder()))
        while len(server.requests) < 3:
            await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    with serve(response(status="503 Service Unavailable"), repeat=True) as server:
        args = {"api_key": "k", "api_url": server.url, "api_retries": 1000, "api_retry_max_delay": 0.01}
        source = polling.PhoneNumberSource(read_arguments(args, {}))
        threads = set(threading.enumerate())
        asyncio.run(asyncio.wait_for(play(source, server), 30))
        # One polls, and the server has one for each connection that is open.
        started = set(threading.enumerate()) - threads
        for thread in started:
            thread.join(2)
        assert not any(thread.is_alive() for thread in started)


def test_pauses_double_after_failures_up_to_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(polling.random, "uniform", lambda low, high: 1.0)
    arguments = read_arguments({"api_key": "k", "interval": 30}, {})
    source = polling.PhoneNumberSource(arguments)
    assert [source._pause(failures) for failures in (0, 1, 2, 3, 4, 1000)] == [30, 60, 120, 240, 300, 300]
    slow = polling.PhoneNumberSource(arguments._replace(interval=600.0))
    assert slow._pause(5) == 600


@pytest.mark.parametrize(("random", "pause"), [(min, 27), (max, 33)])
def test_pauses_vary_by_a_tenth(monkeypatch: pytest.MonkeyPatch, random: Callable[..., float], pause: float) -> None:
    monkeypatch.setattr(polling.random, "uniform", random)
    source = polling.PhoneNumberSource(read_arguments({"api_key": "k", "interval": 30}, {}))
    assert source._pause(0) == pytest.approx(pause)


def test_events_that_nobody_took_are_emitted_again(numbers: Emulator) -> None:
    """A source that is interrupted while it hands over events has not advanced."""
    arguments = read_arguments({"api_key": numbers.key, "api_url": numbers.url, "emit_initial": "all"}, {})
    source = polling.PhoneNumberSource(arguments)

    class Full:
        async def put(self, event: dict[str, Any]) -> None:
            raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(source._emit(Full(), source._list()))
    recorder = Recorder()
    asyncio.run(source._emit(recorder, source._list()))
    assert len(recorder.events) == 2


def test_memory_is_bounded_by_the_fleet(emulator: Emulator) -> None:
    emulator.seed({"phone_numbers": [{"phoneNumber": f"+{n}", "credentialsId": TRUNK} for n in range(10_000, 12_000)]})
    source = polling.PhoneNumberSource(read_arguments({"api_key": emulator.key, "api_url": emulator.url}, {}))
    recorder = Recorder()
    sizes = []
    tracemalloc.start()
    for _poll in range(6):
        asyncio.run(source._emit(recorder, source._list()))
        sizes.append(tracemalloc.get_traced_memory()[0])
    tracemalloc.stop()
    assert recorder.events == []
    assert max(sizes[2:]) < 1.1 * sizes[1]
