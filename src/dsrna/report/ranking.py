"""A ranking as tables: for the terminal, and as CSV."""

import csv
import io
from collections.abc import Iterator
from itertools import groupby
from typing import Final

from rich import box
from rich.table import Table
from rich.text import Text

from dsrna.ranking import Correlation, Estimate, Ranking

SHOWN: Final = {
    "kendall": "tau",
    "kendall given clean accuracy": "tau given accuracy",
    "kendall given parameters": "tau given parameters",
}
"""With intervals; all else is in the files."""
MINUS: Final = "\N{MINUS SIGN}"


def ranking_tables(ranking: Ranking) -> Iterator[Table]:
    """Yield a table for each column of the ground truth: metrics, then controls."""
    for truth, found in groupby(ranking.correlations, key=lambda each: each.truth):
        table = Table("", *SHOWN.values(), "rho", title=Text(f"{truth}  ({how(ranking)})"), title_justify="left")
        table.box, table.columns[0].no_wrap = box.SIMPLE_HEAD, True
        for column in table.columns[1:]:
            column.justify = "right"
        for kind, rows in groupby(found, key=lambda each: each.kind):
            table.add_row(Text(f"{kind}s", style="bold"))
            for row in rows:
                table.add_row(*_row(row, ranking.scored))
        yield table


def _row(row: Correlation, scored: int) -> list[Text]:
    missing = "" if row.architectures == scored else f" (n = {row.architectures})"
    rho = row.estimates["spearman"].value
    cells = [_cell(row.estimates[name]) for name in SHOWN]
    return [Text(f"  {row.predictor}{missing}"), *map(Text, cells), Text(MINUS if rho is None else _signed(rho))]


def how(ranking: Ranking) -> str:
    """Return in words what was measured."""
    when = f"after {ranking.steps} steps of {ranking.training} training" if ranking.steps else "at initialisation"
    return f"{ranking.scored} of {ranking.wanted} architectures, {when}, {100 * ranking.level:g}% intervals"


def ranking_csv(ranking: Ranking) -> str:
    """Return a line for each column of the ground truth and each predictor, with every estimate."""
    names = list(ranking.correlations[0].estimates) if ranking.correlations else []
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    ends = [f"{name}{end}" for name in names for end in ("", " low", " high")]
    writer.writerow(["truth", "predictor", "kind", "architectures", *ends])
    for row in ranking.correlations:
        numbers = [number for name in names for number in _numbers(row.estimates[name])]
        writer.writerow([row.truth, row.predictor, row.kind, row.architectures, *numbers])
    return out.getvalue()


def _numbers(estimate: Estimate) -> list[str]:
    return ["" if number is None else f"{number:.6f}" for number in (estimate.value, estimate.low, estimate.high)]


def _cell(estimate: Estimate) -> str:
    if estimate.value is None or estimate.low is None or estimate.high is None:
        return MINUS
    return f"{_signed(estimate.value)} [{_signed(estimate.low)},{_signed(estimate.high)}]"


def _signed(value: float) -> str:
    return f"{value:+.2f}".replace("0.", ".", 1).replace("-", MINUS)
