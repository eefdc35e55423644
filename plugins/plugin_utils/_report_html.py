# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reports as one HTML page that needs no other file and runs no script."""

from __future__ import annotations

from jinja2 import Environment

from ansible_collections.dasha.blackbox.plugins.plugin_utils._report import CHANGE, DIFFERENCE, Report

STATES = {
    "preview": "Preview",
    "refused": "Refused",
    "applied": "Applied",
    "partial": "Applied in part",
    "failed": "Failed",
    "passed": "Passed",
    "error": "Errors",
    "warning": "Warnings",
    "note": "Notes",
}

TAGS = {CHANGE: ("del", "ins"), DIFFERENCE: ("span", "span")}
JOINTS = {CHANGE: "→", DIFFERENCE: "instead of"}

PAGE = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{{ report.title }}</title>
<style>
:root { color-scheme: light; --page: #ffffff; --soft: #f5f6f8; --line: #d9dde4; --text: #1b2130; --quiet: #586174;
  --create: #0a6b3d; --update: #1f4fbf; --delete: #b3261e; --warn: #8a5a00; }
@media screen and (prefers-color-scheme: dark) {
  :root { color-scheme: dark; --page: #14171e; --soft: #1d222c; --line: #363e4d; --text: #e7eaf0; --quiet: #a3acbd;
    --create: #5fd39a; --update: #8fb4ff; --delete: #ff8a80; --warn: #f0c060; }
}
* { box-sizing: border-box; }
body { background: var(--page); color: var(--text); font: 1rem/1.5 system-ui, sans-serif; margin: 0 auto;
  max-width: 70rem; padding: 2rem 1.25rem 3rem; overflow-wrap: anywhere; }
h1 { font-size: 1.75rem; line-height: 1.25; margin: .5rem 0; }
h2 { border-left: .25rem solid var(--tone, var(--quiet)); font-size: 1.15rem; line-height: 1.3; margin: 2.25rem 0 .5rem;
  padding-left: .5rem; }
h2 small { color: var(--quiet); font-size: inherit; font-weight: 400; }
p { margin: .5rem 0; }
.badge { border: 1px solid; border-radius: 1rem; color: var(--tone); display: inline-block; font-size: .85rem;
  font-weight: 600; padding: .1rem .7rem; }
.preview, .update, .note { --tone: var(--update); }
.applied, .create, .passed { --tone: var(--create); }
.refused, .failed, .delete, .error { --tone: var(--delete); }
.partial, .warnings, .warning { --tone: var(--warn); }
code { background: var(--soft); border: 1px solid var(--line); border-radius: 4px; font-family: ui-monospace, monospace;
  font-size: .9em; padding: .1rem .35rem; }
.box { border-left: .25rem solid var(--tone); background: var(--soft); margin: 1rem 0; padding: .5rem .9rem; }
.counts { display: flex; flex-wrap: wrap; gap: .6rem; list-style: none; margin: 1.25rem 0 0; padding: 0; }
.counts li { background: var(--soft); border: 1px solid var(--line); border-radius: 8px; color: var(--quiet);
  font-size: .9rem; min-width: 7rem; padding: .5rem .9rem; }
.counts b { color: var(--text); display: block; font-size: 1.5rem; line-height: 1.2; }
table { border-collapse: collapse; table-layout: fixed; width: 100%; }
th { color: var(--quiet); font-size: .85rem; font-weight: 600; text-align: left; }
th, td { border-bottom: 1px solid var(--line); padding: .55rem 1rem .55rem 0; vertical-align: top; }
th:first-child { width: 24%; }
th:nth-child(2):not(:last-child) { width: 26%; }
.causes th:first-child { width: 60%; }
.number { font-weight: 600; }
.trunk, .name, .more { color: var(--quiet); }
.trunk { font-size: .9rem; }
.value, .number, .trunk, .reason, .title { unicode-bidi: isolate; white-space: pre-wrap; }
del { color: var(--delete); }
ins { color: var(--create); text-decoration: none; }
.none { color: var(--quiet); font-style: italic; }
.reason { color: var(--delete); }
@media (max-width: 40rem) {
  body { padding: 1.25rem 1rem 2rem; }
  h1 { font-size: 1.4rem; }
  thead { display: none; }
  table, tbody, tr, td { display: block; }
  tr { border-bottom: 1px solid var(--line); padding: .6rem 0; }
  td { border: 0; padding: .1rem 0; }
  .counts li { flex: 1 1 40%; padding: .4rem .75rem; }
}
@media print {
  :root { font-size: 11px; }
  body { max-width: none; padding: 0; }
  tr, .box, .counts li { break-inside: avoid; }
  h2, h2 + p { break-after: avoid; }
  thead { display: table-header-group; }
}
</style>
</head>
<body>
<header>
<span class="badge {{ report.state }}">{{ states[report.state] }}</span>
<h1 class="title">{{ report.title }}</h1>
<p>{{ report.statement }}</p>
{%- if report.plan_id %}
<p>Plan <code>{{ report.plan_id }}</code></p>
{%- endif %}
{%- if report.message %}
<p class="box refused">{{ report.message }}</p>
{%- endif %}
{%- if report.counts %}
<ul class="counts">
{%- for label, count in report.counts %}
<li><b>{{ "{:,}".format(count) }}</b>{{ label }}</li>
{%- endfor %}
</ul>
{%- endif %}
</header>
{%- if report.warnings %}
<h2 class="warnings">Warnings</h2>
{%- for warning in report.warnings %}
<p class="box warnings">{{ warning }}</p>
{%- endfor %}
{%- endif %}
{%- macro more(omitted) %}
{%- if omitted %}
<p class="more">{{ "{:,}".format(omitted) }} more are not shown.</p>
{%- endif %}
{%- endmacro %}
{%- macro side(tag, text) -%}
{% if text %}<{{ tag }} class="value">{{ text }}</{{ tag }}>{% else %}<span class="none">empty</span>{% endif %}
{%- endmacro %}
{%- macro value(shows, old, new) %}
{%- if shows == "new" %}<ins class="value">{{ new }}</ins>
{%- elif shows == "old" %}<del class="value">{{ old }}</del>
{%- elif shows == "detail" %}<span class="value">{{ new }}</span>
{%- else %}
{{- side(tags[shows][0], old) }} <span class="name">{{ joints[shows] }}</span> {{ side(tags[shows][1], new) }}
{%- endif -%}
{%- endmacro %}
{%- macro table(section) %}
<h2 class="{{ section.tone }}">{{ section.heading }} <small>{{ "{:,}".format(section.total) }}</small></h2>
{%- for note in section.notes %}
<p>{{ note }}</p>
{%- endfor %}
<table>
<thead><tr>
{%- for column in section.columns %}<th scope="col">{{ column | capitalize }}</th>{% endfor -%}
{%- if section.fields %}<th scope="col">{{ section.fields | capitalize }}</th>{% endif %}</tr></thead>
<tbody>
{%- for row in section.rows %}
<tr>
{%- for cell in row.cells %}<td class="{{ "number" if loop.first else "trunk" }}">{{ cell }}</td>{% endfor -%}
{%- if section.fields %}<td>
{%- for name, old, new in row.fields %}
<div><span class="name">{{ name }}:</span> {{ value(section.shows, old, new) }}</div>
{%- endfor %}</td>{% endif %}</tr>
{%- endfor %}
</tbody>
</table>
{{- more(section.omitted) }}
{%- endmacro %}
{%- if report.causes %}
<h2 class="failed">Failed <small>{{ "{:,}".format(report.failed) }}</small></h2>
<table class="causes">
<thead><tr><th scope="col">Reason</th><th scope="col">Affected</th></tr></thead>
<tbody>
{%- for cause in report.causes %}
<tr><td><span class="name">{{ cause.action }}:</span> <span class="reason">{{ cause.reason }}</span></td><td>
{%- for name in cause.affected %}<span class="value">{{ name }}</span>{% if not loop.last %}, {% endif %}{% endfor %}
{%- if cause.omitted %} and {{ "{:,}".format(cause.omitted) }} others{% endif %}</td></tr>
{%- endfor %}
</tbody>
</table>
{{- more(report.omitted_causes) }}
{%- endif %}
{%- for section in report.sections %}{{ table(section) }}{% endfor %}
</body>
</html>
"""


def to_html(report: Report) -> str:
    """Return a report as an HTML page."""
    return Environment(autoescape=True).from_string(PAGE).render(report=report, states=STATES, tags=TAGS, joints=JOINTS)
