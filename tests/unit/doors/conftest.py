# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Keeps the inner loop short."""

from __future__ import annotations

from pathlib import Path

import pytest

# Each of them loads the code of the controller, which takes every worker of pytest a second.
NEED_CONTROLLER = {
    *("test_ansible_internals.py", "test_decision.py", "test_equal.py"),
    *("test_interrupts.py", "test_plain.py", "test_playbooks.py"),
}


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out files in which no test would be selected anyway."""
    return True if config.getoption("quick") and collection_path.name in NEED_CONTROLLER else None
