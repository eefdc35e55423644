# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a task runs inside ansible-playbook, or as a module as usual, and why."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import Any

from ansible import constants as C
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins import connection as connection_plugins

from ansible_collections.dasha.blackbox.plugins.module_utils._running.connection import (
    PROCESS_VARIABLES,
    with_environment,
)
from ansible_collections.dasha.blackbox.plugins.module_utils._transport.http import IMPORT_ERROR
from ansible_collections.dasha.blackbox.plugins.plugin_utils._ansible_internals import plugin_file, resolve

SWITCH = "BLACKBOX_DIRECT_EXECUTION"
LOCAL_CONNECTION = os.path.join(os.path.dirname(connection_plugins.__file__), "local.py")
LOCAL_NAMES = ("local", "ansible.legacy.local", "ansible.builtin.local")


def reason_for_module(action: Any, task_vars: Mapping[str, Any], environment: Mapping[str, str]) -> str | None:
    """Return why a task has to run as a module, None if it can run inside ansible-playbook.

    It can if the module would run on this machine, as the same user and with the same Python.

    Args:
        action: the action plugin, with its task and connection.
        environment: what the keyword `environment` of task and play sets.
    """
    if not _is_switched_on(action, task_vars, environment):
        return "direct execution is switched off"
    other = sorted(name for name in environment if name.upper() not in PROCESS_VARIABLES)
    if other:
        return f"environment sets {', '.join(other)}"
    return _reason_of_task(action) or _reason_of_process() or _reason_of_interpreter(action, task_vars)


def lost_options(action: Any, environment: Mapping[str, str]) -> dict[str, str]:
    """Return connection options that a module would find in the environment of this process, but does not inherit.

    A module on this machine inherits the environment, unless it becomes another user. As an option, a key is in the
    file or the pipe that the module is run from, like every other argument. In the environment of the command, it would
    be visible in process lists and at `-vvv`.

    Args:
        environment: what the keyword `environment` of task and play sets; a module gets it anyway.
    """
    if not (_is_local(action._connection) and action._connection.become):
        return {}
    inherited = {name: value for name, value in os.environ.items() if name not in environment}
    found = with_environment({}, inherited)
    return {option: value for option, value in found.items() if action._task.args.get(option) is None}


def _is_local(connection: Any) -> bool:
    # By its file: a play may put a plugin of its own in place of `local`.
    return plugin_file(connection) == LOCAL_CONNECTION


def _reason_of_task(action: Any) -> str | None:
    connection = action._connection
    if not _is_local(connection):
        file = plugin_file(connection)
        name = str(getattr(connection, "ansible_name", None) or file)
        return f"the connection plugin is {file if name in LOCAL_NAMES else name}"
    if connection.become:
        return "become is used"
    if action._task.async_val:
        return "async is used"
    return None


def _reason_of_process() -> str | None:
    if C.DEFAULT_KEEP_REMOTE_FILES:
        return "ANSIBLE_KEEP_REMOTE_FILES is set"
    if IMPORT_ERROR:
        return "ansible-playbook cannot import requests"
    if sys.platform == "darwin":
        return "on macOS, looking up proxies is not safe in a forked process"
    return None


def _is_switched_on(action: Any, task_vars: Mapping[str, Any], environment: Mapping[str, str]) -> bool:
    switches = (
        resolve(action, task_vars.get("blackbox_direct_execution")),
        environment.get(SWITCH, os.environ.get(SWITCH)),
    )
    return all(boolean(switch, strict=False) for switch in switches if switch not in (None, ""))


def _reason_of_interpreter(action: Any, task_vars: Mapping[str, Any]) -> str | None:
    host_vars = task_vars
    if action._task.delegate_to:
        host_vars = (task_vars.get("ansible_delegated_vars") or {}).get(action._task.delegate_to) or {}
    configured = C.config.get_config_value("INTERPRETER_PYTHON", variables=dict(host_vars))
    interpreter = str(resolve(action, configured) or "").strip()
    if not interpreter or interpreter.startswith("auto"):
        facts = host_vars.get("ansible_facts") or {}
        interpreter = str(facts.get("discovered_interpreter_python") or "")
    if not interpreter:
        return "the Python interpreter is not discovered yet"
    return None if _is_this_python(interpreter) else f"the Python interpreter is {interpreter}"


def _is_this_python(interpreter: str) -> bool:
    """Whether a path is the Python that runs ansible-playbook, in the same virtual environment.

    Resolved paths would not do: the Pythons of all virtual environments are links to the same one.
    """
    if not os.path.isabs(interpreter) or not sys.executable:
        return False
    if os.path.dirname(interpreter) != os.path.dirname(sys.executable):
        return False
    try:
        return os.path.samefile(interpreter, sys.executable)
    except OSError:
        return False
