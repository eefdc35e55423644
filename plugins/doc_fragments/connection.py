# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The connection options that all modules share."""

from __future__ import annotations


class ModuleDocFragment:
    """Documentation of the options that lead to the API."""

    DOCUMENTATION = r"""
options:
  api_key:
    description:
      - API key of the organization to manage. Every module needs it.
      - Printable ASCII. It is sent to O(api_url) only, and is kept out of results, messages and logs.
      - If left out, null or empty in the environment, the environment variable E(BLACKBOX_API_KEY) is used.
    type: str
  api_url:
    description:
      - Origin of the API, with or without a trailing slash. Regions other than the international one have their own.
      - A path, a query or user info in it is refused. Plain V(http://) is refused unless the host is a loopback
        address or V(localhost), because the key would travel unencrypted.
      - If left out or null, the environment variable E(BLACKBOX_API_URL) is used.
    type: str
    default: https://blackbox.dasha.ai
  api_timeout:
    description:
      - Longest time for one attempt of a request in seconds, from connecting to the last byte of the answer.
      - If left out or null, the environment variable E(BLACKBOX_API_TIMEOUT) is used.
    type: float
    default: 30.0
  api_retries:
    description:
      - How many further attempts follow a failed first one, where another attempt is safe and may help. V(0) means a
        single attempt.
      - Connection faults, time-outs and the statuses 429, 502, 503 and 504 are worth another attempt. A creation that
        may have been carried out is looked up first, so nothing is created twice.
      - If left out or null, the environment variable E(BLACKBOX_API_RETRIES) is used.
    type: int
    default: 4
  api_retry_max_delay:
    description:
      - Longest wait before one attempt in seconds. The waits double from half a second on.
      - Where the API asks for a longer wait in a C(Retry-After) header, the module fails at once and says so.
      - If left out or null, the environment variable E(BLACKBOX_API_RETRY_MAX_DELAY) is used.
    type: float
    default: 60.0
  validate_certs:
    description:
      - Whether to check the API's certificate. Switch it off only against a test server.
      - If left out or null, the environment variable E(BLACKBOX_VALIDATE_CERTS) is used.
    type: bool
    default: true
  ca_path:
    description:
      - Path of a bundle of CA certificates to check the API's certificate against, on the host where the module runs.
      - If left out or null, the environment variables E(BLACKBOX_CA_PATH), E(REQUESTS_CA_BUNDLE) and
        E(CURL_CA_BUNDLE) are used, in this order, else the bundle that C(requests) ships.
    type: path
requirements:
  - python >= 3.9
  - requests >= 2.25
notes:
  - Set the connection options once with C(module_defaults) for the action group C(group/dasha.blackbox.all), or in
    the environment of the play.
  - The proxy variables of the environment are honoured, except for loopback addresses. Redirects are not followed, and
    C(~/.netrc) is not read.
"""
