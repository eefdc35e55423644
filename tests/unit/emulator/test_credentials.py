# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""SIP credentials, the trunks of the phone numbers."""

from __future__ import annotations

from typing import Any

import pytest

from emulator.client import Emulator
from unit.emulator.http_helpers import BODY, CREDENTIALS, ApiClient
from unit.harness import NOBODY_ID, NUMBER_ID, NUMBERS, OTHER_ID, OTHER_TRUNK, TRUNK

FULL = {
    "server": "sip.example.com:5061",
    "domain": "example.com",
    "authUser": "alice",
    "authPassword": "s3cret",
    "transport": "tls",
    "description": "Text",
    "cpsLimit": 10,
    "cpsKey": "shared",
}
OWNED = "66666666-6666-4666-8666-666666666666"
PATH = f"{CREDENTIALS}/{TRUNK}"


@pytest.fixture
def owned(emulator: Emulator) -> str:
    """The path of credentials that a provider manages."""
    emulator.seed(
        {"credentials": [{"id": OWNED, "server": "sip.example.net", "source": "provider", "providerId": OWNED}]}
    )
    return f"{CREDENTIALS}/{OWNED}"


@pytest.fixture
def used(emulator: Emulator) -> None:
    """Two numbers on the first trunk, one of them linked to an agent, one an agent's caller ID."""
    numbers = [
        {**BODY, "id": NUMBER_ID, "incomingCallsAgentId": "agent-1"},
        {**BODY, "id": OTHER_ID, "phoneNumber": "+2"},
    ]
    emulator.seed({"phone_numbers": numbers})
    ApiClient(emulator).put(f"{NUMBERS}/{OTHER_ID}/agent-link", agentId="agent-2", mode="replaceOutbound")


def test_creation_with_everything(api: ApiClient) -> None:
    made = api.post(FULL, CREDENTIALS)
    assert made.status == 201
    assert {name: made.body[name] for name in FULL} == FULL
    assert (made.body["orgId"], made.body["source"], made.body["providerId"]) == ("org-1", "manual", None)
    assert api.get(f"{CREDENTIALS}/{made.id.upper()}").body == made.body


def test_defaults(api: ApiClient) -> None:
    made = api.post({"server": "sip.example.com"}, CREDENTIALS).body
    assert made["transport"] == "udp"
    assert [made[name] for name in ("domain", "authUser", "authPassword", "description", "cpsLimit", "cpsKey")] == [
        None
    ] * 6


def test_credentials_may_be_equal(api: ApiClient) -> None:
    assert [api.post(FULL, CREDENTIALS).status for _turn in range(2)] == [201, 201]


@pytest.mark.parametrize(
    "change",
    [{"server": ""}, {"server": None}, {"transport": "sctp"}, {"transport": None}, {"cpsLimit": 1.5}, {"domain": 1}],
)
def test_invalid_value_is_refused(api: ApiClient, change: dict[str, Any]) -> None:
    response = api.post({**FULL, **change}, CREDENTIALS)
    assert (response.status, list(response.body["errors"])) == (400, list(change))


@pytest.mark.parametrize(
    ("name", "longest"),
    [("server", 255), ("domain", 255), ("authUser", 255), ("description", 255), ("authPassword", 64)],
)
def test_length_over_the_limit_is_refused(api: ApiClient, name: str, longest: int) -> None:
    statuses = [api.post({**FULL, name: "x" * length}, CREDENTIALS).status for length in (longest, longest + 1)]
    assert statuses == [201, 400]


def test_missing_server_is_refused(api: ApiClient) -> None:
    assert list(api.post({}, CREDENTIALS).body["errors"]) == ["server"]


def test_update_replaces_everything(api: ApiClient) -> None:
    made = api.post(FULL, CREDENTIALS)
    changed = api.put(f"{CREDENTIALS}/{made.id}", {"server": "sip.example.org"})
    assert changed.status == 200
    assert (changed.body["server"], changed.body["authUser"], changed.body["authPassword"]) == (
        "sip.example.org",
        None,
        None,
    )
    assert (changed.id, changed.body["createdTime"]) == (made.id, made.body["createdTime"])
    assert changed.body["lastUpdateTime"] > made.body["lastUpdateTime"]


@pytest.mark.parametrize("field", ["id", "source", "providerId", "createdTime"])
def test_read_only_fields_are_refused(api: ApiClient, field: str) -> None:
    assert list(api.put(PATH, {**FULL, field: None}).body["errors"]) == [field]


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
@pytest.mark.parametrize(("credentials_id", "status"), [(NOBODY_ID, 404), ("7", 400)])
def test_unknown_id_is_not_found(api: ApiClient, method: str, credentials_id: str, status: int) -> None:
    assert api.call(method, f"{CREDENTIALS}/{credentials_id}", FULL if method == "PUT" else None).status == status


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_provider_keeps_its_credentials(api: ApiClient, owned: str, method: str) -> None:
    assert api.call(method, owned, FULL if method == "PUT" else None).status == 409
    assert api.delete(owned, force="true").status == 409


def test_deletion(api: ApiClient) -> None:
    assert api.delete(PATH).status == 204
    assert api.get(PATH).status == 404
    assert api.post(BODY).status == 404


def test_deletion_of_used_credentials_needs_force(api: ApiClient, used: None) -> None:
    assert api.delete(PATH).status == 409
    assert api.get().body["totalCount"] == 2


def test_forced_deletion_takes_numbers_and_references_along(emulator: Emulator, api: ApiClient, used: None) -> None:
    assert api.delete(PATH, force="true").status == 204
    assert api.get().body["totalCount"] == 0
    agents = emulator.state()["organizations"]["org-1"]["agents"]
    assert [agent["outbound"] for agent in agents] == [None, None]


def test_impact_lists_numbers_and_agents(api: ApiClient, used: None) -> None:
    impact = api.get(f"{PATH}/affected-agents").body
    assert impact["affectedCallsCount"] == 0
    found = {
        number["id"]: [agent["agentId"] for agent in number["affectedAgents"]] for number in impact["phoneNumbers"]
    }
    assert found == {NUMBER_ID: ["agent-1"], OTHER_ID: ["agent-2"]}
    assert api.get(f"{CREDENTIALS}/{NOBODY_ID}/affected-agents").status == 404


def test_impact_counts_queued_calls_of_the_trunk(emulator: Emulator, api: ApiClient) -> None:
    numbers = [{**BODY, "phoneNumber": phone, "queuedCalls": calls} for phone, calls in (("+1", 2), ("+2", 3))]
    emulator.seed({"phone_numbers": [*numbers, {**BODY, "credentialsId": OTHER_TRUNK, "queuedCalls": 7}]})
    assert api.get(f"{PATH}/affected-agents").body["affectedCallsCount"] == 5
    assert not [row for row in api.get().body["items"] if "queuedCalls" in row]
    emulator.mutate(delete=["+2"])
    assert api.get(f"{PATH}/affected-agents").body["affectedCallsCount"] == 2


@pytest.mark.parametrize(("how", "shown"), [("clear", "s3cret"), ("masked", "********"), ("absent", None)])
def test_password_is_returned_as_set(emulator: Emulator, api: ApiClient, how: str, shown: str | None) -> None:
    emulator.set(password=how)
    made = api.post(FULL, CREDENTIALS)
    rows = [made.body, api.get(f"{CREDENTIALS}/{made.id}").body, api.get(CREDENTIALS).body["items"][-1]]
    assert [row.get("authPassword") for row in rows] == [shown] * 3
    assert ("authPassword" in made.body) is (how != "absent")
    stored = emulator.state()["organizations"]["org-1"]["credentials"][-1]
    assert stored["authPassword"] == "s3cret"


def test_update_stores_a_masked_password_as_it_was_sent(emulator: Emulator, api: ApiClient) -> None:
    emulator.set(password="masked")
    made = api.post(FULL, CREDENTIALS).body
    api.put(f"{CREDENTIALS}/{made['id']}", {name: made[name] for name in FULL})
    emulator.set(password="clear")
    assert api.get(f"{CREDENTIALS}/{made['id']}").body["authPassword"] == "********"


def test_missing_password_is_not_masked(emulator: Emulator, api: ApiClient) -> None:
    emulator.set(password="masked")
    assert api.get(PATH).body["authPassword"] is None
