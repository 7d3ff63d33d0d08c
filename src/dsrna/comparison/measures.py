"""What is compared: the numbers that a finished run leaves, by name."""

import math
from collections.abc import Iterator
from typing import Final

from dsrna.errors import UserError
from dsrna.evaluation import AttackResult, CertifyResult
from dsrna.runtime.files import read_json
from dsrna.runtime.run_folder import RunFolder
from dsrna.runtime.serialise import from_plain
from dsrna.threat import format_eps, format_norm

PARAMETERS: Final = "parameters"
RADIUS: Final = "radius"
SIZES: Final = (PARAMETERS, "multiply-adds")
"""Counts, not merits: nothing is better for being larger."""
MINUS: Final = "\N{MINUS SIGN}"


def measures(folder: RunFolder) -> dict[str, float]:
    """Return the numbers of a finished run: accuracies as shares, sizes as counts, in the order of tables.

    The last robust accuracy is that at the largest eps. A radius is the mean over all images, 0 for those that are
    taken for another class: over those that a network classifies rightly it would be of other images for each. Of
    several attacks each stands for itself beside the worst case, which is of the images that all of them have faced.
    A damaged file is a ``UserError`` that names it.
    """
    return {**dict(_attacked(folder)), **dict(_certified(folder)), **_size(folder)}


def written(measure: str, value: float) -> str:
    """Write a count whole, a radius to three figures, however small it is, and a share to three decimals."""
    if measure in SIZES:
        return f"{value:,.0f}"
    return f"{value:.3g}" if measure.startswith(RADIUS) else f"{value:.3f}"


def signed(measure: str, value: float) -> str:
    """Write a difference; what rounds to 0 has no minus."""
    size = written(measure, abs(value))
    return f"{'+' if value > 0 or float(size.replace(',', '')) == 0 else MINUS}{size}"


def finished(folder: RunFolder) -> bool:
    """Whether every stage has left its result."""
    return all(path.exists() for path in (folder.model, folder.attack, folder.certify, folder.report))


def _attacked(folder: RunFolder) -> Iterator[tuple[str, float]]:
    result = from_plain(AttackResult, read_json(folder.attack), where=str(folder.attack))
    yield "clean", result.clean.accuracy
    for row in sorted(result.worst, key=lambda row: row.eps):
        yield f"robust{_under(result.norm)} {format_eps(row.eps)}", row.count.accuracy
    if len({row.attack for row in result.rows}) > 1:
        for each in result.rows:
            yield f"{each.attack}{_under(result.norm)} {format_eps(each.eps)}", each.count.accuracy


def _certified(folder: RunFolder) -> Iterator[tuple[str, float]]:
    for found in CertifyResult.load(folder.certify).norms:
        for row in found.rows:
            yield f"certified{_under(found.norm)} {format_eps(row.eps)}", row.count.accuracy
        yield f"{RADIUS}{_under(found.norm)}", found.mean_radius * found.right.accuracy


def _under(norm: float) -> str:
    """Name the norm, but not L-inf, the usual one."""
    return "" if norm == math.inf else f" L{format_norm(norm)}"


def _size(folder: RunFolder) -> dict[str, float]:
    model = read_json(folder.model)
    try:
        return {name: float(model[name.replace("-", "_")]) for name in SIZES}
    except (KeyError, TypeError, ValueError) as error:
        raise UserError(f"{folder.model} does not say how large the network is") from error
