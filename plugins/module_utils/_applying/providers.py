# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Create, delete and verify a Twilio provider: each write also changes a Twilio account, and none can be undone."""

from __future__ import annotations

from http import HTTPStatus

from .._common.workers import map_in_threads
from .._planning.plan import DELETE, Create, Delete, Outcome, Update, request_of
from .._reading.links import read_dependents
from .._reading.providers import (
    PARALLELISM,
    ProviderObjects,
    ProviderSearch,
    find_provider,
    read_provider_objects,
    search_providers,
)
from .._resources.schema import ApiObject
from .._resources.sip_credential import trunk_name
from .._resources.sip_phone_number import INCOMING, PHONE_NUMBER, describe_agents
from .._resources.twilio_provider import PATIENCE, TWILIO_PROVIDER, provider_path
from .._transport.client import Client
from .._transport.errors import ApiError, not_sent
from .apply import apply
from .failure import PlanFailure
from .freshness import Basis

# After a doubtful creation: the API may still be working on it.
SEARCHES = 3
MAX_SHOWN = 20
REFUSED_BY_TWILIO = (HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED)
REPLACE_TOKEN = (
    "If Twilio refuses the credentials, set the current auth_token with update_auth_token=always in the module"
    " twilio_provider"
)
VERIFY_AGAIN = f"Fix the cause, then rerun the task with verify set to true. {REPLACE_TOKEN}"
NO_SUCH_PATH = (HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED)


def create_provider(client: Client, plan: Create, search: ProviderSearch, read_at: float) -> Outcome:
    """Create a provider, once.

    Args:
        search: that has found none for the account.
        read_at: the client's time before it.

    Raises:
        ApiError: it was not created, or nobody knows whether it was.
    """

    def look_up(error: ApiError) -> ApiObject | None:
        for attempt in range(1, 1 + SEARCHES):
            found = search_providers(client).connected_to(plan.desired.values["account_sid"])
            new = [provider for provider in found if provider["id"].lower() not in search.known_ids]
            if len(new) == 1:
                return new[0]
            if new or not error.maybe_applied or attempt == SEARCHES:
                break
            client.pause_before_retry(attempt)
        raise error

    try:
        return apply(client, plan, Basis(read_at), look_up)
    except PlanFailure as failure:
        if failure.cause.method == "POST":
            failure.hints = (_creation_hint(failure.cause),)
        raise


def update_provider(client: Client, plan: Update, read_at: float) -> Outcome:
    """Change what differs, a new auth token first.

    Args:
        read_at: the client's time before the provider was read.

    Raises:
        ApiError: a request failed.
    """
    try:
        return apply(client, plan, Basis(read_at))
    except PlanFailure as failure:
        if failure.cause.method != "PATCH":
            raise
        refused = failure
    raise _explain_refused_token(client, plan, refused)


def is_findable(client: Client, provider: ApiObject) -> bool:
    """Whether a search will find a new provider, which nothing but its SIP credential refers to.

    Raises:
        ApiError: that could not be read.
    """
    return bool(read_provider_objects(client).credentials_of(provider["id"]))


def check_provider_in_use(client: Client, plan: Delete, provider_objects: ProviderObjects) -> None:
    """Raise an error if agents use numbers of a provider; the API itself would delete it all the same.

    Raises:
        ApiError: agents use them, or that could not be read.
    """
    numbers = provider_objects.numbers_of(plan.current["id"])
    users = map_in_threads(lambda number: _agents_of(client, number), numbers, PARALLELISM)
    in_use = [
        f"phone number {number['phoneNumber']!r} ({', '.join(agents)})"
        for number, agents in zip(numbers, users)
        if agents
    ]
    if not in_use:
        return
    error = not_sent(*request_of(plan), "In use")
    hint = "Set force to true to delete the provider and its phone numbers anyway, or unlink the agents first"
    raise PlanFailure(error, plan, in_use_by=in_use, hints=(hint,))


def describe_losses(plan: Delete, provider_objects: ProviderObjects) -> str:
    """Return a sentence that names what a deletion deletes as well."""
    numbers = [f"phone number {number['phoneNumber']!r}" for number in provider_objects.numbers_of(plan.current["id"])]
    credentials = [
        f"SIP credential {trunk_name(each)!r}" for each in provider_objects.credentials_of(plan.current["id"])
    ]
    others = [f"{len(numbers) - MAX_SHOWN} other phone numbers"] if len(numbers) > MAX_SHOWN else []
    unlisted = count_unlisted(plan.current, len(numbers))
    others += [f"{unlisted} phone numbers that the API does not list"] if unlisted else []
    trunk = f"the trunk {plan.current.get('trunkSid') or ''}".rstrip()
    listed = ", ".join([*numbers[:MAX_SHOWN], *others, *credentials])
    return (
        f"Deleting this Twilio provider also deletes {listed and f'{listed} and, '}if Twilio accepts the stored auth"
        f" token, {trunk} in the Twilio account {plan.current['accountSid']}."
    )


def count_unlisted(provider: ApiObject, listed: int) -> int:
    """Return how many more phone numbers a provider reports than are listed."""
    count = provider.get("phoneNumberCount")
    return max(0, count - listed) if isinstance(count, int) else 0


def delete_provider(client: Client, plan: Delete, provider_objects: ProviderObjects, read_at: float) -> Outcome:
    """Delete a provider with everything that belongs to it.

    Args:
        read_at: the client's time before the provider was read.

    Raises:
        ApiError: it was not deleted, or only in part.
    """
    try:
        return apply(client, plan, Basis(read_at))
    except PlanFailure as failure:
        if failure.cause.maybe_applied and _exists(client, plan.current["id"]) is False:
            return Outcome(DELETE, plan.before, plan.after, None)
        if failure.cause.outcome != "not_sent":
            _note_partial_deletion(client, plan, provider_objects, failure)
        raise


def verify_provider(client: Client, provider: ApiObject) -> ApiObject:
    """Verify a provider now, and return it with the outcome.

    Raises:
        ApiError: the verification failed, or could not be made.
    """
    path = f"{provider_path(provider['id'])}/verify"
    try:
        # It is safe to repeat: without an object to look for, the POST is simply retried.
        response = client.request("POST", path, expect=_expect_status, reconcile=lambda error: None, patience=PATIENCE)
    except ApiError as error:
        raise PlanFailure(error, verb="Verifying", hints=("Rerun the task with verify set to true",)) from error
    body: ApiObject = response.body
    verified = {
        **provider,
        "verificationStatus": body["status"],
        "lastVerifiedAt": body.get("lastVerifiedAt"),
        "verificationDetails": body.get("checks"),
    }
    if body["status"].lower() == "failed":
        detail = describe_checks(verified) or "the API reports no details"
        unusable = ApiError("POST", path, title="Verification failed", detail=f"the provider is not usable: {detail}")
        raise PlanFailure(unusable, verb="Verifying", hints=(VERIFY_AGAIN,), last_seen=verified)
    return verified


def describe_checks(provider: ApiObject) -> str:
    """Return the checks of the last verification that did not pass, in words."""
    checks = TWILIO_PROVIDER.to_result(provider)["verification_details"] or []
    return "; ".join(
        f"{check['check_name']} {check['status']}" + (f" ({check['message']})" if check["message"] else "")
        for check in checks
        if str(check["status"]).lower() != "passed"
    )


def _expect_status(outcome: ApiObject) -> str | None:
    status = outcome.get("status")
    return None if isinstance(status, str) and status else f"status is {status!r:.60}"


def _creation_hint(error: ApiError) -> str:
    if error.maybe_applied:
        return (
            "No new provider was found. Before you rerun the task, look in the Twilio console (Elastic SIP Trunking)"
            " for a trunk that was created at this time, and delete it if no provider uses it"
        )
    if error.status == HTTPStatus.CONFLICT:
        return (
            "If the account is connected already, its provider has neither SIP credentials nor phone numbers, so it"
            " cannot be found. Set the id of the provider"
        )
    return _twilio_hint(error)


def _twilio_hint(error: ApiError) -> str:
    if error.status not in REFUSED_BY_TWILIO:
        return ""
    return "Compare account_sid and auth_token with the Twilio console"


def _explain_refused_token(client: Client, plan: Update, failure: PlanFailure) -> PlanFailure:
    """Return the failure of a new auth token, which says so if a deployment cannot change tokens at all."""
    error = failure.cause
    if error.status not in NO_SUCH_PATH or not _exists(client, plan.current["id"]):
        failure.hints = (_twilio_hint(error),)
        return failure
    detail = "this deployment of the API cannot change the auth token of a provider"
    unsupported = ApiError(error.method, error.path, status=error.status, title="Not supported", detail=detail)
    hint = "The stored token is unchanged. Set update_auth_token to on_create until the deployment supports it"
    return PlanFailure(unsupported, plan, failure.written, hints=(hint,))


def _exists(client: Client, provider_id: str) -> bool | None:
    """Whether a provider exists, None if that could not be read."""
    try:
        return find_provider(client, provider_id) is not None
    except ApiError:
        return None


def _note_partial_deletion(
    client: Client, plan: Delete, provider_objects: ProviderObjects, failure: PlanFailure
) -> None:
    """Say whether a deletion that failed has deleted something, and how to finish it."""
    provider_id, error = plan.current["id"], failure.cause
    try:
        has_deleted = _count(read_provider_objects(client), provider_id) < _count(provider_objects, provider_id)
    except ApiError:
        has_deleted = None
    if has_deleted:
        failure.written.note(plan.current, {})
    if has_deleted is False and not error.maybe_applied:
        failure.hints = (REPLACE_TOKEN,) if error.status in REFUSED_BY_TWILIO else ()
    else:
        parts = "Parts of it are deleted" if has_deleted else "Parts of it may be deleted"
        failure.hints = (
            f"{parts}. To finish, rerun the task with id {provider_id}: a provider without SIP credentials and phone"
            " numbers cannot be found by its account",
        )


def _count(provider_objects: ProviderObjects, provider_id: str) -> int:
    return len(provider_objects.numbers_of(provider_id)) + len(provider_objects.credentials_of(provider_id))


def _agents_of(client: Client, number: ApiObject) -> list[str]:
    """Return the agents that use a number, in words: those that the API reports, and the one in the listing."""
    try:
        agents = describe_agents(read_dependents(client, PHONE_NUMBER, number["id"]))
    except ApiError as error:
        if not error.means_not_found:
            raise
        agents = []
    linked = number.get(INCOMING)
    return agents or ([f"agent {linked!r}"] if linked else [])
