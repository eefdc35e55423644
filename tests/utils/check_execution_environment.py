# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check that an execution environment would install what the collection needs.

Usage: check_execution_environment.py COLLECTIONS_ROOT
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

REQUIREMENTS = Path("meta/ee-requirements.txt")


def wanted_packages() -> list[str]:
    lines = REQUIREMENTS.read_text("utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def main() -> int:
    command = ["ansible-builder", "introspect", sys.argv[1]]
    run = subprocess.run(command, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    missing = [package for package in wanted_packages() if package not in run.stdout]
    if run.returncode or missing:
        print(run.stdout, f"An execution environment would lack: {', '.join(missing)}", sep="\n")
        return 1
    print(f"An execution environment would install: {', '.join(wanted_packages())}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
