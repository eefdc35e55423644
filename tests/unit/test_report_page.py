# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The HTML report in a real browser: everything is shown as text, nothing runs, nothing is wider than a phone."""

from __future__ import annotations

import html
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from ansible_collections.dasha.blackbox.plugins.filter.change_report import change_report
from unit.wire.test_plan import EVIL, evil_result

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
MEASURE = "<script>document.title = document.documentElement.scrollWidth + ' of ' + window.innerWidth</script>"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not BROWSER, reason="there is no Chromium on this machine to look at the report with"),
]


def shown(folder: Path, page: str, width: int = 1000) -> str:
    """Return the document as the browser has it after loading."""
    (folder / "page.html").write_text(page)
    own = [f"--user-data-dir={folder / 'profile'}", f"--window-size={width},900", "--dump-dom"]
    command = [str(BROWSER), *FLAGS.split(), *own, f"file://{folder / 'page.html'}"]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout


def test_values_are_shown_as_text_and_nothing_runs(tmp_path: Path) -> None:
    document = shown(tmp_path, change_report(evil_result(), format="html"))
    text = html.unescape(re.sub(r"<[^>]+>", "", document))
    assert "<script>alert(1)</script>" in text
    assert "<script" not in document
    assert document.count("<ins>") == 1
    assert EVIL.split("\n", maxsplit=1)[0] in text


def test_page_fits_a_phone(tmp_path: Path) -> None:
    # The page forbids scripts; this one stands for the eye of a person.
    page = re.sub(r"<meta http-equiv[^>]*>", "", change_report(evil_result(3), format="html"))
    document = shown(tmp_path, page.replace("</body>", f"{MEASURE}</body>"), width=500)
    found = re.search(r"<title>(\d+) of (\d+)</title>", document)
    assert found
    assert int(found[1]) <= int(found[2])
