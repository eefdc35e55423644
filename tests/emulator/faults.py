# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Simulated faults: which requests they apply to, and what they do."""

from __future__ import annotations

import base64
import binascii
import random
import re
from typing import Any, NamedTuple

from .validators import InvalidInputError, validate

# Each is the name of a validator, too. A redirect comes first, for it may name a status.
KINDS = ("redirect", "status", "drop", "hang", "truncate", "garbage", "drip", "informational", "patch", "raw", "delay")


class PatchError(Exception):
    """A patch cannot be applied to a response."""


class Hit(NamedTuple):
    """What a rule does: a fault, a change of the state before the request is applied, or both."""

    fault: dict[str, Any] | None
    mutate: dict[str, Any] | None


class Rule:
    """One rule with its counters.

    Raises:
        InvalidInputError: the rule is invalid.
    """

    def __init__(self, rule: dict[str, Any]) -> None:
        _validate(rule)
        match = rule.get("match", {})
        self._method = _pattern("method", match.get("method", ".*"))
        self._path = _pattern("path", match.get("path", ""))
        self._query = {name: _written(value) for name, value in match.get("query", {}).items()}
        self._skip = rule.get("skip", 0)
        self._times = rule.get("times", 1)
        self._every = rule.get("every", 1)
        self._probability = rule.get("probability", 1.0)
        self._hit = Hit(rule.get("fault"), rule.get("mutate"))
        self._matches = 0

    def apply(self, method: str, path: str, query: dict[str, str], rng: random.Random) -> Hit | None:
        """Return what the rule does to a request, None if nothing."""
        if self._times == 0 or not self._fits(method, path, query):
            return None
        self._matches += 1
        turn = self._matches - self._skip
        if turn <= 0 or turn % self._every or rng.random() >= self._probability:
            return None
        if self._times is not None:
            self._times -= 1
        return self._hit

    def _fits(self, method: str, path: str, query: dict[str, str]) -> bool:
        return bool(
            self._method.fullmatch(method)
            and self._path.search(path)
            and all(query.get(name) == value for name, value in self._query.items())
        )


class Faults:
    """The active rules; the first that applies to a request wins."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Remove all rules, and restart the random numbers."""
        self._rules: list[Rule] = []
        self._rng = random.Random(1)

    def add(self, rules: list[Rule]) -> None:
        """Add rules."""
        self._rules.extend(rules)

    def of(self, method: str, path: str, query: dict[str, str]) -> Hit | None:
        """Return what the rules do to a request."""
        for rule in self._rules:
            hit = rule.apply(method, path, query, self._rng)
            if hit is not None:
                return hit
        return None


def kind_of(fault: dict[str, Any]) -> str:
    """Return the kind of a fault."""
    return next(kind for kind in KINDS if kind in fault)


def _validate(rule: Any) -> None:
    validate("Rule", rule)
    fault = rule.get("fault")
    if fault is None:
        if "mutate" not in rule:
            raise InvalidInputError("a rule needs fault or mutate")
        return
    kind = next((kind for kind in KINDS if kind in fault), None)
    if kind is None:
        raise InvalidInputError(f"fault: {fault!r:.200} has none of {', '.join(KINDS)}")
    validate(kind, fault, "fault")
    if kind == "raw":
        raw_bytes(fault)


def raw_bytes(fault: dict[str, Any]) -> bytes:
    """Return the bytes that a fault of the kind `raw` sends.

    Raises:
        InvalidInputError: the text is not in the encoding that the fault names.
    """
    encoding = fault.get("encoding", "latin-1")
    try:
        if encoding == "base64":
            return base64.b64decode(fault["raw"], validate=True)
        return str(fault["raw"]).encode(encoding)
    except (UnicodeEncodeError, binascii.Error) as exc:
        raise InvalidInputError(f"fault.raw: the text is not {encoding}: {exc}") from None


def patched(body: Any, fault: dict[str, Any]) -> Any:
    """Return the JSON body of a response as a fault of the kind `patch` changes it.

    Raises:
        PatchError: there is no such row, or it is not an object.
    """
    if "row" not in fault:
        return _patched_object(body, fault)
    rows: Any = body.get("items") if isinstance(body, dict) else body
    try:
        rows[fault["row"]] = _patched_object(rows[fault["row"]], fault)
    except (IndexError, TypeError):
        raise PatchError(f"the response has no row {fault['row']}") from None
    return body


def _patched_object(value: Any, fault: dict[str, Any]) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise PatchError(f"the response is not an object: {value!r:.100}")
    removed = fault.get("remove", [])
    return {name: content for name, content in {**value, **fault["patch"]}.items() if name not in removed}


def _pattern(name: str, text: str) -> re.Pattern[str]:
    try:
        return re.compile(text)
    except re.error as exc:
        raise InvalidInputError(f"match.{name}: {text!r} is not a regular expression: {exc}") from None


def _written(value: Any) -> str:
    """Return a value as it is written in a query."""
    return str(value).lower() if isinstance(value, bool) else str(value)
