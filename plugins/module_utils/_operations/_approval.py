# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What keeps a plan from being applied: limits on its size, and an approval that does not cover it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from .._common.errors import InvalidOptionsError, Problems
from .._common.text import name_some
from .._planning.plan import DELETE, UPDATE
from .._running.labels import Labels

MAX_SHOWN = 10
MAX_DELETIONS: dict[str, Any] = {"type": "int", "default": 10}
LIMIT_OPTIONS: Mapping[str, Any] = {
    "max_deletions": MAX_DELETIONS,
    "max_updates": {"type": "int"},
    "expected_plan_id": {"type": "str"},
    "approval": {"type": "dict"},
}
AGAIN = "Preview and approve again"


class Limits(NamedTuple):
    """What a task allows.

    Attributes:
        max_deletions, max_updates: numbers of objects, None without a limit.
        expected_plan_id: of the only plan that may be applied, None for any.
        approved_ids: of the changes that may be applied, None for any.
        labels: what messages call the options.
    """

    max_deletions: int
    max_updates: int | None = None
    expected_plan_id: str | None = None
    approved_ids: frozenset[str] | None = None
    labels: Labels = Labels()

    @property
    def approved(self) -> bool:
        """Whether only what somebody approved may be applied."""
        return self.expected_plan_id is not None or self.approved_ids is not None

    def covers(self, change_id: str | None, steps: Sequence[str]) -> bool:
        """Whether a change, or else each of the requests that it consists of, is approved."""
        approved = self.approved_ids
        return approved is None or change_id in approved or all(step in approved for step in steps)


NO_LIMITS = Limits(MAX_DELETIONS["default"])


def read_limits(options: Mapping[str, Any], labels: Labels) -> Limits:
    """Return the limits that options set.

    Raises:
        InvalidOptionsError: one of them is no limit, or no approval.
    """
    problems = Problems()
    with problems.collect():
        check_limit(options, "max_deletions", labels)
    with problems.collect():
        check_limit(options, "max_updates", labels)
    expected = options["expected_plan_id"]
    if expected is not None and not expected.strip():
        label = labels["expected_plan_id"]
        problems.extend([f"{label} must not be empty. To apply any plan, omit it or set it to null."])
    approved = None
    with problems.collect():
        approved = _read_approval(options["approval"], labels)
    problems.raise_if_any()
    return Limits(options["max_deletions"], options["max_updates"], expected, approved, labels)


def check_limit(options: Mapping[str, Any], name: str, labels: Labels) -> None:
    """Raise InvalidOptionsError if a limit is no limit."""
    if options[name] is not None and options[name] < 0:
        raise InvalidOptionsError(f"{labels[name]} must be at least 0, not {options[name]}.")


def _read_approval(approval: Any, labels: Labels) -> frozenset[str] | None:
    if approval is None:
        return None
    ids = approval.get("change_ids")
    if not isinstance(ids, list) or not all(isinstance(each, str) for each in ids):
        raise InvalidOptionsError(
            f"{labels['approval']} must be the value approval in the result of a preview, a mapping with plan_id and"
            " change_ids. To apply any plan, omit it or set it to null."
        )
    return frozenset(ids)


def refusal(
    limits: Limits,
    writes: Mapping[str, Sequence[Any]],
    describe: Callable[[Any], str],
    count: Callable[[Sequence[Any]], str],
    *,
    is_expected: bool,
    uncovered: Sequence[str],
    broken: str,
) -> str:
    """Return why a plan must not be applied, as sentences; empty if it may be.

    Args:
        writes: what would be deleted and updated, by action.
        describe: returns the name of one object.
        count: returns numbers of objects in words.
        is_expected: whether the plan is the expected one.
        uncovered: names of the changes that the approval does not cover.
        broken: why a part of the plan could not be made, as sentences; empty if all of it could.
    """
    reason = _exceeded_limit(limits, writes, describe, count)
    if not reason and uncovered:
        reason = (
            f"The approval does not cover {name_some(uncovered, MAX_SHOWN, count_others=True)}, so nothing was done:"
            f" what exists, or the task, changed since the preview. The current plan is in changes. {AGAIN}."
        )
    if reason:
        return f"{reason} A part of the plan failed, too: {broken}" if broken else reason
    if is_expected:
        return ""
    if broken:
        return f"The plan is not the expected one, so nothing was done. A part of it failed: {broken}"
    return (
        "The plan is not the expected one, so nothing was done: what exists, or the task, changed since the preview."
        f" The current plan is in changes. {AGAIN}."
    )


def _exceeded_limit(
    limits: Limits,
    writes: Mapping[str, Sequence[Any]],
    describe: Callable[[Any], str],
    count: Callable[[Sequence[Any]], str],
) -> str:
    deleted, updated = writes[DELETE], writes[UPDATE]
    for done, objects, limit, option in (
        ("deleted", deleted, limits.max_deletions, "max_deletions"),
        ("updated", updated, limits.max_updates, "max_updates"),
    ):
        if limit is not None and len(objects) > limit:
            names = name_some(objects, MAX_SHOWN, describe)
            return _exceeded(count(objects), done, names, (limit, len(objects)), limits.labels[option])
    return ""


def deletion_refusal(what: str, deleted: Sequence[Any], limit: int, most: int, describe: Callable[[Any], str]) -> str:
    """Return why nothing is done if more objects would be deleted than a task allows, as sentences; else empty.

    Args:
        what: the objects with their number, in words.
        deleted: all of them.
        most: how many of them are named.
        describe: returns the name of one.
    """
    if len(deleted) <= limit:
        return ""
    return _exceeded(what, "deleted", name_some(deleted, most, describe), (limit, len(deleted)), "max_deletions")


def _exceeded(what: str, done: str, names: str, limits: tuple[int, int], label: str) -> str:
    limit, count = limits
    return (
        f"{what} would be {done}, more than {label} ({limit}) allows, so nothing was done. To be {done}: {names}."
        f" If this is what you want, set {label} to {count}."
    )
