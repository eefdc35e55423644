# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run M(dasha.blackbox.sip_phone_numbers) inside ansible-playbook if the module would run there anyway."""

from __future__ import annotations

from ansible_collections.dasha.blackbox.plugins.module_utils._operations.sip_phone_numbers import SPEC
from ansible_collections.dasha.blackbox.plugins.plugin_utils._fleet_action import FleetAction


class ActionModule(FleetAction):
    """The action plugin of the module."""

    spec = SPEC
