"""The tables of a comparison's page, which a click on a head sorts."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import quote

from dsrna.comparison import Difference, Row, Summary
from dsrna.comparison.sheets import Sheet, cost_sheet, noise_sheet, rank_sheet
from dsrna.report.comparison import fewer, gained, interval, p_value, short, verdict
from dsrna.report.comparison_bars import kinds
from dsrna.report.comparison_verdict import baselines
from dsrna.runtime.comparison_folder import ComparisonFolder

P: Final = "p (Holm)"
ABREAST: Final = 6
"""Measures in one table."""
COST: Final = (
    "The runs may have shared their machine. A search that serves several trainings stands with the first of them."
)


@dataclass(frozen=True)
class Entry:
    """One cell of a table: what it says, and by what it is sorted; ``link``: where a click on it leads.

    ``below``: what is said beneath, in small.
    """

    text: str
    key: float | int | str = ""
    link: str = ""
    below: str = ""


@dataclass(frozen=True)
class Table:
    """Rows that a click on a head sorts, under one of the ``rising`` heads the smallest first."""

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[Entry, ...], ...]
    note: str = ""
    rising: tuple[str, ...] = ()


def means_tables(summaries: Sequence[Summary]) -> Iterator[Table]:
    """Yield the means, so many measures a table that it fits a page; what is of one kind stays together."""
    contenders = dict.fromkeys(each.contender for each in summaries)
    of, short_of = {(each.contender, each.measure): each for each in summaries}, fewer(summaries)
    for measures in _sheets(each.measure for each in summaries):
        rows = tuple(
            (
                Entry(name, name, below=short_of.get(name, "")),
                *(_mean(of.get((name, measure))) for measure in measures),
            )
            for name in contenders
        )
        yield Table(f"Means: {', '.join(kinds(measures))}", ("contender", *measures), rows)


def _mean(summary: Summary | None) -> Entry:
    return Entry("") if summary is None else Entry(short(summary), summary.mean, below=interval(summary))


def means_note(summaries: Sequence[Summary]) -> str:
    """Say what the means stand with."""
    ends = "; below them 95 % bootstrap intervals of the means" if any(map(interval, summaries)) else ""
    return f"Means and standard deviations over seeds{ends}."


def _sheets(measures: Iterable[str]) -> Iterator[list[str]]:
    sheet: list[str] = []
    for alike in kinds(measures).values():
        if sheet and len(sheet) + len(alike) > ABREAST:
            yield sheet
            sheet = []
        sheet += alike
        while len(sheet) > ABREAST:
            yield sheet[:ABREAST]
            sheet = sheet[ABREAST:]
    if sheet:
        yield sheet


def difference_tables(differences: Sequence[Difference]) -> Iterator[Table]:
    if not differences:
        return
    rows = tuple(
        (
            Entry(each.contender, each.contender),
            Entry(each.measure, each.measure),
            Entry(str(each.pairs), each.pairs),
            Entry(gained(each), each.mean),
            Entry(interval(each), "" if each.low is None else each.low),
            Entry(p_value(each), "" if each.adjusted is None else each.adjusted),
            Entry(verdict(each), verdict(each)),
        )
        for each in differences
    )
    heads = ("contender", "measure", "seeds", "mean", "95 % interval", P, "difference")
    title = f"Less {baselines(differences)}, paired over seeds"
    yield Table(title, heads, rows, "p: paired t-test, corrected over the contenders.", (P,))


def further_tables(training: str, summaries: Sequence[Summary], rows: Sequence[Row]) -> Iterator[Table]:
    """Yield the places of the contenders, what of the spread is the training's, and the costs, where they are known."""
    for sheet, note in (
        *((sheet, "The mean place, 1 for the largest.") for sheet in _rank_sheets(training, summaries)),
        (noise_sheet(training, summaries), "Left for the search: what of the spread the trainings do not explain."),
        (cost_sheet(training, rows), COST),
    ):
        if sheet.rows:
            entries = tuple(tuple(Entry(text, _key(text)) for text in row) for row in sheet.rows)
            yield Table(sheet.title, sheet.heads, entries, note, sheet.heads)


def _rank_sheets(training: str, summaries: Sequence[Summary]) -> Iterator[Sheet]:
    """Yield the places, so many measures a sheet that it fits a page, under what of each is on it."""
    parts = list(_sheets(each.measure for each in summaries if each.rank is not None))
    for measures in parts:
        sheet = rank_sheet(training, [each for each in summaries if each.measure in measures])
        yield sheet if len(parts) == 1 else replace(sheet, title=f"{sheet.title}: {', '.join(kinds(measures))}")


def _key(text: str) -> float | str:
    try:
        return float(text.replace(",", ""))
    except ValueError:
        return text


def runs_table(rows: Sequence[Row], folder: ComparisonFolder) -> Table:
    entries = tuple(
        (
            Entry(row.cell.name, row.cell.name, run_link(row, folder)),
            Entry(row.cell.contender, row.cell.contender),
            Entry(row.cell.training, row.cell.training),
            Entry(str(row.cell.seed), row.cell.seed),
            Entry(row.failure or "finished", row.failure or ""),
        )
        for row in rows
    )
    return Table("Runs", ("run", "contender", "training", "seed", "state"), entries, rising=("seed",))


def run_link(row: Row, folder: ComparisonFolder) -> str:
    """Return where the page of a run is, seen from the comparison's; "" where there is none."""
    page = folder.cell(row.cell.name).report
    return quote(page.relative_to(folder.path).as_posix()) if page.exists() else ""
