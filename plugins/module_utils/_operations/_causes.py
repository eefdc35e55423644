# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Why objects of a fleet failed: many failures often have one cause."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple


class Cause(NamedTuple):
    """A reason, as the end of a message, and all failures that have it.

    Attributes:
        action: what failed.
    """

    action: str
    reason: str
    failures: list[Mapping[str, Any]]


def find_causes(failures: Sequence[Mapping[str, Any]]) -> list[Cause]:
    """Return the causes of failures as a result lists them, the most frequent one first."""
    causes: dict[tuple[str, str], Cause] = {}
    for failure in failures:
        message = str(failure.get("msg") or "")
        # Only the beginning of a message names the object.
        reason = message.partition(" failed: ")[2] or message
        cause = causes.setdefault((failure["action"], reason), Cause(failure["action"], reason, []))
        cause.failures.append(failure)
    return sorted(causes.values(), key=lambda cause: -len(cause.failures))
