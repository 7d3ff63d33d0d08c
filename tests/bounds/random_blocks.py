"""The blocks of random networks: each keeps the number of channels, and some halve height and width."""

from collections.abc import Callable
from typing import Final

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dsrna.testing.bounds import Applied

CHANNELS: Final = 4

Draw = Callable[[torch.Generator], nn.Module]


class Residual(nn.Module):
    """``a * block(x) + b * x`` with weights of any sign."""

    def __init__(self, block: nn.Module) -> None:
        super().__init__()
        self.block = block
        self.weights = nn.Parameter(torch.zeros(2))

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.weights[0] * self.block(x) - x * self.weights[1]
        return out


class Mixture(nn.Module):
    """The sum of blocks, weighted by the softmax of architecture parameters."""

    def __init__(self, blocks: list[nn.Module]) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(blocks)
        self.alpha = nn.Parameter(torch.zeros(len(blocks)))

    def forward(self, x: Tensor) -> Tensor:
        terms = [weight * block(x) for weight, block in zip(self.alpha.softmax(0).unbind(), self.blocks, strict=True)]
        return torch.stack(terms).sum(0)


class Cell(nn.Module):
    """Two inner nodes, each of two blocks that hear what came before; concatenated, and narrowed again."""

    def __init__(self, blocks: list[nn.Module]) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(blocks)
        self.narrow = nn.Conv2d(2 * CHANNELS, CHANNELS, 1)

    def forward(self, x: Tensor) -> Tensor:
        first = self.blocks[0](x) + self.blocks[1](x)
        second = self.blocks[2](first) - self.blocks[3](x)
        out: Tensor = self.narrow(torch.cat([first, second], dim=1))
        return out


def halves(x: Tensor) -> Tensor:
    """Halves go two ways, meet again, and are shuffled."""
    first, second = x[:, : CHANNELS // 2], x[:, CHANNELS // 2 :]
    joined = torch.cat([second - first, 0.5 + torch.stack([first, -second]).mean(0)], dim=1)
    return joined.view(len(x), 2, CHANNELS // 2, *x.shape[2:]).transpose(1, 2).reshape(x.shape)


def shifted(x: Tensor) -> Tensor:
    """Pad two sides with a constant, cut the other two, shuffle the channels."""
    return F.channel_shuffle(F.pad(x, (1, 0, 0, 1), value=0.3)[:, :, 1:, :-1], 2)


def rearranged(x: Tensor) -> Tensor:
    return (1 - x.flatten(1).reshape(x.shape) / 2) * torch.tensor([1.0, -2.0], dtype=x.dtype).repeat(2).view(-1, 1, 1)


def same_size_convolution(generator: torch.Generator) -> nn.Module:
    """A convolution of random kernel, dilation, groups and bias."""
    kernel, dilation = (1, 3, 5)[draw(3, generator)], 1 + draw(2, generator)
    groups, bias = (1, 2, CHANNELS)[draw(3, generator)], draw(2, generator) == 0
    padding = dilation * (kernel - 1) // 2
    return nn.Conv2d(CHANNELS, CHANNELS, kernel, 1, padding, dilation, groups, bias)


def any_size_convolution(generator: torch.Generator) -> nn.Module:
    """A convolution of random stride and padding, not the same in height and width."""
    stride, more = (1 + draw(2, generator), 1 + draw(2, generator)), draw(2, generator)
    return nn.Conv2d(CHANNELS, CHANNELS, (3, 2), stride, (1 + more, 1), groups=1 + draw(2, generator))


SAME_SIZE: Final[tuple[Draw, ...]] = (
    lambda _: nn.ReLU(),
    lambda _: nn.Sequential(nn.BatchNorm2d(CHANNELS), nn.ReLU(inplace=True)),
    lambda _: nn.LeakyReLU(0.1),
    lambda _: nn.Sigmoid(),
    lambda _: nn.Tanh(),
    lambda _: nn.GELU(),
    lambda _: nn.GELU("tanh"),
    lambda _: nn.BatchNorm2d(CHANNELS),
    lambda _: nn.BatchNorm2d(CHANNELS, affine=False),
    same_size_convolution,
    lambda generator: nn.Sequential(nn.ReLU(), same_size_convolution(generator), nn.BatchNorm2d(CHANNELS)),
    lambda _: nn.Conv2d(CHANNELS, CHANNELS, 3, padding="same", groups=2),
    lambda _: nn.Conv2d(CHANNELS, CHANNELS, 3, padding=1, padding_mode="circular"),
    lambda _: nn.MaxPool2d(3, 1, 1),
    lambda _: nn.AvgPool2d(3, 1, 1),
    lambda _: nn.AvgPool2d(3, 1, 1, count_include_pad=False),
    lambda _: Residual(nn.Sequential(nn.BatchNorm2d(CHANNELS), nn.ReLU(), nn.Conv2d(CHANNELS, CHANNELS, 1))),
    lambda _: Applied(halves),
    lambda _: Applied(shifted),
    lambda _: Applied(rearranged),
    lambda _: nn.Dropout(),
)
"""Blocks that can be added to one another."""

OTHERS: Final[tuple[Draw, ...]] = (
    any_size_convolution,
    lambda _: nn.MaxPool2d(2, 2, ceil_mode=True),
    lambda _: nn.MaxPool2d(3, 2, 1),
    lambda _: nn.AvgPool2d(3, 2, 1, count_include_pad=False, ceil_mode=True),
    lambda _: nn.AdaptiveAvgPool2d((3, 2)),
    lambda _: nn.AdaptiveMaxPool2d(3),
    lambda generator: Mixture([drawn(SAME_SIZE, generator) for _ in range(3)]),
    lambda generator: Cell([drawn(SAME_SIZE, generator) for _ in range(4)]),
)


def draw_block(generator: torch.Generator) -> nn.Module:
    return drawn(SAME_SIZE + OTHERS, generator)


def drawn(choices: tuple[Draw, ...], generator: torch.Generator) -> nn.Module:
    return choices[draw(len(choices), generator)](generator)


def draw(count: int, generator: torch.Generator) -> int:
    return int(torch.randint(count, (), generator=generator))
