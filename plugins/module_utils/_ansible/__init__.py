# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Between Ansible and the rest: options in, results and errors out.

A module is a process that mostly starts, and collecting garbage while its code is loaded takes 4 % of the whole.
`run` switches the collector on again.
"""

import gc

gc.disable()
