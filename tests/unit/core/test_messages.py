# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Messages: what happened and what to do, and nothing that is wrong or cannot help."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.dasha.blackbox.plugins.module_utils._applying.registration import NotRegistered
from ansible_collections.dasha.blackbox.plugins.module_utils._core.messages import error_details, failure, message
from ansible_collections.dasha.blackbox.plugins.module_utils._transport.errors import (
    ApiError,
    InvalidOptionsError,
    UnexpectedError,
)
from ansible_collections.dasha.blackbox.plugins.module_utils._transport.redaction import FreeText

PATH = "/api/v1/sip-phone-numbers"
LINKING = "Linking an agent to"
TARGET = "phone number '+1'"
RECONCILE = "The request may have been applied. Rerun the task to reconcile."
NOT_SENT = "The request did not reach the API."
KEY_HINT = "Check the API key: option api_key or environment variable BLACKBOX_API_KEY."
FORCE = "Set force to true to unlink it from them and delete it, or unlink it first"
UNSAFE = "\x1b[2Jred\x07\u202e\u2066\x9b31m\r\n\ttext\x00\ud800\u200f\u061c\ufeff"


def error(method: str = "POST", path: str = PATH, **fields: Any) -> ApiError:
    """Return an error; fields that its constructor does not take are set afterwards."""
    later = ("attempts", "in_use_by", "force_hint", "retry_limit", "partial_result", "hint", "verb")
    made = ApiError(method, path, **{name: value for name, value in fields.items() if name not in later})
    for name in later:
        if name in fields:
            setattr(made, name, fields[name])
    return made


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
    (error("PUT", verb=LINKING, status=404, title="No"), "Linking an agent to {} failed: the API returned 404, No."),
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
        error("DELETE", status=409, title="In use", in_use_by=["agent 'A' (a)", "agent 'B' (b)"], force_hint=FORCE),
        f"Deleting {{}} failed: it is in use by agent 'A' (a), agent 'B' (b). {FORCE}.",
    ),
    (
        error("DELETE", title="In use", outcome="not_sent", attempts=0, in_use_by=["agent 'A' (a)"], force_hint=FORCE),
        f"Deleting {{}} failed: it is in use by agent 'A' (a). {FORCE}.",
    ),
    (
        error("PUT", title="Managed by a provider", detail="it is managed", outcome="not_sent", attempts=0),
        "Updating {} failed: it is managed.",
    ),
    (
        error("PUT", verb=LINKING, status=404, title="No agent", partial_result={"id": "x"}),
        "Linking an agent to {} failed: the API returned 404, No agent. The object exists (id x) with what was written"
        " before. Rerun the task to finish.",
    ),
    (
        error(title="Timeout", detail="slow", outcome="unknown", hint="Look first"),
        "Creating {} failed: slow. Look first. The request may have been applied.",
    ),
    (
        error("PUT", verb=LINKING, status=404, title="No agent", partial_result={"id": "x"}, hint="Do this"),
        "Linking an agent to {} failed: the API returned 404, No agent. The object exists (id x) with what was written"
        " before. Do this.",
    ),
    (
        error("DELETE", status=409, title="Conflict", partial_result={"id": "x"}, hint="Do this"),
        "Deleting {} failed: the API returned 409, Conflict. Do this.",
    ),
    (
        error("PUT", verb=LINKING, title="Timeout", detail="slow", outcome="unknown", partial_result={"id": "x"}),
        "Linking an agent to {} failed: slow. The object exists (id x) with what was written before. " + RECONCILE,
    ),
    (error("GET", title="Incomplete", detail="api_url right?"), "Reading {} failed: api_url right?"),
    (
        NotRegistered(
            "GET", PATH, title="Not registered", detail="The registration failed; the last state is 'Failed'"
        ),
        "Waiting for the registration of {} failed: The registration failed; the last state is 'Failed'.",
    ),
]


@pytest.mark.parametrize(("error", "expected"), MESSAGES, ids=range(len(MESSAGES)))
def test_message_says_what_happened_and_what_to_do(error: ApiError, expected: str) -> None:
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
    in_use = error("DELETE", status=409, in_use_by=[f"number {index}" for index in range(12)])
    assert message(in_use, TARGET).endswith("number 9 and 2 others.")
    in_use.in_use_by = in_use.in_use_by[:10]
    assert message(in_use, TARGET).endswith("number 9.")


def test_unexpected_error_names_its_type_and_asks_for_a_report() -> None:
    with pytest.raises(KeyError) as caught:
        raise KeyError("surprise")
    unexpected = UnexpectedError(caught.value, "PUT", PATH)
    shown = message(unexpected, TARGET)
    assert shown.startswith(f"Updating {TARGET} failed: unexpected KeyError at test_messages.py:")
    assert shown.endswith(f"please report it with this message. {RECONCILE}")


def is_safe(text: str) -> bool:
    return text.isprintable() and text.isascii()


UNSAFE_ERRORS: list[Callable[[], ApiError]] = [
    lambda: error(status=400, title=UNSAFE),
    lambda: error(status=400, title="x", detail=UNSAFE),
    lambda: error(status=400, errors={UNSAFE: [UNSAFE, UNSAFE]}),
    lambda: error("DELETE", status=409, in_use_by=[f"agent 'x' ({UNSAFE})"]),
    lambda: NotRegistered("GET", PATH, title="Not registered", detail=f"error: {UNSAFE}; SIP response: {UNSAFE}"),
    lambda: error(status=400, partial_result={"id": UNSAFE}),
]


@pytest.mark.parametrize("make", UNSAFE_ERRORS)
def test_control_characters_from_anywhere_are_visible_in_messages_and_details(make: Callable[[], ApiError]) -> None:
    made = make()
    assert is_safe(message(made, f"phone number {UNSAFE}"))
    details = error_details(made)
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


@pytest.mark.parametrize(("partial", "changed"), [(None, False), ({"id": "x"}, True)])
def test_failure_is_a_change_if_something_was_written_before(partial: Any, changed: bool) -> None:
    failed: Any = error(status=400, partial_result=partial)
    assert failure(failed, TARGET)["changed"] is changed
    invalid = InvalidOptionsError("x")
    invalid.partial_result = partial
    assert failure(invalid, TARGET) == {"msg": "x", "changed": changed}
