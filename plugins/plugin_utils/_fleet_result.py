# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The result of a fleet task, checked, as the filters take it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from ansible.errors import AnsibleFilterError

DONE = ("create", "update", "delete")
FAILED = (*DONE, "wait")
KEYS = ("plan_id", "applied", "summary", "changes", "failures")

Change = Mapping[str, Any]


class FleetResult(NamedTuple):
    """The result of one `sip_phone_numbers` task.

    Attributes:
        applied: whether the changes were made, and not only planned.
        changes: what was done, or would be done.
        failures: what was not done, with the reason in `msg`.
        msg: why the task failed, empty if it did not.
        warnings: sentences for the user's attention.
    """

    plan_id: str
    applied: bool
    summary: Mapping[str, int]
    changes: list[Change]
    failures: list[Change]
    msg: str
    warnings: list[str]

    @property
    def refused(self) -> bool:
        """Return whether nothing was done because the plan was refused."""
        return not self.applied and not self.failures and bool(self.msg)


def read_result(result: Any, name: str) -> FleetResult:
    """Return the result of a `sip_phone_numbers` task.

    Args:
        name: of the filter, for messages.

    Raises:
        AnsibleFilterError: it is the result of something else, or of a task that could not even make a plan.
    """
    takes = f"{name} takes the registered result of a sip_phone_numbers task"
    if not isinstance(result, Mapping):
        raise AnsibleFilterError(f"{takes}.")
    missing = [key for key in KEYS if key not in result]
    if missing:
        hint = "Pass one of the results of the loop." if "results" in result else result.get("msg") or ""
        raise AnsibleFilterError(f"{takes}; this one has no {', '.join(missing)}. {hint}".rstrip())
    summary = result["summary"]
    if not isinstance(summary, Mapping) or not all(isinstance(count, int) for count in summary.values()):
        raise AnsibleFilterError(f"{takes}; summary of this one is not what that module returns.")
    return FleetResult(
        str(result["plan_id"]),
        result["applied"] is True,
        summary,
        _read_changes(result["changes"], "changes", DONE, takes),
        _read_changes(result["failures"], "failures", FAILED, takes),
        str(result.get("msg") or ""),
        [str(warning) for warning in result.get("warnings") or ()],
    )


def _read_changes(changes: Any, key: str, actions: tuple[str, ...], takes: str) -> list[Change]:
    """Return the entries of `changes` or `failures`.

    Raises:
        AnsibleFilterError: one of them is not what the module returns.
    """
    if not isinstance(changes, (list, tuple)):
        raise AnsibleFilterError(f"{takes}; {key} of this one is not a list.")
    for index, change in enumerate(changes):
        if not _is_change(change, actions):
            raise AnsibleFilterError(f"{takes}; {key}[{index}] of this one is not what that module returns.")
    return list(changes)


def _is_change(change: Any, actions: tuple[str, ...]) -> bool:
    if not isinstance(change, Mapping) or change.get("action") not in actions:
        return False
    sides = all(isinstance(change.get(side), Mapping) for side in ("before", "after"))
    return sides and {"id", "phone_number", "credentials_id"} <= change.keys()
