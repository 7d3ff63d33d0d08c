"""The page in a real browser."""

import hashlib
import re
import shutil
import subprocess
from base64 import b64encode
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


def opened(page: Path, home: Path, width: int = 1280) -> tuple[str, str]:
    """Open a page from the disk; return the document as the browser has it, and what the console says."""
    window = (f"--window-size={width},900", f"--user-data-dir={home}", "--dump-dom")
    command = [str(CHROMIUM), *QUIET, *window, page.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    return done.stdout, "\n".join(line for line in done.stderr.splitlines() if "CONSOLE" in line)


def going_on(page: Path, more: str) -> Path:
    """Let the page's own script go on with ``more``, as its policy then must allow."""
    text = page.read_text("utf-8")
    script = text[text.index("<script>") + 8 : text.index("</script>")]
    digest, other = (b64encode(hashlib.sha256(each.encode()).digest()).decode() for each in (script, script + more))
    assert digest in text
    page.write_text(text.replace(script, script + more).replace(digest, other), "utf-8")
    return page


HITS = """
const found = [];
for (const mark of document.querySelectorAll("svg.plot g:has(> title):has(use)")) {
  mark.scrollIntoView({block: "center"});
  const {x, y, width, height} = mark.querySelector("use").getBoundingClientRect();
  const hit = document.elementFromPoint(x + width / 2, y + height / 2);
  const plot = mark.closest("svg").getAttribute("aria-label");
  found.push(`${mark.contains(hit) ? "hit" : "missed"}: ${plot}: ${mark.querySelector("title").textContent}`);
}
const told = document.createElement("pre");
told.id = "told";
told.textContent = found.join("\\n");
document.body.append(told);
"""
"""Asks of every point that has a text whether a pointer at its middle finds it."""


def pointed_at(page: Path, home: Path) -> list[str]:
    """Return a line a point of the page's plots: hit or missed, the plot, the text."""
    document, console = opened(going_on(page, HITS), home)
    assert console == ""
    return document[document.index('<pre id="told">') + 15 :].partition("</pre>")[0].split("\n")


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


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
def test_the_pointer_finds_the_points_of_a_run(tmp_path: Path) -> None:
    """If this fails, the numbers of the curves are there and nobody can see them. Of two points on each other the
    pointer finds the later one."""
    points = pointed_at(write_report(full_run(tmp_path)), tmp_path / "home")
    missed = [point for point in points if not point.startswith("hit: ")]
    assert len(points) > 100
    assert len(missed) < len(points) / 4


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
def test_results_are_sorted_within_their_groups(tmp_path: Path) -> None:
    """If this fails, a click mixes accuracies with seconds, or the line that names a group goes astray."""
    page = going_on(write_report(full_run(tmp_path)), 'document.querySelectorAll("th button")[1].click();')
    document, console = opened(page, tmp_path / "home")
    assert console == ""
    first = document[document.index("<tbody>") : document.index("</tbody>")]
    assert first.index('scope="rowgroup"') < first.index('data-key="clean"')
    keys = [float(key) for key in re.findall(r"""</th><td data-key="([^"]*)">""", first)]
    assert len(keys) > 10
    assert keys == sorted(keys, reverse=True)


TAPS = """
const plot = document.querySelector("svg.plot"), marks = [...plot.querySelectorAll("g:has(> title)")];
plot.scrollIntoView();
const place = marks[0].getBoundingClientRect(), near = {clientX: place.left - 9, clientY: place.top}, said = [];
const tap = (where) => plot.dispatchEvent(new MouseEvent("click", {bubbles: true, ...where}));
const press = (key) => plot.dispatchEvent(new KeyboardEvent("keydown", {key, bubbles: true}));
const listen = () => said.push(shown.hidden ? "nothing" : shown.textContent);
tap(near), listen();
tap({clientX: -99, clientY: -99}), listen();
press("ArrowRight"), press("ArrowRight"), listen();
press("Escape"), listen();
shown.textContent = said.join(" | ");
"""


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
def test_numbers_are_shown_without_a_mouse(tmp_path: Path) -> None:
    """If this fails, who holds a phone, or uses keys, cannot read a number off a plot, or cannot get rid of it."""
    document, console = opened(going_on(write_report(full_run(tmp_path)), TAPS), tmp_path / "home", width=500)
    assert console == ""
    found = re.search(r'<p id="tip"[^>]*>([^<]*)</p>', document)
    assert found is not None
    tapped, away, pressed, escaped = found[1].split(" | ")
    assert "98.3" in tapped
    assert "at L\N{INFINITY} eps 1/255" in pressed
    assert (away, escaped) == ("nothing", "nothing")
