# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The organization of a key: refused before the first write, and truthfully if it shows only later."""

from __future__ import annotations

import re
import threading
import time
from typing import Any

import pytest

from ansible_collections.dasha.blackbox.plugins.module_utils._common.errors import InvalidOptionsError
from ansible_collections.dasha.blackbox.plugins.module_utils._common.workers import map_in_threads
from ansible_collections.dasha.blackbox.plugins.module_utils._reading.organization import OrganizationGuard
from ansible_collections.dasha.blackbox.plugins.module_utils._transport.errors import ApiError
from unit.fake_api import LOST, FakeApi, Reply
from unit.harness import NUMBER_ID

NUMBERS, TRUNKS, AGENTS = "/api/v1/sip-phone-numbers", "/api/v1/sip-credentials", "/api/v1/agents"
PROVIDERS = "/api/v1/providers/twilio"
LISTINGS = [("GET", NUMBERS), ("GET", TRUNKS), ("GET", AGENTS)]
OURS, THEIRS = {"id": NUMBER_ID, "orgId": "org-1"}, {"id": NUMBER_ID, "orgId": "org-2"}
NAMELESS = {"id": NUMBER_ID}


def guarded(
    listings: dict[str, Any] | None = None, created: Reply = (201, OURS), deleted: Reply = (204, None)
) -> tuple[FakeApi, Any, OrganizationGuard]:
    """Return an API whose listings have some items, its client, and the guard of the client.

    Args:
        listings: items by path.
        created: the reply to a POST or PUT.
        deleted: the reply to a DELETE.
    """

    def respond(method: str, path: str, *_rest: Any) -> Reply:
        if method != "GET":
            return deleted if method == "DELETE" else created
        items = (listings or {}).get(path, [])
        # The agents are an array, or a page.
        return 200, items if path == AGENTS and isinstance(items, list) else {"items": items}

    api = FakeApi(respond)
    client = api.client(retries=0)
    return api, client, OrganizationGuard(client, "org-1")


@pytest.mark.parametrize(
    ("listings", "requests"),
    [
        ({NUMBERS: [OURS], TRUNKS: [THEIRS]}, LISTINGS[:1]),
        ({TRUNKS: [OURS], AGENTS: [THEIRS]}, LISTINGS[:2]),
        ({NUMBERS: [NAMELESS], TRUNKS: [NAMELESS], AGENTS: [OURS]}, LISTINGS),
    ],
)
def test_objects_are_read_before_the_first_write_until_one_names_the_organization(
    listings: dict[str, Any], requests: list[Any]
) -> None:
    api, client, guard = guarded(listings)
    client.request("POST", NUMBERS, body={})
    client.request("POST", NUMBERS, body={})
    assert (api.requests, guard.warnings) == ([*requests, ("POST", NUMBERS), ("POST", NUMBERS)], ())


def test_object_that_was_read_earlier_is_enough() -> None:
    api, client, _guard = guarded({NUMBERS: [THEIRS]})
    client.observe(OURS)
    client.request("POST", NUMBERS, body={})
    assert api.requests == [("POST", NUMBERS)]


@pytest.mark.parametrize("listings", [{path: [{}, THEIRS]} for path in (NUMBERS, TRUNKS, AGENTS)], ids=str)
def test_other_organization_is_refused_before_the_first_write(listings: dict[str, Any]) -> None:
    api, client, guard = guarded(listings)
    for _write in range(2):
        with pytest.raises(InvalidOptionsError, match="belongs to the organization 'org-2'.*This task wrote nothing"):
            client.request("POST", NUMBERS, body={})
    assert (api.count("POST"), guard.warnings) == (0, ())


@pytest.mark.parametrize("status", [403, 404])
def test_agents_that_the_key_has_no_access_to_are_none(status: int) -> None:
    def respond(method: str, path: str, *_rest: Any) -> Reply:
        return (201, OURS) if method == "POST" else (status, {}) if path == AGENTS else (200, {"items": []})

    api = FakeApi(respond)
    client = api.client(retries=0)
    guard = OrganizationGuard(client, "org-1")
    client.request("POST", TRUNKS, body={})
    assert (api.requests, guard.warnings) == ([*LISTINGS, ("POST", TRUNKS)], ())


@pytest.mark.parametrize("path", [NUMBERS, TRUNKS, AGENTS])
def test_listing_that_cannot_be_read_prevents_the_write(path: str) -> None:
    def respond(method: str, requested: str, *_rest: Any) -> Reply:
        return (500, {}) if path == requested else (200, {"items": []})

    api = FakeApi(respond)
    client = api.client(retries=0)
    OrganizationGuard(client, "org-1")
    for _write in range(2):
        with pytest.raises(ApiError):
            client.request("POST", NUMBERS, body={})
    assert api.count("POST") == 0


@pytest.mark.parametrize("items", [None, "x", [], [7, "x", None, []], [{}], [{"orgId": None}, {"orgId": 7}]], ids=str)
def test_objects_that_do_not_name_the_organization_lead_to_a_warning(items: Any) -> None:
    _api, client, guard = guarded({NUMBERS: items, TRUNKS: items, AGENTS: items}, (201, NAMELESS))
    client.request("POST", NUMBERS, body={})
    (warning,) = guard.warnings
    assert "('org-1') could not be checked" in warning
    assert "and neither does what was written" in warning


def test_preview_of_what_cannot_be_checked_yet_is_a_warning_that_says_what_the_run_will_do() -> None:
    api, client, guard = guarded()
    client.check_before_write()
    client.check_before_write()
    (warning,) = guard.warnings
    assert "The first write request is then sent alone, and its response is checked" in warning
    assert api.requests == LISTINGS


@pytest.mark.parametrize(
    ("write", "consequence"), [(True, " This showed only after the first write."), (False, "")], ids=["real", "check"]
)
def test_other_organization_that_shows_late_stops_the_task_without_a_false_promise(
    write: bool, consequence: str
) -> None:
    _api, client, _guard = guarded(created=(201, NAMELESS))
    if write:
        client.request("POST", NUMBERS, body={})
    else:
        client.check_before_write()
    with pytest.raises(InvalidOptionsError, match=re.escape(f"expected_org_id is 'org-1'.{consequence} Check api_key")):
        client.observe(THEIRS)


# The first write into an organization without anything that could be read


def test_first_response_confirms_the_organization() -> None:
    api, client, guard = guarded()
    client.request("POST", TRUNKS, body={})
    client.request("POST", NUMBERS, body={})
    assert (api.requests, guard.warnings) == ([*LISTINGS, ("POST", TRUNKS), ("POST", NUMBERS)], ())


@pytest.mark.parametrize(
    ("path", "what", "deletion"),
    [
        (NUMBERS, "phone number", f"{NUMBERS}/{NUMBER_ID}"),
        (TRUNKS, "SIP credential", f"{TRUNKS}/{NUMBER_ID}"),
        (PROVIDERS, "Twilio provider", f"/api/v1/providers/{NUMBER_ID}"),
    ],
)
def test_what_was_created_in_another_organization_is_deleted_again(path: str, what: str, deletion: str) -> None:
    api, client, guard = guarded(created=(201, THEIRS))
    consequence = f"Nothing showed this before the {what} with id {NUMBER_ID} was created in it, and deleted again."
    for _write in range(2):
        with pytest.raises(InvalidOptionsError, match=re.escape(f"expected_org_id is 'org-1'. {consequence} Check")):
            client.request("POST", path, body={})
    assert api.requests == [*LISTINGS, ("POST", path), ("DELETE", deletion)]
    assert (client.has_written, guard.warnings) == (True, ())


def test_deletion_that_fails_is_reported_with_what_is_left() -> None:
    _api, client, _guard = guarded(created=(201, THEIRS), deleted=(409, {"detail": "In use"}))
    left = f"'org-2'.*id {NUMBER_ID} was created in it, and deleting it again failed: In use. Delete it"
    with pytest.raises(InvalidOptionsError, match=left):
        client.request("POST", NUMBERS, body={})


def test_provider_does_not_name_its_organization_so_its_trunk_is_read() -> None:
    trunks: list[Any] = []

    def respond(method: str, path: str, *_rest: Any) -> Reply:
        if method == "POST":
            trunks.append(THEIRS)
        if method != "GET":
            return 200, NAMELESS
        return 200, {"items": trunks if path == TRUNKS else []}

    api = FakeApi(respond)
    client = api.client()
    OrganizationGuard(client, "org-1")
    with pytest.raises(InvalidOptionsError, match="Twilio provider.*deleted again"):
        client.request("POST", PROVIDERS, body={})
    deletion = ("DELETE", f"/api/v1/providers/{NUMBER_ID}")
    assert api.requests == [*LISTINGS, ("POST", PROVIDERS), *LISTINGS[:2], deletion]


def test_failure_to_read_after_the_first_write_reports_what_was_written() -> None:
    replies: dict[str, Reply] = {"POST": (200, NAMELESS), "GET": (200, {"items": []})}

    def respond(method: str, *_rest: Any) -> Reply:
        reply = replies[method]
        if method == "POST":
            replies["GET"] = (500, {})
        return reply

    client = FakeApi(respond).client(retries=0)
    OrganizationGuard(client, "org-1")
    with pytest.raises(ApiError) as caught:
        client.request("POST", PROVIDERS, body={})
    assert caught.value.created == NAMELESS


@pytest.mark.parametrize(("reply", "deletions"), [(LOST, 1), ((409, {}), 0)], ids=["lost response", "conflict"])
def test_creation_that_is_found_by_look_up_is_deleted_only_if_it_is_ours(reply: Reply, deletions: int) -> None:
    api, client, _guard = guarded(created=reply)

    def reconcile(_error: ApiError) -> Any:
        client.observe(THEIRS)
        return THEIRS

    with pytest.raises(InvalidOptionsError, match="'org-2'") as caught:
        client.request("POST", NUMBERS, body={}, reconcile=reconcile)
    assert (api.count("DELETE"), "deleted again" in str(caught.value)) == (deletions, bool(deletions))


def test_write_that_fails_confirms_nothing_and_is_not_the_first_one() -> None:
    replies = iter([(400, {}), (201, THEIRS), (204, None)])
    api = FakeApi(lambda method, *_rest: (200, {"items": []}) if method == "GET" else next(replies))
    client = api.client()
    OrganizationGuard(client, "org-1")
    with pytest.raises(ApiError):
        client.request("POST", NUMBERS, body={})
    with pytest.raises(InvalidOptionsError, match="deleted again"):
        client.request("POST", NUMBERS, body={})
    assert [method for method, _path in api.requests[3:]] == ["POST", "POST", "DELETE"]


@pytest.mark.not_quick
@pytest.mark.parametrize(("obj", "posts"), [(OURS, 8), (NAMELESS, 8), (THEIRS, 1)], ids=["ours", "nameless", "theirs"])
def test_first_write_is_sent_alone(obj: dict[str, Any], posts: int) -> None:
    lock, running, most = threading.Lock(), [0], [0]

    def respond(method: str, *_rest: Any) -> Reply:
        if method == "GET":
            return 200, {"items": []}
        if method == "DELETE":
            return 204, None
        with lock:
            running[0] += 1
            most.append(running[0])
        time.sleep(0.05)
        with lock:
            running[0] -= 1
        return 201, obj

    api = FakeApi(respond)
    client = api.client()
    OrganizationGuard(client, "org-1")

    def create(_index: int) -> str:
        try:
            client.request("POST", NUMBERS, body={})
        except InvalidOptionsError as error:
            return str(error)
        return ""

    messages = set(map_in_threads(create, range(8), 8))
    assert (api.count("POST"), api.count("GET") <= 6) == (posts, True)
    assert most[1:3] == [1, 1][:posts]
    assert len(messages) == 1 and ("deleted again" in messages.pop()) is (posts == 1)
