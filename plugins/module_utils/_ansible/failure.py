# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Says what went wrong, for people (`msg`) and for playbooks (`error`)."""

from __future__ import annotations

import math
from http import HTTPStatus
from typing import Any

from .._applying.registration import NotRegistered
from .._transport.errors import ApiError, BlackboxError

VERBS = {"GET": "Reading", "POST": "Creating", "PUT": "Updating", "DELETE": "Deleting"}
LINK_VERBS = {"PUT": "Linking an agent to", "DELETE": "Unlinking the agent of"}
OUTCOMES = {
    "unknown": "It may have been carried out all the same; running the task again finds out and finishes the work.",
    "not_sent": "The request did not reach the API.",
}


def failure(error: BlackboxError, target: str) -> dict[str, Any]:
    """Return the arguments of `fail_json` for an error.

    Args:
        target: what the task was about, such as `phone number '+15551234567'`.
    """
    result: dict[str, Any] = {"msg": str(error), "changed": error.partial_result is not None}
    if isinstance(error, ApiError):
        result.update(msg=message(error, target), error=error.as_result())
    return result


def message(error: ApiError, target: str) -> str:
    """Return what happened and what to do about it, in sentences."""
    sentences = [f"{_verb(error)} {target} failed: {_what(error)}", *_advice(error)]
    return " ".join(sentence if sentence.endswith((".", "?")) else f"{sentence}." for sentence in sentences)


def _verb(error: ApiError) -> str:
    if isinstance(error, NotRegistered):
        return "Waiting for the registration of"
    if error.path.endswith("/agent-link"):
        return LINK_VERBS[error.method]
    return VERBS[error.method]


def _what(error: ApiError) -> str:
    if error.in_use_by:
        return f"it is used by {', '.join(error.in_use_by)}"
    said = ": ".join(part for part in (error.title, error.detail) if part)
    if isinstance(error, NotRegistered):
        return str(error.detail)
    fields = "; ".join(f"{field}: {' '.join(messages)}" for field, messages in error.errors.items())
    answered = f"the API answered {error.status}, {said}" if error.status else said
    return f"{answered} ({fields})" if fields else answered


def _advice(error: ApiError) -> list[str]:
    advice = []
    if error.partial_result is not None:
        advice.append(_progress(error))
    if error.force_hint:
        advice.append(error.force_hint)
    if error.status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        advice.append("Check the API key: option api_key or environment variable BLACKBOX_API_KEY")
    if error.retry_limit is not None:
        advice.append(
            f"The API asks to wait {math.ceil(error.retry_after or 0)} s before another attempt, longer than"
            f" api_retry_max_delay ({error.retry_limit:g} s) allows"
        )
    if error.attempts > 1:
        advice.append(f"{error.attempts} attempts were made")
    if error.status is None and error.outcome in OUTCOMES and error.attempts:
        advice.append(OUTCOMES[error.outcome])
    elif error.outcome == "unknown":
        advice.append(OUTCOMES["unknown"])
    return advice


def _progress(error: ApiError) -> str:
    stays = f"What was done before it stays: it exists with id {(error.partial_result or {}).get('id')}"
    return stays if error.outcome == "unknown" else f"{stays}; run the task again to finish"
