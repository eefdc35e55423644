# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the library phonenumbers knows about the phone numbers of the world."""

from __future__ import annotations

import importlib
import re
import sys
from typing import Any, NamedTuple

from ansible.errors import AnsibleFilterError

# Older ones take some numbers that are in use today for others, and know one in eight of them as invalid.
MINIMUM_VERSION = (8, 12, 57)
# Of a number as dialled within its area: where areas have few digits of their own, subscribers have up to eight.
MAX_SUBSCRIBER_DIGITS = 8
AREA_CODE_LENGTHS = range(2, 6)


class FullNumber(NamedTuple):
    """A phone number with its country code.

    Attributes:
        digits: all of them, without the plus sign.
        parsed: the number as the library represents it.
    """

    digits: str
    parsed: Any

    def __str__(self) -> str:
        return f"+{self.digits}"


class NumberingPlans:
    """Phone numbers by the metadata of one version of the library.

    Args:
        label: what messages call the option that needs it.

    Raises:
        AnsibleFilterError: the library is missing or too old.
    """

    def __init__(self, label: str) -> None:
        try:
            self._library = importlib.import_module("phonenumbers")
        except ImportError as error:
            problem = f"{label} needs the Python library phonenumbers on the control node."
            raise AnsibleFilterError(f"{problem} {_advice()}") from error
        version = str(self._library.__version__)
        if tuple(map(int, version.split(".")[:3])) < MINIMUM_VERSION:
            raise AnsibleFilterError(f"The Python library phonenumbers {version} is too old for {label}. {_advice()}")
        self.source = f"according to phonenumbers {version}"

    def is_region(self, code: str) -> bool:
        return code in self._library.SUPPORTED_REGIONS

    def country_code(self, region: str) -> str:
        return str(self._library.country_code_for_region(region))

    def trunk_prefix(self, region: str) -> str:
        """Return what is dialled in front of a national number, empty if nothing is."""
        return self._library.PhoneMetadata.metadata_for_region(region).national_prefix or ""

    def may_lack_area_code(self, region: str, national: str) -> bool:
        """Whether digits that are a national number could also be the rest of a longer one, as dialled within its area.

        That is so in a region whose geographic numbers differ in length, such as Germany.
        """
        metadata = self._library.PhoneMetadata.metadata_for_region(region)
        lengths = metadata.fixed_line.possible_length or metadata.general_desc.possible_length
        longer = {len(national) + area_code for area_code in AREA_CODE_LENGTHS}
        return len(national) <= MAX_SUBSCRIBER_DIGITS and not longer.isdisjoint(lengths)

    def international_prefix(self, region: str) -> re.Pattern[str]:
        """Return what matches each text that is dialled in a region in front of a country code."""
        return re.compile(self._library.PhoneMetadata.metadata_for_region(region).international_prefix or "00")

    def number(self, country: str, national: str) -> FullNumber:
        zeros = len(national) - len(national[:-1].lstrip("0")) - 1
        parsed = self._library.PhoneNumber(
            country_code=int(country),
            national_number=int(national),
            italian_leading_zero=True if zeros else None,
            number_of_leading_zeros=zeros if zeros > 1 else None,
        )
        return FullNumber(country + national, parsed)

    def with_country_code(self, digits: str, has_trunk_zero: bool = False) -> FullNumber | None:
        """Return the number that starts with its country code, None if it starts with none.

        Args:
            has_trunk_zero: it is written as in +44 (0)20, which nobody dials.
        """
        regions = self._library.COUNTRY_CODE_TO_REGION_CODE
        country = next((digits[:length] for length in (1, 2, 3) if int(digits[:length] or 0) in regions), "")
        national = digits.removeprefix(country)
        if not country or not national or digits.startswith("0"):
            return None
        written = self.number(country, national)
        metadata = self._library.PhoneMetadata.metadata_for_region_or_calling_code(
            int(country), regions[int(country)][0]
        )
        is_trunk_zero = re.match("0." if has_trunk_zero else "0[1-9]", national)
        if metadata.national_prefix != "0" or not is_trunk_zero or self.is_valid(written):
            return written
        shortened = self.number(country, national[1:])
        return shortened if has_trunk_zero or self.is_valid(shortened) else written

    def as_dialled(self, digits: str, region: str) -> FullNumber | None:
        """Return the national number that a text of digits is to the library, None if it is none.

        It knows carrier codes, and what people insert into mobile numbers or omit from them.
        """
        try:
            parsed = self._library.parse(digits, region)
        except self._library.NumberParseException:
            return None
        e164 = self._library.format_number(parsed, self._library.PhoneNumberFormat.E164)
        return FullNumber(e164.removeprefix("+"), parsed)

    def is_valid(self, number: FullNumber) -> bool:
        return bool(self._library.is_valid_number(number.parsed))

    def length_problem(self, number: FullNumber) -> str:
        """Return why a number cannot be one even if it is newer than the metadata, as a clause, empty if it can."""
        results = self._library.ValidationResult
        reasons = {
            results.TOO_SHORT: "it has too few digits",
            results.TOO_LONG: "it has too many digits",
            results.IS_POSSIBLE_LOCAL_ONLY: "the area code is missing",
        }
        result = self._library.is_possible_number_with_reason(number.parsed)
        return "" if result == results.IS_POSSIBLE else reasons.get(result, "it has an invalid number of digits")

    def national_digits(self, number: FullNumber) -> str:
        return str(self._library.national_significant_number(number.parsed))

    def area_code_length(self, number: FullNumber) -> int:
        return int(self._library.length_of_national_destination_code(number.parsed))

    def national_groups(self, number: FullNumber) -> list[str]:
        """Return the groups of digits in which a number is written in its own country."""
        return self._groups(number, self._library.PhoneNumberFormat.NATIONAL)

    def international_groups(self, number: FullNumber) -> list[str]:
        """Return the groups of digits in which a number is written with its country code."""
        return self._groups(number, self._library.PhoneNumberFormat.INTERNATIONAL)

    def _groups(self, number: FullNumber, number_format: int) -> list[str]:
        return re.findall(r"\d+", self._library.format_number(number.parsed, number_format))


def _advice() -> str:
    minimum = ".".join(map(str, MINIMUM_VERSION))
    return (
        f"Install {minimum} or newer for the Python that runs ansible-playbook:"
        f" {sys.executable} -m pip install --upgrade phonenumbers"
    )
