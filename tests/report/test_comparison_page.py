"""A comparison's page: the verdict first, every number there, nothing run that is only named."""

import re
from pathlib import Path

import numpy as np
import pytest
from sample_run import full_run
from test_browser import CHROMIUM, going_on, opened, pointed_at

from dsrna.comparison import CONTROL, Cell, Comparison, Row, summarise
from dsrna.report import comparison_figures, comparison_runs, write_comparison_page
from dsrna.report.comparison_falls import draw_fall, falls
from dsrna.report.comparison_runs import architectures, first, kept_runs
from dsrna.report.comparison_sheets import further_tables, means_tables
from dsrna.runtime.comparison_folder import ComparisonFolder
from dsrna.runtime.files import write_text
from dsrna.spaces import find_architecture

SEEDS = range(4)
CLICK = 'document.querySelectorAll("th button")[1].click();'
JITTER = (0.0, 0.002, -0.001, 0.001)


def row(contender: str, seed: int, clean: float, failure: str | None = None) -> Row:
    robust = {f"robust {eps}": clean - less for eps, less in (("2/255", 0.1), ("8/255", 0.3))}
    measures = {"clean": clean, **robust, "parameters": 9_000.0 + seed}
    return Row(Cell(contender, "standard", seed), {} if failure else measures, failure)


def compared(gain: float = 0.0, *more: Row, seeds: int = 4) -> Comparison:
    """A method, and its control, which has ``gain`` less, give or take."""
    rows = [
        line
        for seed in SEEDS[:seeds]
        for line in (
            row("darts", seed, 0.9 + gain + 0.003 * seed + JITTER[seed]),
            row(f"{CONTROL}darts", seed, 0.9 + 0.003 * seed),
        )
    ]
    return summarise("digits", [*rows, *more])


def written(comparison: Comparison, folder: Path) -> str:
    return write_comparison_page(comparison, ComparisonFolder(folder)).read_text("utf-8")


def test_the_page_says_first_whether_anything_differs(tmp_path: Path) -> None:
    """Else a reader takes the highest point of a picture for a finding."""
    page = written(compared(), tmp_path)
    assert "Held against the random network beside it, no difference is shown, in any of 3 comparisons." in page
    page = written(compared(0.05), tmp_path)
    assert "Held against the random network beside it, 3 of 3 comparisons show a difference:" in page
    assert re.search(r"<li>darts is higher in clean by \.05\d, robust 2/255 by \.05\d", page)
    assert "darts is lower in clean by .0" in written(compared(-0.05), tmp_path)


def test_the_page_shows_places_and_what_of_the_spread_is_the_trainings(tmp_path: Path) -> None:
    """If this fails, ranks and noise are computed and nobody who reads the page sees them."""
    again = [Row(Cell("darts", "standard", seed, repeat=1), {"clean": 0.9 + 0.01 * seed}) for seed in range(4)]
    other = [Row(Cell("pc-darts", "standard", seed), {"clean": 0.5}) for seed in range(4)]
    page = written(compared(0.05, *again, *other), tmp_path)
    assert "standard training, mean rank" in page
    assert "standard training, standard deviations" in page


def test_a_failed_run_is_named_with_its_reason(tmp_path: Path) -> None:
    """Else a hole in the grid goes unseen."""
    page = written(compared(0.0, row("pc-darts", 0, 0.0, "the loss became nan")), tmp_path)
    assert "1 run failed and counts in no number here" in page
    assert "the loss became nan" in page


def test_one_seed_is_said_to_be_one(tmp_path: Path) -> None:
    """Else a single run passes for a result, or a page speaks of bars that are not there."""
    page = written(compared(seeds=1), tmp_path)
    assert "One seed says nothing of another" in page
    assert "at one seed, which shows nothing." in page
    assert "Of one seed, which has no interval." in page
    assert not re.search("[Bb]ars are", page)


def test_a_grid_of_failures_has_no_findings(tmp_path: Path) -> None:
    """Else a page speaks of seeds and means that there are none of."""
    page = written(summarise("digits", [row("darts", seed, 0.0, "no memory") for seed in SEEDS]), tmp_path)
    assert "None of its runs has finished." in page
    assert "One seed" not in page


def test_a_contender_that_finished_at_fewer_seeds_says_so(tmp_path: Path) -> None:
    """Else a mean over two seeds passes for one over four."""
    page = written(compared(0.05, row("pc-darts", 0, 0.9), row("pc-darts", 1, 0.9)), tmp_path)
    assert "2 of 4 seeds" in page


def test_names_are_shown_and_not_run(tmp_path: Path) -> None:
    """Else whoever names a genotype writes into the reader's browser."""
    hostile = "<script>alert(1)</script>"
    page = written(compared(0.0, *(row(hostile, seed, 0.8) for seed in SEEDS)), tmp_path)
    assert hostile not in page
    assert "&lt;script&gt;" in page


def test_every_point_says_its_number(tmp_path: Path) -> None:
    """Else a value can be read from a picture only by eye."""
    page = written(compared(0.05), tmp_path)
    assert re.search(r"<title>darts less random beside darts, clean: \+\.05\d, 95 % \+\.0", page)
    clean, robust = (
        rf"\.{first}\d+ ±\.00\d {of}, 95 % \.{first}\d+ to \.{first}\d+"
        for first, of in ((9, "clean"), (6, "robust 8/255"))
    )
    assert re.search(f"<title>darts: {clean}; {robust}</title>", page)
    assert re.search(f"<title>darts: {clean}</title>", page)
    assert re.search(f"<title>darts: {robust}</title>", page)
    assert re.search(
        f"<title>darts: {clean}, 4 seeds</title>", written(summarise("digits", compared().rows[::2]), tmp_path)
    )


def test_a_mean_stands_above_its_interval(tmp_path: Path) -> None:
    """If this fails, the intervals of the means are in files that programs read, and a reader of the page has none."""
    page = written(compared(0.05), tmp_path)
    assert re.search(r'>\.9\d\d ±\.00\d<span class="below">\.9\d\d to \.9\d\d</span></td>', page)
    assert re.search(r'<td data-key="9001.5">9,002</td>', page)
    assert "below them 95 % bootstrap intervals of the means." in page
    alone = written(compared(seeds=1), tmp_path)
    assert '<span class="below">' not in alone
    assert "bootstrap" not in alone


def test_a_run_leads_to_its_own_page(tmp_path: Path) -> None:
    """Else the runs behind a number must be looked for by hand; a link to nothing is worse."""
    report = ComparisonFolder(tmp_path).cell("darts-standard-0").report
    report.parent.mkdir(parents=True)
    report.write_text("")
    links = re.findall(r'href="(cells/[^"]*)"', written(compared(), tmp_path))
    assert links == ["cells/darts-standard-0/report.html"]


def with_runs(folder: ComparisonFolder, *names: str) -> ComparisonFolder:
    """Put run folders where the grid has them."""
    for name in names:
        folder.cell(name).path.parent.mkdir(parents=True, exist_ok=True)
        full_run(folder.path).path.rename(folder.cell(name).path)
    return folder


def test_the_runs_themselves_are_shown(tmp_path: Path) -> None:
    """If this fails, a reader must open every run to see what was found, how, and what fools it."""
    with_runs(ComparisonFolder(tmp_path), "darts-standard-0", f"{CONTROL}darts-standard-0".replace(" ", "-"))
    page = written(compared(), tmp_path)
    assert page.count('class="cell"') == 2
    assert page.count("Softmax share of each operation") == 1
    assert page.count('class="example"') == 2
    assert len(re.findall(r'<span class="note">\S [\d.e+]+</span>', page)) == 2
    assert len(set(ids := re.findall(r'\bid="([^"]*)"', page))) == len(ids)


def test_what_the_runs_took_is_in_a_table_and_in_no_comparison(tmp_path: Path) -> None:
    """If this fails, a reader does not see what a method costs, or time is held against a control as a merit."""
    row = Row(Cell("pc-darts", "standard", 0), {"clean": 0.5}, seconds={"search": 63.0})
    page = written(compared(0.05, row), tmp_path)
    assert "mean seconds of a run" in page
    assert re.search(r'<td data-key="63.0">63.0</td>', page)
    assert "Gain in search" not in page


def test_an_architecture_found_for_two_trainings_is_drawn_once(tmp_path: Path) -> None:
    """If this fails, the page repeats itself, or two pictures differ and nobody can tell for what."""
    cells = [Cell(name, way, 0) for name in ("darts", "racl") for way in ("standard", "pgd")]
    folder = with_runs(ComparisonFolder(tmp_path), *(cell.name for cell in cells))
    write_text(folder.cell("racl-pgd-0").genotype, find_architecture("racl").to_text())
    rows = [Row(cell, {"clean": 0.9}) for cell in cells]
    drawn = architectures(first(kept_runs(rows, folder)))
    assert [each.name for each in drawn.shown] == ["darts", "racl, standard", "racl, pgd"]


def test_as_many_contenders_as_methods_are_all_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If this fails, of a grid of twelve methods the last are left out, or what is left out is left out in silence."""
    cells = [Cell(f"method-{place:02d}", "standard", 0) for place in range(12)]
    folder = with_runs(ComparisonFolder(tmp_path), *(cell.name for cell in cells))
    comparison = summarise("digits", [Row(cell, {"clean": 0.9}) for cell in cells])
    page = written(comparison, tmp_path)
    assert (page.count('class="cell"'), page.count('class="example"')) == (24, 24)
    assert page.count("Softmax share of each operation") == 12
    assert "more: on the pages of their runs" not in page
    monkeypatch.setattr(comparison_runs, "MOST", 10)
    page = written(comparison, folder.path)
    assert (page.count('class="cell"'), page.count('class="example"')) == (20, 20)
    assert page.count("2 more: on the pages of their runs") == 3


def test_runs_that_are_gone_are_left_out(tmp_path: Path) -> None:
    """If this fails, a comparison whose runs were put away has no page, or one that promises what it lacks."""
    page = written(compared(), tmp_path)
    assert "What was found" not in page
    assert "mean seconds of a run" not in page


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
def test_a_click_on_a_head_sorts_by_numbers(tmp_path: Path) -> None:
    """Else the tables cannot be sorted, or 10 comes before 9."""
    page = write_comparison_page(compared(0.05, row("small", 0, 0.095)), ComparisonFolder(tmp_path))
    document, console = opened(going_on(page, CLICK), tmp_path / "home")
    assert console == ""
    first = document[document.index("<tbody>") :]
    assert re.findall(r'scope="row" data-key="([^"]*)"', first)[:3] == ["darts", f"{CONTROL}darts", "small"]
    assert document.count('aria-sort="ascending"') == 0
    assert document.count('aria-sort="descending"') == 1


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
def test_names_and_small_p_come_first(tmp_path: Path) -> None:
    """If this fails, the first click shows what nobody looks for: Z, and the differences that are not there."""
    page = write_comparison_page(compared(0.05), ComparisonFolder(tmp_path))
    clicks = "for (const b of document.querySelectorAll('th button')) if (/^p /.test(b.textContent)) b.click();"
    clicks += "document.querySelector('th button').click();"
    document, _ = opened(going_on(page, clicks), tmp_path / "home")
    assert document.count('aria-sort="ascending"') == 2
    assert document.count('aria-sort="descending"') == 0


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
def test_the_pointer_finds_every_point(tmp_path: Path) -> None:
    """If this fails, a point's number is there and nobody can see it, for something is drawn over the point."""
    page = write_comparison_page(
        compared(0.05, *(row("small", seed, 0.4) for seed in SEEDS)), ComparisonFolder(tmp_path)
    )
    points = pointed_at(page, tmp_path / "home")
    assert any("Accuracy against the L\N{INFINITY} radius" in point for point in points)
    assert [point for point in points if not point.startswith("hit: ")] == []


def test_a_fall_begins_with_what_is_right_without_an_attack(tmp_path: Path) -> None:
    """If this fails, a curve begins at the first radius, and what the smallest attack costs is not to be seen."""
    cell = Cell("darts", "standard", 0)
    measures = {"clean": 0.9, "robust 2/255": 0.8, "robust 8/255": 0.6, "certified 1/255": 0.3, "certified 2/255": 0.1}
    rows = [Row(cell, measures)]
    runs = kept_runs(rows, with_runs(ComparisonFolder(tmp_path), cell.name))
    attacked, certified = falls(summarise("digits", rows).summaries, runs)
    assert [(point.eps, point.mean) for point in attacked.curves["darts"]] == [(0, 0.9), (2 / 255, 0.8), (8 / 255, 0.6)]
    assert certified.curves["darts"][0].mean == pytest.approx(0.983, abs=1e-3)
    assert certified.curves["darts"][0].said == "darts: .983 right"
    drawn = draw_fall("fall", attacked).svg()
    assert ">8<" in drawn
    assert "in 1/255 of the pixel range" in drawn


def test_a_fall_does_not_begin_with_fewer_seeds_than_it_goes_on_with(tmp_path: Path) -> None:
    """If this fails, where run folders are gone a curve may rise with the radius, which no accuracy does."""
    cells = [Cell(name, "standard", seed) for name in ("darts", "racl") for seed in range(2)]
    rows = [Row(cell, {"certified 1/255": 0.99, "certified 2/255": 0.1}) for cell in cells]
    folder = with_runs(ComparisonFolder(tmp_path), *(cell.name for cell in cells[:3]))
    [fall] = falls(summarise("digits", rows).summaries, kept_runs(rows, folder))
    assert {name: len(points) for name, points in fall.curves.items()} == {"darts": 3, "racl": 2}
    assert fall.curves["racl"][0].eps == 1 / 255


def test_measures_of_a_kind_share_a_picture(tmp_path: Path) -> None:
    """If this fails, every attack and radius has a picture of its own, and nobody reads the sixty of them."""
    drawn = comparison_figures(compared(0.05))
    assert list(drawn) == ["standard-trade", "standard-fall-robust-inf", "standard-gain-clean", "standard-gain-robust"]
    assert [axes.get_title(loc="left") for axes in drawn["standard-gain-robust"].axes] == ["2/255", "8/255"]


def test_panels_that_share_an_axis_show_all_values() -> None:
    """If this fails, the accuracies at a large radius, far below those at a small one, are drawn beyond the edge."""
    measures = {"robust 2/255": 0.9, "robust 4/255": 0.6, "robust 8/255": 0.1}
    rows = [
        Row(Cell(name, "standard", seed), {measure: value + less + JITTER[seed] for measure, value in measures.items()})
        for seed in SEEDS
        for name, less in (("darts", 0.0), ("racl", -0.05))
    ]
    panels = comparison_figures(summarise("digits", rows))["standard-mean-robust"].axes
    ends = [float(end) for axes in panels for line in axes.lines for end in np.ravel(line.get_xdata())]
    assert min(ends) == pytest.approx(0.05, abs=0.01)
    assert max(ends) == pytest.approx(0.9, abs=0.01)
    for low, high in (axes.get_xlim() for axes in panels):
        assert low < min(ends)
        assert max(ends) < high


def test_wide_tables_are_cut_between_kinds() -> None:
    """If this fails, a print ends in the middle of the table."""
    names = ["clean", *(f"{what} {k}/255" for what in ("robust", "pgd-100", "apgd") for k in (2, 4, 8))]
    rows = [Row(Cell(name, "standard", 0), dict.fromkeys(names, 0.5)) for name in ("darts", "racl")]
    summaries = summarise("digits", rows).summaries
    for tables in (means_tables(summaries), further_tables("standard", summaries, rows)):
        heads = [table.heads[1:] for table in tables]
        assert [len(each) for each in heads] == [4, 6]
        assert [name for each in heads for name in each] == names
