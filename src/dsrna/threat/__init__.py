"""The threat model, its ball, and ascent inside it. Pixel units, images in [0, 1]."""

from dsrna.threat.ascent import Objective, ascend, ascent_step, cross_entropy, gradient
from dsrna.threat.ball import distance, inside, steepest
from dsrna.threat.model import (
    Eps,
    Norm,
    ThreatModel,
    check_eps,
    check_norm,
    dual,
    format_eps,
    format_norm,
    parse_eps,
    parse_norm,
)
from dsrna.threat.projection import Region, project
from dsrna.threat.starts import example_generator, near_start, random_start

__all__ = [
    "Eps",
    "Norm",
    "Objective",
    "Region",
    "ThreatModel",
    "ascend",
    "ascent_step",
    "check_eps",
    "check_norm",
    "cross_entropy",
    "distance",
    "dual",
    "example_generator",
    "format_eps",
    "format_norm",
    "gradient",
    "inside",
    "near_start",
    "parse_eps",
    "parse_norm",
    "project",
    "random_start",
    "steepest",
]
