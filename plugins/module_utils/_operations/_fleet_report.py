# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a fleet task reports: every object counted once, what was done, what was not and why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._applying.fleet import PlanResult
from .._core.messages import error_details, failure, message
from .._core.operation import Result
from .._planning.fleet import FleetPlan
from .._planning.plan import CREATE, DELETE, NOOP, UPDATE, Noop, Plan, describe_plan, describe_unchanged, key_values
from .._planning.plan_id import plan_id
from .._resources.schema import LINK, ApiObject, Resource
from .._transport.errors import ApiError
from .._transport.redaction import FreeText
from .._transport.text import visible_text
from ._deletions import deletion_refusal
from ._diff import diff_entry

MAX_SHOWN = 10
COUNTS = {CREATE: "created", UPDATE: "updated", DELETE: "deleted", NOOP: "unchanged"}


class FleetReport:
    """The result of one fleet task.

    Args:
        names: of parents by id, for messages.

    Attributes:
        plan_id: digest of what is going to be written.
    """

    def __init__(self, resource: Resource, plan: FleetPlan, names: Mapping[str, str]) -> None:
        self._resource = resource
        self._plan = plan
        self._names = names
        self._results: list[PlanResult] = []
        self._failed_waits: dict[str, ApiError] = {}
        self.plan_id = plan_id(resource, plan)

    def plan_refusal(self, max_deletions: int, expected_plan_id: str | None = None) -> str:
        """Return why the plan must not be applied, as sentences; empty if it may be."""
        deletions = self._plan.deletions
        what = counted(self._resource, len(deletions))
        refusal = deletion_refusal(what, deletions, max_deletions, MAX_SHOWN, self._describe)
        if refusal or expected_plan_id is None or expected_plan_id == self.plan_id:
            return refusal
        for match in self._plan.impossible:
            if match.error:
                return (
                    f"The plan is not the expected {expected_plan_id!r:.60}, so nothing was done. A part of it failed:"
                    f" {message(match.error, self._describe(Noop(*match[:2])))}"
                )
        return (
            f"The plan is {self.plan_id}, not the expected {expected_plan_id!r:.60}, so nothing was done: the phone"
            " numbers or the task changed since the preview. The current plan is in changes. Review it, and set"
            f" expected_plan_id to {self.plan_id} to apply it."
        )

    def refused(self, reason: str) -> Result:
        """Return the result of a task that did nothing because the plan must not be applied."""
        changes = [
            {**self._identify(plan, plan.current or {}, plan.action), "before": plan.before, "after": plan.after}
            for plan in self._plan.all_writes
        ]
        summary = {**no_counts(), "not_attempted": len(changes), "unchanged": len(self._plan.unchanged)}
        summary["failed"] = len(self._plan.impossible)
        return Result(
            {
                "changed": False,
                "msg": FreeText(visible_text(reason)),
                "plan_id": self.plan_id,
                "applied": False,
                "summary": summary,
                "changes": changes,
                "failures": [],
                "diff": [self._diff(change) for change in changes],
            },
            self._plan.warnings,
        )

    def result(self, results: list[PlanResult], failed_waits: dict[str, ApiError], applied: bool) -> Result:
        """Return the result of the task.

        Args:
            failed_waits: by id, why numbers are not registered.
            applied: whether the plan was applied, and not only previewed.
        """
        self._results = [
            *(PlanResult(Noop(*match[:2]), error=match.error) for match in self._plan.impossible),
            *results,
        ]
        self._failed_waits = failed_waits
        changes = [change for result in self._results for change in self._changes(result)]
        failures = [self._failure(result.plan, result.error) for result in self._results if result.error]
        failures += self._wait_failures()
        summary = self._summary()
        values: dict[str, Any] = {
            "changed": bool(changes),
            "plan_id": self.plan_id,
            "applied": applied,
            "summary": summary,
            "changes": changes,
            "failures": failures,
            "diff": [self._diff(change) for change in changes],
        }
        if failures:
            values["msg"] = self._message(summary, failures)
            values["error"] = failures[0]["error"]
        outcomes = [result.outcome for result in self._results if result.outcome]
        return Result(values, self._plan.warnings + tuple(text for outcome in outcomes for text in outcome.warnings))

    def _summary(self) -> dict[str, int]:
        counts = no_counts()
        for result in self._results:
            counts[self._count_as(result)] += 1
        for plan in self._plan.unchanged:
            counts["failed" if self._waited_in_vain(plan.current) else "unchanged"] += 1
        return counts

    def _count_as(self, result: PlanResult) -> str:
        if not result.attempted:
            return "not_attempted"
        if result.outcome is None or self._waited_in_vain(result.outcome.obj):
            return "failed"
        return COUNTS[result.outcome.action]

    def _waited_in_vain(self, obj: ApiObject | None) -> bool:
        return obj is not None and obj["id"] in self._failed_waits

    def _changes(self, result: PlanResult) -> list[dict[str, Any]]:
        """Return what was done for one object, if anything."""
        outcome, error = result.outcome, result.error
        if outcome and outcome.changed:
            obj = outcome.obj or result.plan.current or {}
            named = self._identify(result.plan, obj, outcome.action)
            return [{**named, "before": outcome.before, "after": outcome.after}]
        if error and error.partial_result is not None and not isinstance(result.plan, Noop):
            # The object was written, and then the request for one of its links failed.
            plan = error.failed_plan or result.plan
            links = {field.option for field in self._resource.settable if field.role == LINK}
            # Never empty for an object that exists, which would mean that it did not.
            key = key_values(self._resource, plan.current)
            before, after = (
                {**key, **{option: value for option, value in side.items() if option not in links}}
                for side in (plan.before, plan.after)
            )
            named = self._identify(plan, error.partial_result, plan.action)
            return [{**named, "before": before, "after": after}]
        return []

    def _identify(self, plan: Plan, obj: ApiObject, action: str) -> dict[str, Any]:
        """Return the values that say which object an entry of the result is about."""
        values = {**key_values(self._resource, plan.current), **plan.desired.values}
        key = {option: values.get(option) for option in self._resource.key}
        return {"action": action, "id": obj.get("id") or plan.desired.object_id, **key}

    def _failure(self, plan: Plan, error: ApiError) -> dict[str, Any]:
        failed: Any = error.failed_plan or plan
        obj = error.partial_result or error.last_seen or failed.current or {}
        if isinstance(failed, Noop):
            # An entry for which no plan could be made.
            action, after = UPDATE if failed.desired.present else DELETE, failed.desired.values
            before = key_values(self._resource, failed.current)
        else:
            action, before, after = failed.action, failed.before, failed.after
        return {
            **self._identify(failed, obj, action),
            "before": before,
            "after": after,
            "error": error_details(error),
            "msg": message(error, self._describe(plan)),
        }

    def _describe(self, plan: Plan) -> str:
        known = describe_plan(self._resource, plan, self._names)
        return known or f"{self._resource.label} with id {plan.desired.object_id}"

    def _wait_failures(self) -> list[dict[str, Any]]:
        if not self._failed_waits:
            return []
        awaited = [(result.plan, result.outcome) for result in self._results if result.outcome]
        awaited += [
            (plan, describe_unchanged(self._resource, plan))
            for plan in self._plan.unchanged
            if self._waited_in_vain(plan.current)
        ]
        return [
            {
                **self._identify(plan, outcome.obj, "wait"),
                "before": outcome.before,
                "after": outcome.after,
                "error": error_details(self._failed_waits[outcome.obj["id"]]),
                "msg": message(self._failed_waits[outcome.obj["id"]], self._describe(plan)),
            }
            for plan, outcome in awaited
            if outcome.obj is not None and self._waited_in_vain(outcome.obj)
        ]

    def _diff(self, change: dict[str, Any]) -> dict[str, Any]:
        header = self._resource.describe(tuple(change[option] for option in self._resource.key), self._names)
        return diff_entry(header, change["before"], change["after"])

    def _message(self, summary: dict[str, int], failures: list[dict[str, Any]]) -> FreeText:
        total, left = sum(summary.values()), summary["not_attempted"]
        not_attempted = f" {left} {'was' if left == 1 else 'were'} not attempted." if left else ""
        more = " The others are in failures." if len(failures) > 1 else ""
        return FreeText(
            f"{summary['failed']} of {counted(self._resource, total)} failed.{not_attempted} {failures[0]['msg']}{more}"
        )


def report_failed_reading(resource: Resource, count: int, error: ApiError) -> Result:
    """Return the result of a task that could not even read the current state."""
    counts = {**no_counts(), "not_attempted": count}
    values = failure(error, f"the {resource.label}s")
    return Result({**values, "summary": counts, "changes": [], "failures": [], "diff": []})


def no_counts() -> dict[str, int]:
    """Return a summary of nothing."""
    return dict.fromkeys((*COUNTS.values(), "failed", "not_attempted"), 0)


def counted(resource: Resource, count: int) -> str:
    """Return a number of objects in words."""
    return f"{count:,} {resource.label}{'' if count == 1 else 's'}"
