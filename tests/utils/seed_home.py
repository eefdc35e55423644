# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Prepare a home directory in which ansible-test works without the net beyond the package index.

Usage: seed_home.py HOME PYTHONS

HOME becomes that directory, PYTHONS one with a command for every supported Python of this machine.
"""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path

from pythons import SUPPORTED, find_python

# ansible-test runs this file with the arguments of pip; the original one is some 2 MB and carries pip within it.
# In a process of its own, because ensurepip makes the process that it runs in ignore pip's configuration.
GET_PIP = """\
import subprocess, sys
subprocess.run([sys.executable, "-m", "ensurepip", "--default-pip"], check=True, stdout=subprocess.DEVNULL)
"""


def get_pip_name() -> str:
    """Return the file name under which the installed ansible-test expects the script that installs pip."""
    package = importlib.util.find_spec("ansible_test")
    folders = package.submodule_search_locations if package else None
    if not folders:
        sys.exit("seed_home.py: there is no ansible-test here")
    source = Path(folders[0], "_internal/python_requirements.py").read_text("utf-8")
    version = re.search(r"\bpip='([\d.]+)'", source)
    if not version:
        sys.exit("seed_home.py: this ansible-test does not say which pip it wants; see its python_requirements.py")
    return f"get_pip_{version[1].replace('.', '_')}.py"


def seed_pip(home: Path) -> None:
    cache = home / ".ansible/test/cache"
    cache.mkdir(parents=True, exist_ok=True)
    (cache / get_pip_name()).write_text(GET_PIP, "utf-8")


def link_user_settings(home: Path) -> None:
    """Let pip find the package index that the user has set."""
    for name in (".config/pip", ".pip", ".netrc"):
        original, link = Path.home() / name, home / name
        if original.exists() and not link.is_symlink():
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(original)


def wrap_pythons(folder: Path) -> None:
    """Write a command for each Python; a link would hide from the Python where its library is."""
    folder.mkdir(parents=True, exist_ok=True)
    for version in SUPPORTED:
        command = folder / f"python{version}"
        if python := find_python(version):
            command.write_text(f'#!/bin/sh\nexec "{python}" "$@"\n', "utf-8")
            command.chmod(0o755)
        else:
            command.unlink(missing_ok=True)


def main() -> None:
    home, pythons = (Path(argument).absolute() for argument in sys.argv[1:])
    seed_pip(home)
    link_user_settings(home)
    wrap_pythons(pythons)


if __name__ == "__main__":
    main()
