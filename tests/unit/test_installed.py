# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What users install: built, installed and run as they would, with Vault, with ansible-runner, from another host."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.parsing.vault import VaultLib, VaultSecret

from emulator.client import Emulator

CHECKOUT = Path(__file__).parents[2]
SHIPPED = {
    *("FILES.json", "MANIFEST.json", "LICENSE", "LICENSES", "README.md", "CHANGELOG.rst"),
    *("CODE_OF_CONDUCT.md", "CONTRIBUTING.md", "SECURITY.md"),
    *("changelogs", "docs", "examples", "extensions", "meta", "playbooks", "plugins", "roles", "tests"),
}
PASSWORD = "hunter2-hunter2"
VAULT_PASSWORD = "open-sesame"
TRUNKS = {
    "blackbox_trunks": [
        {
            "server": "sip.example.net",
            "auth_user": "blackbox",
            "auth_password": "{{ vault_password }}",
            "phone_numbers": [{"phone_number": "+15551234567"}, {"phone_number": "+15557654321"}],
        }
    ]
}
ROLE = {"ansible.builtin.include_role": {"name": "dasha.blackbox.provision"}}
INVENTORY = f"[edge]\nedge1 ansible_connection=local ansible_python_interpreter={sys.executable}\n"

pytestmark = pytest.mark.slow


@pytest.fixture
def service() -> Iterator[Emulator]:
    with Emulator.start("--exit-with-parent", "--quiet") as emulator:
        yield emulator


@pytest.fixture
def project(tmp_path: Path, collections: Path, service: Emulator) -> Path:
    """A folder with an inventory, a vaulted password and the environment of a user's run."""
    (tmp_path / "inventory").write_text(INVENTORY)
    (tmp_path / "vault-password").write_text(VAULT_PASSWORD)
    vault = VaultLib([("default", VaultSecret(VAULT_PASSWORD.encode()))])
    secret = vault.encrypt(json.dumps({"vault_password": PASSWORD}).encode())
    (tmp_path / "secrets.yml").write_bytes(secret)
    (tmp_path / "trunks.yml").write_text(yaml.safe_dump(TRUNKS))
    return tmp_path


def environment(collections: Path, service: Emulator) -> dict[str, str]:
    return {
        "ANSIBLE_COLLECTIONS_PATH": str(collections),
        "BLACKBOX_API_KEY": service.key,
        "BLACKBOX_API_URL": service.url,
        "ANSIBLE_NOCOLOR": "1",
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }


def write_playbook(project: Path, tasks: list[dict[str, Any]], **play: Any) -> Path:
    playbook = project / "playbook.yml"
    head = {"hosts": "edge", "gather_facts": False, "vars_files": ["secrets.yml", "trunks.yml"]}
    playbook.write_text(yaml.safe_dump([{**head, **play, "tasks": tasks}], sort_keys=False))
    return playbook


def play(project: Path, variables: dict[str, str], *arguments: str, fails: bool = False) -> str:
    command = [
        sys.executable,
        "-m",
        "ansible",
        "playbook",
        "-i",
        "inventory",
        "--vault-password-file",
        "vault-password",
    ]
    process = subprocess.run(
        [*command, "playbook.yml", *arguments],
        cwd=project,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (process.returncode != 0) is fails, process.stdout + process.stderr
    return process.stdout + process.stderr


def numbers(service: Emulator) -> list[str]:
    organization = service.state()["organizations"]["org-1"]
    return sorted(number["phoneNumber"] for number in organization.get("phone_numbers", []))


def test_tarball_holds_what_users_need_and_nothing_else(collections: Path) -> None:
    (tarball,) = collections.glob("*.tar.gz")
    with tarfile.open(tarball) as archive:
        files = [Path(member.name) for member in archive if member.isfile()]
    assert {path.parts[0] for path in files} == SHIPPED
    assert {path.parts[1] for path in files if path.parts[0] == "tests"} == {"config.yml", "emulator"}
    written = subprocess.run(["git", "ls-files"], cwd=CHECKOUT, check=True, capture_output=True, text=True).stdout
    made = {"MANIFEST.json", "FILES.json"}
    assert {str(path) for path in files} - made <= set(written.splitlines())


def test_role_with_vault_from_the_tarball(project: Path, collections: Path, service: Emulator) -> None:
    write_playbook(project, [ROLE])
    variables = environment(collections, service)
    previewed = play(project, variables, "--check", "--diff")
    assert "+15551234567" in previewed
    assert numbers(service) == []
    first = play(project, variables, "--diff", "-vvv")
    second = play(project, variables)
    assert numbers(service) == ["+15551234567", "+15557654321"]
    assert "changed=1" in first
    assert "changed=0" in second
    assert f"task path: {collections}" in first
    for printed in (previewed, first, second):
        assert PASSWORD not in printed
        assert service.key not in printed


@pytest.mark.thorough
def test_trunk_with_numbers_goes_by_force_only(project: Path, collections: Path, service: Emulator) -> None:
    trunk = {"id": "11111111-1111-4111-8111-111111111111", "server": "sip.example.net"}
    service.seed({"credentials": [trunk], "phone_numbers": [{"phoneNumber": "+1", "credentialsId": trunk["id"]}]})
    variables = environment(collections, service)
    write_playbook(project, [ROLE], vars_files=[], vars={"blackbox_trunks": [{**trunk, "state": "absent"}]})
    assert "'+1'" in play(project, variables, fails=True)
    assert numbers(service) == ["+1"]
    forced = {**trunk, "state": "absent", "force": True}
    write_playbook(project, [ROLE], vars_files=[], vars={"blackbox_trunks": [forced]})
    play(project, variables)
    assert numbers(service) == []


def test_role_writes_nothing_where_a_number_cannot_be_meant(
    project: Path, collections: Path, service: Emulator
) -> None:
    trunks = [{"server": "sip.example.net", "phone_numbers": [{"phone_number": 15551234567}]}]
    write_playbook(project, [ROLE], vars_files=[], vars={"blackbox_trunks": trunks})
    printed = play(project, environment(collections, service), fails=True)
    assert "trunks[0].phone_numbers[0].phone_number must be a quoted string" in printed
    assert service.state()["organizations"]["org-1"].get("credentials", []) == []


@pytest.mark.thorough
def test_role_under_ansible_runner(project: Path, collections: Path, service: Emulator) -> None:
    runner = pytest.importorskip("ansible_runner")
    write_playbook(project, [ROLE])
    ran = runner.run(
        private_data_dir=str(project),
        project_dir=str(project),
        inventory=str(project / "inventory"),
        playbook="playbook.yml",
        envvars=environment(collections, service),
        cmdline=f"--vault-password-file {project / 'vault-password'}",
        quiet=True,
    )
    assert (ran.status, ran.rc) == ("successful", 0), ran.stdout.read()
    assert ran.stats["changed"] == {"edge1": 1}
    assert numbers(service) == ["+15551234567", "+15557654321"]
    artifacts = [file.read_text() for file in (project / "artifacts").rglob("*") if file.is_file()]
    assert artifacts
    assert not any(PASSWORD in text or service.key in text for text in artifacts if '"env"' not in text)


@pytest.mark.thorough
def test_expected_organization_stops_a_reused_folder_of_ansible_runner(
    project: Path, collections: Path, service: Emulator
) -> None:
    """ansible-runner keeps the environment of the first call: the second one has its key."""
    runner = pytest.importorskip("ansible_runner")
    service.seed({"credentials": [{"server": "sip.example.net"}], "organizations": {"org-2": {"keys": ["second"]}}})
    number = {"phone_number": "+15551234567", "trunk": "sip.example.net", "expected_org_id": "{{ organization }}"}
    write_playbook(project, [{"dasha.blackbox.sip_phone_number": number}], vars_files=[])
    for organization, key, rc in (("org-1", service.key, 0), ("org-2", "second", 2)):
        ran = runner.run(
            private_data_dir=str(project),
            project_dir=str(project),
            inventory=str(project / "inventory"),
            playbook="playbook.yml",
            envvars={**environment(collections, service), "BLACKBOX_API_KEY": key},
            extravars={"organization": organization},
            quiet=True,
        )
        assert ran.rc == rc
    assert "belongs to the organization 'org-1'" in ran.stdout.read()


@pytest.mark.thorough
def test_scenario_of_molecule_starts_its_own_emulator(project: Path, collections: Path) -> None:
    pytest.importorskip("molecule")
    (project / "home/.ansible").mkdir(parents=True)
    (project / "home/.ansible/collections").symlink_to(collections)
    shutil.copytree(CHECKOUT / "examples/roles/office", project / "roles/office")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    others = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "BLACKBOX_"))}
    process = subprocess.run(
        [sys.executable, "-m", "molecule", "test"],
        cwd=project / "roles/office",
        env={**others, "HOME": str(project / "home"), "PATH": path, "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == 0, process.stdout + process.stderr
    assert "All assertions passed" in process.stdout


def test_group_defaults_and_delegation(project: Path, collections: Path, service: Emulator) -> None:
    trunk = {
        "name": "Create a trunk from another host",
        "dasha.blackbox.sip_credential": {"server": "sip.example.org"},
        "delegate_to": "localhost",
        "vars": {"ansible_python_interpreter": sys.executable},
        "register": "trunk",
    }
    number = {
        "name": "Put a number on it",
        "dasha.blackbox.sip_phone_number": {
            "phone_number": "+15551234567",
            "credentials_id": "{{ trunk.sip_credential.id }}",
        },
    }
    defaults = {"group/dasha.blackbox.all": {"api_key": service.key, "api_url": service.url}}
    write_playbook(project, [trunk, number], module_defaults=defaults)
    printed = play(project, {"ANSIBLE_COLLECTIONS_PATH": str(collections)}, "-vvv")
    assert numbers(service) == ["+15551234567"]
    assert service.key not in printed


@pytest.mark.thorough
@pytest.mark.parametrize("example", ["own_role.yml", "provision.yml"])
def test_examples_run_twice(project: Path, collections: Path, service: Emulator, example: str) -> None:
    (project / "playbook.yml").write_text((CHECKOUT / "examples" / example).read_text())
    variables = {**environment(collections, service), "ANSIBLE_ROLES_PATH": str(CHECKOUT / "examples" / "roles")}
    passwords = json.dumps({"office_sip_password": PASSWORD, "vault_sip_password": PASSWORD})
    play(project, variables, "--check", "-e", passwords)
    assert numbers(service) == []
    play(project, variables, "-e", passwords)
    assert len(numbers(service)) == 2
    assert "changed=0" in play(project, variables, "-e", passwords)


@pytest.mark.thorough
def test_adopted_texts_are_never_run(project: Path, collections: Path, service: Emulator) -> None:
    trunk = "11111111-1111-4111-8111-111111111111"
    attack = "{{ lookup('pipe', 'touch " + str(project / "run") + "') }}"
    number = {"phoneNumber": "+15559999999", "credentialsId": trunk, "displayName": attack, "description": "{% x %}"}
    service.seed({"credentials": [{"id": trunk, "server": "sip.example.com"}], "phone_numbers": [number]})
    (project / "playbook.yml").write_text((CHECKOUT / "examples/adopt.yml").read_text())
    variables = environment(collections, service)
    assert "changed=1" in play(project, variables)  # the file, and nothing else
    assert "changed=0" in play(project, variables)
    assert not (project / "run").exists()
    assert service.state()["organizations"]["org-1"]["phone_numbers"][0]["displayName"] == attack


@pytest.mark.thorough
def test_reported_and_rolled_back_texts_are_never_run(project: Path, collections: Path, service: Emulator) -> None:
    trunk = "11111111-1111-4111-8111-111111111111"
    attack = "{{ lookup('pipe', 'touch " + str(project / "run") + "') }}"
    texts = {"displayName": attack, "description": "{% x %} {{ 7 * 7 }}"}
    seed = [{"phoneNumber": "+15550000009", "credentialsId": trunk, **texts}]
    service.seed({"credentials": [{"id": trunk, "server": "sip.example.com"}], "phone_numbers": seed})
    shutil.copytree(CHECKOUT / "examples", project, dirs_exist_ok=True)
    (project / "files/numbers.csv").write_text("phone_number,trunk,state\n+15550000009,sip.example.com,absent\n")
    (project / "playbook.yml").write_text((CHECKOUT / "examples/approval.yml").read_text())
    variables = environment(collections, service)
    play(project, variables, "--check")
    play(project, variables, "-e", "@approved.json")
    assert attack in (project / "report.md").read_text()
    assert numbers(service) == []
    play(project, variables, "-e", "@approved.json", "--tags", "rollback")
    (restored,) = service.state()["organizations"]["org-1"]["phone_numbers"]
    assert {name: restored[name] for name in texts} == texts
    assert not (project / "run").exists()


@pytest.mark.thorough
def test_example_of_adoption(project: Path, collections: Path, service: Emulator) -> None:
    trunk = "11111111-1111-4111-8111-111111111111"
    by_hand = [
        {"phoneNumber": f"+1555000000{n}", "credentialsId": trunk, "description": "set up by hand"} for n in (1, 2, 9)
    ]
    service.seed({"credentials": [{"id": trunk, "server": "sip.example.com"}], "phone_numbers": by_hand})
    shutil.copytree(CHECKOUT / "examples", project, dirs_exist_ok=True)
    variables = environment(collections, service)
    (project / "playbook.yml").write_text((CHECKOUT / "examples/adopt.yml").read_text())
    adopted_first, adopted_second = [play(project, variables) for _run in range(2)]
    assert "changed=1" in adopted_first  # the file, and nothing else
    assert "changed=0" in adopted_second
    adopted = yaml.safe_load((project / "phone_numbers.yml").read_text())
    assert [entry["phone_number"] for entry in adopted] == ["+15550000001", "+15550000002", "+15550000009"]
    assert numbers(service) == ["+15550000001", "+15550000002", "+15550000009"]


@pytest.mark.thorough
def test_example_of_approval(project: Path, collections: Path, service: Emulator) -> None:
    service.seed({"credentials": [{"server": "sip.example.com"}]})
    shutil.copytree(CHECKOUT / "examples", project, dirs_exist_ok=True)
    (project / "playbook.yml").write_text((CHECKOUT / "examples/approval.yml").read_text())
    variables = environment(collections, service)
    assert "'approved' is undefined" in play(project, variables, fails=True)
    play(project, variables, "--check")
    assert numbers(service) == []
    assert "2 to be created" in (project / "report.md").read_text()
    assert "sip.example.com" in (project / "report.html").read_text()
    play(project, variables, "-e", "@approved.json")
    assert numbers(service) == ["+15550000001", "+15550000002"]
    assert "2 created" in (project / "report.md").read_text()
    play(project, variables, "-e", "@approved.json")
    assert numbers(service) == ["+15550000001", "+15550000002"]
    play(project, variables, "-e", "@approved.json", "--tags", "rollback")
    assert numbers(service) == []
