# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What loading the transport does, and on which Pythons it can be loaded."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

MODULE_UTILS = Path(__file__).parents[3] / "plugins/module_utils"
FILES = sorted((MODULE_UTILS / "_transport").glob("*.py"))
PACKAGE = "ansible_collections.dasha.blackbox.plugins.module_utils"


def module_name(file: Path) -> str:
    return ".".join([PACKAGE, *file.relative_to(MODULE_UTILS).with_suffix("").parts])


def test_importing_opens_nothing_starts_no_thread_and_switches_nothing() -> None:
    names = [module_name(file) for file in FILES if file.parent.name == "_transport" and file.stem != "__init__"]
    script = f"""
import gc, importlib, threading, warnings, socket
import requests, ansible.module_utils.basic
opened = []
class Socket(socket.socket):
    def __init__(self, *args, **kwargs):
        opened.append(args)
        super().__init__(*args, **kwargs)
socket.socket = Socket
filters = list(warnings.filters)
for name in {names!r}:
    importlib.import_module(name)
assert gc.isenabled() and gc.get_freeze_count() == 0
assert threading.active_count() == 1
assert opened == []
assert warnings.filters == filters
"""
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)


@pytest.mark.parametrize("first", [file for file in FILES if file.stem != "__init__"], ids=lambda file: file.stem)
def test_each_file_can_be_imported_first(first: Path) -> None:
    subprocess.run([sys.executable, "-c", f"import {module_name(first)}"], check=True, timeout=60)
