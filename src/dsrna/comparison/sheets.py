"""A comparison as sheets of text, whatever writes them: Markdown, LaTeX, a terminal."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean

from dsrna.comparison.costs import STAGES
from dsrna.comparison.measures import SIZES, signed, written
from dsrna.comparison.results import Comparison, Difference, Row, Summary


@dataclass(frozen=True)
class Sheet:
    """A table: what it shows, the names of its columns, and a row a line, a name first.

    ``sentences``: whether the last column holds such, and not what is as short as a number.
    """

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    sentences: bool = False


def sheets(comparison: Comparison) -> Iterator[Sheet]:
    """Yield the tables that have rows: of each training means, their intervals, ranks, differences, noise and costs.

    At the end the runs that failed, of all trainings.
    """
    for training in dict.fromkeys(summary.training for summary in comparison.summaries):
        of = [summary for summary in comparison.summaries if summary.training == training]
        differences = [each for each in comparison.differences if each.training == training]
        made = (
            _means(training, of),
            _intervals(training, of),
            rank_sheet(training, of),
            _differences(training, differences),
            noise_sheet(training, of),
            cost_sheet(training, comparison.rows),
        )
        yield from (sheet for sheet in made if sheet.rows)
    failed = _failed(comparison.rows)
    if failed.rows:
        yield failed


def unfinished(comparison: Comparison) -> str:
    """Say of a grid that has not ended how far it is; empty of one that has."""
    done = len(comparison.rows)
    return f"{done} of {done + comparison.missing} runs so far" if comparison.missing else ""


def rank_sheet(training: str, summaries: Sequence[Summary]) -> Sheet:
    """Contenders by measures: the mean place; without rows where there is but one contender, or no seed of all."""
    ranked = [each for each in summaries if each.rank is not None]
    several = len({each.contender for each in ranked}) > 1
    seeds = max((each.ranked for each in ranked), default=0)
    over = f"1 for the largest, over {seeds} {'seed' if seeds == 1 else 'seeds'} at which all finished"
    return _crossed(f"{training} training, mean rank, {over}", ranked if several else (), _rank)


def noise_sheet(training: str, summaries: Sequence[Summary]) -> Sheet:
    """Standard deviations over seeds, between trainings of a genotype, and what is left; no rows without repeats."""
    heads = ("contender", "measure", "over seeds", "between trainings", "left for the search")
    rows = tuple(
        (
            each.contender,
            each.measure,
            *(_known(each.measure, value) for value in (each.deviation, each.retraining, each.searching)),
        )
        for each in summaries
        if each.retraining is not None and each.measure not in SIZES
    )
    return Sheet(f"{training} training, standard deviations", heads, rows)


def cost_sheet(training: str, rows: Sequence[Row]) -> Sheet:
    """Contenders by stages: mean seconds over the runs that have recorded them, repeats included."""
    timed = [row for row in rows if row.cell.training == training and row.seconds]
    found = tuple(
        (name, *(_seconds([row.seconds for row in timed if row.cell.contender == name], stage) for stage in STAGES))
        for name in dict.fromkeys(row.cell.contender for row in timed)
    )
    return Sheet(f"{training} training, mean seconds of a run", ("contender", *STAGES), found)


def _seconds(runs: Sequence[dict[str, float]], stage: str) -> str:
    values = [run[stage] for run in runs if stage in run]
    return f"{fmean(values):,.1f}" if values else ""


def _means(training: str, summaries: Sequence[Summary]) -> Sheet:
    title = f"{training} training, mean and standard deviation over seeds"
    sheet = _crossed(title, summaries, _mean)
    seeds = [str(max(each.seeds for each in summaries if each.contender == name)) for name in _contenders(summaries)]
    rows = tuple((row[0], count, *row[1:]) for row, count in zip(sheet.rows, seeds, strict=True))
    return Sheet(title, (sheet.heads[0], "seeds", *sheet.heads[1:]), rows)


def _intervals(training: str, summaries: Sequence[Summary]) -> Sheet:
    known = [each for each in summaries if each.low is not None and each.measure not in SIZES]
    title = f"{training} training, 95 % bootstrap intervals of the means"
    return _crossed(title, known, lambda each: interval_written(each, written))


def _failed(rows: Sequence[Row]) -> Sheet:
    failures = tuple((row.cell.name, row.failure) for row in rows if row.failure is not None)
    return Sheet("runs that failed, which count in no number here", ("run", "reason"), failures, sentences=True)


def _differences(training: str, differences: Sequence[Difference]) -> Sheet:
    heads = ("contender", "less", "measure", "seeds", "difference", "95 % interval", "p (Holm)", "verdict")
    rows = tuple(
        (
            each.contender,
            each.baseline,
            each.measure,
            str(each.pairs),
            signed(each.measure, each.mean),
            interval_written(each, signed),
            p_written(each),
            each.verdict,
        )
        for each in sorted(differences, key=_whose)
    )
    return Sheet(f"{training} training, mean differences, paired over seeds", heads, rows)


def _whose(difference: Difference) -> str:
    return difference.contender


def interval_written(of: Summary | Difference, shown: Callable[[str, float], str]) -> str:
    """Write both ends of an interval; empty where there is none."""
    if of.low is None or of.high is None:
        return ""
    return f"{shown(of.measure, of.low)} to {shown(of.measure, of.high)}"


def p_written(difference: Difference) -> str:
    """Write an adjusted p to three decimals; empty where there is none."""
    if difference.adjusted is None:
        return ""
    return "<0.001" if difference.adjusted < 0.001 else f"{difference.adjusted:.3f}"


def _crossed(title: str, summaries: Sequence[Summary], shown: Callable[[Summary], str]) -> Sheet:
    """Contenders by measures; empty where a contender has none of a measure."""
    measures = tuple(dict.fromkeys(each.measure for each in summaries))
    texts = {(each.contender, each.measure): shown(each) for each in summaries}
    rows = tuple((name, *(texts.get((name, measure), "") for measure in measures)) for name in _contenders(summaries))
    return Sheet(title, ("contender", *measures), rows)


def _contenders(summaries: Sequence[Summary]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each.contender for each in summaries))


def _mean(summary: Summary) -> str:
    mean = written(summary.measure, summary.mean)
    return mean if summary.deviation is None else f"{mean} ± {written(summary.measure, summary.deviation)}"


def _rank(summary: Summary) -> str:
    return "" if summary.rank is None else f"{summary.rank:.2f}"


def _known(measure: str, value: float | None) -> str:
    return "" if value is None else written(measure, value)
