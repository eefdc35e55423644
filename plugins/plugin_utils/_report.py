# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What every report consists of, whatever it is about and whatever its format."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from ansible.errors import AnsibleFilterError

from ansible_collections.dasha.blackbox.plugins.module_utils._resources.schema import LINK
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.sip_phone_number import PHONE_NUMBER
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.texts import BLANKS

LABELS = {
    "phone_number": "number",
    "credentials_id": "trunk",
    "incoming_calls_agent_id": "incoming calls",
    "outgoing_calls_agent_ids": "outgoing calls",
}
AGENTS = tuple(field.option for field in PHONE_NUMBER.settable if field.role == LINK)
# How the fields of a row are shown: what is new or gone, what changes, what is one thing instead of another, a detail.
NEW, OLD, CHANGE, DIFFERENCE, DETAIL = "new", "old", "change", "difference", "detail"


class Row(NamedTuple):
    """One object in a report. Every value is text; empty text stands for no value.

    Attributes:
        cells: what identifies the object, one for each column of the section.
        fields: label, old (or current) value and new (or desired) value of each field that is shown.
    """

    cells: tuple[str, ...]
    fields: list[tuple[str, str, str]]


class Section(NamedTuple):
    """One table of a report.

    Attributes:
        tone: what its rows have in common: an action or a severity.
        columns: headings of the cells that identify an object.
        fields: heading of the fields, empty if no row has any.
        shows: how the fields are shown.
        total: number of objects, those included that are omitted.
        notes: what holds for all rows, in sentences.
    """

    tone: str
    heading: str
    columns: tuple[str, ...]
    fields: str
    shows: str
    rows: list[Row]
    total: int
    notes: tuple[str, ...] = ()

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


class Report(NamedTuple):
    """What a report shows.

    Attributes:
        state: `preview`, `refused`, `applied`, `partial` or `failed`; of an audit, the highest severity, or `passed`.
        statement: what happened, in words.
        plan_id: of the plan that it is about, empty if there is none.
        message: why the plan was refused, or empty.
        counts: label and number, without zeros.
        causes: why objects failed, the most frequent reason first.
        omitted_causes: how many further reasons there are.
        failed: number of objects that failed.
    """

    title: str
    state: str
    statement: str
    counts: list[tuple[str, int]]
    sections: list[Section]
    plan_id: str = ""
    message: str = ""
    warnings: tuple[str, ...] = ()
    causes: tuple[Cause, ...] = ()
    omitted_causes: int = 0
    failed: int = 0


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


def check_limit(limit: Any) -> None:
    """Raise AnsibleFilterError if the maximum number of rows is none."""
    if limit is not None and (not isinstance(limit, int) or limit < 1):
        raise AnsibleFilterError(f"limit must be a number of rows from 1, not {limit!r:.60}.")


def label_of(option: str) -> str:
    """Return what a report calls an option."""
    return LABELS.get(option) or plain_text(option.replace("_", " "))


def show_value(option: str, value: Any, names: Names) -> str:
    """Return the value of an option as text, empty text for no value."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    named = names.of(option, value)
    return ", ".join(map(quoted, named)) if isinstance(named, list) else quoted(named)


def quoted(value: Any) -> str:
    """Return a value as text, in quotes if it begins or ends with a space, which would not be seen."""
    text = plain_text(str(value))
    return f'"{text}"' if text != text.strip() else text


def plain_text(text: str) -> str:
    r"""Return a text with every character that is not visible as an escape such as `\u200b`.

    An approver must see the difference of two values.
    """
    if text.isprintable() and BLANKS.isdisjoint(text):
        return str(text)
    return "".join(
        char if char.isprintable() and char not in BLANKS else char.encode("unicode_escape").decode() for char in text
    )
