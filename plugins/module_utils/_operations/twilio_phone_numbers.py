# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What `twilio_phone_numbers` does: numbers of a Twilio account, imported or removed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._applying.fleet import PlanResult, WorkerPool
from .._applying.freshness import Basis
from .._applying.imports import Importer, UnknownImport
from .._applying.providers import REFUSED_BY_TWILIO, REPLACE_TOKEN
from .._common.errors import InvalidOptionsError
from .._planning.fleet import FleetPlan
from .._planning.imports import plan_imports
from .._planning.plan import Create, Outcome
from .._reading.find import find_all
from .._reading.providers import find_provider, only_provider, search_providers
from .._resources.schema import ApiObject
from .._resources.twilio_phone_number import IMPORTED_NUMBER, TwilioNumber, read_twilio_numbers
from .._resources.twilio_provider import TWILIO_PROVIDER
from .._running.connection import connection_spec
from .._running.labels import Labels
from .._running.operation import Invocation, OperationSpec, Result
from .._running.options import aliased, resource_options
from .._transport.client import Client
from .._transport.errors import ApiError
from ._approval import MAX_DELETIONS, Limits, check_limit
from ._fleet_report import Families, FleetReport, report_failed_reading
from ._single import STATE
from ._twilio import describe_provider, read_identity

LIST = "phone_numbers"
# Each removal makes the API call Twilio.
CONCURRENCY = 4
FAMILIES = Families((IMPORTED_NUMBER,))


def manage_numbers(invocation: Invocation) -> Result:
    """Import or remove numbers of one provider.

    Raises:
        InvalidOptionsError: the options are invalid.
    """
    options = invocation.options
    present = options["state"] == "present"
    entries = _read_options(options, present)
    read_at = invocation.client.now()
    try:
        provider_id = _find_provider(invocation.client, options)
        numbers = _list(invocation.client, provider_id, entries)
    except ApiError as error:
        return report_failed_reading(FAMILIES, {IMPORTED_NUMBER.kind: len(entries)}, error)
    plan = plan_imports(entries, provider_id or "", numbers, present=present, force=options["force"])
    report = FleetReport(FAMILIES, plan)
    refusal = report.refusal(Limits(options["max_deletions"]))
    if refusal:
        return report.refused(refusal)
    return _apply_or_preview(invocation, plan, report, (provider_id or "", numbers, read_at))


def describe_target(options: Mapping[str, Any]) -> str:
    """Return what the options identify, for messages."""
    return f"the phone numbers of the {describe_provider(options['provider_id'], options['account_sid'])}"


def _read_options(options: Mapping[str, Any], present: bool) -> list[TwilioNumber]:
    provider_id, account = read_identity(options, "provider_id")
    if provider_id is None and account is None:
        raise InvalidOptionsError("Set provider_id or account_sid.")
    check_limit(options, "max_deletions", Labels())
    return read_twilio_numbers(options[LIST], LIST, present)


def _find_provider(client: Client, options: Mapping[str, Any]) -> str | None:
    """Return the id of the provider; None if it does not exist, and nothing is to be imported through it.

    Raises:
        InvalidOptionsError: there is no such provider, or several.
        ApiError: it could not be read.
    """
    provider_id, account = options["provider_id"], options["account_sid"]
    if provider_id is None:
        provider = only_provider(search_providers(client), account, "provider_id")
    else:
        provider = find_provider(client, provider_id)
    if provider is None:
        if options["state"] == "absent":
            return None
        what = f"has the id {provider_id}" if provider_id else f"is connected to the account {account}"
        raise InvalidOptionsError(f"No Twilio provider {what}. Create one with the module twilio_provider.")
    if account not in (None, provider["accountSid"]):
        raise InvalidOptionsError(
            f"The Twilio provider {provider['id']} is connected to the account {provider['accountSid']}, not {account}."
            " Omit provider_id or account_sid."
        )
    found: str = provider["id"]
    return found


def _list(client: Client, provider_id: str | None, entries: list[TwilioNumber]) -> list[ApiObject]:
    """Return the phone numbers of the provider.

    Raises:
        ApiError: they could not be read, or two of them have the number of one entry.
    """
    numbers = find_all(client, IMPORTED_NUMBER, {"provider_id": provider_id}) if provider_id else []
    wanted, ids = {entry.phone_number for entry in entries}, dict[str, str]()
    for number in numbers:
        phone_number = number["phoneNumber"]
        if phone_number in wanted and ids.setdefault(phone_number, number["id"]) != number["id"]:
            detail = (
                f"the provider has the phone number {phone_number} twice, as {ids[phone_number]} and {number['id']}"
            )
            hint = "Remove it from the list, and ask the support of Dasha BlackBox to delete one of the two"
            raise ApiError("GET", IMPORTED_NUMBER.path, title="Ambiguous listing", detail=detail, hint=hint)
    return numbers


def _apply_or_preview(
    invocation: Invocation, plan: FleetPlan, report: FleetReport, found: tuple[str, list[ApiObject], float]
) -> Result:
    """Return the result of the task.

    Args:
        found: the id of the provider, its numbers, and the client's time before they were read.
    """
    provider_id, numbers, read_at = found
    client, progress = invocation.client, invocation.progress
    progress.begin_writing(len(plan.writes), "checked" if invocation.check_mode else "written")
    unexpected: list[str] = []
    imports = [write for write in plan.writes if isinstance(write, Create)]
    pool = WorkerPool(client, CONCURRENCY, lambda result: progress.on_result(failed=result.failure is not None))
    if invocation.check_mode:
        results = [*_preview(client, imports), *pool.preview(plan.deletions)]
    else:
        importer = Importer(client, provider_id, lambda failed: progress.on_result(failed=failed))
        imported = importer.run(imports, numbers)
        unexpected = imported.unexpected
        results = [*imported.results, *pool.apply(plan.deletions, Basis(read_at))]
    for failed in (result.failure for result in results):
        if failed and failed.cause.status in REFUSED_BY_TWILIO and not failed.hints:
            failed.hints = (REPLACE_TOKEN,)
    result = report.result(results, {}, applied=not invocation.check_mode)
    return _with_unexpected(result, unexpected, _may_have_written(client, results))


def _preview(client: Client, plans: list[Create]) -> list[PlanResult]:
    if plans:
        client.check_before_write()
    return [PlanResult(plan, Outcome(plan.action, plan.before, plan.after, plan.predicted)) for plan in plans]


def _may_have_written(client: Client, results: list[PlanResult]) -> bool:
    """Whether a request succeeded of which nobody knows what it has done."""
    return client.has_written and any(
        isinstance(each.failure and each.failure.cause, UnknownImport) for each in results
    )


def _with_unexpected(result: Result, unexpected: list[str], may_have_written: bool) -> Result:
    changed = result.values["changed"] or bool(unexpected) or may_have_written
    warnings = result.warnings
    if unexpected:
        warnings += (
            f"The provider has new phone numbers that the task does not list: {', '.join(unexpected)}. If nobody else"
            " imported them, a phone_number_sid of the task belongs to another phone number.",
        )
    return Result({**result.values, "changed": changed}, warnings)


SPEC = OperationSpec(
    "twilio_phone_numbers",
    {
        **connection_spec(),
        "provider_id": aliased("provider_id", "providerId", "str"),
        "account_sid": resource_options(TWILIO_PROVIDER)["account_sid"],
        # The entries are checked by what reads them, which reports which one is wrong.
        "phone_numbers": {"type": "list", "elements": "dict", "required": True},
        "state": STATE,
        "force": {"type": "bool", "default": False},
        "max_deletions": MAX_DELETIONS,
    },
    manage_numbers,
    describe_target,
    reports_progress=True,
)
