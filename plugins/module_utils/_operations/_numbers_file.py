# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The option `phone_numbers_file`: entries of a file, which the action plugin has read on the control node."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from typing import Any

from .._common.errors import InvalidOptionsError, Problems
from .._resources.location import number_lines, number_list
from .._running.labels import Labels

NUMBERS = "phone_numbers"
FILE = "phone_numbers_file"
READING_OPTIONS = ("columns", "region")

# A task sets a path. What the action plugin hands on instead is a mapping: `path`, `entries`, `lines` on which they
# start (none for a file without lines), `headings` of the columns by option (none if it is no table), and `warnings`.
FILE_OPTIONS: Mapping[str, Any] = {
    FILE: {"type": "raw"},
    "columns": {"type": "dict"},
    "region": {"type": "str"},
}


def located_numbers(options: Mapping[str, Any], labels: Labels, problems: Problems) -> Iterator[tuple[str, Any]]:
    """Return all entries of a task with their locations: those of its list, then those of its file."""
    listed = number_list(options[NUMBERS] or [], labels[NUMBERS])
    with problems.collect():
        return itertools.chain(listed, _entries_of_file(options, labels))
    return listed


def file_warnings(options: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what is doubtful about the file, if the task has one."""
    file = options[FILE]
    return tuple(file["warnings"]) if isinstance(file, Mapping) else ()


def _entries_of_file(options: Mapping[str, Any], labels: Labels) -> Iterator[tuple[str, Any]]:
    file = options[FILE]
    if isinstance(file, Mapping):
        path, entries, lines = file["path"], file["entries"], file.get("lines")
        return number_list(entries, path) if lines is None else number_lines(entries, path, lines, file.get("headings"))
    if file is not None:
        raise InvalidOptionsError(
            f"{labels[FILE]} is read by the action plugin of the collection, on the control node. Run the module with"
            " ansible or ansible-playbook, by its full name."
        )
    unused = [labels[option] for option in READING_OPTIONS if options[option]]
    if unused:
        are = "is" if len(unused) == 1 else "are"
        raise InvalidOptionsError(f"{' and '.join(unused)} {are} set, but {labels[FILE]} is not. Set it.")
    return iter(())
