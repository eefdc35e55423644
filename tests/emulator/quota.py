# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rate limit of an API key."""

from __future__ import annotations

import math
from collections import deque
from typing import Any


class Quota:
    """Counts the requests of each key in a sliding window."""

    def __init__(self) -> None:
        self._seen: dict[str, deque[float]] = {}

    def clear(self) -> None:
        """Reset all counts."""
        self._seen.clear()

    def exceeded(self, limits: dict[str, Any], key: str, now: float) -> int | None:
        """Count a request; if it exceeds the quota, return the whole seconds until the next one is allowed.

        Args:
            limits: `requests` in `per_seconds` (1 if left out); `retry_after` replaces the seconds reckoned.
            now: seconds of a monotonic clock.
        """
        window = limits.get("per_seconds", 1)
        seen = self._seen.setdefault(key, deque())
        while seen and seen[0] <= now - window:
            seen.popleft()
        if len(seen) < limits["requests"]:
            seen.append(now)
            return None
        return int(limits.get("retry_after", math.ceil(seen[0] + window - now)))
