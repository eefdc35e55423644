# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""`AnsibleModule` as this collection uses it, and the one place where errors become `fail_json`."""

from __future__ import annotations

import gc
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from .._resources.schema import Field, Resource
from .._transport.client import Client
from .._transport.errors import BlackboxError
from .._transport.http import IMPORT_ERROR
from .._transport.redaction import Redactor
from .connection import CONNECTIONS, connect, connection_spec

RESULT_NAMES = frozenset(
    (
        *("changed", "msg", "diff", "before", "after", "sip_phone_number", "sip_phone_numbers"),
        *("sip_credential", "sip_credentials"),
        *("error", "status", "title", "detail", "errors", "method", "path", "attempts", "outcome"),
        *("summary", "created", "updated", "deleted", "unchanged", "failed", "not_attempted"),
        *("changes", "failures", "action", "before_header", "after_header", "invocation", "module_args"),
    )
)
OPTION_TYPES = {"str": "str", "uuid": "str", "phone": "raw", "bool": "bool", "int": "int"}


class Task(NamedTuple):
    """What a module is to do, without Ansible.

    Attributes:
        options: checked for types, every option present, None where left out.
        check_mode: no write may be made.
        client: for the API.
    """

    options: Mapping[str, Any]
    check_mode: bool
    client: Client


class Result(NamedTuple):
    """What a module has done.

    Attributes:
        values: for `exit_json`; with a `msg` among them, for `fail_json`.
        warnings: for the user's attention.
    """

    values: dict[str, Any]
    warnings: tuple[str, ...] = ()


class BlackboxModule(AnsibleModule):
    """An `AnsibleModule` with the connection options, for which an explicit null is an option left out."""

    def __init__(self, options: Mapping[str, Any], **kwargs: Any) -> None:
        super().__init__(argument_spec={**connection_spec(), **options}, supports_check_mode=True, **kwargs)

    params: dict[str, Any]

    def _load_params(self) -> None:
        super()._load_params()
        # Ansible refuses null for numbers and booleans, and turns it into "" for strings inside lists.
        self.params = drop_nulls(self.params)

    def fail_json(self, msg: str, **kwargs: Any) -> None:
        kwargs.setdefault("changed", False)
        super().fail_json(msg, **kwargs)


def resource_options(resource: Resource) -> dict[str, Any]:
    """Return the argument spec of the fields that a task can set; the API's own names are aliases."""
    return {
        field.option: aliased(field.option, field.api, OPTION_TYPES[field.type], **_details(field))
        for field in resource.settable
    }


def _details(field: Field) -> dict[str, Any]:
    # Said both ways, as Ansible takes any option with a telling name for a secret.
    details: dict[str, Any] = {"no_log": field.secret} if field.secret or field.option.endswith("key") else {}
    return {**details, "choices": list(field.choices)} if field.choices else details


def aliased(option: str, api: str, kind: str, **details: Any) -> dict[str, Any]:
    """Return the spec of one option with the API's name for it as alias."""
    spec = {"type": kind, **details}
    return spec if api == option else {**spec, "aliases": [api]}


def drop_nulls(value: Any) -> Any:
    """Return a copy of options in which no dict, at any depth, has a null."""
    if isinstance(value, dict):
        return {key: drop_nulls(member) for key, member in value.items() if member is not None}
    if isinstance(value, list):
        return [drop_nulls(member) for member in value]
    return value


def run(
    module: BlackboxModule,
    operation: Callable[[Task], Result],
    describe_target: Callable[[Mapping[str, Any]], str],
    names: frozenset[str] = frozenset(),
) -> None:
    """Do what the module is for, and exit.

    Args:
        operation: does it.
        describe_target: what the options name, for a person.
        names: keys of results that are the collection's own words, never a secret.
    """
    # What is loaded stays until the end: it need not be looked at again, not even on the way out.
    gc.freeze()
    gc.enable()
    if IMPORT_ERROR:
        module.fail_json(msg=missing_required_lib("requests"), exception=IMPORT_ERROR)
    secrets = Redactor([module.params["api_key"]])
    names = names | RESULT_NAMES
    try:
        client = connect(module.params, secrets, connections(module.params))
        result = operation(Task(module.params, module.check_mode, client))
    except BlackboxError as error:
        from .failure import failure  # not worth loading where all goes well

        result = Result(failure(error, describe_target(module.params)))
    # Outside of the handler: within it, fail_json would add the traceback where tracebacks are switched on.
    for warning in result.warnings:
        module.warn(secrets.redact(warning))
    invocation = {"module_args": _short(module.params)}
    leave = module.fail_json if "msg" in result.values else module.exit_json
    leave(**secrets.redact({**result.values, "invocation": invocation}, names))


def _short(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options for the result's `invocation`, without lists: those of a fleet would be megabytes."""
    return {name: value for name, value in options.items() if not isinstance(value, list)}


def connections(options: Mapping[str, Any]) -> int:
    """Return how many requests may be in flight at once."""
    return int(options.get("concurrency", CONNECTIONS))
