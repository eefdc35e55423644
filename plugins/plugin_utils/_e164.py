# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Turns phone numbers as people write them into E.164, with the library phonenumbers."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError


def e164_normalizer(region: Any) -> Callable[[str], str]:
    """Return a function that returns a phone number in E.164, and raises ValueError, with a clause, if it is invalid.

    Args:
        region: two letters; numbers without a country code belong to it.

    Raises:
        AnsibleFilterError: the library is missing, or it does not know the region.
    """
    try:
        library = importlib.import_module("phonenumbers")
    except ImportError as error:
        raise AnsibleFilterError(
            "region needs the Python library phonenumbers on the control node. Install it for the Python that runs"
            f" ansible-playbook: {sys.executable} -m pip install phonenumbers"
        ) from error
    code = str(region).upper()
    if code not in library.SUPPORTED_REGIONS:
        raise AnsibleFilterError(f"region must be a country code of two letters, such as US, not {region!r:.60}.")
    return lambda number: _normalize(library, code, number)


def _normalize(library: Any, region: str, number: str) -> str:
    try:
        parsed = library.parse(number, region)
    except library.NumberParseException as error:
        raise ValueError("it is not a phone number") from error
    if parsed.extension:
        raise ValueError("a number with an extension has no form in E.164")
    reasons = {
        library.ValidationResult.TOO_SHORT: "it has too few digits",
        library.ValidationResult.TOO_LONG: "it has too many digits",
        library.ValidationResult.IS_POSSIBLE_LOCAL_ONLY: "the area code is missing",
    }
    # Not whether the number is assigned: new ranges would be refused until the library is updated.
    result = library.is_possible_number_with_reason(parsed)
    if result != library.ValidationResult.IS_POSSIBLE:
        country = library.region_code_for_country_code(parsed.country_code)
        raise ValueError(f"{reasons.get(result, 'it has an invalid number of digits')} for region {country}")
    return str(library.format_number(parsed, library.PhoneNumberFormat.E164))
