# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs ansible-playbook on a few hosts of the local connection."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import yaml

from emulator.client import Emulator

KEY = "key-of-org-1-5f0c9e72ab"
KEYS = {f"host{n}": f"key-of-org-{n}-7d31be48c{n}" for n in range(2, 6)}
KEY_ARGUMENTS = [
    argument for number, key in enumerate([KEY, *KEYS.values()], 1) for argument in ("--key", f"{key}=org-{number}")
]
INVENTORY = f"""\
[all:vars]
ansible_connection=local
ansible_python_interpreter={sys.executable}
[all]
"""
# Prints one JSON document at the end, like the callback `json` of the collection ansible.posix.
ONE_DOCUMENT = """\
from __future__ import annotations
import json
from ansible.plugins.callback import CallbackBase
DOCUMENTATION = "name: one_document\\ntype: stdout\\nshort_description: one document\\ndescription: [One document.]\\n"
class CallbackModule(CallbackBase):
    CALLBACK_VERSION, CALLBACK_TYPE, CALLBACK_NAME = 2.0, "stdout", "one_document"
    def __init__(self):
        super().__init__()
        self.results = []
    def _note(self, result, **_how):
        task = getattr(result, "task", None) or result._task
        self.results.append([task.get_name(), getattr(result, "result", None) or result._result])
    v2_runner_on_ok = v2_runner_on_failed = v2_runner_on_skipped = _note
    def v2_playbook_on_stats(self, stats):
        print(json.dumps(self.results, default=str))
"""


@contextlib.contextmanager
def unwritable(kind: str) -> Iterator[int]:
    """Yield a file descriptor to which nothing can be written.

    Args:
        kind: `full device`, `pipe without reader` or `full pipe`.
    """
    files = [os.open("/dev/full", os.O_WRONLY)] if kind == "full device" else [*os.pipe()]
    if kind == "pipe without reader":
        os.close(files.pop(0))
    if kind == "full pipe":
        os.set_blocking(files[-1], False)
        with contextlib.suppress(BlockingIOError):
            while True:
                os.write(files[-1], bytes(4096))
        os.set_blocking(files[-1], True)
    try:
        yield files[-1]
    finally:
        for file in files:
            os.close(file)


def kill_group(process: subprocess.Popen[str]) -> None:
    """Kill a process that leads a group, and its group, if it still runs. Later, its number may be that of another."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate(timeout=30)


class Project:
    """A folder with an inventory, and the environment of a user's run against an emulator."""

    def __init__(self, folder: Path, emulator: Emulator) -> None:
        self.folder = folder
        self.emulator = emulator
        self.log = folder / "ansible.log"
        (folder / "plugins").mkdir()
        (folder / "plugins/one_document.py").write_text(ONE_DOCUMENT)

    def environment(self, **variables: str) -> dict[str, str]:
        inherited = {
            name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "BLACKBOX_"))
        }
        return {
            **inherited,
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(self.folder),
            "ANSIBLE_HOME": str(self.folder / ".ansible"),
            "ANSIBLE_ASYNC_DIR": str(self.folder / ".ansible_async"),
            "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_CALLBACK_PLUGINS": str(self.folder / "plugins"),
            "ANSIBLE_FORKS": "10",
            "BLACKBOX_API_URL": self.emulator.url,
            "BLACKBOX_API_KEY": KEY,
            **variables,
        }

    def write(self, plays: list[dict[str, Any]] | str, hosts: dict[str, str] | None = None) -> None:
        """Write a playbook, and an inventory of hosts and their variables."""
        text = plays if isinstance(plays, str) else yaml.safe_dump(plays, sort_keys=False, width=1000)
        (self.folder / "playbook.yml").write_text(text)
        lines = [f"{host} {variables}\n" for host, variables in (hosts or {"host1": ""}).items()]
        (self.folder / "inventory").write_text(INVENTORY + "".join(lines))

    def start(self, *arguments: str, **how: Any) -> subprocess.Popen[str]:
        """Start ansible-playbook, in a process group of its own."""
        files = ["-i", str(self.folder / "inventory"), str(self.folder / "playbook.yml")]
        command = [sys.executable, "-m", "ansible", "playbook", *files, *arguments]
        variables = how.pop("variables", {})
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "stdin": subprocess.DEVNULL}
        # A job in the background starts with SIGINT ignored, and hands that on.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        return subprocess.Popen(
            command,
            env=self.environment(**variables),
            text=True,
            start_new_session=True,
            **{"cwd": self.folder, **pipes, **how},
        )

    def run(self, *arguments: str, status: int = 0, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run ansible-playbook, which has to end with this status."""
        with self.start(*arguments, variables=variables) as process:
            stdout, stderr = process.communicate(timeout=120)
        assert process.returncode == status, stdout + stderr
        return subprocess.CompletedProcess(process.args, process.returncode, stdout, stderr)

    def wait_for(self, condition: Callable[[], bool], timeout: float = 30) -> None:
        deadline = time.monotonic() + timeout
        while not condition():
            assert time.monotonic() < deadline, "it did not happen in time"
            time.sleep(0.05)

    def check_silence(self, seconds: float = 1.5) -> None:
        """Check that nothing is sent to the emulator any more."""
        assert self.is_silent(seconds)

    def is_silent(self, seconds: float = 1.5) -> bool:
        """Whether nothing is sent to the emulator for some seconds."""
        sent = len(self.emulator.requests())
        time.sleep(seconds)
        return len(self.emulator.requests()) == sent

    def numbers(self, organization: str = "org-1") -> list[dict[str, Any]]:
        found = self.emulator.state()["organizations"][organization].get("phone_numbers", [])
        return sorted(found, key=lambda number: str(number["phoneNumber"]))
