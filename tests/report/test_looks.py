"""The pages as they look: on a phone, in the dark, on paper."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from browsing import Tab, browsing
from sample_run import full_run
from test_browser import CHROMIUM
from test_comparison_page import compared, with_runs

from dsrna.comparison import Cell, Row
from dsrna.report import write_comparison_page, write_report
from dsrna.report.palette import INK, PAGE, PALETTE, Colour
from dsrna.runtime.comparison_folder import ComparisonFolder

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
]

PHONE, DESK, PAPER = 390, 1280, 718
"""Widths in CSS pixels: of a telephone, of a screen, and of what margins leave of A4."""


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tab]:
    with browsing(tmp_path_factory.mktemp("home")) as tab:
        yield tab


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The page of a run, and that of a comparison with more runs than a screen has lines, of which one is there."""
    path = tmp_path_factory.mktemp("pages")
    folder = with_runs(ComparisonFolder(path / "compared"), "darts-standard-0")
    cells = [Cell(f"the other method number {place}", "standard", seed) for place in range(15) for seed in range(4)]
    radii = {f"{what} {eps}/255": 0.5 + eps / 100 for what in ("robust", "pgd-100", "certified") for eps in (2, 4, 8)}
    others = [Row(cell, {"clean": 0.9, **radii, "radius": 0.00123 + 0.0001 * cell.seed}) for cell in cells]
    return {
        "run": write_report(full_run(path)),
        "comparison": write_comparison_page(compared(0.05, *others), folder),
    }


WIDE = "Math.max(innerWidth, document.documentElement.scrollWidth, document.body.scrollWidth)"
LETTERS = """[...document.querySelectorAll("svg.cell text, svg.cell tspan")].map(
  (text) => parseFloat(getComputedStyle(text).fontSize) * text.closest("svg").getScreenCTM().a)"""
CUT = """[...document.querySelectorAll(".scroll")].filter(
  (box) => box.scrollWidth > box.clientWidth + 1 || box.scrollHeight > box.clientHeight + 1).map(
  (box) => box.textContent)"""
LEFT_OF_NAMES = """Math.min(...[...document.querySelectorAll(".sortable th[scope=row]")].map(
  (name) => [name.closest(".scroll"), name.offsetWidth]).filter(([box]) => box.scrollWidth > box.clientWidth).map(
  ([box, width]) => box.clientWidth - width))"""
"""Pixels beside the names, which stand still while their table scrolls."""


@pytest.mark.parametrize("kind", ["run", "comparison"])
def test_on_a_phone_only_what_is_wide_scrolls(kind: str, tab: Tab, pages: dict[str, Path]) -> None:
    """If this fails, the whole page moves sideways under a thumb, labels are too small, or names hide the numbers."""
    tab.show(PHONE, phone=True)
    tab.open(pages[kind].as_uri())
    assert tab.tell(WIDE) == PHONE
    letters = tab.tell(LETTERS)
    assert len(letters) > 20
    assert min(letters) >= 9
    assert len(tab.tell(CUT)) > 0
    assert tab.tell(LEFT_OF_NAMES) > PHONE / 2


@pytest.mark.parametrize("kind", ["run", "comparison"])
def test_who_likes_it_dark_has_it_dark(kind: str, tab: Tab, pages: dict[str, Path]) -> None:
    """If this fails, a page shines white in a dark room, or is dark ink on dark ground; or ink is wasted on paper."""
    tab.open(pages[kind].as_uri())
    for medium, dark in (("screen", False), ("screen", True), ("print", True)):
        tab.show(DESK, medium, dark=dark)
        ink, ground, *others = (rgb(colour, dark=dark and medium == "screen") for colour in (INK, PAGE, *PALETTE))
        assert style(tab, "body", "color") == style(tab, "svg.cell text", "fill") == ink
        assert style(tab, "svg.cell .tensor", "fill") == ground
        assert style(tab, "body", "backgroundColor") == (ground if medium == "screen" else NOTHING)
        assert style(tab, "svg.plot text", "fill") in others
        assert style(tab, "svg.plot g[id*=line2d] path[style*=stroke]", "stroke") in others


NOTHING = "rgba(0, 0, 0, 0)"


def style(tab: Tab, what: str, of: str, part: str = "") -> str:
    """Return how something looks, or a part of it that no element is."""
    found: str = tab.tell(f"getComputedStyle(document.querySelector({json.dumps(what)}), {json.dumps(part)}).{of}")
    return found


def rgb(colour: Colour, *, dark: bool) -> str:
    digits = colour.dark if dark else colour.light
    return f"rgb({', '.join(str(int(digits[place : place + 2], 16)) for place in (1, 3, 5))})"


ON_PAPER = {
    ("body", "paddingTop"): "0px",
    ("#tip", "display"): "none",
    (".pair", "display"): "block",
    ("tr", "breakInside"): "avoid",
    ("h2", "breakAfter"): "avoid",
    (".sortable th", "position"): "static",
    (".sortable button", "display"): "contents",
    (".sortable button", "content", "::after"): "none",
}
"""What of what looks how on paper: nothing is cut in two, left blank, or there only to be clicked on."""


@pytest.mark.parametrize("kind", ["run", "comparison"])
def test_on_paper_everything_is_there(kind: str, tab: Tab, pages: dict[str, Path]) -> None:
    """If this fails, a print shows the first rows of a table, or the left of a cell, and nobody can scroll paper."""
    tab.show(DESK)
    tab.open(pages[kind].as_uri())
    tab.tell('document.querySelector("#tip").hidden = false')
    tab.show(PAPER, "print")
    assert tab.tell(CUT) == []
    assert tab.tell(WIDE) == PAPER
    assert {looks: style(tab, *looks) for looks in ON_PAPER} == ON_PAPER
