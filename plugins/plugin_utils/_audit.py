# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is wrong in an organization, given what the info modules returned."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ansible_collections.dasha.blackbox.plugins.module_utils._resources.sip_credential import trunk_keys, trunk_name
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.sip_phone_number import strip_formatting

Result = Mapping[str, Any]

ERROR, WARNING, NOTE = "error", "warning", "note"
SEVERITIES = (ERROR, WARNING, NOTE)
NUMBER, TRUNK, PROVIDER, LISTED = "phone_number", "trunk", "provider", "list"
REGISTERED, FAILED = "registered", "failed"
PASSED, VERIFIED = "passed", "verified"
INCOMING, OUTGOING = "incoming_calls_agent_id", "outgoing_calls_agent_ids"


class Check(NamedTuple):
    """One thing that can be wrong.

    Attributes:
        kind: of the objects that it is about.
        heading: of a table of these objects, after the severity.
        meaning: what it means for calls, as a sentence about each of the objects.
        advice: what to do, in sentences.
    """

    severity: str
    kind: str
    heading: str
    meaning: str
    advice: str


# In the order in which a report shows them, within each severity.
CHECKS: Mapping[str, Check] = {
    "list_invalid": Check(
        ERROR,
        LISTED,
        "the list cannot be applied",
        "The list is invalid or contradicts what exists. A run with it would fail, and this comparison may be"
        " incomplete.",
        "Fix the list, and preview it.",
    ),
    "registration_failed": Check(
        ERROR,
        NUMBER,
        "registration failed",
        "The SIP server does not accept the registration, so calls to this number do not arrive.",
        "Check the server, the user and the password of the trunk with the carrier.",
    ),
    "agent_missing": Check(
        ERROR,
        NUMBER,
        "the linked agent does not exist",
        "Calls to this number are routed to an agent that is not among the agents of the organization, so no"
        " agent answers these calls.",
        "Link another agent with incoming_calls_agent, or unlink this one with an empty string.",
    ),
    "agent_disabled": Check(
        ERROR,
        NUMBER,
        "the linked agent is disabled",
        "Calls to this number are routed to a disabled agent, and no other agent answers these calls.",
        "Enable the agent in the dashboard, or link another one with incoming_calls_agent.",
    ),
    "number_missing": Check(
        ERROR, NUMBER, "listed, but missing", "The list has this number, and it does not exist.", "Apply the list."
    ),
    "trunk_missing": Check(
        ERROR, TRUNK, "trunks listed, but missing", "The list has this trunk, and it does not exist.", "Apply the list."
    ),
    "provider_failed": Check(
        ERROR,
        PROVIDER,
        "the check of a VoIP provider failed",
        "The platform cannot use the account of this VoIP provider, so calls over it fail.",
        "Read the checks. Renew the auth token, or restore the trunk in the account, and verify the provider again with"
        " twilio_provider.",
    ),
    "not_registered": Check(
        WARNING,
        NUMBER,
        "not registered",
        "Registration is switched on and not confirmed, so calls to this number may not arrive.",
        "Audit again in a minute. If the state stays, check the trunk with the carrier.",
    ),
    "unanswered": Check(
        WARNING,
        NUMBER,
        "no agent answers calls",
        "No agent answers calls to this number.",
        "Link an agent with incoming_calls_agent, or delete the number if nobody needs it.",
    ),
    "caller_missing": Check(
        WARNING,
        NUMBER,
        "a calling agent does not exist",
        "An agent that is to call from this number is not among the agents of the organization.",
        "Remove it from outgoing_calls_agents.",
    ),
    "caller_disabled": Check(
        WARNING,
        NUMBER,
        "a calling agent is disabled",
        "An agent that is to call from this number is disabled, so it makes no calls.",
        "Enable the agent in the dashboard, or remove it from outgoing_calls_agents.",
    ),
    "number_differs": Check(
        WARNING,
        NUMBER,
        "different from the list",
        "Somebody changed this number, or the list has not been applied since it was changed.",
        "Apply the list to restore what it says, or change the list.",
    ),
    "trunk_differs": Check(
        WARNING,
        TRUNK,
        "trunks different from the list",
        "Somebody changed this trunk, or the list has not been applied since it was changed.",
        "Apply the list to restore what it says, or change the list.",
    ),
    "number_unlisted": Check(
        WARNING,
        NUMBER,
        "not in the list",
        "This number exists, and the list does not have it.",
        "Add it to the list, or delete it by applying the list with purge.",
    ),
    "trunk_unlisted": Check(
        WARNING,
        TRUNK,
        "trunks not in the list",
        "This trunk exists, and the list does not have it.",
        "Add it to the list, or delete it by applying the list with purge_trunks.",
    ),
    "number_unwanted": Check(
        WARNING,
        NUMBER,
        "listed as absent",
        "The list says that this number must not exist, and it does.",
        "Apply the list.",
    ),
    "trunk_unwanted": Check(
        WARNING,
        TRUNK,
        "trunks listed as absent",
        "The list says that this trunk must not exist, and it does.",
        "Apply the list.",
    ),
    "near_duplicate": Check(
        WARNING,
        NUMBER,
        "numbers that differ only in formatting",
        "Several numbers of one trunk differ only in formatting, so they are probably one number.",
        "Find out which one the carrier uses, and delete the others.",
    ),
    "duplicate_trunk": Check(
        WARNING,
        TRUNK,
        "trunks with the same server and user",
        "Several trunks have the same server and user, so their name does not identify one of them.",
        "Move the phone numbers to one of them, and delete the others by id.",
    ),
    "provider_warning": Check(
        WARNING,
        PROVIDER,
        "the check of a VoIP provider found problems",
        "The last check of this VoIP provider did not pass completely.",
        "Read the checks, fix what they name in the account of the provider, and verify the provider again with"
        " twilio_provider.",
    ),
    "outgoing_only": Check(
        NOTE,
        NUMBER,
        "only used for outgoing calls",
        "Agents call from this number, and no agent answers calls to it.",
        "Link an agent with incoming_calls_agent if people should be able to call back.",
    ),
    "unused_trunk": Check(
        NOTE,
        TRUNK,
        "trunks without phone numbers",
        "No phone number belongs to this trunk.",
        "Delete the trunk if nobody needs it.",
    ),
    "provider_unverified": Check(
        NOTE,
        PROVIDER,
        "a VoIP provider was not checked",
        "This VoIP provider has not been verified yet.",
        "Verify it with twilio_provider.",
    ),
}


class Detail(NamedTuple):
    """A value that explains a finding.

    Attributes:
        option: name of the field, or a label.
        desired: the value in the list, for drift.
    """

    option: str
    current: Any
    desired: Any = None


class Finding(NamedTuple):
    """Something that is wrong with one object.

    Attributes:
        check: a key of `CHECKS`.
        name: of the object, as people name it.
        object_id: None if the object does not exist.
        trunk: name of its trunk, or the id if it has none of its own; empty if it is no phone number.
    """

    check: str
    name: str
    object_id: str | None = None
    trunk: str = ""
    details: tuple[Detail, ...] = ()

    @property
    def severity(self) -> str:
        """Return how bad it is."""
        return CHECKS[self.check].severity


class Organization(NamedTuple):
    """What the info modules returned.

    Attributes:
        trunks, agents, providers: None if they are not known.
        trunk_names: by id in lower case, without names that several trunks have.
    """

    numbers: Sequence[Result]
    trunks: Sequence[Result] | None
    agents: Sequence[Result] | None
    providers: Sequence[Result] | None
    trunk_names: Mapping[str, str]

    @property
    def counts(self) -> dict[str, int]:
        """Return the number of objects by kind, without kinds that are not known."""
        kinds = {NUMBER: self.numbers, TRUNK: self.trunks, "agent": self.agents, PROVIDER: self.providers}
        return {kind: len(objects) for kind, objects in kinds.items() if objects is not None}

    @property
    def knows_callers(self) -> bool:
        """Return whether the numbers were read with the agents that call from them."""
        return all(OUTGOING in number for number in self.numbers)

    def trunk_of(self, trunk_id: str) -> str:
        """Return the name of a trunk, its id if the name is not known."""
        return self.trunk_names.get(trunk_id.lower(), trunk_id)

    def on_number(self, check: str, number: Result, *details: Detail) -> Finding:
        """Return a finding about a phone number."""
        trunk = self.trunk_of(number["credentials_id"])
        return Finding(check, number["phone_number"], number["id"], trunk, details)

    def on_trunk(self, check: str, trunk: Result, *details: Detail) -> Finding:
        """Return a finding about a trunk."""
        return Finding(check, name_of_trunk(trunk), trunk["id"], details=details)


def find_problems(organization: Organization) -> Iterator[Finding]:
    """Yield what is wrong, whatever anybody wants."""
    agents = None if organization.agents is None else {agent["id"]: agent for agent in organization.agents}
    for number in organization.numbers:
        yield from _registration(organization, number)
        yield from _answering(organization, number, agents)
    yield from _near_duplicates(organization)
    yield from _trunks(organization)
    for provider in organization.providers or ():
        yield from _provider(provider)


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """Return findings in the order of their severities and checks."""
    severities = {check: SEVERITIES.index(details.severity) for check, details in CHECKS.items()}
    positions = {check: (severities[check], position) for position, check in enumerate(CHECKS)}
    return sorted(findings, key=lambda finding: positions[finding.check])


def name_of_trunk(trunk: Result) -> str:
    """Return how people name a trunk."""
    return trunk_name({"server": trunk["server"], "authUser": trunk.get("auth_user")})


def _registration(organization: Organization, number: Result) -> Iterator[Finding]:
    status = number.get("registration_status")
    status = status if isinstance(status, Mapping) else {}
    state = str(status.get("state")).lower()
    if not number.get("registration") or state == REGISTERED:
        return
    labels = {"state": "state", "error_description": "error", "sip_response_message": "SIP response"}
    details = [Detail(label, status[option]) for option, label in labels.items() if status.get(option)]
    check = "registration_failed" if state == FAILED else "not_registered"
    yield organization.on_number(check, number, *details)


def _answering(organization: Organization, number: Result, agents: Mapping[str, Result] | None) -> Iterator[Finding]:
    incoming, outgoing = number.get(INCOMING), callers(number)
    if not incoming:
        details = [Detail(OUTGOING, outgoing)] if outgoing else []
        yield organization.on_number("outgoing_only" if outgoing else "unanswered", number, *details)
    if agents is None:
        return
    if incoming:
        problem = _problem(incoming, agents)
        if problem:
            yield organization.on_number(f"agent_{problem}", number, Detail(INCOMING, incoming))
    for problem in ("missing", "disabled"):
        found = [agent for agent in outgoing if _problem(agent, agents) == problem]
        if found:
            yield organization.on_number(f"caller_{problem}", number, Detail(OUTGOING, found))


def callers(number: Result) -> list[str]:
    """Return the ids of the agents that call from a phone number, as far as they are known."""
    found = number.get(OUTGOING)
    return [str(agent) for agent in found] if isinstance(found, (list, tuple)) else []


def _problem(agent_id: str, agents: Mapping[str, Result]) -> str:
    """Return why an agent neither answers nor calls, empty if it does."""
    agent = agents.get(agent_id)
    if agent is None:
        return "missing"
    return "disabled" if agent.get("enabled") is False else ""


def _near_duplicates(organization: Organization) -> Iterator[Finding]:
    groups: dict[tuple[str, str], list[Result]] = {}
    for number in organization.numbers:
        key = strip_formatting(number["phone_number"]), number["credentials_id"].lower()
        groups.setdefault(key, []).append(number)
    for first, *others in groups.values():
        if others:
            yield organization.on_number(
                "near_duplicate", first, Detail("also", [other["phone_number"] for other in others])
            )


def _trunks(organization: Organization) -> Iterator[Finding]:
    trunks = organization.trunks or ()
    used = {number["credentials_id"].lower() for number in organization.numbers}
    sharing: dict[tuple[str, str], list[Result]] = {}
    for trunk in trunks:
        for key in trunk_keys(trunk):
            sharing.setdefault(key, []).append(trunk)
    # Two trunks may share several spellings of their server.
    groups = {tuple(trunk["id"] for trunk in group): group for group in sharing.values() if len(group) > 1}
    for group in groups.values():
        yield organization.on_trunk("duplicate_trunk", group[0], Detail("ids", [trunk["id"] for trunk in group]))
    for trunk in trunks:
        if trunk["id"].lower() not in used:
            yield organization.on_trunk("unused_trunk", trunk)


def _provider(provider: Result) -> Iterator[Finding]:
    status = str(provider.get("verification_status") or "").lower()
    checks = provider.get("verification_details")
    failed = [each for each in checks or () if str(each.get("status")).lower() != PASSED]
    if status == VERIFIED and not failed:
        return
    details = [Detail("status", provider["verification_status"])] if provider.get("verification_status") else []
    details += [Detail(str(each.get("check_name")), each.get("message") or each.get("status")) for each in failed]
    is_pending = not failed and not provider.get("last_verified_at") and status != FAILED
    check = "provider_failed" if status == FAILED else "provider_unverified" if is_pending else "provider_warning"
    yield Finding(
        check, str(provider.get("name") or provider.get("account_sid")), provider["id"], details=tuple(details)
    )
