# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How info modules write their result to a file, apart from what it holds."""

from __future__ import annotations


class ModuleDocFragment:
    """Documentation of the options beside `dest`."""

    DOCUMENTATION = r"""
options:
  force:
    description: Whether an existing file at O(dest) is replaced. If V(false), it is left alone.
    type: bool
    default: true
  mode:
    description:
      - Permissions of the file at O(dest), as a quoted octal number such as V("0644").
      - If omitted or null, an existing file keeps its permissions, and a new one gets those that the umask allows.
    type: str
"""
