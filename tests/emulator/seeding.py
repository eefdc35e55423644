# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fills the emulator from a description, and describes what it holds in the same form."""

from __future__ import annotations

import json
import uuid
from pathlib import Path
from typing import Any

import yaml

from .clock import iso
from .contract import LOADER
from .problems import Refusal
from .registration import FOREVER
from .service import BrokenAnswer, Service
from .store import Agent, Fields, Organization

SEED_KEYS = {"organizations", "keys", "credentials", "agents", "phone_numbers", "generate"}
GENERATE_KEYS = {"numbers", "trunks", "prefix"}
NAMESPACE = uuid.UUID("b1ac0b0c-0000-4000-8000-0000000000e5")


class SeedError(ValueError):
    """A seed that cannot be understood; the text says where."""


def read_seed(path: Path) -> dict[str, Any]:
    """Return the seed in a YAML or JSON file.

    Raises:
        SeedError: it cannot be read.
    """
    try:
        seed = yaml.load(path.read_text("utf-8"), Loader=LOADER)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as exc:
        raise SeedError(f"{path} cannot be read: {exc}") from None
    return seed or {}


def plant(service: Service, seed: Any, default: str, place: str = "") -> None:
    """Add to the emulator's state what a seed describes.

    Args:
        default: the organization that what stands at the top level belongs to.

    Raises:
        SeedError: what is wrong, and where; what stood before it has been added.
    """
    if not isinstance(seed, dict) or not set(seed) <= SEED_KEYS:
        raise SeedError(f"{place or 'a seed'} takes {', '.join(sorted(SEED_KEYS))}; this is {seed!r:.200}")
    organization = service.platform.organization(default)
    for key in seed.get("keys", []):
        service.platform.keys[key] = default
    for index, entry in enumerate(seed.get("credentials", [])):
        _plant_credential(service, organization, entry, f"{place}credentials[{index}]")
    for index, entry in enumerate(seed.get("agents", [])):
        _plant_agent(organization, entry, f"{place}agents[{index}]")
    for index, entry in enumerate(seed.get("phone_numbers", [])):
        _plant_number(service, organization, entry, f"{place}phone_numbers[{index}]")
    if "generate" in seed:
        _generate(service, organization, seed["generate"], f"{place}generate")
    for name, part in seed.get("organizations", {}).items():
        plant(service, part, name, f"organizations.{name}.")


def describe(service: Service) -> dict[str, Any]:
    """Return the whole state as a seed that leads to it."""
    organizations: dict[str, Any] = {}
    for name, organization in service.platform.organizations.items():
        organizations[name] = {
            "keys": [key for key, owner in service.platform.keys.items() if owner == name],
            "credentials": list(organization.credentials.values()),
            "agents": [
                {"id": agent.id, "name": agent.name, "outbound": agent.outbound}
                for agent in organization.agents.values()
            ],
            "phone_numbers": [
                {**number.fields, **({"registrationStatus": number.fixed} if number.fixed else {})}
                for number in organization.numbers.values()
            ],
        }
    return {"organizations": organizations}


def save(service: Service, path: Path) -> None:
    """Write the whole state to a file that only its owner can read; a reader sees the old or the new, never half."""
    draft = path.with_name(f".{path.name}.new")
    draft.touch(mode=0o600)
    draft.write_text(json.dumps(describe(service), indent=1), "utf-8")
    draft.replace(path)


def _plant_credential(service: Service, organization: Organization, entry: Any, place: str) -> None:
    _require(entry, ("server",), place)
    fields = service.add_credential(organization, entry)
    try:
        service.credential_view(fields)
    except BrokenAnswer as exc:
        del organization.credentials[fields["id"].lower()]
        raise SeedError(f"{place}: {exc}") from None


def _plant_agent(organization: Organization, entry: Any, place: str) -> None:
    _require(entry, ("id",), place)
    organization.agents[entry["id"]] = Agent(entry["id"], entry.get("name", entry["id"]), entry.get("outbound"))


def _plant_number(service: Service, organization: Organization, entry: Any, place: str) -> None:
    _require(entry, ("phoneNumber", "credentialsId"), place)
    if str(entry["credentialsId"]).lower() not in organization.credentials:
        raise SeedError(f"{place}.credentialsId: there is no credential {entry['credentialsId']!r}")
    agent = entry.get("incomingCallsAgentId")
    if agent is not None and agent not in organization.agents:
        raise SeedError(f"{place}.incomingCallsAgentId: there is no agent {agent!r}")
    given = {name: value for name, value in entry.items() if name != "registrationStatus"}
    try:
        number = service.add_number(organization, given)
        number.fixed = entry.get("registrationStatus")
        # A number that was there before has been registered for long.
        number.since = service.clock.now() - service.settings.registration_delay
        service.number_json(number)
    except (Refusal, BrokenAnswer) as exc:
        raise SeedError(f"{place}: {exc}") from None


def _generate(service: Service, organization: Organization, wanted: Any, place: str) -> None:
    """Add numbers side by side on trunks; the same ids each time, checked against the contract when they are read."""
    if not isinstance(wanted, dict) or not set(wanted) <= GENERATE_KEYS:
        raise SeedError(f"{place} takes {', '.join(sorted(GENERATE_KEYS))}")
    trunks = [str(uuid.uuid5(NAMESPACE, f"trunk {index}")) for index in range(wanted.get("trunks", 1))]
    for index, trunk in enumerate(trunks):
        service.add_credential(organization, {"id": trunk, "server": f"sip{index}.example.com"})
    prefix, base = wanted.get("prefix", "+1555"), NAMESPACE.int
    now = iso(service.clock.now())
    for index in range(wanted.get("numbers", 0)):
        fields: Fields = {
            "id": str(uuid.UUID(int=base + index + 1)),
            "phoneNumber": f"{prefix}{index:07}",
            "credentialsId": trunks[index % len(trunks)],
            "createdTime": now,
            "lastUpdateTime": now,
        }
        number = service.add_number(organization, fields)
        number.json_until = FOREVER


def _require(entry: Any, names: tuple[str, ...], place: str) -> None:
    if not isinstance(entry, dict):
        raise SeedError(f"{place} must be a mapping")
    for name in names:
        if not isinstance(entry.get(name), str) or not entry[name]:
            raise SeedError(f"{place}.{name} is needed, as a quoted string")
