"""The page of a comparison: what is gained, the tables, and the way to the page of every run."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import matplotlib.figure

from dsrna.comparison import CONTROL, Comparison, Difference, Summary
from dsrna.comparison.measures import SIZES
from dsrna.report import comparison_plots as plots
from dsrna.report.comparison import gained
from dsrna.report.comparison_runs import (
    Fooled,
    Kept,
    architectures,
    cost_table,
    first,
    fooled,
    kept_runs,
    searches,
)
from dsrna.report.comparison_sheets import Table, baselines, difference_tables, means_table, runs_table
from dsrna.report.figures import Figure
from dsrna.report.palette import PALETTE
from dsrna.report.templates import render, script
from dsrna.runtime.comparison_folder import ComparisonFolder
from dsrna.runtime.files import write_text
from dsrna.threat import parse_eps


@dataclass(frozen=True)
class Part:
    """What is said of one way of training."""

    title: str
    verdict: str
    figures: tuple[Figure, ...]
    tables: tuple[Table, ...]
    fooled: tuple[Fooled, ...] = ()


def write_comparison_page(comparison: Comparison, folder: ComparisonFolder) -> Path:
    """Write ``comparison.html``, one file that needs no other; its links lead to the pages of the runs beside it."""
    write_text(folder.page, comparison_page(comparison, folder))
    return folder.page


def comparison_page(comparison: Comparison, folder: ComparisonFolder) -> str:
    trainings = dict.fromkeys(row.cell.training for row in comparison.rows)
    kept = kept_runs(comparison.rows, folder)
    return render(
        "comparison.html.jinja",
        name=folder.path.name,
        palette=PALETTE,
        subtitle=_subtitle(comparison),
        remarks=list(_remarks(comparison)),
        parts=[_part(comparison, training, kept) for training in trainings],
        architectures=architectures(first(kept)),
        searches=searches(first(kept)),
        runs=runs_table(comparison.rows, folder),
        script=script(),
    )


def comparison_figures(comparison: Comparison) -> dict[str, matplotlib.figure.Figure]:
    """Draw the pictures of the page as figures of matplotlib, by name: the training's, and what is shown."""
    trainings = dict.fromkeys(row.cell.training for row in comparison.rows)
    plots = [each.picture for training in trainings for each in _part(comparison, training, ()).figures]
    return {plot.name: plot.figure() for plot in plots}


def _subtitle(comparison: Comparison) -> str:
    cells = [row.cell for row in comparison.rows]
    finished = sum(row.failure is None for row in comparison.rows)
    parts = [
        f"recipe {comparison.recipe}",
        _counted(len({cell.contender for cell in cells}), "contender"),
        _counted(len({cell.seed for cell in cells}), "seed"),
        f"{finished} of {len(cells)} runs finished",
    ]
    return " \N{MIDDLE DOT} ".join(parts)


def _remarks(comparison: Comparison) -> Iterator[str]:
    failed = [row.cell.name for row in comparison.rows if row.failure is not None]
    if failed:
        yield f"{_counted(len(failed), 'run')} failed, and count in no number here: {', '.join(failed)}."
    if max((each.seeds for each in comparison.summaries), default=0) < 2:
        yield "One seed says nothing of another: there are no intervals and no verdicts."


def _part(comparison: Comparison, training: str, kept: Sequence[Kept]) -> Part:
    summaries = [each for each in comparison.summaries if each.training == training]
    differences = [each for each in comparison.differences if each.training == training]
    runs = [each for each in kept if each.cell.training == training]
    return Part(
        f"{training} training",
        _verdict(differences),
        tuple(_figures(summaries, differences, training)),
        (means_table(summaries), *difference_tables(differences), *cost_table(runs)),
        tuple(fooled(first(runs))),
    )


def _verdict(differences: Sequence[Difference]) -> str:
    """Say first what a reader wants to know: whether anything is better than what it is held against."""
    if not differences:
        return "Nothing is held against anything here: there are means alone."
    shown = [each for each in differences if each.verdict != "no difference shown"]
    if not shown:
        return f"No difference shown, in any of {len(differences)} comparisons."
    said = "; ".join(f"{each.contender} {each.verdict} in {each.measure} by {gained(each)}" for each in shown)
    return f"{len(shown)} of {len(differences)} comparisons show a difference: {said}."


def _figures(summaries: Sequence[Summary], differences: Sequence[Difference], name: str) -> Iterator[Figure]:
    measures = [measure for measure in dict.fromkeys(each.measure for each in summaries) if measure not in SIZES]
    robust = [measure for measure in measures if measure.startswith("robust")]
    if "clean" in measures and robust:
        of = {key: [each for each in summaries if each.measure == key] for key in ("clean", robust[-1])}
        picture = plots.trade(f"{name}-trade", of["clean"], of[robust[-1]])
        yield Figure(picture, "What robustness costs", "Means over seeds; bars are 95 % bootstrap intervals.")
    for kind, curves in _falls(summaries).items():
        picture = plots.fall(f"{name}-fall-{kind.replace(' ', '-')}", kind, curves)
        yield Figure(picture, f"{kind} accuracy against the radius", "Means over seeds, without the random networks.")
    for index, measure in enumerate(measures):
        found = [each for each in differences if each.measure == measure]
        if found:
            picture = plots.gains(f"{name}-gain-{index}", found)
            note = f"Less {baselines(found)}, paired over seeds. Filled: a difference is shown."
            yield Figure(picture, f"{measure}, gain", note)
        else:
            picture = plots.means(f"{name}-mean-{index}", [each for each in summaries if each.measure == measure])
            yield Figure(picture, measure, "Means over seeds; bars are 95 % bootstrap intervals.")


def _falls(summaries: Sequence[Summary]) -> dict[str, dict[str, list[tuple[float, Summary]]]]:
    """Return of each kind of accuracy that was measured at several radii its course, by contender."""
    kinds: dict[str, dict[str, list[tuple[float, Summary]]]] = {}
    for each in summaries:
        kind, _, eps = each.measure.rpartition(" ")
        if kind.split(" ")[0] in {"robust", "certified"} and not each.contender.startswith(CONTROL):
            kinds.setdefault(kind, {}).setdefault(each.contender, []).append((parse_eps(eps), each))
    several = {kind: of for kind, of in kinds.items() if any(len(points) > 1 for points in of.values())}
    return {kind: {name: sorted(points, key=_radius) for name, points in of.items()} for kind, of in several.items()}


def _radius(point: tuple[float, Summary]) -> float:
    return point[0]


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
