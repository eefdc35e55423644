# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""No cell becomes another number: random valid numbers of every region, as programs and people write them.

They run with the oldest and the newest supported version of phonenumbers, see tests/utils/matrix.py.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from random import Random

import phonenumbers
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from ansible_collections.dasha.blackbox.plugins.filter import phone_numbers_from_csv
from ansible_collections.dasha.blackbox.plugins.plugin_utils._e164 import load_region
from ansible_collections.dasha.blackbox.plugins.plugin_utils._numbering_plans import MINIMUM_VERSION
from unit.valid_numbers import REGIONS, ValidNumber, international_prefix, valid_number

CHECKOUT = Path(__file__).parents[2]
READERS = {region: load_region(region) for region in REGIONS}
WIDE = str.maketrans("0123456789+-(). ", "０１２３４５６７８９＋‑（）．\u3000")
ARABIC = str.maketrans("0123456789 ", "٠١٢٣٤٥٦٧٨٩\u202f")


def worldwide(test: Callable[[int], None]) -> Callable[[int], None]:
    """Run a test with numbers of every region, which are thousands of cells, on every supported ansible-core."""
    # A seed has no smaller one that would show a fault better.
    examples = settings(max_examples=4, phases=[Phase.generate])(given(st.integers(0, 2**32))(test))
    return pytest.mark.slow(pytest.mark.every_core(examples))  # type: ignore[no-any-return]


def read(region: str, cell: str) -> str | None:
    """Return the number in a cell, None if it is refused."""
    try:
        return READERS[region](cell).number
    except ValueError:
        return None


def with_plus(number: ValidNumber) -> Iterator[str]:
    yield number.e164
    yield number.international
    yield number.international.replace(" ", "-")
    yield number.international.replace(" ", ".")
    yield number.international.translate(WIDE)
    yield f"tel:{number.e164}"
    yield re.sub(r"(\+\d+)", r"(\1)", number.international, count=1)


def with_prefix(number: ValidNumber, region: str) -> Iterator[str]:
    """Yield how a number is dialled in a region."""
    for prefix in filter(None, ("00", international_prefix(region))):
        yield f"{prefix}{number.e164[1:]}"
        yield f"{prefix} {number.international[1:]}"
        yield f"{prefix}{number.international[1:]}".replace(" ", "-").translate(ARABIC)


def without_plus(number: ValidNumber) -> Iterator[str]:
    """Yield what programs make of a number that they take for an amount, and what people write who omit the plus."""
    yield number.e164[1:]
    yield f"{int(number.e164):,}".replace(",", ".")
    yield f"{int(number.e164):,}".replace(",", " ")
    yield number.international[1:]
    yield number.international[1:].replace(" ", "-")
    yield re.sub(r"\D", " ", number.international[1:], count=1)
    if number.has_trunk_zero:
        country = number.international[1:].split()[0].split("-")[0]
        yield f"{country} (0) {number.significant}"


def national(number: ValidNumber) -> Iterator[str]:
    yield number.national
    yield re.sub(r"[ -]+", "-", number.national)
    yield re.sub(r"[ -]+", ".", number.national)
    yield re.sub(r"[ )-]+", "/", number.national.replace("(", ""), count=1)
    yield number.national.translate(WIDE)


def national_digits(number: ValidNumber) -> Iterator[str]:
    yield re.sub(r"\D", "", number.national)
    yield number.significant
    yield re.sub(r"\D", "", number.national).translate(ARABIC)


def scientific(digits: str) -> Iterator[str]:
    """Yield how spreadsheets, Python, Java and JavaScript write a double."""
    significand, exponent = f"{digits[0]}.{digits[1:].rstrip('0') or '0'}", len(digits) - 1
    yield f"{float(digits):.5E}"
    yield f"{float(digits):.2e}"
    for exponent_mark in ("E", "e", "E+", " E", "e+0", "×10^"):
        yield f"{significand}{exponent_mark}{exponent}"
        yield f"+{significand}{exponent_mark}{exponent}".replace(".", ",")
        yield f"{digits[:-3]}{exponent_mark}3"


def no_single_number(random: Random, number: ValidNumber) -> Iterator[str]:
    """Yield what a cell may hold beside or instead of a number."""
    other = f"{number.e164[:-1]}{random.randrange(10)}"
    for text in (number.e164, number.international, number.national, number.significant):
        yield f"{text} (Fax)"
        yield f"{text} x5"
        yield f"Home {text}"
        yield f"{text}\n{other}"
        for separator in (", ", "; ", " / ", "/", " & ", "|", " or ", "\t"):
            yield f"{text}{separator}{other}"
            yield f"{text}{separator}{text[-2:]}"
        yield f"{text}–{text[-2:]}"
        yield f"{text} ({text[-2:]})"
        yield f"{text[:4]}\u200b{text[4:]}"
        yield f"{text[:4]}\u202e{text[4:]}"
        yield f"{text}¹"
    for digits in (number.e164[1:], number.significant):
        yield from scientific(digits)
        yield from (f"{digits}{fraction}" for fraction in (".0", ",00", ".5", "0.25"))
    year, month, day = random.randint(1950, 2030), random.randint(1, 12), random.randint(1, 28)
    for separator in "-./":
        yield f"{day:02}{separator}{month:02}{separator}{year}"
        yield f"{month}{separator}{day}{separator}{year % 100:02}"
        yield f"{year}{separator}{month:02}{separator}{day:02}"
    yield f"{year}-{month:02}-{day:02} 12:30:00"
    yield from ("TRUE", "nan", "NULL", "-", "12:30", "#N/A", "alice")


def wrong_cells(expected: Iterable[tuple[str, str, str]]) -> list[tuple[str, str, str, str]]:
    """Return region, cell, number and result of each cell that becomes another number than it is."""
    results = ((region, cell, number, read(region, cell)) for region, cell, number in expected)
    return [(region, cell, number, found) for region, cell, number, found in results if found not in {None, number}]


@worldwide
def test_number_of_the_region_is_read_or_refused_and_never_another(seed: int) -> None:
    random = Random(seed)
    cells = [
        (number.region, cell, number.e164)
        for number in (valid_number(random, region) for region in REGIONS)
        for cell in (
            *with_plus(number),
            *with_prefix(number, number.region),
            *without_plus(number),
            *national(number),
            *national_digits(number),
        )
    ]
    assert wrong_cells(cells) == []


@worldwide
def test_number_of_another_country_is_read_or_refused_and_never_another(seed: int) -> None:
    random = Random(seed)
    cells = [
        (region, cell, number.e164)
        for region in REGIONS
        for number in [valid_number(random, random.choice(REGIONS))]
        for cell in (*with_plus(number), *with_prefix(number, region), *without_plus(number))
    ]
    assert wrong_cells(cells) == []


@worldwide
def test_number_in_a_cell_of_a_workbook_is_read_or_refused_and_never_another(seed: int) -> None:
    """Such a cell keeps no plus sign and no leading zeros."""
    random = Random(seed)
    wrong = []
    for region in REGIONS:
        number, foreign = valid_number(random, region), valid_number(random, random.choice(REGIONS))
        amounts = {(re.sub(r"\D", "", number.national).lstrip("0"), number)}
        for digits, each in amounts | {(each.e164.removeprefix("+"), each) for each in (number, foreign)}:
            with suppress(ValueError):
                found = READERS[region].read_amount(digits).number
                wrong += [(region, digits, found, each.e164)] if found != each.e164 else []
    assert wrong == []


@worldwide
def test_cell_with_anything_else_than_one_number_is_refused(seed: int) -> None:
    random = Random(seed)
    read_cells = [
        (region, cell, found)
        for region in REGIONS
        for cell in no_single_number(random, valid_number(random, region))
        if (found := read(region, cell))
    ]
    assert read_cells == []


@pytest.mark.slow
@pytest.mark.every_core
def test_ordinary_spellings_are_accepted() -> None:
    """What is refused of them has two readings: some national numbers begin like those of another country."""
    random = Random(1)
    kinds: dict[str, list[bool]] = {"plus": [], "prefix": [], "national": [], "national digits": []}
    for region in REGIONS * 3:
        number, foreign = valid_number(random, region), valid_number(random, random.choice(REGIONS))
        kinds["plus"] += (read(region, cell) == each.e164 for each in (number, foreign) for cell in with_plus(each))
        kinds["prefix"] += (read(region, cell) == foreign.e164 for cell in with_prefix(foreign, region))
        kinds["national"] += (read(region, cell) == number.e164 for cell in national(number))
        kinds["national digits"] += (read(region, cell) == number.e164 for cell in national_digits(number))
    shares = {kind: sum(results) / len(results) for kind, results in kinds.items()}
    assert shares["plus"] == 1
    assert min(shares["prefix"], shares["national"]) > 0.985
    assert shares["national digits"] > 0.95


def test_number_with_plus_that_is_newer_than_the_metadata_is_read_with_a_warning() -> None:
    assert READERS["US"]("+1 555 123 4567") == (
        "+15551234567",
        f"+15551234567 is not a valid phone number according to phonenumbers {phonenumbers.__version__}",
    )
    assert READERS["DE"]("001 555 123 4567").number == "+15551234567"
    assert read("US", "001 555 123 4567") is None


def test_metadata_and_documentation_name_the_oldest_version_that_is_tested() -> None:
    oldest = ".".join(map(str, MINIMUM_VERSION))
    assert f'"phonenumbers=={oldest}"' in (CHECKOUT / "tests/utils/matrix.py").read_text("utf-8")
    assert f"C(phonenumbers) {oldest} or newer" in phone_numbers_from_csv.DOCUMENTATION
    guide = (CHECKOUT / "docs/docsite/rst/guide_spreadsheets.rst").read_text("utf-8")
    assert f"``phonenumbers`` {oldest} or newer" in " ".join(guide.split())
