# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks the input of the filters that adopt what exists, and warns of what they return."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.dasha.blackbox.plugins.module_utils._resources.exported import CLEAR, OMIT, Exported
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.schema import Resource
from ansible_collections.dasha.blackbox.plugins.plugin_utils._ansible_internals import show_warning

TEMPLATE = re.compile(r"\{[{%#]")


def check_objects(resource: Resource, objects: Any, takes: str) -> list[Exported]:
    """Return the objects as a list.

    Args:
        objects: results of an info module.
        takes: what the filter takes, as a clause, for messages.

    Raises:
        AnsibleFilterError: `objects` is not a list of results.
    """
    if isinstance(objects, (str, Mapping)) or not isinstance(objects, Iterable):
        raise AnsibleFilterError(f"{takes}.")
    found = list(objects)
    for index, obj in enumerate(found):
        required = ("id", *(field.option for field in resource.settable if field.required))
        if not isinstance(obj, Mapping) or not all(isinstance(obj.get(option), str) for option in required):
            raise AnsibleFilterError(f"{takes}. Item {index} is not a {resource.label} as the module returns it.")
    return found


def check_nulls(nulls: Any) -> None:
    """Raise AnsibleFilterError if the option `nulls` has another value than it can have."""
    if nulls not in (OMIT, CLEAR):
        raise AnsibleFilterError(f"nulls must be {OMIT} or {CLEAR}, not {nulls!r:.60}.")


def warn_of_templates(options: Mapping[str, Any], what: str) -> None:
    """Warn if a text would be run as a template when it is loaded as a variable."""
    found = [option for option, value in options.items() if isinstance(value, str) and TEMPLATE.search(value)]
    if found:
        show_warning(
            f"The {' and '.join(found)} of {what} would be run as a template if loaded from a vars file. Load the file"
            " as data: lookup('ansible.builtin.file', ...) | from_yaml."
        )
