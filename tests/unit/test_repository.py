# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Facts that stand in several places agree with one another."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.dasha.blackbox.plugins.module_utils._version import VERSION

CHECKOUT = Path(__file__).parents[2]
MODULES = sorted(path for path in (CHECKOUT / "plugins/modules").glob("*.py") if path.stem != "__init__")
NAMES = [path.stem for path in MODULES]


def read_yaml(path: str) -> Any:
    return yaml.safe_load((CHECKOUT / path).read_text("utf-8"))


def constant(module: Path, name: str) -> str:
    """Return a string that a module assigns, without importing it."""
    for node in ast.parse(module.read_text("utf-8")).body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id == name:
            return str(ast.literal_eval(node.value))
    raise AssertionError(f"{module.name} has no {name}")


def test_action_group_names_every_module() -> None:
    assert sorted(read_yaml("meta/runtime.yml")["action_groups"]["all"]) == NAMES


def test_version_is_the_same_in_code_and_package() -> None:
    assert read_yaml("galaxy.yml")["version"] == VERSION


def test_readme_lists_every_module() -> None:
    rows = re.findall(r"^\| *\[?`(?:dasha\.blackbox\.)?(sip_\w+)`", (CHECKOUT / "README.md").read_text("utf-8"), re.M)
    if not rows:
        pytest.skip("the README has no table of modules yet: rows that begin with | `name`")
    assert sorted(rows) == NAMES


@pytest.mark.parametrize("module", MODULES, ids=NAMES)
def test_examples_are_well_formed(module: Path, tmp_path: Path) -> None:
    """As strict as for a playbook, apart from a missing document start."""
    examples = tmp_path / "examples.yml"
    examples.write_text(f"---\n{constant(module, 'EXAMPLES').strip()}\n", "utf-8")
    command = [sys.executable, "-m", "yamllint", "--strict", "-c", str(CHECKOUT / ".yamllint"), str(examples)]
    lint = subprocess.run(command, check=False, capture_output=True, text=True)
    assert lint.returncode == 0, lint.stdout


@pytest.mark.parametrize("module", MODULES, ids=NAMES)
def test_examples_name_modules_in_full(module: Path) -> None:
    tasks = yaml.safe_load(constant(module, "EXAMPLES"))
    actions = {key for task in tasks for key in task if "sip_" in key}
    assert actions <= {f"dasha.blackbox.{name}" for name in NAMES}
    assert f"dasha.blackbox.{module.stem}" in actions
