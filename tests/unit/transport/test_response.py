# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which responses hold a JSON object that can be worked with."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.dasha.blackbox.plugins.module_utils._transport.response import (
    MAX_NESTING,
    HttpResponse,
    parse_json_object,
)


def parse(content: bytes) -> dict[str, Any] | None:
    return parse_json_object(HttpResponse(200, {}, content, None))


def nested(levels: int, opening: str = '{"a": ', closing: str = "}") -> bytes:
    return (opening * levels + "1" + closing * levels).encode()


@pytest.mark.parametrize("content", ["{}", '{"a": [{}, []]}', '{"a": "{[{["}', '{"a": "é"}'])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_object_is_parsed(content: str, encoding: str) -> None:
    assert parse(content.encode(encoding)) == json.loads(content)


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"null", b"1", b'{"a": "\xe9"}', b'{"a": "\0"}', b'{"a": NaN}', b"{" * 100000]
)
def test_anything_else_is_none(content: bytes) -> None:
    assert parse(content) is None


def test_object_with_many_brackets_in_strings_is_parsed() -> None:
    body = {"rows": [{"name": "{[" * 50}] * 100}
    assert parse(json.dumps(body).encode()) == body


def test_nesting_is_bounded() -> None:
    assert parse(nested(MAX_NESTING)) is not None
    assert parse(nested(MAX_NESTING + 1)) is None


@pytest.mark.parametrize(("opening", "closing"), [('{"a": ', "}"), ('{"x": [], "s": "]", "a": [[], ', "]}")])
def test_thousands_of_levels_are_none(opening: str, closing: str) -> None:
    assert parse(nested(2000, opening, closing)) is None
