# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What `sip_phone_numbers` does: a whole fleet, from its options to the result."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._ansible.failure import failure, message
from .._ansible.module import Result, Task
from .._applying.fleet import Result as PlanResult
from .._applying.fleet import WorkerPool
from .._planning.fleet import FleetPlan, plan_fleet
from .._planning.plan import CREATE, DELETE, NOOP, UPDATE, Plan, make_plan
from .._reading.find import find_all
from .._resources.desired import Desired, check_uuid
from .._resources.entries import read_entries
from .._resources.phone_number import PHONE_NUMBER
from .._transport.errors import ApiError, InvalidOptionsError

COUNTED = {CREATE: "created", UPDATE: "updated", DELETE: "deleted", NOOP: "unchanged"}
MAX_CONCURRENCY = 32
SHOWN = 10


def manage_fleet(task: Task) -> Result:
    """Bring a fleet of phone numbers to its desired state.

    Raises:
        InvalidOptionsError: the options cannot be meant, or too many numbers would be deleted.
    """
    options = task.options
    desired_states = read_fleet(options)
    parallelism = options["concurrency"]
    try:
        existing = find_all(task.client, PHONE_NUMBER, {}, parallelism=parallelism)
    except ApiError as error:
        return _report_nothing(desired_states, error)
    plan = plan_fleet(
        PHONE_NUMBER, desired_states, existing, purged_trunks=_purged(options, desired_states), force=options["force"]
    )
    _refuse_many_deletions(plan, options["max_deletions"])
    results = _apply_or_preview(task, plan)
    failed_waits = _wait(task, plan, results)
    return _report(plan, results, failed_waits)


def read_fleet(options: Mapping[str, Any]) -> list[Desired]:
    """Return the desired states that the options describe.

    Raises:
        InvalidOptionsError: the options cannot be meant.
    """
    present = options["state"] == "present"
    if options["purge"] and not present:
        raise InvalidOptionsError("purge deletes what is not listed, state=absent what is listed; use one of them.")
    if not 1 <= options["concurrency"] <= MAX_CONCURRENCY:
        raise InvalidOptionsError(f"concurrency must be from 1 to {MAX_CONCURRENCY}, not {options['concurrency']}.")
    if options["max_deletions"] < 0:
        raise InvalidOptionsError(f"max_deletions must be at least 0, not {options['max_deletions']}.")
    if not 0 <= options["wait_timeout"] < float("inf"):
        raise InvalidOptionsError(f"wait_timeout must be at least 0, not {options['wait_timeout']!r}.")
    for index, trunk in enumerate(options["purge_credentials_ids"] or []):
        check_uuid(trunk, f"purge_credentials_ids[{index}]")
    default = options["credentials_id"]
    defaults = {} if default is None else {"credentials_id": check_uuid(default, "credentials_id")}
    entries = options["phone_numbers"]
    return read_entries(PHONE_NUMBER, entries, defaults, "phone_numbers", present=present, force=options["force"])


def describe_target(options: Mapping[str, Any]) -> str:
    """Return what the options name, for messages."""
    return "the phone numbers"


def _purged(options: Mapping[str, Any], desired_states: list[Desired]) -> set[str]:
    """Return the trunks on which what is not listed is deleted."""
    if not options["purge"]:
        return set()
    return {desired.values["credentials_id"] for desired in desired_states} | set(
        options["purge_credentials_ids"] or []
    )


def _refuse_many_deletions(plan: FleetPlan, limit: int) -> None:
    count = len(plan.deletions)
    if count <= limit:
        return
    named = ", ".join(_name(deletion) for deletion in plan.deletions[:SHOWN])
    raise InvalidOptionsError(
        f"{_counted(count)} would be deleted, more than max_deletions ({limit}) allows, so nothing was done."
        f" To be deleted: {named}{' and others' if count > SHOWN else ''}."
        f" If this is what you want, set max_deletions to {count}."
    )


def _apply_or_preview(task: Task, plan: FleetPlan) -> list[PlanResult]:
    """Create and update first; what nobody listed is deleted only where all of that succeeded."""
    crew = WorkerPool(task.client, PHONE_NUMBER, task.options["concurrency"], task.check_mode)
    written = crew.work(plan.writes)
    if all(result.outcome for result in written):
        return written + crew.work(plan.deletions)
    return written + [PlanResult(deletion) for deletion in plan.deletions]


def _wait(task: Task, plan: FleetPlan, results: list[PlanResult]) -> dict[str, ApiError]:
    """Return, by id, why numbers did not come to be registered."""
    if task.check_mode or not task.options["wait_for_registration"]:
        return {}
    from .._applying.fleet import wait_for_registrations  # most tasks do not wait

    objects = [result.outcome.obj for result in results if result.outcome and result.outcome.obj]
    objects += [unchanged.current for unchanged in plan.unchanged if unchanged.current and unchanged.desired.present]
    numbers = {obj["id"]: obj for obj in objects if obj.get("registration")}
    seconds, parallelism = task.options["wait_timeout"], task.options["concurrency"]
    return wait_for_registrations(task.client, PHONE_NUMBER, numbers, seconds, parallelism)


# The result


def _report_nothing(desired_states: list[Desired], error: ApiError) -> Result:
    """Return the result of a run that could not even list the numbers."""
    counts = {**_no_counts(), "not_attempted": len(desired_states)}
    return Result({**failure(error, "the phone numbers"), "summary": counts, "changes": [], "failures": [], "diff": []})


def _report(plan: FleetPlan, results: list[PlanResult], failed_waits: dict[str, ApiError]) -> Result:
    changes = [change for result in results for change in _change(result)]
    failures = [_failure(result.plan, result.plan.action, result.error) for result in results if result.error]
    failures += _wait_failures(plan, results, failed_waits)
    values: dict[str, Any] = {
        "changed": bool(changes),
        "summary": _summary(plan, results, failed_waits),
        "changes": changes,
        "failures": failures,
        "diff": [_diff(change) for change in changes],
    }
    if failures:
        values["msg"] = _message(values["summary"], failures)
        values["error"] = failures[0]["error"]
    warnings = tuple(warning for result in results if result.outcome for warning in result.outcome.warnings)
    return Result(values, plan.warnings + warnings)


def _summary(plan: FleetPlan, results: list[PlanResult], failed_waits: dict[str, ApiError]) -> dict[str, int]:
    counts = _no_counts()
    for unchanged in plan.unchanged:
        late = unchanged.current is not None and unchanged.current["id"] in failed_waits
        counts["failed" if late else "unchanged"] += 1
    for result in results:
        counts[_count_as(result, failed_waits)] += 1
    return counts


def _no_counts() -> dict[str, int]:
    return dict.fromkeys((*COUNTED.values(), "failed", "not_attempted"), 0)


def _count_as(result: PlanResult, failed_waits: dict[str, ApiError]) -> str:
    if not result.attempted:
        return "not_attempted"
    if result.outcome is None or (result.outcome.obj and result.outcome.obj["id"] in failed_waits):
        return "failed"
    return COUNTED[result.plan.action] if result.outcome.changed else "unchanged"


def _change(result: PlanResult) -> list[dict[str, Any]]:
    """Return what was done for one number, if anything."""
    if result.outcome and result.outcome.changed:
        obj = result.outcome.obj or result.plan.current or {}
        return [{**_named(result.plan, obj), "before": result.outcome.before, "after": result.outcome.after}]
    if result.error and result.error.partial_result is not None:
        # The link call failed after the number itself was written.
        before, after = dict(result.plan.before), dict(result.plan.after)
        before.pop("incoming_calls_agent_id", None)
        after.pop("incoming_calls_agent_id", None)
        return [{**_named(result.plan, result.error.partial_result), "before": before, "after": after}]
    return []


def _named(plan: Plan, obj: dict[str, Any]) -> dict[str, Any]:
    """Return what says which number an entry of the result is about."""
    values = plan.desired.values or PHONE_NUMBER.to_result(plan.current or {})
    return {
        "action": plan.action,
        "id": obj.get("id"),
        "phone_number": values["phone_number"],
        "credentials_id": values["credentials_id"],
    }


def _name(plan: Plan) -> str:
    named = _named(plan, {})
    return f"{named['phone_number']!r} on trunk {named['credentials_id']}"


def _failure(plan: Plan, action: str, error: ApiError) -> dict[str, Any]:
    return {
        **_named(plan, error.partial_result or error.last_seen or plan.current or {}),
        "action": action,
        "before": plan.before,
        "after": plan.after,
        "error": error.as_result(),
        "msg": message(error, f"phone number {_name(plan)}"),
    }


def _wait_failures(
    plan: FleetPlan, results: list[PlanResult], failed_waits: dict[str, ApiError]
) -> list[dict[str, Any]]:
    if not failed_waits:
        return []
    plans = {result.outcome.obj["id"]: result.plan for result in results if result.outcome and result.outcome.obj}
    for unchanged in plan.unchanged:
        if unchanged.current and unchanged.current["id"] in failed_waits:
            plans[unchanged.current["id"]] = make_plan(PHONE_NUMBER, unchanged.desired, unchanged.current)
    return [{**_failure(plans[number_id], "wait", error), "id": number_id} for number_id, error in failed_waits.items()]


def _diff(change: dict[str, Any]) -> dict[str, Any]:
    header = f"{change['phone_number']} on trunk {change['credentials_id']}"
    return {
        "before_header": header,
        "after_header": header,
        "before": change["before"],
        "after": change["after"],
    }


def _message(summary: dict[str, int], failures: list[dict[str, Any]]) -> str:
    total = sum(summary.values())
    left = summary["not_attempted"]
    not_attempted = f" {left} {'was' if left == 1 else 'were'} not attempted." if left else ""
    more = " The others are in failures." if len(failures) > 1 else ""
    return f"{summary['failed']} of {_counted(total)} failed.{not_attempted} {failures[0]['msg']}{more}"


def _counted(count: int) -> str:
    return f"{count} phone number{'' if count == 1 else 's'}"
