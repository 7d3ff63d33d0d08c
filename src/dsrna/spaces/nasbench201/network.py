"""The discrete network of one cell."""

from collections.abc import Sequence
from typing import cast

import torch
from torch import Tensor, nn

from dsrna.spaces.nasbench201.cell import Nasbench201Cell
from dsrna.spaces.nasbench201.settings import check_network
from dsrna.spaces.nasbench201.skeleton import Size, Skeleton
from dsrna.spaces.nasbench201.text import EDGES, NODES
from dsrna.spaces.network import DropPath
from dsrna.spaces.operations import OPERATIONS
from dsrna.spaces.shapes import Features


class DiscreteCell(nn.Module):
    """Node i is the sum of its edges from the nodes before it; the last node leaves the cell."""

    def __init__(self, cell: Nasbench201Cell, channels: int, drop_path: DropPath) -> None:
        super().__init__()
        there = {str(index): name for index, name in enumerate(cell.operations) if name != "none"}
        self.edges = nn.ModuleDict({index: OPERATIONS[name](channels, 1, True) for index, name in there.items()})
        self.drop_path = drop_path

    def forward(self, x: Features) -> Features:
        nodes = [x]
        for target in range(1, NODES):
            terms = [
                self._edge(index, nodes[edge[0]])
                for index, edge in enumerate(EDGES)
                if edge[1] == target and str(index) in self.edges
            ]
            nodes.append(sum(terms[1:], terms[0]) if terms else 0.0 * x)
        return nodes[-1]

    def _edge(self, index: int, source: Tensor) -> Tensor:
        operation = self.edges[str(index)]
        out: Tensor = operation(source)
        return out if isinstance(operation, nn.Identity) else cast("Tensor", self.drop_path(out))


class Nasbench201Network(Skeleton):
    """Images in [0, 1], ``(batch, in_channels, height, width)``, to logits ``(batch, classes)``.

    Parameters
    ----------
    cell
        The architecture.
    cells, channels
        Cells in all, a third in each stage; channels of the first stage. The benchmark has 15 and 16.
    mean, std
        Per-channel statistics of the images, for the normalisation that is the network's first layer; none: identity.
    stem, auxiliary
        The skeleton has a stem of its own, and no auxiliary classifier: other values are a ``UserError``.
    """

    def __init__(
        self,
        cell: Nasbench201Cell,
        *,
        cells: int,
        channels: int,
        classes: int,
        in_channels: int = 3,
        mean: Sequence[float] | None = None,
        std: Sequence[float] | None = None,
        stem: str = "cifar",
        auxiliary: bool = False,
    ) -> None:
        check_network(cells, stem, auxiliary=auxiliary)
        drop_path = DropPath()
        size = Size(cells, channels, classes, in_channels, mean, std)
        super().__init__(size, lambda width: DiscreteCell(cell, width, drop_path), affine=True)
        self.cell = cell
        self.drop_path = drop_path

    def set_drop_path(self, probability: float, generator: torch.Generator | None) -> None:
        """Set the share of paths dropped in training mode, and where its random numbers come from."""
        self.drop_path.probability = probability
        self.drop_path.generator = generator
