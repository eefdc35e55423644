# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One attempt on a real socket: whether the server may have received what was sent."""

from __future__ import annotations

import socket
import threading

import pytest

from ansible_collections.dasha.blackbox.plugins.module_utils._transport.http import Transport
from ansible_collections.dasha.blackbox.plugins.module_utils._transport.response import TransportError


def fault_of(url: str) -> TransportError:
    with pytest.raises(TransportError) as caught:
        Transport(url, {}, None, trust_env_proxies=False).send("POST", "/things", b"{}", 2)
    return caught.value


def test_refused_connection_was_not_sent() -> None:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port = sock.getsockname()[1]
    fault = fault_of(f"http://127.0.0.1:{port}")
    assert (fault.kind, fault.sent) == ("connection", False)


def test_name_that_nobody_knows_was_not_sent() -> None:
    fault = fault_of("http://nobody.invalid")
    assert (fault.kind, fault.sent) == ("connection", False)
    assert "connection to nobody.invalid:80 failed: the host name could not be resolved" in fault.reason


def test_request_that_was_read_and_not_answered_may_have_been_carried_out() -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()

        def hang_up() -> None:
            connection, _address = server.accept()
            connection.recv(1000)
            connection.close()

        threading.Thread(target=hang_up, daemon=True).start()
        fault = fault_of(f"http://127.0.0.1:{server.getsockname()[1]}")
    assert (fault.kind, fault.sent) == ("connection", True)
