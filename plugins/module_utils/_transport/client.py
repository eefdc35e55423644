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

from .._common.errors import Interrupted
from .errors import TRANSIENT, ApiError, error_from_transport
from .response import TransportError, out_of_files, parse_json, parse_json_object
from .throttle import Throttle

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from .._common.redaction import Redactor
    from .http import Transport
    from .notices import Notice
    from .response import HttpResponse, JsonObject
    from .retry import RetryPolicy

    Query = Iterable[tuple[str, Any]]
    SendFirst = Callable[[str, Callable[[], "ApiResponse"]], "ApiResponse"]
    Reconcile = Callable[[ApiError], "JsonObject | None"]
    BeforeRetry = Callable[[ApiError, bool], "JsonObject | None"]
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
    """A request as it is sent in each attempt; the parts are those of `Client.request`.

    Attributes:
        accepted_before: how many requests of its kind were accepted before it was sent.
    """

    method: str
    path: str
    target: str
    data: bytes | None
    expect: Expect | None
    reconcile: Reconcile | None
    deadline: float | None
    takes_array: bool
    patience: float
    accepted_before: int
    before_retry: BeforeRetry | None

    @property
    def writes(self) -> bool:
        """Whether it may change something."""
        return self.method != "GET"


class Client:
    """Requests to one API origin with one key.

    Attributes:
        has_written: whether a write succeeded.
        observe: called with each object that is read; it may raise to refuse it.
        before_first_write: called before the first write; it may read, and raise to prevent all writes. If it returns a
            function, that sends the first write, alone: it gets the path of the request, and what sends it, and may
            raise to prevent all others.
        on_notice: called, in the thread of the request, before each retry, before each wait for a rate limit, and after
            the object of a failed creation was found.

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
        self.on_notice: Callable[[Notice], None] | None = None
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
        repeatable: bool = True,
        before_retry: BeforeRetry | None = None,
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
            repeatable: whether a POST that may have been applied can be retried at all. One that cannot is sent over a
                connection of its own: on a kept one, a server that has closed it looks like a lost response.
            before_retry: called before each retry with the error, and whether any attempt may have been applied.
                Returns the object if one was, or None if the retry is needed; it may raise to prevent it.

        Raises:
            ApiError: the request failed for good. Its outcome stays `unknown` if an earlier attempt may have been
                applied, unless the API then refuses the content. A DELETE that finds nothing (404) succeeds if an
                earlier attempt may have been applied, and otherwise fails like any request.
            Interrupted: the client was told to stop.
        """
        call = _PreparedRequest(
            method,
            path,
            _target(method, path, query),
            None if body is None else json.dumps(body).encode(),
            expect,
            reconcile,
            deadline,
            takes_array,
            patience,
            self._throttle.accepted(method != "GET"),
            before_retry,
        )
        if not call.writes or is_undo:
            return self._send(call, repeatable)
        return self._send_write(call.path, lambda: self._send(call, repeatable))

    def _send_write(self, path: str, send: Callable[[], ApiResponse]) -> ApiResponse:
        """Send a write, the first one after `before_first_write`, for which other threads wait."""
        with self._write_lock:
            send_first = None if self._may_write else self.before_first_write()
            response = send_first(path, send) if send_first else None
            self._may_write = True
        return send() if response is None else response

    def _send(self, call: _PreparedRequest, repeatable: bool) -> ApiResponse:
        earlier = ""
        attempt = 0
        has_responded = False
        fresh = not repeatable
        while True:
            attempt += 1
            try:
                return ApiResponse(self._attempt(call, attempt - 1, fresh), attempt, earlier == "unknown")
            except ApiError as error:
                error.attempts, error.first_response = attempt, not has_responded
                # The other kept connections may be dead as well.
                fresh = fresh or error.fault in ("connection", "timeout")
                has_responded = has_responded or error.status is not None
                if call.method == "DELETE" and error.means_not_found and earlier == "unknown":
                    return ApiResponse(None, attempt, maybe_applied=True)
                earlier = _combine(earlier, error)
                found = self._recover_or_wait(call, error, earlier)
                if found is not None:
                    return ApiResponse(found, attempt, earlier == "unknown", recovered=True)
                found = call.before_retry(error, earlier == "unknown") if call.before_retry else None
                if found is not None:
                    return ApiResponse(found, attempt, maybe_applied=True, recovered=True)

    def _recover_or_wait(self, call: _PreparedRequest, error: ApiError, earlier: str) -> JsonObject | None:
        """Return the object that explains a failed POST, or None once the request may be sent again.

        Args:
            earlier: what all attempts so far say; see `_combine`.

        Raises:
            ApiError: it may not be sent again.
        """
        is_limited = self._is_rate_limited(call, error)
        delay = self._delay(call, error, earlier, is_limited)
        if is_limited and delay is not None:
            # Before the look-up, which would be refused as well.
            self._note("rate_limit", error, delay)
            self._throttle.on_rate_limited(delay)
        found = self._look_up(call, error)
        if found is not None:
            self._note("recovered", error)
            return found
        _preserve_ambiguity(error, earlier)
        if delay is None or (call.method == "POST" and not call.reconcile and earlier == "unknown"):
            raise error
        if is_limited:
            # Once more, so that it is sent alone: what was sent since then may have used up the limit.
            self._throttle.on_rate_limited(delay)
        else:
            self._note("retry", error, delay)
            self.pause(delay)
        return None

    def _note(self, kind: str, error: ApiError, delay: float = 0) -> None:
        if self.on_notice:
            from .notices import notice_about  # whoever is told has loaded it

            self.on_notice(notice_about(error, kind, delay))

    def _attempt(self, call: _PreparedRequest, earlier_attempts: int, fresh: bool) -> Any:
        if self._stop and self._stop.is_set():
            raise Interrupted
        try:
            with self._throttle.slot(earlier_attempts, call.deadline, writes=call.writes):
                # Not locked: a count that is lost among threads would only be missing from a line of progress.
                self._sent += 1
                self._retried += earlier_attempts > 0
                timeout = self._attempt_timeout(call)
                response = self._transport.send(call.method, call.target, call.data, timeout, fresh=fresh)
        except TransportError as fault:
            raise error_from_transport(call.method, call.path, fault) from None
        if response.status not in TRANSIENT:
            self._throttle.on_success(call.writes)
        if not HTTPStatus.OK <= response.status < HTTPStatus.MULTIPLE_CHOICES:
            raise _error(call, response, self.secrets)
        body = parse_json(response) if call.takes_array else parse_json_object(response)
        self.has_written = self.has_written or call.writes
        problem = "" if body is None else call.expect(body) if call.expect else None
        if problem is None:
            return body
        if body is not None:
            # Perhaps the response to another request, and then those that follow would be, too.
            response.discard_connection()
        if call.method == "DELETE":
            return None
        raise _error(call, response, self.secrets, problem)

    def _attempt_timeout(self, call: _PreparedRequest) -> float:
        timeout = self._timeout * call.patience
        if call.deadline is None:
            return timeout
        return max(0.001, min(timeout, call.deadline - self._clock()))

    def _look_up(self, call: _PreparedRequest, error: ApiError) -> JsonObject | None:
        """Return the object that explains a failed POST, None if there is none or if that needs no look-up."""
        if call.reconcile is None or not (error.maybe_applied or error.status == HTTPStatus.CONFLICT):
            return None
        try:
            return call.reconcile(error)
        except ApiError as lookup:
            # What matters to the user is the request that may have been applied, not the look-up.
            raise error from (None if lookup is error else lookup)

    def _delay(self, call: _PreparedRequest, error: ApiError, earlier: str, is_limited: bool) -> float | None:
        """Return the seconds to wait before the next attempt, or None if it cannot help or must not be made."""
        # A 409 after a lost response is about the object itself, which the look-up does not show yet.
        lags = error.status == HTTPStatus.CONFLICT and earlier == "unknown" and call.reconcile is not None
        probes = self._throttle.probes(call.writes) if is_limited else 0
        if not (error.transient or lags) or max(error.attempts, probes) > self._policy.retries:
            return None
        others_succeed = is_limited and self._throttle.accepted(call.writes) != call.accepted_before
        in_vain = probes if others_succeed else max(probes, error.attempts - 1)
        delay = self._policy.delay(error.attempts, error.retry_after, random.random(), in_vain)
        if error.retry_after is not None and delay > self._policy.max_delay:
            error.retry_limit = self._policy.max_delay
            return None
        if call.deadline is not None and self._clock() + delay >= call.deadline:
            return None
        return delay

    def _is_rate_limited(self, call: _PreparedRequest, error: ApiError) -> bool:
        """Whether a failed attempt means that all requests of the client have to wait."""
        if error.status == HTTPStatus.SERVICE_UNAVAILABLE:
            return self._throttle.on_unavailable(call.writes)
        return error.status == HTTPStatus.TOO_MANY_REQUESTS


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
    """An attempt that was refused or not sent proves nothing about an earlier one that may have been applied."""
    proves_nothing = error.outcome == "not_sent" or (earlier == "unknown" and not error.rejects_content)
    if earlier and proves_nothing:
        error.outcome = earlier


def _error(call: _PreparedRequest, response: HttpResponse, secrets: Redactor, problem: str = "") -> ApiError:
    """Return the error for an attempt that failed although there was a response."""
    try:
        from .api_errors import make_error  # only needed after a failure
    except (ImportError, OSError):
        return error_from_transport(call.method, call.path, out_of_files())
    return make_error(call.method, call.path, response, secrets, problem)
