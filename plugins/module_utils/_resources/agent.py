# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The agent, as far as telephony needs it.

The rest of an agent holds prompts, and secrets such as keys of language models: none of it is read into a result.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from .schema import ApiObject, Field, has_type

PATH = "/api/v1/agents"
FIELDS = (
    Field("id", "agentId"),
    Field("name", "name"),
    Field("enabled", "isEnabled", type="bool"),
    Field("description", "description"),
    Field("created_time", "createdTime"),
    Field("last_update_time", "lastUpdateTime"),
)


def agent_path(agent_id: str) -> str:
    """Return the path of one agent; its id may be any text."""
    return f"{PATH}/{quote(agent_id, safe='')}"


def malformed(agent: ApiObject) -> str | None:
    """Return what is wrong with the shape of an agent as a clause, None if nothing is."""
    for name in ("agentId", "name"):
        if not isinstance(agent.get(name), str) or not agent[name]:
            return f"{name} is {agent.get(name)!r:.60}"
    return None


def agent_result(agent: ApiObject) -> dict[str, Any]:
    """Return an agent as a result: the documented fields, and nothing that a server may have added."""
    sip = agent.get("inboundSipConfig")
    uri = sip.get("sipUri") if isinstance(sip, dict) else None
    values = {field.option: agent.get(field.api) for field in FIELDS}
    typed = {field.option: field.python_type for field in FIELDS}
    result = {option: value if has_type(value, typed[option]) else None for option, value in values.items()}
    return {**result, "inbound_sip_uri": uri if isinstance(uri, str) else None}
