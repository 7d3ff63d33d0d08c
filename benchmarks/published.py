"""What given architectures keep beyond random ones of their size, held against a comparison that has been run.

    python benchmarks/published.py runs/cifar10-published

Each architecture less the random network beside it, by families. Architectures of nearly one size may have the very
same control: the differences of such are averaged first and count once. Means with bootstrap intervals; p of the paired
t-test, adjusted by Holm's procedure over the families of a measure. Then how far each measure follows the number of
parameters, over all networks: Kendall's tau.
"""

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Final

from scipy.stats import kendalltau

from dsrna.comparison import Comparison, Row
from dsrna.comparison.measures import PARAMETERS, SIZES, signed, written
from dsrna.comparison.statistics import LEVEL, bootstrap, holm, paired_p

ROBUST: Final = (
    "sdarts-rs",
    "sdarts-adv",
    "advrush",
    "racl",
    "rnas-h",
    "rnas-l",
    "rep-darts",
    "rep-pdarts",
    "rep-pcdarts",
    "e2rnas",
    "lrnas-cifar10",
    "wsrnet-plus",
)
"""Searches for robustness, or for a smooth objective; the other published ones search for accuracy."""
REPLICATED: Final = "dsrna-jacobian-replication-"
FAMILIES: Final = ("all", "for robustness", "for accuracy")


@dataclass(frozen=True)
class Pair:
    """An architecture and the random network beside it, trained alike from one seed."""

    given: Row
    control: Row

    def less(self, measure: str) -> float:
        return self.given.measures[measure] - self.control.measures[measure]

    def of(self, family: str) -> bool:
        name = self.given.cell.contender
        return family == "all" or (name in ROBUST) == (family == "for robustness")


def pairs(rows: Sequence[Row]) -> Iterator[Pair]:
    controls = {(row.cell.beside, row.cell.seed): row for row in rows if row.cell.beside is not None}
    for row in rows:
        control = controls.get((row.cell.contender, row.cell.seed))
        if control is not None:
            yield Pair(row, control)


def differences(found: Sequence[Pair], measure: str) -> list[float]:
    """Return a difference for each control that is a network of its own."""
    groups: dict[tuple[float, ...], list[float]] = {}
    for pair in found:
        groups.setdefault(tuple(pair.control.measures.values()), []).append(pair.less(measure))
    return [fmean(group) for group in groups.values()]


def gains(found: Sequence[Pair], measure: str) -> Iterator[str]:
    families = [differences([pair for pair in found if pair.of(name)], measure) for name in FAMILIES]
    for values, p in zip(families, holm([paired_p(values) for values in families]), strict=True):
        between = bootstrap(values)
        said = "no pair" if not values else f"{signed(measure, fmean(values))} of {len(values)}"
        if between is not None and p is not None:
            low, high = (signed(measure, each) for each in between)
            said += f" ({low}, {high}), p {p:.2g}, {'shown' if p <= 1 - LEVEL else 'not shown'}"
        yield said


def lines(rows: Sequence[Row]) -> Iterator[str]:
    done = [row for row in rows if row.failure is None]
    found = [pair for pair in pairs(done) if not pair.given.cell.contender.startswith(REPLICATED)]
    measures = [name for name in dict.fromkeys(name for row in done for name in row.measures) if name not in SIZES]
    yield f"| | parameters | {' | '.join(f'{name} | less random' for name in measures)} |"
    yield "|---" * (2 + 2 * len(measures)) + "|"
    for pair in sorted(pairs(done), key=lambda pair: -pair.given.measures[PARAMETERS]):
        values = (f"{written(name, pair.given.measures[name])} | {signed(name, pair.less(name))}" for name in measures)
        size = written(PARAMETERS, pair.given.measures[PARAMETERS])
        yield f"| `{pair.given.cell.contender}` | {size} | {' | '.join(values)} |"
    yield f"\n| less random | {' | '.join(FAMILIES)} | tau with parameters |"
    yield "|---" * (2 + len(FAMILIES)) + "|"
    for name in measures:
        having = [row.measures for row in done if name in row.measures]
        tau = kendalltau([each[PARAMETERS] for each in having], [each[name] for each in having]).statistic
        yield f"| {name} | {' | '.join(gains(found, name))} | {tau:.2f} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="of a comparison with --architectures")
    comparison = Comparison.load(parser.parse_args().folder)
    print(f"{len(comparison.rows)} runs, {comparison.missing} still to be made")
    for training in dict.fromkeys(row.cell.training for row in comparison.rows):
        print(f"\n{training} training\n")
        print("\n".join(lines([row for row in comparison.rows if row.cell.training == training])))


if __name__ == "__main__":
    main()
