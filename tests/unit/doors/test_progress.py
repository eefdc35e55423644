# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lines of progress: when they come, what they say, and who sees none."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.dasha.blackbox.plugins.module_utils._operations.sip_phone_numbers import SPEC
from ansible_collections.dasha.blackbox.plugins.module_utils._running import operation
from ansible_collections.dasha.blackbox.plugins.module_utils._running.progress import Progress
from emulator.client import Emulator
from unit import fake_api
from unit.harness import TRUNK


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def progress(clock: Clock) -> Progress:
    return Progress(clock)


def line_after(progress: Progress, clock: Clock, seconds: float) -> str | None:
    clock.now += seconds
    return progress.due_line()


def moments(progress: Progress, clock: Clock, seconds: int) -> list[float]:
    """Return when lines come, in seconds since the start, asked for twice a second as a task does."""
    start = clock.now
    return [clock.now - start for _tick in range(2 * seconds) if line_after(progress, clock, 0.5)]


def write(progress: Progress, succeeded: int, failed: int = 0) -> None:
    for failure in [False] * succeeded + [True] * failed:
        progress.on_result(failure)


# When


def test_first_line_comes_after_five_seconds_and_then_one_every_ten(progress: Progress, clock: Clock) -> None:
    assert moments(progress, clock, 60) == [5, 15, 25, 35, 45, 55]


def test_lines_come_at_most_twice_a_minute_after_five_minutes(progress: Progress, clock: Clock) -> None:
    times = moments(progress, clock, 3600)
    late = [later for later in times if later > 300]
    assert len(late) <= 2 * 55
    assert min(after - before for before, after in zip(late, late[1:], strict=False)) == 30
    assert max(after - before for before, after in zip(times, times[1:], strict=False)) == 30


def test_line_that_nobody_asked_for_in_time_is_not_made_up_for(progress: Progress, clock: Clock) -> None:
    assert line_after(progress, clock, 100)
    assert line_after(progress, clock, 9.9) is None
    assert line_after(progress, clock, 0.1)


# What


def test_writing(progress: Progress, clock: Clock) -> None:
    progress.begin_writing(10_000)
    write(progress, 1250, 3)
    assert line_after(progress, clock, 1253 / 42) == "1,250 of 10,000 written, 3 failed, 42/s, about 3 min left"


@pytest.mark.parametrize(
    ("succeeded", "failed", "total", "seconds", "line"),
    [
        (0, 0, 10, 5, "0 of 10 written"),
        (0, 5, 10, 5, "0 of 10 written, 5 failed, 1.0/s, about 5 s left"),
        (5, 0, 10, 10, "5 of 10 written, 0.5/s, about 10 s left"),
        (10, 0, 10, 5, "10 of 10 written, 2.0/s, about 0 s left"),
        (50, 0, 1040, 5, "50 of 1,040 written, 10/s, about 99 s left"),
        (5, 0, 50_000, 5, "5 of 50,000 written, 1.0/s, about 13.9 h left"),
        (1000, 1000, 5000, 10, "1,000 of 5,000 written, 1,000 failed, 200/s, about 15 s left"),
    ],
)
def test_rate_and_time_left(
    progress: Progress, clock: Clock, succeeded: int, failed: int, total: int, seconds: float, line: str
) -> None:
    progress.begin_writing(total)
    write(progress, succeeded, failed)
    assert line_after(progress, clock, seconds) == line


def test_check_mode_is_checked_and_not_written(progress: Progress, clock: Clock) -> None:
    progress.begin_writing(100, "checked")
    write(progress, 10)
    assert line_after(progress, clock, 5) == "10 of 100 checked, 2.0/s, about 45 s left"


def test_rate_counts_from_the_beginning_of_the_writing(progress: Progress, clock: Clock) -> None:
    progress.on_page(1000, 50_000)
    clock.now += 100
    progress.begin_writing(100)
    write(progress, 20)
    assert line_after(progress, clock, 10) == "20 of 100 written, 2.0/s, about 40 s left"


def test_registrations(progress: Progress, clock: Clock) -> None:
    progress.on_poll(40, 1, 200, 80)
    assert line_after(progress, clock, 5) == "40 of 200 registered, 1 failed, 75 s left"
    progress.on_poll(1000, 0, 2000, 3600)
    assert line_after(progress, clock, 10) == "1,000 of 2,000 registered, 60 min left"
    assert line_after(progress, clock, 10_000) == "1,000 of 2,000 registered, 0 s left"


def test_listing(progress: Progress, clock: Clock) -> None:
    progress.on_page(3000, 50_000)
    assert line_after(progress, clock, 5) == "3,000 of 50,000 listed"


def test_wait_for_the_rate_limit_is_named(progress: Progress, clock: Clock) -> None:
    progress.begin_writing(100)
    progress.rate_limit_wait = lambda: 12.4
    assert line_after(progress, clock, 5) == "0 of 100 written, waiting 12 s for the rate limit of the API"
    progress.rate_limit_wait = lambda: 0.9
    assert line_after(progress, clock, 10) == "0 of 100 written"


def test_before_the_first_response_there_is_a_line_too(progress: Progress, clock: Clock) -> None:
    assert line_after(progress, clock, 5) == "connecting"


# At the end


def end_after(progress: Progress, clock: Clock, seconds: float, requests: int = 0, retries: int = 0) -> str | None:
    progress.count_requests = lambda: (requests, retries)
    clock.now += seconds
    return progress.closing_line()


def test_run_that_showed_nothing_ends_without_a_line(progress: Progress, clock: Clock) -> None:
    progress.begin_writing(10)
    write(progress, 10)
    assert line_after(progress, clock, 4) is None
    assert end_after(progress, clock, 100) is None


def test_run_that_showed_progress_ends_with_counts_seconds_requests_and_retries(
    progress: Progress, clock: Clock
) -> None:
    progress.on_page(1000, 10_000)
    assert line_after(progress, clock, 5)
    progress.begin_writing(10_000)
    write(progress, 9997, 3)
    line = "9,997 of 10,000 written, 3 failed, in 1,238 s: 10,214 requests, 37 retries"
    assert end_after(progress, clock, 1233, 10_214, 37) == line


def test_wait_for_registrations_is_counted_beside_what_was_written(progress: Progress, clock: Clock) -> None:
    progress.begin_writing(20)
    write(progress, 18, 2)
    assert line_after(progress, clock, 5)
    progress.on_poll(0, 0, 12, 60)
    progress.on_poll(11, 1, 12, 30)
    line = "18 of 20 written, 2 failed, 11 of 12 registered, 1 failed, in 6 s: 1 request, 1 retry"
    assert end_after(progress, clock, 1, 1, 1) == line


@pytest.mark.parametrize(
    ("begin", "line"),
    [
        (lambda progress: None, "connecting, in 6 s: 0 requests, 0 retries"),
        (lambda progress: progress.on_page(3000, 50_000), "3,000 of 50,000 listed, in 6 s: 0 requests, 0 retries"),
        (lambda progress: progress.begin_writing(5, "checked"), "0 of 5 checked, in 6 s: 0 requests, 0 retries"),
        (lambda progress: progress.begin_writing(0), "nothing written, in 6 s: 0 requests, 0 retries"),
    ],
    ids=["connecting", "listing", "checking", "nothing"],
)
def test_run_that_ends_early_says_how_far_it_came(
    progress: Progress, clock: Clock, begin: Callable[[Progress], None], line: str
) -> None:
    begin(progress)
    assert line_after(progress, clock, 5)
    assert end_after(progress, clock, 1) == line


# In a task


class WatchedClock(fake_api.Clock):
    """Asks for a line of progress in the middle of each wait."""

    def __init__(self) -> None:
        super().__init__()
        self.progress = Progress(self)
        self.lines: list[str | None] = []

    def sleep(self, seconds: float) -> None:
        super().sleep(seconds / 2)
        self.lines.append(self.progress.due_line())
        super().sleep(seconds / 2)


def page(rows: list[dict[str, Any]], total: int) -> fake_api.Reply:
    return 200, {"items": rows, "totalCount": total}


def test_fleet_shows_listing_rate_limit_and_registrations(monkeypatch: pytest.MonkeyPatch) -> None:
    rows: list[dict[str, Any]] = [
        {"id": str(uuid.UUID(int=n)), "phoneNumber": f"+{n}", "credentialsId": TRUNK} for n in range(1001)
    ]
    rows[0].update(registration=True, registrationStatus={"state": "Registering"})
    registered = {**rows[0], "registrationStatus": {"state": "Registered"}}
    replies = iter([page(rows[:1000], 1001), (429, None), page(rows[999:], 1001), (200, registered)])
    clock = WatchedClock()
    api = fake_api.FakeApi(lambda *_request: next(replies), clock=clock, latency=20)
    api.headers = {"Retry-After": "40"}
    monkeypatch.setattr(operation, "connect", lambda *_options, **_how: api.client())
    options = {name: option.get("default") for name, option in SPEC.options.items()}
    options.update(
        phone_numbers=[{"phone_number": "+0", "credentials_id": TRUNK}], concurrency=1, wait_for_registration=True
    )
    started = clock()
    operation.execute(SPEC, options, check_mode=False, progress=clock.progress)
    end = f"nothing written, 1 of 1 registered, in {clock() - started:.0f} s: 4 requests, 1 retry"
    assert clock.progress.closing_line() == end
    assert clock.lines == [
        "connecting",
        "1,000 of 1,001 listed",
        "1,000 of 1,001 listed, waiting 20 s for the rate limit of the API",
        "1,000 of 1,001 listed",
        "0 of 1 registered, 60 s left",
        "0 of 1 registered, 50 s left",
    ]


# Who sees it

FLEET = {"phone_numbers": [{"phone_number": "+1"}], "credentials_id": TRUNK, "api_key": "key", "concurrency": 1}
Show = Callable[..., list[str]]


@pytest.fixture
def shown_lines(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> Show:
    """Run a slow fleet with a line of progress on each tick; return what is shown."""
    from ansible_collections.dasha.blackbox.plugins.plugin_utils import _direct, _interruptible  # noqa: PLC0415
    from unit.action_harness import run_action  # noqa: PLC0415

    class Talkative(Progress):
        def due_line(self) -> str | None:
            return "line"

        def closing_line(self) -> str | None:
            return "end"

    emulator.set(latency=0.1)
    shown: list[str] = []
    monkeypatch.setattr(_interruptible, "TICK", 0.02)
    monkeypatch.setattr(_direct, "Progress", Talkative)
    monkeypatch.setattr(_direct, "show_progress", shown.append)

    def show(module: str = "sip_phone_numbers", options: dict[str, Any] | None = None, **how: Any) -> list[str]:
        result = run_action(
            module, {**(FLEET if options is None else options), "api_url": emulator.url, "api_key": emulator.key}, **how
        )
        assert result["failed"] is False
        _direct.transports.drop()
        return shown

    return show


@pytest.mark.action_door
def test_fleet_shows_progress(shown_lines: Show) -> None:
    *lines, end = shown_lines()
    assert set(lines) == {"[localhost] sip_phone_numbers: line"}
    assert end == "[localhost] sip_phone_numbers: end"
    shown = shown_lines(variables={"inventory_hostname": "edge", "blackbox_progress": "yes"})
    assert shown[-2:] == ["[edge] sip_phone_numbers: line", "[edge] sip_phone_numbers: end"]


@pytest.mark.action_door
@pytest.mark.parametrize("off", [False, "false", "no", 0])
def test_variable_switches_progress_off(shown_lines: Show, off: Any) -> None:
    assert shown_lines(variables={"blackbox_progress": off}) == []


@pytest.mark.action_door
def test_template_switches_progress_off(shown_lines: Show) -> None:
    from unit.action_harness import trusted  # noqa: PLC0415

    assert shown_lines(variables={"blackbox_progress": trusted("{{ not noisy }}"), "noisy": True}) == []


@pytest.mark.action_door
def test_no_log_shows_no_progress(shown_lines: Show) -> None:
    assert shown_lines(keywords={"no_log": True}) == []


@pytest.mark.action_door
@pytest.mark.parametrize("module", ["sip_phone_number_info", "sip_credential_info"])
def test_other_modules_show_no_progress(shown_lines: Show, module: str) -> None:
    assert shown_lines(module, {}) == []


def test_counting_is_cheap(progress: Progress) -> None:
    progress.begin_writing(100_000)
    start = time.process_time()
    write(progress, 100_000)
    assert time.process_time() - start < 2
