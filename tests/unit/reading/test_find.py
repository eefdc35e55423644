# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is remembered of objects that were found."""

from __future__ import annotations

import pytest

from ansible_collections.dasha.blackbox.plugins.module_utils._reading.find import find_all, find_by_id
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.sip_credential import CREDENTIAL
from unit.fake_api import FakeApi
from unit.harness import TRUNK


@pytest.mark.parametrize("listed", [False, True])
@pytest.mark.parametrize(("password", "is_hidden"), [("hunter2", False), ("hunter2!", True)])
def test_stored_password_that_is_no_part_of_a_word_is_redacted(password: str, is_hidden: bool, listed: bool) -> None:
    trunk = {"id": TRUNK, "server": "sip.example.com", "authPassword": password}
    client = FakeApi(lambda *_request: (200, {"items": [trunk], "totalCount": 1} if listed else trunk)).client()
    if listed:
        find_all(client, CREDENTIAL, {})
    else:
        find_by_id(client, CREDENTIAL, TRUNK)
    assert (password not in client.secrets.redact(f"it is {password}")) is is_hidden
