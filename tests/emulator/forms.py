# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks what people hand to the emulator: seeds, switches, fault rules and other control calls."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
import yaml

FORMS = Path(__file__).with_name("forms.yaml")


class FormError(ValueError):
    """Something handed to the emulator that it cannot use; the text says where and why."""


class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Reads YAML as JSON would be read: a time stays the text that was written."""


Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def check(form: str, value: Any, place: str = "") -> None:
    """Check a value against a form of forms.yaml.

    Args:
        place: what stands before the place in the text of the error.

    Raises:
        FormError: the first thing that is wrong.
    """
    try:
        error = next(_validator(form).iter_errors(value), None)
    except ValueError as exc:
        raise FormError(f"{place or form.lower()}: {exc}") from None
    if error is not None:
        at = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in error.instance_path)
        raise FormError(f"{(place + at).lstrip('.') or form.lower()}: {error.message:.300}{_advice(error)}")


def _advice(error: Any) -> str:
    if error.kind.name == "additionalProperties":
        schema: Any = {"forms": _forms()}
        for step in list(error.schema_path)[:-1]:
            schema = schema[step]
        return f"; it takes {', '.join(sorted(schema['properties']))}"
    quoted = error.kind.name == "type" and "string" in error.kind.types and isinstance(error.instance, (int, float))
    return "; quote it" if quoted else ""


@cache
def _forms() -> dict[str, Any]:
    forms: dict[str, Any] = yaml.load(FORMS.read_text("utf-8"), Loader=Loader)
    return forms


@cache
def _validator(form: str) -> Any:
    schema = {"$ref": f"#/forms/{form}", "forms": _forms()}
    return jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
