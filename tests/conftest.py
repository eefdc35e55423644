# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What holds for all tests that pytest runs."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, settings

# A limit on time tells a busy machine from an idle one, not good code from bad: before the first example
# of a new environment stands a table of characters, which takes seconds to build.
settings.register_profile("project", deadline=None, suppress_health_check=[HealthCheck.too_slow])
# For the inner loop, in which the same tests run again and again.
settings.register_profile("quick", settings.get_profile("project"), max_examples=15)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "project"))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Return more workers than a small machine has cores: all but quick tests wait for retries and time limits."""
    return max(1 if config.getoption("quick", False) else 3, os.cpu_count() or 1)
