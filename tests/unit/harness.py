# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs a whole module inside the test process, and names what the tests share."""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any
from unittest import mock

import pytest
from ansible.module_utils import basic
from ansible.module_utils.common import warnings

TRUNK = "3fa85f64-5717-4562-b3fc-2c963f66afa6"
OTHER_TRUNK = "5b0c5ab2-2b0b-4a63-8f3e-0d1f6c2b7e99"
NUMBER_ID = "9b2f0c1e-8a5d-4f0e-9d55-0f6f2b0c7a11"
OTHER_ID = "0d9c1d5e-6f0f-4c52-8a0e-6a1c7a3b2f22"
NOBODY_ID = "00000000-0000-4000-8000-000000000000"
NUMBERS = "/api/v1/sip-phone-numbers"
Door = Callable[..., dict[str, Any]]
MODULES = "ansible_collections.dasha.blackbox.plugins.modules"

SEED = {
    "credentials": [
        {"id": TRUNK, "server": "sip.example.com"},
        {"id": OTHER_TRUNK, "server": "sip.example.org"},
    ],
    "agents": [{"id": "agent-1", "name": "Support"}, {"id": "agent-2", "name": "Sales"}],
}


def run_module(name: str, options: dict[str, Any], check: bool = False, verbosity: int = 0) -> dict[str, Any]:
    """Return the result that the module prints, `failed` and `warnings` always in it.

    Args:
        options: as a task gives them; connection options included.
    """
    controls = {
        "_ansible_module_name": f"dasha.blackbox.{name}",
        "_ansible_check_mode": check,
        "_ansible_diff": True,
        "_ansible_verbosity": verbosity,
    }
    module = importlib.import_module(f"{MODULES}.{name}")
    printed = io.StringIO()
    with _arguments({**options, **controls}), contextlib.redirect_stdout(printed), contextlib.suppress(SystemExit):
        module.main()
    return normalize(json.loads(printed.getvalue().strip().splitlines()[-1]))


def normalize(result: dict[str, Any]) -> dict[str, Any]:
    """Return a result without what only Ansible itself reads, with `failed`, and with `warnings` as strings.

    Every warning is a sentence.
    """
    # Since ansible-core 2.22, a module hands its secrets to Ansible, which masks them in what it prints.
    internal = ("invocation", "_ansible_new_secrets")
    warned = [_text(warning) for warning in result.get("warnings", [])]
    assert not [warning for warning in warned if not warning[0].isupper()]
    return {"failed": False, **{key: value for key, value in result.items() if key not in internal}, "warnings": warned}


@contextlib.contextmanager
def _arguments(options: dict[str, Any]) -> Iterator[None]:
    basic._ANSIBLE_ARGS = json.dumps({"ANSIBLE_MODULE_ARGS": options}).encode()
    basic._ANSIBLE_PROFILE = "legacy"
    warnings._global_warnings.clear()
    argv, sys.argv = sys.argv, ["module"]
    try:
        with _module_context():
            yield
    finally:
        basic._ANSIBLE_ARGS = basic._ANSIBLE_PROFILE = None
        sys.argv = argv


def _module_context() -> contextlib.AbstractContextManager[Any]:
    """Since ansible-core 2.19, warnings take another way once a test has loaded code of the controller."""
    internal = sys.modules.get("ansible.module_utils._internal")
    if not hasattr(internal, "is_controller"):
        return contextlib.nullcontext()
    return mock.patch.object(internal, "is_controller", False)


def _text(warning: Any) -> str:
    """A warning is a string up to ansible-core 2.18 and an object since."""
    return warning if isinstance(warning, str) else str(warning["event"]["msg"])


def limit_threads(monkeypatch: pytest.MonkeyPatch, allowed: int) -> None:
    """Let the system allow so many further threads."""
    started: list[bool] = []
    start = threading.Thread.start

    def start_if_allowed(thread: threading.Thread) -> None:
        if len(started) == allowed:
            raise RuntimeError("can't start new thread")
        started.append(True)
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", start_if_allowed)
