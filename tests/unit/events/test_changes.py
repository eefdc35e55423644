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
    NAMES,
    Scope,
    compare,
    initial_events,
    keep_unconfirmed,
    key_rejected,
    snapshots_of,
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
    return [event["blackbox"] for event in compare(snapshots_of(before), snapshots_of(after), scope_of(limits))]


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
        ("orgId", "org_id", "org-2"),
        ("createdTime", "created_time", "2026-03-01T10:00:00Z"),
    ],
)
def test_change_of_a_field_is_shown_in_updated(name: str, field: str, value: Any) -> None:
    (event,) = events([NUMBER], [{**NUMBER, name: value}])
    assert (event["event"], event["changed"]) == ("updated", [field])
    assert (event["before"][field], event["after"][field]) == (NUMBER.get(name), value)
    assert {**event["before"], field: None} == {**event["after"], field: None}


def test_status_is_shown_in_registration() -> None:
    (event,) = events([NUMBER], [{**NUMBER, "registrationStatus": FAILED}])
    assert event["event"] == "registration"
    assert {name: event["after"][name] for name in event["changed"]} == {
        "state": "Failed",
        "error_description": "wrong password",
        "sip_response_message": "403 Forbidden",
        "last_updated": "2026-03-01T10:00:00Z",
    }


@pytest.mark.parametrize("name", ["lastUpdateTime", "registrationStatus"])
def test_what_the_server_computes_alone_is_no_event(name: str) -> None:
    status = {**FAILED, "lastUpdated": "2026-03-01T11:00:00Z", "expiresAt": "2026-03-01T12:00:00Z"}
    changed = {"lastUpdateTime": "2026-03-01T11:00:00Z", "registrationStatus": status}[name]
    before = {**NUMBER, "registrationStatus": FAILED}
    assert events([before], [{**before, name: changed}]) == []


def every_kind() -> list[dict[str, Any]]:
    """Return an event of each kind about a number, and one of a first poll."""
    changed = {**NUMBER, "displayName": "Desk", "registrationStatus": FAILED}
    found = events([NUMBER, {**NUMBER, "id": OTHER_ID}], [changed, {**NUMBER, "id": NOBODY_ID}])
    return [
        *found,
        *(event["blackbox"] for event in initial_events(snapshots_of([NUMBER]), Scope(), only_failed=False)),
    ]


def test_every_event_has_every_key() -> None:
    found = every_kind()
    assert {event["event"] for event in found} == set(EVENTS)
    for event in found:
        assert list(event) == [
            "event",
            "id",
            "phone_number",
            "credentials_id",
            "display_name",
            "changed",
            "before",
            "after",
            "error",
        ]
        assert tuple(event["before"]) == tuple(event["after"]) == NAMES
        for part in ("id", "phone_number", "credentials_id"):
            assert isinstance(event[part], str)
        assert isinstance(event["changed"], list)
        assert event["error"] is None


def test_event_without_a_number_has_every_key() -> None:
    rejected, other = key_rejected("Check the key.")["blackbox"], every_kind()[0]
    assert list(rejected) == list(other)
    values = dict.fromkeys(NAMES)
    assert {**dict.fromkeys(other), "event": "key_rejected", "error": "Check the key."} == {
        **rejected,
        "changed": None,
        "before": None,
        "after": None,
    }
    assert (rejected["changed"], rejected["before"], rejected["after"]) == ([], values, values)


def test_what_does_not_exist_is_null_in_every_field() -> None:
    for event in every_kind():
        absent = [part for part in ("before", "after") if set(event[part].values()) == {None}]
        first = event["event"] == "registration" and event["display_name"] is None
        assert absent == {"created": ["before"], "deleted": ["after"]}.get(event["event"], ["before"] * first)


@pytest.mark.parametrize("value", [None, 5, 1.5, True, [], {}, ["x"]], ids=repr)
@pytest.mark.parametrize("name", ["displayName", "description", "createdTime", "state", "errorDescription"])
def test_value_of_another_type_is_null(name: str, value: Any) -> None:
    number = {**NUMBER, name: value, "registrationStatus": {**FAILED, name: value}}
    (event,) = events([], [number])
    option = {"displayName": "display_name", "createdTime": "created_time", "errorDescription": "error_description"}
    assert event["after"][option.get(name, name)] is None


def test_ids_in_another_case_are_no_change() -> None:
    number = {**NUMBER, "providerId": OTHER_ID}
    upper = {name: value.upper() if name.endswith(("id", "Id")) else value for name, value in number.items()}
    assert upper["id"] != number["id"]
    assert events([number], [upper]) == []


def test_number_that_one_listing_lacks_is_not_deleted() -> None:
    known = snapshots_of([NUMBER, {**NUMBER, "id": OTHER_ID}])
    numbers, missing = keep_unconfirmed(known, snapshots_of([NUMBER]), frozenset())
    assert (numbers, missing) == (known, {OTHER_ID})
    renamed = snapshots_of([NUMBER, {**NUMBER, "id": OTHER_ID, "displayName": "Desk"}])
    assert keep_unconfirmed(numbers, renamed, missing) == (renamed, set())


def test_number_that_two_listings_lack_is_deleted() -> None:
    known = snapshots_of([NUMBER, {**NUMBER, "id": OTHER_ID}])
    numbers, missing = keep_unconfirmed(known, {}, frozenset())
    assert numbers == known
    numbers, missing = keep_unconfirmed(numbers, snapshots_of([NUMBER]), missing)
    assert (numbers, missing) == (snapshots_of([NUMBER]), set())
    assert [event["blackbox"]["event"] for event in compare(known, numbers, Scope())] == ["deleted"]


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
    assert list(initial_events(snapshots_of([NUMBER]), scope_of(limits), only_failed=False)) == []


def test_trunk_that_the_api_has_in_upper_case_is_in_the_scope() -> None:
    assert len(events([], [{**NUMBER, "credentialsId": TRUNK.upper()}], trunks={TRUNK})) == 1
