"""Numbers and names as people read them."""

import math
from pathlib import Path
from typing import Final

from dsrna.runtime.run_folder import RunFolder
from dsrna.threat import format_eps

LONGEST: Final = 30
"""Characters of a contender's name beside numbers or in a picture."""
NARROW = "\N{NARROW NO-BREAK SPACE}"


def percent(share: float) -> str:
    return f"{100 * share:.1f}{NARROW}%"


def percent_range(interval: tuple[float, float]) -> str:
    low, high = interval
    return f"{100 * low:.1f}\N{EN DASH}{100 * high:.1f}{NARROW}%"


def figures(value: float) -> str:
    """A number to four figures, whole where it has more."""
    return f"{value:,.0f}" if abs(value) >= 1_000 else f"{value:.4g}"


def radius(norm: float, value: float) -> str:
    """A radius in pixel units: in 1/255 under L-inf, where single pixels are moved; as it is under L1 and L2."""
    number, unit = (255 * value, "/255") if norm == math.inf else (value, "")
    places = 2 if unit else 3
    small = 0 < number < 0.5 * 10**-places
    return (f"{number:.1g}" if small else f"{number:.{places}f}") + unit


def norm_name(norm: float) -> str:
    return "L\N{INFINITY}" if norm == math.inf else f"L{norm:g}"


def eps_text(norm: float, eps: float) -> str:
    return format_eps(eps) if norm == math.inf else f"{eps:g}"


def ball(norm: float, eps: float) -> str:
    return f"{norm_name(norm)} eps {eps_text(norm, eps)}"


def duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}{NARROW}h {minutes:02d}{NARROW}min"
    return f"{minutes}{NARROW}min {rest:02d}{NARROW}s" if minutes else f"{seconds:.1f}{NARROW}s"


def short_duration(seconds: float) -> str:
    """A time that may be far below a second."""
    number = f"{1000 * seconds:.0f}" if seconds >= 0.01 else f"{1000 * seconds:.2g}"
    return f"{number}{NARROW}ms" if seconds < 1 else duration(seconds)


def operation(name: str) -> str:
    """``sep_conv_3x3`` in words, with a multiplication sign between the kernel's sides."""
    *words, last = name.split("_")
    kernel = last.replace("x", "\N{MULTIPLICATION SIGN}") if last.replace("x", "").isdigit() else last
    return " ".join([*words, kernel])


def shortened(name: str) -> str:
    """Return a contender's name, of a run's genotype file the run's; of a longer one the beginning and the end."""
    run = name.removesuffix(f"/{RunFolder(Path()).genotype}")
    half = LONGEST // 2
    return run if len(run) <= LONGEST else f"{run[: half - 1]}\N{HORIZONTAL ELLIPSIS}{run[-half:]}"
