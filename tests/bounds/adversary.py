"""The lowest values that an adversary finds inside a ball: by ascent, by chance, and at its corners."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from dsrna.runtime.modes import evaluating
from dsrna.runtime.seeds import generator
from dsrna.threat import ThreatModel, ascend, project, random_start


@dataclass(frozen=True)
class Effort:
    """How hard the adversary tries: ascents and their steps for each value, inner points and corners for all."""

    restarts: int = 1
    steps: int = 6
    points: int = 8


def lowest_found(model: nn.Module, x: Tensor, rows: Tensor, threat: ThreatModel, effort: Effort) -> Tensor:
    """The lowest ``rows @ f`` seen in the ball, ``(batch, rows)``; ``rows`` are ``(batch, rows, classes)``."""
    with evaluating(model):
        batches = [*descended(model, x, rows, threat, effort), *scattered(x, threat, effort)]
        with torch.no_grad():
            values = [torch.einsum("brn,bpn->brp", rows, logits_of(model, points)) for points in batches]
    return torch.cat(values, dim=2).amin(dim=2)


def logits_of(model: nn.Module, points: Tensor) -> Tensor:
    """``(batch, points, *image)`` to ``(batch, points, classes)``."""
    logits: Tensor = model(points.flatten(0, 1))
    return logits.view(*points.shape[:2], -1)


def descended(model: nn.Module, x: Tensor, rows: Tensor, threat: ThreatModel, effort: Effort) -> Iterator[Tensor]:
    """For every row the point that descent ends at, from the image itself and from random points of the ball."""
    count = rows.shape[1]
    repeated, directions = x.repeat_interleave(count, dim=0), rows.flatten(0, 1)

    def objective(points: Tensor) -> Tensor:
        logits: Tensor = model(points)
        return -(logits * directions).sum(dim=1)

    for restart in range(effort.restarts):
        start = repeated if restart else random_start(x, threat, restart).repeat_interleave(count, dim=0)
        size = 2.5 * threat.eps / effort.steps
        found = ascend(objective, repeated, threat, steps=effort.steps, step_size=size, start=start)
        yield found.view(len(x), count, *x.shape[1:])


def scattered(x: Tensor, threat: ThreatModel, effort: Effort) -> Iterator[Tensor]:
    """Points drawn uniformly from the ball, and corners: where all pixels, or all that one can pay for, are moved."""
    draw = generator(effort.points, "corners")
    for number in range(effort.points):
        yield random_start(x, threat, 100 + number)[:, None]
        yield project(x + corner(x, threat, draw), x, threat)[:, None]


def corner(x: Tensor, threat: ThreatModel, draw: torch.Generator) -> Tensor:
    """A change with the norm of the threat at a vertex of its ball; for L2 with all pixels moved alike."""
    signs = 2.0 * torch.randint(2, x.shape, generator=draw) - 1
    if threat.norm == 1.0:
        pixel = torch.randint(x[0].numel(), (len(x), 1), generator=draw)
        signs = signs * torch.zeros(len(x), x[0].numel()).scatter(1, pixel, 1.0).view(x.shape)
    length = math.sqrt(x[0].numel()) if threat.norm == 2.0 else 1.0
    return (threat.eps * signs / length).to(x.dtype)
