# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""sip_phone_number on the wire: the exact requests, and what the task reports."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from emulator.client import Emulator
from unit.harness import NOBODY_ID, NUMBER_ID, NUMBERS, OTHER_ID, OTHER_TRUNK, TRUNK

pytestmark = pytest.mark.both_doors

Run = Callable[..., dict[str, Any]]
GONE = {"status": 404, "body": {"title": "Not Found"}}
LISTING = ("GET", NUMBERS, [("phoneNumber", "+15551234567"), ("skip", "0"), ("take", "1000")], None)
OBJECT = f"{NUMBERS}/{NUMBER_ID}"


def requests_of(emulator: Emulator) -> list[tuple[str, str, list[tuple[str, str]], Any]]:
    return [
        (entry["method"], entry["path"], [tuple(pair) for pair in entry["query"]], entry["body"])
        for entry in emulator.requests()
    ]


def stored(emulator: Emulator) -> list[dict[str, Any]]:
    return [number for org in emulator.state()["organizations"].values() for number in org["phone_numbers"]]


def test_create(emulator: Emulator, ensure: Run) -> None:
    result = ensure(display_name="Line", registration=False)
    body = {"phoneNumber": "+15551234567", "credentialsId": TRUNK, "displayName": "Line", "registration": False}
    assert requests_of(emulator) == [LISTING, ("POST", NUMBERS, [], body)]
    assert result["changed"] is True
    header = f"phone number '+15551234567' on trunk {TRUNK}"
    assert result["diff"] == {
        "before_header": header,
        "after_header": header,
        "before": "",
        "after": {
            "phone_number": "+15551234567",
            "credentials_id": TRUNK,
            "display_name": "Line",
            "registration": False,
        },
    }
    assert result["sip_phone_number"]["id"] == stored(emulator)[0]["id"]
    assert result["sip_phone_number"]["registration_status"]["state"] == "Disabled"


def test_headers(emulator: Emulator, ensure: Run) -> None:
    ensure()
    listing, post = ({name.lower(): value for name, value in entry["headers"]} for entry in emulator.requests())
    for headers in (listing, post):
        assert headers["authorization"] == f"Bearer {emulator.key}"
        assert headers["accept"] == "application/json"
        assert headers["user-agent"].startswith("dasha.blackbox/")
    assert "content-type" not in listing
    assert post["content-type"] == "application/json"


def test_unchanged_costs_one_get(emulator: Emulator, ensure: Run, number: dict[str, Any]) -> None:
    result = ensure(display_name="Line", description="Text", registration=False, incoming_calls_agent_id="agent-1")
    assert requests_of(emulator) == [LISTING]
    assert result["changed"] is False
    assert result["diff"]["before"] == result["diff"]["after"]
    assert result["sip_phone_number"]["display_name"] == "Line"


def test_update_costs_one_get_and_one_put(emulator: Emulator, ensure: Run, number: dict[str, Any]) -> None:
    result = ensure(display_name="New")
    body = {
        "phoneNumber": "+15551234567",
        "credentialsId": TRUNK,
        "displayName": "New",
        "description": "Text",
        "registration": False,
    }
    assert requests_of(emulator) == [LISTING, ("PUT", OBJECT, [], body)]
    assert result["changed"] is True
    assert result["sip_phone_number"]["incoming_calls_agent_id"] == "agent-1"


def test_update_keeps_fields_of_a_newer_api(emulator: Emulator, ensure: Run) -> None:
    emulator.set(unknown_fields="store")
    emulator.seed(
        {
            "phone_numbers": [
                {"id": NUMBER_ID, "phoneNumber": "+15551234567", "credentialsId": TRUNK, "routing": {"a": 1}}
            ]
        }
    )
    result = ensure(display_name="New")
    assert requests_of(emulator)[1][3]["routing"] == {"a": 1}
    assert result["sip_phone_number"]["routing"] == {"a": 1}


def test_delete_costs_one_get_and_one_delete(emulator: Emulator, ensure: Run) -> None:
    ensure()
    emulator.clear_requests()
    result = ensure(state="absent")
    assert [request[0] for request in requests_of(emulator)] == ["GET", "DELETE"]
    assert requests_of(emulator)[1][2] == []
    assert result["changed"] is True
    assert "sip_phone_number" not in result
    assert result["diff"]["after"] == ""
    assert result["diff"]["before"]["phone_number"] == "+15551234567"
    assert stored(emulator) == []


def test_delete_of_nothing(emulator: Emulator, ensure: Run) -> None:
    result = ensure(state="absent")
    assert requests_of(emulator) == [LISTING]
    assert result["changed"] is False
    assert (result["diff"]["before"], result["diff"]["after"]) == ("", "")


def test_null_and_omitted_keep_empty_clears(emulator: Emulator, ensure: Run, number: dict[str, Any]) -> None:
    result = ensure(display_name="", description=None, registration=None, state=None, force=None)
    assert requests_of(emulator)[1][3]["displayName"] is None
    assert requests_of(emulator)[1][3]["description"] == "Text"
    assert result["sip_phone_number"]["display_name"] is None
    assert ensure(display_name="")["changed"] is False


def test_create_with_empty_texts(emulator: Emulator, ensure: Run) -> None:
    result = ensure(display_name="", incoming_calls_agent_id="")
    assert [request[0] for request in requests_of(emulator)] == ["GET", "POST"]
    assert result["sip_phone_number"]["display_name"] is None


@pytest.mark.parametrize("omit_nulls", [False, True])
@pytest.mark.parametrize("status", [200, 201])
def test_what_the_contract_leaves_open_makes_no_difference(
    emulator: Emulator, ensure: Run, omit_nulls: bool, status: int
) -> None:
    emulator.set(omit_nulls=omit_nulls, create_status=status, delete_status=204 if status == 200 else 200)
    result = ensure()
    assert result["changed"] is True
    assert result["sip_phone_number"]["display_name"] is None
    assert ensure(display_name="")["changed"] is False
    assert ensure(state="absent")["changed"] is True


@pytest.mark.parametrize("mode", ["exact", "prefix", "substring"])
def test_filter_of_the_server_is_applied_again(emulator: Emulator, ensure: Run, mode: str) -> None:
    emulator.set(filter=mode)
    emulator.seed(
        {
            "phone_numbers": [
                {"id": OTHER_ID, "phoneNumber": "+155512345678", "credentialsId": TRUNK},
                {"phoneNumber": "0+15551234567", "credentialsId": TRUNK},
                {"id": NUMBER_ID, "phoneNumber": "+15551234567", "credentialsId": OTHER_TRUNK},
            ]
        }
    )
    assert ensure(state="absent")["changed"] is False
    assert ensure(phone_number="+155512345678")["sip_phone_number"]["id"] == OTHER_ID
    assert ensure()["changed"] is True
    assert len(stored(emulator)) == 4


def test_trunk_is_compared_without_case(emulator: Emulator, ensure: Run, number: dict[str, Any]) -> None:
    assert ensure(credentials_id=TRUNK.upper())["changed"] is False
    emulator.set(uuid_case="upper")
    assert ensure()["changed"] is False


def test_camel_case_aliases(emulator: Emulator, run: Run, number: dict[str, Any]) -> None:
    result = run(
        "sip_phone_number",
        phoneNumber="+15551234567",
        credentialsId=TRUNK,
        displayName="New",
        incomingCallsAgentId="agent-2",
    )
    assert result["sip_phone_number"]["display_name"] == "New"
    assert result["sip_phone_number"]["incoming_calls_agent_id"] == "agent-2"


# Naming by id


def test_by_id(emulator: Emulator, ensure: Run, number: dict[str, Any]) -> None:
    result = ensure(id=NUMBER_ID, phone_number="+15550000000", credentials_id=OTHER_TRUNK)
    assert requests_of(emulator)[0] == ("GET", OBJECT, [], None)
    assert requests_of(emulator)[1][3] == {
        "phoneNumber": "+15550000000",
        "credentialsId": OTHER_TRUNK,
        "displayName": "Line",
        "description": "Text",
        "registration": False,
    }
    assert result["sip_phone_number"]["phone_number"] == "+15550000000"
    assert ensure(id=NUMBER_ID, phone_number="+15550000000")["changed"] is False


def test_unknown_id_present_fails(emulator: Emulator, ensure: Run) -> None:
    result = ensure(id=NOBODY_ID)
    assert result["failed"] is True
    assert result["error"]["status"] == 404
    assert NOBODY_ID in result["msg"]


def test_unknown_id_absent_is_unchanged(emulator: Emulator, ensure: Run) -> None:
    result = ensure(id=NOBODY_ID, state="absent")
    assert (result["failed"], result["changed"]) == (False, False)


def test_delete_by_id(emulator: Emulator, ensure: Run) -> None:
    emulator.seed({"phone_numbers": [{"id": NUMBER_ID, "phoneNumber": "+1", "credentialsId": TRUNK}]})
    assert ensure(id=NUMBER_ID, state="absent")["changed"] is True
    assert [request[:2] for request in requests_of(emulator)] == [("GET", OBJECT), ("DELETE", OBJECT)]


def test_absent_without_trunk(emulator: Emulator, run: Run) -> None:
    emulator.seed({"phone_numbers": [{"phoneNumber": "+1", "credentialsId": TRUNK}]})
    assert run("sip_phone_number", phone_number="+1", state="absent")["changed"] is True
    assert stored(emulator) == []


def test_absent_without_trunk_where_several_hold_the_number(emulator: Emulator, run: Run) -> None:
    emulator.seed(
        {
            "phone_numbers": [
                {"id": NUMBER_ID, "phoneNumber": "+1", "credentialsId": TRUNK},
                {"id": OTHER_ID, "phoneNumber": "+1", "credentialsId": OTHER_TRUNK},
            ]
        }
    )
    result = run("sip_phone_number", phone_number="+1", state="absent")
    assert result["failed"] is True
    assert f"{NUMBER_ID} (trunk {TRUNK})" in result["msg"]
    assert f"{OTHER_ID} (trunk {OTHER_TRUNK})" in result["msg"]
    assert len(stored(emulator)) == 2


# Agents


def test_create_and_link(emulator: Emulator, ensure: Run) -> None:
    result = ensure(incoming_calls_agent_id="agent-1")
    created = stored(emulator)[0]["id"]
    assert requests_of(emulator)[1:] == [
        ("GET", "/api/v1/agents/agent-1", [], None),
        ("POST", NUMBERS, [], {"phoneNumber": "+15551234567", "credentialsId": TRUNK}),
        ("PUT", f"{NUMBERS}/{created}/agent-link", [("mode", "inbound"), ("agentId", "agent-1")], None),
    ]
    assert result["sip_phone_number"]["incoming_calls_agent_id"] == "agent-1"
    assert ensure(incoming_calls_agent_id="agent-1")["changed"] is False


def test_relink_checks_the_agent_and_links_it(emulator: Emulator, ensure: Run, number: dict[str, Any]) -> None:
    result = ensure(incoming_calls_agent_id="agent-2")
    assert requests_of(emulator)[1:] == [
        ("GET", "/api/v1/agents/agent-2", [], None),
        ("PUT", f"{OBJECT}/agent-link", [("mode", "inbound"), ("agentId", "agent-2")], None),
    ]
    assert (result["diff"]["before"]["incoming_calls_agent"], result["diff"]["after"]["incoming_calls_agent"]) == (
        "agent-1",
        "Sales",
    )


def test_unlink(emulator: Emulator, ensure: Run, number: dict[str, Any]) -> None:
    result = ensure(incoming_calls_agent_id="")
    assert requests_of(emulator)[1:] == [("DELETE", f"{OBJECT}/agent-link", [("mode", "inbound")], None)]
    assert result["sip_phone_number"]["incoming_calls_agent_id"] is None
    assert ensure(incoming_calls_agent_id="")["changed"] is False


def test_repeated_unlink_that_finds_nothing_tells_the_number_as_it_is(
    emulator: Emulator, ensure: Run, number: dict[str, Any]
) -> None:
    unlink = {"method": "DELETE"}
    emulator.fault({"match": unlink, "fault": {"drop": "after"}}, {"match": unlink, "fault": GONE})
    result = ensure(incoming_calls_agent_id="")
    assert (result["failed"], result["changed"]) == (False, True)
    assert result["sip_phone_number"]["incoming_calls_agent_id"] is None


def test_update_and_relink(emulator: Emulator, ensure: Run, number: dict[str, Any]) -> None:
    result = ensure(incoming_calls_agent_id="agent-2", display_name="New")
    assert [request[0] for request in requests_of(emulator)] == ["GET", "GET", "PUT", "PUT"]
    assert result["sip_phone_number"]["display_name"] == "New"
    assert result["sip_phone_number"]["incoming_calls_agent_id"] == "agent-2"


def test_link_that_fails_after_the_create_says_that_the_number_exists(emulator: Emulator, ensure: Run) -> None:
    emulator.fault({"match": {"path": "agent-link"}, "times": 1, "fault": GONE})
    result = ensure(incoming_calls_agent_id="agent-1")
    created = stored(emulator)[0]["id"]
    assert (result["failed"], result["changed"]) == (True, True)
    assert f"(id {created}" in result["msg"]
    assert result["error"]["status"] == 404
    assert ("Linking the agent 'agent-1'" in result["msg"], "Rerun" in result["msg"]) == (True, False)
    emulator.clear_requests()
    assert ensure(incoming_calls_agent_id="agent-1")["changed"] is True
    assert [request[0] for request in requests_of(emulator)] == ["GET", "GET", "PUT"]


def test_link_that_fails_alone_has_changed_nothing(emulator: Emulator, ensure: Run, number: dict[str, Any]) -> None:
    emulator.fault({"match": {"path": "agent-link"}, "times": 1, "fault": GONE})
    result = ensure(incoming_calls_agent_id="agent-2")
    assert (result["failed"], result["changed"]) == (True, False)


@pytest.mark.parametrize("check", [True, False])
def test_agent_that_does_not_exist_fails_before_the_first_write(emulator: Emulator, ensure: Run, check: bool) -> None:
    result = ensure(check=check, incoming_calls_agent_id="agent-9", outgoing_calls_agent_ids=["agent-1", "agent-8"])
    assert (result["failed"], result["changed"], stored(emulator)) == (True, False, [])
    assert "incoming_calls_agent_id: no agent has the id 'agent-9'" in result["msg"]
    assert "outgoing_calls_agent_ids: no agent has the id 'agent-8'" in result["msg"]
    assert "agent-1" not in result["msg"]


def test_disabled_agent_is_linked_with_a_warning(emulator: Emulator, ensure: Run) -> None:
    emulator.seed({"agents": [{"id": "agent-9", "name": "Night", "isEnabled": False}]})
    (warning,) = ensure(incoming_calls_agent_id="agent-9")["warnings"]
    assert ("'Night'" in warning, "disabled" in warning) == (True, True)


@pytest.mark.not_quick
def test_unlink_whose_answer_is_lost_is_repeated(emulator: Emulator, ensure: Run, number: dict[str, Any]) -> None:
    emulator.fault({"match": {"method": "DELETE"}, "times": 1, "fault": {"drop": "after"}})
    result = ensure(incoming_calls_agent_id="")
    assert result["changed"] is True
    assert result["sip_phone_number"]["incoming_calls_agent_id"] is None


# Deletion of a number in use


@pytest.mark.parametrize("force", [False, True])
def test_number_of_a_provider_is_not_deleted_in_check_mode_either(emulator: Emulator, ensure: Run, force: bool) -> None:
    emulator.seed({"phone_numbers": [{"phoneNumber": "+15551234567", "credentialsId": TRUNK, "providerId": NOBODY_ID}]})
    for check in (True, False):
        result = ensure(check=check, state="absent", force=force)
        assert (result["failed"], result["changed"]) == (True, False)
        assert "provider" in result["msg"]
        assert "Set force" not in result["msg"]


@pytest.mark.parametrize("check", [True, False])
def test_agent_of_provider_number_is_linked(emulator: Emulator, ensure: Run, check: bool) -> None:
    emulator.seed({"phone_numbers": [{"phoneNumber": "+15551234567", "credentialsId": TRUNK, "providerId": NOBODY_ID}]})
    result = ensure(check=check, incoming_calls_agent_id="agent-1")
    assert (result["failed"], result["changed"]) == (False, True)
    assert result["sip_phone_number"]["incoming_calls_agent_id"] == "agent-1"


@pytest.mark.parametrize("check", [True, False])
@pytest.mark.parametrize("other", [{"phone_number": "+1999"}, {"credentials_id": OTHER_TRUNK}])
def test_id_of_another_number_is_not_deleted(
    emulator: Emulator, ensure: Run, number: dict[str, Any], other: dict[str, str], check: bool
) -> None:
    result = ensure(check=check, id=NUMBER_ID, state="absent", force=True, **other)
    assert (result["failed"], result["changed"]) == (True, False)
    assert "was not deleted" in result["msg"]
    assert [number["id"] for number in stored(emulator)] == [NUMBER_ID]


def test_id_and_pair_that_agree_are_deleted(emulator: Emulator, ensure: Run, number: dict[str, Any]) -> None:
    pair = {"phone_number": "+15551234567", "credentials_id": TRUNK.upper()}
    assert ensure(id=NUMBER_ID, state="absent", force=True, **pair)["changed"] is True
    assert stored(emulator) == []


def test_delete_in_use_fails_and_names_the_agents(emulator: Emulator, ensure: Run, number: dict[str, Any]) -> None:
    result = ensure(state="absent")
    assert (result["failed"], result["changed"]) == (True, False)
    assert "'Support' (agent-1, inbound)" in result["msg"]
    assert "force" in result["msg"]
    assert result["error"]["status"] == 409
    assert result["error"]["outcome"] == "rejected"
    assert len(stored(emulator)) == 1


def test_delete_in_use_is_predicted(emulator: Emulator, ensure: Run, number: dict[str, Any]) -> None:
    predicted = ensure(state="absent", check=True)
    assert {request[0] for request in requests_of(emulator)} == {"GET"}
    assert predicted["error"]["outcome"] == "not_sent"
    assert predicted["error"]["status"] is None
    assert predicted["msg"] == ensure(state="absent")["msg"]


def test_prediction_that_cannot_be_made_is_a_warning(emulator: Emulator, ensure: Run, number: dict[str, Any]) -> None:
    emulator.fault({"match": {"path": "affected-agents"}, "times": None, "fault": {"status": 500}})
    result = ensure(state="absent", check=True)
    assert (result["failed"], result["changed"]) == (False, True)
    assert "may be refused" in result["warnings"][0]


def test_forced_delete(emulator: Emulator, ensure: Run, number: dict[str, Any]) -> None:
    assert ensure(state="absent", force=True, check=True)["changed"] is True
    emulator.clear_requests()
    assert ensure(state="absent", force=True)["changed"] is True
    assert requests_of(emulator)[1] == ("DELETE", OBJECT, [("force", "true")], None)
    assert stored(emulator) == []


@pytest.mark.parametrize("options", [{"display_name": "x"}, {"state": "absent"}, {"registration": True}], ids=str)
def test_write_to_provider_number_is_refused_with_same_words_in_both_modes(
    emulator: Emulator, ensure: Run, options: dict[str, Any]
) -> None:
    seeded = {"id": NUMBER_ID, "phoneNumber": "+15551234567", "credentialsId": TRUNK, "providerId": OTHER_ID}
    emulator.seed({"phone_numbers": [seeded]})
    predicted, result = ensure(check=True, **options), ensure(**options)
    assert predicted["msg"] == result["msg"]
    assert f"managed by a VoIP provider ({OTHER_ID})" in result["msg"]
    assert (result["failed"], result["changed"], result["error"]["outcome"]) == (True, False, "not_sent")
    assert {request[0] for request in requests_of(emulator)} == {"GET"}


def test_deleted_by_somebody_else_meanwhile_counts_as_deleted_with_a_warning(
    emulator: Emulator, ensure: Run, number: dict[str, Any]
) -> None:
    emulator.fault({"match": {"method": "DELETE"}, "times": 1, "fault": GONE})
    result = ensure(state="absent", force=True)
    assert (result["failed"], result["changed"]) == (False, True)
    assert "existed when it was read" in result["warnings"][0]


# Answers that are lost, cut or late

DOUBTFUL = [
    {"drop": "after"},
    {"drop": "before"},
    {"truncate": True},
    {"garbage": "<html>"},
    {"status": 502, "done": True},
    {"status": 503, "done": False},
    {"status": 504, "done": True},
    {"status": 500, "done": True},
    {"hang": 3, "done": True},
    {"hang": 3, "done": False},
]


@pytest.mark.not_quick
@pytest.mark.parametrize("fault", DOUBTFUL, ids=json.dumps)
def test_creation_with_a_doubtful_answer(emulator: Emulator, ensure: Run, fault: dict[str, Any]) -> None:
    emulator.fault({"match": {"method": "POST"}, "times": 1, "fault": fault})
    result = ensure(display_name="Line", api_timeout=0.3 if "hang" in fault else 30)
    assert (result["failed"], result["changed"]) == (False, True)
    assert [number["phoneNumber"] for number in stored(emulator)] == ["+15551234567"]
    assert result["sip_phone_number"]["id"] == stored(emulator)[0]["id"]
    assert result["diff"]["before"] == ""
    assert ensure(display_name="Line")["changed"] is False


def test_creation_with_an_answer_that_is_something_else(emulator: Emulator, ensure: Run) -> None:
    fault = {"status": 200, "body": {"ok": True}, "done": True}
    emulator.fault({"match": {"method": "POST"}, "times": 1, "fault": fault})
    assert ensure(incoming_calls_agent_id="agent-1")["sip_phone_number"]["id"] == stored(emulator)[0]["id"]


@pytest.mark.parametrize("done", [True, False])
def test_same_number_on_another_trunk_is_never_taken_for_the_lost_one(
    emulator: Emulator, ensure: Run, done: bool
) -> None:
    emulator.seed({"phone_numbers": [{"phoneNumber": "+15551234567", "credentialsId": OTHER_TRUNK}]})
    emulator.fault({"match": {"method": "POST"}, "fault": {"drop": "after" if done else "before"}})
    assert ensure()["sip_phone_number"]["credentials_id"] == TRUNK
    assert len(stored(emulator)) == 2


def test_creation_that_breaks_without_trace_is_unknown(emulator: Emulator, ensure: Run) -> None:
    emulator.fault({"match": {"method": "POST"}, "times": 1, "fault": {"status": 500}})
    result = ensure()
    assert (result["failed"], result["changed"], result["error"]["outcome"]) == (True, False, "unknown")
    assert [request[0] for request in requests_of(emulator)] == ["GET", "POST", "GET"]


def test_creation_adopts_what_somebody_else_made_meanwhile(emulator: Emulator, ensure: Run) -> None:
    theirs = {"id": NUMBER_ID, "phoneNumber": "+15551234567", "credentialsId": TRUNK, "description": "Theirs"}
    rule = {"match": {"method": "GET"}, "times": 1, "fault": {"status": 200, "body": empty_page()}}
    emulator.seed({"phone_numbers": [theirs]})
    emulator.fault(rule)
    result = ensure()
    assert (result["failed"], result["changed"]) == (False, False)
    assert result["sip_phone_number"]["id"] == NUMBER_ID
    emulator.fault(rule)
    result = ensure(display_name="Ours")
    assert (result["failed"], result["changed"]) == (False, True)
    assert result["diff"]["before"]["display_name"] is None
    assert stored(emulator)[0]["displayName"] == "Ours"
    assert stored(emulator)[0]["description"] == "Theirs"


def empty_page() -> dict[str, Any]:
    return {"items": [], "totalCount": 0, "skip": 0, "take": 1000}


@pytest.mark.slow
@pytest.mark.parametrize("fault", DOUBTFUL, ids=json.dumps)
@pytest.mark.parametrize(
    "options", [{"display_name": "New"}, {"state": "absent", "force": True}], ids=["put", "delete"]
)
def test_writes_are_repeated_until_they_are_answered(
    emulator: Emulator, ensure: Run, number: dict[str, Any], options: dict[str, Any], fault: dict[str, Any]
) -> None:
    if fault.get("status") == 500:
        pytest.skip("a 500 is not repeated")
    emulator.fault({"match": {"method": "PUT|DELETE"}, "times": 1, "fault": fault})
    result = ensure(**options, api_timeout=0.3 if "hang" in fault else 30)
    assert (result["failed"], result["changed"]) == (False, True)
    assert ensure(**options)["changed"] is False


# What the server stores, and what it refuses


def test_a_server_that_stores_something_else_is_told(emulator: Emulator, ensure: Run) -> None:
    emulator.set(trim=True)
    result = ensure(display_name="Line ")
    assert result["warnings"] == ["The API stored display_name as 'Line' instead of 'Line '."]
    assert ensure(display_name="Line")["warnings"] == []


def test_number_is_sent_exactly_as_written(emulator: Emulator, ensure: Run) -> None:
    ensure(phone_number="(555) 123-4567 ü")
    assert requests_of(emulator)[1][3]["phoneNumber"] == "(555) 123-4567 ü"
    assert ensure(phone_number="(555) 123-4567 ü")["changed"] is False


def test_refusal_of_the_api_is_told_by_field(emulator: Emulator, ensure: Run) -> None:
    body = {"title": "Bad Request", "status": 400, "errors": {"phoneNumber": ["No such format."]}}
    emulator.fault({"match": {"method": "POST"}, "times": 1, "fault": {"status": 400, "body": body}})
    result = ensure()
    assert result["error"] == {
        "status": 400,
        "title": "Bad Request",
        "detail": None,
        "errors": {"phoneNumber": ["No such format."]},
        "method": "POST",
        "path": NUMBERS,
        "attempts": 1,
        "outcome": "rejected",
    }
    assert "phoneNumber: No such format." in result["msg"]
    assert "'+15551234567'" in result["msg"]


@pytest.mark.parametrize("status", [401, 403])
def test_refused_key_names_where_it_comes_from(emulator: Emulator, ensure: Run, status: int) -> None:
    emulator.fault({"match": {}, "times": 1, "fault": {"status": status}})
    result = ensure()
    assert result["failed"] is True
    assert "api_key" in result["msg"]
    assert "BLACKBOX_API_KEY" in result["msg"]


@pytest.mark.parametrize("state", ["present", "absent"])
def test_id_that_may_not_be_read_is_not_taken_for_gone(emulator: Emulator, ensure: Run, state: str) -> None:
    emulator.fault({"fault": {"status": 403}})
    result = ensure(id=NUMBER_ID, state=state)
    assert (result["failed"], result["error"]["status"]) == (True, 403)


def test_another_organization_sees_nothing(emulator: Emulator, ensure: Run, number: dict[str, Any]) -> None:
    result = ensure(api_key="not-the-key-of-anybody")
    assert result["error"]["status"] == 401


# Check mode


def test_check_mode_never_writes(emulator: Emulator, ensure: Run, number: dict[str, Any]) -> None:
    for options in (
        {"phone_number": "+1999"},
        {"display_name": "New", "incoming_calls_agent_id": "agent-2"},
        {"incoming_calls_agent_id": ""},
        {"state": "absent", "force": True},
        {"id": NUMBER_ID, "phone_number": "+1888"},
    ):
        assert ensure(check=True, **options)["changed"] is True
    assert {entry["method"] for entry in emulator.requests()} == {"GET"}
