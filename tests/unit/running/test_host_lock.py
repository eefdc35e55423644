# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lock among the processes of one machine."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.dasha.blackbox.plugins.module_utils._running import host_lock as locks
from ansible_collections.dasha.blackbox.plugins.module_utils._running.host_lock import host_lock

HOLDER = """
import sys, tempfile
from ansible_collections.dasha.blackbox.plugins.module_utils._running.host_lock import host_lock
with host_lock("trunk", lambda seconds: None, 0):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    return tmp_path


def pauses_while(name: str, limit: float = 0.5) -> int:
    """Return how often somebody has to wait for the lock."""
    pauses: list[float] = []
    with host_lock(name, pauses.append, limit):
        return len(pauses)


def test_lock_held_by_another_process_is_waited_for_and_then_ignored() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        assert pauses_while("trunk") == 5
        assert pauses_while("another trunk") == 0
        holder.kill()
    assert pauses_while("trunk") == 0


def test_lock_is_released_after_an_exception() -> None:
    with pytest.raises(KeyError), host_lock("trunk", lambda seconds: None, 0):
        raise KeyError
    assert pauses_while("trunk") == 0


def test_names_are_not_stored(folder: Path) -> None:
    with host_lock("secret key", lambda seconds: None, 0):
        (file,) = (path for path in folder.rglob("*") if path.is_file())
    assert (file.read_bytes(), "secret" in file.name) == (b"", False)
    assert file.stat().st_mode & 0o077 == file.parent.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("place", ["a file", "a link", "a file where the lock should be a link"])
def test_without_a_safe_place_there_is_no_lock(folder: Path, place: str, tmp_path_factory: Any) -> None:
    own = folder / f"dasha-blackbox-{os.getuid()}"
    if place == "a file":
        own.write_text("")
    elif place == "a link":
        own.symlink_to(tmp_path_factory.mktemp("elsewhere"))
    else:
        with host_lock("trunk", lambda seconds: None, 0):
            (file,) = own.iterdir()
        file.unlink()
        file.symlink_to(folder / "elsewhere")
    assert pauses_while("trunk") == 0
    assert not (folder / "elsewhere").exists()


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.ENOTSUP, errno.EINVAL, errno.EIO])
def test_file_system_without_locks_goes_on_at_once(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    def refuse(*args: Any) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("fcntl.flock", refuse)
    assert pauses_while("trunk") == 0


def test_platform_without_locks_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locks, "HAS_LOCKS", False)
    assert pauses_while("trunk") == 0
