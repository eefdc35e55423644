# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Seeds: their content, their errors, and generated numbers."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from emulator.client import ControlError, Emulator
from emulator.seeding import read_seed
from emulator.validators import InvalidInputError
from unit.emulator.http_helpers import BODY, CREDENTIALS, ApiClient, control
from unit.harness import NOBODY_ID, NUMBER_ID, NUMBERS, OTHER_ID, TRUNK

SEED = {
    "credentials": [{"id": TRUNK, "server": "sip.example.com", "authUser": "alice"}],
    "agents": [{"id": "agent-1", "outbound": NUMBER_ID}],
    "phone_numbers": [{**BODY, "id": NUMBER_ID.upper(), "displayName": "Line", "incomingCallsAgentId": "agent-1"}],
}


def test_ids_are_case_insensitive(emulator: Emulator, api: ApiClient) -> None:
    emulator.reset(seed=SEED)
    number = api.get(f"{NUMBERS}/{NUMBER_ID}")
    assert (number.status, number.body["displayName"]) == (200, "Line")
    (agent,) = api.get(f"{NUMBERS}/{NUMBER_ID}/affected-agents").body["affectedAgents"]
    assert agent == {"agentId": "agent-1", "agentName": "agent-1", "uses": ["inbound", "outbound"]}


def test_seeded_unknown_fields_are_stored(emulator: Emulator, api: ApiClient) -> None:
    emulator.seed({"phone_numbers": [{**BODY, "routing": {"a": 1}}], "credentials": [{"server": "x", "pool": 2}]})
    assert api.get().body["items"][0]["routing"] == {"a": 1}
    assert api.get(CREDENTIALS).body["items"][-1]["pool"] == 2


def test_state_restores_itself_as_seed(emulator: Emulator, other: ApiClient) -> None:
    number = {**BODY, "registrationStatus": {"state": "Odd"}, "queuedCalls": 3, "incomingCallsAgentId": "agent-gone"}
    emulator.seed({"phone_numbers": [number]})
    state = emulator.state()
    assert number.items() <= state["organizations"]["org-1"]["phone_numbers"][0].items()
    emulator.reset(seed=state)
    assert emulator.state() == state


@pytest.mark.parametrize(
    ("seed", "words"),
    [
        ({"phone_numbers": 5}, "phone_numbers: 5 is not"),
        ({"numbers": []}, "phone_numbers"),
        ([], "object"),
        ({"phone_numbers": [BODY, {"phoneNumber": "1"}]}, r"phone_numbers\[1\]: .*credentialsId"),
        ({"phone_numbers": [{**BODY, "phoneNumber": 15551234567}]}, r"phone_numbers\[0\]\.phoneNumber.*quote it"),
        (
            {"phone_numbers": [{**BODY, "credentialsId": NOBODY_ID}]},
            r"phone_numbers\[0\]\.credentialsId: .*no such credential",
        ),
        ({"phone_numbers": [{**BODY, "queuedCalls": -1}]}, r"phone_numbers\[0\]\.queuedCalls"),
        ({"phone_numbers": [{**BODY, "displayName": 5}]}, r"phone_numbers\[0\]: .*displayName"),
        ({"phone_numbers": [{**BODY, "id": "7"}]}, r"phone_numbers\[0\]\.id"),
        ({"phone_numbers": [BODY, BODY]}, r"phone_numbers\[1\]: .*already"),
        ({"phone_numbers": [{**BODY, "registrationStatus": {}}]}, r"phone_numbers\[0\]\.registrationStatus: .*state"),
        ({"credentials": [{}]}, r"credentials\[0\]: .*server"),
        ({"credentials": [{"server": "x", "transport": "sctp"}]}, r"credentials\[0\]: .*transport"),
        ({"credentials": [{"server": "x", "id": TRUNK.upper()}]}, r"credentials\[0\]\.id: .*already"),
        ({"agents": [{"name": "x"}]}, r"agents\[0\]: .*id"),
        ({"agents": [{"id": "x", "outbound": NOBODY_ID}]}, r"agents\[0\]\.outbound: .*no such phone number"),
        ({"keys": ["two words"]}, r"keys\[0\]"),
        ({"generate": 5}, "generate"),
        ({"generate": {"trunks": 0}}, "generate.trunks"),
        ({"generate": {"numbers": -1}}, "generate.numbers"),
        ({"organizations": {"b": {"keys": [5]}}}, r"organizations\.b\.keys\[0\]"),
        ({"organizations": {"b": {"phone_numbers": [BODY]}}}, r"organizations\.b\.phone_numbers\[0\]\.credentialsId"),
        ({"organizations": {"b": {"organizations": {}}}}, r"organizations\.b: .*agents"),
    ],
    ids=str,
)
def test_invalid_seed_changes_nothing(emulator: Emulator, seed: Any, words: str) -> None:
    before = emulator.state()
    with pytest.raises(ControlError, match=words):
        emulator.seed({"keys": ["new-key"], **seed} if isinstance(seed, dict) else seed)
    assert emulator.state() == before


def test_refused_reset_changes_nothing(emulator: Emulator, api: ApiClient) -> None:
    api.post(BODY)
    emulator.set(trim=True)
    before = (emulator.state(), emulator.requests())
    for wrong in ({"seed": {"phone_numbers": [BODY]}}, {"settings": {"trim": 5}}, {"seeds": {}}, 5):
        assert control(emulator, "POST", "reset", json.dumps(wrong).encode()).status == 400
    assert (emulator.state(), emulator.requests()) == before
    assert control(emulator, "GET", "settings").body["trim"] is True


def test_reset_restores_the_initial_state(emulator: Emulator, api: ApiClient) -> None:
    api.post(BODY)
    emulator.set(trim=True)
    emulator.clock(set="2001-01-01T00:00:00Z", freeze=True)
    emulator.fault({"fault": {"status": 500}})
    emulator.reset()
    empty = {"keys": [emulator.key], "credentials": [], "agents": [], "phone_numbers": [], "providers": []}
    assert emulator.state() == {"organizations": {"org-1": empty}, "twilio_accounts": []}
    assert (emulator.requests(), control(emulator, "GET", "settings").body["trim"]) == ([], False)
    assert api.get().status == 200
    assert api.post({"server": "x"}, CREDENTIALS).body["createdTime"] > "2002"


# Files


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "object"),
        ("- 1", "object"),
        ("a: [", "cannot be read"),
        ("\xff", "cannot be read"),
        ("phone_numbers: [{phoneNumber: +15551234567, credentialsId: x}]", "phoneNumber.*quote it"),
        ("organizations: {5: {}}", "key"),
        ("keys: &keys [*keys]", "limit"),
    ],
)
def test_invalid_seed_file_is_refused(seed_file: Path, text: str, words: str) -> None:
    seed_file.write_bytes(text.encode("latin-1"))
    with pytest.raises(InvalidInputError, match=rf"{seed_file.name}.*{words}"):
        read_seed(seed_file)


def test_missing_seed_file_is_refused(seed_file: Path) -> None:
    with pytest.raises(InvalidInputError, match=r"seed\.yml cannot be read"):
        read_seed(seed_file)


# Generated numbers


def test_generated_numbers_are_the_same_each_time(emulator: Emulator, api: ApiClient) -> None:
    def generated() -> list[tuple[str, str, str]]:
        emulator.reset(seed={"generate": {"numbers": 5, "trunks": 2}})
        return [(row["id"], row["phoneNumber"], row["credentialsId"]) for row in api.get().body["items"]]

    first = generated()
    assert generated() == first
    assert [phone for _id, phone, _trunk in first] == [f"+1555000000{index}" for index in range(5)]
    assert len({trunk for _id, _phone, trunk in first}) == 2
    assert len({number_id for number_id, _phone, _trunk in first}) == 5


def test_generated_numbers_are_numbers_like_any_other(emulator: Emulator, api: ApiClient) -> None:
    emulator.seed({"generate": {"numbers": 2}})
    row = api.get().body["items"][0]
    path = f"{NUMBERS}/{row['id']}"
    body = {"phoneNumber": "+1", "credentialsId": row["credentialsId"], "registration": True}
    assert api.put(path, body).body["registrationStatus"]["state"] == "Registering"
    assert api.delete(path).status == 204
    assert api.phones() == ["+15550000001"]


def test_prefix_and_organization_have_their_own_series(emulator: Emulator, api: ApiClient) -> None:
    emulator.seed({"generate": {"numbers": 2, "trunks": 2}})
    emulator.seed({"generate": {"numbers": 2, "prefix": "+1666"}, "organizations": {"b": {"generate": {"numbers": 1}}}})
    assert api.phones() == ["+15550000000", "+15550000001", "+16660000000", "+16660000001"]
    with pytest.raises(ControlError, match=r"\+15550000000 already"):
        emulator.seed({"generate": {"numbers": 1, "trunks": 2}})


def test_fifty_thousand_numbers_are_fast(emulator: Emulator, api: ApiClient) -> None:
    start = time.monotonic()
    emulator.seed({"generate": {"numbers": 50_000, "trunks": 4}})
    generated = time.monotonic()
    pages = [api.raw("GET", f"{NUMBERS}?skip={skip}&take=1000").body for skip in range(0, 50_000, 10_000)]
    # Generous, for busy machines.
    assert generated - start < 30
    assert time.monotonic() - generated < 30
    assert {page["totalCount"] for page in pages} == {50_000}
    assert api.delete(f"{NUMBERS}/{OTHER_ID}").status == 404
    emulator.reset()
