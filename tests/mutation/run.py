# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plants faults in the code, one at a time, and asks the tests to notice: `make mutation`.

Each fault of `faults.yml` is planted in a copy of the plugins, which the unit and wire tests then run against. A fault
that they do not notice survives: a test is missing, or the fault changes nothing that a user could notice, and then
`harmless` in `faults.yml` says why.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import yaml

ROOT = Path(__file__).parents[2]
PLUGINS = ROOT / "plugins"
FAULTS = Path(__file__).with_name("faults.yml")
TESTS = [f"tests/unit/{folder}" for folder in ("planning", "resources", "transport", "wire")]
SECONDS = 300


class Fault(NamedTuple):
    """One fault.

    Attributes:
        file: below plugins/module_utils.
        was, becomes: the text that is replaced; `was` occurs exactly once.
        harmless: why no test can notice, or empty.
    """

    file: str
    was: str
    becomes: str
    harmless: str = ""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="only faults whose file or text contains this")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    arguments = parser.parse_args()
    faults = [fault for fault in read_faults() if arguments.only in " ".join(fault)]
    with tempfile.TemporaryDirectory() as folder:
        sound = run_tests(Path(folder))
    if sound is None or sound.returncode:
        sys.exit("The tests fail before any fault is planted; make them pass first.")
    with ThreadPoolExecutor(arguments.workers) as pool:
        noticed = list(pool.map(notice, faults))
    survivors = [fault for fault, seen in zip(faults, noticed, strict=True) if not seen and not fault.harmless]
    for fault in survivors:
        print(f"survived: {fault.file}: {fault.was!r} -> {fault.becomes!r}")
    print(f"{len(faults)} faults planted, {sum(noticed)} noticed, {len(survivors)} survived without a reason")
    sys.exit(1 if survivors else 0)


def read_faults() -> list[Fault]:
    """Return the faults of faults.yml; one whose text is not in its file exactly once ends the run."""
    faults = [Fault(file, **fault) for file, listed in yaml.safe_load(FAULTS.read_text()).items() for fault in listed]
    for fault in faults:
        if (PLUGINS / "module_utils" / fault.file).read_text().count(fault.was) != 1:
            sys.exit(f"{fault.file} does not hold this text exactly once: {fault.was!r}")
    return faults


def notice(fault: Fault) -> bool:
    """Return whether any test fails with the fault planted."""
    with tempfile.TemporaryDirectory() as folder:
        plant(fault, Path(folder) / "ansible_collections" / "dasha" / "blackbox" / "plugins")
        process = run_tests(Path(folder))
    seen = process is None or process.returncode != 0
    print(f"{'noticed' if seen else 'NOT NOTICED'}: {fault.file}: {fault.was!r} -> {fault.becomes!r}", flush=True)
    return seen


def plant(fault: Fault, copy: Path) -> None:
    shutil.copytree(PLUGINS, copy)
    file = copy / "module_utils" / fault.file
    planted = file.read_text().replace(fault.was, fault.becomes)
    compile(planted, fault.file, "exec")
    file.write_text(planted)


def run_tests(folder: Path) -> subprocess.CompletedProcess[bytes] | None:
    """Run the tests on the copy in `folder`; None where they did not come to an end."""
    quick = ["-m", "not slow", "-o", f"cache_dir={folder / '.cache'}"]
    command = [sys.executable, "-m", "pytest", "-q", "-x", *quick, *TESTS]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")])}
    try:
        return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return None


if __name__ == "__main__":
    main()
