# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Entries of a list, as the filters of the role read them too: nulls are not taken out before."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.dasha.blackbox.plugins.module_utils._resources.entries import STATES, read_entries
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.sip_phone_number import PHONE_NUMBER
from unit.harness import TRUNK


def test_null_in_an_entry_is_left_out() -> None:
    entry = {"phone_number": "+1", "credentials_id": None, "registration": None, "displayName": ""}
    (desired,) = read_entries(PHONE_NUMBER, [entry], {"credentials_id": TRUNK}, "numbers", present=True, force=False)
    assert desired.values == {"phone_number": "+1", "credentials_id": TRUNK, "display_name": None}


@pytest.mark.parametrize("task", [True, False])
@pytest.mark.parametrize("own", [True, False])
def test_state_and_force_of_an_entry_override_those_of_the_task(own: bool, task: bool) -> None:
    entry = {"phone_number": "+1", "credentials_id": TRUNK, "state": STATES[not own], "force": own}
    (read,) = read_entries(PHONE_NUMBER, [entry], {}, "numbers", present=task, force=task)
    assert (read.present, read.force) == (own, own)


class Vaulted:
    """Like a string that ansible-core 2.16 has not decrypted yet."""

    __ENCRYPTED__ = True

    def __str__(self) -> str:
        return "agent-1"


def test_encrypted_text_is_a_text() -> None:
    entry: dict[str, Any] = {"phone_number": "+1", "credentials_id": TRUNK, "incoming_calls_agent_id": Vaulted()}
    (read,) = read_entries(PHONE_NUMBER, [entry], {}, "numbers", present=True, force=False)
    assert read.values["incoming_calls_agent_id"] == "agent-1"
