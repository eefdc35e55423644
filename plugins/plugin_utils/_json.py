# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads lists of entries in JSON, and in JSON lines, where each line is one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NoReturn

from ._findings import Findings
from ._records import A_LIST, Record


class _Repeated:
    """A JSON object in which a key is twice."""

    def __init__(self, key: str) -> None:
        self.key = key


def read_json(text: str, errors: Findings) -> Iterator[Record]:
    """Yield the entries of a JSON file."""
    found = _load(text, errors, None)
    if errors:
        return
    if isinstance(found, dict):
        lists = [value for value in found.values() if isinstance(value, list)]
        found = lists[0] if len(lists) == 1 else found
    if not isinstance(found, list):
        errors.add(f"The file must be {A_LIST}.")
        return
    for index, value in enumerate(found):
        yield from _record(value, 0, f"entry {index}: ", errors)


def read_json_lines(text: str, errors: Findings) -> Iterator[Record]:
    """Yield the entries of a file with one JSON object in each line."""
    start = 0
    number = 0
    while start < len(text):
        end = text.find("\n", start)
        line = text[start : end if end >= 0 else len(text)]
        start += len(line) + 1
        number += 1
        if not line.strip():
            continue
        wrong = len(errors)
        found = _load(line, errors, number)
        if len(errors) == wrong:
            yield from _record(found, number, "", errors)


def _load(text: str, errors: Findings, line: int | None) -> Any:
    try:
        return json.loads(text, object_pairs_hook=_to_dict, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        errors.add(f"not valid JSON: {error.msg} at column {error.colno}.", line or error.lineno)
    except RecursionError:
        errors.add("not valid JSON: it is nested too deeply.", line)
    except ValueError as error:
        errors.add(f"not valid JSON: {error!s:.200}.", line)
    return None


def _to_dict(pairs: list[tuple[str, Any]]) -> dict[str, Any] | _Repeated:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    names = [name for name, _value in pairs]
    return _Repeated(next(name for index, name in enumerate(names) if name in names[:index]))


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not part of JSON")


def _record(value: Any, line: int, place: str, errors: Findings) -> Iterator[Record]:
    if isinstance(value, _Repeated):
        errors.add(f"{place}{value.key!r:.60} is in the entry twice.", line or None)
    elif isinstance(value, dict):
        yield Record(value, line, place)
    else:
        errors.add(f"{place}an entry must be a mapping of options, not {value!r:.60}.", line or None)
