# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The emulator's own paths below /_emulator/, by which tests steer and question it. They need no key."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from aiohttp import web

from .clock import Clock
from .faults import FaultError, Faults
from .journal import Journal
from .quota import Quota
from .seeding import SeedError, describe, plant
from .service import Service
from .settings import Settings, SettingsError
from .store import Platform

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


class Start:
    """How the emulator was started, which is what a reset goes back to."""

    def __init__(self, keys: dict[str, str], seeds: list[dict[str, Any]], settings: dict[str, Any]) -> None:
        self.keys = keys
        self.seeds = seeds
        self.settings = settings
        self.organization = next(iter(keys.values()))


class Control:
    """Answers the control requests."""

    def __init__(self, service: Service, faults: Faults, quota: Quota, journal: Journal, start: Start) -> None:
        self._service = service
        self._faults = faults
        self._quota = quota
        self._journal = journal
        self._start = start
        self._calls: dict[tuple[str, str], Callable[[Any], Any]] = {
            ("GET", "state"): lambda body: describe(service),
            ("POST", "seed"): self._seed,
            ("POST", "reset"): self.reset,
            ("GET", "journal"): lambda body: journal.entries,
            ("DELETE", "journal"): lambda body: journal.clear(),
            ("GET", "stats"): lambda body: journal.stats(),
            ("GET", "violations"): lambda body: journal.violations,
            ("POST", "faults"): lambda body: faults.add(body if isinstance(body, list) else [body]),
            ("DELETE", "faults"): lambda body: faults.clear(),
            ("GET", "settings"): lambda body: vars(service.settings),
            ("PATCH", "settings"): service.change_settings,
            ("POST", "clock"): self._clock,
        }

    async def handle(self, request: web.BaseRequest, name: str) -> web.Response:
        """Answer one control request."""
        host = request.headers.get("Host", "").rpartition(":")[0] or request.headers.get("Host", "")
        if host not in LOOPBACK:
            return _refused(403, f"The control paths answer loopback names only, not {host!r}.")
        call = self._calls.get((request.method, name))
        if call is None:
            return _refused(404, f"There is no {request.method} {name}; there are {sorted(self._calls)}.")
        try:
            raw = await request.read()
            result = call(json.loads(raw) if raw else {})
        except (SeedError, SettingsError, FaultError, KeyError, TypeError, ValueError) as exc:
            return _refused(400, f"{type(exc).__name__}: {exc}")
        return web.Response(body=json.dumps(result).encode(), content_type="application/json")

    def reset(self, body: dict[str, Any]) -> None:
        """Go back to the start; `seed`, `settings` and `faults` in the body are applied on top at once."""
        service = self._service
        service.platform = Platform(keys=dict(self._start.keys))
        service.clock = Clock()
        service.settings = Settings().changed(self._start.settings)
        self._journal.clear()
        self._quota.clear()
        self._faults.clear()
        for seed in self._start.seeds:
            plant(service, seed, self._start.organization)
        if body.get("settings"):
            service.change_settings(body["settings"])
        self._seed(body.get("seed") or {})
        self._faults.add(body.get("faults") or [])

    def _seed(self, seed: Any) -> None:
        plant(self._service, seed, self._start.organization)

    def _clock(self, body: dict[str, Any]) -> None:
        clock = self._service.clock
        if "freeze" in body:
            clock.freeze(body["freeze"])
        if "set" in body:
            clock.set(body["set"])
        clock.advance(body.get("advance", 0))
        self._service.forget_texts()


def _refused(status: int, detail: str) -> web.Response:
    return web.Response(status=status, text=detail)
