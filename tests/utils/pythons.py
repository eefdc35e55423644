# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Pythons on this machine, found by running them: a command of the right name may be there and not work."""

from __future__ import annotations

import functools
import subprocess

SUPPORTED = ("3.9", "3.10", "3.11", "3.12", "3.13", "3.14")
PROBE = "import ensurepip, sys, venv; print(sys._base_executable)"


@functools.cache
def find_python(version: str) -> str | None:
    """Return the path of the Python of a version such as 3.12, None where there is none that can make environments."""
    try:
        probe = subprocess.run([f"python{version}", "-c", PROBE], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return probe.stdout.strip()
