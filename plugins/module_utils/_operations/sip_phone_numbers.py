# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What `sip_phone_numbers` does: a whole fleet, from its options to the result."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._common.errors import Problems
from .._resources.desired import check_uuid
from .._resources.entries import check_entries, read_entries
from .._resources.sip_phone_number import PHONE_NUMBER
from .._running.connection import connection_spec
from .._running.labels import Labels
from .._running.operation import Invocation, OperationSpec, Result
from .._running.options import aliased
from ._approval import NO_LIMITS, read_limits
from ._fleet import Fleet, manage_fleet
from ._fleet_options import FLEET_OPTIONS, check_fleet_options, number_rules
from ._numbers_file import FILE, NUMBERS, located_numbers
from ._phone_numbers import check_trunk
from ._single import STATE


def manage_numbers(invocation: Invocation) -> Result:
    """Bring a fleet of phone numbers to its desired state.

    Raises:
        InvalidOptionsError: the options are invalid.
    """
    return manage_fleet(invocation, read_fleet(invocation.options))


def read_fleet(options: Mapping[str, Any]) -> Fleet:
    """Return what the options ask, trunks and agents by the names that the task uses.

    Raises:
        InvalidOptionsError: the options are invalid.
    """
    present = options["state"] == "present"
    labels = Labels(options["option_names"])
    problems = Problems()
    if options[NUMBERS] is None and options[FILE] is None:
        problems.extend([f"Set {labels[NUMBERS]} or {labels[FILE]}."])
    if options["purge"] and not present:
        problems.extend(["purge deletes unlisted numbers and state=absent listed ones; use one of them."])
    with problems.collect():
        check_fleet_options(options, labels)
    limits, entries = NO_LIMITS, []
    located = located_numbers(options, labels, problems)
    with problems.collect():
        limits = read_limits(options, labels)
    with problems.collect():
        # Without what applies to all entries, each of them would seem to lack it.
        rules = number_rules(options, labels, _read_trunk(options), present=present)
        entries = read_entries(PHONE_NUMBER, located, rules, problems)
    with problems.collect():
        # Once before the first request, with names in place of ids; two names may still be the same trunk.
        check_entries(PHONE_NUMBER, entries)
    problems.raise_if_any()
    return Fleet(
        trunks=None,
        numbers=entries,
        move_from=options["move_from"] or (),
        purge=options["purge"],
        purge_on=options["purge_on_trunks"] or (),
        purge_trunks=False,
        limits=limits,
    )


def _read_trunk(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the option that names the trunk of entries without one, {} if there is none.

    Raises:
        InvalidOptionsError: it is invalid.
    """
    trunk = {name: options[name] for name in ("credentials_id", "trunk") if options[name] is not None}
    if "credentials_id" in trunk:
        check_uuid(trunk["credentials_id"], "credentials_id")
    check_trunk(options)
    return trunk


def describe_target(options: Mapping[str, Any]) -> str:
    """Return what the options identify, for messages."""
    return "the phone numbers"


SPEC = OperationSpec(
    "sip_phone_numbers",
    {
        **connection_spec(),
        # The entries are checked by what reads them, which is faster and reports which one is wrong.
        NUMBERS: {"type": "list", "elements": "dict"},
        "credentials_id": aliased("credentials_id", "credentialsId", "str"),
        "trunk": {"type": "str"},
        "state": STATE,
        "purge_on_trunks": {"type": "list", "elements": "str"},
        **FLEET_OPTIONS,
    },
    manage_numbers,
    describe_target,
    reports_progress=True,
)
