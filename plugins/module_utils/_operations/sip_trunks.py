# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What `sip_trunks` does: trunks and their phone numbers in one plan, from the options to the result."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from .._common.errors import InvalidOptionsError, Problems
from .._planning.nested import placeholder_id
from .._resources.entries import (
    Entry,
    Rules,
    by_all_names,
    check_entries,
    entry_fields,
    read_entries,
    read_entry,
    read_options,
)
from .._resources.location import number_list
from .._resources.schema import Field
from .._resources.sip_credential import CREDENTIAL, canonical_trunk_name, trunk_names
from .._resources.sip_phone_number import PHONE_NUMBER
from .._running.connection import connection_spec
from .._running.labels import Labels
from .._running.operation import Invocation, OperationSpec, Result
from .._running.options import resource_options
from ._approval import NO_LIMITS, read_limits
from ._fleet import Fleet, manage_fleet
from ._fleet_options import FLEET_OPTIONS, check_fleet_options, number_rules, on_deleted_trunk, refuse_trunk
from ._numbers_file import NUMBERS, located_numbers
from .sip_credential import PASSWORD, UPDATE_PASSWORD

TRUNKS = "trunks"
TRUNK_OF_NUMBER = ("credentials_id", "credentialsId", "trunk")
TRUNK_FIELDS = {
    **entry_fields(CREDENTIAL),
    **by_all_names(
        [
            Field("update_password", "update_password", choices=tuple(UPDATE_PASSWORD["choices"])),
            Field(NUMBERS, NUMBERS, type="list"),
        ]
    ),
}


class Trunk(NamedTuple):
    """One entry of the list of trunks.

    Attributes:
        numbers: its phone numbers, None if they are none of this task's business. Those of a trunk that is deleted are
            checked, and go with it.
    """

    entry: Entry
    numbers: list[Any] | None

    @property
    def reference(self) -> str:
        """Return the id by which phone numbers refer to the trunk until the existing one is known."""
        return placeholder_id(self.entry.desired)


def manage_trunks(invocation: Invocation) -> Result:
    """Bring trunks and their phone numbers to their desired state.

    Raises:
        InvalidOptionsError: the options are invalid.
    """
    return manage_fleet(invocation, read_fleet(invocation.options))


def read_fleet(options: Mapping[str, Any]) -> Fleet:
    """Return what the options ask, trunks and agents by the names that the task uses.

    Raises:
        InvalidOptionsError: the options are invalid.
    """
    labels = Labels(options["option_names"])
    problems = Problems()
    with problems.collect():
        check_fleet_options(options, labels)
    if options["purge_trunks"] and options[TRUNKS] is None:
        problems.extend([f"{labels['purge_trunks']} is set, but {labels[TRUNKS]} is not. Set it."])
    trunks = [
        trunk
        for index, trunk in enumerate(options[TRUNKS] or [])
        for trunk in _read_trunk(trunk, f"{labels[TRUNKS]}[{index}]", options, problems)
    ]
    with problems.collect():
        check_entries(CREDENTIAL, [trunk.entry for trunk in trunks])
    rules, limits = Rules({}), NO_LIMITS
    with problems.collect():
        rules = number_rules(options, labels, {})
    with problems.collect():
        limits = read_limits(options, labels)
    numbers = _read_numbers(trunks, options, (labels, rules), problems)
    problems.raise_if_any()
    return Fleet(
        trunks=[trunk.entry for trunk in trunks],
        numbers=numbers,
        move_from=options["move_from"] or (),
        purge=options["purge"],
        purge_on=[trunk.reference for trunk in trunks if trunk.numbers is not None and trunk.entry.desired.present],
        purge_trunks=options["purge_trunks"],
        limits=limits,
    )


def describe_target(options: Mapping[str, Any]) -> str:
    """Return what the options identify, for messages."""
    return "the trunks"


def _read_trunk(entry: Any, location: str, options: Mapping[str, Any], problems: Problems) -> list[Trunk]:
    """Return one trunk, or nothing if it is invalid."""
    with problems.collect():
        own = read_options(TRUNK_FIELDS, entry, location)
        numbers, update = own.pop(NUMBERS, None), own.pop("update_password", options["update_passwords"])
        if update not in UPDATE_PASSWORD["choices"]:
            raise InvalidOptionsError(f"{location}.update_password must be always or on_create, not {update!r:.60}.")
        read = read_entry(CREDENTIAL, own, location, Rules({}, force_option=f"{location}.force"))
        desired = read.desired._replace(on_create=() if update == "always" else (PASSWORD,))
        return [Trunk(Entry(desired, read.names), numbers)]
    return []


def _read_numbers(
    trunks: list[Trunk], options: Mapping[str, Any], settings: tuple[Labels, Rules], problems: Problems
) -> list[Entry]:
    """Return the phone numbers of all trunks, and those that name theirs."""
    labels, rules = settings
    shared = {option: value for option, value in rules.defaults.items() if option not in TRUNK_OF_NUMBER}
    found: list[Entry] = []
    for trunk in trunks:
        location = f"{trunk.entry.desired.location}.{NUMBERS}"
        for index, number in enumerate(trunk.numbers or []):
            with problems.collect():
                refuse_trunk(number if isinstance(number, Mapping) else {}, TRUNK_OF_NUMBER, f"{location}[{index}]")
        own = rules._replace(defaults={**shared, "credentials_id": trunk.reference})
        read = read_entries(PHONE_NUMBER, number_list(trunk.numbers or [], location), own, problems)
        found += read if trunk.entry.desired.present else []
    flat = read_entries(PHONE_NUMBER, located_numbers(options, labels, problems), rules, problems)
    absent = {name for trunk in trunks if not trunk.entry.desired.present for name in _names(trunk.entry)}
    references = {name: trunk.reference for trunk in trunks for name in _names(trunk.entry)}
    for entry in flat:
        with problems.collect():
            owner = str(entry.names.get("credentials_id") or entry.desired.values.get("credentials_id") or "")
            if entry.desired.present and canonical_trunk_name(owner) in absent:
                raise InvalidOptionsError(on_deleted_trunk(entry.desired.location, owner, labels[TRUNKS]))
    with problems.collect():
        # Once before the first request: a trunk by its name is the trunk that lists its numbers under that name.
        known = [
            entry._replace(names={**entry.names, "credentials_id": references[name]})
            if (name := canonical_trunk_name(entry.names.get("credentials_id") or "")) in references
            else entry
            for entry in flat
        ]
        check_entries(PHONE_NUMBER, [*found, *known])
    return [*found, *flat]


def _names(entry: Entry) -> list[str]:
    """Return what identifies the trunk of an entry: its names and its id, as far as the entry has them."""
    values = entry.desired.values
    trunk = {"server": values.get("server"), "authUser": values.get("auth_user"), "transport": values.get("transport")}
    ids = [entry.desired.object_id.lower()] if entry.desired.object_id else []
    return [*ids, *(trunk_names(trunk) if trunk["server"] else [])]


def _raw(details: Mapping[str, Any]) -> dict[str, Any]:
    """Return the spec of an option of a trunk, which is checked by what reads it: that reports which trunk is wrong."""
    return {**{name: value for name, value in details.items() if name in ("aliases", "no_log")}, "type": "raw"}


_OPTIONS = {"id": {"type": "raw"}, **resource_options(CREDENTIAL)}

SPEC = OperationSpec(
    "sip_trunks",
    {
        **connection_spec(),
        TRUNKS: {
            "type": "list",
            "elements": "dict",
            "options": {
                **{name: _raw(details) for name, details in _OPTIONS.items()},
                "state": {"type": "raw"},
                "force": {"type": "raw"},
                "update_password": {"type": "raw", "no_log": False},
                NUMBERS: {"type": "raw"},
            },
        },
        NUMBERS: {"type": "list", "elements": "dict"},
        "update_passwords": UPDATE_PASSWORD,
        "purge_trunks": {"type": "bool", "default": False},
        **FLEET_OPTIONS,
    },
    manage_trunks,
    describe_target,
    reports_progress=True,
)
