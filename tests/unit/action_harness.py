# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs a whole action plugin inside the test process, with everything that a worker of ansible-playbook gives it."""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import sys
from collections.abc import Iterator, Mapping
from typing import Any
from unittest import mock

from ansible.parsing.dataloader import DataLoader
from ansible.playbook.play_context import PlayContext
from ansible.playbook.task import Task
from ansible.plugins import loader as plugin_loader
from ansible.template import Templar
from ansible.utils.collection_loader import AnsibleCollectionConfig
from ansible.utils.display import Display

from unit.harness import normalize

COLLECTION = "dasha.blackbox"
JSON_TYPES = (str, int, float, bool, type(None), list, dict)
HOST_VARS = {"inventory_hostname": "localhost", "ansible_python_interpreter": sys.executable}


def install_collection_loader() -> None:
    """Let Ansible find the collection, even if a test imported parts of it before, in Python's own way."""
    plugin_loader.init_plugin_loader()
    packages = ["ansible_collections", f"ansible_collections.{COLLECTION.partition('.')[0]}"]
    for package in (*packages, f"ansible_collections.{COLLECTION}"):
        # Only the packages: Ansible's loader gives them their metadata. What was imported from them stays.
        sys.modules.pop(package, None)
    importlib.import_module(f"ansible_collections.{COLLECTION}")


if AnsibleCollectionConfig.collection_finder is None:
    install_collection_loader()


class RanAsModuleError(AssertionError):
    """The action plugin ran the module, although it was to run inside the process."""


def run_action(
    name: str,
    options: Mapping[str, Any],
    check: bool = False,
    verbosity: int = 0,
    *,
    keywords: Mapping[str, Any] | None = None,
    variables: Mapping[str, Any] | None = None,
    folder: str = "",
) -> dict[str, Any]:
    """Return the result of the action plugin, `failed` and `warnings` always in it.

    Args:
        options: as a task gives them; connection options included.
        keywords: of the task, such as `environment`.
        variables: of the host, besides those that lead to direct execution.
        folder: of the playbook; by default, the current one.
    """
    task_vars = {**HOST_VARS, **(variables or {})}
    action = make_action(name, options, check=check, keywords=keywords, variables=task_vars, folder=folder)
    with shown_at(verbosity), mock.patch.object(action, "_run_module", side_effect=RanAsModuleError(name)):
        return normalize(action.run(task_vars=task_vars))


def make_action(
    name: str,
    options: Mapping[str, Any],
    *,
    check: bool = False,
    keywords: Mapping[str, Any] | None = None,
    variables: Mapping[str, Any] | None = None,
    connection: str = "ansible.builtin.local",
    folder: str = "",
) -> Any:
    """Return the action plugin of a task, on a host with a connection plugin."""
    loader = DataLoader()
    loader.set_basedir(folder or os.getcwd())
    task = Task.load({f"{COLLECTION}.{name}": {}, "check_mode": check, **(keywords or {})}, loader=loader)
    # As if they had been read from a playbook and their templates been resolved.
    task.args = loader.load(json.dumps(dict(options)))
    play_context = PlayContext()
    local = plugin_loader.connection_loader.get(connection, play_context, "/dev/null")
    local.set_options(var_options={})
    return plugin_loader.action_loader.get(
        f"{COLLECTION}.{name}",
        task=task,
        connection=local,
        play_context=play_context,
        loader=loader,
        templar=Templar(loader=loader, variables=dict(variables or {})),
        shared_loader_obj=plugin_loader,
    )


@contextlib.contextmanager
def shown_at(verbosity: int) -> Iterator[None]:
    """Let `Display` show what it shows at this verbosity."""
    display = Display()
    with mock.patch.object(display, "verbosity", verbosity):
        yield


def trusted(template: str) -> Any:
    """Return a template as a playbook holds it: since ansible-core 2.19, others are not resolved."""
    try:
        from ansible.template import trust_as_template  # noqa: PLC0415
    except ImportError:
        return template
    return trust_as_template(template)


def types_in(value: Any) -> set[type]:
    """Return the exact types of a value and of all its parts."""
    if isinstance(value, dict):
        return {type(value)}.union(*(types_in(part) for item in value.items() for part in item))
    if isinstance(value, list):
        return {type(value)}.union(*map(types_in, value))
    return {type(value)}
