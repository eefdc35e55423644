# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The client's decisions: what is repeated, after how long, and what is never sent twice."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest

from ansible_collections.dasha.blackbox.plugins.module_utils._core.messages import error_details
from ansible_collections.dasha.blackbox.plugins.module_utils._transport.client import Client
from ansible_collections.dasha.blackbox.plugins.module_utils._transport.errors import ApiError
from ansible_collections.dasha.blackbox.plugins.module_utils._transport.redaction import Redactor
from ansible_collections.dasha.blackbox.plugins.module_utils._transport.response import HttpResponse, TransportError
from ansible_collections.dasha.blackbox.plugins.module_utils._transport.retry import RetryPolicy

KEY = "sk-live-0123456789abcdef"
LOST = TransportError("connection", True, "the server closed the connection without an answer")
SLOW = TransportError("timeout", True, "no whole answer within 30 s")
REFUSED = TransportError("connection", False, "connection refused")
UNTRUSTED = TransportError("configuration", False, "the server's certificate was refused")


class Script:
    """Stands for a session: hands out prepared replies and faults, and keeps what was sent."""

    def __init__(self, *replies: HttpResponse | TransportError) -> None:
        self.replies = list(replies)
        self.sent: list[tuple[str, str, Any]] = []
        self.timeouts: list[float] = []

    def send(self, method: str, target: str, body: bytes | None, timeout: float) -> HttpResponse:
        self.sent.append((method, target, body and json.loads(body)))
        self.timeouts.append(timeout)
        reply = self.replies.pop(0)
        if isinstance(reply, TransportError):
            raise reply
        return reply


class Clock:
    """Time that passes only by waiting."""

    def __init__(self) -> None:
        self.time = 100.0
        self.waits: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.time += seconds

    def __call__(self) -> float:
        return self.time


def reply(status: int, body: Any = None, **headers: str) -> HttpResponse:
    content = body if isinstance(body, bytes) else json.dumps({} if body is None else body).encode()
    return HttpResponse(status, {name.replace("_", "-"): value for name, value in headers.items()}, content, None)


def has_id(body: dict[str, Any]) -> str | None:
    return None if isinstance(body.get("id"), str) else "it has no id"


def client_for(script: Script, clock: Clock | None = None, retries: int = 4, max_delay: float = 60) -> Client:
    clock = clock or Clock()
    return Client(script, RetryPolicy(retries, max_delay), 30, Redactor([KEY]), sleep=clock.sleep, clock=clock)


def failure_of(script: Script, method: str = "GET", **kwargs: Any) -> ApiError:
    with pytest.raises(ApiError) as caught:
        client_for(script).request(method, "/things", **kwargs)
    return caught.value


@pytest.mark.parametrize("trouble", [LOST, SLOW, REFUSED, *(reply(status) for status in (429, 502, 503, 504))])
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_repeats_what_is_safe_to_repeat(method: str, trouble: Any) -> None:
    script = Script(trouble, trouble, reply(200, {"id": "a"}))
    answer = client_for(script).request(method, "/things", body={"x": 1})
    assert (answer.body, answer.attempts) == ({"id": "a"}, 3)
    assert script.sent == [(method, "/things", {"x": 1})] * 3


@pytest.mark.parametrize("status", [300, 301, 304, 400, 401, 403, 404, 408, 409, 422, 500, 501, 505])
def test_does_not_repeat_what_will_not_get_better(status: int) -> None:
    script = Script(reply(status))
    error = failure_of(script)
    assert (error.status, error.attempts, error.outcome) == (status, 1, "rejected")


def test_certificate_is_not_tried_again() -> None:
    error = failure_of(Script(UNTRUSTED), "PUT")
    assert (error.attempts, error.outcome, error.status) == (1, "not_sent", None)


@pytest.mark.parametrize("retries", [0, 1, 3])
def test_gives_up_after_the_retries(retries: int) -> None:
    script = Script(*[reply(503)] * 9)
    with pytest.raises(ApiError) as caught:
        client_for(script, retries=retries).get("/things")
    assert caught.value.attempts == len(script.sent) == retries + 1


@pytest.mark.parametrize("trouble", [REFUSED, reply(429)])
def test_post_is_repeated_where_it_cannot_have_been_carried_out(trouble: Any) -> None:
    script = Script(trouble, trouble, reply(201, {"id": "a"}))
    answer = client_for(script).request("POST", "/things", body={"x": 1})
    assert (answer.body, answer.attempts, answer.maybe_applied, answer.recovered) == ({"id": "a"}, 3, False, False)


@pytest.mark.parametrize(
    "trouble", [LOST, SLOW, reply(500), reply(502), reply(503), reply(504), reply(599), reply(201, b"<html>")]
)
def test_doubtful_post_without_look_up_is_never_repeated(trouble: Any) -> None:
    error = failure_of(Script(trouble), "POST", body={})
    assert (error.attempts, error.outcome) == (1, "unknown")


@pytest.mark.parametrize(
    "trouble", [LOST, SLOW, reply(500), reply(502), reply(503), reply(504), reply(201, b"<html>"), reply(201, [1])]
)
def test_doubtful_post_that_was_carried_out_is_adopted(trouble: Any) -> None:
    script = Script(trouble)
    answer = client_for(script).request("POST", "/things", body={}, reconcile=lambda error: {"id": "found"})
    assert (answer.body, answer.recovered, answer.maybe_applied) == ({"id": "found"}, True, True)
    assert len(script.sent) == 1


@pytest.mark.parametrize("trouble", [LOST, SLOW, reply(502), reply(503), reply(504)])
def test_doubtful_post_that_was_not_carried_out_is_repeated(trouble: Any) -> None:
    looked_up: list[ApiError] = []
    script = Script(trouble, reply(201, {"id": "a"}))
    answer = client_for(script).request("POST", "/things", body={}, reconcile=looked_up.append)
    assert (answer.body, answer.attempts, answer.maybe_applied, answer.recovered) == ({"id": "a"}, 2, True, False)
    assert len(looked_up) == 1


@pytest.mark.parametrize("trouble", [reply(500), reply(501), reply(201, b"<html>")])
def test_post_that_fails_otherwise_is_looked_up_but_not_repeated(trouble: Any) -> None:
    looked_up: list[ApiError] = []
    error = failure_of(Script(trouble), "POST", body={}, reconcile=looked_up.append)
    assert (error.outcome, error.attempts, len(looked_up)) == ("unknown", 1, 1)


def test_conflict_on_post_is_looked_up_and_is_not_doubtful() -> None:
    answer = client_for(Script(reply(409))).request("POST", "/things", body={}, reconcile=lambda error: {"id": "other"})
    assert (answer.recovered, answer.maybe_applied) == (True, False)


def test_conflict_after_a_lost_answer_is_our_own_object() -> None:
    found: list[Any] = [None, {"id": "a"}]
    script = Script(LOST, reply(409))
    answer = client_for(script).request("POST", "/things", body={}, reconcile=lambda error: found.pop(0))
    assert (answer.body, answer.recovered, answer.maybe_applied) == ({"id": "a"}, True, True)


@pytest.mark.parametrize("status", [400, 401, 404])
def test_refused_post_is_not_looked_up(status: int) -> None:
    error = failure_of(Script(reply(status)), "POST", reconcile=lambda error: pytest.fail("looked up"))
    assert error.outcome == "rejected"


def test_failed_look_up_leaves_the_post_unknown() -> None:
    def reconcile(error: ApiError) -> None:
        raise ApiError("GET", "/things", status=401)

    error = failure_of(Script(LOST), "POST", reconcile=reconcile)
    assert (error.method, error.outcome, error.status) == ("POST", "unknown", None)


def test_doubt_is_kept_when_later_attempts_do_not_arrive() -> None:
    error = failure_of(Script(LOST, *[REFUSED] * 4), "PUT")
    assert (error.outcome, error.attempts) == ("unknown", 5)
    error = failure_of(Script(LOST, *[reply(429)] * 4), "PUT")
    assert error.outcome == "unknown"


def test_refusal_of_the_same_request_ends_the_doubt() -> None:
    assert failure_of(Script(LOST, reply(400)), "PUT").outcome == "rejected"


@pytest.mark.parametrize(("method", "outcome"), [("GET", "no_response"), ("PUT", "unknown")])
def test_outcome_where_no_answer_came(method: str, outcome: str) -> None:
    error = failure_of(Script(*[SLOW] * 5), method)
    assert (error.outcome, error.status, error.title) == (outcome, None, "Timeout")
    assert error.detail == "no whole answer within 30 s"


@pytest.mark.parametrize(("method", "outcome"), [("GET", "rejected"), ("PUT", "unknown"), ("POST", "unknown")])
def test_outcome_of_a_server_fault(method: str, outcome: str) -> None:
    assert failure_of(Script(reply(500)), method).outcome == outcome


def test_repeated_delete_that_finds_nothing_has_succeeded() -> None:
    answer = client_for(Script(LOST, reply(404))).request("DELETE", "/things/1")
    assert (answer.body, answer.maybe_applied) == (None, True)


def test_first_delete_that_finds_nothing_has_not() -> None:
    assert failure_of(Script(reply(404)), "DELETE").status == 404


@pytest.mark.parametrize("answer", [reply(200, b""), reply(204, b""), reply(200, b"deleted"), reply(200, {"id": "a"})])
def test_delete_needs_no_body(answer: HttpResponse) -> None:
    assert client_for(Script(answer)).request("DELETE", "/things/1").body in (None, {"id": "a"})


def test_unreadable_put_is_repeated() -> None:
    script = Script(reply(200, b'{"id": '), reply(200, {"id": "a"}))
    assert client_for(script).request("PUT", "/things/1", body={}).body == {"id": "a"}


@pytest.mark.parametrize("body", [b"", b"<html></html>", b"[1]", b"null", b"\xff\xfe", b"[" * 100000])
def test_answer_that_is_no_object_is_an_error(body: bytes) -> None:
    error = failure_of(Script(reply(200, body)))
    assert (error.status, error.title, error.outcome) == (200, "Invalid response", "rejected")


@pytest.mark.parametrize("body", [{}, {"id": None}, {"id": 5}, {"ok": True}])
def test_answer_without_what_it_needs_is_unreadable(body: dict[str, Any]) -> None:
    assert failure_of(Script(reply(200, body)), "GET", expect=has_id).title == "Invalid response"
    assert client_for(Script(reply(200, body))).request("DELETE", "/things/1/link", expect=has_id).body is None
    answer = client_for(Script(reply(201, body))).request(
        "POST", "/things", expect=has_id, reconcile=lambda e: {"id": "a"}
    )
    assert (answer.body, answer.recovered) == ({"id": "a"}, True)


def test_waits_double_and_half_of_each_is_drawn_by_lot() -> None:
    policy = RetryPolicy(9, 60)
    assert [policy.delay(n, None, 1.0) for n in (1, 2, 3, 4)] == [0.5, 1, 2, 4]
    assert [policy.delay(n, None, 0.0) for n in (1, 2, 3, 4)] == [0.25, 0.5, 1, 2]


def test_waits_are_bounded() -> None:
    assert RetryPolicy(9, 3).delay(10, None, 1.0) == 3
    assert RetryPolicy(9, 60).delay(5000, None, 1.0) == 60


def test_waits_between_attempts() -> None:
    clock = Clock()
    client_for(Script(reply(503), reply(503), reply(200)), clock).get("/things")
    assert len(clock.waits) == 2
    assert 0.25 <= clock.waits[0] <= 0.5 <= clock.waits[1] <= 1


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_retry_after_is_obeyed(status: int) -> None:
    clock = Clock()
    client_for(Script(reply(status, Retry_After="7"), reply(200)), clock).get("/things")
    assert sum(clock.waits) == pytest.approx(7)


def test_retry_after_beyond_the_limit_fails_at_once() -> None:
    clock = Clock()
    script = Script(reply(429, Retry_After="61"))
    with pytest.raises(ApiError) as caught:
        client_for(script, clock).get("/things")
    assert (caught.value.retry_after, caught.value.retry_limit, clock.waits) == (61, 60, [])


def test_retry_after_at_the_limit_is_waited_for() -> None:
    clock = Clock()
    client_for(Script(reply(429, Retry_After="60"), reply(200)), clock).get("/things")
    assert sum(clock.waits) == pytest.approx(60)


def test_what_got_a_429_goes_first_and_every_other_thread_waits_for_it() -> None:
    script = Script(reply(429, Retry_After="5"), reply(200), reply(200))
    clock = Clock()
    others = [threading.Thread(target=lambda: client.get("/other"))]

    def sleep(seconds: float) -> None:
        if others[0].ident is None:
            others[0].start()
        clock.sleep(seconds)

    client = Client(script, RetryPolicy(4, 60), 30, Redactor([KEY]), sleep=sleep, clock=clock)
    client.get("/refused")
    others[0].join()
    assert [target for _method, target, _body in script.sent] == ["/refused", "/refused", "/other"]
    assert clock.time >= 105


def test_deadline_shortens_attempts_and_ends_repetition() -> None:
    clock = Clock()
    script = Script(reply(503), reply(503), reply(503))
    with pytest.raises(ApiError):
        client_for(script, clock).get("/things", deadline=clock.time + 0.6)
    assert clock.time < 100.6
    assert script.timeouts[0] == pytest.approx(0.6)
    assert len(script.sent) < 3


def test_query_is_percent_encoded() -> None:
    script = Script(reply(200))
    client_for(script).get("/things", [("phoneNumber", "+1 (555)&x=ü"), ("skip", 0)])
    assert script.sent[0][1] == "/things?phoneNumber=%2B1%20%28555%29%26x%3D%C3%BC&skip=0"


def test_problem_details_are_passed_on() -> None:
    problem = {"title": "Bad Request", "detail": "No.", "errors": {"displayName": ["too long"], "x": "odd"}}
    error = failure_of(Script(reply(400, problem)), "PUT")
    assert error_details(error) == {
        "status": 400,
        "title": "Bad Request",
        "detail": "No.",
        "errors": {"displayName": ["too long"], "x": ["odd"]},
        "method": "PUT",
        "path": "/things",
        "attempts": 1,
        "outcome": "rejected",
    }


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", {"title": None}, {"errors": ["odd"]}, {"errors": None}])
def test_missing_problem_details_do_no_harm(body: Any) -> None:
    error = failure_of(Script(reply(400, body)))
    assert (error.title, error.detail, error.errors) == ("Bad Request", None, {})


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]"])
def test_404_without_json_asks_whether_api_url_is_right(body: Any) -> None:
    error = failure_of(Script(reply(404, body)))
    assert error.means_not_found is False
    assert "is api_url right?" in str(error.detail)


def test_plain_text_becomes_the_detail_and_is_cut_after_cleaning() -> None:
    text = ("x" * 190 + KEY).encode()
    error = failure_of(Script(reply(500, text, Content_Type="text/plain; charset=utf-8")))
    assert error.detail == "x" * 190 + "********"


def test_unknown_status_has_a_title() -> None:
    assert failure_of(Script(reply(599)), "PUT").title == "HTTP status 599"


def test_redirect_names_its_location() -> None:
    error = failure_of(Script(reply(302, Location=f"https://elsewhere/?key={KEY}")))
    assert "'https://elsewhere/?key=********'" in str(error.detail)


@pytest.mark.parametrize("leak", [KEY, KEY[:12], KEY[-12:], KEY[4:16]])
def test_secret_in_a_problem_is_masked(leak: str) -> None:
    problem = {"title": f"No {leak}", "detail": f"key {leak}!", "errors": {leak: [leak]}}
    result = error_details(failure_of(Script(reply(401, problem))))
    assert leak not in json.dumps(result)
    assert result["detail"] == "key ********!"


def test_one_client_serves_many_threads() -> None:
    class Counting(Script):
        def send(self, *args: Any) -> HttpResponse:
            self.sent.append(args[:3])
            return reply(200, {"id": args[1]})

    script = Counting()
    client = client_for(script)
    bodies: dict[int, Any] = {}
    threads = [
        threading.Thread(target=lambda n=n: bodies.update({n: client.get(f"/things/{n}")["id"]})) for n in range(32)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert bodies == {n: f"/things/{n}" for n in range(32)}
