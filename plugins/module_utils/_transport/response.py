# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What one attempt leads to: a response, or a `TransportError`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    JsonObject = dict[str, Any]

MAX_NESTING = 64
NOT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))


class TransportError(Exception):
    """No complete response was received, or it could not be decoded.

    Attributes:
        kind: `connection`, `timeout`, `rate_limit` (no attempt was allowed in time), `response` (malformed),
            `size` (the response is too large) or `configuration` (certificate, CA bundle, proxy).
        sent: whether the server may have received the request.
        reason: one clause for a person, free of secrets.
    """

    def __init__(self, kind: str, sent: bool, reason: str) -> None:
        super().__init__(reason)
        self.kind = kind
        self.sent = sent
        self.reason = reason

    @property
    def transient(self) -> bool:
        """Whether a retry may help."""
        return self.kind not in ("configuration", "size")


def out_of_files() -> TransportError:
    """Return the error for an attempt whose failure cannot be explained, as no file can be opened to import that."""
    return TransportError("connection", True, "the connection failed: too many open files")


def _keep() -> None:
    """Leave the connection in the pool."""


class HttpResponse(NamedTuple):
    """A complete HTTP response, its body decoded from any Content-Encoding.

    Attributes:
        discard_connection: call it if the connection can no longer be trusted; it is then not used again.
    """

    status: int
    headers: Mapping[str, str]
    content: bytes
    reason: str | None
    discard_connection: Callable[[], None] = _keep


def parse_json_object(response: HttpResponse) -> JsonObject | None:
    """Return the JSON object in a response, or None if there is none or it is nested absurdly deep."""
    body = parse_json(response)
    return body if isinstance(body, dict) else None


def parse_json(response: HttpResponse) -> Any:
    """Return the JSON object or array in a response, or None if there is none or it is nested absurdly deep."""
    try:
        body = json.loads(response.content, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        return None
    return body if isinstance(body, (dict, list)) and not _nested_too_deep(response.content, body) else None


def _refuse_constant(name: str) -> None:
    """Refuse NaN and infinity, which Python takes for JSON: sent back, they would be none."""
    raise ValueError(name)


def _nested_too_deep(content: bytes, body: Any) -> bool:
    """Whether code that walks through the object by recursion could exhaust the stack.

    From Python 3.12 on, the parser itself accepts far more levels than a Python function can visit.
    """
    if content.count(b"{") + content.count(b"[") <= MAX_NESTING:
        return False
    # Removing the innermost brackets again and again is much faster than visiting each value of a large page.
    brackets = content.translate(None, NOT_BRACKETS)
    for _level in range(MAX_NESTING):
        if not brackets:
            return False
        brackets = brackets.replace(b"{}", b"").replace(b"[]", b"")
    # Brackets inside of strings are left over as well.
    return _depth(body) > MAX_NESTING


def _depth(body: Any) -> int:
    depth = 0
    level: list[Any] = [body]
    while level and depth <= MAX_NESTING:
        depth += 1
        children = (value.values() if isinstance(value, dict) else value for value in level)
        level = [child for values in children for child in values if isinstance(child, (dict, list))]
    return depth
