# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Diffs in the form that Ansible prints."""

from __future__ import annotations

import os
from collections.abc import Container, Mapping, Sequence
from typing import Any

from .._common.text import shorten, visible_text
from ._names import describe_with_trunk

MAX_WHOLE = 20
MAX_VALUE = 60
MAX_COMMON = 20
SYMBOLS = {"create": "+", "delete": "-"}
WORDS = {None: "null", True: "true", False: "false"}


def diff_entry(header: str, before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """Return a diff of managed fields.

    Args:
        header: names the object.
        before, after: {} if the object does not exist. Shown as an empty text, for which Ansible prints no line `{}`.
    """
    shown = visible_text(header)
    return {"before": before or "", "after": after or "", "before_header": shown, "after_header": shown}


def fleet_diff(
    changes: Sequence[tuple[Mapping[str, Any], dict[str, Any]]], key: Container[str]
) -> list[dict[str, Any]]:
    """Return the diffs of all objects that a task changes; of many, one diff with a line for each.

    Args:
        changes: entries of the result, each with what `diff_entry` returned.
        key: the options that the names of objects consist of.
    """
    if len(changes) <= MAX_WHOLE:
        return [entry for _change, entry in changes]
    return [{"prepared": "".join(f"{_line(change, entry, key)}\n" for change, entry in changes)}]


def _line(change: Mapping[str, Any], entry: Mapping[str, Any], key: Container[str]) -> str:
    before, after = entry["before"] or {}, entry["after"] or {}
    symbol = SYMBOLS.get(change["action"], "~")
    if symbol == "~":
        changes = [
            f"{option} {' -> '.join(_shown_apart(before.get(option), value))}"
            for option, value in after.items()
            if option not in before or before[option] != value
        ]
    else:
        values = after or before
        changes = [
            f"{option} {shorten(_shown(values[option]), MAX_VALUE)}"
            for option in values
            if option not in key and values[option]
        ]
    return f"{symbol} {visible_text(describe_with_trunk(change))}{': ' if changes else ''}{', '.join(changes)}"


def _shown_apart(*values: Any) -> list[str]:
    """Return two different values, cut so that they look different."""
    texts = [_shown(value) for value in values]
    cut = [shorten(text, MAX_VALUE) for text in texts]
    # Without the first character: that of one of them may be another quotation mark.
    if cut != texts and cut[0][1:] == cut[1][1:]:
        start = max(0, len(os.path.commonprefix([text[1:] for text in texts])) - MAX_COMMON)
        cut = [shorten(f"…{text[start:]}", MAX_VALUE) for text in texts]
    return cut


def _shown(value: Any) -> str:
    # As in the diff of a few changes, which Ansible prints as YAML.
    return visible_text(WORDS[value] if value is None or isinstance(value, bool) else repr(value))
