# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a report on the result of a fleet task shows, whatever its format."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from ansible.errors import AnsibleFilterError

from ansible_collections.dasha.blackbox.plugins.module_utils._operations._causes import find_causes
from ansible_collections.dasha.blackbox.plugins.module_utils._operations._names import describe_object
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.schema import LINK
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.sip_phone_number import PHONE_NUMBER
from ansible_collections.dasha.blackbox.plugins.plugin_utils._fleet_result import (
    RESOURCES,
    Change,
    FleetResult,
)

HEADINGS = {"create": "Created", "update": "Updated", "delete": "Deleted"}
PLANNED_HEADINGS = {"create": "To be created", "update": "To be updated", "delete": "To be deleted"}
FAILED_ACTIONS = {**{action: action for action in HEADINGS}, "wait": "wait for registration"}
LABELS_OF_KINDS = {"trunk": "trunks", "phone_number": "phone numbers"}
COLUMNS = {"trunk": ("trunk",), "phone_number": ("number", "trunk")}
MAX_AFFECTED = 100
LABELS = {
    "phone_number": "number",
    "credentials_id": "trunk",
    "incoming_calls_agent_id": "incoming calls",
    "outgoing_calls_agent_ids": "outgoing calls",
}
AGENTS = tuple(field.option for field in PHONE_NUMBER.settable if field.role == LINK)


class Row(NamedTuple):
    """One object in a report. Every value is text; empty text stands for no value.

    Attributes:
        cells: what identifies the object, one for each column of the section.
        fields: label, old value and new value of each field that is shown.
    """

    cells: tuple[str, ...]
    fields: list[tuple[str, str, str]]


class Section(NamedTuple):
    """One table of a report.

    Attributes:
        action: what its rows have in common.
        columns: headings of the cells that identify an object.
        total: number of objects, those included that are omitted.
    """

    action: str
    heading: str
    columns: tuple[str, ...]
    rows: list[Row]
    total: int

    @property
    def omitted(self) -> int:
        """Return how many rows the limit leaves out."""
        return self.total - len(self.rows)


class Cause(NamedTuple):
    """Why objects failed, all for the same reason.

    Attributes:
        action: what failed.
        affected: names of objects, not more than are shown.
        total: number of objects.
    """

    action: str
    reason: str
    affected: list[str]
    total: int

    @property
    def omitted(self) -> int:
        """Return how many objects are not named."""
        return self.total - len(self.affected)

    def shortened(self, limit: int | None) -> Cause:
        """Return the cause with not more names than are shown."""
        return self._replace(affected=self.affected[: MAX_AFFECTED if limit is None else min(limit, MAX_AFFECTED)])


class Report(NamedTuple):
    """What a report shows.

    Attributes:
        state: `preview`, `refused`, `applied`, `partial` or `failed`.
        statement: what happened, in words.
        message: why the plan was refused, or empty.
        counts: label and number, without zeros.
        causes: why objects failed, the most frequent reason first.
        omitted_causes: how many further reasons there are.
        failed: number of objects that failed.
    """

    title: str
    plan_id: str
    state: str
    statement: str
    message: str
    counts: list[tuple[str, int]]
    warnings: list[str]
    sections: list[Section]
    causes: list[Cause]
    omitted_causes: int
    failed: int


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

    def with_agents(self, agents: Mapping[str, str]) -> Names:
        """Return these names and those of agents, by id, that a task has learned."""
        names = Names(self._trunks, [{"id": agent_id, "name": name} for agent_id, name in agents.items()])
        names._agents.update(self._agents)
        return names

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
    causes = _causes(result.failures)
    names = names.with_agents(result.agent_names)
    sections = [_section(kind, action, result, names, limit) for kind in RESOURCES for action in HEADINGS]
    return Report(
        plain_text(title),
        plain_text(result.plan_id),
        state,
        statement,
        plain_text(result.msg) if result.refused else "",
        [(label, count) for label, count in _counts(result) if count],
        [plain_text(warning) for warning in result.warnings],
        [section for section in sections if section.total],
        [cause.shortened(limit) for cause in causes[:limit]],
        max(0, len(causes) - (len(causes) if limit is None else limit)),
        len(result.failures),
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
    if result.failures or any(counts.get("not_attempted") for counts in result.summary.values()):
        unknown = len(result.unknown)
        doubt = f" It is not known what became of {unknown:,} more, see below." if unknown else ""
        if result.changes:
            return "partial", f"These changes were applied. Others failed.{doubt}"
        return "failed", "It is not known whether changes were made, see below." if unknown else "No changes were made."
    return "applied", "These changes were applied." if result.changes else "No changes were necessary."


def _counts(result: FleetResult) -> list[tuple[str, int]]:
    found = []
    for kind, counts in result.summary.items():
        for label, count in _counts_of_kind(result, kind, counts):
            noun = LABELS_OF_KINDS[kind].removesuffix("s" if count == 1 else "")
            found.append((f"{noun} {label}" if result.has_trunks else label, count))
    return found


def _counts_of_kind(result: FleetResult, kind: str, counts: Mapping[str, int]) -> list[tuple[str, int]]:
    if result.applied:
        return [(label.replace("_", " "), count) for label, count in counts.items()]
    actions = Counter(change["action"] for change in result.changes if change["object"] == kind)
    planned = [(f"to be {heading.lower()}", actions[action]) for action, heading in HEADINGS.items()]
    # The changes of a refused plan are counted already.
    others = ("unchanged", "failed") if result.refused else ("unchanged", "failed", "not_attempted")
    return planned + [(label.replace("_", " "), counts.get(label, 0)) for label in others]


def _section(kind: str, action: str, result: FleetResult, names: Names, limit: int | None) -> Section:
    heading = (HEADINGS if result.applied else PLANNED_HEADINGS)[action]
    listed = [change for change in result.changes if (change["object"], change["action"]) == (kind, action)]
    if result.has_trunks:
        heading = f"{LABELS_OF_KINDS[kind].capitalize()} {heading.lower()}"
    return Section(action, heading, COLUMNS[kind], [_row(change, names) for change in listed[:limit]], len(listed))


def _causes(failures: list[Change]) -> list[Cause]:
    return [
        Cause(
            FAILED_ACTIONS[action],
            plain_text(reason),
            [plain_text(describe_object(failure)) for failure in found],
            len(found),
        )
        for action, reason, found in find_causes(failures)
    ]


def _row(change: Change, names: Names) -> Row:
    before, after = change["before"], change["after"]
    key = RESOURCES[change["object"]].key
    options = [option for option in {**before, **after} if before.get(option) != after.get(option)]
    if not before or not after:
        # What identifies the object has columns of its own.
        options = [option for option in options if option not in key]
    cells: tuple[str, ...] = (_quoted(describe_object(change)),)
    if change["object"] == PHONE_NUMBER.kind:
        cells += (_quoted(change.get("trunk") or "") or _value("credentials_id", change["credentials_id"], names),)
    return Row(
        cells,
        [
            (
                LABELS.get(option) or plain_text(option.replace("_", " ")),
                _value(option, before.get(option), names),
                _value(option, after.get(option), names),
            )
            for option in options
        ],
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
