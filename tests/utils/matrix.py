# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run the quick unit tests, the demo and the integration targets on the supported versions of ansible-core and Python.

The oldest version, one in the middle with those of direct execution, and the newest; with --all these on each supported
one and on the next one before its release, with ansible-test sanity, and the versions of ansible-core and
ansible-lint that certification uses. A version whose Python is not on this machine is skipped, and said to be. In the
development environment, which the stages `units` and `integration` use, only the thorough tests are run.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

from pythons import find_python
from results import tally_file, tally_folder, write_results

CHECKOUT = Path(__file__).absolute().parents[2]
ENVIRONMENTS = CHECKOUT / ".build/matrix"
TARGETS = CHECKOUT / "tests/integration/targets"
COLLECTION = CHECKOUT / ".build/ansible_collections/dasha/blackbox"
WRAPPED_PYTHONS = CHECKOUT / ".build/pythons"
UNIT_TESTS = CHECKOUT / "tests/unit/requirements.txt"
EMULATOR = CHECKOUT / "tests/emulator/requirements.txt"
# By the name of an environment, the names and the outcomes of what was run in it.
Outcomes = dict[str, list[tuple[str, str]]]
OLDEST_REQUESTS = ("requests==2.25.0", "urllib3==1.26.20")
OLDEST_NUMBERS = "phonenumbers==8.12.57"
NEWEST = ("requests", "phonenumbers")

QUICK = "not slow or every_core"
DIRECT = "(action_door and not slow) or every_core"
THOROUGH = "thorough or action_door"


class Runtime(NamedTuple):
    """An environment to make, with the Pythons that suit it, the best first."""

    name: str
    pythons: tuple[str, ...]
    packages: tuple[str, ...]
    is_controller: bool = True
    selection: str = QUICK
    skipped_sanity: tuple[str, ...] = ()

    @property
    def files(self) -> tuple[Path, ...]:
        return (UNIT_TESTS, EMULATOR) if self.is_controller else ()

    @property
    def wish(self) -> str:
        """Everything that makes the environment what it is."""
        return "\n".join([str(CHECKOUT), *self.packages, *(file.read_text("utf-8") for file in self.files)])


RUNTIMES = (
    Runtime("core-2.16", ("3.10", "3.11", "3.12"), ("ansible-core==2.16.19", *OLDEST_REQUESTS, OLDEST_NUMBERS)),
    Runtime("core-2.19", ("3.11", "3.12", "3.13"), ("ansible-core==2.19.14", *NEWEST), selection=DIRECT),
    Runtime("core-2.21", ("3.12", "3.13"), ("ansible-core==2.21.5", *NEWEST)),
    # Where modules run there need be no ansible-core: the one of the development environment sends them.
    Runtime("target-3.9", ("3.9",), OLDEST_REQUESTS, is_controller=False),
)

FURTHER_RUNTIMES = (
    Runtime("core-2.17", ("3.10", "3.11", "3.12"), ("ansible-core==2.17.14", *NEWEST)),
    Runtime("core-2.18", ("3.11", "3.12", "3.13"), ("ansible-core==2.18.19", *NEWEST)),
    Runtime("core-2.20", ("3.12", "3.13"), ("ansible-core==2.20.10", *NEWEST)),
    # Its pylint wants a library from a place that only ansible-core's own developers use.
    Runtime("core-2.22", ("3.13",), ("ansible-core==2.22.0rc1", *NEWEST), skipped_sanity=("pylint",)),
)

# What Red Hat's certification of collections runs.
CERTIFICATION = Runtime("certification", ("3.10", "3.11", "3.12"), ("ansible-core==2.16.0", "ansible-lint==24.12.2"))


def make_environment(runtime: Runtime, python: str) -> Path:
    """Return the Python of the environment, which is made where it is missing or not what is wished for."""
    folder = ENVIRONMENTS / runtime.name
    stamp, executable = folder / "wish", folder / "bin/python"
    wish = f"{python}\n{runtime.wish}"
    if not stamp.exists() or stamp.read_text("utf-8") != wish:
        print(f"Making the environment {runtime.name} with {python}: {', '.join(runtime.packages)}", flush=True)
        subprocess.run([python, "-m", "venv", "--clear", folder], check=True)
        pip = [str(executable), "-m", "pip", "install", "-qq", "--disable-pip-version-check", "--no-input"]
        files = [f"--requirement={file}" for file in runtime.files]
        subprocess.run([*pip, *runtime.packages, *files], check=True)
        link_checkout(folder)
        stamp.write_text(wish, "utf-8")
    return executable


def prepare(runtime: Runtime) -> tuple[Path | None, str]:
    """Return the Python of the environment, or None and why there is none: `skipped` or `failure`."""
    base = next(filter(None, map(find_python, runtime.pythons)), None)
    if not base:
        print(f"SKIPPED {runtime.name}: this machine has no Python {' or '.join(runtime.pythons)}", flush=True)
        return None, "skipped"
    try:
        return make_environment(runtime, base), ""
    except subprocess.CalledProcessError as exc:
        print(exc, flush=True)
        return None, "failure"


def link_checkout(environment: Path) -> None:
    """Put the checkout among the collections that this environment finds."""
    packages = next(environment.glob("lib/python3.*/site-packages"))
    namespace = packages / "ansible_collections/dasha"
    namespace.mkdir(parents=True)
    (namespace / "blackbox").symlink_to(CHECKOUT)


def integration_targets() -> Iterator[str]:
    for aliases in sorted(TARGETS.glob("*/aliases")):
        if "hidden" not in aliases.read_text("utf-8").split():
            yield aliases.parent.name


def playbooks(controller: Path, target: Path) -> Iterator[tuple[str, list[str]]]:
    """Yield names and commands: the demo, and each integration target, with modules run by the target Python."""
    yield "demo", [str(controller), "examples/run_demo.py", "--interpreter", str(target)]
    playbook = [str(controller), "-m", "ansible", "playbook", "-i", "localhost,", "tests/utils/run_target.yml"]
    for name in integration_targets():
        yield name, [*playbook, "-e", f"ansible_python_interpreter={target}", "-e", f"target={name}"]


def run(python: Path, command: list[str], *, quiet: bool = False) -> bool:
    """Run a command; a quiet one shows what it printed only where it fails."""
    shown = " ".join(command).replace(f"{CHECKOUT}/", "")
    print("+", shown, flush=True)
    environment = {
        **os.environ,
        "PATH": f"{python.parent}{os.pathsep}{os.environ['PATH']}",
        "ANSIBLE_ROLES_PATH": str(TARGETS),
    }
    done = subprocess.run(
        command, check=False, cwd=CHECKOUT, env=environment, capture_output=quiet, text=True, errors="replace"
    )
    if done.returncode and quiet:
        print(f"FAILED: {shown}", done.stdout, done.stderr, sep="\n", flush=True)
    return done.returncode == 0


def run_unit_tests(python: Path, junit: Path, selection: str, *further: str) -> Iterator[tuple[str, str]]:
    """Run unit and wire tests, which leave their own results; yield a failure that does not stand in them."""
    options = ["--quiet", "--numprocesses=auto", "--dist=worksteal", "--thorough", "-m", selection]
    options += ["--ignore=tests/unit/emulator", *further]
    ok = run(python, [str(python), "-m", "pytest", *options, f"--junit-xml={junit}"])
    if not ok and not (junit.exists() and tally_file(junit).failed):
        yield "unit tests", "failure"


def run_playbook(controller: Path, command: list[str]) -> str:
    return "passed" if run(controller, command, quiet=True) else "failure"


def run_sanity(runtime: Runtime, python: Path) -> str:
    """Return the outcome of ansible-test sanity on the built collection, with every supported Python of the machine."""
    if runtime.skipped_sanity:
        print(f"SKIPPED on {runtime.name}: sanity test {', '.join(runtime.skipped_sanity)}", flush=True)
    home = ENVIRONMENTS / f"{runtime.name}-home"
    seed = [str(python), str(CHECKOUT / "tests/utils/seed_home.py"), str(home), str(WRAPPED_PYTHONS)]
    if not run(python, seed, quiet=True):
        return "failure"
    skipped = [f"--skip-test={name}" for name in runtime.skipped_sanity]
    command = [str(python.parent / "ansible-test"), "sanity", "--local", *skipped]
    path = os.pathsep.join([str(python.parent), str(WRAPPED_PYTHONS), os.environ["PATH"]])
    environment = {**os.environ, "HOME": str(home), "PATH": path}
    print("+", *command[1:], flush=True)
    done = subprocess.run(
        command, check=False, cwd=COLLECTION, env=environment, capture_output=True, text=True, errors="replace"
    )
    if done.returncode:
        print(done.stdout, done.stderr, sep="\n")
    return "failure" if done.returncode else "passed"


def run_tests(runtime: Runtime, python: Path, results: Path, everything: bool) -> Iterator[tuple[str, str]]:
    """Yield the name and the outcome of each thing that uses all cores of the machine."""
    print(f"\n-- {runtime.name}: {', '.join(runtime.packages)}", flush=True)
    if everything:
        yield "sanity", run_sanity(runtime, python)
    yield from run_unit_tests(python, results / f"{runtime.name}-unit.xml", QUICK if everything else runtime.selection)


def run_matrix(runtimes: Sequence[Runtime], results: Path, outcomes: Outcomes, everything: bool) -> None:
    """Run what is to be run in each environment, and note its outcome."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        try:
            ready = []
            for runtime, (python, outcome) in zip(runtimes, pool.map(prepare, runtimes), strict=True):
                outcomes[runtime.name] = [("environment", outcome)] if outcome else []
                if python:
                    ready.append((runtime, python))
            for runtime, python in ready:
                if runtime.is_controller:
                    outcomes[runtime.name] += run_tests(runtime, python, results, everything)
            print("\n-- Playbooks, each on one core", flush=True)
            started = []
            for runtime, python in ready:
                controller = python if runtime.is_controller else Path(sys.executable)
                for name, command in playbooks(controller, python):
                    started.append((runtime, name, pool.submit(run_playbook, controller, command)))
            for runtime, name, done in started:
                outcomes[runtime.name].append((name, done.result()))
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def run_certification_lint() -> Iterator[tuple[str, str]]:
    """Yield the outcome of ansible-lint on the checkout, as certification runs it."""
    python, outcome = prepare(CERTIFICATION)
    if python is None:
        yield "ansible-lint", outcome
        return
    command = [str(python.parent / "ansible-lint"), "--offline", "--profile", "production"]
    yield "ansible-lint", "passed" if run(python, command, quiet=True) else "failure"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--results", type=lambda path: Path(path).absolute(), required=True, help="for JUnit files")
    parser.add_argument("--all", action="store_true", help="everything on every supported version")
    options = parser.parse_args()
    shutil.rmtree(options.results, ignore_errors=True)
    outcomes: Outcomes = {}
    try:
        print("\n-- Thorough tests", flush=True)
        junit = options.results / "thorough.xml"
        outcomes["thorough"] = list(run_unit_tests(Path(sys.executable), junit, THOROUGH, "--both-doors"))
        if options.all:
            run_matrix((*RUNTIMES, *FURTHER_RUNTIMES), options.results, outcomes, everything=True)
            outcomes[CERTIFICATION.name] = list(run_certification_lint())
        else:
            tested_elsewhere = f"ansible-core=={version('ansible-core')}"
            skipped = [runtime for runtime in RUNTIMES if tested_elsewhere in runtime.packages]
            for runtime in skipped:
                print(f"SKIPPED {runtime.name}: the stages units and integration have its ansible-core", flush=True)
                outcomes[runtime.name] = [("all", "skipped")]
            runtimes = [runtime for runtime in RUNTIMES if runtime not in skipped]
            run_matrix(runtimes, options.results, outcomes, everything=False)
    finally:
        for name, results in outcomes.items():
            write_results(options.results / f"{name}.xml", results)
    tally = tally_folder(options.results)
    print(f"\n{tally}")
    return 1 if tally.failed else 0


if __name__ == "__main__":
    sys.exit(main())
