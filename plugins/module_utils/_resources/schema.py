# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The vocabulary that describes an API resource once, for options, request bodies, results and diffs alike."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any, NamedTuple

from .._common.redaction import FreeText

ApiObject = dict[str, Any]
Query = list[tuple[str, str]]

BODY = "body"
LINK = "link"
CREATE_ONLY = "create only"
READ_ONLY = "read only"
ORGANIZATION = "org_id"

UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
PYTHON_TYPES = {"bool": bool, "int": int, "list": list}
SECRET_NAME = re.compile("password|secret|token", re.IGNORECASE)
MASK = re.compile(
    r"[*\u2022\u25cf]{3}|^.{0,4}[x#.\u00b7]{3,}.{0,4}$|^(.)\1*$|^<.*>$|redacted|hidden|masked", re.IGNORECASE
)
MAX_UNKNOWN_DEPTH = 20
NO_NAMES: Mapping[str, str] = MappingProxyType({})


class LinkRequest(NamedTuple):
    """A request that changes a link of an object.

    Attributes:
        method, path, query: of the request.
        keeps: API fields of the object that it must not change.
        body: of the request, None if it has none.
        verb: what the request does, such as `Linking the agent 'x' to`, if the method does not say it.
        target: id of what is linked, None if the request removes a link.
        value: of the option once the request was applied.
    """

    method: str
    path: str
    query: Query
    keeps: tuple[str, ...] = ()
    body: ApiObject | None = None
    verb: str = ""
    target: str | None = None
    value: Any = None


class Field(NamedTuple):
    """One field of an API object.

    Attributes:
        option: name as an option and in results, snake_case.
        api: name in the API.
        role: `BODY` (in the body of create and update), `LINK` (set by a request of its own), `CREATE_ONLY` (in the
            body of create; changed later by the requests of `link`, or fixed if it has none) or `READ_ONLY`.
        type: `str`, `bool`, `int` (0 stands for null), `list` or `uuid` (a string, compared without case).
        limits: minimum and maximum length of a string in characters.
        default: what the API uses if the body omits the field; also shown in results if the server omits it.
        fields: the fields of a nested object; for a `list`, those of each of its members.
        server_computed: changes with any write, so that only the server knows it afterwards.
        secret: never shown; the server may return it in clear text, masked or not at all.
        choices: the values that the API accepts, if it names them.
        check: returns what is wrong with a value (a clause that follows the option's name), or None.
        link: for roles `LINK` and `CREATE_ONLY`. Given the object's id, the current and the desired value (None: no
            link), returns the requests that make the change.
        derived: the API's object does not have it; it is read by a request of its own, only if a task needs it.
        named: an option that takes names in place of the ids of this one; empty if there is none.
        refers_to: what kind of object the ids belong to, such as `trunk`.
        free_text: may quote anything, a secret included; see `FreeText`.
        exclusive: an option. Of all objects that have the same value there, the API allows this link for one only.
        prose: is written for people, so that it may have any characters. Other texts identify something.
        canonical: returns the one spelling of all values that always mean the same.
        spellings: given a value and the API object that it belongs to, returns all canonical spellings that mean the
            same there.
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
    check: Callable[[str], str | None] | None = None
    link: Callable[[str, Any, Any], list[LinkRequest]] | None = None
    derived: bool = False
    named: str = ""
    refers_to: str = ""
    free_text: bool = False
    exclusive: str = ""
    prose: bool = False
    canonical: Callable[[str], str] | None = None
    spellings: Callable[[str, Mapping[str, Any]], tuple[str, ...]] | None = None

    @property
    def nullable(self) -> bool:
        """Whether the empty string stands for null."""
        return self.type == "str" and self.limits[0] == 0 and not self.choices

    @property
    def required(self) -> bool:
        """Whether every object of the API has a value here."""
        in_body = self.role in (BODY, CREATE_ONLY) and not self.secret
        return self.option == "id" or (in_body and (self.type == "uuid" or self.limits[0] > 0))

    @property
    def python_type(self) -> Any:
        """Return the type of a value in JSON."""
        return dict if self.fields and self.type != "list" else PYTHON_TYPES.get(self.type, str)

    def equal(self, one: Any, other: Any) -> bool:
        """Whether two values of the field mean the same to the API."""
        return bool(one == other or self.normalize(one) == self.normalize(other))

    def is_spelled_alike(self, current: Any, value: Any, obj: ApiObject) -> bool:
        """Whether `value` is another spelling of the current value of an API object."""
        if not self.spellings or not current or not value:
            return False
        return self.normalize(value) in self.spellings(current, obj)

    def normalize(self, value: Any) -> Any:
        """Return a value spelled so that values which mean the same to the API are equal."""
        if self.type == "uuid" and isinstance(value, str):
            # Not copied if it is lower case already: fifty thousand copies are memory. A name stays as it is.
            return value if value.islower() or not is_uuid(value) else value.lower()
        if self.canonical and isinstance(value, str):
            return self.canonical(value)
        if self.type == "list":
            return sorted(set(value or ()), key=str)
        empty = (value == "" and self.nullable) or (value == 0 and self.type == "int")
        return None if empty else value


class Resource:
    """One kind of API object.

    Args:
        label: what a person calls it.
        kind: what results call it.
        path: of the collection; objects are below it, by id.
        fields: all documented fields.
        key: the options that together identify one object within an organization.
        filters: options by which the API filters a listing, with the names of the query parameters.
        dependents: API field of the response about who is affected by a deletion that lists them; empty if there is
            no such response.
        derive: given that response, returns the fields of the object that only it shows.
        describe_dependents: given that response, and ids of dependents that do not count, describes them for a person.
        describe_impact: given that response, and whether the object is deleted, returns warnings about what a forced
            deletion or a change of the key affects as well.
        exclusive_hint: what to do if another object has a link that only one can have, as a sentence.
        force_hint: what `force` would do to them, or what to do instead, as the end of a sentence.
        unique_key: whether the API refuses a second object with the same key.
        secret_owner: the option without which an object has no secret, unless the server shows a mask.
        managed_by_provider: whether a VoIP provider manages an object, so that only its links can be changed here.
        provider_hint: what manages such objects instead, as a sentence.
        scope: the option within which a purge deletes; empty for objects that belong to no other.
        describe: given the key, and names of parents by id as far as they are known, names the object for a person.
        loose_key: given the key, returns a spelling in which keys that differ only in formatting are equal.
        partial_update: whether the body of an update holds only what changes, and not everything.
        delete_path: given an object, returns the path that deletes it, if that is not its own.
        check: returns what is wrong with an API object (a clause), beside the types of its fields, or None.
        patience: how many times the usual timeout a write may take, because the API waits for others.
    """

    def __init__(
        self,
        label: str,
        path: str,
        *,
        kind: str,
        fields: tuple[Field, ...],
        key: tuple[str, ...],
        filters: Mapping[str, str],
        describe: Callable[[tuple[Any, ...], Mapping[str, str]], str],
        dependents: str = "",
        derive: Callable[[ApiObject], ApiObject] = lambda response: {},
        describe_dependents: Callable[[ApiObject, frozenset[str]], list[str]] | None = None,
        describe_impact: Callable[[ApiObject, bool], tuple[str, ...]] | None = None,
        exclusive_hint: str = "",
        force_hint: str = "",
        managed_by_provider: Callable[[ApiObject], bool] = lambda obj: False,
        provider_hint: str = "",
        unique_key: bool = True,
        secret_owner: str = "",
        scope: str = "",
        loose_key: Callable[[tuple[Any, ...]], Any] | None = None,
        partial_update: bool = False,
        delete_path: Callable[[ApiObject], str] | None = None,
        check: Callable[[ApiObject], str | None] | None = None,
        patience: float = 1,
    ) -> None:
        self.label = label
        self.kind = kind
        self.path = path
        self.fields = fields
        self.key = key
        self.filters = filters
        self._describe = describe
        self.dependents = dependents
        self.derive = derive
        self.describe_dependents = describe_dependents
        self.describe_impact = describe_impact
        self.exclusive_hint = exclusive_hint
        self.force_hint = force_hint
        self.unique_key = unique_key
        self.scope = scope
        self.loose_key = loose_key
        self.managed_by_provider = managed_by_provider
        self.provider_hint = provider_hint
        self.partial_update = partial_update
        self.patience = patience
        self._delete_path = delete_path
        self._check = check
        self._secret_owner = secret_owner
        self.by_option = {field.option: field for field in fields}
        self.settable = tuple(field for field in fields if field.role != READ_ONLY)
        self.body_fields = tuple(field for field in fields if field.role == BODY)
        self.create_fields = tuple(field for field in fields if field.role in (BODY, CREATE_ONLY))
        self.derived_fields = tuple(field for field in fields if field.derived and field.role != READ_ONLY)
        self.references = tuple(field for field in self.settable if field.named)
        self.required_key = tuple(option for option in key if self.by_option[option].required)
        self._key_fields = tuple(self.by_option[option] for option in key)
        self._spelled_fields = [(position, field) for position, field in enumerate(self._key_fields) if field.spellings]
        self._documented = frozenset(field.api for field in fields)
        checked = [field for field in fields if field.role != READ_ONLY or field.option in ("id", ORGANIZATION)]
        self.secret_fields = tuple(field for field in fields if field.secret)
        self._shape = [(field.api, field.python_type, field.required) for field in checked]

    def object_path(self, object_id: str) -> str:
        """Return the path of one object.

        Raises:
            ValueError: the id is not a UUID, so it could name another path.
        """
        if not is_uuid(object_id):
            raise ValueError(f"{object_id!r:.60} is not a UUID")
        return f"{self.path}/{object_id}"

    def delete_path(self, obj: ApiObject) -> str:
        """Return the path that deletes an object."""
        return self._delete_path(obj) if self._delete_path else self.object_path(obj["id"])

    def dependents_path(self, object_id: str) -> str:
        """Return the path that lists what uses one object."""
        return f"{self.object_path(object_id)}/affected-agents"

    def describe(self, key: tuple[Any, ...], names: Mapping[str, str] = NO_NAMES) -> str:
        """Return how a person names the object with this key.

        Args:
            names: of parents by id, as far as they are known.
        """
        return self._describe(key, names)

    def malformed(self, obj: ApiObject) -> str | None:
        """Return what is wrong with the shape of an API object as a clause, None if nothing is.

        Only what the modules work with is checked: the id, the key, and what an update sends back.
        """
        for api, kind, required in self._shape:
            value = obj.get(api)
            # Most rows of a listing are as documented.
            if isinstance(value, kind) and kind is not int:
                continue
            if not has_type(value, kind) and (required or value is not None):
                is_secret = any(field.api == api for field in self.secret_fields)
                return f"{api} is {'not a string' if is_secret else f'{value!r:.60}'}"
        if not is_uuid(obj["id"]):
            return f"id is {obj['id']!r:.60}, not a UUID"
        return self._check(obj) if self._check else None

    def has_stored_secret(self, obj: ApiObject) -> bool:
        """Whether an object may have a secret that the server does not return in clear text."""
        if obj.get(self.by_option[self._secret_owner].api if self._secret_owner else ""):
            return True
        secrets = [obj.get(field.api) for field in self.create_fields if field.secret]
        return any(secret and not is_cleartext(secret) for secret in secrets)

    def to_result(self, obj: ApiObject) -> dict[str, Any]:
        """Return an API object as a result: documented fields first, then what the server added, in snake_case."""
        return fields_to_result(self.fields, obj)

    def key_of(self, values: Mapping[str, Any]) -> tuple[Any, ...]:
        """Return the values (by option) that identify an object, spelled so that equal ones are equal."""
        return tuple([field.normalize(values.get(field.option)) for field in self._key_fields])

    def keys_of(self, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """Return the key of values (by option) in each of its spellings, the usual one first."""
        return self._spelled(self.key_of(values), values)

    def keys_of_object(self, obj: ApiObject) -> list[tuple[Any, ...]]:
        """Return the key of an API object in each of its spellings, the usual one first."""
        return self._spelled(self.key_of_object(obj), obj)

    def _spelled(self, key: tuple[Any, ...], values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        keys = [key]
        for position, field in self._spelled_fields:
            if field.spellings and key[position]:
                found = field.spellings(key[position], values)
                keys += [(*key[:position], spelling, *key[position + 1 :]) for spelling in found]
        return list(dict.fromkeys(keys)) if len(keys) > 1 else keys

    def key_of_object(self, obj: ApiObject) -> tuple[Any, ...]:
        """Return the key of an API object, spelled as by `key_of`."""
        return tuple([field.normalize(obj.get(field.api)) for field in self._key_fields])

    def differences(self, obj: ApiObject, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return those of the values (by option) that `obj` does not have, or does not show."""
        different = {}
        for option, value in values.items():
            field = self.by_option[option]
            current = obj.get(field.api)
            if current == value and not field.secret:
                continue
            cleared = value is None and not self.has_stored_secret(obj)
            not_shown = field.secret and not is_cleartext(current) and not cleared
            if not_shown or not field.equal(field.default if current is None else current, value):
                different[option] = value
        if not different:
            return different
        after = {**obj, **{self.by_option[option].api: value for option, value in values.items()}}
        return {
            option: value
            for option, value in different.items()
            if not self.by_option[option].is_spelled_alike(obj.get(self.by_option[option].api), value, after)
        }

    def unknown_fields(self, obj: ApiObject) -> ApiObject:
        """Return the fields that the API does not document, as they are."""
        return {name: value for name, value in obj.items() if name not in self._documented}

    def matches(self, obj: ApiObject, values: Mapping[str, Any]) -> bool:
        """Whether `obj` has values that mean the same as these, by option name."""
        return all(self._has_value(obj, self.by_option[option], value) for option, value in values.items())

    def prefer_exact(self, objects: list[ApiObject], values: Mapping[str, Any]) -> list[ApiObject]:
        """Return those of the objects that spell the values (by option) exactly like this, or all if none does."""
        spelled = {
            field.api: values[field.option] for field in self.fields if field.canonical and field.option in values
        }
        return [obj for obj in objects if all(obj.get(api) == value for api, value in spelled.items())] or objects

    @staticmethod
    def _has_value(obj: ApiObject, field: Field, value: Any) -> bool:
        current = obj.get(field.api)
        return field.equal(current, value) or field.is_spelled_alike(current, value, obj)


def fields_to_result(fields: tuple[Field, ...], obj: ApiObject) -> dict[str, Any]:
    """Return an object with these documented fields as a result; see `Resource.to_result`."""
    result: dict[str, Any] = {}
    for field in fields:
        if field.secret or (field.derived and field.api not in obj):
            continue
        value = obj.get(field.api)
        # A value of another type than the documented one is no value: nobody could work with it.
        if value is None or not has_type(value, field.python_type):
            value = field.default
        elif field.fields and field.type == "list":
            value = [fields_to_result(field.fields, member) for member in value if isinstance(member, dict)]
        elif field.fields:
            value = fields_to_result(field.fields, value)
        elif field.free_text:
            value = FreeText(value)
        result[field.option] = value
    documented = _api_names(fields)
    for name, value in obj.items():
        if name not in documented and not SECRET_NAME.search(name):
            result.setdefault(FreeText(snake_case(name)), _without_secret_names(value))
    return result


@lru_cache(maxsize=64)
def _api_names(fields: tuple[Field, ...]) -> frozenset[str]:
    return frozenset(field.api for field in fields)


def _without_secret_names(value: Any, depth: int = 0) -> Any:
    """Return an undocumented value without members that are named like a credential, its texts as `FreeText`."""
    if isinstance(value, str):
        return FreeText(value)
    if not isinstance(value, (dict, list)):
        return value
    if depth == MAX_UNKNOWN_DEPTH:
        return None
    if isinstance(value, list):
        return [_without_secret_names(member, depth + 1) for member in value]
    return {
        FreeText(name): _without_secret_names(member, depth + 1)
        for name, member in value.items()
        if not SECRET_NAME.search(name)
    }


def has_type(value: Any, kind: Any) -> bool:
    """Whether a JSON value is of a type; true and false are no integers."""
    return isinstance(value, kind) and not (kind is int and isinstance(value, bool))


def is_uuid(text: str) -> bool:
    """Whether `text` is a UUID in its usual form of 36 characters."""
    return UUID.fullmatch(text) is not None


def is_cleartext(secret: Any) -> bool:
    """Whether the server returned a secret in clear text, rather than masked or not at all."""
    return isinstance(secret, str) and bool(secret) and not MASK.search(secret)


@lru_cache(maxsize=1024)
def snake_case(name: str) -> str:
    """Return an API name as Ansible spells names: `displayName` becomes `display_name`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()
