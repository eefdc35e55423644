# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the operations on phone numbers have in common."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._common.errors import InvalidOptionsError
from .._resources.desired import check_not_empty
from .._resources.location import option_at
from .._resources.sip_phone_number import E164, E164_RULE

NUMBER_FORMAT = {"type": "str", "choices": ["any", "e164"], "default": "any"}


def check_trunk(options: Mapping[str, Any]) -> None:
    """Raise InvalidOptionsError if the name of the trunk is empty, or its id is set as well."""
    if options["trunk"] is None:
        return
    check_not_empty(options["trunk"], "trunk")
    if options["credentials_id"] is not None:
        raise InvalidOptionsError("credentials_id and trunk are both set; use one of them.")


def check_number_format(
    values: Mapping[str, Any], number_format: str, location: str = "", label: str = "number_format"
) -> None:
    """Raise InvalidOptionsError if the phone number among the values is not in the format that the task demands.

    Args:
        label: what messages call the option that demands it.
    """
    number = values.get("phone_number")
    if number_format == "e164" and number is not None and not E164.fullmatch(number):
        here = option_at(location, "phone_number")
        raise InvalidOptionsError(f"{here} is {number!r:.60}, but {label} is e164: {E164_RULE}.")
