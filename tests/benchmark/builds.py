# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The collection as it is and as it was, side by side, against a server that is never what takes the time."""

from __future__ import annotations

import contextlib
import io
import subprocess
import sys
import tarfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple
from urllib.request import urlopen

from fleets import run_with_memory
from processes import BenchmarkError, Measure, Run, megabytes, seconds, write_playbook
from stage import CHECKOUT, LATENCY, Stage, count_pages
from static_server import LINE, phone_number, trunk_name

# The last commit before trunks and numbers were planned together, files were read and listings were streams.
OLD_COMMIT = "dda3459"
OLD, NEW = "before", "now"
START_TIMEOUT = 120.0


class Server(NamedTuple):
    """A static server.

    Attributes:
        url: of the API.
        numbers, trunks: how many there are.
    """

    url: str
    numbers: int
    trunks: int

    def take_requests(self) -> int:
        """Return how many requests there were since the last call."""
        with urlopen(f"{self.url}/requests") as response:
            return int(response.read())


class Builds(NamedTuple):
    """Folders in which ansible-playbook finds one build of the collection each.

    Attributes:
        folders: by name.
        folder: for files.
    """

    folders: dict[str, Path]
    folder: Path

    def measure(
        self, build: str, name: str, tasks: list[dict[str, Any]], server: Server, most_requests: int
    ) -> Measure:
        """Return how to measure a playbook with one build.

        Args:
            name: of the playbook.
            most_requests: that it may send.
        """
        playbook = write_playbook(self.folder / f"{name}-{build}.yml".replace(" ", "-"), tasks)
        environment = {
            "ANSIBLE_COLLECTIONS_PATH": str(self.folders[build]),
            "BLACKBOX_API_KEY": "static",
            "BLACKBOX_API_URL": server.url,
        }

        def check(run: Run) -> None:
            requests = server.take_requests()
            if requests > most_requests:
                raise BenchmarkError(f"{name}: {requests} requests, and not at most {most_requests}")

        return Measure(lambda: run_with_memory(playbook, environment=environment), check, lambda: None)


@contextlib.contextmanager
def static_server(folder: Path, numbers: int, trunks: int = 1) -> Iterator[Server]:
    """Start a static server, and end it at the end.

    Raises:
        BenchmarkError: it did not start.
    """
    port = folder / f"port-{numbers}-{trunks}"
    program = Path(__file__).with_name("static_server.py")
    sizes = ["--numbers", str(numbers), "--trunks", str(trunks), "--latency", str(LATENCY)]
    process = subprocess.Popen([sys.executable, program, "--port-file", port, *sizes])
    try:
        due = time.monotonic() + START_TIMEOUT
        while not port.exists():
            if process.poll() is not None or time.monotonic() > due:
                raise BenchmarkError("the static server did not start")
            time.sleep(0.1)
        yield Server(f"http://127.0.0.1:{port.read_text()}", numbers, trunks)
    finally:
        process.terminate()
        process.wait()
        port.unlink(missing_ok=True)


def builds(stage: Stage) -> Builds:
    """Return both builds."""
    folders = {build: stage.folder / "builds" / build for build in (OLD, NEW)}
    places = {build: folder / "ansible_collections/dasha" for build, folder in folders.items()}
    if not places[OLD].exists():
        archive = subprocess.run(
            ["git", "-C", CHECKOUT, "archive", OLD_COMMIT, "plugins", "roles", "meta", "galaxy.yml"],
            check=True,
            stdout=subprocess.PIPE,
        ).stdout
        for place in places.values():
            place.mkdir(parents=True)
        with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
            tar.extractall(places[OLD] / "blackbox", filter="data")
        (places[NEW] / "blackbox").symlink_to(CHECKOUT)
    return Builds(folders, stage.folder)


def entries(numbers: Sequence[int]) -> list[dict[str, str]]:
    """Return entries that are as the server lists them."""
    return [
        {
            "phone_number": phone_number(index),
            "display_name": LINE["displayName"],
            "description": LINE["description"],
        }
        for index in numbers
    ]


def list_task(folder: Path, count: int) -> dict[str, Any]:
    """Return a task with a list in YAML that Ansible reads, as every version of the collection takes it."""
    file = folder / f"{count}.yml"
    # Not by PyYAML, which takes minutes for a million.
    file.write_text("".join(f"- {_flow(entry)}\n" for entry in entries(range(count))))
    listed = f"{{{{ lookup('ansible.builtin.file', '{file}') | from_yaml }}}}"
    return _fleet(phone_numbers=listed)


def file_task(folder: Path, count: int) -> dict[str, Any]:
    """Return a task that reads the same list from a CSV file."""
    file = folder / f"{count}.csv"
    rows = [
        f'{entry["phone_number"]},{entry["display_name"]},"{entry["description"]}"' for entry in entries(range(count))
    ]
    file.write_text("\n".join(["phone_number,display_name,description", *rows, ""]))
    return _fleet(phone_numbers_file=str(file))


def pages_and_trunks(server: Server) -> int:
    """Return how many requests it takes to list all numbers, and all trunks for their names."""
    return count_pages(server.numbers) + count_pages(server.trunks)


def figures(runs: dict[str, list[Run]]) -> dict[str, dict[str, Any]]:
    """Return the median seconds, the most memory, and the seconds of each run."""
    return {
        name: {"seconds": seconds(done), "megabytes": megabytes(done), "runs": [round(run.seconds, 2) for run in done]}
        for name, done in runs.items()
    }


def compare(found: dict[str, dict[str, Any]], old: str, new: str, goals: tuple[float, float]) -> list[str]:
    """Return what a person reads about two measures.

    Args:
        goals: how many times the time and the memory of the old one the new one may take.
    """
    shown = [f"{name:48} {found[name]['seconds']:8.2f} s  {found[name]['megabytes']:6.0f} MB" for name in (old, new)]
    time_ratio, memory = (found[new][unit] / found[old][unit] for unit in ("seconds", "megabytes"))
    ratios = f"{time_ratio:8.2f}    {memory:6.2f}"
    return [*shown, f"{'  ratios':48} {ratios}      targets: at most {goals[0]:g} and {goals[1]:g}"]


def _fleet(**options: Any) -> dict[str, Any]:
    return {"dasha.blackbox.sip_phone_numbers": {"trunk": trunk_name(0), **options}}


def _flow(entry: dict[str, str]) -> str:
    return "{" + ", ".join(f'{option}: "{value}"' for option, value in entry.items()) + "}"
