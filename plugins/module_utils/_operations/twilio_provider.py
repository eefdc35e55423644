# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What `twilio_provider` does: one connected Twilio account, from its options to the result."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Any

from .._applying import providers
from .._applying.failure import PlanFailure
from .._common.errors import InvalidOptionsError
from .._planning.plan import (
    CREATE,
    DELETE,
    Create,
    Delete,
    Noop,
    Outcome,
    Plan,
    describe_unchanged,
    make_plan,
    plan_delete,
)
from .._reading.find import check_found
from .._reading.providers import ProviderSearch, find_provider, only_provider, read_provider_objects, search_providers
from .._resources.desired import Desired, read_values
from .._resources.schema import ApiObject
from .._resources.sip_phone_number import PHONE_NUMBER
from .._resources.twilio_provider import TWILIO_PROVIDER
from .._running.connection import connection_spec
from .._running.labels import Labels
from .._running.operation import Invocation, OperationSpec, Result
from .._running.options import resource_options
from .._transport.client import Client
from .._transport.errors import ApiError
from ._approval import MAX_DELETIONS, check_limit, deletion_refusal
from ._fleet_report import counted
from ._single import STATE, apply_or_preview, object_lock, single_result
from ._twilio import describe_provider, read_identity

TOKEN = "auth_token"
MAX_SHOWN = 20


def manage_provider(invocation: Invocation) -> Result:
    """Bring one provider to its desired state.

    Raises:
        InvalidOptionsError: the options are invalid, or the deletion is not one that may be made.
        ApiError: a request failed.
    """
    desired = read_desired(invocation.options)
    with object_lock(invocation, desired):
        read_at = invocation.client.now()
        current, search = _find(invocation.client, desired)
        if not desired.present:
            outcome = _remove(invocation, desired, (current, search), read_at)
        else:
            outcome = _ensure(invocation, _plan(desired, current), search, read_at)
    plan = Noop(desired, current)
    return single_result("twilio_provider", plan, outcome, header=describe_target(invocation.options))


def read_desired(options: Mapping[str, Any]) -> Desired:
    """Return the desired state that the options describe.

    Raises:
        InvalidOptionsError: the options are invalid.
    """
    provider_id, account = read_identity(options, "id")
    values = read_values(TWILIO_PROVIDER, options)
    present = options["state"] == "present"
    if provider_id is None and account is None:
        raise InvalidOptionsError("Set account_sid, or the id of the provider.")
    if present and options["update_auth_token"] == "always" and TOKEN not in values:
        raise InvalidOptionsError("update_auth_token is always, but auth_token is missing. Set it.")
    check_limit(options, "max_deletions", Labels())
    on_create = (TOKEN,) if options["update_auth_token"] == "on_create" else ()
    return Desired(TWILIO_PROVIDER, provider_id, values, present, options["force"], on_create=on_create)


def describe_target(options: Mapping[str, Any]) -> str:
    """Return what the options identify, for messages."""
    return describe_provider(options["id"], options["account_sid"])


def _find(client: Client, desired: Desired) -> tuple[ApiObject | None, ProviderSearch | None]:
    """Return the provider, and the search that has found it or not, unless the task identifies it by id."""
    if desired.object_id is not None:
        return check_found(TWILIO_PROVIDER, desired, find_provider(client, desired.object_id)), None
    search = search_providers(client)
    return only_provider(search, desired.values["account_sid"], "id"), search


def _plan(desired: Desired, current: ApiObject | None) -> Plan:
    if current is None and TOKEN not in desired.values:
        raise InvalidOptionsError(
            f"Set auth_token: no Twilio provider is connected to the account {desired.values['account_sid']}, and its"
            " creation needs the token."
        )
    return make_plan(desired, current)


def _ensure(invocation: Invocation, plan: Plan, search: ProviderSearch | None, read_at: float) -> Outcome:
    """Create, update or leave alone, and verify the result."""
    client = invocation.client
    if invocation.check_mode or isinstance(plan, (Noop, Delete)):
        outcome = apply_or_preview(invocation, plan, read_at)
    elif isinstance(plan, Create):
        outcome = providers.create_provider(client, plan, search or search_providers(client), read_at)
    else:
        outcome = providers.update_provider(client, plan, read_at)
    return _verify(invocation, _warn_if_lost(invocation, outcome))


def _warn_if_lost(invocation: Invocation, outcome: Outcome) -> Outcome:
    """Warn if no later task would find a new provider, for it would create another one."""
    if invocation.check_mode or outcome.action != CREATE or outcome.obj is None:
        return outcome
    with contextlib.suppress(ApiError):
        # If it cannot be read now, neither can the next task, which then creates nothing.
        if not providers.is_findable(invocation.client, outcome.obj):
            warning = (
                f"The new Twilio provider has no SIP credential, so it cannot be found by its account. Set id to"
                f" {outcome.obj['id']} from now on: a task without it would try to connect the account again."
            )
            return outcome._replace(warnings=(*outcome.warnings, warning))
    return outcome


def _verify(invocation: Invocation, outcome: Outcome) -> Outcome:
    wanted = invocation.options["verify"]
    if outcome.obj is None:
        return outcome
    if wanted is None and not outcome.changed:
        return _warn_if_failed(outcome, outcome.obj)
    if invocation.check_mode or wanted is False:
        return outcome
    try:
        verified = providers.verify_provider(invocation.client, outcome.obj)
    except PlanFailure as failure:
        if outcome.changed:
            failure.written.note(outcome.obj, outcome.after)
        raise
    warnings = (*outcome.warnings, *_status_warnings(verified))
    return outcome._replace(obj=verified, result=TWILIO_PROVIDER.to_result(verified), warnings=warnings)


def _status_warnings(verified: ApiObject) -> tuple[str, ...]:
    status = verified["verificationStatus"]
    if status.lower() in ("verified", "pending"):
        return ()
    problems = providers.describe_checks(verified)
    return (f"The verification ended with the status {status}" + (f": {problems}." if problems else "."),)


def _warn_if_failed(outcome: Outcome, provider: ApiObject) -> Outcome:
    """Warn about an unchanged provider that has failed its last verification."""
    if str(provider.get("verificationStatus")).lower() != "failed":
        return outcome
    problems = providers.describe_checks(provider) or "the API reports no details"
    warning = f"The last verification of this Twilio provider failed: {problems}. {providers.VERIFY_AGAIN}."
    return outcome._replace(warnings=(*outcome.warnings, warning))


def _remove(
    invocation: Invocation, desired: Desired, found: tuple[ApiObject | None, ProviderSearch | None], read_at: float
) -> Outcome:
    current, search = found
    if current is None:
        return describe_unchanged(Noop(desired, None))
    client = invocation.client
    provider_objects = search.provider_objects if search else read_provider_objects(client)
    # The path has no parameter `force`: what it stands for is decided here.
    plan = plan_delete(desired._replace(force=False), current)
    numbers, limit = provider_objects.numbers_of(current["id"]), invocation.options["max_deletions"]
    what = f"{counted(PHONE_NUMBER, len(numbers))} of the provider"
    refusal = deletion_refusal(what, numbers, limit, MAX_SHOWN, lambda number: str(number["phoneNumber"]))
    if refusal:
        raise InvalidOptionsError(refusal)
    total = len(numbers) + providers.count_unlisted(current, len(numbers))
    if total > limit:
        raise InvalidOptionsError(
            f"The provider reports {total} phone numbers, but the API lists {len(numbers)}. That is more than"
            f" max_deletions ({limit}) allows, so nothing was done. Compare them in the Twilio console. If this is what"
            f" you want, set max_deletions to {total}."
        )
    if not desired.force:
        providers.check_provider_in_use(client, plan, provider_objects)
    warning = providers.describe_losses(plan, provider_objects)
    if invocation.check_mode:
        client.check_before_write()
        return Outcome(DELETE, plan.before, plan.after, None, warnings=(warning,))
    warnings = (warning, *_verify_before_deletion(invocation, current))
    outcome = providers.delete_provider(client, plan, provider_objects, read_at)
    return outcome._replace(warnings=warnings) if outcome.changed else outcome


def _verify_before_deletion(invocation: Invocation, provider: ApiObject) -> tuple[str, ...]:
    """Return warnings about what the verification has found, if the task asks for one.

    Raises:
        ApiError: the verification failed, or could not be made.
    """
    if not invocation.options["verify"]:
        return ()
    try:
        return _status_warnings(providers.verify_provider(invocation.client, provider))
    except PlanFailure as failure:
        failure.hints = (
            "Nothing was deleted. Fix the cause, or set verify to false to delete the provider without it",
        )
        raise


SPEC = OperationSpec(
    "twilio_provider",
    {
        **connection_spec(),
        "id": {"type": "str"},
        **resource_options(TWILIO_PROVIDER),
        # Explicitly no secret, because Ansible takes any option with such a name for one.
        "update_auth_token": {
            "type": "str",
            "choices": ["always", "on_create"],
            "default": "on_create",
            "no_log": False,
        },
        "verify": {"type": "bool"},
        "state": STATE,
        "force": {"type": "bool", "default": False},
        "max_deletions": MAX_DELETIONS,
    },
    manage_provider,
    describe_target,
)
