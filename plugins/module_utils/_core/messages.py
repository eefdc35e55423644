# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Say what went wrong, for people (`msg`) and for playbooks (`error`)."""

from __future__ import annotations

import math
from typing import Any

from .._transport.errors import ApiError, BlackboxError
from .._transport.redaction import FreeText
from .._transport.text import name_some, visible_text

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
        has_written: whether a write of the task succeeded. Failed requests know themselves what they left.
    """
    changed = error.partial_result is not None
    if isinstance(error, ApiError):
        return {"msg": message(error, target), "changed": changed, "error": error_details(error)}
    return {"msg": _free(str(error)), "changed": changed or has_written}


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


def message(error: ApiError, target: str) -> FreeText:
    """Return what happened and what to do about it, in sentences."""
    sentences = [f"{_verb(error)} {target} failed: {_cause(error)}", *_hints(error)]
    return _free(" ".join(text if text.endswith((".", "?")) else f"{text}." for text in sentences))


def _free(text: str) -> FreeText:
    """Return text that may quote the server or the task: what a terminal would obey is made visible."""
    return FreeText(visible_text(text))


def _verb(error: ApiError) -> str:
    return error.verb or VERBS[error.method]


def _cause(error: ApiError) -> str:
    if error.in_use_by:
        return f"it is in use by {name_some(error.in_use_by, MAX_SHOWN, count_others=True)}"
    parts = (error.title, error.detail) if error.status or not error.detail else (error.detail,)
    reason = ": ".join(part for part in parts if part)
    fields = "; ".join(f"{field}: {' '.join(texts)}" for field, texts in error.errors.items())
    cause = f"the API returned {error.status}, {reason}" if error.status else reason
    return f"{cause} ({fields})" if fields else cause


def _hints(error: ApiError) -> list[str]:
    hints = []
    if error.partial_result is not None and _verb(error) != VERBS["DELETE"]:
        hints.append(_partial_result(error))
    if error.refuses_key:
        hints.append("Check the API key: option api_key or environment variable BLACKBOX_API_KEY")
    hints += [hint for hint in (error.force_hint, error.hint) if hint]
    if error.retry_limit is not None:
        hints.append(
            f"The API asks to wait {math.ceil(error.retry_after or 0)} s before the next attempt, longer than"
            f" api_retry_max_delay allows ({error.retry_limit:g} s)"
        )
    if error.attempts > 1:
        hints.append(f"{error.attempts} attempts were made")
    if error.outcome in OUTCOMES and error.attempts:
        hints.append(OUTCOMES[error.outcome])
    if error.outcome == "unknown" and error.attempts and not error.hint:
        hints.append("Rerun the task to reconcile")
    return hints


def _partial_result(error: ApiError) -> str:
    kept = f"The object exists (id {(error.partial_result or {}).get('id')}) with what was written before"
    return kept if error.outcome == "unknown" or error.hint else f"{kept}. Rerun the task to finish"
