# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The vocabulary in which an API resource is described once, for options, request bodies, results and diffs alike."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

ApiObject = dict[str, Any]
Link = tuple[str, str, list[tuple[str, str]]]

BODY = "body"
LINK = "link"
READ_ONLY = "read only"

HEX_DIGITS = frozenset("0123456789abcdefABCDEF")


class Field(NamedTuple):
    """One field of an API object.

    Attributes:
        option: name as an option and in results, snake_case.
        api: name in the API.
        role: `BODY` (in the body of create and update), `LINK` (set by a call of its own) or `READ_ONLY`.
        type: `str`, `bool`, `int` (0 stands for null), `uuid` (a string, compared without case) or `phone` (a string
            that YAML may take for something else where it is not quoted).
        limits: least and greatest length of a string in characters.
        default: what the API takes where the body leaves the field out; in results it stands where the server did.
        fields: the fields of a nested object.
        server_computed: changes with any write, so that only the server knows it afterwards.
        secret: never shown; the server may give it back in clear, masked or not at all.
        choices: the values that the API takes, where it names them.
    """

    option: str
    api: str
    role: str = READ_ONLY
    type: str = "str"
    limits: tuple[int, int | None] = (0, None)
    default: Any = None
    fields: tuple[Field, ...] = ()
    server_computed: bool = False
    secret: bool = False
    choices: tuple[str, ...] = ()

    @property
    def nullable(self) -> bool:
        """Whether the empty string stands for null."""
        return self.type == "str" and self.limits[0] == 0 and not self.choices

    def equal(self, one: Any, other: Any) -> bool:
        """Whether two values of the field mean the same to the API."""
        return bool(one == other or self.normalize(one) == self.normalize(other))

    def normalize(self, value: Any) -> Any:
        """Return a value so spelled that values which mean the same to the API are equal."""
        if self.type == "uuid" and isinstance(value, str):
            # As it is where it can be: fifty thousand copies are memory.
            return value if value.islower() else value.lower()
        return None if value == "" and self.nullable else value


class Resource:
    """One kind of API object.

    Args:
        label: what a person calls it.
        path: of the collection; objects are below it, by id.
        fields: all documented fields.
        key: the options that together name one object within an organization.
        filters: options by which the API filters a listing, with the names of the query parameters.
        describe_dependents: given the answer about who is affected by a deletion, names them for a person.
        force_hint: what `force` would do to them, as a sentence.
        unique_key: whether the API refuses a second object with the same key.
        secret_user: the API field without which an object holds no secret.
        link: for the `LINK` field. Given the object's id and the value to link (None to unlink), returns the
            method, path and query of the call.
    """

    def __init__(
        self,
        label: str,
        path: str,
        *,
        fields: tuple[Field, ...],
        key: tuple[str, ...],
        filters: Mapping[str, str],
        describe_dependents: Callable[[ApiObject], list[str]],
        force_hint: str,
        unique_key: bool = True,
        secret_user: str = "",
        link: Callable[[str, str | None], Link] | None = None,
        is_provider_managed: Callable[[ApiObject, bool], bool] = lambda obj, deleting: False,
        force_cascades: bool = False,
    ) -> None:
        self.label = label
        self.path = path
        self.fields = fields
        self.key = key
        self.filters = filters
        self.describe_dependents = describe_dependents
        self.force_hint = force_hint
        self.unique_key = unique_key
        self.force_cascades = force_cascades
        self._secret_user = secret_user
        self._link = link
        self._is_provider_managed = is_provider_managed
        self.by_option = {field.option: field for field in fields}
        self.settable = tuple(field for field in fields if field.role != READ_ONLY)
        self.body_fields = tuple(field for field in fields if field.role == BODY)
        self._key_fields = tuple(self.by_option[option] for option in key)
        self.names = frozenset(_names(fields))
        self._documented = frozenset(field.api for field in fields)

    def object_path(self, object_id: str) -> str:
        """Return the path of one object."""
        return f"{self.path}/{object_id}"

    def dependents_path(self, object_id: str) -> str:
        """Return the path that lists the agents which use one object."""
        return f"{self.path}/{object_id}/affected-agents"

    def link_call(self, object_id: str, values: Mapping[str, Any]) -> Link:
        """Return the call that sets the `LINK` field of one object to its value among `values` (by option)."""
        if self._link is None:
            raise TypeError(f"a {self.label} has no link")
        option = next(field.option for field in self.settable if field.role == LINK)
        return self._link(object_id, values[option])

    def has_stored_secret(self, obj: ApiObject) -> bool:
        """Whether an object may hold a secret that the server does not tell."""
        return bool(obj.get(self._secret_user))

    def is_provider_managed(self, obj: ApiObject, deleting: bool) -> bool:
        """Whether the API is documented to refuse to change, or to delete, an object that a VoIP provider manages."""
        return self._is_provider_managed(obj, deleting)

    def to_result(self, obj: ApiObject) -> dict[str, Any]:
        """Return an API object as a result: documented fields first, then what the server added, in snake_case."""
        return _to_result(self.fields, obj)

    def key_of(self, values: Mapping[str, Any]) -> tuple[Any, ...]:
        """Return the values (by option) that name an object, so spelled that equal ones are equal."""
        return tuple([field.normalize(values.get(field.option)) for field in self._key_fields])

    def key_of_object(self, obj: ApiObject) -> tuple[Any, ...]:
        """Return the key of an API object, spelled as by `key_of`."""
        return tuple([field.normalize(obj.get(field.api)) for field in self._key_fields])

    def differences(self, obj: ApiObject, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return those of the values (by option) that `obj` does not have, or does not tell."""
        different = {}
        for option, value in values.items():
            field = self.by_option[option]
            found = obj.get(field.api)
            cleared = value is None and not self.has_stored_secret(obj)
            untold = field.secret and not is_cleartext(found) and not cleared
            if untold or not field.equal(field.default if found is None else found, value):
                different[option] = value
        return different

    def unknown_fields(self, obj: ApiObject) -> ApiObject:
        """Return the fields that the API documents nowhere, as they are."""
        return {name: value for name, value in obj.items() if name not in self._documented}

    def matches(self, obj: ApiObject, values: Mapping[str, Any]) -> bool:
        """Whether `obj` has exactly these values, by option name."""
        return all(
            self.by_option[option].equal(obj.get(self.by_option[option].api), values[option]) for option in values
        )


def _names(fields: tuple[Field, ...]) -> list[str]:
    return [name for field in fields for name in (field.option, *_names(field.fields))]


def _to_result(fields: tuple[Field, ...], obj: ApiObject) -> dict[str, Any]:
    result = {}
    for field in fields:
        if field.secret:
            continue
        value = obj.get(field.api)
        if field.fields and isinstance(value, dict):
            value = _to_result(field.fields, value)
        result[field.option] = field.default if value is None else value
    documented = {field.api for field in fields}
    for name, value in obj.items():
        if name not in documented:
            result.setdefault(snake_case(name), value)
    return result


def is_uuid(text: str) -> bool:
    """Whether `text` is a UUID in its usual form of 36 characters."""
    groups = text.split("-")
    return [len(group) for group in groups] == [8, 4, 4, 4, 12] and HEX_DIGITS.issuperset("".join(groups))


def is_cleartext(secret: Any) -> bool:
    """Whether the server gave a secret in clear, rather than masked or not at all."""
    mask = r"[*\u2022\u25cf]{3}|^(.)\1*$|redacted|hidden|masked"
    return isinstance(secret, str) and bool(secret) and not re.search(mask, secret, re.IGNORECASE)


@lru_cache(maxsize=1024)
def snake_case(name: str) -> str:
    """Return an API name as Ansible spells names: `displayName` becomes `display_name`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()
