"""Sound bounds on the outputs of any traceable module. The mathematics is in docs/explanation/bounds.md."""

from dsrna.bounds.interval import Interval
from dsrna.bounds.margin import Targets, margin_bound
from dsrna.bounds.methods import METHODS, Method
from dsrna.bounds.output import output_bounds
from dsrna.bounds.radius import certified_radius
from dsrna.bounds.rules import UnsupportedError, rule

__all__ = [
    "METHODS",
    "Interval",
    "Method",
    "Targets",
    "UnsupportedError",
    "certified_radius",
    "margin_bound",
    "output_bounds",
    "rule",
]
