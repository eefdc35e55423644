# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Phone numbers: create, read, replace, delete."""

from __future__ import annotations

from typing import Any

import pytest

from emulator.client import Emulator
from unit.emulator.http_helpers import BODY, PHONE, ApiClient
from unit.harness import NOBODY_ID, NUMBER_ID, NUMBERS, OTHER_ID, OTHER_TRUNK, TRUNK

PROVIDER = "44444444-4444-4444-8444-444444444444"


@pytest.fixture
def owned(emulator: Emulator) -> str:
    """The path of a number that a provider manages."""
    emulator.seed({"phone_numbers": [{**BODY, "id": NUMBER_ID, "providerId": PROVIDER}]})
    return f"{NUMBERS}/{NUMBER_ID}"


def test_creation_returns_the_whole_number(api: ApiClient) -> None:
    response = api.post(BODY)
    assert response.status == 201
    assert response.headers["content-type"].startswith("application/json")
    made = dict(response.body)
    assert made.pop("id")
    assert made.pop("createdTime") == made.pop("lastUpdateTime")
    assert made.pop("registrationStatus")["state"] == "Disabled"
    empty = dict.fromkeys(("displayName", "description", "providerId", "incomingCallsAgentId"))
    assert made == {**BODY, **empty, "orgId": "org-1", "registration": False}


def test_created_credential_can_be_read(api: ApiClient) -> None:
    made = api.post(BODY)
    assert api.get(f"{NUMBERS}/{made.id}").body == made.body
    assert api.get(f"{NUMBERS}/{made.id.upper()}").body == made.body


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"phoneNumber": ""}, "phoneNumber"),
        ({"phoneNumber": "1" * 256}, "phoneNumber"),
        ({"phoneNumber": 15551234567}, "phoneNumber"),
        ({"phoneNumber": None}, "phoneNumber"),
        ({"credentialsId": "trunk"}, "credentialsId"),
        ({"displayName": "x" * 256}, "displayName"),
        ({"description": "x" * 256}, "description"),
        ({"registration": "yes"}, "registration"),
        ({"registration": None}, "registration"),
    ],
)
def test_limits(api: ApiClient, change: dict[str, Any], field: str) -> None:
    response = api.post({**BODY, **change})
    assert response.status == 400
    assert list(response.body["errors"]) == [field]
    assert api.phones() == []


def test_maximum_length_is_accepted(api: ApiClient) -> None:
    body = {**BODY, "phoneNumber": "1" * 255, "displayName": "x" * 255, "description": "ä" * 255}
    assert api.post(body).status == 201


@pytest.mark.parametrize("field", ["phoneNumber", "credentialsId"])
def test_missing_required_field_is_refused(api: ApiClient, field: str) -> None:
    response = api.post({name: value for name, value in BODY.items() if name != field})
    assert (response.status, list(response.body["errors"])) == (400, [field])


def test_phone_number_is_stored_unchanged(api: ApiClient) -> None:
    for phone in ("+1 (555) 123", "sip:bob@example.com", " 0123 ", "\u260e"):
        assert api.post({**BODY, "phoneNumber": phone}).body["phoneNumber"] == phone


@pytest.mark.parametrize("trunk", [TRUNK, TRUNK.upper()])
def test_pair_is_unique(api: ApiClient, trunk: str) -> None:
    api.post(BODY)
    assert api.post({**BODY, "credentialsId": trunk}).status == 409
    assert api.get().body["totalCount"] == 1


def test_another_trunk_may_hold_the_same_number(api: ApiClient) -> None:
    api.post(BODY)
    assert api.post({**BODY, "credentialsId": OTHER_TRUNK}).status == 201


def test_unknown_trunk(api: ApiClient) -> None:
    assert api.post({**BODY, "credentialsId": NOBODY_ID}).status == 404


def test_update_replaces_everything(api: ApiClient) -> None:
    made = api.post({**BODY, "displayName": "Line", "description": "Text", "registration": True})
    path = f"{NUMBERS}/{made.id}"
    api.put(f"{path}/agent-link", agentId="agent-1")
    changed = api.put(path, {**BODY, "credentialsId": OTHER_TRUNK})
    assert changed.status == 200
    assert (changed.body["displayName"], changed.body["description"], changed.body["registration"]) == (
        None,
        None,
        False,
    )
    assert changed.body["credentialsId"] == OTHER_TRUNK
    kept = ("id", "orgId", "createdTime", "providerId")
    assert [changed.body[name] for name in kept] == [made.body[name] for name in kept]
    assert changed.body["incomingCallsAgentId"] == "agent-1"
    assert changed.body["lastUpdateTime"] > made.body["lastUpdateTime"]
    assert api.get(path).body == changed.body


def test_update_to_the_pair_of_another_changes_nothing(emulator: Emulator, api: ApiClient) -> None:
    emulator.set(registration_delay=0)
    api.post(BODY)
    made = api.post({**BODY, "phoneNumber": "+2", "registration": True})
    emulator.set(registration_delay=60)
    assert api.put(f"{NUMBERS}/{made.id}", {**BODY, "registration": True}).status == 409
    assert api.get(f"{NUMBERS}/{made.id}").body == made.body


def test_update_to_its_own_pair_in_another_case(api: ApiClient) -> None:
    made = api.post(BODY)
    assert api.put(f"{NUMBERS}/{made.id}", {**BODY, "credentialsId": TRUNK.upper()}).status == 200


def test_rename_frees_the_old_pair(api: ApiClient) -> None:
    made = api.post(BODY)
    api.put(f"{NUMBERS}/{made.id}", {**BODY, "phoneNumber": "+2"})
    assert api.phones(phoneNumber=PHONE) == []
    assert api.post(BODY).status == 201


def test_deletion(api: ApiClient) -> None:
    path = f"{NUMBERS}/{api.post(BODY).id}"
    response = api.delete(path)
    assert (response.status, response.body) == (204, None)
    assert (api.get(path).status, api.delete(path).status) == (404, 404)
    assert api.post(BODY).status == 201


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
@pytest.mark.parametrize(("number_id", "status"), [(NOBODY_ID, 404), ("7", 400)])
def test_unknown_id_is_not_found(api: ApiClient, method: str, number_id: str, status: int) -> None:
    response = api.call(method, f"{NUMBERS}/{number_id}", BODY if method == "PUT" else None)
    assert response.status == status


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_provider_keeps_its_numbers(api: ApiClient, owned: str, method: str) -> None:
    assert api.call(method, owned, BODY if method == "PUT" else None).status == 409
    assert api.delete(owned, force="true").status == 409
    assert api.get(owned).body["providerId"] == PROVIDER


def test_number_of_a_provider_can_be_linked(api: ApiClient, owned: str) -> None:
    assert api.put(f"{owned}/agent-link", agentId="agent-1").body["incomingCallsAgentId"] == "agent-1"
    assert api.delete(f"{owned}/agent-link").body["incomingCallsAgentId"] is None


@pytest.mark.parametrize("field", ["id", "orgId", "registrationStatus", "incomingCallsAgentId", "providerId"])
def test_read_only_fields_are_refused(api: ApiClient, field: str) -> None:
    response = api.post({**BODY, field: None})
    assert (response.status, list(response.body["errors"])) == (400, [field])


def test_read_only_fields_can_be_ignored(emulator: Emulator, api: ApiClient) -> None:
    emulator.set(read_only_fields="ignore")
    response = api.post({**BODY, "id": OTHER_ID, "orgId": "mine"})
    assert response.status == 201
    assert (response.body["orgId"], response.id != OTHER_ID) == ("org-1", True)


@pytest.mark.parametrize(
    ("mode", "status", "shown"), [("ignore", 201, False), ("store", 201, True), ("reject", 400, False)]
)
def test_unknown_fields(emulator: Emulator, api: ApiClient, mode: str, status: int, shown: bool) -> None:
    emulator.set(unknown_fields=mode)
    response = api.post({**BODY, "routing": {"a": [1]}})
    assert response.status == status
    assert (response.body.get("routing") == {"a": [1]}) is shown


def test_update_removes_stored_unknown_fields(emulator: Emulator, api: ApiClient) -> None:
    emulator.set(unknown_fields="store")
    made = api.post({**BODY, "routing": 1})
    assert "routing" not in api.put(f"{NUMBERS}/{made.id}", BODY).body
