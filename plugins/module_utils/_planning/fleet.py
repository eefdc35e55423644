# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plans for many objects at once: one plan for each, and deletions of what nobody asked for. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from .._common.errors import InvalidOptionsError
from .._resources.desired import Desired
from .._resources.schema import LINK, NO_NAMES, ApiObject, Resource
from .._transport.errors import ApiError, not_sent
from .plan import (
    CREATE,
    DELETE,
    METHODS,
    UPDATE,
    Create,
    Delete,
    Noop,
    Plan,
    Update,
    Write,
    final_key,
    final_object,
    key_values,
    make_plan,
    plan_delete,
)


class Match(NamedTuple):
    """An entry of a list, and the object that it is about.

    Attributes:
        current: None if the object does not exist yet, or not any more.
        key: of the object once the entry is applied.
        rekeyed: the object may have another key now.
        error: why nothing can be done for this entry.
    """

    desired: Desired
    current: ApiObject | None
    key: tuple[Any, ...]
    rekeyed: bool = False
    error: ApiError | None = None


class Stage(NamedTuple):
    """Writes that do not depend on one another.

    Attributes:
        takes_away: it removes something, so it only runs if everything before it succeeded.
        rereads_links: the stages before it may have changed links of its objects.
    """

    plans: Sequence[Write]
    takes_away: bool = False
    rereads_links: bool = False


class FleetPlan(NamedTuple):
    """What to do about a fleet.

    Attributes:
        stages: the writes, in their order.
        unchanged: plans with nothing to do.
        impossible: entries for which nothing can be done, with the reason.
        warnings: sentences for the user's attention.
    """

    stages: Sequence[Stage]
    unchanged: Sequence[Noop]
    impossible: Sequence[Match]
    warnings: tuple[str, ...] = ()

    @property
    def writes(self) -> list[Write]:
        """Return everything that will be written, in its order."""
        return [plan for stage in self.stages for plan in stage.plans]

    @property
    def claimed(self) -> frozenset[str]:
        """Return the members of lists of links that objects of the plan have afterwards."""
        found: set[str] = set()
        for plan in (*self.writes, *self.unchanged):
            for field in plan.resource.derived_fields if plan.desired.present else ():
                found.update(plan.desired.values.get(field.option) or ())
        return frozenset(found)

    @property
    def deletions(self) -> list[Delete]:
        """Return everything that will be deleted."""
        return [plan for plan in self.writes if isinstance(plan, Delete)]


class Purge(NamedTuple):
    """What may be deleted because nobody asked for it.

    Attributes:
        scopes: values of the resource's `scope`, beside those of the list itself.
        force: delete objects although something uses them.
        force_option: what the task calls the option for that, for messages.
    """

    scopes: Collection[str]
    force: bool
    force_option: str = "force"


def match_all(
    wanted: Sequence[Desired],
    existing: Iterable[ApiObject],
    resource: Resource,
    move_from: Collection[str] = (),
) -> list[Match]:
    """Return what each entry is about.

    Args:
        wanted: desired states of objects of the resource.
        existing: all objects of the organization, as the API lists them.
        move_from: values of the resource's `scope`. An object that does not exist, but exists with the rest of its key
            in one of these, is that one.
    """
    existing = list(existing)
    by_key: dict[Any, ApiObject] = {}
    doubles: dict[Any, list[ApiObject]] = {}
    for obj in existing:
        for key in resource.keys_of_object(obj):
            first = by_key.setdefault(key, obj)
            if first is not obj:
                doubles.setdefault(key, [first]).append(obj)
    by_id = {obj["id"].lower(): obj for obj in existing} if any(one.object_id for one in wanted) else {}
    matches = [_match_one(desired, by_key, doubles, by_id) for desired in wanted]
    if move_from:
        _match_moves(resource, matches, by_key, [scope.lower() for scope in move_from])
    return matches


def _match_one(
    desired: Desired,
    by_key: Mapping[Any, ApiObject],
    doubles: Mapping[Any, list[ApiObject]],
    by_id: Mapping[str, ApiObject],
) -> Match:
    resource = desired.resource
    if desired.object_id is None:
        match = Match(desired, by_key.get(key := resource.key_of(desired.values)), key)
        if key not in doubles:
            return match
        # The next run would take one in another spelling for the one that this run deletes.
        exact = resource.prefer_exact(doubles[key], desired.values) if desired.present else doubles[key]
        if len(exact) == 1:
            return match._replace(current=exact[0])
        ids = ", ".join(sorted(obj["id"] for obj in exact))
        detail = f"several have this key ({ids}); set id to choose one"
        return _impossible(match._replace(current=None), "Ambiguous", detail)
    obj = by_id.get(desired.object_id.lower())
    match = Match(desired, obj, final_key(desired, obj), rekeyed=True)
    if obj is None and desired.present:
        path = resource.object_path(desired.object_id)
        detail = f"no {resource.label} has this id; omit id to create one"
        return match._replace(error=ApiError("GET", path, status=404, title="Not Found", detail=detail))
    identity = {option: desired.values[option] for option in resource.key if option in desired.values}
    if obj is not None and not desired.present and not resource.matches(obj, identity):
        detail = f"the {resource.label} with this id differs from the entry in {' or '.join(identity)}"
        return _impossible(match, "Another object", detail)
    return match


def _impossible(match: Match, title: str, detail: str) -> Match:
    """Return an entry for which nothing can be done, and nothing was sent."""
    resource, current = match.desired.resource, match.current
    action = DELETE if not match.desired.present else CREATE if current is None else UPDATE
    path = resource.path if current is None else resource.object_path(current["id"])
    return match._replace(error=not_sent(METHODS[action], path, title, detail))


def _match_moves(resource: Resource, matches: list[Match], by_key: Mapping[Any, ApiObject], scopes: list[str]) -> None:
    """Let entries whose object does not exist take over one that exists in another scope."""
    position = resource.key.index(resource.scope)
    taken = {match.current["id"] for match in matches if match.current}
    missing = {
        match.key: index
        for index, match in enumerate(matches)
        if match.current is None and match.error is None and match.desired.present and not match.rekeyed
    }
    # In the order of keys, so that the order of the list does not decide which of two entries gets an object.
    for key, index in sorted(missing.items()):
        keys = [(*key[:position], scope, *key[position + 1 :]) for scope in dict.fromkeys(scopes)]
        found = [by_key[other] for other in keys if other in by_key and by_key[other]["id"] not in taken]
        if len(found) == 1:
            matches[index] = matches[index]._replace(current=found[0], rekeyed=True)
            taken.add(found[0]["id"])
        elif found:
            ids = ", ".join(obj["id"] for obj in found)
            detail = f"it exists in several places to move it from ({ids}); set id to choose one"
            matches[index] = _impossible(matches[index], "Ambiguous move", detail)


def plan_fleet(
    resource: Resource,
    matches: list[Match],
    existing: Sequence[ApiObject],
    *,
    settled: Sequence[Desired] = (),
    purge: Purge | None = None,
    names: Mapping[str, str] = NO_NAMES,
) -> FleetPlan:
    """Return the plans that take the existing objects to the desired ones.

    Args:
        matches: with everything in `current` that the desired states are about.
        existing: all objects of the organization that the plan depends on.
        settled: further entries, whose objects exist, are as they should be, and are not among `existing`.
        names: of parents by id, for messages.

    Raises:
        InvalidOptionsError: two entries contradict each other.
    """
    _refuse_contradictions(resource, matches, names)
    if purge and resource.scope:
        purge = purge._replace(scopes={*purge.scopes, *(desired.values[resource.scope] for desired in settled)})
    purged = _plan_purge(resource, matches, existing, purge) if purge else []
    matches = _refuse_taken_keys(resource, matches, existing, purged)
    order = _order_of_followers(resource, matches)
    matches = [_refuse_swap(match) if _id(match) in order.swapped else match for match in matches]
    plans: list[Plan] = [make_plan(match.desired, match.current) for match in matches if match.error is None]
    warnings = _near_duplicates(resource, plans, (existing, settled), names)
    plans += purged
    turns = {**order.turns, **{key: max(1, order.turns.get(key, 0)) for key in _given_away(resource, plans, matches)}}
    writes: list[list[Write]] = [[] for _turn in range(max([1, *turns.values()]) + 1)]
    for plan in plans:
        if isinstance(plan, (Create, Update)):
            writes[turns.get(plan.current["id"], 0) if plan.current else 0].append(plan)
    return FleetPlan(
        [
            Stage(writes[0]),
            *(Stage(later, True, rereads_links=True) for later in writes[1:]),
            Stage([plan for plan in plans if isinstance(plan, Delete)], True),
        ],
        [*(plan for plan in plans if isinstance(plan, Noop)), *(Noop(desired, None) for desired in settled)],
        [match for match in matches if match.error],
        warnings,
    )


def _refuse_contradictions(resource: Resource, matches: list[Match], names: Mapping[str, str]) -> None:
    """Raise InvalidOptionsError if two entries are about the same object, or one wants what another one does not."""
    by_id: dict[str, Match] = {}
    by_key: dict[Any, Match] = {}
    for match in matches:
        if match.error:
            continue
        others = [by_id.setdefault(match.current["id"], match)] if match.current else []
        if match.desired.object_id is None or (resource.unique_key and match.desired.present):
            others.append(by_key.setdefault(match.key, match))
        for other in others:
            if other is not match:
                both = f"{other.desired.location} and {match.desired.location}"
                what = resource.describe(match.key, names)
                if other.desired.present == match.desired.present:
                    raise InvalidOptionsError(f"{both} are about the same {what}.")
                raise InvalidOptionsError(f"{both} contradict each other: only one of them deletes {what}.")
    _refuse_keys_of_others(resource, by_key.values(), by_id.values(), names)


def _refuse_keys_of_others(
    resource: Resource, found_by_key: Iterable[Match], found: Iterable[Match], names: Mapping[str, str]
) -> None:
    """Raise InvalidOptionsError if an entry is identified by the key that another one gives to another object.

    Once the task is applied, it would stand for both.
    """
    renamed = [match for match in found if match.desired.present and match.rekeyed]
    if resource.unique_key or not renamed:
        return
    by_key = {key: match for match in found_by_key for key in resource.keys_of(match.desired.values)}
    for match in renamed:
        other = next(
            (
                by_key[key]
                for key in resource.keys_of_object(final_object(match.desired, match.current))
                if key in by_key
            ),
            match,
        )
        if other is not match:
            becomes = f"{match.desired.location} becomes {resource.describe(match.key, names)}"
            raise InvalidOptionsError(
                f"{becomes}, which identifies {other.desired.location}. Set its id, or leave one of the two out."
            )


def _refuse_taken_keys(
    resource: Resource, matches: list[Match], existing: Iterable[ApiObject], purged: Sequence[Delete]
) -> list[Match]:
    """Return the matches, with an error for each that would give an object the key of another one that stays.

    An object that is deleted stays for this purpose: deletions are the last stage.
    """
    changing = {match.key: index for index, match in enumerate(matches) if _changes_key(resource, match)}
    if not changing or not resource.unique_key:
        return matches
    holders = {key: obj for obj in existing if (key := resource.key_of_object(obj)) in changing}
    leaving = {_id(matches[index]) for index in changing.values()}
    deleted = {plan.current["id"] for plan in purged}
    deleted |= {match.current["id"] for match in matches if match.current and not match.desired.present}
    checked = list(matches)
    # What keeps its own key because of a refusal is in the way of another one.
    refused = [key for key, obj in holders.items() if obj["id"] not in leaving]
    while refused:
        key = refused.pop()
        index, holder = changing[key], holders[key]
        detail = f"{holder['id']} is this {resource.label} already"
        if holder["id"] in deleted:
            detail = f"{detail}, and deletions come last; delete it in a run of its own first"
        checked[index] = _impossible(matches[index], "Already exists", detail)
        stays = resource.key_of_object(matches[index].current or {})
        if stays in holders:
            refused.append(stays)
    return checked


def _changes_key(resource: Resource, match: Match) -> bool:
    is_kept = match.error is None and match.desired.present
    return bool(match.rekeyed and match.current and is_kept and match.key != resource.key_of_object(match.current))


def _id(match: Match) -> str | None:
    return match.current["id"] if match.current else None


class _Order(NamedTuple):
    """When objects get keys that others of the same run give up.

    Attributes:
        turns: by id of each object that gets another key, how many go before it.
        swapped: ids of objects of which each one waits for another one.
    """

    turns: Mapping[str, int]
    swapped: Collection[str]


def _order_of_followers(resource: Resource, matches: list[Match]) -> _Order:
    if not resource.unique_key:
        return _Order({}, ())
    changing = {match.key: match.current for match in matches if match.current and _changes_key(resource, match)}
    given_up = {resource.key_of_object(current) for current in changing.values()}
    turns: dict[str, int] = {}
    for key in changing.keys() - given_up:
        turn = 0
        # Whoever gets the key that this object gives up comes next.
        obj = changing.get(key)
        while obj is not None:
            turns[obj["id"]] = turn
            obj, turn = changing.get(resource.key_of_object(obj)), turn + 1
    return _Order(turns, {obj["id"] for obj in changing.values()} - turns.keys())


def _refuse_swap(match: Match) -> Match:
    key = " and ".join(match.desired.resource.key)
    detail = (
        f"several entries exchange their {key}, and no order of requests can do that; change one of them to unused"
        " values first, in a run of its own"
    )
    return _impossible(match, "Swap", detail)


def _plan_purge(resource: Resource, matches: list[Match], existing: Iterable[ApiObject], purge: Purge) -> list[Delete]:
    position = resource.key.index(resource.scope) if resource.scope else 0
    kept_keys = {match.key for match in matches if match.error is None}
    kept_ids = {match.current["id"] for match in matches if match.current}
    # Several objects may have a key that is not unique: an entry keeps the one that it is about, or none is known.
    unknown = {match.key for match in matches if match.current is None and match.desired.object_id is None}
    spared = kept_keys if resource.unique_key else unknown
    scopes = {scope.lower() for scope in purge.scopes}
    if resource.scope:
        scopes |= {key[position] for key in kept_keys}
    plans = []
    for obj in existing:
        keys = resource.keys_of_object(obj)
        if (resource.scope and keys[0][position] not in scopes) or obj["id"] in kept_ids:
            continue
        if not spared.isdisjoint(keys):
            continue
        if not resource.managed_by_provider(obj):
            # The key is part of it, so that what others have given another key in the meantime is not deleted.
            values = key_values(resource, obj)
            desired = Desired(resource, obj["id"], values, False, purge.force, force_option=purge.force_option)
            plans.append(plan_delete(desired, obj))
    return plans


def with_links_of_deletions(plan: FleetPlan, links: Mapping[str, ApiObject | ApiError]) -> FleetPlan:
    """Return a plan whose deletions know the links that go with them.

    Args:
        links: objects with their links by id, or why these could not be read.
    """
    impossible: list[Match] = []

    def with_links(write: Write) -> list[Write]:
        read = links.get(write.current["id"]) if isinstance(write, Delete) and write.current else None
        if isinstance(read, ApiError):
            key = write.resource.key_of_object(write.current or {})
            impossible.append(Match(write.desired, write.current, key, error=read))
            return []
        return [write if read is None else plan_delete(write.desired, read)]

    stages = [
        stage._replace(plans=[new for write in stage.plans for new in with_links(write)]) for stage in plan.stages
    ]
    return plan._replace(stages=stages, impossible=[*plan.impossible, *impossible])


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
    resource: Resource,
    plans: list[Plan],
    found: tuple[Iterable[ApiObject], Iterable[Desired]],
    names: Mapping[str, str],
) -> tuple[str, ...]:
    """Return a warning for each object to be created whose key differs from another one only in formatting."""
    created = [resource.key_of(plan.desired.values) for plan in plans if isinstance(plan, Create)]
    if not created or resource.loose_key is None:
        return ()
    existing, settled = found
    keys = {resource.key_of_object(obj) for obj in existing}
    keys.update(resource.key_of(desired.values) for desired in settled)
    first_spelling: dict[Any, Any] = {}
    changed = [final_key(plan.desired, plan.current) for plan in plans if isinstance(plan, Update)]
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
