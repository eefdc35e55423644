# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Loads seeds into the state, and exports the state as a seed."""

from __future__ import annotations

import contextlib
import json
import os
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from .clock import iso
from .problems import Refusal
from .providers import TWILIO, ImportFailure
from .registration import FOREVER
from .responses import ContractViolation
from .service import Service
from .store import Agent, Fields, Organization
from .twilio import TwilioAccount
from .validators import InvalidInputError, Loader, validate

NAMESPACE = uuid.UUID("b1ac0b0c-0000-4000-8000-0000000000e5")
# What a seed says about a number in addition to the fields that are stored.
OWN_FIELDS = ("registrationStatus", "queuedCalls")


class AlreadyExistsError(InvalidInputError):
    """A seed with an object that already exists."""


def read_seed(path: Path) -> dict[str, Any]:
    """Return the seed in a YAML or JSON file.

    Raises:
        InvalidInputError: the file cannot be read, or is not a seed.
    """
    try:
        seed = _loaded(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError, yaml.YAMLError) as exc:
        raise InvalidInputError(f"{path} cannot be read: {exc or type(exc).__name__}") from None
    validate("Seed", seed, str(path))
    return dict(seed)


def _loaded(text: str) -> Any:
    """Return the content of a JSON or YAML text. JSON is YAML, too, but its parser is a hundred times as fast."""
    with contextlib.suppress(ValueError):
        return json.loads(text)
    return yaml.load(text, Loader=Loader)


def apply_seed(service: Service, seed: Any, default: str, origin: str = "") -> None:
    """Add a seed to the state, all of it or nothing.

    Args:
        default: the organization of the objects at the top level.
        origin: where the seed is from, for error messages.

    Raises:
        InvalidInputError: the first error, with its location.
    """
    validate("Seed", seed, origin)
    if not any(seed.values()):
        return
    with all_or_nothing(service):
        service.platform = service.platform.copy()
        for index, entry in enumerate(seed.get("twilio_accounts", [])):
            _add_account(service, entry, f"{origin}.twilio_accounts[{index}]".lstrip("."))
        _add_part(service, default, seed, f"{origin}." if origin else "")
        for name, part in seed.get("organizations", {}).items():
            _add_part(service, name, part, f"{origin}.organizations.{name}.".lstrip("."))


@contextlib.contextmanager
def all_or_nothing(service: Service) -> Iterator[None]:
    """Restore the state on an error."""
    before = service.platform
    try:
        yield
    except BaseException:
        service.platform = before
        raise


def describe(service: Service) -> dict[str, Any]:
    """Return the whole state as a seed."""
    organizations: dict[str, Any] = {}
    for name, organization in service.platform.organizations.items():
        organizations[name] = {
            "keys": [key for key, owner in service.platform.keys.items() if owner == name],
            "credentials": list(organization.credentials.values()),
            "agents": [
                {"id": agent.id, "name": agent.name, "outbound": agent.outbound, **agent.fields}
                for agent in organization.agents.values()
            ],
            "phone_numbers": [
                {
                    **number.fields,
                    **({"registrationStatus": number.fixed} if number.fixed else {}),
                    **({"queuedCalls": number.queued_calls} if number.queued_calls else {}),
                }
                for number in organization.numbers.values()
            ],
            "providers": list(organization.providers.values()),
        }
    accounts = [account.describe() for account in service.platform.twilio.values()]
    return {"organizations": organizations, "twilio_accounts": accounts}


def save(service: Service, path: Path) -> None:
    """Write the whole state to a file, atomically and readable for its owner only."""
    target = path.resolve()
    draft = target.with_name(f".{target.name}.new")
    draft.unlink(missing_ok=True)
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(json.dumps(describe(service)) + "\n")
    draft.replace(target)


def _add_part(service: Service, name: str, part: dict[str, Any], location: str) -> None:
    organization = service.platform.organization(name)
    for key in part.get("keys", []):
        service.platform.keys[key] = name
    for index, entry in enumerate(part.get("credentials", [])):
        _add_credential(service, organization, entry, f"{location}credentials[{index}]")
    for index, entry in enumerate(part.get("agents", [])):
        _add_agent(service, organization, entry, f"{location}agents[{index}]")
    for index, entry in enumerate(part.get("providers", [])):
        _add_provider(service, organization, entry, f"{location}providers[{index}]")
    for index, entry in enumerate(part.get("phone_numbers", [])):
        _add_number(service, organization, entry, f"{location}phone_numbers[{index}]")
    if "generate" in part:
        _generate(service, organization, part["generate"], f"{location}generate")
    for index, entry in enumerate(part.get("agents", [])):
        check_outbound(organization, entry, f"{location}agents[{index}]")


def check_outbound(organization: Organization, agent: Fields, location: str) -> None:
    """Check that the number exists that an agent calls from.

    Raises:
        InvalidInputError: it does not.
    """
    if (agent.get("outbound") or "").lower() not in ("", *organization.numbers):
        raise InvalidInputError(f"{location}.outbound: no such phone number: {agent['outbound']!r}")


def check_trunk(organization: Organization, number: Fields, location: str) -> None:
    """Check that the trunk of a number exists, if it is among the fields.

    Raises:
        InvalidInputError: it does not.
    """
    trunk = number.get("credentialsId")
    if trunk is not None and trunk.lower() not in organization.credentials:
        raise InvalidInputError(f"{location}.credentialsId: no such credential: {trunk!r}")


def _add_agent(service: Service, organization: Organization, entry: Fields, location: str) -> None:
    now = iso(service.clock.now())
    given = {name: value for name, value in entry.items() if name not in ("id", "name", "outbound")}
    outbound = (entry.get("outbound") or "").lower() or None
    agent_id = str(entry["id"])
    agent = Agent(agent_id, entry.get("name", agent_id), outbound, {"createdTime": now, "lastUpdateTime": now, **given})
    if errors := service.contract.errors("Agent", service.agents.view(organization, agent)):
        raise InvalidInputError(f"{location}: the agent is invalid: {errors}")
    organization.agents[agent_id] = agent


def _add_credential(service: Service, organization: Organization, entry: Fields, location: str) -> None:
    if str(entry.get("id", "")).lower() in organization.credentials:
        raise AlreadyExistsError(f"{location}.id: the credential {entry['id']!r} already exists")
    try:
        service.credential_view(service.add_credential(organization, entry))
    except ContractViolation as exc:
        raise InvalidInputError(f"{location}: {exc}") from None


def _add_account(service: Service, entry: Fields, location: str) -> None:
    sid = entry["accountSid"]
    account = service.platform.twilio.get(sid)
    if account is None:
        if "authToken" not in entry:
            raise InvalidInputError(f"{location}: a new account needs an authToken")
        account = service.platform.twilio[sid] = TwilioAccount(sid, entry["authToken"])
    account.update(entry)


def _add_provider(service: Service, organization: Organization, entry: Fields, location: str) -> None:
    if str(entry.get("id", "")).lower() in organization.providers:
        raise AlreadyExistsError(f"{location}.id: the provider {entry['id']!r} already exists")
    if entry.get("providerType", TWILIO) != TWILIO or "trunkSid" in entry:
        provider = {"id": str(uuid.uuid4()), "providerType": TWILIO, **entry}
    else:
        provider = _connected_provider(service, organization, entry, location)
    try:
        service.check_response("VoipProvider" if provider["providerType"] != TWILIO else "TwilioProvider", provider)
    except ContractViolation as exc:
        raise InvalidInputError(f"{location}: {exc}") from None
    organization.providers[provider["id"].lower()] = provider


def _connected_provider(service: Service, organization: Organization, entry: Fields, location: str) -> Fields:
    """Return a new provider, after adding its trunk, SIP credential and numbers."""
    account = service.platform.twilio.get(entry.get("accountSid", ""))
    if account is None:
        raise InvalidInputError(f"{location}.accountSid: no such Twilio account: {entry.get('accountSid')!r}")
    provider = service.providers.connected(
        account, {name: value for name, value in entry.items() if name != "imported"}
    )
    service.providers.add_credential(organization, provider)
    for index, sid in enumerate(entry.get("imported", [])):
        try:
            service.providers.import_number(organization, provider, account, sid)
        except ImportFailure as exc:
            raise InvalidInputError(f"{location}.imported[{index}]: {exc}") from None
    return provider


def _add_number(service: Service, organization: Organization, entry: Fields, location: str) -> None:
    check_trunk(organization, entry, location)
    given = {name: value for name, value in entry.items() if name not in OWN_FIELDS}
    try:
        number = service.add_number(organization, given)
        number.fixed = entry.get("registrationStatus")
        number.queued_calls = entry.get("queuedCalls", 0)
        # A seeded number counts as registered for long.
        number.since = number.due = service.clock.now()
        service.number_json(number)
    except Refusal as exc:
        raise AlreadyExistsError(f"{location}: {exc}") from None
    except ContractViolation as exc:
        raise InvalidInputError(f"{location}: {exc}") from None


def _generate(service: Service, organization: Organization, wanted: Fields, location: str) -> None:
    """Add numbers evenly to trunks, with the same ids each time; they are validated when they are read."""
    trunks = [str(uuid.uuid5(NAMESPACE, f"{organization.id} trunk {i}")) for i in range(wanted.get("trunks", 1))]
    for index, trunk in enumerate(trunks):
        if trunk not in organization.credentials:
            service.add_credential(organization, {"id": trunk, "server": f"sip{index}.example.com"})
    prefix = wanted.get("prefix", "+1555")
    # The first half of the ids identifies the series, the second one counts, behind the variant bits of a UUID.
    base = uuid.uuid5(NAMESPACE, f"{organization.id} numbers {prefix}").int >> 64 << 64 | 1 << 63
    now = iso(service.clock.now())
    for index in range(wanted.get("numbers", 0)):
        fields: Fields = {
            "id": str(uuid.UUID(int=base + index + 1)),
            "phoneNumber": f"{prefix}{index:07}",
            "credentialsId": trunks[index % len(trunks)],
            "createdTime": now,
            "lastUpdateTime": now,
        }
        try:
            service.add_number(organization, fields).json_until = FOREVER
        except Refusal:
            raise AlreadyExistsError(
                f"{location}: {fields['phoneNumber']} already exists; use another prefix"
            ) from None
