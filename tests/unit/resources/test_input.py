# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Input that would be refused, or mistaken, is refused with a message that names it."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.dasha.blackbox.plugins.module_utils._core.options import resource_options
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.desired import read_values
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.entries import (
    Rules,
    read_defaults,
    read_entries,
)
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.schema import BODY, Field, Resource
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.sip_credential import CREDENTIAL
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.sip_phone_number import (
    PHONE_NUMBER,
    strip_formatting,
)
from ansible_collections.dasha.blackbox.plugins.module_utils._transport.errors import InvalidOptionsError, Problems
from unit.harness import TRUNK

SECRET = "zQ9-correct-horse"


def refused(resource: Resource, options: dict[str, Any]) -> str:
    with pytest.raises(InvalidOptionsError) as caught:
        read_values(resource, options)
    return str(caught.value)


LIMITS = {"server": 255, "domain": 255, "auth_user": 255, "description": 255, "auth_password": 64}


@pytest.mark.parametrize(("option", "limit"), LIMITS.items())
def test_trunk_option_over_its_limit_is_refused(option: str, limit: int) -> None:
    assert read_values(CREDENTIAL, {option: "x" * limit}) == {option: "x" * limit}
    assert f"{option} must be at most {limit} characters long; this one has {limit + 1}" in refused(
        CREDENTIAL, {option: "x" * (limit + 1)}
    )


@pytest.mark.parametrize("server", ["", " ", "\t"])
def test_empty_server_is_refused(server: str) -> None:
    assert "server must not be empty" in refused(CREDENTIAL, {"server": server})


BAD_SERVERS = [
    "sips://s:5060",
    "sip://s",
    "sip:s",
    "SIPS:s",
    "https://s",
    "u@s",
    "s/x",
    "s ",
    " s",
    "a b",
    "a\tb",
    "s\n",
]


@pytest.mark.parametrize("server", BAD_SERVERS)
def test_server_that_is_no_host_is_refused_with_the_options_to_use(server: str) -> None:
    shown = refused(CREDENTIAL, {"server": server})
    assert "transport" in shown
    assert "auth_user" in shown


@pytest.mark.parametrize(
    "server", ["s", "s:5060", "sip.example.net", "192.0.2.1", "[2001:db8::1]:5061", "sips.example"]
)
def test_host_with_and_without_a_port_is_a_server(server: str) -> None:
    assert read_values(CREDENTIAL, {"server": server}) == {"server": server}


UNQUOTED = [42798, 0, 1.5, -7, 10**30, float("inf"), float("nan"), True, False, [SECRET], {"a": SECRET}, [], b"x"]


@pytest.mark.parametrize("value", UNQUOTED, ids=repr)
@pytest.mark.parametrize("option", ["auth_user", "auth_password"])
def test_user_and_password_that_are_not_strings_are_refused(option: str, value: Any) -> None:
    assert f"{option} must be a quoted string" in refused(CREDENTIAL, {option: value})


@pytest.mark.parametrize("value", [831975318, 1.25, -7531975, [SECRET], {"a": SECRET}], ids=repr)
def test_message_about_a_password_never_has_its_value(value: Any) -> None:
    shown = refused(CREDENTIAL, {"auth_password": value})
    assert str(value) not in shown
    assert SECRET not in shown


@pytest.mark.parametrize("password", [f"{SECRET}{'x' * 64}", f"{SECRET}\ud800"])
def test_message_about_a_password_that_is_a_string_never_has_its_value(password: str) -> None:
    assert SECRET not in refused(CREDENTIAL, {"auth_password": password})


SURROGATES = ["\ud800", "agent-\udfff", "\udc80x", "a\ud83d"]
TEXTS = [
    (PHONE_NUMBER, "phone_number"),
    (PHONE_NUMBER, "display_name"),
    (PHONE_NUMBER, "incoming_calls_agent_id"),
    (CREDENTIAL, "server"),
    (CREDENTIAL, "auth_user"),
    (CREDENTIAL, "auth_password"),
    (CREDENTIAL, "cps_key"),
]


@pytest.mark.parametrize("text", SURROGATES, ids=ascii)
@pytest.mark.parametrize(("resource", "option"), TEXTS)
def test_text_that_cannot_be_sent_is_refused(resource: Resource, option: str, text: str) -> None:
    shown = refused(resource, {option: text})
    assert f"{option} contains characters that are not valid Unicode text" in shown
    shown.encode()


@pytest.mark.parametrize("text", [*SURROGATES, "", " ", 7, None, ["x"]], ids=ascii)
def test_member_of_a_list_that_cannot_be_sent_is_refused_with_its_position(text: Any) -> None:
    shown = refused(PHONE_NUMBER, {"outgoing_calls_agent_ids": ["agent-1", text]})
    assert "outgoing_calls_agent_ids[1] must be a string that is not empty" in shown
    shown.encode()


@pytest.mark.parametrize("value", [True, False, -1])
def test_integer_that_is_none_is_refused(value: Any) -> None:
    assert "cps_limit must" in refused(CREDENTIAL, {"cps_limit": value})


def test_zero_clears_an_integer_and_an_empty_string_clears_a_text() -> None:
    assert read_values(CREDENTIAL, {"cps_limit": 0, "description": ""}) == {"cps_limit": None, "description": None}


# A new field is one line, whatever its type: the options of a module and the entries of a fleet take it.

WIDGET = Resource(
    "widget",
    "/widgets",
    kind="widget",
    key=("name",),
    filters={},
    describe=lambda key, names: f"widget {key[0]}",
    fields=(
        Field("id", "id", type="uuid"),
        Field("name", "name", BODY, limits=(1, 10)),
        Field("owner_id", "ownerId", BODY, "uuid"),
        Field("pin_code", "pinCode", BODY, "quoted", limits=(0, 4)),
        Field("max_calls", "maxCalls", BODY, "int"),
        Field("is_loud", "isLoud", BODY, "bool", default=False),
        Field("color_name", "colorName", BODY, choices=("red", "blue")),
        Field("member_ids", "memberIds", BODY, "list"),
    ),
)
GOOD: list[tuple[str, Any, Any]] = [
    ("name", "a", "a"),
    ("name", 7, "7"),
    ("owner_id", TRUNK, TRUNK),
    ("ownerId", TRUNK.upper(), TRUNK.upper()),
    ("pin_code", "0123", "0123"),
    ("pinCode", "", None),
    ("max_calls", 5, 5),
    ("maxCalls", "5", 5),
    ("max_calls", 0, None),
    ("is_loud", "yes", True),
    ("isLoud", 0, False),
    ("color_name", "red", "red"),
    ("member_ids", ["a", "b"], ["a", "b"]),
    ("memberIds", [], []),
]
BAD: list[tuple[str, Any, str]] = [
    ("name", "", "must not be empty"),
    ("name", "x" * 11, "at most 10"),
    ("name", ["a"], "must be a string"),
    ("owner_id", "a", "must be a UUID"),
    ("owner_id", 7, "must be a UUID"),
    ("owner_id", [], "must be a string"),
    ("pin_code", 123, "quoted string"),
    ("max_calls", "five", "must be an integer"),
    ("max_calls", 1.5, "must be an integer"),
    ("max_calls", [5], "must be an integer"),
    ("max_calls", {}, "must be an integer"),
    ("max_calls", True, "must be an integer"),
    ("max_calls", float("nan"), "must be an integer"),
    ("max_calls", float("inf"), "must be an integer"),
    ("maxCalls", "", "must be an integer"),
    ("max_calls", -1, "must not be negative"),
    ("is_loud", "maybe", "must be true or false"),
    ("is_loud", [], "must be true or false"),
    ("color_name", "green", "must be one of red, blue"),
    ("color_name", "", "must be one of red, blue"),
    ("color_name", ["red"], "must be a string"),
    ("member_ids", "a", "must be a list"),
    ("member_ids", {"a": 1}, "must be a list"),
    ("member_ids", [["a"]], "member_ids[0] must be a string"),
    ("member_ids", ["a", "a"], "are the same"),
]


def entries(*given: Any) -> list[dict[str, Any]]:
    """Return the values of entries."""
    problems = Problems()
    found = read_entries(WIDGET, given, "widgets", Rules({}), problems)
    problems.raise_if_any()
    return [entry.desired.values for entry in found]


@pytest.mark.parametrize(("name", "value", "expected"), GOOD)
def test_entry_takes_a_field_of_any_type(name: str, value: Any, expected: Any) -> None:
    (entry,) = entries({"name": "a", name: value})
    option = WIDGET.by_option[name].option if name in WIDGET.by_option else None
    found = entry[option] if option else [each for field, each in entry.items() if field != "name"][0]
    assert (found, type(found)) == (expected, type(expected))


@pytest.mark.parametrize(("name", "value", "words"), BAD)
def test_entry_refuses_a_wrong_value_of_any_type_with_its_position(name: str, value: Any, words: str) -> None:
    with pytest.raises(InvalidOptionsError) as caught:
        entries({"name": "b"}, {"name": "a", name: value})
    assert str(caught.value).startswith(f"widgets[1].{name}")
    assert words in str(caught.value)


@pytest.mark.parametrize("entry", [None, "x", 7, [], [["name", "a"]]], ids=repr)
def test_entry_that_is_no_mapping_is_refused(entry: Any) -> None:
    with pytest.raises(InvalidOptionsError, match=r"widgets\[0\] must be a mapping"):
        entries(entry)


@pytest.mark.parametrize("name", [7, None, True, ("a",), 1.5, "\ud800", "nam"], ids=ascii)
def test_unknown_option_of_any_type_is_refused(name: Any) -> None:
    with pytest.raises(InvalidOptionsError, match=r"widgets\[0\] has an unknown option") as caught:
        entries({"name": "a", name: 1})
    str(caught.value).encode()


@pytest.mark.parametrize(("name", "value", "words"), BAD)
def test_default_is_checked_like_an_entry(name: str, value: Any, words: str) -> None:
    with pytest.raises(InvalidOptionsError, match=r"defaults"):
        read_defaults(WIDGET, {name: value}, "defaults")


def test_module_has_an_option_for_a_field_of_any_type() -> None:
    spec = resource_options(WIDGET)
    assert {name: (option["type"], option.get("aliases")) for name, option in spec.items()} == {
        "name": ("str", None),
        "owner_id": ("str", ["ownerId"]),
        "pin_code": ("raw", ["pinCode"]),
        "max_calls": ("int", ["maxCalls"]),
        "is_loud": ("bool", ["isLoud"]),
        "color_name": ("str", ["colorName"]),
        "member_ids": ("list", ["memberIds"]),
    }
    assert spec["color_name"]["choices"] == ["red", "blue"]
    assert spec["member_ids"]["elements"] == "str"


# Look-alikes

ALIKE = ["+15551234567", "15551234567", "0015551234567", "00 1 555 123-4567", "+1 (555) 123.4567", "1/555/1234567"]


@pytest.mark.parametrize("spelling", ALIKE)
def test_spellings_of_one_number_look_alike(spelling: str) -> None:
    assert strip_formatting(spelling) == "15551234567"


@pytest.mark.parametrize("other", ["015551234567", "5551234567", "+155512345678", "+15551234567x", "sales"])
def test_other_numbers_do_not_look_alike(other: str) -> None:
    assert strip_formatting(other) != "15551234567"


@pytest.mark.parametrize("number", ["", "+", "00", "+00", "()", "00+"])
def test_number_without_digits_can_be_compared(number: str) -> None:
    strip_formatting(number)
