# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The result of a fleet task, checked, as the filters take it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from ansible.errors import AnsibleFilterError

from ansible_collections.dasha.blackbox.plugins.module_utils._resources.schema import Resource
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.sip_credential import CREDENTIAL
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.sip_phone_number import PHONE_NUMBER

DONE = ("create", "update", "delete")
FAILED = (*DONE, "wait")
KEYS = ("plan_id", "applied", "summary", "changes", "failures")
RESOURCES: Mapping[str, Resource] = {resource.kind: resource for resource in (CREDENTIAL, PHONE_NUMBER)}
UNKNOWN = "unknown"

Change = Mapping[str, Any]


class FleetResult(NamedTuple):
    """The result of one `sip_phone_numbers` or `sip_trunks` task.

    Attributes:
        applied: whether the changes were made, and not only planned.
        summary: counts by kind of object.
        changes: what was done, or would be done.
        failures: what was not done, with the reason in `msg`.
        msg: why the task failed, empty if it did not.
        warnings: sentences for the user's attention.
        has_trunks: whether the task manages trunks.
        agent_names: names of agents by id, as far as the task knows them.
        trunk_names: names of trunks by id in lower case, as far as the task knows them; several may have the same.
        refused: whether nothing was done because the plan was refused.
    """

    plan_id: str
    applied: bool
    summary: Mapping[str, Mapping[str, int]]
    changes: list[Change]
    failures: list[Change]
    msg: str
    warnings: list[str]
    has_trunks: bool
    agent_names: Mapping[str, str]
    trunk_names: Mapping[str, str]
    refused: bool

    @property
    def unknown(self) -> list[Change]:
        """Return the failures of requests that may have been applied."""
        return [
            each
            for each in self.failures
            if each["action"] in DONE and (each.get("error") or {}).get("outcome") == UNKNOWN
        ]


def read_result(result: Any, name: str) -> FleetResult:
    """Return the result of a `sip_phone_numbers` or `sip_trunks` task.

    Args:
        name: of the filter, for messages.

    Raises:
        AnsibleFilterError: it is the result of something else, or of a task that could not even make a plan.
    """
    takes = f"{name} takes the registered result of a sip_phone_numbers or sip_trunks task"
    if not isinstance(result, Mapping):
        raise AnsibleFilterError(f"{takes}.")
    missing = [key for key in KEYS if key not in result]
    if missing:
        hint = "Pass one of the results of the loop." if "results" in result else result.get("msg") or ""
        raise AnsibleFilterError(f"{takes}; this one has no {', '.join(missing)}. {hint}".rstrip())
    has_trunks = isinstance(result["summary"], Mapping) and "trunks" in result["summary"]
    return FleetResult(
        str(result["plan_id"]),
        result["applied"] is True,
        _read_summary(result["summary"], has_trunks, takes),
        _read_changes(result["changes"], "changes", DONE, takes),
        _read_changes(result["failures"], "failures", FAILED, takes),
        str(result.get("msg") or ""),
        [str(warning) for warning in result.get("warnings") or ()],
        has_trunks,
        _read_names(result.get("agent_names")),
        _read_names(result.get("trunk_names")),
        # A failed preview has the error of a request, also of one that was not sent.
        result["applied"] is not True and bool(result.get("msg")) and not result.get("error"),
    )


def _read_names(names: Any) -> Mapping[str, str]:
    return {str(key): str(name) for key, name in names.items()} if isinstance(names, Mapping) else {}


def _read_summary(summary: Any, has_trunks: bool, takes: str) -> Mapping[str, Mapping[str, int]]:
    by_kind = {kind.removesuffix("s"): counts for kind, counts in summary.items()} if has_trunks else {}
    for counts in by_kind.values() if has_trunks else [summary]:
        if not isinstance(counts, Mapping) or not all(isinstance(count, int) for count in counts.values()):
            raise AnsibleFilterError(f"{takes}; summary of this one is not what that module returns.")
    return by_kind if has_trunks else {PHONE_NUMBER.kind: summary}


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
    if not isinstance(change, Mapping) or change.get("action") not in actions or change.get("object") not in RESOURCES:
        return False
    sides = all(isinstance(change.get(side), Mapping) for side in ("before", "after"))
    return sides and {"id", *RESOURCES[change["object"]].key} <= change.keys()
