# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role `provision`, run by ansible-playbook against the emulator."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.parsing.vault import VaultLib, VaultSecret

from emulator.client import Emulator
from unit.harness import NUMBERS, TRUNK

CREDENTIALS = "/api/v1/sip-credentials"
PASSWORD = "hunter2-hunter2"
HOSTS = ["host1", "host2", "host3", "host4"]
OFFICE: dict[str, Any] = {
    "server": "sip1.example.net",
    "auth_user": "blackbox",
    "auth_password": PASSWORD,
    "phone_numbers": [{"phone_number": "+15550000001"}, {"phone_number": "+15550000002", "display_name": "Desk"}],
}
WAREHOUSE: dict[str, Any] = {"server": "sip2.example.net", "phone_numbers": [{"phone_number": "+15550000003"}]}
STORE: dict[str, Any] = {"server": "sip3.example.net", "phone_numbers": [{"phone_number": "+15550000004"}]}
ROLE = "dasha.blackbox.provision"
Play = Callable[..., str]

pytestmark = pytest.mark.slow


@pytest.fixture
def service(emulator: Emulator) -> Emulator:
    """An emulator with an organization in which nothing exists yet."""
    emulator.reset()
    return emulator


@pytest.fixture
def start(tmp_path: Path, service: Emulator) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start ansible-playbook with the role on some hosts; what still runs at the end of the test is killed."""
    started: list[subprocess.Popen[str]] = []

    def start(
        trunks: Any,
        *arguments: str,
        hosts: list[str] | None = None,
        play: dict[str, Any] | None = None,
        **variables: Any,
    ) -> subprocess.Popen[str]:
        playbook = [{"hosts": "all", "gather_facts": False, **(play or {"roles": [ROLE]})}]
        (tmp_path / "playbook.yml").write_text(yaml.safe_dump(playbook))
        (tmp_path / "variables.yml").write_text(
            yaml.safe_dump({"blackbox_trunks": trunks, **variables} if trunks is not None else variables)
        )
        inventory = "".join(f"{host} ansible_connection=local\n" for host in hosts or HOSTS[:1])
        (tmp_path / "inventory").write_text(f"{inventory}[all:vars]\nansible_python_interpreter={sys.executable}\n")
        command = [sys.executable, "-m", "ansible", "playbook", "-i", "inventory", "-e", "@variables.yml"]
        process = subprocess.Popen(
            [*command, "playbook.yml", *arguments],
            cwd=tmp_path,
            env={
                **os.environ,
                "ANSIBLE_NOCOLOR": "1",
                "BLACKBOX_API_KEY": service.key,
                "BLACKBOX_API_URL": service.url,
                "BLACKBOX_API_RETRY_MAX_DELAY": "0.05",
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)


@pytest.fixture
def play(start: Callable[..., subprocess.Popen[str]]) -> Play:
    """Run ansible-playbook with the role to its end, and return what it printed."""

    def play(trunks: Any, *arguments: str, fails: bool = False, **options: Any) -> str:
        process = start(trunks, *arguments, **options)
        printed, _nothing = process.communicate(timeout=120)
        assert (process.returncode != 0) is fails, printed
        return printed

    return play


def trunks_of(service: Emulator) -> list[tuple[str, str | None]]:
    credentials = service.state()["organizations"]["org-1"].get("credentials", [])
    return sorted((credential["server"], credential.get("authUser")) for credential in credentials)


def numbers_of(service: Emulator) -> list[str]:
    return sorted(number["phoneNumber"] for number in service.state()["organizations"]["org-1"]["phone_numbers"])


def writes(service: Emulator) -> list[str]:
    return [entry["method"] for entry in service.requests() if entry["method"] != "GET"]


def changed(printed: str) -> list[int]:
    """Return how many tasks changed something, host by host."""
    return [int(count) for count in re.findall(r"changed=(\d+)", printed)]


# Several hosts at once


@pytest.mark.thorough
def test_hosts_with_same_trunks_create_each_once(service: Emulator, play: Play) -> None:
    play_of_role = {"tasks": [{"ansible.builtin.include_role": {"name": ROLE}}], "strategy": "free"}
    service.set(latency=0.1)
    printed = play([OFFICE, WAREHOUSE], "--forks", "4", hosts=HOSTS, play=play_of_role)
    assert trunks_of(service) == [("sip1.example.net", "blackbox"), ("sip2.example.net", None)]
    assert numbers_of(service) == ["+15550000001", "+15550000002", "+15550000003"]
    assert len(changed(printed)) == len(HOSTS)
    service.clear_requests()
    assert changed(play([OFFICE, WAREHOUSE], hosts=HOSTS, play=play_of_role)) == [0, 0, 0, 0]
    assert writes(service) == []


def test_hosts_with_overlapping_trunks_create_each_once(service: Emulator, play: Play) -> None:
    service.set(latency=0.3)
    lists = {"host1": [OFFICE, WAREHOUSE], "host2": [OFFICE, STORE], "host3": [STORE, OFFICE], "host4": [OFFICE]}
    trunks = "{{ lists[inventory_hostname] }}"
    play(trunks, "--forks", "4", hosts=HOSTS, play={"roles": [ROLE]}, lists=lists)
    assert trunks_of(service) == [
        ("sip1.example.net", "blackbox"),
        ("sip2.example.net", None),
        ("sip3.example.net", None),
    ]
    assert numbers_of(service) == ["+15550000001", "+15550000002", "+15550000003", "+15550000004"]


@pytest.mark.thorough
def test_hosts_that_remove_same_trunk_remove_it_once(service: Emulator, play: Play) -> None:
    service.seed({"credentials": [{"id": TRUNK, "server": "sip2.example.net"}]})
    service.set(latency=0.1)
    printed = play([{"server": "sip2.example.net", "state": "absent"}], "--forks", "4", hosts=HOSTS)
    assert trunks_of(service) == []
    assert sorted(changed(printed)) == [0, 0, 0, 1]


# Wrong variables


WRONG: list[Any] = [
    {"server": "sips://sip1.example.net:5060", "auth_password": "hunter3-hunter3"},
    {"auth_user": "x", "auth_password": "hunter4-hunter4"},
    {"server": "a", "auth_password": 987654321},
    {"server": "b", "state": "gone"},
    {"server": "c", "phone_numbers": [{"phone_number": "+1"}, {"phone_number": 15551234567}]},
    {"server": "c"},
    {"server": "e", "auth_password": ["hunter6-hunter6"]},
]
ERRORS = [
    "blackbox_trunks[0].server must be",
    "blackbox_trunks[1] needs server",
    "blackbox_trunks[2].auth_password must be",
    "blackbox_trunks[3].state must be",
    "blackbox_trunks[4].phone_numbers[1].phone_number must be",
    "blackbox_trunks[4] and blackbox_trunks[5] identify the same SIP credential",
    "blackbox_trunks[6].auth_password must be",
    "blackbox_phone_numbers[0] needs credentials_id (or trunk)",
]


def test_wrong_variables_are_all_named_before_any_request(service: Emulator, play: Play) -> None:
    printed = play(WRONG, "-vvv", fails=True, blackbox_phone_numbers=[{"phone_number": "+2"}])
    assert [error for error in ERRORS if error not in printed] == []
    assert not re.search(r"hunter\d|987654321", printed.split("Provision the trunks")[1])
    assert service.requests() == []


REFUSED: list[dict[str, Any]] = [
    {"blackbox_trunks": {"server": "a"}},
    {"blackbox_trunks": 5},
    {"blackbox_trunks": [None]},
    {"blackbox_trunks": [7]},
    {"provision_max_deletions": "many"},
    {"provision_max_deletions": -1},
    {"provision_max_updates": -1},
    {"provision_force": "perhaps"},
    {"provision_wait_timeout": -1},
    {"provision_concurrency": 33},
    {"provision_move_from": [""]},
    {"provision_defaults": {"registraton": True}},
    {"provision_number_format": "e164"},
    {"provision_expected_plan_id": ""},
    {"provision_expected_plan_id": 1234567890123456},
    {"provision_approval": {"change_ids": "all"}},
]


def test_wrong_variable_is_refused_by_its_name_before_any_write(service: Emulator, play: Play) -> None:
    """One playbook for all of them: what takes seconds is its start."""
    trunk = {**WAREHOUSE, "phone_numbers": [{"phone_number": "0123"}]}
    attempts = [
        {
            "block": [
                {"ansible.builtin.include_role": {"name": ROLE}, "vars": {"blackbox_trunks": [trunk], **variables}}
            ],
            "rescue": [{"ansible.builtin.debug": {"msg": f"refused {index}: {{{{ ansible_failed_result }}}}"}}],
        }
        for index, variables in enumerate(REFUSED)
    ]
    printed = play(None, play={"tasks": attempts})
    told = dict(re.findall(r"refused (\d+): (.*)", printed))
    unnamed = {index: case for index, case in enumerate(REFUSED) if next(iter(case)) not in told.get(str(index), "")}
    assert unnamed == {}, printed
    assert writes(service) == []


def test_null_as_expected_plan_applies_any_plan(service: Emulator, play: Play) -> None:
    assert changed(play([WAREHOUSE], provision_expected_plan_id=None)) == [1]


# Runs that succeed


def test_preview_then_two_runs_change_once(service: Emulator, play: Play) -> None:
    trunks = [OFFICE, WAREHOUSE, {"server": "gone.example.net", "state": "absent"}]
    previews = [play(trunks, "--check", "--diff") for _run in range(2)]
    assert writes(service) == []
    first = play(trunks, "--diff", "-vvv")
    service.clear_requests()
    second, preview_after = play(trunks, "--diff"), play(trunks, "--check", "--diff")
    assert writes(service) == []
    assert [changed(printed) for printed in (*previews, first, second, preview_after)] == [[1], [1], [1], [0], [0]]
    assert all("+15550000003" in printed for printed in (*previews, first))
    assert not any(PASSWORD in printed for printed in (*previews, first, second, preview_after))


def test_no_trunks_change_nothing(service: Emulator, play: Play) -> None:
    assert changed(play([])) == [0]
    assert writes(service) == []


def test_password_encrypted_in_place_is_used(service: Emulator, play: Play, tmp_path: Path) -> None:
    secret = VaultSecret(b"open-sesame")
    (tmp_path / "vault-password").write_bytes(secret.bytes)
    text = VaultLib([("default", secret)]).encrypt(PASSWORD).decode()
    indented = "\n".join(f"      {line}" for line in text.splitlines())
    trunk = f"  - server: sip1.example.net\n    auth_user: desk\n    auth_password: !vault |\n{indented}\n"
    (tmp_path / "vaulted.yml").write_text(f"blackbox_trunks:\n{trunk}")
    printed = play([], "-e", "@vaulted.yml", "--vault-password-file", "vault-password", "-vvv")
    (credential,) = service.state()["organizations"]["org-1"]["credentials"]
    assert credential["authPassword"] == PASSWORD
    assert PASSWORD not in printed


# Trunks that are removed


@pytest.mark.thorough
def test_absent_trunk_with_numbers_without_force_is_kept(service: Emulator, play: Play) -> None:
    play([WAREHOUSE])
    printed = play([{**WAREHOUSE, "state": "absent", "force": "no"}], fails=True, provision_force=True)
    assert "+15550000003" in printed
    assert (trunks_of(service), numbers_of(service)) == ([("sip2.example.net", None)], ["+15550000003"])


# Runs that are cut short


@pytest.mark.thorough
def test_run_after_a_failed_write_finishes_the_work(service: Emulator, play: Play) -> None:
    problem = {"title": "Bad Request", "status": 400}
    match = {"method": "POST", "path": f"^{CREDENTIALS}$"}
    service.fault({"match": match, "skip": 1, "times": 1, "fault": {"status": 400, "body": problem}})
    trunks = [OFFICE, WAREHOUSE, STORE]
    assert PASSWORD not in play(trunks, "-vvv", fails=True)
    play(trunks)
    assert [server for server, _user in trunks_of(service)] == [
        "sip1.example.net",
        "sip2.example.net",
        "sip3.example.net",
    ]
    assert numbers_of(service) == ["+15550000001", "+15550000002", "+15550000003", "+15550000004"]
    assert changed(play(trunks)) == [0]


@pytest.mark.thorough
@pytest.mark.parametrize("path", [CREDENTIALS, NUMBERS])
def test_run_after_a_killed_one_finishes_the_work(
    service: Emulator, start: Callable[..., subprocess.Popen[str]], play: Play, path: str
) -> None:
    service.set(latency=0.3)
    process = start([OFFICE, WAREHOUSE])
    wait_for_post(service, path, process)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate(timeout=20)
    time.sleep(0.5)  # what was on its way arrives
    service.set(latency=0)
    play([OFFICE, WAREHOUSE])
    assert trunks_of(service) == [("sip1.example.net", "blackbox"), ("sip2.example.net", None)]
    assert numbers_of(service) == ["+15550000001", "+15550000002", "+15550000003"]
    assert changed(play([OFFICE, WAREHOUSE])) == [0]


def wait_for_post(service: Emulator, path: str, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 120
    while not any(entry["method"] == "POST" and entry["path"] == path for entry in service.requests()):
        assert process.poll() is None, process.communicate()[0]
        assert time.monotonic() < deadline, "ansible-playbook hangs"
        time.sleep(0.05)


# Passwords


@pytest.mark.thorough
def test_passwords_are_rotated_only_if_asked_for(service: Emulator, play: Play) -> None:
    other = {**OFFICE, "server": "sip5.example.net", "update_password": "on_create", "phone_numbers": []}
    play([OFFICE, other])
    rotated = [{**trunk, "auth_password": "hunter9-hunter9"} for trunk in (OFFICE, other)]
    assert changed(play(rotated)) == [0]
    printed = play(rotated, "--diff", "-vvv", provision_update_passwords="always")
    trunks = service.state()["organizations"]["org-1"]["credentials"]
    passwords = {trunk["server"]: trunk["authPassword"] for trunk in trunks}
    expected = {OFFICE["server"]: "hunter9-hunter9", other["server"]: PASSWORD}
    assert (changed(printed), passwords) == ([1], expected)
    assert "hunter9" not in printed


# Settings for all phone numbers


def stored_numbers(service: Emulator) -> dict[str, dict[str, Any]]:
    return {number["phoneNumber"]: number for number in service.state()["organizations"]["org-1"]["phone_numbers"]}


@pytest.mark.thorough
def test_numbers_move_from_another_trunk(service: Emulator, play: Play) -> None:
    play([WAREHOUSE])
    before = stored_numbers(service)["+15550000003"]
    trunks = [{**OFFICE, "phone_numbers": WAREHOUSE["phone_numbers"]}]
    printed = play(trunks, fails=True, provision_move_from=["sip9.example.net"])
    assert "no trunk is named 'sip9.example.net'" in printed
    assert trunks_of(service) == [("sip2.example.net", None)]
    for _run in range(2):
        play(trunks, provision_move_from=["sip2.example.net"])
        after = stored_numbers(service)
        assert (list(after), after["+15550000003"]["id"]) == (["+15550000003"], before["id"])
        assert after["+15550000003"]["credentialsId"] != before["credentialsId"]


# Plans that were approved


SHOWN = {
    "roles": [ROLE],
    "post_tasks": [{"ansible.builtin.debug": {"msg": "plan={{ provision_result.plan_id }};"}}],
}


def plan_of(printed: str) -> str:
    return re.findall(r"plan=(\w+);", printed)[0]


@pytest.mark.thorough
def test_expected_plan_covers_a_trunk_to_be_created(service: Emulator, play: Play) -> None:
    play([WAREHOUSE])
    trunks = [{**WAREHOUSE, "description": "New"}, OFFICE]
    plan = plan_of(play(trunks, "--check", play=SHOWN))
    assert plan_of(play(trunks, play=SHOWN, provision_expected_plan_id=plan)) == plan
    assert numbers_of(service) == ["+15550000001", "+15550000002", "+15550000003"]


# What was adopted


ADOPT = {
    "tasks": [
        {"dasha.blackbox.sip_credential_info": {}, "register": "trunks"},
        {"dasha.blackbox.sip_phone_number_info": {"affected_agents": True}, "register": "numbers"},
        {"ansible.builtin.include_role": {"name": ROLE}},
    ]
}
ADOPTED = "{{ trunks.sip_credentials | dasha.blackbox.desired_trunks(numbers.sip_phone_numbers, nulls=adopted_nulls) }}"


def test_adopted_trunks_change_nothing(service: Emulator, play: Play) -> None:
    twins = [{"server": "sip6.example.net", "authUser": "twin", "authPassword": "x" * 12} for _twin in range(2)]
    service.seed({"credentials": [{"id": TRUNK, "server": "sip9.example.net"}, *twins]})
    service.seed({"phone_numbers": [{"phoneNumber": "+1", "credentialsId": TRUNK, "displayName": "Desk"}]})
    printed = play(ADOPTED, play=ADOPT, adopted_nulls="clear", provision_purge=True)
    assert (changed(printed), writes(service)) == ([0], [])


# What the fleet task fails with


@pytest.mark.thorough
def test_too_many_deletions_stop_before_the_first_one(service: Emulator, play: Play) -> None:
    play([OFFICE])
    printed = play([{**OFFICE, "phone_numbers": []}], fails=True, provision_purge=True, provision_max_deletions=1)
    assert "+15550000001" in printed
    assert "more than provision_max_deletions (1)" in printed
    assert len(numbers_of(service)) == 2
    purged = play([{**OFFICE, "phone_numbers": []}], provision_purge=True, provision_max_deletions="2")
    assert (changed(purged), numbers_of(service)) == ([1], [])


# How numbers are written and waited for


def test_concurrency_and_wait_are_those_of_the_variables(service: Emulator, play: Play) -> None:
    service.set(latency=0.1, registration_delay=3600)
    registrations = {"provision_defaults": {"registration": True}, "provision_wait_for_registration": True}
    printed = play([OFFICE], fails=True, provision_concurrency=1, provision_wait_timeout=0, **registrations)
    assert "Not registered within 0 s" in printed
    assert (len(numbers_of(service)), service.stats()["max_in_flight"]) == (2, 1)
