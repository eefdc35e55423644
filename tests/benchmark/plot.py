# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Draws time over number of numbers: `plot.py docs/benchmark.json docs/benchmark.svg`.

The first file is what `run.py --json` writes. Needs matplotlib, which nothing else here does.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import files
import matplotlib as mpl
import million

mpl.use("svg")
# Text stays text and the ids stay the same, so that the file is small and a new one differs only where figures do.
mpl.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "benchmark", "font.family": "sans-serif"})

from matplotlib import pyplot  # noqa: E402 - once the output is chosen

LARGEST = 1_000_000
LICENSE = """<!-- Copyright (c) 2026, the dasha.blackbox contributors
GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
SPDX-License-Identifier: GPL-3.0-or-later -->
"""


def draw(result: dict[str, Any], file: Path) -> None:
    """Write the plot of a result to a file."""
    figure, axes = pyplot.subplots(figsize=(8, 5))
    _draw_loops(axes, result["loops"])
    _draw_creates(axes, result["creates"])
    _draw_measured(axes, result["unchanged"]["planned"], "sip_phone_numbers, check mode, all to be created")
    _draw_measured(axes, result["unchanged"]["unchanged"], "sip_phone_numbers, nothing to change")
    _draw_measured(axes, _from_files(result), "the same from a file, as a whole playbook")
    axes.set(xscale="log", yscale="log", xlabel="phone numbers", ylabel="seconds", xlim=(10, LARGEST * 1.2))
    axes.minorticks_off()
    axes.grid(True, alpha=0.3)
    axes.legend(loc="upper left", fontsize="small")
    figure.tight_layout()
    figure.savefig(file, metadata={"Date": None, "Creator": None})
    _shorten(file)


def _from_files(result: dict[str, Any]) -> dict[str, dict[str, float]]:
    """Return the figures of the benchmarks that read a file, by how many phone numbers it has."""
    found = result["files"]["figures"]
    largest = result["million"]["figures"][million.ALL]
    return {str(files.FEWER): found[files.SMALL], str(files.COUNT): found[files.NOW], str(million.COUNT): largest}


def _draw_loops(axes: Any, loops: dict[str, Any]) -> None:
    """Draw straight on from what one number more costs in a loop."""
    for name, style in (("ansible.builtin.uri", "--"), ("sip_phone_number", ":")):
        counts = [10, LARGEST]
        times = [loops["playbook"] + loops["each"][name] * count for count in counts]
        axes.plot(counts, times, style, label=f"loop of {name}, create (extrapolated from {loops['looped']})")


def _draw_creates(axes: Any, creates: dict[str, Any]) -> None:
    """Draw straight on from the start and the creates that were measured."""
    start, count = creates["nothing_to_do"], creates["count"]
    counts = [10, 100, count, 10_000, LARGEST]
    times = [start + (creates["module"] - start) * number / count for number in counts]
    label = f"sip_phone_numbers, create (extrapolated from {count:,})"
    axes.plot(counts, times, "-.", marker="o", markevery=[counts.index(count)], label=label)


def _draw_measured(axes: Any, figures: dict[str, dict[str, float]], label: str) -> None:
    counts = [int(count) for count in figures]
    axes.plot(counts, [figure["seconds"] for figure in figures.values()], marker="o", label=label)


def _shorten(file: Path) -> None:
    """Put the license in front, and drop the blanks at the ends of lines."""
    head, *lines = [line.rstrip() for line in file.read_text().splitlines()]
    file.write_text("\n".join([head, LICENSE.rstrip(), *lines, ""]))


if __name__ == "__main__":
    draw(json.loads(Path(sys.argv[1]).read_text()), Path(sys.argv[2]))
