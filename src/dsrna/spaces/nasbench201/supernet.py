"""The supernet: every candidate on each of the six edges, one 6 x 5 table of architecture parameters for all cells."""

from collections.abc import Sequence
from functools import reduce

import torch
from jaxtyping import Float
from torch import Tensor, nn

from dsrna.spaces.mixed import MixedOperation
from dsrna.spaces.nasbench201.cell import Nasbench201Cell
from dsrna.spaces.nasbench201.settings import check_supernet
from dsrna.spaces.nasbench201.sites import rule
from dsrna.spaces.nasbench201.skeleton import Size, Skeleton
from dsrna.spaces.nasbench201.text import EDGES, NODES
from dsrna.spaces.searchable import Searchable
from dsrna.spaces.selection import Rule
from dsrna.spaces.settings import SpaceSettings
from dsrna.spaces.shapes import Features, Images, Logits
from dsrna.spaces.supernet import INITIAL_SCALE
from dsrna.spaces.within import strongest_within


class SearchCell(nn.Module):
    """A cell whose nodes hear every node before them through a mixed operation."""

    def __init__(self, operations: tuple[str, ...], channels: int) -> None:
        super().__init__()
        self.edges = nn.ModuleList(MixedOperation(operations, channels, 1, 1) for _ in EDGES)

    def forward(self, x: Features, mixing: Float[Tensor, "edges operations"]) -> Features:
        nodes = [x]
        for node in range(1, NODES):
            terms = [
                self.edges[index](nodes[source], mixing[index])
                for index, (source, target) in enumerate(EDGES)
                if target == node
            ]
            nodes.append(reduce(torch.add, terms))
        return nodes[-1]


class Nasbench201Supernet(Searchable):
    """Images in [0, 1] to logits, through cells that are weighted mixtures (Liu et al. 2019, Eq. 2) in the benchmark's
    skeleton; average pooling is followed by a batch norm, as in every supernet here.

    ``generator`` draws the first architecture parameters. Settings that do not fit the space are a ``UserError``.
    """

    def __init__(
        self,
        settings: SpaceSettings,
        *,
        classes: int,
        in_channels: int = 3,
        mean: Sequence[float] | None = None,
        std: Sequence[float] | None = None,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        check_supernet(settings)
        self.settings = settings
        size = Size(settings.cells, settings.channels, classes, in_channels, mean, std)
        self.skeleton = Skeleton(size, lambda width: SearchCell(settings.operations, width), affine=False)
        shape = (len(EDGES), len(settings.operations))
        self.alpha = nn.Parameter(INITIAL_SCALE * torch.randn(*shape, generator=generator))

    def architecture_parameters(self) -> list[nn.Parameter]:
        return [self.alpha]

    def forward(self, x: Images) -> Logits:
        logits: Tensor = self.skeleton(x, self.mixing_weights())
        return logits

    def mixing_weights(self) -> Float[Tensor, "edges operations"]:
        """Return the softmax of the architecture parameters, edge by edge."""
        return self.moved("normal", torch.softmax(self.alpha, dim=-1))

    def mixtures(self) -> dict[str, Float[Tensor, "edges operations"]]:
        return {"normal": self.mixing_weights()}

    def rule(self) -> Rule:
        return rule(self.settings)

    def strengths(self) -> dict[str, Float[Tensor, "edges operations"]]:
        return self.mixtures()

    def apart_from_none(self, gradients: Sequence[Tensor]) -> list[Tensor]:
        """Project the gradient of every edge onto the complement of that of its share of ``none``."""
        if "none" not in self.settings.operations:
            return list(gradients)
        (gradient,) = gradients
        weights = self.mixing_weights().detach()
        none = torch.zeros_like(weights)
        none[:, self.settings.operations.index("none")] = 1
        along = torch.nn.functional.normalize(none - weights, dim=1)
        return [gradient - (gradient * along).sum(dim=1, keepdim=True) * along]

    def shares(self) -> dict[str, float]:
        means: list[float] = self.mixing_weights().detach().mean(dim=0).tolist()
        return dict(zip(self.settings.operations, means, strict=True))

    def genotype(self) -> Nasbench201Cell:
        """Return the cell with the largest product of mixing weights among those that see the image.

        That is the strongest candidate of every edge, which may be ``none``, but where no path would be left.
        """
        choice = strongest_within(self.strengths(), self.rule(), ())
        assert choice is not None, "some cell of the space sees the image"
        return Nasbench201Cell(tuple(self.settings.operations[column] for _, column in choice["normal"]))
