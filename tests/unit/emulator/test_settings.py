# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The settings that no other file tests."""

from __future__ import annotations

import re
import time
from itertools import cycle

import pytest
import yaml

from emulator.client import FOLDER, ControlError, Emulator
from emulator.faults import KINDS
from emulator.settings import Settings
from unit.emulator.http_helpers import BODY, CREDENTIALS, ApiClient, control
from unit.harness import NUMBERS, OTHER_TRUNK, TRUNK

README = (FOLDER / "README.md").read_text("utf-8")


def test_nulls_can_be_omitted(emulator: Emulator, api: ApiClient) -> None:
    emulator.set(omit_nulls=True)
    made = api.post(BODY).body
    assert set(made) == {*BODY, "id", "orgId", "registration", "createdTime", "lastUpdateTime", "registrationStatus"}
    assert made["registrationStatus"] == {"state": "Disabled"}
    assert "domain" not in api.get(f"{CREDENTIALS}/{TRUNK}").body


@pytest.mark.parametrize("status", [200, 201])
def test_status_of_creation(emulator: Emulator, api: ApiClient, status: int) -> None:
    emulator.set(create_status=status)
    assert api.post(BODY).status == api.post({"server": "x"}, CREDENTIALS).status == status


@pytest.mark.parametrize("status", [200, 204])
def test_status_of_deletion(emulator: Emulator, api: ApiClient, status: int) -> None:
    emulator.set(delete_status=status)
    responses = [api.delete(f"{NUMBERS}/{api.post(BODY).id}"), api.delete(f"{CREDENTIALS}/{TRUNK}")]
    assert [(response.status, response.body) for response in responses] == [(status, None)] * 2


def test_trim_removes_surrounding_whitespace(emulator: Emulator, api: ApiClient) -> None:
    emulator.set(trim=True)
    made = api.post({**BODY, "phoneNumber": " +1 ", "displayName": "  a b\t"}).body
    assert (made["phoneNumber"], made["displayName"]) == ("+1", "a b")


def test_whitespace_with_trim_is_refused(emulator: Emulator, api: ApiClient) -> None:
    emulator.set(trim=True)
    assert api.post({**BODY, "phoneNumber": "  "}).status == 400
    assert api.post({"server": " "}, CREDENTIALS).status == 400
    assert api.get().body["totalCount"] == 0


@pytest.mark.parametrize("case", ["lower", "upper"])
def test_ids_are_returned_in_the_set_case(emulator: Emulator, api: ApiClient, case: str) -> None:
    emulator.set(uuid_case=case)
    made = api.post({**BODY, "credentialsId": OTHER_TRUNK.swapcase()}).body
    for shown in (made["id"], made["credentialsId"], api.get(f"{NUMBERS}/{made['id']}/affected-agents").body["id"]):
        assert shown == getattr(shown, case)()


def test_extra_fields(emulator: Emulator, api: ApiClient) -> None:
    api.post(BODY)
    emulator.set(extra_fields={"region": {"name": "eu"}})
    for path in (NUMBERS, CREDENTIALS):
        assert api.get(path).body["items"][0]["region"] == {"name": "eu"}


def test_latency(emulator: Emulator, api: ApiClient) -> None:
    emulator.set(latency=0.1)
    start = time.monotonic()
    api.get()
    assert time.monotonic() - start >= 0.1


def test_setting_applies_to_rows_that_were_read_before(emulator: Emulator, api: ApiClient) -> None:
    api.post(BODY)
    before = api.get().body["items"][0]["id"]
    emulator.set(uuid_case="upper")
    assert api.get().body["items"][0]["id"] == before.upper()


def test_settings_can_be_read(emulator: Emulator) -> None:
    assert control(emulator, "GET", "settings").body == vars(Settings())


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"filter": "regex"}, "filter"),
        ({"max_take": 0}, "max_take"),
        ({"latency": -1}, "latency"),
        ({"trim": "yes"}, "trim"),
        ({"create_status": 202}, "create_status"),
        ({"quota": {"per_seconds": 1}}, "requests"),
        ({"quota": {"requests": 0}}, "quota.requests"),
        ({"registration_stuck": [5]}, "registration_stuck[0]"),
        ({"registration_failures": [{"phone": "1"}]}, "phone_number"),
        ({"colour": "red"}, "uuid_case"),
    ],
)
def test_invalid_setting_is_refused(emulator: Emulator, change: dict[str, object], words: str) -> None:
    with pytest.raises(ControlError, match="\\[".join(words.split("["))):
        emulator.set(omit_nulls=True, **change)
    assert control(emulator, "GET", "settings").body["omit_nulls"] is False


def test_readme_documents_every_setting_with_its_default() -> None:
    rows = re.findall(r"^\| (`\w+`(?:, `\w+`)*) \| (`[^|]+`) \|", README, re.M)
    documented = {
        name: yaml.safe_load(default)
        for names, defaults in rows
        for name, default in zip(re.findall(r"\w+", names), cycle(re.findall(r"`(.+?)`", defaults)), strict=False)
    }
    assert {name: documented.get(name, "missing") for name in vars(Settings())} == vars(Settings())


def test_readme_documents_every_kind_of_fault() -> None:
    assert [kind for kind in KINDS if not re.search(rf'^\| `\{{"{kind}"', README, re.M)] == []
