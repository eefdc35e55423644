# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Say what went wrong, for people (`msg`) and for playbooks (`error`)."""

from __future__ import annotations

import math
from typing import Any

from .._applying.failure import PlanFailure
from .._common.errors import BlackboxError, InvalidOptionsError
from .._common.redaction import FreeText
from .._common.text import name_some, visible_text
from .._transport.errors import ApiError

VERBS = {"GET": "Reading", "POST": "Creating", "PUT": "Updating", "PATCH": "Updating", "DELETE": "Deleting"}
MAX_SHOWN = 10
OUTCOMES = {
    "unknown": "The request may have been applied",
    "not_sent": "The request did not reach the API",
}


def failure(error: BlackboxError, target: str, *, has_written: bool = False) -> dict[str, Any]:
    """Return the result of a task that failed.

    Args:
        target: what the task was about, such as `phone number '+15551234567'`.
        has_written: whether a write of the task succeeded. Failed plans know themselves what they left.
    """
    if isinstance(error, (ApiError, PlanFailure)):
        failed = as_failure(error)
        changed = failed.written.obj is not None
        return {"msg": message(failed, target), "changed": changed, "error": error_details(failed.cause)}
    lines = error.lines if isinstance(error, InvalidOptionsError) else (str(error),)
    return {"msg": FreeText("\n".join(visible_text(line) for line in lines)), "changed": has_written}


def as_failure(error: ApiError | PlanFailure) -> PlanFailure:
    """Return an error as the failure of a plan; a request that no plan asked for is one without a plan."""
    return error if isinstance(error, PlanFailure) else PlanFailure(error)


def error_details(error: ApiError) -> dict[str, Any]:
    """Return the `error` value of a result."""
    return {
        "status": error.status,
        "title": None if error.title is None else _free(error.title),
        "detail": None if error.detail is None else _free(error.detail),
        "errors": {_free(field): [_free(text) for text in texts] for field, texts in error.errors.items()},
        "method": error.method,
        "path": error.path,
        "attempts": error.attempts,
        "outcome": error.outcome,
    }


def message(error: ApiError | PlanFailure, target: str) -> FreeText:
    """Return what happened and what to do about it, in sentences."""
    failed = as_failure(error)
    verb = failed.verb or VERBS[failed.cause.method]
    sentences = [f"{verb} {target} failed: {_cause(failed)}", *_hints(failed, verb)]
    return _free(" ".join(text if text.endswith((".", "?")) else f"{text}." for text in sentences))


def _free(text: str) -> FreeText:
    """Return text that may quote the server or the task: what a terminal would obey is made visible."""
    return FreeText(visible_text(text))


def _cause(failed: PlanFailure) -> str:
    if failed.in_use_by:
        return f"it is in use by {name_some(failed.in_use_by, MAX_SHOWN, count_others=True)}"
    error = failed.cause
    parts = (error.title, error.detail) if error.status or not error.detail else (error.detail,)
    reason = ": ".join(part for part in parts if part)
    fields = "; ".join(f"{field}: {' '.join(texts)}" for field, texts in error.errors.items())
    cause = f"the API returned {error.status}, {reason}" if error.status else reason
    return f"{cause} ({fields})" if fields else cause


def _hints(failed: PlanFailure, verb: str) -> list[str]:
    error = failed.cause
    advice = [hint for hint in (*failed.hints, error.hint) if hint]
    hints = []
    if failed.written.obj is not None and verb != VERBS["DELETE"]:
        can_rerun = not advice and error.outcome != "unknown" and (error.transient or error.status is None)
        hints.append(_partial_result(failed.written.obj, can_rerun))
    if error.refuses_key:
        hints.append("Check the API key: option api_key or environment variable BLACKBOX_API_KEY")
    hints += advice
    if error.retry_limit is not None:
        hints.append(
            f"The API asks to wait {math.ceil(error.retry_after or 0)} s before the next attempt, longer than"
            f" api_retry_max_delay allows ({error.retry_limit:g} s)"
        )
    if error.attempts > 1:
        hints.append(f"{error.attempts} attempts were made")
    if error.outcome in OUTCOMES and error.attempts:
        hints.append(OUTCOMES[error.outcome])
    if error.outcome == "unknown" and error.attempts and not advice:
        hints.append("Rerun the task to reconcile")
    return hints


def _partial_result(obj: dict[str, Any], can_rerun: bool) -> str:
    kept = f"The object exists (id {obj.get('id')}) with what was written before"
    return f"{kept}. Rerun the task to finish" if can_rerun else kept
