# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Secrets, whole and cut, never get through; everything else does."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.dasha.blackbox.plugins.module_utils._common.redaction import MASK, FreeText, Redactor

KEY = "sk-live-0123456789abcdef"
secrets = st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="*"), min_size=6, max_size=40)


@pytest.fixture
def busy_threads() -> Iterator[None]:
    """Let threads take turns as often as possible."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)


@pytest.mark.not_quick
@pytest.mark.usefixtures("busy_threads")
def test_secrets_are_added_while_others_redact() -> None:
    redactor = Redactor(["k" * 40])
    added = [f"secret-{index:05}-" + "x" * (index % 40) for index in range(3000)]
    with ThreadPoolExecutor() as pool:
        texts = [pool.submit(redactor.redact, f"some text {index} " * 50) for index in range(400)]
        for secret in added:
            redactor.add(secret)
        for text in texts:
            text.result()
    assert redactor.redact(added[-1]) == MASK


@pytest.mark.not_quick
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


def test_free_text_in_a_result_is_redacted_at_any_depth() -> None:
    leaky = {"list": [FreeText(KEY), {"x": FreeText(f"a {KEY}")}], FreeText(KEY): 1, "n": 5, "none": None, "yes": True}
    redacted = Redactor([KEY]).redact_result(leaky)
    assert redacted == {"list": [MASK, {"x": f"a {MASK}"}], MASK: 1, "n": 5, "none": None, "yes": True}
    assert {type(text) for text in (redacted["list"][0], redacted["list"][1]["x"])} == {str}


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=12),
    lambda values: st.lists(values, max_size=3) | st.dictionaries(st.text(max_size=6), values, max_size=3),
    max_leaves=8,
)


@given(st.text(min_size=1, max_size=8), json_values)
def test_structured_data_stays_intact_whatever_the_secret_is(secret: str, value: Any) -> None:
    assert Redactor([secret]).redact_result(value) == value


def test_several_secrets_side_by_side() -> None:
    both = Redactor([KEY, "hunter2hunter2", None, ""])
    assert both.redact(f"{KEY}hunter2hunter2 and hunter2h") == f"{MASK} and {MASK}"


def test_secret_that_is_added_later_is_masked_in_a_text_that_was_seen_before() -> None:
    redactor = Redactor()
    assert redactor.redact(KEY) == KEY
    redactor.add(KEY)
    assert redactor.redact(KEY) == MASK


@given(st.lists(secrets, min_size=1, max_size=40), st.data())
def test_one_of_many_secrets_never_gets_through(many: list[str], data: st.DataObject) -> None:
    text = f"<{data.draw(st.sampled_from(many))}>" + data.draw(st.text(max_size=60))
    redacted = Redactor(many).redact(text)
    assert not [secret for secret in many if secret in redacted]
