# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The emulator in the test process, behind a `FakeApi`: real state and refusals, a clock of the test, no HTTP."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from ansible_collections.dasha.blackbox.plugins.module_utils._resources.sip_phone_number import OUTGOING
from emulator.clock import Clock as EmulatorClock
from emulator.contract import Contract, check_body, check_parameters
from emulator.mutations import mutate
from emulator.problems import Refusal, invalid
from emulator.responses import Call
from emulator.seeding import apply_seed
from emulator.service import Service
from emulator.store import Organization, Platform
from unit.fake_api import LOST, FakeApi, Reply

ORGANIZATION = "org"
REFUSED_WRITE: Reply = (400, {"title": "No"})


class EmulatedApi(FakeApi):
    """One organization.

    Args:
        seed: as the emulator takes it.
        settings: of the emulator.

    Attributes:
        latency: seconds until each response.
        writes: methods and paths of all writes, in their order.
        violations: requests that the contract does not allow.
        failing_from: the position of the first write that fails, and with it all later ones; None if none does.
        is_lost: whether that write is applied all the same, and only its response is lost.
        before_write: what somebody else does before the write at a position.
    """

    def __init__(self, seed: dict[str, Any], **settings: Any) -> None:
        super().__init__(self._respond_or_fail)
        self._service = Service(_contract(), Platform(), EmulatorClock())
        self._service.change_settings(settings)
        apply_seed(self._service, seed, ORGANIZATION)
        self.writes: list[tuple[str, str]] = []
        self.violations: list[str] = []
        self.failing_from: int | None = None
        self.is_lost = False
        self.latency = 0.0
        self.before_write: dict[int, Callable[[], Any]] = {}

    @property
    def organization(self) -> Organization:
        """Return what the organization owns."""
        return self._service.platform.organization(ORGANIZATION)

    def _respond_or_fail(self, method: str, path: str, query: dict[str, str], body: Any) -> Reply:
        self.clock.sleep(self.latency)
        if method == "GET":
            return self.call(method, path, query, body)
        position = len(self.writes)
        self.before_write.get(position, lambda: None)()
        self.writes.append((method, path))
        if self.failing_from is None or position < self.failing_from:
            return self.call(method, path, query, body)
        if position == self.failing_from and self.is_lost:
            self.call(method, path, query, body)
            return LOST
        return REFUSED_WRITE

    def call(self, method: str, path: str, query: dict[str, str] | None = None, body: Any = None) -> tuple[int, Any]:
        """Return the response to a request of somebody else: it is not counted, and does not fail."""
        try:
            return self._call(method, path, query or {}, body)
        except Refusal as refusal:
            if refusal.violation:
                self.violations.append(f"{method} {path}: {refusal.violation}")
            return refusal.status, refusal.problem(path)

    def _call(self, method: str, path: str, query: dict[str, str], body: Any) -> tuple[int, Any]:
        operation, found, _methods = self._service.contract.find(method, path)
        assert operation is not None, f"{method} {path}"
        values, errors = check_parameters(operation, [*found.items(), *query.items()])
        if operation.body is not None:
            errors = {**errors, **check_body(operation, body)}
        if errors:
            raise invalid(errors)
        response = self._service.operations[operation.operation_id](Call(self.organization, values, body))
        return response.status, response.body if response.text is None else json.loads(response.text)

    def mutate(self, changes: dict[str, Any]) -> None:
        """Let somebody else work: see `mutate` of the emulator."""
        mutate(self._service, ORGANIZATION, changes)

    def settings(self, **settings: Any) -> None:
        """Change settings of the emulator."""
        self._service.change_settings(settings)

    def numbers(self) -> dict[str, dict[str, Any]]:
        """Return all phone numbers by id as the API returns them, with the agents that call from them."""
        return {
            number.id: {**self._service.number_view(number), OUTGOING: self._callers(number.id)}
            for number in self.organization.rows()
        }

    def trunks(self) -> dict[str, dict[str, Any]]:
        """Return all SIP credentials by id as the API returns them."""
        return {each: self._service.credential_view(found) for each, found in self.organization.credentials.items()}

    def _callers(self, number_id: str) -> list[str]:
        return sorted(agent.id for agent in self.organization.agents.values() if agent.outbound == number_id)


@lru_cache(maxsize=1)
def _contract() -> Contract:
    return Contract()
