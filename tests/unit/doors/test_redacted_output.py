# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Since ansible-core 2.22, encrypted values are hidden wherever the output holds them; files hold the true values."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.parsing.vault import VaultLib, VaultSecret
from ansible.release import __version__

from emulator.client import Emulator
from unit.harness import TRUNK

pytestmark = [pytest.mark.slow, pytest.mark.every_core]

VAULT_PASSWORD = "a long password of the vault"
MASK = "$REDACTED$"
PLAY = """
- hosts: localhost
  gather_facts: false
  vars_files: [settings.yml]
  vars:
    numbers: [{phone_number: "+15551234567", display_name: Line 5}]
    trunk: 3fa85f64-5717-4562-b3fc-2c963f66afa6
    trunks: [{server: sip5.example.com, auth_user: "5", auth_password: correct-horse, cps_limit: 5}]
  tasks:
    - dasha.blackbox.sip_phone_numbers: {credentials_id: "{{ trunk }}", phone_numbers: "{{ numbers }}"}
      check_mode: true
      register: preview
    - ansible.builtin.copy: {dest: approved.json, content: "{{ {'plan': preview.plan_id} | to_json }}"}
    - ansible.builtin.copy: {dest: report.md, content: "{{ preview | dasha.blackbox.change_report }}"}
    - ansible.builtin.copy: {dest: report.html, content: "{{ preview | dasha.blackbox.change_report(format='html') }}"}
    - ansible.builtin.set_stats: {data: {plan: "{{ preview.plan_id }}"}}
    - dasha.blackbox.sip_phone_numbers:
        credentials_id: "{{ trunk }}"
        phone_numbers: "{{ numbers }}"
        expected_plan_id: "{{ (lookup('ansible.builtin.file', 'approved.json') | from_json).plan }}"
      register: run
    - ansible.builtin.copy: {dest: run.json, content: "{{ run | to_json }}"}
    - dasha.blackbox.sip_phone_number_info: {dest: "{{ playbook_dir }}/written.csv"}
      register: found
    - ansible.builtin.copy:
        dest: numbers.yml
        content: "{{ found.sip_phone_numbers | dasha.blackbox.desired_state | to_nice_yaml }}"
    - dasha.blackbox.sip_trunks: {trunks: "{{ trunks }}"}
      check_mode: true
      register: preview
    - ansible.builtin.copy: {dest: approval.json, content: "{{ preview.approval | to_json }}"}
    - dasha.blackbox.sip_trunks:
        trunks: "{{ trunks }}"
        approval: "{{ lookup('ansible.builtin.file', 'approval.json') | from_json }}"
      register: both
    - ansible.builtin.copy: {dest: undo.json, content: "{{ both | dasha.blackbox.rollback | to_json }}"}
    - dasha.blackbox.sip_credential_info: {dest: "{{ playbook_dir }}/written.yml"}
      register: known
    - ansible.builtin.copy:
        dest: trunks.json
        content: "{{ known.sip_credentials | dasha.blackbox.desired_trunks(found.sip_phone_numbers) | to_json }}"
    - ansible.builtin.debug: {var: run}
"""


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    """A folder with settings that are encrypted, and the playbook."""
    # Every digit of a plan id, a count or a phone number is such a value.
    settings = yaml.safe_dump({"digits": list("0123456789")})
    vault = VaultLib([("default", VaultSecret(VAULT_PASSWORD.encode()))])
    (tmp_path / "settings.yml").write_bytes(vault.encrypt(settings.encode()))
    (tmp_path / "vault-password").write_text(VAULT_PASSWORD)
    (tmp_path / "play.yml").write_text(PLAY)
    return tmp_path


def play(folder: Path, emulator: Emulator, *options: str) -> Any:
    """Return what ansible-runner knows of a run of the playbook."""
    runner: Any = pytest.importorskip("ansible_runner")
    ran = runner.run(
        private_data_dir=str(folder),
        project_dir=str(folder),
        playbook="play.yml",
        cmdline=" ".join([f"--vault-password-file {folder / 'vault-password'}", *options]),
        envvars={
            "BLACKBOX_API_KEY": emulator.key,
            "BLACKBOX_API_URL": emulator.url,
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        },
        quiet=True,
    )
    assert ran.rc == 0, ran.stdout.read()
    return ran


@pytest.mark.thorough
@pytest.mark.parametrize("direct", ["true", "false"])
def test_files_and_stats_hold_true_values_though_the_output_is_hidden(
    emulator: Emulator, settings: Path, direct: str
) -> None:
    ran = play(settings, emulator, f"-e blackbox_direct_execution={direct}")
    hides = tuple(map(int, __version__.split(".")[:2])) >= (2, 22)
    assert (MASK in ran.stdout.read()) is hides
    written = {path.name: path.read_text() for path in settings.glob("*.*")}
    assert not [name for name, text in written.items() if MASK in text]
    plan = json.loads(written["approved.json"])["plan"]
    assert plan in written["report.md"] and plan in written["report.html"]
    result = json.loads(written["run.json"])
    assert (result["plan_id"], result["summary"]["created"]) == (plan, 1)
    number = {"phone_number": "+15551234567", "credentials_id": TRUNK, "display_name": "Line 5", "registration": False}
    assert yaml.safe_load(written["numbers.yml"]) == [number]
    (undo,) = json.loads(written["undo.json"])["trunks"]
    assert (undo["server"], undo["auth_user"], undo["state"]) == ("sip5.example.com", "5", "absent")
    assert [each["cps_limit"] for each in json.loads(written["trunks.json"]) if each.get("auth_user") == "5"] == [5]
    assert "+15551234567" in written["written.csv"] and "Line 5" in written["written.csv"]
    assert yaml.safe_load(written["written.yml"])[-1]["server"] == "sip5.example.com"
    # AWX passes what the last event holds to the next job; ansible-rulebook 1.3 reads the event of the task.
    events = [event["event_data"] for event in ran.events if "event_data" in event]
    assert [each["artifact_data"] for each in events if each.get("artifact_data")] == [{"plan": plan}]
    read = [each["res"]["ansible_stats"]["data"] for each in events if "ansible_stats" in each.get("res", {})]
    assert [each == {"plan": plan} for each in read] == [not hides]
