# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Keys and organizations."""

from __future__ import annotations

import pytest

from emulator.client import Emulator
from unit.emulator.http_helpers import BODY, CREDENTIALS, PHONE, ApiClient
from unit.harness import NUMBER_ID, NUMBERS, OTHER_TRUNK, TRUNK

TRUNK_2 = "77777777-7777-4777-8777-777777777777"


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer wrong", "Basic emulator-key", "emulator-key"])
@pytest.mark.parametrize("path", [NUMBERS, f"{NUMBERS}/x", "/nowhere"])
def test_request_without_valid_key_is_refused(api: ApiClient, header: str | None, path: str) -> None:
    response = api.raw("GET", path, Authorization=header)
    assert (response.status, response.body["status"]) == (401, 401)
    assert response.headers["content-type"].startswith("application/problem+json")
    assert response.headers["www-authenticate"] == "Bearer"


def test_authorization_scheme_is_case_insensitive(emulator: Emulator, api: ApiClient) -> None:
    assert api.raw("GET", NUMBERS, Authorization=f"bearer {emulator.key}").status == 200


def test_organizations_do_not_see_each_other(api: ApiClient, other: ApiClient) -> None:
    made = api.post(BODY)
    assert other.get().body["totalCount"] == 0
    for method in ("GET", "DELETE"):
        assert other.call(method, f"{NUMBERS}/{made.id}").status == 404
        assert other.call(method, f"{CREDENTIALS}/{TRUNK}").status == 404
    assert [item["id"] for item in other.get(CREDENTIALS).body["items"]] == [TRUNK_2]


def test_trunk_of_another_organization_cannot_be_used(api: ApiClient, other: ApiClient) -> None:
    assert other.post(BODY).status == 404


def test_agent_of_another_organization_cannot_be_linked(api: ApiClient, other: ApiClient) -> None:
    made = api.post(BODY)
    assert api.put(f"{NUMBERS}/{made.id}/agent-link", agentId="agent-9").status == 404


def test_two_organizations_may_have_the_same_pair(emulator: Emulator, api: ApiClient, other: ApiClient) -> None:
    emulator.seed({"organizations": {"org-2": {"credentials": [{"id": TRUNK, "server": "sip.example.com"}]}}})
    assert (api.post(BODY).status, other.post(BODY).status) == (201, 201)
    assert other.get().body["items"][0]["orgId"] == "org-2"


@pytest.mark.parametrize("unique", ["organization", "platform"])
def test_incoming_calls_go_to_one_organization(
    emulator: Emulator, api: ApiClient, other: ApiClient, unique: str
) -> None:
    emulator.set(inbound_unique=unique)
    ours = f"{NUMBERS}/{api.post(BODY).id}/agent-link"
    theirs = f"{NUMBERS}/{other.post({**BODY, 'credentialsId': TRUNK_2}).id}/agent-link"
    assert api.put(ours, agentId="agent-1").status == 200
    assert other.put(theirs, agentId="agent-9").status == 409
    assert other.put(theirs, agentId="agent-9", mode="replaceOutbound").status == 200
    api.delete(ours)
    assert other.put(theirs, agentId="agent-9").status == 200


@pytest.mark.parametrize(("unique", "status"), [("organization", 200), ("platform", 409)])
def test_incoming_calls_on_two_trunks_of_one_organization(
    emulator: Emulator, api: ApiClient, unique: str, status: int
) -> None:
    emulator.set(inbound_unique=unique)
    first, second = (
        f"{NUMBERS}/{api.post({**BODY, 'credentialsId': trunk}).id}/agent-link" for trunk in (TRUNK, OTHER_TRUNK)
    )
    assert [api.put(first, agentId=agent).status for agent in ("agent-1", "agent-2")] == [200, 200]
    assert api.put(second, agentId="agent-1").status == status
    assert api.put(second, agentId="agent-1", mode="replaceOutbound").status == 200
    api.delete(first)
    assert api.put(second, agentId="agent-1").status == 200


def test_several_keys_of_one_organization(emulator: Emulator, api: ApiClient) -> None:
    emulator.seed({"keys": ["second-key"], "phone_numbers": [{**BODY, "id": NUMBER_ID}]})
    assert ApiClient(emulator, "second-key").phones() == [PHONE]
