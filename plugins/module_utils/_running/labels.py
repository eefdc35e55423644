# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The option `option_names`: a role that passes its own variables on has them named in messages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._common.errors import InvalidOptionsError

ALL_OTHERS = "*"


class Labels:
    """What messages call the options of a task.

    Args:
        names: by option; the value of `*` is put before the names of all other options.

    Raises:
        InvalidOptionsError: they are no names.
    """

    def __init__(self, names: Mapping[str, Any] | None = None) -> None:
        self._names = dict(names or {})
        if not all(isinstance(name, str) for name in self._names.values()):
            raise InvalidOptionsError("option_names must be a mapping of options to names.")

    def __getitem__(self, option: str) -> str:
        name: str = self._names.get(option) or f"{self._names.get(ALL_OTHERS, '')}{option}"
        return name
