"""The tables of a comparison's page, which a click on a head sorts."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from dsrna.comparison import Difference, Row, Summary
from dsrna.report.comparison import against, gained, interval, p_value, short, verdict
from dsrna.runtime.comparison_folder import ComparisonFolder

P: Final = "p (Holm)"


@dataclass(frozen=True)
class Entry:
    """One cell of a table: what it says, and by what it is sorted; ``link``: where a click on it leads."""

    text: str
    key: float | int | str = ""
    link: str = ""


@dataclass(frozen=True)
class Table:
    """Rows that a click on a head sorts, under one of the ``rising`` heads the smallest first."""

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[Entry, ...], ...]
    note: str = ""
    rising: tuple[str, ...] = ()


def baselines(differences: Sequence[Difference]) -> str:
    return " or ".join(dict.fromkeys(map(against, differences)))


def means_table(summaries: Sequence[Summary]) -> Table:
    measures = tuple(dict.fromkeys(each.measure for each in summaries))
    rows = []
    for contender in dict.fromkeys(each.contender for each in summaries):
        own = {each.measure: each for each in summaries if each.contender == contender}
        values = (Entry(short(own[name]), own[name].mean) if name in own else Entry("", "") for name in measures)
        rows.append((Entry(contender, contender), *values))
    note = "Mean and standard deviation over seeds."
    return Table("Means", ("contender", *measures), tuple(rows), note)


def difference_tables(differences: Sequence[Difference]) -> Iterator[Table]:
    if not differences:
        return
    rows = tuple(
        (
            Entry(each.contender, each.contender),
            Entry(each.measure, each.measure),
            Entry(gained(each), each.mean),
            Entry(interval(each), "" if each.low is None else each.low),
            Entry(p_value(each), "" if each.adjusted is None else each.adjusted),
            Entry(verdict(each), verdict(each)),
        )
        for each in differences
    )
    heads = ("contender", "measure", "mean", "95 % interval", P, "difference")
    title = f"Less {baselines(differences)}, paired over seeds"
    yield Table(title, heads, rows, "p: paired t-test, corrected over the contenders.", (P,))


def runs_table(rows: Sequence[Row], folder: ComparisonFolder) -> Table:
    entries = tuple(
        (
            Entry(row.cell.name, row.cell.name, _link(row, folder)),
            Entry(row.cell.contender, row.cell.contender),
            Entry(row.cell.training, row.cell.training),
            Entry(str(row.cell.seed), row.cell.seed),
            Entry(row.failure or "finished", row.failure or ""),
        )
        for row in rows
    )
    return Table("Runs", ("run", "contender", "training", "seed", "state"), entries, rising=("seed",))


def _link(row: Row, folder: ComparisonFolder) -> str:
    page = folder.cell(row.cell.name).report
    return quote(page.relative_to(folder.path).as_posix()) if page.exists() else ""
