# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the operations that manage a single object have in common."""

from __future__ import annotations

import contextlib
from typing import Any

from .._common.errors import InvalidOptionsError
from .._planning.plan import Noop, Outcome, Plan, describe_plan, describe_unchanged
from .._resources.desired import Desired
from .._running.operation import Invocation, Result
from ._diff import diff_entry
from ._names import NO_KNOWN_NAMES, KnownNames

# Longer than a creation takes with all its retries, and with everything that follows a lost response.
LOCK_TIMEOUT = 600.0

STATE = {"type": "str", "choices": ["present", "absent"], "default": "present"}


def object_lock(invocation: Invocation, desired: Desired) -> contextlib.AbstractContextManager[None]:
    """Return a lock from the look-up to the write, for a resource that the API would create twice."""
    if invocation.check_mode or desired.object_id is not None:
        return contextlib.nullcontext()
    from .._running.host_lock import host_lock  # most tasks need no lock
    from .._transport.transport_errors import host_and_port

    resource = desired.resource
    key = min(resource.keys_of(desired.values), key=repr)
    # Without the API key: an organization may have several.
    name = repr((host_and_port(invocation.options["api_url"]), resource.path, key))
    return host_lock(name, invocation.client.pause, LOCK_TIMEOUT)


def apply_or_preview(invocation: Invocation, plan: Plan, read_at: float) -> Outcome:
    """Apply a plan, or in check mode only return what would become of it.

    Args:
        read_at: the client's time before the current state was read.

    Raises:
        PlanFailure: a request failed.
    """
    if isinstance(plan, Noop):
        return describe_unchanged(plan)
    from .._applying.apply import apply, preview  # most tasks find nothing to do
    from .._applying.freshness import Basis

    return preview(invocation.client, plan) if invocation.check_mode else apply(invocation.client, plan, Basis(read_at))


def single_result(
    name: str, plan: Plan, outcome: Outcome, names: KnownNames = NO_KNOWN_NAMES, header: str = ""
) -> Result:
    """Return the result of a task that manages one object.

    Args:
        name: of the object in the result.
        names: of trunks and agents, as far as they are known.
        header: names the object in the diff, if that is not what the plan identifies it by.
    """
    before, after = names.for_people(plan.resource, outcome.before, outcome.after)
    diff = diff_entry(header or describe_plan(plan, names.trunks), before, after)
    values: dict[str, Any] = {"changed": outcome.changed, "diff": diff}
    if plan.desired.present:
        values[name] = outcome.result
    return Result(values, outcome.warnings)


def check_seconds(options: Any, name: str, label: str = "") -> None:
    """Raise InvalidOptionsError if an option is not a finite number of seconds.

    Args:
        label: what messages call the option, if not by its name.
    """
    if not 0 <= options[name] < float("inf"):
        raise InvalidOptionsError(f"{label or name} must be a number of seconds, 0 or more, not {options[name]!r}.")
