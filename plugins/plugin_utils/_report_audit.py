# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a report on an audit shows, and the audit as data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import groupby
from typing import Any

from ansible_collections.dasha.blackbox.plugins.plugin_utils._audit import (
    CHECKS,
    LISTED,
    NUMBER,
    PROVIDER,
    SEVERITIES,
    TRUNK,
    Detail,
    Finding,
)
from ansible_collections.dasha.blackbox.plugins.plugin_utils._report import (
    DETAIL,
    DIFFERENCE,
    Names,
    Report,
    Row,
    Section,
    label_of,
    plain_text,
    quoted,
    show_value,
)

COLUMNS = {NUMBER: ("number", "trunk"), TRUNK: ("trunk",), PROVIDER: ("provider",), LISTED: ("problem",)}
DRIFT = ("number_differs", "trunk_differs")


def to_data(findings: Sequence[Finding], checked: dict[str, int]) -> dict[str, Any]:
    """Return an audit as data.

    Args:
        checked: number of objects by kind.
    """
    counts = Counter(finding.severity for finding in findings)
    return {
        "severity": _highest(findings),
        "summary": {severity: counts[severity] for severity in SEVERITIES},
        "checked": checked,
        "findings": [_finding(finding) for finding in findings],
    }


def build_report(
    findings: Sequence[Finding], checked: dict[str, int], title: str, names: Names, limit: int | None
) -> Report:
    """Return what a report on an audit shows.

    Args:
        checked: number of objects by kind.
        limit: of the rows of each table, None for all.
    """
    counts = Counter(finding.severity for finding in findings)
    return Report(
        plain_text(title),
        _highest(findings) or "passed",
        _statement(findings, checked),
        [(_counted(severity, counts[severity]), counts[severity]) for severity in SEVERITIES if counts[severity]],
        [
            _section(check, list(group), names, limit)
            for check, group in groupby(findings, key=lambda finding: finding.check)
        ],
    )


def _highest(findings: Sequence[Finding]) -> str | None:
    return findings[0].severity if findings else None


def _finding(finding: Finding) -> dict[str, Any]:
    check = CHECKS[finding.check]
    return {
        "check": finding.check,
        "severity": check.severity,
        "object": check.kind,
        "id": finding.object_id,
        "name": finding.name,
        "trunk": finding.trunk or None,
        "message": check.meaning,
        "advice": check.advice,
        "details": [
            {"field": detail.option, "current": detail.current, "desired": detail.desired} for detail in finding.details
        ],
    }


def _statement(findings: Sequence[Finding], checked: dict[str, int]) -> str:
    parts = [f"{count:,} {_counted(kind, count)}" for kind, count in checked.items()]
    found = "" if findings else " Nothing is wrong."
    return f"Checked: {', '.join(parts)}.{found}"


def _counted(noun: str, count: int) -> str:
    return noun.replace("_", " ") + ("" if count == 1 else "s")


def _section(check: str, findings: Sequence[Finding], names: Names, limit: int | None) -> Section:
    details = CHECKS[check]
    has_fields = any(finding.details for finding in findings)
    return Section(
        details.severity,
        f"{details.severity.capitalize()}: {details.heading}",
        COLUMNS[details.kind],
        ("differences" if check in DRIFT else "details") if has_fields else "",
        DIFFERENCE if check in DRIFT else DETAIL,
        [_row(finding, names) for finding in findings[:limit]],
        len(findings),
        (f"{details.meaning} {details.advice}",),
    )


def _row(finding: Finding, names: Names) -> Row:
    cells = (quoted(finding.name), quoted(finding.trunk)) if finding.trunk else (quoted(finding.name),)
    return Row(cells, [_field(finding.check, detail, names) for detail in finding.details])


def _field(check: str, detail: Detail, names: Names) -> tuple[str, str, str]:
    current = show_value(detail.option, detail.current, names)
    if check in DRIFT:
        return label_of(detail.option), current, show_value(detail.option, detail.desired, names)
    return label_of(detail.option), "", current
