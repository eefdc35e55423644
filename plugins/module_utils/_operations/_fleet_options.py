# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options that `sip_phone_numbers` and `sip_trunks` have in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .._common.errors import InvalidOptionsError, Problems
from .._resources.desired import Desired
from .._resources.entries import Rules, check_name, read_defaults
from .._resources.sip_phone_number import PHONE_NUMBER
from .._running.labels import Labels
from ._approval import LIMIT_OPTIONS
from ._numbers_file import FILE_OPTIONS
from ._phone_numbers import NUMBER_FORMAT, check_number_format
from ._single import check_seconds

MAX_CONCURRENCY = 32

FLEET_OPTIONS: Mapping[str, Any] = {
    **FILE_OPTIONS,
    "defaults": {"type": "dict"},
    "move_from": {"type": "list", "elements": "str"},
    "number_format": NUMBER_FORMAT,
    "purge": {"type": "bool", "default": False},
    **LIMIT_OPTIONS,
    "force": {"type": "bool", "default": False},
    "concurrency": {"type": "int", "default": 8},
    "wait_for_registration": {"type": "bool", "default": False},
    "wait_timeout": {"type": "float", "default": 60.0},
    "option_names": {"type": "dict"},
}


def check_fleet_options(options: Mapping[str, Any], labels: Labels) -> None:
    """Raise InvalidOptionsError if an option is out of range."""
    problems = Problems()
    with problems.collect():
        if not 1 <= options["concurrency"] <= MAX_CONCURRENCY:
            limits = f"must be from 1 to {MAX_CONCURRENCY}, not {options['concurrency']}"
            raise InvalidOptionsError(f"{labels['concurrency']} {limits}.")
    with problems.collect():
        check_seconds(options, "wait_timeout", labels["wait_timeout"])
    for option in ("move_from", "purge_on_trunks"):
        for index, trunk in enumerate(options.get(option) or []):
            with problems.collect():
                check_name(trunk, f"{labels[option]}[{index}]")
    problems.raise_if_any()


def number_rules(
    options: Mapping[str, Any], labels: Labels, trunk: Mapping[str, Any], *, present: bool = True
) -> Rules:
    """Return what applies to phone numbers that do not say it themselves.

    Args:
        trunk: option that names the trunk of entries without one, empty if there is none.

    Raises:
        InvalidOptionsError: an invalid default.
    """

    def check(desired: Desired) -> None:
        check_number_format(desired.values, options["number_format"], desired.location, labels["number_format"])

    defaults = read_defaults(PHONE_NUMBER, options["defaults"], labels["defaults"])
    if trunk and not {"credentials_id", "trunk"}.intersection(defaults):
        defaults = {**defaults, **trunk}
    force_option = " or ".join(dict.fromkeys(("force", labels["force"])))
    return Rules(defaults, present, options["force"], check, force_option)


def on_deleted_trunk(location: str, trunk: str, label: str) -> str:
    """Return the problem of a phone number that is to be on a trunk which the option `label` deletes."""
    return f"{location} is on trunk {trunk!r:.60}, which {label} deletes."


def refuse_trunk(options: Mapping[str, Any], names: Sequence[str], location: str) -> None:
    """Raise InvalidOptionsError if options of a phone number that a trunk lists name a trunk as well."""
    own = next((name for name in names if options.get(name) is not None), None)
    if own:
        raise InvalidOptionsError(f"{location} must not have {own}: a phone number belongs to the trunk that lists it.")
