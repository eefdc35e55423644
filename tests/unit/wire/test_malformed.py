# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whatever the server returns, a module ends with a result, and writes nothing that it cannot know to be right.

`MALFORMED_EXAMPLES=1000` tries so many responses for each task, other ones each time.
"""

from __future__ import annotations

import http.server
import json
import os
import re
import threading
from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st

from ansible_collections.dasha.blackbox.plugins.module_utils._reading import listing as reading
from unit.harness import NOBODY_ID, NUMBER_ID, NUMBERS, OTHER_ID, OTHER_TRUNK, TRUNK, Door

pytestmark = pytest.mark.slow

TRUNKS = "/api/v1/sip-credentials"
NEW_ID = "6e1b9c3a-2f4d-4b8e-a7c5-1d3f5b7a9c11"
PHONE, NEW_PHONE = "+15551234567", "+15557654321"
KEY = "malformed-test-key"
MOST_REQUESTS = 60
MISSING = "(missing)"
JSON = "application/json"
Json = Any

NUMBER: dict[str, Json] = {
    "id": NUMBER_ID,
    "orgId": "org-1",
    "phoneNumber": PHONE,
    "credentialsId": TRUNK,
    "displayName": "Line",
    "description": None,
    "registration": True,
    "providerId": None,
    "incomingCallsAgentId": None,
    "createdTime": "2026-01-01T00:00:00Z",
    "lastUpdateTime": "2026-01-01T00:00:00Z",
    "registrationStatus": {"state": "Pending", "lastUpdated": "2026-01-01T00:00:00Z"},
}
OTHER_NUMBER = {**NUMBER, "id": OTHER_ID, "credentialsId": OTHER_TRUNK}
CREDENTIAL: dict[str, Json] = {
    "id": TRUNK,
    "orgId": "org-1",
    "server": "sip.example.com",
    "domain": None,
    "authUser": "alice",
    "authPassword": "stored-Kq7vWz",
    "transport": "udp",
    "description": None,
    "cpsLimit": None,
    "cpsKey": None,
    "source": "manual",
    "providerId": None,
    "createdTime": "2026-01-01T00:00:00Z",
    "lastUpdateTime": "2026-01-01T00:00:00Z",
}
AGENTS = {"id": NUMBER_ID, "phoneNumber": PHONE, "affectedAgents": []}
IMPACT = {"phoneNumbers": [AGENTS], "affectedCallsCount": 0}


class Reply(NamedTuple):
    """A response of the test's server."""

    content: bytes
    status: int = 200
    kind: str = JSON


class World(NamedTuple):
    """What the server returns, for numbers and trunks alike.

    Attributes:
        listing, read, dependents: for a GET of all objects, of one, and of those that use one.
        created, updated: for a POST, and for a PUT or DELETE.
    """

    listing: Reply
    read: Reply
    dependents: Reply
    created: Reply
    updated: Reply

    def answer(self, method: str, path: str) -> Reply:
        if method == "POST":
            return self.created
        if method != "GET":
            # The agent of a number that was just created is linked with a response about that number.
            return self.created if NEW_ID in path else self.updated
        if path.startswith("/api/v1/agents/"):
            agent_id = path.rpartition("/")[2]
            content = json.dumps({"agentId": agent_id, "name": "Sales", "isEnabled": True, "orgId": "org-1"}).encode()
            return self.read._replace(content=content)
        if path.endswith("/affected-agents"):
            content = self.dependents.content
            return self.dependents._replace(content=content.replace(NUMBER_ID.encode(), path.split("/")[-2].encode()))
        return self.listing if path in (NUMBERS, TRUNKS) else self.read


class Server(http.server.ThreadingHTTPServer):
    """Answers by its world, and keeps what it was asked."""

    daemon_threads = True
    world: World
    door: Door
    requests: list[tuple[str, str]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(http.server.BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body at once, or each response waits for an acknowledgement

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        path = urlsplit(self.path).path
        self.server.requests.append((self.command, path))
        reply = self.server.world.answer(self.command, path)
        if len(self.server.requests) > MOST_REQUESTS:
            reply = Reply(b'{"title": "Enough"}', 400, "application/problem+json")
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.kind)
        self.send_header("Content-Length", str(len(reply.content)))
        self.end_headers()
        self.wfile.write(reply.content)

    do_POST = do_PUT = do_DELETE = do_GET

    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture(scope="module")
def running_server() -> Iterator[Server]:
    with Server(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def server(running_server: Server, door: Door, monkeypatch: pytest.MonkeyPatch) -> Server:
    # An incomplete listing is read again; the tests of listings look at the waits in between.
    monkeypatch.setattr(reading, "INITIAL_DELAY", 0)
    running_server.door = door
    return running_server


# Responses


def text(value: Json) -> Reply:
    return Reply(json.dumps(value).encode())


def page(rows: list[Json]) -> dict[str, Json]:
    return {"items": rows, "totalCount": len(rows), "skip": 0, "take": 1000}


def nested(depth: int, around: str = "[") -> bytes:
    return (b"[" * depth + b"]" * depth) if around == "[" else b'{"a":' * depth + b"1" + b"}" * depth


JUNK: list[Json] = [
    *(MISSING, None, True, False, 0, -1, 1.5, 10**30, float("nan"), float("inf")),
    *("", " ", "x", "../../agents", "\ud800", "\x00", "\u202e", "9" * 300, NOBODY_ID),
    *([], [None], [[]], {}, {"id": NUMBER_ID}, {"": None}),
]
UNREADABLE = [
    Reply(b""),
    Reply(b"null"),
    Reply(b"[]"),
    Reply(b'"text"'),
    Reply(b"NaN"),
    Reply(b"1e999"),
    Reply(b"9" * 5000),
    Reply(nested(100_000)),
    Reply(nested(100_000, "{")),
    Reply(b'{"items": ' + nested(100_000) + b', "totalCount": 1}'),
    Reply(b"\xff\xfe{\x00}\x00"),
    Reply(b"<html>It works!</html>", 200, "text/html"),
    Reply(b"<html>Not found</html>", 404, "text/html"),
    Reply(b"<html>Bad gateway</html>", 502, "text/html"),
    Reply(b'{"title": {"a": []}, "detail": 7, "errors": [1, null], "status": "x"}', 400, "application/problem+json"),
    Reply(b'{"title": null, "errors": {"a": 1, "b": [null, {}], "": ["\\ud800"]}}', 409, "application/problem+json"),
    Reply(b"[[]]", 401, "application/problem+json"),
]
unreadable = st.sampled_from(UNREADABLE)
junk = st.sampled_from(JUNK)


def damaged(good: dict[str, Json]) -> st.SearchStrategy[dict[str, Json]]:
    """Return objects with one to three fields of another type, or without them."""
    names = st.sampled_from([*good, "unknownField"])
    damages = st.dictionaries(names, junk, min_size=1, max_size=3)
    return damages.map(lambda damage: without_missing({**good, **damage}))


def without_missing(fields: dict[str, Json]) -> dict[str, Json]:
    return {name: value for name, value in fields.items() if value is not MISSING}


def either(good: dict[str, Json]) -> st.SearchStrategy[Reply]:
    return st.just(text(good)) | damaged(good).map(text) | unreadable


def worlds(good: dict[str, Json], other: dict[str, Json], users: dict[str, Json]) -> st.SearchStrategy[World]:
    status = damaged({"state": "Registered", "errorDescription": "x", "lastUpdated": "2026-01-01T00:00:00Z"})
    with_status = status.map(lambda value: {**good, "registrationStatus": value})
    row = st.just(good) | damaged(good) | with_status
    rows = st.lists(row | damaged(other) | junk.filter(lambda value: value is not MISSING), max_size=3)
    listing = st.just(page([good])) | rows.map(page) | damaged({**page([good]), "totalCount": 1}).filter(is_complete)
    return st.builds(
        World,
        listing=listing.map(text) | unreadable,
        read=st.just(text(good)) | row.map(text) | unreadable,
        dependents=either(users),
        created=either({**good, "id": NEW_ID, "phoneNumber": NEW_PHONE}),
        updated=either(good),
    )


def is_complete(listing: dict[str, Json]) -> bool:
    """Whether a listing has the number of rows that it announces; any other is read again, which takes time."""
    items, total = listing.get("items"), listing.get("totalCount")
    return not isinstance(items, list) or not isinstance(total, (int, float)) or total == len(items)


NUMBER_WORLDS = worlds(NUMBER, OTHER_NUMBER, AGENTS)
TRUNK_WORLDS = worlds(CREDENTIAL, {**CREDENTIAL, "id": OTHER_TRUNK, "authUser": "bob"}, IMPACT)
GOOD_NUMBERS = World(
    text(page([NUMBER, OTHER_NUMBER])),
    text(NUMBER),
    text(AGENTS),
    text({**NUMBER, "id": NEW_ID, "phoneNumber": NEW_PHONE}),
    text(NUMBER),
)
GOOD_TRUNKS = World(
    text(page([CREDENTIAL])),
    text(CREDENTIAL),
    text(IMPACT),
    text({**CREDENTIAL, "id": NEW_ID, "server": "sip.example.org", "authUser": None}),
    text(CREDENTIAL),
)


# Tasks


class Task(NamedTuple):
    name: str
    module: str
    options: dict[str, Any]

    @property
    def is_about_trunks(self) -> bool:
        return self.module.startswith("sip_credential")

    @property
    def good(self) -> World:
        return GOOD_TRUNKS if self.is_about_trunks else GOOD_NUMBERS


PAIR = {"phone_number": PHONE, "credentials_id": TRUNK}
NEW_PAIR = {"phone_number": NEW_PHONE, "credentials_id": TRUNK}
ONE, MANY, INFO = "sip_phone_number", "sip_phone_numbers", "sip_phone_number_info"
KEY_OF_TRUNK = {"server": "sip.example.com", "auth_user": "alice"}
ABSENT = {"state": "absent"}
WAIT = {"wait_for_registration": True, "wait_timeout": 0.02}
LINKED = {"display_name": "New", "incoming_calls_agent_id": "agent-1"}
ALL_PAIRS = {"phone_numbers": [{**PAIR, **LINKED}, {**NEW_PAIR, **LINKED}]}
TASKS = [
    Task("update", ONE, {**PAIR, **LINKED}),
    Task("update by id", ONE, {"id": NUMBER_ID, **LINKED}),
    Task("move by id", ONE, {"id": NUMBER_ID, "credentials_id": OTHER_TRUNK}),
    Task("create", ONE, {**NEW_PAIR, **LINKED}),
    Task("wait", ONE, {**PAIR, **WAIT}),
    Task("wait by id", ONE, {"id": NUMBER_ID, "display_name": "New", **WAIT}),
    Task("delete", ONE, {**PAIR, **ABSENT}),
    Task("delete by force", ONE, {**PAIR, **ABSENT, "force": True}),
    Task("delete by number", ONE, {"phone_number": PHONE, **ABSENT}),
    Task("delete by id", ONE, {"id": NUMBER_ID, **ABSENT}),
    Task("delete by id and pair", ONE, {"id": NUMBER_ID, **PAIR, **ABSENT}),
    Task("list", INFO, {}),
    Task("list by filters", INFO, {"phone_number": PHONE, "credentials_id": TRUNK, "unlinked_only": True}),
    Task("list by id with agents", INFO, {"id": NUMBER_ID, "affected_agents": True}),
    Task("list with agents", INFO, {"affected_agents": True}),
    Task("fleet", MANY, ALL_PAIRS),
    Task("fleet with purge", MANY, {"phone_numbers": [NEW_PAIR], "purge": True, "force": True}),
    Task("fleet that waits", MANY, {**ALL_PAIRS, **WAIT}),
    Task("fleet that is absent", MANY, {"phone_numbers": [PAIR, NEW_PAIR], **ABSENT}),
    Task("trunk update", "sip_credential", {**KEY_OF_TRUNK, "description": "New"}),
    Task(
        "trunk update with password",
        "sip_credential",
        {"id": TRUNK, "description": "New", "auth_password": "task-Xw3pLm", "update_password": "always"},
    ),
    Task("trunk create", "sip_credential", {"server": "sip.example.org", "auth_password": "task-Xw3pLm"}),
    Task("trunk delete", "sip_credential", {**KEY_OF_TRUNK, **ABSENT}),
    Task("trunk delete by id and force", "sip_credential", {"id": TRUNK, **ABSENT, "force": True}),
    Task("trunk list", "sip_credential_info", {}),
    Task("trunk list with impact", "sip_credential_info", {"impact": True}),
    Task("trunk list by id", "sip_credential_info", {"id": TRUNK, "server": "sip.example.com"}),
]
all_tasks = pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
checks = pytest.mark.parametrize("check", [False, True], ids=["real", "check"])
BY_ID = pytest.mark.parametrize(
    "task", [task for task in TASKS if "id" in task.options], ids=lambda task: f"{task.module}: {task.name}"
)
LISTING = pytest.mark.parametrize(
    "task", [task for task in TASKS if "id" not in task.options], ids=lambda task: f"{task.module}: {task.name}"
)


def run(server: Server, task: Task, world: World, check: bool = False) -> dict[str, Any]:
    """Run a task and check what holds of every result: it is one, and it has no traceback and no secret."""
    server.world, server.requests = world, []
    connection = {"api_key": KEY, "api_url": server.url, "api_retries": 0, "api_retry_max_delay": 0.01}
    result = server.door(task.module, {**connection, **task.options}, check=check)
    shown = json.dumps(result)
    assert not re.search("Traceback|MODULE FAILURE|Error\\(", shown)
    assert not [secret for secret in (KEY, "stored-Kq7vWz", "task-Xw3pLm") if secret in shown]
    assert not result["failed"] or (isinstance(result["msg"], str) and len(result["msg"]) > 10)
    assert not check or not writes(server)
    return result


def writes(server: Server) -> list[tuple[str, str]]:
    return [request for request in server.requests if request[0] != "GET"]


def parsed(reply: Reply) -> Json:
    try:
        return json.loads(reply.content) if reply.status == 200 else None
    except (ValueError, RecursionError):
        return None


def is_readable(listing: Json) -> bool:
    """Whether a listing has the form of one, and every row an id."""
    if not isinstance(listing, dict) or not isinstance(listing.get("items"), list):
        return False
    ids = [row.get("id") if isinstance(row, dict) else None for row in listing["items"]]
    total = listing.get("totalCount")
    whole = isinstance(total, int) and not isinstance(total, bool)
    return whole and all(isinstance(found, str) and found for found in ids)


def allowed_ids(task: Task, world: World) -> set[str]:
    """Return the ids of objects that a task may write to."""
    good, created = (CREDENTIAL if task.is_about_trunks else NUMBER), parsed(world.created)
    allowed = {good["id"]}
    if task.options.get("purge"):
        allowed |= {row["id"] for row in parsed(world.listing)["items"] if row.get("credentialsId") == TRUNK}
        allowed = {found for found in allowed if re.fullmatch("[0-9a-f-]{36}", found)}
    if isinstance(created, dict):
        named = all(
            created.get(name) == value for name, value in (("phoneNumber", NEW_PHONE), ("credentialsId", TRUNK))
        )
        allowed |= {NEW_ID} if named and created.get("id") == NEW_ID else set()
    return allowed


def check_writes(server: Server, task: Task, world: World) -> None:
    """No write follows a response that cannot be read, or is about another object than the one asked for."""
    made = writes(server)
    if not made:
        return
    if "id" in task.options:
        read = parsed(world.read)
        assert isinstance(read, dict) and read.get("id") == task.options["id"], "written without having been read"
    else:
        assert is_readable(parsed(world.listing)), "written after a listing that cannot be read"
    written = {path.removesuffix("/agent-link").rpartition("/")[2] for method, path in made if method != "POST"}
    assert written <= allowed_ids(task, world), "written to another object"


@checks
@all_tasks
def test_malformed_responses_lead_to_a_result(server: Server, task: Task, check: bool) -> None:
    asked = os.environ.get("MALFORMED_EXAMPLES")

    @settings(
        max_examples=int(asked or 25),
        derandomize=not asked,
        database=None,
        deadline=None,
        report_multiple_bugs=False,
        phases=[Phase.generate] if os.environ.get("CI") else [Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(world=TRUNK_WORLDS if task.is_about_trunks else NUMBER_WORLDS)
    def responses(world: World) -> None:
        result = run(server, task, world, check)
        note(f"{server.requests}\n-> {result!r:.2000}")
        check_writes(server, task, world)

    responses()


@all_tasks
def test_good_responses_succeed(server: Server, task: Task) -> None:
    result = run(server, task, task.good)
    # Two trunks have the number.
    assert not result["failed"] or "wait" in task.name or task.name == "delete by number", result["msg"]
    check_writes(server, task, task.good)


@LISTING
@pytest.mark.parametrize(
    "total", [None, True, 1.0, 1.5, "1", -1, 10**30, 3_000, [], {}, MISSING, float("nan")], ids=repr
)
def test_listing_with_malformed_total_fails(server: Server, task: Task, total: Json) -> None:
    listing = without_missing({**page([CREDENTIAL if task.is_about_trunks else NUMBER]), "totalCount": total})
    result = run(server, task, task.good._replace(listing=text(listing)))
    assert result["failed"]
    assert writes(server) == []
    assert len(server.requests) < MOST_REQUESTS


@LISTING
@pytest.mark.parametrize("rows", [None, {}, "text", 7, [None], [[]], ["text"], [{}]], ids=repr)
def test_listing_with_malformed_items_fails(server: Server, task: Task, rows: Json) -> None:
    listing = {**page([]), "items": rows, "totalCount": 1}
    result = run(server, task, task.good._replace(listing=text(listing)))
    assert result["failed"]
    assert writes(server) == []


@LISTING
@pytest.mark.parametrize("total", [100_000, 2**31 - 1])
@pytest.mark.parametrize("empty", [[], [NUMBER]], ids=["no rows", "the same row"])
def test_listing_without_progress_fails_soon(server: Server, task: Task, empty: list[Json], total: int) -> None:
    listing = {**page(empty), "totalCount": total}
    result = run(server, task, task.good._replace(listing=text(listing)))
    assert result["failed"]
    assert writes(server) == []
    assert len(server.requests) < MOST_REQUESTS


@LISTING
@pytest.mark.parametrize("found", [None, True, 7, 1.5, [], {}, "", "x", "../x", "\ud800", MISSING], ids=repr)
def test_row_with_malformed_id_is_never_written_to(server: Server, task: Task, found: Json) -> None:
    row = without_missing({**(CREDENTIAL if task.is_about_trunks else NUMBER), "id": found})
    result = run(server, task, task.good._replace(listing=text(page([row]))))
    assert result["failed"] or not isinstance(found, str)
    assert [request for request in writes(server) if request[0] != "POST"] == []


@BY_ID
def test_object_with_another_id_fails(server: Server, task: Task) -> None:
    other = {**(CREDENTIAL if task.is_about_trunks else NUMBER), "id": NOBODY_ID}
    result = run(server, task, task.good._replace(read=text(other)))
    assert result["failed"]
    assert writes(server) == []


@BY_ID
def test_object_with_id_in_upper_case_is_the_same(server: Server, task: Task) -> None:
    good = CREDENTIAL if task.is_about_trunks else NUMBER
    upper = {**good, "id": good["id"].upper()}
    result = run(server, task, task.good._replace(read=text(upper), updated=text(upper)))
    assert not result["failed"] or "wait" in task.name, result["msg"]


@BY_ID
@pytest.mark.parametrize("content", [b"<html>Not Found</html>", b"", b"404 page not found\n"], ids=["html", "", "text"])
def test_not_found_page_of_another_server_fails(server: Server, task: Task, content: bytes) -> None:
    result = run(server, task, task.good._replace(read=Reply(content, 404, "text/html")))
    assert result["failed"]
    assert "api_url" in result["msg"]
    assert writes(server) == []


@pytest.mark.parametrize(
    "task", [task for task in TASKS if task.name in ("create", "fleet")], ids=lambda task: task.name
)
@pytest.mark.parametrize(
    "wrong",
    [{"id": NUMBER_ID, "phoneNumber": PHONE}, {"phoneNumber": PHONE}, {"credentialsId": OTHER_TRUNK}, {"id": "../x"}],
    ids=repr,
)
def test_creation_that_returns_another_object_links_nothing(server: Server, task: Task, wrong: dict[str, Json]) -> None:
    created = {**NUMBER, "id": NEW_ID, "phoneNumber": NEW_PHONE, **wrong}
    result = run(server, task, task.good._replace(created=text(created)))
    assert result["failed"]
    linked = [path for method, path in writes(server) if method == "PUT" and path.endswith("/agent-link")]
    assert linked in ([], [f"{NUMBERS}/{NUMBER_ID}/agent-link"] if task.module == MANY else [])


@pytest.mark.parametrize("task", [task for task in TASKS if "update" in task.name], ids=lambda task: task.name)
def test_update_that_returns_another_object_fails(server: Server, task: Task) -> None:
    other = {**(CREDENTIAL if task.is_about_trunks else NUMBER), "id": NOBODY_ID}
    result = run(server, task, task.good._replace(updated=text(other)))
    assert result["failed"]
    assert not [path for _method, path in writes(server) if NOBODY_ID in path]


@pytest.mark.parametrize("depth", [200, 900, 2_000, 10_000, 100_000])
@all_tasks
def test_deeply_nested_field_leads_to_a_result(server: Server, task: Task, depth: int) -> None:
    good = CREDENTIAL if task.is_about_trunks else NUMBER
    deep = json.dumps({**good, "deep": 0}).replace(" 0}", f" {nested(depth).decode()}}}").encode()
    listing = b'{"items": [' + deep + b'], "totalCount": 1, "skip": 0, "take": 1000}'
    run(server, task, World(Reply(listing), Reply(deep), Reply(deep), Reply(deep), Reply(deep)))
