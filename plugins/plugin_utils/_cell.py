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
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.texts import is_padding
from ansible_collections.dasha.blackbox.plugins.module_utils._running.labels import Labels

from ._e164 import RegionReader
from ._number_cell import NumberCell, describe_character, read_as_written

TEXT_FORMULA = re.compile(r'="(.*)"', re.DOTALL)
TEXT_MARK = re.compile(r"['\u2018\u2019](?=[-+=@(\d])")
UNDECODED = re.compile("[\ud800-\udfff\ufffd]")
ID_SEPARATORS = re.compile(r"[\s,;]+")
# Names contain spaces, and some of them commas.
NAME_SEPARATORS = (re.compile(r"\s*[;\r\n][;\s]*"), re.compile(r"\s*,[,\s]*"))
FREE_TEXTS = ("display_name", "description")
# As spreadsheets show them in the languages in which they are sold, those without a mark at their end by name.
SPREADSHEET_ERROR = re.compile(
    r"#[¡¿]?[^\W\d_a-z][^a-z!?#]*[!?]|#(?:N/?A|NV|N/?D|N/B|I/T|Н/Д|YOK|HIÁNYZIK|NENÍ_K_DISPOZICI|GETTING_DATA)|Err:\d{3}"
)
HIDDEN_VALUE = re.compile("#{3,}")
# Excel keeps 15 digits, as many as E.164 allows.
EXACT_NUMBER = re.compile("[0-9]{1,15}")
# What most cells are: they are their own values, and nothing in them needs a closer look.
E164_NUMBER = re.compile(r"\+[0-9]{7,15}")
PLAIN_TEXT = re.compile(r"[A-Za-z](?:[A-Za-z0-9 ._()/-]{0,200}[A-Za-z0-9)])?")
# TRUE and FALSE of spreadsheets in the languages in which they are sold, and the words for yes and no.
# fmt: off
TRUE_WORDS = frozenset((
    "wahr", "ja", "vrai", "oui", "vero", "sì", "si", "verdadero", "sí", "verdadeiro", "sim", "waar", "prawda", "tak",
    "pravda", "sand", "sant", "sann", "tosi", "igaz", "doğru", "истина", "да",
))
FALSE_WORDS = frozenset((
    "falsch", "nein", "faux", "non", "falso", "não", "nao", "onwaar", "nee", "fałsz", "nie", "nepravda", "falsk",
    "usann", "epätosi", "hamis", "yanliş", "yanlış", "ложь", "нет",
))
# fmt: on
REMOVED = "invisible characters were removed"


class TypedCell(str):
    """A cell that a spreadsheet does not hold as a text: the text that its value is, whatever the cell shows.

    Attributes:
        kind: number, date or boolean.
    """

    __slots__ = ("kind",)

    kind: str


ReadNumber = Callable[[str], NumberCell]


def read_cell(field: Field, cell: str, read_number: ReadNumber, warn: Callable[..., None], labels: Labels) -> Any:
    """Return the value of a cell, None if it is empty.

    Args:
        read_number: returns the phone number in a text; raises ValueError, with a clause, if there is none.
        warn: takes what is doubtful about the value, as a sentence.
        labels: what messages call the options of the task.

    Raises:
        InvalidOptionsError: it is invalid.
    """
    if isinstance(cell, TypedCell):
        return _read_typed(field, cell, read_number, warn, labels)
    text, removed = trim(cell)
    text = _unwrap(field, text)
    if removed:
        warn(f"{REMOVED} from both ends of {field.option}, such as {describe_character(removed[0])}.", kind=REMOVED)
    if not text:
        return None
    _refuse_accident(text, field.option)
    if field.option == "phone_number":
        text = read_number_cell(text, read_number, warn)
    if field.option == "id":
        return check_uuid(text, field.option)
    if field.option == "state":
        return _read_state(text)
    value = _convert(field, text)
    return read_value(field, value, field.option) if field in PHONE_NUMBER.settable else value


def _read_typed(
    field: Field, cell: TypedCell, read_number: ReadNumber, warn: Callable[..., None], labels: Labels
) -> Any:
    """Return the value of a cell that is no text, if it is the value that somebody wrote into it."""
    text, is_phone_number = str(cell), field.option == "phone_number"
    is_exact = cell.kind == "number" and bool(EXACT_NUMBER.fullmatch(text))
    if is_phone_number and is_exact and isinstance(read_number, RegionReader):
        return read_number_cell(text, read_number.read_amount, warn)
    if not is_phone_number and (field.type == "bool" if cell.kind == "boolean" else is_exact):
        return read_cell(field, text, read_number, warn, labels)
    lost = hint = ""
    if is_phone_number and cell.kind == "number":
        lost = ", which keeps no plus sign and no leading zeros, and 15 digits at most"
        hint = f", or set {labels['region']}" if is_exact else ""
    raise InvalidOptionsError(
        f"{field.option} is {text!r:.60}: the cell holds a {cell.kind}{lost}. Format the column as text, and enter the"
        f" value again{hint}."
    )


def _convert(field: Field, text: str) -> Any:
    """Return a text in the type of its field."""
    if field.type == "list":
        members = _split(text, ID_SEPARATORS if field in PHONE_NUMBER.settable else _name_separators(text))
        if not members:
            # An empty list would unlink all agents, which nobody means by a separator.
            raise InvalidOptionsError(f"{field.option} is {text!r:.60}, which has no agent in it.")
        return members
    if field.type == "bool":
        word = text.lower()
        text = "true" if word in TRUE_WORDS else "false" if word in FALSE_WORDS else text
    return convert(field, text, field.option)


def _split(text: str, separators: re.Pattern[str]) -> list[str]:
    return [member for member in separators.split(text) if member]


def _name_separators(text: str) -> re.Pattern[str]:
    return next((each for each in NAME_SEPARATORS if each.search(text)), NAME_SEPARATORS[0])


def plain_cells(field: Field, read_number: ReadNumber) -> re.Pattern[str] | None:
    """Return what matches cells of a column that need not be read, None if all have to be."""
    if field.option == "phone_number":
        return E164_NUMBER if read_number is read_as_written else None
    return PLAIN_TEXT if field.option in FREE_TEXTS else None


def trim(cell: str) -> tuple[str, str]:
    """Return a text without blank and invisible characters at its ends, and those of them that few editors show."""
    if cell.isascii():
        return cell.strip(), ""
    start, end = 0, len(cell)
    while start < end and is_padding(cell[start]):
        start += 1
    while start < end and is_padding(cell[end - 1]):
        end -= 1
    return cell[start:end], "".join(char for char in cell[:start] + cell[end:] if char not in string.whitespace)


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


def read_number_cell(text: str, read_number: ReadNumber, warn: Callable[..., None]) -> str:
    """Return the phone number in a text.

    Args:
        read_number, warn: as for `read_cell`.

    Raises:
        InvalidOptionsError: it has none, or more than one that can be meant.
    """
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
