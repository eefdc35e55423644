# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A task has the same result, warnings and requests, whether it runs as a module or inside ansible-playbook."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest

from ansible_collections.dasha.blackbox.plugins.plugin_utils import _direct
from emulator.client import Emulator
from unit.action_harness import JSON_TYPES, run_action, types_in
from unit.harness import NOBODY_ID, NUMBER_ID, OTHER_ID, OTHER_TRUNK, SEED, TRUNK, Door, run_module
from unit.wire.scenarios import BARE, FULL, PAIR, SCENARIOS, TWIN

pytestmark = pytest.mark.action_door

PASSWORD = "hunter2-hunter2"
UUID = re.compile("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
KNOWN_IDS = {TRUNK, OTHER_TRUNK, NUMBER_ID, OTHER_ID, NOBODY_ID}
TRUNK_OF_ALICE = {"id": TRUNK, "server": "sip.example.com", "authUser": "alice", "authPassword": PASSWORD}

NULL = "\x00"
TO_SYSLOG = "a module writes its options to syslog, which takes no null character, and fails"

# All that differs, and why.
DIFFERENCES = {
    "sip_phone_number: phone_number=NULL": TO_SYSLOG,
    "sip_phone_number: display_name=NULL": TO_SYSLOG,
    "sip_phone_number: id=NULL": TO_SYSLOG,
    "sip_phone_number: ca_path=NULL": TO_SYSLOG,
    "sip_phone_number: api_url=NULL": TO_SYSLOG,
    "sip_credential: auth_user=NULL": TO_SYSLOG,
}


class Case(NamedTuple):
    """A task on a seeded emulator, in an environment."""

    name: str
    module: str
    options: dict[str, Any]
    numbers: list[dict[str, Any]] = []
    credentials: list[dict[str, Any]] = []
    settings: dict[str, Any] = {}
    faults: list[dict[str, Any]] = []
    environ: dict[str, str] = {}


def number(name: str, options: dict[str, Any], **details: Any) -> Case:
    return Case(name, "sip_phone_number", options, **details)


def fleet(name: str, entries: list[Any], **options: Any) -> Case:
    # One request at a time, so that their order is always the same.
    given = {"credentials_id": TRUNK, "concurrency": 1, **options}
    return Case(name, "sip_phone_numbers", {"phone_numbers": entries, **given}, [FULL, TWIN])


def trunk(name: str, options: dict[str, Any], *credentials: dict[str, Any], **details: Any) -> Case:
    return Case(name, "sip_credential", options, credentials=list(credentials), **details)


def numbers(*names: str, **fields: Any) -> list[dict[str, Any]]:
    return [{"phone_number": name, **fields} for name in names]


def fault(fault: dict[str, Any], times: int | None = None, **match: str) -> dict[str, Any]:
    return {"match": match, "times": times, "fault": fault}


TASKS = [
    *(
        Case(scenario.name, "sip_phone_number", scenario.options, scenario.numbers, settings=scenario.settings)
        for scenario in SCENARIOS
    ),
    fleet("create, update and leave", [*numbers("+15551234567", display_name="New"), *numbers("+1", "+2")]),
    fleet("delete", numbers("+15551234567"), state="absent"),
    fleet("delete by force", numbers("+15551234567"), state="absent", force=True),
    fleet("purge", numbers("+1"), purge=True, force=True),
    fleet("too many deletions", [], purge=True, purge_on_trunks=[TRUNK], max_deletions=0),
    fleet("relink", numbers("+15551234567", incoming_calls_agent_id="agent-2")),
    fleet("nothing", []),
    fleet("lookalike", numbers("15551234567", display_name=" Line ")),
    fleet("camelCase", [{"phoneNumber": "+1", "displayName": "Line"}]),
    fleet("duplicate", numbers("+1", "+1")),
    fleet("named trunk", numbers("+1"), credentials_id=None, trunk="sip.example.org"),
    fleet("unknown trunk", numbers("+1"), credentials_id=None, trunk="nobody@sip.example.org"),
    fleet("defaults", numbers("+1"), defaults={"registration": True, "description": "All"}),
    fleet("move", numbers("+15551234567"), credentials_id=OTHER_TRUNK, move_from=[TRUNK]),
    fleet("other plan", numbers("+1"), expected_plan_id="0123456789ab"),
    fleet("wait", numbers("+1", registration=True), wait_for_registration=True, wait_timeout=0),
    trunk("create", {"server": "sip.example.net", "auth_user": "bob", "auth_password": PASSWORD}),
    trunk("unchanged", {"server": "sip.example.com", "auth_user": "alice"}, TRUNK_OF_ALICE),
    trunk(
        "change the password",
        {"id": TRUNK, "auth_password": "another-password", "update_password": "always"},
        TRUNK_OF_ALICE,
    ),
    trunk("masked password", {"id": TRUNK, "description": "x"}, TRUNK_OF_ALICE, settings={"password": "masked"}),
    trunk("delete with numbers", {"id": TRUNK, "state": "absent"}, TRUNK_OF_ALICE, numbers=[BARE]),
    trunk("delete by force", {"id": TRUNK, "state": "absent", "force": True}, TRUNK_OF_ALICE, numbers=[BARE]),
    trunk("choice", {"server": "s", "transport": "sctp"}),
    trunk("several", {"server": "s"}, {"id": TRUNK, "server": "s"}, {"id": OTHER_TRUNK, "server": "s"}),
    Case("all", "sip_credential_info", {}, credentials=[TRUNK_OF_ALICE]),
    Case("impact", "sip_credential_info", {"impact": True}, [FULL], credentials=[TRUNK_OF_ALICE]),
    Case("all", "sip_phone_number_info", {"affected_agents": True}, [FULL]),
    Case("filtered", "sip_phone_number_info", {"linkedAgentId": "agent-1", "unlinked_only": False}, [FULL, TWIN]),
    Case("all", "agent_info", {}),
    Case("named", "agent_info", {"name": "Sales"}),
]

FAILURES = [
    number(
        "rejected key", PAIR, faults=[fault({"status": 401, "body": {"title": "No", "detail": "Key emulator-key"}})]
    ),
    number("lost creation", PAIR, faults=[fault({"drop": "after"}, 1, method="POST")]),
    number("creation in doubt", PAIR, faults=[fault({"status": 500, "done": False}, method="POST")]),
    number("unavailable", {**PAIR, "api_retries": 1}, faults=[fault({"status": 503})]),
    number("limited", PAIR, faults=[fault({"status": 429, "headers": {"Retry-After": "99"}})]),
    number("redirect", PAIR, faults=[fault({"status": 302, "headers": {"Location": "http://127.0.0.1/"}})]),
    number("garbage", {**PAIR, "api_retries": 0}, faults=[fault({"garbage": "<html>{{ 7 * 7 }}</html>"})]),
    number("braces", {**PAIR, "display_name": "{{ 7 * 7 }}{% raw %}"}),
    number("braces of others", PAIR, numbers=[{**FULL, "displayName": "{{ 7 * 7 }}", "description": "{% x %}"}]),
    number(
        "no room",
        PAIR,
        faults=[fault({"status": 400, "body": {"errors": {"phoneNumber": ["{{ x }}"]}}}, method="POST")],
    ),
    fleet("partial failure", numbers("+1", "+2"), api_retries=0)._replace(
        faults=[fault({"status": 400, "body": {"title": "Bad"}}, 1, method="POST")]
    ),
]

# One of each kind; all of them, with all options, if --both-doors is given.
VALUES: list[Any] = [
    *(True, 5, 1.5, None, "", "yes", "5", [], [None], {}, {"phone_number": "+1"}, "a=1", '{"a": 1}', NULL),
]
FURTHER_VALUES: list[Any] = [
    *(False, -1, 10**30, " ", "off", "maybe", "1.5", "5.0", ["a"], [5, True], [{"a": 1}], {"a": None}),
    *("x,y", "a=1 b=2", "[1, 2]", "{'a': 1}", "~/x", "$HOME/x", "\u202e", "é" * 300),
]
OPTIONS = [
    *(("sip_phone_number", option) for option in ("phone_number", "registration", "state", "wait_timeout")),
    *(("sip_phone_number", option) for option in ("outgoing_calls_agent_ids", "ca_path", "api_timeout")),
    *(("sip_phone_numbers", option) for option in ("phone_numbers", "defaults")),
    ("sip_credential", "auth_password"),
]
FURTHER_OPTIONS = [
    *(("sip_phone_number", option) for option in ("display_name", "id", "api_key", "api_url", "validate_certs")),
    *(("sip_phone_number", option) for option in ("api_retries",)),
    *(("sip_phone_numbers", option) for option in ("concurrency", "purge_on_trunks")),
    *(("sip_credential", option) for option in ("cps_limit", "auth_user", "transport")),
]
REQUIRED = {
    "sip_phone_number": PAIR,
    "sip_phone_numbers": {"phone_numbers": [], "credentials_id": TRUNK},
    "sip_credential": {"server": "sip.example.com"},
}

INPUTS = [
    number("unknown option", {**PAIR, "colour": "red"}),
    number("unknown options", {**PAIR, "colour": "red", "size": None, "api_keys": "emulator-key"}),
    number("unknown options are nulls", {**PAIR, "colour": None}),
    number("key as the name of an option", {**PAIR, "emulator-key": "x"}),
    number("key as a value of another type", {**PAIR, "registration": "emulator-key"}),
    number("key as a choice", {**PAIR, "state": "emulator-key"}),
    number("several errors", {**PAIR, "registration": "maybe", "state": "gone", "colour": 1}),
    number("alias", {"phoneNumber": "+15551234567", "credentialsId": TRUNK}),
    number("alias and option", {**PAIR, "phoneNumber": "+15551234567", "display_name": "a", "displayName": "b"}),
    number("alias and null", {**PAIR, "display_name": None, "displayName": "b"}),
    number("nothing at all", {}),
    number(
        "everything null", dict.fromkeys(["id", "phone_number", "credentials_id", "state", "force", "registration"])
    ),
    number("null of a number", {**PAIR, "wait_timeout": None, "api_retries": None, "api_timeout": None}),
    Case("missing list", "sip_phone_numbers", {"credentials_id": TRUNK}),
    Case("list is null", "sip_phone_numbers", {"phone_numbers": None}),
    fleet("entry is null", [None]),
    fleet("entry is text", ["phone_number=+1 display_name=x"]),
    fleet("entry is JSON", ['{"phone_number": "+1"}']),
    fleet("nulls in entries", [{"phone_number": "+1", "display_name": None, "outgoing_calls_agent_ids": [None]}]),
    fleet("types in entries", [{"phone_number": "+1", "registration": "yes", "display_name": 5, "force": "off"}]),
    fleet("unquoted", [{"phone_number": 15551234567}]),
    fleet("nested", [{"phone_number": "+1", "display_name": {"a": [1, {"b": None}]}}]),
    fleet("unknown option of an entry", [{"phone_number": "+1", "colour": "red"}]),
    trunk("update_password", {"server": "s", "update_password": "never", "auth_password": PASSWORD}),
    trunk("password as a choice", {"server": "s", "transport": PASSWORD, "auth_password": PASSWORD}),
    trunk("password in an unknown option", {"server": "s", PASSWORD: 1, "auth_password": PASSWORD}),
    trunk("short password", {"server": "sip.example.com", "auth_user": "alice", "auth_password": "ip"}),
    trunk("number equal to the password", {"server": "s", "cps_limit": 5, "auth_password": "5"}),
    *(
        number(f"environment {name}={value}", {**PAIR, name.lower()[9:]: None}, environ={name: value})
        for name, value in (
            ("BLACKBOX_API_KEY", "emulator-key"),
            ("BLACKBOX_API_KEY", "other"),
            ("BLACKBOX_API_KEY", ""),
            ("BLACKBOX_API_RETRIES", "1"),
            ("BLACKBOX_API_RETRIES", "many"),
            ("BLACKBOX_API_RETRIES", "1.5"),
            ("BLACKBOX_API_TIMEOUT", "0"),
            ("BLACKBOX_API_TIMEOUT", "soon"),
            ("BLACKBOX_API_RETRY_MAX_DELAY", "-1"),
            ("BLACKBOX_API_URL", "http://example.com"),
            ("BLACKBOX_VALIDATE_CERTS", "no"),
            ("BLACKBOX_VALIDATE_CERTS", "perhaps"),
            ("BLACKBOX_CA_PATH", "~/no-such-bundle"),
            ("BLACKBOX_CA_PATH", "relative.pem"),
            ("BLACKBOX_EXPECTED_ORG_ID", "org-2"),
            ("BLACKBOX_EXPECTED_ORG_ID", ""),
            ("BLACKBOX_DISPLAY_NAME", "x"),
        )
    ),
]


def inputs_with(options: list[tuple[str, str]], values: list[Any]) -> list[Case]:
    return [
        Case(
            f"{option}={value if value == NULL else json.dumps(value)[:40]}",
            module,
            {**REQUIRED[module], option: value},
        )
        for module, option in options
        for value in values
    ]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if metafunc.function is not test_input_has_the_same_outcome:
        return
    cases = [*INPUTS, *inputs_with(OPTIONS, VALUES)]
    if metafunc.config.getoption("both_doors"):
        cases += inputs_with(OPTIONS, FURTHER_VALUES) + inputs_with(FURTHER_OPTIONS, VALUES + FURTHER_VALUES)
    metafunc.parametrize("case", cases, ids=name_of)


def name_of(case: Case) -> str:
    return f"{case.module}: {case.name}".replace(NULL, "NULL")


@pytest.fixture
def outcome_of(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> Callable[[Door, Case, bool], Any]:
    """Run a case through a door, and return what it led to."""

    def outcome_of(door: Door, case: Case, check: bool) -> Any:
        emulator.clock(freeze=True, set="2030-01-31T12:00:00Z")
        emulator.set(**case.settings)
        if case.credentials:
            emulator.reset(seed={"credentials": case.credentials}, settings=case.settings)
        emulator.seed({"phone_numbers": case.numbers})
        emulator.fault(*case.faults)
        for name, value in case.environ.items():
            monkeypatch.setenv(name, value)
        options = {"api_key": emulator.key, "api_url": emulator.url, "api_retry_max_delay": 0.02, **case.options}
        result = door(case.module, options, check=check)
        requests = [{part: sent[part] for part in ("method", "path", "query", "body")} for sent in emulator.requests()]
        return anonymous({"result": result, "requests": requests})

    return outcome_of


def anonymous(outcome: Any) -> Any:
    """Return an outcome in which the ids of new objects are their order of appearance, and moments are left out."""
    text = json.dumps(outcome)
    found = dict.fromkeys(match for match in UUID.findall(text) if match.lower() not in KNOWN_IDS)
    for position, new in enumerate(found):
        text = text.replace(new, f"id {position}")
    return json.loads(re.sub(r"20\d\d-\d\d-\d\dT[\d:.]+(Z|\+00:00)", "moment", text))


@pytest.fixture(autouse=True)
def fresh_connections() -> Iterator[None]:
    yield
    _direct.transports.drop()


def checked_action(*task: Any, **how: Any) -> dict[str, Any]:
    """Run an action, whose result must have exact JSON types: Ansible warns about others, or resolves templates."""
    result = run_action(*task, **how)
    assert types_in(result) <= set(JSON_TYPES)
    return result


def check_equal(emulator: Emulator, outcome_of: Callable[[Door, Case, bool], Any], case: Case, check: bool) -> None:
    as_module = outcome_of(run_module, case, check)
    emulator.reset(seed=SEED)
    directly = outcome_of(checked_action, case, check)
    # Whether a module writes to syslog, and how it takes a null character, depends on the machine and on ansible-core.
    if name_of(case) not in DIFFERENCES or "msg_to_log" not in as_module["result"]:
        assert directly == as_module


@pytest.mark.parametrize("check", [False, True], ids=["run", "check"])
@pytest.mark.parametrize("case", [*TASKS, *FAILURES], ids=name_of)
def test_task_has_the_same_outcome(emulator: Emulator, outcome_of: Any, case: Case, check: bool) -> None:
    check_equal(emulator, outcome_of, case, check)


def test_input_has_the_same_outcome(emulator: Emulator, outcome_of: Any, case: Case) -> None:
    check_equal(emulator, outcome_of, case, check=True)
