# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ends a run whose requests would all fail."""

from __future__ import annotations

import threading

# As many failures in a row that concern the API and not the object end the run: the others would fail as well.
MAX_CONSECUTIVE_FAILURES = 3


class CircuitBreaker:
    """Opens after a failure that every request would meet, or after several in a row of the same kind.

    Attributes:
        open: nothing more may be begun.
    """

    def __init__(self) -> None:
        self.open = False
        self._lock = threading.Lock()
        self._last_fault = ""
        self._consecutive = 0

    def note(self, fault: str = "", *, fatal: bool = False) -> None:
        """Note how a request ended.

        Args:
            fault: the kind of its failure; empty after a success, or if the failure concerns only the object.
            fatal: every other request would fail as well.
        """
        with self._lock:
            if fault != self._last_fault:
                self._consecutive = 0
            self._last_fault = fault
            if fault:
                self._consecutive += 1
            self.open = self.open or fatal or self._consecutive >= MAX_CONSECUTIVE_FAILURES
