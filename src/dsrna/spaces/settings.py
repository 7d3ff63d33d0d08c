"""What a recipe says of the search space and of the final network."""

from dataclasses import dataclass
from typing import Final

from dsrna.errors import UserError, shown
from dsrna.spaces.operations import DARTS_OPERATIONS, OPERATIONS
from dsrna.spaces.stems import STEMS

MOST_CELLS: Final = 500
MOST_CHANNELS: Final = 10_000
MOST_NODES: Final = 100
"""Far beyond what is published. A file that asks for more asks for hours and all the memory there is."""


@dataclass(frozen=True)
class SpaceSettings:
    """The supernet.

    ``name``: the space. ``cells``: so many, one after the other. ``channels``: of the first cell; each reduction
    doubles them. ``nodes``: inner nodes of a cell. ``partial_channels``: k, where candidates see a k-th of the channels
    and the rest passes them by (Xu et al. 2020, PC-DARTS). ``stem``: the layers before the first cell.
    ``operations``: the candidates on every edge.
    """

    name: str = "darts"
    cells: int = 8
    channels: int = 16
    nodes: int = 4
    partial_channels: int = 1
    stem: str = "cifar"
    operations: tuple[str, ...] = DARTS_OPERATIONS

    def __post_init__(self) -> None:
        STEMS.record(self.stem)
        _check_size(self.cells, self.channels)
        for name in self.operations:
            OPERATIONS.record(name)
        if set(self.operations) <= {"none"} or len(set(self.operations)) != len(self.operations):
            raise UserError(f"operations must be different, one at least beside none, not {', '.join(self.operations)}")
        if self.nodes < 1 or self.partial_channels < 1:
            raise UserError(f"nodes ({self.nodes}) and partial_channels ({self.partial_channels}) must be at least 1")
        if self.nodes > MOST_NODES:
            raise UserError(f"nodes must be at most {MOST_NODES}, not {shown(self.nodes)}")
        if self.channels % self.partial_channels:
            raise UserError(
                f"channels ({self.channels}) must be a multiple of partial_channels ({self.partial_channels})"
            )


@dataclass(frozen=True)
class NetworkSettings:
    """The final network built from a genotype.

    ``cells``: so many, one after the other. ``channels``: of the first cell; each reduction doubles them.
    ``stem``: the layers before the first cell. ``auxiliary``: give it a second classifier, for training only.
    """

    cells: int = 20
    channels: int = 36
    stem: str = "cifar"
    auxiliary: bool = False

    def __post_init__(self) -> None:
        STEMS.record(self.stem)
        _check_size(self.cells, self.channels)


def _check_size(cells: int, channels: int) -> None:
    if cells < 1 or channels < 2:
        raise UserError(f"cells must be at least 1 and channels at least 2, not {cells} and {channels}")
    if cells > MOST_CELLS or channels > MOST_CHANNELS:
        given = f"{shown(cells)} and {shown(channels)}"
        raise UserError(f"cells must be at most {MOST_CELLS} and channels at most {MOST_CHANNELS:,}, not {given}")
