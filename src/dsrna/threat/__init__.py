"""The threat model, its ball, and ascent inside it. Pixel units, images in [0, 1]."""

from dsrna.threat.ascent import Objective, ascend, cross_entropy
from dsrna.threat.ball import distance, inside, near_start, project, random_start, steepest
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

__all__ = [
    "Eps",
    "Norm",
    "Objective",
    "ThreatModel",
    "ascend",
    "check_eps",
    "check_norm",
    "cross_entropy",
    "distance",
    "dual",
    "format_eps",
    "format_norm",
    "inside",
    "near_start",
    "parse_eps",
    "parse_norm",
    "project",
    "random_start",
    "steepest",
]
