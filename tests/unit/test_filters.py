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
from ansible_collections.dasha.blackbox.plugins.filter.trunk_ids import trunk_ids
from ansible_collections.dasha.blackbox.plugins.filter.trunk_numbers import trunk_numbers
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
        ([{"id": TRUNK}, {"id": TRUNK, "server": "a"}], "trunks[0] and trunks[1] are the same"),
    ],
)
def test_trunks_are_checked_before_anything_is_written(trunks: list[Any], message: str) -> None:
    with pytest.raises(AnsibleFilterError, match=re.escape(message)):
        trunk_numbers(trunks)


def test_trunks_may_share_a_server_or_a_number() -> None:
    users = [{"server": "a", "auth_user": user, "phone_numbers": [{"phone_number": "+1"}]} for user in ("x", "y")]
    assert len(trunk_numbers(users)) == 2
