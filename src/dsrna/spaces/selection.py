"""How mixing weights become an architecture: which edges are kept, and what is kept of each."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import torch
from jaxtyping import Float
from torch import Tensor

from dsrna.spaces.architecture import Architecture

Strengths = Float[Tensor, "edges operations"]
"""What an operation on an edge weighs when an architecture is read off; 0 for one that cannot be kept."""

Choice = Mapping[str, tuple[tuple[int, int], ...]]
"""The rows and columns of each searched cell's table that an architecture keeps: edges with their operations."""

SMALLEST: Final = 1e-30

SHARPNESS: Final = 0.25
"""Temperature of a draw in standard deviations of the logarithms: an edge's first of seven has three draws in four."""


@dataclass(frozen=True)
class Rule:
    """Of each group of edges the strongest ``kept`` are kept, 1 or 2, with one operation each.

    ``cells``: the searched cells, as ``Searchable.mixtures`` names them. ``groups``: how many edges each group has, in
    the order of the table's rows. ``operations`` name its columns; ``candidates`` are those that may be kept.
    ``read`` makes an architecture of a choice. ``paths``: where ``none`` may be kept, the rows along each way through
    the only cell; one way at least is kept open.
    """

    cells: tuple[str, ...]
    groups: tuple[int, ...]
    kept: int
    operations: tuple[str, ...]
    candidates: tuple[int, ...]
    read: Callable[[Choice], Architecture]
    paths: tuple[tuple[int, ...], ...] = ()


def sharpened(strengths: Strengths, rule: Rule) -> Strengths:
    """Return the strengths to the power 1 / t, so that a draw is mostly what would be read off.

    ``t`` is ``SHARPNESS`` times the standard deviation of the candidates' logarithms about their edge's mean, 1 at
    most. It follows the scale of the architecture parameters, and is taken as a constant in gradients.
    """
    candidates = strengths[:, list(rule.candidates)].detach()
    there = candidates > 0
    logarithms = torch.where(there, candidates.clamp_min(SMALLEST).log(), 0.0)
    means = logarithms.sum(dim=1, keepdim=True) / there.sum(dim=1, keepdim=True).clamp_min(1)
    spread = float((logarithms - means)[there].square().mean().sqrt())
    logarithms = strengths.clamp_min(SMALLEST).log() / min(1.0, max(SHARPNESS * spread, SMALLEST))
    highest = logarithms.detach().amax()
    return torch.where(strengths > 0, (logarithms - highest).exp(), 0.0)


def expected_selection(strengths: Strengths, rule: Rule) -> Strengths:
    """Return the probability of each edge with each operation in an architecture drawn by its strengths.

    Edges of a group are drawn without replacement by their strongest operation, then an operation for each; see
    docs/explanation/search.md. Differentiable; one-hot strengths give the architecture itself.
    """
    operations = strengths / strengths.sum(dim=1, keepdim=True).clamp_min(SMALLEST)
    edges = torch.cat([_kept(group, rule.kept) for group in torch.split(strengths.amax(dim=1), list(rule.groups))])
    return edges[:, None] * operations


def _kept(strengths: Float[Tensor, " edges"], kept: int) -> Float[Tensor, " edges"]:
    """The probability that an edge is among the first ``kept`` drawn."""
    if len(strengths) <= kept:
        return torch.ones_like(strengths)
    first = strengths / strengths.sum().clamp_min(SMALLEST)
    if kept == 1:
        return first
    others = strengths * (1 - torch.eye(len(strengths)).to(strengths))
    return first + first @ (others / others.sum(dim=1, keepdim=True).clamp_min(SMALLEST))
