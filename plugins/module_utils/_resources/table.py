# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Entries of phone numbers as rows of a CSV file or a workbook, which comes back as it is."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from .exported import Exported, number_options, with_names
from .schema import NO_NAMES
from .sip_phone_number import PHONE_NUMBER
from .texts import is_padding

# What is read back as nothing else: a date, a decimal number and a user cannot be told from accidents.
PLAIN_NUMBER = re.compile(r"\+?[0-9]+")
# Characters that no workbook can hold, what programs write in their place, and what they show instead of a value.
LOST = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ufffd-\uffff]|_x[0-9A-Fa-f]{4}_")
ERROR_VALUE = re.compile(r"#+|#[¡¿]?[^\W\d_a-z][^a-z]*|Err:\d{3}")
TEXT_MARK = re.compile(r"['\u2018\u2019]")
NAME_SEPARATOR = re.compile(r"[,;\r\n]")
ID_SEPARATOR = re.compile(r"[\s,;]")
FORMULA = re.compile(r"[=+\-@\uff1d\uff0b\uff0d\uff20]")
TEXT_FORMULA = re.compile(r'=".*"', re.DOTALL)
REQUIRED_COLUMNS = tuple(field.named or field.option for field in PHONE_NUMBER.settable if not field.derived)
COLUMNS = ("id", *(name for field in PHONE_NUMBER.settable for name in (field.option, field.named) if name))
PROSE = {field.option for field in PHONE_NUMBER.settable if field.prose}


class Table(NamedTuple):
    """Rows of texts.

    Attributes:
        rows: the names of the columns first.
        omitted: numbers with the options that are not among their cells, because no cell keeps their value.
    """

    rows: list[list[str]]
    omitted: Mapping[str, Sequence[str]]


def to_table(
    numbers: Sequence[Exported],
    trunks: Mapping[str, str] = NO_NAMES,
    agents: Mapping[str, str] = NO_NAMES,
    *,
    runs_formulas: bool,
) -> Table:
    """Return phone numbers, as the info module returns them, as a table.

    A name that a cell does not keep gives way to its id, and a number to the id of the object.

    Args:
        trunks: names by id in lower case.
        agents: names by id.
        runs_formulas: whether a spreadsheet takes a text in such a file for a formula if it looks like one.
    """
    names = [{key: name for key, name in known.items() if _is_kept(name)} for known in (trunks, agents)]
    entries, omitted = [], {}
    for number in numbers:
        entry = _named(_table_options(number), *names)
        cells = {option: _to_text(value) for option, value in entry.items()}
        lost = [option for option, value in entry.items() if not _is_kept_value(option, value)]
        entries.append({option: _mark(cells[option], runs_formulas) for option in cells if option not in lost})
        if lost:
            omitted[number["phone_number"]] = lost
    used = {option for entry in entries for option in entry}
    columns = [option for option in COLUMNS if option in used or option in REQUIRED_COLUMNS]
    return Table([columns, *([entry.get(option, "") for option in columns] for entry in entries)], omitted)


def _table_options(number: Exported) -> dict[str, Any]:
    options = number_options(number, "omit")
    if PLAIN_NUMBER.fullmatch(number["phone_number"]):
        return options
    return {"id": number["id"], **{name: value for name, value in options.items() if name not in PHONE_NUMBER.key}}


def _named(entry: Mapping[str, Any], trunks: Mapping[str, str], agents: Mapping[str, str]) -> dict[str, Any]:
    members = {key: name for key, name in agents.items() if not NAME_SEPARATOR.search(name)}
    lists = {option: value for option, value in entry.items() if isinstance(value, list)}
    others = {option: value for option, value in entry.items() if option not in lists}
    return {**with_names(others, trunks, agents), **with_names(lists, NO_NAMES, members)}


def _to_text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "; ".join(value) if isinstance(value, list) else str(value)


def _is_kept_value(option: str, value: Any) -> bool:
    """Return whether a cell keeps the value of an option."""
    if isinstance(value, list):
        separator = ID_SEPARATOR if option in PHONE_NUMBER.by_option else NAME_SEPARATOR
        return all(_is_kept(member) and not separator.search(member) for member in value)
    return not isinstance(value, str) or _is_kept(value, is_prose=option in PROSE)


def _is_kept(text: str, *, is_prose: bool = False) -> bool:
    if not text or LOST.search(text) or ERROR_VALUE.fullmatch(text) or (TEXT_MARK.match(text) and not is_prose):
        return False
    return not (is_padding(text[0]) or is_padding(text[-1]))


def _mark(text: str, runs_formulas: bool) -> str:
    """Return a text so that it stays a text, as spreadsheets and readers of tables understand it."""
    is_formula = runs_formulas and FORMULA.match(text) and not PLAIN_NUMBER.fullmatch(text)
    return '="' + text.replace('"', '""') + '"' if is_formula or TEXT_FORMULA.fullmatch(text) else text
