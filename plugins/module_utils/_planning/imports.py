# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plans for numbers that are imported from Twilio: those that are missing, or those to be removed. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from .._resources.desired import Desired
from .._resources.schema import ApiObject
from .._resources.twilio_phone_number import IMPORTED_NUMBER, ImportedNumbers, TwilioNumber
from .fleet import FleetPlan, Stage
from .plan import Create, Delete, Noop, plan_delete


def plan_imports(
    entries: Iterable[TwilioNumber], provider_id: str, numbers: list[ApiObject], *, present: bool, force: bool
) -> FleetPlan:
    """Return the plans for the entries of a task.

    Args:
        numbers: all that were imported through the provider, as the API lists them.
        present: whether the entries are to be imported, or removed.
        force: remove numbers that agents use.
    """
    plans: list[Create | Delete | Noop] = []
    imported = ImportedNumbers(numbers)
    for entry in entries:
        values = {"phone_number": entry.phone_number, "provider_id": provider_id}
        desired, current = Desired(IMPORTED_NUMBER, None, values, present, force), imported.find(entry.phone_number)
        if present and current is None:
            plans.append(_plan_import(desired, entry))
        elif not present and current is not None:
            plans.append(plan_delete(desired, current))
        else:
            plans.append(Noop(desired, current))
    return FleetPlan(
        stages=[
            Stage([plan for plan in plans if isinstance(plan, Create)]),
            Stage([plan for plan in plans if isinstance(plan, Delete)]),
        ],
        unchanged=[plan for plan in plans if isinstance(plan, Noop)],
        impossible=[],
    )


def _plan_import(desired: Desired, entry: TwilioNumber) -> Create:
    predicted = {field.option: None for field in IMPORTED_NUMBER.fields if not field.derived}
    return Create(
        desired,
        body={"phoneNumberSids": [entry.sid]},
        links=(),
        after={"phone_number": entry.phone_number, "phone_number_sid": entry.sid},
        predicted={**predicted, **desired.values},
    )
