# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The switches of the emulator: what the contract leaves open, and what a test wants to happen."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import Any

from .forms import check


@dataclass(frozen=True)
class Settings:
    """All switches.

    Attributes:
        filter: how the phoneNumber filter compares: `exact`, `prefix` or `substring`.
        omit_nulls: leave null fields out of answers.
        create_status, delete_status: which of the documented statuses creation and deletion answer.
        password: how authPassword comes back: `clear`, `masked` or `absent`.
        max_take: the longest page given, whatever was asked for; None for the contract's limit.
        max_body: the longest request body accepted, in bytes.
        trim: store texts without blanks at their ends.
        uuid_case: `lower` or `upper` in answers.
        latency: seconds before each answer.
        unknown_fields: what happens to body fields outside of the contract: `ignore`, `store` or `reject`.
        read_only_fields: what happens to read-only fields in a body: `reject` or `ignore`.
        extra_fields: added to every number and credential given back, as a newer API would.
        check_answers: check every answer against the contract.
        registration_delay: seconds from switching registration on to its outcome.
        registration_failures: rules `{phone_number, credentials_id, error_description, sip_response_message}`; the
            registration of a number that one of them fits fails. What a rule leaves out fits every number.
        registration_stuck: phone numbers whose registration never comes to an end.
        registration_stale: after a change, show the old state until the new one arrives.
        agents_listing: `array`, `page` (with items and totalCount) or `unpaged` (an array; skip and take do nothing).
        list_disabled_agents: whether the listing holds disabled agents.
        agent_names: whether affected-agents holds the agents' names.
        uses_case: `lower` or `capitalized`, of the uses in affected-agents.
        agent_inbound_config: `always`, or `with_number`: null for an agent without a phone number.
        agent_outbound_config: what linking for outgoing calls does to outboundSipConfig: `reference` (replaced by a
            reference to the phone number) or `unchanged`.
        ignore_link_mode: treat `mode` as an old deployment does: every link is an inbound one.
        unknown_agent_status: what linking an agent that does not exist returns, 404 or 400.
        link_disabled_agents: whether a disabled agent can be linked; refused with 409 otherwise.
        unlink_missing: what removing a link that does not exist does: `ignore` or `refuse` (404).
        unlink_inbound_checks_agent: with mode=inbound and an agentId, only remove the link to that agent.
        link_side_effects: what linking does besides; see `LinkSideEffect` in the forms.
        linked_agent_filter: `inbound`, or `any`: the filter linkedAgentId finds outgoing links, too.
        quota: `{requests, per_seconds, retry_after}` for each key, or None.
    """

    filter: str = "exact"
    omit_nulls: bool = False
    create_status: int = 201
    delete_status: int = 204
    password: str = "clear"
    max_take: int | None = None
    max_body: int = 1_000_000
    trim: bool = False
    uuid_case: str = "lower"
    latency: float = 0.0
    unknown_fields: str = "ignore"
    read_only_fields: str = "reject"
    extra_fields: dict[str, Any] = field(default_factory=dict)
    check_answers: bool = True
    registration_delay: float = 2.0
    registration_failures: list[dict[str, Any]] = field(default_factory=list)
    registration_stuck: list[str] = field(default_factory=list)
    registration_stale: bool = False
    agents_listing: str = "array"
    list_disabled_agents: bool = True
    agent_names: bool = True
    uses_case: str = "lower"
    agent_inbound_config: str = "always"
    agent_outbound_config: str = "reference"
    ignore_link_mode: bool = False
    unknown_agent_status: int = 404
    link_disabled_agents: bool = True
    unlink_missing: str = "ignore"
    unlink_inbound_checks_agent: bool = False
    link_side_effects: list[str] = field(default_factory=list)
    linked_agent_filter: str = "inbound"
    quota: dict[str, Any] | None = None

    def changed(self, changes: dict[str, Any]) -> Settings:
        """Return these settings with some changed.

        Raises:
            FormError: an unknown name, or a value that the switch cannot take.
        """
        check("Settings", changes)
        return dataclasses.replace(self, **changes)
