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
from .._planning.fleet import FleetPlan, Match, Purge, match_all, plan_fleet
from .._reading.find import find_all
from .._reading.links import all_with_links, needs_links
from .._reading.trunks import TrunkNames
from .._resources.desired import Desired, check_not_empty, check_uuid
from .._resources.entries import Entry, desired_states, read_defaults, read_entries
from .._resources.schema import ApiObject
from .._resources.sip_phone_number import PHONE_NUMBER
from .._transport.errors import ApiError, InvalidOptionsError
from ._deletions import MAX_DELETIONS, check_max_deletions
from ._fleet_report import FleetReport, report_failed_reading
from ._phone_numbers import NUMBER_FORMAT, check_number_format, check_trunk
from ._single import STATE, check_seconds

MAX_CONCURRENCY = 32
LIST = "phone_numbers"


def manage_fleet(invocation: Invocation) -> Result:
    """Bring a fleet of phone numbers to its desired state.

    Raises:
        InvalidOptionsError: the options are invalid.
    """
    entries = read_fleet(invocation.options)
    trunks = TrunkNames(invocation.client, invocation.options["concurrency"])
    try:
        desired = resolve_trunks(entries, trunks)
        move_from = [trunks.resolve(name, "move_from") for name in invocation.options["move_from"] or []]
        plan = _plan(invocation, desired, move_from, trunks)
    except ApiError as error:
        return report_failed_reading(PHONE_NUMBER, len(entries), error)
    report = FleetReport(PHONE_NUMBER, plan, trunks.by_id)
    refusal = report.plan_refusal(invocation.options["max_deletions"], invocation.options["expected_plan_id"])
    if refusal:
        return report.refused(refusal)
    results = _apply_or_preview(invocation, plan)
    failed_waits = _wait(invocation, plan, results)
    return report.result(results, failed_waits, applied=not invocation.check_mode)


def read_fleet(options: Mapping[str, Any]) -> list[Entry]:
    """Return the entries that the options describe, trunks by the names that the task uses.

    Raises:
        InvalidOptionsError: the options are invalid.
    """
    present = options["state"] == "present"
    _check_limits(options)
    if options["purge"] and not present:
        raise InvalidOptionsError("purge deletes unlisted numbers and state=absent listed ones; use one of them.")
    defaults = read_defaults(PHONE_NUMBER, options["defaults"], "defaults")
    trunk = {name: options[name] for name in ("credentials_id", "trunk") if options[name] is not None}
    if "credentials_id" in trunk:
        check_uuid(trunk["credentials_id"], "credentials_id")
    check_trunk(options)
    if trunk and not {"credentials_id", "trunk"}.intersection(defaults):
        defaults = {**defaults, **trunk}
    entries = read_entries(PHONE_NUMBER, options[LIST], defaults, LIST, present=present, force=options["force"])
    for entry in entries:
        check_number_format(entry.values, options["number_format"], f"{entry.location}.")
    # Once before the first request, with names instead of ids; two names may still be the same trunk.
    desired_states(PHONE_NUMBER, [_with_trunk(entry, entry.scope_name) for entry in entries])
    return entries


def resolve_trunks(entries: list[Entry], trunks: TrunkNames) -> list[Desired]:
    """Return the desired states, every trunk by its id.

    Raises:
        InvalidOptionsError: a name without a trunk, or two entries for the same number.
        ApiError: the trunks could not be listed.
    """
    if not any(entry.scope_name for entry in entries):
        return [Desired(entry.object_id, entry.values, entry.present, entry.force) for entry in entries]
    ids: dict[str, str] = {}
    for entry in entries:
        if entry.scope_name and entry.scope_name not in ids:
            ids[entry.scope_name] = trunks.resolve(entry.scope_name, f"{entry.location}.trunk")
    resolved = [_with_trunk(entry, ids.get(entry.scope_name or "")) for entry in entries]
    return desired_states(PHONE_NUMBER, resolved, trunks.by_id)


def describe_target(options: Mapping[str, Any]) -> str:
    """Return what the options identify, for messages."""
    return "the phone numbers"


def _check_limits(options: Mapping[str, Any]) -> None:
    if not 1 <= options["concurrency"] <= MAX_CONCURRENCY:
        raise InvalidOptionsError(f"concurrency must be from 1 to {MAX_CONCURRENCY}, not {options['concurrency']}.")
    check_max_deletions(options)
    check_seconds(options, "wait_timeout")
    for index, trunk in enumerate(options["purge_credentials_ids"] or []):
        check_uuid(trunk, f"purge_credentials_ids[{index}]")
    for index, trunk in enumerate(options["move_from"] or []):
        check_not_empty(trunk, f"move_from[{index}]")


def _with_trunk(entry: Entry, trunk: str | None) -> Entry:
    return entry if trunk is None else entry._replace(values={**entry.values, "credentials_id": trunk})


def _plan(invocation: Invocation, desired: list[Desired], move_from: list[str], trunks: TrunkNames) -> FleetPlan:
    options, client = invocation.options, invocation.client
    existing = find_all(
        client, PHONE_NUMBER, {}, parallelism=options["concurrency"], on_page=invocation.progress.on_page
    )
    matches = _with_links(invocation, match_all(PHONE_NUMBER, desired, existing, move_from))
    purge = Purge(options["purge_credentials_ids"] or (), options["force"]) if options["purge"] else None
    return plan_fleet(PHONE_NUMBER, matches, existing, purge=purge, location=LIST, names=trunks.by_id)


def _with_links(invocation: Invocation, matches: list[Match]) -> list[Match]:
    """Return the matches with the agents that call from the numbers, if the entries say something about them."""
    wanted = [match for match in matches if match.current and needs_links(PHONE_NUMBER, match.desired)]
    if not wanted:
        return matches
    objects = [match.current for match in wanted if match.current]
    found = all_with_links(invocation.client, PHONE_NUMBER, objects, invocation.options["concurrency"])
    by_id = {obj["id"]: read for obj, read in zip(objects, found)}
    return [_with_read_links(match, by_id.get(match.current["id"])) if match.current else match for match in matches]


def _with_read_links(match: Match, read: ApiObject | ApiError | None) -> Match:
    if isinstance(read, ApiError):
        return match._replace(error=read)
    return match if read is None else match._replace(current=read)


def _apply_or_preview(invocation: Invocation, plan: FleetPlan) -> list[PlanResult]:
    """Create and update first; what takes something away follows only if all of that succeeded."""
    progress = invocation.progress
    progress.begin_writing(len(plan.all_writes), "checked" if invocation.check_mode else "written")
    pool = WorkerPool(
        invocation.client,
        PHONE_NUMBER,
        invocation.options["concurrency"],
        invocation.check_mode,
        lambda result: progress.on_result(failed=result.error is not None),
    )
    results = pool.run(plan.writes)
    for plans, reread in ((plan.handovers, True), (plan.deletions, False)):
        if plan.impossible or not all(result.outcome for result in results):
            results += [PlanResult(each) for each in plans]
        else:
            results += pool.run(plans, reread=reread)
    return results


def _wait(invocation: Invocation, plan: FleetPlan, results: list[PlanResult]) -> dict[str, ApiError]:
    """Return, by id, why numbers are not registered."""
    options, progress = invocation.options, invocation.progress
    if invocation.check_mode or not options["wait_for_registration"]:
        return {}
    from .._applying.registration import Awaited, awaited, wait_for_registrations  # most tasks do not wait

    outcomes = [result.outcome for result in results if result.outcome]
    numbers = [awaited(PHONE_NUMBER, outcome) for outcome in outcomes if outcome.obj]
    numbers += [Awaited(noop.current) for noop in plan.unchanged if noop.current and noop.desired.present]
    waiting = {number.obj["id"]: number for number in numbers if number.obj.get("registration")}
    waited = wait_for_registrations(
        invocation.client,
        PHONE_NUMBER,
        waiting,
        options["wait_timeout"],
        parallelism=options["concurrency"],
        on_poll=lambda registered, failed, left: progress.on_poll(registered, failed, len(waiting), left),
    )
    return {number_id: number.error for number_id, number in waited.items() if number.error}


SPEC = OperationSpec(
    "sip_phone_numbers",
    {
        **connection_spec(),
        # The entries are checked by what reads them, which is faster and reports which one is wrong.
        "phone_numbers": {"type": "list", "elements": "dict", "required": True},
        "credentials_id": aliased("credentials_id", "credentialsId", "str"),
        "trunk": {"type": "str"},
        "defaults": {"type": "dict"},
        "move_from": {"type": "list", "elements": "str"},
        "number_format": NUMBER_FORMAT,
        "state": STATE,
        "purge": {"type": "bool", "default": False},
        "purge_credentials_ids": {"type": "list", "elements": "str"},
        "max_deletions": MAX_DELETIONS,
        "force": {"type": "bool", "default": False},
        "concurrency": {"type": "int", "default": 8},
        "wait_for_registration": {"type": "bool", "default": False},
        "wait_timeout": {"type": "float", "default": 60.0},
        "expected_plan_id": {"type": "str"},
    },
    manage_fleet,
    describe_target,
    reports_progress=True,
)
