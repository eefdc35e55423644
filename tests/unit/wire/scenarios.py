# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What users do with one number, each as a seed and the task's options."""

from __future__ import annotations

from typing import Any, NamedTuple

from unit.harness import NUMBER_ID, OTHER_ID, OTHER_TRUNK, TRUNK

PAIR = {"phone_number": "+15551234567", "credentials_id": TRUNK}
FULL = {
    "id": NUMBER_ID,
    "phoneNumber": "+15551234567",
    "credentialsId": TRUNK,
    "displayName": "Line",
    "description": "Text",
    "registration": True,
    "incomingCallsAgentId": "agent-1",
}
BARE = {"id": NUMBER_ID, "phoneNumber": "+15551234567", "credentialsId": TRUNK}
TWIN = {"id": OTHER_ID, "phoneNumber": "+15551234567", "credentialsId": OTHER_TRUNK}


class Scenario(NamedTuple):
    """A task on a seeded emulator.

    Attributes:
        fails: the task is refused in check mode and for real.
        settings: of the emulator.
    """

    name: str
    numbers: list[dict[str, Any]]
    options: dict[str, Any]
    fails: bool = False
    settings: dict[str, Any] = {}


SCENARIOS = [
    Scenario("create", [], PAIR),
    Scenario("create beside a twin on another trunk", [TWIN], PAIR),
    Scenario(
        "create with everything", [], {**PAIR, "display_name": "Line", "description": "Text", "registration": True}
    ),
    Scenario("create with an agent", [], {**PAIR, "incoming_calls_agent_id": "agent-1"}),
    Scenario("create with empty texts", [], {**PAIR, "display_name": "", "incoming_calls_agent_id": ""}),
    Scenario("unchanged", [FULL], PAIR),
    Scenario("unchanged with everything", [FULL], {**PAIR, "display_name": "Line", "registration": True}),
    Scenario("unchanged with another case of the trunk", [FULL], {**PAIR, "credentials_id": TRUNK.upper()}),
    Scenario("cleared already", [BARE], {**PAIR, "display_name": "", "incoming_calls_agent_id": ""}),
    Scenario("nulls left out", [BARE], {**PAIR, "display_name": ""}, settings={"omit_nulls": True}),
    Scenario("update a text", [FULL], {**PAIR, "display_name": "New"}),
    Scenario("clear a text", [FULL], {**PAIR, "description": ""}),
    Scenario("switch registration on", [BARE], {**PAIR, "registration": True}),
    Scenario("switch registration off", [FULL], {**PAIR, "registration": False}),
    Scenario("null means leave", [FULL], {**PAIR, "registration": None, "display_name": None}),
    Scenario("link", [BARE], {**PAIR, "incoming_calls_agent_id": "agent-1"}),
    Scenario("relink", [FULL], {**PAIR, "incoming_calls_agent_id": "agent-2"}),
    Scenario("unlink", [FULL], {**PAIR, "incoming_calls_agent_id": ""}),
    Scenario("update and relink", [FULL], {**PAIR, "incoming_calls_agent_id": "agent-2", "description": "New"}),
    Scenario("update and unlink", [FULL], {**PAIR, "incoming_calls_agent_id": "", "description": "New"}),
    Scenario("rename by id", [FULL], {"id": NUMBER_ID, "phone_number": "+1777"}),
    Scenario("move to another trunk by id", [FULL], {"id": NUMBER_ID, "credentials_id": OTHER_TRUNK}),
    Scenario("unchanged by id", [FULL], {"id": NUMBER_ID, "phone_number": "+15551234567"}),
    Scenario(
        "newer fields",
        [{**FULL, "routing": {"a": 1}}],
        {**PAIR, "display_name": "New"},
        False,
        {"unknown_fields": "store"},
    ),
    Scenario("delete", [BARE], {**PAIR, "state": "absent"}),
    Scenario("delete with 204", [BARE], {**PAIR, "state": "absent"}, settings={"delete_status": 204}),
    Scenario("delete without a trunk", [BARE], {"phone_number": "+15551234567", "state": "absent"}),
    Scenario("delete by id", [BARE, TWIN], {"id": NUMBER_ID, "state": "absent"}),
    Scenario("delete by force", [FULL], {**PAIR, "state": "absent", "force": True}),
    Scenario("delete nothing", [TWIN], {**PAIR, "state": "absent"}),
    Scenario("delete nothing by id", [TWIN], {"id": NUMBER_ID, "state": "absent"}),
    Scenario("delete in use", [FULL], {**PAIR, "state": "absent"}, fails=True),
    Scenario("delete one of several", [BARE, TWIN], {"phone_number": "+15551234567", "state": "absent"}, fails=True),
    Scenario("unknown id", [TWIN], {"id": NUMBER_ID, "display_name": "x"}, fails=True),
    Scenario("refused input", [FULL], {**PAIR, "display_name": "x" * 300}, fails=True),
]
