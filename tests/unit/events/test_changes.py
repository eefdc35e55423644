# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Two listings and the events between them: which fields count, and which events are wanted."""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import Any

import pytest

from ansible_collections.dasha.blackbox.plugins.module_utils._events.changes import (
    EVENTS,
    Scope,
    compare,
    initial,
    take,
)
from unit.harness import NOBODY_ID, NUMBER_ID, OTHER_ID, OTHER_TRUNK, TRUNK

NUMBER: dict[str, Any] = {"id": NUMBER_ID, "phoneNumber": "+1", "credentialsId": TRUNK, "registration": True}
FAILED = {
    "state": "Failed",
    "errorDescription": "wrong password",
    "sipResponseMessage": "403 Forbidden",
    "lastUpdated": "2026-03-01T10:00:00Z",
}


def scope_of(limits: Mapping[str, Set[str]]) -> Scope:
    return Scope(**{name: frozenset(values) for name, values in limits.items()})


def events(before: list[Any], after: list[Any], **limits: Set[str]) -> list[dict[str, Any]]:
    return [event["blackbox"] for event in compare(take(before), take(after), scope_of(limits))]


@pytest.mark.parametrize(
    ("name", "field", "value"),
    [
        ("phoneNumber", "phone_number", "+2"),
        ("credentialsId", "credentials_id", OTHER_TRUNK),
        ("displayName", "display_name", "Desk"),
        ("description", "description", "Text"),
        ("registration", "registration", False),
        ("incomingCallsAgentId", "incoming_calls_agent_id", "agent-1"),
        ("providerId", "provider_id", OTHER_ID),
    ],
)
def test_change_of_a_field_is_shown_in_updated(name: str, field: str, value: Any) -> None:
    (event,) = events([NUMBER], [{**NUMBER, name: value}])
    assert (event["event"], event["after"]) == ("updated", {field: value})


def test_status_is_shown_in_registration() -> None:
    (event,) = events([NUMBER], [{**NUMBER, "registrationStatus": FAILED}])
    assert (event["event"], event["after"]) == (
        "registration",
        {
            "state": "Failed",
            "error_description": "wrong password",
            "sip_response_message": "403 Forbidden",
            "last_updated": "2026-03-01T10:00:00Z",
        },
    )


@pytest.mark.parametrize("kind", EVENTS)
def test_events_of_other_kinds_are_omitted(kind: str) -> None:
    changed = {**NUMBER, "displayName": "Desk", "registrationStatus": FAILED}
    before, after = [NUMBER, {**NUMBER, "id": OTHER_ID}], [changed, {**NUMBER, "id": NOBODY_ID}]
    assert {event["event"] for event in events(before, after)} == set(EVENTS)
    assert [event["event"] for event in events(before, after, events={kind})] == [kind]


@pytest.mark.parametrize(
    "limits",
    [{"numbers": {"+2"}}, {"trunks": {OTHER_TRUNK}}, {"events": {"updated"}}],
    ids=lambda limits: next(iter(limits)),
)
def test_initial_states_beyond_the_scope_are_omitted(limits: dict[str, set[str]]) -> None:
    assert list(initial(take([NUMBER]), scope_of(limits), only_failed=False)) == []


def test_trunk_that_the_api_has_in_upper_case_is_in_the_scope() -> None:
    assert len(events([], [{**NUMBER, "credentialsId": TRUNK.upper()}], trunks={TRUNK})) == 1
