"""The supernet: every candidate of every edge, and the architecture parameters that weigh them."""

from collections.abc import Sequence
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from dsrna.spaces.discretise import rule, strongest_edges
from dsrna.spaces.genotype import INPUT_NODES, Genotype
from dsrna.spaces.layout import CellPlace, output_channels, places
from dsrna.spaces.search_cell import SearchCell, incoming
from dsrna.spaces.searchable import Searchable
from dsrna.spaces.selection import Rule
from dsrna.spaces.settings import SpaceSettings
from dsrna.spaces.shapes import Images, Logits
from dsrna.spaces.stems import STEMS, Normalize

INITIAL_SCALE = 1e-3
"""Standard deviation of the first architecture parameters (Liu et al. 2019)."""


class Supernet(Searchable):
    """Images in [0, 1] to logits, through cells that are weighted mixtures (Liu et al. 2019, section 2).

    One set of architecture parameters for all normal cells, one for all reduction cells, each ``(edges, operations)``;
    with partial channels also one weight an edge, normalised over the edges into a node (Xu et al. 2020, Eq. 2).

    ``generator`` draws the first architecture parameters; the weights come from torch's own initialisation.
    The candidates of all edges that leave a node are computed together; ``dsrna.testing`` has the same edge by edge.
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
        self.settings = settings
        self.normalize = Normalize(mean or [0.0] * in_channels, std or [1.0] * in_channels)
        self.stem = STEMS[settings.stem](in_channels, settings.channels)
        widths = (settings.nodes, settings.nodes)
        plan = places(settings.cells, settings.channels, self.stem, widths)
        self.reduces = [place.reduces for place in plan]
        self.cells = nn.ModuleList(self._cell(place) for place in plan)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.classifier = nn.Linear(output_channels(plan, widths), classes)
        self._add_architecture_parameters(generator)

    def _add_architecture_parameters(self, generator: torch.Generator | None) -> None:
        edges = sum(incoming(self.settings.nodes))
        shape = (edges, len(self.settings.operations))

        def draw(*size: int) -> nn.Parameter:
            return nn.Parameter(INITIAL_SCALE * torch.randn(*size, generator=generator))

        self.alpha = nn.ParameterDict({"normal": draw(*shape), "reduce": draw(*shape)})
        betas = {"normal": draw(edges), "reduce": draw(edges)} if self.settings.partial_channels > 1 else {}
        self.beta = nn.ParameterDict(betas)

    def _cell(self, place: CellPlace) -> nn.Module:
        return SearchCell(self.settings, place)

    def _shared_out(self, cell: nn.Module, weights: Tensor, edge_weights: Tensor | None) -> Any:
        """Return the mixing weights as the cells of a kind take them."""
        assert isinstance(cell, SearchCell)
        return cell.mixing(weights, edge_weights)

    def architecture_parameters(self) -> list[nn.Parameter]:
        return [*self.alpha.values(), *self.beta.values(), *self.spreads.values()]

    def forward(self, x: Images) -> Logits:
        mixing: dict[bool, Any] = {}
        before_last, last = self.stem(self.normalize(x))
        for cell, reduces in zip(self.cells, self.reduces, strict=True):
            if reduces not in mixing:
                mixing[reduces] = self._shared_out(cell, *self.mixing_weights("reduce" if reduces else "normal"))
            before_last, last = last, cell(before_last, last, mixing[reduces])
        logits: Tensor = self.classifier(self.pool(last).flatten(1))
        return logits

    def mixing_weights(self, cell: str) -> tuple[Float[Tensor, "edges operations"], Float[Tensor, " edges"] | None]:
        """Return the softmax of the architecture parameters of ``normal`` or ``reduce``: candidates, then edges."""
        alpha = self.moved(cell, torch.softmax(self.remaining(cell, self.drawn(cell, self.alpha[cell])), dim=-1))
        if not self.beta:
            return alpha, None
        groups = self.beta[cell].split(incoming(self.settings.nodes))
        return alpha, self.moved(f"{cell} edges", torch.cat([torch.softmax(group, dim=0) for group in groups]))

    def mixtures(self) -> dict[str, Float[Tensor, "edges operations"]]:
        return {cell: self.mixing_weights(cell)[0] for cell in ("normal", "reduce")}

    def edge_mixtures(self) -> dict[str, Float[Tensor, " edges"]]:
        weighed = {cell: self.mixing_weights(cell)[1] for cell in self.mixtures()}
        return {cell: weights for cell, weights in weighed.items() if weights is not None}

    def rule(self) -> Rule:
        return rule(self.settings)

    def strengths(self) -> dict[str, Float[Tensor, "edges operations"]]:
        kept = torch.tensor([name != "none" for name in self.settings.operations])

        def of(weights: Tensor, edge_weights: Tensor | None) -> Tensor:
            return (weights if edge_weights is None else weights * edge_weights[:, None]) * kept.to(weights)

        return {cell: of(*self.mixing_weights(cell)) for cell in self.mixtures()}

    def shares(self) -> dict[str, float]:
        """Return each operation's mean softmax share over all edges of both cells, ``none`` included."""
        alphas = torch.cat([mixture.detach() for mixture in self.mixtures().values()])
        return dict(zip(self.settings.operations, alphas.mean(dim=0).tolist(), strict=True))

    def genotype(self) -> Genotype:
        """Return the strongest discrete architecture: two edges a node, ``none`` excluded."""
        concat = tuple(range(INPUT_NODES, INPUT_NODES + self.settings.nodes))
        normal, reduce = (
            strongest_edges(*self.mixing_weights(cell), self.settings.operations) for cell in ("normal", "reduce")
        )
        return Genotype(normal=normal, normal_concat=concat, reduce=reduce, reduce_concat=concat)
