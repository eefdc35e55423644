# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What loading the transport does, and on which Pythons it can be loaded."""

from __future__ import annotations

import ast
import graphlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

MODULE_UTILS = Path(__file__).parents[3] / "plugins/module_utils"
FILES = [*sorted((MODULE_UTILS / "_transport").glob("*.py")), MODULE_UTILS / "_ansible/connection.py"]
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


def test_files_of_the_transport_do_not_import_each_other_in_a_circle() -> None:
    imports = {file.stem: set(siblings(ast.parse(file.read_text()))) for file in FILES}
    assert list(graphlib.TopologicalSorter(imports).static_order())


def siblings(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level == 1 and node.module:
            yield node.module


def evaluated(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the parts of the code that Python evaluates when the file is loaded or run, so no annotations."""
    if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
        return
    yield node
    for name, value in ast.iter_fields(node):
        if name not in ("annotation", "returns"):
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST):
                    yield from evaluated(child)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_python_3_8_can_import_the_file_and_then_be_told_that_it_is_too_old(file: Path) -> None:
    generics = {"dict", "list", "tuple", "set", "frozenset", "type", "Callable", "Iterable", "Iterator", "Mapping"}
    subscripts = [node for node in evaluated(ast.parse(file.read_text())) if isinstance(node, ast.Subscript)]
    assert [ast.unparse(node) for node in subscripts if ast.unparse(node.value) in generics] == []
