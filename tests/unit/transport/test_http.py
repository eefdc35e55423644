# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One attempt on a real socket: what a server or a network can do to it, and what is said about it."""

from __future__ import annotations

import contextlib
import functools
import gzip
import socket
import ssl
import subprocess
import sys
import threading
import time
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme
from requests import adapters
from urllib3.response import HTTPResponse

from ansible_collections.dasha.blackbox.plugins.module_utils._transport import urllib3_internals
from ansible_collections.dasha.blackbox.plugins.module_utils._transport.http import Transport
from ansible_collections.dasha.blackbox.plugins.module_utils._transport.response import HttpResponse, TransportError
from ansible_collections.dasha.blackbox.plugins.module_utils._transport.transport_errors import to_transport_error
from ansible_collections.dasha.blackbox.plugins.module_utils._transport.urllib3_internals import MAX_RESPONSE_SIZE
from unit.transport.scripted_server import response, serve

# Without the time of day, which would make the names of the tests differ from run to run.
gzipped = functools.partial(gzip.compress, mtime=0)
EARLY_HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>\r\n\r\n"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
CUT_SHORT = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 100\r\n\r\nshort"
BOMB = gzipped(b"\0" * 2**20) * 1024  # 1 GiB in 1 MiB


def transport_to(url: str, verify: bool | str | None = None, connections: int = 1, proxied: bool = False) -> Transport:
    return Transport(url, {}, verify, trust_env_proxies=proxied, connections=connections)


def exchange(transport: Transport, method: str = "GET", seconds: float = 5, fresh: bool = False) -> HttpResponse:
    return transport.send(method, "/things", b"{}" if method == "POST" else None, seconds, fresh=fresh)


def fault_of(url: str, method: str = "POST", seconds: float = 2, **kwargs: Any) -> TransportError:
    with pytest.raises(TransportError) as caught:
        exchange(transport_to(url, **kwargs), method, seconds)
    return caught.value


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


@contextlib.contextmanager
def listener() -> Iterator[socket.socket]:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        sock.listen(100)
        yield sock


@contextlib.contextmanager
def within(seconds: float) -> Iterator[None]:
    start = time.monotonic()
    yield
    assert time.monotonic() - start < seconds


# What was sent


def test_refused_connection_was_not_sent() -> None:
    port = free_port()
    fault = fault_of(f"http://127.0.0.1:{port}")
    assert (fault.kind, fault.sent) == ("connection", False)
    assert fault.reason == f"connection to 127.0.0.1:{port} failed: connection refused"


def test_unknown_host_name_was_not_sent() -> None:
    fault = fault_of("https://nobody.invalid")
    assert (fault.kind, fault.sent) == ("connection", False)
    assert fault.reason.startswith("connection to nobody.invalid:443 failed: the host name could not be resolved (")


def test_request_without_a_response_may_have_been_applied() -> None:
    with serve(b"") as server:
        fault = fault_of(server.url)
    assert (fault.kind, fault.sent) == ("connection", True)
    assert "the server closed the connection without a response" in fault.reason


@pytest.mark.not_quick
@pytest.mark.parametrize("host", ["slow.example.com", "api2", "slow.example2", "1.2.3.4.5", "10.0.0.256"])
def test_slow_name_resolution_ends_in_time(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    released = threading.Event()

    def resolve(*args: Any, **kwargs: Any) -> Any:
        released.wait(10)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    with within(15):
        fault = fault_of(f"http://{host}", seconds=0.2)
    released.set()
    assert (fault.kind, fault.sent) == ("timeout", False)
    assert fault.reason == f"could not connect to {host}:80 within 0.2 s"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_host_is_resolved_where_no_more_threads_can_be_started(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    with serve(response()) as server:
        monkeypatch.setattr(urllib3_internals, "start_thread", lambda function: False)
        assert exchange(transport_to(f"http://{host}:{server.port}")).status == 200


def test_address_is_resolved_without_a_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    with serve(response()) as server:
        monkeypatch.setattr(urllib3_internals, "start_thread", lambda function: pytest.fail("a thread was started"))
        assert exchange(transport_to(server.url)).status == 200


def test_proxy_is_named_without_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    port = free_port()
    monkeypatch.setenv("HTTPS_PROXY", f"http://eve:mallory@127.0.0.1:{port}")
    fault = fault_of("https://api.example.com", proxied=True)
    assert (fault.kind, fault.sent) == ("connection", False)
    expected = f"connection to api.example.com:443 through proxy 127.0.0.1:{port} failed: connection refused"
    assert fault.reason == expected


@pytest.mark.parametrize("reply", [b"", b"HTTP/1.1 403 No\x1b[31m\r\nContent-Length: 0\r\n\r\n", b"garbage\r\n\r\n"])
def test_failed_connect_of_a_proxy_was_not_sent(monkeypatch: pytest.MonkeyPatch, reply: bytes) -> None:
    with serve(reply) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        fault = fault_of("https://api.example.com", proxied=True)
    assert (fault.kind, fault.sent) == ("connection", False)
    assert "\x1b" not in fault.reason


def test_missing_pysocks_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "socks", None)
    monkeypatch.setitem(sys.modules, "urllib3.contrib.socks", None)

    def without_socks(*args: Any, **kwargs: Any) -> None:
        raise adapters.InvalidSchema("Missing dependencies for SOCKS support.")

    monkeypatch.setattr(adapters, "SOCKSProxyManager", without_socks)
    monkeypatch.setenv("HTTPS_PROXY", "socks5://127.0.0.1:9")
    fault = fault_of("https://api.example.com", proxied=True)
    assert (fault.kind, fault.transient) == ("configuration", False)
    assert "PySocks" in fault.reason


@pytest.mark.parametrize("proxy", ["http://", "http://[", "ftp://proxy.example.com", "http://a..b:1"])
def test_invalid_proxy_is_an_error(monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    assert fault_of("https://api.example.com", proxied=True).sent is False


# TLS


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def tls(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    return context


@pytest.fixture
def bundle(authority: trustme.CA, tmp_path: Path) -> str:
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    return str(tmp_path / "ca.pem")


@pytest.mark.not_quick
def test_trusted_certificate_is_accepted(tls: ssl.SSLContext, bundle: str) -> None:
    with serve(response(), context=tls) as server:
        assert exchange(transport_to(server.url, bundle)).status == 200


@pytest.mark.not_quick
def test_untrusted_certificate_names_the_ca_bundle(tls: ssl.SSLContext, tmp_path: Path) -> None:
    trustme.CA().cert_pem.write_to_path(tmp_path / "other.pem")
    with serve(response(), context=tls) as server:
        fault = fault_of(server.url, verify=str(tmp_path / "other.pem"))
        assert (fault.kind, fault.sent) == ("configuration", False)
        assert f"localhost:{server.port}" in fault.reason
        assert f"ca_path '{tmp_path}/other.pem'" in fault.reason
        assert "the default CA bundle" in fault_of(server.url).reason


@pytest.mark.parametrize("content", [b"", b"no certificate", b"-----BEGIN CERTIFICATE-----\nx\n"])
@pytest.mark.parametrize("source", ["ca_path", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_bundle_without_a_certificate_is_named(
    tls: ssl.SSLContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes, source: str
) -> None:
    path = tmp_path / "bad.pem"
    path.write_bytes(content)
    if source != "ca_path":
        monkeypatch.setenv(source, str(path))
    with serve(response(), context=tls) as server:
        fault = fault_of(server.url, verify=str(path) if source == "ca_path" else None)
    assert (fault.kind, fault.sent) == ("configuration", False)
    assert fault.reason == f"the CA bundle '{path}' ({source}) does not contain a PEM certificate"


def test_unreadable_bundle_is_named(tls: ssl.SSLContext, bundle: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: Any, **kwargs: Any) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(ssl.SSLContext, "load_verify_locations", refuse)
    with serve(response(), context=tls) as server:
        fault = fault_of(server.url, verify=bundle)
    assert fault.reason == f"the CA bundle '{bundle}' (ca_path) cannot be read: permission denied"


def test_directory_without_certificates_is_named(tls: ssl.SSLContext, tmp_path: Path) -> None:
    with serve(response(), context=tls) as server:
        fault = fault_of(server.url, verify=str(tmp_path))
    assert (fault.kind, fault.sent) == ("configuration", False)
    assert f"ca_path '{tmp_path}'" in fault.reason


@pytest.mark.parametrize("greeting", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\x16\x03\x03\x00\x02\x02\x28"])
def test_failed_tls_handshake_was_not_sent(greeting: bytes) -> None:
    with listener() as server:

        def break_off() -> None:
            connection, _address = server.accept()
            connection.recv(5)
            connection.sendall(greeting)
            connection.close()

        threading.Thread(target=break_off, daemon=True).start()
        port = server.getsockname()[1]
        fault = fault_of(f"https://127.0.0.1:{port}")
    assert (fault.kind, fault.sent) == ("connection", False)
    assert fault.reason.startswith(f"connection to 127.0.0.1:{port} failed: ")


@pytest.mark.not_quick
def test_tls_handshake_without_an_end_was_not_sent() -> None:
    with listener() as server, within(15):
        fault = fault_of(f"https://127.0.0.1:{server.getsockname()[1]}", seconds=0.2)
    assert (fault.kind, fault.sent) == ("timeout", False)
    assert fault.reason.startswith("could not connect to 127.0.0.1:")


# Responses


@pytest.mark.parametrize("interim", [b"HTTP/1.1 102 Processing\r\n\r\n", EARLY_HINTS, EARLY_HINTS * 3])
def test_interim_responses_are_read_past(interim: bytes) -> None:
    with serve(interim + response(b"first"), response(b"second")) as server:
        transport = transport_to(server.url)
        assert [exchange(transport).content for _request in range(2)] == [b"first", b"second"]
        assert server.connections == 1


def test_endless_interim_responses_are_an_error() -> None:
    with serve(EARLY_HINTS * 100) as server:
        fault = fault_of(server.url)
    assert (fault.kind, fault.sent) == ("response", True)


def test_interim_response_of_a_proxy_to_connect_is_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    with serve(EARLY_HINTS + b"HTTP/1.1 200 OK\r\n\r\n") as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        fault = fault_of("https://api.example.com", proxied=True)
    assert (fault.sent, "the proxy refused the connection (103 Early Hints)" in fault.reason) == (False, True)


@pytest.mark.parametrize(
    ("encoding", "content"),
    [
        ("gzip", gzipped(b"text")),
        ("x-gzip", gzipped(b"text")),
        ("GZIP", gzipped(b"te") + gzipped(b"xt")),
        ("gzip", gzipped(b"text") + b"garbage"),
        ("deflate", zlib.compress(b"text")),
        ("deflate", zlib.compress(b"text")[2:-4]),
        ("identity", b"text"),
        ("", b"text"),
    ],
)
def test_encoded_response_is_decoded(encoding: str, content: bytes) -> None:
    with serve(response(content, Content_Encoding=encoding)) as server:
        assert exchange(transport_to(server.url)).content == b"text"


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
@pytest.mark.parametrize("status", ["204 No Content", "200 OK"])
def test_encoding_of_an_empty_response_is_ignored(encoding: str, status: str) -> None:
    with serve(response(b"", status, Content_Encoding=encoding)) as server:
        assert exchange(transport_to(server.url)).content == b""


UNDECODABLE = [
    ("gzip", b'{"id": "a"}' * 2000),
    ("deflate", b'{"id": "a"}' * 2000),
    ("gzip", gzipped(b"text" * 1000)[:20]),
    ("br", b"text"),
    ("gzip, gzip", gzipped(gzipped(b"text"))),
    ("gzip", gzipped(b"x") * 10000),
]


@pytest.mark.parametrize(("encoding", "content"), UNDECODABLE)
def test_undecodable_response_is_named(encoding: str, content: bytes) -> None:
    with serve(response(content, Content_Encoding=encoding)) as server:
        fault = fault_of(server.url)
    assert (fault.kind, fault.sent) == ("response", True)
    assert fault.reason == f"the response could not be decoded (Content-Encoding: {encoding})"


BAD_RESPONSES = [
    *[response(content, Content_Encoding=encoding) for encoding, content in UNDECODABLE],
    CUT_SHORT,
    CHUNKED + b"-5\r\nhello\r\n0\r\n\r\n",
    CHUNKED + b"zz\r\nhello\r\n0\r\n\r\n",
    CHUNKED + b"5\r\nhel",
    CHUNKED,
    b"HTTP/1.1 abc OK\r\n\r\n",
    b"garbage\r\n\r\n",
    b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n",
    b"HTTP/1.1 200 OK\r\nX: " + b"y" * 70000 + b"\r\n\r\n",
    b"HTTP/1.1 200 " + b"y" * 70000 + b"\r\n\r\n",
    b"",
    response(BOMB, Content_Encoding="gzip"),
    pytest.param(response(b"\0" * (MAX_RESPONSE_SIZE + 1)), marks=[pytest.mark.slow, pytest.mark.every_core]),
    EARLY_HINTS * 100,
    response(Content_Length="1, 2"),
]


@pytest.mark.parametrize("reply", BAD_RESPONSES, ids=range(len(BAD_RESPONSES)))
def test_connection_returns_to_the_pool_after_a_bad_response(reply: bytes) -> None:
    with serve(*[reply] * 3, response()) as server, within(60):
        transport = transport_to(server.url, connections=1)
        for _attempt in range(3):
            with pytest.raises(TransportError) as caught:
                exchange(transport)
            assert caught.value.sent
        assert exchange(transport).content == b'{"id": "a"}'


def test_connection_returns_to_the_pool_after_an_interrupt(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*args: Any, **kwargs: Any) -> None:
        raise KeyboardInterrupt

    with serve(response(), response()) as server, within(30):
        transport = transport_to(server.url, connections=1)
        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
            patch.setattr(HTTPResponse, "stream", interrupt)
            exchange(transport)
        assert exchange(transport).status == 200


def test_closed_transport_leaves_no_connection_open() -> None:
    with serve(response(), repeat=True) as server:
        transport = transport_to(server.url, connections=4)
        exchange(transport)
        pools = transport._adapter.poolmanager.pools
        (pool,) = map(pools.get, pools.keys())
        (connection,) = [each for each in pool.pool.queue if each]
        transport.close()
        assert connection.sock is None
        assert exchange(transport).status == 200


@pytest.mark.parametrize("fresh", [False, True])
def test_post_over_a_connection_of_its_own_is_not_lost_where_kept_ones_are_closed(fresh: bool) -> None:
    with serve(response(), repeat=True, per_connection=1) as server:
        transport = transport_to(server.url)
        exchange(transport)
        if not fresh:
            with pytest.raises(TransportError, match="closed the connection without a response"):
                exchange(transport, "POST")
            return
        assert [exchange(transport, "POST", fresh=True).status for _request in range(3)] == [200] * 3
        assert server.connections == 4


def test_connection_of_its_own_leaves_the_kept_ones_alone() -> None:
    with serve(response(), repeat=True) as server:
        transport = transport_to(server.url)
        for fresh in (False, True, False, True, False):
            exchange(transport, "POST", fresh=fresh)
        assert server.connections == 3


def test_connection_of_its_own_is_closed_whatever_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    closed: list[Any] = []
    close = urllib3_internals.Adapter.close
    with serve(response(), CUT_SHORT) as server:
        transport = transport_to(server.url)
        monkeypatch.setattr(urllib3_internals.Adapter, "close", lambda self: closed.append(close(self)))
        exchange(transport, "POST", fresh=True)
        with pytest.raises(TransportError):
            exchange(transport, "POST", fresh=True)
    assert len(closed) == 2


@pytest.mark.not_quick
def test_connection_of_its_own_checks_certificates_and_takes_the_bundle(tls: ssl.SSLContext, bundle: str) -> None:
    with serve(response(), repeat=True, context=tls) as server:
        assert exchange(transport_to(server.url, bundle), "POST", fresh=True).status == 200
        with pytest.raises(TransportError, match="the certificate of localhost"):
            exchange(transport_to(server.url), "POST", fresh=True)


def test_discarded_connection_is_replaced() -> None:
    with serve(response(), response()) as server:
        transport = transport_to(server.url)
        exchange(transport).discard_connection()
        assert exchange(transport).status == 200
        assert server.connections == 2


@pytest.mark.not_quick
@pytest.mark.parametrize(
    "reply",
    [
        lambda: response(BOMB, Content_Encoding="gzip"),
        lambda: response(zlib.compress(bytes(2 * MAX_RESPONSE_SIZE)), Content_Encoding="deflate"),
        lambda: response(b"\0" * (MAX_RESPONSE_SIZE + 1)),
        lambda: CHUNKED + b"%x\r\n" % (2 * MAX_RESPONSE_SIZE) + b"\0" * 2 * MAX_RESPONSE_SIZE,
        lambda: b"HTTP/1.1 200 OK\r\n\r\n" + b"\0" * 2 * MAX_RESPONSE_SIZE,
        lambda: CHUNKED + b"0\r\n" + (b"x" * 5000 + b"\r\n") * (MAX_RESPONSE_SIZE // 5000 + 1),
    ],
    ids=["bomb", "deflate", "length", "chunk", "unbounded", "trailers"],
)
def test_response_without_bounds_is_refused_in_bounded_memory(reply: Callable[[], bytes]) -> None:
    with serve(reply()) as server:
        transport = transport_to(server.url)
        with within(30), pytest.raises(TransportError) as caught:
            tracemalloc.start()
            try:
                exchange(transport, seconds=25)
            finally:
                peak = tracemalloc.get_traced_memory()[1]
                tracemalloc.stop()
    assert (caught.value.kind, caught.value.transient) == ("size", False)
    assert caught.value.reason == "the response is larger than 32 MiB"
    assert peak < 3 * MAX_RESPONSE_SIZE


@pytest.mark.not_quick
def test_large_response_within_bounds_is_read() -> None:
    content = b"x" * (MAX_RESPONSE_SIZE // 2)
    with serve(response(gzipped(content), Content_Encoding="gzip"), response(content)) as server:
        transport = transport_to(server.url)
        assert [len(exchange(transport).content) for _request in range(2)] == [len(content)] * 2


# The process


def test_missing_file_descriptor_for_the_error_itself_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, to_transport_error.__module__, None)
    fault = fault_of(f"http://127.0.0.1:{free_port()}")
    assert (fault.kind, fault.sent, fault.reason) == ("connection", True, "the connection failed: too many open files")


@pytest.mark.slow
@pytest.mark.every_core
def test_lack_of_file_descriptors_is_an_error_and_ends() -> None:
    """32 threads in a process that may open 16 files: each request succeeds or is reported, and later ones succeed."""
    with serve(response(), repeat=True) as server:
        script = f"""
import resource, threading
from ansible_collections.dasha.blackbox.plugins.module_utils._transport.client import Client
from ansible_collections.dasha.blackbox.plugins.module_utils._transport.errors import ApiError
from ansible_collections.dasha.blackbox.plugins.module_utils._transport.http import Transport
from ansible_collections.dasha.blackbox.plugins.module_utils._common.redaction import Redactor
from ansible_collections.dasha.blackbox.plugins.module_utils._transport.retry import RetryPolicy
transport = Transport({server.url!r}, {{}}, None, trust_env_proxies=False, connections=32)
client = Client(transport, RetryPolicy(0, 1), 5, Redactor([]))
resource.setrlimit(resource.RLIMIT_NOFILE, (16, 16))
results = []
def work():
    for _request in range(5):
        try:
            results.append(client.get("/things")["id"])
        except ApiError as error:
            results.append(error.outcome)
        except BaseException as error:
            results.append(repr(error))
threads = [threading.Thread(target=work, daemon=True) for _worker in range(32)]
for thread in threads: thread.start()
for thread in threads: thread.join(20)
assert len(results) == 160, len(results)
assert set(results) <= {{"a", "not_sent", "no_response"}}, set(results)
client.close()
assert client.get("/things") == {{"id": "a"}}
"""
        subprocess.run([sys.executable, "-c", script], check=True, timeout=60)
