# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What `sip_phone_numbers` does: a whole fleet, from its options to the result."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._applying.fleet import PlanResult, WorkerPool
from .._core.connection import connection_spec
from .._core.operation import Invocation, OperationSpec, Result
from .._core.options import aliased
from .._planning.fleet import FleetPlan, plan_fleet
from .._planning.plan import UPDATE
from .._reading.find import find_all
from .._resources.desired import Desired, check_uuid
from .._resources.entries import read_entries
from .._resources.sip_phone_number import PHONE_NUMBER
from .._transport.errors import ApiError, InvalidOptionsError
from ._fleet_report import FleetReport, counted, describe_plan, report_failed_listing
from ._single import STATE, check_seconds

MAX_CONCURRENCY = 32
MAX_SHOWN = 10


def manage_fleet(invocation: Invocation) -> Result:
    """Bring a fleet of phone numbers to its desired state.

    Raises:
        InvalidOptionsError: the options are invalid, or too many numbers would be deleted.
    """
    options, progress = invocation.options, invocation.progress
    desired_states = read_fleet(options)
    try:
        existing = find_all(
            invocation.client, PHONE_NUMBER, {}, parallelism=options["concurrency"], on_page=progress.on_page
        )
    except ApiError as error:
        return report_failed_listing(PHONE_NUMBER, len(desired_states), error)
    purged = _purged_trunks(options, desired_states)
    plan = plan_fleet(PHONE_NUMBER, desired_states, existing, purged_scopes=purged, force=options["force"])
    _refuse_many_deletions(plan, options["max_deletions"])
    results = _apply_or_preview(invocation, plan)
    failed_waits = _wait(invocation, plan, results)
    return FleetReport(PHONE_NUMBER, plan, results, failed_waits).result()


def read_fleet(options: Mapping[str, Any]) -> list[Desired]:
    """Return the desired states that the options describe.

    Raises:
        InvalidOptionsError: the options are invalid.
    """
    present = options["state"] == "present"
    if options["purge"] and not present:
        raise InvalidOptionsError("purge deletes unlisted numbers and state=absent listed ones; use one of them.")
    if not 1 <= options["concurrency"] <= MAX_CONCURRENCY:
        raise InvalidOptionsError(f"concurrency must be from 1 to {MAX_CONCURRENCY}, not {options['concurrency']}.")
    if options["max_deletions"] < 0:
        raise InvalidOptionsError(f"max_deletions must be at least 0, not {options['max_deletions']}.")
    check_seconds(options, "wait_timeout")
    for index, trunk in enumerate(options["purge_credentials_ids"] or []):
        check_uuid(trunk, f"purge_credentials_ids[{index}]")
    default = options["credentials_id"]
    defaults = {} if default is None else {"credentials_id": check_uuid(default, "credentials_id")}
    entries = options["phone_numbers"]
    return read_entries(PHONE_NUMBER, entries, defaults, "phone_numbers", present=present, force=options["force"])


def describe_target(options: Mapping[str, Any]) -> str:
    """Return what the options identify, for messages."""
    return "the phone numbers"


def _purged_trunks(options: Mapping[str, Any], desired_states: list[Desired]) -> set[str]:
    """Return the trunks on which unlisted numbers are deleted."""
    if not options["purge"]:
        return set()
    listed = {desired.values["credentials_id"] for desired in desired_states}
    return listed | set(options["purge_credentials_ids"] or [])


def _refuse_many_deletions(plan: FleetPlan, limit: int) -> None:
    count = len(plan.deletions)
    if count <= limit:
        return
    named = ", ".join(describe_plan(PHONE_NUMBER, deletion) for deletion in plan.deletions[:MAX_SHOWN])
    raise InvalidOptionsError(
        f"{counted(PHONE_NUMBER, count)} would be deleted, more than max_deletions ({limit}) allows, so nothing was"
        f" done. To be deleted: {named}{' and others' if count > MAX_SHOWN else ''}."
        f" If this is what you want, set max_deletions to {count}."
    )


def _apply_or_preview(invocation: Invocation, plan: FleetPlan) -> list[PlanResult]:
    """Create and update first; deletions follow only if all of that succeeded."""
    progress = invocation.progress
    progress.begin_writing(len(plan.writes) + len(plan.deletions), "checked" if invocation.check_mode else "written")
    pool = WorkerPool(
        invocation.client,
        PHONE_NUMBER,
        invocation.options["concurrency"],
        invocation.check_mode,
        lambda result: progress.on_result(failed=result.error is not None),
    )
    written = pool.run(plan.writes)
    if all(result.outcome for result in written):
        return written + pool.run(plan.deletions)
    return written + [PlanResult(deletion) for deletion in plan.deletions]


def _wait(invocation: Invocation, plan: FleetPlan, results: list[PlanResult]) -> dict[str, ApiError]:
    """Return, by id, why numbers are not registered."""
    options, progress = invocation.options, invocation.progress
    if invocation.check_mode or not options["wait_for_registration"]:
        return {}
    from .._applying.registration import Awaited, wait_for_registrations  # most tasks do not wait

    outcomes = [result.outcome for result in results if result.outcome]
    numbers = [Awaited(done.obj, updated=done.action == UPDATE) for done in outcomes if done.obj]
    numbers += [Awaited(noop.current, False) for noop in plan.unchanged if noop.current and noop.desired.present]
    awaited = {number.obj["id"]: number for number in numbers if number.obj.get("registration")}
    waited = wait_for_registrations(
        invocation.client,
        PHONE_NUMBER,
        awaited,
        options["wait_timeout"],
        parallelism=options["concurrency"],
        on_poll=lambda registered, failed, left: progress.on_poll(registered, failed, len(awaited), left),
    )
    return {number_id: number.error for number_id, number in waited.items() if number.error}


SPEC = OperationSpec(
    "sip_phone_numbers",
    {
        **connection_spec(),
        # The entries are checked by what reads them, which is faster and reports which one is wrong.
        "phone_numbers": {"type": "list", "elements": "dict", "required": True},
        "credentials_id": aliased("credentials_id", "credentialsId", "str"),
        "state": STATE,
        "purge": {"type": "bool", "default": False},
        "purge_credentials_ids": {"type": "list", "elements": "str"},
        "max_deletions": {"type": "int", "default": 10},
        "force": {"type": "bool", "default": False},
        "concurrency": {"type": "int", "default": 8},
        "wait_for_registration": {"type": "bool", "default": False},
        "wait_timeout": {"type": "float", "default": 60.0},
    },
    manage_fleet,
    describe_target,
    reports_progress=True,
)
