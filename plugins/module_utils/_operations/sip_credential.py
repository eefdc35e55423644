# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What `sip_credential` does: one trunk, from its options to the result."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._common.errors import InvalidOptionsError
from .._planning.plan import make_plan
from .._reading.find import find_all, get_by_id, register_secrets
from .._resources.desired import Desired, check_uuid, read_values
from .._resources.schema import ApiObject
from .._resources.sip_credential import CREDENTIAL
from .._running.connection import connection_spec
from .._running.operation import Invocation, OperationSpec, Result
from .._running.options import resource_options
from .._transport.client import Client
from ._single import STATE, apply_or_preview, object_lock, single_result

PASSWORD = "auth_password"
# Explicitly no secret, because Ansible takes any option with such a name for one.
UPDATE_PASSWORD: dict[str, Any] = {
    "type": "str",
    "choices": ["always", "on_create"],
    "default": "on_create",
    "no_log": False,
}


def manage_credential(invocation: Invocation) -> Result:
    """Bring one trunk to its desired state.

    Raises:
        InvalidOptionsError: the options are invalid, or an update would destroy the stored password.
        ApiError: a request failed.
    """
    desired = read_desired(invocation.options)
    with object_lock(invocation, desired):
        read_at = invocation.client.now()
        current = _find(invocation.client, desired)
        register_secrets(invocation.client, CREDENTIAL, [current] if current else [])
        plan = make_plan(desired, current)
        outcome = apply_or_preview(invocation, plan, read_at)
    return single_result("sip_credential", plan, outcome)


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
    # A password for the creation serves an update only as the one that the PUT has to carry.
    on_create = (PASSWORD,) if options["update_password"] == "on_create" else ()
    return Desired(
        CREDENTIAL, options["id"], values, options["state"] == "present", options["force"], on_create=on_create
    )


def describe_target(options: Mapping[str, Any]) -> str:
    """Return what the options identify, for messages."""
    if options["id"]:
        return f"SIP credential with id {options['id']}"
    return CREDENTIAL.describe((options["server"], options["auth_user"]))


def _find(client: Client, desired: Desired) -> ApiObject | None:
    if desired.object_id is not None:
        return get_by_id(client, CREDENTIAL, desired)
    key = {option: desired.values.get(option) for option in CREDENTIAL.key}
    found = find_all(client, CREDENTIAL, key)
    if desired.present:
        # The next run would take one in another spelling for the one that this run deletes.
        found = CREDENTIAL.prefer_exact(found, key)
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
        "update_password": UPDATE_PASSWORD,
    },
    manage_credential,
    describe_target,
)
