# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filters: numbers that exist become entries, trunks with numbers become one fleet."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml
from ansible.errors import AnsibleFilterError

from ansible_collections.dasha.blackbox.plugins.filter.desired_state import desired_state
from ansible_collections.dasha.blackbox.plugins.filter.provision_errors import provision_errors
from ansible_collections.dasha.blackbox.plugins.filter.trunk_ids import trunk_ids
from ansible_collections.dasha.blackbox.plugins.filter.trunk_numbers import trunk_numbers
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.schema import is_uuid
from emulator.client import Emulator
from unit.harness import NUMBER_ID, OTHER_TRUNK, TRUNK

NUMBER = {
    "id": NUMBER_ID,
    "org_id": "org-1",
    "phone_number": "+15551234567",
    "credentials_id": TRUNK,
    "display_name": None,
    "description": "Text",
    "registration": False,
    "incoming_calls_agent_id": None,
    "provider_id": None,
    "routing": {"newer": 1},
}


def test_only_what_can_be_set_and_is_set() -> None:
    assert desired_state([NUMBER]) == [
        {"phone_number": "+15551234567", "credentials_id": TRUNK, "description": "Text", "registration": False}
    ]


def test_numbers_of_providers_are_left_out() -> None:
    assert desired_state([{**NUMBER, "provider_id": NUMBER_ID}]) == []


@pytest.mark.parametrize("wrong", [None, "text", {"sip_phone_numbers": []}, 5, [5], [{}], [{"phone_number": "+1"}]])
def test_wrong_input_is_told(wrong: Any) -> None:
    with pytest.raises(AnsibleFilterError):
        desired_state(wrong)


def test_numbers_stay_strings_in_a_file() -> None:
    text = yaml.safe_dump({"numbers": desired_state([NUMBER])})
    assert yaml.safe_load(text)["numbers"][0]["phone_number"] == "+15551234567"


def test_applied_at_once_nothing_changes(emulator: Emulator, run: Any) -> None:
    emulator.seed(
        {
            "phone_numbers": [
                {"phoneNumber": "+1", "credentialsId": TRUNK, "displayName": "", "incomingCallsAgentId": "agent-1"},
                {"phoneNumber": "+2", "credentialsId": OTHER_TRUNK, "registration": True, "description": "x"},
                {"phoneNumber": "+3", "credentialsId": TRUNK, "providerId": NUMBER_ID},
            ]
        }
    )
    existing = run("sip_phone_number_info")["sip_phone_numbers"]
    result = run("sip_phone_numbers", phone_numbers=desired_state(existing), purge=True)
    assert (result["changed"], result["summary"]["unchanged"]) == (False, 2)


TRUNKS: list[dict[str, Any]] = [
    {"server": "a", "phone_numbers": [{"phone_number": "+1"}, {"phoneNumber": "+2"}]},
    {"server": "b", "state": "absent", "phone_numbers": [{"phone_number": "+3"}]},
    {"server": "c", "phone_numbers": []},
    {"server": "d"},
]


def results(*ids: str | None) -> list[dict[str, Any]]:
    return [{"sip_credential": {"id": each}} if each else {"skipped": True} for each in ids]


def test_numbers_get_the_ids_of_their_trunks() -> None:
    listed = trunk_numbers(TRUNKS, results("id-a", None, "id-c", "id-d"))
    assert listed == [
        {"phone_number": "+1", "credentials_id": "id-a"},
        {"phoneNumber": "+2", "credentials_id": "id-a"},
    ]
    assert trunk_ids(TRUNKS, results("id-a", None, "id-c", "id-d")) == ["id-a", "id-c"]


def test_trunks_that_do_not_exist_yet_are_told_apart() -> None:
    unborn = [{"server": server, "phone_numbers": [{"phone_number": "+1"}]} for server in ("a", "b")]
    first, second = trunk_numbers(unborn, results(None, None))
    assert first["credentials_id"] != second["credentials_id"]
    assert trunk_ids(unborn, results(None, None)) == [first["credentials_id"], second["credentials_id"]]


def test_results_of_other_trunks_are_refused() -> None:
    with pytest.raises(AnsibleFilterError, match="4 trunks, but 1 results"):
        trunk_numbers(TRUNKS, results("id-a"))


@pytest.mark.parametrize(
    ("trunks", "message"),
    [
        (["a"], "trunks[0] must be a mapping"),
        ([{"server": "a", "phone_numbers": "+1"}], "trunks[0].phone_numbers must be a list"),
        ([{"server": "a", "phone_numbers": ["+1"]}], "trunks[0].phone_numbers[0] must be a mapping"),
        ([{"server": "a", "phone_numbers": [{"phone_number": 15551}]}], "trunks[0].phone_numbers[0].phone_number must"),
        ([{"server": "a", "phone_numbers": [{"phone_number": "+1"}] * 2}], "phone_numbers[0] and trunks[0].phone_n"),
        ([{"server": "a", "phone_numbers": [{"phone_number": "+1", "credentialsId": TRUNK}]}], "must not have cred"),
        ([{"server": "a"}, {"server": "b"}, {"server": "a", "auth_user": ""}], "trunks[0] and trunks[2] are the same"),
        ([{"id": TRUNK}, {"id": TRUNK.upper(), "server": "a"}], "trunks[0] and trunks[1] are the same"),
        ([{"server": "a", "auth_user": "x"}, {"server": "a", "authUser": "x"}], "trunks[0] and trunks[1] are the same"),
        ([{}], "trunks[0] needs server"),
        ([{"server": "a", "state": "gone"}], "trunks[0].state must be present or absent"),
        (None, "trunks must be a list"),
        ({"server": "a"}, "trunks must be a list"),
    ],
)
def test_trunks_are_checked_before_anything_is_written(trunks: list[Any], message: str) -> None:
    with pytest.raises(AnsibleFilterError, match=re.escape(message)):
        trunk_numbers(trunks)


@pytest.mark.parametrize("trunks", [["a"], [None], None, "a", 5, [{}], [{"server": "a", "phone_numbers": 5}]])
@pytest.mark.parametrize("results", [[{}], [None], ["a"], None, {}, [{"sip_credential": 5}]])
def test_ids_of_wrong_input_are_refused_with_a_message(trunks: Any, results: Any) -> None:
    with pytest.raises(AnsibleFilterError, match="trunks"):
        trunk_ids(trunks, results)


@pytest.mark.parametrize("results", [[None], ["a"], [{"sip_credential": 5}], [{"sip_credential": {"id": None}}]])
def test_results_without_an_id_count_as_previewed(results: Any) -> None:
    (number,) = trunk_numbers([{"server": "a", "phone_numbers": [{"phone_number": "+1"}]}], results)
    assert is_uuid(number["credentials_id"])


@pytest.mark.parametrize("results", [None, "a", {}, 5])
def test_results_that_are_no_list_are_refused(results: Any) -> None:
    with pytest.raises(AnsibleFilterError, match="must be a list"):
        trunk_ids([{"server": "a"}], results)


WRONG_OPTIONS = [
    ({"server": ""}, ".server must not be empty"),
    ({"server": " "}, ".server must not be empty"),
    ({"server": "a" * 256}, ".server must be at most 255 characters"),
    ({"server": "sips://s:5060"}, ".server must be"),
    ({"server": "s/path"}, ".server must be"),
    ({"server": 5}, ".server must be a string"),
    ({"server": ["a"]}, ".server must be a string"),
    ({"server": None}, " needs server"),
    ({"domain": "a" * 256}, ".domain must be at most 255 characters"),
    ({"domain": {"a": 1}}, ".domain must be a string"),
    ({"auth_user": "a" * 256}, ".auth_user must be at most 255 characters"),
    ({"authUser": 42798}, ".authUser must be a string in quotes"),
    ({"auth_user": True}, ".auth_user must be a string in quotes"),
    ({"auth_password": "p" * 65}, ".auth_password must be at most 64 characters"),
    ({"auth_password": 42798}, ".auth_password must be a string in quotes"),
    ({"auth_password": 4.5}, ".auth_password must be a string in quotes"),
    ({"description": "a" * 256}, ".description must be at most 255 characters"),
    ({"transport": "sctp"}, ".transport must be one of udp, tcp, tls"),
    ({"transport": ""}, ".transport must be one of udp, tcp, tls"),
    ({"cps_limit": -1}, ".cps_limit must not be negative"),
    ({"cps_limit": "many"}, ".cps_limit must be a whole number"),
    ({"cps_limit": True}, ".cps_limit must be a whole number"),
    ({"cps_limit": 1.5}, ".cps_limit must be a whole number"),
    ({"cps_limit": [1]}, ".cps_limit must be a whole number"),
    ({"cps_key": 83}, ".cps_key must be a string in quotes"),
    ({"update_password": "never"}, ".update_password must be one of always, on_create"),
    ({"state": "gone"}, ".state must be one of present, absent"),
    ({"state": True}, ".state must be a string"),
    ({"force": "perhaps"}, ".force must be true or false"),
    ({"force": []}, ".force must be true or false"),
    ({"id": "trunk-1"}, ".id must be a UUID"),
    ({"id": ""}, ".id must be a UUID"),
    ({"id": 5}, ".id must be a string"),
    ({"passwort": "x"}, " has an unknown option 'passwort'"),
    ({5: "x"}, " has an unknown option 5"),
    ({"auth_user": "x", "authUser": "y"}, " has auth_user twice"),
    ({"phone_numbers": "+1"}, ".phone_numbers must be a list"),
    ({"phone_numbers": {"phone_number": "+1"}}, ".phone_numbers must be a list"),
    ({"phone_numbers": [None]}, ".phone_numbers[0] must be a mapping"),
    ({"phone_numbers": [{"phone_number": "+1"}, {"phone_number": 1}]}, ".phone_numbers[1].phone_number must be"),
    ({"phone_numbers": [{"phone_number": ""}]}, ".phone_numbers[0].phone_number must not be empty"),
    ({"phone_numbers": [{"phone_number": None}]}, ".phone_numbers[0] needs phone_number"),
    ({"phone_numbers": [{"phone_number": "+1", "name": "x"}]}, ".phone_numbers[0] has an unknown option 'name'"),
    ({"phone_numbers": [{"phone_number": "+1", "registration": "x"}]}, ".phone_numbers[0].registration must be"),
    ({"phone_numbers": [{"phone_number": "+1"}] * 2}, ".phone_numbers[0] and blackbox_trunks[1].phone_numbers[1]"),
    ({"phone_numbers": [{"phone_number": "+1", "trunk": "a"}]}, ".phone_numbers[0] must not have trunk"),
]


@pytest.mark.parametrize(("options", "message"), WRONG_OPTIONS, ids=[message for _options, message in WRONG_OPTIONS])
def test_wrong_option_of_a_trunk_is_named_with_its_position(options: Any, message: str) -> None:
    (error,) = provision_errors({"blackbox_trunks": [{"server": "a"}, {"server": "b", **options}]})
    assert error.startswith(f"blackbox_trunks[1]{message}")
    assert not {"p" * 65, "42798", "4.5"}.intersection(re.split(r"[\s,;.]+", error))


@pytest.mark.parametrize(
    "options",
    [
        {"domain": "", "auth_user": "", "auth_password": "", "description": "", "cps_key": "", "cps_limit": 0},
        {"domain": None, "auth_user": None, "state": None, "force": None, "phone_numbers": None, "id": None},
        {"cps_limit": "5", "force": "yes", "state": "absent", "transport": "tls", "update_password": "always"},
        {"authUser": "0123", "authPassword": "p" * 64, "cpsLimit": 1, "cpsKey": "k", "id": TRUNK.upper()},
        {"server": "[2001:db8::1]:5060", "phone_numbers": [{"phoneNumber": "+1", "displayName": None}]},
    ],
)
def test_valid_options_of_a_trunk_are_accepted(options: dict[str, Any]) -> None:
    assert provision_errors({"blackbox_trunks": [{"server": "a" * 255, **options}]}) == []


def test_every_trunk_with_an_error_is_named_once() -> None:
    trunks = [{"server": ""}, {"server": "a"}, {"id": "x", "server": ""}, {"server": "a"}]
    first, second, third = provision_errors({"blackbox_trunks": trunks})
    assert first.startswith("blackbox_trunks[0]")
    assert second.startswith("blackbox_trunks[2]")
    assert third == "blackbox_trunks[1] and blackbox_trunks[3] are the same trunk."


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"provision_concurrency": 0}, "provision_concurrency must be from 1 to 32, not 0."),
        ({"provision_concurrency": "33"}, "provision_concurrency must be from 1 to 32, not 33."),
        ({"provision_concurrency": "many"}, "provision_concurrency must be a whole number"),
        ({"provision_max_deletions": -1}, "provision_max_deletions must be at least 0, not -1."),
        (
            {"provision_wait_timeout": "-0.5"},
            "provision_wait_timeout must be a number of seconds, 0 or more, not -0.5.",
        ),
        (
            {"provision_wait_timeout": float("inf")},
            "provision_wait_timeout must be a number of seconds, 0 or more, not inf.",
        ),
        (
            {"provision_wait_timeout": float("nan")},
            "provision_wait_timeout must be a number of seconds, 0 or more, not nan.",
        ),
        ({"provision_wait_timeout": True}, "provision_wait_timeout must be a number"),
        ({"provision_purge": "perhaps"}, "provision_purge must be true or false"),
        ({"provision_colour": "red"}, "provision_colour is not a variable of the role."),
    ],
)
def test_wrong_setting_of_the_role_is_named_as_the_role_names_it(setting: Any, message: str) -> None:
    (error,) = provision_errors(setting)
    assert error.startswith(message)


def test_valid_settings_of_the_role_are_accepted() -> None:
    texts = {"provision_concurrency": "32", "provision_wait_timeout": "0", "provision_force": "yes"}
    assert provision_errors({**texts, "provision_max_deletions": 0, "provision_purge": None}) == []


@pytest.mark.parametrize("wrong", [None, "a", [], 5])
def test_errors_of_no_mapping_are_refused(wrong: Any) -> None:
    with pytest.raises(AnsibleFilterError, match="mapping of variables"):
        provision_errors(wrong)


def test_trunks_may_share_a_server_or_a_number() -> None:
    users = [{"server": "a", "auth_user": user, "phone_numbers": [{"phone_number": "+1"}]} for user in ("x", "y")]
    assert len(trunk_numbers(users)) == 2
