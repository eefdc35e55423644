# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tasks with `phone_numbers_file`, from the path to the result, both ways of running."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest import mock

import openpyxl
import pytest

from ansible_collections.dasha.blackbox.plugins.plugin_utils import _fleet_action
from emulator.client import Emulator
from unit.action_harness import HOST_VARS, JSON_TYPES, make_action, run_action, types_in
from unit.doors.playbooks import KEY, KEY_ARGUMENTS, Project
from unit.harness import OTHER_TRUNK, TRUNK, normalize, run_module

HEADER = "phone_number,trunk,display_name,incoming_calls_agent\n"
Task = Callable[..., dict[str, Any]]


def as_module(name: str, options: dict[str, Any], check: bool = False, folder: str = "") -> dict[str, Any]:
    """Return the result of a task whose action plugin hands the file's entries to the module."""
    variables = {**HOST_VARS, "blackbox_direct_execution": False}
    action = make_action(name, options, check=check, variables=variables, folder=folder)

    def run(_variables: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
        # As on its way to another machine.
        return run_module(name, json.loads(json.dumps({**dict(action._task.args), **more})), check=check)

    with mock.patch.object(action, "_run_module", run):
        return normalize(action.run(task_vars=variables))


@pytest.fixture(params=["direct", "module"])
def task(request: pytest.FixtureRequest, emulator: Emulator, tmp_path: Path) -> Task:
    """Run a task in a folder with files, and one request at a time."""
    door = run_action if request.param == "direct" else as_module

    def task(file: Any, module: str = "sip_phone_numbers", check: bool = False, **options: Any) -> dict[str, Any]:
        connection = {"api_key": emulator.key, "api_url": emulator.url, "api_retries": 0, "concurrency": 1}
        given = {**connection, "phone_numbers_file": file, **options}
        return door(module, given, check=check, folder=str(tmp_path))

    return task


def numbers(emulator: Emulator) -> dict[str, dict[str, Any]]:
    return {each["phoneNumber"]: each for each in emulator.state()["organizations"]["org-1"]["phone_numbers"]}


def write(folder: Path, text: str, name: str = "numbers.csv") -> str:
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text(text, "utf-8")
    return name


# What is done


@pytest.mark.not_quick
def test_numbers_of_a_file_are_created_and_the_second_run_changes_nothing(
    task: Task, emulator: Emulator, tmp_path: Path
) -> None:
    file = write(
        tmp_path, f"{HEADER}+15550000001,sip.example.com,Desk {{{{ 7 * 7 }}}}{{% x %}},Support\n+15550000002,,,\n"
    )
    first = task(file, trunk="sip.example.org")
    assert (first["failed"], first["summary"]["created"]) == (False, 2), first
    created = numbers(emulator)
    assert created["+15550000001"]["displayName"] == "Desk {{ 7 * 7 }}{% x %}"
    assert created["+15550000001"]["incomingCallsAgentId"] == "agent-1"
    assert created["+15550000001"]["credentialsId"] == TRUNK
    assert created["+15550000002"]["credentialsId"] == OTHER_TRUNK
    second = task(file, trunk="sip.example.org")
    assert (second["changed"], second["summary"]["unchanged"]) == (False, 2)
    assert types_in(second) <= {*JSON_TYPES}


def test_entries_of_list_and_file_are_one_fleet(task: Task, emulator: Emulator, tmp_path: Path) -> None:
    file = write(tmp_path, "phone_number\n+15550000002\n")
    result = task(file, phone_numbers=[{"phone_number": "+15550000001"}], trunk="sip.example.com")
    assert result["summary"]["created"] == 2
    again = task(file, phone_numbers=[{"phone_number": "+15550000002"}], trunk="sip.example.com")
    assert again["msg"].startswith("phone_numbers[0] and numbers.csv line 2 identify the same phone number")


def test_file_names_trunks_that_the_same_task_creates(task: Task, emulator: Emulator, tmp_path: Path) -> None:
    file = write(tmp_path, f"{HEADER}+15550000001,berlin@sip.example.net,,\n")
    trunks = [{"server": "sip.example.net", "auth_user": "berlin", "auth_password": "s3cret-s3cret"}]
    preview = task(file, module="sip_trunks", trunks=trunks, check=True)
    result = task(file, module="sip_trunks", trunks=trunks)
    assert result["summary"]["phone_numbers"]["created"] == 1
    assert result["plan_id"] == preview["plan_id"]


def test_plan_of_a_file_is_that_of_the_same_list(task: Task, tmp_path: Path) -> None:
    file = write(tmp_path, "phone_number,display_name,registration\n+15550000001,Desk,yes\n")
    entry = {"phone_number": "+15550000001", "display_name": "Desk", "registration": True}
    of_file = task(file, trunk="sip.example.com", check=True)
    of_list = task(None, phone_numbers=[entry], trunk="sip.example.com", check=True)
    assert of_file == of_list


ODD = [
    {"displayName": "=HYPERLINK(0)", "description": "two\nlines", "registration": True},
    {"displayName": "1e5", "description": "WAHR"},
    {"displayName": "'9 to 5' desk", "description": '="text"'},
    {"displayName": "Büro; Süd, 1 | 2", "description": "0155"},
    {"displayName": "no", "description": "2026-03-01", "incomingCallsAgentId": "agent-2"},
]


@pytest.mark.parametrize("extension", ["csv", "xlsx", "yml", "json"])
def test_file_of_the_info_module_applies_as_unchanged(
    task: Task, emulator: Emulator, tmp_path: Path, extension: str
) -> None:
    seeds = [{"phoneNumber": f"089123456{n}", "credentialsId": TRUNK, **odd} for n, odd in enumerate(ODD)]
    emulator.seed({"phone_numbers": seeds})
    connection = {"api_key": emulator.key, "api_url": emulator.url}
    file = tmp_path / f"numbers.{extension}"
    run_module("sip_phone_number_info", {**connection, "dest": str(file), "affected_agents": True})
    result = task(file.name, purge=True)
    assert (result.get("msg"), result["summary"]["unchanged"], result["warnings"]) == (None, len(ODD), [])


def test_columns_and_region_are_applied(task: Task, emulator: Emulator, tmp_path: Path) -> None:
    file = write(tmp_path, "Rufnummer;State;Nebenstelle\n030 123456;Empfang;12\n")
    columns = {"Rufnummer": "phone_number", "State": "display_name", "Nebenstelle": None}
    result = task(file, trunk="sip.example.com", columns=columns, region="DE")
    assert not result["failed"], result
    assert numbers(emulator)["+4930123456"]["displayName"] == "Empfang"


def test_guess_of_an_encoding_is_a_warning(task: Task, emulator: Emulator, tmp_path: Path) -> None:
    (tmp_path / "numbers.csv").write_bytes("phone_number;display_name\n+15550000001;Büro\n".encode("cp1252"))
    result = task("numbers.csv", trunk="sip.example.com")
    (warning,) = result["warnings"]
    assert warning.startswith("In numbers.csv, line 2: The file is not UTF-8 and was read as Windows-1252.")
    assert "Its first character that is not ASCII is 'ü', in 'Büro'." in warning
    assert numbers(emulator)["+15550000001"]["displayName"] == "Büro"


@pytest.mark.parametrize("folder", ["", "files/"])
def test_file_is_found_next_to_the_playbook_and_in_files(task: Task, tmp_path: Path, folder: str) -> None:
    write(tmp_path, "phone_number\n+15550000001\n", f"{folder}numbers.csv")
    assert task("numbers.csv", trunk="sip.example.com", check=True)["summary"]["created"] == 1


def test_file_is_found_by_its_absolute_path(task: Task, tmp_path: Path) -> None:
    write(tmp_path, "phone_number\n+15550000001\n")
    assert task(str(tmp_path / "numbers.csv"), trunk="sip.example.com", check=True)["summary"]["created"] == 1


# What is refused, before the first request


@pytest.mark.parametrize(
    ("file", "message"),
    [
        ("missing.csv", "phone_numbers_file 'missing.csv' cannot be read: Could not find or access"),
        ("folder.csv", "phone_numbers_file 'folder.csv' is a directory, not a file."),
        ("pipe.csv", "phone_numbers_file 'pipe.csv' is a device or a pipe, not a file."),
        (
            "numbers.ods",
            "phone_numbers_file is 'numbers.ods'. Its extension must say its format, and be one of .csv, .tsv",
        ),
        ("numbers", "phone_numbers_file is 'numbers'. Its extension must say its format"),
        ("", "phone_numbers_file is ''. Its extension must say its format"),
        (5, "phone_numbers_file must be a quoted string, not the number 5."),
        (["numbers.csv"], "phone_numbers_file must be a quoted string, not the list"),
        ({"entries": []}, "phone_numbers_file must be a quoted string, not the mapping"),
        ("empty.csv", "empty.csv has 1 error:\nThe file is empty."),
    ],
)
def test_file_that_cannot_be_read_is_refused(
    task: Task, emulator: Emulator, tmp_path: Path, file: Any, message: str
) -> None:
    (tmp_path / "folder.csv").mkdir()
    os.mkfifo(tmp_path / "pipe.csv")
    write(tmp_path, "", "empty.csv")
    emulator.clear_requests()
    result = task(file, trunk="sip.example.com")
    assert (result["failed"], result["changed"]) == (True, False)
    assert result["msg"].startswith(message)
    assert emulator.requests() == []


def test_file_without_permission_is_refused(task: Task, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = write(tmp_path, "phone_number\n+1\n")
    # Not by its mode: the tests may run as root.
    refusal = PermissionError(errno.EACCES, "Permission denied")
    monkeypatch.setattr(_fleet_action, "read_decrypted", mock.Mock(side_effect=refusal))
    message = task(file, trunk="sip.example.com")["msg"]
    assert message == "phone_numbers_file 'numbers.csv' cannot be read: Permission denied."


def test_file_that_is_too_large_is_not_read(task: Task, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_fleet_action, "MAX_SIZE", 1 << 20)
    with (tmp_path / "numbers.csv").open("wb") as file:
        file.truncate((1 << 20) + 1)
    message = task("numbers.csv", trunk="sip.example.com")["msg"]
    assert message == "phone_numbers_file 'numbers.csv' is larger than 1 MiB."


def test_all_errors_of_a_file_are_reported_at_once(task: Task, emulator: Emulator, tmp_path: Path) -> None:
    file = write(tmp_path, "Nummer,phone_number,display_name,registration\n1,5.5E+9,x,maybe\n2,+1,y\n3,#N/A,z,\n")
    emulator.clear_requests()
    result = task(file, trunk="sip.example.com", columns={"Nummer": "description"})
    headline, *errors = result["msg"].splitlines()
    assert headline == "numbers.csv has 4 errors:"
    assert [error.partition(":")[0] for error in errors] == ["line 2", "line 2", "line 3", "line 4"]
    assert emulator.requests() == []


def test_options_of_a_file_need_one(task: Task) -> None:
    result = task(None, phone_numbers=[], columns={"a": "trunk"}, region="DE", trunk="sip.example.com")
    assert result["msg"] == "columns and region are set, but phone_numbers_file is not. Set it."


def test_neither_list_nor_file_is_refused(task: Task) -> None:
    assert task(None, trunk="sip.example.com")["msg"] == "Set phone_numbers or phone_numbers_file."


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"x": "colour"}, "columns maps 'x' to 'colour', which is not an option. The options are phone_number, "),
        ({"x": 5}, "columns maps 'x' to 5, which is not an option."),
        (["x"], "columns must be a mapping of headings to options, not ['x']."),
        ("x", "columns must be a mapping of headings to options, not 'x'."),
    ],
)
def test_columns_that_mean_nothing_are_refused(task: Task, tmp_path: Path, columns: Any, message: str) -> None:
    file = write(tmp_path, "phone_number\n+1\n")
    assert task(file, trunk="sip.example.com", columns=columns)["msg"].startswith(message)


@pytest.mark.parametrize("region", ["Germany", "XX", "", False])
def test_unknown_region_is_refused(task: Task, tmp_path: Path, region: Any) -> None:
    file = write(tmp_path, "phone_number\n+1\n")
    message = task(file, trunk="sip.example.com", region=region)["msg"]
    assert message.startswith("region must be a country code of two letters, such as US, not ")


def test_messages_use_the_names_of_a_role(task: Task, tmp_path: Path) -> None:
    names = {"*": "provision_"}
    file = write(tmp_path, "phone_number\n+1\n")
    missing = task("missing.csv", module="sip_trunks", option_names=names)["msg"]
    assert missing.startswith("provision_phone_numbers_file 'missing.csv' cannot be read")
    wrong = task(file, module="sip_trunks", option_names=names, columns={"x": "y"})["msg"]
    assert wrong.startswith("provision_columns maps 'x'")
    region = task(file, module="sip_trunks", option_names=names, region="XX")["msg"]
    assert region.startswith("provision_region must be a country code")


def test_problems_in_a_file_name_the_options_of_a_role_or_playbook(task: Task, tmp_path: Path) -> None:
    def problems(name: str, **options: Any) -> str:
        names = {"*": "provision_", "region": "blackbox_region"}
        return str(task(name, module="sip_trunks", option_names=names, **options)["msg"])

    table = problems(write(tmp_path, "phone_number,colour\n+1,red\n"), columns={"Nummer": "trunk"})
    assert "Set provision_columns to map headings to them" in table
    assert "provision_columns has 'Nummer', which is not the heading of a column." in table
    entries = problems(write(tmp_path, "- {phone_number: '+1', colour: red}", "n.yml"))
    assert "Set provision_columns to map names to them" in entries
    book = openpyxl.Workbook()
    book.active.append(["phone_number"])
    book.active.append([5551234567])
    book.save(tmp_path / "n.xlsx")
    assert problems("n.xlsx").endswith("enter the value again, or set blackbox_region.")


def test_module_that_no_action_plugin_ran_says_so(emulator: Emulator) -> None:
    connection = {"api_key": emulator.key, "api_url": emulator.url}
    result = run_module("sip_phone_numbers", {**connection, "phone_numbers_file": "numbers.csv"})
    assert result["msg"].startswith("phone_numbers_file is read by the action plugin of the collection")


# Where it is, in everything that is said later


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("+15550000001,sip.example.com,,Suport", "numbers.csv line 3, column incoming_calls_agent: no agent is named"),
        ("+15550000001,nobody@sip.example.com,,", "numbers.csv line 3, column trunk: no trunk"),
        ("+15550000001,,,", "numbers.csv line 3 needs credentials_id (or trunk)"),
        (f"+15550000001,sip.example.com,{'x' * 256},", "line 3: display_name must be at most 255 characters long"),
    ],
)
def test_later_error_names_file_line_and_column(
    task: Task, emulator: Emulator, tmp_path: Path, row: str, message: str
) -> None:
    file = write(tmp_path, f"{HEADER}+15550000000,sip.example.com,,\n{row}\n")
    result = task(file)
    assert message in result["msg"]
    assert numbers(emulator) == {}


def test_column_is_named_as_in_the_file(task: Task, tmp_path: Path) -> None:
    file = write(tmp_path, "Rufnummer;Agent\n+15550000001;Suport\n")
    columns = {"Rufnummer": "phone_number", "Agent": "incoming_calls_agent"}
    message = task(file, trunk="sip.example.com", columns=columns)["msg"]
    assert message.startswith("numbers.csv line 2, column Agent: no agent is named 'Suport'.")
    number_format = task(
        write(tmp_path, "Rufnummer;Agent\n0155501;\n"), trunk="sip.example.com", columns=columns, number_format="e164"
    )
    assert number_format["msg"].startswith("numbers.csv line 2, column Rufnummer is '0155501', but number_format is")


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        (
            "numbers.yml",
            "- phone_number: '+1'\n\n- phone_number: 15551234567\n",
            "numbers.yml line 3, phone_number must",
        ),
        ("numbers.json", '[{"phone_number": "+1"}, {"phone_number": 1}]', "numbers.json[1].phone_number must be"),
        ("numbers.jsonl", '{"phone_number": "+1"}\n\n{"phone_number": 1}\n', "numbers.jsonl line 3, phone_number must"),
    ],
)
def test_position_in_a_file_without_columns(task: Task, tmp_path: Path, name: str, text: str, message: str) -> None:
    assert task(write(tmp_path, text, name), trunk="sip.example.com")["msg"].startswith(message)


def test_failure_has_file_and_line(task: Task, emulator: Emulator, tmp_path: Path) -> None:
    file = write(tmp_path, f"{HEADER}+15550000001,,,\n+15550000002,,,\n")
    refusal = {"status": 400, "body": {"title": "Bad Request", "errors": {"phoneNumber": ["No."]}}}
    emulator.fault({"match": {"method": "POST"}, "times": 1, "fault": refusal})
    result = task(file, trunk="sip.example.com")
    (failure,) = result["failures"]
    assert failure["location"] == "numbers.csv line 2"
    assert failure["msg"].startswith("Creating phone number '+15550000001' on trunk ")
    assert " (numbers.csv line 2) failed: the API returned 400" in failure["msg"]
    assert "(numbers.csv line 2)" in result["msg"]


# Whole playbooks


@pytest.fixture
def project(tmp_path: Path) -> Any:
    with Emulator.start("--exit-with-parent", "--quiet", *KEY_ARGUMENTS) as emulator:
        emulator.seed({"credentials": [{"id": TRUNK, "server": "sip.example.com"}]})
        yield Project(tmp_path, emulator)


def play(**keywords: Any) -> list[dict[str, Any]]:
    options = {"trunk": "sip.example.com", "phone_numbers_file": "numbers.csv"}
    task = {"dasha.blackbox.sip_phone_numbers": options, "register": "fleet", **keywords}
    return [{"hosts": "all", "gather_facts": False, "tasks": [task]}]


@pytest.mark.not_quick
@pytest.mark.every_core
@pytest.mark.parametrize("how", ["direct", "module", "async"])
def test_encrypted_file_is_decrypted_in_memory(project: Project, how: str) -> None:
    (project.folder / "files").mkdir()
    secret = project.folder / "files/numbers.csv"
    secret.write_text("phone_number,display_name\n+15550000001,Desk of {{ nobody }}\n", "utf-8")
    (project.folder / "password").write_text("a long password")
    vault = [sys.executable, "-m", "ansible", "vault", "encrypt", "--vault-password-file", "password", str(secret)]
    subprocess.run(vault, cwd=project.folder, env=project.environment(), check=True, capture_output=True)
    project.write(play(**({"async": 60, "poll": 1} if how == "async" else {})))
    temporary = project.folder / "temporary"
    temporary.mkdir()
    project.run(
        "--vault-password-file",
        "password",
        BLACKBOX_DIRECT_EXECUTION=str(how == "direct").lower(),
        ANSIBLE_LOCAL_TEMP=str(temporary),
    )
    assert [number["displayName"] for number in project.numbers()] == ["Desk of {{ nobody }}"]
    assert not [path for path in temporary.rglob("*") if path.is_file()]


@pytest.mark.not_quick
@pytest.mark.every_core
def test_encrypted_file_without_its_password_is_refused(project: Project) -> None:
    (project.folder / "numbers.csv").write_text("$ANSIBLE_VAULT;1.1;AES256\n6162\n")
    project.write(play())
    printed = project.run(status=2).stdout
    assert "phone_numbers_file 'numbers.csv' cannot be read: " in " ".join(printed.split())
    assert KEY not in printed


@pytest.mark.not_quick
@pytest.mark.every_core
def test_role_takes_a_file_next_to_the_playbook(project: Project) -> None:
    write(project.folder, "Nummer,trunk,Bemerkung\n030 123456,sip.example.com,x\n", "files/numbers.csv")
    variables = {
        "provision_phone_numbers_file": "numbers.csv",
        "provision_columns": {"Nummer": "phone_number", "Bemerkung": None},
        "provision_region": "DE",
    }
    project.write([{"hosts": "all", "gather_facts": False, "vars": variables, "roles": ["dasha.blackbox.provision"]}])
    project.run()
    assert [number["phoneNumber"] for number in project.numbers()] == ["+4930123456"]
