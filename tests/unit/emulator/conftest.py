# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path

import pytest

from emulator.client import Emulator
from unit.emulator.http_helpers import ApiClient


@pytest.fixture
def api(emulator: Emulator) -> ApiClient:
    return ApiClient(emulator)


@pytest.fixture
def other(emulator: Emulator) -> ApiClient:
    """A second organization, with one trunk and one agent of its own."""
    trunk = {"id": "77777777-7777-4777-8777-777777777777", "server": "sip.example.net"}
    part = {"keys": ["other-key"], "credentials": [trunk], "agents": [{"id": "agent-9"}]}
    emulator.seed({"organizations": {"org-2": part}})
    return ApiClient(emulator, "other-key")


@pytest.fixture
def seed_file(tmp_path: Path) -> Path:
    return tmp_path / "seed.yml"
