# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Import a built collection as Galaxy does, and take its warnings seriously: the importer passes with them.

Usage: import_like_galaxy.py TARBALL
"""

from __future__ import annotations

import os
import subprocess
import sys

HARMLESS: dict[str, str] = {}  # part of a line: why it does not matter

SETTINGS = {"GALAXY_IMPORTER_CHECK_REQUIRED_TAGS": "true"}


def is_finding(line: str) -> bool:
    return line.startswith(("WARNING", "ERROR", "CRITICAL")) and not any(part in line for part in HARMLESS)


def main() -> int:
    command = [sys.executable, "-m", "galaxy_importer.main", *sys.argv[1:]]
    run = subprocess.run(
        command,
        check=False,
        env={**os.environ, **SETTINGS},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    findings = [line for line in run.stdout.splitlines() if is_finding(line)]
    if run.returncode or findings:
        print(run.stdout)
        print(f"The import ended with {run.returncode} and {len(findings)} warnings or errors:", *findings, sep="\n  ")
        return 1
    print("Galaxy would import it without a warning")
    return 0


if __name__ == "__main__":
    sys.exit(main())
