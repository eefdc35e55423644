# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Real HTTP around the service: authorization, checks, faults, quota, journal."""

from __future__ import annotations

import asyncio
import json
import time
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web

from .contract import Operation, check_body, check_parameters
from .faults import Faults, Hit, kind_of
from .journal import Entry, Journal
from .problems import Refusal, invalid, not_found
from .quota import Quota
from .seeding import plant
from .service import Answer, BrokenAnswer, Call, Service

JSON = "application/json"
PROBLEM = "application/problem+json"
PREFIX = "/_emulator/"


class Reply:
    """An answer about to be sent: status, headers and the bytes of its body."""

    def __init__(self, status: int, content: bytes = b"", content_type: str = JSON, **headers: str) -> None:
        self.status = status
        self.content = content
        self.headers = {**({"Content-Type": content_type} if content else {}), **headers}

    def response(self) -> web.Response:
        """Return it for aiohttp to send."""
        return web.Response(status=self.status, body=self.content or None, headers=self.headers)

    def raw(self) -> tuple[bytes, bytes]:
        """Return head and body as they go on the wire."""
        lines = [f"HTTP/1.1 {self.status} Answer", f"Content-Length: {len(self.content)}"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        return "\r\n".join([*lines, "", ""]).encode(), self.content


class Api:
    """Answers the requests of clients.

    Args:
        default: the organization that changes made by faults belong to.
    """

    def __init__(self, service: Service, faults: Faults, quota: Quota, journal: Journal, default: str) -> None:
        self._service = service
        self._faults = faults
        self._quota = quota
        self._journal = journal
        self._default = default

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one request, or do to it what a fault demands."""
        entry = await self._enter(request)
        status: int | None = None
        try:
            if self._service.settings.latency:
                await asyncio.sleep(self._service.settings.latency)
            hit = self._faults.of(request.method, entry["path"], dict(entry["query"]))
            if hit and hit.mutate:
                self._mutate(hit.mutate)
            if hit and hit.fault:
                entry["fault"] = kind_of(hit.fault)
                response, status = await self._disturb(request, entry, hit)
            else:
                reply = self._answer(entry)
                response, status = reply.response(), reply.status
        finally:
            self._journal.end(entry, status)
        return response

    async def _enter(self, request: web.BaseRequest) -> Entry:
        raw = await request.read()
        peer = request.transport.get_extra_info("peername") if request.transport else None
        path, _mark, query = request.raw_path.partition("?")
        entry: Entry = {
            "time": time.time(),
            "method": request.method,
            "path": path,
            "raw_path": request.raw_path,
            "query": [list(pair) for pair in parse_qsl(query, keep_blank_values=True)],
            "headers": [[name.decode("latin-1"), value.decode("latin-1")] for name, value in request.raw_headers],
            "body": _parsed(raw),
            "connection": peer[1] if peer else None,
            "fault": None,
            "status": None,
        }
        self._journal.begin(entry)
        return entry

    def _mutate(self, changes: dict[str, Any]) -> None:
        plant(self._service, {"phone_numbers": changes.get("create", [])}, self._default)
        organization = self._service.platform.organization(self._default)
        for name in changes.get("delete", []):
            for number in [*organization.with_phone(name), organization.numbers.get(name)]:
                if number is not None:
                    organization.remove(number)

    # The answer

    def _answer(self, entry: Entry) -> Reply:
        try:
            return self._carried_out(entry)
        except Refusal as refusal:
            if refusal.errors:
                self._journal.violate("request", entry, refusal.errors)
            body = json.dumps(refusal.problem(entry["path"])).encode()
            headers = {"WWW-Authenticate": "Bearer"} if refusal.status == HTTPStatus.UNAUTHORIZED else {}
            return Reply(refusal.status, body, PROBLEM, **headers)
        except BrokenAnswer as broken:
            self._journal.violate("answer", entry, str(broken))
            return Reply(500, json.dumps({"title": "Broken emulator", "detail": str(broken)}).encode(), PROBLEM)

    def _carried_out(self, entry: Entry) -> Reply:
        organization, key = self._authorized(entry)
        limits = self._service.settings.quota
        wait = self._quota.exceeded(limits, key, time.monotonic()) if limits else None
        if wait is not None:
            problem = Refusal(429, "The quota of this key is used up.").problem(entry["path"])
            return Reply(429, json.dumps(problem).encode(), PROBLEM, **{"Retry-After": str(wait)})
        operation, values = self._operation(entry)
        call = Call(organization, values, self._body(operation, entry))
        answer = self._service.operations[operation.operation_id](call)
        return self._checked(operation, answer)

    def _authorized(self, entry: Entry) -> tuple[Any, str]:
        header = next((value for name, value in entry["headers"] if name.lower() == "authorization"), "")
        scheme, _blank, key = header.partition(" ")
        organization = self._service.platform.of_key(key) if scheme.lower() == "bearer" else None
        if organization is None:
            raise Refusal(401, "The API key is missing or not known.")
        entry["organization"] = organization.id
        return organization, key

    def _operation(self, entry: Entry) -> tuple[Operation, dict[str, Any]]:
        operation, path_values, methods = self._service.contract.find(entry["method"], entry["path"])
        if operation is None:
            raise Refusal(405, f"This path takes {', '.join(methods)}.") if methods else not_found("path")
        values, errors = check_parameters(operation, [*path_values.items(), *map(tuple, entry["query"])])
        if errors:
            raise invalid(errors)
        return operation, values

    def _body(self, operation: Operation, entry: Entry) -> Any:
        body = entry["body"]
        if operation.body is None:
            return None
        kind = next((value for name, value in entry["headers"] if name.lower() == "content-type"), "")
        if kind.partition(";")[0].strip().lower() != JSON:
            raise Refusal(415, f"The body must be {JSON}.", {"$": [f"Content-Type is {kind!r}."]})
        if not isinstance(body, dict):
            raise invalid({"$": ["The body must be a JSON object."]})
        errors = check_body(operation, body)
        if errors:
            raise invalid(errors)
        return body

    def _checked(self, operation: Operation, answer: Answer) -> Reply:
        """Return the answer once it is known to be as the contract says. Texts were checked when they were made."""
        schema = operation.answers.get(answer.status, "")
        if schema == "" or (schema is None) != (answer.body is None and answer.text is None):
            raise BrokenAnswer(operation.operation_id, {"status": [str(answer.status)]})
        if schema is None:
            return Reply(answer.status)
        if answer.text is not None:
            return Reply(answer.status, answer.text)
        contract = self._service.contract
        if self._service.settings.check_answers and not contract.valid(schema, answer.body):
            raise BrokenAnswer(schema, contract.errors(schema, answer.body))
        return Reply(answer.status, json.dumps(answer.body).encode())

    # Faults

    async def _disturb(self, request: web.BaseRequest, entry: Entry, hit: Hit) -> tuple[web.StreamResponse, int | None]:
        fault = hit.fault or {}
        kind = kind_of(fault)
        done = fault.get("done", kind not in ("status", "hang")) and fault.get("drop") != "before"
        reply = self._answer(entry) if done else Reply(500)
        if kind == "status":
            return _made_up(fault), fault["status"]
        if kind == "garbage":
            return Reply(reply.status, fault["garbage"].encode(), "text/html").response(), reply.status
        if kind == "delay":
            await asyncio.sleep(fault["delay"])
            return reply.response(), reply.status
        if kind in ("drip", "truncate"):
            await _spoil(request, reply, fault)
        elif kind == "hang":
            await asyncio.sleep(fault["hang"])
        return _hung_up(request), reply.status if kind in ("drip", "truncate") else None


def _parsed(raw: bytes) -> Any:
    if not raw:
        return None
    try:
        return json.loads(raw)
    except ValueError:
        return raw.decode("utf-8", "replace")


def _made_up(fault: dict[str, Any]) -> web.Response:
    body = fault.get("body")
    content = body.encode() if isinstance(body, str) else b"" if body is None else json.dumps(body).encode()
    kind = "text/plain" if isinstance(body, str) else PROBLEM if fault["status"] >= HTTPStatus.BAD_REQUEST else JSON
    return Reply(fault["status"], content, fault.get("content_type", kind), **fault.get("headers", {})).response()


async def _spoil(request: web.BaseRequest, reply: Reply, fault: dict[str, Any]) -> None:
    """Send half of an answer, or all of it a byte at a time."""
    head, body = reply.raw()
    if "truncate" in fault:
        _write(request, head + body[: len(body) // 2])
        return
    slow = head + body if fault.get("headers") else body
    _write(request, b"" if fault.get("headers") else head)
    for byte in slow:
        if request.transport is None or request.transport.is_closing():
            return
        _write(request, bytes([byte]))
        await asyncio.sleep(fault["drip"])


def _write(request: web.BaseRequest, data: bytes) -> None:
    if request.transport is not None:
        request.transport.write(data)


def _hung_up(request: web.BaseRequest) -> web.Response:
    """Close the connection once what was written has left, and return what aiohttp can send into the void."""
    if request.transport is not None:
        request.transport.close()
    return web.Response()
