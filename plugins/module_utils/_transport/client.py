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
from .redaction import Secrets
from .retry import RetryPolicy
from .session import Fault, Reply, Session
from .throttle import Throttle

JsonObject = dict[str, Any]
Query = Iterable[tuple[str, Any]]
Recover = Callable[[ApiError], "JsonObject | None"]


class Answer(NamedTuple):
    """What a request that succeeded led to.

    Attributes:
        body: the parsed JSON, None where there is none.
        doubtful: an earlier attempt of the same request may have been carried out.
        adopted: the object was found by look-up, not given back by the request itself.
    """

    body: Any
    attempts: int
    doubtful: bool = False
    adopted: bool = False


class _Call(NamedTuple):
    """A request to be sent, as often as it takes; the parts are those of `Client.request`, ready for the wire."""

    method: str
    path: str
    target: str
    data: bytes | None
    needs: str
    deadline: float | None


class Client:
    """Requests to one API origin with one key.

    Args:
        session: sends one attempt; see `Session`.
        policy: how often to repeat.
        timeout: seconds for one attempt as a whole.
        secrets: cleaned out of everything that errors carry.
    """

    def __init__(
        self,
        session: Session,
        policy: RetryPolicy,
        timeout: float,
        secrets: Secrets,
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

    def get(self, path: str, query: Query = (), *, needs: str = "", deadline: float | None = None) -> Any:
        """Return the JSON of a GET. For `needs`, `deadline` and errors see `request`."""
        return self.request("GET", path, query, needs=needs, deadline=deadline).body

    def request(
        self,
        method: str,
        path: str,
        query: Query = (),
        *,
        body: JsonObject | None = None,
        needs: str = "",
        recover: Recover | None = None,
        deadline: float | None = None,
    ) -> Answer:
        """Send a request, and repeat it as far as that is safe.

        Args:
            path: begins with a slash; no query.
            body: sent as JSON.
            needs: a field (a string) without which an answer cannot be what was asked for, and counts as unreadable.
            recover: for a POST. Called with the error after an attempt that may have been carried out, and on a 409.
                Returns the object that explains it, or None where there is none and the POST may be repeated;
                it may raise the error to have done. Without it a doubtful POST is not repeated.
            deadline: a moment of the client's clock after which nothing is tried any more.

        Raises:
            ApiError: the request failed for good.
        """
        target = f"{path}?{urlencode(list(query), quote_via=quote)}" if query else path
        data = None if body is None else json.dumps(body).encode()
        call = _Call(method, path, target, data, needs, deadline)
        doubtful = False
        attempt = 0
        ticket: object | None = None
        while True:
            attempt += 1
            try:
                return Answer(self._attempt(call, ticket), attempt, doubtful)
            except ApiError as error:
                error.attempts = attempt
                if method == "DELETE" and error.status == HTTPStatus.NOT_FOUND and attempt > 1:
                    return Answer(None, attempt, doubtful)
                doubtful = doubtful or error.doubtful
                if recover and (error.doubtful or error.status == HTTPStatus.CONFLICT):
                    found = self._recover(recover, error)
                    if found is not None:
                        return Answer(found, attempt, doubtful, adopted=True)
                _keep_doubt(error, doubtful)
                ticket = self._pause_before_repeat(call, error, recover is not None)

    def _attempt(self, call: _Call, ticket: object | None) -> Any:
        method, path = call.method, call.path
        try:
            with self._throttle.turn(ticket):
                reply = self._session.send(method, call.target, call.data, self._time_left(call.deadline))
        except Fault as fault:
            raise problems().of_fault(method, path, fault) from None
        if reply.status != HTTPStatus.TOO_MANY_REQUESTS:
            self._throttle.taken()
        if not HTTPStatus.OK <= reply.status < HTTPStatus.MULTIPLE_CHOICES:
            raise problems().of_refusal(method, path, reply, self.secrets)
        body = read_object(reply)
        if body is not None and (not call.needs or isinstance(body.get(call.needs), str)):
            return body
        if method == "DELETE":
            return None
        raise problems().of_unreadable(method, path, reply)

    def _time_left(self, deadline: float | None) -> float:
        if deadline is None:
            return self._timeout
        return max(0.001, min(self._timeout, deadline - self._clock()))

    def _recover(self, recover: Recover, error: ApiError) -> JsonObject | None:
        try:
            return recover(error)
        except ApiError as lookup:
            # What matters to the user is the request that may have been carried out, not the look-up.
            raise error from (None if lookup is error else lookup)

    def _pause_before_repeat(self, call: _Call, error: ApiError, explained: bool) -> object | None:
        """Wait until `call` may be sent again, or raise `error` where it may not.

        Returns:
            For the next attempt after a 429, its ticket; the throttle does the waiting.
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
            return self._throttle.refuse(delay)
        self._sleep(delay)
        return None


def _keep_doubt(error: ApiError, doubtful: bool) -> None:
    """An attempt that did not arrive proves nothing about an earlier one that may have."""
    if doubtful and (error.outcome == "not_sent" or error.status == HTTPStatus.TOO_MANY_REQUESTS):
        error.outcome = "unknown"


def read_object(reply: Reply) -> JsonObject | None:
    """Return the JSON object in an answer, None where there is none."""
    try:
        body = json.loads(reply.content)
    except (ValueError, RecursionError):
        return None
    return body if isinstance(body, dict) else None


def problems() -> Any:
    """Return the module that makes errors of answers; not worth loading where all goes well."""
    from . import problems

    return problems
