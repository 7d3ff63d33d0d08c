"""A comparison as tables for the terminal."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from rich import box
from rich.table import Table
from rich.text import Text

from dsrna.comparison import CONTROL, Comparison, Difference, Summary, measures
from dsrna.comparison.measures import SIZES, signed, written
from dsrna.comparison.sheets import Sheet, cost_sheet, interval_written, noise_sheet, p_written, rank_sheet, unfinished
from dsrna.report.wording import shortened

MINUS: Final = measures.MINUS
ABREAST: Final = 4
"""Measures in one table, so that it fits a narrow terminal."""


def comparison_tables(comparison: Comparison) -> Iterator[Table | Text]:
    """Yield for each training means, ranks, differences, noise and costs; at the end what failed or is to come."""
    for training in dict.fromkeys(row.cell.training for row in comparison.rows):
        summaries = [each for each in comparison.summaries if each.training == training]
        names = list(dict.fromkeys(each.measure for each in summaries))
        for start in range(0, len(names), ABREAST):
            yield _means(f"{training} training", summaries, names[start : start + ABREAST])
        yield from _sheet(rank_sheet(training, summaries))
        differences = [each for each in comparison.differences if each.training == training]
        for baseline in dict.fromkeys(map(against, differences)):
            yield _differences(training, baseline, [each for each in differences if against(each) == baseline])
        yield from _sheet(noise_sheet(training, summaries))
        yield from _sheet(cost_sheet(training, comparison.rows))
    for row in comparison.rows:
        if row.failure is not None:
            yield Text(f"failed: {row.cell.name}: {row.failure}")
    if comparison.missing:
        yield Text(unfinished(comparison))


def against(difference: Difference) -> str:
    own = difference.baseline == f"{CONTROL}{difference.contender}"
    return "the random network beside it" if own else difference.baseline


def _means(title: str, summaries: Sequence[Summary], names: Sequence[str]) -> Table:
    known = any(interval(each) for each in summaries if each.measure in names)
    ends = ", 95 % bootstrap interval of the mean" if known else ""
    table = _table(f"{title}, mean and standard deviation over seeds{ends}", "", *map(_on_two_lines, names))
    short_of = fewer(summaries)
    for contender in dict.fromkeys(each.contender for each in summaries):
        own = {each.measure: each for each in summaries if each.contender == contender}
        name = "\n".join(filter(None, [shortened(contender), short_of.get(contender)]))
        table.add_row(name, *(_in_lines(own.get(measure)) for measure in names))
    return table


def fewer(summaries: Sequence[Summary]) -> dict[str, str]:
    """Say of the contenders that finished at fewer seeds than others do at how many."""
    seeds: dict[str, int] = {}
    for each in summaries:
        seeds[each.contender] = max(seeds.get(each.contender, 0), each.seeds)
    most = max(seeds.values(), default=0)
    return {name: f"{count} of {most} seeds" for name, count in seeds.items() if count < most}


def _on_two_lines(measure: str) -> str:
    """Put the radius below, so that names need not be cut for the heads of their numbers."""
    return "\n".join(measure.rsplit(" ", maxsplit=1))


def _in_lines(summary: Summary | None) -> str:
    return "" if summary is None else "\n".join(filter(None, [short(summary), interval(summary)]))


def _differences(training: str, baseline: str, differences: Sequence[Difference]) -> Table:
    title = f"{training} training, less {baseline}, paired over seeds"
    table = _table(title, "", "mean", "95 % interval", "p (Holm)", "difference")
    for name in sorted({each.contender for each in differences}):
        own = [each for each in differences if each.contender == name]
        # A line of its own, so that it need not be folded for the sake of the numbers.
        table.add_row(f"{shortened(name)}, {paired(own)}")
        for each in own:
            table.add_row(f"  {each.measure}", gained(each), interval(each), p_value(each), verdict(each))
    return table


def paired(differences: Sequence[Difference]) -> str:
    """Say at how many seeds both have finished."""
    pairs = max(each.pairs for each in differences)
    return f"{pairs} seed" if pairs == 1 else f"{pairs} seeds"


def _sheet(sheet: Sheet) -> Iterator[Table]:
    """Yield a sheet in parts that fit a narrow terminal, each with its first column."""
    heads = sheet.heads[1:] if sheet.rows else ()
    for start in range(0, len(heads), ABREAST):
        table = _table(sheet.title, "", *heads[start : start + ABREAST])
        shown = ""
        for name, *values in sheet.rows:
            part = (bare(value) for value in values[start : start + ABREAST])
            table.add_row("" if name == shown else shortened(name), *part)
            shown = name
        yield table


def _table(title: str, *heads: str) -> Table:
    table = Table(*heads, title=Text(title), title_justify="left", box=box.SIMPLE_HEAD)
    table.columns[0].overflow = "fold"
    for column in table.columns[1:]:
        column.justify, column.no_wrap = "right", True
    return table


def short(summary: Summary) -> str:
    mean = bare(written(summary.measure, summary.mean))
    if summary.deviation is None or summary.measure in SIZES:
        return mean
    return f"{mean} ±{bare(written(summary.measure, summary.deviation))}"


def told(summary: Summary) -> str:
    """Return the mean, the deviation, of what, and the interval of the mean, on a line."""
    ends = interval(summary)
    return f"{short(summary)} {summary.measure}" + (f", 95 % {ends}" if ends else "")


def bare(number: str) -> str:
    """Leave out the 0 before the point."""
    return re.sub(r"(?<!\d)0\.", ".", number, count=1)


def gained(difference: Difference) -> str:
    return bare(signed(difference.measure, difference.mean))


def verdict(difference: Difference) -> str:
    return "not shown" if difference.verdict == "no difference shown" else difference.verdict


def p_value(difference: Difference) -> str:
    return bare(p_written(difference))


def interval(of: Difference | Summary) -> str:
    """Return both ends, a difference's with signs; empty where there is none, and of a size, which is no merit."""
    if of.measure in SIZES:
        return ""
    ends = interval_written(of, signed if isinstance(of, Difference) else written).split(" to ")
    return " to ".join(map(bare, ends))
