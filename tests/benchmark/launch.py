# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs a command, its output into a file, and prints its exit status, its seconds and the most memory it held.

A process of its own, and a small one, because the system charges a process with the memory of the one that started it.
"""

import json
import os
import sys
import time


def main() -> None:
    output, *command = sys.argv[1:]
    opened = [(os.POSIX_SPAWN_OPEN, 1, output, os.O_WRONLY, 0), (os.POSIX_SPAWN_DUP2, 1, 2)]
    start = time.perf_counter()
    pid = os.posix_spawn(command[0], command, os.environ, file_actions=opened)
    _pid, status, usage = os.wait4(pid, 0)
    seconds = time.perf_counter() - start
    # Linux counts in kB, macOS in bytes.
    megabytes = usage.ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)
    print(json.dumps([os.waitstatus_to_exitcode(status), seconds, megabytes]))


if __name__ == "__main__":
    main()
