# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Random sequences of tasks do what a model of the API says, whatever the network does to their requests.

`STATEFUL_EXAMPLES=1000` runs so many sequences, other ones each time. A failure prints the steps that lead to it.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from typing import Any, ClassVar, NamedTuple

import pytest
from hypothesis import HealthCheck, Phase, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from emulator.client import Emulator
from unit.harness import NOBODY_ID, NUMBER_ID, NUMBERS, OTHER_ID, OTHER_TRUNK, TRUNK, Door
from unit.wire.model import (
    NUMBER_OPTIONS,
    PASSWORD,
    TRUNK_OPTIONS,
    Api,
    Expected,
    ExpectedFleet,
    Fields,
    Options,
    ensure_fleet,
    ensure_number,
    ensure_trunk,
    listed_numbers,
)

PROVIDER_TRUNK = "7c6d1f7e-52b1-4d2c-9c0b-3d7c3a1d4e10"
PROVIDER_NUMBER = "c2a55a3c-9e52-4f0b-8f4f-0b6f1c9d7a33"
PROVIDER = "f1d7f0d4-7a0c-4d27-9c57-6d3c9a6b2e55"
USED_NUMBER = "1e4b7a52-6f0c-4b1d-8a4e-2f9d3c5b6a77"
STORED_PASSWORD = "stored-Kq7vWz"
PASSWORDS = ("first-Xw3pLm", "second-Tn8rBd")
KEY = "emulator-key"
SECRETS = (KEY, STORED_PASSWORD, *PASSWORDS)
PROVIDER_PHONE = "+15559999"
# One begins with another, for servers that compare only the beginning; two differ in formatting only.
PHONES = ("+15550001", "+15550002", "+1555000", "15550001")
SERVERS = ("sip.example.com", "sip.example.org:5061")
AGENTS = ("agent-1", "agent-2", "agent-3")
ONLY_THE_SERVER_KNOWS = {"id", "org_id", "source", "created_time", "last_update_time", "registration_status"}
MANAGED = {"sip_phone_number": NUMBER_OPTIONS, "sip_credential": TRUNK_OPTIONS}

SEED: Fields = {
    "credentials": [
        {"id": TRUNK, "server": SERVERS[0], "authUser": "alice", "authPassword": STORED_PASSWORD, "pool": [1, "a"]},
        {"id": OTHER_TRUNK, "server": SERVERS[1]},
        {"id": PROVIDER_TRUNK, "server": "sip.example.net", "authUser": "p", "authPassword": STORED_PASSWORD}
        | {"source": "provider", "providerId": PROVIDER},
    ],
    "agents": [{"id": agent} for agent in AGENTS[:2]] + [{"id": AGENTS[2], "outbound": USED_NUMBER}],
    "phone_numbers": [
        {"id": NUMBER_ID, "phoneNumber": PHONES[0], "credentialsId": TRUNK, "displayName": "Line"}
        | {"description": "Text", "incomingCallsAgentId": AGENTS[0], "routing": {"a": [None, 1.5]}},
        {"id": OTHER_ID, "phoneNumber": PHONES[0], "credentialsId": OTHER_TRUNK, "registration": True},
        {"id": USED_NUMBER, "phoneNumber": PHONES[2], "credentialsId": OTHER_TRUNK},
        {"id": PROVIDER_NUMBER, "phoneNumber": PROVIDER_PHONE, "credentialsId": PROVIDER_TRUNK, "providerId": PROVIDER},
    ],
}


class Ref(NamedTuple):
    """An object that exists when the task runs, by its position; beyond the last one, an id that nobody has."""

    kind: str
    position: int
    upper: bool = False


class Race(NamedTuple):
    """Somebody else writes just before the task does.

    Attributes:
        lost: what happens to the request of the task.
        sure: whether that request cannot have been applied.
    """

    fault: Fields | None
    sure: bool


# What the retries absorb: the result is as if it had not happened.
TRANSIENT: list[Fields] = [
    {"status": 429},
    {"status": 429, "headers": {"Retry-After": "0"}},
    *({"status": status, "done": done} for status in (502, 503, 504) for done in (False, True)),
    {"drop": "before"},
    {"drop": "after"},
    {"truncate": True},
]
# What ends the task, or may.
FATAL: list[Fields] = [
    {"status": 500},
    {"status": 500, "done": True},
    {"status": 403},
    {"garbage": "<html>"},
    {"redirect": "https://example.com/"},
]
RACES = [
    Race(None, sure=True),
    Race({"status": 429}, sure=True),
    Race({"status": 503}, sure=False),
    Race({"drop": "before"}, sure=False),
]


def rules_of(faults: list[Fields]) -> st.SearchStrategy[Fields]:
    methods = st.sampled_from(["GET", "POST", "PUT", "DELETE", "POST|PUT|DELETE", ".*"])
    return st.fixed_dictionaries(
        {
            "match": st.fixed_dictionaries({"method": methods}),
            "fault": st.sampled_from(faults),
            "skip": st.integers(0, 2),
            "times": st.integers(1, 2),
        }
    )


def refs(kind: str) -> st.SearchStrategy[Ref]:
    return st.builds(Ref, st.just(kind), st.integers(0, 4), st.booleans())


def maybe(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | values


texts = st.sampled_from(["", "Line", "Büro {{ 1 + 1 }} 📞"])
phones = st.sampled_from([*PHONES, *PHONES, PROVIDER_PHONE])
trunks = refs("trunk")
force = maybe(st.booleans())
agents = st.sampled_from(["", *AGENTS])
described: dict[Any, st.SearchStrategy[Any]] = {
    "display_name": maybe(texts),
    "description": maybe(texts),
    "registration": maybe(st.booleans()),
    "incoming_calls_agent_id": maybe(agents),
}
pair: dict[Any, st.SearchStrategy[Any]] = {"phone_number": phones, "credentials_id": trunks}
absent: dict[Any, st.SearchStrategy[Any]] = {"state": st.just("absent")}
by_pair = st.fixed_dictionaries(pair, optional=described)
by_id = st.fixed_dictionaries({"id": refs("number")}, optional={**pair, **described})
others = st.fixed_dictionaries({}, optional=described)
races = st.sampled_from(RACES)
absent_by_pair = st.fixed_dictionaries(
    {"phone_number": phones, **absent}, optional={"credentials_id": trunks, "force": force}
)
absent_by_id = st.fixed_dictionaries({"id": refs("number"), **absent}, optional={**pair, "force": force})
number_tasks = by_pair | by_id | absent_by_pair | absent_by_id

entry = st.fixed_dictionaries({"phone_number": phones}, optional={"credentials_id": maybe(trunks), **described})
fleet_tasks = st.fixed_dictionaries(
    {"phone_numbers": st.lists(entry, max_size=4), "concurrency": st.integers(1, 4)},
    optional={
        "credentials_id": maybe(trunks),
        "state": st.sampled_from(["present", "absent"]),
        "purge": st.booleans(),
        "purge_on_trunks": maybe(st.lists(trunks, max_size=2)),
        "max_deletions": st.integers(0, 3),
        "force": force,
    },
)
purges = st.fixed_dictionaries(
    {"phone_numbers": st.lists(entry, max_size=2), "credentials_id": trunks, "purge": st.just(True)},
    optional={
        "purge_on_trunks": st.lists(trunks, max_size=2),
        "max_deletions": st.integers(0, 2),
        "force": force,
    },
)

trunk_key: dict[Any, st.SearchStrategy[Any]] = {
    "server": st.sampled_from(SERVERS),
    "auth_user": maybe(st.sampled_from(["", "alice", "bob"])),
}
trunk_values: dict[Any, st.SearchStrategy[Any]] = {
    "domain": maybe(texts),
    PASSWORD: maybe(st.sampled_from(PASSWORDS)),
    "transport": maybe(st.sampled_from(["udp", "tcp"])),
    "description": maybe(texts),
    "cps_limit": maybe(st.sampled_from([0, 5])),
    "cps_key": maybe(st.sampled_from(["", "shared"])),
    "update_password": st.sampled_from(["on_create", "always"]),
}
trunk_tasks = (
    st.fixed_dictionaries(
        {"server": trunk_key["server"]}, optional={"auth_user": trunk_key["auth_user"]} | trunk_values
    )
    | st.fixed_dictionaries({"id": trunks}, optional={**trunk_key, **trunk_values})
    | st.fixed_dictionaries(
        {"server": trunk_key["server"], **absent}, optional={"auth_user": trunk_key["auth_user"], "force": force}
    )
    | st.fixed_dictionaries({"id": trunks, **absent}, optional={**trunk_key, "force": force})
)
tasks = st.one_of(
    st.tuples(st.just("sip_phone_number"), number_tasks),
    st.tuples(st.just("sip_phone_numbers"), fleet_tasks | purges),
    st.tuples(st.just("sip_credential"), trunk_tasks),
)
filters = st.fixed_dictionaries(
    {},
    optional={
        "phone_number": phones,
        "credentials_id": trunks,
        "linked_agent_id": st.sampled_from(AGENTS),
        "unlinked_only": st.booleans(),
        "id": refs("number"),
    },
)
servers = st.fixed_dictionaries(
    {
        "unknown_fields": st.just("store"),
        "filter": st.sampled_from(["exact", "prefix", "substring"]),
        "omit_nulls": st.booleans(),
        "create_status": st.sampled_from([200, 201]),
        "delete_status": st.sampled_from([200, 204]),
        "password": st.sampled_from(["clear", "masked", "absent"]),
        "max_take": st.sampled_from([None, 1, 3]),
        "uuid_case": st.sampled_from(["lower", "upper"]),
    }
)


class Tasks(RuleBasedStateMachine):
    """One organization, and tasks one after the other."""

    emulator: ClassVar[Emulator]
    door: ClassVar[Door]

    @initialize(server=servers)
    def start(self, server: Fields) -> None:
        self.emulator.reset(seed=SEED, settings=server)
        self.server = server
        self.api = Api(SEED)
        self.foreign = 0

    @rule(task=tasks)
    def task(self, task: tuple[str, Options]) -> None:
        """A task without any trouble: check mode, the real run, and the same again."""
        module, options = task[0], self.resolve(task[1])
        expected = self.attempt(module, options, [])
        again = self.attempt(module, options, [])
        if not expected.failed and not (options.get("update_password") == "always" and options.get(PASSWORD)):
            assert not again.changed, "the model itself is not idempotent"

    @rule(task=tasks, faults=st.lists(rules_of(TRANSIENT), min_size=1, max_size=2))
    def task_with_transient_faults(self, task: tuple[str, Options], faults: list[Fields]) -> None:
        self.attempt(task[0], self.resolve(task[1]), faults)

    @rule(task=tasks, fault=rules_of(FATAL))
    def task_with_fatal_fault(self, task: tuple[str, Options], fault: Fields) -> None:
        """Whatever is left behind, it is nothing new, and another run finishes the work."""
        module, options = task[0], self.resolve(task[1])
        after = self.api.copy()
        self.predict(module, options, after)
        result, _requests = self.run(module, options, [fault])
        changed = self.check_between(after)
        told = result["changed"] or "unknown" in (error["outcome"] for error in errors_of(result))
        assert told or not changed, "a write that was not reported"
        # A password that the server does not return is sent even if it is the stored one.
        if not result["failed"] and not options.get(PASSWORD):
            assert changed or not result["changed"], "a change that did not happen"
        self.take_over(after)
        self.finish(module, options, after)

    @rule(options=by_pair, other=others, race=races, fleet=st.booleans())
    def creation_that_somebody_else_won(self, options: Options, other: Options, race: Race, fleet: bool) -> None:
        options = self.resolve(options)
        if self.predict("sip_phone_number", options, self.api.copy()).writes[:1] != ["POST number"]:
            return
        foreign = {api: other[name] or None for name, api in NUMBER_OPTIONS.items() if other.get(name) is not None}
        foreign["registration"] = bool(foreign.get("registration"))
        if foreign.get("incomingCallsAgentId") not in (None, *AGENTS):
            del foreign["incomingCallsAgentId"]
        key = {"phoneNumber": options["phone_number"], "credentialsId": options["credentials_id"].lower()}
        created = self.api.create_number({**foreign, **key})
        self.foreign += 1
        foreign["id"] = f"4a9c0b1d-3e5f-4c7a-9b2d-{self.foreign:012}"
        self.api.numbers[foreign["id"]] = {**self.api.numbers.pop(created["id"]), **foreign}
        mutation = {"create": [{**foreign, **key}]}
        self.lose(options, "POST", mutation, race, fleet)

    @rule(options=absent_by_pair | absent_by_id, race=races, fleet=st.booleans())
    def deletion_that_somebody_else_won(self, options: Options, race: Race, fleet: bool) -> None:
        options = self.resolve(options)
        expected = self.predict("sip_phone_number", options, self.api.copy())
        if expected.writes == ["DELETE number"] and expected.before is not None:
            self.api.forget_number(expected.before["id"])
            # A 404 at once may as well be the second answer to a request that a proxy has sent twice.
            race = race._replace(sure=race.sure and race.fault is not None)
            self.lose(options, "DELETE", {"delete": [expected.before["id"]]}, race, fleet)

    @rule(options=filters)
    def list_numbers(self, options: Options) -> None:
        options = self.resolve(options)
        result, requests = self.run("sip_phone_number_info", options)
        assert not result["failed"], result["msg"]
        assert methods_of(requests) <= {"GET"}
        listed = list(listed_numbers(self.api, options))
        assert [found["id"].lower() for found in result["sip_phone_numbers"]] == [number["id"] for number in listed]
        for found, number in zip(result["sip_phone_numbers"], listed, strict=True):
            check_fields(found, number, NUMBER_OPTIONS)

    @rule(options=st.fixed_dictionaries({}, optional={**trunk_key, "id": trunks}))
    def list_trunks(self, options: Options) -> None:
        options = self.resolve(options)
        result, requests = self.run("sip_credential_info", options)
        assert not result["failed"], result["msg"]
        assert methods_of(requests) <= {"GET"}
        wanted = {"id": options.get("id", "").lower() or None, "server": options.get("server")}
        listed = {
            trunk["id"]: trunk
            for trunk in self.api.trunks.values()
            if all(value is None or trunk[name] == value for name, value in wanted.items())
            and (options.get("auth_user") is None or trunk["authUser"] == (options["auth_user"] or None))
        }
        assert {found["id"].lower() for found in result["sip_credentials"]} == listed.keys()
        for found in result["sip_credentials"]:
            assert PASSWORD not in found
            check_fields(found, listed[found["id"].lower()], TRUNK_OPTIONS)

    @invariant()
    def state_is_that_of_the_model(self) -> None:
        numbers, found_trunks, outbound = self.read_state()
        self.api.learn(numbers, found_trunks)
        assert by_its_id(numbers) == self.api.numbers
        assert by_its_id(found_trunks) == self.api.trunks
        assert outbound == self.api.outbound

    @invariant()
    def no_request_breaks_the_contract(self) -> None:
        assert self.emulator.violations() == []

    # Steps

    def attempt(self, module: str, options: Options, faults: list[Fields]) -> Any:
        """Run a task in check mode and for real, and compare both with the model."""
        before = self.api.copy()
        expected = self.predict(module, options, self.api)
        predicted, requests = self.run(module, options, check=True)
        assert methods_of(requests) <= {"GET"}
        result, requests = self.run(module, options, faults)
        if self.is_creation_in_doubt(requests):
            assert result["failed"] and result["error"]["outcome"] == "unknown", result
            self.api = before
            return expected
        if isinstance(expected, Expected) and expected.may_refuse and result["failed"]:
            self.api = before
            expected = Expected(failed=True)
        self.learn()
        self.check_result(module, options, expected, result)
        if expected.foreseen or not expected.failed:
            self.check_prediction(module, expected, predicted, result)
        if not faults:
            check_requests(module, expected, requests, self.server)
        return expected

    def finish(self, module: str, options: Options, after: Api) -> None:
        """Run a task once more, which leads to the state that a single undisturbed run would have led to."""
        before = self.api.copy()
        expected = self.predict(module, options, self.api)
        for found, wanted in ((self.api.numbers, after.numbers), (self.api.trunks, after.trunks)):
            assert Counter(map(text_of, found.values())) == Counter(map(text_of, wanted.values())), "the model itself"
        result, _requests = self.run(module, options)
        if isinstance(expected, Expected) and expected.may_refuse and result["failed"]:
            self.api = before
            return
        self.learn()
        self.check_result(module, options, expected, result)

    def lose(self, options: Options, method: str, mutation: Fields, race: Race, fleet: bool) -> None:
        """Run a task during which somebody else does what it is about to do, as one number or as a fleet of it."""
        disturbance = {"match": {"method": method}, "mutate": mutation}
        if race.fault:
            disturbance["fault"] = race.fault
        expected = self.predict("sip_phone_number", options, self.api)
        fleet = fleet and "id" not in options and "credentials_id" in options
        module = "sip_phone_numbers" if fleet else "sip_phone_number"
        result, _requests = self.run(module, fleet_of(options) if fleet else options, [disturbance])
        self.learn()
        assert result["failed"] is expected.failed, result
        assert result["changed"] is (expected.changed or not race.sure), result
        if not race.sure or expected.failed:
            return
        if fleet:
            assert [change["action"] for change in result["changes"]] == [expected.action][: expected.changed]
            assert result["summary"] == ExpectedFleet(entries=[expected]).summary
        elif method == "POST":
            check_diff(result, expected, NUMBER_OPTIONS)

    def learn(self) -> None:
        """Tell the model the ids of new objects."""
        numbers, found_trunks, _outbound = self.read_state()
        self.api.learn(numbers, found_trunks)

    def predict(self, module: str, options: Options, api: Api) -> Any:
        """Apply a task to a model, and return what to expect of it."""
        if module == "sip_phone_numbers":
            return ensure_fleet(api, options)
        if module == "sip_credential":
            return ensure_trunk(api, options, self.server["password"])
        return ensure_number(api, options)

    def run(
        self, module: str, options: Options, faults: list[Fields] | None = None, check: bool = False
    ) -> tuple[Fields, list[Fields]]:
        """Run a task; return its result and the requests that the emulator received."""
        self.emulator.clear_requests()
        self.emulator.fault(*(faults or []))
        connection = {"api_key": KEY, "api_url": self.emulator.url, "api_timeout": 20, "api_retry_max_delay": 0.01}
        result = self.door(module, {**connection, **options}, check=check)
        self.emulator.clear_faults()
        note(f"{module} {options} check={check} {faults or ''}\n-> {result}")
        shown = json.dumps(result, ensure_ascii=False)
        assert not [secret for secret in SECRETS if secret in shown], "a secret in the result"
        return result, self.emulator.requests()

    def resolve(self, value: Any) -> Any:
        """Replace references by ids."""
        if isinstance(value, Ref):
            ids = list(self.api.numbers if value.kind == "number" else self.api.trunks)
            found = (ids + [NOBODY_ID])[min(value.position, len(ids))]
            return found.upper() if value.upper else found
        if isinstance(value, dict):
            return {name: self.resolve(member) for name, member in value.items()}
        return [self.resolve(member) for member in value] if isinstance(value, list) else value

    def read_state(self) -> tuple[list[Fields], list[Fields], dict[str, str | None]]:
        """Return numbers, trunks and outbound links as the emulator has them, without what only it knows."""
        (state,) = self.emulator.state()["organizations"].values()
        outbound = {agent["id"]: agent["outbound"] for agent in state["agents"]}
        return [plain(number) for number in state["phone_numbers"]], [plain(t) for t in state["credentials"]], outbound

    # Comparisons

    def is_creation_in_doubt(self, requests: list[Fields]) -> bool:
        """Whether the creation of a trunk got lost before it was applied, which a look-up cannot explain."""
        return any(
            (request["method"], request["path"]) == ("POST", "/api/v1/sip-credentials")
            and request["fault"] is not None
            and not request["changes"]
            and request["status"] != 429
            for request in requests
        )

    def check_between(self, after: Api) -> bool:
        """Compare the state with those before and after the task; return whether anything changed."""
        numbers, found_trunks, outbound = self.read_state()
        for found, before, wanted in (
            (numbers, self.api.numbers, after.numbers),
            (found_trunks, self.api.trunks, after.trunks),
        ):
            for name, known in before.items():
                now = by_its_id(found).get(name)
                assert now in between(known, wanted.get(name)), "neither as before nor as asked"
            created = [fields for fields in found if fields["id"] not in before]
            allowed = [
                option for name, fields in wanted.items() if name not in before for option in between(None, fields)
            ]
            assert all(without_id(fields) in map(without_id, filter(None, allowed)) for fields in created)
        unchanged = by_its_id(numbers) == self.api.numbers and by_its_id(found_trunks) == self.api.trunks
        return not (unchanged and outbound == self.api.outbound)

    def take_over(self, after: Api) -> None:
        """Make the model what the emulator has."""
        numbers, found_trunks, outbound = self.read_state()
        after.learn(numbers, found_trunks)
        self.api.numbers, self.api.trunks, self.api.outbound = by_its_id(numbers), by_its_id(found_trunks), outbound

    def check_result(self, module: str, options: Options, expected: Any, result: Fields) -> None:
        assert (result["changed"], result["failed"]) == (expected.changed, expected.failed), result.get("msg")
        if isinstance(expected, ExpectedFleet):
            check_fleet(expected, result)
        elif not expected.failed:
            check_diff(result, expected, MANAGED[module])
            if options.get("state") == "absent":
                assert module not in result
                return
            assert PASSWORD not in result[module]
            assert result[module]["id"].lower() in (self.api.numbers, self.api.trunks)[module == "sip_credential"]
            check_fields(result[module], expected.after or {}, MANAGED[module])

    def check_prediction(self, module: str, expected: Any, predicted: Fields, result: Fields) -> None:
        """Compare a run in check mode with the real one."""
        for name in ("changed", "failed", "diff", "summary", "plan_id"):
            assert predicted.get(name) == result.get(name), name
        for found, real in zip(predicted.get("changes", []), result.get("changes", []), strict=True):
            assert {**found, "id": None} == {**real, "id": None}
        if module in MANAGED and result.get(module):
            for name, value in predicted[module].items():
                if not (value is None and expected.changed and name in ONLY_THE_SERVER_KNOWS):
                    assert without_case(name, value) == without_case(name, result[module][name]), name
            assert predicted[module].keys() <= result[module].keys()


def fleet_of(options: Options) -> Options:
    """Return the task of a fleet that does what one on a single number does."""
    of_task = ("state", "force")
    entry = {name: value for name, value in options.items() if name not in of_task}
    return {"phone_numbers": [entry], **{name: options[name] for name in of_task if name in options}}


def check_fleet(expected: ExpectedFleet, result: Fields) -> None:
    if expected.rejected:
        assert result.get("applied", False) is False
        summary = result.get("summary", {})
        assert [summary.get(name, 0) for name in ("created", "updated", "deleted", "failed")] == [0, 0, 0, 0]
        return
    assert result["summary"] == expected.summary
    actions = Counter(entry.action for entry in expected.entries if entry.changed)
    assert Counter(change["action"] for change in result["changes"]) == actions
    assert len(result["failures"]) == expected.summary["failed"]
    assert len(result["diff"]) == actions.total()


def check_diff(result: Fields, expected: Expected, names: dict[str, str]) -> None:
    """Compare the diff with the states before and after, as far as it goes; it holds all that differs."""
    for side, fields in (("before", expected.before), ("after", expected.after)):
        shown = result["diff"][side]
        assert bool(shown) or fields is None or expected.action == "unchanged", side
        assert fields is not None or shown == "", side
        shown = shown or {}
        check_fields({name: value for name, value in shown.items() if name != PASSWORD}, fields or {}, names)
    if expected.action == "update":
        before, after = expected.before or {}, expected.after or {}
        changed = {name for name, api in names.items() if before[api] != after[api] and name != PASSWORD}
        assert changed <= result["diff"]["after"].keys()
    if expected.shows_password is not None:
        assert ((result["diff"]["after"] or {}).get(PASSWORD) == "(changed)") is expected.shows_password
    assert PASSWORD not in result["diff"]["before"] or result["diff"]["before"][PASSWORD] == "(changed)"


def check_fields(shown: Fields, fields: Fields, names: dict[str, str]) -> None:
    """Compare values by option name with values by the API's name; ids without case."""
    for name, value in shown.items():
        if name in names:
            assert without_case(name, value) == fields[names[name]], name


def without_case(name: str, value: Any) -> Any:
    """Return a value so that ids in another case are equal."""
    return value.lower() if name in ("id", "credentials_id", "provider_id") and value else value


def check_requests(module: str, expected: Any, requests: list[Fields], server: Fields) -> None:
    """Compare the writes with the necessary ones. An unused page size leaves a single GET for one number."""
    written = [kind_of(request) for request in requests if request["method"] != "GET"]
    attempted = [request for request in requests if request["method"] != "GET" and request["changes"]]
    assert Counter(kind_of(request) for request in attempted) == Counter(expected.writes)
    if not expected.failed:
        assert Counter(written) == Counter(expected.writes)
        if module == "sip_phone_number" and server["max_take"] is None:
            read = [request for request in requests if request["method"] == "GET" and "/agents/" not in request["path"]]
            assert len(read) == 1


def kind_of(request: Fields) -> str:
    kind = "number" if request["path"].startswith(NUMBERS) else "trunk"
    return f"{request['method']} {'link' if request['path'].endswith('/agent-link') else kind}"


def methods_of(requests: list[Fields]) -> set[str]:
    return {request["method"] for request in requests}


def errors_of(result: Fields) -> list[Fields]:
    return [failure["error"] for failure in [result, *result.get("failures", [])] if failure.get("error")]


def between(before: Fields | None, after: Fields | None) -> list[Fields | None]:
    """Return the states of one object that a task may leave behind when it ends early: fields come before the link."""
    states = [before, after]
    if after is not None and "incomingCallsAgentId" in after:
        states.append({**after, "incomingCallsAgentId": (before or {}).get("incomingCallsAgentId")})
    return states


def plain(fields: Fields) -> Fields:
    left_out = ("orgId", "createdTime", "lastUpdateTime")
    kept = {name: value for name, value in fields.items() if name not in left_out}
    lower = ("id", "credentialsId", "providerId")
    return {name: value.lower() if name in lower and value else value for name, value in kept.items()}


def by_its_id(objects: list[Fields]) -> dict[str, Fields]:
    return {fields["id"]: fields for fields in objects}


def without_id(fields: Fields) -> Fields:
    return {**fields, "id": None}


def text_of(fields: Fields) -> str:
    return json.dumps(without_id(fields), sort_keys=True)


def play(emulator: Emulator, door: Door, examples: int, steps: int) -> None:
    asked = os.environ.get("STATEFUL_EXAMPLES")
    # Shrinking takes minutes, which is for a person to wait.
    phases = [Phase.generate] if os.environ.get("CI") else [Phase.generate, Phase.shrink]
    machine = type("Tasks", (Tasks,), {"emulator": emulator, "door": staticmethod(door)})
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        machine,
        settings=settings(
            max_examples=int(asked) if asked else examples,
            stateful_step_count=steps,
            derandomize=not asked,
            database=None,
            deadline=None,
            report_multiple_bugs=False,
            phases=phases,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.not_quick
@pytest.mark.both_doors
def test_random_tasks_do_what_the_model_says(emulator_process: Emulator, door: Door) -> None:
    play(emulator_process, door, examples=8, steps=15)


@pytest.mark.thorough
@pytest.mark.slow
def test_long_random_tasks_do_what_the_model_says(emulator_process: Emulator, door: Door) -> None:
    play(emulator_process, door, examples=25, steps=30)
