# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Apply many plans side by side; the failure of one object does not stop the others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from .._planning.plan import CREATE, DELETE, NOOP, UPDATE, Outcome, Plan, Update
from .._reading.links import with_links
from .._resources.schema import Resource
from .._transport.client import Client
from .._transport.errors import ApiError, BlackboxError, UnexpectedError
from .._transport.workers import map_in_threads
from .apply import apply, preview
from .circuit_breaker import CircuitBreaker

METHODS = {CREATE: "POST", UPDATE: "PUT", DELETE: "DELETE", NOOP: "GET"}


class PlanResult(NamedTuple):
    """What became of one plan.

    Attributes:
        outcome: None if it failed or was not attempted.
        error: why it failed.
    """

    plan: Plan
    outcome: Outcome | None = None
    error: ApiError | None = None

    @property
    def attempted(self) -> bool:
        """Whether the plan was begun."""
        return self.outcome is not None or self.error is not None


class WorkerPool:
    """Workers on one client. After a fault that every request would meet, they begin nothing more.

    Args:
        size: how many plans are in progress at once.
        check_mode: only preview.
        on_result: called with each result, from the worker's thread.
    """

    def __init__(
        self,
        client: Client,
        resource: Resource,
        size: int,
        check_mode: bool,
        on_result: Callable[[PlanResult], None],
    ) -> None:
        self._client = client
        self._resource = resource
        self._size = size
        self._apply_or_preview: Callable[[Client, Resource, Plan], Outcome] = preview if check_mode else apply
        self._check_mode = check_mode
        self._on_result = on_result
        self._breaker = CircuitBreaker()

    def run(self, plans: Sequence[Plan], reread: bool = False) -> list[PlanResult]:
        """Apply plans that do not depend on one another; the results are in their order.

        Args:
            reread: whether links may have changed since the plans were made, by the plans that were run before.
        """
        return map_in_threads(lambda plan: self._run_one(plan, reread), plans, self._size)

    def _run_one(self, plan: Plan, reread: bool) -> PlanResult:
        if self._breaker.open:
            return PlanResult(plan)
        result = self._attempt(plan, reread)
        error = result.error
        if error:
            self._breaker.note(error.fault_key, fatal=error.aborts_run)
        else:
            self._breaker.note()
        self._on_result(result)
        return result

    def _attempt(self, plan: Plan, reread: bool) -> PlanResult:
        try:
            current = plan
            if reread and isinstance(plan, Update) and not self._check_mode:
                current = plan._replace(current=with_links(self._client, self._resource, plan.current))
            return PlanResult(plan, outcome=self._apply_or_preview(self._client, self._resource, current))
        except ApiError as error:
            return PlanResult(plan, error=error)
        except BlackboxError:
            raise
        except Exception as exc:
            # What nobody thought of must not lose the report of the other objects.
            surprise = UnexpectedError(exc, METHODS[plan.action], self._resource.path)
            if self._check_mode:
                surprise.outcome, surprise.attempts = "not_sent", 0
            return PlanResult(plan, error=surprise)
