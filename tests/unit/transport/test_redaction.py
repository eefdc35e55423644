# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Secrets, whole and cut, never get through; everything else does."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.dasha.blackbox.plugins.module_utils._transport.redaction import MASK, Redactor

KEY = "sk-live-0123456789abcdef"
secrets = st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="*"), min_size=6, max_size=40)


@given(secrets, st.text(), st.text())
def test_whole_secret_never_gets_through(secret: str, before: str, after: str) -> None:
    assert secret not in Redactor([secret]).redact(before + secret + after)


@given(secrets, st.data())
def test_half_a_secret_never_gets_through(secret: str, data: st.DataObject) -> None:
    size = max(6, (len(secret) + 1) // 2)
    start = data.draw(st.integers(0, len(secret) - size))
    piece = secret[start : start + size]
    assert Redactor([secret]).redact(f"«{piece}»") == f"«{MASK}»"


def test_eight_characters_of_a_long_secret_never_get_through() -> None:
    secret = "".join(map(chr, range(48, 112)))
    assert Redactor([secret]).redact(f"«{secret[20:28]}» «{secret[40:60]}»") == f"«{MASK}» «{MASK}»"


@given(st.text(alphabet="ghijkl +-.", max_size=200))
def test_text_without_a_secret_is_left_alone(text: str) -> None:
    assert Redactor([KEY]).redact(text) == text


@pytest.mark.parametrize("short", ["sk-live", "abcdef", "0123456", "cdef"])
def test_runs_too_short_to_tell_are_left_alone(short: str) -> None:
    assert Redactor([KEY]).redact(short) == short


@pytest.mark.parametrize("secret", ["a", "abc", "hunter2"])
def test_short_secret_is_masked_as_a_whole(secret: str) -> None:
    assert Redactor([secret]).redact(f"<{secret}>") == f"<{MASK}>"


def test_word_that_shares_a_few_letters_with_a_short_key_is_left_alone() -> None:
    assert Redactor(["test-key"]).redact("a test number, api_key") == "a test number, api_key"


def test_everything_in_json_is_cleaned_but_own_names() -> None:
    leaky = {"number": [KEY, {"x": f"a {KEY}"}], KEY: 1, "n": 5, "none": None, "yes": True}
    assert Redactor([KEY]).redact(leaky) == {
        "number": [MASK, {"x": f"a {MASK}"}],
        MASK: 1,
        "n": 5,
        "none": None,
        "yes": True,
    }
    assert Redactor(["description"]).redact({"description": "description"}, frozenset(["description"])) == {
        "description": MASK
    }


def test_several_secrets_side_by_side() -> None:
    both = Redactor([KEY, "hunter2hunter2", None, ""])
    assert both.redact(f"{KEY}hunter2hunter2 and hunter2h") == f"{MASK} and {MASK}"
