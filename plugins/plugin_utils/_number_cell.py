# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads the text of a cell that holds a phone number, as far as no numbering plan is needed for that."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple, NoReturn

from ansible_collections.dasha.blackbox.plugins.module_utils._resources.texts import is_hidden

# Some numbering plans have longer numbers, which cannot be called from abroad.
MAX_DIGITS = 15
SCIENTIFIC = re.compile(r"[-+]?\d[\d.,]*\s*(?:e|[x×*]\s*10\s*\^?)\s*[-+]?\s*\d+", re.IGNORECASE)
DECIMAL = re.compile(r"[-+]?\d{4,}[.,](?:0+|\d{1,2})")
DAY = r"(?:0?[1-9]|[12]\d|3[01])"
DATE = re.compile(rf"(?:{DAY}([-./]){DAY}\1(?:19|20)?\d\d|(?:19|20)\d\d([-./]){DAY}\2{DAY})(?:\s.*)?")
# What programs write where there is no value, and instead of 1 and 0.
NO_VALUES = frozenset({"na", "n/a", "<na>", "nan", "nat", "nil", "none", "null", "undefined", "inf", "infinity"})
TRUTH_VALUES = frozenset({"true", "false", "wahr", "falsch", "vrai", "faux", "vero", "falso", "verdadero"})
SEVERAL = re.compile(r"\d\)?\s*[,;|&/]\s*[+(]*\d|[\d)]\s*\+")
PLAIN_NUMBER = re.compile(r"\(?\+?(?=.*\d)[-\d().* #]+", re.ASCII)
SECOND_AREA_CODE = re.compile(r"(?:\d\D*){8}\(\d{2,5}\)(?:\D*\d){6}", re.ASCII)
# How texts begin in which nothing is dialled before the number, to get an outside line or to call abroad.
NO_PREFIX = re.compile(r"\(?(?:\+|0[2-9]|[2-6])")
MAX_DIGITS_WITH_PREFIX = 19
PART_OF_NUMBER = re.compile(r"[-+\d(). /–—]", re.ASCII)
FULL_WIDTH = str.maketrans("＋（）．／", "+()./") | dict.fromkeys(map(ord, "‐‑‒−－﹣"), "-")
ONE_NUMBER = "Write one number in each row, and nothing else in its cell"
SEVERAL_NUMBERS = f"it seems to hold more than one number. {ONE_NUMBER}"


class NumberCell(NamedTuple):
    """A phone number that was read.

    Attributes:
        number: as it is sent to the API.
        warning: what is doubtful about it, as a clause, empty if nothing is.
    """

    number: str
    warning: str = ""


def read_as_written(text: str) -> NumberCell:
    """Return a phone number, or a user of a SIP server, exactly as it is written.

    Raises:
        ValueError: with a clause, if it cannot be meant so.
    """
    check_number_cell(text)
    if PLAIN_NUMBER.fullmatch(text):
        if _is_several(text):
            raise ValueError(SEVERAL_NUMBERS)
    elif not _is_user(text):
        refuse_spelling(text)
    return NumberCell(text)


def _is_several(text: str) -> bool:
    """Whether the digits of a text are too many for one number, or an area code follows a number."""
    # An extension, or what a telephone system does, does not count; nobody dials the 0 of +49 (0)30.
    number = re.split("[*#]", text)[0].replace("(0)", "")
    groups = re.findall(r"\d+", number)
    limit = MAX_DIGITS if NO_PREFIX.match(number) else MAX_DIGITS_WITH_PREFIX
    return len(groups) > 1 and (sum(map(len, groups)) > limit or bool(SECOND_AREA_CODE.search(number)))


def _is_user(text: str) -> bool:
    """Whether a text can be the name of a user of a SIP server."""
    if text.startswith("+") or text.casefold() in NO_VALUES | TRUTH_VALUES or SEVERAL.search(text):
        return False
    return any(map(str.isalpha, text)) and all(
        char.isalpha() or (char.isascii() and char not in " ()") for char in text
    )


def check_number_cell(text: str) -> None:
    """Raise ValueError, with a clause, for a text that is no phone number in any numbering plan."""
    hidden = next(filter(is_hidden, text), "")
    if hidden:
        raise ValueError(f"it contains {describe_character(hidden)}. {ONE_NUMBER}")
    folded = fold_look_alikes(text)
    if SCIENTIFIC.fullmatch(folded):
        raise ValueError(
            "a program saved the number in scientific notation, which keeps no plus sign, no leading zeros, and often"
            " not all digits. Format the column as text, and enter the number again"
        )
    if DECIMAL.fullmatch(folded):
        raise ValueError(
            "a program saved the number as a decimal number, which keeps no plus sign and no leading zeros. Save the"
            " column as text, and enter the number again"
        )
    if DATE.fullmatch(folded):
        raise ValueError("it is a date. Format the column as text, and enter the number again")


def fold_look_alikes(text: str) -> str:
    """Return a text with digits of other scripts, wide and unbreakable spaces, and hyphens in those of ASCII."""
    if text.isascii():
        return text
    return "".join(map(_fold, text.translate(FULL_WIDTH)))


def _fold(char: str) -> str:
    if char.isdecimal():
        return str(unicodedata.decimal(char))
    return " " if unicodedata.category(char) == "Zs" else char


def describe_character(char: str) -> str:
    """Return a character by code point and name."""
    if char in "\r\n":
        return "a line break"
    return f"U+{ord(char):04X} ({unicodedata.name(char, 'a control character')})"


def refuse_spelling(text: str) -> NoReturn:
    """Raise ValueError, with a clause, for a text that is not written like a phone number."""
    letters = "".join(filter(str.isalpha, text))
    if letters:
        raise ValueError(f"it contains the letters {letters!r:.30}. {ONE_NUMBER}: no extension, no comment")
    if SEVERAL.search(text):
        raise ValueError(SEVERAL_NUMBERS)
    strange = next((char for char in text if not PART_OF_NUMBER.fullmatch(char)), "")
    if strange:
        raise ValueError(f"it contains {describe_character(strange)}, which is not part of a phone number")
    raise ValueError("it is not a phone number")
