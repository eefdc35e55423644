# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the operations on Twilio providers have in common."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._resources.desired import check_uuid, read_value
from .._resources.twilio_provider import TWILIO_PROVIDER

ACCOUNT_SID = TWILIO_PROVIDER.by_option["account_sid"]


def read_identity(options: Mapping[str, Any], id_option: str) -> tuple[str | None, str | None]:
    """Return the id and the account that options identify a provider by; either may be None.

    Raises:
        InvalidOptionsError: one of them is invalid.
    """
    provider_id, account = options[id_option], options["account_sid"]
    if provider_id is not None:
        check_uuid(provider_id, id_option)
    if account is not None:
        account = read_value(ACCOUNT_SID, account, "account_sid")
    return provider_id, account


def describe_provider(provider_id: str | None, account: str | None) -> str:
    """Return what identifies a provider, for messages."""
    if provider_id:
        return f"Twilio provider with id {provider_id}"
    return TWILIO_PROVIDER.describe((account,))
