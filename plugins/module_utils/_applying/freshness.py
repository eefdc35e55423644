# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Keep a write from resting on what is no longer true: others change objects while a long run goes on."""

from __future__ import annotations

from typing import Any, NamedTuple

from .._common.errors import InvalidOptionsError
from .._planning.plan import Create, Delete, Noop, Plan, Update, Write, final_key, make_plan, request_of
from .._reading.find import find_all, find_by_id, not_found
from .._reading.links import has_links, with_links
from .._resources.schema import ApiObject, Resource, is_cleartext
from .._transport.client import Client
from .._transport.errors import ApiError, not_sent
from .failure import PlanFailure

# A PUT replaces everything and the API has no conditional requests, so what remains is a window.
MAX_AGE = 5.0
MAX_REPLANS = 3


class Basis(NamedTuple):
    """What a plan rests on.

    Attributes:
        read_at: the client's time before the current state was read.
        approved: whether the plan was approved, so that it is applied as it is or not at all.
        rereads_links: whether writes of this run may have changed links since then.
        linked: ids of the agents that writes of this run have linked for outgoing calls.
        replans: how often another plan took the place of the first one while a write was retried.
    """

    read_at: float
    approved: bool = False
    rereads_links: bool = False
    linked: frozenset[str] = frozenset()
    replans: int = 0

    def after_replan(self, now: float) -> Basis:
        """Return what a plan that takes the place of this one rests on."""
        return Basis(now, self.approved, replans=self.replans + 1)


class ReplannedError(Exception):
    """What a write rests on has changed before a retry: `plan` is what is to be done now."""

    def __init__(self, plan: Plan) -> None:
        super().__init__()
        self.plan = plan


class BeforeRetry:
    """Judges before each retry of the first write of a plan whether it still rests on what is true.

    Args:
        values: of the managed options once the write was applied.
    """

    def __init__(self, client: Client, plan: Update | Delete, basis: Basis, values: dict[str, Any]) -> None:
        self._client, self._plan, self._basis, self._values = client, plan, basis, values

    def __call__(self, error: ApiError, maybe_applied: bool) -> ApiObject | None:
        """Return the object if it shows that an earlier attempt was applied, None if the write is still needed.

        Args:
            error: of the last attempt.
            maybe_applied: whether any attempt may have been applied.

        Raises:
            ApiError: the object could not be read. It is the one of the write if that may have been applied.
            PlanFailure: it has changed, and only the plan as it was is approved.
            ReplannedError: it has changed, and another plan takes the place of this one.
            InvalidOptionsError: it has changed, and the new plan needs an option.
        """
        try:
            return self._judge(maybe_applied) if _is_outdated(self._client, self._basis) else None
        except (ApiError, InvalidOptionsError) as obstacle:
            if not maybe_applied or (isinstance(obstacle, ApiError) and obstacle.means_not_found):
                raise
            raise error from obstacle
        except PlanFailure as failure:
            if maybe_applied:
                failure.cause.outcome = error.outcome
            raise

    def _judge(self, maybe_applied: bool) -> ApiObject | None:
        read_at, found = self._client.now(), _read_again(self._client, self._plan)
        if maybe_applied and isinstance(self._plan, Delete) and found is None:
            return None
        hidden = self._hidden_in(found) if maybe_applied and found else frozenset()
        if maybe_applied and found and self._shows_the_write(found, hidden):
            return found
        renewed = _renew(self._client, self._plan, found, self._basis, hidden)
        if renewed is not None and self._basis.replans == MAX_REPLANS:
            detail = "it changed before each retry"
            raise not_sent(*request_of(self._plan), "Changed again and again", detail, "Rerun the task.")
        if renewed is not None:
            raise ReplannedError(renewed)
        self._basis = self._basis._replace(read_at=read_at)
        return None

    def _hidden_in(self, found: ApiObject) -> frozenset[str]:
        """Return the options of secrets that were written and that the API does not show, which prove nothing."""
        fields = [self._plan.resource.by_option[option] for option in self._values]
        return frozenset(field.option for field in fields if field.secret and not is_cleartext(found.get(field.api)))

    def _shows_the_write(self, found: ApiObject, hidden: frozenset[str]) -> bool:
        """Whether an object has what was written, and had not before."""
        shown = {option: value for option, value in self._values.items() if option not in hidden}
        matches = self._plan.resource.matches
        return matches(found, shown) and not matches(self._plan.current, shown)


def refresh(client: Client, plan: Plan, basis: Basis) -> Plan:
    """Return the plan, or one from the current state if that was read too long ago and has changed.

    Raises:
        ApiError: the object could not be read.
        PlanFailure: it has changed, and only the plan as it was is approved.
    """
    if isinstance(plan, (Noop, Create)):
        return plan
    if _is_outdated(client, basis):
        found = _read_again(client, plan)
    elif basis.rereads_links and has_links(plan.resource, plan.current):
        found = with_links(client, plan.resource, plan.current)
    else:
        return plan
    renewed = _renew(client, plan, found, basis)
    if renewed is not None or found is None:
        return renewed or plan
    # Links that this run has moved are part of what it changed: only what is left to do is different.
    left = make_plan(plan.desired, found)
    is_done_by_others = isinstance(left, Noop) and not basis.linked.intersection(_lost_links(plan, found))
    return left if is_done_by_others else plan._replace(current=found)


def _lost_links(plan: Update | Delete, found: ApiObject) -> set[str]:
    fields = [field for field in plan.resource.fields if field.derived]
    return {name for field in fields for name in {*plan.current.get(field.api, ())} - {*found.get(field.api, ())}}


def _is_outdated(client: Client, basis: Basis) -> bool:
    return client.now() + client.rate_limit_wait() - basis.read_at > MAX_AGE


def _read_again(client: Client, plan: Update | Delete) -> ApiObject | None:
    found = find_by_id(client, plan.resource, plan.current["id"])
    return with_links(client, plan.resource, found) if found and has_links(plan.resource, plan.current) else found


def _renew(
    client: Client,
    plan: Update | Delete,
    found: ApiObject | None,
    basis: Basis,
    hidden: frozenset[str] = frozenset(),
) -> Plan | None:
    """Return the plan from the current state, None if nothing has changed that the plan rests on.

    Args:
        hidden: options of secrets that this run may have written, and that the API does not show.

    Raises:
        ApiError: see `_replan`.
        PlanFailure: only the plan as it was is approved.
    """
    changes = _changes(plan, found, basis, hidden)
    if not changes:
        return None
    refuse_unapproved(plan, basis, changes)
    return _replan(client, plan, found)


def refuse_unapproved(plan: Write, basis: Basis, changes: str = "somebody else created it") -> None:
    """Raise an error if a plan other than the approved one would be applied.

    Args:
        changes: what has changed since the plan was made, as a clause.

    Raises:
        PlanFailure: the plan needs an approval of its own.
    """
    if not basis.approved:
        return
    detail = f"{changes} since the preview, and the approval does not cover what would be written now"
    error = not_sent(*request_of(plan), "Changed since the preview", detail)
    raise PlanFailure(error, plan, hints=("Preview and approve again",))


def _changes(plan: Update | Delete, found: ApiObject | None, basis: Basis, hidden: frozenset[str]) -> str:
    """Return what somebody else has changed since an object was read, as a clause; empty if nothing."""
    if found is None:
        return "it was deleted"
    resource, planned = plan.resource, plan.current
    changes = []
    for field in resource.fields:
        before, now = planned.get(field.api), found.get(field.api)
        unread = field.derived and field.api not in planned
        # This run itself may have moved links away, which leaves only less to do.
        loses = field.derived and (basis.rereads_links or isinstance(plan, Delete))
        if field.server_computed or unread or field.option in hidden or (loses and set(now or ()) <= set(before or ())):
            continue
        if not field.equal(before, now):
            changes.append(field.option if field.secret else f"{field.option} ({before!r:.60} to {now!r:.60})")
    unknown = resource.unknown_fields(planned), resource.unknown_fields(found)
    changes += sorted(name for name in {**unknown[0], **unknown[1]} if unknown[0].get(name) != unknown[1].get(name))
    return f"{', '.join(changes)} changed" if changes else ""


def _replan(client: Client, plan: Update | Delete, found: ApiObject | None) -> Plan:
    """Return the plan for an object as it is now.

    Raises:
        ApiError: an object that is identified by its id does not exist any more, or what has its key could not be read.
    """
    resource, desired = plan.resource, plan.desired
    if isinstance(plan, Delete):
        expected = {option: desired.values[option] for option in resource.key if option in desired.values}
        # What got another key is not what was to be deleted.
        return make_plan(desired, found if found and resource.matches(found, expected) else None)
    if found is None and desired.object_id is not None:
        raise not_found(resource, desired.object_id, f"the {resource.label} was deleted in the meantime")
    if found is None or not _is_about(resource, plan, found):
        return make_plan(desired, None if resource.unique_key else _find_successor(client, plan))
    return make_plan(desired, found)


def _find_successor(client: Client, plan: Update) -> ApiObject | None:
    """Return the object that has the key now, None if there is none.

    Raises:
        ApiError: it could not be read, or there are several. Nothing on the server would prevent another one.
    """
    resource, desired = plan.resource, plan.desired
    found = find_all(client, resource, {option: desired.values.get(option) for option in resource.key})
    if len(found) > 1:
        ids = ", ".join(obj["id"] for obj in found)
        detail = f"it was deleted in the meantime, and several have its key ({ids}); set id to choose one"
        raise not_sent(*request_of(plan), "Ambiguous", detail)
    return found[0] if found else None


def _is_about(resource: Resource, plan: Update, found: ApiObject) -> bool:
    """Whether an object is still the one that a plan identifies by its key."""
    key = resource.key_of_object(found)
    expected = (resource.key_of_object(plan.current), final_key(plan.desired, plan.current))
    return plan.desired.object_id is not None or key in expected
