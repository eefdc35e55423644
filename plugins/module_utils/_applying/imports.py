# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Import numbers from Twilio in small batches. What was imported is decided by the listing, not by the responses."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import NamedTuple

from .._common.text import shorten
from .._planning.plan import CREATE, NOOP, Create, Outcome
from .._reading.find import find_all
from .._resources.schema import ApiObject
from .._resources.twilio_phone_number import IMPORTED_NUMBER, ImportedNumbers, import_path
from .._transport.client import Client
from .._transport.errors import ApiError
from .circuit_breaker import CircuitBreaker
from .failure import PlanFailure
from .fleet import PlanResult

# Twilio is asked several times for each number, and the largest list is undocumented.
BATCH = 10
MAX_REASON = 500
VERB = "Importing"
NOT_LISTED = "the API reports no error, but does not list the phone number"
IF_IMPORTED = "If it is imported already, phone_number_sid belongs to another phone number"
CHECK_SID = "Check in the Twilio console that phone_number_sid belongs to this phone number"


class UnknownImport(ApiError):
    """The numbers could not be listed after an import, so that nobody knows what it has done."""

    def __init__(self, method: str, path: str, detail: str) -> None:
        super().__init__(method, path, title="Unknown result", detail=detail, outcome="unknown")


class Attempt(NamedTuple):
    """What became of the import of one number, as far as the responses say.

    Attributes:
        error: of the request.
        reason: why the API refused this number.
        certain: the response is that of the only request for this number.
    """

    error: ApiError | None = None
    reason: str = ""
    certain: bool = False


class Imported(NamedTuple):
    """What became of an import.

    Attributes:
        results: in the order of the plans.
        unexpected: numbers that are new although no plan is about them, in words.
    """

    results: list[PlanResult]
    unexpected: list[str]


class Importer:
    """Imports numbers through one provider.

    Args:
        on_result: called with each number, by whether its request failed.
    """

    def __init__(self, client: Client, provider_id: str, on_result: Callable[[bool], None]) -> None:
        self._client = client
        self._path = import_path(provider_id)
        self._provider_id = provider_id
        self._on_result = on_result
        self._attempts: dict[str, Attempt] = {}
        self._breaker = CircuitBreaker()

    def run(self, plans: Sequence[Create], before: list[ApiObject]) -> Imported:
        """Import the numbers of plans.

        Args:
            before: the numbers of the provider as they were listed when the plans were made.
        """
        if not plans:
            return Imported([], [])
        sids = [_sid(plan) for plan in plans]
        for start in range(0, len(sids), BATCH):
            if self._breaker.open:
                break
            self._import(sids[start : start + BATCH])
        try:
            numbers = find_all(self._client, IMPORTED_NUMBER, {"provider_id": self._provider_id})
        except ApiError as error:
            return Imported([self._unknown(plan, error) for plan in plans], [])
        imported = ImportedNumbers(numbers)
        results = [self._judge(plan, imported) for plan in plans]
        # Others may import, too: what is new is ours only if an import of ours may have led to another number.
        is_doubtful = any(result.failure and self._may_have_imported(plan) for plan, result in zip(plans, results))
        return Imported(results, _new_unlisted_numbers(results, before, numbers) if is_doubtful else [])

    def _import(self, sids: list[str], *, is_repeated: bool = False) -> None:
        try:
            # A repetition does no harm: what is imported already is reported as an error and left alone.
            response = self._client.request(
                "POST",
                self._path,
                body={"phoneNumberSids": sids},
                reconcile=lambda error: None,
                patience=IMPORTED_NUMBER.patience,
            )
        except ApiError as error:
            if error.status == HTTPStatus.BAD_REQUEST and len(sids) > 1:
                # One of them, or their number, is what the API refuses.
                for sid in sids:
                    if not self._breaker.open:
                        self._import([sid], is_repeated=True)
                return
            self._note(dict.fromkeys(sids, Attempt(error)))
            # Failures of any kind count: a batch takes long, and each may have been applied.
            fatal = error.aborts_run or error.status == HTTPStatus.NOT_FOUND
            self._breaker.note("API" if error.concerns_api else "", fatal=fatal)
            return
        self._breaker.note()
        reasons = self._reasons(response.body)
        certain = not (response.maybe_applied or is_repeated)
        self._note({sid: Attempt(None, reasons.get(sid.lower(), ""), certain) for sid in sids})

    def _reasons(self, body: ApiObject) -> dict[str, str]:
        """Return the errors of an import by SID in lower case; their wording is for people."""
        errors = body.get("errors")
        reasons = {}
        for error in errors if isinstance(errors, list) else []:
            sid = error.get("phoneNumberSid") if isinstance(error, dict) else None
            if isinstance(sid, str):
                reason = self._client.secrets.redact(str(error.get("errorMessage") or "the API reports no reason"))
                reasons[sid.lower()] = shorten(reason, MAX_REASON)
        return reasons

    def _note(self, attempts: dict[str, Attempt]) -> None:
        self._attempts.update(attempts)
        for attempt in attempts.values():
            self._on_result(attempt.error is not None or bool(attempt.reason))

    def _judge(self, plan: Create, imported: ImportedNumbers) -> PlanResult:
        attempt = self._attempts.get(_sid(plan))
        if attempt is None:
            return PlanResult(plan)
        number = imported.find(plan.desired.values["phone_number"])
        if number is None:
            return PlanResult(plan, failure=self._not_imported(plan, attempt))
        result = IMPORTED_NUMBER.to_result(number)
        if attempt.certain and attempt.reason:
            # Refused, and there all the same: somebody else was faster.
            return PlanResult(plan, Outcome(NOOP, {}, {}, result, number))
        return PlanResult(plan, Outcome(CREATE, plan.before, plan.after, result, number))

    def _may_have_imported(self, plan: Create) -> bool:
        """Whether a request has, or may have, imported the number with the SID of a plan."""
        attempt = self._attempts.get(_sid(plan))
        if attempt is None:
            return False
        return attempt.error.maybe_applied if attempt.error else not (attempt.certain and attempt.reason)

    def _not_imported(self, plan: Create, attempt: Attempt) -> PlanFailure:
        if attempt.error:
            return PlanFailure(attempt.error, plan, verb=VERB)
        error = ApiError("POST", self._path, title="Not imported", detail=attempt.reason or NOT_LISTED)
        return PlanFailure(error, plan, verb=VERB, hints=(IF_IMPORTED if attempt.reason else CHECK_SID,))

    def _unknown(self, plan: Create, cause: ApiError) -> PlanResult:
        if _sid(plan) not in self._attempts:
            return PlanResult(plan)
        detail = f"the phone numbers could not be listed afterwards: {cause.title or ''}: {cause.detail or cause}"
        return PlanResult(plan, failure=PlanFailure(UnknownImport("POST", self._path, detail=detail), plan, verb=VERB))


def _new_unlisted_numbers(results: list[PlanResult], before: list[ApiObject], now: list[ApiObject]) -> list[str]:
    """Return the new numbers that no plan is about, in words."""
    known = {number["id"] for number in before}
    known.update(result.outcome.obj["id"] for result in results if result.outcome and result.outcome.obj)
    return [f"{number['phoneNumber']} ({number['id']})" for number in now if number["id"] not in known]


def _sid(plan: Create) -> str:
    sid: str = plan.body["phoneNumberSids"][0]
    return sid
