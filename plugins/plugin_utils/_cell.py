# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads the cells of a file as programs and people write them."""

from __future__ import annotations

import re
import string
from collections.abc import Callable
from typing import Any

from ansible_collections.dasha.blackbox.plugins.module_utils._common.errors import InvalidOptionsError
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.desired import check_uuid, read_value
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.entries import STATES, convert
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.schema import Field
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.sip_phone_number import PHONE_NUMBER

from ._number_cell import NumberCell, describe_character, is_invisible

TEXT_FORMULA = re.compile(r'="(.*)"', re.DOTALL)
TEXT_MARK = re.compile(r"['\u2018\u2019](?=[-+=@(\d])")
UNDECODED = re.compile("[\ud800-\udfff\ufffd]")
LIST_SEPARATORS = re.compile(r"[\s,;]+")
FREE_TEXTS = ("display_name", "description")
# As spreadsheets show them in the languages in which they are sold, those without a mark at their end by name.
SPREADSHEET_ERROR = re.compile(
    r"#[¡¿]?[^\W\d_a-z][^a-z!?#]*[!?]|#(?:N/?A|NV|N/?D|N/B|I/T|Н/Д|YOK|HIÁNYZIK|NENÍ_K_DISPOZICI|GETTING_DATA)|Err:\d{3}"
)
HIDDEN_VALUE = re.compile("#{3,}")
REMOVED = "invisible characters were removed"

ReadNumber = Callable[[str], NumberCell]


def read_cell(field: Field, cell: str, read_number: ReadNumber, warn: Callable[..., None]) -> Any:
    """Return the value of a cell, None if it is empty.

    Args:
        read_number: returns the phone number in a text; raises ValueError, with a clause, if there is none.
        warn: takes what is doubtful about the value, as a sentence.

    Raises:
        InvalidOptionsError: it is invalid.
    """
    text, removed = trim(cell)
    text = _unwrap(field, text)
    if removed:
        warn(f"{REMOVED} from both ends of {field.option}, such as {describe_character(removed[0])}.", kind=REMOVED)
    if not text:
        return None
    _refuse_accident(text, field.option)
    if field.option == "phone_number":
        text = _read_number(text, read_number, warn)
    if field.option == "id":
        return check_uuid(text, field.option)
    if field.option == "state":
        return _read_state(text)
    value = LIST_SEPARATORS.split(text.strip(",;")) if field.type == "list" else convert(field, text, field.option)
    return read_value(field, value, field.option) if field in PHONE_NUMBER.settable else value


def trim(cell: str) -> tuple[str, str]:
    """Return a text without blank and invisible characters at its ends, and those of them that few editors show."""
    if cell.isascii():
        return cell.strip(), ""
    start, end = 0, len(cell)
    while start < end and _is_blank(cell[start]):
        start += 1
    while start < end and _is_blank(cell[end - 1]):
        end -= 1
    return cell[start:end], "".join(char for char in cell[:start] + cell[end:] if char not in string.whitespace)


def _is_blank(char: str) -> bool:
    return char.isspace() or is_invisible(char)


def _unwrap(field: Field, text: str) -> str:
    """Return the text of a cell without what keeps a spreadsheet from taking it for a number or a formula."""
    formula = TEXT_FORMULA.fullmatch(text)
    if formula:
        text = trim(formula[1].replace('""', '"'))[0]
    # A name may start with an apostrophe.
    return text[1:] if field.option not in FREE_TEXTS and TEXT_MARK.match(text) else text


def _refuse_accident(text: str, option: str) -> None:
    """Raise InvalidOptionsError for what nobody typed but programs left in a file."""
    if UNDECODED.search(text):
        raise InvalidOptionsError(f"{option} is {text!r:.60}, which is not UTF-8. Save the file as CSV UTF-8.")
    if SPREADSHEET_ERROR.fullmatch(text):
        raise InvalidOptionsError(f"{option} is {text!r:.60}, the error of a formula. Correct it, or empty the cell.")
    if HIDDEN_VALUE.fullmatch(text):
        raise InvalidOptionsError(
            f"{option} is {text!r:.60}: a spreadsheet saved what a column showed that was too narrow. Widen the column."
        )


def _read_number(text: str, read_number: ReadNumber, warn: Callable[..., None]) -> str:
    try:
        number, warning = read_number(text)
    except ValueError as error:
        raise InvalidOptionsError(f"phone_number is {text!r:.60}: {error}.") from error
    if warning:
        warn(f"phone_number is {text!r:.60}: {warning}. It is used, as it may be newer.", cell=text)
    return number


def _read_state(text: str) -> str:
    if text.lower() not in STATES:
        raise InvalidOptionsError(f"state must be present or absent, not {text!r:.60}.")
    return text.lower()
