# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The option `max_deletions`: how many objects one task may delete."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .._transport.errors import InvalidOptionsError
from .._transport.text import name_some

MAX_DELETIONS = {"type": "int", "default": 10}


def check_max_deletions(options: Mapping[str, Any]) -> None:
    """Raise InvalidOptionsError if the limit is no limit."""
    if options["max_deletions"] < 0:
        raise InvalidOptionsError(f"max_deletions must be at least 0, not {options['max_deletions']}.")


def deletion_refusal(what: str, deleted: Sequence[Any], limit: int, most: int, describe: Callable[[Any], str]) -> str:
    """Return why nothing is done if more objects would be deleted than a task allows, as sentences; else empty.

    Args:
        what: the objects with their number, in words.
        deleted: all of them.
        most: how many of them are named.
        describe: returns the name of one.
    """
    if len(deleted) <= limit:
        return ""
    return (
        f"{what} would be deleted, more than max_deletions ({limit}) allows, so nothing was done. To be deleted:"
        f" {name_some(deleted, most, describe)}. If this is what you want, set max_deletions to {len(deleted)}."
    )
