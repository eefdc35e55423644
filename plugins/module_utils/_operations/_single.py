# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the operations that manage a single object have in common."""

from __future__ import annotations

import contextlib
from typing import Any

from .._core.operation import Invocation, Result
from .._planning.plan import Noop, Outcome, Plan, describe_unchanged
from .._resources.desired import Desired
from .._resources.schema import Resource
from .._transport.errors import InvalidOptionsError
from ._diff import diff_entry

# Longer than a creation takes with all its retries, and with everything that follows a lost response.
LOCK_TIMEOUT = 600.0

STATE = {"type": "str", "choices": ["present", "absent"], "default": "present"}


def creation_lock(
    invocation: Invocation, resource: Resource, desired: Desired
) -> contextlib.AbstractContextManager[None]:
    """Return a lock from the look-up to the creation, for a resource that the API would create twice."""
    if invocation.check_mode or desired.object_id is not None or not desired.present:
        return contextlib.nullcontext()
    from .._core.host_lock import host_lock  # most tasks need no lock
    from .._transport.transport_errors import host_and_port

    # Without the key: an organization may have several.
    name = repr((host_and_port(invocation.options["api_url"]), resource.path, resource.key_of(desired.values)))
    return host_lock(name, invocation.client.pause, LOCK_TIMEOUT)


def apply_or_preview(invocation: Invocation, resource: Resource, plan: Plan) -> Outcome:
    """Apply a plan, or in check mode only return what would become of it.

    Raises:
        ApiError: a request failed.
    """
    if isinstance(plan, Noop):
        return describe_unchanged(resource, plan)
    from .._applying.apply import apply, preview  # most tasks find nothing to do

    return (preview if invocation.check_mode else apply)(invocation.client, resource, plan)


def single_result(name: str, header: str, desired: Desired, outcome: Outcome) -> Result:
    """Return the result of a task that manages one object.

    Args:
        name: of the object in the result.
        header: names the object in the diff.
    """
    diff = diff_entry(header, outcome.before, outcome.after)
    values: dict[str, Any] = {"changed": outcome.changed, "diff": diff}
    if desired.present:
        values[name] = outcome.result
    return Result(values, outcome.warnings)


def check_seconds(options: Any, name: str) -> None:
    """Raise InvalidOptionsError if an option is not a finite number of seconds."""
    if not 0 <= options[name] < float("inf"):
        raise InvalidOptionsError(f"{name} must be a number of seconds, 0 or more, not {options[name]!r}.")
