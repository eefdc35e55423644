# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The settings of the emulator: what the contract leaves open, and what a test wants to happen."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import Any

from .validators import validate


@dataclass(frozen=True)
class Settings:
    """All settings.

    Attributes:
        filter: how the phoneNumber filter compares: `exact`, `prefix` or `substring`.
        omit_nulls: omit null fields from responses.
        create_status, delete_status: the status of successful creations and deletions.
        password: how authPassword is returned: `clear`, `masked` or `absent`.
        max_take: the maximum page size, even if a request asks for more; None for the limit of the contract.
        max_body: the maximum size of a request body, in bytes.
        trim: store strings without leading and trailing whitespace.
        uuid_case: the case of ids in responses, `lower` or `upper`.
        latency: seconds before each response.
        unknown_fields: what to do with fields of a body that are not in the contract: `ignore`, `store` or `reject`.
        read_only_fields: what to do with read-only fields in a body: `reject` or `ignore`.
        extra_fields: fields added to every number and credential in responses, as a newer API might.
        check_responses: validate every response against the contract.
        registration_delay: seconds from enabling registration to its result.
        registration_failures: rules `{phone_number, credentials_id, error_description, sip_response_message}`; the
            registration of a matching number fails. An omitted key matches every number.
        registration_stuck: phone numbers whose registration never ends.
        registration_stale: after a change, return the old state until the new one is known.
        registration_follows_trunk: whether another server, domain, user, password or transport of a trunk restarts the
            registration of its numbers.
        agents_listing: `array`, `page` (with items and totalCount) or `unpaged` (an array; skip and take do nothing).
        list_disabled_agents: whether the listing holds disabled agents.
        agent_names: whether affected-agents holds the agents' names.
        uses_case: `lower` or `capitalized`, of the uses in affected-agents.
        agent_inbound_config: `always`, or `with_number`: null for an agent without a phone number.
        agent_outbound_config: what linking for outgoing calls does to outboundSipConfig: `reference` (replaced by a
            reference to the phone number) or `unchanged`.
        ignore_link_mode: treat `mode` as an old deployment does: every link is an inbound one.
        unknown_agent_status: what linking an agent that does not exist returns, 404 or 400.
        inbound_unique: what a phone number can be linked for incoming calls in: one `organization`, perhaps on several
            trunks, or as one number on the whole `platform`; refused with 409 otherwise.
        link_disabled_agents: whether a disabled agent can be linked; refused with 409 otherwise.
        unlink_missing: what removing a link that does not exist does: `ignore` or `refuse` (404).
        unlink_inbound_checks_agent: with mode=inbound and an agentId, only remove the link to that agent.
        link_side_effects: what linking does in addition; see `LinkSideEffect` in validators.yaml.
        linked_agent_filter: `inbound`, or `any`: the filter linkedAgentId finds outgoing links, too.
        twilio_refused_status: the status when Twilio refuses the auth token, 400 or 401.
        duplicate_provider_status: what connecting a Twilio account a second time returns, 409 or 400; None to accept.
        provider_credentials: how many SIP credentials a new provider gets.
        provider_create_stops_after, provider_delete_stops_after: the step after which creation (`trunk`, `credential`,
            `provider`) or deletion (`numbers`, `credential`, `trunk`) fails; earlier steps stay applied.
        half_done_status: the status of such a failure.
        provider_latency: seconds between applying a provider request and its response.
        default_region: the region of a provider that was created without one.
        region_change: what another region does: `label`, or `trunk`: the trunk is replaced, too.
        generic_provider_details: whether `GET /providers/{id}` returns the fields of the provider's type.
        other_provider_type_status: what the Twilio paths return for a provider of another type, 404 or 400.
        auth_token_path: `supported`, or as an old deployment without it: `not_found`, `method_not_allowed`.
        auth_token_update_verifies: whether a new auth token is followed by a verification.
        verification_outcome: the status of every verification; None for the real one.
        delete_provider_in_use: `delete`, or `refuse` (409) while agents use numbers of the provider.
        delete_with_invalid_token: `leave_trunk` (deleted here, the trunk stays in Twilio) or `refuse`.
        delete_provider_number: whether `DELETE /sip-phone-numbers/{id}` of an imported number is refused (`refuse`), or
            leaves it on the trunk in Twilio (`accept`).
        available_numbers: the form of the listing: `array`, `page` or `twilio` (Twilio's own names).
        available_imported: numbers imported already in that listing: `include`, `omit` or `flag`.
        import_taken: numbers on another trunk: `refuse` or `take_over`.
        import_refused, import_unrecorded: SIDs of numbers that Twilio refuses to attach, or that are attached but not
            saved.
        import_max: the most SIDs in one import, None for any number.
        import_duplicates: a SID given twice is an `error` the second time, or `ignore`.
        import_all_failed: an import of which nothing succeeds is `report` (as usual) or `refuse` (400).
        import_counts: `right`, `wrong` or `absent`.
        import_no_errors: `errors` of an import without any: `empty` (a list), `none` (null) or `absent`.
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
    check_responses: bool = True
    registration_delay: float = 2.0
    registration_failures: list[dict[str, Any]] = field(default_factory=list)
    registration_stuck: list[str] = field(default_factory=list)
    registration_stale: bool = False
    registration_follows_trunk: bool = False
    agents_listing: str = "array"
    list_disabled_agents: bool = True
    agent_names: bool = True
    uses_case: str = "lower"
    agent_inbound_config: str = "always"
    agent_outbound_config: str = "reference"
    ignore_link_mode: bool = False
    unknown_agent_status: int = 404
    inbound_unique: str = "organization"
    link_disabled_agents: bool = True
    unlink_missing: str = "ignore"
    unlink_inbound_checks_agent: bool = False
    link_side_effects: list[str] = field(default_factory=list)
    linked_agent_filter: str = "inbound"
    twilio_refused_status: int = 400
    duplicate_provider_status: int | None = 409
    provider_credentials: int = 1
    provider_create_stops_after: str | None = None
    provider_delete_stops_after: str | None = None
    half_done_status: int = 500
    provider_latency: float = 0.0
    default_region: str | None = None
    region_change: str = "label"
    generic_provider_details: bool = False
    other_provider_type_status: int = 404
    auth_token_path: str = "supported"
    auth_token_update_verifies: bool = False
    verification_outcome: str | None = None
    delete_provider_in_use: str = "delete"
    delete_with_invalid_token: str = "leave_trunk"
    delete_provider_number: str = "refuse"
    available_numbers: str = "array"
    available_imported: str = "include"
    import_taken: str = "refuse"
    import_refused: list[str] = field(default_factory=list)
    import_unrecorded: list[str] = field(default_factory=list)
    import_max: int | None = None
    import_duplicates: str = "error"
    import_all_failed: str = "report"
    import_counts: str = "right"
    import_no_errors: str = "empty"
    quota: dict[str, Any] | None = None

    def changed(self, changes: dict[str, Any]) -> Settings:
        """Return these settings with some changed.

        Raises:
            InvalidInputError: an unknown name, or an invalid value.
        """
        validate("Settings", changes)
        return dataclasses.replace(self, **changes)
