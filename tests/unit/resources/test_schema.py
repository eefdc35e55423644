# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The description of a resource, against the contract and by itself."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.dasha.blackbox.plugins.module_utils._resources.schema import (
    BODY,
    MAX_UNKNOWN_DEPTH,
    Resource,
    is_uuid,
    snake_case,
)
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.sip_credential import CREDENTIAL
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.sip_phone_number import PHONE_NUMBER
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.twilio_provider import TWILIO_PROVIDER
from unit.harness import TRUNK

CONTRACT = Path(__file__).parents[2] / "emulator" / "openapi.yaml"
RESOURCES = [
    pytest.param(PHONE_NUMBER, "SipPhoneNumber", id="phone number"),
    pytest.param(CREDENTIAL, "SipCredential", id="credential"),
]


@pytest.fixture(scope="module")
def schemas() -> dict[str, Any]:
    contract: dict[str, Any] = yaml.safe_load(CONTRACT.read_text())
    return contract["components"]["schemas"]


@pytest.mark.parametrize(("resource", "name"), RESOURCES)
def test_fields_are_those_of_the_contract(resource: Resource, name: str, schemas: dict[str, Any]) -> None:
    assert {field.api for field in resource.fields if not field.derived} == set(schemas[name]["properties"])
    assert {field.api for field in resource.body_fields} == set(schemas[f"{name}Body"]["properties"])
    for field in resource.fields:
        assert field.option == snake_case(field.api)
        if field.derived:
            continue
        nested = schemas[name]["properties"][field.api].get("$ref")
        if nested:
            assert {inner.api for inner in field.fields} == set(schemas[nested.rsplit("/", 1)[1]]["properties"])


@pytest.mark.parametrize(("resource", "name"), RESOURCES)
def test_limits_are_those_of_the_contract(resource: Resource, name: str, schemas: dict[str, Any]) -> None:
    body = schemas[f"{name}Body"]
    for field in resource.fields:
        if field.role == BODY:
            schema = body["properties"][field.api]
            assert (schema.get("minLength", 0), schema.get("maxLength")) == field.limits, field.api
            assert schema.get("default") == field.default, field.api
            assert (schema.get("format") == "uuid") == (field.type == "uuid"), field.api
            assert tuple(schema.get("enum", ())) == field.choices, field.api
    if resource.unique_key:
        assert all(resource.by_option[option].api in body["required"] for option in resource.key)


def test_result_has_every_documented_field() -> None:
    view = PHONE_NUMBER.to_result({"id": "a", "registrationStatus": {"state": "Odd", "newerField": 1}})
    assert view == {
        "id": "a",
        "org_id": None,
        "phone_number": None,
        "credentials_id": None,
        "display_name": None,
        "description": None,
        "registration": False,
        "incoming_calls_agent_id": None,
        "registration_status": {
            "state": "Odd",
            "error_description": None,
            "sip_response_message": None,
            "last_updated": None,
            "expires_at": None,
            "newer_field": 1,
        },
        "provider_id": None,
        "created_time": None,
        "last_update_time": None,
    }


@pytest.mark.parametrize(
    ("resource", "option", "value", "shown"),
    [
        (PHONE_NUMBER, "display_name", 7, None),
        (PHONE_NUMBER, "registration", "yes", False),
        (PHONE_NUMBER, "registration_status", "Registered", None),
        (CREDENTIAL, "cps_limit", "many", None),
        (TWILIO_PROVIDER, "verification_details", "none", None),
    ],
)
def test_value_of_another_type_than_the_documented_one_is_none(
    resource: Resource, option: str, value: Any, shown: Any
) -> None:
    assert resource.to_result({"id": "a", resource.by_option[option].api: value})[option] is shown


@pytest.mark.parametrize(
    ("resource", "option", "one", "other", "equal"),
    [
        (CREDENTIAL, "cps_limit", 0, None, True),
        (CREDENTIAL, "cps_limit", 1, None, False),
        (PHONE_NUMBER, "registration", False, None, False),
        (PHONE_NUMBER, "display_name", "", None, True),
        (PHONE_NUMBER, "phone_number", "", None, False),
        (PHONE_NUMBER, "credentials_id", TRUNK.upper(), TRUNK, True),
        (PHONE_NUMBER, "credentials_id", "Alice@sip.example.com", "alice@sip.example.com", False),
        (CREDENTIAL, "server", "SIP.Example.com", "sip.example.com", True),
        (CREDENTIAL, "server", "sip.example.com.", "sip.example.com", True),
        (CREDENTIAL, "server", "sip.example.com.:5070", "SIP.example.com:5070", True),
        (CREDENTIAL, "server", "[2001:DB8:0::1]:5070", "[2001:db8::1]:5070", True),
        (CREDENTIAL, "server", "sip.example.com:5060", "sip.example.com", False),
        (CREDENTIAL, "server", "sip.example.com:5070", "sip.example.com", False),
        (CREDENTIAL, "auth_user", "Alice", "alice", False),
        (CREDENTIAL, "domain", "Example.com", "example.com", False),
        (PHONE_NUMBER, "display_name", "A", "a", False),
    ],
)
def test_values_are_equal_if_they_mean_the_same_to_the_api(
    resource: Resource, option: str, one: Any, other: Any, equal: bool
) -> None:
    field = resource.by_option[option]
    assert (field.equal(one, other), field.equal(other, one)) == (equal, equal)


def test_unknown_fields_pass_through_under_their_own_name() -> None:
    view = PHONE_NUMBER.to_result({"id": "a", "newField": {"innerName": 1}, "phone_number": "not this"})
    assert view["new_field"] == {"innerName": 1}
    assert view["phone_number"] is None


@pytest.mark.parametrize("wrap", [lambda value: {"a": value}, lambda value: [value]], ids=["mapping", "list"])
def test_unknown_field_that_is_nested_without_end_is_cut(wrap: Callable[[Any], Any]) -> None:
    value: Any = "end"
    for _level in range(10_000):
        value = wrap(value)
    found, depth = PHONE_NUMBER.to_result({"id": "a", "newField": value})["new_field"], 0
    while found is not None:
        found, depth = (found["a"] if isinstance(found, dict) else found[0]), depth + 1
    assert depth == MAX_UNKNOWN_DEPTH


@pytest.mark.parametrize(
    ("name", "spelled"),
    [
        ("displayName", "display_name"),
        ("incomingCallsAgentId", "incoming_calls_agent_id"),
        ("SIPHeader", "sip_header"),
        ("lineURL", "line_url"),
        ("e164Number", "e164_number"),
        ("id", "id"),
        ("already_so", "already_so"),
    ],
)
def test_snake_case(name: str, spelled: str) -> None:
    assert snake_case(name) == spelled


@pytest.mark.parametrize("text", ["3fa85f64-5717-4562-b3fc-2c963f66afa6", "3FA85F64-5717-4562-B3FC-2C963F66AFA6"])
def test_uuid(text: str) -> None:
    assert is_uuid(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "3fa85f64",
        "3fa85f6457174562b3fc2c963f66afa6",
        "{3fa85f64-5717-4562-b3fc-2c963f66afa6}",
        "3fa85f64-5717-4562-b3fc-2c963f66afag",
        "3fa85f64-5717-4562-b3fc-2c963f66afa6 ",
        "3fa85f64-5717-4562-b3fc-2c963f66afa6-",
        "3fa85f64-5717-4562-b3fc2c963f66-afa6",
    ],
)
def test_no_uuid(text: str) -> None:
    assert not is_uuid(text)


def test_what_the_server_left_out_has_its_default() -> None:
    """A number without `registration` is one with registration off: to ask for that changes nothing."""
    assert PHONE_NUMBER.differences({"id": "a"}, {"registration": False, "display_name": None}) == {}
    assert PHONE_NUMBER.differences({"id": "a"}, {"registration": True}) == {"registration": True}
    assert CREDENTIAL.differences({"id": "a"}, {"transport": "udp"}) == {}


@pytest.mark.parametrize("object_id", ["", "x", "..", "../agents", "9b2f0c1e-8a5d-4f0e-9d55-0f6f2b0c7a11/.."])
def test_id_that_would_name_another_path_is_refused(object_id: Any) -> None:
    with pytest.raises(ValueError, match="is not a UUID"):
        PHONE_NUMBER.object_path(object_id)


# One server in several spellings

OTHER_SPELLINGS = [
    ("sip.example.com", "udp", "sip.example.com:5060"),
    ("sip.example.com:5060", "udp", "SIP.example.com."),
    ("sip.example.com", "tcp", "sip.example.com:5060"),
    ("sip.example.com", None, "sip.example.com:5060"),
    ("sip.example.com", "tls", "sip.example.com:5061"),
    ("sip.example.com:5061", "tls", "sip.example.com"),
    ("[2001:db8::1]", "tls", "[2001:DB8::0:1]:5061"),
    ("192.0.2.1", "udp", "192.0.2.1:5060"),
    # What the API returns may be anything.
    ("sip.example.com;x=1", "udp", "SIP.example.com;x=1"),
]
OTHER_SERVERS = [
    ("sip.example.com", "udp", "sip.example.com:5061"),
    ("sip.example.com", "tls", "sip.example.com:5060"),
    ("sip.example.com:5061", "udp", "sip.example.com"),
    ("sip.example.com:5060", "tls", "sip.example.com"),
    ("sip.example.com", "udp", "sip2.example.com"),
    ("[2001:db8::1", "udp", "[2001:db8::1]"),
    ("2001:db8::5060", "udp", "2001:db8:"),
    ("sip.example.com:" + "9" * 5000, "udp", "sip.example.com"),
]


@pytest.mark.parametrize(("stored", "transport", "server"), OTHER_SPELLINGS)
def test_server_in_another_spelling_is_no_change(stored: str, transport: str | None, server: str) -> None:
    trunk = {"server": stored, "transport": transport}
    assert CREDENTIAL.matches(trunk, {"server": server})
    assert CREDENTIAL.differences(trunk, {"server": server}) == {}


@pytest.mark.parametrize(("stored", "transport", "server"), OTHER_SERVERS)
def test_another_server_is_a_change(stored: str, transport: str | None, server: str) -> None:
    trunk = {"server": stored, "transport": transport}
    assert not CREDENTIAL.matches(trunk, {"server": server})
    assert CREDENTIAL.differences(trunk, {"server": server}) == {"server": server}


def test_default_port_is_that_of_the_protocol_afterwards() -> None:
    desired = {"server": "sip.example.com", "transport": "tls"}
    on_port = {"server": "sip.example.com:5060", "transport": "udp"}
    assert CREDENTIAL.differences(on_port, desired) == desired
    without = {"server": "sip.example.com", "transport": "udp"}
    assert CREDENTIAL.differences(without, {**desired, "server": "sip.example.com:5061"}) == {"transport": "tls"}


def test_exact_spelling_is_preferred() -> None:
    trunks = [{"server": server, "authUser": ""} for server in ("sip.example.com", "SIP.example.com")]
    for trunk in trunks:
        assert CREDENTIAL.prefer_exact(trunks, {"server": trunk["server"], "auth_user": None}) == [trunk]
    assert CREDENTIAL.prefer_exact(trunks, {"server": "sip.EXAMPLE.com"}) == trunks
