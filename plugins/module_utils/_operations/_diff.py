# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The diff of one object, in the form that Ansible prints."""

from __future__ import annotations

from typing import Any

from .._common.text import visible_text


def diff_entry(header: str, before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """Return a diff of managed fields.

    Args:
        header: names the object.
        before, after: {} if the object does not exist. Shown as an empty text, for which Ansible prints no line `{}`.
    """
    shown = visible_text(header)
    return {"before": before or "", "after": after or "", "before_header": shown, "after_header": shown}
