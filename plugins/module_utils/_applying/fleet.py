# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Apply many plans side by side; the failure of one object does not stop the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from .._common.errors import InvalidOptionsError
from .._common.workers import map_in_threads
from .._planning.plan import METHODS, Noop, Outcome, Plan, Write
from .._reading.organization import OtherOrganizationError
from .._transport.client import Client
from .._transport.errors import ApiError, UnexpectedError, not_sent
from .apply import apply, preview
from .circuit_breaker import CircuitBreaker
from .failure import PlanFailure
from .freshness import Basis


class PlanResult(NamedTuple):
    """What became of one plan.

    Attributes:
        outcome: None if it failed or was not attempted.
        failure: why it failed.
    """

    plan: Plan
    outcome: Outcome | None = None
    failure: PlanFailure | None = None

    @property
    def attempted(self) -> bool:
        """Whether the plan was begun."""
        return self.outcome is not None or self.failure is not None


class WorkerPool:
    """Workers on one client. After a fault that every request would meet, they begin nothing more.

    Args:
        size: how many plans are in progress at once.
        on_result: called with each result, from the worker's thread.
    """

    def __init__(self, client: Client, size: int, on_result: Callable[[PlanResult], None]) -> None:
        self._client = client
        self._size = size
        self._on_result = on_result
        self._breaker = CircuitBreaker()

    def apply(self, plans: Sequence[Plan], basis: Basis) -> list[PlanResult]:
        """Apply plans that do not depend on one another; the results are in their order."""
        return self._run(plans, lambda plan: apply(self._client, plan, basis), sends_writes=True)

    def preview(self, plans: Sequence[Plan], released: frozenset[str] = frozenset()) -> list[PlanResult]:
        """Return what `apply` would, without a write.

        Args:
            released: see `preview` in `apply`.
        """
        return self._run(plans, lambda plan: preview(self._client, plan, released), sends_writes=False)

    def _run(
        self, plans: Sequence[Plan], carry_out: Callable[[Plan], Outcome], *, sends_writes: bool
    ) -> list[PlanResult]:
        return map_in_threads(lambda plan: self._run_one(plan, carry_out, sends_writes), plans, self._size)

    def _run_one(self, plan: Plan, carry_out: Callable[[Plan], Outcome], sends_writes: bool) -> PlanResult:
        if self._breaker.open:
            return PlanResult(plan)
        result = self._attempt(plan, carry_out, sends_writes)
        if result.failure:
            cause = result.failure.cause
            self._breaker.note(cause.fault_key, fatal=cause.aborts_run)
        else:
            self._breaker.note()
        self._on_result(result)
        return result

    def _attempt(self, plan: Plan, carry_out: Callable[[Plan], Outcome], sends_writes: bool) -> PlanResult:
        try:
            return PlanResult(plan, outcome=carry_out(plan))
        except PlanFailure as failure:
            return PlanResult(plan, failure=failure)
        except ApiError as error:
            return PlanResult(plan, failure=PlanFailure(error))
        except OtherOrganizationError:
            # None of the plans may be carried out with this key.
            raise
        except InvalidOptionsError as error:
            # The object has changed since it was read, so that the task lacks an option now.
            refusal = not_sent(METHODS[plan.action], plan.resource.path, "Changed since it was read", str(error))
            return PlanResult(plan, failure=PlanFailure(refusal, None if isinstance(plan, Noop) else plan))
        except Exception as exc:
            # What nobody thought of must not lose the report of the other objects.
            outcome, attempts = ("unknown", 1) if sends_writes else ("not_sent", 0)
            surprise = UnexpectedError(exc, METHODS[plan.action], plan.resource.path, outcome, attempts)
            return PlanResult(plan, failure=PlanFailure(surprise, None if isinstance(plan, Noop) else plan))


def linked_agents(results: Iterable[PlanResult]) -> frozenset[str]:
    """Return the ids of the agents that writes have linked for outgoing calls, taking them from other numbers."""
    return frozenset(agent for result in results for agent in _gained(result.plan, *_written_values(result)))


def agents_to_link(plans: Iterable[Write]) -> frozenset[str]:
    """Return the ids of the agents that writes are to link for outgoing calls."""
    return frozenset(agent for plan in plans for agent in _gained(plan, plan.before, plan.after))


def _gained(plan: Plan, before: Mapping[str, Any], after: Mapping[str, Any]) -> set[str]:
    options = [field.option for field in plan.resource.settable if field.derived]
    return {agent for option in options for agent in {*(after.get(option) or ())} - {*(before.get(option) or ())}}


def _written_values(result: PlanResult) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Return the managed values before and after what was written."""
    if result.outcome:
        return result.outcome.before, result.outcome.after
    if result.failure and result.failure.plan:
        return result.failure.plan.before, result.failure.written.values
    return {}, {}
