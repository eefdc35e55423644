# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""HTTP around the service: authorization, validation, faults, quota, request log."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from .contract import Operation, check_body, check_parameters
from .faults import Faults, Hit, PatchError, kind_of, patched, raw_bytes
from .mutations import mutate
from .problems import Refusal, invalid, no_such_path, not_json, over_quota, too_large, unauthorized
from .quota import Quota
from .request_log import Entry, RequestLog
from .responses import Call, ContractViolation, Response
from .service import Service
from .store import Organization
from .validators import InvalidInputError

JSON = "application/json"
PROBLEM = "application/problem+json"
PREFIX = "/_emulator/"
PROVIDERS = "/api/v1/providers/"
WRITES = ("POST", "PUT", "PATCH", "DELETE")
# Of a control request: a seed of a million numbers fits in.
MAX_CONTROL_BODY = 1 << 30
CLIENT_ERRORS = (HttpProcessingError, web.RequestPayloadError, ConnectionError)
# Of a response without a body, a part that no client takes for a complete one.
MIN_TRUNCATED = len("HTTP/1.1")
# Seconds between checks whether a waiting client is still connected.
CONNECTION_CHECK_SECONDS = 0.05


def web_server(handle: Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]) -> web.Server:
    """Return aiohttp's server for a handler, silent about client errors."""
    logger = logging.getLogger("emulator")
    logger.addFilter(lambda record: not _is_client_error(record))

    def request(message: Any, payload: Any, protocol: Any, writer: Any, task: Any) -> web.BaseRequest:
        loop = asyncio.get_running_loop()
        return web.BaseRequest(message, payload, protocol, writer, task, loop, client_max_size=MAX_CONTROL_BODY)

    async def respond(incoming: web.BaseRequest) -> web.StreamResponse:
        try:
            return await handle(incoming)
        except web.RequestPayloadError as exc:
            return web.Response(status=400, text=str(exc))

    return web.Server(respond, request_factory=request, access_log=None, logger=logger, keepalive_timeout=3600)


def _is_client_error(record: logging.LogRecord) -> bool:
    return record.exc_info is not None and isinstance(record.exc_info[1], CLIENT_ERRORS)


class Reply:
    """A response to be sent: status, headers and the bytes of its body."""

    def __init__(
        self, status: int, content: bytes = b"", content_type: str = JSON, headers: dict[str, str] | None = None
    ) -> None:
        self.status = status
        self.content = content
        self.headers = {**({"Content-Type": content_type} if content else {}), **(headers or {})}

    @classmethod
    def refusing(cls, refusal: Refusal, path: str) -> Reply:
        """Return the response for a refusal."""
        return cls(refusal.status, json.dumps(refusal.problem(path)).encode(), PROBLEM, refusal.headers)

    def response(self) -> web.Response:
        """Return the response in the form of aiohttp."""
        return web.Response(status=self.status, body=self.content or None, headers=self.headers)

    def raw(self) -> tuple[bytes, bytes]:
        """Return the bytes of head and body; the connection closes afterwards."""
        lines = [f"HTTP/1.1 {self.status} {HTTPStatus(self.status).phrase}", "Connection: close"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        lines += [] if self.status == HTTPStatus.NO_CONTENT else [f"Content-Length: {len(self.content)}"]
        return "\r\n".join([*lines, "", ""]).encode(), self.content


class Api:
    """Responds to the requests of clients.

    Args:
        default: the organization in which faults change the state.
        changed: called after a request that may have changed the state.
    """

    def __init__(
        self,
        service: Service,
        faults: Faults,
        quota: Quota,
        request_log: RequestLog,
        default: str,
        *,
        changed: Callable[[], None],
    ) -> None:
        self._service = service
        self._faults = faults
        self._quota = quota
        self._request_log = request_log
        self._default = default
        self._changed = changed

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Respond to one request, or apply the fault that hits it."""
        entry = await self._enter(request)
        status: int | None = None
        try:
            if self._service.settings.latency:
                await asyncio.sleep(self._service.settings.latency)
            hit = self._faults.of(request.method, entry["path"], dict(entry["query"]))
            if hit and hit.mutate:
                self._mutate(entry, hit.mutate)
            if hit and hit.fault:
                entry["fault"] = kind_of(hit.fault)
                response, status = await self._apply_fault(request, entry, hit)
            else:
                reply = self._respond(entry)
                if entry["path"].startswith(PROVIDERS):
                    await asyncio.sleep(self._service.settings.provider_latency)
                response, status = reply.response(), reply.status
        finally:
            self._request_log.end(entry, status)
        return response

    async def _enter(self, request: web.BaseRequest) -> Entry:
        raw, size = await _read(request, self._service.settings.max_body)
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
            "size": size,
            "connection": peer[1] if peer else None,
            "organization": None,
            "fault": None,
            "changes": False,
            "status": None,
        }
        self._request_log.begin(entry)
        return entry

    def _mutate(self, entry: Entry, changes: dict[str, Any]) -> None:
        try:
            mutate(self._service, self._default, changes)
        except InvalidInputError as exc:
            self._request_log.add_violation("mutate", entry, str(exc))
        self._changed()

    # The response

    def _respond(self, entry: Entry) -> Reply:
        try:
            return self._apply(entry)
        except Refusal as refusal:
            if refusal.violation:
                self._request_log.add_violation("request", entry, refusal.violation)
            return Reply.refusing(refusal, entry["path"])
        except ContractViolation as broken:
            self._request_log.add_violation("response", entry, str(broken))
            return Reply(500, json.dumps({"title": "Broken emulator", "detail": str(broken)}).encode(), PROBLEM)

    def _apply(self, entry: Entry) -> Reply:
        organization, key = self._authorized(entry)
        limits = self._service.settings.quota
        wait = self._quota.exceeded(limits, key, time.monotonic()) if limits else None
        if wait is not None:
            raise over_quota(wait)
        if entry["size"] > self._service.settings.max_body:
            raise too_large(self._service.settings.max_body)
        operation, values = self._operation(entry)
        call = Call(organization, values, self._body(operation, entry))
        try:
            response = self._service.operations[operation.operation_id](call)
        except Refusal as refusal:
            if refusal.applied:
                self._note_change(entry)
            raise
        if operation.method in WRITES:
            self._note_change(entry)
        return self._checked(operation, response)

    def _note_change(self, entry: Entry) -> None:
        entry["changes"] = True
        self._changed()

    def _authorized(self, entry: Entry) -> tuple[Organization, str]:
        header = next((value for name, value in entry["headers"] if name.lower() == "authorization"), "")
        scheme, _blank, key = header.partition(" ")
        organization = self._service.platform.of_key(key) if scheme.lower() == "bearer" else None
        if organization is None:
            raise unauthorized()
        entry["organization"] = organization.id
        return organization, key

    def _operation(self, entry: Entry) -> tuple[Operation, dict[str, Any]]:
        operation, path_values, methods = self._service.contract.find(entry["method"], entry["path"])
        if operation is None:
            raise no_such_path(methods)
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
            raise not_json(kind)
        if not isinstance(body, dict):
            raise invalid({"$": ["The body must be a JSON object."]})
        errors = check_body(operation, body)
        if errors:
            raise invalid(errors)
        return body

    def _checked(self, operation: Operation, response: Response) -> Reply:
        """Return the response, validated against the contract. Texts were validated when they were built."""
        schema = operation.responses.get(response.status, "")
        if schema == "" or (schema is None) != (response.body is None and response.text is None):
            raise ContractViolation(operation.operation_id, {"status": [str(response.status)]})
        if schema is None:
            return Reply(response.status)
        if response.text is not None:
            return Reply(response.status, response.text)
        contract = self._service.contract
        if self._service.settings.check_responses and not contract.valid(schema, response.body):
            raise ContractViolation(schema, contract.errors(schema, response.body))
        return Reply(response.status, json.dumps(response.body).encode())

    # Faults

    async def _apply_fault(
        self, request: web.BaseRequest, entry: Entry, hit: Hit
    ) -> tuple[web.StreamResponse, int | None]:
        fault = hit.fault or {}
        kind = kind_of(fault)
        done = fault.get("done", kind not in ("redirect", "status", "hang", "raw")) and fault.get("drop") != "before"
        reply = self._respond(entry) if done else Reply(500)
        if kind == "redirect":
            fault = {"status": fault.get("status", 307), "headers": {"Location": fault["redirect"]}}
        if kind in ("redirect", "status"):
            return _simulated(fault), fault["status"]
        if kind == "garbage":
            return Reply(reply.status, fault["garbage"].encode(), "text/html").response(), reply.status
        if kind in ("informational", "delay"):
            _inform(request, fault.get("informational", []))
            await _pause(request, fault.get("delay", 0))
            return reply.response(), reply.status
        if kind == "patch":
            return self._patched(entry, reply, fault).response(), reply.status
        if kind in ("drip", "truncate"):
            await _send_damaged(request, reply, fault)
        elif kind == "hang":
            await _pause(request, fault["hang"])
        elif kind == "raw":
            _write(request, raw_bytes(fault))
        return _disconnect(request), reply.status if kind in ("drip", "truncate") else None

    def _patched(self, entry: Entry, reply: Reply, fault: dict[str, Any]) -> Reply:
        """Return a response with its JSON body changed; a patch that cannot be applied is a violation."""
        try:
            body = patched(_parsed(reply.content), fault)
        except PatchError as exc:
            self._request_log.add_violation("patch", entry, str(exc))
            return reply
        return Reply(reply.status, json.dumps(body).encode(), headers=reply.headers)


def _inform(request: web.BaseRequest, responses: list[dict[str, Any]]) -> None:
    """Send informational responses, which precede the final one."""
    for response in responses:
        lines = [f"HTTP/1.1 {response['status']} Informational"]
        lines += [f"{name}: {value}" for name, value in response.get("headers", {}).items()]
        _write(request, "\r\n".join([*lines, "", ""]).encode())


async def _read(request: web.BaseRequest, limit: int) -> tuple[bytes, int]:
    """Return the body of a request and its size; for a body over the limit, no body and the size known so far."""
    size = request.content_length or 0
    if size > limit:
        return b"", size
    read = bytearray()
    async for chunk in request.content.iter_any():
        read += chunk
        if len(read) > limit:
            return b"", len(read)
    return bytes(read), len(read)


def _parsed(raw: bytes) -> Any:
    if not raw:
        return None
    try:
        return json.loads(raw, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        return raw.decode("utf-8", "replace")


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _simulated(fault: dict[str, Any]) -> web.Response:
    body = fault.get("body")
    content = body.encode() if isinstance(body, str) else b"" if body is None else json.dumps(body).encode()
    kind = "text/plain" if isinstance(body, str) else PROBLEM if fault["status"] >= HTTPStatus.BAD_REQUEST else JSON
    headers = {name: str(value) for name, value in fault.get("headers", {}).items()}
    return Reply(fault["status"], content, fault.get("content_type", kind), headers).response()


async def _send_damaged(request: web.BaseRequest, reply: Reply, fault: dict[str, Any]) -> None:
    """Send half of a response, or all of it byte by byte."""
    head, body = reply.raw()
    if "truncate" in fault:
        _write(request, head + body[: len(body) // 2] if body else head[:MIN_TRUNCATED])
        return
    slow = head + body if fault.get("headers") else body
    _write(request, b"" if fault.get("headers") else head)
    for byte in slow:
        if not _is_connected(request):
            return
        _write(request, bytes([byte]))
        await _pause(request, fault["drip"])


async def _pause(request: web.BaseRequest, seconds: float) -> None:
    """Keep a client waiting until it disconnects."""
    end = time.monotonic() + seconds
    while _is_connected(request) and (left := end - time.monotonic()) > 0:
        await asyncio.sleep(min(left, CONNECTION_CHECK_SECONDS))


def _is_connected(request: web.BaseRequest) -> bool:
    return request.transport is not None and not request.transport.is_closing()


def _write(request: web.BaseRequest, data: bytes) -> None:
    if request.transport is not None:
        request.transport.write(data)


def _disconnect(request: web.BaseRequest) -> web.Response:
    """Close the connection after sending what was written, and return a response for aiohttp to discard."""
    if request.transport is not None:
        request.transport.close()
    return web.Response()
