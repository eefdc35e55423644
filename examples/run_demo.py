# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run demo.yml against an emulator of the service or, with BLACKBOX_API_KEY set, against the service itself."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

EXAMPLES = Path(__file__).absolute().parent
sys.path.insert(0, str(EXAMPLES.parent / "tests"))

from emulator.client import Emulator  # noqa: E402

TRUNK = "11111111-1111-4111-8111-111111111111"
NEEDED = {
    "BLACKBOX_CREDENTIALS_ID": "the id of the SIP credentials (the trunk) for the phone number",
    "BLACKBOX_PHONE_NUMBER": "a phone number that the demo may create, change and DELETE",
}


@contextmanager
def emulated_service() -> Iterator[dict[str, str]]:
    """Start an emulator; yield the environment variables of its address, its key and its trunk."""
    with Emulator.start("--exit-with-parent", "--seed", str(EXAMPLES / "demo-seed.yml")) as emulator:
        print(f"The emulator of the API listens on {emulator.url}\n", flush=True)
        yield {
            "BLACKBOX_API_URL": emulator.url,
            "BLACKBOX_API_KEY": emulator.key,
            "BLACKBOX_CREDENTIALS_ID": TRUNK,
            "BLACKBOX_PHONE_NUMBER": "+15551234567",
        }


@contextmanager
def real_service() -> Iterator[dict[str, str]]:
    """Check that the environment variables are set, and print what the demo will do."""
    missing = [f"  {name}: {meaning}" for name, meaning in NEEDED.items() if not os.environ.get(name)]
    if missing:
        sys.exit("\n".join(["BLACKBOX_API_KEY is set, so the demo would use your account. Also set:", *missing]))
    url = os.environ.get("BLACKBOX_API_URL") or "https://blackbox.dasha.ai"
    print(f"On {url}, this creates, changes and deletes {os.environ['BLACKBOX_PHONE_NUMBER']}.\n", flush=True)
    yield {}


def run_playbook(variables: dict[str, str], interpreter: str | None) -> int:
    command = [sys.executable, "-m", "ansible", "playbook", "-i", "localhost,", str(EXAMPLES / "demo.yml")]
    if interpreter:
        command += ["-e", f"ansible_python_interpreter={interpreter}"]
    settings = {"ANSIBLE_CALLBACK_RESULT_FORMAT": "yaml", "ANSIBLE_NOCOWS": "1"}
    return subprocess.run(command, check=False, env={**os.environ, **settings, **variables}).returncode


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--interpreter", help="the Python that runs the modules, if not the one that runs Ansible")
    options = parser.parse_args()
    service = real_service if os.environ.get("BLACKBOX_API_KEY") else emulated_service
    with service() as variables:
        return run_playbook(variables, options.interpreter)


if __name__ == "__main__":
    sys.exit(main())
