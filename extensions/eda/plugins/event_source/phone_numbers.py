# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The event source `dasha.blackbox.phone_numbers`, for `ansible-rulebook`."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import sys
from pathlib import Path
from typing import Any

DOCUMENTATION = r"""
short_description: Receive events when phone numbers lose their registration or change
description:
  - Polls the phone numbers of an organization on Dasha BlackBox, and emits an event for each change between two polls.
  - The first poll is the baseline and emits nothing, unless O(emit_initial) is set.
  - An outage of the API is logged and retried, and never ends the rulebook. An API key that the API rejects three times
    without a successful poll in between, or that belongs to another organization than O(expected_org_id), ends it with
    an error, and with it all other sources of the process. See O(on_rejected_key) for several organizations.
  - A phone number counts as deleted if two successful polls in a row do not find it.
  - The connection arguments are those of the modules. If omitted, the same environment variables are used.
  - Each event has the key C(blackbox) with C(event), C(id), C(phone_number), C(credentials_id), C(display_name),
    C(changed), C(before), C(after) and C(error). C(before) and C(after) always have all fields of the phone number and
    of its registration status, which are null if there is no value, or no phone number. C(error) is null, except for
    C(key_rejected).
  - C(ansible-rulebook) evaluates what C({{ }}) yields in an argument as a Python literal, so that a string which looks
    like a number becomes one. Put quotes inside of the text, as for O(api_key) in the example.
version_added: "1.0.0"
author:
  - The dasha.blackbox contributors (@dasha-ai)
options:
  api_key:
    description: API key of the organization. If omitted, E(BLACKBOX_API_KEY) is used.
    type: str
  api_url:
    description: Origin of the API. If omitted, E(BLACKBOX_API_URL) is used.
    type: str
    default: https://blackbox.dasha.ai
  api_timeout:
    description: Maximum time for one attempt of a request, in seconds. If omitted, E(BLACKBOX_API_TIMEOUT) is used.
    type: float
    default: 30.0
  api_retries:
    description: Attempts after the first one, within one poll. If omitted, E(BLACKBOX_API_RETRIES) is used.
    type: int
    default: 4
  api_retry_max_delay:
    description:
      - Maximum wait before one attempt, in seconds. If omitted, E(BLACKBOX_API_RETRY_MAX_DELAY) is used.
    type: float
    default: 60.0
  validate_certs:
    description: Whether to validate the certificate of the API. If omitted, E(BLACKBOX_VALIDATE_CERTS) is used.
    type: bool
    default: true
  ca_path:
    description: Path of a bundle of CA certificates. If omitted, E(BLACKBOX_CA_PATH) is used.
    type: str
  expected_org_id:
    description:
      - End the rulebook if the API key belongs to another organization; see also O(on_rejected_key).
      - If omitted, E(BLACKBOX_EXPECTED_ORG_ID) is used. An empty value is an error.
    type: str
  interval:
    description:
      - Seconds between two polls, at least 1. The actual time varies by 10 %, so that several rulebooks do not poll in
        step. After failures it doubles, up to 5 minutes.
      - Each poll sends one request for each 1,000 phone numbers of the organization.
    type: float
    default: 30.0
  credentials_ids:
    description: Only phone numbers of the trunks with these UUIDs. If omitted, of all trunks.
    type: list
    elements: str
  phone_numbers:
    description: Only these phone numbers, each in quotes. If omitted, all.
    type: list
    elements: str
  events:
    description: Only these kinds of events. If omitted, all.
    type: list
    elements: str
    choices: [registration, created, deleted, updated]
  emit_initial:
    description:
      - Also emit a C(registration) event for phone numbers as the first poll finds them, with all of C(before) null.
        V(failed) for those whose registration has failed, V(all) for all.
    type: str
    choices: [failed, all]
  on_rejected_key:
    description:
      - What to do if the API key is rejected, or belongs to another organization than O(expected_org_id).
      - V(end) ends the rulebook with an error, and with it all sources of the process.
      - V(report) emits one C(key_rejected) event, whatever O(events) are, and goes on polling as after other failures,
        at most every 5 minutes. All other sources of the process go on. Use it if one rulebook has several
        organizations.
    type: str
    choices: [end, report]
    default: end
"""

EXAMPLES = r"""
- name: React to lost registrations
  hosts: localhost
  sources:
    - dasha.blackbox.phone_numbers:
        api_key: "'{{ blackbox_api_key }}'"
        interval: 30
        events: [registration]
        emit_initial: failed
  rules:
    - name: A registration failed
      condition: event.blackbox.event == "registration" and event.blackbox.after.state == "Failed"
      action:
        run_playbook:
          name: report_lost_registration.yml
          extra_vars:
            phone_number_id: "{{ event.blackbox.id }}"
"""


def _make_importable() -> None:
    """Let the collection import itself: ansible-rulebook runs this file by its path, outside of any package."""
    folder = Path(__file__).parents[6]
    try:
        if importlib.util.find_spec("ansible_collections.dasha.blackbox"):
            return
    except ModuleNotFoundError:
        sys.path.append(str(folder.parent))
    # Where other collections are importable, theirs is the package that has to be extended.
    package = importlib.import_module("ansible_collections")
    if str(folder) not in package.__path__:
        package.__path__.append(str(folder))


async def main(queue: asyncio.Queue[dict[str, Any]], args: dict[str, Any]) -> None:
    """Emit events until the rulebook ends.

    Args:
        queue: where the events go.
        args: of the source in the rulebook.

    Raises:
        RuntimeError: the arguments are invalid, `requests` is missing, or the API has rejected the key several times.
    """
    _make_importable()
    from ansible_collections.dasha.blackbox.plugins.module_utils._events.start import start

    await start(queue, args, os.environ)
