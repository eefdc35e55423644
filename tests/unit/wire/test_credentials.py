# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""sip_credential and sip_credential_info on the wire; above all, what becomes of the password."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from emulator.client import Emulator
from unit.harness import NOBODY_ID, NUMBER_ID, OTHER_ID, TRUNK

Run = Callable[..., dict[str, Any]]
CREDENTIALS = "/api/v1/sip-credentials"
OBJECT = f"{CREDENTIALS}/{TRUNK}"
PASSWORD = "hunter2-hunter2"
OTHER_PASSWORD = "correct-horse-battery"
NAMED = {"server": "sip.example.net", "auth_user": "blackbox"}
FULL = {
    "id": TRUNK,
    "server": "sip.example.net",
    "authUser": "blackbox",
    "authPassword": PASSWORD,
    "transport": "tls",
    "domain": "example.net",
    "description": "Text",
    "cpsLimit": 5,
    "cpsKey": "carrier",
}
MODES = ["clear", "masked", "absent"]


@pytest.fixture
def trunk(emulator: Emulator, run: Run) -> Run:
    """Run sip_credential on an emulator without trunks; no result ever holds a password."""
    emulator.reset()

    def trunk(check: bool = False, **options: Any) -> dict[str, Any]:
        named = {} if "id" in options else NAMED
        result = run("sip_credential", check=check, **{**named, **options})
        told = json.dumps(result)
        assert PASSWORD not in told
        assert OTHER_PASSWORD not in told
        assert "auth_password" not in (result.get("sip_credential") or {})
        return result

    return trunk


def stored(emulator: Emulator) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = emulator.state()["organizations"]["org-1"]["credentials"]
    return listed


def writes(emulator: Emulator) -> list[tuple[str, str, Any]]:
    return [
        (entry["method"], entry["path"], entry["body"]) for entry in emulator.requests() if entry["method"] != "GET"
    ]


def methods(emulator: Emulator) -> list[str]:
    return [entry["method"] for entry in emulator.requests()]


def test_description_is_prose(emulator: Emulator, trunk: Run) -> None:
    text = "Ground floor\nand office\u200b "
    assert trunk(auth_password=PASSWORD, description=text)["changed"] is True
    assert stored(emulator)[0]["description"] == text


def test_create(emulator: Emulator, trunk: Run) -> None:
    result = trunk(auth_password=PASSWORD, transport="tls", cps_limit=5)
    body = {"server": "sip.example.net", "authUser": "blackbox", "authPassword": PASSWORD}
    assert writes(emulator) == [("POST", CREDENTIALS, {**body, "transport": "tls", "cpsLimit": 5})]
    assert methods(emulator) == ["GET", "POST"]
    assert result["changed"] is True
    header = "SIP credential 'sip.example.net' for user 'blackbox'"
    assert result["diff"] == {
        "before_header": header,
        "after_header": header,
        "before": "",
        "after": {**NAMED, "auth_password": "(changed)", "transport": "tls", "cps_limit": 5},
    }
    assert result["sip_credential"]["id"] == stored(emulator)[0]["id"]
    assert result["sip_credential"]["source"] == "manual"


@pytest.mark.parametrize("mode", MODES)
def test_unchanged_costs_one_get(emulator: Emulator, trunk: Run, mode: str) -> None:
    emulator.set(password=mode)
    emulator.seed({"credentials": [FULL]})
    assert trunk(auth_password=OTHER_PASSWORD, transport="tls", cps_limit=5)["changed"] is False
    assert methods(emulator) == ["GET"]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("change", [{"description": "New"}, {"cps_limit": 0}, {"domain": ""}, {"transport": "udp"}])
def test_update_never_loses_the_password(emulator: Emulator, trunk: Run, mode: str, change: dict[str, Any]) -> None:
    emulator.set(password=mode)
    emulator.seed({"credentials": [FULL]})
    result = trunk(**change)
    if mode == "clear":
        assert result["changed"] is True
        assert methods(emulator) == ["GET", "PUT"]
    else:
        assert result["failed"] is True
        assert "Set auth_password" in result["msg"]
        assert "error" not in result
        assert methods(emulator) == ["GET"]
    assert stored(emulator)[0]["authPassword"] == PASSWORD


@pytest.mark.parametrize("mode", ["masked", "absent"])
def test_update_carries_the_password_of_the_task(emulator: Emulator, trunk: Run, mode: str) -> None:
    emulator.set(password=mode)
    emulator.seed({"credentials": [FULL]})
    result = trunk(description="New", auth_password=PASSWORD)
    assert result["diff"]["after"] == {**NAMED, "description": "New", "auth_password": "(changed)"}
    assert writes(emulator) == [
        (
            "PUT",
            OBJECT,
            {
                "server": "sip.example.net",
                "authUser": "blackbox",
                "authPassword": PASSWORD,
                "transport": "tls",
                "domain": "example.net",
                "description": "New",
                "cpsLimit": 5,
                "cpsKey": "carrier",
            },
        )
    ]


def test_password_in_clear_wins_over_that_of_the_task(emulator: Emulator, trunk: Run) -> None:
    emulator.seed({"credentials": [FULL]})
    trunk(description="New", auth_password=OTHER_PASSWORD)
    assert stored(emulator)[0]["authPassword"] == PASSWORD


def test_empty_password_does_not_serve_to_carry_one(emulator: Emulator, trunk: Run) -> None:
    emulator.set(password="masked")
    emulator.seed({"credentials": [FULL]})
    assert trunk(description="New", auth_password="")["failed"] is True
    assert stored(emulator)[0]["authPassword"] == PASSWORD


@pytest.mark.parametrize("mask", ["********", "****1234", "xxxxxxxx", "•••", "<hidden>", "[REDACTED]"])
def test_masks_are_never_stored(emulator: Emulator, trunk: Run, mask: str) -> None:
    emulator.seed({"credentials": [{**FULL, "authPassword": mask}]})
    assert "Set auth_password" in trunk(description="New")["msg"]
    assert methods(emulator) == ["GET"]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("update", ["on_create", "always"])
@pytest.mark.parametrize(
    "mask", ["********", "\u2022" * 8, "(changed)", "$encrypted$", "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"]
)
def test_pasted_placeholder_is_refused_before_the_first_request(
    emulator: Emulator, trunk: Run, mask: str, update: str, mode: str
) -> None:
    emulator.set(password=mode)
    emulator.seed({"credentials": [FULL]})
    emulator.clear_requests()
    result = trunk(authPassword=mask, description="New", update_password=update)
    assert "auth_password is a placeholder" in result["msg"]
    assert emulator.requests() == []
    assert "auth_password is a placeholder" in trunk(auth_user="new", auth_password=mask)["msg"]


@pytest.mark.parametrize("update", ["on_create", "always"])
@pytest.mark.parametrize("mask", ["hu***********r2", "****1234", "ab\u2022\u2022\u2022\u2022\u2022\u2022"])
def test_mask_of_the_api_is_never_sent_back(emulator: Emulator, trunk: Run, mask: str, update: str) -> None:
    emulator.seed({"credentials": [{**FULL, "authPassword": mask}]})
    result = trunk(auth_password=mask, description="New", update_password=update)
    assert (
        f"auth_password is the mask that the API returns instead of the stored secret of the SIP credential {TRUNK}"
        in (result["msg"])
    )
    assert mask not in result["msg"]
    assert set(methods(emulator)) == {"GET"}
    # Nothing is written, so nothing can be destroyed.
    assert trunk(auth_password=mask)["changed"] is False


@pytest.mark.parametrize("password", ["xxxx", "xxxxxxxx", "aaaaaaa1", "hidden-valley-9", "unmasked", "........"])
def test_unusual_password_is_carried_like_any_other(emulator: Emulator, trunk: Run, password: str) -> None:
    trunk(auth_password=password)
    assert trunk(auth_password=password, description="New")["changed"] is True
    assert stored(emulator)[0]["authPassword"] == password


@pytest.mark.parametrize("option", ["auth_password", "auth_user", "server", "domain", "cps_key"])
def test_trailing_newline_is_refused_before_the_first_request(emulator: Emulator, trunk: Run, option: str) -> None:
    result = trunk(**{option: "hunter2-hunter2\n"})
    assert f"{option} has trailing whitespace at position 16: U+000A (line feed)" in result["msg"]
    assert emulator.requests() == []


SPELLINGS = ["SIP.example.NET", "sip.example.net.", "sip.example.net:5060", "Sip.Example.Net.:5060"]


@pytest.mark.parametrize("server", SPELLINGS)
def test_server_in_another_spelling_is_the_same_trunk(emulator: Emulator, trunk: Run, run: Run, server: str) -> None:
    created = trunk(auth_password=PASSWORD)["sip_credential"]
    again = trunk(server=server, auth_password=PASSWORD)
    assert (again["failed"], again["changed"]) == (False, False)
    assert (again["sip_credential"]["id"], again["sip_credential"]["server"]) == (created["id"], "sip.example.net")
    updated = trunk(server=server, auth_password=PASSWORD, description="New")
    assert updated["changed"] is True
    assert [(each["server"], each["authPassword"]) for each in stored(emulator)] == [("sip.example.net", PASSWORD)]
    (listed,) = run("sip_credential_info", server=server)["sip_credentials"]
    assert listed["id"] == created["id"]
    assert trunk(server=server, state="absent")["changed"] is True
    assert stored(emulator) == []


def test_default_port_depends_on_the_protocol(emulator: Emulator, trunk: Run) -> None:
    trunk(transport="tls")
    assert trunk(server="sip.example.net:5061", transport="tls")["changed"] is False
    assert trunk(server="sip.example.net:5060", transport="udp")["changed"] is True
    assert [each["server"] for each in stored(emulator)] == ["sip.example.net", "sip.example.net:5060"]
    # Each of them is found by its own spelling.
    assert trunk(transport="tls")["changed"] is False
    assert trunk(server="sip.example.net:5060", transport="udp")["changed"] is False


def test_user_in_another_case_is_another_trunk(emulator: Emulator, trunk: Run) -> None:
    trunk()
    assert trunk(auth_user="Blackbox")["changed"] is True
    assert len(stored(emulator)) == 2


def test_trunks_that_exist_in_several_spellings_are_told_apart_by_theirs(emulator: Emulator, trunk: Run) -> None:
    spelled = [
        {**FULL, "id": id_, "server": server} for id_, server in zip((TRUNK, NUMBER_ID), SPELLINGS[:2], strict=True)
    ]
    emulator.seed({"credentials": spelled})
    for each in spelled:
        assert trunk(server=each["server"])["sip_credential"]["id"] == each["id"]
    result = trunk()
    assert "2 SIP credentials have this server and auth_user" in result["msg"]
    assert TRUNK in result["msg"]
    assert NUMBER_ID in result["msg"]


def test_trunk_with_values_that_no_task_may_set_is_managed_by_id(emulator: Emulator, trunk: Run) -> None:
    odd = {
        "server": "sip.example.net;transport=tls",
        "authUser": "sip:alice@example.net\n",
        "domain": "sip:example.net",
    }
    emulator.seed({"credentials": [{**FULL, **odd}]})
    assert trunk(id=TRUNK, description="New")["changed"] is True
    assert {name: stored(emulator)[0][name] for name in odd} == odd
    assert trunk(id=TRUNK, server="sip.example.net", auth_user="alice", domain="")["changed"] is True
    assert trunk(id=TRUNK, state="absent")["changed"] is True


@pytest.mark.parametrize("mode", MODES)
def test_trunk_without_a_user_needs_no_password(emulator: Emulator, trunk: Run, mode: str) -> None:
    emulator.set(password=mode)
    emulator.seed({"credentials": [{"id": TRUNK, "server": "sip.example.net"}]})
    assert trunk(auth_user=None, description="New")["changed"] is True
    assert trunk(auth_user="", description="New")["changed"] is False


@pytest.mark.parametrize(("mode", "changed"), [("clear", False), ("masked", True), ("absent", True)])
def test_same_password_always(emulator: Emulator, trunk: Run, mode: str, changed: bool) -> None:
    emulator.set(password=mode)
    emulator.seed({"credentials": [FULL]})
    result = trunk(auth_password=PASSWORD, update_password="always")
    assert result["changed"] is changed
    assert result["diff"]["after"].get("auth_password") == ("(changed)" if changed else None)
    assert "auth_password" not in result["diff"]["before"]


@pytest.mark.parametrize("mode", MODES)
def test_other_password_always(emulator: Emulator, trunk: Run, mode: str) -> None:
    emulator.set(password=mode)
    emulator.seed({"credentials": [FULL]})
    assert trunk(auth_password=OTHER_PASSWORD, update_password="always")["changed"] is True
    assert stored(emulator)[0]["authPassword"] == OTHER_PASSWORD
    assert stored(emulator)[0]["description"] == "Text"


@pytest.mark.parametrize("mode", MODES)
def test_changed_password_is_previewed_without_being_told(emulator: Emulator, trunk: Run, mode: str) -> None:
    emulator.set(password=mode)
    emulator.seed({"credentials": [FULL]})
    change = {"auth_password": OTHER_PASSWORD, "update_password": "always"}
    predicted = trunk(check=True, **change)
    assert predicted["diff"] == trunk(**change)["diff"]
    assert set(predicted["sip_credential"]) == set(trunk()["sip_credential"])


def test_password_that_is_not_told_is_cleared_all_the_same(emulator: Emulator, trunk: Run) -> None:
    emulator.set(password="absent")
    emulator.seed({"credentials": [FULL]})
    assert trunk(auth_password="", update_password="always")["changed"] is True
    assert stored(emulator)[0]["authPassword"] is None


def test_password_can_be_cleared(emulator: Emulator, trunk: Run) -> None:
    emulator.seed({"credentials": [FULL]})
    trunk(auth_password="", update_password="always")
    assert stored(emulator)[0]["authPassword"] is None


def test_limit_is_cleared_by_zero(emulator: Emulator, trunk: Run) -> None:
    emulator.seed({"credentials": [FULL]})
    assert trunk(cps_limit=0)["sip_credential"]["cps_limit"] is None
    assert trunk(cps_limit=0)["changed"] is False


# Naming


def test_user_names_the_trunk_too(emulator: Emulator, trunk: Run) -> None:
    emulator.seed({"credentials": [{"server": "sip.example.net"}, {"server": "sip.example.net", "authUser": "eve"}]})
    assert trunk()["changed"] is True
    assert trunk(auth_user=None)["changed"] is False
    assert len(stored(emulator)) == 3


@pytest.mark.parametrize("options", [{}, {"state": "absent"}])
def test_several_of_the_same_name(emulator: Emulator, trunk: Run, options: dict[str, Any]) -> None:
    emulator.seed({"credentials": [FULL, {**FULL, "id": NUMBER_ID}]})
    message = trunk(**options)["msg"]
    assert TRUNK in message
    assert NUMBER_ID in message
    assert methods(emulator) == ["GET"]


def test_by_id(emulator: Emulator, trunk: Run) -> None:
    emulator.seed({"credentials": [FULL]})
    result = trunk(id=TRUNK, server="sip2.example.net", auth_user="new")
    assert result["sip_credential"]["server"] == "sip2.example.net"
    assert stored(emulator)[0]["authPassword"] == PASSWORD


def test_unknown_id(emulator: Emulator, trunk: Run) -> None:
    assert trunk(id=NOBODY_ID)["error"]["status"] == 404
    assert trunk(id=NOBODY_ID, state="absent")["changed"] is False


# A key that the server does not keep unique


def test_lost_answer_is_explained_by_the_listing(emulator: Emulator, trunk: Run) -> None:
    emulator.fault({"match": {"method": "POST"}, "times": 1, "fault": {"drop": "after"}})
    assert trunk(auth_password=PASSWORD, description="x")["changed"] is True
    assert len(stored(emulator)) == 1


@pytest.mark.parametrize("fault", [{"drop": "before"}, {"status": 503}, {"status": 500}, {"garbage": "x"}], ids=str)
def test_doubtful_creation_is_never_repeated(emulator: Emulator, trunk: Run, fault: dict[str, Any]) -> None:
    emulator.fault({"match": {"method": "POST"}, "times": 1, "fault": fault})
    result = trunk(auth_password=PASSWORD)
    if "garbage" in fault:
        assert result["changed"] is True
    else:
        assert (result["failed"], result["error"]["outcome"]) == (True, "unknown")
    assert methods(emulator).count("POST") == 1


@pytest.mark.parametrize("status", [429])
def test_creation_that_was_refused_for_now_is_repeated(emulator: Emulator, trunk: Run, status: int) -> None:
    emulator.fault({"match": {"method": "POST"}, "times": 1, "fault": {"status": status}})
    assert trunk(auth_password=PASSWORD)["changed"] is True
    assert len(stored(emulator)) == 1


# Deletion


def with_number(emulator: Emulator) -> None:
    number = {"id": NUMBER_ID, "phoneNumber": "+15551234567", "credentialsId": TRUNK}
    emulator.seed({"credentials": [FULL], "phone_numbers": [number]})


@pytest.mark.parametrize("mode", MODES)
def test_trunk_without_a_user_has_no_password_to_clear(emulator: Emulator, run: Run, mode: str) -> None:
    emulator.set(password=mode)
    emulator.seed({"credentials": [{"id": TRUNK.replace("3", "4"), "server": "ip.example.com"}]})
    result = run("sip_credential", server="ip.example.com", auth_password="", update_password="always")
    assert (result["failed"], result["changed"]) == (False, False)


def test_delete(emulator: Emulator, trunk: Run) -> None:
    emulator.seed({"credentials": [FULL]})
    result = trunk(state="absent")
    assert writes(emulator) == [("DELETE", OBJECT, None)]
    assert methods(emulator) == ["GET", "DELETE"]
    assert result["diff"]["after"] == ""
    assert "sip_credential" not in result
    assert trunk(state="absent")["changed"] is False


def test_delete_in_use_names_the_numbers(emulator: Emulator, trunk: Run) -> None:
    with_number(emulator)
    predicted = trunk(state="absent", check=True)
    assert methods(emulator) == ["GET", "GET"]
    refused = trunk(state="absent")
    for result in (predicted, refused):
        assert (result["failed"], result["changed"]) == (True, False)
        assert "'+15551234567'" in result["msg"]
        assert "force" in result["msg"]
    assert predicted["msg"] == refused["msg"]
    assert refused["error"]["status"] == 409


@pytest.mark.parametrize("check", [True, False])
def test_forced_delete_says_which_numbers_go_too(emulator: Emulator, trunk: Run, check: bool) -> None:
    numbers = [{"phoneNumber": f"+{index}", "credentialsId": TRUNK} for index in range(10, 22)]
    emulator.seed({"credentials": [FULL], "phone_numbers": numbers})
    (warning,) = trunk(check=check, state="absent", force=True)["warnings"]
    assert "'+10'" in warning
    assert [f"'+{index}'" in warning for index in range(10, 22)] == [True] * 12


def test_forced_delete_of_provider_trunk_sends_nothing_and_does_not_blame_its_numbers(
    emulator: Emulator, run: Run
) -> None:
    trunk = {"id": NOBODY_ID, "server": "sip.provider.example", "source": "provider"}
    emulator.seed({"credentials": [trunk], "phone_numbers": [{"phoneNumber": "+1", "credentialsId": NOBODY_ID}]})
    result = run("sip_credential", server="sip.provider.example", state="absent", force=True)
    assert "can only be changed or deleted through that provider" in result["msg"]
    assert "in use by" not in result["msg"]
    assert methods(emulator) == ["GET"]


@pytest.mark.parametrize("options", [{"description": "Ours"}, {"state": "absent"}, {"state": "absent", "force": True}])
def test_trunk_of_a_provider_fails_in_check_mode_too(emulator: Emulator, run: Run, options: dict[str, Any]) -> None:
    emulator.seed({"credentials": [{"id": NOBODY_ID, "server": "sip.provider.example", "source": "provider"}]})
    for check in (True, False):
        result = run("sip_credential", check=check, server="sip.provider.example", **options)
        assert (result["failed"], result["changed"]) == (True, False)
        assert "provider" in result["msg"]
        assert "Set force" not in result["msg"]


@pytest.mark.parametrize("check", [True, False])
def test_id_of_another_trunk_is_not_deleted(emulator: Emulator, trunk: Run, check: bool) -> None:
    emulator.seed({"credentials": [FULL]})
    result = trunk(check=check, id=TRUNK, server="sip.elsewhere.example", state="absent")
    assert (result["failed"], result["changed"]) == (True, False)
    assert "was not deleted" in result["msg"]


def test_forced_delete_takes_the_numbers_too(emulator: Emulator, trunk: Run) -> None:
    with_number(emulator)
    assert trunk(state="absent", force=True)["changed"] is True
    assert emulator.state()["organizations"]["org-1"]["phone_numbers"] == []


@pytest.mark.parametrize("options", [{"state": "absent"}, {"description": "New"}, {"cps_limit": 9}], ids=str)
def test_write_to_provider_trunk_is_refused_with_same_words_in_both_modes(
    emulator: Emulator, trunk: Run, options: dict[str, Any]
) -> None:
    emulator.set(password="absent")
    emulator.seed({"credentials": [{**FULL, "source": "provider", "providerId": NOBODY_ID}]})
    predicted, result = trunk(check=True, **options), trunk(**options)
    assert predicted["msg"] == result["msg"]
    assert f"managed by a VoIP provider ({NOBODY_ID})" in result["msg"]
    assert "auth_password" not in result["msg"]
    assert (result["changed"], result["error"]["outcome"]) == (False, "not_sent")
    assert set(methods(emulator)) == {"GET"}


# Secrets that come back


@pytest.mark.parametrize("verbosity", [0, 4])
def test_password_that_the_server_echoes_never_appears(
    emulator: Emulator, trunk: Run, capfd: Any, verbosity: int
) -> None:
    emulator.set(extra_fields={"note": f"login {PASSWORD}", PASSWORD[:9]: PASSWORD[4:]})
    result = trunk(auth_password=PASSWORD)
    assert PASSWORD[:9] not in json.dumps(result)
    problem = {"title": PASSWORD, "detail": PASSWORD[:9], "errors": {"authPassword": [f"{PASSWORD[3:]} is weak"]}}
    emulator.fault({"match": {"method": "PUT"}, "times": 1, "fault": {"status": 400, "body": problem}})
    result = trunk(auth_password=PASSWORD, description="New")
    assert result["failed"] is True
    assert PASSWORD[:9] not in json.dumps(result)
    assert PASSWORD[4:] not in json.dumps(result)
    printed = capfd.readouterr()
    assert PASSWORD not in printed.out + printed.err


def test_stored_password_that_the_server_echoes_never_appears(emulator: Emulator, trunk: Run) -> None:
    emulator.reset(seed={"credentials": [FULL]}, settings={"extra_fields": {"note": f"login {PASSWORD}"}})
    assert trunk()["sip_credential"]["note"] == "login ********"
    problem = {"title": "No", "detail": f"bad {PASSWORD}"}
    emulator.fault({"match": {"method": "PUT"}, "fault": {"status": 400, "body": problem}})
    assert trunk(description="New")["error"]["detail"] == "bad ********"


def test_invalid_option_that_quotes_a_piece_of_the_password_never_shows_it(emulator: Emulator, trunk: Run) -> None:
    result = trunk(auth_password=PASSWORD, transport=PASSWORD[:9])
    assert "got: ********" in result["msg"]
    assert PASSWORD[:9] not in json.dumps(result)


def test_info_never_tells_a_password(emulator: Emulator, run: Run) -> None:
    emulator.reset(seed={"credentials": [FULL]}, settings={"extra_fields": {"note": PASSWORD}})
    result = run("sip_credential_info")
    assert PASSWORD not in json.dumps(result)
    assert "auth_password" not in result["sip_credentials"][0]


@pytest.mark.parametrize(
    ("options", "users"),
    [
        ({}, [None, "blackbox", "eve"]),
        ({"server": "sip.example.net"}, [None, "blackbox"]),
        ({"auth_user": "eve"}, ["eve"]),
        ({"authUser": ""}, [None]),
        ({"id": TRUNK}, ["blackbox"]),
        ({"id": TRUNK, "auth_user": "eve"}, []),
        ({"id": NOBODY_ID}, []),
    ],
    ids=str,
)
def test_info_filters(emulator: Emulator, run: Run, options: dict[str, Any], users: list[str | None]) -> None:
    others = [{"server": "sip.example.net"}, {"server": "sip.example.org", "authUser": "eve"}]
    emulator.reset(seed={"credentials": [FULL, *others]})
    assert [each["auth_user"] for each in run("sip_credential_info", **options)["sip_credentials"]] == users


def test_info_reports_what_a_trunk_is_used_for(emulator: Emulator, run: Run) -> None:
    link = {"credentialsId": TRUNK, "incomingCallsAgentId": "agent-1"}
    numbers = [
        {"id": NUMBER_ID, "phoneNumber": "+1", **link, "queuedCalls": 2},
        {"id": OTHER_ID, "phoneNumber": "+2", "credentialsId": TRUNK, "queuedCalls": 3},
    ]
    agents = [{"id": "agent-1", "name": "Support"}, {"id": "agent-2", "name": "Sales", "outbound": NUMBER_ID}]
    other = {"server": "sip.example.org"}
    emulator.reset(seed={"credentials": [other, FULL], "agents": agents, "phone_numbers": numbers})
    used, unused = (trunk["impact"] for trunk in run("sip_credential_info", impact=True)["sip_credentials"])
    users = [("agent-1", "Support", ["inbound"]), ("agent-2", "Sales", ["outbound"])]
    affected = [dict(zip(("agent_id", "agent_name", "uses"), user, strict=True)) for user in users]
    assert used == {
        "phone_numbers": [
            {"id": NUMBER_ID, "phone_number": "+1", "affected_agents": affected},
            {"id": OTHER_ID, "phone_number": "+2", "affected_agents": []},
        ],
        "affected_calls_count": 5,
    }
    assert unused == {"phone_numbers": [], "affected_calls_count": 0}
    assert methods(emulator) == ["GET"] * 3
    assert "impact" not in run("sip_credential_info")["sip_credentials"][0]


def test_info_without_a_count_of_calls_does_not_take_it_for_none(emulator: Emulator, run: Run) -> None:
    emulator.reset(seed={"credentials": [FULL]})
    emulator.fault({"match": {"path": "affected-agents"}, "fault": {"patch": {}, "remove": ["affectedCallsCount"]}})
    (trunk,) = run("sip_credential_info", impact=True)["sip_credentials"]
    assert trunk["impact"] == {"phone_numbers": [], "affected_calls_count": None}


def test_info_omits_a_trunk_that_is_deleted_before_its_impact_is_read(emulator: Emulator, run: Run) -> None:
    emulator.reset(seed={"credentials": [FULL, {"server": "sip.example.org"}]})
    emulator.fault({"match": {"path": "affected-agents"}, "mutate": {"delete": [TRUNK]}})
    result = run("sip_credential_info", impact=True)
    assert [trunk["server"] for trunk in result["sip_credentials"]] == ["sip.example.org"]


def test_info_fails_if_an_impact_cannot_be_read(emulator: Emulator, run: Run) -> None:
    emulator.reset(seed={"credentials": [FULL]})
    emulator.fault({"match": {"path": "affected-agents"}, "fault": {"patch": {"phoneNumbers": None}}})
    result = run("sip_credential_info", impact=True)
    assert (result["failed"], result["error"]["title"]) == (True, "Invalid response")


# Check mode and second runs

TASKS: list[tuple[list[dict[str, Any]], dict[str, Any]]] = [
    ([], {"auth_password": PASSWORD, "transport": "tcp"}),
    ([], {"auth_user": None, "description": "x"}),
    ([FULL], {}),
    ([FULL], {"description": "New", "auth_password": PASSWORD}),
    ([FULL], {"description": "", "cps_limit": 0, "auth_password": PASSWORD}),
    ([FULL], {"id": TRUNK, "server": "sip2.example.net", "auth_password": PASSWORD}),
    ([FULL], {"state": "absent"}),
    ([], {"state": "absent"}),
]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("seeded", "options"), TASKS, ids=str)
def test_check_mode_is_true_and_the_second_run_unchanged(
    emulator: Emulator, trunk: Run, mode: str, seeded: list[dict[str, Any]], options: dict[str, Any]
) -> None:
    emulator.set(password=mode)
    emulator.seed({"credentials": seeded})
    predicted = trunk(check=True, **options)
    assert writes(emulator) == []
    real = trunk(**options)
    for name in ("failed", "changed", "diff"):
        assert predicted[name] == real[name], name
    for name, value in (predicted.get("sip_credential") or {}).items():
        assert value is None or value == real["sip_credential"][name], name
    assert trunk(**options)["changed"] is False
    assert emulator.violations() == []


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"server": None, "auth_user": None}, "Set server"),
        ({"server": ""}, "server must not be empty"),
        ({"id": "x"}, "id must be a UUID"),
        ({"cps_limit": -1}, "cps_limit must not be negative"),
        ({"transport": "sctp"}, "transport"),
    ],
    ids=str,
)
def test_refused(emulator: Emulator, trunk: Run, options: dict[str, Any], words: str) -> None:
    result = trunk(**options)
    assert words in result["msg"]
    assert emulator.requests() == []
