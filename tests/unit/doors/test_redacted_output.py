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
    - dasha.blackbox.sip_phone_number_info:
      register: found
    - ansible.builtin.copy:
        dest: numbers.yml
        content: "{{ found.sip_phone_numbers | dasha.blackbox.desired_state | to_nice_yaml }}"
    - ansible.builtin.debug: {var: run}
"""


def test_files_and_stats_hold_true_values_though_the_output_is_hidden(emulator: Emulator, tmp_path: Path) -> None:
    runner: Any = pytest.importorskip("ansible_runner")
    # Every digit of a plan id, a count or a phone number is such a value.
    settings = yaml.safe_dump({"digits": list("0123456789abcdef")})
    vault = VaultLib([("default", VaultSecret(VAULT_PASSWORD.encode()))])
    (tmp_path / "settings.yml").write_bytes(vault.encrypt(settings.encode()))
    (tmp_path / "vault-password").write_text(VAULT_PASSWORD)
    (tmp_path / "play.yml").write_text(PLAY)
    ran = runner.run(
        private_data_dir=str(tmp_path),
        project_dir=str(tmp_path),
        playbook="play.yml",
        cmdline=f"--vault-password-file {tmp_path / 'vault-password'}",
        envvars={
            "BLACKBOX_API_KEY": emulator.key,
            "BLACKBOX_API_URL": emulator.url,
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        },
        quiet=True,
    )
    printed = ran.stdout.read()
    assert ran.rc == 0, printed
    assert (MASK in printed) is (tuple(map(int, __version__.split(".")[:2])) >= (2, 22))
    written = {name: (tmp_path / name).read_text() for name in ("report.md", "report.html", "run.json", "numbers.yml")}
    plan = json.loads((tmp_path / "approved.json").read_text())["plan"]
    stats = [event.get("event_data", {}).get("artifact_data") for event in ran.events]
    assert [each for each in stats if each] == [{"plan": plan}]
    assert not [name for name, text in written.items() if MASK in text]
    assert plan in written["report.md"] and plan in written["report.html"]
    result = json.loads(written["run.json"])
    assert (result["plan_id"], result["summary"]["created"]) == (plan, 1)
    number = {"phone_number": "+15551234567", "credentials_id": TRUNK, "display_name": "Line 5", "registration": False}
    assert yaml.safe_load(written["numbers.yml"]) == [number]
