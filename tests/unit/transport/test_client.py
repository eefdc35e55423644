# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The client's decisions: what is retried, after how long, and what is never sent twice."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.dasha.blackbox.plugins.module_utils._common.errors import Interrupted
from ansible_collections.dasha.blackbox.plugins.module_utils._common.redaction import Redactor
from ansible_collections.dasha.blackbox.plugins.module_utils._running.messages import error_details
from ansible_collections.dasha.blackbox.plugins.module_utils._transport.client import Client
from ansible_collections.dasha.blackbox.plugins.module_utils._transport.errors import ApiError
from ansible_collections.dasha.blackbox.plugins.module_utils._transport.notices import Notice
from ansible_collections.dasha.blackbox.plugins.module_utils._transport.response import HttpResponse, TransportError
from ansible_collections.dasha.blackbox.plugins.module_utils._transport.retry import RetryPolicy

PACKAGE = "ansible_collections.dasha.blackbox.plugins.module_utils._transport"
KEY = "sk-live-0123456789abcdef"
LOST = TransportError("connection", True, "the server closed the connection without a response")
SLOW = TransportError("timeout", True, "no complete response within 30 s")
REFUSED = TransportError("connection", False, "connection refused")
UNTRUSTED = TransportError("configuration", False, "the server's certificate was refused")


# Python 3.12 and newer parse this, and then cannot walk through it by recursion.
NESTED = b'{"id": "a", "x": ' + b'[[], {"x": ' * 2000 + b"1" + b"}]" * 2000 + b"}"


class Script:
    """Stands for a `Transport`: hands out prepared responses and errors, and keeps what was sent."""

    def __init__(self, *replies: HttpResponse | TransportError) -> None:
        self.replies = list(replies)
        self.sent: list[tuple[str, str, Any]] = []
        self.timeouts: list[float] = []
        self.fresh: list[bool] = []

    def close(self) -> None:
        pass

    def send(
        self, method: str, target: str, body: bytes | None, timeout: float, *, fresh: bool = False
    ) -> HttpResponse:
        self.sent.append((method, target, body and json.loads(body)))
        self.fresh.append(fresh)
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


def about(object_id: str) -> Callable[[dict[str, Any]], str | None]:
    return lambda body: has_id(body) or (None if body["id"].lower() == object_id.lower() else "it is about another one")


def client_for(
    script: Script, clock: Clock | None = None, retries: int = 4, max_delay: float = 60, stop: Any = None
) -> Client:
    clock = clock or Clock()
    policy = RetryPolicy(retries, max_delay)
    return Client(script, policy, 30, Redactor([KEY]), stop=stop, sleep=clock.sleep, clock=clock)


def failure_of(script: Script, method: str = "GET", **kwargs: Any) -> ApiError:
    with pytest.raises(ApiError) as caught:
        client_for(script).request(method, "/things", **kwargs)
    return caught.value


@pytest.mark.parametrize("trouble", [LOST, SLOW, REFUSED, *(reply(status) for status in (429, 502, 503, 504))])
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_transient_failure_of_a_safe_request_is_retried(method: str, trouble: Any) -> None:
    script = Script(trouble, trouble, reply(200, {"id": "a"}))
    answer = client_for(script).request(method, "/things", body={"x": 1})
    assert (answer.body, answer.attempts) == ({"id": "a"}, 3)
    assert script.sent == [(method, "/things", {"x": 1})] * 3


@pytest.mark.parametrize("status", [300, 301, 304, 400, 401, 403, 404, 408, 409, 422, 500, 501, 505])
def test_lasting_failure_is_not_retried(status: int) -> None:
    script = Script(reply(status))
    error = failure_of(script)
    assert (error.status, error.attempts, error.outcome) == (status, 1, "rejected")


def test_refused_certificate_is_not_retried() -> None:
    error = failure_of(Script(UNTRUSTED), "PUT")
    assert (error.attempts, error.outcome, error.status) == (1, "not_sent", None)


@pytest.mark.parametrize("retries", [0, 1, 3])
def test_request_fails_after_its_retries(retries: int) -> None:
    script = Script(*[reply(503)] * 9)
    with pytest.raises(ApiError) as caught:
        client_for(script, retries=retries).get("/things")
    assert caught.value.attempts == len(script.sent) == retries + 1


@pytest.mark.parametrize("trouble", [REFUSED, reply(429)])
def test_post_that_cannot_have_been_applied_is_retried(trouble: Any) -> None:
    script = Script(trouble, trouble, reply(201, {"id": "a"}))
    answer = client_for(script).request("POST", "/things", body={"x": 1})
    assert (answer.body, answer.attempts, answer.maybe_applied, answer.recovered) == ({"id": "a"}, 3, False, False)


@pytest.mark.parametrize(
    "trouble", [LOST, SLOW, reply(500), reply(502), reply(503), reply(504), reply(599), reply(201, b"<html>")]
)
def test_doubtful_post_without_look_up_is_not_retried(trouble: Any) -> None:
    error = failure_of(Script(trouble), "POST", body={})
    assert (error.attempts, error.outcome) == (1, "unknown")


@pytest.mark.parametrize(
    "trouble", [LOST, SLOW, reply(500), reply(502), reply(503), reply(504), reply(201, b"<html>"), reply(201, [1])]
)
def test_doubtful_post_that_was_applied_is_adopted(trouble: Any) -> None:
    script = Script(trouble)
    answer = client_for(script).request("POST", "/things", body={}, reconcile=lambda error: {"id": "found"})
    assert (answer.body, answer.recovered, answer.maybe_applied) == ({"id": "found"}, True, True)
    assert len(script.sent) == 1


@pytest.mark.parametrize("trouble", [LOST, SLOW, reply(502), reply(503), reply(504)])
def test_doubtful_post_that_was_not_applied_is_retried(trouble: Any) -> None:
    looked_up: list[ApiError] = []
    script = Script(trouble, reply(201, {"id": "a"}))
    answer = client_for(script).request("POST", "/things", body={}, reconcile=looked_up.append)
    assert (answer.body, answer.attempts, answer.maybe_applied, answer.recovered) == ({"id": "a"}, 2, True, False)
    assert len(looked_up) == 1


@pytest.mark.parametrize("trouble", [reply(500), reply(501), reply(201, b"<html>")])
def test_post_with_another_server_error_is_looked_up_but_not_retried(trouble: Any) -> None:
    looked_up: list[ApiError] = []
    error = failure_of(Script(trouble), "POST", body={}, reconcile=looked_up.append)
    assert (error.outcome, error.attempts, len(looked_up)) == ("unknown", 1, 1)


def test_conflict_on_post_is_looked_up_and_is_not_doubtful() -> None:
    answer = client_for(Script(reply(409))).request("POST", "/things", body={}, reconcile=lambda error: {"id": "other"})
    assert (answer.recovered, answer.maybe_applied) == (True, False)


def test_conflict_after_a_lost_response_is_our_own_object() -> None:
    found: list[Any] = [None, {"id": "a"}]
    script = Script(LOST, reply(409))
    answer = client_for(script).request("POST", "/things", body={}, reconcile=lambda error: found.pop(0))
    assert (answer.body, answer.recovered, answer.maybe_applied) == ({"id": "a"}, True, True)


def test_object_that_the_api_lists_late_is_found_after_conflicts() -> None:
    found: list[Any] = [None, None, None, {"id": "a"}]
    script = Script(LOST, *[reply(409, {"title": "Exists"})] * 3)
    answer = client_for(script).request("POST", "/things", body={}, reconcile=lambda error: found.pop(0))
    assert (answer.body, answer.recovered, answer.maybe_applied, answer.attempts) == ({"id": "a"}, True, True, 4)


def test_object_that_the_api_never_lists_leaves_the_creation_unknown() -> None:
    clock = Clock()
    with pytest.raises(ApiError) as caught:
        client_for(Script(LOST, *[reply(409)] * 4), clock).request("POST", "/things", body={}, reconcile=finds_nothing)
    assert (caught.value.status, caught.value.outcome, caught.value.attempts) == (409, "unknown", 5)
    assert sum(clock.waits) > 15


def test_conflict_that_nothing_explains_is_not_retried() -> None:
    error = failure_of(Script(reply(409)), "POST", body={}, reconcile=finds_nothing)
    assert (error.status, error.outcome, error.attempts) == (409, "rejected", 1)


@pytest.mark.parametrize(("repeatable", "fresh"), [(True, False), (False, True)])
def test_post_that_cannot_be_repeated_goes_over_a_connection_of_its_own(repeatable: bool, fresh: bool) -> None:
    script = Script(reply(429), reply(201, {"id": "a"}))
    client_for(script).request("POST", "/things", body={}, repeatable=repeatable)
    assert script.fresh == [fresh] * 2


@pytest.mark.parametrize(("trouble", "fresh"), [(LOST, True), (SLOW, True), (reply(503), False)])
def test_request_goes_over_a_connection_of_its_own_after_one_that_broke(trouble: Any, fresh: bool) -> None:
    script = Script(trouble, reply(502), reply(200), reply(200))
    client = client_for(script)
    client.get("/things")
    client.get("/things")
    assert script.fresh == [False, fresh, fresh, False]


@pytest.mark.parametrize("status", [400, 401, 404])
def test_refused_post_is_not_looked_up(status: int) -> None:
    error = failure_of(Script(reply(status)), "POST", reconcile=lambda error: pytest.fail("looked up"))
    assert error.outcome == "rejected"


def test_failed_look_up_leaves_the_post_unknown() -> None:
    def reconcile(error: ApiError) -> None:
        raise ApiError("GET", "/things", status=401)

    error = failure_of(Script(LOST), "POST", reconcile=reconcile)
    assert (error.method, error.outcome, error.status) == ("POST", "unknown", None)


def test_outcome_stays_unknown_if_later_attempts_do_not_arrive() -> None:
    error = failure_of(Script(LOST, *[REFUSED] * 4), "PUT")
    assert (error.outcome, error.attempts) == ("unknown", 5)
    error = failure_of(Script(LOST, *[reply(429)] * 4), "PUT")
    assert error.outcome == "unknown"


def finds_nothing(error: ApiError) -> None:
    """Look for an object that does not exist, or that the API does not list yet."""


@pytest.mark.parametrize("earlier", [LOST, SLOW, reply(502), reply(503), reply(504)])
@pytest.mark.parametrize("status", [300, 401, 403, 404, 405, 408, 410, 412, 423])
@pytest.mark.parametrize("method", ["PUT", "PATCH", "POST"])
def test_outcome_stays_unknown_if_a_later_attempt_is_refused(method: str, status: int, earlier: Any) -> None:
    error = failure_of(Script(earlier, reply(status, {"title": "No"})), method, reconcile=finds_nothing)
    assert (error.status, error.outcome, error.attempts) == (status, "unknown", 2)


@pytest.mark.parametrize("status", [400, 401, 403, 409, 423])
def test_deletion_stays_unknown_if_a_later_attempt_is_refused(status: int) -> None:
    error = failure_of(Script(LOST, reply(status, {"title": "No"})), "DELETE")
    assert (error.status, error.outcome, error.attempts) == (status, "unknown", 2)


@pytest.mark.parametrize("status", [400, 422])
@pytest.mark.parametrize("method", ["PUT", "PATCH", "POST"])
def test_outcome_is_rejected_if_the_api_then_refuses_the_content(method: str, status: int) -> None:
    script = Script(LOST, reply(status, {"title": "No"}))
    assert failure_of(script, method, body={}, reconcile=finds_nothing).outcome == "rejected"


def test_outcome_stays_unknown_if_another_web_server_then_refuses_the_request() -> None:
    assert failure_of(Script(LOST, reply(400, b"<html>")), "PUT").outcome == "unknown"


@pytest.mark.parametrize(("method", "outcome"), [("GET", "no_response"), ("PUT", "unknown")])
def test_outcome_without_a_response(method: str, outcome: str) -> None:
    error = failure_of(Script(*[SLOW] * 5), method)
    assert (error.outcome, error.status, error.title) == (outcome, None, "Timeout")
    assert error.detail == "no complete response within 30 s"


@pytest.mark.parametrize(("method", "outcome"), [("GET", "rejected"), ("PUT", "unknown"), ("POST", "unknown")])
def test_outcome_of_a_server_error(method: str, outcome: str) -> None:
    assert failure_of(Script(reply(500)), method).outcome == outcome


def test_delete_that_finds_nothing_after_a_lost_response_succeeds() -> None:
    answer = client_for(Script(LOST, reply(404))).request("DELETE", "/things/1")
    assert (answer.body, answer.maybe_applied) == (None, True)


def test_delete_that_finds_nothing_at_once_fails() -> None:
    assert failure_of(Script(reply(404)), "DELETE").status == 404


@pytest.mark.parametrize("answer", [reply(200, b""), reply(204, b""), reply(200, b"deleted"), reply(200, {"id": "a"})])
def test_delete_needs_no_body(answer: HttpResponse) -> None:
    assert client_for(Script(answer)).request("DELETE", "/things/1").body in (None, {"id": "a"})


def test_put_with_an_invalid_response_is_retried() -> None:
    script = Script(reply(200, b'{"id": '), reply(200, {"id": "a"}))
    assert client_for(script).request("PUT", "/things/1", body={}).body == {"id": "a"}


@pytest.mark.parametrize("body", [b"", b"<html></html>", b"[1]", b"null", b"\xff\xfe", b"[" * 100000, NESTED])
def test_response_without_a_json_object_is_an_error(body: bytes) -> None:
    error = failure_of(Script(reply(200, body)))
    assert (error.status, error.title, error.outcome) == (200, "Invalid response", "rejected")


@pytest.mark.parametrize("body", [{}, {"id": None}, {"id": 5}, {"ok": True}])
def test_response_that_is_not_what_was_requested_is_invalid(body: dict[str, Any]) -> None:
    assert failure_of(Script(reply(200, body)), "GET", expect=has_id).title == "Invalid response"
    assert client_for(Script(reply(200, body))).request("DELETE", "/things/1/link", expect=has_id).body is None
    answer = client_for(Script(reply(201, body))).request(
        "POST", "/things", expect=has_id, reconcile=lambda e: {"id": "a"}
    )
    assert (answer.body, answer.recovered) == ({"id": "a"}, True)


def test_backoff_quadruples_and_half_of_it_is_random() -> None:
    policy = RetryPolicy(9, 60)
    assert [policy.delay(n, None, 1.0) for n in (1, 2, 3, 4, 5)] == [0.5, 2, 8, 32, 60]
    assert [policy.delay(n, None, 0.0) for n in (1, 2, 3, 4, 5)] == [0.25, 1, 4, 16, 30]


def test_backoff_doubles_if_others_succeed_in_between() -> None:
    policy = RetryPolicy(9, 60)
    assert [policy.delay(n, None, 1.0, in_vain=0) for n in (1, 2, 3, 4)] == [0.5, 1, 2, 4]
    assert [policy.delay(n, None, 1.0, in_vain=1) for n in (1, 2, 3, 4)] == [2, 2, 2, 4]


@pytest.mark.parametrize("trouble", [LOST, SLOW, REFUSED, *(reply(status) for status in (429, 502, 503, 504))])
def test_retries_outlast_an_outage_of_fifteen_seconds(trouble: Any) -> None:
    for _run in range(20):
        clock = Clock()
        client_for(Script(*[trouble] * 4, reply(200)), clock, retries=4, max_delay=60).get("/things")
        assert 15 < sum(clock.waits) < 45


def test_backoff_is_bounded() -> None:
    assert RetryPolicy(9, 3).delay(10, None, 1.0) == 3
    assert RetryPolicy(9, 60).delay(5000, None, 1.0) == 60


def test_waits_between_attempts() -> None:
    clock = Clock()
    client_for(Script(reply(503), reply(503), reply(200)), clock).get("/things")
    assert len(clock.waits) == 2
    assert 0.25 <= clock.waits[0] <= 0.5
    assert 1 <= clock.waits[1] <= 2


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_retry_after_is_waited_for(status: int) -> None:
    clock = Clock()
    client_for(Script(reply(status, Retry_After="7"), reply(200)), clock).get("/things")
    assert sum(clock.waits) == pytest.approx(7)


def test_retry_after_beyond_the_maximum_fails_at_once() -> None:
    clock = Clock()
    script = Script(reply(429, Retry_After="61"))
    with pytest.raises(ApiError) as caught:
        client_for(script, clock).get("/things")
    assert (caught.value.retry_after, caught.value.retry_limit, clock.waits) == (61, 60, [])


def test_retry_after_at_the_maximum_is_waited_for() -> None:
    clock = Clock()
    client_for(Script(reply(429, Retry_After="60"), reply(200)), clock).get("/things")
    assert sum(clock.waits) == pytest.approx(60)


def test_request_after_a_429_starts_before_those_of_other_threads() -> None:
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


def test_deadline_shortens_attempts_and_ends_retries() -> None:
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


def test_problem_details_are_in_the_error() -> None:
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


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", {"title": None}, {"errors": []}, {"errors": None}])
def test_missing_problem_details_do_no_harm(body: Any) -> None:
    error = failure_of(Script(reply(400, body)))
    assert (error.title, error.detail, error.errors) == ("Bad Request", None, {})


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]"])
def test_404_without_json_asks_whether_api_url_is_right(body: Any) -> None:
    error = failure_of(Script(reply(404, body)))
    assert error.means_not_found is False
    assert "is api_url right?" in str(error.detail)


def test_plain_text_becomes_the_detail_and_is_cut_after_redaction() -> None:
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


def test_secret_in_an_invalid_response_is_masked() -> None:
    error = failure_of(Script(reply(200, {"id": KEY})), expect=lambda body: f"id is {body['id']!r}")
    assert str(error.detail).endswith("id is '********'")


def test_one_client_serves_many_threads() -> None:
    class Counting(Script):
        def send(self, *args: Any, **kwargs: Any) -> HttpResponse:
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


# Whose response it is


ID, OTHER = "3fa85f64-5717-4562-b3fc-2c963f66afa6", "9b2f0c1e-8a5d-4f0e-9d55-0f6f2b0c7a11"


def discardable(status: int, body: Any) -> tuple[HttpResponse, list[bool]]:
    discarded: list[bool] = []
    return reply(status, body)._replace(discard_connection=lambda: discarded.append(True)), discarded


@pytest.mark.parametrize(("method", "outcome"), [("GET", "rejected"), ("POST", "unknown")])
def test_response_about_another_object_is_refused_and_its_connection_closed(method: str, outcome: str) -> None:
    answer, discarded = discardable(200, {"id": OTHER})
    script = Script(answer)
    error = failure_of(script, method, expect=about(ID))
    assert (error.title, error.outcome, error.attempts, error.fault_key) == ("Invalid response", outcome, 1, "response")
    assert "it is about another one" in str(error.detail)
    assert (discarded, len(script.sent)) == ([True], 1)


def test_put_with_a_response_about_another_object_is_retried_on_a_new_connection() -> None:
    answer, discarded = discardable(200, {"id": OTHER})
    assert client_for(Script(answer, reply(200, {"id": ID}))).request("PUT", "/x", expect=about(ID)).body == {"id": ID}
    assert discarded == [True]


def test_delete_with_a_response_about_another_object_has_no_object() -> None:
    answer, discarded = discardable(200, {"id": OTHER})
    assert client_for(Script(answer)).request("DELETE", "/x", expect=about(ID)).body is None
    assert discarded == [True]


@pytest.mark.parametrize("asked", [ID, ID.upper()])
@pytest.mark.parametrize("returned", [ID, ID.upper()])
def test_response_about_the_requested_object_is_accepted(asked: str, returned: str) -> None:
    answer, discarded = discardable(200, {"id": returned})
    assert client_for(Script(answer)).get("/things/1", expect=about(asked)) == {"id": returned}
    assert discarded == []


@pytest.mark.parametrize("body", [{}, {"id": None}, {"id": 5}])
def test_response_without_the_expected_id_is_invalid(body: Any) -> None:
    assert failure_of(Script(reply(200, body)), "GET", expect=about(ID)).title == "Invalid response"


def test_creation_with_a_response_about_another_object_is_looked_up() -> None:
    mine = {"id": ID, "name": "mine"}
    script = Script(reply(201, {"id": OTHER, "name": "other"}))
    answer = client_for(script).request(
        "POST",
        "/things",
        body={},
        expect=lambda body: None if body["name"] == "mine" else "it is another one",
        reconcile=lambda error: mine,
    )
    assert (answer.body, answer.recovered, answer.maybe_applied, len(script.sent)) == (mine, True, True, 1)


def test_creation_with_the_expected_response_is_accepted() -> None:
    answer = client_for(Script(reply(201, {"id": ID}))).request("POST", "/things", body={}, expect=lambda body: None)
    assert (answer.body, answer.recovered) == ({"id": ID}, False)


@pytest.mark.parametrize("body", [b"", b"<html>Not Found</html>", b"[]", b"null", b"\xff"])
def test_not_found_without_json_does_not_come_from_the_api(body: bytes) -> None:
    error = failure_of(Script(reply(404, body)))
    assert (error.status, error.means_not_found, error.from_api) == (404, False, False)
    assert "api_url" in str(error.detail)


@pytest.mark.parametrize("body", [{}, {"title": "Not Found"}])
def test_not_found_with_json_comes_from_the_api(body: Any) -> None:
    assert failure_of(Script(reply(404, body))).means_not_found


def test_only_status_404_means_not_found() -> None:
    assert not failure_of(Script(reply(400))).means_not_found


@pytest.mark.parametrize(
    ("earlier", "is_first_response"),
    [
        ([], True),
        ([REFUSED], True),
        ([reply(429)], False),
        ([REFUSED, reply(429)], False),
        ([reply(429), REFUSED], False),
    ],
)
def test_delete_that_was_not_applied_and_then_finds_nothing_fails(earlier: list[Any], is_first_response: bool) -> None:
    """Whether that was the first response of the API decides what it means; see `_delete` of `apply`."""
    error = failure_of(Script(*earlier, reply(404)), "DELETE")
    assert (error.means_not_found, error.outcome, error.attempts) == (True, "rejected", len(earlier) + 1)
    assert error.first_response is is_first_response


@pytest.mark.parametrize("earlier", [[LOST], [reply(503)], [reply(429), LOST], [LOST, reply(429)]])
def test_delete_that_may_have_been_applied_and_then_finds_nothing_succeeds(earlier: list[Any]) -> None:
    answer = client_for(Script(*earlier, reply(404))).request("DELETE", "/things/1")
    assert (answer.body, answer.maybe_applied) == (None, True)


def test_delete_that_may_have_been_applied_and_then_finds_another_web_server_fails() -> None:
    assert failure_of(Script(LOST, reply(404, b"<html>")), "DELETE").from_api is False


# What is said about a failure


def test_read_that_got_a_response_before_is_not_called_unsent() -> None:
    assert failure_of(Script(LOST, *[REFUSED] * 4)).outcome == "no_response"
    assert failure_of(Script(reply(503), *[REFUSED] * 4)).outcome == "no_response"
    assert failure_of(Script(*[REFUSED] * 5)).outcome == "not_sent"


@pytest.mark.parametrize(
    ("trouble", "key"),
    [
        (LOST, "connection"),
        (REFUSED, "connection"),
        (SLOW, "timeout"),
        (UNTRUSTED, "configuration"),
        (TransportError("size", True, "too large"), "size"),
        (TransportError("response", True, "not HTTP"), "response"),
        (reply(200, b"<html>"), "response"),
        (reply(429), "rate_limit"),
        (reply(429, Retry_After="900"), "rate_limit"),
        (reply(503, Retry_After="900"), "rate_limit"),
        (reply(302), "status 302"),
        (reply(401), "status 401"),
        (reply(403), "status 403"),
        (reply(404, b"<html>"), "status 404"),
        (reply(503), "status 503"),
        (reply(400), ""),
        (reply(404), ""),
        (reply(409), ""),
        (reply(422), ""),
        (reply(500), ""),
    ],
)
def test_fault_key_says_whether_the_api_is_concerned(trouble: Any, key: str) -> None:
    error = failure_of(Script(*[trouble] * 5))
    assert (error.fault_key, error.concerns_api) == (key, key != "")


@pytest.mark.parametrize(
    ("trouble", "aborts"),
    [(REFUSED, True), (UNTRUSTED, True), (reply(401), True), (reply(403), False), (reply(503), False), (LOST, False)],
)
def test_run_is_aborted_if_no_request_can_succeed(trouble: Any, aborts: bool) -> None:
    assert failure_of(Script(*[trouble] * 5)).aborts_run is aborts


def test_oversized_response_is_not_retried() -> None:
    assert failure_of(Script(TransportError("size", True, "too large"))).attempts == 1


ESCAPES = "\x1b[2J\x9b31m\x00\u202e"


def test_control_characters_of_the_server_are_visible() -> None:
    problem = {"title": ESCAPES, "detail": f"a\n{ESCAPES}", "errors": {ESCAPES: [ESCAPES]}}
    result = error_details(failure_of(Script(reply(400, problem))))
    escaped = r"\x1b[2J\x9b31m\x00\u202e"
    assert (result["title"], result["detail"], result["errors"]) == (escaped, f"a {escaped}", {escaped: [escaped]})
    assert r"\x1b" in str(failure_of(Script(reply(302, Location=ESCAPES))).detail)
    assert r"\x1b" in str(failure_of(Script(reply(500, ESCAPES.encode(), Content_Type="text/plain"))).detail)


@pytest.mark.not_quick
def test_texts_of_the_server_are_cut() -> None:
    long = "x" * 100_000
    problem = {"title": long, "detail": long, "errors": {f"{long}{n}": [long] * 200 for n in range(2)}}
    assert len(json.dumps(error_details(failure_of(Script(reply(400, problem)))))) < 250_000


@pytest.mark.parametrize("problem", [{"title": {"a": 1}}, {"detail": [1]}, {"errors": {"a": {"b": []}}}, {"errors": 5}])
def test_problem_of_the_wrong_shape_is_shown_as_text(problem: Any) -> None:
    assert failure_of(Script(reply(400, problem))).title


def test_lone_surrogate_in_a_query_fails_without_a_request() -> None:
    script = Script()
    error = failure_of(script, "PUT", query=[("agentId", "\ud800")])
    assert (error.outcome, error.status, script.sent) == ("not_sent", None, [])


def test_lone_surrogate_in_a_body_is_sent_as_an_escape() -> None:
    script = Script(reply(200))
    client_for(script).request("PUT", "/things", body={"x": "\ud800"})
    assert script.sent[0][2] == {"x": "\ud800"}


# Waits


@pytest.mark.parametrize("header", ["0", "0.1", "Fri, 15 Jan 1999 07:00:00 GMT"])
@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_does_not_shorten_the_backoff(status: int, header: str) -> None:
    clock = Clock()
    client_for(Script(*[reply(status, Retry_After=header)] * 4, reply(200)), clock).get("/things")
    assert sum(clock.waits) >= 0.25 + 1 + 4 + 16


def test_deadline_ends_the_wait_for_a_rate_limit_that_another_request_met() -> None:
    clock = Clock()
    client = client_for(Script(reply(429, Retry_After="60"), reply(200), reply(200)), clock)
    client._throttle.on_rate_limited(60)
    with pytest.raises(ApiError) as caught:
        client.get("/things", deadline=clock.time + 10)
    assert (caught.value.title, caught.value.outcome, caught.value.status) == ("Rate limit", "not_sent", None)
    assert (clock.time, caught.value.aborts_run) == (110, False)


class Stop(threading.Event):
    """Is set during the first wait."""

    def wait(self, timeout: float | None = None) -> bool:
        self.set()
        return True


@pytest.mark.parametrize("trouble", [reply(503), reply(429, Retry_After="50"), LOST])
def test_stop_ends_the_wait_before_a_retry(trouble: Any) -> None:
    script = Script(trouble)
    with pytest.raises(Interrupted):
        client_for(script, stop=Stop()).get("/things")
    assert len(script.sent) == 1


def test_stop_ends_a_pause() -> None:
    with pytest.raises(Interrupted):
        client_for(Script(), stop=Stop()).pause(1000)


def test_nothing_is_sent_after_a_stop() -> None:
    stop = threading.Event()
    stop.set()
    script = Script()
    with pytest.raises(Interrupted):
        client_for(script, stop=stop).get("/things")
    assert script.sent == []


def test_client_with_an_unset_stop_waits_in_time() -> None:
    stop = threading.Event()
    assert client_for(Script(reply(503), reply(200)), max_delay=0.01, stop=stop).get("/things") == {}


def test_interrupt_is_not_an_error_that_code_handles() -> None:
    assert not issubclass(Interrupted, Exception)


def test_missing_file_descriptor_for_the_error_itself_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, f"{PACKAGE}.api_errors", None)
    refused = failure_of(Script(reply(400)), "POST", body={})
    assert (refused.outcome, refused.title) == ("unknown", "Connection error")
    assert failure_of(Script(*[reply(500)] * 5)).outcome == "no_response"


# What is refused because of a rate limit


def notices_of(script: Script, *, pause: float = 0, requests: int = 1) -> list[Notice]:
    """Return what the client notes while requests succeed one after the other, with a pause after each."""
    notices: list[Notice] = []
    clock = Clock()
    client = client_for(script, clock)
    client.on_notice = notices.append
    for _request in range(requests):
        client.request("PUT", "/things", body={})
        clock.time += pause
    return notices


def kinds_of(script: Script, **options: Any) -> list[str]:
    return [notice.kind for notice in notices_of(script, **options)]


def test_single_unavailable_response_concerns_its_request_alone() -> None:
    assert kinds_of(Script(*[reply(503), reply(200)] * 3), pause=2, requests=3) == ["retry"] * 3


def test_unavailable_responses_in_a_burst_are_a_rate_limit() -> None:
    assert kinds_of(Script(*[reply(503), reply(200)] * 3), requests=3) == ["retry", "rate_limit", "rate_limit"]


def test_unavailable_response_after_a_wait_for_all_is_a_rate_limit_however_long_ago_the_others_were() -> None:
    assert kinds_of(Script(*[reply(503)] * 4, reply(200))) == ["retry", *["rate_limit"] * 3]


@pytest.mark.parametrize("status", [502, 504])
def test_other_gateway_errors_in_a_burst_concern_their_requests_alone(status: int) -> None:
    assert kinds_of(Script(*[reply(status), reply(200)] * 3), requests=3) == ["retry"] * 3


def test_request_of_another_thread_waits_after_a_burst_of_unavailable_responses() -> None:
    clock = Clock()
    script = Script(reply(503), reply(503), reply(200), reply(200))
    others = [threading.Thread(target=lambda: client.get("/other"))]

    def sleep(seconds: float) -> None:
        if client.rate_limit_wait() and others[0].ident is None:
            others[0].start()
        clock.sleep(seconds)

    client = Client(script, RetryPolicy(4, 60), 30, Redactor([KEY]), sleep=sleep, clock=clock)
    client.get("/refused")
    others[0].join()
    assert [target for _method, target, _body in script.sent] == ["/refused"] * 3 + ["/other"]


def test_nothing_is_retried_after_as_many_vain_waits_as_there_are_retries() -> None:
    script = Script(*[reply(429)] * 7)
    client = client_for(script)
    attempts = []
    for _request in range(3):
        with pytest.raises(ApiError) as caught:
            client.get("/things")
        attempts.append(caught.value.attempts)
    assert attempts == [5, 1, 1]
    script.replies = [reply(200), reply(429), reply(200)]
    assert [client.get("/things"), client.get("/things")] == [{}, {}]


def test_reads_that_succeed_do_not_shorten_the_waits_of_refused_writes() -> None:
    def look_up(error: ApiError) -> None:
        client.get("/things")

    clock = Clock()
    client = client_for(Script(*[reply(503), reply(200)] * 5), clock)
    with pytest.raises(ApiError) as caught:
        client.request("POST", "/things", body={}, reconcile=look_up)
    assert caught.value.attempts == 5
    assert sum(clock.waits) > 15


# What others are told


def test_retry_is_noted_with_its_reason_and_delay() -> None:
    (notice,) = notices_of(Script(reply(502), reply(200)))
    assert notice._replace(delay=0.4) == ("retry", "PUT", "/things", "502 Bad Gateway", 0.4, 1)
    assert 0.25 <= notice.delay <= 0.5
    assert str(notice._replace(delay=0.44)) == "PUT /things failed (502 Bad Gateway): retry 1 in 0.4 s"


def test_lost_response_is_noted_with_what_happened_to_the_connection() -> None:
    assert [notice.reason for notice in notices_of(Script(LOST, SLOW, reply(200)))] == [LOST.reason, SLOW.reason]


def test_wait_for_a_rate_limit_is_noted() -> None:
    (notice,) = notices_of(Script(reply(429, {"title": "Slow down"}, Retry_After="7"), reply(200)))
    assert str(notice) == "PUT /things failed (429 Slow down): all requests wait 7.0 s for the rate limit"


@pytest.mark.parametrize("trouble", [LOST, reply(409, {"title": "Exists"}), reply(500)])
def test_recovered_creation_is_noted(trouble: Any) -> None:
    notices: list[Notice] = []
    client = client_for(Script(trouble))
    client.on_notice = notices.append
    client.request("POST", "/things", body={}, reconcile=lambda error: {"id": "a"})
    (notice,) = notices
    assert (notice.kind, notice.method, notice.delay) == ("recovered", "POST", 0)
    assert str(notice).endswith("), and the object was found")


def test_request_that_simply_succeeds_or_fails_is_not_noted() -> None:
    assert notices_of(Script(reply(200))) == []
    notices: list[Notice] = []
    client = client_for(Script(reply(400), LOST), retries=0)
    client.on_notice = notices.append
    for _request in range(2):
        with pytest.raises(ApiError):
            client.get("/things")
    assert notices == []


def test_notices_have_no_secret_no_query_and_no_control_character() -> None:
    notices: list[Notice] = []
    client = client_for(Script(reply(503, {"title": f"{KEY} {ESCAPES}"}), reply(200)))
    client.on_notice = notices.append
    client.get("/things", [("phoneNumber", "+15551234567")])
    (line,) = map(str, notices)
    assert KEY not in line
    assert "\x1b" not in line
    assert line.startswith(r"GET /things failed (503 ******** \x1b[2J")
