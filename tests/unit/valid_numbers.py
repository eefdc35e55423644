# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Random valid phone numbers of every region, made from the patterns of the library phonenumbers."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from random import Random
from typing import Any, NamedTuple

import phonenumbers
from phonenumbers import PhoneMetadata, PhoneNumberFormat

# The name of the parser of the standard library differs between the Pythons of the tests.
try:
    sre: Any = importlib.import_module("re._parser")
except ImportError:
    sre = importlib.import_module("sre_parse")

REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)
KINDS = ("fixed_line", "mobile", "fixed_line", "mobile", "toll_free", "premium_rate", "shared_cost", "voip", "uan")
MAX_E164_DIGITS = 15


class ValidNumber(NamedTuple):
    """A valid phone number.

    Attributes:
        national: as it is written in its own country.
        international: as it is written with its country code and a plus sign.
        significant: its digits without country code and trunk prefix.
        has_trunk_zero: whether people write it as in +44 (0)20, too.
    """

    region: str
    e164: str
    national: str
    international: str
    significant: str
    has_trunk_zero: bool


def valid_number(random: Random, region: str) -> ValidNumber:
    """Return a random number that is valid in a region."""
    patterns = list(_patterns(region))
    country = phonenumbers.country_code_for_region(region)
    while True:
        digits = _sample(random, sre.parse(random.choice(patterns)))
        parsed = _exact(country, digits)
        is_dialled = len(f"{country}{digits}") <= MAX_E164_DIGITS
        international = phonenumbers.format_number(parsed, PhoneNumberFormat.INTERNATIONAL)
        # Old versions of the library write Mexican mobile numbers without the 1 that they had.
        is_written_whole = "".join(filter(str.isdigit, international)) == f"{country}{digits}"
        if is_dialled and is_written_whole and phonenumbers.is_valid_number_for_region(parsed, region):
            return ValidNumber(
                region,
                f"+{country}{digits}",
                phonenumbers.format_number(parsed, PhoneNumberFormat.NATIONAL),
                international,
                digits,
                PhoneMetadata.metadata_for_region(region).national_prefix == "0",
            )


def international_prefix(region: str) -> str | None:
    """Return what is dialled in a region in front of a country code, None if that depends on the carrier."""
    prefix = PhoneMetadata.metadata_for_region(region).international_prefix
    return prefix if prefix and prefix.isdigit() else None


def is_valid(digits: str, region: str) -> bool:
    """Whether digits are a valid number of a region, as they are."""
    return bool(phonenumbers.is_valid_number(_exact(phonenumbers.country_code_for_region(region), digits)))


def _exact(country: int, digits: str) -> Any:
    zeros = len(digits) - len(digits[:-1].lstrip("0")) - 1
    return phonenumbers.PhoneNumber(
        country_code=country,
        national_number=int(digits),
        italian_leading_zero=True if zeros else None,
        number_of_leading_zeros=zeros if zeros > 1 else None,
    )


def _patterns(region: str) -> Iterator[str]:
    metadata = PhoneMetadata.metadata_for_region(region)
    for kind in KINDS:
        pattern = getattr(getattr(metadata, kind), "national_number_pattern", None)
        if pattern and pattern != "NA":
            yield pattern


def _sample(random: Random, parsed: Any) -> str:
    """Return a random text that a parsed pattern of digits matches."""
    return "".join(_sample_part(random, str(kind), value) for kind, value in parsed)


def _sample_part(random: Random, kind: str, value: Any) -> str:
    if kind == "LITERAL":
        return chr(value)
    if kind == "IN":
        return random.choice([char for part in value for char in _characters(*part)])
    if kind == "BRANCH":
        return _sample(random, random.choice(value[1]))
    if kind == "SUBPATTERN":
        return _sample(random, value[-1])
    minimum, maximum, repeated = value
    return "".join(_sample(random, repeated) for _time in range(random.randint(minimum, maximum)))


def _characters(kind: Any, value: Any) -> str:
    if str(kind) == "LITERAL":
        return chr(value)
    if str(kind) == "RANGE":
        return "".join(map(chr, range(value[0], value[1] + 1)))
    return "0123456789"
