# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A lock among the processes of one user on one machine, for what the API itself does not keep unique."""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
import tempfile
from collections.abc import Callable, Iterator

try:
    import fcntl
except ImportError:
    HAS_LOCKS = False
else:
    HAS_LOCKS = True

POLL_INTERVAL = 0.1


@contextlib.contextmanager
def host_lock(name: str, pause: Callable[[float], None], timeout: float) -> Iterator[None]:
    """Hold a lock while the context lasts. Without a place for it, or if it is not free in time, go on without it.

    It keeps several hosts of a play, which often run on the same control node, from doing the same thing at once.

    Args:
        name: what is locked; only a hash of it is stored.
        pause: waits so many seconds; it may raise to give up.
        timeout: how long to wait for the lock, in seconds.
    """
    file = _open(name) if HAS_LOCKS else None
    if file is None:
        yield
        return
    try:
        waited = 0.0
        while not _try_lock(file) and waited < timeout:
            pause(POLL_INTERVAL)
            waited += POLL_INTERVAL
        yield
    finally:
        # Closing it also unlocks it. The file stays: to remove it would let two others lock two files of one name.
        os.close(file)


def _open(name: str) -> int | None:
    folder = os.path.join(tempfile.gettempdir(), f"dasha-blackbox-{os.getuid()}")
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:32]
    try:
        os.makedirs(folder, 0o700, exist_ok=True)
        found = os.lstat(folder)
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
            return None
        return os.open(os.path.join(folder, digest), os.O_CREAT | os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except OSError:
        return None


def _try_lock(file: int) -> bool:
    """Return whether nobody else holds the lock, which is ours then, as far as there are locks."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        # Such as ENOLCK: the file system has no locks. To wait would not change that.
        return True
    return True
