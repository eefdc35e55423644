# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Twilio provider (a Twilio account that is connected to BlackBox), as the API reference describes it.

Unlike phone numbers and SIP credentials, providers cannot be listed, and their PUT changes only what its body holds.
"""

from __future__ import annotations

import re
from typing import Any

from .schema import BODY, CREATE_ONLY, ApiObject, Field, LinkRequest, Resource

ANY_PATH = "/api/v1/providers"
PATH = f"{ANY_PATH}/twilio"
TYPE = "twilio"
ACCOUNT_SID = re.compile(r"AC[0-9a-f]{32}")
AUTH_TOKEN = re.compile(r"[0-9a-f]{32}")
HEX_DIGITS = re.compile(r"[0-9a-f]{32}", re.IGNORECASE)
SID_OF_ANY_CASE = re.compile(r"[A-Z]{2}[0-9a-f]{32}", re.IGNORECASE)
# The API calls Twilio several times before it responds to a write.
PATIENCE = 4

CHECK_FIELDS = (
    Field("check_name", "checkName", free_text=True),
    Field("status", "status"),
    Field("message", "message", free_text=True),
    Field("timestamp", "timestamp"),
)


def other_type(provider: ApiObject) -> str | None:
    """Return the type of a provider if it certainly is not Twilio; one with a Twilio account may be."""
    kind = provider.get("providerType")
    is_other = isinstance(kind, str) and kind and kind.lower() != TYPE and not provider.get("accountSid")
    return kind if is_other else None


def provider_path(provider_id: str) -> str:
    """Return the path of a provider of any type."""
    # Checks the id, too.
    return TWILIO_PROVIDER.object_path(provider_id).replace(PATH, ANY_PATH)


def auth_token_link(provider_id: str, current: Any, desired: str | None) -> list[LinkRequest]:
    """Return the request that replaces the stored auth token."""
    return [LinkRequest("PATCH", f"{PATH}/{provider_id}/auth-token", [], body={"authToken": desired})]


def _check_provider(provider: ApiObject) -> str | None:
    kind = provider.get("providerType")
    if not isinstance(kind, str) or kind.lower() != TYPE:
        return f"providerType is {kind!r:.60}"
    # A search that overlooks an account because of its spelling would connect it again.
    return None if ACCOUNT_SID.fullmatch(provider["accountSid"]) else f"accountSid is {provider['accountSid']!r:.60}"


def check_account_sid(sid: str) -> str | None:
    """Return what is wrong with the SID of a Twilio account, as a clause, None if nothing is."""
    if ACCOUNT_SID.fullmatch(sid):
        return None
    return f"must be AC and 32 lowercase hexadecimal digits, as the Twilio console shows it; {describe_sid(sid)} is not"


def describe_sid(value: str) -> str:
    """Return an invalid SID for a message, unless it may be an auth token in the wrong option."""
    if HEX_DIGITS.search(value) and not SID_OF_ANY_CASE.fullmatch(value):
        return "this value, which may be an auth token,"
    return f"{value!r:.60}"


def _check_auth_token(token: str) -> str | None:
    if AUTH_TOKEN.fullmatch(token):
        return None
    return "must be 32 lowercase hexadecimal digits, as the Twilio console shows it"


def _check_not_empty(value: str) -> str | None:
    return None if value.strip() else "must not be empty; the API documents no way to clear it"


TWILIO_PROVIDER = Resource(
    label="Twilio provider",
    kind="provider",
    path=PATH,
    key=("account_sid",),
    unique_key=False,
    filters={},
    describe=lambda key, names: f"Twilio provider for account {key[0]}",
    partial_update=True,
    delete_path=lambda provider: provider_path(provider["id"]),
    check=_check_provider,
    patience=PATIENCE,
    fields=(
        Field("id", "id", type="uuid"),
        Field("name", "name", BODY, limits=(0, 100), check=_check_not_empty, prose=True),
        Field("provider_type", "providerType"),
        Field("account_sid", "accountSid", CREATE_ONLY, limits=(1, None), check=check_account_sid),
        Field("auth_token", "authToken", CREATE_ONLY, secret=True, check=_check_auth_token, link=auth_token_link),
        Field("region", "region", BODY, check=_check_not_empty),
        Field("supports_call_transfer", "supportsCallTransfer", BODY, "bool"),
        Field("trunk_sid", "trunkSid", server_computed=True),
        Field("termination_uri", "terminationUri", server_computed=True),
        Field("phone_number_count", "phoneNumberCount", type="int", server_computed=True),
        Field("verification_status", "verificationStatus", server_computed=True),
        Field("last_verified_at", "lastVerifiedAt", server_computed=True),
        Field("verification_details", "verificationDetails", type="list", server_computed=True, fields=CHECK_FIELDS),
    ),
)
