# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The HTTP client: JSON in and out, retries, and no POST sent twice if the first may have been applied.

It knows HTTP and nothing of phone numbers. One client may be used by several threads.
"""

from __future__ import annotations

import json
import random
import threading
import time
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote, urlencode

from .errors import ApiError, Interrupted
from .response import HttpResponse, TransportError, parse_json, parse_json_object
from .throttle import Throttle

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from .http import Transport
    from .redaction import Redactor
    from .response import JsonObject
    from .retry import RetryPolicy

    Query = Iterable[tuple[str, Any]]
    SendFirst = Callable[[str, Callable[[], "ApiResponse"]], "ApiResponse"]
    Reconcile = Callable[[ApiError], "JsonObject | None"]
    Expect = Callable[[JsonObject], "str | None"]


class ApiResponse(NamedTuple):
    """What a request that succeeded led to.

    Attributes:
        body: the parsed JSON, None if there is none.
        maybe_applied: an earlier attempt of the same request may have been applied.
        recovered: the object was found by look-up, not returned by the request itself.
    """

    body: Any
    attempts: int
    maybe_applied: bool = False
    recovered: bool = False


class _PreparedRequest(NamedTuple):
    """A request as it is sent in each attempt; the parts are those of `Client.request`."""

    method: str
    path: str
    target: str
    data: bytes | None
    expect: Expect | None
    deadline: float | None
    takes_array: bool
    patience: float


class Client:
    """Requests to one API origin with one key.

    Attributes:
        has_written: whether a write succeeded.
        observe: called with each object that is read; it may raise to refuse it.
        before_first_write: called before the first write; it may read, and raise to prevent all writes. If it returns a
            function, that sends the first write, alone: it gets the path of the request, and what sends it, and may
            raise to prevent all others.

    Args:
        transport: sends one attempt.
        policy: how often to retry.
        timeout: seconds for one attempt as a whole.
        secrets: redacted from everything that errors carry.
        stop: once it is set, no request starts and every wait ends with `Interrupted`.
        sleep: waits, unless `stop` is given, which then does the waiting.
    """

    def __init__(
        self,
        transport: Transport,
        policy: RetryPolicy,
        timeout: float,
        secrets: Redactor,
        *,
        stop: threading.Event | None = None,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._transport = transport
        self._policy = policy
        self._timeout = timeout
        self.secrets = secrets
        self._stop = stop
        self._sleep = sleep
        self._clock = clock
        self._throttle = Throttle(self.pause, clock, stop)
        self._sent = self._retried = 0
        self.has_written = False
        self.observe: Callable[[JsonObject], None] = _ignore
        self.before_first_write: Callable[[], SendFirst | None] = _do_nothing
        self._write_lock = threading.Lock()
        self._may_write = False

    def check_before_write(self) -> None:
        """Call `before_first_write` for a preview, which writes nothing. Writes do it by themselves.

        Raises:
            Exception: whatever it raises, and then again for each further write.
        """
        with self._write_lock:
            if not self._may_write:
                self._may_write = self.before_first_write() is None

    def now(self) -> float:
        """Return the time of the client's clock, in seconds."""
        return self._clock()

    def pause(self, seconds: float) -> None:
        """Wait.

        Raises:
            Interrupted: the client was told to stop.
        """
        if self._stop is None:
            self._sleep(seconds)
        elif self._stop.wait(seconds):
            raise Interrupted

    def pause_before_retry(self, attempt: int) -> None:
        """Wait as before a retry, after the failed attempt number `attempt` (from 1).

        Raises:
            Interrupted: the client was told to stop.
        """
        self.pause(self._policy.delay(attempt, None, random.random()))

    def rate_limit_wait(self) -> float:
        """Return the seconds until the API accepts the next request, as far as it said."""
        return self._throttle.wait_left()

    def count_requests(self) -> tuple[int, int]:
        """Return how many requests were sent, and how many of them were retries."""
        return self._sent, self._retried

    def close(self) -> None:
        """Close all connections."""
        self._transport.close()

    def get(
        self,
        path: str,
        query: Query = (),
        *,
        expect: Expect | None = None,
        deadline: float | None = None,
        takes_array: bool = False,
    ) -> Any:
        """Return the JSON of a GET. For the arguments and errors see `request`."""
        return self.request("GET", path, query, expect=expect, deadline=deadline, takes_array=takes_array).body

    def request(
        self,
        method: str,
        path: str,
        query: Query = (),
        *,
        body: JsonObject | None = None,
        expect: Expect | None = None,
        reconcile: Reconcile | None = None,
        deadline: float | None = None,
        takes_array: bool = False,
        patience: float = 1,
        is_undo: bool = False,
    ) -> ApiResponse:
        """Send a request, and retry it as far as that is safe.

        Args:
            path: begins with a slash; no query.
            body: sent as JSON.
            expect: returns what is wrong with the object in the response as a clause, or None if it is what was
                requested. A wrong one is refused and its connection closed.
            reconcile: for a POST. Called with the error after an attempt that may have been applied, and on a 409.
                Returns the object that explains it, or None if there is none and the POST may be retried;
                it may raise the error to give up. Without it a POST that may have been applied is not retried.
            deadline: a moment of the client's clock after which no attempt starts.
            takes_array: the response may be a JSON array, and not only an object.
            patience: how many times the usual timeout an attempt may take, because the API waits for others.
            is_undo: whether it takes the first write back, and is sent although no other may be.

        Raises:
            ApiError: the request failed for good. A DELETE that finds nothing (404) succeeds if an earlier attempt may
                have been applied, and otherwise fails like any request.
            Interrupted: the client was told to stop.
        """
        call = _PreparedRequest(
            method,
            path,
            _target(method, path, query),
            None if body is None else json.dumps(body).encode(),
            expect,
            deadline,
            takes_array,
            patience,
        )
        if method == "GET" or is_undo:
            return self._send(call, reconcile)
        return self._send_write(call.path, lambda: self._send(call, reconcile))

    def _send_write(self, path: str, send: Callable[[], ApiResponse]) -> ApiResponse:
        """Send a write, the first one after `before_first_write`, for which other threads wait."""
        with self._write_lock:
            send_first = None if self._may_write else self.before_first_write()
            response = send_first(path, send) if send_first else None
            self._may_write = True
        return send() if response is None else response

    def _send(self, call: _PreparedRequest, reconcile: Reconcile | None) -> ApiResponse:
        earlier = ""
        attempt = 0
        while True:
            attempt += 1
            try:
                return ApiResponse(self._attempt(call, attempt - 1), attempt, earlier == "unknown")
            except ApiError as error:
                error.attempts = attempt
                if call.method == "DELETE" and error.means_not_found and earlier == "unknown":
                    return ApiResponse(None, attempt, maybe_applied=True)
                earlier = _combine(earlier, error)
                if reconcile and (error.maybe_applied or error.status == HTTPStatus.CONFLICT):
                    found = self._reconcile(reconcile, error)
                    if found is not None:
                        return ApiResponse(found, attempt, earlier == "unknown", recovered=True)
                _preserve_ambiguity(error, earlier)
                self._backoff_or_raise(call, error, reconcile is not None)

    def _attempt(self, call: _PreparedRequest, earlier_attempts: int) -> Any:
        if self._stop and self._stop.is_set():
            raise Interrupted
        try:
            with self._throttle.slot(earlier_attempts, call.deadline):
                # Not locked: a count that is lost among threads would only be missing from a line of progress.
                self._sent += 1
                self._retried += earlier_attempts > 0
                response = self._transport.send(call.method, call.target, call.data, self._attempt_timeout(call))
        except TransportError as fault:
            raise _failure(call, fault, self.secrets) from None
        if response.status != HTTPStatus.TOO_MANY_REQUESTS:
            self._throttle.on_success()
        if not HTTPStatus.OK <= response.status < HTTPStatus.MULTIPLE_CHOICES:
            raise _failure(call, response, self.secrets)
        body = parse_json(response) if call.takes_array else parse_json_object(response)
        self.has_written = self.has_written or call.method != "GET"
        problem = "" if body is None else call.expect(body) if call.expect else None
        if problem is None:
            return body
        if body is not None:
            # Perhaps the response to another request, and then those that follow would be, too.
            response.discard_connection()
        if call.method == "DELETE":
            return None
        raise _failure(call, response, self.secrets, problem)

    def _attempt_timeout(self, call: _PreparedRequest) -> float:
        timeout = self._timeout * call.patience
        if call.deadline is None:
            return timeout
        return max(0.001, min(timeout, call.deadline - self._clock()))

    def _reconcile(self, reconcile: Reconcile, error: ApiError) -> JsonObject | None:
        try:
            return reconcile(error)
        except ApiError as lookup:
            # What matters to the user is the request that may have been applied, not the look-up.
            raise error from (None if lookup is error else lookup)

    def _backoff_or_raise(self, call: _PreparedRequest, error: ApiError, explained: bool) -> None:
        """Wait until `call` may be sent again, or raise `error` if it may not. After a 429, the throttle waits."""
        retryable = error.transient and (call.method != "POST" or explained or error.outcome != "unknown")
        if not retryable or error.attempts > self._policy.retries:
            raise error
        delay = self._policy.delay(error.attempts, error.retry_after, random.random())
        if error.retry_after is not None and delay > self._policy.max_delay:
            error.retry_limit = self._policy.max_delay
            raise error
        if call.deadline is not None and self._clock() + delay >= call.deadline:
            raise error
        if error.status == HTTPStatus.TOO_MANY_REQUESTS:
            self._throttle.on_rate_limited(delay)
        else:
            self.pause(delay)


def _ignore(obj: JsonObject) -> None:
    """Observe nothing."""


def _do_nothing() -> None:
    """Check nothing, and let writes be sent side by side."""


def _target(method: str, path: str, query: Query) -> str:
    if not query:
        return path
    try:
        return f"{path}?{urlencode(list(query), quote_via=quote)}"
    except UnicodeEncodeError:
        error = ApiError(
            method,
            path,
            title="Invalid characters",
            detail="a value of the task contains a character that cannot be encoded in UTF-8",
            outcome="not_sent",
        )
        error.attempts = 0
        raise error from None


def _combine(earlier: str, error: ApiError) -> str:
    """Return what all attempts so far say about whether the request was applied or reached the API."""
    if "unknown" in (earlier, error.outcome):
        return "unknown"
    if error.method == "GET" and error.outcome != "not_sent":
        return "no_response"
    return earlier


def _preserve_ambiguity(error: ApiError, earlier: str) -> None:
    """An attempt that was not applied proves nothing about an earlier one that may have been."""
    refused_again = earlier == "unknown" and error.status == HTTPStatus.TOO_MANY_REQUESTS
    if earlier and (error.outcome == "not_sent" or refused_again):
        error.outcome = earlier


def _failure(
    call: _PreparedRequest, result: TransportError | HttpResponse, secrets: Redactor, problem: str = ""
) -> ApiError:
    """Return the error for an attempt that failed."""
    try:
        from .api_errors import make_error  # only needed after a failure
    except (ImportError, OSError):
        # Reading a file needs a descriptor, and the lack of one may be what failed.
        not_sent = isinstance(result, TransportError) and not result.sent
        outcome = "not_sent" if not_sent else "no_response" if call.method == "GET" else "unknown"
        title, detail = "Connection error", "too many open files"
        return ApiError(
            call.method, call.path, title=title, detail=detail, outcome=outcome, transient=True, fault="connection"
        )
    return make_error(call.method, call.path, result, secrets, problem)
