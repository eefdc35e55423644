# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pages and filters."""

from __future__ import annotations

from typing import Any

import pytest

from emulator.client import Emulator
from unit.emulator.http_helpers import BODY, CREDENTIALS, ApiClient
from unit.harness import OTHER_TRUNK

PROVIDER = "44444444-4444-4444-8444-444444444444"
PHONES = ["+1555", "+15551", "555", "1555"]


@pytest.fixture
def four(emulator: Emulator) -> None:
    emulator.seed({"phone_numbers": [{**BODY, "phoneNumber": phone} for phone in PHONES]})


def test_empty_page(api: ApiClient) -> None:
    assert api.get().body == {"items": [], "totalCount": 0, "skip": 0, "take": 20}


def test_pages_are_consecutive(emulator: Emulator, api: ApiClient) -> None:
    emulator.seed({"generate": {"numbers": 45}})
    pages = [api.get(skip=skip).body for skip in (0, 20, 40, 60)]
    assert [len(page["items"]) for page in pages] == [20, 20, 5, 0]
    assert {page["totalCount"] for page in pages} == {45}
    assert len({item["id"] for page in pages for item in page["items"]}) == 45


@pytest.mark.parametrize(
    ("take", "status"), [(1, 200), (1000, 200), (0, 400), (1001, 400), (-1, 400), ("x", 400), ("", 400)]
)
def test_take_outside_its_limits_is_refused(api: ApiClient, take: Any, status: int) -> None:
    assert api.get(take=take).status == status
    assert api.get(CREDENTIALS, take=take).status == status


@pytest.mark.parametrize(("skip", "status"), [(2147483647, 200), (2147483648, 400), (-1, 400), ("1.5", 400)])
def test_skip_outside_its_limits_is_refused(api: ApiClient, skip: Any, status: int) -> None:
    assert api.get(skip=skip).status == status


def test_max_take_shortens_pages(emulator: Emulator, api: ApiClient, four: None) -> None:
    emulator.set(max_take=3)
    page = api.get(take=1000).body
    assert (len(page["items"]), page["take"], page["totalCount"]) == (3, 3, 4)


@pytest.mark.parametrize(
    ("mode", "found"),
    [("exact", ["555"]), ("prefix", ["555"]), ("substring", ["+1555", "+15551", "555", "1555"])],
)
def test_filter_by_phone_number(emulator: Emulator, api: ApiClient, four: None, mode: str, found: list[str]) -> None:
    emulator.set(filter=mode)
    assert api.phones(phoneNumber="555") == found


def test_filter_by_prefix(emulator: Emulator, api: ApiClient, four: None) -> None:
    emulator.set(filter="prefix")
    assert api.phones(phoneNumber="+1") == ["+1555", "+15551"]


def test_unescaped_plus_is_a_space(api: ApiClient, four: None) -> None:
    assert api.raw("GET", "/api/v1/sip-phone-numbers?phoneNumber=+1555").body["items"] == []


def test_total_count_counts_filtered_rows(api: ApiClient, emulator: Emulator) -> None:
    emulator.seed(
        {
            "phone_numbers": [
                {**BODY, "phoneNumber": "1", "incomingCallsAgentId": "agent-1"},
                {**BODY, "phoneNumber": "2", "providerId": PROVIDER},
                {**BODY, "phoneNumber": "1", "credentialsId": OTHER_TRUNK},
            ]
        }
    )
    assert api.phones(linkedAgentId="agent-1") == ["1"]
    assert api.phones(unlinkedOnly="true") == ["2", "1"]
    assert api.phones(unlinkedOnly="false") == ["1", "2", "1"]
    assert api.phones(providerId=PROVIDER.upper()) == ["2"]
    assert api.phones(phoneNumber="1", unlinkedOnly="true") == ["1"]
    assert api.get(phoneNumber="1", take=1).body["totalCount"] == 2


@pytest.mark.parametrize(
    "query", ["unlinkedOnly=yes", "providerId=x", "page=1", "skip=0&skip=0", "linkedAgentId=%ff&take=0"]
)
def test_unknown_query_parameter_is_refused(api: ApiClient, query: str) -> None:
    response = api.raw("GET", f"/api/v1/sip-phone-numbers?{query}")
    assert response.status == 400
    assert response.body["errors"]


def test_order_is_that_of_creation(api: ApiClient, four: None) -> None:
    api.post({**BODY, "phoneNumber": "0"})
    assert api.phones() == [*PHONES, "0"]


def test_pages_of_credentials(emulator: Emulator, api: ApiClient) -> None:
    emulator.seed({"generate": {"trunks": 30}})
    page = api.get(CREDENTIALS, skip=30, take=5).body
    assert (len(page["items"]), page["totalCount"], page["skip"], page["take"]) == (2, 32, 30, 5)
