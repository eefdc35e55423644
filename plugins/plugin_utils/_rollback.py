# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Entries of a fleet task that undo what another one did."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.dasha.blackbox.plugins.module_utils._operations._names import describe_object
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.schema import LINK
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.sip_credential import (
    CREDENTIAL,
    TRANSPORTS,
    canonical_server,
    trunk_keys,
)
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.sip_phone_number import PHONE_NUMBER
from ansible_collections.dasha.blackbox.plugins.plugin_utils._fleet_result import (
    RESOURCES,
    Change,
    FleetResult,
)

LINKS = tuple(field.option for field in PHONE_NUMBER.settable if field.role == LINK)
PASSWORD = "auth_password"

Entries = list[dict[str, Any]]


def undo_all(result: FleetResult, passwords: Mapping[str, str]) -> dict[str, Entries]:
    """Return the entries for trunks and for phone numbers that undo a result, the last change first.

    Args:
        passwords: of trunks by name, for those that were deleted or got another password.

    Raises:
        AnsibleFilterError: a password is missing, or entries cannot bring a trunk back.
    """
    changes = list(_with_unknown(result))
    _refuse_shared_names(changes, result.trunk_names)
    _require_passwords(changes, passwords)
    # A trunk that comes back has a new id.
    names = {
        str(change["id"]).lower(): describe_object(change)
        for change in changes
        if change["object"] == CREDENTIAL.kind and change["action"] == "delete"
    }
    undone: dict[str, Entries] = {kind: [] for kind in RESOURCES}
    for change in reversed(changes):
        undone[change["object"]].append(_undo(change, names, passwords))
    return undone


def _with_unknown(result: FleetResult) -> Iterable[Change]:
    """Yield what was changed, and what requests that may have been applied have changed."""
    unknown = {_identity(failure): failure for failure in result.unknown}
    for change in result.changes:
        also = unknown.pop(_identity(change), None)
        if also is None:
            yield change
        elif also["action"] == "delete":
            # It had lost an agent before, which is part of how it comes back.
            yield {**also, "before": {**also["before"], **change["before"]}, "unknown": True}
        else:
            yield {**change, "after": {**change["after"], **also["after"]}, "unknown": True}
    for failure in unknown.values():
        yield {**failure, "unknown": True}


def _identity(change: Change) -> tuple[Any, ...]:
    return (change["object"], change.get("change_id"), *(change[option] for option in RESOURCES[change["object"]].key))


def _refuse_shared_names(changes: Sequence[Change], trunk_names: Mapping[str, str]) -> None:
    """Raise AnsibleFilterError if a deleted trunk has the server and user of another one.

    An entry without an id would be about the other one.
    """
    for change in changes:
        if change["object"] != CREDENTIAL.kind or change["action"] != "delete":
            continue
        own = (canonical_server(str(change["server"])), str(change["auth_user"] or ""))
        others = [trunk_id for trunk_id, name in trunk_names.items() if trunk_id != str(change["id"]).lower()]
        same = next((trunk_id for trunk_id in others if own in _possible_keys(trunk_names[trunk_id])), None)
        if same:
            raise AnsibleFilterError(
                f"rollback cannot restore the trunk {describe_object(change)} ({change['id']}): the trunk {same} has"
                " the same server and user, so the entries would change that one. Manually create the trunk and its"
                " phone numbers. To undo the other changes, remove these from changes in the result."
            )


def _possible_keys(name: str) -> set[tuple[str, str]]:
    """Return the keys of a trunk with this name; which port is the default one depends on its protocol."""
    user, _at, server = name.rpartition("@")
    trunk = {"server": server, "auth_user": user}
    return {key for transport in TRANSPORTS for key in trunk_keys({**trunk, "transport": transport})}


def _require_passwords(changes: Sequence[Change], passwords: Mapping[str, str]) -> None:
    needed = [
        _name_before(change)
        for change in changes
        if change["object"] == CREDENTIAL.kind
        and (
            (change["action"] == "delete" and change["before"].get("auth_user"))
            or (change["action"] == "update" and PASSWORD in change["after"])
        )
    ]
    missing = sorted({name for name in needed if name not in passwords})
    if missing:
        raise AnsibleFilterError(
            f"rollback needs the previous passwords of {', '.join(missing)}, which no result contains. Pass them as"
            " passwords (blackbox_passwords in the playbook), a mapping of trunks (user@server) to passwords, with an"
            " empty one for a trunk that had none."
        )


def _undo(change: Change, names: Mapping[str, str], passwords: Mapping[str, str]) -> dict[str, Any]:
    if change["action"] == "create":
        return _undo_create(change)
    entry = _undo_update(change) if change["action"] == "update" else _undo_delete(change)
    name = _name_before(change)
    if name in passwords:
        had_another = change["action"] == "update" and (PASSWORD in change["after"] or not passwords[name])
        # With on_create, a PUT carries it if the API does not return the stored one.
        entry = {**entry, PASSWORD: passwords[name], "update_password": "always" if had_another else "on_create"}
    if str(entry.get("credentials_id")).lower() in names:
        entry["trunk"] = names[str(entry.pop("credentials_id")).lower()]
    return entry


def _undo_create(change: Change) -> dict[str, Any]:
    key = {option: change["after"].get(option, change[option]) for option in RESOURCES[change["object"]].key}
    # With its key as well, so that what has become another object is not deleted.
    entry = {"id": change["id"], **key}
    entry = {option: value for option, value in entry.items() if value is not None}
    # The agents that the task linked itself must not prevent the deletion.
    force = {"force": True} if any(change["after"].get(option) for option in LINKS) else {}
    return {**entry, "state": "absent", **force}


def _undo_update(change: Change) -> dict[str, Any]:
    before, after = change["before"], change["after"]
    changed = [option for option in before if before[option] != after.get(option)]
    values = {option: _value(change["object"], option, before[option]) for option in changed}
    return {"id": change["id"], "state": "present", **values}


def _undo_delete(change: Change) -> dict[str, Any]:
    values: Mapping[str, Any] = change["before"]
    return {**{option: value for option, value in values.items() if value not in (None, [])}, "state": "present"}


def _name_before(change: Change) -> str:
    """Return the name of a trunk as it was before; empty for a phone number."""
    if change["object"] != CREDENTIAL.kind:
        return ""
    return describe_object(
        {**change, **{option: change["before"].get(option, change[option]) for option in CREDENTIAL.key}}
    )


def _value(kind: str, option: str, value: Any) -> Any:
    """Return a value as an entry sets it: null would leave the current one alone."""
    if value is not None:
        return value
    field = RESOURCES[kind].by_option[option]
    if field.type == "int":
        return 0
    return [] if field.type == "list" else field.default if field.type == "bool" or field.choices else ""
