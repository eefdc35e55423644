# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A callback plugin that writes down when each task starts, and when the last one has ended."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: task_starts
type: aggregate
short_description: Write down when tasks start
description: To the file named by the environment variable C(TASK_STARTS), as JSON.
"""


class CallbackModule(CallbackBase):  # type: ignore[misc]
    """Keeps the names and moments until the end, so that writing them costs no task anything."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "task_starts"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self) -> None:
        super().__init__()
        self._starts: list[tuple[str, float]] = []

    def v2_playbook_on_task_start(self, task: Any, is_conditional: bool) -> None:
        """Note that a task starts."""
        self._starts.append((str(task.name), time.perf_counter()))

    def v2_playbook_on_stats(self, stats: Any) -> None:
        """Note the end of the last task, and write everything down."""
        self._starts.append(("", time.perf_counter()))
        Path(os.environ["TASK_STARTS"]).write_text(json.dumps(self._starts))
