"""The publication's three claims, held against a comparison that has been run: shown, not shown, or contradicted.

    python benchmarks/claims.py runs/one-size

More robust under attack than methods that search for robustness in other ways, more accurate without attack, higher
certified lower bounds (Hosseini et al. 2021, abstract). At each seed a method's number less the mean of those others',
and less that of a random genotype; radii, which differ by factors of ten, by their logarithms: a factor is said. Means
with bootstrap intervals; p of the paired t-test, adjusted by Holm's procedure over the methods of a row. What that
means: docs/explanation/comparison.md.
"""

import argparse
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Final

from dsrna.comparison import Comparison
from dsrna.comparison.measures import RADIUS, SIZES, signed
from dsrna.comparison.statistics import LEVEL, bootstrap, holm, paired_p

OURS: Final = ("dsrna-cb", "dsrna-jacobian", "dsrna-combined", "dsrna-radius", "dsrna-balanced")
RIVALS: Final = {
    "robust searches": ("sdarts-rs", "sdarts-adv", "adversarial", "noise", "advrush"),
    "plain searches": ("darts", "pc-darts"),
    "random": ("random",),
}
ATTACKED: Final = "more robust under attack"
ACCURATE: Final = "more accurate without attack"
CERTIFIED: Final = "higher certified lower bounds"

SMALLEST: Final = 2.0**-24
"""What stands for a radius of 0, which has no logarithm."""

Table = Mapping[str, Mapping[int, float]]
"""A measure by contender and seed; of a radius its logarithm."""


@dataclass(frozen=True)
class Gain:
    """A method less its rivals, seed by seed."""

    method: str
    values: tuple[float, ...]

    def said(self, measure: str, p: float | None) -> str:
        if not self.values:
            return "no seed"
        interval = bootstrap(self.values)
        between = "" if interval is None else " ({}, {})".format(*(gained(measure, each) for each in interval))
        return f"{gained(measure, fmean(self.values))}{between} {self._verdict(p)}"

    def _verdict(self, p: float | None) -> str:
        if p is None or p > 1 - LEVEL:
            return "not shown"
        return "**shown**" if fmean(self.values) > 0 else "**contradicted**"


def gained(measure: str, value: float) -> str:
    return f"x {math.exp(value):.3g}" if measure.startswith(RADIUS) else signed(measure, value)


def table_of(comparison: Comparison, training: str, measure: str) -> Table:
    found: dict[str, dict[int, float]] = {}
    for row in comparison.rows:
        if row.cell.training == training and not row.cell.repeat and measure in row.measures:
            value = row.measures[measure]
            scaled = math.log(max(value, SMALLEST)) if measure.startswith(RADIUS) else value
            found.setdefault(row.cell.contender, {})[row.cell.seed] = scaled
    return found


def claims(comparison: Comparison) -> Iterator[tuple[str, str]]:
    """Yield each claim with the measures that it is about: of several attacks each by itself, else the worst case."""
    names = dict.fromkeys(name for row in comparison.rows for name in row.measures)
    merits = [name for name in names if name not in SIZES and name != "clean"]
    certified = [name for name in merits if name.startswith((RADIUS, "certified"))]
    attacked = [name for name in merits if name not in certified]
    single = [name for name in attacked if not name.startswith("robust")]
    yield from ((ATTACKED, name) for name in single or attacked)
    yield ACCURATE, "clean"
    yield from ((CERTIFIED, name) for name in certified)


def gain(table: Table, method: str, rivals: Sequence[str]) -> Gain:
    """Only of seeds at which the method and all of its rivals have finished."""
    own = table.get(method, {}) if rivals else {}
    shared = [seed for seed in own if all(seed in table.get(rival, {}) for rival in rivals)]
    return Gain(method, tuple(own[seed] - fmean(table[rival][seed] for rival in rivals) for seed in shared))


def lines(comparison: Comparison, training: str) -> Iterator[str]:
    found = {row.cell.contender for row in comparison.rows}
    methods = [name for name in OURS if name in found]
    yield f"\n{training} training\n"
    yield f"| claim | | less the mean of | {' | '.join(f'`{name}`' for name in methods)} |"
    yield f"|---|---|---|{'---|' * len(methods)}"
    for claim, measure in claims(comparison):
        table = table_of(comparison, training, measure)
        for name, known in RIVALS.items():
            rivals = [each for each in known if each in found]
            gains = [gain(table, method, rivals) for method in methods]
            ps = holm([paired_p(each.values) for each in gains])
            said = [each.said(measure, p) for each, p in zip(gains, ps, strict=True)]
            if any(each.values for each in gains):
                yield f"| {claim} | {measure} | {name} | {' | '.join(said)} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", type=Path, nargs="+", metavar="FOLDER", help="of a comparison")
    for folder in parser.parse_args().folders:
        comparison = Comparison.load(folder)
        seeds = len({row.cell.seed for row in comparison.rows})
        print(f"\n{folder}: {len(comparison.rows)} runs, {seeds} seeds, {comparison.missing} still to be made")
        for training in dict.fromkeys(row.cell.training for row in comparison.rows):
            print("\n".join(lines(comparison, training)))


if __name__ == "__main__":
    main()
