# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Changes of the state as if by another client: a colleague who works at the same time."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import Any

from .clock import iso
from .problems import Refusal
from .responses import ContractViolation
from .seeding import OWN_FIELDS, AlreadyExistsError, all_or_nothing, apply_seed, check_outbound, check_trunk
from .service import Service
from .store import Agent, Fields, Number, Organization
from .validators import InvalidInputError, validate


def mutate(service: Service, name: str, changes: Any) -> None:
    """Create, update and delete objects of an organization, all of them or none.

    Args:
        changes: `create`, `update` and `delete`; see `Mutate` in validators.yaml.

    Raises:
        InvalidInputError: the first error, with its location.
    """
    validate("Mutate", changes, "mutate")
    with all_or_nothing(service):
        service.platform = service.platform.copy()
        _create(service, name, changes)
        organization = service.platform.organization(name)
        for identity, fields in changes.get("update", {}).items():
            try:
                _update(service, organization, identity, fields)
            except (Refusal, ContractViolation) as exc:
                raise InvalidInputError(f"mutate.update.{identity}: {exc}") from None
        # Deletions come last: they cannot fail, and change agents that the previous state shares.
        for identity in changes.get("delete", []):
            _delete(organization, identity)


def validate_mutation(service: Service, name: str, changes: Any) -> None:
    """Check that the objects of a fault rule can be created in the current state, apart from those that exist.

    Raises:
        InvalidInputError: the first error, with its location.
    """
    now = service.platform
    with contextlib.suppress(AlreadyExistsError):
        _create(service, name, changes)
    service.platform = now


def _create(service: Service, name: str, changes: Fields) -> None:
    entries = changes.get("create", [])
    trunks = [entry for entry in entries if "server" in entry]
    numbers = [entry for entry in entries if "server" not in entry]
    apply_seed(service, {"credentials": trunks, "phone_numbers": numbers}, name, "mutate")


def _update(service: Service, organization: Organization, identity: str, fields: Fields) -> None:
    location = f"mutate.update.{identity}"
    numbers = _numbers(organization, identity)
    for number in numbers:
        validate("Number", {**number.fields, **fields}, location)
        check_trunk(organization, fields, location)
        _update_number(service, organization, organization.unshare(number), fields)
    if identity.lower() in organization.credentials:
        credential = {**organization.credentials[identity.lower()], **fields}
        validate("Credential", credential, location)
        _update_credential(service, organization, credential)
    elif identity in organization.agents:
        validate("Agent", {"id": identity, **fields}, location)
        check_outbound(organization, fields, location)
        _update_agent(service, organization, organization.agents[identity], fields)
    elif not numbers:
        raise InvalidInputError(f"{location}: no such phone number, credential or agent")


def _update_number(service: Service, organization: Organization, number: Number, fields: Fields) -> None:
    stored = {name: value for name, value in fields.items() if name not in OWN_FIELDS}
    if stored.keys() & service.contract.fields("SipPhoneNumberBody"):
        service.replace_number(organization, number, {**number.fields, **stored})
    elif stored:
        organization.replace(number, {**number.fields, **stored, "lastUpdateTime": iso(service.clock.now())})
    number.fixed = fields.get("registrationStatus", number.fixed)
    number.queued_calls = fields.get("queuedCalls", number.queued_calls)
    number.json = None
    service.number_json(number)


def _update_credential(service: Service, organization: Organization, credential: Fields) -> None:
    for number in organization.on_trunk(credential["id"]):
        organization.unshare(number)
    service.credential_view(service.replace_credential(organization, credential))


def _update_agent(service: Service, organization: Organization, agent: Agent, fields: Fields) -> None:
    stored = {name: value for name, value in fields.items() if name not in ("name", "outbound")}
    changed = replace(
        agent,
        name=fields.get("name", agent.name),
        outbound=(fields.get("outbound", agent.outbound) or "").lower() or None,
        fields={**agent.fields, "lastUpdateTime": iso(service.clock.now()), **stored},
    )
    service.check_response("Agent", service.agents.view(organization, changed))
    organization.agents[agent.id] = changed


def _delete(organization: Organization, identity: str) -> None:
    for number in _numbers(organization, identity):
        organization.remove(number)
    if identity.lower() in organization.credentials:
        organization.remove_trunk(identity)
    organization.agents.pop(identity, None)


def _numbers(organization: Organization, identity: str) -> list[Number]:
    """Return the numbers with this phone number or id."""
    number = organization.numbers.get(identity.lower())
    return [*organization.with_phone(identity), *([number] if number else [])]
