# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Messages: what happened and what to do, and nothing that is wrong or cannot help."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.dasha.blackbox.plugins.module_utils._applying.failure import PlanFailure, Written
from ansible_collections.dasha.blackbox.plugins.module_utils._applying.registration import Awaited, wait_failure
from ansible_collections.dasha.blackbox.plugins.module_utils._common.errors import InvalidOptionsError
from ansible_collections.dasha.blackbox.plugins.module_utils._common.redaction import FreeText
from ansible_collections.dasha.blackbox.plugins.module_utils._running.messages import (
    as_failure,
    error_details,
    failure,
    message,
)
from ansible_collections.dasha.blackbox.plugins.module_utils._transport.errors import ApiError, UnexpectedError

PATH = "/api/v1/sip-phone-numbers"
LINKING = "Linking the agent 'A' to"
TARGET = "phone number '+1'"
RECONCILE = "The request may have been applied. Rerun the task to reconcile."
NOT_SENT = "The request did not reach the API."
KEY_HINT = "Check the API key: option api_key or environment variable BLACKBOX_API_KEY."
FORCE = "Set force to true to unlink it from them and delete it, or unlink it first"
UNSAFE = "\x1b[2Jred\x07\u202e\u2066\x9b31m\r\n\ttext\x00\ud800\u200f\u061c\ufeff"


def error(method: str = "POST", path: str = PATH, retry_limit: float | None = None, **fields: Any) -> ApiError:
    made = ApiError(method, path, **fields)
    made.retry_limit = retry_limit
    return made


def failed(
    method: str = "POST",
    *,
    verb: str = "",
    hints: tuple[str, ...] = (),
    in_use_by: list[str] | None = None,
    kept: str | None = None,
    **fields: Any,
) -> PlanFailure:
    """Return the failure of a plan; `kept` is the id of what it had written before."""
    written = Written()
    if kept is not None:
        written.note({"id": kept}, {})
    return PlanFailure(error(method, **fields), None, written, verb=verb, hints=hints, in_use_by=in_use_by)


def not_registered(detail: str) -> PlanFailure:
    return wait_failure(Awaited({"id": "x"}, False), error("GET", title="Not registered", detail=detail))


MESSAGES = [
    (error(status=400, title="Bad Request"), "Creating {} failed: the API returned 400, Bad Request."),
    (
        error(
            status=400, title="Bad Request", detail="It is wrong.", errors={"a": ["Too long.", "Odd."], "b": ["No."]}
        ),
        "Creating {} failed: the API returned 400, Bad Request: It is wrong. (a: Too long. Odd.; b: No.).",
    ),
    (error("GET", status=404, title="Not Found"), "Reading {} failed: the API returned 404, Not Found."),
    (error("PUT", status=422, title="No"), "Updating {} failed: the API returned 422, No."),
    (error("PATCH", status=422, title="No"), "Updating {} failed: the API returned 422, No."),
    (error("DELETE", status=409, title="No"), "Deleting {} failed: the API returned 409, No."),
    (
        failed("PUT", verb=LINKING, status=404, title="No"),
        "Linking the agent 'A' to {} failed: the API returned 404, No.",
    ),
    (error(status=401, title="Unauthorized"), f"Creating {{}} failed: the API returned 401, Unauthorized. {KEY_HINT}"),
    (error(status=403, title="Forbidden"), f"Creating {{}} failed: the API returned 403, Forbidden. {KEY_HINT}"),
    (
        error(status=503, title="Unavailable", outcome="unknown", attempts=5),
        f"Creating {{}} failed: the API returned 503, Unavailable. 5 attempts were made. {RECONCILE}",
    ),
    (
        error(title="Timeout", detail="no complete response within 30 s", outcome="unknown"),
        f"Creating {{}} failed: no complete response within 30 s. {RECONCILE}",
    ),
    (
        error("GET", title="Timeout", detail="no complete response within 30 s", outcome="no_response", attempts=2),
        "Reading {} failed: no complete response within 30 s. 2 attempts were made.",
    ),
    (
        error("GET", title="Connection error", detail="connection to h:1 failed: refused", outcome="not_sent"),
        f"Reading {{}} failed: connection to h:1 failed: refused. {NOT_SENT}",
    ),
    (
        error(status=429, title="Too many", retry_after=119.2, retry_limit=60.0),
        "Creating {} failed: the API returned 429, Too many. The API asks to wait 120 s before the next attempt, longer"
        " than api_retry_max_delay allows (60 s).",
    ),
    (
        failed("DELETE", status=409, title="In use", in_use_by=["agent 'A' (a)", "agent 'B' (b)"], hints=(FORCE,)),
        f"Deleting {{}} failed: it is in use by agent 'A' (a), agent 'B' (b). {FORCE}.",
    ),
    (
        failed("DELETE", title="In use", outcome="not_sent", attempts=0, in_use_by=["agent 'A' (a)"], hints=(FORCE,)),
        f"Deleting {{}} failed: it is in use by agent 'A' (a). {FORCE}.",
    ),
    (
        error("PUT", title="Managed by a provider", detail="it is managed", outcome="not_sent", attempts=0),
        "Updating {} failed: it is managed.",
    ),
    (
        # The same request would be refused again.
        failed("PUT", verb=LINKING, status=404, title="No agent", kept="x"),
        "Linking the agent 'A' to {} failed: the API returned 404, No agent. The object exists (id x) with what was"
        " written before.",
    ),
    (
        failed("PUT", verb=LINKING, status=503, title="Unavailable", transient=True, kept="x"),
        "Linking the agent 'A' to {} failed: the API returned 503, Unavailable. The object exists (id x) with what was"
        " written before. Rerun the task to finish.",
    ),
    (
        failed("PUT", verb=LINKING, title="Connection error", detail="refused", outcome="not_sent", kept="x"),
        "Linking the agent 'A' to {} failed: refused. The object exists (id x) with what was written before. Rerun the"
        " task to finish. The request did not reach the API.",
    ),
    (
        error(title="Timeout", detail="slow", outcome="unknown", hint="Look first"),
        "Creating {} failed: slow. Look first. The request may have been applied.",
    ),
    (
        failed(title="Timeout", detail="slow", outcome="unknown", hints=("Look first", "Then there"), hint="Or not"),
        "Creating {} failed: slow. Look first. Then there. Or not. The request may have been applied.",
    ),
    (
        failed("PUT", verb=LINKING, status=404, title="No agent", kept="x", hints=("Do this",)),
        "Linking the agent 'A' to {} failed: the API returned 404, No agent. The object exists (id x) with what was"
        " written before. Do this.",
    ),
    (
        failed("DELETE", status=409, title="Conflict", kept="x", hints=("Do this",)),
        "Deleting {} failed: the API returned 409, Conflict. Do this.",
    ),
    (
        failed("PUT", verb=LINKING, title="Timeout", detail="slow", outcome="unknown", kept="x"),
        "Linking the agent 'A' to {} failed: slow. The object exists (id x) with what was written before. " + RECONCILE,
    ),
    (error("GET", title="Incomplete", detail="api_url right?"), "Reading {} failed: api_url right?"),
    (
        not_registered("The registration failed; the last state is 'Failed'"),
        "Waiting for the registration of {} failed: The registration failed; the last state is 'Failed'.",
    ),
]


@pytest.mark.parametrize(("error", "expected"), MESSAGES, ids=range(len(MESSAGES)))
def test_message_says_what_happened_and_what_to_do(error: ApiError | PlanFailure, expected: str) -> None:
    assert message(error, TARGET) == expected.format(TARGET)


@pytest.mark.parametrize("outcome", ["rejected", "unknown", "not_sent", "no_response"])
def test_object_of_a_provider_is_never_advised_force_or_a_password(outcome: str) -> None:
    refused = error("DELETE", status=409, title="Managed by a provider", outcome=outcome)
    assert "force" not in message(refused, TARGET)
    assert "password" not in message(refused, TARGET)


def test_read_without_a_response_is_not_said_to_be_unsent() -> None:
    unanswered = error("GET", title="Timeout", detail="slow", outcome="no_response")
    assert "did not reach" not in message(unanswered, TARGET)
    assert "may have been applied" not in message(unanswered, TARGET)


def test_refusal_that_was_foreseen_is_not_said_to_be_unsent() -> None:
    foreseen = error("PUT", title="Managed", detail="it is managed", outcome="not_sent", attempts=0)
    assert "did not reach" not in message(foreseen, TARGET)


def test_many_users_are_counted_after_the_first_ten() -> None:
    numbers = [f"number {index}" for index in range(12)]
    assert message(failed("DELETE", status=409, in_use_by=numbers), TARGET).endswith("number 9 and 2 others.")
    assert message(failed("DELETE", status=409, in_use_by=numbers[:10]), TARGET).endswith("number 9.")


def test_unexpected_error_names_its_type_and_asks_for_a_report() -> None:
    with pytest.raises(KeyError) as caught:
        raise KeyError("surprise")
    unexpected = UnexpectedError(caught.value, "PUT", PATH)
    shown = message(unexpected, TARGET)
    assert shown.startswith(f"Updating {TARGET} failed: unexpected KeyError at test_messages.py:")
    assert shown.endswith(f"please report it with this message. {RECONCILE}")


def is_safe(text: str) -> bool:
    return text.isprintable() and text.isascii()


UNSAFE_ERRORS: list[Callable[[], ApiError | PlanFailure]] = [
    lambda: error(status=400, title=UNSAFE),
    lambda: error(status=400, title="x", detail=UNSAFE),
    lambda: error(status=400, errors={UNSAFE: [UNSAFE, UNSAFE]}),
    lambda: failed("DELETE", status=409, in_use_by=[f"agent 'x' ({UNSAFE})"]),
    lambda: failed(status=400, hints=(f"Check {UNSAFE}",)),
    lambda: failed("PUT", status=400, verb=f"Linking the agent '{UNSAFE}' to"),
    lambda: not_registered(f"error: {UNSAFE}; SIP response: {UNSAFE}"),
    lambda: failed(status=400, kept=UNSAFE),
]


@pytest.mark.parametrize("make", UNSAFE_ERRORS)
def test_control_characters_from_anywhere_are_visible_in_messages_and_details(
    make: Callable[[], ApiError | PlanFailure],
) -> None:
    made = as_failure(make())
    assert is_safe(message(made, f"phone number {UNSAFE}"))
    details = error_details(made.cause)
    texts = [details["title"], details["detail"], *details["errors"], *sum(details["errors"].values(), [])]
    assert all(is_safe(text) for text in texts if text is not None)


@pytest.mark.parametrize("error", [InvalidOptionsError(UNSAFE), error(status=400, title=UNSAFE)])
def test_failure_of_a_task_has_no_control_characters(error: Any) -> None:
    failed = failure(error, UNSAFE)
    assert is_safe(failed["msg"])
    assert isinstance(failed["msg"], FreeText)


def test_details_have_exactly_the_documented_keys() -> None:
    details = error_details(error(status=400, errors={"a": ["b"]}))
    assert list(details) == ["status", "title", "detail", "errors", "method", "path", "attempts", "outcome"]
    assert (details["title"], details["detail"], details["errors"]) == (None, None, {"a": ["b"]})


@pytest.mark.parametrize(("kept", "changed"), [(None, False), ("x", True)])
def test_failure_is_a_change_if_something_was_written_before(kept: str | None, changed: bool) -> None:
    shown = failure(failed(status=400, title="No", kept=kept), TARGET)
    assert shown["changed"] is changed
    assert shown["error"]["status"] == 400
    assert failure(InvalidOptionsError("x"), TARGET, has_written=changed) == {"msg": "x", "changed": changed}


def test_request_that_no_plan_asked_for_is_a_failure_without_a_change() -> None:
    shown = failure(error("GET", status=500, title="No"), TARGET)
    assert (shown["changed"], shown["msg"]) == (False, f"Reading {TARGET} failed: the API returned 500, No.")


def test_errors_in_options_are_on_a_line_each() -> None:
    lines = failure(InvalidOptionsError(UNSAFE, "x"), TARGET)["msg"].split("\n")
    assert (lines[0], lines[2], len(lines)) == ("2 errors:", "x", 3)
    assert is_safe(lines[1])
