"""Questions for complete verifiers: is there an image in the ball that is taken for another class? In VNN-LIB."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal, localcontext
from pathlib import Path
from typing import Final

from jaxtyping import Float
from torch import Tensor

from dsrna.errors import UserError
from dsrna.runtime.files import write_text
from dsrna.threat import check_eps, format_eps

DIGIT: Final = Decimal("1e-12")
"""The last decimal place of a bound. Bounds are rounded outwards to it, so that the box holds the ball."""

Image = Float[Tensor, "channels height width"]


@dataclass(frozen=True)
class Instance:
    """A line of ``instances.csv``: the network, the property, and the seconds a verifier is given."""

    onnx: Path
    vnnlib: Path
    timeout: int


def robustness_property(x: Image, label: int, *, classes: int, eps: float) -> str:
    """Return the question whether an image in [0, 1] within ``eps`` (L-inf) of ``x`` is not taken for ``label``.

    ``X_i`` are the pixels in the order of the ONNX input, ``Y_i`` the logits. ``unsat`` means that there is none: the
    image is certified. Bounds are decimals, rounded outwards by less than 1e-12. ``UserError`` for pixels outside
    [0, 1], an eps that is no radius, or a label that is no class.
    """
    check_eps(eps)
    if not bool(((x >= 0) & (x <= 1)).all()):  # so that NaN is out of range
        raise UserError(f"pixels must lie in [0, 1] and be numbers, not {x.min():g}..{x.max():g}")
    if not 0 <= label < classes or classes < 2:
        raise UserError(f"label {label} is none of the model's {classes} classes, or there is no other one")
    pixels = x.detach().double().flatten().tolist()
    return "\n".join(
        [
            f"; Is there an image in [0, 1], within {format_eps(eps)} (L-inf) of this one, that is not class {label}?",
            *(f"(declare-const X_{index} Real)" for index in range(len(pixels))),
            *(f"(declare-const Y_{index} Real)" for index in range(classes)),
            *(line for index, pixel in enumerate(pixels) for line in _box(index, pixel, eps)),
            "(assert (or",
            *(f"    (and (>= Y_{other} Y_{label}))" for other in range(classes) if other != label),
            "))\n",
        ]
    )


def _box(index: int, pixel: float, eps: float) -> Iterator[str]:
    with localcontext() as context:
        context.prec = 100  # so that the sums of doubles are exact
        low = max(Decimal(0), Decimal(pixel) - Decimal(eps)).quantize(DIGIT, ROUND_FLOOR)
        high = min(Decimal(1), Decimal(pixel) + Decimal(eps)).quantize(DIGIT, ROUND_CEILING)
    yield f"(assert (>= X_{index} {low:f}))"
    yield f"(assert (<= X_{index} {high:f}))"


def write_property(folder: Path, index: int, x: Image, label: int, *, classes: int, eps: float) -> Path:
    """Write the property of the image at ``index`` of the test split into ``folder``; return its path."""
    path = folder / f"image-{index}-eps-{format_eps(eps).replace('/', '-')}.vnnlib"
    write_text(path, robustness_property(x, label, classes=classes, eps=eps))
    return path


def write_instances(path: Path, instances: Sequence[Instance]) -> None:
    """Write the list that the verification competitions start from: network, property, seconds; no header.

    Paths are relative to the list.
    """
    near = [(os.path.relpath(each.onnx, path.parent), os.path.relpath(each.vnnlib, path.parent)) for each in instances]
    lines = [f"{onnx},{vnnlib},{each.timeout}\n" for (onnx, vnnlib), each in zip(near, instances, strict=True)]
    write_text(path, "".join(lines))
