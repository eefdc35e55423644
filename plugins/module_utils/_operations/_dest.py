# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of info modules that write what they return to a file, and what such a task returns."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any, NamedTuple

from .._common.errors import InvalidOptionsError
from .._common.files import current_mode, default_mode, write_atomically
from .._common.formats import Rows, read_xlsx, to_csv, to_json, to_xlsx, to_yaml
from .._common.redaction import FreeText
from .._resources.exported import CLEAR, OMIT

CSV, XLSX, JSON = ".csv", ".xlsx", ".json"
TABLES = (CSV, XLSX)
WRITERS: Mapping[str, Callable[[Sequence[Mapping[str, Any]]], str]] = {
    ".yml": to_yaml,
    ".yaml": to_yaml,
    JSON: to_json,
}
MODE = re.compile(r"0?[0-7]{3}")
# As long as what ansible-core shows of a file.
MAX_DIFF = 104448
# The file that is replaced may be another one, to which somebody has added passwords.
SECRET_LINE = re.compile(r"(?im)^(.*(?:password|secret|token)\w*[\"']?\s*[:=,]).+$")

DEST_OPTIONS: Mapping[str, Any] = {
    "dest": {"type": "path"},
    "force": {"type": "bool", "default": True},
    "mode": {"type": "str"},
    "nulls": {"type": "str", "choices": [OMIT, CLEAR], "default": OMIT},
}


class Destination(NamedTuple):
    """The file that a task writes.

    Attributes:
        overwrites: whether an existing file is replaced.
        mode: its permissions, None for those that it has or that new files get.
        nulls: whether values that are null are omitted or cleared.
    """

    path: str
    overwrites: bool
    mode: int | None
    nulls: str

    @property
    def format(self) -> str:
        """Return the extension of the file."""
        return os.path.splitext(self.path)[1].lower()

    @property
    def is_table(self) -> bool:
        """Return whether the file has rows and columns."""
        return self.format in TABLES


def read_destination(options: Mapping[str, Any], formats: Sequence[str]) -> Destination | None:
    """Return the file that a task writes, None if it writes none.

    Args:
        formats: extensions of the files that the module can write.

    Raises:
        InvalidOptionsError: it cannot be written.
    """
    if options["dest"] is None:
        return None
    destination = Destination(options["dest"], options["force"], _read_mode(options["mode"]), options["nulls"])
    path = destination.path
    if destination.format not in formats:
        known = f"{', '.join(formats[:-1])} or {formats[-1]}"
        raise InvalidOptionsError(f"dest must end in {known}, which determines the format; {path!r:.200} does not.")
    if destination.is_table and destination.nulls == CLEAR:
        raise InvalidOptionsError(
            f"dest is a {destination.format} file, in which an empty cell means omitted, so that nulls=clear is not"
            " possible. Use .yml or .json."
        )
    folder = os.path.dirname(path) or os.curdir
    if not os.path.isdir(folder):
        raise InvalidOptionsError(f"dest: the folder {folder!r:.200} does not exist. Create it first.")
    if os.path.exists(path) and not os.path.isfile(path):
        raise InvalidOptionsError(f"dest: {path!r:.200} exists and is not a file. Set the path of a file.")
    if destination.format == XLSX:
        _require_openpyxl()
    return destination


def _read_mode(mode: str | None) -> int | None:
    if mode is None:
        return None
    if not MODE.fullmatch(mode):
        raise InvalidOptionsError(f'mode must be an octal number in quotes, such as "0644", not {mode!r:.60}.')
    return int(mode, 8)


def _require_openpyxl() -> None:
    try:
        import_module("openpyxl")
    except ImportError:
        raise InvalidOptionsError(
            "dest: an .xlsx file needs the Python library openpyxl where the module runs, which is not installed there."
            " Install it, or write a .csv file."
        ) from None


def write_entries(
    destination: Destination, entries: Sequence[Mapping[str, Any]], *, check_mode: bool
) -> dict[str, Any]:
    """Write entries, and return the values of the task's result.

    Raises:
        InvalidOptionsError: the file could not be read or written.
    """
    text = WRITERS[destination.format](entries)
    return _write(destination, text, text.encode(), check_mode=check_mode)


def write_rows(destination: Destination, rows: Rows, *, check_mode: bool) -> dict[str, Any]:
    """Write the rows of a table, and return the values of the task's result.

    Raises:
        InvalidOptionsError: the file could not be read or written.
    """
    text = to_csv(rows)
    data = to_xlsx(rows) if destination.format == XLSX else text.encode()
    return _write(destination, text, data, check_mode=check_mode)


def _write(destination: Destination, text: str, data: bytes, *, check_mode: bool) -> dict[str, Any]:
    path = destination.path
    if not destination.overwrites and os.path.lexists(path):
        return {"changed": False, "dest": path, "diff": []}
    try:
        mode_before = current_mode(path)
        mode = destination.mode if destination.mode is not None else mode_before
        before = None if mode_before is None else _read(destination)
        is_new = before != text
        if is_new and not check_mode:
            write_atomically(path, data, default_mode() if mode is None else mode)
        elif mode != mode_before and not check_mode:
            os.chmod(path, mode or 0)
    except OSError as error:
        raise InvalidOptionsError(f"dest: {path!r:.200} could not be written: {error.strerror or error}.") from None
    diff = [_diff(path, before, text)] if is_new else []
    if mode_before is not None and mode != mode_before:
        diff.append({"before": {"mode": f"{mode_before:04o}"}, "after": {"mode": f"{mode:04o}"}})
    return {"changed": bool(diff), "dest": path, "diff": diff}


def _read(destination: Destination) -> str | bytes:
    """Return the text of the existing file, of a workbook as CSV, or its bytes if it is something else."""
    with open(destination.path, "rb") as file:
        data = file.read()
    if destination.format == XLSX:
        # Workbooks with the same cells differ, at least in the time when they were written.
        rows = read_xlsx(data)
        return data if rows is None else to_csv(rows)
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data


def _diff(path: str, before: str | bytes | None, after: str) -> dict[str, Any]:
    headers = {"before_header": path if before is not None else "", "after_header": path}
    if isinstance(before, bytes):
        return {**headers, "dst_binary": 1}
    if len(before or "") > MAX_DIFF:
        return {**headers, "dst_larger": MAX_DIFF}
    if len(after) > MAX_DIFF:
        return {**headers, "src_larger": MAX_DIFF}
    return {**headers, "before": FreeText(SECRET_LINE.sub(r"\1 (hidden)", before or "")), "after": after}
