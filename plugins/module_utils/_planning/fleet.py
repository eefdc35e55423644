# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plans for many objects at once: one plan for each, and deletions of what nobody asked for. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, NamedTuple

from .._resources.desired import Desired
from .._resources.schema import LINK, NO_NAMES, ApiObject, Resource
from .._transport.errors import ApiError, InvalidOptionsError
from .plan import Create, Delete, Noop, Plan, Update, make_plan, plan_delete


class Match(NamedTuple):
    """An entry of the list, and the object that it is about.

    Attributes:
        current: None if the object does not exist yet, or not any more.
        error: why nothing can be done for this entry.
    """

    desired: Desired
    current: ApiObject | None
    error: ApiError | None = None


class FleetPlan(NamedTuple):
    """What to do about a fleet.

    Attributes:
        writes: plans that create or update.
        handovers: plans of objects from which a link moves to another one of the list; they follow the other writes.
        deletions: plans that delete.
        unchanged: plans with nothing to do.
        impossible: entries for which nothing can be done, with the reason.
        warnings: sentences for the user's attention.
    """

    writes: list[Create | Update]
    handovers: list[Update]
    deletions: list[Delete]
    unchanged: list[Noop]
    impossible: list[Match]
    warnings: tuple[str, ...] = ()

    @property
    def all_writes(self) -> list[Create | Update | Delete]:
        """Return everything that will be written, in its order."""
        return [*self.writes, *self.handovers, *self.deletions]


class Purge(NamedTuple):
    """What may be deleted because nobody asked for it.

    Attributes:
        scopes: values of the resource's `scope`, beside those of the list itself.
        force: delete objects although something uses them.
    """

    scopes: Collection[str]
    force: bool


def match_all(
    resource: Resource, desired_states: list[Desired], existing: Iterable[ApiObject], move_from: Collection[str] = ()
) -> list[Match]:
    """Return what each desired state is about.

    Args:
        existing: all objects of the organization, as the API lists them.
        move_from: values of the resource's `scope`. An object that does not exist, but exists with the rest of its key
            in one of these, is that one.
    """
    existing = list(existing)
    by_key = {resource.key_of_object(obj): obj for obj in existing}
    by_id = {obj["id"].lower(): obj for obj in existing} if any(one.object_id for one in desired_states) else {}
    matches = [_match_one(resource, desired, by_key, by_id) for desired in desired_states]
    if move_from:
        _match_moves(resource, matches, by_key, [scope.lower() for scope in move_from])
    return matches


def _match_one(
    resource: Resource, desired: Desired, by_key: Mapping[Any, ApiObject], by_id: Mapping[str, ApiObject]
) -> Match:
    if desired.object_id is None:
        return Match(desired, by_key.get(resource.key_of(desired.values)))
    obj, path = by_id.get(desired.object_id.lower()), resource.object_path(desired.object_id)
    if obj is None and desired.present:
        detail = f"no {resource.label} has this id; omit id to create one"
        return Match(desired, None, ApiError("GET", path, status=404, title="Not Found", detail=detail))
    identity = {option: desired.values[option] for option in resource.key if option in desired.values}
    if obj is not None and not desired.present and not resource.matches(obj, identity):
        detail = f"the {resource.label} with this id differs from the entry in {' or '.join(identity)}"
        error = ApiError("DELETE", path, title="Another object", detail=detail, outcome="not_sent")
        error.attempts = 0
        return Match(desired, obj, error)
    return Match(desired, obj)


def _match_moves(resource: Resource, matches: list[Match], by_key: Mapping[Any, ApiObject], scopes: list[str]) -> None:
    """Let entries whose object does not exist take over one that exists in another scope."""
    position = resource.key.index(resource.scope)
    taken = {match.current["id"] for match in matches if match.current}
    missing = [index for index, match in enumerate(matches) if match.current is None and match.desired.present]
    # In the order of keys, so that the order of the list does not decide which of two entries gets an object.
    for index in sorted(missing, key=lambda index: resource.key_of(matches[index].desired.values)):
        desired = matches[index].desired
        if desired.object_id is not None:
            continue
        key = resource.key_of(desired.values)
        keys = [(*key[:position], scope, *key[position + 1 :]) for scope in dict.fromkeys(scopes)]
        found = [by_key[other] for other in keys if other in by_key and by_key[other]["id"] not in taken]
        if len(found) == 1:
            matches[index] = Match(desired, found[0])
            taken.add(found[0]["id"])
        elif found:
            ids = ", ".join(obj["id"] for obj in found)
            detail = f"it exists in several places to move it from ({ids}); set id to choose one"
            error = ApiError("PUT", resource.path, title="Ambiguous move", detail=detail, outcome="not_sent")
            error.attempts = 0
            matches[index] = Match(desired, None, error)


def plan_fleet(
    resource: Resource,
    matches: list[Match],
    existing: Iterable[ApiObject],
    *,
    purge: Purge | None = None,
    location: str = "",
    names: Mapping[str, str] = NO_NAMES,
) -> FleetPlan:
    """Return the plans that take the existing objects to the desired ones.

    Args:
        matches: with everything in `current` that the desired states are about.
        existing: all objects of the organization.
        location: name of the option that holds the list, for messages.
        names: of parents by id, for messages.

    Raises:
        InvalidOptionsError: two entries would end up as the same object.
    """
    plans = [make_plan(resource, match.desired, match.current) for match in matches if match.error is None]
    _refuse_collisions(resource, matches, location, names)
    warnings = _near_duplicates(resource, plans, existing, names)
    if purge:
        plans += _plan_purge(resource, matches, existing, purge)
    given_away = _given_away(resource, plans, matches)
    handovers = [plan for plan in plans if isinstance(plan, Update) and plan.current["id"] in given_away]
    return FleetPlan(
        [
            plan
            for plan in plans
            if isinstance(plan, Create) or (isinstance(plan, Update) and plan.current["id"] not in given_away)
        ],
        handovers,
        [plan for plan in plans if isinstance(plan, Delete)],
        [plan for plan in plans if isinstance(plan, Noop)],
        [match for match in matches if match.error],
        warnings,
    )


def final_key(resource: Resource, desired: Desired, current: ApiObject | None) -> tuple[Any, ...]:
    """Return the key of an object after its plan was applied."""
    values = {} if current is None else {option: current[resource.by_option[option].api] for option in resource.key}
    return resource.key_of({**values, **desired.values})


def _refuse_collisions(resource: Resource, matches: list[Match], location: str, names: Mapping[str, str]) -> None:
    """Raise InvalidOptionsError if two entries are about the same object, or would become the same."""
    by_id: dict[str, int] = {}
    by_key: dict[Any, int] = {}
    for index, (desired, current, error) in enumerate(matches):
        if error:
            continue
        first = by_id.setdefault(current["id"], index) if current else index
        if first == index and desired.present:
            first = by_key.setdefault(final_key(resource, desired, current), index)
        if first != index:
            what = resource.describe(final_key(resource, desired, current), names)
            raise InvalidOptionsError(f"{location}[{first}] and {location}[{index}] are about the same {what}.")


def _plan_purge(resource: Resource, matches: list[Match], existing: Iterable[ApiObject], purge: Purge) -> list[Delete]:
    position = resource.key.index(resource.scope)
    kept_keys = {final_key(resource, match.desired, match.current) for match in matches if match.error is None}
    kept_ids = {match.current["id"] for match in matches if match.current}
    scopes = {scope.lower() for scope in purge.scopes} | {key[position] for key in kept_keys}
    plans = []
    for obj in existing:
        key = resource.key_of_object(obj)
        if key[position] not in scopes or key in kept_keys or obj["id"] in kept_ids:
            continue
        if not resource.managed_by_provider(obj):
            plans.append(plan_delete(resource, Desired(obj["id"], {}, present=False, force=purge.force), obj))
    return plans


def _given_away(resource: Resource, plans: list[Plan], matches: list[Match]) -> set[str]:
    """Return the ids of objects from which a link moves to another object of the list.

    Such a link must not be removed first: it moves with the request that sets it, and calls go on meanwhile.
    """
    found = set()
    failed = [match.desired for match in matches if match.error and match.desired.present]
    for field in resource.settable:
        if field.role != LINK or field.type != "list":
            continue
        writes = [plan for plan in plans if isinstance(plan, (Create, Update)) and field.option in plan.links]
        claimed = {member for plan in writes for member in plan.desired.values[field.option] or ()}
        claimed.update(member for desired in failed for member in desired.values.get(field.option) or ())
        for plan in writes:
            if plan.current and claimed.intersection(plan.current.get(field.api) or ()) - set(
                plan.desired.values[field.option] or ()
            ):
                found.add(plan.current["id"])
    return found


def _near_duplicates(
    resource: Resource, plans: list[Plan], existing: Iterable[ApiObject], names: Mapping[str, str]
) -> tuple[str, ...]:
    """Return a warning for each object to be created whose key differs from another one only in formatting."""
    created = [resource.key_of(plan.desired.values) for plan in plans if isinstance(plan, Create)]
    if not created or resource.loose_key is None:
        return ()
    keys = {resource.key_of_object(obj) for obj in existing}
    first_spelling: dict[Any, Any] = {}
    changed = [final_key(resource, plan.desired, plan.current) for plan in plans if isinstance(plan, Update)]
    for key in (*sorted(keys), *sorted(changed)):
        first_spelling.setdefault(resource.loose_key(key), key)
    warnings = []
    for key in created:
        other = first_spelling.setdefault(resource.loose_key(key), key)
        if other != key:
            also = "exists" if other in keys else "is listed as well"
            warnings.append(
                f"Creating {resource.describe(key, names)} although {resource.describe(other, names)} {also};"
                " they differ only in formatting."
            )
    return tuple(warnings)
