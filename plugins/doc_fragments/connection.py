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
      - API key of the organization to manage. Every module requires it.
      - Must be printable ASCII without leading or trailing whitespace. It is sent only to O(api_url), and never appears
        in results, messages or logs.
      - If omitted or null, the environment variable E(BLACKBOX_API_KEY) is used.
    type: str
  api_url:
    description:
      - Origin of the API, which is a scheme, a host and optionally a port, with or without a trailing slash. Set it to
        use another region than the international platform.
      - A path, a query or user information in it is rejected. Plain V(http://) is rejected unless the host is a
        loopback address or V(localhost), because it would send the key unencrypted.
      - If omitted or null, the environment variable E(BLACKBOX_API_URL) is used.
    type: str
    default: https://blackbox.dasha.ai
  api_timeout:
    description:
      - Timeout of one attempt of a request in seconds, from connecting to the last byte of the response.
      - If omitted or null, the environment variable E(BLACKBOX_API_TIMEOUT) is used.
    type: float
    default: 30.0
  api_retries:
    description:
      - Maximum number of retries after a failed attempt. V(0) disables retries.
      - Connection errors, timeouts and the statuses 429, 502, 503 and 504 are retried if that is safe. If a request to
        create an object may have been applied, the module first looks for the object, so nothing is created twice.
      - If omitted or null, the environment variable E(BLACKBOX_API_RETRIES) is used.
    type: int
    default: 4
  api_retry_max_delay:
    description:
      - Maximum delay before a retry in seconds. Delays start at up to half a second and quadruple with each retry, so
        that the default of O(api_retries) outlasts an outage of 20 seconds.
      - If the API asks for a longer delay with a C(Retry-After) header, the module fails at once and reports it.
      - If omitted or null, the environment variable E(BLACKBOX_API_RETRY_MAX_DELAY) is used.
    type: float
    default: 60.0
  validate_certs:
    description:
      - Whether to verify the TLS certificate of the API. Only disable this for a test server.
      - If omitted or null, the environment variable E(BLACKBOX_VALIDATE_CERTS) is used.
    type: bool
    default: true
  ca_path:
    description:
      - Path of the CA certificates that the TLS certificate of the API is verified with, on the host where the module
        runs. It is ignored with O(validate_certs=false).
      - If omitted or null, the first of the environment variables E(BLACKBOX_CA_PATH), E(REQUESTS_CA_BUNDLE) and
        E(CURL_CA_BUNDLE) that is set is used, and otherwise the default CA bundle of C(requests).
    type: path
  expected_org_id:
    description:
      - Id of the organization that the task is meant for. If the API key belongs to another organization, the task
        fails before the first write request.
      - It is compared with the organization of the objects that the task reads. If the task reads none before it
        writes, one object is read for this, a phone number, SIP credential or agent. If there is none, the first write
        request is sent alone, and its response is compared. What it created in another organization is deleted again.
      - If omitted or null, the environment variable E(BLACKBOX_EXPECTED_ORG_ID) is used; if that is not set either, the
        organization is not checked. An empty value is an error, in the option and in the variable.
    type: str
requirements:
  - python >= 3.9
  - requests >= 2.25
notes:
  - Set the connection options once with C(module_defaults) for the action group C(group/dasha.blackbox.all), or with
    environment variables. An empty environment variable counts as unset, except E(BLACKBOX_EXPECTED_ORG_ID). A module
    that uses C(become) on the control node has those of C(ansible-playbook) too.
  - Quote texts. YAML reads V(NO) as a boolean, V(0155501) as 56129 and V(12:30) as 750, so an option of the type
    C(str) that is not a string is rejected. Identifiers, addresses and secrets are also rejected if they have leading
    or trailing whitespace, or characters that cannot be seen.
  - An option and its alias must not be set to different values, for example one of them in C(module_defaults).
  - If a task would run the module on the control node, with the user and the Python of C(ansible-playbook), it runs
    inside C(ansible-playbook) instead, which is much faster. The variable C(blackbox_direct_execution=false) disables
    this.
  - Proxy variables in the environment are used, except for loopback addresses. Redirects are not followed, and
    C(~/.netrc) is not read.
"""
