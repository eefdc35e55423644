# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names of trunks and agents, which results, diffs and messages show in place of ids wherever they are known."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from .._common.errors import InvalidOptionsError, Problems
from .._common.workers import map_in_threads
from .._planning.plan import Create, Plan, Update
from .._reading.agents import AgentNames
from .._resources.entries import Entry
from .._resources.location import option_at
from .._resources.schema import NO_NAMES, Field, Resource
from .._resources.sip_credential import CREDENTIAL, trunk_name


class KnownNames(NamedTuple):
    """What a task has learned.

    Attributes:
        trunks: names by id in lower case. No two trunks have the same name here.
        agents: names by id.
        unborn: ids that stand for trunks which do not exist yet, with the real ones of those created since.
        all_trunks: names by id in lower case, also those that several trunks have.
    """

    trunks: Mapping[str, str] = NO_NAMES
    agents: Mapping[str, str] = NO_NAMES
    unborn: Mapping[str, str | None] = MappingProxyType({})
    all_trunks: Mapping[str, str] = NO_NAMES

    def with_created(self, created: Mapping[str, str]) -> KnownNames:
        """Return the names after trunks were created, given their real ids by those that stood for them."""
        return self._replace(
            trunks=_with_created(self.trunks, created),
            unborn={**self.unborn, **created},
            all_trunks=_with_created(self.all_trunks, created),
        )

    @property
    def existing_trunks(self) -> dict[str, str]:
        """Return the names by id of trunks that exist or are to be deleted, also those that several trunks have."""
        return {key: name for key, name in self.all_trunks.items() if key not in self.unborn}

    @property
    def identities(self) -> Mapping[str, str]:
        """Return, by id, what digests know trunks by: the name of one that does not exist yet, else name and id.

        Another trunk of the same name is another one, and so is a trunk that was renamed.
        """
        return {key: name if key in self.unborn else f"{name} {key}" for key, name in self.trunks.items()}

    def trunk(self, trunk_id: Any) -> str | None:
        """Return the name of a trunk, None if it is not known."""
        return self.trunks.get(trunk_id.lower()) if isinstance(trunk_id, str) else None

    def shown_id(self, value: Any) -> Any:
        """Return a value of a result: None for the id of a trunk that does not exist yet."""
        return self.unborn.get(value, value) if self.unborn and isinstance(value, str) else value

    def for_people(
        self, resource: Resource, before: Mapping[str, Any], after: Mapping[str, Any]
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return both sides of a diff with names in place of ids, under the options that take names."""
        sides = dict(before), dict(after)
        for field in resource.references:
            values = [side.get(field.option) for side in sides]
            if any(self._name(field, value) != value for value in values):
                sides = (self._renamed(field, sides[0]), self._renamed(field, sides[1]))
        return sides

    def _renamed(self, field: Field, side: Mapping[str, Any]) -> dict[str, Any]:
        return {
            field.named if option == field.option else option: self._name(field, value)
            if option == field.option
            else value
            for option, value in side.items()
        }

    def _name(self, field: Field, value: Any) -> Any:
        if isinstance(value, (list, tuple)):
            return [self._name(field, member) for member in value]
        known = self.trunk(value) if field.refers_to == "trunk" else self.agents.get(value or "")
        return value if known is None else known


NO_KNOWN_NAMES = KnownNames()


def _with_created(names: Mapping[str, str], created: Mapping[str, str]) -> dict[str, str]:
    return {**names, **{real.lower(): names[each] for each, real in created.items() if each in names}}


def resolve_names(
    entry: Entry, resolve_trunk: Callable[[str, str], str], agents: AgentNames, problems: Problems
) -> dict[str, Any]:
    """Return, by option, the ids that the names of an entry stand for.

    Args:
        resolve_trunk: returns the id of a trunk, given its name and where it comes from.
        problems: takes which names stand for nothing, or for several objects. Their options are left out.

    Raises:
        ApiError: trunks or agents could not be listed.
    """
    ids: dict[str, Any] = {}
    for option, names in entry.names.items():
        field = entry.desired.resource.by_option[option]
        location = option_at(entry.desired.location, field.named)
        try:
            if field.refers_to == "trunk":
                ids[option] = resolve_trunk(names, location)
            elif field.type == "list":
                ids[option] = _resolve_agents(names, location, agents)
            else:
                ids[option] = agents.resolve(names, location) if names else None
        except InvalidOptionsError as error:
            problems.extend(error.messages)
    return ids


def _resolve_agents(names: Sequence[str], location: str, agents: AgentNames) -> list[str]:
    """Return the ids of agents, or raise InvalidOptionsError with all that is wrong with their names."""
    found: list[str] = []
    messages: list[str] = []
    for index, name in enumerate(names):
        try:
            found.append(agents.resolve(name, f"{location}[{index}]"))
        except InvalidOptionsError as error:
            messages.extend(error.messages)
    if messages:
        raise InvalidOptionsError(*messages)
    _refuse_same(found, names, location)
    return found


def _refuse_same(ids: Sequence[str], names: Sequence[str], location: str) -> None:
    """Raise InvalidOptionsError if two names stand for the same object."""
    for index, object_id in enumerate(ids):
        first = ids.index(object_id)
        if first != index:
            both = f"{location}[{first}] and {location}[{index}]"
            raise InvalidOptionsError(f"{both} are the same: {names[first]!r:.60} and {names[index]!r:.60}.")


def check_linked_agents(plans: Iterable[Plan], agents: AgentNames, parallelism: int) -> tuple[str, ...]:
    """Return warnings about disabled agents that plans link.

    Raises:
        InvalidOptionsError: an agent does not exist.
        ApiError: an agent could not be read.
    """
    uses: dict[str, str] = {}
    for plan in plans:
        for option, agent_id in _linked_agents(plan):
            uses.setdefault(agent_id, option_at(plan.desired.location, option))
    found = dict(zip(uses, map_in_threads(agents.find, list(uses), parallelism)))
    problems = Problems()
    problems.extend(f"{uses[key]}: no agent has the id {key!r:.60}." for key, agent in found.items() if agent is None)
    problems.raise_if_any()
    return tuple(
        f"The agent {agent['name']!r} ({key}) is disabled, so it answers no calls."
        for key, agent in found.items()
        if agent and agent.get("isEnabled") is False
    )


def _linked_agents(plan: Plan) -> list[tuple[str, str]]:
    """Return the agents that a plan links, each with the option."""
    if not isinstance(plan, (Create, Update)):
        return []
    found: list[tuple[str, str]] = []
    for option in plan.links:
        field = plan.resource.by_option[option]
        value = plan.desired.values[option]
        if field.refers_to != "agent" or not value:
            continue
        linked = set((plan.current or {}).get(field.api) or ()) if field.type == "list" else set()
        members = set(value) - linked if field.type == "list" else {value}
        found += [(option, member) for member in sorted(members)]
    return found


def describe_object(change: Mapping[str, Any]) -> str:
    """Return the name of the object that an entry of a result is about, its id if it has none."""
    if change["object"] == CREDENTIAL.kind:
        name = trunk_name({"server": change["server"], "authUser": change["auth_user"]}) if change["server"] else ""
        return name or str(change["id"])
    return str(change["phone_number"] or change["id"])


def describe_with_trunk(change: Mapping[str, Any]) -> str:
    """Return what a list of objects calls the one of an entry of a result."""
    name, trunk = describe_object(change), change.get("trunk") or change.get("credentials_id")
    return f"{name} on {trunk}" if trunk else name
