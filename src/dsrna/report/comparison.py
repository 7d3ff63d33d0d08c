"""A comparison as tables for the terminal."""

from collections.abc import Iterator

from rich import box
from rich.table import Table
from rich.text import Text

from dsrna.comparison import Comparison, Difference, Summary, shown

MINUS = "\N{MINUS SIGN}"


def comparison_tables(comparison: Comparison) -> Iterator[Table | Text]:
    """Yield for each training the means, then the differences; at the end the runs that failed."""
    for training in dict.fromkeys(row.cell.training for row in comparison.rows):
        summaries = [each for each in comparison.summaries if each.training == training]
        if summaries:
            yield _means(f"{training} training", summaries)
        differences = [each for each in comparison.differences if each.training == training]
        if differences:
            yield _differences(f"{training} training: differences, paired over seeds", differences)
    for row in comparison.rows:
        if row.failure is not None:
            yield Text(f"failed: {row.cell.name}: {row.failure}")


def _means(title: str, summaries: list[Summary]) -> Table:
    measures = list(dict.fromkeys(each.measure for each in summaries))
    table = _table(title, "", *measures, "seeds")
    for contender in dict.fromkeys(each.contender for each in summaries):
        own = {each.measure: each for each in summaries if each.contender == contender}
        values = [shown(own[measure]) if measure in own else "" for measure in measures]
        table.add_row(contender, *values, str(max(each.seeds for each in own.values())))
    return table


def _differences(title: str, differences: list[Difference]) -> Table:
    table = _table(title, "", "less", "in", "mean", "95 % interval", "p", "by Holm", "verdict")
    for each in differences:
        numbers = (_signed(each.mean), _interval(each), _p(each.p), _p(each.adjusted))
        table.add_row(each.contender, each.baseline, each.measure, *numbers, each.verdict)
    return table


def _table(title: str, *heads: str) -> Table:
    table = Table(*heads, title=Text(title), title_justify="left", box=box.SIMPLE_HEAD)
    for column in table.columns[1:]:
        column.justify = "right"
    return table


def _signed(value: float) -> str:
    digits = 0 if abs(value) >= 100 else 3
    return f"{value:+,.{digits}f}".replace("-", MINUS)


def _interval(difference: Difference) -> str:
    if difference.low is None or difference.high is None:
        return ""
    return f"{_signed(difference.low)} to {_signed(difference.high)}"


def _p(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"
