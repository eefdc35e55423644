# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A task can be interrupted wherever it hangs, and connections are kept only for tasks that may use them."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from ansible_collections.dasha.blackbox.plugins.module_utils._common.redaction import Redactor
from ansible_collections.dasha.blackbox.plugins.module_utils._running import connection, operation
from ansible_collections.dasha.blackbox.plugins.module_utils._running.connection import TransportCache, connect
from ansible_collections.dasha.blackbox.plugins.plugin_utils import _direct, _interruptible
from ansible_collections.dasha.blackbox.plugins.plugin_utils._interruptible import run_interruptibly
from emulator.client import Emulator
from unit.action_harness import run_action
from unit.harness import NUMBER_ID, TRUNK

pytestmark = pytest.mark.action_door

PAIR = {"phone_number": "+15551234567", "credentials_id": TRUNK}
GRACE = 0.4


class TaskTimeoutError(BaseException):
    """What an interrupt raises in the main thread."""


def ignore() -> None:
    pass


@contextlib.contextmanager
def interrupted_when(condition: Callable[[], bool]) -> Iterator[None]:
    """Interrupt the main thread by a signal, as the keyword `timeout` does, as soon as a condition holds."""

    def interrupt(*_args: Any) -> None:
        raise TaskTimeoutError

    def watch() -> None:
        deadline = time.monotonic() + 20
        while not condition() and time.monotonic() < deadline and not done.is_set():
            time.sleep(0.02)
        # Time to begin to wait for what the request leads to.
        time.sleep(0.1)
        if not done.is_set():
            signal.pthread_kill(main, signal.SIGALRM)

    done, main = threading.Event(), threading.get_ident()
    before = signal.signal(signal.SIGALRM, interrupt)
    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()
        signal.signal(signal.SIGALRM, before)


# The work and its thread


def test_result_passes_through() -> None:
    assert run_interruptibly(lambda stop: (stop.is_set(), threading.current_thread().daemon), ignore) == (False, True)


@pytest.mark.parametrize(
    "exception", [ValueError("x"), KeyboardInterrupt(), SystemExit(3), TaskTimeoutError()], ids=repr
)
def test_exception_of_the_work_passes_through(exception: BaseException) -> None:
    def work(stop: threading.Event) -> None:
        raise exception

    with pytest.raises(type(exception)) as caught:
        run_interruptibly(work, ignore)
    assert caught.value is exception


def test_tick_runs_in_the_calling_thread_while_the_work_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_interruptible, "TICK", 0.01)
    enough = threading.Event()
    ticks: list[int] = []

    def tick() -> None:
        ticks.append(threading.get_ident())
        if len(ticks) == 3:
            enough.set()

    assert run_interruptibly(lambda stop: enough.wait(5), tick) is True
    assert set(ticks) == {threading.get_ident()}


def test_exception_of_the_tick_stops_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_interruptible, "TICK", 0.01)
    stopped: list[bool] = []

    def tick() -> None:
        raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        run_interruptibly(lambda stop: stopped.append(stop.wait(5)), tick)
    assert stopped == [True]


def test_work_goes_on_in_the_calling_thread_if_the_system_allows_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    def start(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", start)
    ran_in, is_stopped = run_interruptibly(lambda stop: (threading.get_ident(), stop.is_set()), ignore)
    assert (ran_in, is_stopped) == (threading.get_ident(), False)


def test_interrupt_waits_for_work_that_ends_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_interruptible, "GRACE", 5)
    started, ended = threading.Event(), threading.Event()

    def work(stop: threading.Event) -> None:
        started.set()
        stop.wait()
        time.sleep(0.2)
        ended.set()

    with pytest.raises(TaskTimeoutError), interrupted_when(started.is_set):
        run_interruptibly(work, ignore)
    assert ended.is_set()


def test_interrupt_does_not_wait_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_interruptible, "GRACE", GRACE)
    started, release = threading.Event(), threading.Event()

    def work(stop: threading.Event) -> None:
        started.set()
        release.wait(20)

    start = time.monotonic()
    with pytest.raises(TaskTimeoutError), interrupted_when(started.is_set):
        run_interruptibly(work, ignore)
    assert GRACE <= time.monotonic() - start < GRACE + 2
    release.set()


# A task and its requests


class Hang(NamedTuple):
    """Where a task hangs.

    Attributes:
        requests: how many requests it sends before.
    """

    name: str
    module: str
    options: dict[str, Any]
    requests: int
    faults: list[dict[str, Any]] = []
    settings: dict[str, Any] = {}


def fault(fault: dict[str, Any], **match: Any) -> dict[str, Any]:
    return {"match": match, "times": None, "fault": fault}


LIMITED = {"status": 429, "headers": {"Retry-After": "30"}}
FLEET = {"phone_numbers": [{"phone_number": f"+{n}"} for n in range(40)], "credentials_id": TRUNK, "concurrency": 8}
HANGS = [
    Hang("read", "sip_phone_number", PAIR, 1, [fault({"hang": 2})]),
    Hang("write", "sip_phone_number", PAIR, 2, [fault({"hang": 2, "done": True}, method="POST")]),
    Hang("slow response", "sip_phone_number", PAIR, 1, [fault({"drip": 0.02})]),
    Hang("backoff after 429", "sip_phone_number", PAIR, 1, [fault(LIMITED)]),
    Hang("backoff after 503", "sip_phone_number", PAIR, 1, [fault({"status": 503, "headers": {"Retry-After": "30"}})]),
    Hang("throttle", "sip_phone_numbers", FLEET, 2, [fault(LIMITED, method="POST")]),
    Hang("fleet of hung writes", "sip_phone_numbers", FLEET, 9, [fault({"hang": 2}, method="POST")]),
    Hang("fleet of slow writes", "sip_phone_numbers", FLEET, 20, settings={"latency": 0.1}),
    Hang("page", "sip_phone_number_info", {}, 3, [fault({"hang": 2}, query={"skip": 2})], {"max_take": 1}),
    Hang(
        "registration",
        "sip_phone_number",
        {**PAIR, "registration": True, "wait_for_registration": True, "wait_timeout": 60},
        3,
        settings={"registration_stuck": ["+15551234567"]},
    ),
    Hang(
        "registrations",
        "sip_phone_numbers",
        {"phone_numbers": [{**PAIR, "registration": True}, {**PAIR, "phone_number": "+1", "registration": True}]}
        | {"wait_for_registration": True, "wait_timeout": 60},
        4,
        settings={"registration_stuck": ["+15551234567", "+1"]},
    ),
]


@pytest.mark.parametrize("hang", HANGS, ids=lambda hang: hang.name)
def test_interrupt_ends_a_task_wherever_it_hangs(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, hang: Hang
) -> None:
    monkeypatch.setattr(_interruptible, "GRACE", GRACE)
    emulator.set(**hang.settings)
    emulator.fault(*hang.faults)
    if hang.name == "page":
        emulator.seed({"generate": {"numbers": 9, "trunks": 1}})
    options = {"api_key": emulator.key, "api_url": emulator.url, "api_retry_max_delay": 60, **hang.options}
    environment = {"BLACKBOX_API_TIMEOUT": "25"}
    before, folder = dict(os.environ), Path.cwd()

    with pytest.raises(TaskTimeoutError), interrupted_when(lambda: len(emulator.requests()) >= hang.requests):
        run_action(hang.module, options, keywords={"environment": environment}, folder=str(tmp_path))

    assert _direct.transports._transport is None
    assert (dict(os.environ), Path.cwd()) == (before, folder)
    # Those in flight may have been sent just before the interrupt.
    sent = len(emulator.requests())
    time.sleep(2.2 if "hang" in str(hang.faults) else 1)
    assert len(emulator.requests()) == sent


def test_interrupted_fleet_converges(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_interruptible, "GRACE", GRACE)
    emulator.fault({"match": {"method": "POST"}, "skip": 5, "times": None, "fault": {"hang": 1, "done": True}})
    options = {"api_key": emulator.key, "api_url": emulator.url, **FLEET}
    with pytest.raises(TaskTimeoutError), interrupted_when(lambda: len(emulator.requests()) >= 9):
        run_action("sip_phone_numbers", options)
    time.sleep(1)
    emulator.clear_faults()
    result = run_action("sip_phone_numbers", options)
    assert (result["failed"], result["summary"]["failed"]) == (False, 0)
    assert 0 < result["summary"]["created"] < 40
    stored = [number["phoneNumber"] for number in emulator.state()["organizations"]["org-1"]["phone_numbers"]]
    assert sorted(stored) == sorted(f"+{n}" for n in range(40))


# Kept connections


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


class FakeTransport:
    closed = False

    def close(self) -> None:
        self.closed = True


def test_transport_is_kept_for_the_same_key_and_closed_when_replaced() -> None:
    cache = TransportCache(Clock())
    first: Any = cache.get("a", FakeTransport)
    assert cache.get("a", FakeTransport) is first
    second: Any = cache.get("b", FakeTransport)
    assert (first.closed, second.closed) == (True, False)
    assert cache.get("a", FakeTransport) is not first
    assert second.closed is True


@pytest.mark.parametrize(("idle", "kept"), [(0, True), (9.9, True), (10.1, False), (1000, False)])
def test_transport_that_is_idle_too_long_is_replaced(idle: float, kept: bool) -> None:
    clock = Clock()
    cache = TransportCache(clock)
    first: Any = cache.get("a", FakeTransport)
    clock.now += idle
    assert (cache.get("a", FakeTransport) is first) is kept
    assert first.closed is not kept


def test_idle_time_counts_from_the_last_use() -> None:
    clock = Clock()
    cache = TransportCache(clock)
    first = cache.get("a", FakeTransport)
    for _task in range(5):
        clock.now += 8
        assert cache.get("a", FakeTransport) is first


def test_dropped_transport_is_closed() -> None:
    cache = TransportCache(Clock())
    first: Any = cache.get("a", FakeTransport)
    cache.drop()
    cache.drop()
    assert first.closed is True
    assert cache.get("a", FakeTransport) is not first


def test_failure_to_make_a_transport_keeps_none() -> None:
    cache = TransportCache(Clock())
    first: Any = cache.get("a", FakeTransport)

    def fail() -> Any:
        raise OSError

    with pytest.raises(OSError):
        cache.get("b", fail)
    assert first.closed is True
    assert cache.get("b", FakeTransport) is not None


BASE = {
    **{name: details.get("default") for name, details in connection.CONNECTION_OPTIONS.items()},
    "api_key": "key",
    "api_url": "https://a.example",
}


@pytest.fixture
def transport_for() -> Iterator[Callable[..., Any]]:
    cache = TransportCache()

    def transport_for(connections: int = 8, **options: Any) -> Any:
        return connect({**BASE, **options}, Redactor(), connections, transports=cache)._transport

    yield transport_for
    cache.drop()


def test_connection_is_kept_for_the_same_options(transport_for: Callable[..., Any]) -> None:
    kept = transport_for()
    assert transport_for() is kept
    assert transport_for(api_url="https://a.example/") is kept
    assert transport_for(api_timeout=1.0, api_retries=0, api_retry_max_delay=1.0) is kept


@pytest.mark.parametrize(
    "options",
    [
        {"api_key": "other"},
        {"api_url": "https://b.example"},
        {"api_url": "https://a.example:8443"},
        {"validate_certs": False},
        {"ca_path": os.path.abspath(__file__)},
        {"connections": 2},
    ],
    ids=str,
)
def test_connection_is_never_kept_for_other_options(transport_for: Callable[..., Any], options: dict[str, Any]) -> None:
    kept = transport_for()
    assert transport_for(**options) is not kept


@pytest.mark.parametrize("name", sorted(connection.NETWORK_VARIABLES) + ["https_proxy", "no_proxy", "all_proxy"])
def test_connection_is_never_kept_for_other_proxies_or_bundles(
    transport_for: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    kept = transport_for()
    monkeypatch.setenv(name, "http://127.0.0.1:9")
    proxied = transport_for()
    assert proxied is not kept
    assert transport_for() is proxied
    monkeypatch.setenv(name, "http://127.0.0.1:10")
    assert transport_for() is not proxied


def test_connection_is_never_kept_across_processes_and_folders(
    transport_for: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    kept = transport_for()
    monkeypatch.chdir(tmp_path)
    moved = transport_for()
    assert moved is not kept
    monkeypatch.setattr(os, "getpid", lambda: 1)
    assert transport_for() is not moved


@pytest.fixture
def kept_connections() -> Iterator[None]:
    _direct.transports.drop()
    yield
    _direct.transports.drop()


def senders(emulator: Emulator) -> list[tuple[Any, str]]:
    """Return the connection and the key of each request."""
    return [
        (sent["connection"], next(value for name, value in sent["headers"] if name.lower() == "authorization"))
        for sent in emulator.requests()
    ]


@pytest.mark.usefixtures("kept_connections")
def test_items_of_a_loop_share_one_connection(emulator: Emulator) -> None:
    options = {"api_key": emulator.key, "api_url": emulator.url, "credentials_id": TRUNK}
    for item in range(5):
        run_action("sip_phone_number", {**options, "phone_number": f"+{item}"})
    run_action("sip_phone_number_info", {"api_key": emulator.key, "api_url": emulator.url})
    assert len(senders(emulator)) == 11
    assert len({sender for sender, key in senders(emulator)}) == 1


@pytest.mark.usefixtures("kept_connections")
def test_keys_of_a_loop_do_not_mix() -> None:
    keys = ["first-key", "second-key", "second-key", "first-key", "first-key"]
    with Emulator.start("--exit-with-parent", "--quiet", "--key", "first-key=one", "--key", "second-key=two") as both:
        for key in keys:
            assert run_action("sip_phone_number_info", {"api_key": key, "api_url": both.url})["failed"] is False
        seen = senders(both)
    assert [key for sender, key in seen] == [f"Bearer {key}" for key in keys]
    connections = [sender for sender, key in seen]
    assert connections[1] == connections[2] and connections[3] == connections[4]
    assert len(set(connections)) == 3


@pytest.mark.usefixtures("kept_connections")
def test_connection_that_the_server_closed_is_replaced(emulator: Emulator) -> None:
    options = {"api_key": emulator.key, "api_url": emulator.url, "api_retries": 0}
    assert run_action("sip_phone_number_info", options)["failed"] is False
    emulator.fault({"match": {}, "times": 1, "fault": {"drop": "before"}})
    assert run_action("sip_phone_number_info", options)["failed"] is True
    assert run_action("sip_phone_number_info", options)["failed"] is False


@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
@pytest.mark.usefixtures("kept_connections")
def test_forked_process_opens_a_connection_of_its_own(emulator: Emulator) -> None:
    options = {"api_key": emulator.key, "api_url": emulator.url}
    run_action("sip_phone_number_info", options)
    child = os.fork()
    if not child:
        status = 1
        try:
            status = int(run_action("sip_phone_number_info", options)["failed"])
        finally:
            os._exit(status)
    assert os.waitpid(child, 0)[1] == 0
    run_action("sip_phone_number_info", options)
    parent, forked, parent_again = [sender for sender, key in senders(emulator)]
    assert forked != parent
    assert parent_again == parent


@pytest.mark.usefixtures("kept_connections")
@pytest.mark.parametrize(
    ("module", "options", "failed"),
    [
        ("sip_phone_number_info", {"ca_path": "bundle.pem"}, False),
        ("sip_phone_number_info", {"ca_path": "other.pem"}, True),
        ("sip_phone_number", {"id": NUMBER_ID}, True),
        ("sip_phone_number", {"x": 1}, True),
    ],
)
def test_task_runs_in_the_folder_of_the_playbook_and_leaves_no_trace(
    emulator: Emulator, tmp_path: Path, module: str, options: dict[str, Any], failed: bool
) -> None:
    (tmp_path / "bundle.pem").touch()
    before, current = dict(os.environ), Path.cwd()
    variables = {"BLACKBOX_API_KEY": emulator.key, "BLACKBOX_API_URL": emulator.url, "no_proxy": "example.com"}
    result = run_action(module, options, keywords={"environment": variables}, folder=str(tmp_path))
    assert result["failed"] is failed
    assert (dict(os.environ), Path.cwd()) == (before, current)


@pytest.fixture
def removable_folder(tmp_path: Path) -> Iterator[Path]:
    """The current folder, which a test may remove."""
    folder, before = tmp_path / "current", Path.cwd()
    folder.mkdir()
    os.chdir(folder)
    yield folder
    os.chdir(before)


@pytest.mark.usefixtures("kept_connections")
@pytest.mark.parametrize("ca_path", [None, "bundle.pem"])
def test_task_runs_although_its_folders_were_removed(
    emulator: Emulator, removable_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ca_path: str | None
) -> None:
    # Once the task has begun, for what stands for ansible-playbook here needs a folder to start in.
    monkeypatch.setattr(_direct, "reason_for_module", lambda *_task: removable_folder.rmdir())
    options = {"api_key": emulator.key, "api_url": emulator.url, "ca_path": ca_path}
    result = run_action("sip_phone_number", {**options, **PAIR}, folder=str(tmp_path / "removed"))
    assert result["changed"] is (ca_path is None)
    assert "ca_path" in result.get("msg", "ca_path")
    assert "Traceback" not in str(result)


@pytest.mark.usefixtures("kept_connections")
def test_result_survives_the_removal_of_the_folder(
    emulator: Emulator, removable_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def execute_and_remove(*args: Any, **how: Any) -> dict[str, Any]:
        result = operation.execute(*args, **how)
        removable_folder.rmdir()
        return result

    monkeypatch.setattr(_direct, "execute", execute_and_remove)
    options = {"api_key": emulator.key, "api_url": emulator.url}
    result = run_action("sip_phone_number", {**options, **PAIR}, folder=str(tmp_path))
    assert (result["failed"], result["changed"]) == (False, True)
