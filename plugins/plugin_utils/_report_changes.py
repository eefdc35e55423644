# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a report on the result of a fleet task shows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from ansible_collections.dasha.blackbox.plugins.module_utils._operations._causes import find_causes
from ansible_collections.dasha.blackbox.plugins.module_utils._operations._names import describe_object
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.sip_phone_number import PHONE_NUMBER
from ansible_collections.dasha.blackbox.plugins.plugin_utils._fleet_result import (
    RESOURCES,
    Change,
    FleetResult,
)
from ansible_collections.dasha.blackbox.plugins.plugin_utils._report import (
    CHANGE,
    NEW,
    OLD,
    Cause,
    Names,
    Report,
    Row,
    Section,
    label_of,
    plain_text,
    quoted,
    show_value,
)

NOT_SHOWN = "(not shown)"
HEADINGS = {"create": "Created", "update": "Updated", "delete": "Deleted"}
PLANNED_HEADINGS = {"create": "To be created", "update": "To be updated", "delete": "To be deleted"}
SHOWN = {"create": NEW, "update": CHANGE, "delete": OLD}
FAILED_ACTIONS = {**{action: action for action in HEADINGS}, "wait": "wait for registration"}
LABELS_OF_KINDS = {"trunk": "trunks", "phone_number": "phone numbers"}
COLUMNS = {"trunk": ("trunk",), "phone_number": ("number", "trunk")}
MAX_AFFECTED = 100


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
        state,
        statement,
        [(label, count) for label, count in _counts(result) if count],
        [section for section in sections if section.total],
        plain_text(result.plan_id),
        plain_text(result.msg) if result.refused else "",
        tuple(plain_text(warning) for warning in result.warnings),
        tuple(_shortened(cause, limit) for cause in causes[:limit]),
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
    rows = [_row(change, names) for change in listed[:limit]]
    return Section(action, heading, COLUMNS[kind], "changes", SHOWN[action], rows, len(listed))


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


def _shortened(cause: Cause, limit: int | None) -> Cause:
    """Return a cause with not more names than are shown."""
    return cause._replace(affected=cause.affected[: MAX_AFFECTED if limit is None else min(limit, MAX_AFFECTED)])


def _row(change: Change, names: Names) -> Row:
    before, after = change["before"], change["after"]
    if "credentials_id" in after and after["credentials_id"] is None:
        # A trunk that the task creates has no id yet.
        after = {**after, "credentials_id": change.get("trunk")}
    resource = RESOURCES[change["object"]]
    key = resource.key
    hidden = {field.option: NOT_SHOWN for field in resource.secret_fields} if before else {}
    options = [option for option in {**before, **after} if before.get(option) != after.get(option)]
    if not before or not after:
        # What identifies the object has columns of its own.
        options = [option for option in options if option not in key]
    cells: tuple[str, ...] = (quoted(describe_object(change)),)
    if change["object"] == PHONE_NUMBER.kind:
        cells += (quoted(change.get("trunk") or "") or show_value("credentials_id", change["credentials_id"], names),)
    return Row(
        cells,
        [
            (
                label_of(option),
                hidden.get(option) or show_value(option, before.get(option), names),
                show_value(option, after.get(option), names),
            )
            for option in options
        ],
    )
