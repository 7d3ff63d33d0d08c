"""The threat model, its ball, and ascent inside it. Pixel units, images in [0, 1]."""

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
    "ThreatModel",
    "check_eps",
    "check_norm",
    "dual",
    "format_eps",
    "format_norm",
    "parse_eps",
    "parse_norm",
]
