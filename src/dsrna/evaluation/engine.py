"""Where evaluation asks ``dsrna.bounds``: in these two functions alone."""

from dataclasses import asdict, dataclass

from jaxtyping import Bool, Float, Float64, Int64
from torch import Tensor, nn

from dsrna.bounds import Targets, certified, certified_radius

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
    return certified_radius(model, x, y, max_eps=max_eps, **asdict(question), targets=_wanted(targets))


def proven(
    model: nn.Module, x: Images, y: Labels, *, targets: Labels | None, question: Question, eps: float
) -> Bool[Tensor, "batch"]:
    """Tell where ``y`` stays above the targets (None: all) at ``eps``, in float64 with room for rounding."""
    return certified(model, x, y, eps, **asdict(question), targets=_wanted(targets))


def _wanted(targets: Labels | None) -> Targets:
    return "all" if targets is None else targets
