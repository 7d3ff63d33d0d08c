"""Formulas can be drawn."""

import re
from pathlib import Path

import pytest

from formulas import drawn, on_page_content

ROOT = Path(__file__).parents[2]
PAGES = [page for page in sorted((ROOT / "docs").rglob("*.md")) if "$" in page.read_text()]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_formula_of_a_page_is_drawn(page: Path) -> None:
    """If this fails, who builds the documentation gets an error in place of it."""
    text = re.sub(r"^```.*?^```|`[^`\n]*`", "", page.read_text(), flags=re.DOTALL | re.MULTILINE)
    blocks = re.findall(r"\$\$(.+?)\$\$", text, flags=re.DOTALL)
    inline = re.findall(r"\$([^$]+?)\$", re.sub(r"\$\$.+?\$\$", "", text, flags=re.DOTALL))
    for formula in (*blocks, *inline):
        assert drawn(formula, block=formula in blocks).startswith("<math")


def test_a_formula_takes_the_place_of_its_source() -> None:
    """If this fails, readers of the built pages see the source of formulas."""
    html = '<p><span class="arithmatex">\\(a &lt; b\\)</span></p>\n<div class="arithmatex">\\[x^2\\]</div>'
    page = on_page_content(html, page=None)
    assert "arithmatex" not in page
    assert page.count("<math") == 2
    assert 'display="block"' in page


def test_an_unknown_command_is_said() -> None:
    """If this fails, a command that is not known stands in the page by its name."""
    with pytest.raises(ValueError, match=r"not known in formulas: \\gnu, in \\gnu x"):
        drawn("\\gnu x", block=False)
