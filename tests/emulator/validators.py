# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Validates the input of the emulator: seeds, settings, fault rules and other control requests."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
import yaml

VALIDATORS = Path(__file__).with_name("validators.yaml")


class InvalidInputError(ValueError):
    """Invalid input; the text says where and why."""


class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Reads YAML with the types of JSON: a timestamp stays a string."""


Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def validate(name: str, value: Any, location: str = "") -> None:
    """Validate a value.

    Args:
        location: precedes the location inside the value in the error.

    Raises:
        InvalidInputError: the first error.
    """
    try:
        error = next(_validator(name).iter_errors(value), None)
    except ValueError as exc:
        raise InvalidInputError(f"{location or name.lower()}: {exc}") from None
    if error is not None:
        at = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in error.instance_path)
        raise InvalidInputError(f"{(location + at).lstrip('.') or name.lower()}: {error.message:.300}{_advice(error)}")


def _advice(error: Any) -> str:
    if error.kind.name == "additionalProperties":
        schema: Any = {"validators": _schemas()}
        for step in list(error.schema_path)[:-1]:
            schema = schema[step]
        return f"; allowed: {', '.join(sorted(schema['properties']))}"
    quoted = error.kind.name == "type" and "string" in error.kind.types and isinstance(error.instance, (int, float))
    return "; quote it" if quoted else ""


@cache
def _schemas() -> dict[str, Any]:
    forms: dict[str, Any] = yaml.load(VALIDATORS.read_text("utf-8"), Loader=Loader)
    return forms


@cache
def _validator(name: str) -> Any:
    schema = {"$ref": f"#/validators/{name}", "validators": _schemas()}
    return jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
