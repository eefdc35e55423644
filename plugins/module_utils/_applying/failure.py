# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What became of a plan that failed, apart from what happened to the request that failed."""

from __future__ import annotations

from typing import Any

from .._common.errors import BlackboxError
from .._planning.plan import Write
from .._resources.schema import ApiObject
from .._transport.errors import ApiError


class Written:
    """What a plan has written so far.

    Attributes:
        obj: the API object as the last write left it, None if nothing was written.
        values: what was written, by option.
    """

    def __init__(self) -> None:
        self.obj: ApiObject | None = None
        self.values: dict[str, Any] = {}

    def note(self, obj: ApiObject, values: dict[str, Any]) -> None:
        """Note that a request wrote these values and left the object like this."""
        self.obj = obj
        self.values.update(values)


class PlanFailure(BlackboxError):
    """A plan that was not applied, or only in part.

    Attributes:
        cause: the request that failed.
        plan: what was tried; it differs from what was planned if the object had changed in the meantime. None for what
            has no plan, such as waiting.
        written: what was written before the failure.
        last_seen: the object as last read, if that explains the failure.
        verb: what was tried, such as `Verifying`, if the method of the request does not say it.
        hints: what to do about it, as sentences.
        in_use_by: what prevents a deletion, in words.
    """

    def __init__(
        self,
        cause: ApiError,
        plan: Write | None = None,
        written: Written | None = None,
        *,
        verb: str = "",
        hints: tuple[str, ...] = (),
        in_use_by: list[str] | None = None,
        last_seen: ApiObject | None = None,
    ) -> None:
        super().__init__(str(cause))
        self.cause = cause
        self.plan = plan
        self.written = written or Written()
        self.verb = verb
        self.hints = hints
        self.in_use_by = in_use_by or []
        self.last_seen = last_seen
