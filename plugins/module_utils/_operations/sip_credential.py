# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What `sip_credential` does: one trunk, from its options to the result."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._ansible.module import Result, Task
from .._planning.plan import Plan, make_plan
from .._reading.find import find_all, get_by_id
from .._resources.credential import CREDENTIAL
from .._resources.desired import Desired, check_uuid, read_values
from .._resources.schema import ApiObject, is_cleartext
from .._transport.client import Client
from .._transport.errors import InvalidOptionsError
from .apply_or_preview import apply_or_preview

PASSWORD = "auth_password"


def manage_credential(task: Task) -> Result:
    """Bring one trunk to its desired state.

    Raises:
        InvalidOptionsError: the options cannot be meant, or an update would destroy the stored password.
        ApiError: a request failed.
    """
    desired = read_desired(task.options)
    current = _find(task.client, desired)
    _register_secrets(task, current)
    outcome = apply_or_preview(task, CREDENTIAL, _plan(task.options, desired, current))
    values: dict[str, Any] = {"changed": outcome.changed, "diff": {"before": outcome.before, "after": outcome.after}}
    if desired.present:
        values["sip_credential"] = outcome.view
    return Result(values, outcome.warnings)


def read_desired(options: Mapping[str, Any]) -> Desired:
    """Return the desired state that the options describe.

    Raises:
        InvalidOptionsError: the options cannot be meant.
    """
    values = read_values(CREDENTIAL, options)
    if options["id"] is not None:
        check_uuid(options["id"], "id")
    elif "server" not in values:
        raise InvalidOptionsError("Name the SIP credential: set server (and auth_user, where it has one), or its id.")
    return Desired(options["id"], values, options["state"] == "present", options["force"])


def describe_target(options: Mapping[str, Any]) -> str:
    """Return what the options name, for messages."""
    if options["id"]:
        return f"SIP credential with id {options['id']}"
    user = f" for user {options['auth_user']!r}" if options["auth_user"] else ""
    return f"SIP credential {options['server']!r}{user}"


def _plan(options: Mapping[str, Any], desired: Desired, current: ApiObject | None) -> Plan:
    """Return the plan; a password that is for creation only serves an update as the one to carry along."""
    if current is not None and options["update_password"] == "on_create":
        values = {option: value for option, value in desired.values.items() if option != PASSWORD}
        desired = desired._replace(values=values)
    fallback_secrets = {PASSWORD: options[PASSWORD]} if options[PASSWORD] else {}
    return make_plan(CREDENTIAL, desired._replace(fallback_secrets=fallback_secrets), current)


def _find(client: Client, desired: Desired) -> ApiObject | None:
    if desired.object_id is not None:
        return get_by_id(client, CREDENTIAL, desired)
    key = {option: desired.values.get(option) for option in CREDENTIAL.key}
    found = find_all(client, CREDENTIAL, key)
    if len(found) > 1:
        raise InvalidOptionsError(
            f"{len(found)} SIP credentials have this server and auth_user: {', '.join(obj['id'] for obj in found)}."
            " Say which one is meant with id."
        )
    return found[0] if found else None


def _register_secrets(task: Task, current: ApiObject | None) -> None:
    """Keep the passwords out of everything that leaves the module from now on."""
    stored = (current or {}).get("authPassword")
    for password in (task.options[PASSWORD], stored if is_cleartext(stored) else None):
        if password:
            task.client.secrets.add(password)
