# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reports on the result of a fleet task, as Markdown and as HTML. Every value in them is escaped."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from jinja2 import Environment

from ansible_collections.dasha.blackbox.plugins.module_utils._transport.text import visible_text

HEADINGS = {"create": "Created", "update": "Updated", "delete": "Deleted"}
PLANNED_HEADINGS = {"create": "To be created", "update": "To be updated", "delete": "To be deleted"}
NAMES = ("phone_number", "credentials_id", "id")


class Row(NamedTuple):
    """One phone number in a report.

    Attributes:
        fields: name, old and new value of each field that is shown, as text; an empty text for no value.
        reason: why it failed.
        gone: whether the number does not exist afterwards, so that its fields have no new values.
    """

    phone_number: str
    trunk: str
    id: str
    fields: list[tuple[str, str, str]]
    reason: str = ""
    gone: bool = False


class Report(NamedTuple):
    """What a report shows.

    Attributes:
        applied: whether it was done, and is not only planned.
        counts: name and number, without zeros.
        sections: heading and rows.
        failures: what failed.
    """

    title: str
    plan_id: str
    applied: bool
    counts: list[tuple[str, int]]
    sections: list[tuple[str, list[Row]]]
    failures: list[Row]


def read_report(result: Mapping[str, Any], title: str) -> Report:
    """Return what a report on a fleet result shows."""
    applied = bool(result.get("applied"))
    headings = HEADINGS if applied else PLANNED_HEADINGS
    rows = {
        heading: [_row(change) for change in result["changes"] if change["action"] == action]
        for action, heading in headings.items()
    }
    return Report(
        visible_text(title),
        str(result["plan_id"]),
        applied,
        [(name.replace("_", " "), count) for name, count in result["summary"].items() if count],
        [(heading, listed) for heading, listed in rows.items() if listed],
        [_row(failure)._replace(reason=_text(failure.get("msg"))) for failure in result["failures"]],
    )


def _row(change: Mapping[str, Any]) -> Row:
    before, after = change.get("before") or {}, change.get("after") or {}
    named = [option for option in {**before, **after} if option not in NAMES or before.get(option) != after.get(option)]
    shown = [option for option in named if before.get(option) != after.get(option)]
    if not before or not after:
        # Of what is new or gone, everything but its name is worth a line.
        shown = [option for option in shown if option not in NAMES]
    fields = [(option, _text(before.get(option)), _text(after.get(option))) for option in shown]
    trunk = (after or before).get("credentials_id") or change.get("credentials_id")
    return Row(_text(change["phone_number"]), _text(trunk), _text(change.get("id")), fields, gone=not after)


def _text(value: Any) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (list, tuple)):
        return ", ".join(map(_text, value))
    return visible_text(str(value))


# Markdown


def as_markdown(result: Mapping[str, Any], title: str) -> str:
    """Return a report as Markdown (GitHub's dialect, which chats and forges understand)."""
    report = read_report(result, title)
    state = "These changes were applied." if report.applied else "These changes are planned. Nothing was written."
    lines = [f"## {_code_free(report.title)}", "", state, "", f"Plan: {_code(report.plan_id)}", ""]
    lines += [", ".join(f"{count:,} {name}" for name, count in report.counts) or "No phone numbers.", ""]
    for heading, rows in report.sections:
        lines += [f"### {heading} ({len(rows):,})", "", "| number | trunk | changes |", "|---|---|---|"]
        lines += [f"| {_code(row.phone_number)} | {_code(row.trunk)} | {_markdown_fields(row)} |" for row in rows]
        lines.append("")
    if report.failures:
        lines += [f"### Failed ({len(report.failures):,})", "", "| number | trunk | reason |", "|---|---|---|"]
        lines += [
            f"| {_code(row.phone_number)} | {_code(row.trunk)} | {_code(row.reason)} |" for row in report.failures
        ]
        lines.append("")
    return "\n".join(lines)


def _markdown_fields(row: Row) -> str:
    return "<br>".join(
        f"{name}: {_code(before)} → {_code(after)}" if before and not row.gone else f"{name}: {_code(after or before)}"
        for name, before, after in row.fields
    )


def _code(text: str) -> str:
    """Return a text as a code span, in which nothing is markup: no HTML, no link, no mention."""
    if not text.strip():
        return "*empty*"
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * (longest + 1)
    padding = " " if text[0] in "` " or text[-1] in "` " else ""
    # A pipe ends the cell of a table, even within a code span.
    return f"{fence}{padding}{text}{padding}{fence}".replace("|", r"\|")


def _code_free(text: str) -> str:
    """Return a text in which every character of markup is escaped."""
    return re.sub(r"([\\`*_{}\[\]()#+.!|~<>&@:-])", r"\\\1", visible_text(text)).replace("\\@", "&#64;")


# HTML

PAGE = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{{ report.title }}</title>
<style>
:root { color-scheme: light dark; --line: #d5d9e0; --soft: #f4f6f9; --text: #1d2330; --quiet: #5b6577; --good: #0a6b3d;
  --bad: #b3261e; --accent: #1f4fbf; }
@media (prefers-color-scheme: dark) {
  :root { --line: #3a4152; --soft: #1e2430; --text: #e6e9f0; --quiet: #a0a9ba; --good: #5fd39a; --bad: #ff8a80;
    --accent: #8fb4ff; }
  body { background: #141821; }
}
* { box-sizing: border-box; }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--text); margin: 0 auto; max-width: 72rem;
  padding: 1.5rem 1rem; }
h1 { font-size: 1.6rem; margin: 0 0 .25rem; }
h2 { font-size: 1.2rem; margin: 2rem 0 .5rem; }
.state { color: var(--quiet); margin: 0; }
.plan { font-family: ui-monospace, monospace; background: var(--soft); border: 1px solid var(--line);
  border-radius: 6px; display: inline-block; margin: .75rem 0; padding: .25rem .6rem; overflow-wrap: anywhere; }
.counts { display: flex; flex-wrap: wrap; gap: .5rem; list-style: none; margin: .5rem 0 0; padding: 0; }
.counts li { background: var(--soft); border: 1px solid var(--line); border-radius: 6px; padding: .4rem .8rem; }
.counts b { font-size: 1.25rem; display: block; line-height: 1.2; }
table { border-collapse: collapse; width: 100%; }
th { text-align: left; font-size: .85rem; color: var(--quiet); font-weight: 600; }
th, td { border-bottom: 1px solid var(--line); padding: .5rem .75rem .5rem 0; vertical-align: top;
  overflow-wrap: anywhere; }
th:nth-child(1) { width: 12rem; }
th:nth-child(2) { width: 20rem; }
.number { font-weight: 600; }
.trunk { color: var(--quiet); font-size: .85rem; }
.name { color: var(--quiet); }
del { color: var(--bad); }
ins { color: var(--good); text-decoration: none; font-weight: 500; }
.none { color: var(--quiet); font-style: italic; }
.reason { color: var(--bad); }
@media (max-width: 40rem) {
  thead { display: none; }
  tr, td { display: block; }
  tr { border-bottom: 1px solid var(--line); padding: .6rem 0; }
  td { border: 0; padding: .1rem 0; }
}
@media print {
  body { max-width: none; padding: 0; font-size: 11px; }
  tr { break-inside: avoid; }
  thead { display: table-header-group; }
}
</style>
</head>
<body>
<h1>{{ report.title }}</h1>
<p class="state">
{{- "These changes were applied." if report.applied else "These changes are planned. Nothing was written." -}}
</p>
<div class="plan">Plan {{ report.plan_id }}</div>
<ul class="counts">
{%- for name, count in report.counts %}
<li><b>{{ "{:,}".format(count) }}</b>{{ name }}</li>
{%- endfor %}
</ul>
{%- for heading, rows in report.sections %}
<h2>{{ heading }} ({{ "{:,}".format(rows | length) }})</h2>
<table>
<thead><tr><th>Number</th><th>Trunk</th><th>Changes</th></tr></thead>
<tbody>
{%- for row in rows %}
<tr><td class="number">{{ row.phone_number }}</td><td class="trunk">{{ row.trunk }}</td><td>
{%- for name, before, after in row.fields %}
<div><span class="name">{{ name }}:</span>
{%- if before %} <del>{{ before }}</del>{% endif %}
{%- if after %} <ins>{{ after }}</ins>{% elif before and not row.gone %} <span class="none">empty</span>{% endif -%}
</div>
{%- endfor %}</td></tr>
{%- endfor %}
</tbody>
</table>
{%- endfor %}
{%- if report.failures %}
<h2>Failed ({{ "{:,}".format(report.failures | length) }})</h2>
<table>
<thead><tr><th>Number</th><th>Trunk</th><th>Reason</th></tr></thead>
<tbody>
{%- for row in report.failures %}
<tr><td class="number">{{ row.phone_number }}</td><td class="trunk">{{ row.trunk }}</td>
<td class="reason">{{ row.reason }}</td></tr>
{%- endfor %}
</tbody>
</table>
{%- endif %}
</body>
</html>
"""


def as_html(result: Mapping[str, Any], title: str) -> str:
    """Return a report as one HTML page that needs no other file, and runs no script."""
    return Environment(autoescape=True).from_string(PAGE).render(report=read_report(result, title))
