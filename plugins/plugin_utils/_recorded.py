# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Results of the info modules as an API that can only be read, so that the planner compares them with lists."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, cast

from ansible.errors import AnsibleFilterError

from ansible_collections.dasha.blackbox.plugins.module_utils._common.redaction import Redactor
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.agent import PATH as AGENTS
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.schema import (
    BODY,
    ApiObject,
    Field,
    Resource,
)
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.sip_credential import CREDENTIAL
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.sip_phone_number import (
    AFFECTED_AGENT_FIELDS,
    AFFECTED_AGENTS,
    PHONE_NUMBER,
)
from ansible_collections.dasha.blackbox.plugins.module_utils._transport.client import Client
from ansible_collections.dasha.blackbox.plugins.module_utils._transport.retry import RetryPolicy
from ansible_collections.dasha.blackbox.plugins.plugin_utils._plain import to_plain

if TYPE_CHECKING:
    from ansible_collections.dasha.blackbox.plugins.module_utils._transport.client import Expect, Query
    from ansible_collections.dasha.blackbox.plugins.module_utils._transport.http import Transport

Result = Mapping[str, Any]
# No info module returns a stored password. Without one, a plan for a trunk would fail for not to destroy it.
STORED = "a password that nobody sees"


class RecordedApi(Client):
    """A client that returns what the info modules returned, and sends nothing.

    Args:
        trunks, agents: None if they are not known.
    """

    def __init__(
        self, numbers: Iterable[Result], trunks: Iterable[Result] | None, agents: Iterable[Result] | None
    ) -> None:
        super().__init__(cast("Transport", None), RetryPolicy(0, 0), 0, Redactor())
        self._used_by = {str(number["id"]): number.get("affected_agents") for number in numbers}
        self._rows: dict[str, list[ApiObject] | None] = {
            PHONE_NUMBER.path: [_to_api(PHONE_NUMBER, number) for number in numbers],
            CREDENTIAL.path: None if trunks is None else [_to_api(CREDENTIAL, trunk) for trunk in trunks],
            AGENTS: None
            if agents is None
            else [{"agentId": to_plain(each["id"]), "name": to_plain(each["name"])} for each in agents],
        }

    def get(
        self,
        path: str,
        query: Query = (),
        *,
        expect: Expect | None = None,
        deadline: float | None = None,
        takes_array: bool = False,
    ) -> Any:
        """Return a page of a listing, or the agents that use a phone number."""
        if path not in self._rows:
            number_id = path.removeprefix(f"{PHONE_NUMBER.path}/").partition("/")[0]
            return {"id": number_id, AFFECTED_AGENTS: _members(AFFECTED_AGENT_FIELDS, self._used_by[number_id])}
        rows = self._rows[path]
        if rows is None:
            kind = "agents" if path == AGENTS else "trunks"
            raise AnsibleFilterError(f"The list names {kind}, so audit needs {kind}. Pass them as {kind}.")
        window = dict(query)
        page = rows[window["skip"] : window["skip"] + window["take"]]
        return page if takes_array else {"items": page, "totalCount": len(rows)}


def _to_api(resource: Resource, result: Result) -> ApiObject:
    """Return a result as an object of the API, as far as plans need it."""
    known = {"id", "source", "provider_id"}
    fields = [field for field in resource.fields if field.role == BODY or field.option in known or field.named]
    # Ansible marks the texts of a result: they are strings, but not only that.
    obj = {
        field.api: to_plain(result[field.option]) for field in fields if field.option in result and not field.derived
    }
    return {**obj, **{field.api: STORED for field in resource.secret_fields}}


def _members(fields: Iterable[Field], members: Any) -> list[ApiObject]:
    return [{field.api: to_plain(member.get(field.option)) for field in fields} for member in members or ()]
