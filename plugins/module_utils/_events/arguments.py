# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The arguments of an event source, checked: there is no Ansible around that would do it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from .._common.errors import InvalidOptionsError
from .._resources.desired import check_uuid
from .._running.connection import CONNECTION_OPTIONS, with_environment
from .changes import EVENTS, Scope

MIN_INTERVAL = 1.0
DEFAULT_INTERVAL = 30.0
INITIAL = ("failed", "all")
END, REPORT = ON_REJECTED_KEY = ("end", "report")
LITERALS = (
    "Quote it. If it comes from a variable, put quotes inside of the text too, as in \"'{{ variable }}'\":"
    " ansible-rulebook evaluates what the braces yield as a Python literal."
)
TRUE, FALSE = ("true", "yes", "on", "1"), ("false", "no", "off", "0")


class Arguments(NamedTuple):
    """What a rulebook says about the source.

    Attributes:
        connection: the connection options, in their types.
        interval: seconds between two listings.
        scope: what the rulebook is interested in.
        emit_initial: `failed`, `all`, or None for nothing.
        on_rejected_key: whether to `end`, or to `report` it and go on.
    """

    connection: dict[str, Any]
    interval: float
    scope: Scope
    emit_initial: str | None
    on_rejected_key: str


def read_arguments(args: Mapping[str, Any], environ: Mapping[str, str]) -> Arguments:
    """Return the arguments of a source.

    Args:
        args: from the rulebook; names that belong to ansible-rulebook itself begin with `eda_`.
        environ: where connection options that are not set are looked up.

    Raises:
        InvalidOptionsError: an unknown argument, or an invalid value.
    """
    given = {name: value for name, value in args.items() if value is not None and not name.startswith("eda_")}
    own = ("interval", "credentials_ids", "phone_numbers", "events", "emit_initial", "on_rejected_key")
    allowed = (*CONNECTION_OPTIONS, *own)
    unknown = sorted(set(given) - set(allowed))
    if unknown:
        raise InvalidOptionsError(f"Unknown arguments: {', '.join(unknown)}. The arguments are {', '.join(allowed)}.")
    trunks = [check_uuid(trunk, "credentials_ids") for trunk in _strings(given, "credentials_ids")]
    scope = Scope(
        frozenset(trunk.lower() for trunk in trunks),
        frozenset(_strings(given, "phone_numbers")),
        frozenset(_choice(event, "events", EVENTS) for event in _strings(given, "events")),
    )
    initial = given.get("emit_initial")
    return Arguments(
        _connection(given, environ),
        _interval(given.get("interval", DEFAULT_INTERVAL)),
        scope,
        None if initial is None else _choice(initial, "emit_initial", INITIAL),
        _choice(given.get("on_rejected_key", END), "on_rejected_key", ON_REJECTED_KEY),
    )


def _connection(given: Mapping[str, Any], environ: Mapping[str, str]) -> dict[str, Any]:
    named = {option: given[option] for option in CONNECTION_OPTIONS if option in given}
    values = with_environment(named, environ)
    return {
        option: _convert(values[option], details["type"], option) if option in values else details.get("default")
        for option, details in CONNECTION_OPTIONS.items()
    }


def _convert(value: Any, kind: str, name: str) -> Any:
    if kind in ("str", "path"):
        if not isinstance(value, str):
            # Without the value, which may be the key.
            raise InvalidOptionsError(f"{name} must be a string, not of the type {type(value).__name__}. {LITERALS}")
        return value
    if kind == "bool":
        return _boolean(value, name)
    try:
        return float(value) if kind == "float" else int(value)
    except (TypeError, ValueError, OverflowError):
        raise InvalidOptionsError(f"{name} must be a number, not {value!r:.60}.") from None


def _boolean(value: Any, name: str) -> bool:
    text = str(value).lower()
    if text not in TRUE + FALSE:
        raise InvalidOptionsError(f"{name} must be true or false, not {value!r:.60}.")
    return text in TRUE


def _interval(value: Any) -> float:
    seconds: float = _convert(value, "float", "interval")
    if not MIN_INTERVAL <= seconds < float("inf"):
        raise InvalidOptionsError(f"interval must be at least {MIN_INTERVAL:g} second, not {value!r:.60}.")
    return seconds


def _strings(given: Mapping[str, Any], name: str) -> list[str]:
    values = given.get(name, [])
    if not isinstance(values, (list, tuple)):
        values = [values]
    for value in values:
        if not isinstance(value, str) or not value:
            raise InvalidOptionsError(f"{name} must be a list of quoted strings, and {value!r:.60} is none. {LITERALS}")
    return list(values)


def _choice(value: Any, name: str, choices: tuple[str, ...]) -> str:
    if value not in choices:
        raise InvalidOptionsError(f"{name} must be one of {', '.join(choices)}, not {value!r:.60}.")
    return str(value)
