# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What -vvv shows of retries, recovered creations and waits for a rate limit, both ways of running."""

from __future__ import annotations

import contextlib
import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.dasha.blackbox.plugins.module_utils import _module
from ansible_collections.dasha.blackbox.plugins.module_utils._transport.notices import Notice
from ansible_collections.dasha.blackbox.plugins.plugin_utils import _ansible_internals
from emulator.client import Emulator
from unit.doors.playbooks import KEY, KEY_ARGUMENTS, Project
from unit.harness import NUMBERS, TRUNK, Door

pytestmark = pytest.mark.both_doors

Run = Callable[..., dict[str, Any]]
PAIR = {"phone_number": "+15551234567", "credentials_id": TRUNK}
CREATION = {"method": "POST", "path": f"{NUMBERS}$"}
TROUBLES = [
    {"match": {"method": "GET"}, "fault": {"status": 502}},
    {"match": CREATION, "fault": {"status": 429, "headers": {"Retry-After": "0"}, "body": {"title": f"Slow {KEY}"}}},
    {"match": CREATION, "fault": {"status": 500, "done": True}},
]
NOTICES = [
    rf"GET {NUMBERS} failed \(502 Bad Gateway\): retry 1 in 0\.\d s",
    rf"POST {NUMBERS} failed \(429 Slow \*{{8}}\): all requests wait 0\.\d s for the rate limit",
    rf"POST {NUMBERS} failed \(500 Internal Server Error\), and the object was found",
]


def shown(output: str) -> list[str]:
    return re.findall(r"(?:sip_phone_number|dasha\.blackbox): ((?:GET|POST|PUT|DELETE) .*)", output)


def are_those_expected(lines: list[str]) -> bool:
    return len(lines) == len(NOTICES) and all(map(re.fullmatch, NOTICES, lines))


@pytest.fixture(autouse=True)
def no_secrets_of_other_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    """Since ansible-core 2.22, what any task of a process has named as a secret is hidden in all of its output."""
    with contextlib.suppress(ImportError):
        from ansible.module_utils._internal._secrets import _secret_masker  # noqa: PLC0415

        monkeypatch.setattr(_secret_masker, "_forms", set())


@pytest.fixture
def organization() -> Any:
    with Emulator.start("--exit-with-parent", "--quiet", *KEY_ARGUMENTS) as emulator:
        emulator.reset(seed={"organizations": {"org-1": {"credentials": [{"id": TRUNK, "server": "sip.example.com"}]}}})
        yield emulator


@pytest.mark.not_quick
@pytest.mark.parametrize(("verbosity", "is_shown"), [(0, False), (2, False), (3, True), (4, True)])
def test_each_is_one_line_from_verbosity_three_on(
    organization: Emulator, door: Door, capfd: Any, verbosity: int, is_shown: bool
) -> None:
    organization.fault(*TROUBLES)
    options = {**PAIR, "api_key": KEY, "api_url": organization.url, "api_retry_max_delay": 0.3}
    result = door("sip_phone_number", options, verbosity=verbosity)
    assert (result["failed"], result["changed"]) == (False, True)
    captured = capfd.readouterr()
    output = captured.out + captured.err
    assert are_those_expected(shown(output)) if is_shown else shown(output) == []
    assert KEY not in output + json.dumps(result)


@pytest.mark.not_quick
def test_nothing_is_shown_under_no_log(organization: Emulator, door: Door, capfd: Any) -> None:
    organization.fault(*TROUBLES)
    options = {**PAIR, "api_key": KEY, "api_url": organization.url, "api_retry_max_delay": 0.3}
    how = {"keywords": {"no_log": True}} if door.__name__ == "run_action" else {}
    door("sip_phone_number", {**options, **({} if how else {"_ansible_no_log": True})}, verbosity=4, **how)
    captured = capfd.readouterr()
    assert shown(captured.out + captured.err) == []


def test_standard_error_that_cannot_be_written_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: Any) -> None:
        raise BrokenPipeError

    module = SimpleNamespace(_verbosity=3, no_log=False)
    write = _module._notice_writer(module)  # type: ignore[arg-type]
    assert write is not None
    monkeypatch.setattr(os, "write", refuse)
    write(Notice("retry", "GET", NUMBERS, "502 Bad Gateway", 0.5, 1))


@pytest.mark.thorough
@pytest.mark.slow
@pytest.mark.every_core
def test_playbook_shows_the_same_lines_both_ways(organization: Emulator, tmp_path: Path) -> None:
    project = Project(tmp_path, organization)
    task = {"dasha.blackbox.sip_phone_number": {**PAIR, "api_retry_max_delay": 0.3}, "register": "result"}
    # ansible-core 2.22 adds a key of its own to the result of a module.
    names = "result.keys() | difference(['ansible_parsed']) | sort | join(' ')"
    report = {"ansible.builtin.debug": {"msg": f"keys: {{{{ {names} }}}}"}}
    project.write([{"hosts": "all", "gather_facts": False, "tasks": [task, report]}])
    keys = set()
    for switch in ("true", "false"):
        organization.reset(seed={"organizations": {"org-1": {"credentials": [{"id": TRUNK, "server": "s.example"}]}}})
        organization.fault(*TROUBLES)
        output = project.run("-vvv", BLACKBOX_DIRECT_EXECUTION=switch).stdout
        assert are_those_expected(shown(output)), output
        assert output.count("<host1> sip_phone_number: ") == len(NOTICES)
        assert KEY not in output
        keys.update(re.findall(r"keys: (.*)\"", output))
    assert len(keys) == 1


def test_notices_are_found_in_the_output_of_a_module_whichever_way_it_arrives() -> None:
    outcome = {
        "stdout_lines": ["dasha.blackbox: one", '{"changed": true}'],
        "stderr_lines": ["x", "dasha.blackbox: two"],
    }
    lines: list[str] = []
    action = SimpleNamespace(_low_level_execute_command=lambda command, **how: outcome)
    _ansible_internals.relay_output(action, lines.append)
    assert action._low_level_execute_command("command", sudoable=True) is outcome
    assert sorted(lines) == ["one", "two"]
