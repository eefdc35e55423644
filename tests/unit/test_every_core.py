# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What guides, examples and roles show does not depend on the version of ansible-core."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.dasha.blackbox.plugins.module_utils._resources.sip_credential import CREDENTIAL
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.sip_phone_number import PHONE_NUMBER
from emulator.client import Emulator
from unit.guides import read_guide

CHECKOUT = Path(__file__).parents[2]
GUIDES = [
    CHECKOUT / "README.md",
    *sorted(CHECKOUT.glob("roles/*/README.md")),
    CHECKOUT / "tests/emulator/README.md",
    *sorted(CHECKOUT.glob("docs/docsite/rst/*.rst")),
]
FOLDERS = ("examples/**", "roles/*/tasks", "playbooks/**")
FILES = [path for folder in FOLDERS for path in CHECKOUT.glob(f"{folder}/*.yml")]
PLUGINS = [*sorted(CHECKOUT.glob("plugins/modules/*.py")), *sorted(CHECKOUT.glob("plugins/filter/*.py"))]
LOOPS = ("loop", "with_")


class Loader(yaml.SafeLoader):
    """Reads YAML with the tags of Ansible, such as !vault and !unsafe."""


Loader.add_multi_constructor("!", lambda loader, _tag, node: loader.construct_scalar(node))


def texts(path: Path) -> Iterator[str]:
    """Yield the YAML texts in a guide, a YAML file or a plugin."""
    if path in GUIDES:
        steps = [step for step in read_guide(path) if step.words != "output"]
        yield from (step.text for step in steps if step.language.lower().startswith("yaml"))
    elif path.suffix == ".py":
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "EXAMPLES":
                yield ast.literal_eval(node.value)
    else:
        yield path.read_text("utf-8")


def tasks_in(value: Any) -> Iterator[dict[str, Any]]:
    """Yield the tasks in a YAML document, those in blocks too."""
    if isinstance(value, dict) and modules_of(value):
        yield value
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for part in parts:
        yield from tasks_in(part)


def modules_of(task: dict[str, Any]) -> list[str]:
    return [key for key in task if str(key).startswith(("ansible.builtin.", "dasha.blackbox."))]


def is_loop(task: dict[str, Any]) -> bool:
    return any(str(key).startswith(LOOPS) and key != "loop_control" for key in task)


def has_null(task: dict[str, Any]) -> bool:
    arguments = [task[module] for module in modules_of(task)]
    return any(None in values.values() for values in arguments if isinstance(values, dict))


# By what a task must not rely on, whether it does.
DIFFERENCES = {
    "null: up to 2.18 an omitted string, later an empty one": has_null,
    "register with expressions: since 2.21, and a skipped task fails": lambda task: (
        not isinstance(task.get("register", ""), str)
    ),
    "ignore_errors in a loop: since 2.21, for all items if it is true for one": lambda task: (
        is_loop(task) and "ignore_errors" in task
    ),
}


@pytest.mark.parametrize("difference", DIFFERENCES)
@pytest.mark.parametrize("path", [*GUIDES, *FILES, *PLUGINS], ids=lambda path: str(path.relative_to(CHECKOUT)))
def test_no_task_relies_on_what_differs(path: Path, difference: str) -> None:
    documents = [document for text in texts(path) for document in yaml.load_all(text, Loader)]
    assert [task for task in tasks_in(documents) if DIFFERENCES[difference](task)] == []


@pytest.mark.parametrize(
    "text",
    [
        "- block: [{ansible.builtin.copy: {dest: null}}]",
        "- {ansible.builtin.copy: {dest: x}, register: {checksum: _task.result.checksum}}",
        "- {ansible.builtin.copy: {dest: x}, loop: [1], ignore_errors: '{{ item == 1 }}'}",
        "- {ansible.builtin.copy: {dest: x}, with_items: [1], ignore_errors: true}",
    ],
)
def test_task_that_relies_on_it_is_found(text: str) -> None:
    (task,) = tasks_in(yaml.safe_load(text))
    assert sum(relies(task) for relies in DIFFERENCES.values()) == 1


@pytest.mark.not_quick
@pytest.mark.parametrize("path", GUIDES, ids=lambda path: str(path.relative_to(CHECKOUT)))
def test_files_that_guides_encrypt_hold_nothing_but_secrets(path: Path) -> None:
    """Since ansible-core 2.22, every encrypted value is hidden in the output, a 5 of a limit too."""
    names = set(encrypted_files(step.text for step in read_guide(path)))
    files = {step.words.partition(" ")[2]: step.text for step in read_guide(path) if step.words.startswith("file ")}
    held = {name: yaml.safe_load(text) for name, text in files.items() if any(fnmatch(name, each) for each in names)}
    assert names or "ansible-vault encrypt " not in path.read_text("utf-8")
    assert bool(held) == bool(names)
    assert [key for values in held.values() for key in values if not key.startswith("vault_")] == []


def encrypted_files(commands: Iterable[str]) -> Iterator[str]:
    """Yield the names, or patterns of names, of the files that shell commands encrypt."""
    for line in "".join(commands).splitlines():
        if line.startswith("ansible-vault encrypt "):
            yield from [word for word in line.split() if word.endswith((".yml", ".json"))]


def run_role(emulator: Emulator, folder: Path, **variables: Any) -> None:
    play = {"hosts": "localhost", "gather_facts": False, "vars": variables, "roles": ["dasha.blackbox.provision"]}
    (folder / "play.yml").write_text(yaml.safe_dump([play]))
    command = [sys.executable, "-m", "ansible", "playbook", str(folder / "play.yml")]
    environment = {**os.environ, "BLACKBOX_API_KEY": emulator.key, "BLACKBOX_API_URL": emulator.url}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
@pytest.mark.every_core
def test_null_in_a_trunk_of_the_role_is_an_omitted_option(emulator: Emulator, tmp_path: Path) -> None:
    emulator.reset()
    nulls = ("auth_user", "auth_password", "transport", "description", "cps_limit", "state", "force", "update_password")
    numbers = [{"phone_number": "+15551234567", "display_name": None, "registration": None, "state": None}]
    trunk = {"server": "sip.example.net", **dict.fromkeys(nulls), "phone_numbers": numbers}
    run_role(emulator, tmp_path, blackbox_trunks=[trunk])
    organization = emulator.state()["organizations"]["org-1"]
    assert [(each["authUser"], each["transport"]) for each in organization["credentials"]] == [(None, "udp")]
    assert [(each["displayName"], each["registration"]) for each in organization["phone_numbers"]] == [(None, False)]


# Each value of a type that YAML, Jinja or Ansible might take for another one.
TRUNK_AS_WRITTEN = {
    "server": "sip.example.net:5061",
    "domain": "[::1]",
    "auth_user": "1e5",
    "auth_password": "{'a': 012345}",
    "transport": "tls",
    "description": '{"a": [1, True, null]}',
    "cps_limit": 7,
    "cps_key": "0x10",
}
NUMBER_AS_WRITTEN = {
    "phone_number": "0123456789",
    "display_name": "['yes', 12:30]",
    "description": "{'a': 'b'}",
    "registration": True,
}


@pytest.mark.slow
@pytest.mark.every_core
def test_every_option_reaches_the_api_through_the_role_as_written(emulator: Emulator, tmp_path: Path) -> None:
    assert {*TRUNK_AS_WRITTEN} == {field.option for field in CREDENTIAL.settable} - {"id"}
    links = {"incoming_calls_agent_id": "agent-1", "outgoing_calls_agent_ids": ["agent-2"]}
    assert {*NUMBER_AS_WRITTEN, *links} == {field.option for field in PHONE_NUMBER.settable} - {"id", "credentials_id"}
    emulator.reset(seed={"agents": [{"id": "agent-1"}, {"id": "agent-2"}]})
    trunk = {**TRUNK_AS_WRITTEN, "phone_numbers": [{**NUMBER_AS_WRITTEN, **links}]}
    run_role(emulator, tmp_path, blackbox_trunks=[trunk])
    organization = emulator.state()["organizations"]["org-1"]
    (stored,), (number,) = organization["credentials"], organization["phone_numbers"]
    assert {
        field.option: stored[field.api] for field in CREDENTIAL.settable if field.option != "id"
    } == TRUNK_AS_WRITTEN
    fields = [field for field in PHONE_NUMBER.settable if field.option in NUMBER_AS_WRITTEN]
    assert {field.option: number[field.api] for field in fields} == NUMBER_AS_WRITTEN
    assert number["incomingCallsAgentId"] == "agent-1"
    assert [agent["outbound"] for agent in organization["agents"]] == [None, number["id"]]
