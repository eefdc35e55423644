# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names of trunks, thousands of them."""

from __future__ import annotations

import time
import uuid
from typing import Any
from unittest import mock

import pytest

from ansible_collections.dasha.blackbox.plugins.module_utils._reading import trunks
from ansible_collections.dasha.blackbox.plugins.module_utils._transport.errors import InvalidOptionsError

COUNT = 8000
LISTED = [{"id": str(uuid.UUID(int=number)), "server": f"sip{number}.example.com"} for number in range(COUNT)]


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> trunks.TrunkNames:
    monkeypatch.setattr(trunks, "find_all", lambda *_client, **_how: LISTED)
    client: Any = mock.Mock()
    return trunks.TrunkNames(client)


def test_thousands_of_names_are_resolved_without_comparing_each_with_each(names: trunks.TrunkNames) -> None:
    begin = time.process_time()
    found = [names.resolve(trunk["server"].upper(), "trunk") for trunk in LISTED]
    seconds = time.process_time() - begin
    assert found == [trunk["id"] for trunk in LISTED]
    # Comparing each with each took seconds.
    assert seconds < 1


def test_unknown_name_among_thousands_is_told_apart_in_time(names: trunks.TrunkNames) -> None:
    begin = time.process_time()
    with pytest.raises(InvalidOptionsError, match=r"The trunks are: sip4711\.example\.com, "):
        names.resolve("sip4711.example.co", "trunk")
    assert time.process_time() - begin < 2
