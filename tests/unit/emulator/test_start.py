# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The command line: starting, stopping, and the state file."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import ssl
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
import trustme

from emulator.cli import main
from emulator.client import FOLDER, ControlError, Emulator
from unit.emulator.http_helpers import BODY, CREDENTIALS, PHONE, ApiClient, control, open_request
from unit.harness import NUMBERS, TRUNK

SEED = {"credentials": [{"id": TRUNK, "server": "sip.example.com"}], "agents": [{"id": "agent-1"}]}


class Started:
    """An emulator whose process and output a test examines."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        self.process = process
        self.output = process.stdout.readline()
        self.emulator = Emulator(self.output.split()[4], "emulator-key")

    def stop(self, how: int = signal.SIGTERM) -> str:
        """Return the output on stderr."""
        self.process.send_signal(how)
        return self.process.communicate(timeout=30)[1]


@contextmanager
def started(*arguments: Any, command: tuple[str, ...] = (str(FOLDER),), **how: Any) -> Iterator[Started]:
    process = subprocess.Popen(
        [sys.executable, *command, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **how,
    )
    try:
        yield Started(process)
    finally:
        process.kill()
        process.communicate()


Refused = Callable[..., str]


@pytest.fixture
def refused(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Refused:
    """Return the message of an emulator that does not start."""

    def refused(*arguments: Any) -> str:
        monkeypatch.setattr(sys, "argv", ["emulator", *map(str, arguments)])
        with pytest.raises(SystemExit) as stopped:
            main()
        printed = capsys.readouterr()
        assert (stopped.value.code not in (0, None), printed.out) == (True, "")
        return f"{stopped.value.code}\n{printed.err}"

    return refused


# Starting


@pytest.mark.parametrize("name", ["stop", "shutdown"])
def test_start_as_module_works(tmp_path: Path, name: str) -> None:
    with started(command=("-m", "emulator"), cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(FOLDER.parent)}) as one:
        assert ApiClient(one.emulator).get().status == 200
        assert control(one.emulator, "POST", name).status == 200
        assert (one.process.wait(timeout=30), one.process.communicate()[1]) == (0, "")


def test_start_from_an_installed_collection_works(tmp_path: Path) -> None:
    copy = tmp_path / "ansible_collections/dasha/blackbox/tests/emulator"
    shutil.copytree(FOLDER, copy, ignore=shutil.ignore_patterns("__pycache__"))
    port_file = tmp_path / "port"
    with started("--port-file", port_file, command=(str(copy),), cwd=tmp_path) as one:
        assert one.output == f"BlackBox emulator listening on {one.emulator.url} (key: emulator-key)\n"
        assert one.emulator.url == f"http://127.0.0.1:{port_file.read_text().strip()}"
        assert ApiClient(one.emulator).get().status == 200
        assert one.stop() == ""
        assert one.process.returncode == 0


def test_missing_requirement_is_named() -> None:
    process = subprocess.run([sys.executable, "-I", "-S", str(FOLDER)], capture_output=True, text=True, check=False)
    assert process.returncode != 0
    assert "Traceback" not in process.stderr
    assert "requirements.txt" in process.stderr


def test_tls(tmp_path: Path) -> None:
    authority = trustme.CA()
    pem = tmp_path / "both.pem"
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(pem)
    context = ssl.create_default_context()
    authority.configure_trust(context)
    with Emulator.start("--exit-with-parent", "--quiet", "--tls-cert", str(pem)) as emulator:
        assert emulator.url.startswith("https://")
        emulator.fault({"fault": {"drip": 0.0001}})
        port = int(emulator.url.rpartition(":")[2])
        with context.wrap_socket(socket.create_connection(("127.0.0.1", port)), server_hostname="127.0.0.1") as sock:
            sock.sendall(f"GET {NUMBERS} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {emulator.key}\r\n\r\n".encode())
            assert b'"totalCount":0' in b"".join(iter(lambda: sock.recv(65536), b""))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--host", "0.0.0.0"], "not a loopback address"),
        (["--host", "example.com"], "not a loopback address"),
        (["--tls-key", "key.pem"], "--tls-cert"),
        (["--tls-cert", "no-such.pem"], "no-such.pem"),
        (["--set", "filter=odd"], "filter"),
        (["--set", "filter=["], "--set filter=["),
        (["--set", "colour"], "uuid_case"),
        (["--seed", "no-such.yml"], "no-such.yml cannot be read"),
        (["--numbers", "-1"], "generate.numbers"),
        (["--key", "two words"], "--key"),
        (["--state", "/no/such/folder/state"], "/no/such/folder"),
    ],
    ids=" ".join,
)
def test_invalid_command_line_is_refused(refused: Refused, arguments: list[str], words: str) -> None:
    assert words in refused(*arguments)


def test_port_in_use_is_refused(refused: Refused, emulator_process: Emulator) -> None:
    assert "address already in use" in refused("--port", emulator_process.url.rpartition(":")[2])


def test_client_reports_failed_start(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ControlError), Emulator.start("--seed", "no-such.yml"):
        pass
    assert "no-such.yml" in capfd.readouterr().err


def test_emulator_ends_with_its_parent() -> None:
    script = (
        "import subprocess, sys; "
        "child = subprocess.Popen(sys.argv[1:], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL); "
        "print(child.stdout.readline().decode())"
    )
    command = [sys.executable, "-c", script, sys.executable, str(FOLDER), "--exit-with-parent"]
    words = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.split()
    orphan = Emulator(words[4], "emulator-key")
    end = time.monotonic() + 30
    while is_listening(orphan):
        if time.monotonic() > end:
            control(orphan, "POST", "stop")
            pytest.fail("it is still there")
        time.sleep(0.05)


def is_listening(emulator: Emulator) -> bool:
    try:
        socket.create_connection(("127.0.0.1", int(emulator.url.rpartition(":")[2]))).close()
    except ConnectionError:
        return False
    return True


# Options, all at once


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("start")


@pytest.fixture(scope="module")
def configured(folder: Path) -> Iterator[Emulator]:
    trunk = f"{{id: {TRUNK}, server: sip.example.com, createdTime: 2020-01-01T00:00:00Z}}"
    (folder / "a.yml").write_text(f"# Trunks first\ncredentials:\n  - {trunk}\n")
    (folder / "b.json").write_text(json.dumps({"phone_numbers": [BODY]}))
    arguments = ["--seed", str(folder / "a.yml"), "--seed", str(folder / "b.json"), "--numbers", "3", "--trunks", "2"]
    arguments += ["--key", "one=a", "--key", "two=b", "--set", "create_status=200", "--set", "quota={requests: 99}"]
    arguments += ["--request-log", str(folder / "requests"), "--host", "127.0.0.2"]
    with Emulator.start("--exit-with-parent", "--quiet", *arguments) as emulator:
        yield emulator


def test_seed_files_and_generated_numbers(configured: Emulator) -> None:
    api = ApiClient(configured)
    api.delete(f"{NUMBERS}/{api.get().body['items'][0]['id']}")
    configured.reset()
    assert api.phones() == [PHONE, "+15550000000", "+15550000001", "+15550000002"]
    trunks = api.get(CREDENTIALS).body["items"]
    assert (trunks[0]["createdTime"], len(trunks)) == ("2020-01-01T00:00:00Z", 3)


def test_reset_restores_settings_of_the_command_line(configured: Emulator) -> None:
    configured.set(create_status=201)
    configured.reset()
    settings = control(configured, "GET", "settings").body
    assert (settings["create_status"], settings["quota"]) == (200, {"requests": 99})


def test_keys_belong_to_their_organizations(configured: Emulator) -> None:
    assert (configured.url.startswith("http://127.0.0.2:"), configured.key) == (True, "one")
    assert [ApiClient(configured, key).get().body["totalCount"] for key in ("one", "two")] == [4, 0]
    assert ApiClient(configured, "emulator-key").get().status == 401


def test_request_log_file_is_private(configured: Emulator, folder: Path) -> None:
    ApiClient(configured).get("/nowhere/1")
    last = json.loads((folder / "requests").read_text().splitlines()[-1])
    assert (last["path"], last["status"]) == ("/nowhere/1", 404)
    assert (folder / "requests").stat().st_mode & 0o777 == 0o600


# The state file


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state"


def saved_phones(state: Path) -> list[str]:
    """Return the phone numbers in a state file, which is whole at any time."""
    organization = json.loads(state.read_text())["organizations"]["org-1"]
    return [number["phoneNumber"] for number in organization["phone_numbers"]]


def test_state_survives_a_kill(state: Path, tmp_path: Path) -> None:
    state.symlink_to(tmp_path / "real")
    with started("--state", state) as one:
        one.emulator.seed(SEED)
        made = ApiClient(one.emulator).post(BODY)
        ApiClient(one.emulator).put(f"{NUMBERS}/{made.id}/agent-link", agentId="agent-1", mode="replaceOutbound")
        time.sleep(0.5)
        one.stop(signal.SIGKILL)
    assert (state.is_symlink(), state.stat().st_mode & 0o777) == (True, 0o600)
    with started("--state", state, "--numbers", "5") as one:
        api = ApiClient(one.emulator)
        assert api.get().body["items"] == [made.body]
        api.delete(f"{NUMBERS}/{made.id}", force="true")
        assert one.emulator.state()["organizations"]["org-1"]["agents"][0]["outbound"] is None
        assert one.stop() == ""
    assert saved_phones(state) == []


def test_change_is_saved_before_its_response(state: Path) -> None:
    hang: dict[str, Any] = {"hang": 60, "done": True}
    create = [{**BODY, "phoneNumber": "+2"}]
    with started("--state", state) as one:
        one.emulator.reset(seed=SEED, faults=[{"fault": hang}, {"mutate": {"create": create}, "fault": hang}])
        waiting = ApiClient(one.emulator)
        waiting.send(BODY)
        wait_for(state, [PHONE])
        with open_request(one.emulator):
            wait_for(state, [PHONE, "+2"])


def wait_for(state: Path, phones: list[str]) -> None:
    end = time.monotonic() + 30
    while saved_phones(state) != phones:
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.mark.parametrize(
    "text", [" ", '{"organizations": {"org-1": {"keys', "[]", '{"organizations": {"a": {"agents": 5}}}']
)
def test_broken_state_file_is_not_changed(refused: Refused, state: Path, text: str) -> None:
    state.write_text(text)
    assert str(state) in refused("--state", state)
    assert state.read_text() == text
    assert [path.name for path in state.parent.iterdir()] == ["state"]


def test_empty_state_file_starts_empty(state: Path) -> None:
    state.touch()
    with started("--state", state, "--numbers", "5") as one:
        assert ApiClient(one.emulator).get().body["totalCount"] == 0
        one.emulator.seed({**SEED, "phone_numbers": [BODY]})
        assert one.stop() == ""
    assert saved_phones(state) == [PHONE]


@pytest.mark.parametrize("name", ["state", "link"])
def test_state_file_in_use_refuses_second_emulator(refused: Refused, state: Path, name: str) -> None:
    (state.parent / "link").symlink_to(state)
    path = state.with_name(name)
    with started("--state", state) as one:
        assert f"another emulator uses the state file {path}" in refused("--state", path)
        one.emulator.seed({**SEED, "phone_numbers": [BODY]})
        assert one.stop() == ""
    assert saved_phones(state) == [PHONE]
    assert sorted(path.name for path in state.parent.iterdir()) == ["link", "state"]


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_state_file_of_ended_emulator_is_free_again(state: Path, how: int) -> None:
    for _turn in range(2):
        with started("--state", state) as one:
            assert one.output.startswith("BlackBox emulator listening")
            one.stop(how)


def test_other_state_file_in_same_folder_is_free(state: Path) -> None:
    with started("--state", state), started("--state", state.with_name("other")) as two:
        assert ApiClient(two.emulator).get().status == 200


def test_failure_to_save_state_is_reported(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    with started("--state", folder / "state") as one:
        shutil.rmtree(folder)
        one.emulator.seed(SEED)
        assert ApiClient(one.emulator).post(BODY).status == 201
        words = one.stop()
    assert words.startswith("The state cannot be saved")
    assert "Traceback" not in words


# Nothing is said that is not worth it


def test_client_errors_print_nothing() -> None:
    with started() as one, ExitStack() as stack:
        emulator = one.emulator
        emulator.seed(SEED)
        faults: list[dict[str, Any]] = [
            {"drop": "before"}, {"drop": "after"}, {"truncate": True}, {"garbage": "x"}, {"status": 204, "body": "x"},
            {"hang": 60}, {"hang": 60, "done": True}, {"delay": 60}, {"raw": "x"}, {"patch": {}},
            {"informational": [{"status": 103}], "delay": 60}, {"drip": 0.01}, {"drip": 60, "headers": True},
        ]  # fmt: skip
        for fault in faults:
            emulator.fault({"fault": fault})
            with open_request(emulator):
                pass
            stack.enter_context(open_request(emulator))
        hang_up_in_all_ways(emulator)
        emulator.clear_faults()
        assert ApiClient(emulator).post(BODY).status == 201
        control(emulator, "POST", "seed", b"{")
        assert one.stop() == ""


def hang_up_in_all_ways(emulator: Emulator) -> None:
    address = ("127.0.0.1", int(emulator.url.rpartition(":")[2]))
    beginnings = [
        b"",
        b"\x16\x03\x01",
        b"GET",
        b"nonsense\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: no\r\n\r\n",
        b"GET /" + b"x" * 10_000 + b" HTTP/1.1\r\n\r\n",
        b"POST /api/v1/sip-phone-numbers HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{",
        b"POST /_emulator/seed HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{",
        b"POST /api/v1/sip-phone-numbers HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"POST /api/v1/sip-phone-numbers HTTP/1.1\r\nHost: x\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc",
        b"CONNECT example.com:443 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET http://[ HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
    ]
    for beginning in beginnings:
        for reset in (True, False):
            with socket.create_connection(address) as sock:
                sock.sendall(beginning)
                time.sleep(0.005)
                if reset:
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
