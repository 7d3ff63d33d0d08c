"""Thousands of attacks on every bound: ``make soundness``.

Random networks in turn (``KINDS``), ten images each, one norm a network and three radii. Each output from both sides
and each margin is attacked by ascent with restarts, random points and corners, and held against every method. Every
other network's trace is kept from one bound to the next. Exit status 1 if any bound is crossed, or if interval bounds,
which are monotone in eps, are not.
"""

import argparse
import math
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

import torch
from adversary import Effort, lowest_found
from random_networks import CLASSES, KINDS, images
from rich.console import Console
from rows import Rows
from torch import Tensor

from dsrna.bounds import METHODS, traces_kept
from dsrna.runtime.progress import Terminal
from dsrna.runtime.seeds import generator
from dsrna.threat import ThreatModel

THREATS: Final = tuple(
    tuple(ThreatModel(eps, norm) for eps in radii)
    for norm, radii in (
        (math.inf, (1 / 255, 8 / 255, 0.3)),
        (2.0, (0.05, 0.3, 1.5)),
        (1.0, (0.1, 1.0, 5.0)),
    )
)
IMAGES: Final = 10
HARD: Final = Effort(restarts=2, steps=10, points=10)
SLACK: Final = 1e-9
"""Room for float64's rounding, relative to the bound and to 1."""


@dataclass
class Tally:
    """What became of one method's bounds: how many, how many crossed, how near an attack came, how often they rose."""

    bounds: int = 0
    crossed: int = 0
    smallest_gap: float = math.inf
    rises: int = 0
    largest_rise: float = 0.0
    crossings: list[str] = field(default_factory=list)

    def hold(self, bound: Tensor, found: Tensor, where: str) -> None:
        gap = (found - bound) / (1 + bound.abs())
        self.bounds += gap.numel()
        self.smallest_gap = min(self.smallest_gap, float(gap.min()))
        crossed = int((~(gap >= -SLACK)).sum())  # so that NaN counts
        self.crossed += crossed
        self.crossings += [where] * bool(crossed)

    def compare(self, near: Tensor, far: Tensor) -> None:
        """Count the bounds of a larger ball that lie above those of a smaller one."""
        rise = (far - near) / (1 + near.abs())
        self.rises += int((rise > SLACK).sum())
        self.largest_rise = max(self.largest_rise, float(rise.max()))

    def __str__(self) -> str:
        return (
            f"{self.bounds:>8} {self.crossed:>8} {self.smallest_gap:>13.1e} {self.rises:>8} {self.largest_rise:>9.1e}"
        )


def attack(number: int, tallies: dict[str, Tally]) -> None:
    """Draw network ``number`` and its images, attack it under its norm, and tally every method."""
    draw = generator(number, "soundness run")
    model, x = KINDS[number % len(KINDS)](draw), images(draw, IMAGES)
    rows = Rows.of(torch.randint(CLASSES, (IMAGES,), generator=draw), CLASSES)
    threats = THREATS[number % len(THREATS)]
    found = [lowest_found(model, x, rows.matrix, threat, HARD) for threat in threats]
    for method, tally in tallies.items():
        with traces_kept() if number % 2 else nullcontext():
            bounds = [rows.bounds(model, x, threat, method) for threat in threats]
        for threat, bound, lowest in zip(threats, bounds, found, strict=True):
            tally.hold(bound, lowest, f"{method}: network {number}, {threat}")
        for near, far in pairwise(bounds):
            tally.compare(near, far)


def report(tallies: dict[str, Tally], cases: int) -> Iterator[str]:
    yield f"{cases} (network, image) cases; gap: attacked value - bound; rise: bound at a larger eps - at a smaller"
    yield "method         bounds  crossed  smallest gap    rises   largest      (gaps and rises over 1 + |bound|)"
    yield from (f"{name:<12} {tally}" for name, tally in tallies.items())
    yield from (crossing for tally in tallies.values() for crossing in tally.crossings)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--networks", type=int, default=210, help="networks to draw, ten images each")
    parser.add_argument("--first", type=int, default=0, help="number of the first network")
    parser.add_argument("--methods", nargs="+", choices=METHODS.names(), default=METHODS.names())
    options = parser.parse_args()
    torch.set_num_threads(1)
    terminal, tallies = Terminal(Console()), {name: Tally() for name in options.methods}
    with terminal.stage("soundness", total=options.networks, unit="networks") as stage:
        for number in range(options.first, options.first + options.networks):
            attack(number, tallies)
            stage.step(1, crossed=sum(tally.crossed for tally in tallies.values()))
    for line in report(tallies, IMAGES * options.networks):
        terminal.say(line)
    falls = "interval" not in tallies or tallies["interval"].rises == 0
    return 0 if falls and all(tally.crossed == 0 for tally in tallies.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
