# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The attributes that all modules share."""

from __future__ import annotations


class ModuleDocFragment:
    """Documentation of what the modules support."""

    DOCUMENTATION = r"""
options: {}
attributes:
  action_group:
    description: Use C(group/dasha.blackbox.all) in C(module_defaults) to set defaults for all modules at once.
    support: full
    membership:
      - dasha.blackbox.all
"""

    WRITES = r"""
options: {}
attributes:
  check_mode:
    description: Sends no write request, and returns the same RV(ignore:changed) and RV(ignore:diff) as the real run.
    support: full
  diff_mode:
    description: Returns the managed fields before and after the task.
    support: full
"""

    READS = r"""
options: {}
attributes:
  check_mode:
    description: Only sends read requests, with and without check mode.
    support: full
  diff_mode:
    description: Changes nothing, so there is no diff.
    support: N/A
"""

    EXPORTS = r"""
options: {}
attributes:
  check_mode:
    description:
      - Only sends read requests. In check mode, no file is written, and RV(ignore:changed) says whether it would be.
    support: full
  diff_mode:
    description: Returns the content of the file before and after the task, if O(ignore:dest) is set.
    support: full
"""
