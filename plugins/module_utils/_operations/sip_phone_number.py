# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What `sip_phone_number` does: one phone number, from its options to the result."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._common.errors import InvalidOptionsError, Problems
from .._planning.plan import Outcome, make_plan
from .._reading.agents import AgentNames
from .._reading.find import find_all, get_by_id
from .._reading.links import needs_links, with_links
from .._reading.trunks import TrunkNames
from .._resources.desired import Desired, check_uuid, read_values
from .._resources.entries import Entry, read_names, with_ids
from .._resources.schema import ApiObject
from .._resources.sip_phone_number import PHONE_NUMBER
from .._running.connection import connection_spec
from .._running.operation import Invocation, OperationSpec, Result
from .._running.options import resource_options
from .._transport.client import Client
from ._names import KnownNames, check_linked_agents, resolve_names
from ._phone_numbers import NUMBER_FORMAT, check_number_format
from ._single import STATE, apply_or_preview, check_seconds, single_result


def manage_number(invocation: Invocation) -> Result:
    """Bring one phone number to its desired state.

    Raises:
        InvalidOptionsError: the options are invalid.
        ApiError: a request failed.
        PlanFailure: a write failed.
    """
    client, options = invocation.client, invocation.options
    read_at = client.now()
    trunks, agents = TrunkNames(client), AgentNames(client)
    desired = _resolve(read_desired(options), trunks, agents)
    current = _find(client, desired)
    if current is not None and needs_links(desired):
        current = with_links(client, PHONE_NUMBER, current)
    plan = make_plan(desired, current)
    warnings = check_linked_agents([plan], agents, 1)
    outcome = apply_or_preview(invocation, plan, read_at)
    if desired.present and options["wait_for_registration"] and not invocation.check_mode:
        outcome = _wait(invocation, outcome)
    names = KnownNames(trunks.by_id, agents.by_id)
    outcome = outcome._replace(warnings=warnings + outcome.warnings)
    return single_result("sip_phone_number", plan, outcome, names)


def read_desired(options: Mapping[str, Any]) -> Entry:
    """Return the desired state that the options describe, with the names that stand in place of ids.

    Raises:
        InvalidOptionsError: the options are invalid.
    """
    object_id, present = options["id"], options["state"] == "present"
    values = read_values(PHONE_NUMBER, options)
    check_number_format(values, options["number_format"])
    names = read_names(PHONE_NUMBER, options)
    if object_id is not None:
        check_uuid(object_id, "id")
    elif "phone_number" not in values:
        raise InvalidOptionsError("Set phone_number, or the id of the phone number.")
    elif present and "credentials_id" not in values and "credentials_id" not in names:
        raise InvalidOptionsError(
            "Set trunk or credentials_id too: a phone number is identified by its number and its trunk, because several"
            " trunks may have the same number. Or set the id of the phone number."
        )
    check_seconds(options, "wait_timeout")
    return Entry(Desired(PHONE_NUMBER, object_id, values, present, options["force"]), names)


def _resolve(entry: Entry, trunks: TrunkNames, agents: AgentNames) -> Desired:
    """Return the desired state with ids in place of names.

    Raises:
        InvalidOptionsError: a name that stands for nothing.
        ApiError: trunks or agents could not be listed.
    """
    problems = Problems()
    ids = resolve_names(entry, trunks.resolve, agents, problems)
    problems.raise_if_any()
    return with_ids(entry, ids).desired


def describe_target(options: Mapping[str, Any]) -> str:
    """Return what the options identify, for messages."""
    if options["id"]:
        return f"phone number with id {options['id']}"
    trunk = options["trunk"] or options["credentials_id"]
    return f"phone number {options['phone_number']!r}" + (f" on trunk {trunk}" if trunk else "")


def _find(client: Client, desired: Desired) -> ApiObject | None:
    if desired.object_id is None:
        return _find_by_pair(client, desired)
    return get_by_id(client, PHONE_NUMBER, desired)


def _find_by_pair(client: Client, desired: Desired) -> ApiObject | None:
    pair = {option: desired.values[option] for option in PHONE_NUMBER.key if option in desired.values}
    found = find_all(client, PHONE_NUMBER, pair)
    if len(found) > 1:
        listed = ", ".join(f"{number['id']} (trunk {number['credentialsId']})" for number in found)
        raise InvalidOptionsError(
            f"{len(found)} trunks have the phone number {pair['phone_number']!r}: {listed}. Set trunk, credentials_id"
            " or id to choose one."
        )
    return found[0] if found else None


def _wait(invocation: Invocation, outcome: Outcome) -> Outcome:
    from .._applying.failure import Written
    from .._applying.registration import awaited, wait_failure, wait_for_registrations  # most tasks do not wait

    obj = outcome.obj or {}
    numbers = {obj["id"]: awaited(PHONE_NUMBER, outcome)}
    waited = wait_for_registrations(invocation.client, PHONE_NUMBER, numbers, invocation.options["wait_timeout"])
    (number,) = waited.values()
    if number.error is not None:
        written = Written()
        if outcome.changed:
            written.note(number.obj, outcome.after)
        raise wait_failure(number, number.error, written)
    derived = {field.api: obj[field.api] for field in PHONE_NUMBER.settable if field.derived and field.api in obj}
    return outcome._replace(result=PHONE_NUMBER.to_result({**number.obj, **derived}))


SPEC = OperationSpec(
    "sip_phone_number",
    {
        **connection_spec(),
        "id": {"type": "str"},
        **resource_options(PHONE_NUMBER),
        **{field.named: {"type": "str"} for field in PHONE_NUMBER.references if field.type != "list"},
        **{
            field.named: {"type": "list", "elements": "str"}
            for field in PHONE_NUMBER.references
            if field.type == "list"
        },
        "number_format": NUMBER_FORMAT,
        "state": STATE,
        "force": {"type": "bool", "default": False},
        "wait_for_registration": {"type": "bool", "default": False},
        "wait_timeout": {"type": "float", "default": 60.0},
    },
    manage_number,
    describe_target,
)
