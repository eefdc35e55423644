# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What `sip_phone_number` does: one phone number, from its options to the result."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._ansible.module import Result, Task
from .._planning.plan import Outcome, make_plan
from .._reading.find import find_all, get_by_id
from .._resources.desired import Desired, check_uuid, read_values
from .._resources.phone_number import PHONE_NUMBER
from .._resources.schema import ApiObject
from .._transport.client import Client
from .._transport.errors import ApiError, InvalidOptionsError
from .apply_or_preview import apply_or_preview


def manage_number(task: Task) -> Result:
    """Bring one phone number to its desired state.

    Raises:
        InvalidOptionsError: the options cannot be meant.
        ApiError: a request failed.
    """
    desired = read_desired(task.options)
    current = _find(task.client, desired)
    plan = make_plan(PHONE_NUMBER, desired, current)
    outcome = apply_or_preview(task, PHONE_NUMBER, plan)
    if desired.present and task.options["wait_for_registration"] and not task.check_mode:
        outcome = _wait(task, outcome)
    return Result(_values(desired, outcome), outcome.warnings)


def read_desired(options: Mapping[str, Any]) -> Desired:
    """Return the desired state that the options describe.

    Raises:
        InvalidOptionsError: the options cannot be meant.
    """
    object_id, present = options["id"], options["state"] == "present"
    values = read_values(PHONE_NUMBER, options)
    if object_id is not None:
        check_uuid(object_id, "id")
    elif "phone_number" not in values:
        raise InvalidOptionsError("Name the phone number: set phone_number, or the number's id.")
    elif present and "credentials_id" not in values:
        raise InvalidOptionsError(
            "Set credentials_id too: a phone number is named by its trunk as well, as several trunks may hold the same"
            " number. Or set the number's id."
        )
    if not 0 <= options["wait_timeout"] < float("inf"):
        raise InvalidOptionsError(f"wait_timeout must be at least 0, not {options['wait_timeout']!r}.")
    return Desired(object_id, values, present, options["force"])


def describe_target(options: Mapping[str, Any]) -> str:
    """Return what the options name, for messages."""
    if options["id"]:
        return f"phone number with id {options['id']}"
    trunk = f" on trunk {options['credentials_id']}" if options["credentials_id"] else ""
    return f"phone number {options['phone_number']!r}{trunk}"


def _find(client: Client, desired: Desired) -> ApiObject | None:
    if desired.object_id is None:
        return _find_by_pair(client, desired)
    return get_by_id(client, PHONE_NUMBER, desired)


def _find_by_pair(client: Client, desired: Desired) -> ApiObject | None:
    pair = {option: desired.values[option] for option in PHONE_NUMBER.key if option in desired.values}
    found = find_all(client, PHONE_NUMBER, pair)
    if len(found) > 1:
        listed = ", ".join(f"{number['id']} (trunk {number.get('credentialsId')})" for number in found)
        raise InvalidOptionsError(
            f"{len(found)} trunks hold the phone number {pair['phone_number']!r}: {listed}. Say which one is meant with"
            " credentials_id or id."
        )
    return found[0] if found else None


def _wait(task: Task, outcome: Outcome) -> Outcome:
    from .._applying.registration import wait_for_registration  # most tasks do not wait

    obj = outcome.obj or {}
    try:
        obj = wait_for_registration(task.client, PHONE_NUMBER, obj, task.options["wait_timeout"])
    except ApiError as error:
        error.partial_result = obj if outcome.changed else None
        raise
    return outcome._replace(view=PHONE_NUMBER.to_result(obj))


def _values(desired: Desired, outcome: Outcome) -> dict[str, Any]:
    values: dict[str, Any] = {
        "changed": outcome.changed,
        "diff": {"before": outcome.before, "after": outcome.after},
    }
    if desired.present:
        values["sip_phone_number"] = outcome.view
    return values
