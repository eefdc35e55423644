# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One emulator for the test process, as new for each test."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from emulator.client import Emulator
from unit.harness import NUMBER_ID, SEED, TRUNK, Door, run_module

CHECKOUT = Path(__file__).parents[2]
NOT_QUICK = ("slow", "not_quick", "action_door")
ENVIRONMENT = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NETRC")


@pytest.fixture(scope="session")
def empty_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, empty_home: Path) -> None:
    """Keep the developer's proxies, bundles, keys and ~/.netrc out of the tests."""
    for name in ENVIRONMENT:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    for name in ("KEY", "URL", "TIMEOUT", "RETRIES", "RETRY_MAX_DELAY"):
        monkeypatch.delenv(f"BLACKBOX_API_{name}", raising=False)
    monkeypatch.setenv("HOME", str(empty_home))


@pytest.fixture(scope="session")
def emulator_process() -> Iterator[Emulator]:
    with Emulator.start("--exit-with-parent", "--quiet") as emulator:
        yield emulator


@pytest.fixture(scope="session")
def collections(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder where the collection was installed from its tarball."""
    folder = tmp_path_factory.mktemp("collections")
    galaxy = [sys.executable, "-m", "ansible", "galaxy", "collection"]
    subprocess.run([*galaxy, "build", "--output-path", folder, CHECKOUT], check=True, stdout=subprocess.DEVNULL)
    (tarball,) = folder.glob("*.tar.gz")
    # By force: the checkout is among the collections that ansible-galaxy finds, which would do otherwise.
    install = [*galaxy, "install", "--force", "--offline", "-p", folder, tarball]
    subprocess.run(install, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return folder


@pytest.fixture
def emulator(emulator_process: Emulator) -> Emulator:
    """An emulator with two trunks, two agents and no numbers."""
    emulator_process.reset(seed=SEED)
    return emulator_process


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--thorough", action="store_true", help="run tests that are marked as thorough, too")
    parser.addoption("--both-doors", action="store_true", help="run every test of a door through both")
    parser.addoption("--quick", action="store_true", help="only quick tests, with a few of their parameters")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what takes long and rarely finds what others do not."""
    is_quick = config.getoption("quick")
    left_out = (() if config.getoption("thorough") else ("thorough",)) + (NOT_QUICK if is_quick else ())
    kept = [item for item in items if not any(map(item.get_closest_marker, left_out))]
    if is_quick:
        kept = few_of_each(kept)
    config.hook.pytest_deselected(items=list(set(items).difference(kept)))
    items[:] = kept


def few_of_each(items: list[pytest.Item]) -> list[pytest.Item]:
    """Return the tests that have no parameters, and of every other one the first, the middle and the last case."""
    cases: dict[str, list[pytest.Item]] = {}
    for item in items:
        cases.setdefault(item.nodeid.partition("[")[0], []).append(item)
    few = ({0, len(same) // 2, len(same) - 1} for same in cases.values())
    return [same[place] for same, places in zip(cases.values(), few, strict=True) for place in sorted(places)]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run what uses a door as a module, and as an action plugin too where that is the point."""
    if "door" not in metafunc.fixturenames:
        return
    action = pytest.param("action", marks=pytest.mark.action_door)
    is_both = metafunc.config.getoption("both_doors") or metafunc.definition.get_closest_marker("both_doors")
    metafunc.parametrize("door", ["module", *([action] if is_both else [])], indirect=True)


@pytest.fixture
def door(request: pytest.FixtureRequest) -> Door:
    """Run an operation, as a module or as an action plugin; see `run_module`."""
    if request.param == "module":
        return run_module
    # Loading the code of the controller takes longer than many a test.
    from unit.action_harness import run_action  # noqa: PLC0415

    return run_action


@pytest.fixture
def run(emulator: Emulator, door: Door) -> Callable[..., dict[str, Any]]:
    """Run an operation against the emulator, with short waits between attempts."""

    def run(module: str, /, check: bool = False, verbosity: int = 0, **options: Any) -> dict[str, Any]:
        connection = {"api_key": emulator.key, "api_url": emulator.url, "api_retry_max_delay": 0.05}
        return door(module, {**connection, **options}, check=check, verbosity=verbosity)

    return run


@pytest.fixture
def ensure(run: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    """Run sip_phone_number for one number on one trunk."""

    def ensure(check: bool = False, **options: Any) -> dict[str, Any]:
        named = {} if "id" in options else {"phone_number": "+15551234567", "credentials_id": TRUNK}
        return run("sip_phone_number", check=check, **{**named, **options})

    return ensure


@pytest.fixture
def number(emulator: Emulator) -> dict[str, Any]:
    """Seed one number with every field filled, and return it."""
    seeded = {
        "id": NUMBER_ID,
        "phoneNumber": "+15551234567",
        "credentialsId": TRUNK,
        "displayName": "Line",
        "description": "Text",
        "registration": False,
        "incomingCallsAgentId": "agent-1",
    }
    emulator.seed({"phone_numbers": [seeded]})
    return seeded
