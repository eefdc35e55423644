# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""sip_phone_number_info on the wire: complete or failed, filtered exactly, sorted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from emulator.client import Emulator
from unit.harness import NOBODY_ID, NUMBER_ID, NUMBERS, OTHER_ID, OTHER_TRUNK, TRUNK

Run = Callable[..., dict[str, Any]]
GONE = {"status": 404, "body": {"title": "Not Found"}}
PROVIDER = "77777777-7777-4777-8777-777777777777"
SEEDED = [
    {"id": NUMBER_ID, "phoneNumber": "+2", "credentialsId": OTHER_TRUNK, "incomingCallsAgentId": "agent-1"},
    {"id": OTHER_ID, "phoneNumber": "+2", "credentialsId": TRUNK},
    {"phoneNumber": "+1", "credentialsId": OTHER_TRUNK, "providerId": PROVIDER},
    {"phoneNumber": "+22", "credentialsId": TRUNK, "incomingCallsAgentId": "agent-2"},
]


@pytest.fixture
def listed(emulator: Emulator, run: Run) -> Callable[..., list[tuple[str, str]]]:
    emulator.seed({"phone_numbers": SEEDED})

    def listed(**options: Any) -> list[tuple[str, str]]:
        result = run("sip_phone_number_info", **options)
        assert (result["failed"], result["changed"]) == (False, False)
        return [(number["phone_number"], number["credentials_id"]) for number in result["sip_phone_numbers"]]

    return listed


def test_all_sorted_by_number_then_trunk(listed: Any) -> None:
    assert listed() == [("+1", OTHER_TRUNK), ("+2", TRUNK), ("+2", OTHER_TRUNK), ("+22", TRUNK)]


def test_order_of_trunks_is_not_that_of_ids(emulator: Emulator, listed: Any) -> None:
    ids = [number_id.replace("0", "e") for number_id in (OTHER_ID, NUMBER_ID)]
    same = [{"id": min(ids), "credentialsId": OTHER_TRUNK}, {"id": max(ids), "credentialsId": TRUNK}]
    emulator.seed({"phone_numbers": [{"phoneNumber": "+3", **each} for each in same]})
    assert listed(phone_number="+3") == [("+3", TRUNK), ("+3", OTHER_TRUNK)]


@pytest.mark.parametrize("mode", ["exact", "prefix", "substring"])
@pytest.mark.parametrize(
    ("options", "numbers"),
    [
        ({"phone_number": "+2"}, ["+2", "+2"]),
        ({"phone_number": "2"}, []),
        ({"phoneNumber": "+2", "credentialsId": TRUNK.upper()}, ["+2"]),
        ({"credentials_id": OTHER_TRUNK}, ["+1", "+2"]),
        ({"linked_agent_id": "agent-2"}, ["+22"]),
        ({"linkedAgentId": "nobody"}, []),
        ({"unlinked_only": True}, ["+1", "+2"]),
        ({"unlinkedOnly": True, "linked_agent_id": "agent-1"}, []),
        ({"provider_id": PROVIDER.upper()}, ["+1"]),
        ({"providerId": NOBODY_ID}, []),
        ({"id": NUMBER_ID}, ["+2"]),
        ({"id": NUMBER_ID, "phone_number": "+1"}, []),
        ({"id": NUMBER_ID, "unlinked_only": True}, []),
        ({"id": NOBODY_ID}, []),
    ],
    ids=str,
)
def test_all_filters_must_hold(emulator: Emulator, listed: Any, options: Any, numbers: Any, mode: str) -> None:
    emulator.set(filter=mode)
    assert [number for number, trunk in listed(**options)] == numbers


def test_filters_are_sent_too(emulator: Emulator, listed: Any) -> None:
    listed(phone_number="+2", linked_agent_id="agent-1", provider_id=PROVIDER, unlinked_only=True)
    assert dict(map(tuple, emulator.requests()[0]["query"])) == {
        "phoneNumber": "+2",
        "linkedAgentId": "agent-1",
        "providerId": PROVIDER,
        "unlinkedOnly": "true",
        "skip": "0",
        "take": "1000",
    }


def test_filters_that_the_server_ignores_hold_all_the_same(emulator: Emulator, listed: Any) -> None:
    page = {"items": emulator_items(emulator), "totalCount": 4, "skip": 0, "take": 1000}
    emulator.fault({"match": {"method": "GET"}, "times": None, "fault": {"status": 200, "body": page}})
    assert listed(unlinked_only=True, provider_id=PROVIDER) == [("+1", OTHER_TRUNK)]
    assert listed(linked_agent_id="agent-1") == [("+2", OTHER_TRUNK)]


def emulator_items(emulator: Emulator) -> list[dict[str, Any]]:
    return [number for org in emulator.state()["organizations"].values() for number in org["phone_numbers"]]


@pytest.mark.parametrize(("options", "requests"), [({"id": NUMBER_ID}, 1), ({"phone_number": "+2"}, 1)])
def test_cost(emulator: Emulator, listed: Any, options: Any, requests: int) -> None:
    listed(**options)
    assert len(emulator.requests()) == requests


def test_affected_agents(emulator: Emulator, run: Run, listed: Any) -> None:
    result = run("sip_phone_number_info", phone_number="+2", affected_agents=True)
    assert [number["affected_agents"] for number in result["sip_phone_numbers"]] == [
        [],
        [{"agent_id": "agent-1", "agent_name": "Support", "uses": ["inbound"]}],
    ]
    assert "affected_agents" not in run("sip_phone_number_info")["sip_phone_numbers"][0]


def test_number_that_is_deleted_while_its_agents_are_read_is_left_out(
    emulator: Emulator, run: Run, listed: Any
) -> None:
    emulator.fault({"match": {"path": f"{NUMBER_ID}/affected-agents"}, "times": 1, "fault": GONE})
    result = run("sip_phone_number_info", phone_number="+2", affected_agents=True)
    assert [number["id"] for number in result["sip_phone_numbers"]] == [OTHER_ID]


# Pages


def skips(emulator: Emulator) -> list[str]:
    return [dict(map(tuple, entry["query"]))["skip"] for entry in emulator.requests() if entry["path"] == NUMBERS]


@pytest.mark.not_quick
@pytest.mark.parametrize("count", [0, 1, 999, 1000, 1001, 2500])
def test_every_page_is_read(emulator: Emulator, run: Run, count: int) -> None:
    emulator.seed({"generate": {"numbers": count, "trunks": 1}})
    numbers = run("sip_phone_number_info")["sip_phone_numbers"]
    assert len({number["id"] for number in numbers}) == len(numbers) == count
    # Each page after the first begins with the last row of the one before.
    assert len(emulator.requests()) == 1 + -(-max(0, count - 1000) // 999)


def test_pages_smaller_than_asked_for(emulator: Emulator, run: Run) -> None:
    emulator.set(max_take=7)
    emulator.seed({"generate": {"numbers": 30, "trunks": 1}})
    assert len(run("sip_phone_number_info")["sip_phone_numbers"]) == 30
    assert sorted(skips(emulator), key=int) == ["0", "6", "12", "18", "24"]


def moving(emulator: Emulator, times: int | None, **mutation: Any) -> None:
    emulator.set(max_take=10)
    emulator.seed({"generate": {"numbers": 30, "trunks": 1}})
    emulator.fault({"match": {"path": f"{NUMBERS}$", "query": {"skip": "9"}}, "times": times, "mutate": mutation})


@pytest.mark.not_quick
def test_row_that_is_deleted_between_pages(emulator: Emulator, run: Run) -> None:
    emulator.seed({"phone_numbers": [{"id": NUMBER_ID, "phoneNumber": "+1", "credentialsId": TRUNK}]})
    moving(emulator, 1, delete=[NUMBER_ID])
    numbers = run("sip_phone_number_info")["sip_phone_numbers"]
    assert len(numbers) == 30
    assert NUMBER_ID not in {number["id"] for number in numbers}
    assert skips(emulator).count("0") == 2


def test_row_that_is_added_between_pages_is_read_on_to(emulator: Emulator, run: Run) -> None:
    moving(emulator, 1, create=[{"phoneNumber": "+99", "credentialsId": TRUNK}])
    assert len(run("sip_phone_number_info")["sip_phone_numbers"]) == 31
    assert sorted(skips(emulator), key=int) == ["0", "9", "18", "27"]


@pytest.mark.not_quick
def test_row_that_is_deleted_while_another_is_added_hides_no_row(emulator: Emulator, run: Run) -> None:
    """The total is the same on every page."""
    emulator.seed({"phone_numbers": [{"id": NUMBER_ID, "phoneNumber": "+1", "credentialsId": TRUNK}]})
    moving(emulator, 1, delete=[NUMBER_ID], create=[{"phoneNumber": "+99", "credentialsId": TRUNK}])
    numbers = run("sip_phone_number_info")["sip_phone_numbers"]
    assert len(numbers) == 31
    assert "+99" in {number["phone_number"] for number in numbers}
    assert skips(emulator).count("0") == 2


def shown_twice(emulator: Emulator, times: int | None) -> None:
    """The first row is shown again in place of the last, as when rows move between pages."""
    emulator.set(max_take=10)
    emulator.seed({"generate": {"numbers": 20, "trunks": 1}})
    page = {"items": emulator_items(emulator)[:10], "totalCount": 20, "skip": 9, "take": 10}
    rule = {"match": {"query": {"skip": "9"}}, "times": times, "fault": {"status": 200, "body": page}}
    emulator.fault(rule)


@pytest.mark.slow
def test_missing_rows_are_read_again(emulator: Emulator, run: Run) -> None:
    shown_twice(emulator, 3)
    assert len(run("sip_phone_number_info")["sip_phone_numbers"]) == 20
    assert skips(emulator) == ["0", "9"] * 4 + ["18"]


@pytest.mark.slow
@pytest.mark.parametrize("module", ["sip_phone_number_info", "sip_phone_number"])
def test_listing_that_stays_incomplete_is_an_error(emulator: Emulator, run: Run, module: str) -> None:
    emulator.set(filter="substring")
    shown_twice(emulator, None)
    options = {"phone_number": "+1", "credentials_id": TRUNK} if module == "sip_phone_number" else {}
    result = run(module, **options)
    assert result["failed"] is True
    assert result["error"]["title"] == "Incomplete listing"
    assert {entry["method"] for entry in emulator.requests()} == {"GET"}
    assert skips(emulator) == ["0", "9"] * 4


@pytest.mark.slow
def test_listing_without_progress_is_an_error(emulator: Emulator, run: Run) -> None:
    page: dict[str, Any] = {"items": [], "totalCount": 20, "skip": 0, "take": 1000}
    emulator.fault({"match": {}, "times": None, "fault": {"status": 200, "body": page}})
    result = run("sip_phone_number_info")
    assert result["failed"] is True
    assert len(emulator.requests()) == 4


@pytest.mark.parametrize(
    "page",
    [
        {"items": [], "skip": 0},
        {"items": {}, "totalCount": 0},
        {"totalCount": 0},
        {"items": [1], "totalCount": 1},
        {"items": [{}], "totalCount": 1},
    ],
    ids=str,
)
def test_answer_that_is_no_page_is_an_error(emulator: Emulator, run: Run, page: dict[str, Any]) -> None:
    emulator.fault({"match": {}, "times": None, "fault": {"status": 200, "body": page}})
    result = run("sip_phone_number", phone_number="+1", credentials_id=TRUNK)
    assert result["failed"] is True
    assert result["error"]["title"] == "Invalid response"
    assert len(emulator.requests()) == 1


def test_page_that_fails_in_the_middle_fails_the_listing(emulator: Emulator, run: Run) -> None:
    emulator.set(max_take=10)
    emulator.seed({"generate": {"numbers": 30, "trunks": 1}})
    emulator.fault({"match": {"query": {"skip": "18"}}, "times": None, "fault": {"status": 500}})
    assert run("sip_phone_number_info")["error"]["status"] == 500


@pytest.mark.not_quick
@pytest.mark.parametrize("fault", [{"drop": "before"}, {"truncate": True}, {"status": 503}], ids=str)
def test_page_that_fails_once_is_asked_for_again(emulator: Emulator, run: Run, fault: dict[str, Any]) -> None:
    emulator.seed({"generate": {"numbers": 3, "trunks": 1}})
    emulator.fault({"match": {}, "times": 1, "fault": fault})
    assert len(run("sip_phone_number_info")["sip_phone_numbers"]) == 3
