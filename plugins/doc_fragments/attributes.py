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
    description: Use C(group/dasha.blackbox.all) in C(module_defaults) to set defaults for this module.
    support: full
    membership:
      - dasha.blackbox.all
"""

    WRITES = r"""
options: {}
attributes:
  check_mode:
    description: Makes no write and answers as the real run would, RV(ignore:changed) and RV(ignore:diff) included.
    support: full
  diff_mode:
    description: Returns what the managed fields were and what they are to be.
    support: full
"""

    READS = r"""
options: {}
attributes:
  check_mode:
    description: Only reads, in check mode as well.
    support: full
  diff_mode:
    description: Changes nothing, so there is no difference to show.
    support: N/A
"""
