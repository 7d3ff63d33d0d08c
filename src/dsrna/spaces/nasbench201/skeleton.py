"""What the cells stand in: stem, three stages of equal cells, a residual block between them, a classifier."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from jaxtyping import Float
from torch import Tensor, nn

from dsrna.errors import UserError
from dsrna.spaces.operations import ReluConvNorm
from dsrna.spaces.shapes import Features, Images, Logits
from dsrna.spaces.stems import Normalize

STAGES: Final = 3


@dataclass(frozen=True)
class Size:
    """``cells`` in all, a third in each stage; ``channels`` of the first stage, doubled in each of the next."""

    cells: int
    channels: int
    classes: int
    in_channels: int = 3
    mean: Sequence[float] | None = None
    std: Sequence[float] | None = None

    def __post_init__(self) -> None:
        check_cells(self.cells)


class ResidualReduction(nn.Module):
    """A basic residual block of stride 2 that doubles the channels; the shortcut is an average and a convolution."""

    def __init__(self, inputs: int, outputs: int, *, affine: bool) -> None:
        super().__init__()
        self.block = nn.Sequential(
            ReluConvNorm(inputs, outputs, 3, 2, 1, affine=affine),
            ReluConvNorm(outputs, outputs, 3, 1, 1, affine=affine),
        )
        # Odd sizes round up, as those of the convolution do; even ones are the benchmark's.
        self.shortcut = nn.Sequential(nn.AvgPool2d(2, 2, ceil_mode=True), nn.Conv2d(inputs, outputs, 1, bias=False))

    def forward(self, x: Features) -> Features:
        out: Tensor = self.shortcut(x) + self.block(x)
        return out


class Skeleton(nn.Module):
    """Images in [0, 1] to logits (Dong and Yang 2020, section 2.1 and Figure 1).

    ``make_cell`` makes a cell that keeps its channels and its size. ``affine``: of the reductions' batch norms.
    """

    def __init__(self, size: Size, make_cell: Callable[[int], nn.Module], *, affine: bool) -> None:
        super().__init__()
        channels, inputs = size.channels, size.in_channels
        self.normalize = Normalize(size.mean or [0.0] * inputs, size.std or [1.0] * inputs)
        self.stem = nn.Sequential(nn.Conv2d(inputs, channels, 3, padding=1, bias=False), nn.BatchNorm2d(channels))
        self.body = nn.ModuleList()
        for stage in range(STAGES):
            if stage:
                self.body.append(ResidualReduction(channels, 2 * channels, affine=affine))
                channels *= 2
            self.body.extend(make_cell(channels) for _ in range(size.cells // STAGES))
        self.last = nn.Sequential(nn.BatchNorm2d(channels), nn.ReLU(), nn.AdaptiveAvgPool2d(1))
        self.classifier = nn.Linear(channels, size.classes)

    def forward(self, x: Images, *mixing: Float[Tensor, "edges operations"]) -> Logits:
        """Run the network; ``mixing`` is handed to every cell."""
        out = self.stem(self.normalize(x))
        for layer in self.body:
            out = layer(out) if isinstance(layer, ResidualReduction) else layer(out, *mixing)
        logits: Tensor = self.classifier(self.last(out).flatten(1))
        return logits


def check_cells(cells: int) -> None:
    """Let the cells be shared out to the stages, or raise ``UserError``."""
    if cells < STAGES or cells % STAGES:
        raise UserError(f"a network of nasbench201 has {STAGES} stages: cells must be a multiple of it, not {cells}")
