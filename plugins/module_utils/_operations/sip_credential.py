# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What `sip_credential` does: one trunk, from its options to the result."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._core.connection import connection_spec
from .._core.operation import Invocation, OperationSpec, Result
from .._core.options import resource_options
from .._planning.plan import Plan, describe_plan, make_plan
from .._reading.find import find_all, get_by_id, register_secrets
from .._resources.desired import Desired, check_uuid, read_values
from .._resources.schema import ApiObject
from .._resources.sip_credential import CREDENTIAL
from .._transport.client import Client
from .._transport.errors import InvalidOptionsError
from ._single import STATE, apply_or_preview, creation_lock, single_result

PASSWORD = "auth_password"


def manage_credential(invocation: Invocation) -> Result:
    """Bring one trunk to its desired state.

    Raises:
        InvalidOptionsError: the options are invalid, or an update would destroy the stored password.
        ApiError: a request failed.
    """
    desired = read_desired(invocation.options)
    with creation_lock(invocation, CREDENTIAL, desired):
        current = _find(invocation.client, desired)
        register_secrets(invocation.client, CREDENTIAL, [current] if current else [])
        plan = _plan(invocation.options, desired, current)
        outcome = apply_or_preview(invocation, CREDENTIAL, plan)
    header = describe_plan(CREDENTIAL, plan) or describe_target(invocation.options)
    return single_result("sip_credential", header, desired, outcome)


def read_desired(options: Mapping[str, Any]) -> Desired:
    """Return the desired state that the options describe.

    Raises:
        InvalidOptionsError: the options are invalid.
    """
    values = read_values(CREDENTIAL, options)
    if options["id"] is not None:
        check_uuid(options["id"], "id")
    elif "server" not in values:
        raise InvalidOptionsError("Set server (and auth_user if the trunk has one), or id.")
    return Desired(options["id"], values, options["state"] == "present", options["force"])


def describe_target(options: Mapping[str, Any]) -> str:
    """Return what the options identify, for messages."""
    if options["id"]:
        return f"SIP credential with id {options['id']}"
    return CREDENTIAL.describe((options["server"], options["auth_user"]))


def _plan(options: Mapping[str, Any], desired: Desired, current: ApiObject | None) -> Plan:
    """Return the plan; a password for creation only serves an update as the one that the PUT has to carry."""
    if current is not None and options["update_password"] == "on_create":
        values = {option: value for option, value in desired.values.items() if option != PASSWORD}
        desired = desired._replace(values=values)
    fallback_secrets = {PASSWORD: options[PASSWORD]} if options[PASSWORD] else {}
    return make_plan(CREDENTIAL, desired._replace(fallback_secrets=fallback_secrets), current)


def _find(client: Client, desired: Desired) -> ApiObject | None:
    if desired.object_id is not None:
        return get_by_id(client, CREDENTIAL, desired)
    key = {option: desired.values.get(option) for option in CREDENTIAL.key}
    found = CREDENTIAL.prefer_exact(find_all(client, CREDENTIAL, key), key)
    if len(found) > 1:
        raise InvalidOptionsError(
            f"{len(found)} SIP credentials have this server and auth_user: {', '.join(obj['id'] for obj in found)}."
            " Set id to choose one."
        )
    return found[0] if found else None


SPEC = OperationSpec(
    "sip_credential",
    {
        **connection_spec(),
        "id": {"type": "str"},
        **resource_options(CREDENTIAL),
        "state": STATE,
        "force": {"type": "bool", "default": False},
        # Explicitly no secret, because Ansible takes any option with such a name for one.
        "update_password": {
            "type": "str",
            "choices": ["always", "on_create"],
            "default": "on_create",
            "no_log": False,
        },
    },
    manage_credential,
    describe_target,
)
