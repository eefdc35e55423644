# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Input that would be refused, or mistaken, is refused with a message that names it."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.dasha.blackbox.plugins.module_utils._common.errors import InvalidOptionsError, Problems
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.desired import read_values
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.entries import (
    Rules,
    read_defaults,
    read_entries,
)
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.location import number_list
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.schema import BODY, Field, Resource
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.sip_credential import CREDENTIAL
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.sip_phone_number import (
    PHONE_NUMBER,
    strip_formatting,
)
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.twilio_provider import TWILIO_PROVIDER
from ansible_collections.dasha.blackbox.plugins.module_utils._running.options import resource_options
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
    "a b",
    "a,b",
    "<sip.example.com>",
    "sip.example.com;transport=tls",
    "sip.example.com:",
    "sip.example.com:0",
    "sip.example.com:65536",
    "sip.example.com:99999",
    "sip.example.com:999999",
    "sip.example.com:5060x",
    "sip.example.com:+5060",
    "sip.example.com:\u0665\u0660\u0666\u0660",
    "sip\uff0eexample.com",
    "sip..example.com",
    ".example.com",
    ".",
    "192.0.2.300",
    "192.0.2",
    "2001:db8::1",
    "2001:db8::1:5060",
    "[2001:db8::1",
    "[2001:db8::1]x",
    "[192.0.2.1]",
    "[]",
    "[::1]:0",
]


@pytest.mark.parametrize("server", BAD_SERVERS)
def test_server_that_is_no_host_is_refused_with_the_options_to_use(server: str) -> None:
    shown = refused(CREDENTIAL, {"server": server})
    assert "transport" in shown
    assert "auth_user" in shown


GOOD_SERVERS = [
    "s",
    "s:5060",
    "sip.example.net",
    "sip.example.net.",
    "SIP.Example.Net:1",
    "sip.example.net:65535",
    "_sip._udp.example.net",
    "xn--bcher-kva.example",
    "b\u00fccher.example",
    "192.0.2.1",
    "192.0.2.1:5080",
    "[2001:db8::1]",
    "[2001:db8::1]:5061",
    "[::ffff:192.0.2.1]:5061",
    "sips.example",
    "sip",
    "1.example",
    "5060.example:5060",
]


@pytest.mark.parametrize("server", GOOD_SERVERS)
def test_host_with_and_without_a_port_is_a_server(server: str) -> None:
    assert read_values(CREDENTIAL, {"server": server}) == {"server": server}


@pytest.mark.parametrize("server", ["alice:hunter2@sip.example.com", "sip:alice:hunter2@sip.example.com"])
@pytest.mark.parametrize("option", ["server", "domain"])
def test_message_about_an_address_never_has_a_password_in_it(option: str, server: str) -> None:
    assert "hunter2" not in refused(CREDENTIAL, {option: server})


@pytest.mark.parametrize(
    "domain",
    [
        *("sip:example.com", "SIPS:example.com", "sip://example.com", "https://example.com", "<example.com>"),
        *("example.com;transport=tls", "alice@example.com", "example.com:0", "example.com:99999", "example.com:999999"),
    ],
)
def test_domain_that_is_no_domain_is_refused(domain: str) -> None:
    assert refused(CREDENTIAL, {"domain": domain}).startswith("domain must be a domain, such as example.com")


# A realm may be any text.
@pytest.mark.parametrize(
    "domain", ["example.com", "example.com.", "example.com:5080", "asterisk", "My PBX", "sip.example.com", "[::1]", ""]
)
def test_domain_may_be_a_realm(domain: str) -> None:
    assert read_values(CREDENTIAL, {"domain": domain}) == {"domain": domain or None}


@pytest.mark.parametrize("user", ["sip:alice@example.com", "SIPS:alice", "<sip:alice@example.com>", "sip:a:hunter2@b"])
def test_address_as_a_user_is_refused(user: str) -> None:
    shown = refused(CREDENTIAL, {"auth_user": user})
    assert shown.startswith("auth_user must be only the user name, such as alice")
    assert "hunter2" not in shown


@pytest.mark.parametrize(
    "user", ["alice", "alice@example.com", "+15551234567", "sip", "sip-alice", "a b", "tel;x", "é"]
)
def test_user_may_be_any_text(user: str) -> None:
    assert read_values(CREDENTIAL, {"auth_user": user}) == {"auth_user": user}


# Characters that cannot be seen

HIDDEN = {
    "\u202a": "LEFT-TO-RIGHT EMBEDDING",
    "\u202b": "RIGHT-TO-LEFT EMBEDDING",
    "\u202c": "POP DIRECTIONAL FORMATTING",
    "\u061c": "ARABIC LETTER MARK",
    "\u200b": "ZERO WIDTH SPACE",
    "\u200d": "ZERO WIDTH JOINER",
    "\u2060": "WORD JOINER",
    "\ufeff": "ZERO WIDTH NO-BREAK SPACE",
    "\u00ad": "SOFT HYPHEN",
    "\u2028": "LINE SEPARATOR",
    "\n": "line feed",
    "\r": "carriage return",
    "\t": "tab",
    "\x00": "control character",
    "\x1b": "control character",
    "\x85": "control character",
}
BLANKS = {
    "\u00a0": "NO-BREAK SPACE",
    "\u202f": "NARROW NO-BREAK SPACE",
    "\u3000": "IDEOGRAPHIC SPACE",
    "\u2800": "BRAILLE PATTERN BLANK",
    "\u3164": "HANGUL FILLER",
    "\ufe0f": "VARIATION SELECTOR-16",
    "\u180b": "MONGOLIAN FREE VARIATION SELECTOR ONE",
    "\U000e0100": "VARIATION SELECTOR-17",
}
IDENTIFIERS = [
    (PHONE_NUMBER, "phone_number"),
    (PHONE_NUMBER, "credentials_id"),
    (PHONE_NUMBER, "incoming_calls_agent_id"),
    (CREDENTIAL, "server"),
    (CREDENTIAL, "domain"),
    (CREDENTIAL, "auth_user"),
    (CREDENTIAL, "cps_key"),
    (TWILIO_PROVIDER, "account_sid"),
    (TWILIO_PROVIDER, "region"),
]
SECRETS = [(CREDENTIAL, "auth_password"), (TWILIO_PROVIDER, "auth_token")]


@pytest.mark.parametrize("hidden", [*HIDDEN, *BLANKS], ids=ascii)
@pytest.mark.parametrize(("resource", "option"), IDENTIFIERS)
def test_character_that_cannot_be_seen_is_refused_with_its_position(
    resource: Resource, option: str, hidden: str
) -> None:
    name = {**HIDDEN, **BLANKS}[hidden]
    shown = refused(resource, {option: f"12{hidden}34"})
    assert f"{option} has a character that cannot be seen at position 3: U+{ord(hidden):04X} ({name})." in shown
    assert hidden not in shown


@pytest.mark.parametrize("hidden", HIDDEN, ids=ascii)
@pytest.mark.parametrize(("resource", "option"), SECRETS)
def test_character_that_cannot_be_seen_in_a_secret_is_refused_without_the_secret(
    resource: Resource, option: str, hidden: str
) -> None:
    shown = refused(resource, {option: f"{SECRET}{hidden}x"})
    assert f"{option} has a character that cannot be seen at position {len(SECRET) + 1}: U+" in shown
    assert SECRET not in shown


@pytest.mark.parametrize("space", [" ", "\n", "\r\n", "\t", "\u00a0", "\u3000"], ids=ascii)
@pytest.mark.parametrize(("resource", "option"), [*IDENTIFIERS, *SECRETS])
def test_whitespace_around_an_identifier_or_a_secret_is_refused(resource: Resource, option: str, space: str) -> None:
    for text, side, position in ((f"{space}123", "leading", 1), (f"123{space}", "trailing", 4)):
        shown = refused(resource, {option: text})
        assert f"{option} has {side} whitespace at position {position}: U+{ord(space[0]):04X}" in shown
        assert "123" not in shown.replace("15551234567", "")


def test_line_break_at_the_end_of_a_secret_is_explained() -> None:
    shown = refused(CREDENTIAL, {"auth_password": f"{SECRET}\n"})
    assert "ansible-vault encrypt_string" in shown
    assert SECRET not in shown


def test_message_about_a_number_says_how_to_manage_one_that_exists() -> None:
    assert "set id instead" in refused(PHONE_NUMBER, {"phone_number": "+1\u200b"})
    assert "set id instead" not in refused(CREDENTIAL, {"auth_password": "x\u200b"})


@pytest.mark.parametrize("text", ["A\u200d\u00a0B", " Line \n", "\u202bx", "\U0001f469\u200d\U0001f4bb"], ids=ascii)
def test_text_for_people_may_have_any_characters(text: str) -> None:
    for option in ("display_name", "description"):
        assert read_values(PHONE_NUMBER, {option: text}) == {option: text}


@pytest.mark.parametrize("number", ["0049 1", "+1 (555) 123-4567", "sales", "*98#", "\u0662", "\uff0b1", "tel:+1"])
def test_number_may_have_characters_that_can_be_seen(number: str) -> None:
    assert read_values(PHONE_NUMBER, {"phone_number": number}) == {"phone_number": number}


def test_member_of_a_list_with_a_hidden_character_is_refused_with_both_positions() -> None:
    shown = refused(PHONE_NUMBER, {"outgoing_calls_agent_ids": ["agent-1", "agent-2\u200b"]})
    assert "outgoing_calls_agent_ids[1] has a character that cannot be seen at position 8: U+200B" in shown


# Placeholders

PLACEHOLDERS = [
    *("***", "********", "\u2022" * 8, "\u25cf" * 12, "(changed)", "(removed)", "$encrypted$", "(sensitive value)"),
    *("VALUE_SPECIFIED_IN_NO_LOG_PARAMETER", "[MASKED]", "<redacted>", "(hidden)"),
]


@pytest.mark.parametrize("password", PLACEHOLDERS)
def test_placeholder_is_not_a_password(password: str) -> None:
    shown = refused(CREDENTIAL, {"auth_password": password})
    assert shown.startswith("auth_password is a placeholder")
    assert password not in shown


@pytest.mark.parametrize(
    "password",
    [
        *("aaaaaaa1", "xxxx", "xxxxxxxx", "11111111", "........", "########", "*", "**", "a***b", "***secret***"),
        *("hidden", "masked", "redacted", "unmasked-horse", "hidden valley", "<key>", "(x)", "$encrypted", "changed"),
        *("p\u00a0w", "pass word", "p\u00e4ss", "\u2764\ufe0f", "{{ x }}", "%s", "\\n", "'", '"'),
    ],
)
def test_unusual_password_is_a_password(password: str) -> None:
    assert read_values(CREDENTIAL, {"auth_password": password}) == {"auth_password": password}


def test_placeholder_is_any_other_text() -> None:
    assert read_values(CREDENTIAL, {"auth_user": "********"}) == {"auth_user": "********"}


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


@pytest.mark.parametrize("member", [7, True, None, ["x"]], ids=ascii)
def test_member_of_a_list_that_is_no_string_is_refused_with_its_position(member: Any) -> None:
    shown = refused(PHONE_NUMBER, {"outgoing_calls_agent_ids": ["agent-1", member]})
    assert "outgoing_calls_agent_ids[1] must be a quoted string" in shown


@pytest.mark.parametrize("text", [*SURROGATES, "", " "], ids=ascii)
def test_member_of_a_list_that_cannot_be_sent_is_refused_with_its_position(text: str) -> None:
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
        Field("pin_code", "pinCode", BODY, limits=(0, 4), secret=True),
        Field("max_calls", "maxCalls", BODY, "int"),
        Field("is_loud", "isLoud", BODY, "bool", default=False),
        Field("color_name", "colorName", BODY, choices=("red", "blue")),
        Field("member_ids", "memberIds", BODY, "list"),
    ),
)
GOOD: list[tuple[str, Any, Any]] = [
    ("name", "a", "a"),
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
    ("name", ["a"], "must be a quoted string, not the list ['a']"),
    ("name", 7, "must be a quoted string, not the number 7"),
    ("name", False, "must be a quoted string, not the boolean False"),
    ("name", 1.5, "must be a quoted string"),
    ("owner_id", "a", "must be a UUID"),
    ("owner_id", 7, "must be a quoted string"),
    ("owner_id", [], "must be a quoted string"),
    ("pin_code", 123, "quoted string, not a number."),
    ("max_calls", "five", "must be an integer"),
    ("max_calls", 1.5, "must be an integer"),
    ("max_calls", [5], "must be an integer"),
    ("max_calls", {}, "must be an integer"),
    ("max_calls", True, "must be an integer"),
    ("max_calls", float("nan"), "must be an integer"),
    ("max_calls", float("inf"), "must be an integer"),
    ("max_calls", "Infinity", "must be an integer"),
    ("max_calls", "sNaN", "must be an integer"),
    ("maxCalls", "", "must be an integer"),
    ("max_calls", -1, "must not be negative"),
    ("is_loud", "maybe", "must be true or false"),
    ("is_loud", [], "must be true or false"),
    ("color_name", "green", "must be one of red, blue"),
    ("color_name", "", "must be one of red, blue"),
    ("color_name", ["red"], "must be a quoted string"),
    ("member_ids", "a", "must be a list"),
    ("member_ids", {"a": 1}, "must be a list"),
    ("member_ids", [["a"]], "member_ids[0] must be a quoted string"),
    ("member_ids", ["a", "a"], "are the same"),
]


def entries(*given: Any) -> list[dict[str, Any]]:
    """Return the values of entries."""
    problems = Problems()
    found = read_entries(WIDGET, number_list(given, "widgets"), Rules({}), problems)
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
        "pin_code": ("str", ["pinCode"]),
        "max_calls": ("int", ["maxCalls"]),
        "is_loud": ("bool", ["isLoud"]),
        "color_name": ("str", ["colorName"]),
        "member_ids": ("list", ["memberIds"]),
    }
    assert spec["color_name"]["choices"] == ["red", "blue"]
    assert spec["member_ids"]["elements"] == "str"


# Look-alikes

ALIKE = [
    *("+15551234567", "15551234567", "0015551234567", "00 1 555 123-4567", "+1 (555) 123.4567", "1/555/1234567"),
    *("tel:+15551234567", "TEL:+1-555-123-4567", "+1_555_123_4567", "'+15551234567", "+1\u00b7555\u00b7123\u00b74567"),
    "\uff0b15551234567",
    "\uff0b\uff11\uff15\uff15\uff15\uff11\uff12\uff13\uff14\uff15\uff16\uff17",
    "+\u0661\u0665\u0665\u0665\u0661\u0662\u0663\u0664\u0665\u0666\u0667",
    "\u06f0\u06f0\u06f15551234567",
    *(f"+1{char}555{char}1234567" for char in "\u202a\u202c\u200b\u2060\ufeff\u00ad\u00a0\u202f\u3000"),
    *(f"+1{char}555{char}1234567" for char in "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2019\u0301"),
]


@pytest.mark.parametrize("spelling", ALIKE, ids=ascii)
def test_spellings_of_one_number_look_alike(spelling: str) -> None:
    assert strip_formatting(spelling) == "15551234567"


@pytest.mark.parametrize("other", ["015551234567", "5551234567", "+155512345678", "+15551234567x", "sales", "tel", ""])
def test_other_numbers_do_not_look_alike(other: str) -> None:
    assert strip_formatting(other) != "15551234567"


@pytest.mark.parametrize("number", ["", "+", "00", "+00", "()", "00+"])
def test_number_without_digits_can_be_compared(number: str) -> None:
    strip_formatting(number)
