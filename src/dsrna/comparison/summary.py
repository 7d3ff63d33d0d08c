"""From the rows of a grid to summaries and differences."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from statistics import fmean, stdev

from dsrna.comparison.grid import CONTROL
from dsrna.comparison.made import Made
from dsrna.comparison.measures import SIZES
from dsrna.comparison.results import Comparison, Difference, Row, Summary, Verdict
from dsrna.comparison.statistics import LEVEL, RESAMPLES, bootstrap, holm, paired_p, pooled_deviation, ranks, remaining
from dsrna.errors import UserError

Table = dict[str, dict[int, float]]
"""A measure by contender and seed."""


def summarise(recipe: str, rows: Sequence[Row], baseline: str | None = None) -> Comparison:
    """Return the rows with what they say of each contender, and of its difference to ``baseline``.

    Without a baseline each contender is held against its own control. A baseline that is none is a ``UserError``.
    """
    check_baseline(baseline, [row.cell.contender for row in rows])
    return so_far(recipe, rows, baseline)


def so_far(recipe: str, rows: Sequence[Row], baseline: str | None = None, made: Made | None = None) -> Comparison:
    """Summarise a grid that may be under way: the baseline need not have run. ``made``: how the rows came to be."""
    summaries: list[Summary] = []
    differences: list[Difference] = []
    for training in dict.fromkeys(row.cell.training for row in rows):
        of_training = [row for row in rows if row.cell.training == training and row.failure is None]
        for measure in dict.fromkeys(name for row in of_training for name in row.measures):
            table = _table(of_training, measure)
            summaries += _summaries(training, measure, table, of_training)
            if measure not in SIZES:
                differences += _differences(training, measure, table, baseline)
    return Comparison(
        recipe=recipe,
        level=LEVEL,
        resamples=RESAMPLES,
        rows=tuple(rows),
        summaries=tuple(summaries),
        differences=tuple(differences),
        made=made,
    )


def check_baseline(baseline: str | None, contenders: Sequence[str]) -> None:
    if baseline is not None and baseline not in contenders:
        names = ", ".join(dict.fromkeys(contenders))
        raise UserError(f"baseline {baseline!r} is none of the contenders: {names}")


def _table(rows: Sequence[Row], measure: str) -> Table:
    table: Table = {}
    for row in rows:
        if not row.cell.repeat and measure in row.measures:
            table.setdefault(row.cell.contender, {})[row.cell.seed] = row.measures[measure]
    return table


def _summaries(training: str, measure: str, table: Table, rows: Sequence[Row]) -> Iterator[Summary]:
    places = {} if measure in SIZES else _places(table)
    for contender, by_seed in table.items():
        values = list(by_seed.values())
        interval = bootstrap(values) or (None, None)
        deviation = stdev(values) if len(values) > 1 else None
        retraining = pooled_deviation(_trainings(rows, contender, measure))
        ranked = places.get(contender, [])
        yield Summary(
            training=training,
            contender=contender,
            measure=measure,
            seeds=len(values),
            mean=fmean(values),
            deviation=deviation,
            low=interval[0],
            high=interval[1],
            rank=fmean(ranked) if ranked else None,
            retraining=retraining,
            ranked=len(ranked),
            searching=remaining(deviation, retraining),
        )


def _places(table: Table) -> dict[str, list[float]]:
    """The places of each contender that is no control, seed by seed, at the seeds at which all of them finished.

    A place among fewer is another number: who is third of three would lead by it over who is fourth of four.
    """
    own = {name: by_seed for name, by_seed in table.items() if not name.startswith(CONTROL)}
    places: dict[str, list[float]] = {name: [] for name in own}
    for seed in sorted(set.intersection(*map(set, own.values())) if own else ()):
        for name, place in zip(own, ranks([by_seed[seed] for by_seed in own.values()]), strict=True):
            places[name].append(place)
    return places


def _trainings(rows: Sequence[Row], contender: str, measure: str) -> list[list[float]]:
    """The values of each genotype's trainings."""
    groups: dict[int, list[float]] = {}
    for row in rows:
        if row.cell.contender == contender and measure in row.measures:
            groups.setdefault(row.cell.seed, []).append(row.measures[measure])
    return list(groups.values())


def _differences(training: str, measure: str, table: Table, baseline: str | None) -> list[Difference]:
    """Hold each contender against the baseline; where no seed is common to both, nothing can be said."""
    against = {name: baseline or f"{CONTROL}{name}" for name in table if name != baseline}
    paired = [(name, other) for name, other in against.items() if table[name].keys() & table.get(other, {}).keys()]
    found = [_difference(training, measure, table, name, other) for name, other in paired]
    adjusted = holm([difference.p for difference in found])
    return [
        replace(difference, adjusted=p, verdict=_verdict(difference.mean, p))
        for difference, p in zip(found, adjusted, strict=True)
    ]


def _difference(training: str, measure: str, table: Table, contender: str, baseline: str) -> Difference:
    ours, theirs = table[contender], table[baseline]
    pairs = [ours[seed] - theirs[seed] for seed in ours if seed in theirs]
    interval = bootstrap(pairs) or (None, None)
    return Difference(
        training=training,
        contender=contender,
        baseline=baseline,
        measure=measure,
        pairs=len(pairs),
        mean=fmean(pairs),
        low=interval[0],
        high=interval[1],
        p=paired_p(pairs),
        adjusted=None,
        verdict="no difference shown",
    )


def _verdict(mean: float, adjusted: float | None) -> Verdict:
    if adjusted is None or adjusted > 1 - LEVEL:
        return "no difference shown"
    return "higher" if mean > 0 else "lower"
