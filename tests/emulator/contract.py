# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks requests and responses against openapi.yaml, the contract that the real API publishes."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote

import jsonschema_rs
import yaml

from .problems import Errors
from .validators import Loader

CONTRACT = Path(__file__).with_name("openapi.yaml")


class Parameter(NamedTuple):
    """A query or path parameter, with the JSON schema of its value."""

    name: str
    required: bool
    kind: str
    validator: Any


class Operation(NamedTuple):
    """One method of one path in the contract.

    Attributes:
        pattern: matches the path, with a group for each path parameter.
        body: the JSON schema validator of the request body, None if there is no body.
        responses: the name of the schema of the body by status, None if there is no body.
    """

    operation_id: str
    method: str
    pattern: re.Pattern[str]
    parameters: dict[str, Parameter]
    body: Any
    responses: dict[int, str | None]


class Contract:
    """The operations and schemas of the contract file."""

    def __init__(self, path: Path = CONTRACT) -> None:
        self._document: dict[str, Any] = yaml.load(path.read_text("utf-8"), Loader=Loader)
        self._schemas: dict[str, Any] = self._document["components"]["schemas"]
        self._schema = lru_cache(maxsize=None)(self._compile)
        self._operations = [
            self._read(template, method, described, item.get("parameters", []))
            for template, item in self._document["paths"].items()
            for method, described in item.items()
            if method != "parameters"
        ]

    def find(self, method: str, path: str) -> tuple[Operation | None, dict[str, str], list[str]]:
        """Return the operation with the values of its path parameters, and the methods of the path."""
        methods = []
        for operation in self._operations:
            match = operation.pattern.fullmatch(path)
            if match:
                if operation.method == method:
                    return operation, {name: unquote(value) for name, value in match.groupdict().items()}, []
                methods.append(operation.method)
        return None, {}, methods

    def fields(self, schema: str) -> set[str]:
        """Return the names of the fields of an object schema."""
        return set(self._properties({"$ref": schema}))

    def _properties(self, schema: dict[str, Any]) -> dict[str, Any]:
        if "$ref" in schema:
            return self._properties(self._schemas[schema["$ref"].rsplit("/", 1)[-1]])
        parts = [self._properties(part) for part in schema.get("allOf", [])]
        return {name: field for part in [*parts, schema.get("properties", {})] for name, field in part.items()}

    def defaults(self, schema: str) -> dict[str, Any]:
        """Return the defaults of a body schema by field."""
        properties = self._schemas[schema]["properties"]
        return {name: described["default"] for name, described in properties.items() if "default" in described}

    def errors(self, schema: str, value: Any) -> Errors:
        """Return the errors in a value by field."""
        return _errors(self._schema(schema), value)

    def valid(self, schema: str, value: Any) -> bool:
        """Return whether a value is valid."""
        return not _errors(self._schema(schema), value)

    def _compile(self, name: str) -> Any:
        return self._validator({"$ref": f"#/components/schemas/{name}"})

    def _validator(self, schema: dict[str, Any]) -> Any:
        whole = {**schema, "components": {"schemas": self._schemas}}
        return jsonschema_rs.Draft202012Validator(whole, validate_formats=True)

    def _read(self, template: str, method: str, described: dict[str, Any], shared: list[Any]) -> Operation:
        pattern = re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", template))
        parameters = [self._parameter(entry) for entry in [*shared, *described.get("parameters", [])]]
        body = described.get("requestBody")
        return Operation(
            described["operationId"],
            method.upper(),
            pattern,
            {parameter.name: parameter for parameter in parameters},
            self._schema(_schema_name(body)) if body else None,
            {int(status): self._respond(response) for status, response in described["responses"].items()},
        )

    def _parameter(self, entry: dict[str, Any]) -> Parameter:
        if "$ref" in entry:
            entry = self._document["components"]["parameters"][entry["$ref"].rsplit("/", 1)[1]]
        schema = entry["schema"]
        return Parameter(entry["name"], entry.get("required", False), schema["type"], self._validator(schema))

    def _respond(self, response: dict[str, Any]) -> str | None:
        if "$ref" in response:
            response = self._document["components"]["responses"][response["$ref"].rsplit("/", 1)[1]]
        return _schema_name(response) if "content" in response else None


def check_parameters(operation: Operation, given: list[tuple[str, str]]) -> tuple[dict[str, Any], Errors]:
    """Return the typed values of the parameters, and the errors in them."""
    values: dict[str, Any] = {}
    errors: Errors = {}
    for name, text in given:
        parameter = operation.parameters.get(name)
        if parameter is None:
            errors.setdefault(name, []).append("This parameter does not exist.")
        elif name in values:
            errors.setdefault(name, []).append("This parameter is given more than once.")
        else:
            values[name] = _typed(parameter.kind, text)
            messages = [message for listed in _errors(parameter.validator, values[name]).values() for message in listed]
            errors.update({name: messages} if messages else {})
    missing = [name for name, parameter in operation.parameters.items() if parameter.required and name not in values]
    return values, {**errors, **{name: ["This parameter is required."] for name in missing}}


def check_body(operation: Operation, body: Any) -> Errors:
    """Return the errors in a request body by field."""
    return _errors(operation.body, body)


def _typed(kind: str, text: str) -> Any:
    if kind == "integer" and re.fullmatch(r"-?[0-9]{1,18}", text):
        return int(text)
    if kind == "boolean" and text.lower() in ("true", "false"):
        return text.lower() == "true"
    return text


def _errors(validator: Any, value: Any) -> Errors:
    errors: Errors = {}
    try:
        if validator.is_valid(value):
            return {}
        for error in validator.iter_errors(value):
            field = str(error.instance_path[0]) if error.instance_path else _missing_field(error.message)
            errors.setdefault(field, []).append(error.message)
    except ValueError as exc:  # half a surrogate pair, or nested too deeply
        return {"$": [str(exc)]}
    return errors


def _missing_field(message: str) -> str:
    match = re.match(r'"(\w+)" is a required property', message)
    return match[1] if match else "$"


def _schema_name(described: dict[str, Any]) -> str:
    (content,) = described["content"].values()
    return str(content["schema"]["$ref"].rsplit("/", 1)[1])
