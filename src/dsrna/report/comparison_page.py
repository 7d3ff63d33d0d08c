"""The page of a comparison: what is gained, the tables, and the way to the page of every run."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import matplotlib.figure

from dsrna.comparison import CONTROL, Comparison, Difference, Summary
from dsrna.comparison.measures import SIZES
from dsrna.report.comparison_bars import gains, kind, kinds, means
from dsrna.report.comparison_falls import draw_fall, falls
from dsrna.report.comparison_plots import is_accuracy, trade
from dsrna.report.comparison_runs import (
    Fooled,
    Kept,
    Some,
    architectures,
    first,
    fooled,
    kept_runs,
    searches,
)
from dsrna.report.comparison_sheets import (
    Table,
    difference_tables,
    further_tables,
    means_note,
    means_tables,
    runs_table,
)
from dsrna.report.comparison_verdict import baselines, findings, verdict
from dsrna.report.figures import Figure
from dsrna.report.palette import PALETTE
from dsrna.report.templates import render, script
from dsrna.runtime.comparison_folder import ComparisonFolder
from dsrna.runtime.files import write_text
from dsrna.threat import format_norm

OVER_SEEDS: Final = "Means over seeds; bars are 95 % bootstrap intervals."
OF_ONE_SEED: Final = "Of one seed, which has no interval."
TESTED: Final = "Bars are bootstrap intervals of one comparison each, filled means by the paired test after Holm."


@dataclass(frozen=True)
class Part:
    """What is said of one way of training."""

    title: str
    verdict: str
    findings: tuple[str, ...]
    figures: tuple[Figure, ...]
    means: tuple[Table, ...]
    means_note: str
    tables: tuple[Table, ...]
    fooled: Some[Fooled]


def write_comparison_page(comparison: Comparison, folder: ComparisonFolder) -> Path:
    """Write ``comparison.html``, one file that needs no other; its links lead to the pages of the runs beside it."""
    write_text(folder.page, comparison_page(comparison, folder))
    return folder.page


def comparison_page(comparison: Comparison, folder: ComparisonFolder) -> str:
    trainings = dict.fromkeys(row.cell.training for row in comparison.rows)
    kept = kept_runs(comparison.rows, folder)
    return render(
        "comparison.html.jinja",
        name=folder.path.resolve().name,
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
        f"{finished} of {len(cells) + comparison.missing} runs finished",
    ]
    return " \N{MIDDLE DOT} ".join(parts)


def _remarks(comparison: Comparison) -> Iterator[str]:
    failed = [row.cell.name for row in comparison.rows if row.failure is not None]
    if failed:
        counts = "failed and counts" if len(failed) == 1 else "failed and count"
        yield f"{_counted(len(failed), 'run')} {counts} in no number here: {', '.join(failed)}."
    if comparison.summaries and max(each.seeds for each in comparison.summaries) < 2:
        yield "One seed says nothing of another: there are no intervals and no verdicts."


def _part(comparison: Comparison, training: str, kept: Sequence[Kept]) -> Part:
    summaries = [each for each in comparison.summaries if each.training == training]
    differences = [each for each in comparison.differences if each.training == training]
    runs = [each for each in kept if each.cell.training == training]
    return Part(
        f"{training} training",
        verdict(differences) if summaries else "None of its runs has finished.",
        findings(differences),
        tuple(_figures(summaries, differences, runs, training)),
        tuple(means_tables(summaries)),
        means_note(summaries),
        (*difference_tables(differences), *further_tables(training, summaries, comparison.rows)),
        fooled(first(runs)),
    )


def _figures(
    summaries: Sequence[Summary], differences: Sequence[Difference], runs: Sequence[Kept], name: str
) -> Iterator[Figure]:
    merits = [each for each in summaries if kind(each.measure) not in SIZES]
    yield from _trade(merits, name)
    for fall in falls(merits, runs):
        picture = draw_fall(f"{name}-fall-{fall.kind}-{format_norm(fall.norm)}", fall)
        yield Figure(picture, fall.title, _with_controls(merits, "Without the random networks beside them."))
    for of, measures in kinds(each.measure for each in merits).items():
        found = [each for each in differences if each.measure in measures]
        if found:
            picture = gains(f"{name}-gain-{of}", found)
            said = f"paired over seeds. {TESTED}" if _spread(found) else OF_ONE_SEED.lower()
            yield Figure(picture, f"Gain in {_called(of)}", f"Less {baselines(found)}, {said}")
        else:
            picture = means(f"{name}-mean-{of}", [each for each in merits if each.measure in measures])
            yield Figure(picture, f"Mean {_called(of)}", _over(merits))


def _trade(summaries: Sequence[Summary], name: str) -> Iterator[Figure]:
    robust = [each.measure for each in summaries if each.measure.startswith("robust")]
    clean = [each for each in summaries if each.measure == "clean"]
    if clean and robust:
        picture = trade(f"{name}-trade", clean, [each for each in summaries if each.measure == robust[-1]])
        yield Figure(
            picture,
            "What robustness costs",
            _with_controls(summaries, "Small and grey: the random networks beside them."),
        )


def _with_controls(summaries: Sequence[Summary], words: str) -> str:
    """Say of the means what is to be said of the controls, where there are any."""
    controls = any(each.contender.startswith(CONTROL) for each in summaries)
    return f"{_over(summaries)} {words}" if controls else _over(summaries)


def _over(summaries: Sequence[Summary]) -> str:
    return OVER_SEEDS if _spread(summaries) else OF_ONE_SEED


def _spread(lines: Sequence[Summary | Difference]) -> bool:
    """Whether any of them has an interval."""
    return any(each.low is not None for each in lines)


def _called(measures: str) -> str:
    return f"{measures} accuracy" if is_accuracy(measures) else measures


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
