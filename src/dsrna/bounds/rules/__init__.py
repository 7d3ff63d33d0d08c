"""One rule per operation, grouped by kind. Importing this package registers them all."""

from dsrna.bounds.rules import activations, arithmetic, linear, movement, normalisation, padding, pooling, reduction
from dsrna.bounds.rules.table import RULES, Operation, Rule, UnsupportedError, rule

__all__ = [
    "RULES",
    "Operation",
    "Rule",
    "UnsupportedError",
    "activations",
    "arithmetic",
    "linear",
    "movement",
    "normalisation",
    "padding",
    "pooling",
    "reduction",
    "rule",
]
