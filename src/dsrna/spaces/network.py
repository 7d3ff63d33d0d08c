"""The discrete network: the cells of one genotype, stacked, with a classifier at the end."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from dsrna.spaces.genotype import EDGES_PER_NODE, INPUT_NODES, Genotype
from dsrna.spaces.layout import CellPlace, output_channels, places, preprocess
from dsrna.spaces.operations import OPERATIONS
from dsrna.spaces.shapes import Features, Images, Logits
from dsrna.spaces.stems import STEMS, Normalize


class DropPath(nn.Module):
    """Drop the whole of an operation's output, an example at a time, while training (Larsson et al. 2017)."""

    def __init__(self) -> None:
        super().__init__()
        self.probability = 0.0
        self.generator: torch.Generator | None = None

    def forward(self, x: Features) -> Features:
        if not self.training or self.probability == 0.0:
            return x
        keep = 1.0 - self.probability
        draws = torch.rand(len(x), 1, 1, 1, generator=self.generator, device=x.device, dtype=x.dtype)
        return x * (draws < keep) / keep


class DiscreteCell(nn.Module):
    """One cell: inner node i is the sum of its two edges; the output is the concatenation of the nodes."""

    def __init__(self, genotype: Genotype, place: CellPlace, drop_path: DropPath) -> None:
        super().__init__()
        self.first, self.second = preprocess(place, affine=True)
        edges = genotype.reduce if place.reduces else genotype.normal
        self.concat = genotype.reduce_concat if place.reduces else genotype.normal_concat
        self.sources = [source for _, source in edges]
        self.edges = nn.ModuleList(
            OPERATIONS[name](place.channels, 2 if place.reduces and source < INPUT_NODES else 1, True)
            for name, source in edges
        )
        self.drop_path = drop_path

    def forward(self, before_last: Features, last: Features) -> Features:
        states = [self.first(before_last), self.second(last)]
        for start in range(0, len(self.edges), EDGES_PER_NODE):
            left, right = (self._edge(index, states) for index in range(start, start + EDGES_PER_NODE))
            states.append(left + right)
        return torch.cat([states[index] for index in self.concat], dim=1)

    def _edge(self, index: int, states: list[Tensor]) -> Tensor:
        operation, source = self.edges[index], states[self.sources[index]]
        out: Tensor = operation(source)
        return out if isinstance(operation, nn.Identity) else self.drop_path(out)


class AuxiliaryHead(nn.Module):
    """A second classifier at two thirds of the depth, for training only (Liu et al. 2019, appendix A)."""

    def __init__(self, channels: int, classes: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.ReLU(),
            nn.AdaptiveAvgPool2d(2),
            nn.Conv2d(channels, 128, 1, bias=False),
            nn.BatchNorm2d(128),
            nn.ReLU(),
            nn.Conv2d(128, 768, 2, bias=False),
            nn.BatchNorm2d(768),
            nn.ReLU(),
            nn.Flatten(),
            nn.Linear(768, classes),
        )

    def forward(self, x: Features) -> Logits:
        out: Tensor = self.layers(x)
        return out


class DiscreteNetwork(nn.Module):
    """Images in [0, 1], ``(batch, in_channels, height, width)``, to logits ``(batch, classes)``.

    Parameters
    ----------
    genotype
        The two cells.
    cells, channels
        Depth, and width of the first cells; the cells at one and two thirds of the depth halve the size and double
        the width.
    mean, std
        Per-channel statistics of the images, for the normalisation that is the network's first layer; none: identity.
    stem
        ``cifar`` keeps the size, ``imagenet`` divides it by eight.
    auxiliary
        Whether there is a second classifier for training (``forward_with_auxiliary``).
    """

    def __init__(
        self,
        genotype: Genotype,
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
        super().__init__()
        self.genotype = genotype
        self.normalize = Normalize(mean or [0.0] * in_channels, std or [1.0] * in_channels)
        self.stem = STEMS[stem](in_channels, channels)
        self.drop_path = DropPath()
        widths = (len(genotype.normal_concat), len(genotype.reduce_concat))
        plan = places(cells, channels, self.stem, widths)
        self.cells = nn.ModuleList(DiscreteCell(genotype, place, self.drop_path) for place in plan)
        self.auxiliary_after = 2 * cells // 3
        head_channels = output_channels(plan[: self.auxiliary_after + 1], widths)
        self.auxiliary = AuxiliaryHead(head_channels, classes) if auxiliary else None
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.classifier = nn.Linear(output_channels(plan, widths), classes)

    def forward(self, x: Images) -> Logits:
        return self._run(x)[0]

    def forward_with_auxiliary(self, x: Images) -> tuple[Logits, Logits | None]:
        """Return the logits and, where the network has an auxiliary classifier, its logits."""
        logits, side = self._run(x)
        return logits, None if self.auxiliary is None else self.auxiliary(side)

    def set_drop_path(self, probability: float, generator: torch.Generator | None) -> None:
        """Set the share of paths dropped in training mode, and where its random numbers come from."""
        self.drop_path.probability = probability
        self.drop_path.generator = generator

    def _run(self, x: Tensor) -> tuple[Tensor, Tensor]:
        before_last, last = self.stem(self.normalize(x))
        side = last
        for index, cell in enumerate(self.cells):
            before_last, last = last, cell(before_last, last)
            if index == self.auxiliary_after:
                side = last
        return self.classifier(self.pool(last).flatten(1)), side
