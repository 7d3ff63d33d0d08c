"""What is known of each value of a tape, and the linear bounds that follow from it."""

from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, field

import torch
from torch import Tensor

from dsrna.bounds.affine import constant_part
from dsrna.bounds.interval import Interval
from dsrna.bounds.problem import Problem
from dsrna.bounds.relaxations import Relaxation
from dsrna.bounds.tape import Node, Value


@dataclass(eq=False)
class Analysis:
    """Grows node by node: an interval for each value, a relaxation for each node that is not affine, room for rounding.

    Keyed and ordered by the values' indices. ``offsets``: the constant parts of affine nodes, in the shape of the
    result; None for the input, for what has none and for what is not affine.
    ``narrowed``: the elements whose interval a backward pass has seen.
    """

    problem: Problem
    intervals: list[Interval] = field(default_factory=list)
    relaxations: dict[int, Relaxation] = field(default_factory=dict)
    rooms: list[Tensor] = field(default_factory=list)
    offsets: list[Tensor | None] = field(default_factory=list)
    narrowed: dict[Value, Tensor] = field(default_factory=dict)

    def __post_init__(self) -> None:
        box = self.problem.ball.box()
        self.offsets.append(None)
        self._append(box, torch.ones_like(box.centre))

    def known(self, value: Value) -> Interval:
        return self.intervals[value.index]

    def node(self, index: int) -> Node:
        """The node whose result is value ``index``."""
        return self.problem.tape.nodes[index - 1]

    def advance(self) -> None:
        """Add the interval of the next value."""
        node = self.node(len(self.intervals))
        magnitude = self._magnitude(node) if self.problem.rounding else None
        self.offsets.append(constant_part(node, self.problem.tape) if node.rule.affine else None)
        self._append(node.interval(self.known), magnitude)

    def relaxed(self, relaxations: Mapping[int, Relaxation]) -> "Analysis":
        """The same analysis with other relaxations in the place of some."""
        other = copy(self)
        other.relaxations = {**self.relaxations, **relaxations}
        return other

    def _append(self, interval: Interval, magnitude: Tensor | None) -> None:
        rounding = self.problem.rounding
        self.intervals.append(interval.widened(rounding) if rounding else interval)
        if rounding and magnitude is not None:
            self.rooms.append(rounding * (1 + magnitude))

    def _magnitude(self, node: Node) -> Tensor:
        """How large the terms are that a result is the sum of, and not only the result."""
        largest = node.interval(lambda value: _around_zero(self.known(value)))
        return largest.centre.abs() + largest.radius


def _around_zero(interval: Interval) -> Interval:
    return Interval(torch.zeros_like(interval.centre), interval.centre.abs() + interval.radius)
