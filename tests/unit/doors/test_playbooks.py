# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Direct execution as users see it: in runs of ansible-playbook, ansible and ansible-runner."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible.parsing.vault import VaultLib, VaultSecret
from ansible.release import __version__

from emulator.client import Emulator
from unit.doors.playbooks import KEY, KEY_ARGUMENTS, KEYS, Project, kill_group, unwritable
from unit.harness import NUMBER_ID, OTHER_ID, OTHER_TRUNK, TRUNK

pytestmark = [pytest.mark.slow, pytest.mark.every_core]

CORE = tuple(map(int, __version__.split(".")[:2]))
PASSWORD = "hunter2-hunter2"
VAULT_PASSWORD = "open-sesame"
SEED = {
    "credentials": [{"id": TRUNK, "server": "sip.example.com"}, {"id": OTHER_TRUNK, "server": "sip.example.org"}],
    "agents": [{"id": "agent-1", "name": "Support"}],
}
INSIDE = "inside ansible-playbook"


@pytest.fixture(scope="module")
def organizations() -> Iterator[Emulator]:
    with Emulator.start("--exit-with-parent", "--quiet", *KEY_ARGUMENTS) as emulator:
        yield emulator


@pytest.fixture
def project(tmp_path: Path, organizations: Emulator) -> Project:
    organizations.reset(seed={"organizations": {f"org-{number}": SEED for number in range(1, 6)}})
    return Project(tmp_path, organizations)


def ways(output: str) -> list[str]:
    """Return how each task ran that said so, in their order: inside, or as a module, for which reason."""
    return re.findall(r"sip_\w+ runs (inside ansible-playbook|as a module, because .*)", output)


def fleet(count: int, **options: Any) -> dict[str, Any]:
    entries = [{"phone_number": f"+{number}"} for number in range(count)]
    return {"dasha.blackbox.sip_phone_numbers": {"phone_numbers": entries, "credentials_id": TRUNK, **options}}


def play(*tasks: dict[str, Any], **keywords: Any) -> dict[str, Any]:
    return {"hosts": "all", "gather_facts": False, **keywords, "tasks": list(tasks)}


# One long scenario, both ways

SCENARIO = """
- hosts: host1
  gather_facts: false
  vars:
    wanted_name: !unsafe "{{ 7 * 7 }}{% if %}"
  module_defaults:
    group/dasha.blackbox.all:
      api_key: "{{ lookup('ansible.builtin.env', 'SCENARIO_KEY') }}"
      api_timeout: "20"
  tasks:
    - dasha.blackbox.sip_phone_number: &number
        phone_number: "+15550000001"
        credentials_id: "TRUNK"
        display_name: "{{ wanted_name }}"
        description: !unsafe "{{ lookup('pipe', 'touch RUN') }}"
      register: braces
    - dasha.blackbox.sip_phone_number_info:
      register: listed
    - dasha.blackbox.sip_phone_number:
        id: "{{ listed.sip_phone_numbers[0].id }}"
        display_name: "{{ listed.sip_phone_numbers[0].display_name }}"
      register: round_trip
    - dasha.blackbox.sip_phone_number:
        phone_number: "+15550000002"
        credentials_id: "TRUNK"
      check_mode: true
      diff: true
      register: predicted
    - dasha.blackbox.sip_phone_number:
        phone_number: "+1555000001{{ item }}"
        credentials_id: "TRUNK"
        registration: "{{ item == 2 }}"
        incoming_calls_agent_id: "{{ omit if item == 1 else 'agent-1' }}"
      loop: [1, 2, 3]
      register: looped
    - dasha.blackbox.sip_phone_numbers:
        phone_numbers: "{{ [{'phone_number': '+15550000011', 'display_name': wanted_name}, {'phone_number': 15}] }}"
        credentials_id: "TRUNK"
      ignore_errors: true
      register: unquoted
    - dasha.blackbox.sip_phone_numbers:
        phone_numbers: "{{ listed.sip_phone_numbers | dasha.blackbox.desired_state }}"
      ignore_errors: true
      register: adopted
    - dasha.blackbox.sip_phone_numbers:
        phone_numbers: [{phone_number: "15550000001", display_name: "Line ", displayName: "Line "}]
        credentials_id: "TRUNK"
        credentialsId: "TRUNK"
      check_mode: true
      register: warned
    - dasha.blackbox.sip_phone_number: {id: "NUMBER_ID", colour: red}
      ignore_errors: true
      register: unsupported
    - dasha.blackbox.sip_phone_number: {id: "NUMBER_ID"}
      ignore_errors: true
      register: unknown
    - dasha.blackbox.sip_phone_number_info:
        phone_number: "+15550000099"
      until: tried is failed
      retries: 2
      delay: 0
      ignore_errors: true
      register: tried
    - dasha.blackbox.sip_credential:
        server: sip.example.net
        auth_user: bob
        auth_password: !vault |
VAULTED
      register: vaulted
    - dasha.blackbox.sip_credential: {server: sip.example.net, auth_user: bob, auth_password: "PASSWORD"}
      no_log: true
      register: silent
    - dasha.blackbox.sip_phone_number_info: {phone_number: "+15550000001"}
      environment: {BLACKBOX_API_RETRIES: "0", no_proxy: "{{ 'example.com' }}"}
      register: from_environment
    - dasha.blackbox.sip_phone_number_info: {phone_number: "+15550000001"}
      delegate_to: host2
      register: delegated
    - dasha.blackbox.sip_phone_number: *number
      become: "{{ can_become }}"
      become_method: su
      register: as_root
    - dasha.blackbox.sip_phone_number: *number
      async: 120
      poll: 1
      register: polled
    - dasha.blackbox.sip_phone_number: *number
      async: 120
      poll: 0
      register: started
    - ansible.builtin.async_status: {jid: "{{ started.ansible_job_id }}"}
      until: ended is finished
      retries: 600
      delay: 0.2
      register: ended
    - dasha.blackbox.sip_phone_number: *number
      vars: {ansible_python_interpreter: "{{ playbook_dir }}/other-python"}
      register: other_interpreter
    - dasha.blackbox.sip_phone_number: *number
      environment: {LANG: C}
      register: other_environment
    - dasha.blackbox.sip_phone_number: *number
      vars: {blackbox_direct_execution: "{{ 1 > 2 }}"}
      register: switched_off
    - dasha.blackbox.sip_phone_number: {phone_number: "+15550000001", state: absent}
      register: deleted
    - ansible.builtin.copy:
        content: "{{ RESULTS | to_json }}"
        dest: "{{ playbook_dir }}/results.json"
        mode: "0600"
"""
REASONS = [
    *["become is used"],
    *["async is used"] * 2,
    "the Python interpreter is {folder}/other-python",
    "environment sets LANG",
    "direct execution is switched off",
]
# What differs from run to run, or that ansible-core itself adds: `ansible_parsed` to what a module printed, in 2.22.
IRRELEVANT = {"ansible_job_id", "attempts", "started", "finished", "results_file", "invocation", "ansible_parsed"}


def write_scenario(project: Project) -> None:
    vault = VaultLib([("default", VaultSecret(VAULT_PASSWORD.encode()))])
    encrypted = vault.encrypt(PASSWORD.encode()).decode().splitlines()
    names = [name for name in re.findall(r"register: (\w+)", SCENARIO) if name != "started"]
    replacements = {
        "NUMBER_ID": NUMBER_ID,
        "PASSWORD": PASSWORD,
        "RESULTS": "{" + ", ".join(f"'{name}': {name}" for name in names) + "}",
        "RUN": str(project.folder / "run"),
        "TRUNK": TRUNK,
        "VAULTED": "\n".join(f"          {line}" for line in encrypted),
    }
    project.write(
        re.sub(r"\b[A-Z_]{3,}\b", lambda name: replacements.get(name[0], name[0]), SCENARIO), {"host1": "", "host2": ""}
    )
    (project.folder / "vault-password").write_text(VAULT_PASSWORD)
    other = project.folder / "other-python"
    other.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    other.chmod(0o755)


def run_scenario(project: Project, *arguments: str, **variables: str) -> tuple[str, Any, list[Any]]:
    """Return the output, the registered results and the requests of the scenario."""
    emulator = project.emulator
    emulator.reset(seed={"organizations": {"org-1": SEED}})
    emulator.clock(freeze=True, set="2030-01-31T12:00:00Z")
    attack = "{{ lookup('pipe', 'touch " + f"{project.folder}/run" + "') }}"
    number = {"id": OTHER_ID, "phoneNumber": "+15550000009", "credentialsId": TRUNK, "displayName": attack}
    emulator.seed({"organizations": {"org-1": {"phone_numbers": [number]}}})
    missing = {"query": {"phoneNumber": "+15550000099"}}
    emulator.fault({"match": missing, "skip": 1, "times": None, "fault": {"status": 400}})
    extra = {"can_become": os.geteuid() == 0 and shutil.which("su") is not None}
    how = ("--vault-password-file", "vault-password", "-e", json.dumps(extra))
    done = project.run(*how, *arguments, SCENARIO_KEY=KEY, BLACKBOX_API_KEY="", **variables)
    results = json.loads((project.folder / "results.json").read_text())
    requests = [[sent[part] for part in ("method", "path", "query", "body")] for sent in emulator.requests()]
    return done.stdout + done.stderr, results, requests


def warnings_in(output: str) -> list[str]:
    """Return what was shown as a warning of the collection's own tasks, whatever the lines are broken into."""
    shown = " ".join(output.split())
    return [
        warning
        for warning in re.findall(r"\[WARNING\]: (.*?)(?= \[|$)", shown)
        if "phone" in warning or "alias" in warning
    ]


def comparable(value: Any) -> Any:
    """Return results without what is irrelevant."""
    if isinstance(value, dict):
        return {key: comparable(part) for key, part in value.items() if key not in IRRELEVANT}
    if isinstance(value, list):
        return [comparable(part) for part in value]
    return value


def without_ids(outcome: Any) -> Any:
    text = json.dumps(comparable(outcome))
    for position, found in enumerate(dict.fromkeys(re.findall(r"[0-9a-f]{8}-[0-9a-f-]{27}", text))):
        text = text.replace(found, TRUNK if found == TRUNK else f"id {position}")
    return json.loads(text)


def keys_in(value: Any) -> set[str]:
    if isinstance(value, dict):
        return set(value).union(*map(keys_in, value.values()))
    return set().union(*map(keys_in, value)) if isinstance(value, list) else set()


@pytest.mark.thorough
def test_scenario_has_the_same_results_both_ways_and_shows_no_secret(project: Project) -> None:
    write_scenario(project)
    output, direct, requests = run_scenario(project, "-vvvvv", ANSIBLE_LOG_PATH=str(project.log))
    ran = ways(output)
    reasons = [way.removeprefix("as a module, because ") for way in ran if way != INSIDE]
    expected = [reason.format(folder=project.folder) for reason in REASONS]
    assert reasons == expected[0 if "become is used" in reasons else 1 :]
    assert ran.count(INSIDE) >= 17

    assert direct["braces"]["sip_phone_number"]["display_name"] == "{{ 7 * 7 }}{% if %}"
    assert "{{ lookup(" in direct["listed"]["sip_phone_numbers"][1]["display_name"]
    assert direct["round_trip"]["changed"] is False
    assert not (project.folder / "run").exists()
    assert direct["tried"]["attempts"] == 2
    assert "deprecations" not in keys_in(direct)
    assert "DEPRECATION WARNING" not in output
    assert len(direct["warned"]["warnings"]) == 2
    warned = warnings_in(output)
    shown = output + project.log.read_text() + json.dumps(direct)
    assert [secret for secret in (KEY, PASSWORD) if secret in shown] == []

    output, module, module_requests = run_scenario(project, "-vvv", BLACKBOX_DIRECT_EXECUTION="false")
    assert set(ways(output)) == {"as a module, because direct execution is switched off"}
    assert warnings_in(output) == warned
    assert without_ids(direct) == without_ids(module)
    assert without_ids(requests) == without_ids(module_requests)


# become, on this machine

# Like sudo, it passes nothing of the environment on.
OTHER_ENVIRONMENT = """\
from __future__ import annotations
import os
from ansible.plugins.become import BecomeBase
DOCUMENTATION = "name: other\\nshort_description: x\\ndescription: [x]\\noptions: {become_user: {default: root}}\\n"
class BecomeModule(BecomeBase):
    name = "other"
    def build_become_command(self, cmd, shell):
        super().build_become_command(cmd, shell)
        kept = " ".join(f"{name}='{os.environ[name]}'" for name in ("PATH", "HOME"))
        return f"env -i {kept} {self._build_success_command(cmd, shell)}"
"""
# Like callbacks that log what tasks were given.
SHOW_ARGUMENTS = """\
from __future__ import annotations
from ansible.plugins.callback import CallbackBase
DOCUMENTATION = "name: show_arguments\\ntype: notification\\nshort_description: x\\ndescription: [x]\\n"
class CallbackModule(CallbackBase):
    CALLBACK_VERSION, CALLBACK_TYPE, CALLBACK_NAME = 2.0, "notification", "show_arguments"
    CALLBACK_NEEDS_ENABLED = True
    def v2_runner_on_ok(self, result):
        fields = result.task_fields if hasattr(result, "task_fields") else result._task_fields
        self._display.display(f"ARGUMENTS {sorted(fields['args'])}")
"""


def become_other(project: Project) -> dict[str, str]:
    """Return keywords of a task that becomes another user, whose environment is empty."""
    (project.folder / "become_plugins").mkdir()
    (project.folder / "become_plugins/other.py").write_text(OTHER_ENVIRONMENT)
    return {"become": True, "become_method": "other"}


@pytest.mark.thorough
def test_module_that_becomes_another_user_gets_the_variables_of_this_process(project: Project) -> None:
    number = {"dasha.blackbox.sip_phone_number": {"phone_number": "+1", "credentials_id": TRUNK}}
    other = {
        "dasha.blackbox.sip_phone_number": {"phone_number": "+2", "credentials_id": TRUNK, "api_retries": None},
        "environment": {"BLACKBOX_API_KEY": KEYS["host2"], "BLACKBOX_EXPECTED_ORG_ID": "org-2"},
    }
    background = {**number, "async": 60, "poll": 1}
    project.write([play(number, other, background, **become_other(project))])
    (project.folder / "plugins/show_arguments.py").write_text(SHOW_ARGUMENTS)
    variables = {
        # The user of the tests may be the one that is become.
        "ANSIBLE_BECOME_ALLOW_SAME_USER": "true",
        "ANSIBLE_BECOME_PLUGINS": str(project.folder / "become_plugins"),
        "ANSIBLE_CALLBACKS_ENABLED": "show_arguments",
        "ANSIBLE_LOG_PATH": str(project.log),
        "BLACKBOX_EXPECTED_ORG_ID": "org-1",
    }
    done = project.run("-vvvvv", **variables)
    shown = done.stdout + done.stderr + project.log.read_text()
    assert set(ways(shown)) == {"as a module, because become is used"}
    assert [found["phoneNumber"] for found in project.numbers()] == ["+1"]
    assert [found["phoneNumber"] for found in project.numbers("org-2")] == ["+2"]
    assert KEY not in shown
    given = re.findall(r"ARGUMENTS (.*)", done.stdout)
    assert len(given) == 3 and not [names for names in given if "api_key" in names or "phone_number" not in names]


# Hosts


def test_hosts_in_parallel_use_their_own_keys(project: Project) -> None:
    hosts = {"host1": f"key={KEY}", **{host: f"key={key}" for host, key in KEYS.items()}}
    number = {
        "phone_number": "+1{{ inventory_hostname[-1] }}{{ item }}",
        "credentials_id": TRUNK,
        "api_key": "{{ key }}",
    }
    by_task = {"dasha.blackbox.sip_phone_number": number, "loop": [1, 2, 3], "loop_control": {"label": "{{ item }}"}}
    by_environment = {
        "dasha.blackbox.sip_phone_number": {"phone_number": "+9", "credentials_id": TRUNK},
        "environment": {"BLACKBOX_API_KEY": "{{ item }}"},
        "loop": [KEY, *KEYS.values()],
        "loop_control": {"index_var": "index", "label": "{{ index }}"},
        "run_once": True,
        "no_log": True,
    }
    project.write([play(by_task, strategy="free"), play(by_environment)], hosts)
    output = project.run("-vvv").stdout
    assert set(ways(output)) == {INSIDE}
    for number in range(1, 6):
        stored = [found["phoneNumber"] for found in project.numbers(f"org-{number}")]
        assert stored == [f"+1{number}1", f"+1{number}2", f"+1{number}3", "+9"]
    # Each worker of a loop keeps its connection; items with different keys share none.
    assert project.emulator.stats()["connections"] == 10
    seen: dict[Any, set[str]] = {}
    for sent in project.emulator.requests():
        key = next(value for name, value in sent["headers"] if name.lower() == "authorization")
        seen.setdefault(sent["connection"], set()).add(key)
    assert all(len(keys) == 1 for keys in seen.values())


def test_ad_hoc_command_runs_inside(project: Project) -> None:
    arguments = ["localhost", "-m", "dasha.blackbox.sip_phone_number", "-vvv", "-a"]
    command = [
        sys.executable,
        "-m",
        "ansible",
        "adhoc",
        *arguments,
        f"phone_number=+15551234567 credentials_id={TRUNK}",
    ]
    environment = project.environment()
    done = subprocess.run(command, cwd=project.folder, env=environment, capture_output=True, text=True, check=True)
    assert ways(done.stdout) == [INSIDE]
    assert "localhost | CHANGED" in done.stdout
    assert [number["phoneNumber"] for number in project.numbers()] == ["+15551234567"]


@pytest.mark.parametrize("removed", ["playbook", "current"])
def test_tasks_run_although_a_folder_was_removed(project: Project, tmp_path_factory: Any, removed: str) -> None:
    folders = {"playbook": project.folder, "current": tmp_path_factory.mktemp("current")}
    number = {"phone_number": "+1{{ item }}", "credentials_id": TRUNK}
    # Ansible itself reports a failure after the removal of the folder of the playbook.
    remove = {"ansible.builtin.command": {"argv": ["rm", "-r", str(folders[removed])]}, "ignore_errors": True}
    project.write([play(remove, {"dasha.blackbox.sip_phone_number": number, "loop": [1, 2]}, fleet(3))])
    home = {"ANSIBLE_HOME": str(tmp_path_factory.mktemp("home"))}
    with project.start(cwd=folders["current"], variables=home) as process:
        printed = "".join(process.communicate(timeout=60))
    assert process.returncode == 0, printed
    assert re.search(r"ok=3 +changed=[23] ", printed), printed
    assert [number["phoneNumber"] for number in project.numbers()] == ["+0", "+1", "+11", "+12", "+2"]


# Interrupts

TIMEOUTS = {"limited": 429, "unavailable": 503, "read": 1001, "write": 1002, "page": None, "fleet": None}


def hang(project: Project) -> None:
    """Let the requests about each of the numbers hang, and those for the second page."""
    waiting = {"headers": {"Retry-After": "60"}}
    project.emulator.set(max_take=3)
    project.emulator.seed(
        {
            "organizations": {
                "org-1": {
                    "phone_numbers": [
                        {"phoneNumber": f"+9{number}", "credentialsId": OTHER_TRUNK} for number in range(5)
                    ]
                }
            }
        }
    )
    project.emulator.fault(
        {"match": {"query": {"phoneNumber": "+429"}}, "times": None, "fault": {"status": 429, **waiting}},
        {"match": {"query": {"phoneNumber": "+503"}}, "times": None, "fault": {"status": 503, **waiting}},
        {"match": {"query": {"phoneNumber": "+1001"}}, "times": None, "fault": {"hang": 9}},
        {"match": {"method": "POST"}, "times": None, "fault": {"hang": 9, "done": True}},
        # Pages overlap by one row.
        {"match": {"query": {"skip": 2}}, "times": None, "fault": {"hang": 9}},
    )


@pytest.mark.thorough
def test_timeout_stops_the_work_and_the_next_run_converges(project: Project) -> None:
    number = {"phone_number": "+{{ digits }}", "credentials_id": TRUNK, "api_retry_max_delay": 100}
    given = {"timeout": "{{ limit }}", "ignore_errors": True}
    project.write(
        [
            play(
                {"dasha.blackbox.sip_phone_number": number, "when": "digits is defined", **given},
                {"dasha.blackbox.sip_phone_number_info": {}, "when": "inventory_hostname == 'page'", **given},
                {**fleet(20), "when": "inventory_hostname == 'fleet'", **given},
                strategy="free",
            )
        ],
        {host: f"digits={digits}" if digits else "" for host, digits in TIMEOUTS.items()},
    )
    hang(project)
    start = time.monotonic()
    with project.start("-e", "limit=1") as process:
        output = "".join(process.communicate(timeout=60))
    assert time.monotonic() - start < 20
    for host in TIMEOUTS:
        assert re.search(rf"fatal: \[{host}\].*(?i:timed out|terminated)", output), output
    project.check_silence()

    project.emulator.clear_faults()
    second = project.run("-e", "limit=0").stdout
    assert "failed=0" in second and "ignored=1" not in second
    stored = [found["phoneNumber"] for found in project.numbers()]
    singles, seeded = [f"+{digits}" for digits in TIMEOUTS.values() if digits], [f"+9{number}" for number in range(5)]
    assert sorted(stored) == sorted([*singles, *seeded, *(f"+{number}" for number in range(20))])


@pytest.mark.parametrize(
    "sent", ["SIGTERM", *(pytest.param(sent, marks=pytest.mark.thorough) for sent in ("SIGINT", "SIGKILL"))]
)
def test_signal_stops_the_work_and_the_next_run_converges(project: Project, sent: str) -> None:
    project.write([play(fleet(400))])
    project.emulator.set(latency=0.2)
    with project.start() as process:
        project.wait_for(lambda: len(project.emulator.requests()) > 20)
        if sent == "SIGINT":
            # As the terminal sends it for Ctrl+C.
            os.killpg(process.pid, signal.SIGINT)
        else:
            process.send_signal(signal.Signals[sent])
        assert process.wait(30) != 0
        # A worker that is left behind ends by itself, once it has noticed.
        project.wait_for(project.is_silent)
        process.communicate(timeout=30)
    project.check_silence()
    assert 0 < len(project.numbers()) < 400
    project.emulator.set(latency=0)
    project.run()
    assert len(project.numbers()) == 400
    assert "changed=0" in project.run().stdout


# Progress


LINE = r"\[host1\] sip_phone_numbers: [\d,]+ of 300 written, [\d.]+/s, about \d+ s left"


def slow_fleet(project: Project, folder: Path) -> Project:
    """Return a project whose fleet takes about seven seconds."""
    folder.mkdir()
    slow = Project(folder, project.emulator)
    slow.write([play({"name": "Fleet", **fleet(300, concurrency=2)})])
    return slow


def run_on_terminal(project: Project, key: str) -> str:
    """Return what ansible-playbook prints on a terminal."""
    terminal, end = pty.openpty()
    variables = {"BLACKBOX_API_KEY": key, "ANSIBLE_LOG_PATH": str(project.log), "COLUMNS": "200"}
    process = project.start(stdin=end, stdout=end, stderr=end, variables=variables)
    os.close(end)
    printed = b""
    # On Linux, reading from a terminal that everybody else has closed is an error.
    with contextlib.suppress(OSError):
        while chunk := os.read(terminal, 65536):
            printed += chunk
    os.close(terminal)
    assert process.wait(10) == 0
    return printed.decode()


RUNNER = """\
import ansible_runner, json, sys
folder = sys.argv[1]
ran = ansible_runner.run(
    private_data_dir=folder, project_dir=folder, inventory=f"{folder}/inventory", playbook="playbook.yml", quiet=True
)
print(json.dumps([ran.status, [event["stdout"] for event in ran.events]]))
"""


def run_by_runner(project: Project, key: str) -> subprocess.Popen[str]:
    """Start ansible-runner, whose events are what AWX shows, and print them as JSON."""
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    environment = project.environment(BLACKBOX_API_KEY=key)
    return subprocess.Popen([sys.executable, "-c", RUNNER, str(project.folder)], env=environment, text=True, **pipes)


@pytest.mark.thorough
def test_progress_reaches_terminals_pipes_log_files_and_runner(project: Project) -> None:
    pytest.importorskip("ansible_runner")
    project.emulator.set(latency=0.045)
    on_terminal, in_pipe, in_runner = (slow_fleet(project, project.folder / name) for name in ("a", "b", "c"))
    keys = list(KEYS.values())
    runner = run_by_runner(in_runner, keys[0])
    variables = {"BLACKBOX_API_KEY": keys[1], "ANSIBLE_STDOUT_CALLBACK": "one_document"}
    piped = in_pipe.start(variables=variables)
    printed = run_on_terminal(on_terminal, keys[2])
    stdout, stderr = piped.communicate(timeout=60)
    events, errors = runner.communicate(timeout=60)

    assert re.search(LINE, printed), printed
    assert re.search(LINE, on_terminal.log.read_text())
    assert re.search(LINE, stderr), stderr
    ((task, result),) = json.loads(stdout)
    assert (task, result["summary"]["created"]) == ("Fleet", 300)
    assert runner.returncode == 0, errors
    status, lines = json.loads(events)
    assert status == "successful"
    assert [line for line in lines if re.search(LINE, line)], lines
    # About seven seconds: one line, or two on a slow machine, and one at the end.
    assert 2 <= len(re.findall(r"sip_phone_numbers: ", stderr)) <= 5
    end = r"\[host1\] sip_phone_numbers: 300 of 300 written, in \d+ s: 301 requests, 0 retries"
    assert re.fullmatch(end, stderr.strip().splitlines()[-1])
    assert re.search(end, printed)


@pytest.mark.thorough
def test_warning_of_a_filter_that_cannot_be_written_leaves_nobody_waiting(project: Project) -> None:
    trunk = {"id": TRUNK, "server": "sip.example.com", "description": "{% raw %}{{ x }}{% endraw %}"}
    trunks = {"ansible.builtin.debug": {"msg": "{{ [trunk] | dasha.blackbox.desired_trunks([]) }}"}}
    project.write([play(trunks, vars={"trunk": trunk})])
    assert "would be run as a template" in " ".join(project.run().stderr.split())
    with contextlib.ExitStack() as stack:
        process = project.start(stderr=stack.enter_context(unwritable("pipe without reader")))
        stack.callback(kill_group, process)
        process.communicate(timeout=60)
    # Later ones show the warnings of a task when it has ended, and end themselves if they cannot.
    assert process.returncode == 0 or CORE >= (2, 19)


UNWRITABLE = ("full device", "pipe without reader", "full pipe")


@pytest.mark.thorough
def test_progress_that_cannot_be_written_changes_nothing(project: Project) -> None:
    project.emulator.set(latency=0.045)
    with contextlib.ExitStack() as stack:
        runs = []
        for kind, key in zip(UNWRITABLE, KEYS.values(), strict=False):
            run = slow_fleet(project, project.folder / kind)
            variables = {"BLACKBOX_API_KEY": key, "ANSIBLE_LOG_PATH": str(run.log)}
            process = run.start(stderr=stack.enter_context(unwritable(kind)), variables=variables)
            # It would wait for ever, and so would who waits for it.
            stack.callback(kill_group, process)
            runs.append((process, run.log))
        for process, log in runs:
            printed, _errors = process.communicate(timeout=60)
            assert (process.returncode, "changed=1" in printed) == (0, True), printed
            assert re.search(LINE, log.read_text())


# Texts, as playbooks and inventories hold them

TEXTS = """
- hosts: host1
  gather_facts: false
  module_defaults:
    dasha.blackbox.sip_phone_number: {credentialsId: "OTHER_TRUNK"}
  tasks:
    - dasha.blackbox.sip_phone_number: {phone_number: "+1", credentials_id: "TRUNK"}
    - dasha.blackbox.sip_phone_number: {phone_number: "+1", credentials_id: "OTHER_TRUNK"}
      check_mode: true
    - dasha.blackbox.sip_phone_number: {phone_number: "{{ phone }}"}
    - dasha.blackbox.sip_phone_number: {phone_number: "{{ quoted }}", display_name: NO}
    - dasha.blackbox.sip_phone_number: {phone_number: "{{ quoted }}", description: 12:30}
    - dasha.blackbox.sip_phone_number: {phone_number: "{{ quoted }}", display_name: 2026-01-31 12:00:00}
    - dasha.blackbox.sip_phone_number: {phone_number: "{{ quoted }}", display_name: 2026-01-31}
      check_mode: true
    - dasha.blackbox.sip_phone_numbers:
        phone_numbers: [{phone_number: "+1"}, {phone_number: "+2", display_name: 2026-01-31 12:00:00}]
    - dasha.blackbox.sip_phone_numbers: {phone_numbers: [], max_deletions: .inf}
    - dasha.blackbox.sip_phone_numbers: {phone_numbers: [], concurrency: .nan}
    - dasha.blackbox.sip_credential: {server: sip.example.net, auth_password: !vault "VAULTED"}
  ignore_errors: true
"""
EXPECTED = [
    "credentials_id and credentialsId are one option, and set to different values, one of them perhaps by",
    "",
    "phone_number must be a quoted string, not the number 15550100001",
    "display_name must be a quoted string, not the boolean False",
    "description must be a quoted string, not the number 750",
    "display_name must be a quoted string: YAML reads a time",
    "",
    "phone_numbers[1].display_name must be a quoted string: YAML reads a time",
    "max_deletions must be an integer, not inf",
    "concurrency must be an integer, not nan",
    "auth_password has trailing whitespace at position 16: U+000A (line feed)",
]


@pytest.mark.thorough
@pytest.mark.parametrize("direct", ["true", "false"], ids=["direct", "module"])
def test_text_that_its_author_did_not_write_is_refused_both_ways(project: Project, direct: str) -> None:
    vault = VaultLib([("default", VaultSecret(VAULT_PASSWORD.encode()))])
    vaulted = vault.encrypt(f"{PASSWORD}\n".encode()).decode().replace("\n", "\\n")
    text = TEXTS.replace("OTHER_TRUNK", OTHER_TRUNK).replace("TRUNK", TRUNK).replace("VAULTED", vaulted)
    project.write(text, {"host1": """phone="+15550100001" quoted='"+15550100001"'"""})
    (project.folder / "vault-password").write_text(VAULT_PASSWORD)
    callback = {"ANSIBLE_STDOUT_CALLBACK": "one_document", "BLACKBOX_DIRECT_EXECUTION": direct}
    results = json.loads(project.run("--vault-password-file", "vault-password", **callback).stdout)
    found = [result.get("msg", "") for _task, result in results]
    assert [
        words if words and words in message else message for message, words in zip(found, EXPECTED, strict=True)
    ] == (EXPECTED)
    assert [result["changed"] for _task, result in results] == [not words for words in EXPECTED]
    assert {sent["method"] for sent in project.emulator.requests()} == {"GET"}
