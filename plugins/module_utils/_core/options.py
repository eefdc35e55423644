# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Argument specs that are derived from the description of a resource."""

from __future__ import annotations

from typing import Any

from .._resources.schema import Field, Resource

OPTION_TYPES = {"str": "str", "uuid": "str", "quoted": "raw", "bool": "bool", "int": "int", "list": "list"}


def resource_options(resource: Resource) -> dict[str, Any]:
    """Return the argument spec of the fields that a task can set; the API's own names are aliases."""
    return {
        field.option: aliased(field.option, field.api, OPTION_TYPES[field.type], **_details(field))
        for field in resource.settable
    }


def aliased(option: str, api: str, kind: str, **details: Any) -> dict[str, Any]:
    """Return the spec of one option with the API's name for it as alias."""
    spec = {"type": kind, **details}
    return spec if api == option else {**spec, "aliases": [api]}


def drop_nulls(value: Any) -> Any:
    """Return a copy of options in which no dict, at any depth, has a null: an explicit null counts as omitted."""
    if isinstance(value, dict):
        return {key: drop_nulls(member) for key, member in value.items() if member is not None}
    if isinstance(value, list):
        return [drop_nulls(member) for member in value]
    return value


def _details(field: Field) -> dict[str, Any]:
    # Explicit either way, because Ansible takes any option with such a name for a secret.
    details: dict[str, Any] = {"no_log": field.secret} if field.secret or field.option.endswith("key") else {}
    if field.type == "list":
        details["elements"] = "str"
    return {**details, "choices": list(field.choices)} if field.choices else details
