"""The pages as they look on a phone."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from browsing import Tab, browsing
from sample_run import full_run
from test_browser import CHROMIUM
from test_comparison_page import compared, row, with_runs

from dsrna.report import write_comparison_page, write_report
from dsrna.runtime.comparison_folder import ComparisonFolder

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
]

PHONE = 390
"""The width of a telephone in CSS pixels."""


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tab]:
    with browsing(tmp_path_factory.mktemp("home")) as tab:
        yield tab


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The page of a run, and that of a comparison with more runs than a screen has lines, of which one is there."""
    path = tmp_path_factory.mktemp("pages")
    folder = with_runs(ComparisonFolder(path / "compared"), "darts-standard-0")
    others = [row(f"other-{place}", seed, 0.8) for place in range(15) for seed in range(4)]
    return {
        "run": write_report(full_run(path)),
        "comparison": write_comparison_page(compared(0.05, *others), folder),
    }


WIDE = "Math.max(innerWidth, document.documentElement.scrollWidth, document.body.scrollWidth)"
LETTERS = """[...document.querySelectorAll("svg.cell text, svg.cell tspan")].map(
  (text) => parseFloat(getComputedStyle(text).fontSize) * text.closest("svg").getScreenCTM().a)"""
CUT = """[...document.querySelectorAll(".scroll")].filter(
  (box) => box.scrollWidth > box.clientWidth + 1 || box.scrollHeight > box.clientHeight + 1).length"""


@pytest.mark.parametrize("kind", ["run", "comparison"])
def test_on_a_phone_only_what_is_wide_scrolls(kind: str, tab: Tab, pages: dict[str, Path]) -> None:
    """If this fails, the whole page moves sideways under a thumb, or a cell's labels are too small to be read."""
    tab.show(PHONE, phone=True)
    tab.open(pages[kind].as_uri())
    assert tab.tell(WIDE) == PHONE
    letters = tab.tell(LETTERS)
    assert len(letters) > 20
    assert min(letters) >= 9
    assert tab.tell(CUT) > 0
