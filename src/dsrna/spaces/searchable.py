"""What the search asks of a supernet, whatever its space."""

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from dsrna.spaces.architecture import Architecture
from dsrna.spaces.selection import Rule


class Searchable(nn.Module, ABC):
    """A supernet: images in [0, 1] to logits, with architecture parameters that weigh its candidates."""

    def __init__(self) -> None:
        super().__init__()
        self.moves: dict[str, Tensor] = {}
        """What is added to the mixing weights of a cell, or of its ``... edges``, for the moment."""
        self.spreads = nn.ParameterDict()
        """Logarithms of the architecture parameters' standard deviations, where a search draws them."""
        self.draws: dict[str, Tensor] = {}
        """Standard normal numbers by which they are drawn, for the moment."""
        self.dropped: dict[str, Bool[Tensor, "edges operations"]] = {}
        """Candidates of a cell that are taken out: their mixing weight is 0."""
        self.skip_dropout = 0.0
        """The first rate of the dropout after skip-connections, which falls over a search."""

    def spread(self, deviation: float) -> None:
        """Let architecture parameters be the means of what is drawn; the deviations are architecture parameters too."""
        for cell, mixture in self.mixtures().items():
            self.spreads[cell] = nn.Parameter(torch.full_like(mixture.detach(), math.log(deviation)))

    def drawn(self, cell: str, alpha: Float[Tensor, "edges operations"]) -> Float[Tensor, "edges operations"]:
        """Return what was drawn for the moment, ``alpha`` itself where nothing was."""
        return alpha + self.spreads[cell].exp() * self.draws[cell] if cell in self.draws else alpha

    def remaining(self, cell: str, logits: Float[Tensor, "edges operations"]) -> Float[Tensor, "edges operations"]:
        """Return the logits of the mixing weights, those of ``dropped`` candidates minus infinity."""
        return logits.masked_fill(self.dropped[cell], -math.inf) if cell in self.dropped else logits

    @abstractmethod
    def mixtures(self) -> dict[str, Float[Tensor, "edges operations"]]:
        """Return the mixing weights of each searched cell: a softmax of architecture parameters, moved by ``moves``."""

    def edge_mixtures(self) -> dict[str, Float[Tensor, " edges"]]:
        """Return the weights of each searched cell's edges, where the space has them."""
        return {}

    @abstractmethod
    def rule(self) -> Rule:
        """Return how an architecture is read off."""

    @abstractmethod
    def strengths(self) -> dict[str, Float[Tensor, "edges operations"]]:
        """Return what an operation on an edge weighs when the architecture is read off, 0 where it cannot be kept."""

    @abstractmethod
    def architecture_parameters(self) -> list[nn.Parameter]: ...

    def apart_from_none(self, gradients: Sequence[Tensor]) -> list[Tensor]:
        """Return gradients in the architecture parameters without their parts along the shares of ``none``.

        As they are where no architecture of the space keeps ``none``.
        """
        return list(gradients)

    @abstractmethod
    def shares(self) -> dict[str, float]:
        """Return each operation's mean softmax share over all edges, ``none`` included."""

    @abstractmethod
    def genotype(self) -> Architecture:
        """Return the strongest discrete architecture."""

    def entropy(self) -> float:
        """Return the entropy of the mixing weights, the mean over edges, as a share of the largest there can be.

        Candidates without weight do not count.
        """
        weights = torch.cat([mixture.detach() for mixture in self.mixtures().values()])
        largest = (weights > 0).sum(dim=1).clamp(min=2).log()
        return float((torch.special.entr(weights).sum(dim=1) / largest).mean())

    def moved(self, cell: str, weights: Float[Tensor, "edges ..."]) -> Float[Tensor, "edges ..."]:
        return weights + self.moves[cell] if cell in self.moves else weights

    def weights(self) -> list[nn.Parameter]:
        """Return every parameter that is not an architecture parameter."""
        architecture = {id(parameter) for parameter in self.architecture_parameters()}
        return [parameter for parameter in self.parameters() if id(parameter) not in architecture]
