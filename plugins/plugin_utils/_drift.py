# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How an organization differs from the lists that it is managed by, as the planner of the modules sees it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.dasha.blackbox.plugins.module_utils._common.errors import InvalidOptionsError
from ansible_collections.dasha.blackbox.plugins.module_utils._operations._fleet import PlannedFleet, plan_only
from ansible_collections.dasha.blackbox.plugins.module_utils._operations.sip_trunks import SPEC, read_fleet
from ansible_collections.dasha.blackbox.plugins.module_utils._planning.fleet import Match
from ansible_collections.dasha.blackbox.plugins.module_utils._planning.plan import (
    Create,
    Delete,
    Update,
    Write,
)
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.exported import is_provider_managed
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.schema import ApiObject, Resource
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.sip_credential import CREDENTIAL
from ansible_collections.dasha.blackbox.plugins.module_utils._running.operation import Invocation
from ansible_collections.dasha.blackbox.plugins.module_utils._running.progress import Progress
from ansible_collections.dasha.blackbox.plugins.module_utils._transport.errors import ApiError
from ansible_collections.dasha.blackbox.plugins.plugin_utils._audit import (
    OUTGOING,
    Detail,
    Finding,
    Organization,
    name_of_trunk,
)
from ansible_collections.dasha.blackbox.plugins.plugin_utils._plain import NotPlainError, to_plain
from ansible_collections.dasha.blackbox.plugins.plugin_utils._recorded import RecordedApi

# What no info module returns, so that no audit can compare it, and what only matters for writing.
NOT_AUDITED = ("auth_password", "authPassword", "update_password", "force")
OPTION_NAMES = {"phone_numbers": "desired", "trunks": "desired_trunks"}
OUTGOING_NAMES = (OUTGOING, "outgoingCallsAgentIds", "outgoing_calls_agents")


class Lists:
    """The lists that an organization is managed by.

    Args:
        numbers: entries for phone numbers, None if they are not given.
        trunks: entries for trunks, with or without phone numbers, None if they are not given.
        defaults: options for phone numbers that do not have them.

    Raises:
        AnsibleFilterError: they are no lists of mappings.
    """

    def __init__(self, numbers: Any, trunks: Any, defaults: Any) -> None:
        self.numbers = _read_list(numbers, "desired")
        self.trunks = _read_list(trunks, "desired_trunks")
        self.defaults = _read_plain(defaults, "defaults")

    @property
    def are_given(self) -> bool:
        """Return whether there is a list at all."""
        return self.numbers is not None or self.trunks is not None


def find_drift(organization: Organization, lists: Lists) -> Iterator[Finding]:
    """Yield how the organization differs from the lists."""
    try:
        planned = _plan(organization, lists)
    except InvalidOptionsError as error:
        yield from (Finding("list_invalid", message) for message in error.messages)
        return
    except ApiError as error:
        raise AnsibleFilterError(f"audit takes what the info modules return: {error.detail}.") from None
    for match in planned.plan.impossible:
        yield from _impossible(organization, match, planned)
    for plan in planned.plan.writes:
        yield from _difference(organization, plan, planned)
    if lists.trunks is not None:
        listed = {match.current["id"].lower() for match in planned.trunks if match.current}
        for trunk in organization.trunks or ():
            if trunk["id"].lower() not in listed and not is_provider_managed(trunk):
                yield organization.on_trunk("trunk_unlisted", trunk)


def _plan(organization: Organization, lists: Lists) -> PlannedFleet:
    left_out = (*NOT_AUDITED, *(() if organization.knows_callers else OUTGOING_NAMES))
    options = {name: details.get("default") for name, details in SPEC.options.items()}
    options["phone_numbers"] = _without(lists.numbers, left_out)
    options["trunks"] = _without(lists.trunks, left_out)
    options["defaults"] = _without(lists.defaults, left_out)
    options["option_names"] = OPTION_NAMES
    fleet = read_fleet(options)
    if lists.trunks is None:
        fleet = fleet._replace(trunks=None)
    if lists.numbers is not None:
        # A flat list is about all trunks; a list of trunks is about those whose phone numbers it has.
        existing = dict.fromkeys(number["credentials_id"].lower() for number in organization.numbers)
        fleet = fleet._replace(purge_on=[*fleet.purge_on, *existing])
    api = RecordedApi(organization.numbers, organization.trunks, organization.agents)
    return plan_only(Invocation(options, True, api, Progress()), fleet._replace(purge=True))


def _impossible(organization: Organization, match: Match, planned: PlannedFleet) -> Iterator[Finding]:
    if match.current and not match.desired.present:
        # A trunk that is to be deleted, but still has phone numbers.
        yield _found(organization, "unwanted", match.desired.resource, match.current)
    elif match.error:
        name = match.desired.resource.describe(match.key, planned.names.trunks)
        yield Finding("list_invalid", f"{match.desired.location} ({name}): {match.error.detail}.")


def _difference(organization: Organization, plan: Write, planned: PlannedFleet) -> Iterator[Finding]:
    if isinstance(plan, Create):
        key = {option: plan.desired.values.get(option) for option in plan.resource.key}
        yield _missing(plan.resource, key, planned)
    elif isinstance(plan, Delete):
        check = "unwanted" if plan.desired.location else "unlisted"
        yield _found(organization, check, plan.resource, plan.current)
    elif isinstance(plan, Update):
        changed = [option for option in plan.before if plan.before[option] != plan.after.get(option)]
        details = [Detail(option, plan.before[option], plan.after[option]) for option in changed]
        yield _found(organization, "differs", plan.resource, plan.current, *details)


def _found(organization: Organization, check: str, resource: Resource, obj: ApiObject, *details: Detail) -> Finding:
    """Return a finding about an object that exists."""
    result = resource.to_result(obj)
    if resource is CREDENTIAL:
        return organization.on_trunk(f"trunk_{check}", result, *details)
    return organization.on_number(f"number_{check}", result, *details)


def _missing(resource: Resource, key: Mapping[str, Any], planned: PlannedFleet) -> Finding:
    """Return a finding about an object that does not exist."""
    if resource is CREDENTIAL:
        return Finding("trunk_missing", name_of_trunk(key))
    return Finding(
        "number_missing", key["phone_number"], trunk=planned.names.trunk(key["credentials_id"]) or key["credentials_id"]
    )


def _read_list(entries: Any, option: str) -> list[Any] | None:
    if entries is None:
        return None
    if isinstance(entries, (str, Mapping)) or not isinstance(entries, Iterable):
        raise AnsibleFilterError(f"{option} must be a list of entries.")
    found: list[Any] = _read_plain(list(entries), option)
    return found


def _read_plain(value: Any, option: str) -> Any:
    try:
        return to_plain(value)
    except NotPlainError as error:
        raise AnsibleFilterError(f"{option} has a value that is neither text nor a number: {error}.") from None


def _without(value: Any, options: Collection[str]) -> Any:
    """Return entries, and the entries in them, without options that cannot be compared."""
    if isinstance(value, list):
        return [_without(member, options) for member in value]
    if not isinstance(value, dict):
        return value
    return {name: _without(member, options) for name, member in value.items() if name not in options}
