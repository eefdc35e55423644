# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The option dest of the info modules: what exists becomes a file, and the file applied changes nothing."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock
from zipfile import ZipFile

import openpyxl
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.dasha.blackbox.plugins.filter.phone_numbers_from_csv import phone_numbers_from_csv
from ansible_collections.dasha.blackbox.plugins.module_utils._common import files, formats
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.table import to_table
from ansible_collections.dasha.blackbox.plugins.plugin_utils._numbers_file import read_numbers
from emulator.client import Emulator
from unit.harness import NUMBER_ID, OTHER_ID, OTHER_TRUNK, TRUNK, run_module

pytestmark = pytest.mark.slow

Run = Callable[..., dict[str, Any]]
FORMATS = ("csv", "xlsx", "yml", "yaml", "json")
PROVIDER = "11111111-2222-4333-8444-555555555555"
SECRET = "hunter2-hunter2"
NUMBERS = [
    {
        "id": NUMBER_ID,
        "phoneNumber": "+15551234567",
        "credentialsId": TRUNK,
        "displayName": "=HYPERLINK(0)",
        "description": 'Büro, "1. Stock"',
        "registration": True,
        "incomingCallsAgentId": "agent-1",
    },
    {"phoneNumber": "0891234567", "credentialsId": OTHER_TRUNK, "displayName": "1e5"},
    {"phoneNumber": "0891234568", "credentialsId": OTHER_TRUNK, "providerId": PROVIDER},
]
YAML = """\
---
- phone_number: "+15551234567"
  trunk: "sip.example.com"
  display_name: "=HYPERLINK(0)"
  description: "Büro, \\"1. Stock\\""
  registration: true
  incoming_calls_agent: "Support"
- phone_number: "0891234567"
  trunk: "sip.example.org"
  display_name: "1e5"
  registration: false
"""
CSV = '''\
phone_number,trunk,display_name,description,registration,incoming_calls_agent
+15551234567,sip.example.com,"=""=HYPERLINK(0)""","Büro, ""1. Stock""",true,Support
0891234567,sip.example.org,1e5,,false,
'''


def read(file: Path) -> list[dict[str, Any]]:
    """Return the entries of a file as a task gets them."""
    if file.stem == "trunks":
        text = file.read_text("utf-8")
        return yaml.safe_load(text) if file.suffix != ".json" else json.loads(text)
    found = read_numbers(file.name, file.read_bytes())
    assert found["warnings"] == []
    return found["entries"]


@pytest.fixture
def export(emulator: Emulator, run: Run, tmp_path: Path) -> Callable[..., dict[str, Any]]:
    """Write the phone numbers of the emulator to a file in the folder of the test."""
    emulator.seed({"phone_numbers": NUMBERS})

    def export(name: str, module: str = "sip_phone_number_info", **options: Any) -> dict[str, Any]:
        return run(module, dest=str(tmp_path / name), **options)

    return export


# What is written


def test_yaml_has_names_and_every_text_in_quotes(export: Run, tmp_path: Path) -> None:
    result = export("numbers.yml")
    assert (tmp_path / "numbers.yml").read_text("utf-8") == YAML
    assert (result["changed"], result["dest"]) == (True, str(tmp_path / "numbers.yml"))
    assert len(result["sip_phone_numbers"]) == 3


def test_csv_has_a_formula_as_text(export: Run, tmp_path: Path) -> None:
    export("numbers.csv")
    assert (tmp_path / "numbers.csv").read_text("utf-8") == CSV


def test_workbook_has_text_cells_alone(export: Run, tmp_path: Path) -> None:
    export("numbers.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "numbers.xlsx").worksheets[0]
    cells = [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert {(cell.data_type, cell.number_format) for cell in cells} == {("s", "@")}
    assert sheet["A2"].value == "+15551234567"
    assert sheet["C2"].value == "=HYPERLINK(0)"
    assert sheet.column_dimensions["A"].number_format == "@"


def test_json_is_the_same_as_yaml(export: Run, tmp_path: Path) -> None:
    export("numbers.json")
    assert json.loads((tmp_path / "numbers.json").read_text("utf-8")) == yaml.safe_load(YAML)


def test_number_of_provider_is_written_if_asked_for(export: Run, tmp_path: Path) -> None:
    export("numbers.yml", provider_numbers=True)
    assert read(tmp_path / "numbers.yml")[-1] == {"phone_number": "0891234568", "trunk": "sip.example.org"}


def test_null_is_cleared_if_asked_for_and_a_table_has_no_cell_for_that(export: Run, tmp_path: Path) -> None:
    export("numbers.yml", nulls="clear")
    assert read(tmp_path / "numbers.yml")[-1] == {
        "phone_number": "0891234567",
        "trunk": "sip.example.org",
        "display_name": "1e5",
        "description": "",
        "registration": False,
        "incoming_calls_agent_id": "",
    }
    for name in ("numbers.csv", "numbers.xlsx"):
        assert "an empty cell means omitted" in export(name, nulls="clear")["msg"]


def test_agents_of_outgoing_calls_are_written_if_they_were_read(
    emulator: Emulator, export: Run, tmp_path: Path
) -> None:
    callers = [
        {"id": f"agent-{index}", "name": name, "outbound": NUMBER_ID}
        for index, name in enumerate(["Night shift", "Day shift"], 3)
    ]
    emulator.seed({"agents": callers})
    for name in ("numbers.yml", "numbers.csv", "numbers.xlsx"):
        export(name, affected_agents=True)
        assert read(tmp_path / name)[0]["outgoing_calls_agents"] == ["Night shift", "Day shift"]
    # A list in a cell is split at commas.
    emulator.seed({"agents": [{"id": "agent-5", "name": "Night, and day", "outbound": NUMBER_ID}]})
    export("numbers.csv", affected_agents=True)
    assert read(tmp_path / "numbers.csv")[0]["outgoing_calls_agent_ids"] == ["agent-3", "agent-4", "agent-5"]


def test_names_that_several_have_give_way_to_ids(emulator: Emulator, export: Run, tmp_path: Path) -> None:
    emulator.seed(
        {
            "agents": [{"id": "agent-3", "name": "Support"}],
            "credentials": [{"server": "sip.example.com", "source": "provider", "providerId": PROVIDER}],
        }
    )
    export("numbers.yml")
    (entry, _other) = read(tmp_path / "numbers.yml")
    assert (entry["incoming_calls_agent_id"], entry["credentials_id"]) == ("agent-1", TRUNK)


@pytest.mark.both_doors
@pytest.mark.parametrize("extension", FORMATS)
def test_names_and_texts_with_half_a_character_are_left_out(
    emulator: Emulator, export: Run, tmp_path: Path, extension: str
) -> None:
    emulator.seed(
        {
            "agents": [{"id": "agent-9", "name": "Support \ud83d"}],
            "credentials": [{"id": PROVIDER, "server": "sip.example.com", "authUser": "\ud83d"}],
            "phone_numbers": [
                {"phoneNumber": "+1777", "credentialsId": PROVIDER, "incomingCallsAgentId": "agent-9"},
                {"phoneNumber": "+1778", "credentialsId": TRUNK, "displayName": "\ud83d", "description": "x\ude00"},
                {"id": OTHER_ID, "phoneNumber": "+1779\ud83d", "credentialsId": TRUNK},
            ],
        }
    )
    export(f"numbers.{extension}")
    _first, *others = [entry for entry in read(tmp_path / f"numbers.{extension}") if "0891234567" not in entry.values()]
    assert others == [
        {
            "phone_number": "+1777",
            "credentials_id": PROVIDER,
            "registration": False,
            "incoming_calls_agent_id": "agent-9",
        },
        {"phone_number": "+1778", "trunk": "sip.example.com", "registration": False},
        {"id": OTHER_ID, "registration": False},
    ]


@pytest.mark.parametrize("extension", FORMATS)
def test_name_that_ends_in_an_emoji_is_written(emulator: Emulator, export: Run, tmp_path: Path, extension: str) -> None:
    name = "Sales \u260e\ufe0f"
    emulator.seed({"phone_numbers": [{"phoneNumber": "+1777", "credentialsId": TRUNK, "displayName": name}]})
    assert export(f"numbers.{extension}")["warnings"] == []
    assert name in [entry.get("display_name") for entry in read(tmp_path / f"numbers.{extension}")]


@pytest.mark.both_doors
@pytest.mark.parametrize("name", ["trunks.yml", "trunks.json"])
def test_trunks_with_half_a_character_are_written_by_id(
    emulator: Emulator, export: Run, tmp_path: Path, name: str
) -> None:
    trunk = {"id": PROVIDER, "server": "sip.example.com", "authUser": "\ud83d", "description": "x\ude00"}
    emulator.seed({"credentials": [trunk]})
    export(name, "sip_credential_info")
    entries = [entry for entry in read(tmp_path / name) if "id" in entry]
    assert entries == [{"id": PROVIDER, "transport": "udp"}]


def test_agents_that_the_key_may_not_list_are_written_by_id(emulator: Emulator, export: Run, tmp_path: Path) -> None:
    emulator.fault({"match": {"path": "/agents"}, "times": None, "fault": {"status": 403, "body": {"title": "No"}}})
    result = export("numbers.yml")
    assert read(tmp_path / "numbers.yml")[0]["incoming_calls_agent_id"] == "agent-1"
    assert "The agents are written by id" in result["warnings"][0]


@pytest.mark.both_doors
def test_value_that_no_cell_keeps_is_omitted_with_a_warning(emulator: Emulator, export: Run, tmp_path: Path) -> None:
    emulator.seed({"phone_numbers": [{"phoneNumber": "+1777", "credentialsId": TRUNK, "displayName": " x"}]})
    result = export("numbers.csv")
    assert read(tmp_path / "numbers.csv")[1] == {
        "phone_number": "+1777",
        "trunk": "sip.example.com",
        "registration": False,
    }
    assert "omitted from the file: +1777 (display_name)." in result["warnings"][0]
    assert export("numbers.yml")["warnings"] == []


@pytest.mark.both_doors
@pytest.mark.parametrize("name", ["trunks.yml", "trunks.json"])
def test_trunks_are_written_without_passwords(emulator: Emulator, export: Run, tmp_path: Path, name: str) -> None:
    emulator.seed({"credentials": [{"server": "sip.example.com", "authUser": "0123", "authPassword": SECRET}]})
    result = export(name, "sip_credential_info")
    assert read(tmp_path / name) == [
        {"server": "sip.example.com", "transport": "udp"},
        {"server": "sip.example.com", "auth_user": "0123", "transport": "udp"},
        {"server": "sip.example.org", "transport": "udp"},
    ]
    assert SECRET not in (tmp_path / name).read_text("utf-8") + json.dumps(result)


def test_filtered_trunk_whose_name_another_one_has_is_written_with_its_id(
    emulator: Emulator, export: Run, tmp_path: Path
) -> None:
    emulator.seed({"credentials": [{"server": "sip.example.com:5060"}]})
    export("trunks.yml", "sip_credential_info", id=TRUNK)
    assert read(tmp_path / "trunks.yml") == [{"id": TRUNK, "server": "sip.example.com", "transport": "udp"}]


# The file


@pytest.mark.both_doors
@pytest.mark.parametrize("extension", FORMATS)
def test_second_run_changes_nothing(export: Run, tmp_path: Path, extension: str) -> None:
    file = tmp_path / f"numbers.{extension}"
    assert export(file.name, check=True)["changed"] is True
    assert not file.exists()
    assert export(file.name)["changed"] is True
    before = file.stat()
    assert export(file.name, check=True)["changed"] is False
    result = export(file.name)
    assert (result["changed"], result["diff"]) == (False, [])
    assert (file.stat().st_ino, file.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert list(tmp_path.iterdir()) == [file]


def test_existing_file_is_left_alone_if_asked_for(export: Run, tmp_path: Path) -> None:
    file = tmp_path / "numbers.yml"
    assert export(file.name, force=False)["changed"] is True
    file.write_text("[]")
    assert export(file.name, force=False, mode="0600")["changed"] is False
    assert (file.read_text(), permissions(file) & 0o044) == ("[]", 0o044)


@pytest.mark.parametrize("extension", FORMATS)
@pytest.mark.parametrize("check", [True, False])
def test_other_content_is_replaced_and_shown(export: Run, tmp_path: Path, extension: str, check: bool) -> None:
    file = tmp_path / f"numbers.{extension}"
    export(file.name, phone_number="0891234567")
    before = file.read_bytes()
    result = export(file.name, check=check)
    assert result["changed"] is True
    (diff,) = result["diff"]
    assert "+15551234567" not in diff["before"]
    assert "+15551234567" in diff["after"]
    assert (diff["before_header"], diff["after_header"]) == (str(file), str(file))
    assert (file.read_bytes() == before) is check


def test_diff_hides_passwords_of_the_file_that_is_replaced(export: Run, tmp_path: Path) -> None:
    file = tmp_path / "trunks.yml"
    file.write_text(f'- server: x\n  auth_password: "{SECRET}"\n')
    result = export("trunks.yml", "sip_credential_info")
    assert result["diff"][0]["before"] == "- server: x\n  auth_password: (hidden)\n"
    assert SECRET not in json.dumps(result)


@pytest.mark.parametrize(
    ("before", "expected"), [(b"\xff\xfe", {"dst_binary": 1}), (b"x" * 200_000, {"dst_larger": 104448})]
)
def test_diff_of_binary_and_long_files_says_so(export: Run, tmp_path: Path, before: bytes, expected: Any) -> None:
    (tmp_path / "numbers.csv").write_bytes(before)
    (diff,) = export("numbers.csv")["diff"]
    assert {name: value for name, value in diff.items() if "header" not in name} == expected


@pytest.mark.parametrize("part", [part / 20 for part in range(20)])
def test_damaged_workbook_is_replaced(export: Run, tmp_path: Path, part: float) -> None:
    export("numbers.xlsx")
    data = bytearray((tmp_path / "numbers.xlsx").read_bytes())
    start = int(part * len(data))
    data[start : start + 40] = b"\xff" * 40
    (tmp_path / "numbers.xlsx").write_bytes(data)
    assert export("numbers.xlsx")["failed"] is False
    assert export("numbers.xlsx")["changed"] is False


@pytest.mark.parametrize("before", [b"", b"no workbook", b"PK\x03\x04"])
def test_file_that_is_no_workbook_is_replaced(export: Run, tmp_path: Path, before: bytes) -> None:
    (tmp_path / "numbers.xlsx").write_bytes(before)
    assert export("numbers.xlsx")["changed"] is True
    assert export("numbers.xlsx")["changed"] is False


def permissions(file: Path) -> int:
    return stat.S_IMODE(file.stat().st_mode)


@pytest.mark.both_doors
def test_permissions(export: Run, tmp_path: Path) -> None:
    file = tmp_path / "numbers.yml"
    umask = os.umask(0o027)
    try:
        export(file.name)
    finally:
        os.umask(umask)
    assert permissions(file) == 0o640
    assert export(file.name, mode="0600", check=True)["changed"] is True
    assert permissions(file) == 0o640
    result = export(file.name, mode="0600")
    assert result["diff"] == [{"before": {"mode": "0640"}, "after": {"mode": "0600"}}]
    assert permissions(file) == 0o600
    assert export(file.name, mode="600")["changed"] is False
    export(file.name, nulls="clear")
    assert permissions(file) == 0o600


def test_link_is_replaced_and_not_followed(export: Run, tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.write_text("x")
    (tmp_path / "numbers.yml").symlink_to(target)
    export("numbers.yml")
    assert (target.read_text(), (tmp_path / "numbers.yml").is_symlink()) == ("x", False)


@pytest.mark.both_doors
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"dest": "numbers.txt"}, "dest must end in .yml, .yaml, .json, .csv or .xlsx, which determines the format"),
        ({"dest": "missing/numbers.yml"}, "does not exist. Create it first."),
        ({"dest": "folder.yml"}, "exists and is not a file. Set the path of a file."),
        ({"dest": "numbers.yml", "mode": "u+r"}, 'mode must be an octal number in quotes, such as "0644"'),
        ({"dest": "numbers.yml", "mode": 0o644}, "mode must be a quoted string, not the number 420."),
    ],
    ids=str,
)
@pytest.mark.parametrize("check", [True, False])
def test_destination_is_checked_before_the_first_request(
    emulator: Emulator, run: Run, tmp_path: Path, options: dict[str, Any], message: str, check: bool
) -> None:
    (tmp_path / "folder.yml").mkdir()
    result = run("sip_phone_number_info", **{**options, "dest": str(tmp_path / options["dest"])}, check=check)
    assert message in result["msg"]
    assert (result["changed"], emulator.requests()) == (False, [])


def test_trunks_cannot_be_written_as_a_table(export: Run) -> None:
    assert "dest must end in .yml, .yaml or .json" in export("trunks.csv", "sip_credential_info")["msg"]


def test_workbook_needs_openpyxl(emulator: Emulator, export: Run) -> None:
    with mock.patch.dict("sys.modules", {"openpyxl": None}):
        message = export("numbers.xlsx")["msg"]
    assert "needs the Python library openpyxl where the module runs" in message
    assert emulator.requests() == []


def test_file_that_cannot_be_written_is_as_it_was(export: Run, tmp_path: Path) -> None:
    file = tmp_path / "numbers.yml"
    file.write_text("x")
    with mock.patch.object(files.os, "replace", side_effect=OSError(28, "No space left on device")):
        result = export(file.name)
    assert "could not be written: No space left on device." in result["msg"]
    assert (file.read_text(), list(tmp_path.iterdir())) == ("x", [file])


# Applied at once


TRAPS = [
    "=1+1", "+1", "-1", "@SUM(A1)", '="x"', "'007", "\u2018+1", "#N/A", "####", "#1 line", "1e5", "0891234567",
    "12:30", "yes", "NULL", "~", "null", "a: b # c", " x", "x ", "a\nb", "a\rb", "\t", "Büro 🏢", "{{ x }}", "\u2028",
    "\x85", "\ufeff", "_x0041_", "a,b;c\td", '"', "x\u200b", "\uff1d1", "\ufffd", "\x00", "2026-11-30", "1_000", "0x1F",
]  # fmt: skip
TEXTS = st.none() | st.sampled_from(["", *TRAPS]) | st.text(st.characters(codec="utf-8"), max_size=20)
NAMES = st.sampled_from([*TRAPS, "Support", "Night shift"])
USERS = st.sampled_from([None, "", "alice", "+15551234567", "0123", "'007", "alice@example.org", "=x", "a;b", "#N/A"])
PHONE_NUMBERS = st.sampled_from(
    ["+15550000001", "0891234567", "0891234567 ", "alice", "1e5", "(212) 555-0100", "1234.00", "2026-11-30", "=x", "'1"]
)


@st.composite
def seeds(draw: st.DrawFn) -> dict[str, Any]:
    """An organization with two trunks, up to five numbers, and three agents."""
    trunks = [{"id": trunk, "server": "sip.example.com", "authUser": draw(USERS)} for trunk in (TRUNK, OTHER_TRUNK)]
    trunks[0] |= {"description": draw(TEXTS), "cpsLimit": draw(st.sampled_from([None, 0, 5])), "cpsKey": draw(USERS)}
    agents = ["agent-1", "agent-2", "agent-3"]
    number = st.fixed_dictionaries(
        {
            "phoneNumber": PHONE_NUMBERS,
            "credentialsId": st.sampled_from([TRUNK, OTHER_TRUNK]),
            "displayName": TEXTS,
            "description": TEXTS,
            "registration": st.booleans(),
            "incomingCallsAgentId": st.sampled_from([None, *agents]),
        }
    )
    numbers = draw(st.lists(number, max_size=5, unique_by=lambda each: (each["phoneNumber"], each["credentialsId"])))
    ids = [f"{NUMBER_ID[:-1]}{index}" for index in range(len(numbers))]
    outbound = st.sampled_from([None, *ids])
    return {
        "credentials": trunks,
        "phone_numbers": [{"id": key, **each} for key, each in zip(ids, numbers, strict=True)],
        "agents": [{"id": agent, "name": draw(NAMES), "outbound": draw(outbound)} for agent in agents],
    }


anything = settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])


def writes(emulator: Emulator) -> list[str]:
    return [f"{entry['method']} {entry['path']}" for entry in emulator.requests() if entry["method"] != "GET"]


@pytest.mark.parametrize("extension", FORMATS)
@given(seed=seeds(), nulls=st.sampled_from(["omit", "clear"]), agents=st.booleans())
@anything
def test_written_numbers_applied_change_nothing(
    emulator: Emulator, run: Run, tmp_path: Path, extension: str, seed: dict[str, Any], nulls: str, agents: bool
) -> None:
    emulator.reset(seed=seed)
    file = tmp_path / f"numbers.{extension}"
    nulls = "omit" if extension in ("csv", "xlsx") else nulls
    written = run("sip_phone_number_info", affected_agents=agents, dest=str(file), nulls=nulls)
    assert not written["failed"], written
    entries = read(file)
    assert len(entries) == len(written["sip_phone_numbers"])
    result = run("sip_phone_numbers", phone_numbers=entries, purge=True, max_deletions=0)
    assert (result["failed"], result["changed"]) == (False, False), result
    assert writes(emulator) == []


@given(seed=seeds(), nulls=st.sampled_from(["omit", "clear"]), extension=st.sampled_from(["yml", "json"]))
@anything
def test_written_trunks_applied_change_nothing(
    emulator: Emulator, run: Run, tmp_path: Path, extension: str, seed: dict[str, Any], nulls: str
) -> None:
    emulator.reset(seed=seed)
    file = tmp_path / f"trunks.{extension}"
    assert not run("sip_credential_info", dest=str(file), nulls=nulls)["failed"]
    result = run("sip_trunks", trunks=read(file), purge_trunks=True, max_deletions=0)
    assert (result["failed"], result["changed"]) == (False, False), result
    assert writes(emulator) == []


@pytest.fixture
def number() -> dict[str, Any]:
    return {"id": NUMBER_ID, "phone_number": "+1777", "credentials_id": TRUNK, "registration": False}


@given(text=st.text(st.characters(codec="utf-8"), min_size=1, max_size=30) | st.sampled_from(TRAPS))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_cell_has_the_text_or_none_and_never_another_one(number: dict[str, Any], text: str) -> None:
    agents = {"agent-1": text}
    row = {
        **number,
        "display_name": text,
        "incoming_calls_agent_id": "agent-1",
        "outgoing_calls_agent_ids": ["agent-1"],
    }
    for runs_formulas in (True, False):
        table = to_table([row], {TRUNK: text}, agents, runs_formulas=runs_formulas)
        (entry,) = phone_numbers_from_csv(formats.to_csv(table.rows))
        assert entry.get("display_name", text) == text
        assert ("display_name" in entry) is not bool(table.omitted)
        assert entry.get("trunk", text) == text
        assert ("trunk" in entry) is not ("credentials_id" in entry)
        assert entry.get("incoming_calls_agent", text) == text
        assert entry.get("outgoing_calls_agents", [text]) == [text]


@given(text=st.text(st.characters(codec="utf-8"), max_size=30) | st.sampled_from(TRAPS))
def test_every_reader_of_yaml_finds_the_text(text: str) -> None:
    entries = [{"display_name": text, "members": [text], "count": 5, "flag": True}]
    for written in (formats.to_yaml(entries), formats.to_json(entries)):
        assert yaml.safe_load(written) == entries
        assert all(found == entries for found in read_with_ruamel(written))


def read_with_ruamel(text: str) -> Iterator[Any]:
    ruamel = pytest.importorskip("ruamel.yaml")
    for version in ("1.1", "1.2"):
        reader = ruamel.YAML(typ="safe", pure=True)
        reader.version = version
        yield reader.load(text)


# Opened and saved by other programs

LOCALE = """\
<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Setup/L10N">
<prop oor:name="ooSetupSystemLocale" oor:op="fuse"><value>{}</value></prop>
</item>
</oor:items>
"""


def saved_by_spreadsheet(file: Path, locale: str, folder: Path) -> Path:
    """Let LibreOffice open a workbook, as people in a country do, and save it."""
    program = shutil.which("soffice")
    if program is None:
        pytest.skip("there is no LibreOffice on this machine")
    profile = folder / "profile"
    (profile / "user").mkdir(parents=True)
    (profile / "user/registrymodifications.xcu").write_text(LOCALE.format(locale))
    command = [program, "--headless", f"-env:UserInstallation={profile.as_uri()}", "--convert-to", "xlsx"]
    subprocess.run([*command, "--outdir", folder, file], check=True, capture_output=True, timeout=120)
    return folder / file.name


@pytest.mark.thorough
@pytest.mark.parametrize("locale", ["en-US", "de-DE", "fr-FR"])
def test_workbook_saved_by_a_spreadsheet_applied_changes_nothing(
    emulator: Emulator, tmp_path: Path, locale: str
) -> None:
    numbers = ["+15550000001", "0891234567", "00017", "12345678901234567890", "alice", "1e5", "2026-11-30"]
    seeded = [
        {
            "phoneNumber": numbers[index % len(numbers)] if index < len(numbers) else f"+49301234{index:04}",
            "credentialsId": TRUNK,
            "displayName": text,
            "description": text[::-1],
            "registration": index % 2 == 0,
            "incomingCallsAgentId": "agent-1" if index % 3 else None,
        }
        for index, text in enumerate([*TRAPS, "WAHR", "FAUX", "1,5", "1.234,50 €", "1/2", "50 %", "12:30:00", "Jan 5"])
    ]
    emulator.seed({"phone_numbers": seeded})
    connection = {"api_key": emulator.key, "api_url": emulator.url}
    file = tmp_path / "numbers.xlsx"
    written = run_module("sip_phone_number_info", {**connection, "dest": str(file)})
    saved = saved_by_spreadsheet(file, locale, tmp_path / "saved")
    with ZipFile(saved) as archive:
        assert b"LibreOffice" in archive.read("docProps/app.xml")
    entries = read(saved)
    assert entries == read(file)
    assert run_module("sip_phone_number_info", {**connection, "dest": str(saved)})["changed"] is False
    result = run_module("sip_phone_numbers", {**connection, "phone_numbers": entries, "purge": True})
    assert (result["changed"], result["summary"]["unchanged"]) == (False, len(written["sip_phone_numbers"]))


def test_no_entries() -> None:
    assert yaml.safe_load(formats.to_yaml([])) == []
    assert json.loads(formats.to_json([])) == []
    assert phone_numbers_from_csv(formats.to_csv(to_table([], runs_formulas=True).rows)) == []
