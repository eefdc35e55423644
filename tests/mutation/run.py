# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plants faults in the code, one at a time, and asks the tests to notice: `make mutation`.

The faults are those of the operators of cosmic-ray. A sample of them, drawn at random, is planted in copies of the
plugins, which the quick unit tests then run against, the quick wire tests if those notice nothing, and all others
after them. Those that are left out of `make test` come last, and what only they notice is counted apart. A fault that
survives means that a test is missing, or that it changes nothing a user could notice; a reader has to tell which.
"""

from __future__ import annotations

import argparse
import difflib
import os
import random
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

from cosmic_ray.ast import get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator, operator_names

ROOT = Path(__file__).parents[2]
PLUGINS = ROOT / "plugins"
CODE = PLUGINS / "module_utils"
TARGETS = ("_planning/*.py", "_applying/*.py", "_reading/*.py", "_resources/*.py", "_operations/*.py")
TARGETS += ("_transport/client.py", "_transport/retry.py", "_transport/throttle.py")
OPPOSITES = ("Eq_NotEq", "NotEq_Eq", "Lt_LtE", "LtE_Lt", "Gt_GtE", "GtE_Gt", "Is_IsNot", "IsNot_Is")
OPERATORS = (
    *(f"core/ReplaceComparisonOperator_{pair}" for pair in OPPOSITES),
    *(f"core/ReplaceBinaryOperator_{pair}" for pair in ("Add_Sub", "Sub_Add", "Mul_Div", "Div_Mul")),
    *(f"core/{name}" for name in ("AddNot", "ReplaceAndWithOr", "ReplaceOrWithAnd", "ReplaceUnaryOperator_Delete_Not")),
    *(f"core/Replace{name}" for name in ("TrueWithFalse", "FalseWithTrue", "ContinueWithBreak", "BreakWithContinue")),
    *(f"core/{name}" for name in ("NumberReplacer", "ZeroIterationForLoop", "ExceptionReplacer")),
)
UNIT = ("planning", "resources", "reading", "applying", "operations", "running", "transport", "files")
OWN = ("dest", "audit", "adoption")
WIRE = ("one_number", "many_numbers", "credentials", "trunks", "list_numbers", "races", "registration", "agents")
WIRE += ("plan", "pairs", "input", "ways_of_working", "twilio_provider", "twilio_phone_numbers", "retries")
UNIT_TESTS = (*(f"tests/unit/{name}" for name in UNIT), *(f"tests/unit/test_{name}.py" for name in OWN))
WIRE_TESTS = tuple(f"tests/unit/wire/test_{name}.py" for name in WIRE)
STEPS = (
    (("--quick",), UNIT_TESTS),
    (("--quick",), WIRE_TESTS),
    (("-m", "not action_door"), UNIT_TESTS + WIRE_TESTS),
)
LAST_STEP = (("--thorough", "-m", "thorough and not action_door"), WIRE_TESTS)
SECONDS = 900
MIN_NOTICED = 0.8
NOTICED, LATE, NEVER = "noticed", "noticed by thorough tests only", "NOT NOTICED"


class Fault(NamedTuple):
    """One fault.

    Attributes:
        file: that it is planted in.
        operator: name of what makes it.
        occurrence: the place in the file, as the operator counts them.
    """

    file: Path
    operator: str
    occurrence: int

    def planted(self) -> str:
        """Return the code of the file with the fault."""
        code: str = mutate_code(self.file.read_text(), get_operator(self.operator)(), self.occurrence)
        return code

    def describe(self) -> str:
        """Return the fault as a diff without context."""
        before, after = self.file.read_text().splitlines(), self.planted().splitlines()
        lines = list(difflib.unified_diff(before, after, lineterm="", n=0))[2:]
        return "\n".join([f"{self.file.relative_to(CODE)}: {self.operator}", *(f"  {line}" for line in lines)])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="only files whose path contains this")
    parser.add_argument("--faults", type=int, default=100, help="how many faults are drawn; 0 for all")
    parser.add_argument("--seed", type=int, default=1, help="another seed draws other faults")
    parser.add_argument("--minutes", type=float, default=50, help="no fault is planted after so many minutes")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    arguments = parser.parse_args()
    check_tests()
    faults = draw(arguments.only, arguments.faults, arguments.seed)
    deadline = time.monotonic() + 60 * arguments.minutes
    with ThreadPoolExecutor(arguments.workers) as pool:
        seen = list(pool.map(lambda fault: notice(fault) if time.monotonic() < deadline else None, faults))
    tried = [step for step in seen if step is not None]
    late, never = tried.count(LATE), tried.count(NEVER)
    noticed = len(tried) - late - never
    print(f"{len(faults)} faults drawn, {len(tried)} planted, {noticed} noticed, {late} more by thorough tests")
    sys.exit(0 if tried and noticed >= MIN_NOTICED * len(tried) else 1)


def check_tests() -> None:
    """End the run if the tests fail without a fault, or pass without the code: then they do not test the copy."""
    with tempfile.TemporaryDirectory() as folder:
        copy_plugins(folder)
        for selection, tests in (*STEPS, LAST_STEP):
            if fails(Path(folder), selection, tests):
                failing = f"pytest {shlex.join(selection)} {' '.join(tests)}"
                sys.exit(f"The tests fail before any fault is planted; make them pass first: {failing}")
        for file in (copy_in(folder) / "module_utils" / "_planning").glob("*.py"):
            file.write_text("raise RuntimeError('planted')\n")
        if not all(fails(Path(folder), *step) for step in STEPS):
            sys.exit("The tests do not run against the copy of the plugins.")


def draw(only: str, count: int, seed: int) -> list[Fault]:
    """Return so many faults at random, the same ones for the same seed and code."""
    files = [file for pattern in TARGETS for file in sorted(CODE.glob(pattern)) if only in str(file.relative_to(CODE))]
    faults = [fault for file in files for fault in all_faults(file)]
    return random.Random(seed).sample(faults, min(count, len(faults)) if count else len(faults))


def all_faults(file: Path) -> Iterator[Fault]:
    """Yield every fault that the operators make in a file."""
    nodes = list(walk(get_ast(file.read_text())))
    for name in sorted(set(OPERATORS).intersection(operator_names())):
        operator = get_operator(name)()
        places = sum(1 for node in nodes for _place in operator.mutation_positions(node))
        yield from (Fault(file, name, occurrence) for occurrence in range(places))


def walk(node: Any) -> Iterator[Any]:
    yield node
    for child in getattr(node, "children", ()):
        yield from walk(child)


def notice(fault: Fault) -> str:
    """Return which tests fail with the fault planted."""
    with tempfile.TemporaryDirectory() as folder:
        copy_plugins(folder)
        (copy_in(folder) / fault.file.relative_to(PLUGINS)).write_text(fault.planted())
        if any(fails(Path(folder), *step) for step in STEPS):
            when = NOTICED
        else:
            when = LATE if fails(Path(folder), *LAST_STEP) else NEVER
    print(when, fault.describe(), flush=True)
    return when


def copy_plugins(folder: str) -> None:
    """Copy the plugins to where the tests find them instead of those of the checkout."""
    shutil.copytree(PLUGINS, copy_in(folder))
    # Namespace packages would be found in both places, which the loader of ansible-core refuses.
    for package in copy_in(folder).parents[1:3]:
        (package / "__init__.py").touch()
    for name in ("meta", "roles"):
        (copy_in(folder).parent / name).symlink_to(ROOT / name)


def copy_in(folder: str) -> Path:
    """Return where the copy of the plugins is."""
    return Path(folder) / "ansible_collections" / "dasha" / "blackbox" / "plugins"


def fails(folder: Path, selection: tuple[str, ...], tests: tuple[str, ...]) -> bool:
    """Whether a test fails on the copy in `folder`, or does not come to an end."""
    options = ["-q", "-x", *selection, "-o", f"cache_dir={folder / '.cache'}"]
    command = [sys.executable, "-m", "pytest", *options, *tests]
    search = os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")])
    environment = {**os.environ, "PYTHONPATH": search, "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return True
    return done.returncode != 0


if __name__ == "__main__":
    main()
