# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The planner, for a resource whose updates hold only what changes, and some of whose fields are fixed."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.dasha.blackbox.plugins.module_utils._common.errors import InvalidOptionsError
from ansible_collections.dasha.blackbox.plugins.module_utils._planning.plan import Create, Noop, Update, make_plan
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.desired import Desired
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.twilio_provider import TWILIO_PROVIDER
from unit.twilio import ACCOUNT, OTHER_ACCOUNT, PROVIDER_ID, TOKEN

CURRENT = {
    "id": PROVIDER_ID,
    "providerType": "twilio",
    "accountSid": ACCOUNT,
    "name": "Main",
    "region": None,
    "supportsCallTransfer": False,
    "newer": {"a": 1},
}
VALUES = st.fixed_dictionaries(
    {"account_sid": st.just(ACCOUNT)},
    optional={
        "name": st.sampled_from(["Main", "New"]),
        "region": st.sampled_from(["ie1", "us1"]),
        "supports_call_transfer": st.booleans(),
        "auth_token": st.just(TOKEN),
    },
)


def plan(current: dict[str, Any] | None, **values: Any) -> Any:
    return make_plan(Desired(TWILIO_PROVIDER, None, values), current)


@given(VALUES)
def test_update_holds_only_differences_and_never_null(values: dict[str, Any]) -> None:
    planned = plan(CURRENT, **values)
    if isinstance(planned, Noop):
        assert {"region", "auth_token"}.isdisjoint(values)
        return
    assert isinstance(planned, Update)
    body = planned.body
    assert body is None or body
    assert None not in (body or {}).values()
    assert set(body or {}) <= {"name", "region", "supportsCallTransfer"}
    assert all(CURRENT[name] != value for name, value in (body or {}).items())
    assert TOKEN not in str((planned.body, planned.before, planned.after, planned.predicted))


def test_what_an_update_leaves_behind_is_predicted_only_as_far_as_it_is_known() -> None:
    computed = {"trunkSid": "TK1", "terminationUri": "x", "phoneNumberCount": 2, "verificationStatus": "success"}
    computed.update(lastVerifiedAt="2026-01-01T00:00:00Z", verificationDetails=[{"name": "a"}])
    predicted = plan({**CURRENT, **computed}, name="New").predicted
    names = {"trunk_sid", "termination_uri", "phone_number_count", "verification_status", "last_verified_at"}
    assert {name for name in predicted if predicted[name] is None} == {*names, "verification_details", "region"}


def test_creation_holds_the_fields_that_only_a_creation_sets() -> None:
    planned = plan(None, account_sid=ACCOUNT, auth_token=TOKEN, name="Main")
    assert isinstance(planned, Create)
    assert planned.body == {"accountSid": ACCOUNT, "authToken": TOKEN, "name": "Main"}
    assert planned.links == ()
    assert (planned.after["auth_token"], "auth_token" in planned.predicted) == ("(changed)", False)


def test_fixed_field_with_requests_of_its_own_is_changed_by_them() -> None:
    planned = plan(CURRENT, auth_token=TOKEN)
    assert (planned.body, planned.links) == (None, ("auth_token",))


def test_fixed_field_without_requests_is_refused() -> None:
    with pytest.raises(InvalidOptionsError, match="cannot be changed"):
        plan(CURRENT, account_sid=OTHER_ACCOUNT)
