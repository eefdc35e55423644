# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which tasks run inside ansible-playbook, which as a module, and the reason that `-vvv` shows."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from ansible import constants as C
from ansible.plugins.loader import become_loader

from ansible_collections.dasha.blackbox.plugins.plugin_utils import _ansible_internals, _decision, _direct
from unit.action_harness import HOST_VARS, make_action, trusted

pytestmark = pytest.mark.action_door

INTERPRETER = "ansible_python_interpreter"
OFF = "direct execution is switched off"
Decide = Callable[..., str | None]


@pytest.fixture
def decide(monkeypatch: pytest.MonkeyPatch) -> Iterator[Decide]:
    """Run a task without options, and return why it ran as a module, None if it did not."""
    monkeypatch.delenv(_decision.SWITCH, raising=False)
    shown: list[tuple[str, str | None]] = []
    monkeypatch.setattr(_ansible_internals.display, "vvv", lambda text, host=None: shown.append((text, host)))

    def decide(
        variables: dict[str, Any] | None = None,
        connection: str = "local",
        prepare: Callable[[Any], Any] = lambda action: None,
        **keywords: Any,
    ) -> str | None:
        shown.clear()
        task_vars = {**HOST_VARS, **(variables or {})}
        action = make_action("sip_phone_number", {}, keywords=keywords, variables=task_vars, connection=connection)
        prepare(action)
        with mock.patch.object(action, "_run_module", return_value={"changed": "as a module"}):
            result = action.run(task_vars=task_vars)
        ((text, host),) = [line for line in shown if line[0].startswith("sip_phone_number runs")]
        assert host == "localhost"
        reason = text.removeprefix("sip_phone_number runs as a module, because ")
        assert (result["changed"] == "as a module") is (reason != text)
        if reason == text:
            assert text == "sip_phone_number runs inside ansible-playbook"
            return None
        return reason

    yield decide
    _direct.transports.drop()


@pytest.mark.parametrize("connection", ["local", "ansible.builtin.local", "ansible.legacy.local"])
def test_local_task_runs_inside_by_any_name_of_the_connection(decide: Decide, connection: str) -> None:
    assert decide(connection=connection) is None


def test_other_connection_runs_as_module(decide: Decide) -> None:
    assert decide(connection="ssh") == "the connection plugin is ansible.builtin.ssh"


def test_other_plugin_of_the_name_local_runs_as_module(decide: Decide) -> None:
    def replace(action: Any) -> None:
        action._connection._original_path = "/playbook/connection_plugins/local.py"

    assert decide(prepare=replace) == "the connection plugin is /playbook/connection_plugins/local.py"


def become(action: Any) -> None:
    action._connection.set_become_plugin(become_loader.get("sudo"))


def test_become_runs_as_module(decide: Decide) -> None:
    assert decide(prepare=become) == "become is used"


def test_async_runs_as_module(decide: Decide) -> None:
    assert decide(**{"async": 30}) == "async is used"
    assert decide(**{"async": 30, "poll": 0}) == "async is used"
    assert decide(**{"async": 0}) is None


# Python interpreters


def delegated(host: str, **variables: Any) -> dict[str, Any]:
    return {"ansible_delegated_vars": {host: {"inventory_hostname": "localhost", **variables}}}


def test_delegation_to_localhost_runs_inside(decide: Decide) -> None:
    variables = {INTERPRETER: "/remote/python", **delegated("localhost", **{INTERPRETER: sys.executable})}
    assert decide(variables, delegate_to="localhost") is None


def test_delegation_to_a_host_with_its_own_interpreter_runs_as_module(decide: Decide) -> None:
    variables = delegated("gate", **{INTERPRETER: "/opt/python"})
    assert decide(variables, delegate_to="gate") == "the Python interpreter is /opt/python"


@pytest.mark.parametrize("variables", [delegated("gate"), {}, {"ansible_delegated_vars": None}], ids=str)
def test_delegation_to_a_host_without_known_interpreter_runs_as_module(decide: Decide, variables: Any) -> None:
    assert decide(variables, delegate_to="gate") == "the Python interpreter is not discovered yet"


def test_delegation_to_another_connection_runs_as_module(decide: Decide) -> None:
    variables = delegated("gate", **{INTERPRETER: sys.executable})
    assert decide(variables, "ssh", delegate_to="gate") == "the connection plugin is ansible.builtin.ssh"


@pytest.mark.parametrize(
    "interpreter", ["/usr/bin/python3.1", "python3", "bin/python", f"{sys.executable} -s", "~/python"]
)
def test_other_interpreter_runs_as_module(decide: Decide, interpreter: str) -> None:
    assert decide({INTERPRETER: interpreter}) == f"the Python interpreter is {interpreter}"


def test_template_of_the_interpreter_is_resolved(decide: Decide) -> None:
    from_template = {INTERPRETER: trusted("{{ ansible_playbook_python }}"), "ansible_playbook_python": sys.executable}
    assert decide(from_template) is None
    assert decide({**from_template, "ansible_playbook_python": "/a/b"}) == "the Python interpreter is /a/b"


@pytest.mark.parametrize("mode", ["auto", "auto_silent", ""])
def test_interpreter_that_is_not_discovered_yet_runs_as_module(decide: Decide, mode: str) -> None:
    assert decide({INTERPRETER: mode}) == "the Python interpreter is not discovered yet"
    assert decide({INTERPRETER: mode, "ansible_facts": {}}) == "the Python interpreter is not discovered yet"


@pytest.mark.parametrize("mode", ["auto", "auto_silent"])
def test_discovered_interpreter_decides(decide: Decide, mode: str) -> None:
    facts = {"discovered_interpreter_python": sys.executable}
    assert decide({INTERPRETER: mode, "ansible_facts": facts}) is None
    facts = {"discovered_interpreter_python": "/usr/bin/python3.1"}
    assert decide({INTERPRETER: mode, "ansible_facts": facts}) == "the Python interpreter is /usr/bin/python3.1"


def test_links_of_one_virtual_environment_are_the_same_and_of_another_are_not(
    decide: Decide, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    base = os.path.realpath(sys.executable)
    for name in ("one/bin", "two/bin"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "python3").symlink_to(base)
        (tmp_path / name / "python").symlink_to("python3")
    monkeypatch.setattr(sys, "executable", str(tmp_path / "one/bin/python"))
    for name in ("python", "python3"):
        assert decide({INTERPRETER: str(tmp_path / "one/bin" / name)}) is None
        other = str(tmp_path / "two/bin" / name)
        assert decide({INTERPRETER: other}) == f"the Python interpreter is {other}"
    missing = str(tmp_path / "one/bin/python3.99")
    assert decide({INTERPRETER: missing}) == f"the Python interpreter is {missing}"
    assert decide({INTERPRETER: base}) == f"the Python interpreter is {base}"


# The process


def test_kept_remote_files_run_as_module(decide: Decide, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(C, "DEFAULT_KEEP_REMOTE_FILES", True)
    assert decide() == "ANSIBLE_KEEP_REMOTE_FILES is set"


def test_missing_requests_run_as_module(decide: Decide, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_decision, "IMPORT_ERROR", "Traceback: no requests")
    assert decide() == "ansible-playbook cannot import requests"


def test_macos_runs_as_module(decide: Decide) -> None:
    with mock.patch.object(_decision, "sys", mock.Mock(platform="darwin", executable=sys.executable)):
        assert decide() == "on macOS, looking up proxies is not safe in a forked process"


# Environment


@pytest.mark.parametrize(
    "environment",
    [
        {"BLACKBOX_API_KEY": "x", "BLACKBOX_API_TIMEOUT": 5, "BLACKBOX_EXPECTED_ORG_ID": "org-1"},
        {"https_proxy": "http://p", "HTTPS_PROXY": "http://p", "no_proxy": "x", "REQUESTS_CA_BUNDLE": "/x"},
        [{"BLACKBOX_API_KEY": "x"}, {"CURL_CA_BUNDLE": "/y"}],
        {},
    ],
    ids=str,
)
def test_environment_that_the_work_reads_runs_inside(decide: Decide, environment: Any) -> None:
    assert decide(environment=environment) is None


def test_other_environment_runs_as_module(decide: Decide) -> None:
    environment = [{"PATH": "/x", "BLACKBOX_API_KEY": "x"}, {"LANG": "C"}]
    assert decide(environment=environment) == "environment sets LANG, PATH"


# The switch


@pytest.mark.parametrize(
    "off", [False, "false", "no", "No", "off", "0", 0, "n", trusted("{{ wanted }}"), "maybe"], ids=str
)
def test_variable_switches_it_off(decide: Decide, off: Any) -> None:
    assert decide({"blackbox_direct_execution": off, "wanted": False}) == OFF


@pytest.mark.parametrize("on", [True, "yes", "1", 1, None, "", trusted("{{ not wanted }}")], ids=str)
def test_variable_leaves_it_on(decide: Decide, on: Any) -> None:
    assert decide({"blackbox_direct_execution": on, "wanted": False}) is None


@pytest.mark.parametrize("value", ["false", "no", "0", "off"])
def test_environment_of_ansible_playbook_switches_it_off(
    decide: Decide, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv(_decision.SWITCH, value)
    assert decide() == OFF


@pytest.mark.parametrize("value", ["true", "1", ""])
def test_environment_of_ansible_playbook_leaves_it_on(
    decide: Decide, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv(_decision.SWITCH, value)
    assert decide() is None


def test_environment_of_the_task_wins_over_the_one_of_ansible_playbook(
    decide: Decide, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert decide(environment={_decision.SWITCH: False}) == OFF
    assert decide(environment={_decision.SWITCH: "0"}) == OFF
    monkeypatch.setenv(_decision.SWITCH, "no")
    assert decide(environment={_decision.SWITCH: "yes"}) is None
    assert decide({"blackbox_direct_execution": True}) == OFF


# Arguments


@pytest.mark.parametrize(
    "value",
    [{1, 2}, b"x", {5: "x"}, {None: "x"}, object(), [("a", {"b": {1}})], 1j],
    ids=lambda value: type(value).__name__,
)
def test_argument_that_is_no_json_runs_as_module(decide: Decide, value: Any) -> None:
    def give(action: Any) -> None:
        action._task.args = {"display_name": value}

    reason = decide(prepare=give)
    assert reason is not None
    assert reason.startswith("an argument has a value that only a module can receive (")
    assert "x" not in reason.partition("(")[2].replace("complex", "")


# What a module gets that becomes another user

KEY = "key-5f0c9e72ab"
VARIABLES = {"BLACKBOX_API_KEY": KEY, "BLACKBOX_API_TIMEOUT": "5", "BLACKBOX_API_URL": ""}


class FakeAction:
    """Stands for the action that runs the module."""

    def __init__(self, action: Any) -> None:
        self.task = action._task

    def run(self, task_vars: Any) -> dict[str, Any]:
        if self.task.args.get("phone_number") == "lost":
            raise ConnectionError
        return {"arguments": dict(self.task.args)}


@pytest.fixture
def handed_over(monkeypatch: pytest.MonkeyPatch) -> Callable[..., dict[str, Any]]:
    """Run a task as a module, and return the arguments that the module gets in addition."""
    monkeypatch.setattr(_direct, "normal_action", FakeAction)
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value)

    def handed_over(
        options: dict[str, Any], connection: str = "local", becomes: bool = True, **keywords: Any
    ) -> dict[str, Any]:
        keywords = {"async": 5, **keywords}
        action = make_action("sip_phone_number", options, keywords=keywords, variables=HOST_VARS, connection=connection)
        if becomes:
            become(action)
        given = dict(action._task.args)
        try:
            result = action.run(task_vars=HOST_VARS)
        finally:
            assert action._task.args == given
        arguments: dict[str, Any] = result["arguments"]
        return {name: value for name, value in arguments.items() if name not in given or given[name] != value}

    return handed_over


def test_module_that_becomes_another_user_gets_what_the_environment_says(handed_over: Any) -> None:
    assert handed_over({"phone_number": "+1"}) == {"api_key": KEY, "api_timeout": "5"}


def test_options_of_the_task_win_over_the_environment(handed_over: Any) -> None:
    assert handed_over({"api_key": "mine", "api_timeout": None}) == {"api_timeout": "5"}


def test_environment_of_the_task_wins_over_the_one_of_ansible_playbook_for_modules(handed_over: Any) -> None:
    assert handed_over({}, environment={"BLACKBOX_API_KEY": "x"}) == {"api_timeout": "5"}
    assert handed_over({}, environment={"BLACKBOX_API_KEY": "", "BLACKBOX_API_TIMEOUT": ""}) == {}


@pytest.mark.parametrize(("connection", "becomes"), [("ssh", True), ("ssh", False), ("local", False)])
def test_module_elsewhere_or_of_the_same_user_gets_nothing(handed_over: Any, connection: str, becomes: bool) -> None:
    assert handed_over({}, connection, becomes) == {}


def test_arguments_of_the_task_stay_what_they_are_after_a_failure(handed_over: Any) -> None:
    with pytest.raises(ConnectionError):
        handed_over({"phone_number": "lost"})
