# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The command line: what to start with, which address to listen on, when to stop."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import fcntl
import ipaddress
import os
import signal
import ssl
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from aiohttp import web

from .clock import Clock
from .contract import Contract
from .control import Control, Start
from .faults import Faults
from .quota import Quota
from .request_log import RequestLog
from .seeding import read_seed, save
from .server import PREFIX, Api, web_server
from .service import Service
from .store import Platform
from .validators import InvalidInputError, Loader, validate

KEY = "emulator-key"
ORGANIZATION = "org-1"
SAVE_SECONDS = 0.2
# If saving takes long, this many times as long passes before the next time.
SAVE_SHARE = 10


def main() -> None:
    """Run the emulator until it is stopped."""
    parent = os.getppid()
    try:
        arguments = _arguments()
        with _exclusive(arguments.state):
            asyncio.run(_serve(arguments, parent))
    except (InvalidInputError, OSError) as exc:
        sys.exit(f"The emulator cannot start: {exc}")
    except KeyboardInterrupt:
        pass


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="emulator", description="An emulator of the Dasha BlackBox API, on loopback.")
    parser.add_argument("--host", default="127.0.0.1", type=_loopback, help="a loopback address (127.0.0.1)")
    parser.add_argument("--port", default=0, type=int, help="0, the default, takes a free one")
    parser.add_argument("--port-file", type=Path, help="write the port here once it listens")
    parser.add_argument("--key", action="append", metavar="KEY[=ORG]", help=f"an API key ({KEY}={ORGANIZATION})")
    parser.add_argument("--seed", action="append", type=Path, default=[], help="a YAML or JSON file to start from")
    parser.add_argument("--numbers", type=int, default=0, help="start with that many generated phone numbers")
    parser.add_argument("--trunks", type=int, default=1, help="on that many trunks")
    parser.add_argument("--state", type=Path, help="load the state from this file, and save it there")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="a setting; the value is YAML")
    parser.add_argument("--request-log", type=Path, help="append every request to this file, as lines of JSON")
    parser.add_argument("--tls-cert", type=Path, help="serve https with this certificate chain (PEM)")
    parser.add_argument("--tls-key", type=Path, help="and this private key (PEM)")
    parser.add_argument("--exit-with-parent", action="store_true", help="stop when the parent process ends")
    parser.add_argument("--quiet", action="store_true", help="print only the address")
    arguments = parser.parse_args()
    if arguments.tls_key and not arguments.tls_cert:
        parser.error("--tls-key needs --tls-cert")
    return arguments


@contextlib.contextmanager
def _exclusive(state: Path | None) -> Iterator[None]:
    """Lock a state file against other emulators. The system releases the lock when this process ends, even by a crash.

    Raises:
        InvalidInputError: another emulator uses the file.
    """
    if state is None:
        yield
        return
    path = state.resolve()
    lock = path.with_name(f".{path.name}.lock")
    descriptor = _locked(lock)
    if descriptor is None:
        raise InvalidInputError(f"another emulator uses the state file {state}; stop it, or set another --state")
    try:
        yield
    finally:
        lock.unlink(missing_ok=True)
        os.close(descriptor)


def _locked(lock: Path) -> int | None:
    """Return the descriptor of a locked file, None if another process has locked it."""
    while True:
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return None
        # The previous owner removes the file when it ends, perhaps after it was opened here.
        with contextlib.suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(descriptor), lock.stat()):
                return descriptor
        os.close(descriptor)


def _loopback(text: str) -> str:
    try:
        if ipaddress.ip_address(text).is_loopback:
            return text
    except ValueError:
        pass
    raise argparse.ArgumentTypeError(f"{text!r} is not a loopback address; the emulator serves this machine only")


def _start(arguments: argparse.Namespace) -> Start:
    """Return what to start with; a saved state replaces the seeds."""
    keys = {}
    for text in arguments.key or [KEY]:
        key, _sign, organization = text.partition("=")
        keys[key] = organization or ORGANIZATION
    validate("Part", {"keys": list(keys)}, "--key")
    if arguments.state and arguments.state.exists():
        seeds = [("", read_seed(arguments.state))] if arguments.state.stat().st_size else []
    else:
        seeds = [(str(path), read_seed(path)) for path in arguments.seed]
        if arguments.numbers:
            seeds.append(("", {"generate": {"numbers": arguments.numbers, "trunks": arguments.trunks}}))
    return Start(keys, seeds, dict(map(_setting, arguments.set)))


def _setting(text: str) -> tuple[str, Any]:
    name, _sign, value = text.partition("=")
    try:
        return name, yaml.load(value, Loader=Loader)
    except yaml.YAMLError as exc:
        raise InvalidInputError(f"--set {text}: {exc}") from None


async def _serve(arguments: argparse.Namespace, parent: int) -> None:
    start = _start(arguments)
    service = Service(Contract(), Platform(), Clock())
    faults, quota, request_log = Faults(), Quota(), RequestLog(arguments.request_log)
    saver = StateSaver(service, arguments.state)
    control = Control(service, faults, quota, request_log, start, changed=saver.note_change)
    control.reset({})
    saver.save_now()
    api = Api(service, faults, quota, request_log, start.organization, changed=saver.note_change)

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        if request.path.startswith(PREFIX):
            return await control.handle(request, request.path[len(PREFIX) :])
        return await api.handle(request)

    runner = web.ServerRunner(web_server(handle), shutdown_timeout=0)
    await runner.setup()
    site = web.TCPSite(runner, arguments.host, arguments.port, ssl_context=_tls(arguments))
    await site.start()
    _announce(arguments, runner.addresses[0][1], start)
    try:
        await _until_stopped(parent if arguments.exit_with_parent else None)
    finally:
        saver.note_end()
        _end_hanging_answers()
        await runner.cleanup()


def _end_hanging_answers() -> None:
    for task in asyncio.all_tasks() - {asyncio.current_task()}:
        task.cancel()


class StateSaver:
    """Saves the state shortly after a change; changes in quick succession are saved together.

    Args:
        path: the file, None to save nothing.
    """

    def __init__(self, service: Service, path: Path | None) -> None:
        self._service = service
        self._path = path
        self._pending: asyncio.TimerHandle | None = None
        self._wait = SAVE_SECONDS

    def note_change(self) -> None:
        """Schedule saving the state."""
        if self._path and self._pending is None:
            self._pending = asyncio.get_running_loop().call_later(self._wait, self._save_later)

    def note_end(self) -> None:
        """Save unsaved changes now."""
        if self._pending:
            self._pending.cancel()
            self._save_later()

    def save_now(self) -> None:
        """Save the state.

        Raises:
            OSError: it cannot be written.
        """
        if self._path:
            started = time.monotonic()
            save(self._service, self._path)
            self._wait = max(SAVE_SECONDS, SAVE_SHARE * (time.monotonic() - started))

    def _save_later(self) -> None:
        self._pending = None
        try:
            self.save_now()
        except OSError as exc:
            print(f"The state cannot be saved: {exc}", file=sys.stderr)


def _tls(arguments: argparse.Namespace) -> ssl.SSLContext | None:
    if not arguments.tls_cert:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(arguments.tls_cert, arguments.tls_key)
    except OSError as exc:
        raise InvalidInputError(f"--tls-cert {arguments.tls_cert}, --tls-key {arguments.tls_key}: {exc}") from None
    return context


def _announce(arguments: argparse.Namespace, port: int, start: Start) -> None:
    host = f"[{arguments.host}]" if ":" in arguments.host else arguments.host
    scheme = "https" if arguments.tls_cert else "http"
    if arguments.port_file:
        draft = arguments.port_file.with_name(f".{arguments.port_file.name}.new")
        draft.write_text(f"{port}\n")
        draft.replace(arguments.port_file)
    print(f"BlackBox emulator listening on {scheme}://{host}:{port} (key: {next(iter(start.keys))})", flush=True)
    if not arguments.quiet and sys.stdout.isatty():
        print("Stop it with Ctrl+C.", flush=True)


async def _until_stopped(parent: int | None) -> None:
    """Wait for a signal or, if the parent process is given, for its end."""
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        with contextlib.suppress(NotImplementedError):
            asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    while not stopped.is_set():
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(stopped.wait(), 0.5)
        if parent not in (None, os.getppid()):
            stopped.set()
