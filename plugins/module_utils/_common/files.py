# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Write a file so that others find the old one or the new one, and nothing between."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile

NEW_FILE_MODE = 0o666


def default_mode() -> int:
    """Return the permissions that this process gives to new files."""
    umask = os.umask(0)
    os.umask(umask)
    return NEW_FILE_MODE & ~umask


def current_mode(path: str) -> int | None:
    """Return the permissions of a file, None if there is none."""
    try:
        return stat.S_IMODE(os.stat(path).st_mode)
    except FileNotFoundError:
        return None


def write_atomically(path: str, data: bytes, mode: int) -> None:
    """Write a file with these permissions, and keep the owner of an existing one if the system allows it.

    Raises:
        OSError: it could not be written; an existing file is as it was.
    """
    folder = os.path.dirname(path) or os.curdir
    handle, temporary = tempfile.mkstemp(prefix=".blackbox-", dir=folder)
    try:
        with open(handle, "wb") as file:
            file.write(data)
            _keep_owner(path, file.fileno())
            os.fchmod(file.fileno(), mode)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise
    _sync_folder(folder)


def _keep_owner(path: str, handle: int) -> None:
    with contextlib.suppress(FileNotFoundError, PermissionError):
        existing, new = os.stat(path), os.fstat(handle)
        if (existing.st_uid, existing.st_gid) != (new.st_uid, new.st_gid):
            os.fchown(handle, existing.st_uid, existing.st_gid)


def _sync_folder(folder: str) -> None:
    # Not every file system can; the file itself is complete then as well.
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
