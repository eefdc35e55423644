# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a fleet task reports: every object counted once, what was done, what was not and why."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from .._applying.failure import PlanFailure
from .._applying.fleet import PlanResult, linked_agents
from .._common.redaction import FreeText
from .._common.text import name_some, visible_text
from .._planning.fleet import FleetPlan
from .._planning.plan import (
    CREATE,
    DELETE,
    NOOP,
    UPDATE,
    Noop,
    Outcome,
    Plan,
    Write,
    describe_plan,
    describe_unchanged,
    final_key,
    key_values,
)
from .._planning.plan_id import change_id, plan_id, step_ids
from .._resources.location import FileLine
from .._resources.schema import ApiObject, Resource
from .._resources.sip_phone_number import PHONE_NUMBER
from .._running.messages import as_failure, error_details, failure, message
from .._running.operation import Result
from .._transport.errors import ApiError
from ._approval import Limits, refusal
from ._causes import find_causes
from ._diff import diff_entry, fleet_diff
from ._names import NO_KNOWN_NAMES, KnownNames, describe_with_trunk

MAX_NAMES = 10
PORT_OR_DOT = re.compile(r"\.?(:\d+)?$")
UNPLANNED = (
    "The approval covers changes that are not in the plan: they are done already, or the task has other options or"
    " files than the preview."
)
COUNTS = {CREATE: "created", UPDATE: "updated", DELETE: "deleted", NOOP: "unchanged"}


class Families(NamedTuple):
    """The kinds of objects that a task is about.

    Attributes:
        resources: all of them.
        nested: whether the summary has the counts of each kind by itself.
    """

    resources: tuple[Resource, ...]
    nested: bool = False

    @property
    def key_options(self) -> frozenset[str]:
        """Return the options that identify objects, also by names."""
        fields = [resource.by_option[option] for resource in self.resources for option in resource.key]
        return frozenset(option for field in fields for option in (field.option, field.named))

    def summary(self, counts: Mapping[str, dict[str, int]]) -> dict[str, Any]:
        """Return the counts by kind as the result shows them."""
        full = {resource.kind: {**no_counts(), **counts.get(resource.kind, {})} for resource in self.resources}
        if self.nested:
            return {f"{kind}s": counted for kind, counted in full.items()}
        (only,) = full.values()
        return only

    def counted(self, numbers: Mapping[str, int]) -> str:
        """Return numbers of objects by kind in words."""
        found = [counted(each, numbers.get(each.kind, 0)) for each in self.resources if numbers.get(each.kind)]
        return " and ".join(found) or counted(self.resources[-1], 0)


class FleetReport:
    """The result of one fleet task.

    Args:
        names: of trunks and agents, for messages and diffs.

    Attributes:
        plan_id: digest of what is going to be written.
    """

    def __init__(self, families: Families, plan: FleetPlan, names: KnownNames = NO_KNOWN_NAMES) -> None:
        self._families = families
        self._plan = plan
        self._names = names
        self._results: list[PlanResult] = []
        self._failed_waits: dict[str, PlanFailure] = {}
        self._linked: frozenset[str] = frozenset()
        self._steps = {id(write): step_ids(write, names.identities, plan.claimed) for write in plan.writes}
        self.plan_id = plan_id(change_id(steps) for steps in self._steps.values())

    def note_created(self, created: Mapping[str, str]) -> None:
        """Note the ids of trunks that were created, by those that stood for them."""
        self._names = self._names.with_created(created)

    @property
    def approval(self) -> dict[str, Any]:
        """Return what somebody who approves the plan hands to the run that applies it."""
        return {"plan_id": self.plan_id, "change_ids": sorted(self._change_ids())}

    def _change_ids(self) -> set[str]:
        # A change of several requests is also covered by the ids of those: some may be done already.
        return {step for steps in self._steps.values() for step in (*steps, change_id(steps))}

    def refusal(self, limits: Limits) -> str:
        """Return why the plan must not be applied, as sentences; empty if it may be."""
        broken = self._impossible_failures()
        writes = self._plan.writes
        uncovered = [self._describe(write) for write in writes if not self._is_covered(write, limits)]
        return refusal(
            limits,
            {action: [write for write in writes if write.action == action] for action in (DELETE, UPDATE)},
            self._describe,
            lambda found: self._families.counted(_by_kind(write.resource for write in found)),
            is_expected=not writes or limits.expected_plan_id in (None, self.plan_id),
            uncovered=uncovered,
            broken=_reasons(broken) if broken else "",
        )

    def unplanned(self, limits: Limits) -> tuple[str, ...]:
        """Return a warning if the approval covers more than the plan has."""
        approved = limits.approved_ids
        return (UNPLANNED,) if approved and not approved <= self._change_ids() else ()

    def _is_covered(self, write: Write, limits: Limits) -> bool:
        """Whether a change is approved, as it is or as it was planned when its trunk did not exist yet."""
        if limits.covers(self._change_id(write), self._steps[id(write)]):
            return True
        own = final_key(write.desired, write.current)
        by_name = {part: self._names.trunks[part] for part in own if part in self._names.trunks}
        steps = step_ids(write, {**self._names.identities, **by_name}, self._plan.claimed)
        return limits.covers(change_id(steps), steps)

    def refused(self, reason: str) -> Result:
        """Return the result of a task that did nothing because the plan must not be applied."""
        writes = self._plan.writes
        changes = [self._change(plan, plan.current or {}, plan.action, (plan.before, plan.after)) for plan in writes]
        counts: dict[str, dict[str, int]] = {}
        for kind in (plan.resource.kind for plan in writes):
            _count(counts, kind, "not_attempted")
        for kind in (plan.resource.kind for plan in self._plan.unchanged):
            _count(counts, kind, "unchanged")
        for match in self._plan.impossible:
            _count(counts, match.desired.resource.kind, "failed")
        values = {
            "changed": False,
            "msg": FreeText(visible_text(reason)),
            **self._plan_values(applied=False),
            "summary": self._families.summary(counts),
            "changes": [change for change, _diff in changes],
            "failures": (failures := self._impossible_failures()),
            "agent_names": dict(self._names.agents),
            "trunk_names": self._trunk_names([change for change, _diff in changes], failures),
            "diff": fleet_diff(changes, self._families.key_options),
        }
        return Result(values, self._plan.warnings)

    def result(self, results: Sequence[PlanResult], failed_waits: dict[str, PlanFailure], applied: bool) -> Result:
        """Return the result of the task.

        Args:
            failed_waits: by id, why numbers are not registered.
            applied: whether the plan was applied, and not only previewed.
        """
        self._results = [*self._impossible(), *results]
        self._linked = linked_agents(results)
        self._failed_waits = failed_waits
        changed = [change for result in self._results for change in self._changes(result)]
        failures = [self._failure(result.plan, result.failure) for result in self._results if result.failure]
        failures += self._wait_failures()
        counts = self._counts()
        values: dict[str, Any] = {
            "changed": bool(changed),
            **self._plan_values(applied),
            "summary": self._families.summary(counts),
            "changes": [change for change, _diff in changed],
            "failures": failures,
            "agent_names": dict(self._names.agents),
            "trunk_names": self._trunk_names([change for change, _diff in changed], failures),
            "diff": fleet_diff(changed, self._families.key_options),
        }
        if failures:
            values["msg"] = self._message(counts, failures)
            values["error"] = failures[0]["error"]
        outcomes = [result.outcome for result in self._results if result.outcome]
        return Result(values, self._plan.warnings + tuple(text for outcome in outcomes for text in outcome.warnings))

    def _trunk_names(self, *entries: Sequence[Mapping[str, Any]]) -> dict[str, str]:
        """Return, by id, the names of trunks that entries of the result are about, and of those that look like them."""
        names = self._names.existing_trunks
        ids = {
            str(trunk_id).lower()
            for each in itertools.chain(*entries)
            for trunk_id in (
                each["id"],
                *(side.get(PHONE_NUMBER.scope) for side in (each, each["before"], each["after"])),
            )
        }
        wanted = {PORT_OR_DOT.sub("", names[key].lower()) for key in ids & names.keys()}
        return {key: name for key, name in names.items() if PORT_OR_DOT.sub("", name.lower()) in wanted}

    def _impossible(self) -> list[PlanResult]:
        return [
            PlanResult(Noop(match.desired, match.current), failure=as_failure(match.error))
            for match in self._plan.impossible
            if match.error
        ]

    def _impossible_failures(self) -> list[dict[str, Any]]:
        return [self._failure(each.plan, each.failure) for each in self._impossible() if each.failure]

    def _plan_values(self, applied: bool) -> dict[str, Any]:
        return {"plan_id": self.plan_id, "approval": self.approval, "applied": applied}

    def _change_id(self, plan: Plan) -> str | None:
        steps = self._steps.get(id(plan))
        return change_id(steps) if steps else None

    def _counts(self) -> dict[str, dict[str, int]]:
        counts: dict[str, dict[str, int]] = {}
        for result in self._results:
            _count(counts, result.plan.resource.kind, self._count_as(result))
        for plan in self._plan.unchanged:
            _count(counts, plan.resource.kind, "failed" if self._waited_in_vain(plan.current) else "unchanged")
        return counts

    def _count_as(self, result: PlanResult) -> str:
        if not result.attempted:
            return "not_attempted"
        if result.outcome is None or self._waited_in_vain(result.outcome.obj):
            return "failed"
        return COUNTS[result.outcome.action]

    def _waited_in_vain(self, obj: ApiObject | None) -> bool:
        return obj is not None and obj["id"] in self._failed_waits

    def _changes(self, result: PlanResult) -> list[tuple[dict[str, Any], dict[str, Any]]]:
        """Return what was done for one object, if anything, with its diff."""
        outcome, failed = result.outcome, result.failure
        if outcome and outcome.changed:
            obj = outcome.obj or result.plan.current or {}
            return [self._change(result.plan, obj, outcome.action, (outcome.before, outcome.after))]
        if failed and failed.written.obj is not None and failed.plan is not None:
            # A part of the change was written, and then a request failed.
            plan, written = failed.plan, failed.written
            # Never empty for an object that exists, which would mean that it did not.
            before = {**key_values(plan.resource, plan.current), **plan.before}
            after = {**before, **self._links_left(plan), **written.values}
            return [self._change(result.plan, written.obj or {}, plan.action, (before, after))]
        return self._changed_links(result.plan)

    def _changed_links(self, plan: Plan) -> list[tuple[dict[str, Any], dict[str, Any]]]:
        """Return how writes to other objects have changed one that was not written, with the diff."""
        links = self._links_left(plan)
        if not links or isinstance(plan, Noop):
            return []
        before = {**key_values(plan.resource, plan.current), **{option: plan.before[option] for option in links}}
        return [self._change(plan, plan.current or {}, UPDATE, (before, {**before, **links}))]

    def _links_left(self, plan: Plan) -> dict[str, list[str]]:
        """Return what writes to other objects have left of the links of this one, if they took any."""
        before = {} if isinstance(plan, Noop) else plan.before
        links = {field.option: before.get(field.option) or [] for field in plan.resource.settable if field.derived}
        return {
            option: [agent for agent in agents if agent not in self._linked]
            for option, agents in links.items()
            if self._linked.intersection(agents)
        }

    def _change(
        self, plan: Plan, obj: ApiObject, action: str, sides: tuple[Mapping[str, Any], Mapping[str, Any]]
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return a change and its diff."""
        before, after = self._names.for_people(plan.resource, *sides)
        header = plan.resource.describe(final_key(plan.desired, plan.current), self._names.trunks)
        return {**self._identify(plan, obj, action), **self._sides(*sides)}, diff_entry(header, before, after)

    def _identify(self, plan: Plan, obj: ApiObject, action: str) -> dict[str, Any]:
        """Return the values that say which object an entry of the result is about."""
        resource = plan.resource
        values = {**key_values(resource, plan.current), **plan.desired.values}
        key = {option: self._names.shown_id(values.get(option)) for option in resource.key}
        scope = {"trunk": self._names.trunk(values.get(resource.scope))} if resource.scope else {}
        found = {"object": resource.kind, "action": action, "id": obj.get("id") or plan.desired.object_id}
        return {**found, **key, **scope, "change_id": self._change_id(plan)}

    def _sides(self, before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
        shown = self._names.shown_id
        return {
            "before": {option: shown(value) for option, value in before.items()},
            "after": {option: shown(value) for option, value in after.items()},
        }

    def _failure(self, plan: Plan, failed: PlanFailure) -> dict[str, Any]:
        tried: Plan = failed.plan or plan
        obj = failed.written.obj or failed.last_seen or tried.current or {}
        if isinstance(tried, Noop):
            # An entry for which no plan could be made.
            action, after = UPDATE if tried.desired.present else DELETE, _without_secrets(tried)
            before = key_values(tried.resource, tried.current)
        else:
            action, before, after = tried.action, tried.before, tried.after
        return {
            **self._identify(plan, obj, action),
            **self._sides(before, after),
            "location": _location(plan),
            "error": error_details(failed.cause),
            "msg": message(failed, self._describe(plan)),
        }

    def _describe(self, plan: Plan) -> str:
        location = plan.desired.location
        in_file = f" ({location})" if isinstance(location, FileLine) else ""
        return f"{describe_plan(plan, self._names.trunks)}{in_file}"

    def _wait_failures(self) -> list[dict[str, Any]]:
        if not self._failed_waits:
            return []
        awaited: list[tuple[Plan, Outcome]] = [(each.plan, each.outcome) for each in self._results if each.outcome]
        awaited += [
            (plan, describe_unchanged(plan)) for plan in self._plan.unchanged if self._waited_in_vain(plan.current)
        ]
        return [
            {
                **self._identify(plan, outcome.obj, "wait"),
                **self._sides(outcome.before, outcome.after),
                "location": _location(plan),
                "error": error_details(self._failed_waits[outcome.obj["id"]].cause),
                "msg": message(self._failed_waits[outcome.obj["id"]], self._describe(plan)),
            }
            for plan, outcome in awaited
            if outcome.obj is not None and self._waited_in_vain(outcome.obj)
        ]

    def _message(self, counts: Mapping[str, Mapping[str, int]], failures: Sequence[Mapping[str, Any]]) -> FreeText:
        left = sum(each.get("not_attempted", 0) for each in counts.values())
        failed = sum(each.get("failed", 0) for each in counts.values())
        total = {kind: sum(each.values()) for kind, each in counts.items()}
        not_attempted = f" {left:,} {'was' if left == 1 else 'were'} not attempted." if left else ""
        counted = self._families.counted(total)
        ended = f"{failed:,} of {counted} failed." if len(total) == 1 else f"Of {counted}, {failed:,} failed."
        return FreeText(f"{ended}{not_attempted} {_reasons(failures)}")


def _reasons(failures: Sequence[Mapping[str, Any]]) -> str:
    """Return the most frequent cause of failures in words, who else has it, and whether there are others."""
    cause, *others = find_causes(failures)
    first, *alike = cause.failures
    names = name_some(alike, MAX_NAMES, describe_with_trunk, count_others=True)
    same = f" For the same reason, {len(alike):,} more failed: {names}." if alike else ""
    rest = sum(len(other.failures) for other in others)
    reasons = "another reason" if len(others) == 1 else f"{len(others):,} other reasons"
    more = f" {rest:,} failed for {reasons}, which failures lists." if rest else ""
    return f"{first['msg']}{same}{more}"


def report_failed_reading(families: Families, attempted: Mapping[str, int], error: ApiError) -> Result:
    """Return the result of a task that could not even read the current state.

    Args:
        attempted: numbers of entries by kind.
    """
    target = " and ".join(f"{resource.label}s" for resource in families.resources)
    counts = {kind: {"not_attempted": count} for kind, count in attempted.items()}
    values = failure(error, f"the {target}")
    return Result({**values, "summary": families.summary(counts), "changes": [], "failures": [], "diff": []})


def no_counts() -> dict[str, int]:
    """Return a summary of nothing."""
    return dict.fromkeys((*COUNTS.values(), "failed", "not_attempted"), 0)


def counted(resource: Resource, count: int) -> str:
    """Return a number of objects in words."""
    return f"{count:,} {resource.label}{'' if count == 1 else 's'}"


def _count(counts: dict[str, dict[str, int]], kind: str, name: str) -> None:
    family = counts.setdefault(kind, {})
    family[name] = family.get(name, 0) + 1


def _by_kind(resources: Iterable[Resource]) -> dict[str, int]:
    found: dict[str, int] = {}
    for resource in resources:
        found[resource.kind] = found.get(resource.kind, 0) + 1
    return found


def _location(plan: Plan) -> str | None:
    """Return where the task asks for the object of a plan, None for one that it does not list."""
    return str(plan.desired.location) or None


def _without_secrets(plan: Plan) -> dict[str, Any]:
    by_option = plan.resource.by_option
    return {option: value for option, value in plan.desired.values.items() if not by_option[option].secret}
