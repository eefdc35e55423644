# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a fleet task reports: every object counted once, what was done, what was not and why."""

from __future__ import annotations

from typing import Any

from .._applying.fleet import PlanResult
from .._core.messages import error_details, failure, message
from .._core.operation import Result
from .._planning.fleet import FleetPlan
from .._planning.plan import CREATE, DELETE, NOOP, UPDATE, Noop, Plan, describe_unchanged
from .._resources.schema import LINK, ApiObject, Resource
from .._transport.errors import ApiError
from .._transport.redaction import FreeText
from ._diff import diff_entry

COUNTS = {CREATE: "created", UPDATE: "updated", DELETE: "deleted", NOOP: "unchanged"}


class FleetReport:
    """The result of one fleet task.

    Args:
        failed_waits: by id, why numbers are not registered.
    """

    def __init__(
        self, resource: Resource, plan: FleetPlan, results: list[PlanResult], failed_waits: dict[str, ApiError]
    ) -> None:
        self._resource = resource
        self._plan = plan
        self._results = results
        self._failed_waits = failed_waits

    def result(self) -> Result:
        """Return the result of the task."""
        changes = [change for result in self._results for change in self._changes(result)]
        failures = [self._failure(result.plan, result.error) for result in self._results if result.error]
        failures += self._wait_failures()
        summary = self._summary()
        values: dict[str, Any] = {
            "changed": bool(changes),
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
            links = {field.option for field in self._resource.settable if field.role == LINK}
            before, after = (
                {option: value for option, value in side.items() if option not in links}
                for side in (result.plan.before, result.plan.after)
            )
            named = self._identify(result.plan, error.partial_result, result.plan.action)
            return [{**named, "before": before, "after": after}]
        return []

    def _identify(self, plan: Plan, obj: ApiObject, action: str) -> dict[str, Any]:
        """Return the values that say which object an entry of the result is about."""
        values = plan.desired.values or self._resource.to_result(plan.current or {})
        return {"action": action, "id": obj.get("id"), **{option: values[option] for option in self._resource.key}}

    def _failure(self, plan: Plan, error: ApiError) -> dict[str, Any]:
        failed: Any = error.failed_plan or plan
        obj = error.partial_result or error.last_seen or failed.current or {}
        return {
            **self._identify(failed, obj, failed.action),
            "before": failed.before,
            "after": failed.after,
            "error": error_details(error),
            "msg": message(error, describe_plan(self._resource, plan)),
        }

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
                "msg": message(self._failed_waits[outcome.obj["id"]], describe_plan(self._resource, plan)),
            }
            for plan, outcome in awaited
            if outcome.obj is not None and self._waited_in_vain(outcome.obj)
        ]

    def _diff(self, change: dict[str, Any]) -> dict[str, Any]:
        header = self._resource.describe(tuple(change[option] for option in self._resource.key))
        return diff_entry(header, change["before"], change["after"])

    def _message(self, summary: dict[str, int], failures: list[dict[str, Any]]) -> FreeText:
        total, left = sum(summary.values()), summary["not_attempted"]
        not_attempted = f" {left} {'was' if left == 1 else 'were'} not attempted." if left else ""
        more = " The others are in failures." if len(failures) > 1 else ""
        return FreeText(
            f"{summary['failed']} of {counted(self._resource, total)} failed.{not_attempted} {failures[0]['msg']}{more}"
        )


def report_failed_listing(resource: Resource, count: int, error: ApiError) -> Result:
    """Return the result of a task that could not even list the objects."""
    counts = {**no_counts(), "not_attempted": count}
    values = failure(error, f"the {resource.label}s")
    return Result({**values, "summary": counts, "changes": [], "failures": [], "diff": []})


def no_counts() -> dict[str, int]:
    """Return a summary of nothing."""
    return dict.fromkeys((*COUNTS.values(), "failed", "not_attempted"), 0)


def describe_plan(resource: Resource, plan: Plan) -> str:
    """Return what a plan is about, for messages."""
    values = plan.desired.values or resource.to_result(plan.current or {})
    return resource.describe(tuple(values[option] for option in resource.key))


def counted(resource: Resource, count: int) -> str:
    """Return a number of objects in words."""
    return f"{count:,} {resource.label}{'' if count == 1 else 's'}"
