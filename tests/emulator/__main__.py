# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""`python tests/emulator`: the emulator of the Dasha BlackBox API."""

from __future__ import annotations

import sys
from pathlib import Path

if not __package__:
    # Started as a folder, from a checkout or from an installed collection.
    sys.path[0] = str(Path(__file__).resolve().parents[1])

try:
    from emulator.cli import main
except ModuleNotFoundError as exc:
    needed = Path(__file__).with_name("requirements.txt")
    sys.exit(f"The emulator needs {exc.name}. Install what it needs with: {sys.executable} -m pip install -r {needed}")

main()
