# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is shown is shown by ansible-playbook itself, and only if that can harm nothing."""

from __future__ import annotations

import io
import multiprocessing
import os
import pickle
import select
import sys
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.dasha.blackbox.plugins.plugin_utils import _ansible_internals
from ansible_collections.dasha.blackbox.plugins.plugin_utils._ansible_internals import (
    show_progress,
    show_verbose,
    show_warning,
)
from unit.doors.playbooks import unwritable

pytestmark = pytest.mark.action_door

LINE = "[host1] sip_phone_numbers: 1 of 2 written"


@pytest.fixture
def logged(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, bool]]:
    """What `Display` is to display, and whether only in its log."""
    found: list[tuple[str, bool]] = []
    monkeypatch.setattr(
        _ansible_internals.display, "display", lambda text, log_only=False, **how: found.append((text, log_only))
    )
    return found


def test_progress_goes_to_standard_error_and_to_the_log(
    logged: list[tuple[str, bool]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with (tmp_path / "stderr").open("w", encoding="ascii") as stream:
        monkeypatch.setattr(sys, "stderr", stream)
        show_progress(LINE)
        show_progress("[Zürich] x")
    assert (tmp_path / "stderr").read_text() == f"{LINE}\n[Z?rich] x\n"
    assert logged == [(LINE, True), ("[Zürich] x", True)]


@pytest.mark.parametrize("kind", ["full device", "pipe without reader", "full pipe"])
def test_progress_that_cannot_be_written_leaves_nothing_behind(
    logged: list[tuple[str, bool]], monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    with unwritable(kind) as file, os.fdopen(file, "w", closefd=False) as stream:
        monkeypatch.setattr(sys, "stderr", stream)
        show_progress(LINE)
        # As when the process ends; it would fail, or wait for ever, if something were kept.
        stream.flush()
    assert logged == [(LINE, True)]


def closed_stream() -> Any:
    stream = io.StringIO()
    stream.close()
    return stream


@pytest.mark.parametrize("stream", [None, io.StringIO(), closed_stream()], ids=["none", "no file", "closed"])
def test_progress_without_standard_error_is_only_logged(
    logged: list[tuple[str, bool]], monkeypatch: pytest.MonkeyPatch, stream: Any
) -> None:
    monkeypatch.setattr(sys, "stderr", stream)
    show_progress(LINE)
    assert logged == [(LINE, True)]


@pytest.mark.parametrize("error", [BrokenPipeError(), OSError(28, "No space left"), ValueError("closed")], ids=repr)
def test_verbose_text_that_cannot_be_shown_is_dropped(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    shown = []

    def fail(text: str, host: str | None = None) -> None:
        shown.append((text, host))
        raise error

    monkeypatch.setattr(_ansible_internals.display, "vvv", fail)
    show_verbose("text", "host1")
    assert shown == [("text", "host1")]


@pytest.mark.parametrize("kind", ["pipe without reader", "full pipe"])
def test_warning_that_cannot_be_written_is_dropped(monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    monkeypatch.setattr(_ansible_internals, "DEFERS_WARNINGS", False)
    monkeypatch.setattr(_ansible_internals.display, "warning", pytest.fail)
    with unwritable(kind) as file, os.fdopen(file, "w", closefd=False) as stream:
        monkeypatch.setattr(sys, "stderr", stream)
        show_warning("text")


def fail_to_write(text: str) -> None:
    raise OSError(28, "No space left")


@pytest.mark.parametrize("stream", [io.StringIO(), sys.__stderr__], ids=["in memory", "file"])
def test_warning_is_shown_by_ansible(monkeypatch: pytest.MonkeyPatch, stream: Any) -> None:
    shown: list[str] = []
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setattr(_ansible_internals.display, "warning", shown.append)
    for defers in (True, False):
        monkeypatch.setattr(_ansible_internals, "DEFERS_WARNINGS", defers)
        show_warning("text")
    assert shown == ["text"] * 2
    monkeypatch.setattr(_ansible_internals.display, "warning", fail_to_write)
    show_warning("text")


# As a worker


class Queue:
    """What a worker of ansible-playbook sends to its parent."""

    def __init__(self) -> None:
        self.receive, self._send = multiprocessing.Pipe(duplex=False)

    def send_display(self, method: str, *args: Any, **how: Any) -> None:
        self._send.send((method, args, how))


def work(queue: Queue) -> None:
    _ansible_internals.display.set_queue(queue)
    show_progress(LINE)
    show_verbose("text", "host1")
    show_warning("attention")


@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
def test_worker_shows_by_its_parent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_ansible_internals, "DEFERS_WARNINGS", False)
    queue = Queue()
    worker = multiprocessing.get_context("fork").Process(target=work, args=(queue,))
    worker.start()
    verbose: list[Any] = []
    monkeypatch.setattr(_ansible_internals.display, "vvv", lambda *args, **how: verbose.append((args, how)))
    monkeypatch.setattr(_ansible_internals.display, "warning", lambda *args: verbose.append(args))
    readable, writable = os.pipe()
    with os.fdopen(readable), os.fdopen(writable, "w") as stream:
        monkeypatch.setattr(sys, "stderr", stream)
        # Whatever the parent then does with it: neither screen nor log.
        nothing = ("display", ("",), {"screen_only": True, "log_only": True})
        assert [queue.receive.recv() for _call in range(3)] == [nothing] * 3
        assert os.read(readable, 1000).decode() == f"{LINE}\n"
    assert verbose == [(("text",), {"host": "host1"}), ("attention",)]
    worker.join(30)
    assert worker.exitcode == 0


def test_call_is_made_once_for_each_time_it_is_received(logged: list[tuple[str, bool]]) -> None:
    sent = pickle.dumps(_ansible_internals._Call(_ansible_internals._write_progress, (LINE,)))
    assert logged == []
    assert (pickle.loads(sent), logged) == ("", [(LINE, True)])


def test_terminal_that_is_stopped_makes_nobody_wait(
    logged: list[tuple[str, bool]], monkeypatch: pytest.MonkeyPatch
) -> None:
    termios = pytest.importorskip("termios")
    terminal, end = os.openpty()
    termios.tcflow(end, termios.TCOOFF)
    assert not select.select([], [end], [], 0)[1]
    with os.fdopen(end, "w") as stream, os.fdopen(terminal):
        monkeypatch.setattr(sys, "stderr", stream)
        show_progress(LINE)
        termios.tcflow(end, termios.TCOON)
    assert logged == [(LINE, True)]
