# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What README and guides tell the reader to run does run, in their order, from the installed collection."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import socket
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from emulator.client import Emulator
from unit.guides import SILENT_LANGUAGES, Step, read_guide

CHECKOUT = Path(__file__).parents[2]
GUIDES = [
    CHECKOUT / "README.md",
    CHECKOUT / "CONTRIBUTING.md",
    CHECKOUT / "roles/provision/README.md",
    CHECKOUT / "tests/emulator/README.md",
    *sorted(CHECKOUT.glob("docs/docsite/rst/*.rst")),
]
# What a new user reads before all others; these run in each run of the tests.
FIRST_READ = (CHECKOUT / "README.md", CHECKOUT / "docs/docsite/rst/guide_first_steps.rst")
# What the guides assume the reader's emulator to hold.
SEED = yaml.safe_load((CHECKOUT / "tests/emulator/seed.yml").read_text("utf-8"))
# In the guides; a test has to take some that are free.
PORTS = ("8089", "8090")
# A command that fails ends the block; curl takes an error answer for success unless it is told.
PREAMBLE = 'set -e; curl() { command curl --fail-with-body "$@"; }'
EXPORTED = ("ANSIBLE_", "BLACKBOX_")

pytestmark = pytest.mark.slow


class Reader:
    """A user's shell that follows a guide: a folder, a home directory with the collection in it, an emulator."""

    def __init__(self, folder: Path, emulator: Emulator) -> None:
        self.folder = folder
        self.emulator = emulator
        self.ports = {port: str(_free_port()) for port in PORTS}
        self.background: subprocess.Popen[str] | None = None
        self.output = ""
        self.exports = folder / "exports"
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(EXPORTED)},
            "HOME": str(folder / "home"),
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "BLACKBOX_API_URL": emulator.url,
            "BLACKBOX_API_KEY": emulator.key,
            "BLACKBOX_EMULATOR_PORT": self.ports[PORTS[0]],
            "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_CALLBACK_RESULT_FORMAT": "yaml",
        }

    def take(self, step: Step) -> None:
        if step.kind != "runnable":
            return
        what, _blank, words = step.words.partition(" ")
        text = re.sub("|".join(PORTS), lambda match: self.ports[match[0]], step.text)
        {
            "file": self.write,
            "play": self.play,
            "run": self.run,
            "fails": self.fail,
            "background": self.start,
            "output": self.compare,
        }[what](text, *filter(None, [words]))

    def write(self, text: str, name: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")

    def play(self, text: str) -> None:
        head = "- hosts: localhost\n  gather_facts: false\n  tasks:\n"
        self.write(head + textwrap.indent(text, "    "), "tasks.yml")
        self.run("ansible-playbook tasks.yml")

    def run(self, text: str) -> None:
        assert self._shell(text) == 0, self.output

    def fail(self, text: str) -> None:
        assert self._shell(text) != 0, self.output

    def start(self, text: str) -> None:
        """Start a command that goes on running, in place of an earlier one."""
        self.stop()
        self.background = subprocess.Popen(
            ["bash", "-c", f"exec {text}"], cwd=self.folder, env=self.environment, stdout=subprocess.PIPE, text=True
        )
        assert self.background.stdout is not None
        self.output = self.background.stdout.readline()
        assert "listening" in self.output

    def stop(self) -> None:
        if self.background:
            self.background.terminate()
            self.background.communicate()
            self.background = None

    def stop_emulators(self) -> None:
        """End what a playbook has started in the background."""
        for port in self.ports.values():
            with contextlib.suppress(OSError):
                Emulator(f"http://127.0.0.1:{port}", "").stop()

    def compare(self, text: str) -> None:
        rest = self.output
        for line in filter(None, map(str.strip, text.splitlines())):
            pattern = re.escape(line).replace(r"\.\.\.", ".*")
            found = re.search(rf"^[ \t]*{pattern}[ \t]*$", rest, re.MULTILINE)
            assert found, f"not there, or not in this order: {line}\n\n{self.output}"
            rest = rest[found.end() :]

    def _shell(self, text: str) -> int:
        process = subprocess.run(
            ["bash", "-c", f"{PREAMBLE}\n{text}\nenv -0 > {self.exports}"],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        self.output = process.stdout
        self._keep_exports()
        return process.returncode

    def _keep_exports(self) -> None:
        """What a reader exports in one block is there in the next one."""
        if self.exports.exists():
            pairs = [pair.split("=", 1) for pair in self.exports.read_text().split("\0") if pair]
            self.environment.update({name: value for name, value in pairs if name.startswith(EXPORTED)})
            self.exports.unlink()


@pytest.fixture
def reader(tmp_path: Path, collections: Path, emulator: Emulator) -> Iterator[Reader]:
    (tmp_path / "home/.ansible").mkdir(parents=True)
    (tmp_path / "home/.ansible/collections").symlink_to(collections)
    emulator.reset(seed=SEED)
    reader = Reader(tmp_path, emulator)
    yield reader
    reader.stop()
    reader.stop_emulators()


@pytest.mark.parametrize(
    "guide",
    [
        pytest.param(
            guide,
            id=str(guide.relative_to(CHECKOUT)),
            marks=() if guide in FIRST_READ else pytest.mark.thorough,
        )
        for guide in GUIDES
    ],
)
def test_guide_runs(reader: Reader, guide: Path) -> None:
    if "curl" in guide.read_text("utf-8") and not shutil.which("curl"):
        pytest.skip("the guide uses curl, which is not here")
    for step in read_guide(guide):
        reader.take(step)


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: str(guide.relative_to(CHECKOUT)))
def test_every_block_is_run_or_says_why_not(guide: Path) -> None:
    unmarked = [
        step.text for step in read_guide(guide) if not step.words and step.language.lower() not in SILENT_LANGUAGES
    ]
    assert unmarked == []


def _free_port() -> int:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        return int(server.getsockname()[1])
