# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The HTML reports in a real browser: everything is shown as text, nothing runs, nothing is wider than a phone."""

from __future__ import annotations

import html
import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.dasha.blackbox.plugins.filter.audit import audit
from ansible_collections.dasha.blackbox.plugins.filter.change_report import change_report
from ansible_collections.dasha.blackbox.plugins.plugin_utils._report import plain_text
from unit.test_audit import evil as evil_organization
from unit.test_change_report import EVIL, change, evil_result, fleet_result

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
MORE_FLAGS = "--disable-component-update --disable-sync --virtual-time-budget=5000"
# The page forbids scripts. It is shown in a frame as wide as a phone, and measured from outside.
FRAME = """\
<!DOCTYPE html><title>not measured</title>
<iframe width="{width}" height="800" style="border: 0" srcdoc="{page}"></iframe>
<script>
addEventListener("load", () => {{
  const found = document.querySelector("iframe").contentDocument
  const rows = [...found.querySelectorAll("tbody tr")].map((row) => row.getBoundingClientRect())
  document.title = JSON.stringify({{
    width: found.documentElement.scrollWidth,
    rows: rows.filter((row) => row.height > 0).length,
    colors: getComputedStyle(found.body).backgroundColor,
    arrows: [...found.querySelectorAll("del ~ ins")].filter((value) => {{
      const [before, after] = [value.parentElement.querySelector("del"), value].map((each) => each.getClientRects()[0])
      return before.top < after.top || before.left < after.left
    }}).length,
  }})
}})
</script>
"""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not BROWSER, reason="the report was not looked at: there is no Chromium on this machine"),
]


def shown(folder: Path, page: str, *flags: str) -> str:
    """Return the document as the browser has it after loading."""
    (folder / "page.html").write_text(page, "utf-8")
    own = [f"--user-data-dir={folder / 'profile'}", "--window-size=1400,900", *flags, "--dump-dom"]
    command = [str(BROWSER), *FLAGS.split(), *MORE_FLAGS.split(), *own, f"file://{folder / 'page.html'}"]
    environment = {**os.environ, "HOME": str(folder)}
    process = subprocess.run(command, check=True, capture_output=True, text=True, timeout=120, env=environment)
    return process.stdout


def measure(folder: Path, page: str, width: int, *flags: str) -> dict[str, Any]:
    """Return what a reader of the page with this width sees."""
    document = shown(folder, FRAME.format(width=width, page=html.escape(page)), *flags)
    found = re.search("<title>({.*?})</title>", document)
    assert found, document[-2000:]
    measured: dict[str, Any] = json.loads(html.unescape(found[1]))
    return measured


def change_page(count: int = 1) -> str:
    return change_report(evil_result(count), format="html", title=EVIL)


def audit_page(count: int = 1) -> str:
    page = audit(**evil_organization(EVIL), format="html")
    assert isinstance(page, str)
    return page


@pytest.mark.parametrize("page", [change_page, audit_page])
def test_hostile_values_are_shown_as_text_and_nothing_runs(tmp_path: Path, page: Callable[..., str]) -> None:
    document = shown(tmp_path, page())
    text = html.unescape(re.sub(r"<[^>]+>", "", document))
    assert text.count(plain_text(EVIL)) >= 6
    assert not re.search(r"<(script|img|a|iframe)\b", document)
    assert not re.search(r"<[^>]* (on\w+|href|src|style)=", document)


@pytest.mark.thorough
@pytest.mark.parametrize("width", [320, 390, 1000])
@pytest.mark.parametrize(("page", "rows"), [(change_page, 6), (audit_page, 8)])
def test_page_is_no_wider_than_the_screen_and_shows_every_row(
    tmp_path: Path, page: Callable[..., str], rows: int, width: int
) -> None:
    measured = measure(tmp_path, page(3), width)
    assert measured["width"] <= width
    assert measured["rows"] == rows


def test_new_value_follows_the_old_one_in_any_script(tmp_path: Path) -> None:
    # Without isolation, an arrow between two values that are read from right to left would point at the old one.
    arabic = fleet_result(change("update", {"display_name": "\u05d0\u05d1"}, {"display_name": "\u05d2\u05d3"}))
    assert measure(tmp_path, change_report(arabic, format="html"), 1000)["arrows"] == 1


@pytest.mark.thorough
def test_page_follows_the_color_scheme(tmp_path: Path) -> None:
    page = change_report(evil_result(), format="html")
    light = measure(tmp_path, page, 1000)["colors"]
    dark = measure(tmp_path, page, 1000, "--blink-settings=preferredColorScheme=0")["colors"]
    assert light == "rgb(255, 255, 255)"
    assert dark != light
