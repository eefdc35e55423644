# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbooks of the collection, run by their names from its tarball, in a folder of the user."""

from __future__ import annotations

import contextlib
import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from emulator.client import Emulator
from unit.harness import OTHER_TRUNK, TRUNK

CHECKOUT = Path(__file__).parents[2]
PLAYBOOKS = sorted((CHECKOUT / "playbooks").glob("*.yml"))
SEED = {
    "credentials": [{"id": TRUNK, "server": "sip.example.com", "authUser": "alice", "authPassword": "s3cret-s3cret"}],
    "agents": [{"id": "agent-1", "name": "Support"}],
    "phone_numbers": [
        {
            "phoneNumber": "+15550000001",
            "credentialsId": TRUNK,
            "displayName": "One",
            "incomingCallsAgentId": "agent-1",
        },
        {"phoneNumber": "+15550000002", "credentialsId": TRUNK, "incomingCallsAgentId": "agent-1"},
    ],
}
PASSWORD = "hunter2-hunter2"

pytestmark = pytest.mark.slow


class User:
    """Somebody who has installed the collection, and runs its playbooks in a folder."""

    def __init__(self, folder: Path, collections: Path, service: Emulator) -> None:
        self.folder = folder
        self._service = service
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")},
            "ANSIBLE_COLLECTIONS_PATH": str(collections),
            "ANSIBLE_NOCOLOR": "1",
            "BLACKBOX_API_KEY": service.key,
            "BLACKBOX_API_URL": service.url,
        }

    def run(self, name: str, *arguments: str, fails: bool = False, **variables: Any) -> str:
        extra = ["-e", json.dumps(variables)] if variables else []
        process = subprocess.run(
            [sys.executable, "-m", "ansible", "playbook", f"dasha.blackbox.{name}", *arguments, *extra],
            cwd=self.folder,
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
        )
        printed = process.stdout + process.stderr
        assert (process.returncode != 0) is fails, printed
        # The emulator says its key, which is none of anybody's.
        assert name == "emulator" or self._service.key not in printed
        return " ".join(printed.split())

    def read(self, name: str) -> str:
        return (self.folder / name).read_text("utf-8")

    def entries(self) -> list[dict[str, Any]]:
        entries: list[dict[str, Any]] = yaml.safe_load(self.read("phone_numbers.yml"))
        return entries

    def write_entries(self, entries: list[dict[str, Any]]) -> None:
        (self.folder / "phone_numbers.yml").write_text(yaml.safe_dump(entries), "utf-8")

    def names(self) -> dict[str, str | None]:
        """Return the display names in the organization by number."""
        numbers = self._service.state()["organizations"]["org-1"].get("phone_numbers", [])
        return {number["phoneNumber"]: number["displayName"] for number in numbers}

    def findings(self) -> list[tuple[str, str]]:
        return [(each["check"], each["name"]) for each in json.loads(self.read("audit.json"))["findings"]]


@pytest.fixture
def user(tmp_path: Path, collections: Path, emulator: Emulator) -> User:
    emulator.reset(seed=SEED)
    return User(tmp_path, collections, emulator)


def test_approved_changes_are_applied_and_rolled_back(user: User) -> None:
    user.run("adopt")
    one, two = user.entries()
    user.write_entries([{**one, "display_name": "Reception"}, two, {**two, "phone_number": "+15550000003"}])
    assert "changed=1" in user.run("apply", "--check")
    assert "1 phone number to be created, 1 phone number to be updated" in user.read("report.md")
    assert "Reception" in user.read("report.html")
    assert user.names() == {"+15550000001": "One", "+15550000002": None}

    printed = user.run("apply", "-e", "@approved.json")
    (run_file,) = re.findall(r"blackbox_run_file=(run-\w+\.json)", printed)
    assert user.names() == {"+15550000001": "Reception", "+15550000002": None, "+15550000003": None}
    user.run("rollback", blackbox_run_file=run_file)
    assert user.names() == {"+15550000001": "One", "+15550000002": None}


@pytest.mark.every_core
@pytest.mark.thorough
def test_whole_day(user: User, emulator: Emulator) -> None:
    user.run("adopt")
    assert "changed=0" in user.run("apply", "--check")

    one, two = user.entries()
    user.write_entries([{**one, "display_name": "Reception"}, two, {**two, "phone_number": "+15550000003"}])
    user.run("apply", "--check")
    assert "There is no approval" in user.run("apply", fails=True)
    printed = user.run("apply", "-e", "@approved.json")
    (run_file,) = re.findall(r"blackbox_run_file=(run-\w+\.json)", printed)
    assert "changed=0" in user.run("apply", "-e", "@approved.json")

    user.run("audit")
    assert user.findings() == []
    emulator.mutate(update={"+15550000001": {"displayName": "By hand"}})
    user.run("audit", "--check")
    assert user.findings() == [("number_differs", "+15550000001")]
    assert "different from the list" in user.read("audit.html")
    user.run("audit", fails=True, blackbox_fail_on="warning")
    user.run("apply", "--check")
    user.run("apply", "-e", "@approved.json")
    assert user.names()["+15550000001"] == "Reception"

    assert "changed=1" in user.run("rollback", "--check", blackbox_run_file=run_file)
    assert "1 phone number to be deleted" in user.read("rollback.md")
    user.run("rollback", blackbox_run_file=run_file)
    assert user.names() == {"+15550000001": "One", "+15550000002": None}
    assert "changed=0" in user.run("rollback", blackbox_run_file=run_file)


@pytest.mark.thorough
def test_approval_covers_nothing_else(user: User) -> None:
    user.run("adopt")
    user.run("apply", "--check")
    one, two = user.entries()
    user.write_entries([{**one, "display_name": "Not approved"}, two])
    assert "The approval does not cover" in user.run("apply", "-e", "@approved.json", fails=True)
    assert "The plan was refused" in user.read("report.md")
    user.write_entries([one])
    user.run("apply", "--check", blackbox_purge=True, blackbox_force=True)
    printed = user.run("apply", "-e", "@approved.json")
    assert "changed=0" in printed
    assert "The approval covers changes that are not in the plan" in printed
    user.write_entries([{**one, "display_name": "Not approved"}, two])
    assert "changed=1" in user.run("apply", blackbox_without_approval=True)
    assert user.names()["+15550000001"] == "Not approved"


@pytest.mark.thorough
def test_slips_stop_before_anything_is_written(user: User, emulator: Emulator) -> None:
    user.write_entries([{"phone_number": "+15550000003", "trunk": "alice@sip.example.com"}])
    (user.folder / "trunks.yml").write_text(f"- {{server: a.example, auth_user: x, auth_password: {PASSWORD}}}\n")
    before = emulator.state()
    null = json.dumps({"blackbox_approval": None})
    assert "There is no approval" in user.run("apply", "-e", null, fails=True)
    earlier = [user.folder / name for name in ("approved.json", "report.md", "report.html", "audit.md", "audit.json")]
    for file in earlier:
        file.write_text("old")
    for playbook in ("apply", "audit"):
        printed = user.run(playbook, "--check", fails=True, blackbox_phone_numbers_file="numern.xlsx")
        assert "There is no file numern.xlsx" in printed
    assert not any(file.exists() for file in earlier)
    passwords = {"x@A.example": "hunter3-hunter3"}
    printed = user.run("apply", "--check", fails=True, blackbox_passwords=passwords)
    assert "trunks.yml does not list: x@A.example" in printed
    assert PASSWORD not in user.run("apply", "--check", "-vvv")
    assert emulator.state() == before


@pytest.mark.thorough
def test_files_that_exist_are_not_overwritten(user: User) -> None:
    user.run("adopt")
    (user.folder / "phone_numbers.yml").write_text("[]\n")
    assert "phone_numbers.yml exists. Move it" in user.run("adopt", fails=True)
    assert user.entries() == []
    user.run("adopt", blackbox_overwrite=True)
    assert len(user.entries()) == 2


@pytest.mark.thorough
def test_new_trunk_gets_its_password_and_no_file_has_it(user: User, emulator: Emulator) -> None:
    (user.folder / "trunks.yml").write_text("- {server: sip.berlin.example, auth_user: office}\n")
    user.write_entries([{"phone_number": "+493055501", "trunk": "office@sip.berlin.example"}])
    secrets = json.dumps({"blackbox_passwords": {"office@sip.berlin.example": PASSWORD}})
    (user.folder / "secrets.json").write_text(secrets)
    printed = user.run("apply", "--check", "-vvv", "-e", "@secrets.json")
    printed += user.run("apply", "-vvv", "--diff", "-e", "@secrets.json", "-e", "@approved.json")
    stored = {
        each["server"]: each["authPassword"] for each in emulator.state()["organizations"]["org-1"]["credentials"]
    }
    assert stored["sip.berlin.example"] == PASSWORD
    files = [path for path in user.folder.iterdir() if path.name != "secrets.json"]
    assert PASSWORD not in printed + "".join(path.read_text() for path in files)
    (run_file,) = (path for path in files if path.name.startswith("run-"))
    assert run_file.stat().st_mode & 0o777 == 0o600
    user.run("rollback", blackbox_run_file=run_file.name)
    assert sorted(user.names()) == ["+15550000001", "+15550000002"]


@pytest.mark.thorough
def test_texts_of_the_organization_are_never_run(user: User, emulator: Emulator) -> None:
    attack = "{{ lookup('pipe', 'touch " + str(user.folder / "run") + "') }}"
    texts = {"displayName": attack, "description": "{% x %} {{ 7 * 7 }}"}
    emulator.mutate(update={"+15550000001": texts})
    user.run("adopt")
    assert "changed=0" in user.run("apply", "--check")
    user.run("audit")
    assert user.findings() == []
    user.write_entries([])
    user.run("apply", "--check", blackbox_purge=True, blackbox_force=True)
    user.run("audit", fails=False, blackbox_fail_on="never")
    assert user.findings() == [("number_unlisted", "+15550000001"), ("number_unlisted", "+15550000002")]
    assert not (user.folder / "run").exists()


@pytest.mark.thorough
def test_spreadsheet_is_applied_from_another_folder(user: User, tmp_path: Path) -> None:
    folder = tmp_path / "lists"
    folder.mkdir()
    (folder / "numbers.csv").write_text("phone_number;trunk;display_name\n+15550000009;alice@sip.example.com;Desk\n")
    paths = {"blackbox_folder": str(folder), "blackbox_phone_numbers_file": "numbers.csv"}
    user.run("apply", "--check", **paths)
    user.run("apply", "-e", f"@{folder / 'approved.json'}", **paths)
    assert user.names()["+15550000009"] == "Desk"
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == []


@pytest.mark.thorough
@pytest.mark.parametrize("folder", ["org", "~/org"])
def test_folder_is_relative_to_where_the_command_runs(user: User, folder: str, empty_home: Path) -> None:
    place = (empty_home if folder.startswith("~") else user.folder) / "org"
    place.mkdir(exist_ok=True)
    user.run("adopt", blackbox_folder=folder)
    user.run("apply", "--check", blackbox_folder=folder)
    user.run("audit", blackbox_folder=folder)
    names = {"trunks.yml", "phone_numbers.yml", "approved.json", "report.md", "report.html", "audit.html"}
    assert names <= {file.name for file in place.iterdir()}


@pytest.mark.thorough
def test_audit_needs_no_files_and_apply_does(user: User, emulator: Emulator) -> None:
    emulator.seed({"phone_numbers": [{"phoneNumber": "+3", "credentialsId": TRUNK}]})
    printed = user.run("audit")
    assert "Errors: 0, warnings: 1, notes: 0." in printed
    assert user.findings() == [("unanswered", "+3")]
    user.run("audit", blackbox_ignore=["unanswered"], blackbox_fail_on="note")
    assert "blackbox_fail_on must be error, warning, note, never" in user.run("audit", fails=True, blackbox_fail_on="x")
    assert "There is neither trunks.yml nor phone_numbers.yml" in user.run("apply", "--check", fails=True)


def test_rollback_needs_the_run(user: User) -> None:
    assert "Pass the file that the run has written" in user.run("rollback", fails=True)
    assert "There is no file" in user.run("rollback", fails=True, blackbox_run_file="run-x.json")
    (user.folder / "approved.json").write_text("{}")
    printed = user.run("rollback", fails=True, blackbox_run_file="approved.json")
    assert "rollback takes" in printed
    assert "max_deletions" not in printed


@pytest.mark.thorough
def test_next_steps_are_those_of_the_options(user: User) -> None:
    printed = user.run("adopt", "--check", blackbox_phone_numbers_file="n.csv")
    assert "The trunks would be in " in printed
    printed = user.run("adopt", blackbox_phone_numbers_file="n.csv")
    assert "dasha.blackbox.apply --check -e blackbox_phone_numbers_file=n.csv" in printed
    (user.folder / "new.csv").write_text("phone_number;trunk\n+15550000077;alice@sip.example.com\n")
    printed = user.run("apply", "--check", blackbox_phone_numbers_file="new.csv")
    assert "dasha.blackbox.apply -e blackbox_phone_numbers_file=new.csv -e @approved.json" in printed
    assert "must be started or stopped, not stop" in user.run("emulator", fails=True, blackbox_emulator="stop")
    spaced = user.folder / "two words"
    spaced.mkdir()
    (spaced / "trunks.yml").write_text("- {server: sip.spaced.example}\n")
    printed = user.run("apply", "--check", blackbox_folder="two words")
    assert "-e blackbox_folder='two words' -e '@two words/approved.json'" in " ".join(
        printed.replace("''", "'").split()
    )
    (user.folder / "approved.json").unlink()
    in_use = {"blackbox_purge": True, "blackbox_phone_numbers_file": "one.csv"}
    (user.folder / "one.csv").write_text("phone_number;trunk\n+15550000001;alice@sip.example.com\n")
    printed = user.run("apply", "--check", fails=True, **in_use)
    assert "Apply these changes with" not in printed
    assert not (user.folder / "approved.json").exists()
    printed = user.run("apply", "--check", fails=True, blackbox_phone_numbers_file="n.csv", blackbox_columns=["x"])
    assert "blackbox_columns must be a mapping" in printed


@pytest.mark.thorough
def test_file_without_a_trunk_is_applied_to_the_default_trunk(user: User) -> None:
    (user.folder / "phone_numbers.csv").write_text("phone_number;display_name\n+15550000009;Desk\n")
    options = {
        "blackbox_phone_numbers_file": "phone_numbers.csv",
        "blackbox_defaults": {"trunk": "alice@sip.example.com"},
    }
    user.run("apply", "--check", **options)
    user.run("apply", "-e", "@approved.json", **options)
    assert user.names()["+15550000009"] == "Desk"


@pytest.fixture
def port() -> Iterator[int]:
    """A free port, on which no emulator runs afterwards."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        found = int(server.getsockname()[1])
    yield found
    with contextlib.suppress(OSError):
        service_on(found).stop()


def service_on(port: int) -> Emulator:
    return Emulator(f"http://127.0.0.1:{port}", "emulator-key")


@pytest.mark.thorough
@pytest.mark.every_core
def test_emulator_starts_and_stops(user: User, port: int, tmp_path: Path) -> None:
    printed = user.run("emulator", blackbox_emulator_port=port, blackbox_emulator_settings={"trim": True})
    assert f"export BLACKBOX_API_URL=http://127.0.0.1:{port} BLACKBOX_API_KEY=emulator-key" in printed
    numbers = service_on(port).state()["organizations"]["org-1"]["phone_numbers"]
    assert [number["phoneNumber"] for number in numbers] == ["+15551230000", "+15551230001", "+15551230002"]
    assert "runs on port" in user.run("emulator", fails=True, blackbox_emulator_port=port)
    user.run("emulator", blackbox_emulator_port=port, blackbox_emulator="stopped")
    assert "changed=0" in user.run("emulator", blackbox_emulator_port=port, blackbox_emulator="stopped")
    (tmp_path / "own.yml").write_text(yaml.safe_dump({"credentials": [{"id": OTHER_TRUNK, "server": "own.example"}]}))
    user.run("emulator", blackbox_emulator_port=port, blackbox_emulator_seed="own.yml")
    credentials = service_on(port).state()["organizations"]["org-1"]["credentials"]
    assert [each["server"] for each in credentials] == ["own.example"]


@pytest.mark.thorough
def test_emulator_that_cannot_start_says_why(user: User, port: int) -> None:
    printed = user.run("emulator", fails=True, blackbox_emulator_port=port, blackbox_emulator_seed="none.yml")
    assert "none.yml" in printed.partition(f"The emulator does not listen on port {port}.")[2]
    user.run("emulator", "--check", blackbox_emulator_port=port)


# Documentation


def variables_of(playbook: Path) -> set[str]:
    text = playbook.read_text("utf-8")
    (play,) = yaml.safe_load(text)
    # What has no default is only passed.
    return {name for name in play["vars"] if name.startswith("blackbox_")} | set(
        re.findall(r"(blackbox_\w+) is defined", text)
    )


@pytest.mark.parametrize("playbook", PLAYBOOKS, ids=lambda playbook: playbook.stem)
def test_guide_lists_the_variables_of_the_playbook(playbook: Path) -> None:
    guide = (CHECKOUT / "docs/docsite/rst/guide_playbooks.rst").read_text("utf-8")
    (section,) = re.findall(
        rf"^``{playbook.stem}``\n~+\n(.*?)(?=^``\w+``\n~|^[^\n]+\n[-=]{{3,}}|\Z)", guide, re.M | re.S
    )
    cells = re.findall(r"^   \* - (``blackbox_.*)", section, re.M)
    assert {name for cell in cells for name in re.findall("blackbox_\\w+", cell)} == variables_of(playbook)
