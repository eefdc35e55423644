# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lists of entries in YAML, JSON and JSON lines, from people, from programs and from whoever wants to do harm."""

from __future__ import annotations

import json
import time
import tracemalloc
from typing import Any

import pytest
import yaml
from ansible.module_utils.common.yaml import SafeLoader
from hypothesis import example, given
from hypothesis import strategies as st

from ansible_collections.dasha.blackbox.plugins.module_utils._common.errors import InvalidOptionsError
from ansible_collections.dasha.blackbox.plugins.plugin_utils._e164 import load_region
from ansible_collections.dasha.blackbox.plugins.plugin_utils._numbers_file import read_numbers
from ansible_collections.dasha.blackbox.plugins.plugin_utils._table import read_column_names


def read(text: str, path: str = "n.yml", columns: dict[str, Any] | None = None, region: str = "") -> dict[str, Any]:
    names = read_column_names(columns or {})
    return read_numbers(path, text.encode(), names, *([load_region(region)] if region else []))


def entries(text: str, path: str = "n.yml", **options: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = read(text, path, **options)["entries"]
    return found


def errors(text: str, path: str = "n.yml", **options: Any) -> list[str]:
    with pytest.raises(InvalidOptionsError) as caught:
        read(text, path, **options)
    return list(caught.value.messages)


ENTRY = {
    "phone_number": "+15550000001",
    "display_name": "Desk {{ x }}",
    "registration": True,
    "outgoing_calls_agents": ["Sales", "Support"],
    "description": None,
}


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("n.yml", yaml.safe_dump([ENTRY])),
        ("n.YAML", yaml.safe_dump({"blackbox_phone_numbers": [ENTRY]})),
        ("n.yml", f"\ufeff---\n{yaml.safe_dump([ENTRY])}...\n"),
        ("n.yml", json.dumps([ENTRY])),
        ("n.json", json.dumps([ENTRY])),
        ("n.json", json.dumps({"items": [ENTRY], "totalCount": 1})),
        ("n.jsonl", f"{json.dumps(ENTRY)}\r\n\n"),
    ],
)
def test_list_is_read_as_it_is(path: str, text: str) -> None:
    assert entries(text, path) == [ENTRY]


def test_names_of_the_api_and_of_other_programs_are_read() -> None:
    text = json.dumps([{"phoneNumber": "+1", "friendly_name": "x", "capabilities": {"voice": [True]}}])
    assert entries(text, "n.json", columns={"friendly_name": "display_name", "capabilities": None}) == [
        {"phone_number": "+1", "display_name": "x"}
    ]


def test_phone_numbers_of_a_region_are_read_by_its_rules() -> None:
    assert entries("- phone_number: 030 123456\n", region="DE") == [{"phone_number": "+4930123456"}]
    (error,) = errors("- {phone_number: '4915123456789'}\n", region="DE")
    assert error.startswith("line 1: phone_number is '4915123456789': it has two readings")
    (error,) = errors('[{"phone_number": "5.5E+9"}]', "n.json", region="DE")
    assert error.startswith("entry 0: phone_number is '5.5E+9': a program saved the number in scientific notation")


def test_yaml_is_read_as_ansible_reads_it() -> None:
    text = "- {phone_number: '+1', registration: yes, display_name: 2026-03-01, description: 1_000}\n"
    (found,) = entries(text)
    assert found == {
        "phone_number": "+1",
        "registration": True,
        "display_name": "2026-03-01",
        "description": yaml.safe_load("1_000"),
    }


def test_anchors_and_merge_keys_are_resolved() -> None:
    text = """
      defaults: &desk {registration: true, display_name: Desk}
      phone_numbers:
        - &first {<<: *desk, phone_number: '+1'}
        - {<<: [{description: own}, *first], phone_number: '+2', display_name: &name Other}
        - {phone_number: '+3', display_name: *name}
    """
    assert entries(text) == [
        {"registration": True, "display_name": "Desk", "phone_number": "+1"},
        {"description": "own", "registration": True, "phone_number": "+2", "display_name": "Other"},
        {"phone_number": "+3", "display_name": "Other"},
    ]


@pytest.mark.parametrize(
    ("path", "text", "message"),
    [
        ("n.yml", "", "The file is empty."),
        ("n.yml", "# nothing\n", "line 2: the file must be a list of phone numbers, or a mapping with one such list."),
        ("n.yml", "---\n", "line 2: the file must be a list of phone numbers"),
        ("n.yml", "phone_number: '+1'\n", "line 1: the file must be a list of phone numbers"),
        ("n.yml", "a: []\nb: []\n", "line 2: the file must be a list of phone numbers"),
        ("n.yml", "- phone_number: '+1'\n- +2\n", "line 2: an entry must be a mapping of options."),
        ("n.yml", "- phone_number: '+1'\n  phone_number: '+2'\n", "line 2: 'phone_number' is in the entry twice."),
        (
            "n.yml",
            "- phone_number: '+1'\n  phoneNumber: '+2'\n",
            "line 1: 'phoneNumber' is phone_number, which the entry",
        ),
        (
            "n.yml",
            "- phone_number: [[1]]\n",
            "line 1: phone_number must be a text, a number, true, false, null or a list",
        ),
        ("n.yml", "- phone_number: {a: 1}\n", "line 1: phone_number must be a text, a number, true, false, null or a"),
        ("n.yml", "- {? [a] : b}\n", "line 1: the name of an option must be a text."),
        ("n.yml", "- colour: red\n", "line 1: unknown option 'colour'. Valid options: phone_number, "),
        ("n.yml", "- x: !vault |\n    abc\n", "line 1: the tag !vault is not supported here. Encrypt the whole file"),
        ("n.yml", "- !!python/object/apply:os.system [ls]\n", "line 1: the tag tag:yaml.org,2002:python/object/apply"),
        (
            "n.yml",
            "- x: !<tag:yaml.org,2002:binary> YQ==\n",
            "line 1: the tag tag:yaml.org,2002:binary is not supported",
        ),
        ("n.yml", "- x: !!int abc\n", "line 1: 'abc' is not valid for int."),
        ("n.yml", "- *nobody\n", "line 1: the alias 'nobody' has no anchor before it."),
        ("n.yml", "- <<: 5\n", "line 1: what is merged must be a mapping."),
        (
            "n.yml",
            "- a: 'b\n",
            "line 2: not valid YAML: while scanning a quoted scalar found unexpected end of stream.",
        ),
        ("n.yml", "- a\n---\n- b\n", "line 1: an entry must be a mapping of options."),
        ("n.yml", "[" * 100_000, ""),
        ("n.yml", "- a: \x07\n", "not valid YAML: "),
        ("n.json", "[" * 100_000, "not valid JSON: it is nested too deeply."),
        ("n.json", "{}", "The file must be a list of phone numbers, or a mapping with one such list."),
        ("n.json", "5", "The file must be a list of phone numbers"),
        ("n.json", '[{"a": 1}\n, 5', "line 2: not valid JSON: Expecting ',' delimiter at column 4."),
        ("n.json", '[{"phone_number": NaN}]', "not valid JSON: NaN is not part of JSON."),
        ("n.json", '[{"phone_number": -Infinity}]', "not valid JSON: -Infinity is not part of JSON."),
        ("n.json", f'[{{"phone_number": {"1" * 5000}}}]', ""),
        ("n.json", '[{"trunk": "a", "trunk": "b"}]', "entry 0: 'trunk' is in the entry twice."),
        ("n.json", '[{"phone_number": {"a": [[]]}}]', "entry 0: phone_number must be a text"),
        ("n.json", '[["+1"]]', "entry 0: an entry must be a mapping of options, not ['+1']."),
        (
            "n.jsonl",
            '{"phone_number": "+1"}\n\n{"phone_number"\n',
            "line 3: not valid JSON: Expecting ':' delimiter at",
        ),
        ("n.jsonl", "[]\n", "line 1: an entry must be a mapping of options, not []."),
    ],
)
def test_what_is_no_list_of_entries_is_refused(path: str, text: str, message: str) -> None:
    assert errors(text, path)[0].startswith(message)


def test_every_error_is_reported_and_an_unknown_option_once() -> None:
    found = errors("- {phone_number: '+1', colour: red}\n- {phone_number: '+2', colour: blue}\n- 5\n- {x: {}}\n")
    assert [error.partition(". ")[0] for error in found] == [
        "line 1: unknown option 'colour'",
        "line 3: an entry must be a mapping of options.",
        "line 4: unknown option 'x'",
    ]
    assert found[0].endswith(" The same in line 2.")


def test_bad_line_does_not_hide_those_after_it() -> None:
    found = errors('{"trunk": 1\n{"colour": 1}\n{"a"\n', "n.jsonl")
    assert [error.partition(". Valid")[0] for error in found] == [
        "line 1: not valid JSON: Expecting ',' delimiter at column 12. The same in line 3.",
        "line 2: unknown option 'colour'",
    ]


LAUGHS = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 30))
MERGES = "a0: &a0 {x0: 1}\n" + "".join(f"a{n}: &a{n} {{<<: [*a{n - 1}, *a{n - 1}], x{n}: 1}}\n" for n in range(1, 400))
KEYS = f"a: &a {{{', '.join(f'k{n}: 1' for n in range(20_000))}}}\nb:\n" + "- {<<: *a}\n" * 2_000


@pytest.mark.not_quick
@pytest.mark.parametrize(
    ("text", "message"),
    [
        (f"{LAUGHS}z:\n- {{phone_number: *a29}}\n", "line 1: an entry must be a mapping of options."),
        (
            "- {description: &a0 [x]}\n"
            + "".join(f"- {{description: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]}}\n" for n in range(1, 30)),
            "line 2: description must be a text",
        ),
        (f"{MERGES}z:\n- {{<<: *a399, phone_number: '+1'}}\n", "line 402: unknown option 'x0'."),
        (KEYS, "line 1: an entry has more than 500 options."),
    ],
    ids=["lists", "values", "merged twice", "many keys"],
)
def test_small_file_does_not_become_a_large_one(text: str, message: str) -> None:
    tracemalloc.start()
    started = time.monotonic()
    try:
        found = errors(text)
        assert tracemalloc.get_traced_memory()[1] < 60_000_000
    finally:
        tracemalloc.stop()
    assert time.monotonic() - started < 20
    assert found[0].startswith(message)
    assert max(map(len, found)) < 5_000


VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(-(10**6), 10**6), st.text(max_size=10), st.lists(st.text(max_size=3))
)
OPTIONS = st.sampled_from(["phone_number", "trunk", "display_name", "registration", "outgoing_calls_agents"])


@pytest.mark.not_quick
@given(st.lists(st.dictionaries(OPTIONS, VALUES), max_size=5), st.sampled_from(["n.yml", "n.json", "n.jsonl"]))
def test_any_list_comes_back_as_it_was(found: list[dict[str, Any]], path: str) -> None:
    if path == "n.yml":
        text = yaml.safe_dump(found)
    else:
        text = json.dumps(found) if path == "n.json" else "".join(f"{json.dumps(each)}\n" for each in found)
    if path == "n.jsonl" and not found:
        return
    assert entries(text, path) == found


@example("{}:")
@example("[a]: [{a: b}]")
@example("? {}\n: [{a: b}]")
@example("&a b: [{a: b}]\n*a : 1")
@given(st.text(alphabet="-[]{}:,&*!|>'\"#%@? \n\tab1<", max_size=40))
def test_any_yaml_is_read_as_the_usual_reader_reads_it_or_refused(text: str) -> None:
    try:
        found = entries(text, columns={"a": "description", "b": "trunk"})
    except InvalidOptionsError:
        return
    # That of Ansible: libyaml takes a tab where the reader in Python does not.
    expected = yaml.load(text, SafeLoader)
    if isinstance(expected, dict):
        (expected,) = [value for value in expected.values() if isinstance(value, list)]
    renamed = {"a": "description", "b": "trunk"}
    assert found == [{renamed[key]: value for key, value in entry.items()} for entry in expected]
