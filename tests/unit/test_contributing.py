# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The worked example of CONTRIBUTING.md, applied to a copy of the checkout."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from unit.guides import read_guide

CHECKOUT = Path(__file__).parents[2]
PATCHES = [step.text for step in read_guide(CHECKOUT / "CONTRIBUTING.md") if step.language == "diff"]
TEST = "test_recording_is_switched_on"

pytestmark = pytest.mark.slow


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of what the example changes and runs, which Python imports as the collection."""
    copy = tmp_path / "ansible_collections/dasha/blackbox"
    for folder in ("plugins", "tests"):
        shutil.copytree(CHECKOUT / folder, copy / folder, ignore=shutil.ignore_patterns("__pycache__", "output"))
    shutil.copy(CHECKOUT / "pyproject.toml", copy)
    for folder in (copy, *list(copy.parents)[:2]):
        # Otherwise it would be one namespace package together with the collection of the environment.
        (folder / "__init__.py").touch()
    return copy


def apply(patch: str, copy: Path) -> None:
    # Without this git would look for the repository that the copy may lie in.
    environment = {**os.environ, "GIT_CEILING_DIRECTORIES": str(copy.parent)}
    subprocess.run(["git", "apply", "--recount", "-"], cwd=copy, env=environment, input=patch, text=True, check=True)


def new_test(copy: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "-q", "-k", TEST, "tests/unit/wire/test_one_number.py"]
    environment = {**os.environ, "PYTHONPATH": str(copy.parents[2])}
    return subprocess.run(command, cwd=copy, env=environment, capture_output=True, text=True, check=False)


def test_tests_that_are_named_exist() -> None:
    named = re.findall(r"pytest -k (\w+)", (CHECKOUT / "CONTRIBUTING.md").read_text("utf-8"))
    texts = [path.read_text("utf-8") for path in (CHECKOUT / "tests/unit").rglob("test_*.py")]
    assert named
    assert all(any(f"def {name}(" in text for text in texts) for name in named)


def test_worked_example(copy: Path) -> None:
    contract, test, description, documentation = PATCHES
    apply(contract, copy)
    apply(test, copy)
    before = new_test(copy)
    assert before.returncode == 1, before.stdout
    apply(description, copy)
    apply(documentation, copy)
    done = new_test(copy)
    assert done.returncode == 0, done.stdout
