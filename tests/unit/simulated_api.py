# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The emulator inside the test process: tasks run against it in simulated time, while a script interferes.

Every request is in the log, with the state of the organization before and after it.
"""

from __future__ import annotations

import contextlib
import importlib
import itertools
import json
import random
import tempfile
import uuid
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import Any, NamedTuple
from unittest import mock
from urllib.parse import urlencode

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.dasha.blackbox.plugins.module_utils._core.operation import execute
from ansible_collections.dasha.blackbox.plugins.module_utils._core.options import drop_nulls
from ansible_collections.dasha.blackbox.plugins.module_utils._transport.response import HttpResponse, TransportError
from emulator.clock import Clock
from emulator.contract import Contract
from emulator.faults import Faults
from emulator.quota import Quota
from emulator.request_log import RequestLog
from emulator.seeding import apply_seed
from emulator.server import Api, Reply, new_entry
from emulator.service import Service
from emulator.store import Organization, Platform
from unit.fake_api import LOST, REFUSED
from unit.harness import MODULES, NUMBERS
from unit.simulation import Event, Simulation

Fields = dict[str, Any]
KEY = "simulated-key-Zq4vWx"
ORGANIZATION = "org-1"
COLLEAGUE = "colleague"
TRUNKS = "/api/v1/sip-credentials"
AGENTS = "/api/v1/agents"
EPOCH = 1_900_000_000.0
SUCCESS, SERVER_ERRORS = range(200, 300), range(500, 600)


class State(NamedTuple):
    """An organization at one moment.

    Attributes:
        numbers, trunks: by id, with the API's field names.
        callers: the number that each agent calls from, by the agent's id.
    """

    numbers: dict[str, Fields]
    trunks: dict[str, Fields]
    callers: dict[str, str | None]

    def outgoing(self, number_id: str) -> list[str]:
        """Return the agents that call from a number."""
        return sorted(agent for agent, number in self.callers.items() if number == number_id)


class Attempt(NamedTuple):
    """A request that was tried once.

    Attributes:
        who: the name of the task, or `COLLEAGUE`.
        sent, time: when it was sent, and when the server received it.
        target: path and query.
        status: of the response that the task got, None if it got none.
        seen: the JSON of that response, if it is from the server.
        applied: whether it is a write that the server accepted.
        doubtful: whether it is a write of which the task cannot know that.
        before, after: the state.
    """

    who: str
    sent: float
    time: float
    method: str
    target: str
    body: Any
    status: int | None
    seen: Any
    applied: bool
    doubtful: bool
    before: State
    after: State

    @property
    def line(self) -> str:
        """Return the request as a test states it."""
        return f"{self.method} {self.target.removeprefix('/api/v1/')}"


class Killed(BaseException):
    """The process of the task ended here."""


class Step(NamedTuple):
    """Something that happens at a request of a task.

    Attributes:
        at: the position of the request among the attempts of the task, from 0.
        what: `wait` (seconds pass before the request arrives), `act` (a colleague does something first), `fault` or
            `kill` (`before` the request arrives, or `after` it was applied).
        how: the seconds, the arguments of `SimulatedApi.act`, the fault, or `before` or `after`. A fault is a mapping:
            `kind` is a status, `lost`, `refused`, `timeout`, `page` (a response that is no JSON) or `repeated` (a proxy
            sends the request a second time, unless it is a POST); `done` says whether the request is applied all the
            same; `retry_after` and `body` are those of the response.
        task: position of the task.
    """

    at: int
    what: str
    how: Any
    task: int = 0


class Task:
    """A task that runs.

    Attributes:
        result: as the module returns it, with `failed` and `warnings`; None before its end, and if it was killed.
        raised: an exception that no module may end with.
    """

    def __init__(
        self, name: str, module: str, options: Fields, check: bool = False, steps: Sequence[Step] = ()
    ) -> None:
        self.name = name
        self.module = module
        self.options = options
        self.check = check
        self.steps = steps
        self.result: Any = None
        self.raised: Exception | None = None
        self._killed = False
        self._positions = itertools.count()

    def due(self) -> list[Step]:
        """Return what happens at its next request."""
        self.go_on()
        position = next(self._positions)
        return [step for step in self.steps if step.at == position]

    def go_on(self, killed: bool = False) -> None:
        """Raise Killed if the task was killed, or is now."""
        self._killed = self._killed or killed
        if self._killed:
            raise Killed


class _VirtualClock(Clock):
    def __init__(self, simulation: Simulation) -> None:
        super().__init__()
        self._simulation = simulation

    def now(self) -> float:
        return EPOCH + self._simulation.now


@cache
def _contract() -> Contract:
    return Contract()


class SimulatedApi:
    """One organization.

    Args:
        seed: for the emulator.
        settings: of the emulator.
        latency: seconds until a request arrives.

    Attributes:
        log: all attempts of tasks and colleagues.
    """

    def __init__(
        self, simulation: Simulation, seed: Fields, settings: Fields | None = None, latency: float = 0.0
    ) -> None:
        self.simulation = simulation
        self.log: list[Attempt] = []
        self._latency = latency
        platform = Platform({ORGANIZATION: Organization(ORGANIZATION)}, {KEY: ORGANIZATION})
        self._service = Service(_contract(), platform, _VirtualClock(simulation))
        self._service.change_settings(settings or {})
        self._requests = RequestLog()
        self._api = Api(self._service, Faults(), Quota(), self._requests, ORGANIZATION, changed=lambda: None)
        apply_seed(self._service, seed, ORGANIZATION)

    # The state

    @property
    def state(self) -> State:
        """Return the organization as it is now."""
        found = self._service.platform.organizations[ORGANIZATION]
        return State(
            {name: number.fields for name, number in found.numbers.items()},
            dict(found.credentials),
            {agent.id: agent.outbound for agent in found.agents.values()},
        )

    @property
    def violations(self) -> list[Fields]:
        """Return the requests that break the contract."""
        return self._requests.violations

    # Colleagues

    def act(self, action: str, name: str, value: Any = None) -> None:
        """Let a colleague do something, with full knowledge of the current state.

        Args:
            action: `change`, `create` or `delete`, of a trunk with ` trunk`; `link`, `unlink` or `call from`.
            name: the id of the object; of an agent for `call from`.
            value: the changed or new fields, or the agent, or the number to call from.
        """
        match action:
            case "change":
                self._replace(NUMBERS, self.state.numbers.get(name), "SipPhoneNumberBody", "SipPhoneNumber", value)
            case "change trunk":
                self._replace(TRUNKS, self.state.trunks.get(name), "SipCredentialBody", "SipCredential", value)
            case "create":
                self._ask("POST", NUMBERS, value)
            case "create trunk":
                self._ask("POST", TRUNKS, value)
            case "delete":
                self._ask("DELETE", f"{NUMBERS}/{name}?force=true")
            case "delete trunk":
                self._ask("DELETE", f"{TRUNKS}/{name}?force=true")
            case "link":
                self._ask("PUT", f"{NUMBERS}/{name}/agent-link?{urlencode({'mode': 'inbound', 'agentId': value})}")
            case "unlink":
                self._ask("DELETE", f"{NUMBERS}/{name}/agent-link?mode=inbound")
            case "call from":
                query = urlencode({"mode": "replaceOutbound", "agentId": name})
                self._ask("PUT", f"{NUMBERS}/{value}/agent-link?{query}")
            case _:
                raise ValueError(action)

    def _replace(self, path: str, current: Fields | None, body: str, schema: str, changes: Fields) -> None:
        if current is not None:
            read_only = _contract().fields(schema) - _contract().fields(body)
            kept = {name: value for name, value in current.items() if name not in read_only}
            self._ask("PUT", f"{path}/{current['id']}", {**kept, **changes})

    def _ask(self, method: str, target: str, body: Any = None) -> None:
        raw = b"" if body is None else json.dumps(body).encode()
        self._respond(COLLEAGUE, self.simulation.now, method, target, raw)

    # Tasks

    def run(self, *tasks: Task) -> None:
        """Run tasks at the same time, to their ends."""
        with self.simulation.installed(), self._repeatable():
            self.simulation.run(*map(self._body, tasks))

    def play(self, module: str, options: Fields, *steps: Step, check: bool = False) -> tuple[Fields, list[str]]:
        """Run one task, and return its result and the requests that it sent."""
        task = Task(f"task {len(self.log)}", module, options, check, steps)
        self.run(task)
        if task.raised:
            raise task.raised
        return task.result, [attempt.line for attempt in self.log if attempt.who == task.name]

    @contextlib.contextmanager
    def _repeatable(self) -> Iterator[None]:
        """Make ids and delays the same in each run, and locks private to the test."""
        count = itertools.count(len(self.log))
        jitter = random.Random(1)
        with (
            mock.patch.object(uuid, "uuid4", lambda: uuid.UUID(f"a0c1c0de-0000-4000-8000-{next(count):012}")),
            mock.patch.object(random, "random", jitter.random),
            tempfile.TemporaryDirectory() as folder,
            mock.patch.object(tempfile, "tempdir", folder),
        ):
            yield

    def _body(self, task: Task) -> Callable[[], None]:
        def body() -> None:
            try:
                task.result = self._execute(task)
            except Killed:
                pass
            except Exception as exc:
                task.raised = exc

        return body

    def _execute(self, task: Task) -> Fields:
        spec = importlib.import_module(f"{MODULES}.{task.module}").SPEC
        given = {"api_key": KEY, "api_url": "http://127.0.0.1:1", **drop_nulls(task.options)}
        validated = ArgumentSpecValidator(dict(spec.options)).validate(given)
        if validated.error_messages:
            return {"failed": True, "changed": False, "msg": validated.errors.msg, "warnings": []}
        transports: Any = _Line(self, task)
        # The client waits by this event, and so in simulated time.
        stop: Any = Event(self.simulation)
        return execute(spec, validated.validated_parameters, check_mode=task.check, transports=transports, stop=stop)

    # Requests

    def attempt(self, task: Task, method: str, target: str, raw: bytes, timeout: float) -> HttpResponse:
        """Send a request of a task, and do what its script says of it; return the response.

        That agents exist is checked before the first write of any run. Scripts and log leave these requests out.
        """
        if method == "GET" and target.startswith(AGENTS):
            reply = self._receive(method, target, raw)
            return HttpResponse(reply.status, reply.headers, reply.content, None)
        sent, due = self.simulation.now, task.due()
        self.simulation.sleep(self._latency + sum(step.how for step in due if step.what == "wait"))
        for step in due:
            if step.what == "act":
                self.act(*step.how)
        kill = next((step.how for step in due if step.what == "kill"), None)
        task.go_on(kill == "before")
        fault = next((step.how for step in due if step.what == "fault"), None)
        if fault and fault["kind"] == "repeated":
            if method != "POST":
                self._respond(task.name, sent, method, target, raw, {"kind": "lost", "done": True})
            fault = None
        reply = self._respond(task.name, sent, method, target, raw, fault)
        task.go_on(kill == "after")
        return self._faulty(fault, timeout) if fault else HttpResponse(reply.status, reply.headers, reply.content, None)

    def _respond(
        self, who: str, sent: float, method: str, target: str, raw: bytes, fault: Fields | None = None
    ) -> Reply:
        """Apply a request, unless a fault keeps it from the server, and note it in the log."""
        before, reply = self.state, Reply(0)
        if fault is None or fault.get("done"):
            reply = self._receive(method, target, raw)
        kind = fault["kind"] if fault else reply.status
        lost = kind in ("lost", "timeout", "page") or kind in SERVER_ERRORS
        attempt = Attempt(
            who,
            sent,
            self.simulation.now,
            method,
            target,
            body=json.loads(raw) if raw else None,
            status=kind if isinstance(kind, int) else None,
            seen=json.loads(reply.content) if reply.content and not fault else None,
            applied=method != "GET" and reply.status in SUCCESS,
            doubtful=method != "GET" and lost,
            before=before,
            after=self.state,
        )
        self.log.append(attempt)
        return reply

    def _receive(self, method: str, target: str, raw: bytes) -> Reply:
        headers = [["Authorization", f"Bearer {KEY}"], ["Content-Type", "application/json"]]
        entry = new_entry(method, target, headers, raw)
        self._requests.begin(entry)
        reply = self._api.respond(entry)
        self._requests.end(entry, reply.status)
        return reply

    def _faulty(self, fault: Fields, timeout: float) -> HttpResponse:
        """Return the response of a fault, or raise its error."""
        kind = fault["kind"]
        if kind == "timeout":
            self.simulation.sleep(timeout)
            raise TransportError("timeout", True, f"no complete response within {timeout:g} s")
        if kind in ("lost", "refused"):
            raise LOST if kind == "lost" else REFUSED
        if kind == "page":
            return HttpResponse(200, {}, b"<html>", None)
        headers = {"Retry-After": str(fault["retry_after"])} if "retry_after" in fault else {}
        body = fault.get("body", {"title": "A simulated fault", "status": kind})
        return HttpResponse(kind, headers, json.dumps(body).encode(), None)


class _Line:
    """Stands for the transport of one task, and for the cache that hands it out."""

    def __init__(self, api: SimulatedApi, task: Task) -> None:
        self._api = api
        self._task = task

    def get(self, key: Any, make: Callable[[], Any]) -> _Line:
        return self

    def send(
        self, method: str, target: str, body: bytes | None, timeout: float, *, fresh: bool = False
    ) -> HttpResponse:
        return self._api.attempt(self._task, method, target, body or b"", timeout)

    def close(self) -> None:
        pass
