# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reports for approvers: complete, true about what was done, and without markup from values."""

from __future__ import annotations

import copy
import re
import time
from html.parser import HTMLParser
from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from ansible_collections.dasha.blackbox.plugins.filter.change_report import change_report
from ansible_collections.dasha.blackbox.plugins.filter.rollback import rollback
from ansible_collections.dasha.blackbox.plugins.plugin_utils._report import plain_text
from unit.harness import NUMBER_ID, OTHER_TRUNK, TRUNK

EVIL = (
    "<script>alert(1)</script> | `x` \\| ``| [a](http://x.example) ![b](http://y.example) @all #1 **bold** _i_ $x$ \n#"
    " \x1b[31m ``` \" onload='alert(1)' &lt;b&gt; {{ 7 * 7 }} --> </style></title> https://z.example"
)
COUNTS = {"created": 0, "updated": 0, "deleted": 0, "unchanged": 0, "failed": 0, "not_attempted": 0}
FORMATS = ["markdown", "html"]


def change(action: str, before: dict[str, Any], after: dict[str, Any], phone: str = "+15551234567") -> dict[str, Any]:
    named = {"phone_number": phone, "credentials_id": TRUNK}
    sides = {
        "before": {**named, **before} if action != "create" else {},
        "after": {**named, **after} if action != "delete" else {},
    }
    return {"object": "phone_number", "action": action, "id": NUMBER_ID, **named, **sides}


def fleet_result(*changes: dict[str, Any], applied: bool = True, **values: Any) -> dict[str, Any]:
    done = {"create": "created", "update": "updated", "delete": "deleted"}
    summary = dict(COUNTS)
    for each in changes:
        summary[done[each["action"]]] += 1
    result = {"plan_id": "5f0c9e1d2b7a4c63", "applied": applied, "summary": summary, "failures": []}
    return {**result, "changes": list(changes), **values}


def failed(action: str, msg: str) -> dict[str, Any]:
    return {**change("update", {"display_name": "a"}, {"display_name": "b"}), "action": action, "error": {}, "msg": msg}


def evil_result(count: int = 1) -> dict[str, Any]:
    """Return a result in which every value that is not ours is hostile."""
    evil = {"display_name": EVIL, "incoming_calls_agent_id": EVIL, "outgoing_calls_agent_ids": [EVIL, EVIL]}
    updates = [change("update", dict.fromkeys(evil), evil, EVIL)] * count
    others = [change("create", {}, evil, EVIL), change("delete", evil, {}, EVIL)]
    failures = [{**failed("update", EVIL), "phone_number": EVIL, "credentials_id": EVIL}]
    summary = {**COUNTS, "updated": count, "created": 1, "deleted": 1, "failed": 1, "unchanged": 1204}
    return fleet_result(*updates, *others, failures=failures, summary=summary, msg=EVIL, warnings=[EVIL])


def markdown_tokens(report: str) -> list[Token]:
    return MarkdownIt("gfm-like", {"linkify": False}).parse(report)


def markdown_texts(report: str) -> list[str]:
    """Return the paragraphs, headings and cells as a reader sees them."""
    return ["".join(child.content for child in token.children or []) for token in markdown_tokens(report)]


class Page(HTMLParser):
    """Collects the elements, attributes and texts of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.values: dict[str, list[str]] = {}
        self._path: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes.update(name for name, _value in attrs)
        if tag != "meta":
            self._path.append(tag)
            self.values.setdefault(tag, []).append("")

    def handle_endtag(self, tag: str) -> None:
        assert self._path.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._path:
            self.values[self._path[-1]][-1] += data


# Markup


def test_hostile_values_are_no_markup_in_markdown() -> None:
    report = change_report(evil_result(), title=EVIL, trunks=[trunk(server=EVIL)], agents=[agent(EVIL)])
    tokens = markdown_tokens(report)
    inline = [child for token in tokens for child in token.children or []]
    assert {child.content for child in inline if child.type == "html_inline"} == {"<br>"}
    allowed = {"text", "text_special", "code_inline", "em_open", "em_close", "html_inline"}
    assert {child.type for child in inline} <= allowed
    assert {child.content for child in inline if child.type == "text_special"} <= {"|"}
    # Whatever is looked for in the text after Markdown was read, such as mentions, math or addresses, is in no text.
    texts = " ".join(child.content for child in inline if child.type == "text")
    assert not re.search(r"[@#$!<>{}\[\]\\_*~]|://", texts)
    block = {token.type.rsplit("_", 1)[0] for token in tokens}
    assert block <= {
        "heading",
        "inline",
        "paragraph",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "bullet_list",
        "list_item",
    }
    assert [token.type for token in tokens].count("heading_open") == 6
    cells = [len(re.findall(r"(?<!\\)\|", line)) for line in report.splitlines() if line.startswith("|")]
    assert set(cells) == {4}


def test_hostile_values_are_no_markup_in_html() -> None:
    page = change_report(evil_result(), format="html", title=EVIL, trunks=[trunk(server=EVIL)], agents=[agent(EVIL)])
    found = Page(page)
    own = (
        "html head meta title style body header h1 h2 small p code span div ul li b table thead tbody tr th td del ins"
    )
    assert found.tags <= set(own.split())
    assert found.attributes <= {"class", "lang", "charset", "name", "content", "http-equiv", "scope"}
    assert "default-src 'none'" in page
    assert found.values["title"] == found.values["h1"] == [plain_text(EVIL)]


@pytest.mark.not_quick
@given(st.text(min_size=1))
def test_any_text_is_shown_as_it_is(text: str) -> None:
    result = fleet_result(change("update", {"display_name": "Old"}, {"display_name": text}))
    plain = plain_text(text)
    shown = f'"{plain}"' if plain != plain.strip() else plain
    page = Page(change_report(result, format="html", title=text))
    assert (page.values["ins"], page.values["h1"]) == ([shown], [plain])
    texts = markdown_texts(change_report(result, title=text))
    assert f"display name: from Old to {shown}" in texts
    # Of a heading, spaces at the ends are no part.
    assert plain.strip() in [heading.strip() for heading in texts[:2]]


@pytest.mark.not_quick
@pytest.mark.parametrize("form", FORMATS)
@given(
    text=st.text(alphabet=st.characters(categories=["Cc", "Cf", "Zl", "Zp", "Zs"], exclude_characters=" "), min_size=1)
)
def test_invisible_characters_are_shown(form: str, text: str) -> None:
    result = fleet_result(change("update", {"display_name": "Old"}, {"display_name": f"Old{text}"}))
    report = change_report(result, format=form)
    assert report.replace("\n", "").isprintable()
    assert plain_text(text) in report


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize(
    "char", "\u3164\u115f\u2800\u034f\ufe0f\uffa0\u180b\U000e0100\u200b\u00ad\u00a0\ud83d", ids=ascii
)
def test_letter_or_mark_that_shows_as_nothing_is_shown(form: str, char: str) -> None:
    result = fleet_result(change("update", {"display_name": "Support"}, {"display_name": f"Support{char}"}))
    report = change_report(result, format=form)
    assert char not in report
    assert plain_text(char) == char.encode("unicode_escape").decode()
    assert f"Support{plain_text(char)}" in report.replace("\\\\", "\\")


@pytest.mark.parametrize("form", FORMATS)
def test_spaces_at_the_ends_are_shown(form: str) -> None:
    result = fleet_result(change("update", {"display_name": "Old"}, {"display_name": "Old "}))
    shown = {"markdown": 'from `Old` to `"Old "`', "html": "&#34;Old &#34;"}
    assert shown[form] in change_report(result, format=form)


@pytest.mark.parametrize("title", ["Berlin, office (2): North/South", "Änderungen – heute"])
def test_plain_title_is_plain_in_markdown(title: str) -> None:
    head = change_report(fleet_result(), title=title).splitlines()[0]
    assert head == (f"## {title}" if "–" not in title else f"## `{title}`")


# Contents


def trunk(trunk_id: str = TRUNK, server: str = "sip.example.com", user: str | None = "alice") -> dict[str, Any]:
    return {"id": trunk_id, "server": server, "auth_user": user}


def agent(name: str, agent_id: str = "agent-1") -> dict[str, Any]:
    return {"id": agent_id, "name": name}


@pytest.mark.parametrize("form", FORMATS)
def test_update_shows_old_and_new_values(form: str) -> None:
    before = {"display_name": "Old", "description": None, "registration": False, "incoming_calls_agent_id": "agent-1"}
    after = {"display_name": "New", "description": "Text", "registration": True, "incoming_calls_agent_id": None}
    report = change_report(fleet_result(change("update", before, after)), format=form)
    if form == "markdown":
        assert "display name: from `Old` to `New`" in report
        assert "description: from *empty* to `Text`" in report
        assert "registration: from `no` to `yes`" in report
        assert "incoming calls: from `agent-1` to *empty*" in report
    else:
        page = Page(report)
        assert (page.values["del"], page.values["ins"]) == (["Old", "no", "agent-1"], ["New", "Text", "yes"])
        assert page.values["span"].count("empty") == 2


@pytest.mark.parametrize("form", FORMATS)
def test_values_that_stay_are_not_shown(form: str) -> None:
    same = {"description": "The same as before"}
    result = fleet_result(change("update", {"display_name": "a", **same}, {"display_name": "b", **same}))
    assert "The same as before" not in change_report(result, format=form)


@pytest.mark.parametrize("form", FORMATS)
def test_creation_and_deletion_show_all_values(form: str) -> None:
    values = {"display_name": "Line", "description": None, "registration": True, "outgoing_calls_agent_ids": ["a", "b"]}
    report = change_report(fleet_result(change("create", {}, values), change("delete", values, {})), format=form)
    assert report.count("Line") == report.count("a, b") == 2
    assert "empty" not in re.sub("(?s)<style>.*</style>", "", report)


@pytest.mark.parametrize("form", FORMATS)
def test_move_shows_both_trunks_by_name(form: str) -> None:
    moved = change("update", {"credentials_id": OTHER_TRUNK}, {"credentials_id": TRUNK})
    report = change_report(
        fleet_result(moved), format=form, trunks=[trunk(), trunk(OTHER_TRUNK, "sip.example.org", None)]
    )
    assert TRUNK not in report
    assert OTHER_TRUNK not in report
    if form == "markdown":
        assert "trunk: from `sip.example.org` to `alice@sip.example.com`" in report


@pytest.mark.parametrize("form", FORMATS)
def test_trunks_with_the_same_name_are_shown_by_id(form: str) -> None:
    report = change_report(fleet_result(change("create", {}, {})), format=form, trunks=[trunk(), trunk(OTHER_TRUNK)])
    assert TRUNK in report
    assert "alice" not in report


@pytest.mark.parametrize("form", FORMATS)
def test_trunks_are_named_as_the_task_knows_them_unless_several_have_the_name(form: str) -> None:
    move = {**change("update", {"credentials_id": TRUNK}, {"credentials_id": OTHER_TRUNK}), "trunk": "sip.example.org"}
    names = {TRUNK: "alice@sip.example.com", OTHER_TRUNK: "sip.example.org"}
    report = change_report(fleet_result(move, trunk_names=names), form)
    assert (TRUNK in report, OTHER_TRUNK in report, names[TRUNK] in report) == (False, False, True)
    shared = change_report(fleet_result(move, trunk_names=dict.fromkeys(names, "sip.example.com")), form)
    assert (TRUNK in shared, OTHER_TRUNK in shared) == (True, True)
    given = change_report(fleet_result(move, trunk_names=names), form, trunks=[trunk(server="sip.other.example")])
    assert ("alice@sip.other.example" in given, names[TRUNK] in given) == (True, False)


def test_agents_are_named_and_those_with_the_same_name_have_their_ids() -> None:
    agents = [agent("Support"), agent("Sales", "agent-2"), agent("Sales", "agent-3"), {"id": "agent-4", "name": None}]
    callers = {"outgoing_calls_agent_ids": ["agent-2", "agent-4"], "incoming_calls_agent_id": "agent-1"}
    report = change_report(fleet_result(change("create", {}, callers)), agents=agents)
    assert "outgoing calls: `Sales (agent-2), agent-4`" in report
    assert "incoming calls: `Support`" in report


@pytest.mark.parametrize("form", FORMATS)
def test_failures_have_their_action_and_reason(form: str) -> None:
    failures = [failed("delete", "Agents use it."), failed("wait", "It is not registered.")]
    summary = {**COUNTS, "failed": 2, "not_attempted": 1}
    report = change_report(fleet_result(failures=failures, summary=summary, msg="2 of 3 failed."), format=form)
    for text in ("Agents use it.", "It is not registered.", "wait for registration", "No changes were made."):
        assert text in report
    assert re.search(r"2</b>failed|2 failed", report)
    assert re.search(r"1</b>not attempted|1 not attempted", report)


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize(
    ("values", "statement"),
    [
        ({"applied": False}, "These changes are planned. Nothing was written."),
        (
            {"applied": False, "failures": [failed("delete", "Used.")], "msg": "x", "error": {"outcome": "not_sent"}},
            "Some of the changes would fail.",
        ),
        ({"applied": False, "msg": "The plan is another."}, "The plan was refused. Nothing was written."),
        (
            {"applied": False, "failures": [failed("delete", "Used.")], "msg": "The plan is another."},
            "The plan was refused. Nothing was written.",
        ),
        ({"applied": True}, "These changes were applied."),
        ({"applied": True, "failures": [failed("delete", "Used.")], "msg": "x"}, "were applied. Others failed."),
    ],
    ids=["preview", "failing preview", "refused", "refused and failing", "applied", "partly applied"],
)
def test_report_states_what_was_done(form: str, values: dict[str, Any], statement: str) -> None:
    report = change_report({**fleet_result(change("create", {}, {})), **values}, format=form)
    assert statement in report
    assert ("To be created" in report) is (not values["applied"])
    if "another" in values.get("msg", ""):
        assert values["msg"] in report


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("applied", [True, False])
def test_report_of_nothing_says_so(form: str, applied: bool) -> None:
    expected = "No changes were necessary." if applied else "No changes are planned."
    assert expected in change_report(fleet_result(applied=applied), format=form)


@pytest.mark.parametrize("form", FORMATS)
def test_warnings_of_the_task_are_shown(form: str) -> None:
    warning = "Creating phone number +1 although +01 exists"
    assert warning in change_report(fleet_result(warnings=[warning]), format=form)


@pytest.mark.parametrize("form", FORMATS)
def test_limit_omits_rows_and_counts_them(form: str) -> None:
    changes = [change("create", {}, {}, f"+{index}-") for index in range(5)]
    failures = [failed("delete", f"Reason {index}.") for index in range(3)]
    report = change_report(fleet_result(*changes, failures=failures), format=form, limit=2)
    assert [f"+{index}-" in report for index in range(5)] == [True, True, False, False, False]
    assert [f"Reason {index}." in report for index in range(3)] == [True, True, False]
    assert "3 more are not shown." in report
    assert "1 more are not shown." in report


@pytest.mark.parametrize("form", FORMATS)
def test_report_leaves_the_result_alone(form: str) -> None:
    result = evil_result()
    original = copy.deepcopy(result)
    change_report(result, format=form)
    assert result == original


# Input


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"format": "pdf"}, "format must be markdown or html"),
        ({"limit": 0}, "limit must be a number of rows from 1"),
        ({"limit": "all"}, "limit must be a number of rows from 1"),
        ({"trunks": "sip.example.com"}, "trunks must be the list sip_credentials"),
        ({"trunks": [{"id": 1}]}, "trunks must be the list sip_credentials"),
        ({"agents": {"a": "b"}}, "agents must be the agents that agent_info returns"),
        ({"agents": [{"name": "a"}]}, "agents must be the agents that agent_info returns"),
    ],
    ids=str,
)
def test_invalid_option_is_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(AnsibleFilterError, match=message):
        change_report(fleet_result(), **options)


BROKEN = [
    *(None, [], "text", {}, {"msg": "The API key is missing"}, {"changes": []}, {"results": [fleet_result()]}),
    *(fleet_result(**{key: wrong}) for key in ("changes", "failures", "summary") for wrong in (None, "x", ["x"])),
    fleet_result(summary={"created": "x"}),
    *(fleet_result(changes=[{**change("create", {}, {}), **values}]) for values in ({"action": "x"}, {"before": None})),
]


@pytest.mark.parametrize("wrong", BROKEN, ids=lambda wrong: str(wrong)[:40])
@pytest.mark.parametrize("use", [rollback, change_report])
def test_result_of_something_else_is_refused(use: Any, wrong: Any) -> None:
    with pytest.raises(
        AnsibleFilterError, match="takes the registered result of a sip_phone_numbers or sip_trunks task"
    ) as raised:
        use(wrong)
    if isinstance(wrong, dict) and "results" in wrong:
        assert "Pass one of the results of the loop." in str(raised.value)
    if isinstance(wrong, dict) and wrong.get("msg"):
        assert wrong["msg"] in str(raised.value)


@pytest.mark.slow
@pytest.mark.parametrize("form", FORMATS)
def test_ten_thousand_changes_take_less_than_two_seconds(form: str) -> None:
    values = {"display_name": "Line", "description": "Text", "registration": True}
    changes = [change("update", dict.fromkeys(values), values, f"+1555{index:07}") for index in range(10_000)]
    result = fleet_result(*changes)
    # Of this process alone: how busy the machine is does not count.
    started = time.process_time()
    report = change_report(result, format=form)
    taken = time.process_time() - started
    print(f"{form}: {taken:.2f} s for {len(report):,} characters")
    assert report.count("+1555") == 10_000
    assert taken < 2
