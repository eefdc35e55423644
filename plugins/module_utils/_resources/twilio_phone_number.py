# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A phone number of a Twilio provider, as far as an import and its reversal are concerned."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, NamedTuple

from .._common.errors import InvalidOptionsError
from .desired import read_value
from .entries import by_all_names, read_options
from .schema import ApiObject, Field, Resource
from .sip_phone_number import E164, E164_RULE, PHONE_NUMBER, strip_formatting
from .twilio_provider import PATH, PATIENCE, describe_sid

NUMBER_SID = re.compile(r"PN[0-9a-f]{32}")


class TwilioNumber(NamedTuple):
    """One entry of a task.

    Attributes:
        phone_number: as the API lists it.
        sid: of the number in Twilio, None if the task does not need it.
    """

    phone_number: str
    sid: str | None


def _check_sid(sid: str) -> str | None:
    if NUMBER_SID.fullmatch(sid):
        return None
    return f"must be PN and 32 lowercase hexadecimal digits, as the Twilio console shows it; {describe_sid(sid)} is not"


def _check_phone_number(number: str) -> str | None:
    if E164.fullmatch(number):
        return None
    return f"must be {E164_RULE}, as the Twilio console shows it; {number!r:.60} is not"


ENTRY_FIELDS = (
    Field("phone_number", "phoneNumber", limits=(1, 255), check=_check_phone_number),
    Field("phone_number_sid", "phoneNumberSid", limits=(1, None), check=_check_sid),
)

IMPORTED_NUMBER = Resource(
    label="phone number",
    kind="phone_number",
    path=PHONE_NUMBER.path,
    key=("phone_number", "provider_id"),
    filters=PHONE_NUMBER.filters,
    describe=lambda key, names: f"phone number {key[0]!r} of the Twilio provider {key[1]}",
    dependents=PHONE_NUMBER.dependents,
    describe_dependents=PHONE_NUMBER.describe_dependents,
    force_hint="to unlink it from them and remove it, or unlink it first",
    # Not the path of the number itself, which would leave it on the trunk in Twilio.
    delete_path=lambda number: f"{PATH}/{number['providerId']}/phone-numbers/{number['id']}",
    patience=PATIENCE,
    # The API takes the SID and does not return it.
    fields=(*PHONE_NUMBER.fields, Field("phone_number_sid", "phoneNumberSid", derived=True)),
)


def import_path(provider_id: str) -> str:
    """Return the path that imports numbers."""
    return f"{PATH}/{provider_id}/import-numbers"


def read_twilio_numbers(entries: list[Any], location: str, present: bool) -> list[TwilioNumber]:
    """Return the entries of a task, checked.

    Args:
        location: name of the option that holds the entries.
        present: whether they are to be imported, which needs their SIDs.

    Raises:
        InvalidOptionsError: an invalid entry, or two for the same number.
    """
    numbers = [_read_entry(entry, f"{location}[{index}]", present) for index, entry in enumerate(entries)]
    for option, values in (
        ("phone_number", [number.phone_number for number in numbers]),
        ("phone_number_sid", [number.sid for number in numbers]),
    ):
        first: dict[str, int] = {}
        for index, value in enumerate(values):
            if value is not None and first.setdefault(value, index) != index:
                raise InvalidOptionsError(
                    f"{location}[{first[value]}] and {location}[{index}] have the same {option}: {value}."
                )
    return numbers


class ImportedNumbers:
    """The numbers of a provider, as the API lists them; it may format them in its own way."""

    def __init__(self, numbers: Iterable[ApiObject]) -> None:
        self._by_number: dict[str, ApiObject] = {}
        self._by_digits: dict[str, list[ApiObject]] = {}
        for number in numbers:
            self._by_number[number["phoneNumber"]] = number
            self._by_digits.setdefault(strip_formatting(number["phoneNumber"]), []).append(number)

    def find(self, phone_number: str) -> ApiObject | None:
        """Return a number, or None if it is not listed, or if several might be meant."""
        exact = self._by_number.get(phone_number)
        similar = self._by_digits.get(strip_formatting(phone_number), [])
        return exact or (similar[0] if len(similar) == 1 else None)


def _read_entry(entry: Any, location: str, present: bool) -> TwilioNumber:
    options = read_options(by_all_names(ENTRY_FIELDS), entry, location)
    values = {
        field.option: read_value(field, options[field.option], f"{location}.{field.option}")
        for field in ENTRY_FIELDS
        if field.option in options
    }
    missing = [field.option for field in ENTRY_FIELDS[: 2 if present else 1] if field.option not in values]
    if missing:
        raise InvalidOptionsError(
            f"{location} needs {' and '.join(missing)}: the API imports a number by its SID and lists it by the number."
        )
    return TwilioNumber(values["phone_number"], values.get("phone_number_sid"))
