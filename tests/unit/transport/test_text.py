# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Text of a server, made safe to print."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.dasha.blackbox.plugins.module_utils._common.text import shorten, visible_text


@pytest.mark.parametrize(
    ("text", "visible"),
    [
        ("Plain text, ünïcödé, 電話 and 👨‍👩‍👧", "Plain text, ünïcödé, 電話 and 👨‍👩‍👧"),
        ("\x1b[31mred\x1b]0;title\x07", r"\x1b[31mred\x1b]0;title\x07"),
        ("\x00\x7f\x9b", r"\x00\x7f\x9b"),
        ("\u202eabc\u2066\u200f", r"\u202eabc\u2066\u200f"),
        ("one\r\n  two\tthree", "one two three"),
        ("\ud800", r"\ud800"),
    ],
)
def test_control_characters_are_visible(text: str, visible: str) -> None:
    assert visible_text(text) == visible


@given(st.text(st.characters()))
def test_visible_text_controls_no_terminal(text: str) -> None:
    visible = visible_text(text)
    assert {unicodedata.category(char) for char in visible}.isdisjoint({"Cc", "Cs", "Zl", "Zp"})
    assert not any(unicodedata.bidirectional(char) in ("RLO", "LRO", "RLE", "LRE", "PDF") for char in visible)
    assert visible_text(visible) == visible


def test_long_text_is_cut_with_an_ellipsis() -> None:
    assert (shorten("abcdef", 6), shorten("abcdef", 5)) == ("abcdef", "abcd…")
