# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The planner: from desired and current state to the writes that are needed, the diff and the predicted result.

Pure functions: no HTTP, no Ansible, no clock. Check mode and the real run use the same plan.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, Union

from .._common.errors import InvalidOptionsError
from .._resources.desired import Desired, refuse_mask
from .._resources.schema import BODY, CREATE_ONLY, LINK, NO_NAMES, ApiObject, Field, Resource, is_cleartext

CREATE = "create"
UPDATE = "update"
DELETE = "delete"
NOOP = "unchanged"
# What diffs show of secrets that are sent, and of those that are cleared.
CHANGED, REMOVED = "(changed)", "(removed)"
MANAGED = "Managed by a provider"
METHODS = {CREATE: "POST", UPDATE: "PUT", DELETE: "DELETE", NOOP: "GET"}


class Create(NamedTuple):
    """Create an object.

    Attributes:
        body: of the POST.
        links: names of the options whose links are set afterwards.
        after: the managed fields, for the diff.
        predicted: the result's view of the object, None in what only the server can know.
    """

    desired: Desired
    body: ApiObject
    links: tuple[str, ...]
    after: dict[str, Any]
    predicted: dict[str, Any]

    @property
    def resource(self) -> Resource:
        """Return what kind of object the plan is about."""
        return self.desired.resource

    @property
    def action(self) -> str:
        """Return what the plan does."""
        return CREATE

    @property
    def current(self) -> None:
        """Return None: there is no object yet."""

    @property
    def before(self) -> dict[str, Any]:
        """Return {}: the diff of what does not exist."""
        return {}


class Update(NamedTuple):
    """Change an object, by PUT, by its links or both.

    Attributes:
        current: the API object as it was read.
        body: of the PUT, None if only links change.
        links: names of the options whose links change.
        before, after: the managed fields, for the diff.
        predicted: the result's view of the object afterwards, None in what only the server can know.
    """

    desired: Desired
    current: ApiObject
    body: ApiObject | None
    links: tuple[str, ...]
    before: dict[str, Any]
    after: dict[str, Any]
    predicted: dict[str, Any]

    @property
    def resource(self) -> Resource:
        """Return what kind of object the plan is about."""
        return self.desired.resource

    @property
    def action(self) -> str:
        """Return what the plan does."""
        return UPDATE


class Delete(NamedTuple):
    """Delete an object.

    Attributes:
        current: the API object as it was read.
        before: its settable fields, for the diff.
    """

    desired: Desired
    current: ApiObject
    before: dict[str, Any]

    @property
    def resource(self) -> Resource:
        """Return what kind of object the plan is about."""
        return self.desired.resource

    @property
    def action(self) -> str:
        """Return what the plan does."""
        return DELETE

    @property
    def after(self) -> dict[str, Any]:
        """Return {}: the diff of what does not exist."""
        return {}

    @property
    def predicted(self) -> None:
        """Return None: there is no object any more."""


class Noop(NamedTuple):
    """Do nothing. Most of a fleet is like this, so it holds no more than it needs; see `describe_unchanged`.

    Attributes:
        current: the API object as it was read, None if it does not exist and is not to exist, or nobody needs it.
    """

    desired: Desired
    current: ApiObject | None

    @property
    def resource(self) -> Resource:
        """Return what kind of object the plan is about."""
        return self.desired.resource

    @property
    def action(self) -> str:
        """Return what the plan does."""
        return NOOP


Write = Union[Create, Update, Delete]
Plan = Union[Create, Update, Delete, Noop]


class Outcome(NamedTuple):
    """What became of a plan.

    Attributes:
        action: what was done, as in the plan classes. It differs from the plan if somebody else was faster.
        before, after: for the diff.
        result: the object as a result, None if it does not exist.
        obj: the API object, None if it does not exist or was only predicted.
        warnings: sentences for the user's attention.
        put: the API object as the response to a PUT of its body, before its links were changed.
    """

    action: str
    before: dict[str, Any]
    after: dict[str, Any]
    result: dict[str, Any] | None
    obj: ApiObject | None = None
    warnings: tuple[str, ...] = ()
    put: ApiObject | None = None

    @property
    def changed(self) -> bool:
        """Whether anything was done, or may have been done by an attempt whose response was lost."""
        return self.action != NOOP


def make_plan(desired: Desired, current: ApiObject | None) -> Plan:
    """Return the plan that takes `current` (None: does not exist) to `desired`.

    Raises:
        InvalidOptionsError: an update would destroy a stored secret that nobody knows, or change what is fixed.
    """
    if not desired.present:
        return Noop(desired, None) if current is None else plan_delete(desired, current)
    if current is None:
        return _plan_create(desired)
    values = desired.values
    if desired.on_create:
        values = {option: value for option, value in values.items() if option not in desired.on_create}
    changes = desired.resource.differences(current, values)
    return _plan_update(desired, current, changes) if changes else Noop(desired, current)


def plan_delete(desired: Desired, current: ApiObject) -> Delete:
    """Return the plan that deletes an object."""
    result = desired.resource.to_result(current)
    shown = [field.option for field in desired.resource.settable if field.option in result]
    return Delete(desired, current, {option: result[option] for option in shown})


def request_of(plan: Write) -> tuple[str, str]:
    """Return method and path of the request by which a plan is applied, apart from its links."""
    resource = plan.resource
    if isinstance(plan, Create):
        return METHODS[CREATE], resource.path
    path = resource.delete_path(plan.current) if isinstance(plan, Delete) else resource.object_path(plan.current["id"])
    return METHODS[plan.action], path


def describe_managed(obj: ApiObject, what: str = "it") -> str:
    """Return why an object that a VoIP provider manages cannot be written, as a clause."""
    provider = f" ({obj['providerId']})" if obj.get("providerId") else ""
    return f"{what} is managed by a VoIP provider{provider} and can only be changed or deleted through that provider"


def describe_unchanged(plan: Noop) -> Outcome:
    """Return the outcome of a plan with nothing to do."""
    if plan.current is None:
        return Outcome(NOOP, {}, {}, None)
    result = plan.resource.to_result(plan.current)
    managed = {option: result[option] for option in plan.desired.values if option in result}
    return Outcome(NOOP, managed, managed, result, plan.current)


def describe_plan(plan: Plan, names: Mapping[str, str] = NO_NAMES) -> str:
    """Return what a plan is about, for messages."""
    resource = plan.resource
    values = {**key_values(resource, plan.current), **plan.desired.values}
    if any(option not in values for option in resource.required_key):
        return f"{resource.label} with id {plan.desired.object_id}"
    return resource.describe(tuple(values.get(option) for option in resource.key), names)


def key_values(resource: Resource, obj: ApiObject | None) -> dict[str, Any]:
    """Return the key of an object by option, {} without an object."""
    return {} if obj is None else {option: obj.get(resource.by_option[option].api) for option in resource.key}


def final_key(desired: Desired, current: ApiObject | None) -> tuple[Any, ...]:
    """Return the key of an object after its plan was applied."""
    return desired.resource.key_of({**key_values(desired.resource, current), **desired.values})


def final_object(desired: Desired, current: ApiObject | None) -> ApiObject:
    """Return an object after its plan was applied, as far as that is known before."""
    by_option = desired.resource.by_option
    return {**(current or {}), **{by_option[option].api: value for option, value in desired.values.items()}}


def _plan_create(desired: Desired) -> Create:
    resource, values = desired.resource, desired.values
    return Create(
        desired,
        body={field.api: values[field.option] for field in resource.create_fields if field.option in values},
        links=_links(resource, {option for option, value in values.items() if value}, (LINK,)),
        after={option: value if value is None else masked for option, value, masked in _masked(resource, values)},
        predicted={
            field.option: values.get(field.option, field.default if field in resource.settable else None)
            for field in resource.fields
            if not field.secret and (not field.derived or field.option in values)
        },
    )


def _plan_update(desired: Desired, current: ApiObject, changes: dict[str, Any]) -> Update:
    resource = desired.resource
    _refuse_fixed(resource, current, changes)
    result = resource.to_result(current)
    before = {option: result[option] for option in desired.values if option in result}
    body: ApiObject | None = None
    resent: dict[str, Any] = {}
    if any(resource.by_option[option].role == BODY for option in changes):
        body, resent = _update_body(desired, current, changes)
    return Update(
        desired,
        current,
        body=body,
        links=_links(resource, set(changes), (LINK, CREATE_ONLY)),
        before=before,
        after={**before, **{option: masked for option, _value, masked in _masked(resource, {**changes, **resent})}},
        predicted={**result, **_server_computed(resource), **_without_secrets(resource, changes)},
    )


def _refuse_fixed(resource: Resource, current: ApiObject, changes: dict[str, Any]) -> None:
    """Raise InvalidOptionsError if a field changes that is fixed for the life of an object."""
    for option, value in changes.items():
        field = resource.by_option[option]
        if field.role == CREATE_ONLY and field.link is None:
            raise InvalidOptionsError(
                f"The {option} of the {resource.label} {current['id']} is {current.get(field.api)!r}, and it cannot be"
                f" changed to {value!r:.60}. Omit {option}, or manage another {resource.label}."
            )


def _update_body(desired: Desired, current: ApiObject, changes: dict[str, Any]) -> tuple[ApiObject, dict[str, Any]]:
    """Return the body of a PUT, and the secrets in it that may or may not be the stored ones.

    It holds everything as it is now, except for `changes`; only these, if the API changes nothing else.
    """
    resource = desired.resource
    if resource.partial_update:
        return {field.api: changes[field.option] for field in resource.body_fields if field.option in changes}, {}
    refuse_mask(desired, current)
    body = resource.unknown_fields(current)
    resent = {}
    for field in resource.body_fields:
        if field.option in changes:
            value = changes[field.option]
        elif field.secret:
            value = _carry_over_secret(field, desired, current)
            if value and value != current.get(field.api):
                resent[field.option] = value
        else:
            value = current.get(field.api)
        body[field.api] = field.default if value is None else value
    return body, resent


def _carry_over_secret(field: Field, desired: Desired, current: ApiObject) -> Any:
    """Return the secret that a PUT must carry so as not to destroy it.

    Raises:
        InvalidOptionsError: nobody knows it.
    """
    stored = current.get(field.api)
    if is_cleartext(stored):
        return stored
    if desired.values.get(field.option):
        return desired.values[field.option]
    resource = desired.resource
    if not resource.has_stored_secret(current) or resource.managed_by_provider(current):
        # The write to an object of a provider is refused before it is sent; that, not the secret, is then the reason.
        return None
    raise InvalidOptionsError(
        f"The API does not return the stored password of the {resource.label} {current['id']}, and an update replaces"
        f" the whole {resource.label}. Set {field.option}, so that the update does not destroy the password."
    )


def _links(resource: Resource, options: set[str], roles: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(field.option for field in resource.settable if field.role in roles and field.option in options)


def _masked(resource: Resource, values: dict[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    """Yield options with their values, and as a diff shows these."""
    for option, value in values.items():
        yield option, value, (CHANGED if value else REMOVED) if resource.by_option[option].secret else value


def _without_secrets(resource: Resource, values: dict[str, Any]) -> dict[str, Any]:
    """Return values for a result."""
    return {option: value for option, value in values.items() if not resource.by_option[option].secret}


def _server_computed(resource: Resource) -> dict[str, None]:
    return {field.option: None for field in resource.fields if field.server_computed}
