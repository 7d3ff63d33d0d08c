"""Which settings fit the space; each that does not is a ``UserError`` that names it and what would fit."""

from dsrna.errors import UserError
from dsrna.spaces.nasbench201.operations import CANDIDATES
from dsrna.spaces.nasbench201.skeleton import check_cells
from dsrna.spaces.nasbench201.text import NODES
from dsrna.spaces.settings import NetworkSettings, SpaceSettings

STEM = "cifar"


def check_supernet(settings: SpaceSettings) -> None:
    """Refuse what the benchmark's cell has not: other operations, other nodes, partial channels, another stem."""
    check_cells(settings.cells)
    strangers = [name for name in settings.operations if name not in CANDIDATES]
    if strangers:
        raise UserError(f"space nasbench201 has the operations {', '.join(CANDIDATES)}, not {', '.join(strangers)}")
    if settings.nodes != NODES:
        raise UserError(f"a cell of nasbench201 has {NODES} nodes: space.nodes must be {NODES}, not {settings.nodes}")
    if settings.partial_channels != 1:
        raise UserError(
            f"space nasbench201 mixes all channels: space.partial_channels must be 1, not {settings.partial_channels}"
        )
    _check_stem(settings.stem)


def check_settings(settings: NetworkSettings) -> None:
    check_network(settings.cells, settings.stem, auxiliary=settings.auxiliary)


def check_network(cells: int, stem: str, *, auxiliary: bool) -> None:
    """Refuse what the benchmark's skeleton has not."""
    check_cells(cells)
    _check_stem(stem)
    if auxiliary:
        raise UserError("a network of nasbench201 has no auxiliary classifier: network.auxiliary must be false")


def _check_stem(stem: str) -> None:
    if stem != STEM:
        raise UserError(
            f"nasbench201 has a stem of its own, one 3x3 convolution: stem must stay {STEM!r}, not {stem!r}"
        )
