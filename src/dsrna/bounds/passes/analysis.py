"""What is known of each value of a tape, and the linear bounds that follow from it."""

from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from dsrna.bounds.interval import Interval
from dsrna.bounds.passes.affine import constant_part
from dsrna.bounds.passes.first_layer import first_layer
from dsrna.bounds.problem import Problem
from dsrna.bounds.relaxations import Relaxation
from dsrna.bounds.tracing.tape import Node, Value


@dataclass(frozen=True, eq=False)
class Analysis:
    """Grows node by node: an interval for each value, and how a linear functional of it is pulled back.

    ``relaxations``: of results of nodes that are not affine. ``offsets``: constant parts of those that are, where there
    is one. ``rooms``: what rounding may do to a value, where that is asked for. ``narrowed``: the elements whose
    interval a backward pass has seen. ``images``: what the first layer makes of a ball that is no box.
    """

    problem: Problem
    images: dict[Value, Interval]
    intervals: dict[Value, Interval] = field(default_factory=dict)
    relaxations: dict[Value, Relaxation] = field(default_factory=dict)
    offsets: dict[Value, Tensor] = field(default_factory=dict)
    rooms: dict[Value, Tensor] = field(default_factory=dict)
    narrowed: dict[Value, Tensor] = field(default_factory=dict)

    @classmethod
    def begun(cls, problem: Problem) -> "Analysis":
        """Know nothing but the input."""
        analysis, box = cls(problem, images=first_layer(problem)), problem.ball.box()
        analysis._add(problem.tape.start, box, box)
        return analysis

    def known(self, value: Value) -> Interval:
        return self.intervals[value]

    def add(self, node: Node, relaxation: Relaxation | None) -> None:
        """Add the result of a node, with its relaxation if it is not affine."""
        if relaxation is not None:
            self.relaxations[node.result] = relaxation
        elif (offset := constant_part(node, self.problem.tape.like)) is not None:
            self.offsets[node.result] = offset
        terms = node.interval(lambda value: around_zero(self.known(value))) if self.problem.rounding else None
        interval, image = node.interval(self.known), self.images.get(node.result)
        self._add(node.result, interval if image is None else interval.met(image), terms)

    def relaxed(self, relaxations: dict[Value, Relaxation]) -> "Analysis":
        """The same analysis with other relaxations in the place of some."""
        return replace(self, relaxations={**self.relaxations, **relaxations})

    def _add(self, value: Value, interval: Interval, terms: Interval | None) -> None:
        """``terms`` say how large that is which the value is the sum of, where rounding counts."""
        rounding = self.problem.rounding
        self.intervals[value] = interval.widened(rounding) if rounding else interval
        if rounding and terms is not None:
            self.rooms[value] = rounding * (1 + terms.centre.abs() + terms.radius)


def around_zero(interval: Interval) -> Interval:
    return Interval(torch.zeros_like(interval.centre), interval.centre.abs() + interval.radius)
