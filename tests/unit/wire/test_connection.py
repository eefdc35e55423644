# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How the modules reach the API: certificates, proxies, redirects, time, secrets."""

from __future__ import annotations

import contextlib
import http.server
import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme

from ansible_collections.dasha.blackbox.plugins.module_utils._common.errors import InvalidOptionsError
from ansible_collections.dasha.blackbox.plugins.module_utils._common.redaction import Redactor
from ansible_collections.dasha.blackbox.plugins.module_utils._running.connection import (
    CONNECTIONS,
    connect,
    connection_spec,
    with_environment,
)
from ansible_collections.dasha.blackbox.plugins.module_utils._version import VERSION
from emulator.client import Emulator
from unit.harness import NUMBERS, TRUNK

pytestmark = pytest.mark.both_doors

Run = Callable[..., dict[str, Any]]
PAIR = {"phone_number": "+15551234567", "credentials_id": TRUNK}
KEY = "sk-live-0123456789abcdef-ghijkl"


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


class Recorder(http.server.BaseHTTPRequestHandler):
    """Notes every request, and answers it with 502."""

    requests: list[tuple[str, str, dict[str, str]]] = []

    def do_GET(self) -> None:
        self.requests.append((self.command, self.path, {name.lower(): value for name, value in self.headers.items()}))
        self.send_error(502)

    do_CONNECT = do_POST = do_GET

    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture
def recorder() -> Iterator[str]:
    Recorder.requests.clear()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Recorder)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


# Who is asked, and with which key


def test_user_agent_has_the_version(emulator: Emulator, run: Run) -> None:
    run("sip_phone_number_info")
    headers = {name.lower(): value for name, value in emulator.requests()[0]["headers"]}
    assert headers["user-agent"] == f"dasha.blackbox/{VERSION}"


@pytest.mark.parametrize("where", ["HOME", "NETRC"])
def test_netrc_does_not_replace_the_key(
    emulator: Emulator, run: Run, monkeypatch: Any, tmp_path: Path, where: str
) -> None:
    netrc = tmp_path / ".netrc"
    netrc.write_text("machine 127.0.0.1 login eve password mallory\ndefault login eve password mallory\n")
    netrc.chmod(0o600)
    monkeypatch.setenv(where, str(netrc if where == "NETRC" else tmp_path))
    run("sip_phone_number_info")
    headers = {name.lower(): value for name, value in emulator.requests()[0]["headers"]}
    assert headers["authorization"] == f"Bearer {emulator.key}"


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"])
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_loopback_is_never_proxied(
    emulator: Emulator, run: Run, recorder: str, monkeypatch: Any, variable: str, host: str
) -> None:
    monkeypatch.setenv(variable, recorder)
    url = emulator.url.replace("127.0.0.1", host)
    assert run("sip_phone_number_info", api_url=url)["failed"] is False
    assert Recorder.requests == []


def test_proxy_of_the_environment_is_used(door: Run, recorder: str, monkeypatch: Any) -> None:
    monkeypatch.setenv("HTTPS_PROXY", recorder)
    options = {"api_key": KEY, "api_url": "https://blackbox.invalid", "api_retries": 0}
    result = door("sip_phone_number_info", options)
    assert [(method, path) for method, path, headers in Recorder.requests] == [("CONNECT", "blackbox.invalid:443")]
    assert KEY not in json.dumps([headers for method, path, headers in Recorder.requests])
    assert result["error"]["outcome"] == "not_sent"
    assert "proxy" in result["msg"]


def test_proxy_exceptions_of_the_environment_hold(door: Run, recorder: str, monkeypatch: Any) -> None:
    monkeypatch.setenv("HTTPS_PROXY", recorder)
    monkeypatch.setenv("NO_PROXY", "blackbox.invalid")
    options = {"api_key": KEY, "api_url": "https://blackbox.invalid", "api_retries": 0}
    assert door("sip_phone_number_info", options)["failed"] is True
    assert Recorder.requests == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_not_followed(emulator: Emulator, run: Run, recorder: str, status: int) -> None:
    fault = {"status": status, "headers": {"Location": f"{recorder}/elsewhere"}}
    emulator.fault({"match": {}, "times": None, "fault": fault})
    result = run("sip_phone_number_info")
    assert f"{recorder}/elsewhere" in result["msg"]
    assert result["error"]["status"] == status
    assert Recorder.requests == []


@pytest.mark.parametrize("location", [None, "http://[", "//"])
def test_odd_locations_do_no_harm(emulator: Emulator, run: Run, location: str | None) -> None:
    headers = {} if location is None else {"Location": location}
    emulator.fault({"match": {}, "times": None, "fault": {"status": 302, "headers": headers}})
    assert run("sip_phone_number_info")["error"]["status"] == 302


def test_trailing_slash_of_the_origin(emulator: Emulator, run: Run) -> None:
    assert run("sip_phone_number_info", api_url=f"{emulator.url}/")["failed"] is False
    assert emulator.requests()[0]["path"] == NUMBERS


# Certificates


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def secure(authority: trustme.CA, tmp_path_factory: Any) -> Iterator[tuple[Emulator, str]]:
    folder = tmp_path_factory.mktemp("tls")
    certificate = authority.issue_cert("localhost")
    certificate.private_key_pem.write_to_path(folder / "key.pem")
    for blob in certificate.cert_chain_pems:
        blob.write_to_path(folder / "cert.pem", append=True)
    authority.cert_pem.write_to_path(folder / "ca.pem")
    arguments = ["--tls-cert", str(folder / "cert.pem"), "--tls-key", str(folder / "key.pem")]
    with Emulator.start("--exit-with-parent", "--quiet", *arguments) as emulator:
        yield emulator, str(folder / "ca.pem")


@pytest.fixture
def over_tls(door: Run, secure: tuple[Emulator, str]) -> Run:
    """Run sip_phone_number_info against an emulator with a certificate."""
    emulator, _bundle = secure
    url = emulator.url.replace("127.0.0.1", "localhost")

    def over_tls(**options: Any) -> dict[str, Any]:
        connection = {"api_key": emulator.key, "api_url": url, "api_retry_max_delay": 0.01}
        return door("sip_phone_number_info", {**connection, **options})

    return over_tls


@pytest.mark.slow
@pytest.mark.every_core
def test_untrusted_certificate_is_refused_at_once(over_tls: Run) -> None:
    result = over_tls()
    assert "certificate" in result["msg"]
    assert (result["error"]["attempts"], result["error"]["outcome"]) == (1, "not_sent")


@pytest.mark.not_quick
def test_ca_path(over_tls: Run, secure: tuple[Emulator, str]) -> None:
    assert over_tls(ca_path=secure[1])["failed"] is False


def test_certificates_need_not_be_checked(over_tls: Run, recwarn: pytest.WarningsRecorder) -> None:
    assert over_tls(validate_certs=False)["failed"] is False
    assert [str(warning.message) for warning in recwarn if "HTTPS" in str(warning.message)] == []


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_bundles_of_the_environment_work(
    over_tls: Run, secure: tuple[Emulator, str], monkeypatch: Any, variable: str
) -> None:
    monkeypatch.setenv(variable, secure[1])
    assert over_tls()["failed"] is False


def test_options_win_over_the_bundles_of_the_environment(
    over_tls: Run, secure: tuple[Emulator, str], monkeypatch: Any, tmp_path: Path
) -> None:
    other = tmp_path / "other.pem"
    trustme.CA().cert_pem.write_to_path(other)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(other))
    assert over_tls()["failed"] is True
    assert over_tls(ca_path=secure[1])["failed"] is False
    assert over_tls(validate_certs=False)["failed"] is False


def test_missing_bundle_of_the_environment_is_an_error(over_tls: Run, monkeypatch: Any) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/no/such/bundle.pem")
    result = over_tls()
    assert "CA bundle" in result["msg"]
    assert result["error"]["attempts"] == 1


@pytest.mark.parametrize("source", ["ca_path", "REQUESTS_CA_BUNDLE"])
def test_bundle_without_a_certificate_is_named_and_not_retried(
    over_tls: Run, monkeypatch: Any, tmp_path: Path, source: str
) -> None:
    bundle = tmp_path / "bad.pem"
    bundle.write_text("no certificate\n")
    if source == "ca_path":
        result = over_tls(ca_path=str(bundle))
    else:
        monkeypatch.setenv(source, str(bundle))
        result = over_tls()
    assert f"the CA bundle '{bundle}' ({source}) does not contain a PEM certificate" in result["msg"]
    assert result["error"]["attempts"] == 1


# Options


def options_with(**options: Any) -> dict[str, Any]:
    defaults = {name: details.get("default") for name, details in connection_spec().items()}
    return {**defaults, "api_key": KEY, **options}


def connect_with(**options: Any) -> Any:
    return connect(options_with(**options), Redactor([KEY]))


def refusal_of(**options: Any) -> str:
    with pytest.raises(InvalidOptionsError) as caught:
        connect_with(**options)
    return str(caught.value)


@pytest.mark.parametrize(
    ("option", "value", "least"),
    [
        ("api_timeout", 0.0005, "0.001"),
        ("api_timeout", 0, "0.001"),
        ("api_timeout", -1, "0.001"),
        ("api_timeout", float("nan"), "0.001"),
        ("api_timeout", float("inf"), "0.001"),
        ("api_retry_max_delay", float("nan"), "0"),
        ("api_retry_max_delay", -0.1, "0"),
        ("api_retries", -1, "0"),
    ],
)
def test_number_out_of_range_is_refused_with_the_minimum(option: str, value: float, least: str) -> None:
    assert refusal_of(**{option: value}) == f"{option} must be at least {least}, not {value!r}."


@pytest.mark.parametrize("option", ["api_timeout", "api_retries", "api_retry_max_delay"])
@pytest.mark.parametrize("value", [1e12, 10**400])
def test_enormous_number_is_accepted(emulator: Emulator, option: str, value: float) -> None:
    client = connect_with(api_url=emulator.url, api_key=emulator.key, **{option: value})
    assert client.get(NUMBERS)["totalCount"] == 0


@pytest.mark.parametrize(
    "host", ["a..b", ".a", "a..", "a" * 64, f"{'a' * 70}.example.com", "ü" * 64, "ex ample.com", "a\x7fb", "\ud800.com"]
)
def test_invalid_host_name_is_refused(host: str) -> None:
    assert "host name" in refusal_of(api_url=f"https://{host}")


@pytest.mark.parametrize(
    "host", ["a.b", "a.b.", "a" * 63, "bücher.example", "10.0.0.1", "[::1]", "[::1]:8443", "a_b.c"]
)
def test_valid_host_name_is_accepted(host: str) -> None:
    connect_with(api_url=f"https://{host}")


def test_missing_options_come_from_the_environment_that_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BLACKBOX_API_KEY", "of the process")
    environ = {"BLACKBOX_API_KEY": "of the task", "BLACKBOX_API_URL": "https://a.example", "BLACKBOX_CA_PATH": ""}
    options = with_environment({"api_url": "https://b.example", "x": 1}, environ)
    assert options == {"api_key": "of the task", "api_url": "https://b.example", "x": 1}


# Time


def test_refused_connection_is_retried_and_named(door: Run) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    options = {"api_key": KEY, "api_url": url, "api_retry_max_delay": 0.01, **PAIR}
    result = door("sip_phone_number", options)
    assert result["error"]["attempts"] == 5
    assert (result["error"]["status"], result["error"]["outcome"]) == (None, "not_sent")
    assert f"connection to {url.partition('//')[2]} failed: connection refused" in result["msg"]


def test_unknown_host(door: Run) -> None:
    options = {"api_key": KEY, "api_url": "https://no-such-host.invalid", "api_retries": 0}
    result = door("sip_phone_number_info", options)
    assert result["error"]["outcome"] == "not_sent"
    assert "could not be resolved" in result["msg"]


@contextlib.contextmanager
def took(at_most: float) -> Iterator[None]:
    start = time.monotonic()
    yield
    assert time.monotonic() - start < at_most


@pytest.mark.slow
@pytest.mark.every_core
@pytest.mark.parametrize(
    "fault", [{"hang": 30}, {"drip": 0.1}, {"drip": 0.1, "headers": True}, {"delay": 30}], ids=json.dumps
)
def test_attempt_without_a_complete_response_ends_in_time(emulator: Emulator, run: Run, fault: dict[str, Any]) -> None:
    emulator.fault({"match": {}, "times": None, "fault": fault})
    with took(at_most=5):
        result = run("sip_phone_number_info", api_timeout=0.4, api_retries=1)
    assert (result["error"]["title"], result["error"]["attempts"]) == ("Timeout", 2)
    assert result["error"]["outcome"] == "no_response"


@pytest.mark.slow
@pytest.mark.every_core
def test_silent_server_is_a_timeout(door: Run) -> None:
    with socket.socket() as silent, took(at_most=5):
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        url = f"https://127.0.0.1:{silent.getsockname()[1]}"
        options = {"api_key": KEY, "api_url": url, "api_timeout": 0.3, "api_retries": 0}
        result = door("sip_phone_number_info", options)
    assert result["error"]["title"] == "Timeout"


@contextlib.contextmanager
def dead_address(address: str, port: int) -> Iterator[None]:
    """Have an address that takes no connection and refuses none: its queue is full."""
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(socket.socket())
        server.bind((address, port))
        server.listen(0)
        for _place in range(3):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex((address, port))
        yield


@pytest.fixture
def two_addresses(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """Let localhost have two addresses, the first of them dead, as where IPv6 leads nowhere; yield the port."""
    port = int(emulator.url.rpartition(":")[2])
    resolve = socket.getaddrinfo

    def resolve_both(host: str, *args: Any, **kwargs: Any) -> Any:
        hosts = ["127.0.0.2", "127.0.0.1"] if host == "localhost" else [host]
        return [info for each in hosts for info in resolve(each, *args, **kwargs)]

    monkeypatch.setattr(socket, "getaddrinfo", resolve_both)
    with dead_address("127.0.0.2", port):
        yield port


@pytest.mark.slow
@pytest.mark.every_core
def test_dead_address_does_not_use_up_the_attempt(run: Run, two_addresses: int) -> None:
    options = {"api_url": f"http://localhost:{two_addresses}", "api_timeout": 1, "api_retries": 0}
    assert run("sip_phone_number_info", **options)["failed"] is False


@pytest.mark.slow
@pytest.mark.every_core
def test_two_dead_addresses_share_the_time(run: Run, two_addresses: int) -> None:
    port = free_port()
    options = {"api_url": f"http://localhost:{port}", "api_timeout": 2, "api_retries": 0}
    with dead_address("127.0.0.1", port), dead_address("127.0.0.2", port), took(at_most=3.8):
        error = run("sip_phone_number_info", **options)["error"]
    assert (error["title"], error["attempts"]) == ("Timeout", 1)


@pytest.mark.not_quick
def test_slow_response_within_the_time_is_read(emulator: Emulator, run: Run) -> None:
    emulator.fault({"match": {}, "times": 1, "fault": {"drip": 0.001}})
    assert run("sip_phone_number_info", api_timeout=20)["failed"] is False


@pytest.mark.slow
@pytest.mark.every_core
def test_retry_after_is_waited_for(emulator: Emulator, run: Run) -> None:
    emulator.fault({"match": {}, "times": 1, "fault": {"status": 429, "headers": {"Retry-After": "1"}}})
    start = time.monotonic()
    assert run("sip_phone_number_info", api_retry_max_delay=5)["failed"] is False
    assert time.monotonic() - start >= 1


def test_retry_after_beyond_the_maximum_is_reported(emulator: Emulator, run: Run) -> None:
    emulator.fault({"match": {}, "times": 1, "fault": {"status": 429, "headers": {"Retry-After": "3600"}}})
    result = run("sip_phone_number_info")
    assert "3600 s" in result["msg"]
    assert "api_retry_max_delay" in result["msg"]
    assert len(emulator.requests()) == 1


@pytest.mark.parametrize("retries", [0, 2])
def test_number_of_attempts(emulator: Emulator, run: Run, retries: int) -> None:
    emulator.fault({"match": {}, "times": None, "fault": {"status": 503}})
    assert run("sip_phone_number_info", api_retries=retries)["error"]["attempts"] == retries + 1
    assert len(emulator.requests()) == retries + 1


def test_connection_is_kept(emulator: Emulator, run: Run) -> None:
    run("sip_phone_number", **PAIR)
    assert [entry["method"] for entry in emulator.requests()] == ["GET", "POST"]
    assert emulator.stats()["connections"] == 1


@pytest.mark.not_quick
def test_long_listing_needs_few_connections(emulator: Emulator, run: Run) -> None:
    emulator.set(max_take=1)
    emulator.seed({"generate": {"numbers": 100, "trunks": 1}})
    run("sip_phone_number_info")
    assert emulator.stats()["requests"] == 100
    assert emulator.stats()["connections"] <= CONNECTIONS


# Secrets


@pytest.fixture(scope="module")
def keyed() -> Iterator[Emulator]:
    with Emulator.start("--exit-with-parent", "--quiet", "--key", KEY) as emulator:
        yield emulator


def leaking(echo: str) -> list[dict[str, Any]]:
    problem = {"title": f"Key {echo}", "detail": f"Bearer {echo} is no good", "errors": {echo: [echo]}}
    return [
        {"status": 401, "body": problem},
        {"status": 400, "body": echo, "content_type": "text/plain"},
        {"status": 302, "headers": {"Location": f"http://127.0.0.1/?key={echo}"}},
        {"status": 429, "body": problem, "headers": {"Retry-After": "999"}},
        {"status": 200, "body": {"items": [{"id": echo, "displayName": echo, echo: echo}], "totalCount": 1}},
    ]


@pytest.mark.not_quick
@pytest.mark.parametrize("verbosity", [0, 4])
@pytest.mark.parametrize("kind", range(5))
@pytest.mark.parametrize("echo", [KEY, KEY[:16], KEY[-16:], KEY[8:24]])
def test_key_that_the_server_echoes_never_appears(
    door: Run, keyed: Emulator, capfd: Any, echo: str, kind: int, verbosity: int
) -> None:
    keyed.reset(seed={}, faults=[{"match": {}, "times": None, "fault": leaking(echo)[kind]}])
    options = {"api_key": KEY, "api_url": keyed.url, "api_retries": 0}
    result = door("sip_phone_number_info", options, verbosity=verbosity)
    printed = capfd.readouterr()
    assert echo not in json.dumps(result) + printed.out + printed.err


@pytest.mark.parametrize("key", [f"{KEY}\r\nX: y", f"{KEY}\x00", f"{KEY}é"])
def test_key_that_cannot_be_sent_never_appears(door: Run, key: str) -> None:
    result = door("sip_phone_number_info", {"api_key": key, "api_url": "http://127.0.0.1:9"})
    assert result["failed"] is True
    assert KEY not in json.dumps(result)


# Without requests


@pytest.mark.not_quick
def test_missing_requests_gives_the_usual_message(tmp_path: Path) -> None:
    (tmp_path / "requests.py").write_text("raise ImportError('No module named requests')\n")
    script = (
        "import json, sys\n"
        f"sys.path.insert(0, {str(tmp_path)!r})\n"
        f"sys.path.insert(1, {str(Path(__file__).parents[2])!r})\n"
        "from unit.harness import run_module\n"
        "print(json.dumps(run_module('sip_phone_number_info', {'api_key': 'x'})))\n"
    )
    process = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    result = json.loads(process.stdout)
    assert result["failed"] is True
    assert "Failed to import the required Python library (requests)" in result["msg"]
