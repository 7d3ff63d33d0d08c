"""What every plot shares."""

import re
from html import unescape

import pytest
from matplotlib.figure import Figure

from dsrna.report.palette import BLUE, PALETTE, SURFACE, Colour
from dsrna.report.plot import LOOKS, Line, Look, Plot, draw_lines, mark, tip

LOOK = Look(BLUE)


def drawn(name: str, *labels: str) -> str:
    def draw(figure: Figure) -> None:
        draw_lines(figure.subplots(), [Line(label, [1.0, 2.0], [0.5, 0.5], LOOK) for label in labels])

    return Plot(name, 'says "what"', (3.0, 2.0), draw).svg()


def test_colours_become_variables() -> None:
    """Else a plot would keep its light colours on a dark page."""
    svg = drawn("plot", "a")
    assert "var(--blue)" in svg
    assert not any(colour.light in svg for colour in PALETTE)


def test_ids_are_the_plots_own() -> None:
    """Else clip paths and markers of one plot would be used by the next on the page."""
    svg = drawn("first", "a")
    assert all(name.startswith("first-") for name in re.findall(r'\bid="([^"]*)"', svg))
    assert all(name.startswith("first-") for name in re.findall(r'(?:href="|url\()#([^")]*)', svg))


def test_names_are_text_and_nothing_else() -> None:
    """Else a name with dollar signs would be read as mathematics, and one with brackets as markup."""
    svg = drawn("plot", "$x^$", "<b>")
    assert "$x^$" in svg
    assert "&lt;b&gt;" in svg
    assert "<b>" not in svg


def test_the_description_is_escaped() -> None:
    """Else a quotation mark would end the attribute."""
    assert 'aria-label="says &#34;what&#34;"' in drawn("plot", "a")


def test_names_at_one_height_are_written_apart() -> None:
    """Else the names of lines that end together could not be read."""
    heights = [
        float(y)
        for y in re.findall(
            r'<text style="[^"]*var\(--blue\)[^"]*" x="[\d.]+" y="([\d.]+)"', drawn("plot", "a", "b", "c")
        )
    ]
    assert len(heights) == 3
    assert min(abs(a - b) for a in heights for b in heights if a != b) > 9


def test_24_lines_can_be_told_apart_without_colour() -> None:
    """If this fails, the seventh contender looks like the first to who sees no colours, or has a grey printer."""
    assert len({(look.marker, look.fill) for look in LOOKS}) == 24
    assert len({(look.dash, look.marker) for look in LOOKS[:8]}) == 8
    assert len({look.dash for look in LOOKS[:4]}) == 4


@pytest.mark.parametrize("number", [1, 24, 25, 30, 50, 60])
def test_the_last_point_of_a_line_says_its_number(number: int) -> None:
    """If this fails, what a search or a training ended with, which is what counts, has no number."""

    def draw(figure: Figure) -> None:
        points = [float(point) for point in range(number)]
        draw_lines(figure.subplots(), [Line("a", points, points, LOOK, [f"epoch {point:g}" for point in points])])

    told = re.findall(r"<title>epoch (\d+)</title>", Plot("plot", "", (3.0, 2.0), draw).svg())
    assert (told[0], told[-1]) == ("0", str(number - 1))
    assert len(set(told)) == len(told) == min(len(told), 25)


@pytest.mark.parametrize("name", ["a", '"a"', "a's", '<b> & "a\'s"', 'id="x" url(#y)'])
def test_a_name_with_quotes_has_its_tip(name: str) -> None:
    """If this fails, the points of a contender whose name holds a quotation mark say nothing, or another name."""

    def draw(figure: Figure) -> None:
        mark(figure.subplots(), 0.0, 0.0, LOOK, size=4.0, gid=tip(f"{name}: .9"))

    told = re.findall("<title>(.*?)</title>", Plot("plot", "", (3.0, 2.0), draw).svg())
    assert [unescape(text) for text in told] == [f"{name}: .9"]


def luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("colour", [colour for colour in PALETTE if colour.name not in {"page", "surface", "faint"}])
def test_text_stands_out(colour: Colour) -> None:
    """Else labels in a line's colour would be hard to read: WCAG 2 asks for a contrast of 4.5."""
    for ink, ground in ((colour.light, SURFACE.light), (colour.dark, SURFACE.dark)):
        low, high = sorted((luminance(ink), luminance(ground)))
        assert (high + 0.05) / (low + 0.05) >= 4.5
