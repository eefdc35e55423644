# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Turns phone numbers as people write them into E.164, and never guesses.

A text is read in every way in which it can be meant. It is used if exactly one of them gives a valid phone number.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, NoReturn

from ansible.errors import AnsibleFilterError

from ._number_cell import (
    MAX_DIGITS,
    ONE_NUMBER,
    NumberCell,
    check_number_cell,
    fold_look_alikes,
    read_as_written,
    refuse_spelling,
)
from ._numbering_plans import FullNumber, NumberingPlans

TOO_LONG = f"it has more than {MAX_DIGITS} digits, the maximum of E.164"
SPELLING = re.compile(r"\(?\+? ?[\d(](?=.*\d)[-\d(). /–—]*[\d)]")
# What may stand between two numbers, or in front of an extension, as well as inside a number.
BREAK = re.compile(r"[/–—(]")
# How a program groups the digits of what it takes for an amount.
AMOUNT = re.compile(r"\d{1,3}([ .])\d{3}(?:\1\d{3})*")
LONGEST_PREFIX = 7
# National numbers begin with up to three, such as the toll-free ones of India.
LOST_ZEROS = ("0", "00", "000")
NATIONAL, DOUBLE_ZERO, PREFIXED, LOST_PLUS = "national", "double zero", "prefixed", "lost plus"


class Reading(NamedTuple):
    """One way to read a text without a plus sign.

    Attributes:
        kind: as a national number, with 00 or what else is dialled to call abroad, or as one that lost its plus sign.
        how: the same, as the end of a clause.
    """

    kind: str
    number: FullNumber
    how: str


def load_number_reader(region: Any, label: str = "region") -> Callable[[str], NumberCell]:
    """Return what reads phone numbers: as they are written if the region is None. For the errors see `load_region`."""
    return read_as_written if region is None else load_region(region, label)


def load_region(region: Any, label: str = "region") -> RegionReader:
    """Return what reads the phone numbers of a region.

    Args:
        region: two letters; numbers without a country code belong to it.
        label: what messages call the option.

    Raises:
        AnsibleFilterError: the library is missing or too old, or it does not know the region.
    """
    plans = NumberingPlans(label)
    code = str(region).upper()
    if not plans.is_region(code):
        hint = ": YAML reads NO as false unless it is quoted" if region is False else ""
        raise AnsibleFilterError(
            f"{label} must be a country code of two letters, such as US, not {region!r:.60}{hint}."
        )
    return RegionReader(plans, code)


class RegionReader:
    """Reads the phone numbers of a region."""

    def __init__(self, plans: NumberingPlans, code: str) -> None:
        self._plans = plans
        self._code = code
        self._country = plans.country_code(code)
        self._trunk_prefix = plans.trunk_prefix(code)
        self._international_prefix = plans.international_prefix(code)

    def __call__(self, text: str) -> NumberCell:
        """Return the phone number in a text.

        Raises:
            ValueError: with a clause, if there is none, or more than one that can be meant.
        """
        check_number_cell(text)
        text = re.sub("^tel:", "", fold_look_alikes(text), flags=re.IGNORECASE).strip()
        if not SPELLING.fullmatch(text):
            refuse_spelling(text)
        if len(_digits(text)) > MAX_DIGITS + LONGEST_PREFIX:
            raise ValueError(TOO_LONG)
        number = self._with_plus(text) if "+" in text else self._without_plus(text)
        if len(number.digits) > MAX_DIGITS:
            raise ValueError(TOO_LONG)
        self._refuse_two_numbers(text, number)
        if self._plans.is_valid(number):
            return NumberCell(str(number))
        return NumberCell(str(number), f"{number} is not a valid phone number {self._plans.source}")

    def read_amount(self, digits: str) -> NumberCell:
        """Return the phone number in a cell that a spreadsheet holds as a number, which has no leading zeros.

        Raises:
            ValueError: with a clause, if there is none, or more than one that can be meant.
        """
        cell = self(digits)
        # Zeros that are an international prefix change nothing: the digits are read as without a plus sign as well.
        texts = [f"{zeros}{digits}" for zeros in LOST_ZEROS]
        for number in (number for text in texts for number in self._national_numbers(text)):
            if str(number) != cell.number and self._plans.is_valid(number):
                raise ValueError(
                    f"it is {cell.number}, or {number} without its leading zeros, which no number in a spreadsheet"
                    " keeps. Format the column as text, and enter the right one again"
                )
        return cell

    def _with_plus(self, text: str) -> FullNumber:
        number = self._international(text)
        if number is None:
            raise ValueError(f"no country code starts with +{_digits(text)[:3]}, {self._plans.source}")
        problem = self._plans.length_problem(number)
        # The library knows valid numbers that are not possible, such as some that are local.
        if problem and not self._plans.is_valid(number):
            raise ValueError(f"{problem} for country code +{number.parsed.country_code}, {self._plans.source}")
        return number

    def _international(self, text: str, prefix: str = "") -> FullNumber | None:
        return self._plans.with_country_code(_digits(text).removeprefix(prefix), "(0)" in text)

    def _without_plus(self, text: str) -> FullNumber:
        readings = list({reading.number.digits: reading for reading in self._readings(text)}.values())
        valid = [reading for reading in readings if self._plans.is_valid(reading.number)]
        meant = valid + [reading for reading in readings if reading not in valid and self._may_be_newer(reading, valid)]
        national = [reading.number for reading in valid if reading.kind == NATIONAL]
        if len(national) == 1:
            meant = [reading for reading in meant if not self._is_refuted(reading, text, national[0])]
        if not meant:
            meant = [reading for reading in readings if self._is_like_plus(reading)]
        if len(meant) > 1:
            one, other = meant[:2]
            raise ValueError(
                f"it has two readings: {one.number} {one.how}, and {other.number} {other.how}. Write the right one with"
                " its plus sign"
            )
        if meant and self._may_be_local(meant[0], text):
            raise ValueError(
                f"it may be a local number that lacks its area code. Write it with the area code behind"
                f" {self._trunk_prefix}, or with its country code and plus sign"
            )
        if meant and self._is_certain(meant[0], text):
            return meant[0].number
        return self._refuse(text, readings, meant)

    def _readings(self, text: str) -> Iterator[Reading]:
        """Yield what a text without a plus sign can mean; of two readings with one result, the second counts."""
        for prefix in self._prefixes(_digits(text)):
            number = self._international(text, prefix)
            if number:
                kind = DOUBLE_ZERO if prefix == "00" else PREFIXED
                yield Reading(kind, number, f"with {prefix} as the international prefix")
        number = self._international(text)
        if number:
            yield Reading(LOST_PLUS, number, "if its plus sign was lost")
        for number in self._national_numbers(_digits(text)):
            yield Reading(NATIONAL, number, f"as a number of region {self._code}")

    def _prefixes(self, digits: str) -> list[str]:
        starts = [digits[:length] for length in range(1, LONGEST_PREFIX + 1) if digits[length : length + 1] not in "0"]
        return [start for start in starts if start == "00" or self._international_prefix.fullmatch(start)]

    def _national_numbers(self, digits: str) -> Iterator[FullNumber]:
        yield self._plans.number(self._country, digits)
        stripped = digits.removeprefix(self._trunk_prefix or "0")
        if stripped not in {digits, ""}:
            number = self._plans.number(self._country, stripped)
            # Some numbering plans have no trunk prefix, but write some of their numbers with one.
            if self._trunk_prefix or "".join(self._plans.national_groups(number)) == digits:
                yield number
        dialled = None if self._international_prefix.match(digits) else self._plans.as_dialled(digits, self._code)
        if dialled and dialled.digits != digits:
            yield dialled

    def _may_be_newer(self, reading: Reading, valid: list[Reading]) -> bool:
        """Whether a reading that the metadata call invalid competes with those that are valid."""
        if self._plans.length_problem(reading.number):
            return False
        if reading.kind in {DOUBLE_ZERO, PREFIXED}:
            return any(other.kind == PREFIXED for other in valid)
        # The text starts with the country code of its own region, where a trunk prefix is expected.
        is_own = reading.kind == LOST_PLUS and reading.number.digits.startswith(self._country)
        return is_own and bool(self._trunk_prefix) and any(other.kind == NATIONAL for other in valid)

    def _is_refuted(self, reading: Reading, text: str, national: FullNumber) -> bool:
        """Whether the separators in a text show that it lost no plus sign, and is a national number."""
        groups = re.findall(r"\d+", text)
        if reading.kind != LOST_PLUS or len(groups) == 1 or AMOUNT.fullmatch(text):
            return False
        if len(groups[0]) < len(str(reading.number.parsed.country_code)):
            return True
        return groups == self._plans.national_groups(national) != self._plans.international_groups(reading.number)

    def _is_like_plus(self, reading: Reading) -> bool:
        """Whether 00 means just what a plus sign would, so that the number need not be valid either."""
        is_prefix = reading.kind == DOUBLE_ZERO and self._international_prefix.fullmatch("00")
        return bool(is_prefix) and not self._plans.length_problem(reading.number)

    def _may_be_local(self, reading: Reading, text: str) -> bool:
        """Whether a text has neither a prefix nor the length that would show that it has an area code."""
        digits = _digits(text)
        if reading.kind != NATIONAL or reading.number.digits != f"{self._country}{digits}":
            return False
        # Where people omit a prefix, the digits are all there is.
        has_prefix = "".join(self._plans.national_groups(reading.number)) != digits
        return has_prefix and self._plans.may_lack_area_code(self._code, digits)

    def _is_certain(self, reading: Reading, text: str) -> bool:
        """Whether the only reading is also what people mean who write so."""
        if reading.kind == LOST_PLUS:
            return reading.number.digits.startswith(self._country)
        return reading.kind != NATIONAL or not _digits(text).startswith("00")

    def _refuse(self, text: str, readings: list[Reading], meant: list[Reading]) -> NoReturn:
        dialled = [reading.number for reading in readings if reading.kind in {DOUBLE_ZERO, PREFIXED}]
        numbers = dialled or [reading.number for reading in reversed(readings) if reading.kind == NATIONAL]
        number = next((number for number in numbers if not self._plans.length_problem(number)), numbers[0])
        problem = self._plans.length_problem(number)
        what = f"{problem} for" if problem else "it is not a valid phone number of"
        where = f"country code +{number.parsed.country_code}" if dialled else f"region {self._code}"
        advice = f"If {meant[0].number if meant else number} is right, write that"
        if not meant and (problem or (not dialled and _digits(text).startswith("00"))):
            advice = "Write it with its country code and plus sign"
        raise ValueError(f"{what} {where}, {self._plans.source}. {advice}")

    def _refuse_two_numbers(self, text: str, number: FullNumber) -> None:
        """Raise ValueError if a text may be two numbers, the second of them written without what is equal in both."""
        before = len(_digits(text)) - len(self._plans.national_digits(number))
        for found in BREAK.finditer(text):
            start = text[: found.start()]
            is_long = found[0] == "/" and len(_digits(start)) - before > self._plans.area_code_length(number)
            if is_long or self._is_whole(start):
                what = f"{found[0]!r} stands behind more than an area code"
                raise ValueError(f"it may be more than one number, or have an extension: {what}. {ONE_NUMBER}")

    def _is_whole(self, text: str) -> bool:
        """Whether a text is a valid phone number in any reading."""
        if not _digits(text):
            return False
        numbers = [self._international(text)] if "+" in text else [reading.number for reading in self._readings(text)]
        return any(number and self._plans.is_valid(number) for number in numbers)


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)
