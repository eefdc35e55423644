# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The step from a plan to its outcome that all tasks on one object share."""

from __future__ import annotations

from .._ansible.module import Task
from .._planning.plan import Outcome, Plan
from .._resources.schema import Resource


def apply_or_preview(task: Task, resource: Resource, plan: Plan) -> Outcome:
    """Carry a plan out, or in check mode only say what would come of it.

    Raises:
        ApiError: a request failed.
    """
    if not plan.changed:
        return plan.unchanged()
    from .._applying.apply import apply, preview  # most tasks find nothing to do

    return (preview if task.check_mode else apply)(task.client, resource, plan)
