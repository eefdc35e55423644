# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Decodes a text file that people and programs wrote in whatever encoding they use."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable

from ._findings import Findings

# UTF-32 first: its mark for little endian starts with that of UTF-16.
BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# How files start that are no text, whatever their name.
ARCHIVE = (b"PK\x03\x04", "an Excel workbook or another archive. Rename a workbook so that its name ends in .xlsx")
SIGNATURES = (
    (b"\xd0\xcf\x11\xe0", "an Excel file with a password, or of the old format. Save it as .xlsx without one"),
    (b"%PDF", "a PDF. Export the table as CSV or .xlsx"),
    (b"\x1f\x8b", "compressed with gzip. Decompress it first"),
)
WORD = re.compile(r"[^\s,;|\"\x80-\U0010ffff]*([^\x00-\x7f])[^\s,;|\"]*")


def decode(data: bytes, errors: Findings, warnings: Findings) -> str:
    """Return the text of a file without its byte order mark, empty if it is none.

    Args:
        errors: takes why it is no text.
        warnings: takes that its encoding was guessed.
    """
    if has_signature(data, (ARCHIVE, *SIGNATURES), errors):
        return ""
    mark, encoding = next((each for each in BYTE_ORDER_MARKS if data.startswith(each[0])), (b"", ""))
    encoding = encoding or _wide_encoding(data) or "utf-8"
    try:
        text = data[len(mark) :].decode(encoding)
    except UnicodeDecodeError as error:
        if encoding != "utf-8" or mark:
            errors.add(f"The file is not valid {encoding.upper()}: {error.reason} at byte {error.start + len(mark)}.")
            return ""
        text = _decode_windows(data, errors, warnings)
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        errors.add("The file is binary, or not complete: it has a null character.", line)
        return ""
    return text


def has_signature(data: bytes, signatures: Iterable[tuple[bytes, str]], errors: Findings) -> bool:
    """Whether a file is of another kind than its name says, which `errors` takes."""
    found = next((what for signature, what in signatures if data.startswith(signature)), "")
    if found:
        errors.add(f"The file is {found}.")
    return bool(found)


def _wide_encoding(data: bytes) -> str:
    """Return the encoding of a text in UTF-16 without a byte order mark, empty if it is something else."""
    sample = data[:2000]
    zeros = sample[0::2].count(0), sample[1::2].count(0)
    if not sample or max(zeros) * 3 < len(sample) or min(zeros):
        return ""
    return "utf-16-be" if zeros[0] else "utf-16-le"


def _decode_windows(data: bytes, errors: Findings, warnings: Findings) -> str:
    try:
        text = data.decode("cp1252")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        errors.add("The file is neither UTF-8 nor Windows-1252. Save it as CSV UTF-8.", line)
        return ""
    found = WORD.search(text)
    if found:
        warnings.add(
            f"The file is not UTF-8 and was read as Windows-1252. Its first character that is not ASCII is"
            f" {found[1]!r}, in {found[0]!r:.60}. If that is wrong, save the file as CSV UTF-8.",
            text.count("\n", 0, found.start()) + 1,
        )
    return text
