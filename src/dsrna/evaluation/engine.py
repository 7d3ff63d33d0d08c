"""Where evaluation asks ``dsrna.bounds``: in these two functions alone."""

from dataclasses import dataclass

from jaxtyping import Bool, Float, Float64, Int64
from torch import Tensor, nn

from dsrna.bounds import certified_radius
from dsrna.errors import UserError

Images = Float[Tensor, "batch channels height width"]
Labels = Int64[Tensor, "batch"]


@dataclass(frozen=True)
class Question:
    """Which certificate is asked for: norm, bound method, and the MiB that it may take."""

    norm: float
    method: str
    memory: int


def radii(
    model: nn.Module, x: Images, y: Labels, *, targets: Labels | None, question: Question, max_eps: float
) -> Float64[Tensor, "batch"]:
    """Return the largest radius found up to ``max_eps`` within which ``y`` stays above the targets (None: all)."""
    _only_all(targets)
    return certified_radius(model, x, y, norm=question.norm, method=question.method, max_eps=max_eps)


def proven(
    model: nn.Module, x: Images, y: Labels, *, targets: Labels | None, question: Question, eps: float
) -> Bool[Tensor, "batch"]:
    """Tell where ``y`` stays above the targets (None: all) at ``eps``, in float64 with room for rounding."""
    _only_all(targets)
    # Without bisection the radius is eps itself where the bound at eps is positive, else 0.
    return certified_radius(model, x, y, norm=question.norm, method=question.method, max_eps=eps, steps=0) >= eps


def _only_all(targets: Labels | None) -> None:
    if targets is not None:
        raise UserError("this version's bounds compare with all classes; set targets to all")
