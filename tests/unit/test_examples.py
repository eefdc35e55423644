# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every EXAMPLES block of a module or filter runs as it stands, against an emulator."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

from emulator.client import Emulator
from unit.harness import NUMBER_ID, TRUNK

CHECKOUT = Path(__file__).parents[2]
MAIN_MODULE = "sip_phone_number"
PLUGINS = [*sorted(CHECKOUT.glob("plugins/modules/*.py")), *sorted(CHECKOUT.glob("plugins/filter/*.py"))]
SEED = {
    "credentials": [{"id": TRUNK, "server": "sip.example.com"}],
    "agents": [{"id": "agent-support", "name": "Support"}],
    "phone_numbers": [
        {"phoneNumber": "+15551234567", "credentialsId": TRUNK},
        {"phoneNumber": "+15557654321", "credentialsId": TRUNK},
    ],
}
ACCOUNT = {
    "accountSid": "AC0123456789abcdef0123456789abcdef",
    "authToken": "fedcba9876543210fedcba9876543210",
    "numbers": [
        {"sid": "PN0123456789abcdef0123456789abcdef", "phoneNumber": "+15551234567"},
        {"sid": "PNfedcba9876543210fedcba9876543210", "phoneNumber": "+15557654321"},
    ],
}
TWILIO_SEED = {"agents": SEED["agents"], "twilio_accounts": [ACCOUNT]}
SEEDS = {
    "twilio_provider": TWILIO_SEED,
    "twilio_phone_numbers": {**TWILIO_SEED, "providers": [{"accountSid": ACCOUNT["accountSid"]}]},
}
VARIABLES = {
    "ansible_python_interpreter": sys.executable,
    "vault_sip_password": "hunter2-hunter2",
    "vault_berlin_password": "hunter2-hunter2",
    "vault_twilio_auth_token": ACCOUNT["authToken"],
    "trunks": [{"server": "sip2.example.com", "phone_numbers": [{"phone_number": "+15550000001"}]}],
    "created": {"results": [{"sip_credential": {"id": TRUNK}}]},
}

pytestmark = pytest.mark.slow


def examples(plugin: Path) -> list[dict[str, Any]]:
    text = next(
        ast.literal_eval(node.value)
        for node in ast.parse(plugin.read_text()).body
        if isinstance(node, ast.Assign) and node.targets[0].id == "EXAMPLES"  # type: ignore[attr-defined]
    )
    tasks: list[dict[str, Any]] = yaml.safe_load(text)
    return tasks


@pytest.mark.parametrize(
    "plugin",
    [
        pytest.param(plugin, id=plugin.stem, marks=() if plugin.stem == MAIN_MODULE else pytest.mark.thorough)
        for plugin in PLUGINS
    ],
)
def test_examples_run(emulator: Emulator, plugin: Path, tmp_path: Path) -> None:
    emulator.reset(seed=SEEDS.get(plugin.stem, SEED))
    play = {"hosts": "localhost", "gather_facts": False, "vars": VARIABLES, "tasks": examples(plugin)}
    (tmp_path / "playbook.yml").write_text(yaml.safe_dump([play], sort_keys=False))
    shutil.copytree(CHECKOUT / "examples/files", tmp_path / "files")
    connection = {"BLACKBOX_API_KEY": emulator.key, "BLACKBOX_API_URL": emulator.url}
    process = subprocess.run(
        [sys.executable, "-m", "ansible", "playbook", "-i", "localhost,", "-c", "local", "playbook.yml"],
        cwd=tmp_path,
        env={**os.environ, **connection},
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == 0, process.stdout + process.stderr
    assert emulator.violations() == []


@pytest.mark.every_core
def test_offices_are_provisioned_from_one_file(emulator: Emulator, tmp_path: Path) -> None:
    """Three trunks, sixty phone numbers, three agents by name with the numbers that they call from: one task."""
    playbook = (CHECKOUT / "examples/offices.yml").read_text("utf-8")
    templates = re.findall(r"{{.*?}}|{%.*?%}", playbook)
    assert templates == ["{{ vault_berlin_password }}", "{{ vault_paris_password }}"]
    (tasks,) = (play["tasks"] for play in yaml.safe_load(playbook))
    assert len(tasks) == 1
    agents = [{"id": f"agent-{n}", "name": name} for n, name in enumerate(("Reception", "Support", "Sales"))]
    emulator.reset(seed={"agents": agents})
    shutil.copytree(CHECKOUT / "examples/files", tmp_path / "files")
    (tmp_path / "offices.yml").write_text(playbook)
    passwords = json.dumps({"vault_berlin_password": "berlin-s3cret", "vault_paris_password": "paris-s3cret"})
    connection = {"BLACKBOX_API_KEY": emulator.key, "BLACKBOX_API_URL": emulator.url}

    def run(*arguments: str) -> str:
        command = [sys.executable, "-m", "ansible", "playbook", "offices.yml", "-e", passwords, *arguments]
        environment = {**os.environ, **connection, "ANSIBLE_NOCOLOR": "1"}
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    preview = run("--check", "-v")
    assert emulator.state()["organizations"]["org-1"].get("phone_numbers", []) == []
    assert re.findall('"plan_id": "([0-9a-f]+)"', preview) == re.findall('"plan_id": "([0-9a-f]+)"', run("-v"))
    assert "changed=0" in run()
    organization = emulator.state()["organizations"]["org-1"]
    servers = {trunk["id"]: trunk["server"] for trunk in organization["credentials"]}
    numbers = organization["phone_numbers"]
    assert Counter(servers[number["credentialsId"]] for number in numbers) == {
        "sip.berlin.example.net": 20,
        "sip.paris.example.net": 20,
        "192.0.2.10": 20,
    }
    registered = {servers[number["credentialsId"]] for number in numbers if number["registration"]}
    assert registered == {"sip.berlin.example.net"}
    assert Counter(number["incomingCallsAgentId"] for number in numbers) == {"agent-0": 3, "agent-1": 30, "agent-2": 27}
    calling = {number["id"]: number["phoneNumber"] for number in numbers}
    assert [calling[agent["outbound"]] for agent in organization["agents"]] == [
        "+49305550001",
        "+33155550002",
        "+442079460012",
    ]


@pytest.mark.every_core
@pytest.mark.parametrize("text", ["no realm {{ realm }} {# x {% bad", ""], ids=["templates", "empty"])
def test_lost_registration_is_reported_whatever_the_texts_are(emulator: Emulator, text: str, tmp_path: Path) -> None:
    """The texts of a SIP server, and names that users gave, are no templates."""
    agents = [{"id": "agent-1", "name": f"Agent {text}"}]
    number = {
        "id": NUMBER_ID,
        "phoneNumber": "+15551234567",
        "credentialsId": TRUNK,
        "displayName": f"Desk {text}",
        "registration": True,
        "registrationStatus": {"state": "Failed", "errorDescription": text},
        "incomingCallsAgentId": "agent-1",
    }
    emulator.reset(seed={"credentials": SEED["credentials"], "agents": agents, "phone_numbers": [number]})
    rulebooks = CHECKOUT / "examples/rulebooks"
    variables = {
        "BLACKBOX_API_KEY": emulator.key,
        "BLACKBOX_API_URL": emulator.url,
        "ANSIBLE_CALLBACK_RESULT_FORMAT": "yaml",
        "ANSIBLE_INVENTORY": str(rulebooks / "inventory.yml"),
    }
    command = [sys.executable, "-m", "ansible", "playbook", "--extra-vars", f"phone_number_id={NUMBER_ID}"]
    process = subprocess.run(
        [*command, rulebooks / "report_lost_registration.yml"],
        cwd=tmp_path,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == 0, process.stdout + process.stderr
    said = f"+15551234567 lost its registration ({text or 'no reason'}). Affected: Agent {text}."
    assert " ".join(said.split()) in " ".join(process.stdout.split())
