# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run the scripts of findings/, each of which shows what other software does, and report what has changed."""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).absolute().parents[2] / "findings"
OUTCOMES = {0: "as described", 3: "CHANGED"}


def run(script: Path) -> str:
    """Return what became of a finding, and print what its script printed unless all is as described."""
    done = subprocess.run([script], check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    outcome = OUTCOMES.get(done.returncode, "could not run")
    print(f"{script.stem}: {outcome}", flush=True)
    if done.returncode:
        print(done.stdout, flush=True)
    return outcome


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="of the scripts, without .sh; all of them by default")
    names = parser.parse_args().names or sorted(path.stem for path in FOLDER.glob("*.sh"))
    outcomes = {name: run(FOLDER / f"{name}.sh") for name in names}
    others = [name for name, outcome in outcomes.items() if outcome != OUTCOMES[0]]
    print(f"{len(outcomes) - len(others)} of {len(outcomes)} as described.", *others)
    return 1 if others else 0


if __name__ == "__main__":
    sys.exit(main())
