# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filters of the role: its variables are checked, trunks with their numbers become one fleet."""

from __future__ import annotations

import re
from typing import Any

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.dasha.blackbox.plugins.filter.provision_errors import provision_errors
from ansible_collections.dasha.blackbox.plugins.filter.trunk_ids import trunk_ids
from ansible_collections.dasha.blackbox.plugins.filter.trunk_numbers import trunk_numbers
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.schema import is_uuid
from unit.harness import TRUNK

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
    ({"auth_password": "hunter2\n"}, ".auth_password has trailing whitespace at position 8"),
    ({"authPassword": "********"}, ".auth_password is a placeholder"),
    ({"description": 750}, ".description must be a string in quotes"),
    ({"domain": "sip:example.com"}, ".domain must be a domain"),
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
    (
        {"phone_numbers": [{"phone_number": "+1", "display_name": False}]},
        ".phone_numbers[0].display_name must be a quo",
    ),
    (
        {"phone_numbers": [{"phone_number": "+1\u200b"}]},
        ".phone_numbers[0].phone_number has a character that cannot be",
    ),
    ({"phone_numbers": [{"phone_number": ""}]}, ".phone_numbers[0].phone_number must not be empty"),
    ({"phone_numbers": [{"phone_number": None}]}, ".phone_numbers[0] needs phone_number"),
    ({"phone_numbers": [{"phone_number": "+1", "name": "x"}]}, ".phone_numbers[0] has an unknown option 'name'"),
    ({"phone_numbers": [{"phone_number": "+1", "registration": "x"}]}, ".phone_numbers[0].registration must be"),
    ({"phone_numbers": [{"phone_number": "+1"}] * 2}, ".phone_numbers[0] and blackbox_trunks[1].phone_numbers[1]"),
    ({"phone_numbers": [{"phone_number": "+1", "state": "gone"}]}, ".phone_numbers[0].state must be present or absent"),
    ({"phone_numbers": [{"id": "x"}]}, ".phone_numbers[0].id must be a UUID"),
    (
        {"phone_numbers": [{"phone_number": "+1", "outgoing_calls_agent_ids": "a"}]},
        ".phone_numbers[0].outgoing_calls_a",
    ),
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
        {"phone_numbers": [{"id": TRUNK, "state": "absent", "force": "yes"}]},
        {"phone_numbers": [{"phone_number": "+1", "outgoing_calls_agent_ids": ["a"], "outgoingCallsAgentIds": ["a"]}]},
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
    ("one", "other"),
    [
        ({"server": "sip.example.com"}, {"server": "SIP.Example.com."}),
        ({"server": "sip.example.com"}, {"server": "sip.example.com:5060"}),
        ({"server": "sip.example.com"}, {"server": "sip.example.com", "transport": "tls"}),
        ({"server": "sip.example.com:5061", "transport": "tls"}, {"server": "sip.example.com", "transport": "tls"}),
        ({"server": "a", "auth_user": ""}, {"server": "A", "authUser": None}),
    ],
)
def test_one_trunk_in_two_spellings_is_refused(one: dict[str, Any], other: dict[str, Any]) -> None:
    (error,) = provision_errors({"blackbox_trunks": [one, other]})
    assert error == "blackbox_trunks[0] and blackbox_trunks[1] are the same trunk."


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"server": "sip.example.com", "transport": "tls"}, {"server": "sip.example.com:5060"}),
        ({"server": "sip.example.com"}, {"server": "sip.example.com:5061"}),
        ({"server": "a", "auth_user": "Alice"}, {"server": "a", "auth_user": "alice"}),
    ],
)
def test_other_servers_and_users_are_other_trunks(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert provision_errors({"blackbox_trunks": [one, other]}) == []


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
        ({"provision_update_passwords": "perhaps"}, "provision_update_passwords must be true or false"),
        ({"provision_number_format": "E.164"}, "provision_number_format must be one of any, e164."),
        ({"provision_defaults": "registration"}, "provision_defaults must be a mapping of options"),
        ({"provision_defaults": {"colour": "red"}}, "provision_defaults has an unknown option 'colour'"),
        ({"provision_defaults": {"registration": "perhaps"}}, "provision_defaults.registration must be true or false"),
        ({"provision_defaults": {"display_name": "x" * 256}}, "provision_defaults.display_name must be at most 255"),
        ({"provision_defaults": {"phone_number": "+1"}}, "provision_defaults.phone_number cannot be a default"),
        ({"provision_defaults": {"id": TRUNK}}, "provision_defaults.id cannot be a default"),
        ({"provision_defaults": {"trunk": "a"}}, "provision_defaults must not have trunk"),
        ({"provision_defaults": {"credentialsId": TRUNK}}, "provision_defaults must not have credentialsId"),
        ({"provision_move_from": "sip.example.com"}, "provision_move_from must be a list; this is a string"),
        ({"provision_move_from": ["a", " "]}, "provision_move_from[1] must not be empty"),
        ({"provision_move_from": ["a", 5]}, "provision_move_from[1] must be a string in quotes"),
        ({"provision_expected_plan_id": 1234567890123456}, "provision_expected_plan_id must be a string in quotes"),
        ({"provision_expected_plan_id": ""}, "provision_expected_plan_id must not be empty."),
        ({"provision_trunk": "a"}, "provision_trunk is not a variable of the role."),
        ({"purge": True}, "purge is not a variable of the role."),
        ({"provision_colour": "red"}, "provision_colour is not a variable of the role."),
    ],
)
def test_wrong_setting_of_the_role_is_named_as_the_role_names_it(setting: Any, message: str) -> None:
    (error,) = provision_errors(setting)
    assert error.startswith(message)


def test_valid_settings_of_the_role_are_accepted() -> None:
    texts = {"provision_concurrency": "32", "provision_wait_timeout": "0", "provision_force": "yes"}
    assert provision_errors({**texts, "provision_max_deletions": 0, "provision_purge": None}) == []
    lists = {"provision_move_from": ["alice@sip.example.com", TRUNK], "provision_defaults": {"registration": "yes"}}
    more = {"provision_number_format": "e164", "provision_update_passwords": True}
    assert provision_errors({**lists, **more, "provision_expected_plan_id": "1f2e3d4c5b6a7988"}) == []
    assert provision_errors({"provision_expected_plan_id": None, "provision_defaults": None}) == []


def test_every_wrong_setting_is_named() -> None:
    errors = provision_errors({"provision_purge": "perhaps", "provision_concurrency": "many"})
    assert [error.split()[0] for error in errors] == ["provision_purge", "provision_concurrency"]


def test_numbers_are_checked_with_the_settings_that_apply_to_them() -> None:
    trunks = [{"server": "a", "phone_numbers": [{"phone_number": "+15551234567"}, {"phone_number": "5551234567"}]}]
    (error,) = provision_errors({"blackbox_trunks": trunks, "provision_number_format": "e164"})
    assert error.startswith("blackbox_trunks[0].phone_numbers[1].phone_number is '5551234567', but provision_number_f")
    (error,) = provision_errors({"blackbox_trunks": trunks, "provision_defaults": {"outgoing_calls_agent_ids": ["x"]}})
    assert error.startswith("blackbox_trunks[0].phone_numbers[0] and blackbox_trunks[0].phone_numbers[1] both have 'x'")


@pytest.mark.parametrize("wrong", [{"trunk": "a"}, {"colour": "red"}, "a", 5])
def test_wrong_defaults_are_named_once(wrong: Any) -> None:
    trunks = [{"server": "a", "phone_numbers": [{"phone_number": "+1"}]}]
    (error,) = provision_errors({"blackbox_trunks": trunks, "provision_defaults": wrong})
    assert error.startswith("provision_defaults")


ENTRIES: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    ({"id": TRUNK}, {"id": TRUNK.upper()}, " identify the same phone number"),
    (
        {"outgoing_calls_agent_ids": ["x"]},
        {"outgoing_calls_agent_ids": ["y", "x"]},
        " both have 'x' in outgoing_calls_",
    ),
]


@pytest.mark.parametrize(("one", "other", "message"), ENTRIES)
def test_numbers_of_two_trunks_that_contradict_each_other_are_named(one: Any, other: Any, message: str) -> None:
    first, second = ({"phone_number": number, **options} for number, options in (("+1", one), ("+2", other)))
    trunks = [{"server": "a", "phone_numbers": [first]}, {"server": "b", "phone_numbers": [second]}]
    (error,) = provision_errors({"blackbox_trunks": trunks})
    where = "blackbox_trunks[0].phone_numbers[0] and blackbox_trunks[1].phone_numbers[0]"
    assert error.startswith(f"{where}{message}")
    assert provision_errors({"blackbox_trunks": [trunks[0], {**trunks[1], "state": "absent"}]}) == []
    with pytest.raises(AnsibleFilterError, match="identify the same|both have"):
        trunk_numbers(trunks)


@pytest.mark.parametrize("wrong", [None, "a", [], 5])
def test_errors_of_no_mapping_are_refused(wrong: Any) -> None:
    with pytest.raises(AnsibleFilterError, match="mapping of variables"):
        provision_errors(wrong)


def test_trunks_may_share_a_server_or_a_number() -> None:
    users = [{"server": "a", "auth_user": user, "phone_numbers": [{"phone_number": "+1"}]} for user in ("x", "y")]
    assert len(trunk_numbers(users)) == 2
