# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter audit: finds what is wrong, names it, and says the same as data, as Markdown and as a page."""

from __future__ import annotations

import copy
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.errors import AnsibleFilterError
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.dasha.blackbox.plugins.filter import audit as page
from ansible_collections.dasha.blackbox.plugins.filter.audit import audit
from ansible_collections.dasha.blackbox.plugins.filter.desired_state import desired_state
from ansible_collections.dasha.blackbox.plugins.filter.desired_trunks import desired_trunks
from ansible_collections.dasha.blackbox.plugins.plugin_utils._audit import CHECKS
from ansible_collections.dasha.blackbox.plugins.plugin_utils._report import plain_text
from emulator.client import Emulator
from unit.harness import NUMBER_ID, OTHER_ID, OTHER_TRUNK, TRUNK
from unit.test_change_report import EVIL, Page, markdown_texts, markdown_tokens

Run = Callable[..., dict[str, Any]]
NAME = "alice@sip.example.com"
FORMATS = ["markdown", "html"]
OWN_TAGS = "html head meta title style body header h1 h2 small p span div ul li b table thead tbody tr th td"


def number(**values: Any) -> dict[str, Any]:
    """Return a healthy phone number as sip_phone_number_info returns it."""
    return {
        "id": NUMBER_ID,
        "org_id": "org-1",
        "phone_number": "+15551234567",
        "credentials_id": TRUNK,
        "display_name": None,
        "description": None,
        "registration": True,
        "incoming_calls_agent_id": "agent-1",
        "registration_status": {"state": "Registered", "error_description": None, "sip_response_message": None},
        "provider_id": None,
        "outgoing_calls_agent_ids": [],
        "affected_agents": [],
        **values,
    }


def trunk(**values: Any) -> dict[str, Any]:
    given = {"id": TRUNK, "server": "sip.example.com", "auth_user": "alice", "transport": "udp", "domain": None}
    return {**given, "description": None, "cps_limit": None, "cps_key": None, "source": "manual", **values}


def agent(**values: Any) -> dict[str, Any]:
    return {"id": "agent-1", "name": "Support", "enabled": True, **values}


def provider(**values: Any) -> dict[str, Any]:
    given = {"id": OTHER_ID, "account_sid": "AC0123456789abcdef0123456789abcdef", "name": "Main account"}
    verified = {"verification_status": "verified", "last_verified_at": "2026-11-23T10:15:30Z"}
    return {**given, **verified, "verification_details": [{"check_name": "trunk", "status": "passed"}], **values}


def called(**values: Any) -> dict[str, Any]:
    """Return a number that an agent calls from."""
    uses = [{"agent_id": "agent-2", "agent_name": "Sales", "uses": ["outbound"]}]
    return number(outgoing_calls_agent_ids=["agent-2"], affected_agents=uses, **values)


def checks(numbers: list[dict[str, Any]], **options: Any) -> list[str]:
    return [finding["check"] for finding in audit(numbers, **options)["findings"]]


def only(numbers: list[dict[str, Any]], **options: Any) -> dict[str, Any]:
    (finding,) = audit(numbers, **options)["findings"]
    return dict(finding)


def test_healthy_organization_has_no_findings() -> None:
    found = audit([number()], trunks=[trunk()], agents=[agent()], providers=[provider()])
    assert found == {
        "severity": None,
        "summary": {"error": 0, "warning": 0, "note": 0},
        "checked": {"phone_number": 1, "trunk": 1, "agent": 1, "provider": 1},
        "findings": [],
    }


def test_finding_names_the_object_and_says_what_to_do() -> None:
    status = {"state": "Failed", "error_description": "wrong password", "sip_response_message": "403 Forbidden"}
    finding = only([number(registration_status=status)], trunks=[trunk()])
    details = finding.pop("details")
    assert {detail["field"]: detail["current"] for detail in details} == {
        "state": "Failed",
        "error": "wrong password",
        "SIP response": "403 Forbidden",
    }
    assert finding == {
        "check": "registration_failed",
        "severity": "error",
        "object": "phone_number",
        "id": NUMBER_ID,
        "name": "+15551234567",
        "trunk": NAME,
        "message": CHECKS["registration_failed"].meaning,
        "advice": CHECKS["registration_failed"].advice,
    }


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"registration_status": {"state": "FAILED"}}, ["registration_failed"]),
        ({"registration_status": {"state": "Registering"}}, ["not_registered"]),
        ({"registration_status": {"state": None}}, ["not_registered"]),
        ({"registration_status": None}, ["not_registered"]),
        ({"registration_status": {"state": "registered"}}, []),
        ({"registration": False, "registration_status": {"state": "Disabled"}}, []),
        ({"incoming_calls_agent_id": None}, ["unanswered"]),
        ({"incoming_calls_agent_id": "agent-9"}, ["agent_missing"]),
        ({"incoming_calls_agent_id": "agent-3"}, ["agent_disabled"]),
        ({"incoming_calls_agent_id": None, "outgoing_calls_agent_ids": ["agent-1"]}, ["outgoing_only"]),
        ({"outgoing_calls_agent_ids": ["agent-1", "agent-9"]}, ["caller_missing"]),
        ({"outgoing_calls_agent_ids": ["agent-3"]}, ["caller_disabled"]),
        ({"outgoing_calls_agent_ids": ["agent-3", "agent-9"]}, ["caller_missing", "caller_disabled"]),
    ],
    ids=str,
)
def test_what_is_wrong_with_a_number_is_found(values: dict[str, Any], expected: list[str]) -> None:
    agents = [agent(), agent(id="agent-3", name="Night", enabled=False)]
    assert checks([number(**values)], agents=agents) == expected


def test_links_are_not_checked_if_the_agents_are_not_known() -> None:
    linked = number(incoming_calls_agent_id="agent-9", outgoing_calls_agent_ids=["agent-9"])
    assert checks([linked]) == []


@pytest.mark.parametrize("numbers", [["+15551234567", "0015551234567", "+1 (555) 123-4567"], ["1", "+1", "tel:1"]])
def test_numbers_that_differ_only_in_formatting_are_one_finding(numbers: list[str]) -> None:
    finding = only([number(id=each, phone_number=each) for each in numbers])
    assert (finding["check"], finding["name"]) == ("near_duplicate", numbers[0])
    assert finding["details"][0]["current"] == numbers[1:]
    assert checks([number(), number(id=OTHER_ID, credentials_id=OTHER_TRUNK)]) == []


def test_trunks_with_the_same_server_and_user_are_one_finding() -> None:
    trunks = [trunk(), trunk(id=OTHER_TRUNK, server="SIP.example.com:5060")]
    finding = only([number(), number(id=OTHER_ID, credentials_id=OTHER_TRUNK)], trunks=trunks)
    assert (finding["check"], finding["details"][0]["current"]) == ("duplicate_trunk", [TRUNK, OTHER_TRUNK])


def test_trunk_without_numbers_is_a_note() -> None:
    finding = only([number()], trunks=[trunk(), trunk(id=OTHER_TRUNK, server="sip.example.org")])
    assert (finding["check"], finding["severity"], finding["name"]) == ("unused_trunk", "note", "alice@sip.example.org")


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"verification_status": "failed"}, "provider_failed"),
        ({"verification_status": "warning"}, "provider_warning"),
        ({"verification_details": [{"check_name": "numbers", "status": "skipped"}]}, "provider_warning"),
        ({"verification_status": "another"}, "provider_warning"),
        (
            {"verification_status": "pending", "last_verified_at": None, "verification_details": None},
            "provider_unverified",
        ),
        ({"verification_status": "pending"}, "provider_warning"),
        ({"verification_status": None, "last_verified_at": None}, "provider_unverified"),
    ],
    ids=str,
)
def test_provider_whose_check_did_not_pass_is_found(values: dict[str, Any], expected: str) -> None:
    finding = only([], providers=[provider(**values)])
    assert (finding["check"], finding["name"]) == (expected, "Main account")


def test_checks_of_a_provider_are_shown() -> None:
    failed = [{"check_name": "credentials", "status": "failed", "message": "Refused"}, {"check_name": "x", "status": 1}]
    finding = only([], providers=[provider(verification_status="failed", verification_details=failed)])
    shown = {detail["field"]: detail["current"] for detail in finding["details"]}
    assert shown == {"status": "failed", "credentials": "Refused", "x": 1}


def test_findings_are_sorted_by_severity() -> None:
    numbers = [
        called(incoming_calls_agent_id=None),
        number(id="2", phone_number="+2", incoming_calls_agent_id=None),
        number(id="3", phone_number="+3", registration_status={"state": "Failed"}),
    ]
    found = audit(numbers)
    assert [finding["severity"] for finding in found["findings"]] == ["error", "warning", "note"]
    assert (found["severity"], found["summary"]) == ("error", {"error": 1, "warning": 1, "note": 1})


def test_object_that_occurs_twice_is_one() -> None:
    found = audit([number(), number(id=NUMBER_ID.upper())], trunks=[trunk(), trunk()], desired=[])
    assert [finding["check"] for finding in found["findings"]] == ["number_unlisted"]
    assert found["checked"] == {"phone_number": 1, "trunk": 1}


def test_ignored_checks_are_left_out() -> None:
    assert checks([number(incoming_calls_agent_id=None)], ignore=["unanswered"]) == []
    with pytest.raises(AnsibleFilterError, match="ignore has no check everything"):
        audit([], ignore=["everything"])


# Drift


def drift(numbers: list[dict[str, Any]], **options: Any) -> list[tuple[str, str]]:
    found = audit(numbers, **{"trunks": [trunk()], "agents": [agent(), agent(id="agent-2", name="Sales")], **options})
    return [(finding["check"], finding["name"]) for finding in found["findings"]]


def test_adopted_organization_does_not_drift() -> None:
    numbers = [called(), number(id=OTHER_ID, phone_number="+2", provider_id=NUMBER_ID)]
    trunks = [trunk()]
    entries = desired_state(numbers, nulls="clear", provider_numbers=True, trunks=trunks)
    assert drift(numbers, desired=entries) == []
    assert drift(numbers, desired_trunks=desired_trunks(trunks, numbers, nulls="clear")) == []
    assert drift(numbers, desired_trunks=desired_trunks(trunks)) == []


def test_changed_fields_are_shown_with_both_values() -> None:
    entry = {"phone_number": "+15551234567", "trunk": NAME, "display_name": "Line", "incoming_calls_agent": "Sales"}
    current = number(display_name="Renamed")
    finding = only([current], trunks=[trunk()], agents=[agent(), agent(id="agent-2", name="Sales")], desired=[entry])
    assert finding["check"] == "number_differs"
    assert finding["details"] == [
        {"field": "display_name", "current": "Renamed", "desired": "Line"},
        {"field": "incoming_calls_agent_id", "current": "agent-1", "desired": "agent-2"},
    ]


def test_options_that_an_entry_omits_are_compared_only_with_defaults() -> None:
    entry = {"phone_number": "+15551234567", "trunk": NAME}
    current = [number(description="by hand")]
    assert drift(current, desired=[entry]) == []
    assert drift(current, desired=[entry], defaults={"description": ""}) == [("number_differs", "+15551234567")]


def test_missing_and_unlisted_and_unwanted_numbers_are_found() -> None:
    numbers = [number(), number(id=OTHER_ID, phone_number="+2")]
    entries = [
        {"phone_number": "+3", "trunk": NAME},
        {"phone_number": "+2", "trunk": NAME, "state": "absent"},
    ]
    assert drift(numbers, desired=entries) == [
        ("number_missing", "+3"),
        ("number_unlisted", "+15551234567"),
        ("number_unwanted", "+2"),
    ]


def test_file_is_read_as_the_modules_read_it(tmp_path: Path) -> None:
    (tmp_path / "numbers.csv").write_text(f"Rufnummer;trunk;display_name\n0301234567;{NAME};Neu\n", "utf-8")
    options = {"desired_file": str(tmp_path / "numbers.csv"), "columns": {"Rufnummer": "phone_number"}, "region": "DE"}
    assert drift([number(phone_number="+49301234567")], **options) == [("number_differs", "+49301234567")]
    assert drift([number()], **options) == [("number_missing", "+49301234567"), ("number_unlisted", "+15551234567")]


@pytest.mark.parametrize(("name", "text"), [("numbers.csv", "phone_number,trunk\n1e5,x"), ("numbers.doc", "")])
def test_file_that_is_wrong_is_a_list_that_cannot_be_applied(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    assert [check for check, _name in drift([], desired_file=str(tmp_path / name))][0] == "list_invalid"


class Marked(str):
    """A string as Ansible hands it to a filter."""


def marked(value: Any) -> Any:
    if isinstance(value, dict):
        return {Marked(key): marked(member) for key, member in value.items()}
    if isinstance(value, list):
        return [marked(member) for member in value]
    return Marked(value) if isinstance(value, str) else value


def test_texts_that_ansible_has_marked_are_texts() -> None:
    entry = {"phone_number": "+15551234567", "trunk": NAME, "incoming_calls_agent": "Sales"}
    known = {"trunks": marked([trunk()]), "agents": marked([agent(), agent(id="agent-2", name="Sales")])}
    assert drift(marked([called()]), desired=marked([entry]), **known) == [("number_differs", "+15551234567")]


def test_empty_text_is_no_list() -> None:
    assert drift([number()], desired="", desired_trunks="", desired_file="", region="", columns="", defaults="") == []


def test_numbers_of_a_provider_are_never_unlisted() -> None:
    assert drift([number(provider_id=OTHER_ID)], desired=[]) == []


def test_outgoing_agents_are_compared_if_they_are_known() -> None:
    entry = {"phone_number": "+15551234567", "trunk": NAME, "outgoing_calls_agents": ["Support"]}
    current = called()
    assert drift([current], desired=[entry]) == [("number_differs", "+15551234567")]
    unknown = {
        key: value for key, value in current.items() if key not in ("outgoing_calls_agent_ids", "affected_agents")
    }
    assert drift([unknown], desired=[entry]) == []


def test_trunks_are_compared_without_passwords() -> None:
    listed = {"server": "sip.example.com", "auth_user": "alice", "auth_password": "s3cret-s3cret"}
    assert drift([number()], desired_trunks=[{**listed, "update_password": "always"}]) == []
    assert drift([number()], desired_trunks=[{**listed, "transport": "tls"}]) == [("trunk_differs", NAME)]
    other = {"server": "sip.example.org"}
    assert drift([number()], desired_trunks=[other]) == [("trunk_missing", "sip.example.org"), ("trunk_unlisted", NAME)]
    assert drift([number()], desired_trunks=[{**listed, "state": "absent"}]) == [("trunk_unwanted", NAME)]
    assert drift([number()], trunks=[trunk(source="provider")], desired_trunks=[]) == []


def test_numbers_of_a_listed_trunk_are_compared() -> None:
    listed = {"server": "sip.example.com", "auth_user": "alice"}
    assert drift([number()], desired_trunks=[{**listed, "phone_numbers": []}]) == [("number_unlisted", "+15551234567")]
    new = {"phone_numbers": [{"phone_number": "+3"}], "server": "sip.example.org"}
    assert ("number_missing", "+3") in drift([number()], desired_trunks=[listed, new])


@pytest.mark.parametrize(
    ("entries", "problem"),
    [
        ([{"phone_number": 15551234567, "trunk": NAME}], "must be a quoted string"),
        ([{"phone_number": "+1", "trunk": "sip.example.org"}], "no trunk is named 'sip.example.org'"),
        ([{"phone_number": "+1", "trunk": NAME, "incoming_calls_agent": "Nobody"}], "no agent is named 'Nobody'"),
        ([{"id": OTHER_ID, "display_name": "x"}], "no phone number has this id"),
        (["+1"], "must be a mapping"),
    ],
    ids=["number", "trunk", "agent", "id", "text"],
)
def test_list_that_cannot_be_applied_is_an_error(entries: list[Any], problem: str) -> None:
    found = [finding for finding in drift([number()], desired=entries) if finding[0] == "list_invalid"]
    assert len(found) == 1
    assert problem in found[0][1]


@pytest.mark.parametrize(
    ("unknown", "others"),
    [
        ({"incoming_calls_agent": "Nobody"}, [("number_differs", "+2"), ("number_unlisted", "+3")]),
        ({"outgoing_calls_agents": ["Sales", "Nobody"]}, [("number_differs", "+2"), ("number_unlisted", "+3")]),
        ({"trunk": "gone"}, [("number_differs", "+2"), ("number_unlisted", "+3")]),
        ({"trunk": "gone", "state": "absent"}, [("number_differs", "+2"), ("number_unlisted", "+3")]),
    ],
    ids=["agent", "caller", "trunk", "absent"],
)
@pytest.mark.parametrize("trunks", [None, [{"server": "sip.example.com", "auth_user": "alice"}]], ids=["", "trunks"])
def test_name_that_stands_for_nothing_hides_no_other_drift(unknown: Any, others: list[Any], trunks: Any) -> None:
    numbers = [called(), called(id=OTHER_ID, phone_number="+2"), called(id=str(uuid.UUID(int=3)), phone_number="+3")]
    listed = {"phone_number": "+15551234567", "trunk": NAME, "display_name": "", **unknown}
    desired = [listed, {"phone_number": "+2", "trunk": NAME, "display_name": "Two"}]
    found = drift(numbers, desired=desired, desired_trunks=trunks)
    assert [check for check, _name in found[:1]] == ["list_invalid"]
    assert "named" in found[0][1]
    assert sorted(found[1:]) == others


def test_entry_without_a_known_trunk_stands_for_its_number_and_hides_no_unwanted_one() -> None:
    numbers = [number(phone_number="Desk"), number(id=OTHER_ID, phone_number="+2")]
    gone = [{"phone_number": "Desk", "trunk": "gone"}, {"phone_number": "+2", "trunk": "gone"}]
    found = drift(numbers, desired=[*gone, {"phone_number": "+2", "trunk": NAME, "state": "absent"}])
    assert [finding for finding in found if finding[0] != "list_invalid"] == [("number_unwanted", "+2")]


def test_everything_that_is_wrong_with_names_is_found_together_with_contradictions() -> None:
    unknown = {"phone_number": "+2", "trunk": "gone", "incoming_calls_agent": "Nobody"}
    same = [{"phone_number": "+1", "trunk": NAME}, {"phone_number": "+1", "credentials_id": TRUNK}]
    found = [name for check, name in drift([number()], desired=[*same, unknown]) if check == "list_invalid"]
    assert [part in message for part, message in zip(("'gone'", "'Nobody'", "same"), found, strict=True)] == [True] * 3


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"format": "pdf"}, "format must be data, markdown or html"),
        ({"limit": 0}, "limit must be a number of rows from 1"),
        ({"trunks": [{"id": 1}]}, "trunks must be the list sip_credentials"),
        ({"agents": [{"name": "a"}]}, "agents must be the agents that agent_info returns"),
        ({"providers": "x"}, "providers must be the list twilio_providers"),
        ({"desired": "x"}, "desired must be a list of entries"),
        ({"desired_trunks": {"a": 1}}, "desired_trunks must be a list of entries"),
        ({"desired_file": "missing.csv"}, "desired_file 'missing.csv' cannot be read: No such file"),
        ({"desired_file": ["missing.csv"]}, "desired_file must be the path of a file"),
        ({"desired": [{"phone_number": "+1", "trunk": NAME}], "trunks": None}, "Pass them as trunks"),
        (
            {"desired": [{"phone_number": "+1", "credentials_id": TRUNK, "incoming_calls_agent": "x"}]},
            "Pass them as agents",
        ),
    ],
    ids=str,
)
def test_invalid_options_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(AnsibleFilterError, match=message):
        audit([number()], **options)


def test_id_that_is_no_uuid_is_refused_if_a_list_is_compared() -> None:
    with pytest.raises(AnsibleFilterError, match="audit takes what the info modules return: .*not a UUID"):
        audit([number(id="1")], desired=[])


@pytest.mark.parametrize("numbers", [None, "x", {"sip_phone_numbers": []}, [{"id": NUMBER_ID}]])
def test_input_that_is_no_list_of_numbers_is_refused(numbers: Any) -> None:
    with pytest.raises(AnsibleFilterError, match="audit takes the list sip_phone_numbers"):
        audit(numbers)


def test_audit_leaves_its_input_alone() -> None:
    given: dict[str, Any] = {
        "trunks": [trunk()],
        "agents": [agent()],
        "desired_trunks": [{"server": "x.example", "auth_password": "p", "phone_numbers": [{"phone_number": "+1"}]}],
    }
    original = copy.deepcopy(given)
    audit([number()], **given)
    assert given == original


@pytest.mark.slow
def test_drift_is_what_the_module_would_change(emulator: Emulator, run: Run) -> None:
    """The same list, audited and previewed, against the same organization."""
    emulator.seed({"phone_numbers": [{"phoneNumber": f"+{each}", "credentialsId": TRUNK} for each in range(1, 5)]})
    entries = [
        {"phone_number": "+1", "trunk": "sip.example.com", "display_name": "New", "outgoing_calls_agents": ["Sales"]},
        {"phone_number": "+2", "trunk": "sip.example.com"},
        {"phone_number": "+3", "trunk": "sip.example.com", "state": "absent"},
        {"phone_number": "+9", "trunk": "sip.example.org", "incoming_calls_agent": "Support"},
    ]
    preview = run("sip_trunks", check=True, phone_numbers=entries, purge=True)
    numbers = run("sip_phone_number_info", affected_agents=True)["sip_phone_numbers"]
    trunks, agents = run("sip_credential_info")["sip_credentials"], run("agent_info")["agents"]
    found = audit(numbers, trunks=trunks, agents=agents, desired=entries)["findings"]
    actions = {"number_missing": "create", "number_differs": "update", "number_unlisted": "delete"}
    actions["number_unwanted"] = "delete"
    assert {(actions[each["check"]], each["name"]) for each in found if each["check"] in actions} == {
        (change["action"], change["phone_number"]) for change in preview["changes"]
    }
    assert len(preview["changes"]) == 4


# Reports


def report(form: str, **options: Any) -> str:
    numbers = [
        called(display_name="Renamed", incoming_calls_agent_id="agent-9"),
        number(id=OTHER_ID, phone_number="+2"),
    ]
    known = {"trunks": [trunk()], "agents": [agent(), agent(id="agent-2", name="Sales")], "providers": []}
    desired = [{"phone_number": "+15551234567", "trunk": NAME, "display_name": "Line", "incoming_calls_agent": "Sales"}]
    return str(audit(numbers, format=form, desired=desired, **{**known, **options}))


def test_markdown_shows_the_findings_by_check() -> None:
    text = report("markdown")
    assert text.splitlines()[0] == "## Audit of phone numbers"
    assert "Checked: 2 phone numbers, 1 trunk, 2 agents, 0 providers." in text
    assert "1 error, 2 warnings" in text
    assert "### Error: the linked agent does not exist (1)" in text
    assert CHECKS["agent_missing"].meaning in text
    assert f"| `+15551234567` | `{NAME}` | incoming calls: `agent-9` |" in text
    assert "display name: `Renamed` instead of `Line`" in text
    assert "incoming calls: `agent-9` instead of `Sales`" in text
    assert f"### Warning: not in the list (1)\n\n{CHECKS['number_unlisted'].meaning}" in text
    assert f"| number | trunk |\n|---|---|\n| `+2` | `{NAME}` |" in text


def test_page_shows_the_same_as_markdown() -> None:
    found = Page(report("html", title="Night"))
    texts = [text for values in found.values.values() for text in values]
    assert found.values["h1"] == found.values["title"] == ["Night"]
    assert {"+15551234567", "+2", NAME, "Renamed", "Line", "Sales", "agent-9"} <= set(texts)
    assert any(CHECKS["agent_missing"].advice in text for text in texts)


@pytest.mark.parametrize("form", FORMATS)
def test_report_of_nothing_says_so(form: str) -> None:
    assert "Checked: 1 phone number. Nothing is wrong." in audit([number()], format=form)


@pytest.mark.parametrize("form", FORMATS)
def test_limit_omits_rows_and_counts_them(form: str) -> None:
    numbers = [number(id=str(each), phone_number=f"+{each}-", incoming_calls_agent_id=None) for each in range(5)]
    text = audit(numbers, format=form, limit=2)
    assert [f"+{each}-" in text for each in range(5)] == [True, True, False, False, False]
    assert "3 more are not shown." in text


def evil(text: str) -> dict[str, Any]:
    """Return an organization in which everything that the server can choose is this text, for the filter's options."""
    status = {"state": text, "error_description": text, "sip_response_message": text}
    wrong = number(phone_number=text, incoming_calls_agent_id=text, registration_status=status, display_name=text)
    uses = [{"agent_id": text, "agent_name": text, "uses": ["outbound"]}]
    caller = number(
        id=OTHER_ID,
        phone_number=f"{text} ",
        incoming_calls_agent_id=None,
        outgoing_calls_agent_ids=[text],
        affected_agents=uses,
        registration=False,
    )
    details = [{"check_name": text, "status": text, "message": text}]
    return {
        "numbers": [wrong, caller],
        "trunks": [trunk(server=text, auth_user=text, description=text)],
        "agents": [agent(name=text)],
        "providers": [provider(name=text, verification_status=text, verification_details=details)],
        "desired": [{"id": NUMBER_ID, "display_name": "Line"}],
        "title": text,
    }


def test_hostile_values_are_no_markup_in_html() -> None:
    found = Page(audit(**evil(EVIL), format="html"))
    assert found.tags <= set(OWN_TAGS.split())
    assert found.attributes <= {"class", "lang", "charset", "name", "content", "http-equiv", "scope"}
    assert found.values["title"] == [plain_text(EVIL)]


def test_hostile_values_are_no_markup_in_markdown() -> None:
    tokens = markdown_tokens(audit(**evil(EVIL), format="markdown"))
    inline = [child for token in tokens for child in token.children or []]
    allowed = {"text", "text_special", "code_inline", "html_inline", "em_open", "em_close"}
    assert {child.type for child in inline} <= allowed
    assert {child.content for child in inline if child.type == "html_inline"} <= {"<br>"}
    texts = " ".join(child.content for child in inline if child.type == "text")
    assert not any(sign in texts for sign in "@#$!<>{}[]\\*~")


@pytest.mark.not_quick
@given(st.text(min_size=1))
def test_any_text_of_the_server_is_shown_as_it_is(text: str) -> None:
    given_texts = evil(text)
    plain = plain_text(text)
    shown = f'"{plain}"' if plain != plain.strip() else plain
    found = Page(audit(**given_texts, format="html"))
    assert found.tags <= set(OWN_TAGS.split())
    assert shown in found.values["td"]
    assert found.values["h1"] == [plain]
    texts = markdown_texts(audit(**given_texts, format="markdown"))
    assert shown in texts


# Documentation


def test_documentation_has_every_check_with_its_severity() -> None:
    notes = " ".join(yaml.safe_load(page.DOCUMENTATION)["notes"])
    documented = {name: notes.count(f"C({name})") for name in CHECKS}
    assert documented == dict.fromkeys(CHECKS, 1)


@pytest.mark.parametrize("check", CHECKS)
def test_check_says_what_it_means_and_what_to_do_in_sentences(check: str) -> None:
    details = CHECKS[check]
    assert details.meaning.endswith(".")
    assert details.advice.endswith(".")
    assert not details.heading.endswith(".")
