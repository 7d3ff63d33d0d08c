"""The page in a real browser."""

import shutil
import subprocess
from pathlib import Path

import pytest
from sample_run import full_run

from dsrna.report import write_report

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
QUIET = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--enable-logging=stderr",
)


def opened(page: Path, home: Path) -> tuple[str, str]:
    """Open a page from the disk; return the document as the browser has it, and what the console says."""
    command = [str(CHROMIUM), *QUIET, f"--user-data-dir={home}", "--dump-dom", page.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    return done.stdout, "\n".join(line for line in done.stderr.splitlines() if "CONSOLE" in line)


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
def test_the_page_opens_without_complaint(tmp_path: Path) -> None:
    """Else readers would find a broken page. Its policy forbids every request, and a breach is a console message."""
    page = write_report(full_run(tmp_path))
    document, console = opened(page, tmp_path / "home")
    assert console == ""
    assert "default-src 'none'" in document
    assert document.count("<svg") == 13


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
def test_the_browser_would_complain(tmp_path: Path) -> None:
    """Else the test above would pass whatever the page asked for: here the page asks for an outside picture."""
    page = write_report(full_run(tmp_path))
    page.write_text(page.read_text("utf-8").replace("<main>", '<main><img src="http://192.0.2.1/x.png">'), "utf-8")
    _, console = opened(page, tmp_path / "home")
    assert "Content Security Policy" in console
