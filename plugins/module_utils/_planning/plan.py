# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The planner: from desired and current state to the writes that are needed, the diff and the predicted result.

Pure functions: no HTTP, no Ansible, no clock. Check mode and the real run get the same plan.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from .._resources.desired import Desired
from .._resources.schema import BODY, LINK, ApiObject, Field, Resource, is_cleartext
from .._transport.errors import InvalidOptionsError

NOOP = "nothing"
CREATE = "create"
UPDATE = "update"
DELETE = "delete"
CHANGED = "(changed)"


class Outcome(NamedTuple):
    """What became of a plan.

    Attributes:
        changed: whether anything was done, or may have been by an attempt whose answer was lost.
        before, after: for the diff.
        view: the object as a result, None where it does not exist.
        obj: the API object, None where it does not exist or was only predicted.
        warnings: sentences for the user's attention.
    """

    changed: bool
    before: dict[str, Any]
    after: dict[str, Any]
    view: dict[str, Any] | None
    obj: ApiObject | None = None
    warnings: tuple[str, ...] = ()


class Plan(NamedTuple):
    """What to do about one object.

    Attributes:
        action: `create`, `update` (by PUT, by link or both), `delete` or `nothing`.
        desired: the state asked for.
        current: the API object as it was read, None where there is none.
        body: of the POST or PUT, None where neither is needed.
        link_changes: whether the link changes; its new value is in `desired.values`.
        before, after: managed fields for the diff; {} where the object does not exist.
        predicted: the result's view of the object afterwards, None in what only the server can know;
            None where it will not exist.
    """

    action: str
    desired: Desired
    current: ApiObject | None
    body: ApiObject | None = None
    link_changes: bool = False
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    predicted: dict[str, Any] | None = None

    @property
    def changed(self) -> bool:
        """Whether there is anything to do."""
        return self.action != NOOP

    def unchanged(self) -> Outcome:
        """Return the outcome of a plan with nothing to do."""
        return Outcome(False, self.before, self.after, self.predicted, self.current)


def make_plan(resource: Resource, desired: Desired, current: ApiObject | None) -> Plan:
    """Return the plan that takes `current` (None: does not exist) to `desired`."""
    if not desired.present:
        return _plan_absent(resource, desired, current)
    if current is None:
        return _plan_create(resource, desired)
    return _plan_update(resource, desired, current)


def _plan_absent(resource: Resource, desired: Desired, current: ApiObject | None) -> Plan:
    if current is None:
        return Plan(NOOP, desired, None)
    view = resource.to_result(current)
    before = {field.option: view[field.option] for field in resource.settable if field.option in view}
    return Plan(DELETE, desired, current, before=before)


def _plan_create(resource: Resource, desired: Desired) -> Plan:
    body = {field.api: desired.values[field.option] for field in resource.body_fields if field.option in desired.values}
    predicted = {
        field.option: desired.values.get(field.option, None if field not in resource.settable else field.default)
        for field in resource.fields
        if not field.secret
    }
    link_changes = any(desired.values.get(field.option) for field in resource.settable if field.role == LINK)
    return Plan(CREATE, desired, None, body, link_changes, {}, _masked_values(resource, desired.values), predicted)


def _plan_update(resource: Resource, desired: Desired, current: ApiObject) -> Plan:
    view = resource.to_result(current)
    changes = resource.differences(current, desired.values)
    before = {option: view[option] for option in desired.values if option in view}
    if not changes:
        return Plan(NOOP, desired, current, before=before, after=before, predicted=view)
    roles = {resource.by_option[option].role for option in changes}
    return Plan(
        UPDATE,
        desired,
        current,
        body=_replacement(resource, desired, current, changes) if BODY in roles else None,
        link_changes=LINK in roles,
        before=before,
        after={**before, **_masked_values(resource, changes)},
        predicted={**view, **_server_computed(resource), **_without_secrets(resource, changes)},
    )


def _replacement(resource: Resource, desired: Desired, current: ApiObject, changes: dict[str, Any]) -> ApiObject:
    """Return the body of a full-replacement PUT: everything as it is now, but for `changes`."""
    body = resource.unknown_fields(current)
    for field in resource.body_fields:
        if field.option in changes:
            value = changes[field.option]
        elif field.secret:
            value = _carry_over_secret(resource, field, desired, current)
        else:
            value = current.get(field.api)
        body[field.api] = field.default if value is None else value
    return body


def _carry_over_secret(resource: Resource, field: Field, desired: Desired, current: ApiObject) -> Any:
    """Return the secret that a PUT must carry so as not to destroy it.

    Raises:
        InvalidOptionsError: nobody knows it.
    """
    stored = current.get(field.api)
    if is_cleartext(stored):
        return stored
    fallback_secrets = desired.fallback_secrets.get(field.option)
    if fallback_secrets:
        return fallback_secrets
    if not resource.has_stored_secret(current):
        return None
    raise InvalidOptionsError(
        f"The API does not tell the stored password of the {resource.label} {current.get('id')}, and an update replaces"
        f" the whole {resource.label}: pass {field.option}, so that the update does not destroy it."
    )


def _masked_values(resource: Resource, values: dict[str, Any]) -> dict[str, Any]:
    """Return values for a diff."""
    return {option: CHANGED if resource.by_option[option].secret else value for option, value in values.items()}


def _without_secrets(resource: Resource, values: dict[str, Any]) -> dict[str, Any]:
    """Return values for a result."""
    return {option: value for option, value in values.items() if not resource.by_option[option].secret}


def _server_computed(resource: Resource) -> dict[str, None]:
    return {field.option: None for field in resource.fields if field.server_computed}
