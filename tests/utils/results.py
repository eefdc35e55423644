# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Count what the tests' JUnit files say."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Tally:
    """Numbers of tests."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(self.passed + other.passed, self.failed + other.failed, self.skipped + other.skipped)

    def __str__(self) -> str:
        shown = f"{self.passed} passed, {self.failed} failed"
        return f"{shown}, {self.skipped} skipped" if self.skipped else shown


def tally_file(path: Path) -> Tally:
    try:
        return sum(map(_tally_case, ET.parse(path).iter("testcase")), Tally())
    except ET.ParseError:
        # Its tests were killed while they wrote it.
        return Tally(failed=1)


def tally_folder(folder: Path) -> Tally:
    return sum(map(tally_file, sorted(folder.rglob("*.xml"))), Tally())


def _tally_case(case: ET.Element) -> Tally:
    outcomes = {child.tag for child in case}
    if outcomes & {"failure", "error"}:
        return Tally(failed=1)
    return Tally(skipped=1) if "skipped" in outcomes else Tally(passed=1)


def write_results(path: Path, outcomes: Iterable[tuple[str, str]]) -> None:
    """Write a JUnit file for tests that no test runner ran; an outcome is passed, failure or skipped."""
    suite = ET.Element("testsuite", name=path.stem)
    for name, outcome in outcomes:
        case = ET.SubElement(suite, "testcase", name=name)
        if outcome != "passed":
            ET.SubElement(case, outcome)
    path.parent.mkdir(parents=True, exist_ok=True)
    ET.ElementTree(suite).write(path, encoding="utf-8", xml_declaration=True)
