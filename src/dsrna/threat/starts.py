"""A random point of the ball, for each image by itself."""

import hashlib
import math
from collections.abc import Callable
from typing import Final

import torch
from torch import Tensor

from dsrna.runtime import seeds
from dsrna.threat.ball import Pixels
from dsrna.threat.model import ThreatModel
from dsrna.threat.projection import project


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
    examples = x.detach().cpu()
    noise = [torch.randn(one.shape, generator=example_generator(one, seed, "start")) for one in examples]
    return project(x + deviation * torch.stack(noise).to(x), x, threat)


def example_generator(example: Tensor, seed: int, purpose: str) -> torch.Generator:
    """Return random numbers that depend on ``seed``, ``purpose`` and the bytes of this one example."""
    digest = hashlib.sha256(example.detach().cpu().contiguous().numpy().tobytes()).hexdigest()
    return seeds.generator(seed, purpose, digest)


def _draw(example: Tensor, threat: ThreatModel, seed: int) -> Tensor:
    unit = _UNIFORM[threat.norm](example.numel(), example_generator(example, seed, "start"))
    return (threat.eps * unit).to(example.dtype).view_as(example)


def _in_cube(size: int, generator: torch.Generator) -> Tensor:
    return 2 * torch.rand(size, generator=generator) - 1


def _in_sphere(size: int, generator: torch.Generator) -> Tensor:
    """A uniform direction, at a radius whose ``size``-th power is uniform."""
    direction = torch.randn(size, generator=generator)
    radius = torch.rand((), generator=generator).pow(1 / size)
    return direction * (radius / direction.square().sum().sqrt())


def _in_cross_polytope(size: int, generator: torch.Generator) -> Tensor:
    """The first ``size`` of ``size + 1`` exponentials over their sum are uniform in the simplex; then random signs."""
    # Not exponential_: its draws are other ones in other versions of torch.
    shares = -torch.log1p(-torch.rand(size + 1, generator=generator, dtype=torch.float64))
    signs = 2 * torch.randint(2, (size,), generator=generator) - 1
    return signs * shares[:size] / shares.sum()


_UNIFORM: Final[dict[float, Callable[[int, torch.Generator], Tensor]]] = {
    math.inf: _in_cube,
    2.0: _in_sphere,
    1.0: _in_cross_polytope,
}
