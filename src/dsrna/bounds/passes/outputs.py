"""The last step: bounds of a tape's outputs from an analysis."""

import torch
from jaxtyping import Float
from torch import Tensor

from dsrna.bounds.passes.analysis import Analysis
from dsrna.bounds.passes.backward import lower_bound
from dsrna.bounds.passes.memory import rows_at_once


def bounded(analysis: Analysis) -> Float[Tensor, "batch rows"]:
    """Return the better of the interval and the linear bound of each output."""
    at = analysis.problem.tape.output
    chunks = torch.split(output_rows(analysis), rows_at_once(analysis.problem, at))
    linear = torch.cat([lower_bound(analysis, at, rows) for rows in chunks])
    return torch.maximum(linear.T, analysis.known(at).lower)


def output_rows(analysis: Analysis) -> Float[Tensor, "rows batch rows"]:
    """The functional of each output, one after the other."""
    problem = analysis.problem
    batch, rows = problem.tape.output.shape
    identity = torch.eye(rows, dtype=problem.tape.like.dtype, device=problem.tape.like.device)
    return identity[:, None, :].expand(rows, batch, rows)
