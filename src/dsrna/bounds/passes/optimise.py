"""The slopes of lower lines, chosen for each output by gradient ascent on its bound (Xu et al. 2021, alpha-CROWN)."""

from collections.abc import Iterator
from typing import Final

import torch
from jaxtyping import Float
from torch import Tensor

from dsrna.bounds.passes.analysis import Analysis
from dsrna.bounds.passes.backward import lower_bound
from dsrna.bounds.passes.memory import rows_kept
from dsrna.bounds.passes.outputs import output_rows
from dsrna.bounds.relaxations import Lines, Relaxation
from dsrna.bounds.tracing.tape import Value

STEPS: Final = 20
RATE: Final = 0.1


def optimised(analysis: Analysis) -> Float[Tensor, "batch rows"]:
    """Return the best bound of each output that was met on the way, the one at the adaptive slopes among them.

    Every slope from 0 (leaky ReLU: its own) to 1 is sound, so each step's bound is. Intervals stay as they were found.
    """
    at = analysis.problem.tape.output
    chunks = torch.split(output_rows(analysis), rows_kept(analysis.problem))
    with torch.enable_grad():
        best = torch.cat([_ascended(analysis, rows) for rows in chunks])
    return torch.maximum(best.T, analysis.known(at).lower)


def _ascended(analysis: Analysis, rows: Float[Tensor, "rows batch outputs"]) -> Float[Tensor, "rows batch"]:
    lines = dict(_free(analysis))
    slopes = {value: _start(lines[value], len(rows)) for value in lines}
    best = rows.new_full(rows.shape[:2], -torch.inf)
    adam = torch.optim.Adam(slopes.values(), lr=RATE) if slopes else None
    for step in range(STEPS + 1):
        chosen: dict[Value, Relaxation] = {value: lines[value].with_slope(slopes[value]) for value in lines}
        lower = lower_bound(analysis.relaxed(chosen), analysis.problem.tape.output, rows)
        best = torch.maximum(best, lower.detach())
        if adam is None or step == STEPS:
            break
        _climb(adam, slopes, lines, lower)
    return best


def _climb(
    adam: torch.optim.Adam, slopes: dict[Value, Tensor], lines: dict[Value, Lines], lower: Float[Tensor, "rows batch"]
) -> None:
    gradients = torch.autograd.grad(-lower.sum(), list(slopes.values()), materialize_grads=True)
    for slope, gradient in zip(slopes.values(), gradients, strict=True):
        slope.grad = gradient
    adam.step()
    with torch.no_grad():
        for value, slope in slopes.items():
            slope.clamp_(lines[value].least, 1)


def _start(lines: Lines, rows: int) -> Tensor:
    return lines.lower_slope.detach().expand(rows, *lines.lower_slope.shape).clone().requires_grad_()


def _free(analysis: Analysis) -> Iterator[tuple[Value, Lines]]:
    """The relaxations with slopes to choose."""
    for value, lines in analysis.relaxations.items():
        if isinstance(lines, Lines) and lines.least is not None and lines.crossing.any():
            yield value, lines
