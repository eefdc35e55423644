# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Trunks and phone numbers in one plan: read, plan, refuse or apply, wait. A task may leave the trunks out."""

from __future__ import annotations

import contextlib
import functools
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from .._applying.failure import PlanFailure
from .._applying.fleet import PlanResult, WorkerPool, agents_to_link, linked_agents
from .._applying.freshness import Basis
from .._common.errors import InvalidOptionsError, Problems
from .._planning.fleet import FleetPlan, Match, Purge, match_all, plan_fleet, with_links_of_deletions
from .._planning.nested import nest, placeholder_id, with_placeholders_replaced
from .._planning.plan import Create, Plan, Update, Write, final_object
from .._planning.relevant import relevant_objects, scopes_of
from .._reading.agents import AgentNames
from .._reading.find import find_all, register_secrets
from .._reading.links import all_with_links, has_links, needs_links
from .._reading.listing import Keep
from .._reading.lookups import Lookups
from .._reading.trunks import TrunkNames
from .._resources.desired import Desired
from .._resources.entries import Entry, check_entries, with_ids
from .._resources.schema import LINK, ApiObject, is_uuid
from .._resources.sip_credential import CREDENTIAL, canonical_trunk_name, trunk_name, trunk_names
from .._resources.sip_phone_number import PHONE_NUMBER
from .._running.operation import Invocation, Result
from .._transport.errors import ApiError
from ._approval import Limits
from ._fleet_options import on_deleted_trunk
from ._fleet_report import Families, FleetReport, report_failed_reading
from ._names import KnownNames, check_linked_agents, resolve_names
from ._numbers_file import file_warnings
from ._single import object_lock

Run = Callable[[Sequence[Plan]], "list[PlanResult]"]


class Fleet(NamedTuple):
    """What a task asks.

    Attributes:
        trunks: None if the task does not manage trunks.
        numbers: phone numbers, each with its trunk by id, by name or, for one of `trunks`, by its placeholder id. The
            task empties the list.
        move_from: trunks by id or name.
        purge: whether to delete unlisted phone numbers.
        purge_on: trunks, by id, name or placeholder id, on which a purge deletes beside those of the list.
        purge_trunks: whether to delete unlisted trunks.
        limits: what the plan may contain.
    """

    trunks: Sequence[Entry] | None
    numbers: list[Entry]
    move_from: Sequence[str]
    purge: bool
    purge_on: Sequence[str]
    purge_trunks: bool
    limits: Limits


def manage_fleet(invocation: Invocation, fleet: Fleet) -> Result:
    """Bring trunks and phone numbers to their desired state.

    Raises:
        InvalidOptionsError: the options are invalid.
    """
    result = _FleetTask(invocation, fleet).run()
    return result._replace(warnings=(*file_warnings(invocation.options), *result.warnings))


class PlannedFleet(NamedTuple):
    """What a task would do.

    Attributes:
        trunks: what each entry for a trunk is about.
        names: of trunks and agents, as far as they are known.
        left_out: entries for phone numbers that name a trunk which cannot be told.
    """

    plan: FleetPlan
    trunks: Sequence[Match]
    names: KnownNames
    left_out: Sequence[Entry]


def plan_only(invocation: Invocation, fleet: Fleet, problems: Problems) -> PlannedFleet:
    """Return what a task would do, whatever its limits and whether or not the agents exist that it would link.

    Args:
        invocation: in check mode.
        problems: takes what is wrong with names. The plan is made without them.

    Raises:
        InvalidOptionsError: the options are invalid.
    """
    task = _FleetTask(invocation, fleet, problems)
    with contextlib.ExitStack() as locks:
        return task.plan(locks)


class _FleetTask:
    """One run of a task.

    Args:
        problems: takes what is wrong with names of trunks and agents. Without it, that ends the run.
    """

    def __init__(self, invocation: Invocation, fleet: Fleet, problems: Problems | None = None) -> None:
        self._invocation = invocation
        self._client = invocation.client
        self._fleet = fleet
        self._problems = problems
        self._left_out: list[Entry] = []
        self._parallelism: int = invocation.options["concurrency"]
        self._trunks = TrunkNames(invocation.client, self._parallelism)
        self._agents = AgentNames(invocation.client)
        self._trunk_matches: list[Match] = []
        self._ids: dict[str, str] = {}
        self._references: dict[str, str] = {}
        self._names_of_new_trunks: list[str] = []
        self._shared_names: set[str] = set()
        self._lost_names: dict[str, Match] = {}
        self._purged: dict[str, str] = {}
        self._created: dict[str, str] = {}
        self._read_at = 0.0
        self._attempted = {CREDENTIAL.kind: len(fleet.trunks or ()), PHONE_NUMBER.kind: len(fleet.numbers)}
        manages_trunks = fleet.trunks is not None
        self._families = Families((CREDENTIAL, PHONE_NUMBER) if manages_trunks else (PHONE_NUMBER,), manages_trunks)

    def run(self) -> Result:
        """Return the result of the task."""
        self._read_at = self._client.now()
        with contextlib.ExitStack() as locks:
            try:
                plan = self._with_checked_agents(self.plan(locks).plan)
            except ApiError as error:
                return report_failed_reading(self._families, self._attempted, error)
            report = FleetReport(self._families, plan, self._known_names())
            refusal = report.refusal(self._fleet.limits)
            if refusal:
                return self._with_trunks(report.refused(refusal), [])
            results = self._preview(plan) if self._invocation.check_mode else self._apply(plan, locks)
        failed_waits = self._wait(plan, results)
        report.note_created(self._created)
        result = report.result(results, failed_waits, applied=not self._invocation.check_mode)
        result = result._replace(warnings=(*report.unplanned(self._fleet.limits), *result.warnings))
        return self._with_trunks(result, results)

    # Planning

    def plan(self, locks: contextlib.ExitStack) -> PlannedFleet:
        """Return what the task would do; trunks that it creates or deletes are locked from then on."""
        if self._fleet.trunks is not None:
            self._match_trunks(self._trunks.read())
            changing = [
                match.desired for match in self._trunk_matches if match.desired.present is (match.current is None)
            ]
            if changing and not self._invocation.check_mode:
                # Others on this machine may create or delete the same trunks: look again while nobody else can.
                for desired in sorted(changing, key=placeholder_id):
                    locks.enter_context(object_lock(self._invocation, desired))
                self._trunks.forget()
                self._match_trunks(self._trunks.read())
        wanted = self._resolve(self._fleet.numbers)
        labels = self._fleet.limits.labels
        move_from = self._resolve_move_from(labels["move_from"])
        purge_on = [self._resolve_trunk(name, labels["purge_on_trunks"]) for name in self._fleet.purge_on]
        numbers, settled = self._list_numbers(wanted, move_from, purge_on)
        known = set(map(id, settled))
        wanted = [desired for desired in wanted if id(desired) not in known]
        matches = self._with_links(match_all(wanted, numbers, PHONE_NUMBER, move_from))
        force = bool(self._invocation.options["force"])
        purge = Purge(purge_on, force, labels["force"]) if self._fleet.purge else None
        names = self._known_names().trunks
        plan = plan_fleet(PHONE_NUMBER, matches, numbers, settled=settled, purge=purge, names=names)
        if self._fleet.trunks is not None:
            plan = self._plan_trunks(plan, matches, numbers, force)
        plan = self._with_links_of_deletions(plan)
        purged = tuple(f"{consequence}. {error}" for consequence, error in self._purged.items())
        plan = plan._replace(warnings=plan.warnings + purged + self._warn_of_shared_names())
        return PlannedFleet(plan, self._trunk_matches, self._known_names(), self._left_out)

    def _with_checked_agents(self, plan: FleetPlan) -> FleetPlan:
        return plan._replace(warnings=plan.warnings + check_linked_agents(plan.writes, self._agents, self._parallelism))

    def _match_trunks(self, trunks: Sequence[ApiObject]) -> None:
        entries = self._fleet.trunks or ()
        self._trunk_matches = match_all([entry.desired for entry in entries], trunks, CREDENTIAL)
        found = [match.current for match in self._trunk_matches if match.current]
        register_secrets(self._client, CREDENTIAL, found)
        self._ids = {
            placeholder_id(match.desired): match.current["id"] for match in self._trunk_matches if match.current
        }
        # Trunks of the task by what its phone numbers may call them. One that stays has its name from one that goes.
        self._references = {}
        for match in sorted(self._trunk_matches, key=lambda match: match.desired.present):
            placeholder = placeholder_id(match.desired)
            for name in (placeholder, *([] if match.error else _lasting_names(match))):
                self._references[name] = self._ids.get(placeholder, placeholder)
        new = [
            match for match in self._trunk_matches if match.desired.present and not match.current and not match.error
        ]
        self._names_of_new_trunks = list(map(_final_name, new))
        self._shared_names = self._find_shared_names(trunks)
        self._lost_names = self._find_lost_names(trunks)

    def _find_shared_names(self, trunks: Sequence[ApiObject]) -> set[str]:
        """Return the names that several trunks will have, at least one of which is listed."""
        present = [match for match in self._trunk_matches if match.desired.present and not match.error]
        listed = {match.current["id"] for match in self._trunk_matches if match.current}
        stays = CREDENTIAL.managed_by_provider if self._fleet.purge_trunks else lambda trunk: True
        others = [trunk for trunk in trunks if trunk["id"] not in listed and stays(trunk)]
        counts = Counter(name for trunk in others for name in trunk_names(trunk))
        counts.update(name for match in present for name in _final_names(match))
        return {name for match in present for name in _final_names(match) if counts[name] > 1}

    def _find_lost_names(self, trunks: Sequence[ApiObject]) -> dict[str, Match]:
        """Return the names that stand for nothing once the task is applied: it renames or deletes their trunks."""
        lost = {name: match for match in self._trunk_matches for name in _current_names(match)}
        listed = {match.current["id"] for match in self._trunk_matches if match.current}
        kept = {name for trunk in trunks if trunk["id"] not in listed for name in trunk_names(trunk)}
        return {name: match for name, match in lost.items() if name not in kept and name not in self._references}

    def _warn_of_shared_names(self) -> tuple[str, ...]:
        """Return a warning for each name that a trunk gets although another one has it."""
        if not self._shared_names:
            return ()
        renamed = [match for match in self._trunk_matches if {*_final_names(match)} - {*_current_names(match)}]
        return tuple(
            f"Several trunks are named {name!r} once the task is applied, so that tasks can only refer to them by id."
            for name in dict.fromkeys(map(_final_name, renamed))
            if canonical_trunk_name(name) in self._shared_names
        )

    def _plan_trunks(
        self, numbers_plan: FleetPlan, matches: Sequence[Match], numbers: Sequence[ApiObject], force: bool
    ) -> FleetPlan:
        purge = Purge((), force, self._fleet.limits.labels["force"]) if self._fleet.purge_trunks else None
        trunks = plan_fleet(CREDENTIAL, self._trunk_matches, self._trunks.read(), purge=purge)
        self._refuse_deleted_trunks(trunks, matches)
        return nest(trunks, numbers_plan, numbers, PHONE_NUMBER)

    def _refuse_deleted_trunks(self, trunks: FleetPlan, matches: Sequence[Match]) -> None:
        """Raise InvalidOptionsError if a phone number is to be on a trunk that the same task deletes."""
        labels, deleted = self._fleet.limits.labels, {plan.current["id"].lower(): plan for plan in trunks.deletions}
        position = PHONE_NUMBER.key.index("credentials_id")
        problems = Problems()
        for match in matches if deleted else ():
            plan = deleted.get(str(match.key[position]).lower())
            if plan is not None and match.desired.present and match.error is None:
                option = "trunks" if plan.desired.location else "purge_trunks"
                name = trunk_name(plan.current)
                problems.extend([on_deleted_trunk(match.desired.location, name, labels[option])])
        problems.raise_if_any()

    def _list_numbers(
        self, wanted: Sequence[Desired], move_from: Sequence[str], purge_on: Sequence[str]
    ) -> tuple[list[ApiObject], list[Desired]]:
        """Return the phone numbers that the plan depends on, and the entries that need no plan.

        Both are empty if the task is about trunks alone.
        """
        fleet = self._fleet
        deleted = self._deleted_trunks()
        if fleet.trunks is not None and not (wanted or fleet.purge or deleted):
            return [], []
        own = scopes_of(wanted) if fleet.purge else set()
        if own is None:
            return self._find_numbers(None), []
        scopes = {*deleted, *own, *(purge_on if fleet.purge else ())}
        relevant = functools.partial(relevant_objects, PHONE_NUMBER, wanted, move_from=move_from, scopes=scopes)
        with_ids = any(desired.object_id is not None for desired in wanted)
        may_exist = self._known_names().unborn.keys().isdisjoint(scopes_of(wanted) or ())

        def find(keep: Keep) -> list[Any]:
            return self._find_numbers(keep, wanted if may_exist and not (scopes or with_ids) else ())

        if with_ids or deleted or self._invocation.options["wait_for_registration"]:
            # The plan depends on the objects of entries that leave them as they are, too.
            return find(relevant()), []
        found = find(relevant(settles=lambda desired: desired.present and not needs_links(desired)))
        settled = [each for each in found if isinstance(each, Desired)]
        if len(set(map(id, settled))) < len(settled):
            # Several numbers have the same key: which ones they are is needed after all.
            return find(relevant()), []
        return [each for each in found if not isinstance(each, Desired)], settled

    def _find_numbers(self, keep: Keep | None, wanted: Sequence[Desired] = ()) -> list[Any]:
        """Return what `keep` returns for the phone numbers.

        Args:
            wanted: entries whose numbers are enough if all of them exist.
        """
        on_page, parallelism = self._invocation.progress.on_page, self._parallelism
        find = functools.partial(find_all, self._client, PHONE_NUMBER, {}, keep=keep, parallelism=parallelism)
        if keep is None or not wanted:
            return find(on_page=on_page)
        lookups = Lookups(self._client, PHONE_NUMBER, wanted, keep, parallelism=parallelism)
        return find(on_page=on_page, shortcut=lookups.find)

    def _deleted_trunks(self) -> set[str]:
        """Return the ids of the trunks that may be deleted, with the phone numbers that are left on them."""
        kept = {match.current["id"] for match in self._trunk_matches if match.current and match.desired.present}
        listed = {match.current["id"] for match in self._trunk_matches if match.current}
        return {trunk["id"] for trunk in self._trunks.read()} - kept if self._fleet.purge_trunks else listed - kept

    # Names

    def _resolve(self, entries: list[Entry]) -> list[Desired]:
        """Return what the entries ask, with ids in place of names, and empty their list.

        Raises:
            InvalidOptionsError: a name that stands for nothing, or two entries for the same number.
        """
        problems = self._problems or Problems()
        must_check = bool(self._ids) or any(entry.names for entry in entries)
        # Each in the place of the one before: a second list of all of them is memory.
        for index, entry in enumerate(entries):
            entries[index] = self._with_ids(entry, problems)
        if self._problems is None:
            problems.raise_if_any()
        else:
            self._left_out = [entry for entry in entries if PHONE_NUMBER.scope in entry.names]
            entries[:] = [entry for entry in entries if PHONE_NUMBER.scope not in entry.names]
        if must_check:
            check_entries(PHONE_NUMBER, entries, self._known_names().trunks)
        resolved = [entry.desired for entry in entries]
        entries.clear()
        return resolved

    def _with_ids(self, entry: Entry, problems: Problems) -> Entry:
        values = entry.desired.values
        trunk = values.get("credentials_id")
        ids = {"credentials_id": self._ids[trunk]} if trunk in self._ids else {}
        if entry.names:
            resolve_trunk = self._resolve_trunk if entry.desired.present else self._resolve_trunk_of_absent
            ids.update(resolve_names(entry, resolve_trunk, self._agents, problems))
        return with_ids(entry, ids) if ids else entry

    def _resolve_purged(self, name: str, location: str, consequence: str) -> str:
        """Return the id of a trunk, or the name if there is none because an earlier run of the task may have purged it.

        Args:
            consequence: what follows from that, for a warning.
        """
        try:
            return self._resolve_trunk(name, location)
        except InvalidOptionsError as error:
            if self._is_doubtful(name) or self._trunks.is_known(name) or not self._fleet.purge_trunks:
                raise
            self._purged.setdefault(f"{consequence} {name!r}", str(error))
            return name

    def _resolve_move_from(self, label: str) -> list[str]:
        return [self._resolve_source(name, label) for name in self._fleet.move_from]

    def _resolve_source(self, name: str, label: str) -> str:
        """Return the id of the trunk whose name this is before the task is applied, else once it is."""
        if is_uuid(name) or (self._trunks.is_known(name) and not self._is_doubtful(name)):
            return self._trunks.resolve(name, label)
        return self._resolve_purged(name, label, "No number is moved from")

    def _resolve_trunk_of_absent(self, name: str, location: str) -> str:
        return self._resolve_purged(name, location, "No number is deleted from")

    def _resolve_trunk(self, name: str, location: str) -> str:
        """Return the id of a trunk, or the placeholder id of one that the task creates."""
        if canonical_trunk_name(name) in self._shared_names:
            raise InvalidOptionsError(
                f"{location}: several trunks are named {name!r} once the task is applied. Set credentials_id to choose"
                " one."
            )
        lost = self._lost_names.get(canonical_trunk_name(name))
        if lost is not None and lost.desired.present:
            raise InvalidOptionsError(
                f"{location}: {lost.desired.location} renames the trunk {name!r}. Use {_final_name(lost)!r}, so that"
                " the next run finds it as well."
            )
        if lost is not None:
            raise InvalidOptionsError(
                f"{location}: {lost.desired.location} deletes the trunk {name!r}, and the next run would not know the"
                " name. Set its server and auth_user there as well."
            )
        found = self._references.get(canonical_trunk_name(name))
        return found or self._trunks.resolve(name, location, self._names_of_new_trunks)

    def _is_doubtful(self, name: str) -> bool:
        """Whether several trunks, or none, have a name once the task is applied, because of the task."""
        canonical = canonical_trunk_name(name)
        return canonical in self._shared_names or canonical in self._lost_names

    def _known_names(self) -> KnownNames:
        names = dict(self._trunks.by_id)
        unborn: dict[str, str | None] = {}
        for match in (match for match in self._trunk_matches if match.error is None):
            trunk_id = match.current["id"].lower() if match.current else placeholder_id(match.desired)
            names.update({trunk_id: name} if (name := _final_name(match)) else {})
            unborn.update({} if match.current else {trunk_id: None})
        unborn.update({placeholder_id(match.desired): None for match in self._trunk_matches if match.error})
        counts = Counter(names.values())
        unique = {trunk_id: name for trunk_id, name in names.items() if counts[name] == 1}
        return KnownNames(unique, self._agents.by_id, unborn, names)

    # Links

    def _with_links(self, matches: list[Match]) -> list[Match]:
        """Return the matches with the agents that call from the numbers, if the entries say something about them."""
        wanted = [match for match in matches if match.current and needs_links(match.desired)]
        read = self._read_links([match.current for match in wanted if match.current])
        return [
            _with_read_links(match, read.get(match.current["id"])) if match.current and read else match
            for match in matches
        ]

    def _read_links(self, objects: list[ApiObject]) -> dict[str, ApiObject | ApiError]:
        if not objects:
            return {}
        found = all_with_links(self._client, PHONE_NUMBER, objects, self._parallelism)
        return {obj["id"]: read for obj, read in zip(objects, found)}

    def _with_links_of_deletions(self, plan: FleetPlan) -> FleetPlan:
        """Return the plan with the links that forced deletions remove, so that they can be restored."""
        forced = [each.current for each in plan.deletions if each.desired.force and each.resource is PHONE_NUMBER]
        unread = [number for number in forced if not has_links(PHONE_NUMBER, number)]
        return with_links_of_deletions(plan, self._read_links(unread)) if unread else plan

    # Applying

    def _apply(self, plan: FleetPlan, locks: contextlib.ExitStack) -> list[PlanResult]:
        """Create and update first; what takes something away follows only if all of that succeeded."""
        pool = self._pool(plan)
        results: list[PlanResult] = []
        for index, stage in enumerate(plan.stages):
            # Those of the same stage, too: one of its writes may take an agent from the object of another one.
            linked = linked_agents(results) | agents_to_link(stage.plans) if stage.rereads_links else frozenset()
            basis = Basis(self._read_at, self._fleet.limits.approved, stage.rereads_links, linked)
            if stage.takes_away and (plan.impossible or not all(result.outcome for result in results)):
                results += [PlanResult(each) for each in stage.plans]
                continue
            results += self._run_stage(stage.plans, functools.partial(pool.apply, basis=basis), self._created)
            for result in results:
                if isinstance(result.plan, Create) and result.plan.resource is CREDENTIAL and result.outcome:
                    self._created[placeholder_id(result.plan.desired)] = (result.outcome.obj or {})["id"]
            if not any(write.resource is CREDENTIAL for later in plan.stages[index + 1 :] for write in later.plans):
                locks.close()
        return results

    def _preview(self, plan: FleetPlan) -> list[PlanResult]:
        pool = self._pool(plan)
        creates = [write.desired for write in plan.writes if isinstance(write, Create) and write.resource is CREDENTIAL]
        created = {placeholder_id(desired): placeholder_id(desired) for desired in creates}
        released = _released(plan.writes)
        results: list[PlanResult] = []
        for stage in plan.stages:
            if stage.takes_away and (plan.impossible or not all(result.outcome for result in results)):
                results += [PlanResult(each) for each in stage.plans]
            else:
                results += self._run_stage(stage.plans, functools.partial(pool.preview, released=released), created)
        return results

    def _run_stage(self, plans: Sequence[Write], run: Run, created: Mapping[str, str]) -> list[PlanResult]:
        """Return the results of plans in their order; those whose trunk was not created are not attempted."""
        missing = self._known_names().unborn.keys() - created.keys()
        can_run = [plan.desired.values.get(plan.resource.scope) not in missing for plan in plans]
        ready = [with_placeholders_replaced(plan, created) for plan, can in zip(plans, can_run) if can]
        done = iter(run(ready))
        results = [next(done) if can else PlanResult(plan) for plan, can in zip(plans, can_run)]
        return [result._replace(plan=plan) for result, plan in zip(results, plans)]

    def _pool(self, plan: FleetPlan) -> WorkerPool:
        progress = self._invocation.progress
        progress.begin_writing(len(plan.writes), "checked" if self._invocation.check_mode else "written")
        return WorkerPool(
            self._client, self._parallelism, lambda result: progress.on_result(failed=result.failure is not None)
        )

    def _wait(self, plan: FleetPlan, results: Sequence[PlanResult]) -> dict[str, PlanFailure]:
        """Return, by id, why numbers are not registered."""
        options, progress = self._invocation.options, self._invocation.progress
        if self._invocation.check_mode or not options["wait_for_registration"]:
            return {}
        from .._applying.registration import (  # most tasks do not wait
            Awaited,
            awaited,
            wait_failure,
            wait_for_registrations,
        )

        outcomes = [result.outcome for result in results if result.outcome and result.plan.resource is PHONE_NUMBER]
        numbers = [awaited(PHONE_NUMBER, done) for done in outcomes if done.obj]
        unchanged = [noop for noop in plan.unchanged if noop.resource is PHONE_NUMBER]
        numbers += [Awaited(noop.current) for noop in unchanged if noop.current and noop.desired.present]
        waiting = {number.obj["id"]: number for number in numbers if number.obj.get("registration")}
        waited = wait_for_registrations(
            self._client,
            PHONE_NUMBER,
            waiting,
            options["wait_timeout"],
            parallelism=self._parallelism,
            on_poll=lambda registered, failed, left: progress.on_poll(registered, failed, len(waiting), left),
        )
        failures = {
            number_id: wait_failure(number, number.error) for number_id, number in waited.items() if number.error
        }
        if waited:
            progress.on_poll(len(waited) - len(failures), len(failures), len(waited), 0)
        return failures

    def _with_trunks(self, result: Result, results: Sequence[PlanResult]) -> Result:
        """Return the result with the listed trunks as they are now, if the task manages trunks."""
        if self._fleet.trunks is None:
            return result
        outcomes = {id(each.plan.desired): each.outcome for each in results if each.outcome}
        trunks = []
        for match in self._trunk_matches:
            outcome = outcomes.get(id(match.desired))
            if outcome is not None:
                trunks += [outcome.result] if outcome.result else []
            elif match.current is not None:
                trunks.append(CREDENTIAL.to_result(match.current))
        return Result({**result.values, "sip_trunks": trunks}, result.warnings)


def _final_name(match: Match) -> str:
    """Return the name of a trunk once its entry is applied; empty for one that is gone and only known by its id."""
    trunk = final_object(match.desired, match.current)
    return trunk_name(trunk) if trunk.get("server") else ""


def _final_names(match: Match) -> list[str]:
    """Return all names of a trunk once its entry is applied."""
    trunk = final_object(match.desired, match.current)
    return trunk_names(trunk) if trunk.get("server") else []


def _lasting_names(match: Match) -> list[str]:
    """Return the names that stand for a trunk in this run and in the next one, in which it may be gone."""
    names = _final_names(match)
    return (
        names
        if match.desired.present
        else [name for name in names if name in _final_names(match._replace(current=None))]
    )


def _current_names(match: Match) -> list[str]:
    return trunk_names(match.current) if match.current else []


def _released(writes: Iterable[Write]) -> frozenset[str]:
    """Return the ids of what the writes take away from objects that others of them delete.

    An agent that gets another number for outgoing calls leaves the one before; a number that moves, its trunk.
    """
    found: set[str] = set()
    for write in writes:
        if not isinstance(write, (Create, Update)):
            found.add(write.current["id"].lower())
            continue
        scope = write.resource.scope
        if write.current and scope and write.before.get(scope) != write.after.get(scope):
            found.add(write.current["id"].lower())
        for field in write.resource.settable:
            if field.role == LINK and field.type == "list" and field.option in write.links:
                found.update(write.desired.values[field.option] or ())
    return frozenset(found)


def _with_read_links(match: Match, read: ApiObject | ApiError | None) -> Match:
    if isinstance(read, ApiError):
        return match._replace(error=read)
    return match if read is None else match._replace(current=read)
