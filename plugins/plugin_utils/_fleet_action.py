# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action plugins of fleets, which also read the option `phone_numbers_file` on the control node."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from typing import Any

from ansible.errors import AnsibleError

from ansible_collections.dasha.blackbox.plugins.module_utils._common.errors import InvalidOptionsError
from ansible_collections.dasha.blackbox.plugins.module_utils._operations._numbers_file import FILE, READING_OPTIONS
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.texts import require_string
from ansible_collections.dasha.blackbox.plugins.module_utils._running.labels import Labels
from ansible_collections.dasha.blackbox.plugins.plugin_utils._ansible_internals import read_decrypted
from ansible_collections.dasha.blackbox.plugins.plugin_utils._direct import DirectAction
from ansible_collections.dasha.blackbox.plugins.plugin_utils._numbers_file import prepare_reading
from ansible_collections.dasha.blackbox.plugins.plugin_utils._plain import NotPlainError, to_plain

# A million phone numbers with all their options need less.
MAX_SIZE = 1 << 30


class FleetAction(DirectAction):
    """An action plugin that reads a file with phone numbers."""

    def read_local(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Return the file's entries in place of its path."""
        if arguments.get(FILE) is None:
            return {}
        try:
            labels = Labels(to_plain(arguments.get("option_names")))
            path, columns, region = (to_plain(arguments.get(option)) for option in (FILE, *READING_OPTIONS))
        except NotPlainError as error:
            raise InvalidOptionsError(f"{FILE} cannot be read with a value of type {error}.") from error
        require_string(path, labels[FILE])
        try:
            read = prepare_reading(path, columns, region, labels)
        except AnsibleError as error:
            raise InvalidOptionsError(str(error)) from error
        return {FILE: read(self._read_file(path, labels[FILE])), **dict.fromkeys(READING_OPTIONS)}

    def _read_file(self, path: str, label: str) -> bytes:
        """Return what is in a file, which is looked up like `src` of `ansible.builtin.copy`.

        Raises:
            InvalidOptionsError: it cannot be read.
        """
        try:
            found = self._find_needle("files", path)
            status = os.stat(found)
            if not stat.S_ISREG(status.st_mode):
                kind = "directory" if stat.S_ISDIR(status.st_mode) else "device or a pipe"
                raise InvalidOptionsError(f"{label} {path!r:.200} is a {kind}, not a file.")
            if status.st_size > MAX_SIZE:
                raise InvalidOptionsError(f"{label} {path!r:.200} is larger than {MAX_SIZE >> 20:,} MiB.")
            return read_decrypted(self, found)
        except OSError as error:
            raise InvalidOptionsError(f"{label} {path!r:.200} cannot be read: {error.strerror}.") from error
        except AnsibleError as error:
            raise InvalidOptionsError(f"{label} {path!r:.200} cannot be read: {error.message}") from error
