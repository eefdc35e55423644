# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The listing of agents ends, whatever the pages are."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.dasha.blackbox.plugins.module_utils._reading.agents import MAX_PAGES, find_agents
from ansible_collections.dasha.blackbox.plugins.module_utils._transport.errors import ApiError
from unit.fake_api import FakeApi


def agent(number: int) -> dict[str, Any]:
    return {"agentId": f"agent-{number}", "name": f"Agent {number}"}


def test_page_that_repeats_agents_ends_the_listing() -> None:
    api = FakeApi(lambda _method, _path, query, _body: (200, [agent(0), agent(min(int(query["skip"]), 4))]))
    assert len(find_agents(api.client())) == 3
    assert len(api.requests) == 4


def test_listing_without_an_end_is_an_error() -> None:
    api = FakeApi(lambda _method, _path, query, _body: (200, [agent(int(query["skip"]))]))
    with pytest.raises(ApiError, match=f"does not end after {MAX_PAGES} pages"):
        find_agents(api.client())
    assert len(api.requests) == MAX_PAGES
