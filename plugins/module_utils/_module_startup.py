# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What makes a module process start faster, and stop early on a Python that is too old.

Importing this file switches garbage collection off, so nothing that `ansible-playbook` itself imports may import it. A
module is a process that mostly starts: collecting garbage while its code is loaded takes 4 % of the whole.
"""

from __future__ import annotations

import gc
import json
import sys

MINIMUM_PYTHON = (3, 9)

if sys.version_info < MINIMUM_PYTHON:
    # The rest of the collection cannot even be imported there.
    VERSION = ".".join(map(str, sys.version_info[:2]))
    MESSAGE = f"dasha.blackbox needs Python 3.9 or newer where its modules run, and this is Python {VERSION}."
    ADVICE = "Set ansible_python_interpreter."
    sys.stdout.write(json.dumps({"failed": True, "changed": False, "msg": f"{MESSAGE} {ADVICE}"}))
    raise SystemExit(1)

gc.disable()


def loaded() -> None:
    """Switch garbage collection on again, except for what is loaded: it stays until the end anyway."""
    gc.freeze()
    gc.enable()
