# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How an organization differs from the lists that it is managed by, as the planner of the modules sees it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from ansible.errors import AnsibleFilterError

from ansible_collections.dasha.blackbox.plugins.module_utils._common.errors import InvalidOptionsError, Problems
from ansible_collections.dasha.blackbox.plugins.module_utils._operations._fleet import PlannedFleet, plan_only
from ansible_collections.dasha.blackbox.plugins.module_utils._operations._numbers_file import FILE
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
from ansible_collections.dasha.blackbox.plugins.module_utils._running.labels import Labels
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
from ansible_collections.dasha.blackbox.plugins.plugin_utils._numbers_file import prepare_reading
from ansible_collections.dasha.blackbox.plugins.plugin_utils._plain import NotPlainError, to_plain
from ansible_collections.dasha.blackbox.plugins.plugin_utils._recorded import RecordedApi

# What no info module returns, so that no audit can compare it, and what only matters for writing.
NOT_AUDITED = ("auth_password", "authPassword", "update_password", "force")
OPTION_NAMES = {"phone_numbers": "desired", "trunks": "desired_trunks", FILE: "desired_file"}
OUTGOING_NAMES = (OUTGOING, "outgoingCallsAgentIds", "outgoing_calls_agents")


class Lists(NamedTuple):
    """The lists that an organization is managed by.

    Attributes:
        numbers: entries for phone numbers, None if they are not given.
        trunks: entries for trunks, with or without phone numbers, None if they are not given.
        defaults: options for phone numbers that do not have them.
        path: of a file with further phone numbers.
        columns, region: how to read it, as for `phone_numbers_file`.
    """

    numbers: list[Any] | None = None
    trunks: list[Any] | None = None
    defaults: Any = None
    path: str | None = None
    columns: Any = None
    region: Any = None

    @property
    def have_numbers(self) -> bool:
        """Return whether there is a list of phone numbers on its own."""
        return self.numbers is not None or self.path is not None


def read_lists(**given: Any) -> Lists:
    """Return the lists, given as the attributes of `Lists`, in plain types.

    Raises:
        AnsibleFilterError: they are no lists of entries.
    """
    plain = {option: _read_plain(value, OPTION_NAMES.get(option, option)) for option, value in given.items()}
    # Up to ansible-core 2.18, a template makes an empty text of null.
    plain = {option: None if value == "" else value for option, value in plain.items()}
    for option, label in (("numbers", "desired"), ("trunks", "desired_trunks")):
        if plain[option] is not None and not isinstance(plain[option], list):
            raise AnsibleFilterError(f"{label} must be a list of entries.")
    if plain["path"] is not None and not isinstance(plain["path"], str):
        raise AnsibleFilterError("desired_file must be the path of a file.")
    return Lists(**plain)


def find_drift(organization: Organization, lists: Lists) -> Iterator[Finding]:
    """Yield how the organization differs from the lists."""
    # Somebody may have deleted an agent or a trunk, which must not hide how everything else differs.
    problems, planned = Problems(), None
    try:
        with problems.collect():
            planned = _plan(organization, lists, problems)
    except ApiError as error:
        raise AnsibleFilterError(f"audit takes what the info modules return: {error.detail}.") from None
    for message in InvalidOptionsError(*problems.messages).kinds:
        yield Finding("list_invalid", message)
    if planned:
        yield from _differences(organization, lists, planned)


def _differences(organization: Organization, lists: Lists, planned: PlannedFleet) -> Iterator[Finding]:
    for match in planned.plan.impossible:
        yield from _impossible(organization, match, planned)
    # On which trunk the list has them cannot be told, but it does have them.
    ids = {entry.desired.object_id.lower() for entry in planned.left_out if entry.desired.object_id}
    phone_numbers = {entry.desired.values.get("phone_number") for entry in planned.left_out} - {None}
    for plan in planned.plan.writes:
        is_purged = isinstance(plan, Delete) and not plan.desired.location
        current = plan.current or {}
        if not is_purged or (current["id"].lower() not in ids and current.get("phoneNumber") not in phone_numbers):
            yield from _difference(organization, plan, planned)
    if lists.trunks is not None:
        listed = {match.current["id"].lower() for match in planned.trunks if match.current}
        for trunk in organization.trunks or ():
            if trunk["id"].lower() not in listed and not is_provider_managed(trunk):
                yield organization.on_trunk("trunk_unlisted", trunk)


def _plan(organization: Organization, lists: Lists, problems: Problems) -> PlannedFleet:
    left_out = (*NOT_AUDITED, *(() if organization.knows_callers else OUTGOING_NAMES))
    options = {name: details.get("default") for name, details in SPEC.options.items()}
    options["phone_numbers"] = _without(lists.numbers, left_out)
    options["trunks"] = _without(lists.trunks, left_out)
    options["defaults"] = _without(lists.defaults, left_out)
    options["option_names"] = OPTION_NAMES
    options[FILE] = _without(_read_file(lists), left_out)
    fleet = read_fleet(options)
    if lists.trunks is None:
        fleet = fleet._replace(trunks=None)
    if lists.have_numbers:
        # A flat list is about all trunks; a list of trunks is about those whose phone numbers it has.
        existing = dict.fromkeys(number["credentials_id"].lower() for number in organization.numbers)
        fleet = fleet._replace(purge_on=[*fleet.purge_on, *existing])
    api = RecordedApi(organization.numbers, organization.trunks, organization.agents)
    return plan_only(Invocation(options, True, api, Progress()), fleet._replace(purge=True), problems)


def _read_file(lists: Lists) -> dict[str, Any] | None:
    """Return the file with phone numbers as the operation takes it.

    Raises:
        InvalidOptionsError: its content, or how it is to be read, is invalid.
        AnsibleFilterError: it cannot be read.
    """
    if lists.path is None:
        return None
    read = prepare_reading(lists.path, lists.columns, lists.region, Labels(OPTION_NAMES))
    try:
        data = Path(lists.path).read_bytes()
    except OSError as error:
        raise AnsibleFilterError(f"desired_file {lists.path!r:.200} cannot be read: {error.strerror}.") from None
    return read(data)


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
