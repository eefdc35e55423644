# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter by which the role `provision` checks its variables before the first request."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.dasha.blackbox.plugins.plugin_utils._provision import setting_errors, trunk_errors

DOCUMENTATION = r"""
name: provision_errors
short_description: Return the errors in the variables of the role provision
version_added: "1.0.0"
description:
  - Checks variables of the role P(dasha.blackbox.provision#role) without sending a request, and returns the errors. The
    role uses it before its first request.
  - Returns the first error of each trunk. Messages name the variable and the position in it, counted from 0. They never
    contain a password.
positional: _input
options:
  _input:
    description: The variables by name. Variables that are missing are not checked.
    type: dict
    required: true
author:
  - The dasha.blackbox contributors (@dasha-ai)
seealso:
  - plugin: dasha.blackbox.trunk_numbers
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Check the trunks in a pipeline that has no access to the API
  ansible.builtin.assert:
    that: errors | length == 0
    fail_msg: "{{ errors }}"
  vars:
    errors: "{{ {'blackbox_trunks': trunks} | dasha.blackbox.provision_errors }}"
"""

RETURN = r"""
_value:
  description: The error messages. An empty list if there are no errors.
  type: list
  elements: str
  sample:
    - "blackbox_trunks[2].phone_numbers[1].phone_number must not be empty."
"""

TRUNKS = "blackbox_trunks"


def provision_errors(variables: Mapping[str, Any]) -> list[str]:
    """Return what is wrong in variables of the role, by name.

    Raises:
        AnsibleFilterError: the input is not a mapping of variables.
    """
    if not isinstance(variables, Mapping):
        raise AnsibleFilterError("provision_errors takes a mapping of variables of the role provision.")
    settings = {name: value for name, value in variables.items() if name != TRUNKS}
    trunks = trunk_errors(variables[TRUNKS], TRUNKS, settings) if TRUNKS in variables else ()
    return [*setting_errors(settings), *trunks]


class FilterModule:
    """What Ansible loads."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filters by name."""
        return {"provision_errors": provision_errors}
