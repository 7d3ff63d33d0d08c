"""Where in a network the cells stand: which ones reduce, and how many channels each takes and gives.

The supernet and the discrete network share this plan (Liu et al. 2019, section 3.1).
"""

from dataclasses import dataclass

from torch import nn

from dsrna.errors import UserError
from dsrna.spaces.operations import FactorizedReduce, ReluConvNorm
from dsrna.spaces.stems import Stem


@dataclass(frozen=True)
class CellPlace:
    """One cell: channels of its two inputs and of its nodes, and whether it, or the one before, reduces."""

    before_last: int
    last: int
    channels: int
    reduces: bool
    last_reduced: bool


def places(cells: int, channels: int, stem: Stem, widths: tuple[int, int]) -> list[CellPlace]:
    """Plan a network of ``cells`` cells; ``widths``: nodes concatenated by a normal and by a reduction cell.

    The cells at one and two thirds reduce, and double the channels.
    """
    if cells < 1 or channels < 1:
        raise UserError(f"a network needs at least one cell and one channel, not {cells} and {channels}")
    plan = []
    (before_last, last), last_reduced = stem.outputs, stem.reduces
    for index in range(cells):
        reduces = index in {cells // 3, 2 * cells // 3}
        channels = 2 * channels if reduces else channels
        plan.append(CellPlace(before_last, last, channels, reduces, last_reduced))
        before_last, last, last_reduced = last, widths[reduces] * channels, reduces
    return plan


def output_channels(plan: list[CellPlace], widths: tuple[int, int]) -> int:
    """Channels that leave the last cell."""
    return widths[plan[-1].reduces] * plan[-1].channels


def preprocess(place: CellPlace, *, affine: bool) -> tuple[nn.Module, nn.Module]:
    """The two blocks that bring a cell's inputs to its channels and to one size."""
    first = (
        FactorizedReduce(place.before_last, place.channels, affine=affine)
        if place.last_reduced
        else ReluConvNorm(place.before_last, place.channels, 1, 1, 0, affine=affine)
    )
    return first, ReluConvNorm(place.last, place.channels, 1, 1, 0, affine=affine)
