"""Sound bounds on the outputs of any traceable module. The mathematics is in docs/explanation/bounds.md."""

from dsrna.bounds.interval import Interval
from dsrna.bounds.linearised import Linearised, linearised
from dsrna.bounds.loss import worst_cross_entropy
from dsrna.bounds.margin import Targets, margin_bound
from dsrna.bounds.methods import METHODS, NOT_DIFFERENTIABLE, Method
from dsrna.bounds.output import output_bounds
from dsrna.bounds.problem import Problem
from dsrna.bounds.radius import certified, certified_radius
from dsrna.bounds.relaxations import Lines, Relaxation
from dsrna.bounds.rules import UnsupportedError, rule
from dsrna.bounds.statistics import held, observing
from dsrna.bounds.tracing.kept import traces_kept

__all__ = [
    "METHODS",
    "NOT_DIFFERENTIABLE",
    "Interval",
    "Linearised",
    "Lines",
    "Method",
    "Problem",
    "Relaxation",
    "Targets",
    "UnsupportedError",
    "certified",
    "certified_radius",
    "held",
    "linearised",
    "margin_bound",
    "observing",
    "output_bounds",
    "rule",
    "traces_kept",
    "worst_cross_entropy",
]
