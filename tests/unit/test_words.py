# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The check of words finds those that have a better one, in prose and in the messages of code."""

from __future__ import annotations

import pytest
from utils.check_words import find_words, texts_of_code


def words(text: str) -> list[str]:
    return [word for _position, word, _better in find_words(text)]


@pytest.mark.parametrize("text", ["The API answers with 409.", "Send it again.\nIt was sent\nagain.", "A Time-out."])
def test_word_with_a_better_one_is_found(text: str) -> None:
    assert len(words(text)) == 1


@pytest.mark.parametrize("text", ["The agent answers incoming calls.", "Set at least one.", "An amendment, a blanket."])
def test_right_use_and_part_of_a_word_are_not_found(text: str) -> None:
    assert words(text) == []


def test_position_is_that_of_the_word() -> None:
    assert [position for position, *_rest in find_words("Do not mend it.")] == [7]


def test_strings_are_read_and_docstrings_and_names_are_not() -> None:
    source = '"""Tells all."""\n\ndef f():\n    """Tell it."""\n    key = "answer"\n    return f"Answer of {key}"\n'
    assert list(texts_of_code(source)) == [(6, "Answer of ")]
