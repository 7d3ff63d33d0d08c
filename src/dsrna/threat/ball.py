"""The ball of a threat model, cut to the pixel box: distance, projection, a random point, the steepest direction.

The arguments why each holds stand in ``docs/explanation/attacks.md``.
"""

import hashlib
import math
from collections.abc import Callable
from typing import Final

import torch
from jaxtyping import Bool, Float, Float64
from torch import Tensor

from dsrna.runtime import seeds
from dsrna.threat.model import ThreatModel

Pixels = Float[Tensor, "batch *image"]
"""A batch of images, or of changes to images, in pixel units; float32 or float64."""

BISECTIONS: Final = 30
SPARSITY: Final = 0.01


def distance(adversarial: Pixels, x: Pixels, norm: float) -> Float64[Tensor, "batch"]:
    """Return the norm of each example's change, computed in float64 whatever the images are stored in."""
    change = (adversarial.double() - x.double()).flatten(1)
    length: Tensor = torch.linalg.vector_norm(change, ord=norm, dim=1)
    return length


def inside(adversarial: Pixels, x: Pixels, threat: ThreatModel) -> Bool[Tensor, "batch"]:
    """Tell which examples lie in the ball around ``x`` and in [0, 1]; no tolerance, and NaN lies outside."""
    flat = adversarial.flatten(1)
    in_box = ((flat >= 0) & (flat <= 1)).all(dim=1)
    return in_box & (distance(adversarial, x, threat.norm) <= threat.eps)


def project(adversarial: Pixels, x: Pixels, threat: ThreatModel) -> Pixels:
    """Return the nearest point of ball and box (Euclidean distance), to rounding; ``inside`` holds of the result.

    ``x`` must lie in [0, 1]. Under L-inf the projection clamps; under L1 and L2 it shrinks the change
    (``_shrunk``) and clamps to the box, and bisection finds how much of the change may stay.
    """
    if threat.norm == math.inf:
        return _clamped(adversarial, x, threat.eps)
    return _shrunk_into(adversarial, x, threat)


def _clamped(adversarial: Tensor, x: Tensor, eps: float) -> Tensor:
    exact = x.double()
    low = (exact - eps).clamp(min=0).to(x.dtype)
    high = (exact + eps).clamp(max=1).to(x.dtype)
    return _one_float_inwards(torch.clamp(adversarial, low, high), x, eps)


def _one_float_inwards(z: Tensor, x: Tensor, eps: float) -> Tensor:
    """Undo rounding: where a rounded bound lies beyond eps, the next float towards ``x`` does not."""
    beyond = (z.double() - x.double()).abs() > eps
    return torch.where(beyond, torch.nextafter(z, x), z)


def _shrunk_into(adversarial: Tensor, x: Tensor, threat: ThreatModel) -> Tensor:
    """Bisect the share of the change that stays. The lower end is always a point that was seen to lie inside."""
    low, high = x.new_zeros(len(x)), x.new_ones(len(x))
    best, share = x, high
    for _ in range(1 + BISECTIONS):
        candidate = (x + _shrunk(adversarial - x, share, threat.norm)).clamp(0, 1)
        fits = inside(candidate, x, threat)
        best = torch.where(_column(fits, x), candidate, best)
        low, high = torch.where(fits, share, low), torch.where(fits, high, share)
        if torch.equal(low, high):
            break
        share = (low + high) / 2
    return best


def _shrunk(change: Tensor, share: Tensor, norm: float) -> Tensor:
    """Shrink as the multiplier of the norm's constraint does: L2 scales, L1 thresholds softly."""
    kept = _column(share, change)
    if norm == 2.0:
        return kept * change
    size = change.abs()
    largest = _column(size.flatten(1).amax(dim=1), change)
    return change.sign() * (size - (1 - kept) * largest).clamp(min=0)


def _column(values: Tensor, like: Tensor) -> Tensor:
    return values.view(-1, *[1] * (like.ndim - 1))


def random_start(x: Pixels, threat: ThreatModel, seed: int) -> Pixels:
    """Return a point for each example, drawn uniformly from its ball, then cut to [0, 1].

    An example's point depends on ``seed`` and on the bytes of that example alone, never on the rest of its batch.
    """
    change = torch.stack([_draw(example, threat, seed) for example in x.detach().cpu()]).to(x.device)
    return project(x + change, x, threat)


def near_start(x: Pixels, threat: ThreatModel, seed: int, *, deviation: float) -> Pixels:
    """Return ``x`` with normal noise of this standard deviation on each pixel, projected onto ball and box.

    The start of an objective whose gradient at ``x`` itself is zero. Seeded as ``random_start`` is.
    """
    noise = torch.stack([torch.randn(one.shape, generator=_generator(one, seed)) for one in x.detach().cpu()])
    return project(x + deviation * noise.to(x), x, threat)


def _draw(example: Tensor, threat: ThreatModel, seed: int) -> Tensor:
    unit = _UNIFORM[threat.norm](example.numel(), _generator(example, seed))
    return (threat.eps * unit).to(example.dtype).view_as(example)


def _generator(example: Tensor, seed: int) -> torch.Generator:
    digest = hashlib.sha256(example.contiguous().numpy().tobytes()).hexdigest()
    return seeds.generator(seed, "start", digest)


def _in_cube(size: int, generator: torch.Generator) -> Tensor:
    return 2 * torch.rand(size, generator=generator) - 1


def _in_sphere(size: int, generator: torch.Generator) -> Tensor:
    """A uniform direction, at a radius whose ``size``-th power is uniform."""
    direction = torch.randn(size, generator=generator)
    radius = torch.rand((), generator=generator).pow(1 / size)
    return direction * (radius / direction.square().sum().sqrt())


def _in_cross_polytope(size: int, generator: torch.Generator) -> Tensor:
    """The first ``size`` of ``size + 1`` exponentials over their sum are uniform in the simplex; then random signs."""
    shares = torch.empty(size + 1).exponential_(generator=generator)
    signs = 2 * torch.randint(2, (size,), generator=generator) - 1
    return signs * shares[:size] / shares.sum()


_UNIFORM: Final[dict[float, Callable[[int, torch.Generator], Tensor]]] = {
    math.inf: _in_cube,
    2.0: _in_sphere,
    1.0: _in_cross_polytope,
}


def steepest(gradient: Pixels, norm: float) -> Pixels:
    """Return the direction of norm one (zero for a zero gradient) in which each example's objective rises fastest.

    L-inf: the sign. L2: the gradient over its length. L1: the sign on the largest hundredth of the entries (at
    least one), in equal parts, as in SLIDE (Tramer and Boneh 2019, arXiv 1904.13000, section 4.1): a single entry,
    the steepest by the letter, would leave most of an image as it was.
    """
    if norm == math.inf:
        return gradient.sign()
    flat = gradient.flatten(1)
    direction = _over(flat, math.inf) if norm == 2.0 else _largest_signs(flat)
    return _over(direction, norm).view_as(gradient)


def _over(flat: Tensor, norm: float) -> Tensor:
    """Divide each row by its norm. L2 first takes L-inf out: the squares of a sure network's gradients underflow."""
    length: Tensor = torch.linalg.vector_norm(flat, ord=norm, dim=1, keepdim=True)
    return flat / length.clamp(min=torch.finfo(flat.dtype).tiny)


def _largest_signs(flat: Tensor) -> Tensor:
    count = max(1, round(SPARSITY * flat.shape[1]))
    entries = flat.abs().topk(count, dim=1).indices
    return torch.zeros_like(flat).scatter(1, entries, flat.gather(1, entries).sign())
