# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""When a failed attempt is retried, and how long to wait before. Pure: the clock and the jitter are passed in."""

from __future__ import annotations

from typing import NamedTuple

INITIAL_DELAY = 0.5


class RetryPolicy(NamedTuple):
    """How often and how long.

    Attributes:
        retries: further attempts after the first.
        max_delay: the longest wait before one attempt, in seconds.
    """

    retries: int
    max_delay: float

    def delay(self, attempt: int, retry_after: float | None, jitter: float, in_vain: int | None = None) -> float:
        """Return the seconds to wait after the failed attempt number `attempt` (from 1).

        The maximum is half a second at first and doubles with each attempt; as long as nothing succeeds, it quadruples,
        so that four retries outlast an outage of twenty seconds. Half of it is random: clients that failed together do
        not come back together. A server's Retry-After can make the wait longer, but not shorter.

        Args:
            jitter: a random number from 0 to 1, uniformly distributed.
            in_vain: waits in a row after which nothing succeeded; by default, all that the request has had.
        """
        doublings = max(attempt - 1, 2 * (attempt - 1 if in_vain is None else in_vain))
        # 2.0 ** 1024 is an overflow; a wait that long is over max_delay anyway.
        ceiling = min(self.max_delay, INITIAL_DELAY * 2.0 ** min(doublings, 64))
        return max(retry_after or 0, ceiling * (1 + jitter) / 2)
