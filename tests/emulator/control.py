# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The control paths of the emulator below /_emulator/, for tests. They need no key."""

from __future__ import annotations

import asyncio
import ipaddress
import json
import os
import signal
from collections.abc import Callable
from copy import copy
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web

from .clock import Clock
from .faults import Faults, Rule
from .mutations import mutate, validate_mutation
from .quota import Quota
from .request_log import RequestLog
from .seeding import all_or_nothing, apply_seed, describe
from .service import Service
from .settings import Settings
from .store import Organization, Platform
from .validators import InvalidInputError, validate

STOP_SECONDS = 0.05


class Start:
    """How the emulator was started; a reset restores this.

    Args:
        keys: the organization of each API key.
        seeds: each with its origin.
    """

    def __init__(self, keys: dict[str, str], seeds: list[tuple[str, Any]], settings: dict[str, Any]) -> None:
        self.keys = keys
        self.seeds = seeds
        self.settings = settings
        self.organization = next(iter(keys.values()))


class Control:
    """Responds to the control requests.

    Args:
        changed: called after a control request that may have changed the state.
    """

    def __init__(
        self,
        service: Service,
        faults: Faults,
        quota: Quota,
        request_log: RequestLog,
        start: Start,
        *,
        changed: Callable[[], None],
    ) -> None:
        self._service = service
        self._faults = faults
        self._quota = quota
        self._request_log = request_log
        self._start = start
        self._changed = changed
        self._calls: dict[str, Callable[[Any], Any]] = {
            "GET state": lambda body: describe(service),
            "POST seed": self._seed,
            "POST mutate": lambda body: mutate(service, start.organization, body),
            "POST reset": self.reset,
            "GET requests": lambda body: request_log.entries,
            "DELETE requests": lambda body: request_log.clear(),
            "GET stats": lambda body: request_log.stats(),
            "GET violations": lambda body: request_log.violations,
            "POST faults": lambda body: self._add_faults(body if isinstance(body, list) else [body]),
            "DELETE faults": lambda body: faults.clear(),
            "GET settings": lambda body: vars(service.settings),
            "PATCH settings": service.change_settings,
            "POST clock": self._move_clock,
            "POST stop": lambda body: _stop_soon(),
            "POST shutdown": lambda body: _stop_soon(),
        }

    async def handle(self, request: web.BaseRequest, name: str) -> web.Response:
        """Respond to one control request."""
        if not _is_local(request):
            return _refused(403, "The control paths are available under loopback names only.")
        if not _is_own_origin(request):
            return _refused(403, "The control paths are not available to web pages.")
        call = self._calls.get(f"{request.method} {name}")
        if call is None:
            return _refused(404, f"There is no {request.method} {name}; there are {', '.join(self._calls)}.")
        try:
            result = call(_parsed(await request.read()))
        except InvalidInputError as exc:
            return _refused(400, str(exc))
        if request.method == "POST":
            self._changed()
        return web.Response(body=json.dumps(result).encode(), content_type="application/json")

    def reset(self, body: dict[str, Any]) -> None:
        """Restore the initial state, then apply `seed`, `settings` and `faults` from the body.

        Raises:
            InvalidInputError: the body is invalid; nothing has changed.
        """
        validate("Reset", body)
        service = self._service
        settings, clock = service.settings, service.clock
        try:
            with all_or_nothing(service):
                self._start_anew(body)
        except InvalidInputError:
            service.settings, service.clock = settings, clock
            service.clear_cached_json()
            raise
        self._request_log.clear()
        self._quota.clear()

    def _start_anew(self, body: dict[str, Any]) -> None:
        service = self._service
        organizations = {name: Organization(name) for name in self._start.keys.values()}
        service.platform = Platform(organizations, dict(self._start.keys))
        service.clock = Clock()
        service.settings = Settings().changed(self._start.settings)
        for origin, seed in self._start.seeds:
            apply_seed(service, seed, self._start.organization, origin)
        service.change_settings(body.get("settings", {}))
        self._seed(body.get("seed", {}))
        rules = self._rules(body.get("faults", []))
        self._faults.clear()
        self._faults.add(rules)

    def _seed(self, seed: Any) -> None:
        apply_seed(self._service, seed, self._start.organization)

    def _add_faults(self, rules: list[Any]) -> None:
        self._faults.add(self._rules(rules))

    def _rules(self, rules: list[Any]) -> list[Rule]:
        made = [Rule(rule) for rule in rules]
        for rule in rules:
            if "mutate" in rule:
                validate_mutation(self._service, self._start.organization, rule["mutate"])
        return made

    def _move_clock(self, body: dict[str, Any]) -> None:
        validate("Clock", body)
        clock = copy(self._service.clock)
        if "freeze" in body:
            clock.freeze(body["freeze"])
        if "set" in body:
            clock.set(body["set"])
        clock.advance(body.get("advance", 0))
        self._service.clock = clock
        self._service.clear_cached_json()


def _stop_soon() -> None:
    """Stop as after a signal, once the response is sent."""
    asyncio.get_running_loop().call_later(STOP_SECONDS, os.kill, os.getpid(), signal.SIGTERM)


def _parsed(raw: bytes) -> Any:
    try:
        return json.loads(raw) if raw else {}
    except (ValueError, RecursionError) as exc:
        raise InvalidInputError(f"the body is not JSON: {exc}") from None


def _is_local(request: web.BaseRequest) -> bool:
    """Return whether the Host header is a loopback name. DNS rebinding by a web page shows up as another name."""
    try:
        host = urlsplit(f"//{request.headers.get('Host', '')}").hostname or ""
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _is_own_origin(request: web.BaseRequest) -> bool:
    """Return whether the headers that browsers add for web pages are missing, or name this address."""
    site = request.headers.get("Sec-Fetch-Site", "none")
    origin = request.headers.get("Origin")
    own = origin is None or origin.partition("://")[2] == request.headers.get("Host")
    return own and site in ("none", "same-origin")


def _refused(status: int, detail: str) -> web.Response:
    return web.Response(status=status, body=f"{detail}\n".encode("utf-8", "replace"), content_type="text/plain")
