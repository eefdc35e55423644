# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a report on the result of a fleet task shows, whatever its format."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from ansible.errors import AnsibleFilterError

from ansible_collections.dasha.blackbox.plugins.module_utils._resources.schema import LINK
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.sip_phone_number import PHONE_NUMBER
from ansible_collections.dasha.blackbox.plugins.plugin_utils._fleet_result import Change, FleetResult

HEADINGS = {"create": "Created", "update": "Updated", "delete": "Deleted"}
PLANNED_HEADINGS = {"create": "To be created", "update": "To be updated", "delete": "To be deleted"}
FAILED_ACTIONS = {**{action: action for action in HEADINGS}, "wait": "wait for registration"}
KEY = ("phone_number", "credentials_id")
LABELS = {
    "phone_number": "number",
    "credentials_id": "trunk",
    "incoming_calls_agent_id": "incoming calls",
    "outgoing_calls_agent_ids": "outgoing calls",
}
AGENTS = tuple(field.option for field in PHONE_NUMBER.settable if field.role == LINK)


class Row(NamedTuple):
    """One phone number in a report. Every value is text; empty text stands for no value.

    Attributes:
        action: what was done, or failed.
        fields: label, old value and new value of each field that is shown.
        reason: why it failed.
    """

    action: str
    phone_number: str
    trunk: str
    fields: list[tuple[str, str, str]]
    reason: str = ""


class Section(NamedTuple):
    """One table of a report.

    Attributes:
        action: what its rows have in common.
        total: number of phone numbers, those included that are omitted.
    """

    action: str
    heading: str
    rows: list[Row]
    total: int

    @property
    def omitted(self) -> int:
        """Return how many rows the limit leaves out."""
        return self.total - len(self.rows)


class Report(NamedTuple):
    """What a report shows.

    Attributes:
        state: `preview`, `refused`, `applied`, `partial` or `failed`.
        statement: what happened, in words.
        message: why the plan was refused, or empty.
        counts: label and number, without zeros.
        failures: None if nothing failed.
    """

    title: str
    plan_id: str
    state: str
    statement: str
    message: str
    counts: list[tuple[str, int]]
    warnings: list[str]
    sections: list[Section]
    failures: Section | None


class Names:
    """Names of trunks and agents, to show them instead of ids.

    Args:
        trunks: names by id in lower case.
        agents: results of `agent_info`.
    """

    def __init__(self, trunks: Mapping[str, str], agents: Iterable[Mapping[str, Any]]) -> None:
        self._trunks = trunks
        named = {agent["id"].lower(): agent["name"] for agent in agents if agent.get("name")}
        counts = Counter(named.values())
        self._agents = {
            agent_id: name if counts[name] == 1 else f"{name} ({agent_id})" for agent_id, name in named.items()
        }

    def of(self, option: str, value: Any) -> Any:
        """Return the value of an option, by name if it is an id with a name."""
        if isinstance(value, (list, tuple)):
            return [self.of(option, member) for member in value]
        names = self._trunks if option == "credentials_id" else self._agents if option in AGENTS else {}
        return names.get(value.lower(), value) if isinstance(value, str) else value


def check_agents(agents: Any) -> list[Mapping[str, Any]]:
    """Return the agents.

    Raises:
        AnsibleFilterError: they are not what `agent_info` returns.
    """
    if not isinstance(agents, (list, tuple)) or not all(
        isinstance(agent, Mapping) and isinstance(agent.get("id"), str) for agent in agents
    ):
        raise AnsibleFilterError("agents must be the agents that agent_info returns.")
    return [{**agent, "name": str(agent.get("name") or "")} for agent in agents]


def build_report(result: FleetResult, title: str, names: Names, limit: int | None) -> Report:
    """Return what a report on a fleet result shows.

    Args:
        limit: of the rows of each table, None for all.
    """
    state, statement = _describe(result)
    headings = HEADINGS if result.applied else PLANNED_HEADINGS
    sections = [_section(action, heading, result.changes, names, limit) for action, heading in headings.items()]
    failed = [_row(change, names) for change in result.failures[:limit]]
    return Report(
        plain_text(title),
        plain_text(result.plan_id),
        state,
        statement,
        plain_text(result.msg) if result.refused else "",
        [(label, count) for label, count in _counts(result) if count],
        [plain_text(warning) for warning in result.warnings],
        [section for section in sections if section.total],
        Section("failed", "Failed", failed, len(result.failures)) if failed else None,
    )


def _describe(result: FleetResult) -> tuple[str, str]:
    """Return the state of a report, and a statement about it."""
    if result.refused:
        current = " These are the current changes." if result.changes else ""
        return "refused", f"The plan was refused. Nothing was written.{current}"
    if not result.applied:
        failing = " Some of the changes would fail." if result.failures else ""
        planned = "These changes are planned." if result.changes else "No changes are planned."
        return "preview", f"{planned} Nothing was written.{failing}"
    if result.failures or result.summary.get("not_attempted"):
        if result.changes:
            return "partial", "These changes were applied. Others failed."
        return "failed", "No changes were made."
    return "applied", "These changes were applied." if result.changes else "No changes were necessary."


def _counts(result: FleetResult) -> list[tuple[str, int]]:
    if result.applied:
        return [(label.replace("_", " "), count) for label, count in result.summary.items()]
    actions = Counter(change["action"] for change in result.changes)
    planned = [(f"to be {heading.lower()}", actions[action]) for action, heading in HEADINGS.items()]
    # The changes of a refused plan are counted already.
    others = ("unchanged", "failed") if result.refused else ("unchanged", "failed", "not_attempted")
    return planned + [(label.replace("_", " "), result.summary.get(label, 0)) for label in others]


def _section(action: str, heading: str, changes: list[Change], names: Names, limit: int | None) -> Section:
    listed = [change for change in changes if change["action"] == action]
    return Section(action, heading, [_row(change, names) for change in listed[:limit]], len(listed))


def _row(change: Change, names: Names) -> Row:
    before, after = change["before"], change["after"]
    options = [option for option in {**before, **after} if before.get(option) != after.get(option)]
    if not before or not after:
        # The number and the trunk have columns of their own.
        options = [option for option in options if option not in KEY]
    return Row(
        FAILED_ACTIONS[change["action"]],
        _value("phone_number", change["phone_number"] or change["id"], names),
        _value("credentials_id", change["credentials_id"], names),
        [
            (
                LABELS.get(option) or plain_text(option.replace("_", " ")),
                _value(option, before.get(option), names),
                _value(option, after.get(option), names),
            )
            for option in options
        ],
        plain_text(str(change.get("msg") or "")),
    )


def _value(option: str, value: Any, names: Names) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    named = names.of(option, value)
    return ", ".join(map(_quoted, named)) if isinstance(named, list) else _quoted(named)


def _quoted(value: Any) -> str:
    """Return a value as text, in quotes if it begins or ends with a space, which would not be seen."""
    text = plain_text(str(value))
    return f'"{text}"' if text != text.strip() else text


def plain_text(text: str) -> str:
    r"""Return a text with every character that is not visible as an escape such as `\u200b`.

    An approver must see the difference of two values.
    """
    if text.isprintable():
        return str(text)
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)
