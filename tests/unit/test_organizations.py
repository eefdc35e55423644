# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One host per organization: forks, the wrong key, and an inventory that is split into slices."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import ansible_runner
import pytest
import yaml

from emulator.client import Emulator

NAMES = [f"org-{letter}" for letter in "abcdefgh"]
SLICES = 2
NUMBERS = 5

pytestmark = pytest.mark.slow


@pytest.fixture
def organizations(emulator: Emulator) -> Iterator[Emulator]:
    parts = {name: {"keys": [f"key-{name}"], "credentials": [{"server": f"sip.{name}.example"}]} for name in NAMES}
    emulator.reset(seed={"organizations": parts}, settings={"latency": 0.01})
    yield emulator
    emulator.reset()


@pytest.fixture
def project(tmp_path: Path, organizations: Emulator) -> Path:
    """A project with one host for each organization."""
    hosts = {
        name: {
            "blackbox_api_key": f"key-{name}",
            "trunk": f"sip.{name}.example",
            "numbers": [{"phone_number": f"+1555000{number:04}"} for number in range(NUMBERS)],
        }
        for name in NAMES
    }
    local = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
    play = {
        "hosts": "all",
        "gather_facts": False,
        "strategy": "free",
        "module_defaults": {
            "group/dasha.blackbox.all": {
                "api_key": "{{ blackbox_api_key }}",
                "api_url": organizations.url,
                "expected_org_id": "{{ inventory_hostname }}",
            }
        },
        "tasks": [
            {"dasha.blackbox.sip_phone_numbers": {"trunk": "{{ trunk }}", "phone_numbers": "{{ numbers }}"}},
        ],
    }
    (tmp_path / "play.yml").write_text(yaml.safe_dump([play]))
    (tmp_path / "hosts.yml").write_text(yaml.safe_dump({"all": {"hosts": hosts, "vars": local}}))
    return tmp_path


def run(project: Path, name: str, hosts: list[str]) -> Any:
    """Run the play for some hosts, as one job of AWX does."""
    (project / name).mkdir()
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return ansible_runner.run(
        private_data_dir=str(project / name),
        playbook=str(project / "play.yml"),
        inventory=str(project / "hosts.yml"),
        limit=",".join(hosts),
        forks=4,
        envvars={"PATH": path},
        quiet=True,
    )


def created(emulator: Emulator) -> dict[str, int]:
    state = emulator.state()["organizations"]
    return {name: len(state[name]["phone_numbers"]) for name in NAMES}


def test_two_slices_in_parallel_cover_every_organization_once(project: Path, organizations: Emulator) -> None:
    slices = [NAMES[first::SLICES] for first in range(SLICES)]
    with ThreadPoolExecutor(SLICES) as pool:
        jobs = list(pool.map(lambda index: run(project, f"slice-{index}", slices[index]), range(SLICES)))
    assert [job.status for job in jobs] == ["successful"] * SLICES
    assert Counter(host for job in jobs for host in job.stats["changed"]) == Counter(NAMES)
    assert created(organizations) == dict.fromkeys(NAMES, NUMBERS)
    posts = Counter(entry["organization"] for entry in organizations.requests() if entry["method"] == "POST")
    assert posts == Counter(dict.fromkeys(NAMES, NUMBERS))


def test_key_of_another_organization_fails_alone_and_can_be_repeated(project: Path, organizations: Emulator) -> None:
    inventory = yaml.safe_load((project / "hosts.yml").read_text())
    wrong, other = NAMES[:2]
    inventory["all"]["hosts"][wrong]["blackbox_api_key"] = f"key-{other}"
    (project / "hosts.yml").write_text(yaml.safe_dump(inventory))
    first = run(project, "first", NAMES)
    assert (first.status, list(first.stats["failures"])) == ("failed", [wrong])
    assert created(organizations) == {**dict.fromkeys(NAMES, NUMBERS), wrong: 0}
    inventory["all"]["hosts"][wrong]["blackbox_api_key"] = f"key-{wrong}"
    (project / "hosts.yml").write_text(yaml.safe_dump(inventory))
    again = run(project, "again", [wrong])
    assert (again.status, list(again.stats["changed"])) == ("successful", [wrong])
    assert created(organizations) == dict.fromkeys(NAMES, NUMBERS)
