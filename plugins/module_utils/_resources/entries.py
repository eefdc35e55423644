# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read a list of entries, each with the options of one object.

Ansible's own check of nested options takes a third of a second for ten thousand entries, and reports neither the
position nor the number that is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from ansible.module_utils.common.validation import check_type_bool, check_type_int

from .._common.errors import InvalidOptionsError, Problems
from .desired import Desired, check_not_empty, check_uuid, read_values
from .location import option_at
from .schema import LINK, NO_NAMES, Field, Resource
from .texts import check_visible, is_plain, require_string

STATES = ("present", "absent")


class Entry(NamedTuple):
    """One entry, checked by itself.

    Attributes:
        names: by option, the names that stand in place of its ids.
    """

    desired: Desired
    names: Mapping[str, Any]


class Rules(NamedTuple):
    """What applies to entries that do not say it themselves.

    Attributes:
        defaults: options, as `read_defaults` returns them.
        check: raises InvalidOptionsError if a desired state is not what the task allows.
        force_option: what messages call the options that set `force`, of which an entry has one.
    """

    defaults: Mapping[str, Any]
    present: bool = True
    force: bool = False
    check: Callable[[Desired], None] = lambda desired: None
    force_option: str = "force"


def read_entries(
    resource: Resource, entries: Iterable[tuple[str, Any]], rules: Rules, problems: Problems
) -> list[Entry]:
    """Return the entries that are valid, each checked by itself.

    Args:
        entries: each with its location, for messages.
        problems: gets what is wrong with the others.
    """
    fields = entry_fields(resource)
    found = []
    known_names: dict[Any, Mapping[str, Any]] = {}
    for here, entry in entries:
        # Without a context: there may be a million entries.
        try:
            own = read_options(fields, entry, here)
            read = read_entry(resource, {**_inherited(resource, rules.defaults, own), **own}, here, rules)
            found.append(read._replace(names=_shared(read.names, known_names)))
        except InvalidOptionsError as error:
            problems.extend(error.messages)
    return found


def _shared(names: Mapping[str, Any], known: dict[Any, Mapping[str, Any]]) -> Mapping[str, Any]:
    """Return the names of an entry, as one mapping for all entries that only name the same trunk."""
    if len(names) != 1:
        return names
    ((option, name),) = names.items()
    return known.setdefault((option, name), names) if isinstance(name, str) else names


def read_defaults(resource: Resource, defaults: Mapping[str, Any] | None, location: str) -> dict[str, Any]:
    """Return options for entries that do not have them.

    Raises:
        InvalidOptionsError: an unknown option, or one that identifies a single object.
    """
    fields = entry_fields(resource)
    options = read_options(fields, defaults or {}, location)
    for option in ("id", *resource.key):
        if option in options and option != resource.scope:
            raise InvalidOptionsError(
                f"{option_at(location, option)} cannot be a default: it identifies a single entry."
            )
    # Checked here, so that a message names the default and not the first entry that has it.
    read_entry(resource, options, location, Rules({}))
    return options


def read_entry(resource: Resource, options: Mapping[str, Any], location: str, rules: Rules) -> Entry:
    """Return the entry that options describe.

    Args:
        options: in the types of their fields, without nulls.

    Raises:
        InvalidOptionsError: an option is invalid.
    """
    object_id = options.get("id")
    if object_id is not None:
        check_uuid(object_id, option_at(location, "id"))
    state = options.get("state")
    if state is not None and state not in STATES:
        here = option_at(location, "state")
        raise InvalidOptionsError(f"{here} must be present or absent, not {state!r:.60}.")
    present = rules.present if state is None else state == "present"
    values = read_values(resource, options, location)
    force = bool(options.get("force", rules.force))
    desired = Desired(resource, object_id, values, present, force, location, force_option=rules.force_option)
    rules.check(desired)
    return Entry(desired, read_names(resource, options, location))


def read_names(resource: Resource, options: Mapping[str, Any], location: str = "") -> Mapping[str, Any]:
    """Return, by option, the names that stand in place of ids.

    Raises:
        InvalidOptionsError: a name is empty, or its id is set as well.
    """
    found = {}
    for field in resource.references:
        names = options.get(field.named)
        if names is None:
            continue
        if options.get(field.option) is not None:
            both = f"{option_at(location, field.option)} and {field.named}"
            raise InvalidOptionsError(f"{both} are both set; use one of them.")
        # No name clears a link, as the empty id does.
        if names and field.type == "list":
            for index, name in enumerate(names):
                check_name(name, f"{option_at(location, field.named)}[{index}]")
        elif (names or field.role != LINK) and not (isinstance(names, str) and is_plain(names)):
            check_name(names, option_at(location, field.named))
        found[field.option] = names
    # One for all entries: a million empty ones take 80 MB.
    return found or NO_NAMES


def check_name(name: Any, location: str) -> None:
    """Raise InvalidOptionsError if something is not a name."""
    require_string(name, location)
    check_not_empty(name, location)
    check_visible(name, location)


def with_ids(entry: Entry, ids: Mapping[str, Any]) -> Entry:
    """Return an entry in which ids, by option, have taken the place of names."""
    names = {option: name for option, name in entry.names.items() if option not in ids}
    return Entry(entry.desired._replace(values={**entry.desired.values, **ids}), names or NO_NAMES)


def check_entries(resource: Resource, entries: Sequence[Entry], names: Mapping[str, str] = NO_NAMES) -> None:
    """Raise InvalidOptionsError if an entry does not identify an object, or two entries contradict each other.

    Names stand for the ids that they have not been replaced by.

    Args:
        names: of parents by id, for messages.
    """
    problems = Problems()
    locations: dict[Any, str] = {}
    for entry in entries:
        desired = entry.desired
        try:
            keys: list[Any] = [desired.object_id.lower()] if desired.object_id else []
            if not keys:
                keys = resource.keys_of({**desired.values, **entry.names} if entry.names else desired.values)
                _require_key(resource, desired, keys[0])
            for key in keys:
                first = locations.setdefault(key, desired.location)
                if first is not desired.location:
                    what = f"{resource.label}: {key}" if isinstance(key, str) else resource.describe(keys[0], names)
                    raise InvalidOptionsError(f"{first} and {desired.location} identify the same {what}.")
        except InvalidOptionsError as error:
            problems.extend(error.messages)
    problems.extend(_shared_links(resource, entries))
    problems.raise_if_any()


def _require_key(resource: Resource, desired: Desired, key: tuple[Any, ...]) -> None:
    if None not in key:
        return
    missing = [option for option, value in zip(resource.key, key) if value is None and option in resource.required_key]
    if not missing:
        return
    named = {field.option: field.named for field in resource.references}
    names = [f"{option} (or {named[option]})" if option in named else option for option in missing]
    raise InvalidOptionsError(
        f"{desired.location} needs {', '.join(names)}: a {resource.label} is identified by"
        f" {' and '.join(resource.key)}, or by id."
    )


def _shared_links(resource: Resource, entries: Sequence[Entry]) -> Iterable[str]:
    """Yield which entries claim the same member of a link that only one object can have."""
    for field in resource.settable:
        if field.role != LINK or field.type != "list":
            continue
        owners: dict[tuple[bool, str], Desired] = {}
        for desired, names in entries:
            members = names.get(field.option) if field.option in names else desired.values.get(field.option)
            for member in (members or ()) if desired.present else ():
                other = owners.setdefault((field.option in names, member), desired)
                if other is not desired:
                    yield (
                        f"{other.location} and {desired.location} both have {member!r} in {field.option}; it can only"
                        f" be linked to one {resource.label}."
                    )


def entry_fields(resource: Resource) -> dict[str, Field]:
    """Return the options of an entry by all their names."""
    own = [Field("id", "id"), Field("state", "state"), Field("force", "force", type="bool")]
    own += [
        Field(field.named, field.named, type="list" if field.type == "list" else "str") for field in resource.references
    ]
    return by_all_names((*resource.settable, *own))


def by_all_names(fields: Iterable[Field]) -> dict[str, Field]:
    """Return fields by their names as options and in the API."""
    return {name: field for field in fields for name in (field.option, field.api)}


def _inherited(resource: Resource, defaults: Mapping[str, Any], own: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the defaults for an entry, without names of what it has ids for, and the other way round."""
    if not defaults:
        return defaults
    replaced = {
        option
        for field in resource.references
        if field.option in own or field.named in own
        for option in (field.option, field.named)
    }
    return {option: value for option, value in defaults.items() if option not in replaced}


def read_options(fields: Mapping[str, Field], entry: Any, location: str) -> dict[str, Any]:
    """Return the options of an entry in their types, without those that are null; the API's names are allowed.

    Args:
        fields: the options that an entry may have, as `by_all_names` returns them.

    Raises:
        InvalidOptionsError: no mapping, an unknown option, or a value that cannot be converted.
    """
    if not isinstance(entry, Mapping):
        raise InvalidOptionsError(f"{location} must be a mapping of options, not {entry!r:.60}.")
    options: dict[str, Any] = {}
    for name, value in entry.items():
        field = fields.get(name)
        if field is None:
            allowed = ", ".join(dict.fromkeys(field.option for field in fields.values()))
            raise InvalidOptionsError(f"{location} has an unknown option {name!r:.60}; the options are {allowed}.")
        if value is None:
            continue
        # Most values are texts that need no conversion, so that nobody needs to know where they are.
        is_text = isinstance(value, str) and field.type not in CONVERTERS
        converted = value if is_text else convert(field, value, option_at(location, name))
        if options.setdefault(field.option, converted) != converted:
            raise InvalidOptionsError(f"{location} has {field.option} and {field.api} with different values.")
    return options


def convert(field: Field, value: Any, location: str) -> Any:
    """Return a value in the type of its field, converted by the rules of Ansible, except that a text stays what it is.

    Raises:
        InvalidOptionsError: it cannot be converted.
    """
    if field.type not in CONVERTERS:
        # Up to ansible-core 2.18, a string that !vault encrypts is an object of its own in a filter.
        text = str(value) if getattr(value, "__ENCRYPTED__", False) else value
        return require_string(text, location, field.secret)
    converter, expected = CONVERTERS[field.type]
    try:
        return converter(value)
    except (TypeError, ValueError, ArithmeticError):
        raise InvalidOptionsError(f"{location} must be {expected}, not {value!r:.60}.") from None


def _to_list(value: Any) -> Any:
    if not isinstance(value, (list, tuple)):
        raise TypeError
    return list(value)


CONVERTERS: dict[str, tuple[Callable[[Any], Any], str]] = {
    "bool": (check_type_bool, "true or false"),
    "int": (check_type_int, "an integer"),
    "list": (_to_list, "a list"),
}
