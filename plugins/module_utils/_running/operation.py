# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a module does, as a value: both the module and the action plugin of the same name run it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from .._common.errors import BlackboxError
from .._common.redaction import FreeText, Redactor
from .._common.text import visible_text
from .._transport.client import Client
from .._transport.errors import describe_unexpected
from .connection import CONNECTIONS, TransportCache, connect
from .progress import Progress

if TYPE_CHECKING:
    from .._reading.organization import OrganizationGuard
    from .._transport.notices import Notice

# The verbosity from which on notices of the client are shown.
NOTICES_FROM = 3


class Invocation(NamedTuple):
    """One run of an operation.

    Attributes:
        options: checked for types, every option present, None if omitted.
        check_mode: no write may be made.
        client: for the API.
        progress: where a long operation says how far it is.
    """

    options: Mapping[str, Any]
    check_mode: bool
    client: Client
    progress: Progress


class Result(NamedTuple):
    """What an operation did.

    Attributes:
        values: of the task's result; with a `msg` among them, the task failed.
        warnings: for the user's attention.
    """

    values: dict[str, Any]
    warnings: tuple[str, ...] = ()


class OperationSpec(NamedTuple):
    """A module, without Ansible.

    Attributes:
        name: of the module.
        options: its argument spec, connection options included.
        run: does it.
        describe_target: returns what the options identify, for messages, such as `phone number '+15551234567'`.
        reports_progress: whether it can take so long that people want to see how far it is.
    """

    name: str
    options: Mapping[str, Any]
    run: Callable[[Invocation], Result]
    describe_target: Callable[[Mapping[str, Any]], str]
    reports_progress: bool = False


def execute(
    spec: OperationSpec,
    options: Mapping[str, Any],
    *,
    check_mode: bool,
    progress: Progress | None = None,
    transports: TransportCache | None = None,
    stop: threading.Event | None = None,
    on_notice: Callable[[Notice], None] | None = None,
) -> dict[str, Any]:
    """Return the result of a task: plain JSON values, without secrets, `failed` and `changed` always in it.

    Args:
        options: validated by the argument spec of the operation.
        transports: keeps the connection for the next task of this process.
        stop: ends every wait and keeps further requests from being sent, once it is set.
        on_notice: called, from any thread, with what the client does besides sending each request once.

    Raises:
        Interrupted: `stop` was set.
    """
    redactor = Redactor(secrets(spec.options, options))
    guard: OrganizationGuard | None = None
    progress = progress or Progress()
    client: Client | None = None
    try:
        client = connect(options, redactor, connections(options), transports=transports, stop=stop)
        progress.rate_limit_wait, progress.count_requests = client.rate_limit_wait, client.count_requests
        client.on_notice = on_notice or client.on_notice
        if options["expected_org_id"] is not None:
            from .._reading.organization import OrganizationGuard  # most tasks do not ask for it

            guard = OrganizationGuard(client, options["expected_org_id"])
        result = spec.run(Invocation(options, check_mode, client, progress))
    except BlackboxError as error:
        from .messages import failure  # not needed if all goes well

        result = Result(failure(error, spec.describe_target(options), has_written=has_written(client)))
    except Exception as exc:
        # Whatever happened, the user gets a message without secrets, and learns whether something was written.
        result = Result(
            {"changed": has_written(client), "msg": FreeText(f"{spec.name} failed: {describe_unexpected(exc)}.")}
        )
    values: dict[str, Any] = redactor.redact_result(result.values)
    warnings = [*(guard.warnings if guard else ()), *result.warnings]
    values["warnings"] = [visible_text(redactor.redact(warning)) for warning in warnings]
    return {**values, "failed": "msg" in values}


def has_written(client: Client | None) -> bool:
    """Whether a write of the task succeeded."""
    return client is not None and client.has_written


def connections(options: Mapping[str, Any]) -> int:
    """Return how many requests may be in flight at once."""
    return int(options.get("concurrency", CONNECTIONS))


def public_options(spec: OperationSpec, options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options for a result's `invocation`: no secrets, and no lists, for those of a fleet are megabytes."""
    return {
        name: "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER" if spec.options[name].get("no_log") and value else value
        for name, value in options.items()
        if name in spec.options and not isinstance(value, (list, dict))
    }


def secrets(spec: Mapping[str, Any], options: Mapping[str, Any]) -> list[str]:
    """Return the values of options that their argument spec declares as secret, at any depth."""
    found: list[str] = []
    for name, details in spec.items():
        for value in (options.get(each) for each in (name, *details.get("aliases", ()))):
            if details.get("no_log"):
                found += [str(value)] if value else []
            elif "options" in details and isinstance(value, list):
                members = (member for member in value if isinstance(member, Mapping))
                found += [secret for member in members for secret in secrets(details["options"], member)]
    return found
