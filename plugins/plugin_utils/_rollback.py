# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Entries of a fleet task that undo what another one did."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.dasha.blackbox.plugins.module_utils._resources.schema import LINK
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.sip_phone_number import PHONE_NUMBER
from ansible_collections.dasha.blackbox.plugins.plugin_utils._fleet_result import Change

LINKS = tuple(field.option for field in PHONE_NUMBER.settable if field.role == LINK)


def undo_all(changes: list[Change]) -> list[dict[str, Any]]:
    """Return the entries that undo changes, the last change first.

    A phone number can have taken over the pair of number and trunk that another one gave up before.
    """
    undo = {"create": _undo_create, "update": _undo_update, "delete": _undo_delete}
    return [undo[change["action"]](change) for change in reversed(changes)]


def _undo_create(change: Change) -> dict[str, Any]:
    entry = {option: change[option] for option in ("id", *PHONE_NUMBER.key)}
    # The agents that the task linked itself must not prevent the deletion.
    force = {"force": True} if any(change["after"].get(option) for option in LINKS) else {}
    return {**entry, "state": "absent", **force}


def _undo_update(change: Change) -> dict[str, Any]:
    before, after = change["before"], change["after"]
    changed = [option for option in before if before[option] != after.get(option)]
    return {"id": change["id"], "state": "present", **{option: _value(option, before[option]) for option in changed}}


def _undo_delete(change: Change) -> dict[str, Any]:
    values: Mapping[str, Any] = change["before"]
    return {**{option: value for option, value in values.items() if value not in (None, [])}, "state": "present"}


def _value(option: str, value: Any) -> Any:
    """Return a value as an entry sets it: null would leave the current one alone."""
    if value is not None:
        return value
    field = PHONE_NUMBER.by_option[option]
    return [] if field.type == "list" else field.default if field.type == "bool" else ""
