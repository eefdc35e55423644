# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The HTTP client: JSON in and out, retries, and no POST sent twice where the first may have been carried out.

It knows HTTP and nothing of phone numbers. One client may be used by several threads.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

from .errors import ApiError
from .http import HttpResponse, Transport, TransportError
from .redaction import Redactor
from .retry import RetryPolicy
from .throttle import Throttle

JsonObject = dict[str, Any]
Query = Iterable[tuple[str, Any]]
Recover = Callable[[ApiError], "JsonObject | None"]


class ApiResponse(NamedTuple):
    """What a request that succeeded led to.

    Attributes:
        body: the parsed JSON, None where there is none.
        maybe_applied: an earlier attempt of the same request may have been carried out.
        recovered: the object was found by look-up, not given back by the request itself.
    """

    body: Any
    attempts: int
    maybe_applied: bool = False
    recovered: bool = False


class _PreparedRequest(NamedTuple):
    """A request to be sent, as often as it takes; the parts are those of `Client.request`, ready for the wire."""

    method: str
    path: str
    target: str
    data: bytes | None
    expect_field: str
    deadline: float | None


class Client:
    """Requests to one API origin with one key.

    Args:
        session: sends one attempt; see `Transport`.
        policy: how often to repeat.
        timeout: seconds for one attempt as a whole.
        secrets: cleaned out of everything that errors carry.
    """

    def __init__(
        self,
        session: Transport,
        policy: RetryPolicy,
        timeout: float,
        secrets: Redactor,
        *,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._session = session
        self._policy = policy
        self._timeout = timeout
        self.secrets = secrets
        self._sleep = sleep
        self._clock = clock
        self._throttle = Throttle(sleep, clock)

    def now(self) -> float:
        """Return the time of the client's clock, in seconds."""
        return self._clock()

    def pause(self, seconds: float) -> None:
        """Wait."""
        self._sleep(seconds)

    def get(self, path: str, query: Query = (), *, expect_field: str = "", deadline: float | None = None) -> Any:
        """Return the JSON of a GET. For `expect_field`, `deadline` and errors see `request`."""
        return self.request("GET", path, query, expect_field=expect_field, deadline=deadline).body

    def request(
        self,
        method: str,
        path: str,
        query: Query = (),
        *,
        body: JsonObject | None = None,
        expect_field: str = "",
        reconcile: Recover | None = None,
        deadline: float | None = None,
    ) -> ApiResponse:
        """Send a request, and repeat it as far as that is safe.

        Args:
            path: begins with a slash; no query.
            body: sent as JSON.
            expect_field: a field (a string) that the response must have; without it the response counts as unreadable.
            reconcile: for a POST. Called with the error after an attempt that may have been carried out, and on a 409.
                Returns the object that explains it, or None where there is none and the POST may be repeated;
                it may raise the error to have done. Without it a maybe_applied POST is not repeated.
            deadline: a moment of the client's clock after which nothing is tried any more.

        Raises:
            ApiError: the request failed for good.
        """
        target = f"{path}?{urlencode(list(query), quote_via=quote)}" if query else path
        data = None if body is None else json.dumps(body).encode()
        call = _PreparedRequest(method, path, target, data, expect_field, deadline)
        maybe_applied = False
        attempt = 0
        waiter: object | None = None
        while True:
            attempt += 1
            try:
                return ApiResponse(self._attempt(call, waiter), attempt, maybe_applied)
            except ApiError as error:
                error.attempts = attempt
                if method == "DELETE" and error.status == HTTPStatus.NOT_FOUND and attempt > 1:
                    return ApiResponse(None, attempt, maybe_applied)
                maybe_applied = maybe_applied or error.maybe_applied
                if reconcile and (error.maybe_applied or error.status == HTTPStatus.CONFLICT):
                    found = self._reconcile(reconcile, error)
                    if found is not None:
                        return ApiResponse(found, attempt, maybe_applied, recovered=True)
                _preserve_ambiguity(error, maybe_applied)
                waiter = self._backoff_or_raise(call, error, reconcile is not None)

    def _attempt(self, call: _PreparedRequest, waiter: object | None) -> Any:
        method, path = call.method, call.path
        try:
            with self._throttle.slot(waiter):
                reply = self._session.send(method, call.target, call.data, self._attempt_timeout(call.deadline))
        except TransportError as fault:
            raise _errors().error_from_transport(method, path, fault) from None
        if reply.status != HTTPStatus.TOO_MANY_REQUESTS:
            self._throttle.on_success()
        if not HTTPStatus.OK <= reply.status < HTTPStatus.MULTIPLE_CHOICES:
            raise _errors().error_from_response(method, path, reply, self.secrets)
        body = parse_json_object(reply)
        if body is not None and (not call.expect_field or isinstance(body.get(call.expect_field), str)):
            return body
        if method == "DELETE":
            return None
        raise _errors().error_from_invalid_body(method, path, reply)

    def _attempt_timeout(self, deadline: float | None) -> float:
        if deadline is None:
            return self._timeout
        return max(0.001, min(self._timeout, deadline - self._clock()))

    def _reconcile(self, reconcile: Recover, error: ApiError) -> JsonObject | None:
        try:
            return reconcile(error)
        except ApiError as lookup:
            # What matters to the user is the request that may have been carried out, not the look-up.
            raise error from (None if lookup is error else lookup)

    def _backoff_or_raise(self, call: _PreparedRequest, error: ApiError, explained: bool) -> object | None:
        """Wait until `call` may be sent again, or raise `error` where it may not.

        Returns:
            For the next attempt after a 429, its waiter; the throttle does the waiting.
        """
        repeatable = error.transient and (call.method != "POST" or explained or error.outcome != "unknown")
        if not repeatable or error.attempts > self._policy.retries:
            raise error
        delay = self._policy.delay(error.attempts, error.retry_after, random.random())
        if error.retry_after is not None and delay > self._policy.max_delay:
            error.retry_limit = self._policy.max_delay
            raise error
        if call.deadline is not None and self._clock() + delay >= call.deadline:
            raise error
        if error.status == HTTPStatus.TOO_MANY_REQUESTS:
            return self._throttle.on_rate_limited(delay)
        self._sleep(delay)
        return None


def _preserve_ambiguity(error: ApiError, maybe_applied: bool) -> None:
    """An attempt that did not arrive proves nothing about an earlier one that may have."""
    if maybe_applied and (error.outcome == "not_sent" or error.status == HTTPStatus.TOO_MANY_REQUESTS):
        error.outcome = "unknown"


def parse_json_object(reply: HttpResponse) -> JsonObject | None:
    """Return the JSON object in an answer, None where there is none."""
    try:
        body = json.loads(reply.content)
    except (ValueError, RecursionError):
        return None
    return body if isinstance(body, dict) else None


def _errors() -> Any:
    """Return the module that makes errors of answers; not worth loading where all goes well."""
    from . import api_errors

    return api_errors
