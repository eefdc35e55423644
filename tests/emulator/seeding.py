# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fills the emulator from a description, and describes what it holds in the same form."""

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
from .forms import FormError, Loader, check
from .problems import Refusal
from .providers import TWILIO, ImportFailure
from .registration import FOREVER
from .responses import BrokenAnswer
from .service import Service
from .store import Agent, Fields, Organization
from .twilio import TwilioAccount

NAMESPACE = uuid.UUID("b1ac0b0c-0000-4000-8000-0000000000e5")


class TakenError(FormError):
    """A seed with something that is there already."""


def read_seed(path: Path) -> dict[str, Any]:
    """Return the seed in a YAML or JSON file.

    Raises:
        FormError: it cannot be read, or is no seed.
    """
    try:
        seed = _loaded(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError, yaml.YAMLError) as exc:
        raise FormError(f"{path} cannot be read: {exc or type(exc).__name__}") from None
    check("Seed", seed, str(path))
    return dict(seed)


def _loaded(text: str) -> Any:
    """Return what a text says. JSON is YAML too, but takes a hundredth of the time."""
    with contextlib.suppress(ValueError):
        return json.loads(text)
    return yaml.load(text, Loader=Loader)


def plant(service: Service, seed: Any, default: str, origin: str = "") -> None:
    """Add to the emulator's state what a seed describes, all of it or nothing.

    Args:
        default: the organization that what stands at the top level belongs to.
        origin: where the seed is from, for the text of an error.

    Raises:
        FormError: what is wrong, and where.
    """
    check("Seed", seed, origin)
    if not any(seed.values()):
        return
    with all_or_nothing(service):
        service.platform = service.platform.copy()
        for index, entry in enumerate(seed.get("twilio_accounts", [])):
            _plant_account(service, entry, f"{origin}.twilio_accounts[{index}]".lstrip("."))
        _plant_part(service, default, seed, f"{origin}." if origin else "")
        for name, part in seed.get("organizations", {}).items():
            _plant_part(service, name, part, f"{origin}.organizations.{name}.".lstrip("."))


@contextlib.contextmanager
def all_or_nothing(service: Service) -> Iterator[None]:
    """Let the state be replaced; on an error it is again what it was."""
    before = service.platform
    try:
        yield
    except BaseException:
        service.platform = before
        raise


def check_mutation(service: Service, default: str, changes: Any) -> None:
    """Check that the numbers a fault rule is to create can be created as things are, but for those that exist.

    Raises:
        FormError: what is wrong, and where.
    """
    now = service.platform
    with contextlib.suppress(TakenError):
        plant(service, {"phone_numbers": changes.get("create", [])}, default, "mutate")
    service.platform = now


def describe(service: Service) -> dict[str, Any]:
    """Return the whole state as a seed that leads to it."""
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
                {**number.fields, **({"registrationStatus": number.fixed} if number.fixed else {})}
                for number in organization.numbers.values()
            ],
            "providers": list(organization.providers.values()),
        }
    accounts = [account.describe() for account in service.platform.twilio.values()]
    return {"organizations": organizations, "twilio_accounts": accounts}


def save(service: Service, path: Path) -> None:
    """Write the whole state to a file that only its owner can read; a reader sees the old or the new, never half."""
    target = path.resolve()
    draft = target.with_name(f".{target.name}.new")
    draft.unlink(missing_ok=True)
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(json.dumps(describe(service)) + "\n")
    draft.replace(target)


def _plant_part(service: Service, name: str, part: dict[str, Any], place: str) -> None:
    organization = service.platform.organization(name)
    for key in part.get("keys", []):
        service.platform.keys[key] = name
    for index, entry in enumerate(part.get("credentials", [])):
        _plant_credential(service, organization, entry, f"{place}credentials[{index}]")
    for index, entry in enumerate(part.get("agents", [])):
        _plant_agent(service, organization, entry, f"{place}agents[{index}]")
    for index, entry in enumerate(part.get("providers", [])):
        _plant_provider(service, organization, entry, f"{place}providers[{index}]")
    for index, entry in enumerate(part.get("phone_numbers", [])):
        _plant_number(service, organization, entry, f"{place}phone_numbers[{index}]")
    if "generate" in part:
        _generate(service, organization, part["generate"], f"{place}generate")
    for index, entry in enumerate(part.get("agents", [])):
        if (entry.get("outbound") or "").lower() not in ("", *organization.numbers):
            raise FormError(f"{place}agents[{index}].outbound: there is no phone number {entry['outbound']!r}")


def _plant_agent(service: Service, organization: Organization, entry: Fields, place: str) -> None:
    now = iso(service.clock.now())
    given = {name: value for name, value in entry.items() if name not in ("id", "name", "outbound")}
    outbound = (entry.get("outbound") or "").lower() or None
    agent_id = str(entry["id"])
    agent = Agent(agent_id, entry.get("name", agent_id), outbound, {"createdTime": now, "lastUpdateTime": now, **given})
    if errors := service.contract.errors("Agent", service.agents.view(organization, agent)):
        raise FormError(f"{place}: the API returns no such agent: {errors}")
    organization.agents[agent_id] = agent


def _plant_credential(service: Service, organization: Organization, entry: Fields, place: str) -> None:
    if str(entry.get("id", "")).lower() in organization.credentials:
        raise TakenError(f"{place}.id: there is a credential {entry['id']!r} already")
    try:
        service.credential_view(service.add_credential(organization, entry))
    except BrokenAnswer as exc:
        raise FormError(f"{place}: {exc}") from None


def _plant_account(service: Service, entry: Fields, place: str) -> None:
    sid = entry["accountSid"]
    account = service.platform.twilio.get(sid)
    if account is None:
        if "authToken" not in entry:
            raise FormError(f"{place}: a new account needs an authToken")
        account = service.platform.twilio[sid] = TwilioAccount(sid, entry["authToken"])
    account.update(entry)


def _plant_provider(service: Service, organization: Organization, entry: Fields, place: str) -> None:
    if str(entry.get("id", "")).lower() in organization.providers:
        raise TakenError(f"{place}.id: there is a provider {entry['id']!r} already")
    if entry.get("providerType", TWILIO) != TWILIO or "trunkSid" in entry:
        provider = {"id": str(uuid.uuid4()), "providerType": TWILIO, **entry}
    else:
        provider = _connect(service, organization, entry, place)
    try:
        service.check_answer("VoipProvider" if provider["providerType"] != TWILIO else "TwilioProvider", provider)
    except BrokenAnswer as exc:
        raise FormError(f"{place}: {exc}") from None
    organization.providers[provider["id"].lower()] = provider


def _connect(service: Service, organization: Organization, entry: Fields, place: str) -> Fields:
    """Return a provider that was connected to its account just now, with its SIP credential and its numbers."""
    account = service.platform.twilio.get(entry.get("accountSid", ""))
    if account is None:
        raise FormError(f"{place}.accountSid: there is no Twilio account {entry.get('accountSid')!r}")
    provider = service.providers.connected(
        account, {name: value for name, value in entry.items() if name != "imported"}
    )
    service.providers.add_credential(organization, provider)
    for index, sid in enumerate(entry.get("imported", [])):
        try:
            service.providers.import_number(organization, provider, account, sid)
        except ImportFailure as exc:
            raise FormError(f"{place}.imported[{index}]: {exc}") from None
    return provider


def _plant_number(service: Service, organization: Organization, entry: Fields, place: str) -> None:
    if entry["credentialsId"].lower() not in organization.credentials:
        raise FormError(f"{place}.credentialsId: there is no credential {entry['credentialsId']!r}")
    agent = entry.get("incomingCallsAgentId")
    if agent is not None and agent not in organization.agents:
        raise FormError(f"{place}.incomingCallsAgentId: there is no agent {agent!r}")
    given = {name: value for name, value in entry.items() if name != "registrationStatus"}
    try:
        number = service.add_number(organization, given)
        number.fixed = entry.get("registrationStatus")
        # A number that was there before has been registered for long.
        number.since = number.due = service.clock.now()
        service.number_json(number)
    except Refusal as exc:
        raise TakenError(f"{place}: {exc}") from None
    except BrokenAnswer as exc:
        raise FormError(f"{place}: {exc}") from None


def _generate(service: Service, organization: Organization, wanted: Fields, place: str) -> None:
    """Add numbers side by side on trunks; the same ids each time, checked against the contract when they are read."""
    trunks = [str(uuid.uuid5(NAMESPACE, f"{organization.id} trunk {i}")) for i in range(wanted.get("trunks", 1))]
    for index, trunk in enumerate(trunks):
        if trunk not in organization.credentials:
            service.add_credential(organization, {"id": trunk, "server": f"sip{index}.example.com"})
    prefix = wanted.get("prefix", "+1555")
    # The first half of the ids names the series, the second one counts, behind the mark of a UUID's variant.
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
            raise TakenError(f"{place}: there is a {fields['phoneNumber']} already; take another prefix") from None
