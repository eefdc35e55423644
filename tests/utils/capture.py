# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run the first playbook of the README against an emulator, and draw what a terminal shows: `make picture`."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import DIMMED_MONOKAI
from rich.text import Text

CHECKOUT = Path(__file__).absolute().parents[2]
sys.path.insert(0, str(CHECKOUT / "tests"))

from emulator.client import Emulator  # noqa: E402
from unit.guides import read_guide  # noqa: E402

COLUMNS = 118
SEED = {
    "credentials": [
        {"id": "3fa85f64-5717-4562-b3fc-2c963f66afa6", "server": "sip.example.com", "authUser": "blackbox"}
    ],
    "agents": [{"id": "agent-support", "name": "Support"}],
}
# The terminal's own frame and font, and nothing fetched from elsewhere.
DRAWING = """<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<title>ansible-playbook: a preview with its diff, the run, and a second run that changes nothing</title>
<style>
.{unique_id}-matrix {{ font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace;
  font-size: {char_height}px; line-height: {line_height}px; font-variant-east-asian: full-width; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" />
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


def run(command: str, folder: Path, emulator: Emulator) -> str:
    """Return what the command prints on a terminal with colours, without blank lines."""
    environment = {
        **os.environ,
        "BLACKBOX_API_URL": emulator.url,
        "BLACKBOX_API_KEY": emulator.key,
        "ANSIBLE_FORCE_COLOR": "1",
        "ANSIBLE_CALLBACK_RESULT_FORMAT": "yaml",
        "ANSIBLE_LOCALHOST_WARNING": "0",
        "ANSIBLE_INVENTORY_UNPARSED_WARNING": "0",
    }
    done = subprocess.run(command.split(), cwd=folder, env=environment, check=True, capture_output=True, text=True)
    return "\n".join(line.rstrip() for line in done.stdout.splitlines() if Text.from_ansi(line).plain.strip())


def main() -> None:
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True)
    steps = [step for step in read_guide(CHECKOUT / "README.md") if step.kind == "runnable"]
    with Emulator.start("--exit-with-parent", "--quiet") as emulator, tempfile.TemporaryDirectory() as folder:
        emulator.seed(SEED)
        for step in steps:
            kind, _blank, name = step.words.partition(" ")
            if kind == "file":
                Path(folder, name).write_text(step.text)
                continue
            for command in step.text.splitlines():
                console.print(Text(f"$ {command}", style="bold"))
                console.print(Text.from_ansi(run(command, Path(folder), emulator)), end="\n\n")
    console.save_svg(
        sys.argv[1], title="ansible-playbook", theme=DIMMED_MONOKAI, code_format=DRAWING, unique_id="first-run"
    )


if __name__ == "__main__":
    main()
