# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filters desired_state and desired_trunks: what exists becomes a file, and the file applied changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from unittest import mock

import pytest
import yaml
from ansible.errors import AnsibleFilterError
from ansible.plugins.filter.core import to_nice_yaml
from ansible.utils.display import Display
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.dasha.blackbox.plugins.filter.desired_state import desired_state
from ansible_collections.dasha.blackbox.plugins.filter.desired_trunks import desired_trunks
from emulator.client import Emulator
from unit.harness import NUMBER_ID, OTHER_TRUNK, TRUNK

pytestmark = pytest.mark.slow

Run = Callable[..., dict[str, Any]]

THIRD = "a0c1c0de-0000-4000-8000-000000000002"
PROVIDER = "11111111-2222-4333-8444-555555555555"
CREDENTIAL = {
    "id": TRUNK,
    "org_id": "org-1",
    "server": "sip.example.com",
    "domain": None,
    "auth_user": "alice",
    "transport": "udp",
    "description": None,
    "cps_limit": None,
    "cps_key": None,
    "source": "manual",
    "provider_id": None,
}
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
MANAGED = {**NUMBER, "provider_id": PROVIDER, "registration": True, "incoming_calls_agent_id": "agent-1"}


# desired_state


def test_entry_holds_what_can_be_set_and_has_a_value() -> None:
    assert desired_state([NUMBER]) == [
        {"phone_number": "+15551234567", "credentials_id": TRUNK, "description": "Text", "registration": False}
    ]


@pytest.mark.parametrize(
    ("agents", "entry"),
    [
        ({}, {"incoming_calls_agent_id": ""}),
        ({"outgoing_calls_agent_ids": []}, {"incoming_calls_agent_id": "", "outgoing_calls_agent_ids": []}),
        (
            {"incoming_calls_agent_id": "agent-1", "outgoing_calls_agent_ids": ["agent-2"]},
            {"incoming_calls_agent_id": "agent-1", "outgoing_calls_agent_ids": ["agent-2"]},
        ),
    ],
)
def test_null_is_cleared_if_asked_for(agents: dict[str, Any], entry: dict[str, Any]) -> None:
    assert desired_state([{**NUMBER, **agents, "description": None}], nulls="clear") == [
        {
            "phone_number": "+15551234567",
            "credentials_id": TRUNK,
            "display_name": "",
            "description": "",
            "registration": False,
            **entry,
        }
    ]


def test_agents_of_outgoing_calls_are_included_if_they_were_read() -> None:
    with_agents, without = desired_state(
        [{**NUMBER, "outgoing_calls_agent_ids": ["agent-1"]}, {**NUMBER, "outgoing_calls_agent_ids": []}]
    )
    assert with_agents["outgoing_calls_agent_ids"] == ["agent-1"]
    assert "outgoing_calls_agent_ids" not in without


def test_number_of_provider_is_omitted_unless_asked_for() -> None:
    assert desired_state([MANAGED]) == []
    key = {"phone_number": "+15551234567", "credentials_id": TRUNK}
    assert desired_state([MANAGED], provider_numbers=True) == [{**key, "incoming_calls_agent_id": "agent-1"}]
    unlinked = {**MANAGED, "incoming_calls_agent_id": None, "outgoing_calls_agent_ids": []}
    assert desired_state([unlinked], provider_numbers=True) == [key]
    assert desired_state([unlinked], provider_numbers=True, nulls="clear") == [
        {**key, "incoming_calls_agent_id": "", "outgoing_calls_agent_ids": []}
    ]


@pytest.mark.parametrize(
    ("others", "expected"),
    [
        ([], {"trunk": "alice@sip.example.com"}),
        ([{**CREDENTIAL, "id": THIRD, "auth_user": "bob"}], {"trunk": "alice@sip.example.com"}),
        ([{**CREDENTIAL, "id": THIRD, "source": "provider"}], {"credentials_id": TRUNK}),
    ],
    ids=["alone", "other user", "same server and user"],
)
def test_trunk_is_named_if_no_other_has_its_name(others: list[Any], expected: dict[str, str]) -> None:
    (entry,) = desired_state([NUMBER], trunks=[{**CREDENTIAL, "id": TRUNK.upper()}, *others])
    assert {option: entry.get(option) for option in expected} == expected
    assert len({"trunk", "credentials_id"}.intersection(entry)) == 1


def test_trunk_without_user_is_named_by_its_server() -> None:
    assert desired_state([NUMBER], trunks=[{**CREDENTIAL, "auth_user": None}])[0]["trunk"] == "sip.example.com"


@pytest.mark.parametrize(
    "trunks", [[], [{**CREDENTIAL, "id": THIRD}], [{**CREDENTIAL, "auth_user": "", "server": TRUNK}]]
)
def test_trunk_that_cannot_be_named_keeps_its_id(trunks: list[Any]) -> None:
    assert desired_state([NUMBER], trunks=trunks)[0]["credentials_id"] == TRUNK


WRONG = [None, "text", {"sip_phone_numbers": []}, 5, [5], [{}], [{"phone_number": "+1"}], [{**NUMBER, "id": None}]]


@pytest.mark.parametrize("wrong", WRONG)
def test_input_that_is_no_list_of_numbers_is_refused(wrong: Any) -> None:
    with pytest.raises(AnsibleFilterError, match="takes the list sip_phone_numbers that sip_phone_number_info returns"):
        desired_state(wrong)
    with pytest.raises(AnsibleFilterError, match="takes the list sip_credentials that sip_credential_info returns"):
        desired_trunks(wrong)
    if wrong is not None:
        with pytest.raises(AnsibleFilterError, match="trunks of desired_state takes the list"):
            desired_state([NUMBER], trunks=wrong)
        with pytest.raises(AnsibleFilterError, match="phone_numbers of desired_trunks takes the list"):
            desired_trunks([CREDENTIAL], wrong)


@pytest.mark.parametrize("apply", [desired_state, desired_trunks])
def test_unknown_value_of_nulls_is_refused(apply: Callable[..., Any]) -> None:
    with pytest.raises(AnsibleFilterError, match="nulls must be omit or clear, not 'keep'"):
        apply([], nulls="keep")


def test_text_that_is_a_template_is_warned_about() -> None:
    with mock.patch.object(Display, "warning") as warning:
        desired_state([{**NUMBER, "display_name": "{{ x }}"}])
        desired_trunks([{**CREDENTIAL, "description": "{% x %}"}], [{**NUMBER, "description": "{# x #}"}])
    number, trunk, number_of_trunk = (call.args[0] for call in warning.call_args_list)
    assert number.startswith("The display_name of phone number '+15551234567' would be run as a template")
    assert trunk.startswith(f"The description of trunk {TRUNK}")
    assert number_of_trunk.startswith("The description of phone number")


# desired_trunks


def test_trunk_holds_what_can_be_set_and_its_numbers() -> None:
    other = {**NUMBER, "credentials_id": OTHER_TRUNK}
    assert desired_trunks([{**CREDENTIAL, "cps_limit": 5}], [{**NUMBER, "credentials_id": TRUNK.upper()}, other]) == [
        {
            "server": "sip.example.com",
            "auth_user": "alice",
            "transport": "udp",
            "cps_limit": 5,
            "phone_numbers": [{"phone_number": "+15551234567", "description": "Text", "registration": False}],
        }
    ]


def test_null_of_a_trunk_is_cleared_if_asked_for_and_its_password_is_not() -> None:
    (trunk,) = desired_trunks([{**CREDENTIAL, "auth_user": None}], [NUMBER], nulls="clear")
    (number,) = trunk.pop("phone_numbers")
    assert trunk == {
        "server": "sip.example.com",
        "domain": "",
        "auth_user": "",
        "transport": "udp",
        "description": "",
        "cps_limit": 0,
        "cps_key": "",
    }
    assert (number["display_name"], number["incoming_calls_agent_id"]) == ("", "")


def test_trunk_without_numbers_has_an_empty_list_if_numbers_were_read() -> None:
    assert desired_trunks([CREDENTIAL], [])[0]["phone_numbers"] == []
    assert "phone_numbers" not in desired_trunks([CREDENTIAL])[0]


@pytest.mark.parametrize("provider_id", [PROVIDER, None])
def test_trunk_and_number_of_provider_are_omitted(provider_id: str | None) -> None:
    managed = {**CREDENTIAL, "id": THIRD, "source": "provider", "provider_id": provider_id}
    (trunk,) = desired_trunks([managed, CREDENTIAL], [{**NUMBER, "credentials_id": THIRD}, MANAGED])
    assert (trunk["server"], trunk["phone_numbers"]) == ("sip.example.com", [])


def test_trunks_with_the_same_server_and_user_have_their_ids() -> None:
    user, other = {**CREDENTIAL, "auth_user": None}, {**CREDENTIAL, "id": OTHER_TRUNK, "auth_user": ""}
    third = {**CREDENTIAL, "id": THIRD}
    assert [trunk.get("id") for trunk in desired_trunks([user, other, third])] == [TRUNK, OTHER_TRUNK, None]


def test_trunks_of_which_one_may_be_taken_for_the_other_have_their_ids() -> None:
    # The default port of TLS is another one, but both are found as sip.example.com.
    tls = {**CREDENTIAL, "transport": "tls"}
    with_port = {**CREDENTIAL, "id": OTHER_TRUNK, "server": "sip.example.com:5060"}
    assert [trunk["id"] for trunk in desired_trunks([tls, with_port])] == [TRUNK, OTHER_TRUNK]


# Applied at once


TEXTS = (
    st.none()
    | st.sampled_from(["", "x", " {{ x }}", "yes", "0123", "null", "a: b # c", "Büro 🏢", "a\nb\t"])
    | st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)
)
IDS = [TRUNK, OTHER_TRUNK, THIRD]
CREDENTIALS = st.fixed_dictionaries(
    {
        "server": st.sampled_from(["sip.example.com", "10.0.0.1:5060", "SIP.example.com.:5060", "sip.example.com;lr"]),
        "authUser": st.sampled_from([None, "", "alice", "alice@example.org", "0123", "Alice", "sip:alice", "alice\n"]),
        "authPassword": st.sampled_from([None, "hunter2-hunter2"]),
        "domain": st.sampled_from([None, "", "example.com", "sip:example.com"]),
        "transport": st.sampled_from(["udp", "tcp", "tls"]),
        "description": TEXTS,
        "cpsLimit": st.sampled_from([None, 0, 5]),
        "cpsKey": st.sampled_from([None, "", "shared"]),
        "providerId": st.sampled_from([None, None, PROVIDER]),
    }
)
PHONE_NUMBERS = st.fixed_dictionaries(
    {
        "phoneNumber": st.sampled_from(["+15550000001", "0555 1", "alice", "00017", "1e5", "+15550000001\u200b", " 1"]),
        "credentialsId": st.sampled_from(IDS),
        "displayName": TEXTS,
        "description": TEXTS,
        "registration": st.booleans(),
        "incomingCallsAgentId": st.sampled_from([None, "agent-1", "agent-2"]),
        "providerId": st.sampled_from([None, None, PROVIDER]),
    }
)
KEY = ("phoneNumber", "credentialsId")


@st.composite
def seeds(draw: st.DrawFn) -> dict[str, Any]:
    """An organization with three trunks, up to six numbers, and two agents that may call from one of them each."""
    credentials = [{"id": trunk, **draw(CREDENTIALS)} for trunk in IDS]
    for credential in credentials:
        credential["source"] = "provider" if credential["providerId"] else "manual"
    numbers = draw(st.lists(PHONE_NUMBERS, max_size=6, unique_by=lambda number: tuple(number[name] for name in KEY)))
    for index, number in enumerate(numbers):
        number["id"] = f"{NUMBER_ID[:-1]}{index}"
    number_ids = st.sampled_from([None, *(number["id"] for number in numbers)])
    agents = [{"id": agent, "name": agent, "outbound": draw(number_ids)} for agent in ("agent-1", "agent-2")]
    return {"credentials": credentials, "phone_numbers": numbers, "agents": agents}


anything = settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])


def through_a_file(value: Any) -> Any:
    """Return what is read from a file to which the examples write."""
    return yaml.safe_load(to_nice_yaml({"written": value}))["written"]


def writes(emulator: Emulator) -> list[str]:
    return [f"{entry['method']} {entry['path']}" for entry in emulator.requests() if entry["method"] != "GET"]


@given(seed=seeds(), nulls=st.sampled_from(["omit", "clear"]), provider_numbers=st.booleans(), named=st.booleans())
@anything
def test_adopted_numbers_applied_change_nothing(
    emulator: Emulator, run: Run, seed: dict[str, Any], nulls: str, provider_numbers: bool, named: bool
) -> None:
    emulator.reset(seed=seed)
    existing = run("sip_phone_number_info", affected_agents=True)["sip_phone_numbers"]
    trunks = run("sip_credential_info")["sip_credentials"] if named else None
    entries = through_a_file(desired_state(existing, nulls, provider_numbers, trunks))
    result = run("sip_phone_numbers", phone_numbers=entries, purge=True, max_deletions=0)
    assert (result["failed"], result["changed"]) == (False, False), result
    assert result["summary"]["unchanged"] == len(entries)
    assert writes(emulator) == []


@given(seed=seeds(), nulls=st.sampled_from(["omit", "clear"]))
@anything
def test_adopted_trunks_applied_change_nothing(emulator: Emulator, run: Run, seed: dict[str, Any], nulls: str) -> None:
    emulator.reset(seed=seed)
    existing = run("sip_phone_number_info", affected_agents=True)["sip_phone_numbers"]
    trunks = through_a_file(desired_trunks(run("sip_credential_info")["sip_credentials"], existing, nulls))
    result = run("sip_trunks", trunks=trunks, purge=True, max_deletions=0)
    assert (result["failed"], result["changed"]) == (False, False), result
    assert writes(emulator) == []


def test_manual_change_is_undone_with_nulls_cleared_and_left_alone_otherwise(emulator: Emulator, run: Run) -> None:
    emulator.seed({"phone_numbers": [{"id": NUMBER_ID, "phoneNumber": "+1", "credentialsId": TRUNK}]})
    existing = run("sip_phone_number_info", affected_agents=True)["sip_phone_numbers"]
    manual = {"display_name": "x", "incoming_calls_agent_id": "agent-1", "outgoing_calls_agent_ids": ["agent-2"]}
    run("sip_phone_number", id=NUMBER_ID, **manual)
    assert run("sip_phone_numbers", phone_numbers=desired_state(existing))["changed"] is False
    assert run("sip_phone_numbers", phone_numbers=desired_state(existing, nulls="clear"))["changed"] is True
    (number,) = run("sip_phone_number_info", affected_agents=True)["sip_phone_numbers"]
    assert [number[option] for option in manual] == [None, None, []]
